//! Partners of which nothing is seen.

use super::{PAGE, Page};
use crate::hygiene::HygieneSettings;
use crate::hygiene::rules::Found;
use crate::hygiene::types::{Details, HygieneKind, HygieneSubject};
use crate::leads;
use crate::store::deals;
use access::people;
use chrono::Duration;
use kernel::id::PartnerId;
use kernel::{App, Problem, Scope};
use uuid::Uuid;

/// Look for active partners, in the program for long enough, of whose deals and leads none moved and of whose people nobody came in.
pub(super) async fn look(app: &App, scope: Scope, settings: &HygieneSettings, after: Uuid) -> Result<Page, Problem> {
    let db = app.db().read_of(scope.vendor()).await?;
    let rows = partners::active_page(&db, scope, after, PAGE).await?;
    let since = app.clock().now() - Duration::days(settings.idle_after_days);
    let old: Vec<_> = rows.iter().filter(|row| row.created_at < since).map(|row| row.id).collect();
    let mut active = deals::partners_moving_since(&db, scope, &old, since).await?;
    active.extend(leads::store::partners_moving_since(&db, scope, &old, since).await?);
    active.extend(people::partners_seen_since(&db, scope.vendor(), &old, since).await?);
    let idle = rows.iter().filter(|row| old.contains(&row.id) && !active.contains(&row.id));
    let found = idle.map(|row| {
        let subject = HygieneSubject { kind: "partner".to_owned(), id: PartnerId(row.id).to_string(), external_id: None, name: row.name.clone() };
        let detail = format!("No deal or lead of it moved and none of its people came in for {} days.", settings.idle_after_days);
        let details = Details { subjects: vec![subject], code: "no_activity".to_owned(), detail, ..Details::default() };
        // Any activity resolves it; until then the facts are the same.
        Found::about(HygieneKind::PartnerWithoutActivity, row.id, Some(row.id), "no_activity", details)
    });
    let found = found.collect();
    Ok(Page::of(&rows.iter().map(|row| row.id).collect::<Vec<_>>(), found))
}
