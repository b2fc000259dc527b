//! Use cases: make, change and take out a queue.

use super::QueueId;
use super::store::{self, QueueRow};
use super::types::{Queue, QueueCreate, QueuePatch};
use crate::assignment::events::{QueueCreatedEvent, QueueDeletedEvent, QueueUpdatedEvent};
use crate::assignment::fit::{Work, standings};
use crate::error;
use access::Permission;
use kernel::id::PersonId;
use kernel::problem::FieldError;
use kernel::text::tidy;
use kernel::{Problem, Tx};

/// Queues of one vendor.
const MOST: u64 = 500;

/// Make a queue; what waits under its name already waits in it from now on.
pub async fn create(tx: &mut Tx, new: QueueCreate) -> Result<Queue, Problem> {
    store::lock(tx).await?;
    let name = tidy(&new.name);
    if store::count(tx).await? >= MOST {
        return Err(Problem::invalid("/", "too_many", format!("A vendor has at most {MOST} queues.")));
    }
    let row = QueueRow {
        vendor_id: tx.vendor().0,
        id: QueueId::fresh().0,
        name,
        description: new.description,
        dealing: new.dealing.wire().to_owned(),
        member_limit: new.member_limit,
        cover: new.cover,
        escalates_to: json(&new.escalates_to),
        turns: 0,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    check(tx, &row, &new.member_ids, &new.escalates_to).await?;
    if !store::insert(tx, &row).await? {
        return Err(Problem::new(error::QUEUE_TAKEN));
    }
    store::set_members(tx, &row, &new.member_ids).await?;
    crate::assignment::store::adopt(tx, row.id, &row.name).await?;
    let queue = Queue::of(row, new.member_ids)?;
    tx.emit(QueueCreatedEvent { queue: queue.clone() });
    Ok(queue)
}

/// Change a queue.
pub async fn update(tx: &mut Tx, id: QueueId, patch: QueuePatch) -> Result<Queue, Problem> {
    store::lock(tx).await?;
    let before = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(before.revision)?;
    let members = member_ids(tx, &before).await?;
    let mut row = before.clone();
    row.description = patch.description.unwrap_or(row.description);
    row.dealing = patch.dealing.map_or(row.dealing, |dealing| dealing.wire().to_owned());
    row.member_limit = patch.member_limit.unwrap_or(row.member_limit);
    row.cover = patch.cover.unwrap_or(row.cover);
    row.escalates_to = patch.escalates_to.as_ref().map_or(row.escalates_to, |people| json(people));
    let now = patch.member_ids.unwrap_or_else(|| members.clone());
    if row == before && now == members {
        return Queue::of(row, members);
    }
    // Who is in it already may have lost what it takes: that is no reason to refuse another change.
    let joining: Vec<_> = now.iter().map(|person| (*person, !members.contains(person))).collect();
    let unchecked = |person: &PersonId| joining.iter().any(|(joined, new)| joined == person && !new);
    check_but(tx, &row, &now, &patch.escalates_to.unwrap_or_default(), unchecked).await?;
    save(tx, row, &now).await
}

async fn save(tx: &mut Tx, mut row: QueueRow, members: &[PersonId]) -> Result<Queue, Problem> {
    row.revision += 1;
    row.updated_at = tx.now();
    store::update(tx, &row).await?;
    store::set_members(tx, &row, members).await?;
    let queue = Queue::of(row, members.to_vec())?;
    tx.emit(QueueUpdatedEvent { queue: queue.clone() });
    Ok(queue)
}

/// Take a queue out that has no open work and that no other queue overflows into.
pub async fn delete(tx: &mut Tx, id: QueueId) -> Result<(), Problem> {
    store::lock(tx).await?;
    let mut row = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    if crate::assignment::store::uses_queue(tx, &row.name).await? {
        return Err(Problem::new(error::QUEUE_IN_USE).detail("Deals are in it that are not decided."));
    }
    if let Some(other) = store::covered_by(tx, &row.name).await?.first() {
        return Err(Problem::new(error::QUEUE_IN_USE).detail(format!("The queue {} overflows into it.", other.name)));
    }
    let rules = crate::service::engagement::in_force_within(tx).await?;
    if rules.engagement.routing.iter().any(|rule| rule.to == row.name) {
        return Err(Problem::new(error::QUEUE_IN_USE).detail("The rules of engagement in force route deals to it."));
    }
    let members = member_ids(tx, &row).await?;
    store::delete(tx, &row).await?;
    row.revision += 1;
    tx.emit(QueueDeletedEvent { queue: Queue::of(row, members)? });
    Ok(())
}

/// Take somebody out of a queue who is to be forgotten.
pub async fn forget(tx: &mut Tx, row: QueueRow, person: PersonId) -> Result<(), Problem> {
    let members: Vec<_> = member_ids(tx, &row).await?.into_iter().filter(|member| *member != person).collect();
    let escalates_to: Vec<_> = row.escalates_to().into_iter().filter(|other| *other != person).collect();
    let cover = row.cover.clone().filter(|cover| *cover != person.to_string());
    save(tx, QueueRow { escalates_to: json(&escalates_to), cover, ..row }, &members).await.map(|_| ())
}

/// Who works in a queue.
pub async fn member_ids(tx: &Tx, row: &QueueRow) -> Result<Vec<PersonId>, Problem> {
    Ok(store::members(tx, tx.vendor(), row.id).await?.into_iter().map(|member| PersonId(member.person_id)).collect())
}

async fn check(tx: &Tx, row: &QueueRow, members: &[PersonId], escalates_to: &[PersonId]) -> Result<(), Problem> {
    check_but(tx, row, members, escalates_to, |_| false).await
}

/// 422 unless everybody who is named may decide deals, and the cover is there and another.
async fn check_but(
    tx: &Tx,
    row: &QueueRow,
    members: &[PersonId],
    escalates_to: &[PersonId],
    unchecked: impl Fn(&PersonId) -> bool,
) -> Result<(), Problem> {
    let covering = row.cover.as_ref().and_then(|cover| cover.parse::<PersonId>().ok());
    let named: Vec<_> = members.iter().chain(escalates_to).copied().chain(covering).collect();
    let work = Work { vendor: tx.vendor(), partner: None, needs: Permission::DecideDeals, not: Vec::new(), now: tx.now() };
    let found = standings(tx, &work, &named).await?;
    let fit = |person: &PersonId| found.get(person).is_some_and(|one| one.fit);
    let mut errors = Vec::new();
    for (field, people) in [("member_ids", members), ("escalates_to", escalates_to)] {
        for (at, person) in people.iter().enumerate() {
            if people[..at].contains(person) {
                errors.push(FieldError::new(format!("/{field}/{at}"), "duplicate", "Name everybody once."));
            } else if !(fit(person) || field == "member_ids" && unchecked(person)) {
                errors.push(FieldError::new(format!("/{field}/{at}"), "not_able", "Name an active person of the vendor who may decide deals."));
            }
        }
    }
    match (&row.cover, covering) {
        (None, _) => {}
        (Some(_), Some(person)) if fit(&person) => {}
        (Some(_), Some(_)) => errors.push(FieldError::new("/cover", "not_able", "Name an active person of the vendor who may decide deals.")),
        (Some(name), None) if *name == row.name => errors.push(FieldError::new("/cover", "circle", "A queue does not overflow into itself.")),
        (Some(name), None) if store::by_name(tx, tx.vendor(), name).await?.is_none() => {
            errors.push(FieldError::new("/cover", "unknown_queue", "Name a person's id or a queue."));
        }
        (Some(_), None) => {}
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_all(errors)) }
}

fn json(people: &[PersonId]) -> String {
    serde_json::to_string(people).expect("ids are plain data")
}
