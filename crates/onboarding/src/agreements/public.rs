//! What signers without an account call: with nothing but the secret of their letter's link.

use super::http::{AgreementPart, AgreementPdf, pdf};
use super::rules::{AgreementAction, AgreementSignerStatus, AgreementStatus};
use super::service::Whole;
use super::signing::{self, By, program};
use super::store::{self, AgreementRow, SignerRow};
use super::types::AgreementSign;
use super::{AgreementId, AgreementSignerId, links};
use crate::error;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::actor::RequestInfo;
use kernel::app::Resource;
use kernel::id::VendorId;
use kernel::problem::ProblemDocument;
use kernel::text::not_blank;
use kernel::{Actor, App, Problem, Scope, Valid};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// An agreement is asked for so often a minute by links at most.
const PER_MINUTE: i64 = 120;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(open_agreement))
        .routes(routes!(open_agreement_pdf))
        .routes(routes!(sign_agreement_by_link))
        .routes(routes!(decline_agreement_by_link))
}

/// An agreement to be opened by a link.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"secret": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}))]
pub struct AgreementOpen {
    /// What follows `#agreement=` in the link.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub secret: String,
}

/// A file to be read by a link.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"secret": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "part": "document"}))]
pub struct AgreementOpenPdf {
    /// What follows `#agreement=` in the link.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub secret: String,
    /// The document that is signed, or the completed one; the completed one if absent and everybody has signed.
    pub part: Option<AgreementPart>,
}

/// A signature by a link.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"secret": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "signature":
    {"intent": true, "consent": "I agree.", "typed_name": "Sam Okafor", "document_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}))]
pub struct AgreementSignByLink {
    /// What follows `#agreement=` in the link.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub secret: String,
    /// The signature.
    #[validate(nested)]
    pub signature: AgreementSign,
}

/// A refusal by a link.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"secret": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "reason": "We negotiate clause 4 first."}))]
pub struct AgreementDeclineByLink {
    /// What follows `#agreement=` in the link.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub secret: String,
    /// Why; the other side reads it.
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
}

/// An agreement as a signer sees it who has no account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"vendor": "Acme", "title": "Reseller agreement", "language": "en", "status": "sent", "text": "1. The partner sells.",
    "document_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "consent": "I agree.", "name": "Sam Okafor",
    "signer_title": "For the partner", "signer_status": "due", "expires_at": "2026-12-20T12:00:00Z", "available_actions": ["sign", "decline"]}))]
pub struct AgreementOwn {
    /// The vendor's name.
    pub vendor: String,
    /// Its title.
    pub title: String,
    /// The language of its text.
    pub language: String,
    /// Where it stands. More statuses may come.
    pub status: AgreementStatus,
    /// Its text in Markdown.
    pub text: String,
    /// SHA-256, in hex, of the file that is signed.
    pub document_sha256: String,
    /// What one consents to.
    pub consent: String,
    /// One's name, as one was invited.
    pub name: String,
    /// What stands beside it.
    pub signer_title: String,
    /// Where one stands.
    pub signer_status: AgreementSignerStatus,
    /// Until when it can be signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// What one may do now.
    pub available_actions: Vec<AgreementAction>,
}

impl Resource for AgreementOwn {}

type Request = Option<Extension<Arc<RequestInfo>>>;

/// The agreement and signer of a secret, and who calls; guesses are counted.
async fn of_secret(app: &App, secret: &str, request: Request, headers: &HeaderMap) -> Result<(AgreementRow, SignerRow, Actor), Problem> {
    let info = request.map(|Extension(request)| request).unwrap_or_default();
    let (vendor, id) = links::LINKS.open(app, secret, &info).await?;
    let (db, gone) = (app.db().read_of(vendor).await?, || Problem::new(error::AGREEMENT_LINK));
    let signer = store::signer(&db, vendor, AgreementSignerId(id)).await?.ok_or_else(gone)?;
    let row = store::find(&db, Scope::vendor_wide(vendor), AgreementId(signer.agreement_id)).await?.ok_or_else(gone)?;
    let who = access::forms::sender("agreement_signer", vendor, info);
    access::forms::admit(app, &who, row.id, PER_MINUTE, headers, error::AGREEMENT_ORIGIN).await?;
    Ok((row, signer, who))
}

async fn own(db: &impl sea_orm::ConnectionTrait, whole: &Whole, signer: AgreementSignerId) -> Result<AgreementOwn, Problem> {
    let vendor = access::vendors::find(db, VendorId(whole.row.vendor_id)).await?.map(|vendor| vendor.name).unwrap_or_default();
    let told = whole.told()?;
    let me = told.signers.iter().find(|one| one.id == signer).ok_or_else(|| Problem::new(error::AGREEMENT_LINK))?;
    let mine = if me.status == AgreementSignerStatus::Due { vec![AgreementAction::Sign, AgreementAction::Decline] } else { Vec::new() };
    Ok(AgreementOwn {
        vendor,
        status: told.status,
        text: whole.row.text.clone(),
        name: me.name.clone(),
        signer_title: me.title.clone(),
        signer_status: me.status,
        available_actions: mine,
        title: told.title,
        language: told.language,
        document_sha256: told.document_sha256,
        consent: told.consent,
        expires_at: told.expires_at,
    })
}

/// Read an agreement by the link of a letter.
#[utoipa::path(post, path = "/public/agreements/open", operation_id = "open_agreement", tag = "agreements", request_body = AgreementOpen,
    security(()),
    responses(
        (status = 200, description = "The agreement as its signer sees it.", body = AgreementOwn),
        (status = 404, description = "The link does not work.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn open_agreement(
    State(app): State<App>,
    request: Request,
    headers: HeaderMap,
    Valid(body): Valid<AgreementOpen>,
) -> Result<Response, Problem> {
    let (row, signer, who) = of_secret(&app, &body.secret, request, &headers).await?;
    let db = app.db().read_of(who.scope.vendor()).await?;
    let own = own(&db, &Whole::of(&db, row).await?, signer.id()).await?;
    Ok(kernel::idempotency::Answer::of(StatusCode::OK, &own).into_response(false))
}

/// Download an agreement as PDF by the link of a letter.
#[utoipa::path(post, path = "/public/agreements/pdf", operation_id = "open_agreement_pdf", tag = "agreements", request_body = AgreementOpenPdf,
    security(()),
    responses(
        (status = 200, description = "The file.", body = AgreementPdf, content_type = "application/pdf"),
        (status = 404, description = "The link does not work.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn open_agreement_pdf(
    State(app): State<App>,
    request: Request,
    headers: HeaderMap,
    Valid(body): Valid<AgreementOpenPdf>,
) -> Result<Response, Problem> {
    let (row, _, who) = of_secret(&app, &body.secret, request, &headers).await?;
    pdf(&app, Scope::vendor_wide(who.scope.vendor()), row.id(), body.part).await
}

/// Sign an agreement by the link of a letter. What is said is the same as with an account.
#[utoipa::path(post, path = "/public/agreements/sign", operation_id = "sign_agreement_by_link", tag = "agreements", request_body = AgreementSignByLink,
    security(()),
    responses(
        (status = 200, description = "The agreement as its signer sees it.", body = AgreementOwn),
        (status = 404, description = "The link does not work.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn sign_agreement_by_link(
    State(app): State<App>,
    request: Request,
    headers: HeaderMap,
    Valid(body): Valid<AgreementSignByLink>,
) -> Result<Response, Problem> {
    let (row, signer, who) = of_secret(&app, &body.secret, request, &headers).await?;
    let with = program(&headers);
    app.reply(&who, StatusCode::OK, async |tx| {
        let whole = signing::sign(tx, row.id(), By::Link(signer.id()), body.signature, with).await?;
        own(tx, &whole, signer.id()).await
    })
    .await
}

/// Say by the link of a letter that one does not sign. That ends the agreement.
#[utoipa::path(post, path = "/public/agreements/decline", operation_id = "decline_agreement_by_link", tag = "agreements",
    request_body = AgreementDeclineByLink, security(()),
    responses(
        (status = 200, description = "The agreement as its signer sees it.", body = AgreementOwn),
        (status = 404, description = "The link does not work.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn decline_agreement_by_link(
    State(app): State<App>,
    request: Request,
    headers: HeaderMap,
    Valid(body): Valid<AgreementDeclineByLink>,
) -> Result<Response, Problem> {
    let (row, signer, who) = of_secret(&app, &body.secret, request, &headers).await?;
    app.reply(&who, StatusCode::OK, async |tx| {
        let whole = signing::decline(tx, row.id(), By::Link(signer.id()), body.reason).await?;
        own(tx, &whole, signer.id()).await
    })
    .await
}
