//! Use cases: add and change a person; one transaction each.

use super::canonical_email;
use super::events::{PersonCreatedEvent, PersonDeactivatedEvent, PersonReactivatedEvent, PersonUpdatedEvent};
use super::http::{Person, PersonCreate, PersonPatch};
use super::store::{self, PersonStatus, person};
use crate::permission::{self, Role};
use crate::{error, partner_status};
use kernel::id::{PartnerId, PersonId};
use kernel::text::tidy;
use kernel::{Actor, Problem, Tx};

/// Add a person within the caller's reach.
pub async fn create(tx: &mut Tx, new: PersonCreate) -> Result<Person, Problem> {
    // A partner's admin need not say which partner: it has but one.
    let partner = new.partner_id.or(tx.scope().partner());
    check_partner(tx, partner).await?;
    check_side(new.role, partner)?;
    check_reach(tx.actor(), new.role)?;
    let (name, email) = (tidy(&new.name), canonical_email(&new.email));
    let row = person::Model {
        vendor_id: tx.vendor().0,
        id: PersonId::fresh().0,
        partner_id: partner.map(|partner| partner.0),
        search_name: store::search_name(&name, &email),
        email,
        name,
        role: new.role.wire().to_owned(),
        status: PersonStatus::Active,
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
    check_reach(tx.actor(), before.role())?;
    let mut row = before.clone();
    let mut changed = Vec::new();
    if let Some(name) = patch.name.as_deref().map(tidy).filter(|name| *name != row.name) {
        row.search_name = store::search_name(&name, &row.email);
        row.name = name;
        changed.push("name".to_owned());
    }
    if let Some(role) = patch.role.filter(|role| *role != row.role()) {
        check_side(role, row.partner())?;
        check_reach(tx.actor(), role)?;
        row.role = role.wire().to_owned();
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
        PersonStatus::Deactivated if moved => tx.emit(PersonDeactivatedEvent { person: person.clone() }),
        _ => {}
    }
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

/// 422 unless the role is one of the side to which the person belongs.
fn check_side(role: Role, partner: Option<PartnerId>) -> Result<(), Problem> {
    if role.is_partners() == partner.is_some() {
        return Ok(());
    }
    let side = if partner.is_some() { "A partner's person has a partner's role" } else { "A person of the vendor has one of the vendor's roles" };
    let fitting = Role::ALL.iter().filter(|role| role.is_partners() == partner.is_some());
    let fitting: Vec<_> = fitting.map(|role| role.wire()).collect();
    Err(Problem::invalid("/role", "role", format!("{side}: {}.", fitting.join(", "))))
}

/// 403 if the role may do what the caller may not: such people are neither made nor changed.
fn check_reach(caller: &Actor, role: Role) -> Result<(), Problem> {
    let beyond = role.grants() & !caller.grants;
    if beyond == 0 {
        return Ok(());
    }
    let detail = format!("The role {} includes what you may not do yourself: {}.", role.wire(), permission::names(beyond).join(", "));
    Err(Problem::new(error::ROLE_TOO_HIGH).detail(detail))
}
