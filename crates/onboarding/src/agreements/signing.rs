//! Signing and declining: who does it is the one who was invited, in turn, and saw what is signed. All or nothing.

use super::body::AgreementTemplateContract;
use super::events::{AgreementCompleted, AgreementDeclined, AgreementSignedBy, AgreementSuperseded};
use super::rules::{self, AgreementAction, AgreementSide, AgreementSignerStatus, AgreementStatus};
use super::service::{self, Whole};
use super::store::{self, SignerRow};
use super::types::{Agreement, AgreementEvidence, AgreementIdentity, AgreementReason, AgreementSign};
use super::{AgreementId, AgreementSignerId, AgreementTemplateId};
use crate::error;
use access::{Can, may, people};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use chrono::Months;
use kernel::actor::Caller;
use kernel::id::PersonId;
use kernel::text::{canonical_email, tidy};
use kernel::{App, At, Problem, Tx, Valid};
use partners::contracts::{self, PartnerContractCreate};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Who wants to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Somebody with an account.
    Account(PersonId),
    /// Whoever holds the link of this signer.
    Link(AgreementSignerId),
}

/// The program that somebody calls with, as far as it is kept.
pub fn program(headers: &HeaderMap) -> Option<String> {
    let told = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    told.map(|agent| agent.chars().filter(|c| !c.is_control()).take(300).collect()).filter(|agent: &String| !agent.is_empty())
}

/// The agreement, and the place of who calls among its signers.
async fn mine(tx: &Tx, id: AgreementId, by: By, action: AgreementAction) -> Result<(Whole, usize), Problem> {
    let whole = service::hold(tx, id).await?;
    if whole.request.is_some() {
        return Err(Problem::new(error::AGREEMENT_SIGNED_OUTSIDE));
    }
    let place = match by {
        By::Link(signer) => whole.signers.iter().position(|one| one.id() == signer),
        By::Account(person) => of_account(tx, &whole, person).await?,
    };
    let at = place.ok_or_else(|| Problem::new(error::AGREEMENT_NOT_INVITED))?;
    if whole.signers[at].status()? == AgreementSignerStatus::Signed {
        return Err(Problem::new(error::AGREEMENT_ALREADY_SIGNED));
    }
    let status = whole.row.status()?;
    if status.is_live() && whole.row.expires_at.is_some_and(|until| until <= tx.now()) {
        return Err(Problem::new(error::AGREEMENT_EXPIRED));
    }
    rules::require(status, action)?;
    if whole.due()? != Some(at) {
        return Err(Problem::new(error::AGREEMENT_OUT_OF_TURN));
    }
    Ok((whole, at))
}

/// The place of a person: invited as who they are, or by their address before they had an account.
async fn of_account(tx: &Tx, whole: &Whole, person: PersonId) -> Result<Option<usize>, Problem> {
    if let Some(at) = whole.signers.iter().position(|one| one.person_id == Some(person.0)) {
        return Ok(Some(at));
    }
    let Some(row) = people::find(tx, tx.vendor(), person).await? else { return Ok(None) };
    let email = canonical_email(&row.email);
    for (at, one) in whole.signers.iter().enumerate() {
        let side = match one.side()? {
            AgreementSide::Partner => row.partner_id == Some(whole.row.partner_id),
            AgreementSide::Vendor => row.partner_id.is_none(),
        };
        if side && one.person_id.is_none() && one.email == email {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// 409 or 422 unless what was said is what is asked for.
fn said(whole: &Whole, signer: &SignerRow, sent: &AgreementSign) -> Result<(), Problem> {
    if sent.document_sha256 != whole.row.sha256 {
        return Err(Problem::new(error::AGREEMENT_OTHER_DOCUMENT));
    }
    if !sent.intent {
        return Err(Problem::invalid("/intent", "required", "Say that you mean to sign."));
    }
    if sent.consent != whole.row.consent {
        return Err(Problem::invalid("/consent", "other_words", "Send what the agreement asks for as `consent`, word for word."));
    }
    if !rules::is_name(&sent.typed_name, &signer.name) {
        return Err(Problem::invalid("/typed_name", "other_name", "Type the name under which you were invited."));
    }
    Ok(())
}

/// Sign.
pub async fn sign(tx: &mut Tx, id: AgreementId, by: By, sent: AgreementSign, program: Option<String>) -> Result<Whole, Problem> {
    let (mut whole, at) = mine(tx, id, by, AgreementAction::Sign).await?;
    said(&whole, &whole.signers[at], &sent)?;
    let actor = tx.actor();
    let evidence = AgreementEvidence {
        identity: if matches!(by, By::Account(_)) { AgreementIdentity::Account } else { AgreementIdentity::Link },
        methods: actor.authentication.as_ref().map(|known| known.methods.clone()).unwrap_or_default(),
        typed_name: tidy(&sent.typed_name),
        consent: sent.consent,
        document_sha256: sent.document_sha256,
        address: actor.request.client.map(|address| address.to_string()),
        user_agent: program,
        service: None,
        reference: None,
    };
    let kept = serde_json::to_string(&evidence).map_err(Problem::internal)?;
    let signer = &mut whole.signers[at];
    (signer.status, signer.evidence, signer.acted_at) = (AgreementSignerStatus::Signed.wire().to_owned(), Some(kept), Some(tx.now()));
    if let By::Account(person) = by {
        signer.person_id = Some(person.0);
    }
    store::update_signer(tx, signer).await?;
    let signed_by = signer.id();
    if at + 1 < whole.signers.len() {
        whole.row.status = AgreementStatus::PartlySigned.wire().to_owned();
        store::update(tx, &mut whole.row).await?;
        tx.emit(AgreementSignedBy { agreement: whole.told()?, signer_id: signed_by });
    } else {
        complete(tx, &mut whole, Some(signed_by)).await?;
    }
    Ok(whole)
}

/// Everybody has signed: earlier versions are superseded, and the hub has a contract.
pub async fn complete(tx: &mut Tx, whole: &mut Whole, signed_by: Option<AgreementSignerId>) -> Result<(), Problem> {
    let template = store::template(tx, tx.vendor(), AgreementTemplateId(whole.row.template_id)).await?;
    let contract = match template {
        Some(template) => template.body()?.contract,
        None => None,
    };
    if let Some(contract) = contract {
        whole.row.contract_id = keep_contract(tx, whole, contract).await?;
    }
    whole.end(tx, AgreementStatus::Signed, None).await?;
    if let Some(signer_id) = signed_by {
        tx.emit(AgreementSignedBy { agreement: whole.told()?, signer_id });
    }
    tx.emit(AgreementCompleted { agreement: whole.told()? });
    for row in store::signed_before(tx, &whole.row).await? {
        let mut before = Whole::of(tx, row).await?;
        before.row.status = AgreementStatus::Superseded.wire().to_owned();
        store::update(tx, &mut before.row).await?;
        tx.emit(AgreementSuperseded { agreement: before.told()?, by: whole.row.id() });
    }
    Ok(())
}

/// The contract in the hub. An agreement is no less signed if the hub takes no more contracts.
async fn keep_contract(tx: &mut Tx, whole: &Whole, terms: AgreementTemplateContract) -> Result<Option<uuid::Uuid>, Problem> {
    let starts_on = tx.now().date_naive();
    let last = terms.months.and_then(|months| starts_on.checked_add_months(Months::new(u32::try_from(months).ok()?))?.pred_opt());
    let new = PartnerContractCreate {
        title: whole.row.title.clone(),
        number: Some(whole.row.id().to_string()),
        starts_on,
        ends_on: last,
        notice_days: terms.notice_days,
        remind_days: None,
        renews_by_months: terms.renews_by_months,
        terms: None,
    };
    let partner = whole.row.partner();
    let kept = tx.attempt(async |tx| contracts::create(tx, partner, new).await).await?;
    Ok(kept.ok().map(|contract| contract.id.0))
}

/// Say that one does not sign.
pub async fn decline(tx: &mut Tx, id: AgreementId, by: By, reason: String) -> Result<Whole, Problem> {
    let (mut whole, at) = mine(tx, id, by, AgreementAction::Decline).await?;
    let signer = &mut whole.signers[at];
    (signer.status, signer.acted_at) = (AgreementSignerStatus::Declined.wire().to_owned(), Some(tx.now()));
    store::update_signer(tx, signer).await?;
    let declined_by = signer.id();
    whole.end(tx, AgreementStatus::Declined, Some(reason)).await?;
    tx.emit(AgreementDeclined { agreement: whole.told()?, signer_id: declined_by });
    Ok(whole)
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sign_agreement)).routes(routes!(decline_agreement))
}

/// Who calls, if it is a person: keys do not sign.
fn person(caller: &Caller) -> Option<PersonId> {
    match caller {
        Caller::Person(person) => Some(*person),
        _ => None,
    }
}

/// Whoever is nobody, if the agreement is within their reach.
async fn nobody(tx: &Tx, id: AgreementId) -> Result<Agreement, Problem> {
    service::hold(tx, id).await?;
    Err(Problem::new(error::AGREEMENT_NOT_INVITED))
}

/// Sign an agreement, in person and in turn.
///
/// One says that one means it, repeats the agreement's `consent`, types the name under which one was invited, and names the `document_sha256` of what
/// one was shown; that is kept as evidence with the time, the address and the program. With the last signature the agreement is complete.
#[utoipa::path(post, path = "/agreements/{id}/sign", operation_id = "sign_agreement", tag = "agreements",
    params(("id" = AgreementId, Path, description = "The agreement.")), request_body = AgreementSign, security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "The agreement as it now is.", body = Agreement)))]
async fn sign_agreement(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    headers: HeaderMap,
    At(id): At<AgreementId>,
    Valid(body): Valid<AgreementSign>,
) -> Result<Response, Problem> {
    let (by, with) = (person(&who.caller), program(&headers));
    app.reply(&who, StatusCode::OK, async |tx| match by {
        Some(person) => sign(tx, id, By::Account(person), body, with).await?.seen(tx),
        None => nobody(tx, id).await,
    })
    .await
}

/// Say that one does not sign an agreement whose turn it is. That ends it.
#[utoipa::path(post, path = "/agreements/{id}/decline", operation_id = "decline_agreement", tag = "agreements",
    params(("id" = AgreementId, Path, description = "The agreement.")), request_body = AgreementReason, security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "The agreement as it now is.", body = Agreement)))]
async fn decline_agreement(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    At(id): At<AgreementId>,
    Valid(body): Valid<AgreementReason>,
) -> Result<Response, Problem> {
    let by = person(&who.caller);
    app.reply(&who, StatusCode::OK, async |tx| match by {
        Some(person) => decline(tx, id, By::Account(person), body.reason).await?.seen(tx),
        None => nobody(tx, id).await,
    })
    .await
}
