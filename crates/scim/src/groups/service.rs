//! Use cases: a directory adds, changes and deletes a group; one transaction each.

use super::events::{DirectoryGroupCreatedEvent, DirectoryGroupDeletedEvent, DirectoryGroupUpdatedEvent};
use super::store::{self, Row};
use super::{GroupId, roles};
use crate::error::invalid_value;
use crate::patch::{self, Operation};
use crate::request::check_match;
use crate::schema::GROUPS;
use crate::users;
use crate::value;
use access::RoleName;
use kernel::id::PersonId;
use kernel::{Problem, Tx};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What is sent of a group.
struct Sent {
    name: String,
    external_id: Option<String>,
    members: Vec<PersonId>,
}

impl Sent {
    fn of(attributes: &Map<String, Value>) -> Result<Self, Problem> {
        let text = |name: &str| attributes.get(name).and_then(Value::as_str).map(kernel::text::tidy).filter(|text| !text.is_empty());
        let name = text("displayName").ok_or_else(|| invalid_value("displayName is required."))?;
        let mut members = BTreeSet::new();
        for value in attributes.get("members").and_then(Value::as_array).into_iter().flatten() {
            let id = value["value"].as_str().unwrap_or_default();
            members.insert(id.parse().map_err(|_| no_such_member(id))?);
        }
        Ok(Self { name, external_id: text("externalId"), members: members.into_iter().collect() })
    }
}

fn no_such_member(id: &str) -> Problem {
    let shown: String = id.chars().take(60).collect();
    invalid_value(format!("There is no person {shown}. Members are people; groups have no groups in them."))
}

/// Add a group.
pub async fn create(tx: &mut Tx, sent: &Map<String, Value>) -> Result<(Row, Vec<PersonId>), Problem> {
    let sent = Sent::of(&value::resource(&GROUPS, sent)?)?;
    let row = Row {
        id: GroupId::fresh(),
        partner: tx.scope().partner(),
        name: sent.name,
        external_id: sent.external_id,
        role: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    check_members(tx, &sent.members).await?;
    store::insert(tx, &row).await?;
    store::add_members(tx, row.id, &sent.members).await?;
    tx.emit(DirectoryGroupCreatedEvent { group: row.clone().into(), added: sent.members.clone() });
    if roles::of_group(tx, &row).await?.is_some() {
        settle(tx, &sent.members, false).await?;
    }
    Ok((row, sent.members))
}

async fn check_members(tx: &Tx, people: &[PersonId]) -> Result<(), Problem> {
    let ids: Vec<_> = people.iter().map(|person| person.0).collect();
    let known: BTreeSet<_> = users::known(tx, tx.scope(), &ids).await?.into_iter().collect();
    match people.iter().find(|person| !known.contains(&person.0)) {
        None => Ok(()),
        Some(unknown) => Err(no_such_member(&unknown.to_string())),
    }
}

async fn settle(tx: &mut Tx, people: &[PersonId], left: bool) -> Result<(), Problem> {
    for person in people {
        roles::settle(tx, *person, left).await?;
    }
    Ok(())
}

/// A group of this write's directory, at the version that the caller expects.
async fn find_to_change(tx: &Tx, id: GroupId) -> Result<Row, Problem> {
    let row = store::find_to_change(tx, id).await?.filter(|row| row.partner == tx.scope().partner()).ok_or_else(Problem::not_found)?;
    check_match(tx.actor(), row.revision)?;
    Ok(row)
}

/// Put what is sent in the place of the group; without members it has none.
pub async fn replace(tx: &mut Tx, id: GroupId, sent: &Map<String, Value>) -> Result<(Row, Vec<PersonId>), Problem> {
    let row = find_to_change(tx, id).await?;
    let sent = Sent::of(&value::resource(&GROUPS, sent)?)?;
    let members = store::members(tx, tx.vendor(), id).await?;
    save(tx, row, Some(members), sent).await
}

/// Carry out the operations of a PATCH, all or none. Members are only looked up if it touches them.
pub async fn patch(tx: &mut Tx, id: GroupId, operations: &[Operation]) -> Result<Row, Problem> {
    let row = find_to_change(tx, id).await?;
    let touched = operations.iter().any(|operation| operation.touches("members"));
    let members = if touched { Some(store::members(tx, tx.vendor(), id).await?) } else { None };
    let mut attributes = Map::from_iter([("displayName".to_owned(), json!(row.name))]);
    attributes.extend(row.external_id.as_ref().map(|id| ("externalId".to_owned(), json!(id))));
    if let Some(members) = members.as_ref().filter(|members| !members.is_empty()) {
        attributes.insert("members".to_owned(), members.iter().map(|id| json!({ "value": id, "type": "User" })).collect());
    }
    patch::apply(&GROUPS, &mut attributes, operations)?;
    save(tx, row, members, Sent::of(&attributes)?).await.map(|(row, _)| row)
}

async fn save(tx: &mut Tx, before: Row, members: Option<Vec<PersonId>>, sent: Sent) -> Result<(Row, Vec<PersonId>), Problem> {
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = match members {
        Some(old) => (old.into_iter().collect(), sent.members.into_iter().collect()),
        None => Default::default(),
    };
    let added: Vec<_> = new.difference(&old).copied().collect();
    let removed: Vec<_> = old.difference(&new).copied().collect();
    let mut changed = Vec::new();
    let differs = [
        ("name", before.name != sent.name),
        ("external_id", before.external_id != sent.external_id),
        ("members", !added.is_empty() || !removed.is_empty()),
    ];
    changed.extend(differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()));
    if changed.is_empty() {
        return Ok((before, new.into_iter().collect()));
    }
    check_members(tx, &added).await?;
    let gave = roles::of_group(tx, &before).await?;
    let row = Row { name: sent.name, external_id: sent.external_id, revision: before.revision + 1, updated_at: tx.now(), ..before };
    store::update(tx, &row).await?;
    store::add_members(tx, row.id, &added).await?;
    store::remove_members(tx, row.id, &removed).await?;
    tx.emit(DirectoryGroupUpdatedEvent { group: row.clone().into(), changed, added: added.clone(), removed: removed.clone() });
    let gives = roles::of_group(tx, &row).await?;
    if gave != gives {
        // A group that was renamed to or from a role's name.
        let all = store::members(tx, tx.vendor(), row.id).await?;
        settle(tx, &all, gave.is_some()).await?;
    } else if gives.is_some() {
        settle(tx, &added, false).await?;
    }
    if gave.is_some() {
        settle(tx, &removed, true).await?;
    }
    Ok((row, new.into_iter().collect()))
}

/// Delete a group; its members lose the role that it gave.
pub async fn delete(tx: &mut Tx, id: GroupId) -> Result<(), Problem> {
    let row = find_to_change(tx, id).await?;
    let members = store::members(tx, tx.vendor(), id).await?;
    let gave = roles::of_group(tx, &row).await?;
    store::delete(tx, id).await?;
    let group = Row { revision: row.revision + 1, updated_at: tx.now(), ..row };
    tx.emit(DirectoryGroupDeletedEvent { group: group.into() });
    if gave.is_some() {
        settle(tx, &members, true).await?;
    }
    Ok(())
}

/// Map a role to a group, or none; its members get it at once.
pub async fn map(tx: &mut Tx, id: GroupId, role: Option<RoleName>) -> Result<Row, Problem> {
    let before = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    if let Some(role) = &role {
        access::people::check_role(tx, role, before.partner).await?;
    }
    if before.role == role {
        return Ok(before);
    }
    let gave = roles::of_group(tx, &before).await?;
    let row = Row { role, revision: before.revision + 1, updated_at: tx.now(), ..before };
    store::update(tx, &row).await?;
    let changed = vec!["role".to_owned()];
    tx.emit(DirectoryGroupUpdatedEvent { group: row.clone().into(), changed, added: Vec::new(), removed: Vec::new() });
    let members = store::members(tx, tx.vendor(), id).await?;
    settle(tx, &members, gave.is_some()).await?;
    Ok(row)
}

/// Take a person who leaves out of all groups; the role stays, since it is of no effect any more.
pub async fn leave_all(tx: &mut Tx, person: PersonId) -> Result<(), Problem> {
    for before in store::groups_of(tx, tx.vendor(), person).await? {
        let row = Row { revision: before.revision + 1, updated_at: tx.now(), ..before };
        store::update(tx, &row).await?;
        store::remove_members(tx, row.id, &[person]).await?;
        let changed = vec!["members".to_owned()];
        tx.emit(DirectoryGroupUpdatedEvent { group: row.into(), changed, added: Vec::new(), removed: vec![person] });
    }
    Ok(())
}
