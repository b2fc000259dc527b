//! How long before the last day of a fact the vendor wants to be warned.

use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::app::Resource;
use kernel::id::VendorId;
use kernel::log::EventKind;
use kernel::{App, Event, Problem, Subject, Tx, Valid};
use sea_orm::{ConnectionTrait, Statement};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_esg_policy, set_esg_policy))
}

/// What holds for facts about sustainability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"warn_days": 60}))]
pub struct PartnerEsgPolicy {
    /// From so many days before its last day a fact is expiring.
    #[validate(range(min = 1, max = 730))]
    #[schema(minimum = 1, maximum = 730)]
    pub warn_days: i64,
}

impl Default for PartnerEsgPolicy {
    fn default() -> Self {
        Self { warn_days: 60 }
    }
}

impl Resource for PartnerEsgPolicy {}

/// The vendor's policy for facts about sustainability was changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnerEsgPolicyChangedEvent {
    /// The policy as it now is.
    pub esg_policy: PartnerEsgPolicy,
    /// Whose it is.
    pub vendor_id: VendorId,
}

impl Event for PartnerEsgPolicyChangedEvent {
    const TYPE: &'static str = "esg_policy.changed";
    fn subject(&self) -> Subject {
        Subject::new("esg_policy", self.vendor_id, 1)
    }
}

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![EventKind::of::<PartnerEsgPolicyChangedEvent>("The vendor's policy for facts about sustainability was changed.")]
}

/// The policy in force.
pub async fn of(db: &impl ConnectionTrait, vendor: VendorId) -> Result<PartnerEsgPolicy, Problem> {
    let sql = "SELECT warn_days FROM partner_esg_policies WHERE vendor_id = $1";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into()])).await?;
    Ok(row.map(|row| row.try_get("", "warn_days").map(|warn_days| PartnerEsgPolicy { warn_days })).transpose()?.unwrap_or_default())
}

async fn set(tx: &mut Tx, policy: PartnerEsgPolicy) -> Result<PartnerEsgPolicy, Problem> {
    let sql = "INSERT INTO partner_esg_policies (vendor_id, warn_days) VALUES ($1, $2) ON CONFLICT (vendor_id) DO UPDATE SET warn_days = excluded.warn_days";
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [tx.vendor().0.into(), policy.warn_days.into()])).await?;
    let vendor_id = tx.vendor();
    tx.emit(PartnerEsgPolicyChangedEvent { esg_policy: policy.clone(), vendor_id });
    Ok(policy)
}

/// Read what holds for facts about sustainability.
#[utoipa::path(get, path = "/esg-policy", operation_id = "get_esg_policy", tag = "partners", security(("bearer" = ["vendor:read"])),
    responses((status = 200, description = "The policy.", body = PartnerEsgPolicy)))]
async fn get_esg_policy(State(app): State<App>, who: Can<may::ReadVendor>) -> Result<Json<PartnerEsgPolicy>, Problem> {
    Ok(Json(of(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor()).await?))
}

/// Say what holds for facts about sustainability. What was handed in before keeps what it began with.
#[utoipa::path(put, path = "/esg-policy", operation_id = "set_esg_policy", tag = "partners", request_body = PartnerEsgPolicy,
    security(("bearer" = ["vendor:manage"])),
    responses((status = 200, description = "The policy as it now is.", body = PartnerEsgPolicy)))]
async fn set_esg_policy(State(app): State<App>, who: Can<may::ManageVendor>, Valid(body): Valid<PartnerEsgPolicy>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| set(tx, body).await).await
}
