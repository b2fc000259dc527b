//! What follows the log: a request ends with its deal, and nobody takes part who may no longer.
//!
//! The reader notes whom to look at as timers; the timers do it, as with deals in review: they take the queues' lock before any row, and
//! set no timer but their own.

use super::events::{CosellUpdated, CosellWorkEnded};
use super::participants::{leave, may_stay};
use super::rules::CosellStatus;
use super::service::{cancelled, save};
use super::store::{self, Filter};
use super::types::CosellOutcome;
use super::{CosellRequestId, clock};
use crate::DealId;
use crate::assignment::queues;
use crate::service::engagement::in_force_within;
use crate::store::deals;
use kernel::id::{PartnerId, PersonId};
use kernel::log::Envelope;
use kernel::readers::{React, Reader};
use kernel::{App, Problem, Scope, Tx};
use serde_json::Value;

/// The timer that looks at whether a person may still take part in what they do.
pub const TIMER: &str = "cosell.people";
/// Requests that somebody leaves in one write.
const BATCH: usize = 100;

/// The readers of co-sell requests.
pub fn readers() -> Vec<Reader> {
    vec![
        Reader {
            name: "cosell.deals",
            types: &["deal.won", "deal.lost", "deal.withdrawn", "deal.expired", "deal.released", "deal.rejected"],
            relevant: Some(|app, event| Box::pin(concerns(app, event))),
            react: React::Each(|tx, event| Box::pin(end(tx, event))),
        },
        Reader {
            name: "cosell.people",
            types: &["person.*", "role.*", "partner.updated", "absence.began", "absence.updated"],
            relevant: Some(|app, event| Box::pin(touches(app, event))),
            react: React::Each(|tx, event| Box::pin(note(tx, event))),
        },
    ]
}

async fn concerns(app: &App, event: &Envelope) -> Result<bool, Problem> {
    let Ok(deal) = event.subject.id.parse::<DealId>() else { return Ok(false) };
    let db = app.db().read_of(event.vendor_id).await?;
    let filter = Filter { deal: Some(deal), open: Some(true), ..Filter::default() };
    Ok(!store::list(&db, Scope::vendor_wide(event.vendor_id), &filter, None, 1).await?.is_empty())
}

/// A deal has ended: so does the request, or its work.
async fn end(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    let Ok(id) = event.subject.id.parse::<DealId>() else { return Ok(()) };
    let Some(outcome) = event.kind.strip_prefix("deal.").and_then(|kind| kind.parse::<CosellOutcome>().ok()) else { return Ok(()) };
    // One that was refused, and handed in again meanwhile, goes on.
    let deal = deals::find(tx, Scope::vendor_wide(tx.vendor()), id).await?;
    if deal.is_none_or(|deal| deal.status().is_ok_and(crate::rules::Status::is_live)) {
        return Ok(());
    }
    let Some(row) = store::open_of(tx, id).await? else { return Ok(()) };
    let mut case = store::case(tx, row).await?;
    case.row.outcome = Some(outcome.wire().to_owned());
    let sold = matches!(outcome, CosellOutcome::Won | CosellOutcome::Lost);
    match case.row.status()? {
        CosellStatus::Accepted | CosellStatus::Working if sold => {
            clock::close(tx, &mut case).await?;
            save(tx, &mut case).await?;
            tx.emit(CosellWorkEnded::of(case.whole()?, None));
            Ok(())
        }
        CosellStatus::Closing => {
            save(tx, &mut case).await?;
            tx.emit(CosellUpdated::of(case.whole()?, None));
            Ok(())
        }
        _ => cancelled(tx, &mut case, None).await,
    }
}

/// Who is to be looked at.
enum Look {
    Person(PersonId),
    Partner(PartnerId),
    Everybody,
}

fn look(event: &Envelope) -> Option<Look> {
    match event.kind.as_str() {
        "role.created" | "person.created" | "person.invited" => None,
        kind if kind.starts_with("role.") => Some(Look::Everybody),
        kind if kind.starts_with("person.") => event.subject.id.parse().ok().map(Look::Person),
        "partner.updated" => event.subject.id.parse().ok().map(Look::Partner),
        _ => {
            let data: Value = serde_json::from_str(event.data.get()).ok()?;
            data.pointer("/absence/person_id")?.as_str()?.parse().ok().map(Look::Person)
        }
    }
}

async fn touches(app: &App, event: &Envelope) -> Result<bool, Problem> {
    let db = app.db().read_of(event.vendor_id).await?;
    Ok(match look(event) {
        None => false,
        Some(Look::Person(person)) => store::takes_part(&db, event.vendor_id, person).await?,
        Some(Look::Partner(partner)) => !store::load(&db, event.vendor_id, Some(partner)).await?.is_empty(),
        Some(Look::Everybody) => !store::load(&db, event.vendor_id, None).await?.is_empty(),
    })
}

async fn note(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    let mut people = match look(event) {
        None => Vec::new(),
        Some(Look::Person(person)) => vec![person],
        Some(Look::Partner(partner)) => store::load(tx, tx.vendor(), Some(partner)).await?.into_keys().collect(),
        Some(Look::Everybody) => store::load(tx, tx.vendor(), None).await?.into_keys().collect(),
    };
    people.sort();
    for person in people {
        tx.set_timer(TIMER, &person.to_string(), tx.now()).await?;
    }
    Ok(())
}

/// Let somebody out of what they may no longer take part in.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(person) = subject.parse::<PersonId>() else { return Ok(()) };
    if in_force_within(tx).await?.engagement.cosell.names_a_queue() {
        queues::store::lock(tx).await?;
    }
    let mut left = 0;
    for id in store::open_with(tx, person).await? {
        let Some(row) = store::find_to_change(tx, tx.scope(), CosellRequestId(id)).await? else { continue };
        let mut case = store::case(tx, row).await?;
        let Some(side) = case.people.iter().find(|one| one.is_active() && one.person() == person).map(store::ParticipantRow::side) else { continue };
        if may_stay(tx, &case, person, side?).await? {
            continue;
        }
        leave(tx, &mut case, person, "Cannot take part any more.").await?;
        left += 1;
        if left >= BATCH {
            tx.set_timer(TIMER, subject, tx.now()).await?;
            break;
        }
    }
    Ok(())
}
