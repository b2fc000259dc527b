//! How SCIM asks and is answered: bodies, queries and ETags.

use crate::error::{INVALID_SYNTAX, MEDIA, invalid_value};
use crate::filter::{self, Filter};
use crate::project::Projection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::app::Resource;
use kernel::idempotency::Answer;
use kernel::problem::kinds;
use kernel::{Actor, Problem};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Resources of a page if `count` is absent.
const USUAL: u64 = 100;
/// The most resources of a page.
pub const MOST: u64 = 200;
/// No list is longer.
const FARTHEST: u64 = 1 << 40;

/// The body of a request: a JSON object.
pub struct Message(pub Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Message {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        kernel::body::require_json(&request).map_err(|problem| problem.detail("Send application/scim+json."))?;
        let bytes = kernel::body::body_bytes(request, state).await?;
        let value: Value =
            serde_json::from_slice(&bytes).map_err(|cause| Problem::new(INVALID_SYNTAX).detail(format!("The body is not JSON: {cause}.")))?;
        match value {
            Value::Object(members) => Ok(Self(members)),
            _ => Err(Problem::new(INVALID_SYNTAX).detail("The body is a JSON object.")),
        }
    }
}

/// What a query or a search asks for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Which resources.
    pub filter: Option<Filter>,
    /// How many resources to pass over.
    pub offset: u64,
    /// How many to return at most.
    pub count: u64,
    /// What of each.
    pub projection: Projection,
}

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map_err(|_| Problem::new(kinds::BAD_REQUEST))?;
        let text = |name: &str| pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
        let number = |name: &str| match text(name) {
            None | Some("") => Ok(None),
            Some(value) => value.trim().parse::<i64>().map(Some).map_err(|_| invalid_value(format!("{name} is a whole number."))),
        };
        let list = |name: &str| text(name).map(str::to_owned).into_iter().collect::<Vec<_>>();
        let projection = Projection::read(&list("attributes"), &list("excludedAttributes"))?;
        Self::new(text("filter"), number("startIndex")?, number("count")?, projection)
    }
}

impl Wanted {
    fn new(filter: Option<&str>, start: Option<i64>, count: Option<i64>, projection: Projection) -> Result<Self, Problem> {
        let filter = filter.filter(|text| !text.trim().is_empty()).map(filter::parse).transpose()?;
        // RFC 7644 §3.4.2.4: less than one is one, and less than none is none.
        let offset = u64::try_from(start.unwrap_or(1)).unwrap_or(1).max(1) - 1;
        let count = count.map_or(USUAL, |count| u64::try_from(count).unwrap_or(0)).min(MOST);
        Ok(Self { filter, offset: offset.min(FARTHEST), count, projection })
    }

    /// Read the body of a search (RFC 7644 §3.4.3).
    pub fn of_search(body: &Map<String, Value>) -> Result<Self, Problem> {
        let member =
            |name: &str| body.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).filter(|value| !value.is_null());
        let number = |name: &str| match member(name) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| invalid_value(format!("{name} is a whole number."))),
        };
        let list = |name: &str| match member(name) {
            None => Ok(Vec::new()),
            Some(Value::String(text)) => Ok(vec![text.clone()]),
            Some(value) => serde_json::from_value::<Vec<String>>(value.clone()).map_err(|_| invalid_value(format!("{name} is a list of texts."))),
        };
        let filter = match member("filter") {
            None => None,
            Some(Value::String(text)) => Some(text.as_str()),
            Some(_) => return Err(invalid_value("filter is a text.")),
        };
        let projection = Projection::read(&list("attributes")?, &list("excludedAttributes")?)?;
        Self::new(filter, number("startIndex")?, number("count")?, projection)
    }
}

/// A page of resources (RFC 7644 §3.4.2).
pub fn list(total: u64, offset: u64, resources: Vec<Value>) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": offset + 1,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

/// A resource as it is answered.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Shown {
    body: Value,
    #[serde(skip)]
    revision: i64,
    #[serde(skip)]
    location: String,
}

impl Shown {
    /// A whole resource, cut down to what is wanted.
    pub fn of(kind: &crate::schema::Kind, whole: Value, revision: i64, projection: &Projection) -> Self {
        let location = whole["meta"]["location"].as_str().unwrap_or_default().to_owned();
        Self { body: projection.of(kind, whole), revision, location }
    }

    /// Answer a read; 304 if the caller has this version already.
    pub fn read(self, headers: &HeaderMap) -> Response {
        let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|sent| names(sent, self.revision));
        if known {
            let etag = HeaderValue::from_str(&version(self.revision)).unwrap_or(HeaderValue::from_static("*"));
            return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
        }
        said(Answer::of(StatusCode::OK, &self).into_response(false))
    }
}

impl Resource for Shown {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(self.location.clone())
    }
}

/// The version of a resource, which is its ETag (RFC 7644 §3.14).
pub fn version(revision: i64) -> String {
    format!("W/\"{revision}\"")
}

/// Whether a list of ETags names this revision.
fn names(sent: &str, revision: i64) -> bool {
    let number = revision.to_string();
    sent.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/").trim_matches('"') == number)
}

/// 412 if the caller sent `If-Match` and has not seen this revision. Without one the write goes through: directories send none.
pub fn check_match(actor: &Actor, revision: i64) -> Result<(), Problem> {
    match actor.request.if_match.as_deref() {
        Some(sent) if !names(sent, revision) => Err(Problem::new(kinds::STALE)),
        _ => Ok(()),
    }
}

/// An answer in SCIM's media type, with a weak ETag.
pub fn said(mut response: Response) -> Response {
    let etag = response.headers().get(header::ETAG).and_then(|value| value.to_str().ok()).filter(|tag| tag.starts_with('"'));
    let weak = etag.and_then(|tag| HeaderValue::from_str(&format!("W/{tag}")).ok());
    let headers = response.headers_mut();
    if let Some(weak) = weak {
        headers.insert(header::ETAG, weak);
    }
    if headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA));
    }
    response
}

/// A document in SCIM's media type.
pub fn document(body: &Value) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA))], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags_are_compared_weakly() {
        for sent in ["W/\"3\"", "\"3\"", "*", "\"1\", W/\"3\""] {
            assert!(names(sent, 3), "{sent}");
        }
        assert!(!names("W/\"4\"", 3) && !names("", 3));
    }

    #[test]
    fn pages_are_bounded() {
        let page = |start, count| {
            let wanted = Wanted::new(None, start, count, Projection::default()).unwrap();
            (wanted.offset, wanted.count)
        };
        assert_eq!(page(None, None), (0, 100));
        assert_eq!(page(Some(-5), Some(-1)), (0, 0));
        assert_eq!(page(Some(11), Some(1_000_000)), (10, 200));
        assert_eq!(page(Some(i64::MAX), Some(1)), (FARTHEST, 1));
    }
}
