//! Use cases: enter, change and take out an absence; and its turns, as time passes.

use super::events::{AbsenceBeganEvent, AbsenceCreatedEvent, AbsenceDeletedEvent, AbsenceEndedEvent, AbsenceUpdatedEvent};
use super::http::{Absence, AbsenceCreate, AbsencePatch};
use super::store::{self, AbsenceStatus, absence};
use super::{AbsenceId, MAX_CHAIN, TURN};
use crate::people::{self, check_standing};
use crate::{Permission, error};
use chrono::{DateTime, Duration, SubsecRound, Utc};
use kernel::actor::Caller;
use kernel::id::PersonId;
use kernel::problem::kinds;
use kernel::{Problem, Tx};

/// Absences ahead of one person.
const MOST: u64 = 100;
/// The longest absence, and how far ahead or back it may begin.
const LONGEST_DAYS: i64 = 1_100;

/// The person of the vendor who calls; 403 for anybody else.
pub(super) fn oneself(who: &kernel::Actor) -> Result<PersonId, Problem> {
    match (&who.caller, who.scope.partner()) {
        (Caller::Person(id), None) => Ok(*id),
        _ => Err(Problem::new(error::NOT_A_PERSON)),
    }
}

/// Enter an absence of a person; the caller's own, or that of somebody whom they manage.
pub(super) async fn create(tx: &mut Tx, person: PersonId, new: AbsenceCreate) -> Result<Absence, Problem> {
    let found = people::find_to_refer(tx, person).await?.ok_or_else(Problem::not_found)?;
    if found.partner().is_some() {
        return Err(Problem::invalid("/", "side", "Only people of the vendor have absences here."));
    }
    if tx.actor().caller != Caller::Person(person) {
        check_standing(tx, &found).await?;
    }
    if found.standing().is_none() {
        return Err(Problem::new(error::PERSON_DEACTIVATED));
    }
    if store::ahead(tx, person).await? >= MOST {
        return Err(Problem::invalid("/", "too_many", format!("A person has at most {MOST} absences ahead.")));
    }
    let row = absence::Model {
        vendor_id: tx.vendor().0,
        id: AbsenceId::fresh().0,
        person_id: person.0,
        // Both databases keep microseconds.
        begins_at: new.begins_at.trunc_subsecs(6),
        ends_at: new.ends_at.trunc_subsecs(6),
        cover_id: new.cover_id.map(|cover| cover.0),
        hand_over: new.hand_over,
        status: AbsenceStatus::Planned,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    if row.ends_at <= tx.now() {
        return Err(Problem::invalid("/ends_at", "past", "This is over already."));
    }
    check_times(&row, tx.now())?;
    check_cover(tx, &row).await?;
    store::insert(tx, &row).await?;
    schedule(tx, &row).await?;
    let absence = Absence::from(row);
    tx.emit(AbsenceCreatedEvent { absence: absence.clone() });
    Ok(absence)
}

/// Change an absence.
pub(super) async fn update(tx: &mut Tx, id: AbsenceId, patch: AbsencePatch) -> Result<Absence, Problem> {
    let before = within_reach(tx, id).await?;
    tx.actor().require_match(before.revision)?;
    if before.status == AbsenceStatus::Over {
        return Err(Problem::new(error::ABSENCE_OVER));
    }
    let mut row = before.clone();
    if let Some(begins) = patch.begins_at.map(|at| at.trunc_subsecs(6)).filter(|at| *at != row.begins_at) {
        if row.status != AbsenceStatus::Planned {
            return Err(Problem::new(error::ABSENCE_BEGUN));
        }
        row.begins_at = begins;
    }
    row.ends_at = patch.ends_at.map_or(row.ends_at, |at| at.trunc_subsecs(6));
    row.cover_id = patch.cover_id.map_or(row.cover_id, |cover| cover.map(|cover| cover.0));
    row.hand_over = patch.hand_over.unwrap_or(row.hand_over);
    if row == before {
        return Ok(row.into());
    }
    check_times(&row, tx.now())?;
    check_cover(tx, &row).await?;
    save(tx, &mut row).await?;
    schedule(tx, &row).await?;
    let absence = Absence::from(row);
    tx.emit(AbsenceUpdatedEvent { absence: absence.clone() });
    Ok(absence)
}

/// Take an absence out: whoever is away by it is back.
pub(super) async fn delete(tx: &mut Tx, id: AbsenceId) -> Result<(), Problem> {
    let mut row = within_reach(tx, id).await?;
    store::delete(tx, &row).await?;
    tx.clear_timer(TURN, &id.to_string()).await?;
    row.revision += 1;
    tx.emit(AbsenceDeletedEvent { absence: row.into() });
    Ok(())
}

/// The absence, if it is the caller's own or that of somebody whom they manage.
async fn within_reach(tx: &Tx, id: AbsenceId) -> Result<absence::Model, Problem> {
    let row = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    if !may_see(tx.actor(), &row) {
        return Err(Problem::not_found());
    }
    if tx.actor().caller == Caller::Person(PersonId(row.person_id)) {
        return Ok(row);
    }
    if tx.actor().grants & Permission::ManagePeople.bit() == 0 {
        return Err(Problem::new(kinds::FORBIDDEN).detail("This needs the permission people:manage."));
    }
    let person = people::find(tx, tx.vendor(), PersonId(row.person_id)).await?.ok_or_else(Problem::not_found)?;
    check_standing(tx, &person).await?;
    Ok(row)
}

/// One's own, and with the permission to read people, anybody's.
pub(super) fn may_see(who: &kernel::Actor, row: &absence::Model) -> bool {
    let own = who.caller == Caller::Person(PersonId(row.person_id));
    let reads = who.grants & (Permission::ReadPeople.bit() | Permission::ManagePeople.bit()) != 0;
    own || reads
}

fn check_times(row: &absence::Model, now: DateTime<Utc>) -> Result<(), Problem> {
    let longest = Duration::days(LONGEST_DAYS);
    if row.ends_at <= row.begins_at {
        return Err(Problem::invalid("/ends_at", "out_of_order", "An absence ends after it has begun."));
    }
    if row.begins_at < now - longest || row.begins_at > now + longest {
        return Err(Problem::invalid("/begins_at", "out_of_range", format!("An absence begins within {LONGEST_DAYS} days from now.")));
    }
    if row.ends_at - row.begins_at > longest {
        return Err(Problem::invalid("/ends_at", "out_of_range", format!("An absence lasts {LONGEST_DAYS} days at most.")));
    }
    Ok(())
}

/// 422 unless the cover is another active person of the vendor, and no chain of covers leads back.
async fn check_cover(tx: &Tx, row: &absence::Model) -> Result<(), Problem> {
    let Some(cover) = row.cover_id.map(PersonId) else { return Ok(()) };
    let person = PersonId(row.person_id);
    let standing = people::find_to_refer(tx, cover).await?.and_then(|found| found.standing());
    if cover == person || standing.is_none_or(|standing| standing.partner.is_some()) {
        return Err(Problem::invalid("/cover_id", "cover", "Name another active person of the vendor."));
    }
    store::lock(tx).await?;
    let (mut open, mut looked) = (vec![(cover, row.begins_at, row.ends_at, 1)], 0);
    while let Some((who, begins, ends, length)) = open.pop() {
        looked += 1;
        if who == person {
            return Err(Problem::invalid("/cover_id", "circle", "This cover is away at that time, and what goes to them would come back."));
        }
        if length > MAX_CHAIN || looked > 1_000 {
            let detail = format!("At that time this cover is away as well, and so are theirs: at most {MAX_CHAIN} stand in for one another.");
            return Err(Problem::invalid("/cover_id", "too_long", detail));
        }
        for other in store::during(tx, who, begins, ends).await? {
            let both = (other.begins_at.max(begins), other.ends_at.min(ends));
            open.extend(other.cover_id.map(|next| (PersonId(next), both.0, both.1, length + 1)));
        }
    }
    Ok(())
}

async fn save(tx: &Tx, row: &mut absence::Model) -> Result<(), Problem> {
    row.revision += 1;
    row.updated_at = tx.now();
    Ok(store::update(tx, row).await?)
}

/// Look again when it begins, or ends.
async fn schedule(tx: &mut Tx, row: &absence::Model) -> Result<(), Problem> {
    let due = if row.status == AbsenceStatus::Planned { row.begins_at } else { row.ends_at };
    Ok(tx.set_timer(TURN, &AbsenceId(row.id).to_string(), due).await?)
}

/// Say that an absence has begun, or is over, whichever is so.
pub(super) async fn turn(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<AbsenceId>() else { return Ok(()) };
    let Some(mut row) = store::find_to_change(tx, id).await? else { return Ok(()) };
    let (begun, over) = (tx.now() >= row.begins_at, tx.now() >= row.ends_at);
    match row.status {
        AbsenceStatus::Planned | AbsenceStatus::Current if over => {
            row.status = AbsenceStatus::Over;
            save(tx, &mut row).await?;
            tx.emit(AbsenceEndedEvent { absence: row.into() });
        }
        AbsenceStatus::Planned if begun => {
            row.status = AbsenceStatus::Current;
            save(tx, &mut row).await?;
            schedule(tx, &row).await?;
            tx.emit(AbsenceBeganEvent { absence: row.into() });
        }
        AbsenceStatus::Planned | AbsenceStatus::Current => schedule(tx, &row).await?,
        AbsenceStatus::Over => {}
    }
    Ok(())
}
