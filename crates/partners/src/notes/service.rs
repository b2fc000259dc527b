//! Use cases of notes: one transaction each.

use super::PartnerNoteId;
use super::events::{PartnerNoteCreatedEvent, PartnerNoteDeletedEvent, PartnerNoteUpdatedEvent};
use super::store::{self, NoteRow};
use super::types::PartnerNote;
use crate::{error, store as partners};
use kernel::id::PartnerId;
use kernel::{Problem, Tx};

/// The most notes about a partner.
const MOST: u64 = 5_000;

/// Make one.
pub async fn create(tx: &mut Tx, partner: PartnerId, text: String) -> Result<PartnerNote, Problem> {
    partners::find_to_change(tx, partner).await?.ok_or_else(Problem::not_found)?;
    if store::count(tx, partner).await? >= MOST {
        return Err(Problem::new(error::TOO_MANY));
    }
    let author = tx.actor().reference();
    let row = NoteRow {
        vendor_id: tx.vendor().0,
        id: PartnerNoteId::fresh().0,
        partner_id: partner.0,
        author_kind: author.kind,
        author_id: author.id,
        text,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    store::insert(tx, &row).await?;
    let partner_note = PartnerNote::from(&row);
    tx.emit(PartnerNoteCreatedEvent { partner_note: partner_note.clone() });
    Ok(partner_note)
}

/// Change one.
pub async fn update(tx: &mut Tx, partner: PartnerId, id: PartnerNoteId, text: Option<String>) -> Result<PartnerNote, Problem> {
    let mut row = store::find(tx, tx.scope(), partner, id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(row.revision)?;
    if let Some(text) = text.filter(|text| *text != row.text) {
        rewrite(tx, &mut row, text).await?;
    }
    Ok(PartnerNote::from(&row))
}

/// Put other words in its place.
pub async fn rewrite(tx: &mut Tx, row: &mut NoteRow, text: String) -> Result<(), Problem> {
    row.text = text;
    store::update(tx, row).await?;
    tx.emit(PartnerNoteUpdatedEvent { partner_note: PartnerNote::from(&*row) });
    Ok(())
}

/// Delete one.
pub async fn delete(tx: &mut Tx, partner: PartnerId, id: PartnerNoteId) -> Result<(), Problem> {
    let row = store::find(tx, tx.scope(), partner, id).await?.ok_or_else(Problem::not_found)?;
    store::delete(tx, &row).await?;
    tx.emit(PartnerNoteDeletedEvent { partner_note: PartnerNote::from(&row) });
    Ok(())
}
