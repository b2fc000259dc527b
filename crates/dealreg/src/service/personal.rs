//! What is kept about people in deals: the customer's contact, and who worked on what.

use crate::events::DealUpdated;
use crate::store::deals::{self, DealRow};
use crate::types::DealContact;
use kernel::personal::{ERASED, Holder, Known};
use kernel::{App, Problem, Scope, Tx, log};
use serde_json::Value;

/// Deals of an export; whoever worked on more reads the rest from the log.
const MOST: u64 = 10_000;

/// Deals whose contact somebody is, or that they worked on.
pub fn holder() -> Holder {
    Holder { name: "deals", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let everybody = Scope::vendor_wide(known.vendor);
    let db = app.db().read_of(known.vendor).await?;
    let mut rows = with_contact(&db, known).await?;
    if let Some(person) = known.person {
        let ids = log::acted_on(&db, known.vendor, person, "deal", MOST).await?;
        let ids: Vec<_> = ids.iter().filter_map(|id| id.parse::<crate::DealId>().ok()).map(|id| id.0).collect();
        for some in ids.chunks(500) {
            rows.extend(deals::by_ids(&db, everybody, some).await?);
        }
    }
    rows.sort_by_key(|row| row.id);
    rows.dedup_by_key(|row| row.id);
    rows.into_iter().map(|row| serde_json::to_value(row.whole(0)?).map_err(Problem::internal)).collect()
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    for mut row in with_contact(tx, known).await? {
        let mut new = row.registration()?;
        new.customer.contact = Some(DealContact { name: ERASED.to_owned(), email: None, phone: None });
        row.set(&new);
        deals::update(tx, &mut row).await?;
        let deal = row.whole(u64::MAX)?;
        tx.emit(DealUpdated { deal, note: None });
    }
    Ok(())
}

/// The deals whose contact somebody is.
async fn with_contact(db: &impl sea_orm::ConnectionTrait, known: &Known) -> Result<Vec<DealRow>, Problem> {
    let (mut found, mut after) = (Vec::new(), uuid::Uuid::nil());
    loop {
        let rows = deals::with_contacts(db, Scope::vendor_wide(known.vendor), after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        for row in rows {
            let contact = row.customer()?.contact;
            if contact.is_some_and(|contact| known.is(contact.email.as_deref(), &contact.name)) {
                found.push(row);
            }
        }
    }
}
