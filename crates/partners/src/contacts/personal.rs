//! What is kept about people as contacts of partners.

use super::events::PartnerContactUpdatedEvent;
use super::service;
use super::store::{self, ContactRow};
use super::types::PartnerContact;
use kernel::personal::{ERASED, Holder, Known};
use kernel::{App, Problem, Scope, Tx};
use sea_orm::ConnectionTrait;
use serde_json::Value;
use uuid::Uuid;

/// Contacts that somebody is.
pub(crate) fn holder() -> Holder {
    Holder { name: "partner_contacts", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn theirs(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<ContactRow>, Problem> {
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let rows = store::after(db, Scope::vendor_wide(known.vendor), after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        let is = |row: &ContactRow| {
            let person = known.person.is_some() && row.person_id == known.person.map(|person| person.0);
            person || known.is(row.email.as_deref(), &row.name)
        };
        found.extend(rows.into_iter().filter(is));
    }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let db = app.db().read_of(known.vendor).await?;
    let mut shown = Vec::new();
    for row in theirs(&db, known).await? {
        let primary = store::primary_for(&db, &row).await?;
        shown.push(serde_json::to_value(PartnerContact::of(&row, primary)).map_err(Problem::internal)?);
    }
    Ok(shown)
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    for mut row in theirs(tx, known).await? {
        row.name = ERASED.to_owned();
        (row.email, row.phone, row.job_title) = (None, None, None);
        store::update(tx, &mut row).await?;
        let partner_contact = service::shown(tx, &row).await?;
        tx.emit(PartnerContactUpdatedEvent { partner_contact });
    }
    Ok(())
}
