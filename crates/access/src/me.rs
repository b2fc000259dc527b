//! `GET /v1/me`: who is calling, and what a front end may show them.

use crate::people::reach::Reach;
use crate::permission::{self, Permission};
use crate::roles::{self, RoleName};
use crate::{Anyone, keys, people, vendors};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::actor::Caller;
use kernel::app::Resource;
use kernel::id::{ApiKeyId, PartnerId, PersonId, SessionId, VendorId};
use kernel::idempotency::Answer;
use kernel::{Actor, App, Problem};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What kind of caller it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeKind {
    /// A person of the vendor or of one of its partners.
    Person,
    /// An API key of the vendor.
    ApiKey,
}

/// A role, by its name and what people call it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"name": "sales", "title": "Sales"}))]
pub struct MeRole {
    /// Its name.
    pub name: RoleName,
    /// What people call it.
    pub title: String,
}

/// The person who calls.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Sam Okafor", "email": "sam@northwind.example"}))]
pub struct MePerson {
    /// Its id.
    pub id: PersonId,
    /// Full name.
    pub name: String,
    /// E-mail address.
    pub email: String,
}

/// The API key that calls.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "key_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "CRM sync"}))]
pub struct MeApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// When it stops working.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// The vendor whose program it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Contoso"}))]
pub struct MeVendor {
    /// Its id.
    pub id: VendorId,
    /// Its name.
    pub name: String,
}

/// The partner whose person calls.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Northwind Systems GmbH", "status": "active"}))]
pub struct MePartner {
    /// Its id.
    pub id: PartnerId,
    /// Its name.
    pub name: String,
    /// Where it stands in the program.
    pub status: String,
}

/// How the person behind the token proved who they are.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "ses_01jd3k7x2mfq8t9v5w6y0zabcd", "methods": ["pwd", "otp", "mfa"], "authenticated_at": "2026-11-20T12:00:00Z",
    "expires_at": "2026-11-27T12:00:00Z"}))]
pub struct MeSession {
    /// The session; absent if the token belongs to none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<SessionId>,
    /// The methods, as RFC 8176 names them.
    pub methods: Vec<String>,
    /// When.
    pub authenticated_at: DateTime<Utc>,
    /// When the session ends if nobody uses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// Who is calling, and what they may be shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"kind": "person", "person": {"id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Sam Okafor", "email": "sam@northwind.example"},
    "role": {"name": "sales", "title": "Sales"}, "vendor": {"id": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Contoso"},
    "partner": {"id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Northwind Systems GmbH", "status": "active"},
    "permissions": ["deals:read", "deals:register"], "can": {"deals": ["read", "register"]}}))]
pub struct Me {
    /// What kind of caller it is; more kinds may come.
    pub kind: MeKind,
    /// The person, if one calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<MePerson>,
    /// The key, if one calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<MeApiKey>,
    /// The caller's role.
    pub role: MeRole,
    /// The vendor.
    pub vendor: MeVendor,
    /// The partner, if one of its people calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<MePartner>,
    /// What this credential may do: what the role allows, less what its scopes and reach leave out.
    pub permissions: Vec<String>,
    /// The same by resource: what a portal's menu is drawn from. More resources and actions may come.
    pub can: BTreeMap<String, Vec<String>>,
    /// What a person of the vendor reaches, if that is not everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
    /// How the person proved who they are, if they signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<MeSession>,
}

impl Resource for Me {}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_me))
}

/// Read who is calling and what they may be shown.
///
/// Works with every credential of a vendor. `can` says what this very credential may do, so that a portal shows what works and nothing else.
#[utoipa::path(get, path = "/me", operation_id = "get_me", tag = "access", security(("bearer" = [])),
    responses((status = 200, description = "The caller.", body = Me)))]
async fn get_me(State(app): State<App>, Anyone(who): Anyone) -> Result<Response, Problem> {
    Ok(Answer::of(StatusCode::OK, &me(&app, &who).await?).into_response(false))
}

async fn me(app: &App, who: &Actor) -> Result<Me, Problem> {
    let vendor = who.scope.vendor();
    let db = app.db().read_of(vendor).await?;
    let found = vendors::find(&db, vendor).await?.ok_or_else(Problem::not_found)?;
    let mut me = Me {
        kind: MeKind::ApiKey,
        person: None,
        api_key: None,
        role: MeRole { name: crate::Role::Integration.into(), title: String::new() },
        vendor: MeVendor { id: vendor, name: found.name },
        partner: None,
        permissions: permission::names(who.grants).into_iter().map(str::to_owned).collect(),
        can: can(who.grants),
        reach: None,
        session: session(&db, who).await?,
    };
    match who.caller {
        Caller::Person(id) => {
            let person = people::find(&db, vendor, id).await?.ok_or_else(Problem::not_found)?;
            me.kind = MeKind::Person;
            me.reach = person.reach();
            me.role.name = person.role();
            if let Some(partner) = person.partner() {
                me.partner = partner_of(&db, vendor, partner).await?;
            }
            me.person = Some(MePerson { id, name: person.name, email: person.email });
        }
        Caller::ApiKey(id) => {
            let key = keys::find(&db, vendor, id).await?.ok_or_else(Problem::not_found)?;
            me.role.name = RoleName::stored(key.role);
            me.api_key = Some(MeApiKey { id, name: key.name, expires_at: key.expires_at });
        }
        Caller::Operator | Caller::System(_) | Caller::Automation(_) => return Err(Problem::not_found()),
    }
    me.role.title = roles::title(&db, vendor, &me.role.name).await?;
    Ok(me)
}

/// `deals:read` and `deals:register` as `deals: [read, register]`.
fn can(grants: u64) -> BTreeMap<String, Vec<String>> {
    let mut can: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for permission in Permission::ALL.iter().filter(|permission| grants & permission.bit() != 0) {
        if let Some((resource, action)) = permission.wire().split_once(':') {
            can.entry(resource.to_owned()).or_default().push(action.to_owned());
        }
    }
    can
}

async fn session(db: &impl ConnectionTrait, who: &Actor) -> Result<Option<MeSession>, Problem> {
    let Some(authentication) = &who.authentication else { return Ok(None) };
    let expires_at = match authentication.session {
        Some(id) => crate::sessions::lasts_until(db, who.scope.vendor(), id).await?,
        None => None,
    };
    let (methods, authenticated_at) = (authentication.methods.clone(), authentication.at);
    Ok(Some(MeSession { id: authentication.session, methods, authenticated_at, expires_at }))
}

async fn partner_of(db: &impl ConnectionTrait, vendor: VendorId, id: PartnerId) -> Result<Option<MePartner>, DbErr> {
    let sql = "SELECT name, status FROM partners WHERE vendor_id = $1 AND id = $2";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into(), id.0.into()])).await?;
    row.map(|row| Ok(MePartner { id, name: row.try_get("", "name")?, status: row.try_get("", "status")? })).transpose()
}
