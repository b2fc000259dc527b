//! The funnel: how far applicants come, how long it takes, and where they are lost. One query over sums by step.

use super::ApplicationFormId;
use super::moves::STEPS;
use super::rules::ApplicationStatus;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Duration, Utc};
use kernel::{App, Params, Problem, Scope};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
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

impl ApplicationFunnelBy {
    fn column(self) -> &'static str {
        match self {
            Self::PartnerType => "partner_type",
            Self::Region => "region",
            Self::Month => "month",
            Self::Form => "form_id",
        }
    }
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

/// Applications of one group that stand at one step.
#[derive(Debug, Clone, Default)]
struct Counted {
    key: Option<String>,
    step: usize,
    over: bool,
    count: i64,
    /// For each step after the first, seconds in all and of how many.
    times: [(i64, i64); 5],
    /// The same for each of [`SINCE_SUBMISSION`].
    since_submission: [(i64, i64); 4],
}

const TIMES: [&str; 5] = ["seconds_to_confirm", "seconds_to_submit", "seconds_to_decide", "seconds_to_approve", "seconds_to_log_in"];

/// What is timed from handing in. A step's own time begins with the step before.
const SINCE_SUBMISSION: [(&str, &str); 4] = [
    ("approval", "seconds_to_decide + seconds_to_approve"),
    ("signature", "seconds_to_sign"),
    ("first_login", "seconds_to_decide + seconds_to_approve + seconds_to_log_in"),
    ("first_deal", "seconds_to_deal"),
];

fn read(row: &QueryResult, by: Option<ApplicationFunnelBy>) -> Result<Counted, DbErr> {
    let key = match by {
        None => None,
        Some(ApplicationFunnelBy::Form) => Some(ApplicationFormId(row.try_get("", "grp")?).to_string()),
        Some(_) => row.try_get("", "grp")?,
    };
    let mut all = [(0, 0); 9];
    for (at, time) in all.iter_mut().enumerate() {
        *time = (row.try_get("", &format!("sum{at}"))?, row.try_get("", &format!("of{at}"))?);
    }
    let [a, b, c, d, e, since_submission @ ..] = all;
    let times = [a, b, c, d, e];
    let (step, over): (i64, i64) = (row.try_get("", "step")?, row.try_get("", "finished")?);
    Ok(Counted {
        key,
        step: usize::try_from(step).unwrap_or_default().min(5),
        over: over == 1,
        count: row.try_get("", "n")?,
        times,
        since_submission,
    })
}

async fn count(
    db: &impl ConnectionTrait,
    scope: Scope,
    query: &ApplicationFunnelQuery,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Counted>, DbErr> {
    let group = query.by.map(|by| format!("{} AS grp, ", by.column())).unwrap_or_default();
    let grouped = query.by.map(|by| format!("{}, ", by.column())).unwrap_or_default();
    let sums: String = TIMES
        .into_iter()
        .chain(SINCE_SUBMISSION.map(|(_, seconds)| seconds))
        .enumerate()
        .map(|(at, time)| format!(", CAST(COALESCE(SUM({time}), 0) AS bigint) AS sum{at}, COUNT({time}) AS of{at}"))
        .collect();
    let lost = ApplicationStatus::ALL.iter().filter(|status| !status.is_live() && **status != ApplicationStatus::Approved);
    let lost = lost.map(|status| format!("'{}'", status.wire())).collect::<Vec<_>>().join(", ");
    let finished = format!("CASE WHEN status IN ({lost}) THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END");
    let form = if query.form_id.is_some() { "AND form_id = $4" } else { "" };
    let sql = format!(
        "SELECT {group}step, {finished} AS finished, COUNT(*) AS n{sums} FROM applications \
         WHERE vendor_id = $1 AND created_at >= $2 AND created_at < $3 {form} GROUP BY {grouped}step, {finished}"
    );
    let values = [scope.vendor().0.into(), from.into(), to.into()].into_iter().chain(query.form_id.map(|form| form.0.into()));
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    rows.iter().map(|row| read(row, query.by)).collect()
}

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
    let times = SINCE_SUBMISSION.iter().enumerate().map(|(at, (to, _))| {
        let (seconds, reached) = rows.iter().map(|row| row.since_submission[at]).fold((0, 0), |all, row| (all.0 + row.0, all.1 + row.1));
        ApplicationFunnelTime { to: (*to).to_owned(), reached, average_seconds: seconds.checked_div(reached) }
    });
    ApplicationFunnelGroup { key, started, steps, times: times.collect() }
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_application_funnel))
}

/// See how far applicants come, how long each step takes, and where they are lost.
#[utoipa::path(get, path = "/application-funnel", operation_id = "get_application_funnel", tag = "applications", params(ApplicationFunnelQuery),
    security(("bearer" = ["applications:read"])),
    responses((status = 200, description = "The funnel.", body = ApplicationFunnel)))]
async fn get_application_funnel(
    State(app): State<App>,
    who: Can<may::ReadApplications>,
    Params(query): Params<ApplicationFunnelQuery>,
) -> Result<Json<ApplicationFunnel>, Problem> {
    // One of this very moment counts.
    let to = query.to.unwrap_or(app.clock().now() + Duration::seconds(1));
    let from = query.from.unwrap_or(to - Duration::days(90));
    let counted = count(&app.db().read_of(who.scope.vendor()).await?, who.scope, &query, (from, to)).await?;
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
        confirmed.since_submission[3] = (90, 3);
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
