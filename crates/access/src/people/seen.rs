//! When people were last seen: noted in memory, written down once a minute, since it is not worth a write per request.

use super::person;
use chrono::{DateTime, Duration, Utc};
use kernel::id::VendorId;
use kernel::workers::{Run, WokenBy, Worker};
use kernel::{Actor, App, Problem};
use sea_orm::{ConnectionTrait, Statement};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// Who, or what, was not used for so many days is dormant.
pub const DORMANT_AFTER_DAYS: i64 = 90;

pub(super) fn dormant_after() -> Duration {
    Duration::days(DORMANT_AFTER_DAYS)
}

/// Whether somebody who was last seen then, or if never was added then, is dormant at `now`.
pub fn is_dormant(last: Option<DateTime<Utc>>, added: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    last.unwrap_or(added) < now - dormant_after()
}

/// People seen since they were last written down, by vendor.
#[derive(Default)]
struct Seen(Mutex<HashMap<Uuid, HashMap<Uuid, DateTime<Utc>>>>);

/// Note that a person called.
pub(crate) fn seen(app: &App, person: &person::Model) {
    let now = app.clock().now();
    if person.last_seen_at.is_none_or(|at| now - at >= Duration::minutes(1)) {
        app.service::<Seen>().0.lock().expect("people seen").entry(person.vendor_id).or_default().insert(person.id, now);
    }
}

/// Writes down when people were last seen, once a minute.
pub(crate) fn worker() -> Worker {
    let run: Run = Arc::new(|app| Box::pin(async move { write_down(&app).await }));
    Worker { name: "people_last_seen", woken_by: WokenBy::Nothing, poll: std::time::Duration::from_secs(60), run }
}

async fn write_down(app: &App) -> Result<usize, Problem> {
    let seen = std::mem::take(&mut *app.service::<Seen>().0.lock().expect("people seen"));
    let mut count = 0;
    for (vendor, people) in seen {
        count += people.len();
        let actor = Actor::system("people_last_seen", VendorId(vendor));
        app.write(&actor, async |tx| {
            // One order for all instances, so that two of them do not wait for each other.
            let mut people: Vec<_> = people.into_iter().collect();
            people.sort_unstable();
            let sql = "UPDATE people SET last_seen_at = $3 WHERE vendor_id = $1 AND id = $2 AND (last_seen_at IS NULL OR last_seen_at < $3)";
            for (id, at) in people {
                let values = [vendor.into(), id.into(), at.into()];
                tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
            }
            Ok::<_, Problem>(())
        })
        .await?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_never_seen_counts_from_when_they_were_added() {
        let now: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().unwrap();
        assert!(!is_dormant(None, now - Duration::days(90), now));
        assert!(is_dormant(None, now - Duration::days(91), now));
        assert!(!is_dormant(Some(now - Duration::days(1)), now - Duration::days(400), now));
        assert!(is_dormant(Some(now - Duration::days(91)), now - Duration::days(400), now));
    }
}
