//! Use cases: add and change a person; one transaction each.

use super::canonical_email;
use super::events::{PersonAccessRevokedEvent, PersonCreatedEvent, PersonDeactivatedEvent, PersonReactivatedEvent, PersonUpdatedEvent};
use super::http::{Person, PersonCreate, PersonPatch};
use super::store::{self, PersonStatus, person};
use crate::permission;
use crate::roles::{self, RoleName};
use crate::{error, partner_status, sessions};
use kernel::id::{PartnerId, PersonId};
use kernel::text::tidy;
use kernel::{Actor, Problem, Tx};

/// Add a person within the caller's reach.
pub async fn create(tx: &mut Tx, new: PersonCreate) -> Result<Person, Problem> {
    // A partner's admin need not say which partner: it has but one.
    let partner = new.partner_id.or(tx.scope().partner());
    check_partner(tx, partner).await?;
    check_role(tx, &new.role, partner).await?;
    let (name, email) = (tidy(&new.name), canonical_email(&new.email));
    let row = person::Model {
        vendor_id: tx.vendor().0,
        id: PersonId::fresh().0,
        partner_id: partner.map(|partner| partner.0),
        search_name: store::search_name(&name, &email),
        email,
        name,
        role: new.role.to_string(),
        status: PersonStatus::Active,
        tokens_valid_from: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    if !store::insert(tx, row.clone()).await? {
        return Err(Problem::new(error::EMAIL_TAKEN));
    }
    let person = Person::from(row);
    tx.emit(PersonCreatedEvent { person: person.clone() });
    Ok(person)
}

/// Change a person within the caller's reach; nothing is written if all stays as it is.
pub async fn update(tx: &mut Tx, id: PersonId, patch: PersonPatch) -> Result<Person, Problem> {
    let before = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(before.revision)?;
    check_reach(tx.actor(), &before.role(), roles::facts(tx, tx.vendor(), &before.role()).await?.map_or(0, |role| role.grants))?;
    let mut row = before.clone();
    let mut changed = Vec::new();
    if let Some(name) = patch.name.as_deref().map(tidy).filter(|name| *name != row.name) {
        row.search_name = store::search_name(&name, &row.email);
        row.name = name;
        changed.push("name".to_owned());
    }
    if let Some(role) = patch.role.filter(|role| *role != row.role()) {
        check_role(tx, &role, row.partner()).await?;
        row.role = role.to_string();
        changed.push("role".to_owned());
    }
    row.status = patch.status.unwrap_or(row.status);
    let moved = row.status != before.status;
    if changed.is_empty() && !moved {
        return Ok(row.into());
    }
    row.revision += 1;
    row.updated_at = tx.now();
    store::update(tx, row.clone()).await?;
    let person = Person::from(row);
    if !changed.is_empty() {
        tx.emit(PersonUpdatedEvent { person: person.clone(), changed });
    }
    match person.status {
        PersonStatus::Active if moved => tx.emit(PersonReactivatedEvent { person: person.clone() }),
        PersonStatus::Deactivated if moved => {
            tx.emit(PersonDeactivatedEvent { person: person.clone() });
            sessions::end_all(tx, id, "person_deactivated").await?;
        }
        _ => {}
    }
    Ok(person)
}

/// Take back every session and token of a person within the caller's reach.
pub async fn revoke_access(tx: &mut Tx, id: PersonId) -> Result<Person, Problem> {
    let before = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    check_reach(tx.actor(), &before.role(), roles::facts(tx, tx.vendor(), &before.role()).await?.map_or(0, |role| role.grants))?;
    let row = person::Model { tokens_valid_from: Some(tx.now()), revision: before.revision + 1, updated_at: tx.now(), ..before };
    store::update(tx, row.clone()).await?;
    sessions::end_all(tx, id, "revoked").await?;
    let person = Person::from(row);
    tx.emit(PersonAccessRevokedEvent { person: person.clone() });
    Ok(person)
}

/// 422 unless the partner exists and is within reach; a rival is answered like one that does not exist.
async fn check_partner(tx: &Tx, partner: Option<PartnerId>) -> Result<(), Problem> {
    let Some(partner) = partner else { return Ok(()) };
    if tx.scope().reaches(partner) && partner_status(tx, tx.vendor(), partner).await?.is_some() {
        return Ok(());
    }
    Err(Problem::invalid("/partner_id", "not_found", "There is no such partner."))
}

/// 422 unless the role is one of the side to which the person belongs; 403 if it may do what the caller may not.
async fn check_role(tx: &Tx, role: &RoleName, partner: Option<PartnerId>) -> Result<(), Problem> {
    match roles::facts(tx, tx.vendor(), role).await? {
        Some(facts) if facts.is_partners == partner.is_some() => check_reach(tx.actor(), role, facts.grants),
        _ => {
            let side =
                if partner.is_some() { "A partner's person has a partner's role" } else { "A person of the vendor has one of the vendor's roles" };
            let fitting = roles::names(tx, tx.vendor(), partner.is_some()).await?;
            Err(Problem::invalid("/role", "role", format!("{side}: {}.", fitting.join(", "))))
        }
    }
}

/// 403 if the role may do what the caller may not: such people are neither made nor changed.
fn check_reach(caller: &Actor, role: &RoleName, grants: u64) -> Result<(), Problem> {
    let beyond = grants & !caller.grants;
    if beyond == 0 {
        return Ok(());
    }
    let detail = format!("The role {role} includes what you may not do yourself: {}.", permission::names(beyond).join(", "));
    Err(Problem::new(error::ROLE_TOO_HIGH).detail(detail))
}
