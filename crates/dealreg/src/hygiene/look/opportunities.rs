//! Open opportunities that have gone stale.

use super::{PAGE, Page};
use crate::hygiene::HygieneSettings;
use crate::hygiene::rules::Found;
use crate::hygiene::types::{Details, HygieneKind, HygieneSubject};
use crate::store::deals;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use crm::{OpportunityId, OpportunityRow};
use kernel::{App, Problem, Scope};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Look for open opportunities that nobody changed for long, or whose closing date is past.
pub(super) async fn look(app: &App, scope: Scope, settings: &HygieneSettings, after: Uuid) -> Result<Page, Problem> {
    let db = app.db().read_of(scope.vendor()).await?;
    let rows = crm::open_opportunities_page(&db, scope, after, PAGE).await?;
    let linked: HashSet<_> = rows.iter().filter_map(|row| row.deal_id).collect();
    let linked = deals::by_ids(&db, scope, &linked.into_iter().collect::<Vec<_>>()).await?;
    let partners: HashMap<_, _> = linked.iter().map(|deal| (deal.id, deal.partner_id)).collect();
    let now = app.clock().now();
    let found = rows.iter().filter_map(|row| {
        let (code, detail) = stale(row.updated_at, closing(row), settings, now)?;
        let subject = HygieneSubject {
            kind: "opportunity".to_owned(),
            id: OpportunityId(row.id).to_string(),
            external_id: Some(row.external_id.clone()),
            name: row.name.clone(),
        };
        let details = Details { subjects: vec![subject], code: code.to_owned(), detail, ..Details::default() };
        let partner = row.deal_id.and_then(|deal| partners.get(&deal).copied());
        Some(Found::about(HygieneKind::StaleOpportunity, row.id, partner, &format!("{code} {}", row.revision), details))
    });
    let found = found.collect();
    Ok(Page::of(&rows.iter().map(|row| row.id).collect::<Vec<_>>(), found))
}

fn closing(row: &OpportunityRow) -> Option<NaiveDate> {
    row.closes_on.as_deref().and_then(|day| day.parse().ok())
}

/// Why an open opportunity is stale, if it is: a closing date that is past says more than that nothing changed.
fn stale(changed: DateTime<Utc>, closes: Option<NaiveDate>, settings: &HygieneSettings, now: DateTime<Utc>) -> Option<(&'static str, String)> {
    if let Some(day) = closes.filter(|day| now.date_naive() - *day > Duration::days(settings.past_close_days)) {
        return Some(("past_close_date", format!("It was to be closed on {day} and is still open.")));
    }
    let idle = now - changed >= Duration::days(settings.stale_after_days);
    idle.then(|| ("unchanged", format!("Nothing about it changed since {}.", changed.format("%Y-%m-%d"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opportunity_is_stale_when_nothing_changes_or_its_day_is_past() {
        let (settings, now) = (HygieneSettings::default(), "2026-11-20T02:00:00Z".parse::<DateTime<Utc>>().unwrap());
        let why = |ago: i64, closes: Option<&str>| {
            let closes = closes.map(|day| day.parse().unwrap());
            stale(now - Duration::days(ago), closes, &settings, now).map(|(code, _)| code)
        };
        assert_eq!((why(89, None), why(90, None)), (None, Some("unchanged")));
        assert_eq!((why(1, Some("2026-11-13")), why(1, Some("2026-11-12"))), (None, Some("past_close_date")));
        assert_eq!(why(400, Some("2026-01-01")), Some("past_close_date"));
    }
}
