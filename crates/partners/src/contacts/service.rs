//! Use cases of contacts: one transaction each.

use super::PartnerContactId;
use super::events::{PartnerContactCreatedEvent, PartnerContactDeletedEvent, PartnerContactUpdatedEvent};
use super::store::{self, ContactRow};
use super::types::{PartnerContact, PartnerContactCreate, PartnerContactPatch, PartnerFunction};
use crate::{error, facts, store as partners};
use kernel::id::PartnerId;
use kernel::text::{canonical_email, tidy};
use kernel::{Problem, Tx};

/// The most contacts of a partner.
pub const MOST: u64 = 500;

/// Add one.
pub async fn create(tx: &mut Tx, partner: PartnerId, new: PartnerContactCreate) -> Result<PartnerContact, Problem> {
    partners::find_to_change(tx, partner).await?.ok_or_else(Problem::not_found)?;
    if store::count(tx, partner).await? >= MOST {
        return Err(Problem::new(error::TOO_MANY));
    }
    let mut row = ContactRow {
        vendor_id: tx.vendor().0,
        id: PartnerContactId::fresh().0,
        partner_id: partner.0,
        name: tidy(&new.name),
        email: new.email.as_deref().map(canonical_email),
        phone: new.phone.as_deref().map(tidy),
        job_title: new.job_title.as_deref().map(tidy),
        language: new.language.as_deref().and_then(tag),
        functions: text(&together(&new.functions, &new.primary_for)),
        person_id: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    row.person_id = person_like(tx, &row).await?;
    store::insert(tx, &row).await?;
    store::set_primary(tx, &row, &distinct(&new.primary_for)).await?;
    let partner_contact = shown(tx, &row).await?;
    tx.emit(PartnerContactCreatedEvent { partner_contact: partner_contact.clone() });
    Ok(partner_contact)
}

/// Change one.
pub async fn update(tx: &mut Tx, partner: PartnerId, id: PartnerContactId, patch: PartnerContactPatch) -> Result<PartnerContact, Problem> {
    let mut row = store::find(tx, tx.scope(), partner, id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(row.revision)?;
    let (before, primary_before) = (row.clone(), store::primary_for(tx, &row).await?);
    row.name = patch.name.map_or(row.name, |name| tidy(&name));
    row.email = patch.email.map_or(row.email, |email| email.as_deref().map(canonical_email));
    row.phone = patch.phone.map_or(row.phone, |phone| phone.as_deref().map(tidy));
    row.job_title = patch.job_title.map_or(row.job_title, |title| title.as_deref().map(tidy));
    row.language = patch.language.map_or(row.language, |language| language.as_deref().and_then(tag));
    let mut functions = patch.functions.unwrap_or_else(|| before.functions());
    // Who is taken out of a function is not the first to ask any more; who is made the first is in it.
    let stays = primary_before.iter().copied().filter(|function| functions.contains(function)).collect();
    let primary = patch.primary_for.map_or(stays, |primary| distinct(&primary));
    functions = together(&functions, &primary);
    row.functions = text(&functions);
    if row.email != before.email {
        row.person_id = person_like(tx, &row).await?;
    }
    if row != before || primary != primary_before {
        store::update(tx, &mut row).await?;
        store::set_primary(tx, &row, &primary).await?;
        tx.emit(PartnerContactUpdatedEvent { partner_contact: shown(tx, &row).await? });
    }
    shown(tx, &row).await
}

/// Take one out.
pub async fn delete(tx: &mut Tx, partner: PartnerId, id: PartnerContactId) -> Result<(), Problem> {
    let row = store::find(tx, tx.scope(), partner, id).await?.ok_or_else(Problem::not_found)?;
    let partner_contact = shown(tx, &row).await?;
    store::delete(tx, &row).await?;
    tx.emit(PartnerContactDeletedEvent { partner_contact });
    Ok(())
}

/// As it is shown.
pub async fn shown(tx: &Tx, row: &ContactRow) -> Result<PartnerContact, Problem> {
    Ok(PartnerContact::of(row, store::primary_for(tx, row).await?))
}

/// The person of the same partner with the same address.
async fn person_like(tx: &Tx, row: &ContactRow) -> Result<Option<uuid::Uuid>, Problem> {
    let Some(email) = &row.email else { return Ok(None) };
    let person = access::people::find_by_email(tx, tx.vendor(), email).await?;
    Ok(person.filter(|person| person.partner() == Some(PartnerId(row.partner_id))).map(|person| person.id().0))
}

fn tag(tag: &str) -> Option<String> {
    facts::tags(&[tag.to_owned()]).pop()
}

fn distinct(functions: &[PartnerFunction]) -> Vec<PartnerFunction> {
    let mut functions = functions.to_vec();
    functions.sort();
    functions.dedup();
    functions
}

fn together(functions: &[PartnerFunction], primary: &[PartnerFunction]) -> Vec<PartnerFunction> {
    distinct(&[functions, primary].concat())
}

fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain data is JSON")
}
