//! Keeping, sending, reminding of and taking back agreements; one write each.

use super::draft::Made;
use super::events::{AgreementCreated, AgreementReminded, AgreementSent, AgreementVoidRequested, AgreementVoided};
use super::outside::store::RequestRow;
use super::outside::types::SignatureRequestStatus;
use super::rules::{self, AgreementAction, AgreementStatus};
use super::store::{self, AgreementRow, SignerRow};
use super::types::{Agreement, AgreementReminder};
use super::{AgreementId, AgreementTemplateId, clock, links, outside};
use crate::error;
use chrono::Duration;
use kernel::id::VendorId;
use kernel::{Problem, Tx, mail};
use sea_orm::ConnectionTrait;

/// An agreement with its signers.
pub struct Whole {
    /// The agreement.
    pub row: AgreementRow,
    /// Who signs, in order.
    pub signers: Vec<SignerRow>,
    /// What was asked of a signature service, if one has it signed.
    pub request: Option<RequestRow>,
}

impl Whole {
    /// With all that belongs to it.
    pub async fn of(db: &impl ConnectionTrait, row: AgreementRow) -> Result<Self, Problem> {
        let vendor = VendorId(row.vendor_id);
        let signers = store::signers(db, vendor, [row.id]).await?;
        let request = outside::store::requests(db, vendor, [row.id]).await?.pop();
        Ok(Self { row, signers, request })
    }

    /// As events tell it.
    pub fn told(&self) -> Result<Agreement, Problem> {
        Agreement::told(self)
    }

    /// As the caller of this write sees it.
    pub fn seen(&self, tx: &Tx) -> Result<Agreement, Problem> {
        Agreement::seen_by(tx.actor(), self)
    }

    /// Whose turn it is.
    pub fn due(&self) -> Result<Option<usize>, Problem> {
        let standing = self.signers.iter().map(SignerRow::status).collect::<Result<Vec<_>, _>>()?;
        Ok(rules::due(self.row.status()?, &standing))
    }

    /// Stand so from now on, for this reason.
    pub async fn end(&mut self, tx: &mut Tx, status: AgreementStatus, reason: Option<String>) -> Result<(), Problem> {
        tx.clear_timer(clock::TIMER, &self.row.id().to_string()).await?;
        outside::take_back(tx, self, status, None).await?;
        (self.row.status, self.row.reason, self.row.ended_at) = (status.wire().to_owned(), reason, Some(tx.now()));
        Ok(store::update(tx, &mut self.row).await?)
    }
}

/// An agreement within the caller's reach, held.
pub async fn hold(tx: &Tx, id: AgreementId) -> Result<Whole, Problem> {
    let row = store::hold(tx, id).await?.ok_or_else(Problem::not_found)?;
    Whole::of(tx, row).await
}

/// The same, if its status allows `action` and nobody changed it since the caller looked.
async fn ready(tx: &Tx, id: AgreementId, action: AgreementAction) -> Result<Whole, Problem> {
    let whole = hold(tx, id).await?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(whole.row.revision)?;
    }
    rules::require(whole.row.status()?, action)?;
    Ok(whole)
}

/// Keep what was made.
pub async fn create(tx: &mut Tx, made: Made, send: bool) -> Result<Agreement, Problem> {
    let Made { row, signers, file } = made;
    let template = store::template(tx, tx.vendor(), AgreementTemplateId(row.template_id)).await?;
    if template.is_none_or(|template| template.status != "published") {
        return Err(Problem::invalid("/template_id", "no_such_template", "The template was retired meanwhile."));
    }
    store::insert(tx, row.clone(), signers.clone(), file).await?;
    let mut whole = Whole { row, signers, request: None };
    tx.emit(AgreementCreated { agreement: whole.told()? });
    if send {
        dispatch(tx, &mut whole).await?;
    }
    whole.seen(tx)
}

/// Send a draft.
pub async fn send(tx: &mut Tx, id: AgreementId) -> Result<Agreement, Problem> {
    let mut whole = ready(tx, id, AgreementAction::Send).await?;
    dispatch(tx, &mut whole).await?;
    whole.seen(tx)
}

async fn dispatch(tx: &mut Tx, whole: &mut Whole) -> Result<(), Problem> {
    let template = store::template(tx, tx.vendor(), AgreementTemplateId(whole.row.template_id)).await?;
    let body = template.ok_or_else(|| Problem::internal("an agreement has no template"))?.body()?;
    let until = tx.now() + Duration::days(body.expires_days);
    (whole.row.status, whole.row.sent_at, whole.row.expires_at) = (AgreementStatus::Sent.wire().to_owned(), Some(tx.now()), Some(until));
    store::update(tx, &mut whole.row).await?;
    // Whoever has it signed reminds as well.
    let remind_every_days = body.remind_every_days.filter(|_| body.signature_service_id.is_none());
    clock::schedule(tx, &whole.row, remind_every_days).await?;
    if let Some(service) = body.signature_service_id {
        outside::begin(tx, whole, service).await?;
    }
    tx.emit(AgreementSent { agreement: whole.told()? });
    Ok(())
}

/// Remind whose turn it is.
pub async fn remind(tx: &mut Tx, id: AgreementId) -> Result<AgreementReminder, Problem> {
    let whole = ready(tx, id, AgreementAction::Remind).await?;
    if whole.request.is_some() {
        return Err(Problem::new(error::AGREEMENT_SIGNED_OUTSIDE));
    }
    tx.emit(AgreementReminded { agreement: whole.told()? });
    let stranger = whole.due()?.and_then(|at| whole.signers.get(at)).filter(|signer| signer.person_id.is_none());
    match stranger {
        Some(signer) if !mail::is_configured(tx.app()) => {
            Ok(AgreementReminder { sent: false, link: Some(links::make(tx, &whole.row, signer).await?) })
        }
        _ => Ok(AgreementReminder { sent: true, link: None }),
    }
}

/// Take it back. What is with a signature service is taken back there first: until then somebody may sign it.
pub async fn void(tx: &mut Tx, id: AgreementId, reason: String) -> Result<Agreement, Problem> {
    let mut whole = ready(tx, id, AgreementAction::Void).await?;
    if whole.request.as_ref().map(RequestRow::status).transpose()? == Some(SignatureRequestStatus::TakingBack) {
        return Err(Problem::new(error::AGREEMENT_TAKEN_BACK));
    }
    if outside::take_back(tx, &mut whole, AgreementStatus::Voided, Some(reason.clone())).await? {
        store::update(tx, &mut whole.row).await?;
        tx.emit(AgreementVoidRequested { agreement: whole.told()? });
        return whole.seen(tx);
    }
    whole.end(tx, AgreementStatus::Voided, Some(reason)).await?;
    tx.emit(AgreementVoided { agreement: whole.told()? });
    whole.seen(tx)
}
