//! What became of a walkthrough: how many began, came to its end or put it away, and where the others stopped.

use super::WalkthroughId;
use super::body::WalkthroughDraft;
use super::rules::WalkthroughStatus;
use super::store::{self, Counted, progress};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use kernel::{App, At, Params, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_walkthrough_results))
}

/// By what people are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WalkthroughSegment {
    /// Their role, as of their last step.
    Role,
    /// Their partner's type, as of their last step.
    PartnerType,
}

/// How results are shown.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WalkthroughResultsQuery {
    /// By what people are told apart; all together if absent.
    #[param(inline)]
    pub by: Option<WalkthroughSegment>,
}

/// How many stopped behind a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"after": "register", "going": 2, "dismissed": 1}))]
pub struct WalkthroughStop {
    /// The last step that they have seen; absent of those who have seen none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many may still go on.
    pub going: i64,
    /// How many put it away there.
    pub dismissed: i64,
}

/// What became of a walkthrough with some people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"segment": "sales", "started": 10, "completed": 7, "dismissed": 1, "stops": [{"after": "register", "going": 2, "dismissed": 1}]}))]
pub struct WalkthroughOutcome {
    /// Whom it is about; absent of all together, and of the vendor's own people by partner type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// How many have begun it, or put it away unread.
    pub started: i64,
    /// How many are through.
    pub completed: i64,
    /// How many put it away.
    pub dismissed: i64,
    /// Where the others are, in the order of the steps.
    pub stops: Vec<WalkthroughStop>,
}

/// What became of a walkthrough.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"outcomes": [{"started": 10, "completed": 7, "dismissed": 1, "stops": [{"after": "register", "going": 2, "dismissed": 1}]}]}))]
pub struct WalkthroughResults {
    /// One for all, or one for each segment.
    pub outcomes: Vec<WalkthroughOutcome>,
}

/// What became of a version of a walkthrough, all together or by role or partner type. Of partners within one's reach.
#[utoipa::path(get, path = "/walkthroughs/{id}/results", operation_id = "get_walkthrough_results", tag = "walkthroughs",
    params(("id" = WalkthroughId, Path, description = "The version."), WalkthroughResultsQuery), security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The results.", body = WalkthroughResults)))]
async fn get_walkthrough_results(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<WalkthroughId>,
    Params(query): Params<WalkthroughResultsQuery>,
) -> Result<Json<WalkthroughResults>, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let version = store::find(&db, who.scope.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    let segment = query.by.map(|by| match by {
        WalkthroughSegment::Role => progress::Column::Role,
        WalkthroughSegment::PartnerType => progress::Column::PartnerType,
    });
    let counted = store::count(&db, who.scope, id, segment).await?;
    Ok(Json(WalkthroughResults { outcomes: outcomes(&version.body()?, counted) }))
}

/// Counts, in order of their segments, as results.
fn outcomes(body: &WalkthroughDraft, counted: Vec<Counted>) -> Vec<WalkthroughOutcome> {
    let mut all: Vec<WalkthroughOutcome> = Vec::new();
    for row in counted {
        if all.last().is_none_or(|last| last.segment != row.segment) {
            all.push(WalkthroughOutcome { segment: row.segment.clone(), started: 0, completed: 0, dismissed: 0, stops: Vec::new() });
        }
        let Some(outcome) = all.last_mut() else { continue };
        outcome.started += row.people;
        if row.status == WalkthroughStatus::Completed.wire() {
            outcome.completed += row.people;
            continue;
        }
        let after =
            usize::try_from(row.seen).ok().and_then(|seen| seen.checked_sub(1)).and_then(|at| body.steps.get(at)).map(|step| step.key.clone());
        let at = outcome.stops.iter().position(|stop| stop.after == after).unwrap_or_else(|| {
            outcome.stops.push(WalkthroughStop { after: after.clone(), going: 0, dismissed: 0 });
            outcome.stops.len() - 1
        });
        if row.status == WalkthroughStatus::Dismissed.wire() {
            outcome.dismissed += row.people;
            outcome.stops[at].dismissed += row.people;
        } else {
            outcome.stops[at].going += row.people;
        }
    }
    for outcome in &mut all {
        outcome.stops.sort_by_key(|stop| stop.after.as_deref().and_then(|key| body.step(key)));
    }
    all
}

#[cfg(test)]
mod unit {
    use super::*;
    use serde_json::json;

    #[test]
    fn people_are_counted_where_they_stopped() {
        let body = json!({"name": "w", "screen": "s", "title": {"en": "W"}, "steps": [{"key": "a", "title": {"en": "A"}}, {"key": "b", "title": {"en": "B"}}]});
        let row = |segment: &str, status: &str, seen, people| Counted { segment: Some(segment.into()), status: status.into(), seen, people };
        let counted =
            vec![row("sales", "completed", 2, 7), row("sales", "dismissed", 1, 1), row("sales", "started", 0, 3), row("sales", "started", 1, 2)];
        let found = outcomes(&serde_json::from_value(body).unwrap(), counted);
        let stop = |after: Option<&str>, going, dismissed| WalkthroughStop { after: after.map(str::to_owned), going, dismissed };
        let stops = vec![stop(None, 3, 0), stop(Some("a"), 2, 1)];
        assert_eq!(found, [WalkthroughOutcome { segment: Some("sales".into()), started: 13, completed: 7, dismissed: 1, stops }]);
    }
}
