//! The funnel: how far applicants come, how long it takes, and where they are lost. Whole days are read from kept sums, see [`super::sums`].

use super::ApplicationFormId;
use super::counted::{Counted, apart, count};
use super::moves::STEPS;
use super::sums::TIMES;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Duration, Utc};
use kernel::{App, Params, Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Groups that are answered: the largest.
const MOST: usize = 200;

/// By what the figures are split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationFunnelBy {
    /// The type of partner that is asked for.
    PartnerType,
    /// The first region.
    Region,
    /// The month in which it was started.
    Month,
    /// The form.
    Form,
}

/// What is counted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ApplicationFunnelQuery {
    /// Applications started at this time or later; 90 days ago if absent.
    pub from: Option<DateTime<Utc>>,
    /// Applications started before this time; now if absent.
    pub to: Option<DateTime<Utc>>,
    /// Only by this form.
    pub form_id: Option<ApplicationFormId>,
    /// By what to split; one group of all if absent.
    #[param(inline)]
    pub by: Option<ApplicationFunnelBy>,
}

/// One step of the funnel.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"step": "submitted", "reached": 40, "waiting": 3, "dropped": 5, "conversion": 0.4, "from_previous": 0.8, "average_seconds": 86400}))]
pub struct ApplicationFunnelStep {
    /// `started`, `confirmed`, `submitted`, `decided` (approved, refused or questioned first), `approved` or `logged_in`.
    pub step: String,
    /// How many came this far.
    pub reached: i64,
    /// How many of these are here now and may come further.
    pub waiting: i64,
    /// How many of these ended here: expired, lapsed, withdrawn or refused.
    pub dropped: i64,
    /// The part of all that were started, 0 to 1.
    pub conversion: f64,
    /// The part of those who reached the step before, 0 to 1.
    pub from_previous: f64,
    /// How long it took on average from the step before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average_seconds: Option<i64>,
}

/// How long it took from handing in an application to something that not all come to in the same order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"to": "first_deal", "reached": 9, "average_seconds": 5184000}))]
pub struct ApplicationFunnelTime {
    /// `approval`, `signature` (the first agreement signed by all), `first_login` or `first_deal` (the first that was approved). More may come.
    pub to: String,
    /// How many came to it.
    pub reached: i64,
    /// How long it took them on average.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average_seconds: Option<i64>,
}

/// The funnel of one group.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"key": "reseller", "started": 100, "steps": [], "times": []}))]
pub struct ApplicationFunnelGroup {
    /// The type, region, month or form; absent where it is not told, or not split.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How many were started.
    pub started: i64,
    /// The steps, in order.
    pub steps: Vec<ApplicationFunnelStep>,
    /// From handing in to what matters.
    pub times: Vec<ApplicationFunnelTime>,
}

/// How far applicants come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"from": "2026-08-22T12:00:00Z", "to": "2026-11-20T12:00:00Z", "groups": [{"started": 100, "steps": [], "times": []}]}))]
pub struct ApplicationFunnel {
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
    /// Group by group, the largest first; at most 200.
    pub groups: Vec<ApplicationFunnelGroup>,
}

/// Where in [`TIMES`] those begin that are timed from handing in. A step's own time begins with the step before.
const SINCE_SUBMISSION: usize = STEPS.len() - 1;

/// The funnels of what was counted, the largest first.
fn funnels(counted: Vec<Counted>) -> Vec<ApplicationFunnelGroup> {
    let mut groups = BTreeMap::<Option<String>, Vec<Counted>>::new();
    for one in counted {
        groups.entry(one.key.clone()).or_default().push(one);
    }
    let mut groups: Vec<_> = groups.into_iter().map(|(key, rows)| funnel(key, &rows)).collect();
    groups.sort_by(|a, b| b.started.cmp(&a.started).then(a.key.cmp(&b.key)));
    groups.truncate(MOST);
    groups
}

fn funnel(key: Option<String>, rows: &[Counted]) -> ApplicationFunnelGroup {
    let sum = |of: &dyn Fn(&Counted) -> bool| rows.iter().filter(|row| of(row)).map(|row| row.count).sum::<i64>();
    let started = sum(&|_| true);
    let part = |of: i64, all: i64| if all == 0 { 0.0 } else { of as f64 / all as f64 };
    let mut previous = started;
    let steps = STEPS.iter().enumerate().map(|(at, name)| {
        let reached = sum(&|row| row.step >= at);
        let timed = at.checked_sub(1).map(|time| rows.iter().fold((0, 0), |all, row| (all.0 + row.times[time].0, all.1 + row.times[time].1)));
        let step = ApplicationFunnelStep {
            step: (*name).to_owned(),
            reached,
            waiting: if at == 5 { 0 } else { sum(&|row| row.step == at && !row.over) },
            dropped: sum(&|row| row.step == at && row.over),
            conversion: part(reached, started),
            from_previous: part(reached, previous),
            average_seconds: timed.and_then(|(seconds, of)| seconds.checked_div(of)),
        };
        previous = reached;
        step
    });
    let steps = steps.collect();
    let times = TIMES.iter().enumerate().skip(SINCE_SUBMISSION).map(|(at, (to, _))| {
        let (seconds, reached) = rows.iter().map(|row| row.times[at]).fold((0, 0), |all, row| (all.0 + row.0, all.1 + row.1));
        ApplicationFunnelTime { to: (*to).to_owned(), reached, average_seconds: seconds.checked_div(reached) }
    });
    ApplicationFunnelGroup { key, started, steps, times: times.collect() }
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_application_funnel))
}

/// See how far applicants come, how long each step takes, and where they are lost.
///
/// It follows what applicants do within a second or so, and costs the same however many they are.
#[utoipa::path(get, path = "/application-funnel", operation_id = "get_application_funnel", tag = "applications", params(ApplicationFunnelQuery),
    security(("bearer" = ["applications:read"])),
    responses((status = 200, description = "The funnel.", body = ApplicationFunnel)))]
async fn get_application_funnel(
    State(app): State<App>,
    who: Can<may::ReadApplications>,
    Params(query): Params<ApplicationFunnelQuery>,
) -> Result<Json<ApplicationFunnel>, Problem> {
    // One of this very moment counts.
    let now = app.clock().now();
    let to = query.to.unwrap_or(now + Duration::seconds(1));
    let from = query.from.unwrap_or(to.checked_sub_signed(Duration::days(90)).unwrap_or(DateTime::<Utc>::MIN_UTC));
    let counted = count(&app.db().read_of(who.scope.vendor()).await?, who.scope, &query, apart(from, to, now)).await?;
    Ok(Json(ApplicationFunnel { from, to, groups: funnels(counted) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_came_further_has_come_this_far_and_whoever_ended_is_lost_where_they_stood() {
        let row = |step, over, count| Counted { step, over, count, ..Counted::default() };
        let mut confirmed = row(1, false, 2);
        confirmed.times[0] = (120, 2);
        confirmed.times[8] = (90, 3);
        let all = funnels(vec![row(0, true, 5), confirmed, row(3, true, 1), row(5, false, 2)]);
        let steps = &all[0].steps;
        assert_eq!(steps.iter().map(|step| step.reached).collect::<Vec<_>>(), [10, 5, 3, 3, 2, 2]);
        assert_eq!(steps.iter().map(|step| step.dropped).collect::<Vec<_>>(), [5, 0, 0, 1, 0, 0]);
        assert_eq!((steps[1].waiting, steps[1].average_seconds, steps[1].from_previous, steps[5].waiting), (2, Some(60), 0.5, 0));
        let deals = ApplicationFunnelTime { to: "first_deal".into(), reached: 3, average_seconds: Some(30) };
        assert_eq!((&all[0].times[3], all[0].times[0].average_seconds), (&deals, None));
        assert!(funnels(Vec::new()).is_empty());
    }
}
