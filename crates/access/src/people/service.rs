//! Use cases: add and change a person; one transaction each.

use super::canonical_email;
use super::events::{PersonAccessRevokedEvent, PersonCreatedEvent, PersonDeactivatedEvent, PersonReactivatedEvent, PersonUpdatedEvent};
use super::http::{Person, PersonCreate, PersonPatch};
use super::reach::{self, Reach};
use super::store::{self, PersonStatus, person};
use crate::permission;
use crate::roles::{self, RoleName};
use crate::{error, keys, partner_status, sessions};
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
        reach: None,
        last_seen_at: None,
        invited_at: None,
        email_verified_at: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    // Whom somebody with a narrowed reach adds to the vendor's own people reaches no further.
    let reach = if partner.is_none() { reach::of_caller(tx).await? } else { None };
    let row = person::Model { reach: reach.as_ref().map(Reach::stored), ..row };
    if !store::insert(tx, row.clone()).await? {
        return Err(Problem::new(error::EMAIL_TAKEN));
    }
    if let Some(reach) = &reach {
        reach::store(tx, row.id(), Some(reach)).await?;
    }
    let person = Person::from(row);
    tx.emit(PersonCreatedEvent { person: person.clone() });
    Ok(person)
}

/// Change a person within the caller's reach; nothing is written if all stays as it is.
pub async fn update(tx: &mut Tx, id: PersonId, patch: PersonPatch) -> Result<Person, Problem> {
    let before = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(before.revision)?;
    check_standing(tx, &before).await?;
    let change = Change { name: patch.name, role: patch.role, status: patch.status, ..Change::default() };
    self::change(tx, before, change).await
}

/// What is to become of a person; what is absent stays.
#[derive(Debug, Default)]
pub struct Change {
    /// Full name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Role, of the same side as before.
    pub role: Option<RoleName>,
    /// Whether the person may come in.
    pub status: Option<PersonStatus>,
    /// What else is changed in the same write, kept elsewhere: named in the event, and worth a revision.
    pub besides: Vec<String>,
}

/// Change a person that [`store::find_to_change`] found; nothing is written if all stays as it is.
pub async fn change(tx: &mut Tx, before: person::Model, change: Change) -> Result<Person, Problem> {
    if before.is_erased() {
        return Err(Problem::new(error::PERSON_ERASED));
    }
    let mut row = before.clone();
    let mut changed = Vec::new();
    if let Some(name) = change.name.as_deref().map(tidy).filter(|name| *name != row.name) {
        row.name = name;
        changed.push("name".to_owned());
    }
    if let Some(email) = change.email.as_deref().map(canonical_email).filter(|email| *email != row.email) {
        if store::find_by_email(tx, tx.vendor(), &email).await?.is_some() {
            return Err(Problem::new(error::EMAIL_TAKEN));
        }
        row.email = email;
        changed.push("email".to_owned());
    }
    if let Some(role) = change.role.filter(|role| *role != row.role()) {
        check_role(tx, &role, row.partner()).await?;
        row.role = role.to_string();
        changed.push("role".to_owned());
    }
    changed.extend(change.besides);
    row.status = change.status.unwrap_or(row.status);
    let moved = row.status != before.status;
    if changed.is_empty() && !moved {
        return Ok(row.into());
    }
    row.search_name = store::search_name(&row.name, &row.email);
    row.revision += 1;
    row.updated_at = tx.now();
    match store::update(tx, row.clone()).await {
        // Another write took the address between our look and our change.
        Err(cause) if kernel::db::is_duplicate(&cause) => return Err(Problem::new(error::EMAIL_TAKEN)),
        done => done?,
    }
    let person = Person::from(row);
    if !changed.is_empty() {
        tx.emit(PersonUpdatedEvent { person: person.clone(), changed });
    }
    match person.status {
        PersonStatus::Active if moved => tx.emit(PersonReactivatedEvent { person: person.clone() }),
        PersonStatus::Deactivated if moved => {
            tx.emit(PersonDeactivatedEvent { person: person.clone() });
            sessions::end_all(tx, person.id, "person_deactivated").await?;
            keys::revoke_of(tx, person.id).await?;
        }
        _ => {}
    }
    Ok(person)
}

/// Shut out a person by a decision that was made elsewhere, whoever carries it out: an access review's. `None` if there is no such
/// active person.
pub async fn deactivate(tx: &mut Tx, id: PersonId, reason: &str) -> Result<Option<Person>, Problem> {
    let found = store::find_in_vendor_to_change(tx, id).await?.filter(|row| row.status == PersonStatus::Active);
    let Some(before) = found else { return Ok(None) };
    let row = person::Model { status: PersonStatus::Deactivated, revision: before.revision + 1, updated_at: tx.now(), ..before };
    store::update(tx, row.clone()).await?;
    let person = Person::from(row);
    tx.emit(PersonDeactivatedEvent { person: person.clone() });
    sessions::end_all(tx, id, reason).await?;
    keys::revoke_of(tx, id).await?;
    Ok(Some(person))
}

/// Take back every session and token of a person within the caller's reach.
pub async fn revoke_access(tx: &mut Tx, id: PersonId) -> Result<Person, Problem> {
    let before = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    check_standing(tx, &before).await?;
    let row = person::Model { tokens_valid_from: Some(tx.now()), revision: before.revision + 1, updated_at: tx.now(), ..before };
    store::update(tx, row.clone()).await?;
    sessions::end_all(tx, id, "revoked").await?;
    let person = Person::from(row);
    tx.emit(PersonAccessRevokedEvent { person: person.clone() });
    Ok(person)
}

/// End all sessions and keys of somebody whose partner has left; what refuses them at the door is the partner's status.
pub async fn shut_out(tx: &mut Tx, id: PersonId, reason: &str) -> Result<(), Problem> {
    sessions::end_all(tx, id, reason).await?;
    keys::revoke_of(tx, id).await
}

/// 403 unless the caller may do and reaches all that this person may do and reaches.
pub async fn check_standing(tx: &Tx, person: &person::Model) -> Result<(), Problem> {
    let grants = roles::facts(tx, tx.vendor(), &person.role()).await?.map_or(0, |role| role.grants);
    // What a narrowed reach leaves of the role is what counts, for both.
    let left = if person.reach.is_some() { grants & permission::limitable() } else { grants };
    check_grants(tx.actor(), &person.role(), left)?;
    reach::check(tx, person).await
}

/// 422 unless the partner exists and is within reach; a rival is answered like one that does not exist.
async fn check_partner(tx: &Tx, partner: Option<PartnerId>) -> Result<(), Problem> {
    let Some(partner) = partner else { return Ok(()) };
    if tx.scope().reaches(tx, partner).await? && partner_status(tx, tx.vendor(), partner).await?.is_some() {
        return Ok(());
    }
    Err(Problem::invalid("/partner_id", "not_found", "There is no such partner."))
}

/// 422 unless the role is one of the side to which the person belongs; 403 if it may do what the caller may not.
pub async fn check_role(tx: &Tx, role: &RoleName, partner: Option<PartnerId>) -> Result<(), Problem> {
    roles::hold(tx, role.as_str()).await?;
    match roles::facts(tx, tx.vendor(), role).await? {
        Some(facts) if facts.is_partners == partner.is_some() => check_grants(tx.actor(), role, facts.grants),
        _ => {
            let side =
                if partner.is_some() { "A partner's person has a partner's role" } else { "A person of the vendor has one of the vendor's roles" };
            let fitting = roles::names(tx, tx.vendor(), partner.is_some()).await?;
            Err(Problem::invalid("/role", "role", format!("{side}: {}.", fitting.join(", "))))
        }
    }
}

/// 403 if the role may do what the caller may not: such people are neither made nor changed.
fn check_grants(caller: &Actor, role: &RoleName, grants: u64) -> Result<(), Problem> {
    // What cannot be limited to some partners is withheld from whoever is limited: it is no mark of standing among them.
    let counts = if caller.scope.narrowed().is_some() { permission::limitable() } else { u64::MAX };
    // Nor is what waits for the partner's signature: whoever is to sign may have to be invited first.
    let beyond = grants & !(caller.grants | caller.unsigned) & counts;
    if beyond == 0 {
        return Ok(());
    }
    let detail = format!("The role {role} includes what you may not do yourself: {}.", permission::names(beyond).join(", "));
    Err(Problem::new(error::ROLE_TOO_HIGH).detail(detail))
}
