//! Use cases of documents: one transaction each.

use super::check::check;
use super::events::{PartnerDocumentCreatedEvent, PartnerDocumentDeletedEvent, PartnerDocumentReplacedEvent, PartnerDocumentUpdatedEvent};
use super::store::{self, DocumentRow, VersionRow};
use super::types::{PartnerDocument, PartnerDocumentCreate, PartnerDocumentFile, PartnerDocumentPatch, PartnerDocumentVersion};
use super::{MOST_BYTES, PartnerDocumentId};
use crate::contracts::{PartnerContractId, store as contracts};
use crate::esg::store as esg;
use crate::{error, store as partners};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::id::PartnerId;
use kernel::text::{hex, tidy};
use kernel::{Problem, Tx};
use sha2::{Digest as _, Sha256};

/// The most documents about a partner.
const MOST: u64 = 1_000;
/// The most versions of a document.
const MOST_VERSIONS: i64 = 100;

/// A file that was checked: what is told of it, and its bytes.
pub struct Checked {
    file_name: String,
    media_type: String,
    sha256: String,
    bytes: Vec<u8>,
}

/// Read and check a file, before the write: 422 naming what is wrong with it, under `place`.
pub fn checked(file: PartnerDocumentFile, place: &str) -> Result<Checked, Problem> {
    let wrong = |code: &str, detail: &str| Problem::invalid(format!("{place}/content"), code, detail);
    let bytes = STANDARD.decode(&file.content).map_err(|_| wrong("base64", "Send the bytes in base64, with padding."))?;
    if bytes.len() > MOST_BYTES {
        return Err(wrong("too_large", "At most 5 MiB."));
    }
    check(&file.media_type, &bytes).map_err(|flaw| wrong(flaw.code(), flaw.sentence()))?;
    Ok(Checked { file_name: tidy(&file.file_name), media_type: file.media_type, sha256: hex(&Sha256::digest(&bytes)), bytes })
}

async fn put_version(tx: &Tx, row: &DocumentRow, file: Checked) -> Result<VersionRow, Problem> {
    let actor = tx.actor().reference();
    let version = VersionRow {
        vendor_id: row.vendor_id,
        document_id: row.id,
        version: row.version,
        file_name: file.file_name,
        media_type: file.media_type,
        bytes: file.bytes.len() as i64,
        sha256: file.sha256,
        actor_kind: actor.kind,
        actor_id: actor.id,
        uploaded_at: tx.now(),
    };
    store::insert_version(tx, &version, file.bytes).await?;
    Ok(version)
}

async fn check_contract(tx: &Tx, partner: PartnerId, contract: Option<PartnerContractId>) -> Result<(), Problem> {
    let Some(contract) = contract else { return Ok(()) };
    let found = contracts::find(tx, tx.scope(), partner, contract).await?;
    found.map(|_| ()).ok_or_else(|| Problem::invalid("/contract_id", "not_found", "There is no such contract with this partner."))
}

/// Keep one.
pub async fn create(tx: &mut Tx, partner: PartnerId, new: PartnerDocumentCreate, file: Result<Checked, Problem>) -> Result<PartnerDocument, Problem> {
    partners::find_to_change(tx, partner).await?.ok_or_else(Problem::not_found)?;
    check_contract(tx, partner, new.contract_id).await?;
    let file = file?;
    if store::count(tx, partner).await? >= MOST {
        return Err(Problem::new(error::TOO_MANY));
    }
    let row = DocumentRow {
        vendor_id: tx.vendor().0,
        id: PartnerDocumentId::fresh().0,
        partner_id: partner.0,
        contract_id: new.contract_id.map(|contract| contract.0),
        title: tidy(&new.title),
        kind: new.kind,
        visibility: new.visibility,
        version: 1,
        retain_until: new.retain_until,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    store::insert(tx, &row).await?;
    let version = put_version(tx, &row, file).await?;
    let partner_document = told(&row, &version);
    tx.emit(PartnerDocumentCreatedEvent { partner_document: partner_document.clone() });
    Ok(partner_document)
}

/// As the log and whoever manages partners are told of it.
fn told(row: &DocumentRow, version: &VersionRow) -> PartnerDocument {
    PartnerDocument::of(row, PartnerDocumentVersion::of(version, true))
}

async fn newest(tx: &Tx, row: &DocumentRow) -> Result<VersionRow, Problem> {
    store::version(tx, row, row.version).await?.ok_or_else(|| Problem::internal("a document has no version"))
}

/// Put a new version in the place of the last, which is kept.
pub async fn replace(tx: &mut Tx, partner: PartnerId, id: PartnerDocumentId, file: Result<Checked, Problem>) -> Result<PartnerDocument, Problem> {
    let mut row = store::find(tx, tx.actor(), partner, id).await?.ok_or_else(Problem::not_found)?;
    let file = file?;
    if row.version >= MOST_VERSIONS {
        return Err(Problem::new(error::TOO_MANY));
    }
    row.version += 1;
    store::update(tx, &mut row).await?;
    let version = put_version(tx, &row, file).await?;
    let partner_document = told(&row, &version);
    tx.emit(PartnerDocumentReplacedEvent { partner_document: partner_document.clone() });
    Ok(partner_document)
}

/// Change what is known of one.
pub async fn update(tx: &mut Tx, partner: PartnerId, id: PartnerDocumentId, patch: PartnerDocumentPatch) -> Result<PartnerDocument, Problem> {
    let mut row = store::find(tx, tx.actor(), partner, id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(row.revision)?;
    let before = row.clone();
    row.title = patch.title.map_or(row.title, |title| tidy(&title));
    row.kind = patch.kind.unwrap_or(row.kind);
    row.visibility = patch.visibility.unwrap_or(row.visibility);
    if let Some(contract) = patch.contract_id {
        check_contract(tx, partner, contract).await?;
        row.contract_id = contract.map(|contract| contract.0);
    }
    if let Some(until) = patch.retain_until {
        if row.retain_until.is_some_and(|set| until < set) {
            return Err(Problem::invalid("/retain_until", "earlier", "What must be kept is kept at least as long as was said."));
        }
        row.retain_until = Some(until);
    }
    let version = newest(tx, &row).await?;
    if row != before {
        store::update(tx, &mut row).await?;
        tx.emit(PartnerDocumentUpdatedEvent { partner_document: told(&row, &version) });
    }
    Ok(told(&row, &version))
}

/// Delete one that need not be kept any longer.
pub async fn delete(tx: &mut Tx, partner: PartnerId, id: PartnerDocumentId) -> Result<(), Problem> {
    let row = store::find(tx, tx.actor(), partner, id).await?.ok_or_else(Problem::not_found)?;
    if row.retain_until.is_some_and(|until| until > tx.now()) {
        return Err(Problem::new(error::RETAINED));
    }
    let version = newest(tx, &row).await?;
    esg::forget_document(tx, row.id()).await?;
    store::delete(tx, &row).await?;
    tx.emit(PartnerDocumentDeletedEvent { partner_document: told(&row, &version) });
    Ok(())
}
