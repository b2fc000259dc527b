//! Use cases of signature services, and what agreements ask of them; one write each.

use super::super::rules::AgreementStatus;
use super::super::service::Whole;
use super::opened::{self, Secrets};
use super::store::{self, RequestRow, ServiceRow};
use super::types::{Known, SignatureDocusign, SignatureDropboxSign, SignatureRequestStatus, SignatureService, SignatureServiceCreate};
use super::types::{SignatureServiceKind, SignatureServicePatch};
use super::{SignatureServiceId, docusign};
use crate::agreements::events::{SignatureServiceCreated, SignatureServiceDeleted, SignatureServiceUpdated};
use crate::asking::Settings;
use crate::error;
use kernel::{App, Problem, Tx, guard};
use sea_orm::ConnectionTrait;

/// Signature services of one vendor.
const MOST: u64 = 20;

/// 422 unless the address can be called.
fn check_url(app: &App, url: &str) -> Result<(), Problem> {
    let read = guard::read_url(url, app.service::<Settings>().allow_private);
    let url = read.map_err(|sentence| Problem::invalid("/base_url", "invalid_url", sentence))?;
    let bare = url.query().is_none() && url.fragment().is_none();
    if bare { Ok(()) } else { Err(Problem::invalid("/base_url", "invalid_url", "Send an address without a query.")) }
}

/// What is to be kept of credentials, if they are of this kind.
fn credentials(
    app: &App,
    kind: SignatureServiceKind,
    docusign: Option<SignatureDocusign>,
    dropbox_sign: Option<SignatureDropboxSign>,
) -> Result<Option<(Known, Secrets)>, Problem> {
    let other = |member: &str| Problem::invalid(member, "other_kind", "These are credentials of another kind of service.");
    match (kind, docusign, dropbox_sign) {
        (SignatureServiceKind::Docusign, _, Some(_)) => Err(other("/dropbox_sign")),
        (SignatureServiceKind::DropboxSign, Some(_), _) => Err(other("/docusign")),
        (_, Some(sent), None) => {
            docusign::check_auth_url(&sent.auth_url, app.service::<Settings>().allow_private)?;
            docusign::check_key(&sent.private_key)?;
            Ok(Some(opened::split_docusign(sent)))
        }
        (_, None, Some(sent)) => Ok(Some(opened::split_dropbox(sent))),
        _ => Ok(None),
    }
}

/// Add a service.
pub async fn create(tx: &mut Tx, body: SignatureServiceCreate) -> Result<SignatureService, Problem> {
    check_url(tx.app(), &body.base_url)?;
    let member = format!("/{}", body.kind.wire());
    let sent = credentials(tx.app(), body.kind, body.docusign, body.dropbox_sign)?;
    let (known, secrets) = sent.ok_or_else(|| Problem::invalid(member, "required", "Send the credentials of this kind."))?;
    if store::page(tx, tx.vendor(), None, MOST).await?.len() as u64 >= MOST {
        return Err(Problem::new(error::TOO_MANY_SIGNATURE_SERVICES));
    }
    let id = SignatureServiceId::fresh();
    let row = ServiceRow {
        vendor_id: tx.vendor().0,
        id: id.0,
        name: body.name,
        kind: body.kind.wire().to_owned(),
        status: "active".to_owned(),
        base_url: body.base_url,
        settings: serde_json::to_string(&known).map_err(Problem::internal)?,
        secrets: Some(secrets.seal(tx.app(), id.0)?),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    store::insert(tx, row.clone()).await?;
    let shown = SignatureService::of(tx.app(), &row)?;
    tx.emit(SignatureServiceCreated { signature_service: shown.clone() });
    Ok(shown)
}

/// Change a service.
pub async fn update(tx: &mut Tx, id: SignatureServiceId, patch: SignatureServicePatch) -> Result<SignatureService, Problem> {
    let before = store::hold(tx, id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(before.revision)?;
    let mut row = before.clone();
    if let Some(name) = patch.name {
        row.name = name;
    }
    if let Some(url) = patch.base_url {
        check_url(tx.app(), &url)?;
        row.base_url = url;
    }
    if let Some((known, secrets)) = credentials(tx.app(), row.kind()?, patch.docusign, patch.dropbox_sign)? {
        row.settings = serde_json::to_string(&known).map_err(Problem::internal)?;
        row.secrets = Some(secrets.seal(tx.app(), id.0)?);
    }
    if row != before {
        (row.revision, row.updated_at) = (before.revision + 1, tx.now());
        store::update(tx, row.clone()).await?;
        tx.emit(SignatureServiceUpdated { signature_service: SignatureService::of(tx.app(), &row)? });
    }
    SignatureService::of(tx.app(), &row)
}

/// Delete a service with its credentials, unless something is with it.
pub async fn delete(tx: &mut Tx, id: SignatureServiceId) -> Result<(), Problem> {
    let mut row = store::hold(tx, id).await?.ok_or_else(Problem::not_found)?;
    if store::is_busy(tx, id).await? {
        return Err(Problem::new(error::SIGNATURE_SERVICE_BUSY));
    }
    (row.status, row.secrets) = ("deleted".to_owned(), None);
    (row.revision, row.updated_at) = (row.revision + 1, tx.now());
    store::update(tx, row).await?;
    tx.emit(SignatureServiceDeleted { id });
    Ok(())
}

/// Whether the vendor has this service.
pub async fn exists(tx: &Tx, id: SignatureServiceId) -> Result<bool, Problem> {
    Ok(store::find(tx, tx.vendor(), id).await?.is_some())
}

/// Have an agreement that is sent signed by this service.
pub async fn begin(tx: &Tx, whole: &mut Whole, id: SignatureServiceId) -> Result<(), Problem> {
    let service = store::hold(tx, id).await?.ok_or_else(|| Problem::new(error::SIGNATURE_SERVICE_GONE))?;
    let row = RequestRow {
        vendor_id: whole.row.vendor_id,
        id: whole.row.id,
        service_id: service.id,
        kind: service.kind,
        status: SignatureRequestStatus::Sending.wire().to_owned(),
        external_id: None,
        ending: None,
        reason: None,
        error: None,
        attempts: 0,
        since: tx.now(),
        due_at: Some(tx.now()),
        lease_until: None,
        hinted: 0,
        checked_at: None,
    };
    store::insert_request(tx, row.clone()).await?;
    whole.request = Some(row);
    Ok(())
}

/// Have the service end what it was asked for; how the agreement ends is known when it has. `false` if there is nothing there to be ended.
pub async fn take_back(tx: &Tx, whole: &mut Whole, ending: AgreementStatus, reason: Option<String>) -> Result<bool, Problem> {
    let Some(row) = &mut whole.request else { return Ok(false) };
    if matches!(row.status()?, SignatureRequestStatus::Done | SignatureRequestStatus::Refused) {
        return Ok(false);
    }
    if row.status()? != SignatureRequestStatus::TakingBack {
        row.stand(SignatureRequestStatus::TakingBack);
        (row.ending, row.reason) = (Some(ending.wire().to_owned()), reason);
        (row.since, row.attempts, row.error) = (tx.now(), 0, None);
        row.ask_now(tx.now());
        store::update_request(tx, row).await?;
    }
    Ok(true)
}

/// The credentials of a service: what its events are verified with.
pub async fn secrets(
    app: &App,
    db: &impl ConnectionTrait,
    vendor: kernel::id::VendorId,
    id: SignatureServiceId,
) -> Result<Option<(ServiceRow, Secrets)>, Problem> {
    let Some(row) = store::find(db, vendor, id).await? else { return Ok(None) };
    let secrets = Secrets::open(app, &row)?;
    Ok(Some((row, secrets)))
}
