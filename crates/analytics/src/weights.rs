//! How likely an open deal is to be won, by where it stands: what the pipeline is weighted with.

use crate::store;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::log::EventKind;
use kernel::{App, Event, Problem, Scope, Subject, Tx, Valid};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::{Validate, ValidationError};

/// Chances in per cent, by where a deal stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"in_review": 10, "approved": 40, "stages": {"Proposal": 50, "Negotiation": 75}, "other_stages": 50}))]
pub struct PipelineChances {
    /// Of a deal that waits for a decision.
    #[validate(range(max = 100))]
    #[schema(maximum = 100)]
    pub in_review: u8,
    /// Of an approved deal without an opportunity in the CRM.
    #[validate(range(max = 100))]
    #[schema(maximum = 100)]
    pub approved: u8,
    /// Of an approved deal by the stage of its opportunity, in the CRM's words, letter for letter; at most 100 stages.
    #[validate(custom(function = chances))]
    #[schema(value_type = HashMap<String, u8>)]
    pub stages: BTreeMap<String, u8>,
    /// Of an approved deal whose stage is not among them.
    #[validate(range(max = 100))]
    #[schema(maximum = 100)]
    pub other_stages: u8,
}

fn chances(stages: &BTreeMap<String, u8>) -> Result<(), ValidationError> {
    if stages.len() <= 100 && stages.iter().all(|(name, chance)| (1..=200).contains(&name.len()) && *chance <= 100) {
        return Ok(());
    }
    Err(ValidationError::new("range").with_message("At most 100 stages of 1 to 200 characters, each with a chance of 0 to 100.".into()))
}

impl Default for PipelineChances {
    fn default() -> Self {
        Self { in_review: 10, approved: 40, stages: BTreeMap::new(), other_stages: 50 }
    }
}

impl PipelineChances {
    /// The chance of a deal that stands here; `stage` is empty without an opportunity.
    pub fn of(&self, status: &str, stage: &str) -> u8 {
        match (status, stage) {
            ("approved", "") => self.approved,
            ("approved", stage) => self.stages.get(stage).copied().unwrap_or(self.other_stages),
            _ => self.in_review,
        }
    }
}

/// The chances that the pipeline is weighted with.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"chances": {"in_review": 10, "approved": 40, "stages": {"Proposal": 50}, "other_stages": 50}, "revision": 1,
    "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct PipelineWeights {
    /// The chances.
    pub chances: PipelineChances,
    /// Raised with every change; 0 while they are the standard ones.
    pub revision: i64,
    /// When they were last set; absent while they are the standard ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<DateTime<Utc>>,
}

impl Resource for PipelineWeights {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

/// The chances that the pipeline is weighted with were set.
#[derive(Serialize, ToSchema)]
pub struct PipelineWeightsChanged {
    /// As they now are.
    pub chances: PipelineChances,
    #[serde(skip)]
    revision: i64,
}

impl Event for PipelineWeightsChanged {
    const TYPE: &'static str = "pipeline_weights.changed";
    fn subject(&self) -> Subject {
        Subject::new("pipeline_weights", "pipeline-weights", self.revision)
    }
}

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![EventKind::of::<PipelineWeightsChanged>("The chances that the pipeline is weighted with were set.")]
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_pipeline_weights, set_pipeline_weights))
}

/// Read the chances that the pipeline is weighted with.
#[utoipa::path(get, path = "/pipeline-weights", operation_id = "get_pipeline_weights", tag = "figures",
    security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "The chances.", body = PipelineWeights)))]
async fn get_pipeline_weights(State(app): State<App>, who: Can<may::ReadDeals>) -> Result<Json<PipelineWeights>, Problem> {
    Ok(Json(find(&app.db().read_of(who.scope.vendor()).await?, who.scope).await?))
}

/// Set the chances that the pipeline is weighted with, all of them.
#[utoipa::path(put, path = "/pipeline-weights", operation_id = "set_pipeline_weights", tag = "figures", request_body = PipelineChances,
    security(("bearer" = ["vendor:manage"])),
    responses((status = 200, description = "The chances as they now are.", body = PipelineWeights)))]
async fn set_pipeline_weights(State(app): State<App>, who: Can<may::ManageVendor>, Valid(body): Valid<PipelineChances>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| set(tx, body).await).await
}

/// The weights in force.
pub async fn find(db: &impl ConnectionTrait, scope: Scope) -> Result<PipelineWeights, Problem> {
    let Some((body, revision, at)) = store::weights(db, scope).await? else {
        return Ok(PipelineWeights { chances: PipelineChances::default(), revision: 0, updated_at: None });
    };
    Ok(PipelineWeights { chances: serde_json::from_str(&body).map_err(Problem::internal)?, revision, updated_at: Some(at) })
}

async fn set(tx: &mut Tx, chances: PipelineChances) -> Result<PipelineWeights, Problem> {
    let before = find(tx, tx.scope()).await?;
    if before.revision > 0 && before.chances == chances {
        return Ok(before);
    }
    let revision = before.revision + 1;
    store::set_weights(tx, &serde_json::to_string(&chances).map_err(Problem::internal)?, revision).await?;
    tx.emit(PipelineWeightsChanged { chances: chances.clone(), revision });
    Ok(PipelineWeights { chances, revision, updated_at: Some(tx.now()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_counts_once_a_deal_is_approved() {
        let chances = PipelineChances { stages: [("Proposal".to_owned(), 60)].into(), ..PipelineChances::default() };
        let of = |status, stage| chances.of(status, stage);
        assert_eq!((of("in_review", "Proposal"), of("information_requested", "")), (10, 10));
        assert_eq!((of("approved", ""), of("approved", "Proposal"), of("approved", "Elsewhere")), (40, 60, 50));
    }
}
