//! Nobody keeps work who may no longer do it, and nothing waits for longer than it must.
//!
//! A reader of the log notes what to look at as timers; the timers do it, some hundreds of deals a write. The reader never takes the lock
//! under which work is dealt out, and whoever holds that lock sets no timer but the one that is being fired: so no two writes wait for
//! one another. What a timer finds to do follows from how things are then.

use super::queues::Dealing;
use super::queues::store as queues;
use super::service::place_anew;
use super::{fit, store};
use crate::store::deals::{self, DealRow};
use access::{Permission, absences, people};
use kernel::actor::Within;
use kernel::id::{PartnerId, PersonId};
use kernel::log::Envelope;
use kernel::readers::{React, Reader};
use kernel::{App, Problem, Scope, Tx};
use serde_json::Value;
use std::collections::HashSet;
use uuid::Uuid;

/// The timer that looks at a person, a partner or a pool of waiting deals.
pub const TIMER: &str = "deal.assignment";

/// Deals placed, or tried, in one write.
const BATCH: usize = 200;

/// The reader that notes what to look at.
pub fn reader() -> Reader {
    Reader {
        name: "dealreg.assignment",
        types: &[
            "deal.in_review",
            "deal.queued",
            "deal.assigned",
            "deal.approved",
            "deal.rejected",
            "deal.withdrawn",
            "deal.information_requested",
            "person.*",
            "partner.updated",
            "role.*",
            "absence.*",
            "queue.created",
            "queue.updated",
        ],
        relevant: Some(|app, event| Box::pin(relevant(app, event))),
        react: React::Each(|tx, event| Box::pin(note(tx, event))),
    }
}

/// What is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Whether this person may have what they have; and then what waits.
    Person(PersonId),
    /// Whether this person is away and hands over.
    Away(PersonId),
    /// Whether those who have deals of this partner reach it.
    Partner(PartnerId),
    /// Everybody who has something.
    Everybody,
    /// What waits for this queue or person.
    Pool(Uuid),
    /// Where this deal waits.
    Deal(crate::DealId),
    /// Whatever waits: somebody has less to do.
    Waiting,
}

/// What an event calls to look at.
fn look(event: &Envelope) -> Option<Look> {
    let data: Value = serde_json::from_str(event.data.get()).ok()?;
    let text = |pointer: &str| data.pointer(pointer).and_then(Value::as_str);
    match event.kind.as_str() {
        // Somebody may have come free between the look and the commit.
        "deal.in_review" | "deal.queued" if text("/deal/assignee_id").is_none() => event.subject.id.parse().ok().map(Look::Deal),
        "deal.in_review" => None,
        "deal.assigned" => text("/from").map(|_| Look::Waiting),
        kind if kind.starts_with("deal.") => text("/deal/assignee_id").map(|_| Look::Waiting),
        kind if kind.starts_with("person.") && text("/person/partner_id").is_none() => event.subject.id.parse().ok().map(Look::Person),
        "partner.updated" => {
            let moved = data["changed"].as_array()?.iter().any(|field| ["region", "country", "manager_id"].iter().any(|name| field == name));
            event.subject.id.parse().ok().filter(|_| moved).map(Look::Partner)
        }
        "role.created" => None,
        kind if kind.starts_with("role.") => Some(Look::Everybody),
        "absence.began" => text("/absence/person_id")?.parse().ok().map(Look::Away),
        kind if kind.starts_with("absence.") => text("/absence/person_id")?.parse().ok().map(Look::Person),
        kind if kind.starts_with("queue.") => event.subject.id.parse::<super::queues::QueueId>().ok().map(|queue| Look::Pool(queue.0)),
        _ => None,
    }
}

async fn relevant(app: &App, event: &Envelope) -> Result<bool, Problem> {
    match look(event) {
        None => Ok(false),
        Some(Look::Waiting) => Ok(store::anything_waits(&app.db().read_of(event.vendor_id).await?, event.vendor_id).await?),
        Some(_) => Ok(true),
    }
}

async fn note(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    let now = tx.now();
    match look(event) {
        None => {}
        Some(Look::Waiting) => note_pools(tx).await?,
        Some(Look::Everybody) => {
            for person in store::holders(tx, None).await? {
                tx.set_timer(TIMER, &person.to_string(), now).await?;
            }
            note_pools(tx).await?;
        }
        Some(Look::Deal(deal)) => {
            let Some(row) = deals::find(tx, Scope::vendor_wide(tx.vendor()), deal).await? else { return Ok(()) };
            if let Some(pool) = row.pool_id.filter(|_| row.assignee_id.is_none())
                && is_dealt_out(tx, pool).await?
            {
                tx.set_timer(TIMER, &format!("pool:{pool}"), now).await?;
            }
        }
        Some(Look::Pool(pool)) => tx.set_timer(TIMER, &format!("pool:{pool}"), now).await?,
        Some(Look::Person(person)) => {
            note_pools(tx).await?;
            tx.set_timer(TIMER, &person.to_string(), now).await?;
        }
        Some(Look::Away(person)) => tx.set_timer(TIMER, &person.to_string(), now).await?,
        Some(Look::Partner(partner)) => {
            note_pools(tx).await?;
            for person in store::holders(tx, Some(partner)).await? {
                tx.set_timer(TIMER, &person.to_string(), now).await?;
            }
        }
    }
    Ok(())
}

async fn note_pools(tx: &mut Tx) -> Result<(), Problem> {
    for pool in store::pools(tx).await? {
        if is_dealt_out(tx, pool).await? {
            tx.set_timer(TIMER, &format!("pool:{pool}"), tx.now()).await?;
        }
    }
    Ok(())
}

/// Whether what waits there goes to people without their taking it.
async fn is_dealt_out(tx: &Tx, pool: Uuid) -> Result<bool, Problem> {
    match queues::by_id(tx, tx.vendor(), pool).await? {
        Some(queue) => Ok(queue.dealing()? != Dealing::Pull),
        None => Ok(true),
    }
}

/// Look at what the subject names: `pool:` and its number, or a person's id.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    queues::lock(tx).await?;
    let again = match (subject.strip_prefix("pool:").and_then(|pool| pool.parse().ok()), subject.parse::<PersonId>()) {
        (Some(pool), _) => deal_out(tx, pool).await?,
        (None, Ok(person)) => take_away(tx, person).await?,
        (None, Err(_)) => false,
    };
    if again {
        tx.set_timer(TIMER, subject, tx.now()).await?;
    }
    Ok(())
}

/// Place what waits in a pool, longest first; whether there may be more to place.
async fn deal_out(tx: &mut Tx, pool: Uuid) -> Result<bool, Problem> {
    let (mut passed, mut placed, mut tried) = (store::Passed::default(), 0, 0);
    while tried < BATCH {
        let rows = store::waiting_to_change(tx, pool, &passed, 20).await?;
        if rows.is_empty() {
            return Ok(false);
        }
        for mut row in rows {
            tried += 1;
            if passed.has(&row) {
                continue;
            }
            if place_anew(tx, &mut row, None).await? {
                placed += 1;
            } else {
                // Who reaches a partner reaches all its deals: where one cannot go, none can, but for who gave it back.
                passed.add(&row)?;
            }
        }
    }
    Ok(placed > 0)
}

/// Take from a person what they may no longer have, or hand over; whether there may be more.
async fn take_away(tx: &mut Tx, person: PersonId) -> Result<bool, Problem> {
    let away = absences::current(tx, tx.vendor(), &[person], tx.now()).await?.get(&person).copied();
    let found = people::find(tx, tx.vendor(), person).await?.and_then(|row| row.standing());
    let anywhere = fit::Work { vendor: tx.vendor(), partner: None, needs: Permission::DecideDeals, not: Vec::new(), now: tx.now() };
    let fit = fit::standing(tx, &anywhere, person).await?.fit;
    let hands_over = away.is_some_and(|away| away.hand_over);
    let reach = found.filter(|found| fit && found.narrowed).map(|_| Scope::new(tx.vendor(), Within::Reach(person)));
    if fit && !hands_over && reach.is_none() {
        return Ok(false);
    }
    let why = if fit && hands_over { "Out of office." } else { "Whoever had it no longer decides deals of this partner." };
    let mut moved = 0;
    for ids in store::held(tx, person).await?.chunks(BATCH) {
        let rows = store::held_to_change(tx, person, ids).await?;
        for mut row in beyond(tx, rows, reach.filter(|_| !hands_over)).await? {
            moved += usize::from(place_anew(tx, &mut row, Some(why)).await?);
        }
        if moved >= BATCH {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Those of `rows` that lie beyond `reach`; all of them, if there is none to look at.
async fn beyond(tx: &Tx, rows: Vec<DealRow>, reach: Option<Scope>) -> Result<Vec<DealRow>, Problem> {
    let Some(reach) = reach else { return Ok(rows) };
    let reached: HashSet<_> = reach.reached(tx, rows.iter().map(DealRow::partner)).await?;
    Ok(rows.into_iter().filter(|row| !reached.contains(&row.partner())).collect())
}
