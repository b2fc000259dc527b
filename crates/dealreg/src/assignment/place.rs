//! Where a piece of work goes: to a person, to somebody in a queue, or to wait there. Shared by all that is assigned.

use super::choose::{Able, choose};
use super::fit::{Work, standings, there_for};
use super::queues::{Dealing, store};
use super::types::{AssignedBy, Assignment};
use futures::future::BoxFuture;
use kernel::id::PersonId;
use kernel::{Problem, Tx};
use sea_orm::DbErr;
use std::collections::HashMap;
use uuid::Uuid;

/// How many queues overflow into one another.
const MAX_QUEUES: usize = 5;

/// Where a piece of work is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Who has it; nobody if it waits.
    pub assignee: Option<PersonId>,
    /// The name of the queue that it came through or waits in.
    pub queue: Option<String>,
    /// What it waits for: the queue, or the person who is away. Nothing if anybody may take it.
    pub pool: Option<Uuid>,
    /// Why; without who had it before.
    pub why: Assignment,
}

/// Place work where `to` says: a person's id or the name of a queue, which need not be there. If a person cannot have it,
/// nor whoever stands in, it goes to `otherwise`, the channel manager; and if that cannot be either, it waits.
///
/// Queues deal under a lock of the vendor that is held until the write ends: of two writes at once the second sees what the first dealt out.
pub async fn place(tx: &Tx, work: &Work, to: Option<&str>, otherwise: Option<PersonId>) -> Result<Placement, Problem> {
    let Some(to) = to else {
        let by_default = Assignment::by(AssignedBy::ChannelManager);
        return Ok(match otherwise {
            Some(manager) => {
                with_person(tx, work, manager, by_default).await?.unwrap_or_else(|| Placement::waiting_for(manager, by(AssignedBy::ChannelManager)))
            }
            None => Placement { assignee: None, queue: None, pool: None, why: by_default },
        });
    };
    if let Ok(person) = to.parse::<PersonId>() {
        if let Some(placed) = with_person(tx, work, person, by(AssignedBy::Rule)).await? {
            return Ok(placed);
        }
        if let Some(manager) = otherwise.filter(|manager| *manager != person)
            && let Some(placed) = with_person(tx, work, manager, by(AssignedBy::ChannelManager)).await?
        {
            return Ok(placed);
        }
        return Ok(Placement::waiting_for(person, by(AssignedBy::Rule)));
    }
    store::lock(tx).await?;
    match store::by_name(tx, tx.vendor(), to).await? {
        Some(queue) => in_queue(tx, work, queue).await,
        // A name without a queue is an open pool.
        None => Ok(Placement { assignee: None, queue: Some(to.to_owned()), pool: None, why: by(AssignedBy::Rule) }),
    }
}

/// Place work in a queue: with a member, whoever covers for one, the queue's cover, or to wait.
pub async fn in_queue(tx: &Tx, work: &Work, queue: store::QueueRow) -> Result<Placement, Problem> {
    let waiting = Placement { assignee: None, queue: Some(queue.name.clone()), pool: Some(queue.id), why: by(AssignedBy::Rule) };
    Ok(in_one_of(tx, work, queue, Vec::new()).await?.unwrap_or(waiting))
}

fn by(by: AssignedBy) -> Assignment {
    Assignment::by(by)
}

impl Placement {
    /// Waits until this person is there.
    fn waiting_for(person: PersonId, why: Assignment) -> Self {
        Self { assignee: None, queue: None, pool: Some(person.0), why }
    }

    fn with(person: PersonId, queue: Option<String>, why: Assignment) -> Self {
        Self { assignee: Some(person), queue, pool: None, why }
    }
}

async fn with_person(tx: &Tx, work: &Work, person: PersonId, why: Assignment) -> Result<Option<Placement>, Problem> {
    let there = there_for(tx, work, person).await?;
    Ok(there.map(|there| {
        let why = if there == person { why } else { Assignment { cover_for: Some(person), ..by(AssignedBy::Cover) } };
        Placement::with(there, None, why)
    }))
}

/// Somebody in this queue or in those that it overflows into. `None` if nobody can take it and it is nowhere to be taken from either.
fn in_one_of<'a>(tx: &'a Tx, work: &'a Work, queue: store::QueueRow, mut tried: Vec<String>) -> BoxFuture<'a, Result<Option<Placement>, Problem>> {
    Box::pin(async move {
        let overflow_from = tried.first().cloned();
        let why = |by| Assignment { overflow_from: overflow_from.clone(), ..Assignment::by(by) };
        if queue.dealing()? == Dealing::Pull {
            let by = if tried.is_empty() { AssignedBy::Rule } else { AssignedBy::Cover };
            return Ok(Some(Placement { assignee: None, queue: Some(queue.name), pool: Some(queue.id), why: why(by) }));
        }
        if let Some((able, cover_for)) = member_of(tx, work, &queue).await? {
            let by = match (cover_for, queue.dealing()?) {
                (Some(_), _) => AssignedBy::Cover,
                (None, Dealing::LeastLoaded) => AssignedBy::LeastLoaded,
                (None, _) => AssignedBy::RoundRobin,
            };
            store::advance(tx, &queue, cover_for.unwrap_or(able.person)).await?;
            return Ok(Some(Placement::with(able.person, Some(queue.name), Assignment { cover_for, load: Some(able.load), ..why(by) })));
        }
        let Some(cover) = queue.cover.clone() else { return Ok(None) };
        tried.push(queue.name.clone());
        if let Ok(person) = cover.parse::<PersonId>() {
            let covering = there_for(tx, work, person).await?;
            let why = Assignment { overflow_from: tried.first().cloned(), ..by(AssignedBy::Cover) };
            return Ok(covering.map(|there| Placement::with(there, Some(queue.name), why)));
        }
        if tried.len() >= MAX_QUEUES || tried.contains(&cover) {
            return Ok(None);
        }
        match store::by_name(tx, tx.vendor(), &cover).await? {
            Some(next) => in_one_of(tx, work, next, tried).await,
            None => Ok(None),
        }
    })
}

/// The member whose turn it is; else somebody who stands in for a member who is away, and for whom.
async fn member_of(tx: &Tx, work: &Work, queue: &store::QueueRow) -> Result<Option<(Able, Option<PersonId>)>, Problem> {
    let members = store::members(tx, tx.vendor(), queue.id).await?;
    let ids: Vec<_> = members.iter().map(|member| PersonId(member.person_id)).collect();
    let (standings, mut loads) = (standings(tx, work, &ids).await?, loads(tx, &ids).await?);
    let fits = |load: i64| queue.member_limit.is_none_or(|limit| load < limit);
    let of = |member: &store::MemberRow, loads: &HashMap<PersonId, i64>| {
        let person = PersonId(member.person_id);
        Able { person, place: member.place, turn: member.turn, load: loads.get(&person).copied().unwrap_or_default() }
    };
    let there = |person: &PersonId| standings.get(person).is_some_and(|standing| standing.fit && standing.away.is_none());
    let able: Vec<_> = members.iter().map(|member| of(member, &loads)).collect();
    let able: Vec<_> = able.into_iter().filter(|one| there(&one.person) && !work.not.contains(&one.person) && fits(one.load)).collect();
    let dealing = queue.dealing()?;
    if let Some(chosen) = choose(dealing, &able) {
        return Ok(Some((chosen.clone(), None)));
    }
    let mut away: Vec<_> = members.iter().filter(|member| standings.get(&PersonId(member.person_id)).is_some_and(|one| one.away.is_some())).collect();
    away.sort_by_key(|member| (member.turn, member.place));
    for member in away {
        let absent = PersonId(member.person_id);
        let Some(person) = there_for(tx, work, absent).await? else { continue };
        if let std::collections::hash_map::Entry::Vacant(unknown) = loads.entry(person) {
            unknown.insert(self::loads(tx, &[person]).await?.get(&person).copied().unwrap_or_default());
        }
        let load = loads[&person];
        if fits(load) {
            return Ok(Some((Able { person, load, ..of(member, &loads) }, Some(absent))));
        }
    }
    Ok(None)
}

/// How many open items each of these people has.
async fn loads(tx: &Tx, people: &[PersonId]) -> Result<HashMap<PersonId, i64>, DbErr> {
    super::store::loads(tx, tx.vendor(), people).await
}
