//! Every error a caller sees: `application/problem+json` (RFC 9457) with a stable `code`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A kind of problem: its stable code, HTTP status, and one sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// HTTP status.
    pub status: u16,
    /// Stable machine-readable code; never renamed.
    pub code: &'static str,
    /// What it means, the same for every occurrence.
    pub title: &'static str,
}

/// Declare problem kinds as constants and the list of them that the reference page prints.
#[macro_export]
macro_rules! problem_kinds {
    ($($name:ident = $status:literal $code:literal $title:literal;)+) => {
        $(#[doc = $title] pub const $name: $crate::problem::Kind =
            $crate::problem::Kind { status: $status, code: $code, title: $title };)+
        /// Every kind declared here.
        pub const ALL: &[$crate::problem::Kind] = &[$($name),+];
    };
}

/// The kinds that any operation may answer with.
pub mod kinds {
    problem_kinds! {
        BAD_REQUEST = 400 "request.malformed" "The request could not be read.";
        BAD_CURSOR = 400 "cursor.invalid" "The cursor is not one that this list gave out; start again without it.";
        UNAUTHENTICATED = 401 "auth.required" "A valid API key or access token is needed.";
        STEP_UP_REQUIRED = 401 "auth.step_up_required" "This needs a stronger or more recent proof of who the person is (RFC 9470).";
        FORBIDDEN = 403 "auth.forbidden" "The caller's role or scopes do not include this operation.";
        NOT_FOUND = 404 "not_found" "There is no such resource, or the caller may not see it.";
        METHOD_NOT_ALLOWED = 405 "method.not_allowed" "The path exists, but not with this method.";
        TIMEOUT = 408 "request.timeout" "The request took too long and was given up; a write may have happened: repeat it with the same Idempotency-Key.";
        CONFLICT = 409 "conflict" "The request collides with what is there already.";
        STILL_RUNNING = 409 "idempotency.still_running" "A request with this Idempotency-Key is being carried out; ask again shortly.";
        STALE = 412 "revision.stale" "The resource has changed since the revision in If-Match; read it again.";
        TOO_LARGE = 413 "body.too_large" "The body is over the limit.";
        UNSUPPORTED_MEDIA = 415 "body.media_type" "The body's Content-Type is not one that this operation takes.";
        INVALID = 422 "body.invalid" "The body was read, but some of it is not acceptable; see errors.";
        KEY_REUSED = 422 "idempotency.key_reused" "This Idempotency-Key was used with another request.";
        MATCH_REQUIRED = 428 "revision.required" "Send If-Match with the revision (ETag) that you last read.";
        INTERNAL = 500 "internal" "Something broke here; nothing was changed. The request_id finds it in the logs.";
        UNAVAILABLE = 503 "database.unavailable" "The database cannot be reached or cannot write now; nothing was changed. Try again.";
    }
}

/// One thing wrong with a body, a parameter or a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[schema(example = json!({"pointer": "/customer/name", "code": "too_long", "detail": "At most 300 characters."}))]
pub struct FieldError {
    /// JSON pointer into the body (RFC 6901), or the parameter's name.
    pub pointer: String,
    /// Stable code.
    pub code: String,
    /// A sentence that says what to do.
    pub detail: String,
}

impl FieldError {
    /// Name the place, the code and what to do.
    pub fn new(pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.to_owned(), detail: detail.into() }
    }
}

/// An error as the caller will read it.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What kind it is.
    pub kind: Kind,
    /// This occurrence, in a sentence.
    pub detail: Option<String>,
    /// Where the body is wrong.
    pub errors: Vec<FieldError>,
    /// Further members, e.g. `legal_actions`.
    // Boxed: a refusal is carried by every `Result` here.
    pub extra: Box<Map<String, Value>>,
    /// Seconds to wait before the request is worth repeating.
    pub retry_after: Option<u32>,
}

/// The shape of [`Problem`] in the published document.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "/problems/body.invalid", "title": "The body was read, but some of it is not acceptable; see errors.",
    "status": 422, "code": "body.invalid", "request_id": "0198c1c2-6d3f-7e0a-9a51-0d9f7a1b2c3d",
    "errors": [{"pointer": "/customer/name", "code": "too_long", "detail": "At most 300 characters."}]}))]
pub struct ProblemDocument {
    /// Where this kind of problem is explained.
    #[serde(rename = "type")]
    pub kind: String,
    /// What this kind of problem means.
    pub title: String,
    /// The HTTP status, repeated.
    pub status: u16,
    /// Stable machine-readable code, e.g. `deal.illegal_move`.
    pub code: String,
    /// What happened this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Quote it when you ask for help; it finds the request in the logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What is wrong with the body, place by place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// On `quota.exceeded`: the policies of `RateLimit-Policy` that refused the request.
    #[serde(rename = "violated-policies", skip_serializing_if = "Vec::is_empty")]
    pub violated_policies: Vec<String>,
    /// On `deal.illegal_move`: the actions that are legal now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub legal_actions: Vec<String>,
    /// On `role.in_use`: how many people have the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<i64>,
    /// On `agreement.required`: the kinds of agreement that the partner has to sign.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// On `application.duplicate`: the partners that the company is already.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partner_ids: Vec<String>,
    /// On `application.too_soon`: from when on another may be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reapply_after: Option<chrono::DateTime<chrono::Utc>>,
    /// On `screening_list.shrinks`: how many entries the new version lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed: Option<i64>,
    /// On `screening_list.shrinks`: how many entries the version before has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entries: Option<i64>,
    /// On `auth.step_up_required`: the strength that is asked for (RFC 9470), `mfa`; absent if only the proof is too old.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr_values: Option<String>,
    /// On `auth.step_up_required`: the most seconds since the proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<i64>,
    /// On a 429: seconds to wait, as in `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<i64>,
    /// On an OAuth request: what RFC 6749 §5.2 calls it, e.g. `invalid_grant`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// On an OAuth request: `detail` under its name there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_description: Option<String>,
}

impl Problem {
    /// A problem of this kind with nothing further to say.
    pub fn new(kind: Kind) -> Self {
        Self { kind, detail: None, errors: Vec::new(), extra: Box::default(), retry_after: None }
    }

    /// Say what happened this time.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Add a member.
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.extra.insert(name.to_owned(), serde_json::to_value(value).unwrap_or(Value::Null));
        self
    }

    /// Say how many seconds to wait.
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// 422 with one place that is wrong.
    pub fn invalid(pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        Self::invalid_all(vec![FieldError::new(pointer, code, detail)])
    }

    /// 422 with every place that is wrong.
    pub fn invalid_all(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(kinds::INVALID) }
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::new(kinds::NOT_FOUND)
    }

    /// 500, with the cause in the log and not in the answer.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::new(kinds::INTERNAL)
    }

    /// What a 401 asks for (RFC 6750 §3, and RFC 9470 §3 for a step-up).
    fn challenge(&self) -> HeaderValue {
        if self.kind != kinds::STEP_UP_REQUIRED {
            return HeaderValue::from_static("Bearer realm=\"prm\"");
        }
        let mut text =
            "Bearer realm=\"prm\", error=\"insufficient_user_authentication\", error_description=\"A second factor is needed.\"".to_owned();
        if let Some(acr) = self.extra.get("acr_values").and_then(Value::as_str) {
            text += &format!(", acr_values=\"{acr}\"");
        }
        if let Some(age) = self.extra.get("max_age").and_then(Value::as_i64) {
            text += &format!(", max_age={age}");
        }
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("Bearer realm=\"prm\""))
    }

    /// The JSON body, carrying the request's id if known.
    pub fn body(&self, request_id: Option<&str>) -> Vec<u8> {
        let mut members = Map::new();
        members.insert("type".into(), format!("/problems/{}", self.kind.code).into());
        members.insert("title".into(), self.kind.title.into());
        members.insert("status".into(), self.kind.status.into());
        members.insert("code".into(), self.kind.code.into());
        if let Some(detail) = &self.detail {
            members.insert("detail".into(), detail.as_str().into());
        }
        if let Some(id) = request_id {
            members.insert("request_id".into(), id.into());
        }
        if !self.errors.is_empty() {
            members.insert("errors".into(), serde_json::to_value(&self.errors).unwrap_or_default());
        }
        members.extend(self.extra.iter().map(|(name, value)| (name.clone(), value.clone())));
        serde_json::to_vec(&members).unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, self.body(None)).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        if self.kind.status == 401 {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, self.challenge());
        }
        if let Some(seconds) = self.extra.get("retry_after").and_then(Value::as_u64) {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        let soon = self.kind.status == 503 || self.kind == kinds::STILL_RUNNING;
        if let Some(seconds) = self.retry_after.or(soon.then_some(1)) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        // The request's id is known further out; the middleware there writes the body again with it.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<sea_orm::DbErr> for Problem {
    fn from(cause: sea_orm::DbErr) -> Self {
        if crate::db::is_outage(&cause) {
            tracing::warn!(%cause, "database unavailable");
            return Self::new(kinds::UNAVAILABLE);
        }
        Self::internal(cause)
    }
}
