//! What the vendor wants by default when a partner leaves.

use crate::ports::PartnerDealsGo;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::app::Resource;
use kernel::log::EventKind;
use kernel::{App, Event, Problem, Subject, Tx, Valid};
use sea_orm::{ConnectionTrait, Statement};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::{Validate, ValidationError};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_offboarding_policy, set_offboarding_policy))
}

/// What holds when a partner leaves and nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"deals": "to_manager", "retention_days": 3650}))]
pub struct PartnerOffboardingPolicy {
    /// Where its open deals go if there is no successor: `release` or `to_manager`.
    #[validate(custom(function = without_successor))]
    pub deals: PartnerDealsGo,
    /// How long its contracts and documents are kept after it has left, in days: as long as the law needs.
    #[validate(range(min = 1, max = 36500))]
    #[schema(minimum = 1, maximum = 36500)]
    pub retention_days: i64,
}

impl Default for PartnerOffboardingPolicy {
    fn default() -> Self {
        Self { deals: PartnerDealsGo::Release, retention_days: 3_650 }
    }
}

impl Resource for PartnerOffboardingPolicy {}

fn without_successor(deals: &PartnerDealsGo) -> Result<(), ValidationError> {
    if *deals == PartnerDealsGo::ToSuccessor {
        return Err(ValidationError::new("successor").with_message("A successor is named with each offboarding.".into()));
    }
    Ok(())
}

/// The vendor's policy for partners that leave was changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnerOffboardingPolicyChangedEvent {
    /// The policy as it now is.
    pub offboarding_policy: PartnerOffboardingPolicy,
    /// Whose it is.
    pub vendor_id: kernel::id::VendorId,
}

impl Event for PartnerOffboardingPolicyChangedEvent {
    const TYPE: &'static str = "offboarding_policy.changed";
    fn subject(&self) -> Subject {
        Subject::new("offboarding_policy", self.vendor_id, 1)
    }
}

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![EventKind::of::<PartnerOffboardingPolicyChangedEvent>("The vendor's policy for partners that leave was changed.")]
}

/// The policy in force.
pub async fn of(db: &impl ConnectionTrait, vendor: kernel::id::VendorId) -> Result<PartnerOffboardingPolicy, Problem> {
    let sql = "SELECT body FROM partner_offboarding_policies WHERE vendor_id = $1";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into()])).await?;
    let body = row.map(|row| row.try_get::<String>("", "body")).transpose()?;
    body.map_or_else(|| Ok(PartnerOffboardingPolicy::default()), |body| serde_json::from_str(&body).map_err(Problem::internal))
}

async fn set(tx: &mut Tx, policy: PartnerOffboardingPolicy) -> Result<PartnerOffboardingPolicy, Problem> {
    let sql = "INSERT INTO partner_offboarding_policies (vendor_id, body) VALUES ($1, $2) ON CONFLICT (vendor_id) DO UPDATE SET body = excluded.body";
    let body = serde_json::to_string(&policy).map_err(Problem::internal)?;
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [tx.vendor().0.into(), body.into()])).await?;
    let vendor_id = tx.vendor();
    tx.emit(PartnerOffboardingPolicyChangedEvent { offboarding_policy: policy.clone(), vendor_id });
    Ok(policy)
}

/// Read what holds when a partner leaves.
#[utoipa::path(get, path = "/offboarding-policy", operation_id = "get_offboarding_policy", tag = "partners",
    security(("bearer" = ["vendor:read"])),
    responses((status = 200, description = "The policy.", body = PartnerOffboardingPolicy)))]
async fn get_offboarding_policy(State(app): State<App>, who: Can<may::ReadVendor>) -> Result<Json<PartnerOffboardingPolicy>, Problem> {
    Ok(Json(of(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor()).await?))
}

/// Say what holds when a partner leaves. What is under way keeps what it began with.
#[utoipa::path(put, path = "/offboarding-policy", operation_id = "set_offboarding_policy", tag = "partners", request_body = PartnerOffboardingPolicy,
    security(("bearer" = ["vendor:manage"])),
    responses((status = 200, description = "The policy as it now is.", body = PartnerOffboardingPolicy)))]
async fn set_offboarding_policy(
    State(app): State<App>,
    who: Can<may::ManageVendor>,
    Valid(body): Valid<PartnerOffboardingPolicy>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| set(tx, body).await).await
}
