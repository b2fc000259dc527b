//! Reading and changing what a vendor demands of people.

use super::{Policy, load};
use crate::permission::Permission;
use crate::roles::{self, RoleName};
use crate::{Can, may};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::body::not_null;
use kernel::idempotency::Answer;
use kernel::log::EventKind;
use kernel::{App, Event, Problem, Subject, Tx, Valid};
use sea_orm::{ConnectionTrait, Statement};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// A permission that needs a second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"permission": "deals:decide", "max_age": 900}))]
pub struct StepUpRule {
    /// The permission, by the name that an operation's `security` gives it, e.g. `deals:decide`.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    pub permission: String,
    /// The most seconds since the second factor was proven, 60 to 86400; absent: as long as the session lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 60, max = 86400))]
    #[schema(minimum = 60, maximum = 86400)]
    pub max_age: Option<i64>,
}

/// What the vendor demands of people.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"mfa_roles": ["admin", "finance"], "step_up": [{"permission": "deals:decide", "max_age": 900}], "revision": 2,
    "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct AccessPolicy {
    /// Roles whose people do nothing but enrol until they came in with a second factor.
    pub mfa_roles: Vec<RoleName>,
    /// Permissions that need a second factor, for people of every role.
    pub step_up: Vec<StepUpRule>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was last changed; absent if never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<DateTime<Utc>>,
}

/// What is to change of what the vendor demands (JSON merge patch): what is absent stays, a list is replaced.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"mfa_roles": ["admin", "finance"], "step_up": [{"permission": "deals:decide", "max_age": 900}]}))]
pub struct AccessPolicyPatch {
    /// Roles whose people do nothing but enrol until they came in with a second factor.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 100))]
    #[schema(max_items = 100, nullable = false)]
    pub mfa_roles: Option<Vec<RoleName>>,
    /// Permissions that need a second factor, for people of every role.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 64), nested)]
    #[schema(max_items = 64, nullable = false)]
    pub step_up: Option<Vec<StepUpRule>>,
}

impl From<Policy> for AccessPolicy {
    fn from(policy: Policy) -> Self {
        let rule = |(permission, max_age): (Permission, Option<i64>)| StepUpRule { permission: permission.wire().to_owned(), max_age };
        Self {
            mfa_roles: policy.roles,
            step_up: policy.permissions.into_iter().map(rule).collect(),
            revision: policy.revision,
            updated_at: policy.updated_at,
        }
    }
}

impl Resource for AccessPolicy {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

/// What the vendor demands of people was changed.
#[derive(Serialize, ToSchema)]
pub struct AccessPolicyUpdatedEvent {
    /// What it demands now.
    pub access_policy: AccessPolicy,
}

impl Event for AccessPolicyUpdatedEvent {
    const TYPE: &'static str = "access_policy.updated";
    fn subject(&self) -> Subject {
        Subject::new("access_policy", "access_policy", self.access_policy.revision)
    }
}

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![EventKind::of::<AccessPolicyUpdatedEvent>("What the vendor demands of people was changed.")]
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_access_policy, update_access_policy))
}

/// Read what the vendor demands of people.
#[utoipa::path(get, path = "/access-policy", operation_id = "get_access_policy", tag = "access",
    security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "What the vendor demands.", body = AccessPolicy)))]
async fn get_access_policy(State(app): State<App>, who: Can<may::ManageAccess>) -> Result<Response, Problem> {
    let vendor = who.scope.vendor();
    let policy = load(&app.db().read_of(vendor).await?, vendor).await?;
    Ok(Answer::of(StatusCode::OK, &AccessPolicy::from(policy)).into_response(false))
}

/// Change what the vendor demands of people.
///
/// Takes effect at once and on every instance, for sessions that are open too: who lacks what is demanded gets 401
/// `auth.step_up_required` with `acr_values` and `max_age` (RFC 9470). API keys and their tokens are exempt. Tokens that a portal's back
/// end minted say nothing of how the person came in: they are refused what is demanded here.
#[utoipa::path(patch, path = "/access-policy", operation_id = "update_access_policy", tag = "access", request_body = AccessPolicyPatch,
    security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "What the vendor demands now.", body = AccessPolicy)))]
async fn update_access_policy(
    State(app): State<App>,
    who: Can<may::ManageAccess>,
    Valid(body): Valid<AccessPolicyPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| update(tx, body).await).await
}

async fn update(tx: &mut Tx, patch: AccessPolicyPatch) -> Result<AccessPolicy, Problem> {
    let before = load(tx, tx.vendor()).await?;
    tx.actor().require_match(before.revision)?;
    let mut policy = before.clone();
    if let Some(roles) = patch.mfa_roles {
        policy.roles = known_roles(tx, roles).await?;
    }
    if let Some(rules) = patch.step_up {
        policy.permissions = known_permissions(rules)?;
    }
    if policy == before {
        return Ok(policy.into());
    }
    (policy.revision, policy.updated_at) = (before.revision + 1, Some(tx.now()));
    if !store(tx, &policy, before.revision).await? {
        return Err(Problem::new(kernel::problem::kinds::STALE));
    }
    let policy = AccessPolicy::from(policy);
    tx.emit(AccessPolicyUpdatedEvent { access_policy: policy.clone() });
    Ok(policy)
}

async fn known_roles(tx: &Tx, sent: Vec<RoleName>) -> Result<Vec<RoleName>, Problem> {
    let mut roles = Vec::new();
    for (at, role) in sent.into_iter().enumerate() {
        if roles::facts(tx, tx.vendor(), &role).await?.is_none() {
            return Err(Problem::invalid(format!("/mfa_roles/{at}"), "role", "There is no such role."));
        }
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    Ok(roles)
}

fn known_permissions(sent: Vec<StepUpRule>) -> Result<Vec<(Permission, Option<i64>)>, Problem> {
    let mut rules: Vec<(Permission, Option<i64>)> = Vec::new();
    for (at, rule) in sent.into_iter().enumerate() {
        let refuse = |code: &str, detail: &str| Problem::invalid(format!("/step_up/{at}/permission"), code, detail);
        let permission: Permission = rule.permission.parse().map_err(|()| refuse("permission", "There is no such permission."))?;
        if rules.iter().any(|(known, _)| *known == permission) {
            return Err(refuse("repeated", "Name each permission once."));
        }
        rules.push((permission, rule.max_age));
    }
    Ok(rules)
}

/// Write it down over `revision`; `false` if it was changed meanwhile.
async fn store(tx: &Tx, policy: &Policy, revision: i64) -> Result<bool, Problem> {
    let permissions: Vec<(&str, Option<i64>)> = policy.permissions.iter().map(|(permission, most)| (permission.wire(), *most)).collect();
    let sql = "INSERT INTO access_policies (vendor_id, roles, permissions, revision, updated_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (vendor_id) DO UPDATE SET roles = $2, permissions = $3, revision = $4, updated_at = $5 WHERE access_policies.revision = $6";
    let values = [
        tx.vendor().0.into(),
        serde_json::to_string(&policy.roles).map_err(Problem::internal)?.into(),
        serde_json::to_string(&permissions).map_err(Problem::internal)?.into(),
        policy.revision.into(),
        tx.now().into(),
        revision.into(),
    ];
    Ok(tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected() == 1)
}
