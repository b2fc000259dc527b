//! What waits for a signature: the vendor says which permissions a partner's people and keys have only while an agreement of some kind is in force.

use access::gates::{Gate, Gates};
use access::{Can, Permission, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use futures::future::BoxFuture;
use kernel::app::Resource;
use kernel::db::Reading;
use kernel::id::{PartnerId, VendorId};
use kernel::log::EventKind;
use kernel::{App, Event, Problem, Subject, Tx, Valid};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_agreement_policy, set_agreement_policy))
}

/// Permissions that wait for an agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "nda", "permissions": ["deals:read", "leads:read"]}))]
pub struct AgreementGate {
    /// The kind of agreement, as its templates name it.
    #[validate(length(min = 1, max = 60), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 60, pattern = r"\S")]
    pub kind: String,
    /// What a partner's people and keys may not do before it is signed, nor once its contract is over. All but `partners:read`, by which they sign.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100)]
    pub permissions: Vec<String>,
}

/// What partners sign before they see or do anything else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"gates": [{"kind": "nda", "permissions": ["deals:read", "leads:read"]}]}))]
pub struct AgreementPolicy {
    /// A kind of agreement and what waits for it, each kind once.
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub gates: Vec<AgreementGate>,
}

impl Resource for AgreementPolicy {}

/// What partners sign first was changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgreementPolicyChangedEvent {
    /// The policy as it now is.
    pub agreement_policy: AgreementPolicy,
    /// Whose it is.
    pub vendor_id: VendorId,
}

impl Event for AgreementPolicyChangedEvent {
    const TYPE: &'static str = "agreement_policy.changed";
    fn subject(&self) -> Subject {
        Subject::new("agreement_policy", self.vendor_id, 1)
    }
}

pub(super) fn event_kinds() -> Vec<EventKind> {
    vec![EventKind::of::<AgreementPolicyChangedEvent>("What partners sign before they see or do anything else was changed.")]
}

impl AgreementPolicy {
    fn checked(&self) -> Result<(), Problem> {
        let mut seen = HashSet::new();
        for (at, gate) in self.gates.iter().enumerate() {
            if !seen.insert(&gate.kind) {
                return Err(Problem::invalid(format!("/gates/{at}/kind"), "repeated", "Name each kind once."));
            }
            for (place, name) in gate.permissions.iter().enumerate() {
                let pointer = format!("/gates/{at}/permissions/{place}");
                match name.parse::<Permission>() {
                    Err(_) => return Err(Problem::invalid(pointer, "no_such_permission", "GET /v1/roles lists the permissions that there are.")),
                    Ok(Permission::ReadPartners) => {
                        return Err(Problem::invalid(pointer, "needed_to_sign", "Whoever is to sign an agreement has to read it."));
                    }
                    Ok(_) => {}
                }
            }
        }
        Ok(())
    }
}

async fn of(db: &impl ConnectionTrait, vendor: VendorId) -> Result<AgreementPolicy, Problem> {
    let sql = "SELECT body FROM agreement_policies WHERE vendor_id = $1";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into()])).await?;
    let body = row.map(|row| row.try_get::<String>("", "body")).transpose()?;
    body.map_or(Ok(AgreementPolicy::default()), |body| serde_json::from_str(&body).map_err(Problem::internal))
}

/// The kinds of agreement that are in force with a partner.
async fn in_force(db: &impl ConnectionTrait, vendor: VendorId, partner: PartnerId) -> Result<HashSet<String>, DbErr> {
    let sql = "SELECT DISTINCT a.kind FROM agreements a LEFT JOIN partner_contracts c ON c.vendor_id = a.vendor_id AND c.id = a.contract_id \
        WHERE a.vendor_id = $1 AND a.partner_id = $2 AND a.status = 'signed' AND (c.status IS NULL OR c.status <> 'expired')";
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into(), partner.0.into()])).await?;
    rows.iter().map(|row| row.try_get("", "kind")).collect()
}

/// Answers who comes in what it may not do yet.
pub struct UnsignedAgreements;

impl Gates for UnsignedAgreements {
    fn shut<'a>(&'a self, db: &'a Reading, vendor: VendorId, partner: PartnerId) -> BoxFuture<'a, Result<Vec<Gate>, Problem>> {
        Box::pin(shut(db, vendor, partner))
    }
}

/// What a partner's people and keys may not do yet, by the kind of agreement that is missing.
pub async fn shut(db: &impl ConnectionTrait, vendor: VendorId, partner: PartnerId) -> Result<Vec<Gate>, Problem> {
    let policy = of(db, vendor).await?;
    if policy.gates.is_empty() {
        return Ok(Vec::new());
    }
    let signed = in_force(db, vendor, partner).await?;
    let bits = |names: &[String]| names.iter().filter_map(|name| name.parse::<Permission>().ok()).fold(0, |bits, one| bits | one.bit());
    let shut = policy.gates.into_iter().filter(|gate| !signed.contains(&gate.kind));
    Ok(shut.map(|gate| Gate { permissions: bits(&gate.permissions), kind: gate.kind }).collect())
}

async fn set(tx: &mut Tx, policy: AgreementPolicy) -> Result<AgreementPolicy, Problem> {
    policy.checked()?;
    let sql = "INSERT INTO agreement_policies (vendor_id, body) VALUES ($1, $2) ON CONFLICT (vendor_id) DO UPDATE SET body = excluded.body";
    let body = serde_json::to_string(&policy).map_err(Problem::internal)?;
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [tx.vendor().0.into(), body.into()])).await?;
    let vendor_id = tx.vendor();
    tx.emit(AgreementPolicyChangedEvent { agreement_policy: policy.clone(), vendor_id });
    Ok(policy)
}

/// Read what partners sign before they see or do anything else.
#[utoipa::path(get, path = "/agreement-policy", operation_id = "get_agreement_policy", tag = "agreements", security(("bearer" = ["vendor:read"])),
    responses((status = 200, description = "The policy.", body = AgreementPolicy)))]
async fn get_agreement_policy(State(app): State<App>, who: Can<may::ReadVendor>) -> Result<Json<AgreementPolicy>, Problem> {
    Ok(Json(of(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor()).await?))
}

/// Say what partners sign before they see or do anything else: an NDA before data.
///
/// It counts at once, also for partners that are here. Whoever lacks a signature gets `403` `agreement.required`, with the kinds that are missing.
/// Nor is anybody of that partner told of what they may not read yet, in the inbox or by mail.
#[utoipa::path(put, path = "/agreement-policy", operation_id = "set_agreement_policy", tag = "agreements", request_body = AgreementPolicy,
    security(("bearer" = ["vendor:manage"])),
    responses((status = 200, description = "The policy as it now is.", body = AgreementPolicy)))]
async fn set_agreement_policy(State(app): State<App>, who: Can<may::ManageVendor>, Valid(body): Valid<AgreementPolicy>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| set(tx, body).await).await
}
