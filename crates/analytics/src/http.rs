//! The figures: what is asked, and what is told.

use crate::weights;
use crate::{error, figures, pipeline, projection, store};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use kernel::id::{PartnerId, PersonId};
use kernel::{App, Params, Problem};
use partners::PartnerType;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The longest period that figures are told of.
const LONGEST: i32 = 10 * 12;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_pipeline)).routes(routes!(get_deal_figures))
}

/// What figures are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FigureGroup {
    /// The partner.
    Partner,
    /// The partner's type.
    Type,
    /// The partner's tier.
    Tier,
    /// The partner's region.
    Region,
    /// The partner's country.
    Country,
    /// The partner's channel manager.
    Manager,
}

/// Whose pipeline; all that is sent must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PipelineQuery {
    /// Only this partner's.
    pub partner_id: Option<PartnerId>,
    /// Only that of partners of this type.
    pub partner_type: Option<PartnerType>,
    /// Only that of partners of this tier.
    #[param(max_length = 50)]
    pub tier: Option<String>,
    /// Only that of partners of this region.
    #[param(max_length = 100)]
    pub region: Option<String>,
    /// Only that of partners based in this country.
    #[param(min_length = 2, max_length = 2)]
    pub country: Option<String>,
    /// Only that of partners whom this person is in charge of.
    pub manager_id: Option<PersonId>,
    /// Only deals of this type: `resale`, `referral`, `co_sell` or `service`.
    #[param(max_length = 20)]
    pub deal_type: Option<String>,
    /// What else it is told by.
    #[param(inline)]
    pub group_by: Option<FigureGroup>,
}

impl PipelineQuery {
    pub(crate) fn of(&self) -> store::Of<'_> {
        store::Of {
            partner: self.partner_id,
            kind: self.partner_type,
            tier: self.tier.as_deref(),
            region: self.region.as_deref(),
            country: self.country.as_deref(),
            manager: self.manager_id,
            deals: self.deal_type.as_deref(),
        }
    }
}

/// Open deals that stand at the same place.
#[derive(Debug, Serialize, ToSchema)]
pub struct PipelineStage {
    /// Where they stand: `in_review`, `information_requested` or `approved`.
    pub status: String,
    /// The stage of their opportunities in the vendor's CRM, in the CRM's words; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// How likely one of them is to be won, in per cent.
    pub chance: u8,
    /// How many.
    pub deals: i64,
    /// What they are worth, in minor units.
    pub amount: i64,
    /// The same by their chance.
    pub weighted: i64,
}

/// Open deals that are expected to close in the same month.
#[derive(Debug, Serialize, ToSchema)]
pub struct PipelineMonth {
    /// The month, `2027-03`.
    pub month: String,
    /// How many.
    pub deals: i64,
    /// What they are worth, in minor units.
    pub amount: i64,
    /// The same by their chances.
    pub weighted: i64,
}

/// Open deals of one group.
#[derive(Debug, Serialize, ToSchema)]
pub struct PipelineGroup {
    /// What the group has in common: an id, or a name as it is written at the partner; absent for partners that have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How many.
    pub deals: i64,
    /// What they are worth, in minor units.
    pub amount: i64,
    /// The same by their chances.
    pub weighted: i64,
}

/// Open deals in one currency. Amounts in different currencies are never added.
#[derive(Debug, Serialize, ToSchema)]
pub struct PipelineCurrency {
    /// ISO 4217.
    pub currency: String,
    /// How many.
    pub deals: i64,
    /// What they are worth, in minor units.
    pub amount: i64,
    /// The same by their chances.
    pub weighted: i64,
    /// By where they stand.
    pub by_stage: Vec<PipelineStage>,
    /// By the month in which they are expected to close, the first first.
    pub by_month: Vec<PipelineMonth>,
    /// By what was asked for, the largest first, at most 200; absent unless it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<PipelineGroup>>,
}

/// What is open: deals that were handed in and have not ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"as_of_sequence": 4711, "currencies": [{"currency": "EUR", "deals": 3, "amount": 900_000, "weighted": 375_000,
    "by_stage": [{"status": "approved", "chance": 40, "deals": 2, "amount": 600_000, "weighted": 240_000},
        {"status": "approved", "stage": "Proposal", "chance": 45, "deals": 1, "amount": 300_000, "weighted": 135_000}],
    "by_month": [{"month": "2027-03", "deals": 3, "amount": 900_000, "weighted": 375_000}]}]}))]
pub struct Pipeline {
    /// Up to which event of the vendor's log the figures know: they follow it within a moment.
    pub as_of_sequence: i64,
    /// By currency.
    pub currencies: Vec<PipelineCurrency>,
}

/// Read the pipeline: what is open, weighted by its chance, by stage and by month.
///
/// A partner's people see their own. It costs as much with a million deals as with a thousand.
#[utoipa::path(get, path = "/pipeline", operation_id = "get_pipeline", tag = "figures", params(PipelineQuery),
    security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "The pipeline.", body = Pipeline)))]
async fn get_pipeline(State(app): State<App>, who: Can<may::ReadDeals>, Params(query): Params<PipelineQuery>) -> Result<Json<Pipeline>, Problem> {
    let as_of_sequence = kernel::readers::cursor(&app, projection::READER, who.scope.vendor()).await?;
    let db = app.db().read_of(who.scope.vendor()).await?;
    let chances = weights::find(&db, who.scope).await?.chances;
    let currencies = match query.group_by {
        // There may be ten thousand of them: the sums tell the whole, and only those that lead are added up.
        Some(FigureGroup::Partner) => {
            let open = store::open(&db, who.scope, &query.of(), None).await?;
            let leading = store::leading(&db, who.scope, &query.of(), pipeline::GROUPS).await?;
            pipeline::of(&open, Some(&leading), &chances)
        }
        group => {
            let open = store::open(&db, who.scope, &query.of(), group).await?;
            pipeline::of(&open, group.is_some().then_some(&open), &chances)
        }
    };
    Ok(Json(Pipeline { as_of_sequence, currencies }))
}

/// Whose figures, and of which time; all that is sent must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FigureQuery {
    /// The first month, `2026-01`; eleven months before the last one if absent.
    #[param(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")]
    pub from: Option<String>,
    /// The last month, `2026-12`; this one if absent.
    #[param(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")]
    pub to: Option<String>,
    /// Only this partner's.
    pub partner_id: Option<PartnerId>,
    /// Only those of partners of this type.
    pub partner_type: Option<PartnerType>,
    /// Only those of partners of this tier.
    #[param(max_length = 50)]
    pub tier: Option<String>,
    /// Only those of partners of this region.
    #[param(max_length = 100)]
    pub region: Option<String>,
    /// Only those of partners based in this country.
    #[param(min_length = 2, max_length = 2)]
    pub country: Option<String>,
    /// Only those of partners whom this person is in charge of.
    pub manager_id: Option<PersonId>,
    /// Only deals of this type: `resale`, `referral`, `co_sell` or `service`.
    #[param(max_length = 20)]
    pub deal_type: Option<String>,
    /// What they are told by; all together if absent.
    #[param(inline)]
    pub group_by: Option<FigureGroup>,
    /// Groups told, 1 to 1000, those that won most deals first; 100 if absent.
    #[param(minimum = 1, maximum = 1000)]
    pub top: Option<usize>,
}

impl FigureQuery {
    pub(crate) fn of(&self) -> store::Of<'_> {
        store::Of {
            partner: self.partner_id,
            kind: self.partner_type,
            tier: self.tier.as_deref(),
            region: self.region.as_deref(),
            country: self.country.as_deref(),
            manager: self.manager_id,
            deals: self.deal_type.as_deref(),
        }
    }
}

/// A sum of money, which may be larger than any one amount.
#[derive(Debug, Serialize, ToSchema)]
pub struct FigureSum {
    /// Minor units.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
}

/// What became of the deals of one group.
#[derive(Debug, Serialize, ToSchema)]
pub struct DealFigure {
    /// What the group has in common: an id, or a name as it is written at the partner; absent if they are not grouped, and for partners that
    /// have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Handed in, each deal once.
    pub submitted: i64,
    /// Decisions made, by rules and by hand.
    pub decided: i64,
    /// Of these, approvals.
    pub approved: i64,
    /// Of these, rejections.
    pub rejected: i64,
    /// Run out, or released for want of progress.
    pub expired: i64,
    /// Taken back.
    pub withdrawn: i64,
    /// Won.
    pub won: i64,
    /// Lost.
    pub lost: i64,
    /// What the won are worth, by currency.
    pub won_amounts: Vec<FigureSum>,
    /// The share of decisions that the rules made at once, 0 to 1; absent without decisions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automatic_rate: Option<f64>,
    /// The share of decisions that were approvals; absent without decisions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_rate: Option<f64>,
    /// Won, of won and lost; absent without either.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub win_rate: Option<f64>,
    /// Mean time from handing in to the decision, in hours, questions to the partner included; absent without decisions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_hours_to_decision: Option<f64>,
    /// Mean time from approval to the sale, in days; absent without sales.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_days_to_win: Option<f64>,
}

/// What became of deals, month by month summed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"as_of_sequence": 4711, "from": "2025-12", "to": "2026-11", "more": false, "figures": [{"submitted": 300, "decided": 290,
    "approved": 250, "rejected": 40, "expired": 12, "withdrawn": 3, "won": 60, "lost": 40, "won_amounts": [{"amount": 91_000_000, "currency": "EUR"}],
    "automatic_rate": 0.82, "approval_rate": 0.8621, "win_rate": 0.6, "mean_hours_to_decision": 3.25, "mean_days_to_win": 41.5}]}))]
pub struct DealFigures {
    /// Up to which event of the vendor's log the figures know: they follow it within a moment.
    pub as_of_sequence: i64,
    /// The first month.
    pub from: String,
    /// The last month.
    pub to: String,
    /// One for each group, those that won most deals first; one for all if they are not grouped, and none where nothing happened.
    pub figures: Vec<DealFigure>,
    /// Whether there are more groups than were told.
    pub more: bool,
}

/// Read what became of deals: how many were decided and won, how fast, and what they were worth.
///
/// What happened counts in its month (UTC). A partner's people see their own.
#[utoipa::path(get, path = "/deal-figures", operation_id = "get_deal_figures", tag = "figures", params(FigureQuery),
    security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "The figures.", body = DealFigures)))]
async fn get_deal_figures(
    State(app): State<App>,
    who: Can<may::ReadDeals>,
    Params(query): Params<FigureQuery>,
) -> Result<Json<DealFigures>, Problem> {
    let (from, to) = period(&query, app.clock().now())?;
    let top = match query.top.unwrap_or(100) {
        top @ 1..=1_000 => top,
        _ => return Err(Problem::invalid("top", "out_of_range", "Ask for 1 to 1000 groups.")),
    };
    let as_of_sequence = kernel::readers::cursor(&app, projection::READER, who.scope.vendor()).await?;
    let db = app.db().read_of(who.scope.vendor()).await?;
    let mut figures = figures::of(store::happened(&db, who.scope, &query, &from, &to).await?);
    let more = figures.len() > top;
    figures.truncate(top);
    Ok(Json(DealFigures { as_of_sequence, from, to, figures, more }))
}

/// The first and the last month.
fn period(query: &FigureQuery, now: DateTime<Utc>) -> Result<(String, String), Problem> {
    let month = |name: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => {
            let wrong = || Problem::invalid(name, "invalid_value", "Send a month such as 2026-11.");
            let day = (text.len() == 7).then(|| NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()).flatten();
            day.map(Some).ok_or_else(wrong)
        }
    };
    let last = month("to", &query.to)?.unwrap_or(now.date_naive());
    let first = match month("from", &query.from)? {
        Some(first) => first,
        None => last.checked_sub_months(Months::new(11)).ok_or_else(|| Problem::new(error::PERIOD))?,
    };
    let months = (last.year() - first.year()) * 12 + last.month0() as i32 - first.month0() as i32;
    if !(0..LONGEST).contains(&months) {
        return Err(Problem::new(error::PERIOD));
    }
    Ok((first.format("%Y-%m").to_string(), last.format("%Y-%m").to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(from: Option<&str>, to: Option<&str>) -> Result<(String, String), Problem> {
        let query = FigureQuery { from: from.map(str::to_owned), to: to.map(str::to_owned), ..FigureQuery::default() };
        period(&query, "2026-11-20T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_year_is_told_unless_another_time_is_asked_for() {
        assert_eq!(asked(None, None).unwrap(), ("2025-12".into(), "2026-11".into()));
        assert_eq!(asked(Some("2026-11"), Some("2026-11")).unwrap(), ("2026-11".into(), "2026-11".into()));
        assert_eq!(asked(None, Some("2026-01")).unwrap().0, "2025-02");
    }

    #[test]
    fn a_time_that_is_none_is_refused() {
        for (from, to) in [(Some("2026-12"), None), (Some("2000-01"), None), (Some("2026-13"), None), (None, Some("2026-1")), (Some("x"), None)] {
            assert_eq!(asked(from, to).unwrap_err().kind.status, 422, "{from:?} {to:?}");
        }
    }
}
