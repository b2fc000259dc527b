//! What the vendor measures: how soon partners answer, and whether each gets its share.

use super::place::Why;
use super::store::{self, OfferRow, json};
use super::types::LeadOfferOutcome;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Duration, Utc};
use kernel::id::PartnerId;
use kernel::{App, Params, Problem, Scope};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The period of a report.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LeadReportQuery {
    /// Offers made at this time or later; 90 days ago if absent.
    pub from: Option<DateTime<Utc>>,
    /// Offers made before this time; now if absent.
    pub to: Option<DateTime<Utc>>,
}

impl LeadReportQuery {
    fn period(&self, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        // An offer of this very moment counts.
        let to = self.to.unwrap_or(now + Duration::seconds(1));
        (self.from.unwrap_or(to - Duration::days(90)), to)
    }
}

/// What one partner got of the leads, against its share.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(example = json!({"partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "offered": 30, "due": 29.5, "share": 0.3, "due_share": 0.295,
    "deviation": 0.0169, "direct": 2}))]
pub struct LeadFairnessRow {
    /// The partner.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// Leads that it was offered in its turn.
    pub offered: i64,
    /// Leads that its weight was due, of those for which it was as good as the best.
    pub due: f64,
    /// The part of all leads offered in turn that it got.
    pub share: f64,
    /// The part that its weight was due.
    pub due_share: f64,
    /// How far it is off: 0.05 is five percent more than was due.
    pub deviation: f64,
    /// Leads that it was offered out of turn: as a pin, a named account, under protection or by hand.
    pub direct: i64,
}

/// Whether each partner gets its share.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"from": "2026-08-22T12:00:00Z", "to": "2026-11-20T12:00:00Z", "offered": 100, "direct": 2, "partners": []}))]
pub struct LeadFairness {
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
    /// Leads offered in turn.
    pub offered: i64,
    /// Leads offered out of turn.
    pub direct: i64,
    /// Partner by partner, whoever was due most first.
    pub partners: Vec<LeadFairnessRow>,
}

/// How soon one partner answers.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(example = json!({"partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "offered": 10, "accepted": 7, "declined": 2, "lapsed": 1, "open": 0,
    "median_seconds": 5400, "mean_seconds": 7200, "slowest_seconds": 172800, "acceptance": 0.7}))]
pub struct LeadResponseRow {
    /// The partner.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// Leads that it was offered.
    pub offered: i64,
    /// Of those, accepted (and perhaps given back later).
    pub accepted: i64,
    /// Declined.
    pub declined: i64,
    /// Not answered in time.
    pub lapsed: i64,
    /// Not answered yet.
    pub open: i64,
    /// Half of its answers came sooner. What lapsed is not an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_seconds: Option<i64>,
    /// The mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_seconds: Option<i64>,
    /// The slowest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slowest_seconds: Option<i64>,
    /// The part of answered and lapsed offers that it accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<f64>,
}

/// How soon partners answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"from": "2026-08-22T12:00:00Z", "to": "2026-11-20T12:00:00Z", "partners": []}))]
pub struct LeadResponseTimes {
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
    /// Partner by partner, the slowest first.
    pub partners: Vec<LeadResponseRow>,
}

/// Go through the offers of a period, some at a time.
async fn each(
    app: &App,
    scope: Scope,
    period: (DateTime<Utc>, DateTime<Utc>),
    mut with: impl FnMut(OfferRow) -> Result<(), Problem>,
) -> Result<(), Problem> {
    const SOME: u64 = 1_000;
    let mut after = (Uuid::nil(), Uuid::nil());
    loop {
        let db = app.db().read_of(scope.vendor()).await?;
        let rows = store::offers_between(&db, scope, period, after, SOME).await?;
        let last = rows.len() < SOME as usize;
        for row in rows {
            after = (row.lead_id, row.partner_id);
            with(row)?;
        }
        if last {
            return Ok(());
        }
    }
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_lead_fairness)).routes(routes!(get_lead_response_times))
}

/// Read whether each partner gets its share of the leads.
///
/// Of each lead that several partners were equally good for, everybody in the pool was due its weight's part; the report adds that up and
/// puts beside it what each was offered.
#[utoipa::path(get, path = "/leads/fairness", operation_id = "get_lead_fairness", tag = "leads", params(LeadReportQuery),
    security(("bearer" = ["leads:manage"])),
    responses((status = 200, description = "The shares.", body = LeadFairness)))]
async fn get_lead_fairness(
    State(app): State<App>,
    who: Can<may::ManageLeads>,
    Params(query): Params<LeadReportQuery>,
) -> Result<Json<LeadFairness>, Problem> {
    let (from, to) = query.period(app.clock().now());
    let mut partners: BTreeMap<Uuid, LeadFairnessRow> = BTreeMap::new();
    let (mut offered, mut direct) = (0, 0);
    each(&app, who.scope, (from, to), |row| {
        let why: Why = json(&row.why)?;
        if why.by == "ranking" {
            offered += 1;
            partners.entry(row.partner_id).or_default().offered += 1;
            for (partner, part) in why.pool {
                partners.entry(partner.0).or_default().due += part as f64 / super::share::TURN as f64;
            }
        } else {
            direct += 1;
            partners.entry(row.partner_id).or_default().direct += 1;
        }
        Ok(())
    })
    .await?;
    let all = f64::from(i32::try_from(offered).unwrap_or(i32::MAX)).max(1.0);
    let rounded = |value: f64| (value * 10_000.0).round() / 10_000.0;
    let finish = |(partner, row): (Uuid, LeadFairnessRow)| LeadFairnessRow {
        partner_id: Some(PartnerId(partner)),
        share: rounded(row.offered as f64 / all),
        due_share: rounded(row.due / all),
        deviation: if row.due > 0.0 { rounded((row.offered as f64 - row.due) / row.due) } else { 0.0 },
        due: rounded(row.due),
        ..row
    };
    let mut partners: Vec<_> = partners.into_iter().map(finish).collect();
    partners.sort_by(|a, b| b.due.total_cmp(&a.due));
    Ok(Json(LeadFairness { from, to, offered, direct, partners }))
}

/// Read how soon partners answer.
#[utoipa::path(get, path = "/leads/response-times", operation_id = "get_lead_response_times", tag = "leads", params(LeadReportQuery),
    security(("bearer" = ["leads:manage"])),
    responses((status = 200, description = "Partner by partner.", body = LeadResponseTimes)))]
async fn get_lead_response_times(
    State(app): State<App>,
    who: Can<may::ManageLeads>,
    Params(query): Params<LeadReportQuery>,
) -> Result<Json<LeadResponseTimes>, Problem> {
    let (from, to) = query.period(app.clock().now());
    let mut partners: BTreeMap<Uuid, (LeadResponseRow, Vec<i64>)> = BTreeMap::new();
    each(&app, who.scope, (from, to), |row| {
        let (of, seconds) = partners.entry(row.partner_id).or_default();
        of.offered += 1;
        let outcome: LeadOfferOutcome = json(&format!("\"{}\"", row.outcome))?;
        match outcome {
            LeadOfferOutcome::Accepted | LeadOfferOutcome::Returned => of.accepted += 1,
            LeadOfferOutcome::Declined => of.declined += 1,
            LeadOfferOutcome::Lapsed => of.lapsed += 1,
            LeadOfferOutcome::Open => of.open += 1,
            LeadOfferOutcome::Recalled => {}
        }
        if matches!(outcome, LeadOfferOutcome::Accepted | LeadOfferOutcome::Returned | LeadOfferOutcome::Declined) {
            seconds.extend(row.seconds);
        }
        Ok(())
    })
    .await?;
    let finish = |(partner, (mut row, mut seconds)): (Uuid, (LeadResponseRow, Vec<i64>))| {
        seconds.sort_unstable();
        row.partner_id = Some(PartnerId(partner));
        row.median_seconds = seconds.get(seconds.len() / 2).copied();
        row.mean_seconds = (!seconds.is_empty()).then(|| seconds.iter().sum::<i64>() / seconds.len() as i64);
        row.slowest_seconds = seconds.last().copied();
        let ended = row.accepted + row.declined + row.lapsed;
        row.acceptance = (ended > 0).then(|| (row.accepted as f64 / ended as f64 * 10_000.0).round() / 10_000.0);
        row
    };
    let mut partners: Vec<_> = partners.into_iter().map(finish).collect();
    partners.sort_by_key(|row| std::cmp::Reverse(row.median_seconds));
    Ok(Json(LeadResponseTimes { from, to, partners }))
}
