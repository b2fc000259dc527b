//! Which role a person gets.

use super::store::{self, Row};
use crate::users;
use access::people::{self, Change};
use access::{Role, RoleName, keys, roles};
use kernel::actor::Caller;
use kernel::id::PersonId;
use kernel::{Problem, Tx};
use serde_json::{Map, Value};

/// The role that a group gives: the one mapped to it, else the one that it is named like.
pub async fn of_group(tx: &Tx, group: &Row) -> Result<Option<(RoleName, u64)>, Problem> {
    let Some(name) = group.role.clone().or_else(|| RoleName::read(&group.name)) else { return Ok(None) };
    let facts = roles::facts(tx, tx.vendor(), &name).await?;
    Ok(facts.filter(|facts| facts.is_partners == group.partner.is_some()).map(|facts| (name, facts.grants)))
}

/// The role that a person's groups give: of several the one with the most permissions, by name among equals.
async fn by_groups(tx: &Tx, person: PersonId) -> Result<Option<RoleName>, Problem> {
    let mut all = Vec::new();
    for group in store::groups_of(tx, tx.vendor(), person).await? {
        all.extend(of_group(tx, &group).await?);
    }
    all.sort_by(|(one, grants), (other, others)| others.count_ones().cmp(&grants.count_ones()).then_with(|| one.as_str().cmp(other.as_str())));
    Ok(all.into_iter().next().map(|(name, _)| name))
}

/// The role that `roles` names: the primary value first. A value that names none is of no effect.
async fn by_attribute(tx: &Tx, attributes: &Map<String, Value>, partners: bool) -> Result<Option<RoleName>, Problem> {
    let mut values: Vec<&Value> = attributes.get("roles").and_then(Value::as_array).into_iter().flatten().collect();
    values.sort_by_key(|value| value["primary"] != true);
    for value in values {
        // Entra's assertive form wraps the role in a text of JSON.
        let text = value["value"].as_str().unwrap_or_default();
        let wrapped = serde_json::from_str::<Value>(text).ok().and_then(|inner| inner["value"].as_str().map(str::to_owned));
        let name = RoleName::read(wrapped.as_deref().unwrap_or(text));
        if let Some(name) = name
            && roles::facts(tx, tx.vendor(), &name).await?.is_some_and(|facts| facts.is_partners == partners)
        {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// The role of a person whom no group gives one.
pub async fn without_groups(tx: &Tx, attributes: &Map<String, Value>) -> Result<RoleName, Problem> {
    of_side(tx, attributes, tx.scope().partner().is_some()).await
}

async fn of_side(tx: &Tx, attributes: &Map<String, Value>, partners: bool) -> Result<RoleName, Problem> {
    if let Some(role) = by_attribute(tx, attributes, partners).await? {
        return Ok(role);
    }
    let key = match tx.actor().caller {
        Caller::ApiKey(id) => keys::find(tx, tx.vendor(), id).await?,
        _ => None,
    };
    let default = key.filter(|key| key.partner().is_some() == partners).and_then(|key| key.default_role());
    Ok(default.unwrap_or_else(|| if partners { Role::Sales } else { Role::Marketing }.into()))
}

/// The role of a person whose `roles` were changed: groups come first.
pub async fn of_person(tx: &Tx, person: PersonId, attributes: &Map<String, Value>) -> Result<Option<RoleName>, Problem> {
    if by_groups(tx, person).await?.is_some() {
        return Ok(None);
    }
    without_groups(tx, attributes).await.map(Some)
}

/// Give a person the role that follows from its groups as they now are; one that left a group which gave a role falls back.
pub async fn settle(tx: &mut Tx, person: PersonId, left: bool) -> Result<(), Problem> {
    let Some(found) = users::find_of_vendor(tx, person).await? else { return Ok(()) };
    let role = match by_groups(tx, person).await? {
        Some(role) => Some(role),
        None if left => Some(of_side(tx, &found.attributes(), found.person.partner_id.is_some()).await?),
        None => None,
    };
    people::change(tx, found.person, Change { role, ..Change::default() }).await.map(|_| ())
}
