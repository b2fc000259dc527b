//! What is kept about people here, and how it goes.

use super::events::{PersonDeactivatedEvent, PersonErasedEvent};
use super::http::Person;
use super::store::{self, PersonStatus, person};
use crate::permission::Role;
use crate::{error, keys, sessions};
use kernel::id::PersonId;
use kernel::personal::{ERASED, Holder, Known, erased_address};
use kernel::{App, Problem, Scope, Tx};
use sea_orm::ConnectionTrait;

/// Everything by which a person is known; 404 if the caller may not see it.
pub async fn known(db: &impl ConnectionTrait, scope: Scope, id: PersonId) -> Result<Known, Problem> {
    let row = store::find_visible(db, scope, id).await?.ok_or_else(Problem::not_found)?;
    // A vendor's own people are named in its CRM; a partner's share a name with strangers.
    let by_name = row.partner().is_none();
    Ok(Known { vendor: scope.vendor(), person: Some(id), email: Some(row.email), name: Some(row.name), by_name })
}

/// Deactivate a person and put markers in the place of its name and address.
pub async fn erase(tx: &mut Tx, id: PersonId) -> Result<Person, Problem> {
    let before = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    if before.is_erased() {
        return Err(Problem::new(error::PERSON_ERASED));
    }
    super::service::check_standing(tx, &before).await?;
    let active = before.status == PersonStatus::Active;
    if active && before.role == Role::Admin.wire() && !store::another_has(tx, &before).await? {
        return Err(Problem::new(error::LAST_ADMIN));
    }
    let email = erased_address(id);
    let row = person::Model {
        name: ERASED.to_owned(),
        search_name: store::search_name(ERASED, &email),
        email,
        status: PersonStatus::Deactivated,
        revision: before.revision + 1,
        updated_at: tx.now(),
        ..before
    };
    store::update(tx, row.clone()).await?;
    let person = Person::from(row);
    sessions::forget_devices(tx, id).await?;
    keys::revoke_of(tx, id).await?;
    if active {
        tx.emit(PersonDeactivatedEvent { person: person.clone() });
        sessions::end_all(tx, id, "person_deactivated").await?;
    }
    tx.emit(PersonErasedEvent { person: person.clone() });
    Ok(person)
}

/// The person itself and its sessions; both are erased first and by [`erase`], which alone may refuse.
pub fn holders() -> Vec<Holder> {
    vec![
        Holder { name: "people", export: |app, known| Box::pin(export(app, known)), erase: |_, _| Box::pin(async { Ok(()) }) },
        Holder { name: "sessions", export: |app, known| Box::pin(export_sessions(app, known)), erase: |_, _| Box::pin(async { Ok(()) }) },
    ]
}

async fn export_sessions(app: &App, known: &Known) -> Result<Vec<serde_json::Value>, Problem> {
    let Some(id) = known.person else { return Ok(Vec::new()) };
    let db = app.db().read_of(known.vendor).await?;
    let found = sessions::of_person(&db, known.vendor, id).await?;
    found.into_iter().map(|session| serde_json::to_value(session).map_err(Problem::internal)).collect()
}

async fn export(app: &App, known: &Known) -> Result<Vec<serde_json::Value>, Problem> {
    let Some(id) = known.person else { return Ok(Vec::new()) };
    let db = app.db().read_of(known.vendor).await?;
    let row = store::find(&db, known.vendor, id).await?;
    row.map(|row| serde_json::to_value(Person::from(row)).map_err(Problem::internal)).into_iter().collect()
}
