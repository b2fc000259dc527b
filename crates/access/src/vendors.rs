//! Vendors: made by the operator, each with its own log and its first admin key.

use crate::keys::{self, ApiKeyCreate, ApiKeyCreated};
use crate::permission::Role;
use crate::{Can, Operator, may};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::body::not_null;
use kernel::id::VendorId;
use kernel::idempotency::Answer;
use kernel::log::{self, EventKind};
use kernel::{Actor, App, Event, Problem, Subject, Tx, Valid};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// A vendor to be made.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Contoso"}))]
pub struct VendorCreate {
    /// Its name.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
}

/// The company whose program this is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Contoso",
    "allowed_origins": ["https://partners.contoso.example"], "language": "de", "revision": 1, "created_at": "2026-11-20T12:00:00Z"}))]
pub struct Vendor {
    /// Its id.
    pub id: VendorId,
    /// Its name.
    pub name: String,
    /// Origins of web pages that may call the API from a browser for this vendor.
    pub allowed_origins: Vec<String>,
    /// The language (BCP 47) of texts for whoever set none of their own and whose partner has none; English if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub language: Option<String>,
    /// Requests a minute, if the operator has set a limit for this vendor alone; 0 is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rate_limit: Option<u32>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What is to change of a vendor (JSON merge patch): what is absent stays.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"allowed_origins": ["https://partners.contoso.example"]}))]
pub struct VendorPatch {
    /// Its name.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    pub name: Option<String>,
    /// Origins of web pages that may call the API from a browser for this vendor: `https://` and a host, or `http://`
    /// and this machine (`localhost`, `127.0.0.1`, `[::1]`), with a port if it is not the usual one.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 20))]
    #[schema(max_items = 20, nullable = false)]
    pub allowed_origins: Option<Vec<String>>,
    /// The language (BCP 47) of texts for whoever set none of their own and whose partner has none.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 2, max = 35), custom(function = kernel::locale::a_language))]
    #[schema(min_length = 2, max_length = 35, pattern = "^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$", nullable = false)]
    pub language: Option<String>,
}

/// A new vendor with its first admin key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"vendor": {"id": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Contoso", "allowed_origins": [], "revision": 1, "created_at": "2026-11-20T12:00:00Z"},
    "api_key": {"id": "key_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "First admin key", "hint": "prm_3f9a…", "role": "admin",
    "scopes": ["vendor:read"], "revision": 1, "created_at": "2026-11-20T12:00:00Z", "available_actions": ["revoke"]},
    "secret": "prm_3f9ac2d07be84f5a9d1c6e2b7f80a4135c9e6d2f10b38a7451f2c9d0"}))]
pub struct VendorCreated {
    /// The vendor.
    pub vendor: Vendor,
    /// Its first admin key.
    #[serde(flatten)]
    pub key: ApiKeyCreated,
}

impl Resource for Vendor {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

impl Resource for VendorCreated {
    fn revision(&self) -> Option<i64> {
        Some(self.vendor.revision)
    }
    fn location(&self) -> Option<String> {
        Some("/v1/vendor".into())
    }
}

/// A vendor was made.
#[derive(Serialize, ToSchema)]
pub struct VendorCreatedEvent {
    /// The vendor.
    pub vendor: Vendor,
}

impl Event for VendorCreatedEvent {
    const TYPE: &'static str = "vendor.created";
    fn subject(&self) -> Subject {
        Subject::new("vendor", self.vendor.id, self.vendor.revision)
    }
}

/// A vendor was changed.
#[derive(Serialize, ToSchema)]
pub struct VendorUpdatedEvent {
    /// The vendor as it now is.
    pub vendor: Vendor,
    /// The names of the members that changed.
    pub changed: Vec<&'static str>,
}

impl Event for VendorUpdatedEvent {
    const TYPE: &'static str = "vendor.updated";
    fn subject(&self) -> Subject {
        Subject::new("vendor", self.vendor.id, self.vendor.revision)
    }
}

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![EventKind::of::<VendorCreatedEvent>("A vendor was made."), EventKind::of::<VendorUpdatedEvent>("A vendor was changed.")]
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_vendor)).routes(routes!(get_vendor, update_vendor))
}

/// Make a vendor and its first admin key (operator only).
#[utoipa::path(post, path = "/vendors", operation_id = "create_vendor", tag = "access", request_body = VendorCreate,
    security(("operator" = [])),
    responses((status = 201, description = "The vendor and its first admin key, whose secret is shown this once.", body = VendorCreated)))]
async fn create_vendor(State(app): State<App>, Operator(who): Operator, Valid(body): Valid<VendorCreate>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| found(tx, body).await).await
}

/// Read one's own vendor.
#[utoipa::path(get, path = "/vendor", operation_id = "get_vendor", tag = "access",
    security(("bearer" = ["vendor:read"])),
    responses((status = 200, description = "The vendor.", body = Vendor)))]
async fn get_vendor(State(app): State<App>, who: Can<may::ReadVendor>) -> Result<Response, Problem> {
    let vendor = find(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor()).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &vendor).into_response(false))
}

/// Change one's own vendor.
///
/// A JSON merge patch. With `allowed_origins` the vendor's own pages may call the API from a browser: an answer to a caller of this
/// vendor may be read by pages of these origins, and by those that the operator allows for everybody.
#[utoipa::path(patch, path = "/vendor", operation_id = "update_vendor", tag = "access", request_body = VendorPatch,
    security(("bearer" = ["vendor:manage"])),
    responses((status = 200, description = "The vendor as it now is.", body = Vendor)))]
async fn update_vendor(State(app): State<App>, who: Can<may::ManageVendor>, Valid(body): Valid<VendorPatch>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| update(tx, body).await).await
}

async fn update(tx: &mut Tx, patch: VendorPatch) -> Result<Vendor, Problem> {
    let before = find(tx, tx.vendor()).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(before.revision)?;
    let mut after = before.clone();
    if let Some(name) = patch.name {
        after.name = name;
    }
    if let Some(origins) = patch.allowed_origins {
        after.allowed_origins = distinct_origins(&origins)?;
    }
    after.language = patch.language.or(after.language);
    save(tx, before, after).await
}

/// Limit a vendor to so many requests a minute whatever holds for others; 0 is no limit, `None` what holds for others.
/// What `prm vendor limit` does.
pub async fn limit_by_operator(app: &App, id: VendorId, rate: Option<u32>) -> Result<Vendor, Problem> {
    let operator = Actor::new(kernel::actor::Caller::Operator, id, None, 0);
    app.write(&operator, async |tx| {
        let before = find(tx, id).await?.ok_or_else(Problem::not_found)?;
        let after = Vendor { rate_limit: rate, ..before.clone() };
        save(tx, before, after).await
    })
    .await
}

async fn save(tx: &mut Tx, before: Vendor, mut after: Vendor) -> Result<Vendor, Problem> {
    let members = [
        ("name", before.name != after.name),
        ("allowed_origins", before.allowed_origins != after.allowed_origins),
        ("language", before.language != after.language),
        ("rate_limit", before.rate_limit != after.rate_limit),
    ];
    let changed: Vec<_> = members.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name).collect();
    if changed.is_empty() {
        return Ok(before);
    }
    after.revision += 1;
    let sql = "UPDATE vendors SET name = $2, allowed_origins = $3, rate_limit = $4, revision = $5, updated_at = $6, language = $8 WHERE id = $1 AND revision = $7";
    let values = [
        after.id.0.into(),
        after.name.clone().into(),
        serde_json::to_string(&after.allowed_origins).unwrap_or_default().into(),
        after.rate_limit.map(i64::from).into(),
        after.revision.into(),
        tx.now().into(),
        before.revision.into(),
        after.language.clone().into(),
    ];
    let done = tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    if done.rows_affected() != 1 {
        return Err(Problem::new(kernel::problem::kinds::STALE));
    }
    tx.emit(VendorUpdatedEvent { vendor: after.clone(), changed });
    Ok(after)
}

/// Each origin as a browser writes it, once.
fn distinct_origins(sent: &[String]) -> Result<Vec<String>, Problem> {
    let mut distinct = Vec::new();
    for (at, text) in sent.iter().enumerate() {
        let wanted = "An origin: https:// and a host (http:// for this machine only), with a port if need be and nothing after it.";
        let origin = origin(text).ok_or_else(|| Problem::invalid(format!("/allowed_origins/{at}"), "origin", wanted))?;
        if !distinct.contains(&origin) {
            distinct.push(origin);
        }
    }
    Ok(distinct)
}

/// The origin (RFC 6454) that a text names, if a page of it may be trusted with a credential.
pub fn origin(text: &str) -> Option<String> {
    const LONGEST: usize = 255;
    let url = url::Url::parse(text).ok().filter(|_| text.len() <= LONGEST && !text.contains(['*', '\\']))?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let safe = match url.scheme() {
        "https" => url.has_host(),
        // What a page of another machine sends over plain http, anybody on the way may have written.
        "http" => matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")),
        _ => false,
    };
    (bare && safe).then(|| url.origin().ascii_serialization())
}

/// Make a vendor and its first admin key: what `prm vendor create` does.
pub async fn create_by_operator(app: &App, new: VendorCreate) -> Result<VendorCreated, Problem> {
    let operator = Actor::new(kernel::actor::Caller::Operator, VendorId(uuid::Uuid::nil()), None, 0);
    app.write(&operator, async |tx| found(tx, new).await).await
}

/// The kept answer of the request lies under no vendor; the events go to the new vendor's own log.
async fn found(tx: &mut Tx, new: VendorCreate) -> Result<VendorCreated, Problem> {
    let vendor = Vendor {
        id: VendorId::fresh(),
        name: new.name,
        allowed_origins: Vec::new(),
        language: None,
        rate_limit: None,
        revision: 1,
        created_at: tx.now(),
    };
    tx.enter_vendor(vendor.id).await?;
    insert(tx, &vendor).await?;
    tx.emit(VendorCreatedEvent { vendor: vendor.clone() });
    let first = ApiKeyCreate {
        name: "First admin key".into(),
        role: Role::Admin,
        partner_id: None,
        owner_id: None,
        default_role: None,
        scopes: Vec::new(),
        expires_at: None,
    };
    Ok(VendorCreated { vendor, key: keys::create(tx, first).await? })
}

async fn insert(tx: &Tx, vendor: &Vendor) -> Result<(), DbErr> {
    let sql = "INSERT INTO vendors (id, name, revision, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)";
    let values = [vendor.id.0.into(), vendor.name.clone().into(), vendor.revision.into(), vendor.created_at.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    log::open(tx, vendor.id).await
}

/// A vendor by its id.
pub async fn find(db: &impl ConnectionTrait, id: VendorId) -> Result<Option<Vendor>, DbErr> {
    let sql = "SELECT name, allowed_origins, language, rate_limit, revision, created_at FROM vendors WHERE id = $1";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [id.0.into()])).await?;
    let read = |row: sea_orm::QueryResult| {
        Ok(Vendor {
            id,
            name: row.try_get("", "name")?,
            allowed_origins: serde_json::from_str(&row.try_get::<String>("", "allowed_origins")?).unwrap_or_default(),
            language: row.try_get("", "language")?,
            rate_limit: row.try_get::<Option<i64>>("", "rate_limit")?.and_then(|rate| rate.try_into().ok()),
            revision: row.try_get("", "revision")?,
            created_at: row.try_get("", "created_at")?,
        })
    };
    row.map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_perhaps_a_port() {
        for (sent, meant) in [
            ("https://Portal.Example", "https://portal.example"),
            ("https://portal.example/", "https://portal.example"),
            ("https://portal.example:443", "https://portal.example"),
            ("https://portal.example:8443", "https://portal.example:8443"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(origin(sent).as_deref(), Some(meant));
        }
        for odd in [
            "*",
            "null",
            "",
            "https://*.example",
            "http://portal.example",
            "http://localhost.evil.example",
            "https://portal.example/app",
            "https://u:p@portal.example",
            "https://portal.example?x",
            "https://portal.example#x",
            "file:///etc",
            "javascript:alert(1)",
            "portal.example",
        ] {
            assert_eq!(origin(odd), None, "{odd}");
        }
    }
}
