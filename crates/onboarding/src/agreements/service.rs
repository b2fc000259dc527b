//! Keeping, sending, reminding of and taking back agreements; one write each.

use super::draft::Made;
use super::events::{AgreementCreated, AgreementReminded, AgreementSent, AgreementVoided};
use super::rules::{self, AgreementAction, AgreementStatus};
use super::store::{self, AgreementRow, SignerRow};
use super::types::{Agreement, AgreementReminder};
use super::{AgreementId, AgreementTemplateId, clock, links};
use chrono::Duration;
use kernel::{Problem, Tx, mail};

/// An agreement with its signers.
pub struct Whole {
    /// The agreement.
    pub row: AgreementRow,
    /// Who signs, in order.
    pub signers: Vec<SignerRow>,
}

impl Whole {
    /// As events tell it.
    pub fn told(&self) -> Result<Agreement, Problem> {
        Agreement::told(&self.row, &self.signers)
    }

    /// As the caller of this write sees it.
    pub fn seen(&self, tx: &Tx) -> Result<Agreement, Problem> {
        Agreement::seen_by(tx.actor(), &self.row, &self.signers)
    }

    /// Whose turn it is.
    pub fn due(&self) -> Result<Option<usize>, Problem> {
        let standing = self.signers.iter().map(SignerRow::status).collect::<Result<Vec<_>, _>>()?;
        Ok(rules::due(self.row.status()?, &standing))
    }

    /// Stand so from now on, for this reason.
    pub async fn end(&mut self, tx: &mut Tx, status: AgreementStatus, reason: Option<String>) -> Result<(), Problem> {
        tx.clear_timer(clock::TIMER, &self.row.id().to_string()).await?;
        (self.row.status, self.row.reason, self.row.ended_at) = (status.wire().to_owned(), reason, Some(tx.now()));
        Ok(store::update(tx, &mut self.row).await?)
    }
}

/// An agreement within the caller's reach, held.
pub async fn hold(tx: &Tx, id: AgreementId) -> Result<Whole, Problem> {
    let row = store::hold(tx, id).await?.ok_or_else(Problem::not_found)?;
    let signers = store::signers(tx, tx.vendor(), [row.id]).await?;
    Ok(Whole { row, signers })
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
    let mut whole = Whole { row, signers };
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
    clock::schedule(tx, &whole.row, body.remind_every_days).await?;
    tx.emit(AgreementSent { agreement: whole.told()? });
    Ok(())
}

/// Remind whose turn it is.
pub async fn remind(tx: &mut Tx, id: AgreementId) -> Result<AgreementReminder, Problem> {
    let whole = ready(tx, id, AgreementAction::Remind).await?;
    tx.emit(AgreementReminded { agreement: whole.told()? });
    let stranger = whole.due()?.and_then(|at| whole.signers.get(at)).filter(|signer| signer.person_id.is_none());
    match stranger {
        Some(signer) if !mail::is_configured(tx.app()) => {
            Ok(AgreementReminder { sent: false, link: Some(links::make(tx, &whole.row, signer).await?) })
        }
        _ => Ok(AgreementReminder { sent: true, link: None }),
    }
}

/// Take it back.
pub async fn void(tx: &mut Tx, id: AgreementId, reason: String) -> Result<Agreement, Problem> {
    let mut whole = ready(tx, id, AgreementAction::Void).await?;
    whole.end(tx, AgreementStatus::Voided, Some(reason)).await?;
    tx.emit(AgreementVoided { agreement: whole.told()? });
    whole.seen(tx)
}
