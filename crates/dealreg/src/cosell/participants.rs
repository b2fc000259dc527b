//! Who takes part: brought in, let out, replaced.

use super::CosellRequestId;
use super::bring::{self, Brought};
use super::events::{CosellParticipantAdded, CosellParticipantLeft};
use super::rules::{CosellAction, CosellSide, MOST_PARTICIPANTS};
use super::service::{ready, save};
use super::store::{self, Case, ParticipantRow};
use super::types::{CosellAsk, CosellBroughtIn, CosellBroughtInBy, CosellParticipantAdd, CosellParticipantRemove, CosellRequest};
use super::{tasks, types};
use crate::assignment::{fit, queues};
use crate::leads::store::text;
use crate::service::engagement::in_force_within;
use crate::store::deals;
use crate::{DealId, error};
use kernel::id::PersonId;
use kernel::{Problem, Scope, Tx};

/// Let somebody take part, or for more helps; says whether anything changed. The request itself is not stored here.
pub(super) async fn join(tx: &Tx, case: &mut Case, side: CosellSide, brought: Brought) -> Result<bool, Problem> {
    let known = case.people.iter().position(|one| one.person() == brought.person);
    let active = known.filter(|at| case.people[*at].is_active());
    if let Some(at) = active {
        let mut helps = case.people[at].helps()?;
        let more: Vec<_> = brought.helps.into_iter().filter(|help| !helps.contains(help)).collect();
        if more.is_empty() {
            return Ok(false);
        }
        helps.extend(more);
        case.people[at].helps = text(&helps);
        store::put_participant(tx, &case.people[at]).await?;
        return Ok(true);
    }
    if case.people.iter().filter(|one| one.is_active()).count() >= MOST_PARTICIPANTS {
        return Err(Problem::new(error::COSELL_FULL));
    }
    let row = ParticipantRow {
        vendor_id: case.row.vendor_id,
        request_id: case.row.id,
        person_id: brought.person.0,
        side: side.wire().to_owned(),
        helps: text(&brought.helps),
        brought_in: text(&brought.why),
        joined_at: tx.now(),
        left_at: None,
        left_reason: None,
    };
    store::put_participant(tx, &row).await?;
    case.people.retain(|one| one.person() != brought.person);
    case.people.push(row);
    Ok(true)
}

/// Store that somebody was brought in, and tell of it.
pub(super) async fn added(tx: &mut Tx, case: &mut Case, note: Option<String>) -> Result<(), Problem> {
    save(tx, case).await?;
    tx.emit(CosellParticipantAdded::of(case.whole()?, note));
    Ok(())
}

/// Bring somebody in, by hand.
pub async fn add(tx: &mut Tx, id: CosellRequestId, body: CosellParticipantAdd) -> Result<CosellRequest, Problem> {
    let mut case = ready(tx, id, CosellAction::AddParticipant).await?;
    let helps = case.row.helps()?;
    if let Some(at) = body.helps.iter().position(|help| !helps.contains(help)) {
        return Err(Problem::invalid(format!("/helps/{at}"), "unknown_help", "Name helps that the request asks for."));
    }
    let no_such = || Problem::invalid("/person_id", "no_such_person", "There is no such person who could take part.");
    let found = access::people::find(tx, tx.vendor(), body.person_id).await?.and_then(|row| row.standing()).ok_or_else(no_such)?;
    let own = CosellSide::of(tx.actor());
    let side = match found.partner {
        Some(partner) if partner == case.row.partner() => CosellSide::Partner,
        None if own == CosellSide::Vendor => CosellSide::Vendor,
        Some(_) | None => return Err(no_such()),
    };
    if side == CosellSide::Vendor && !may_stay(tx, &case, body.person_id, side).await? {
        return Err(no_such());
    }
    let why = CosellBroughtIn { reason: Some(body.reason.clone()), ..CosellBroughtIn::by(CosellBroughtInBy::Hand) };
    if join(tx, &mut case, side, Brought { person: body.person_id, helps: body.helps, why }).await? {
        added(tx, &mut case, Some(body.reason)).await?;
    }
    case.show(tx, tx.actor()).await
}

/// Let somebody out, by hand.
pub async fn remove(tx: &mut Tx, id: CosellRequestId, body: CosellParticipantRemove) -> Result<CosellRequest, Problem> {
    // What is out of reach costs no more than what is not there.
    store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if in_force_within(tx).await?.engagement.cosell.names_a_queue() {
        queues::store::lock(tx).await?;
    }
    let mut case = ready(tx, id, CosellAction::RemoveParticipant).await?;
    let no_such = || Problem::invalid("/person_id", "no_such_participant", "This person does not take part.");
    let leaver = case.people.iter().find(|one| one.is_active() && one.person() == body.person_id).ok_or_else(no_such)?;
    let own = CosellSide::of(tx.actor());
    if own == CosellSide::Partner && leaver.side()? != own {
        return Err(Problem::new(error::COSELL_OTHER_SIDE));
    }
    leave(tx, &mut case, body.person_id, &body.reason).await?;
    case.show(tx, tx.actor()).await
}

/// Whether somebody may take part as things are. An absence in which they hand over what they have counts as one in which they may not.
pub(super) async fn may_stay(tx: &Tx, case: &Case, person: PersonId, side: CosellSide) -> Result<bool, Problem> {
    if side == CosellSide::Partner {
        let found = access::people::find(tx, tx.vendor(), person).await?.and_then(|row| row.standing());
        return Ok(found.is_some_and(|found| found.partner == Some(case.row.partner())));
    }
    let work =
        fit::Work { vendor: tx.vendor(), partner: Some(case.row.partner()), needs: access::Permission::WorkCosell, not: Vec::new(), now: tx.now() };
    let standing = fit::standing(tx, &work, person).await?;
    Ok(standing.fit && !standing.away.is_some_and(|away| away.hand_over))
}

/// Let somebody out. What they were to do goes to whoever replaces them; for helps that nobody of the vendor is there for any more, somebody is
/// brought in anew.
pub(super) async fn leave(tx: &mut Tx, case: &mut Case, person: PersonId, reason: &str) -> Result<(), Problem> {
    let now = tx.now();
    let Some(at) = case.people.iter().position(|one| one.is_active() && one.person() == person) else { return Ok(()) };
    let leaver = &mut case.people[at];
    (leaver.left_at, leaver.left_reason) = (Some(now), Some(reason.to_owned()));
    let leaver = leaver.clone();
    store::put_participant(tx, &leaver).await?;
    let mut heir = None;
    if leaver.side()? == CosellSide::Vendor {
        for brought in replacements(tx, case, &leaver).await? {
            heir = heir.or(Some(brought.person));
            join(tx, case, CosellSide::Vendor, brought).await?;
        }
    }
    tasks::pass_on(tx, case, person, heir).await?;
    save(tx, case).await?;
    tx.emit(CosellParticipantLeft::of(case.whole()?, Some(reason.to_owned())));
    Ok(())
}

/// Who is brought in for whoever has left.
async fn replacements(tx: &Tx, case: &Case, leaver: &ParticipantRow) -> Result<Vec<Brought>, Problem> {
    let mut covered = Vec::new();
    for one in case.active(CosellSide::Vendor) {
        covered.extend(one.helps()?);
    }
    let alone = case.active(CosellSide::Vendor).next().is_none();
    let helps = if alone { case.row.helps()? } else { leaver.helps()? };
    let helps: Vec<_> = helps.into_iter().filter(|help| !covered.contains(help)).collect();
    if helps.is_empty() {
        return Ok(Vec::new());
    }
    let Some(deal) = deals::find(tx, Scope::vendor_wide(tx.vendor()), DealId(case.row.deal_id)).await? else { return Ok(Vec::new()) };
    let rules = in_force_within(tx).await?;
    let ask = CosellAsk {
        helps: case.row.helps()?,
        urgency: store::word(&case.row.urgency)?,
        needs: None,
        brings: None,
        customer_contact: store::word::<types::CosellCustomerContact>(&case.row.customer_contact)?,
    };
    let facts = bring::facts(tx, &deal, &ask, store::word(&case.row.asked_by_side)?).await?;
    let mut brought = bring::bring(tx, &rules, &deal, &facts, &helps, &[leaver.person()]).await?;
    for one in &mut brought {
        one.why.replaces = Some(leaver.person());
    }
    Ok(brought)
}
