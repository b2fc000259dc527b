//! What we say of a completed agreement: a JWS that whoever holds it verifies with our published keys, or asks us about.
//!
//! It is of the type `prm-agreement+jwt` (RFC 8725 §3.11), signed with Ed25519 by a key that `/.well-known/jwks.json` publishes for ten years after.

use super::rules::AgreementSide;
use super::service::Whole;
use super::types::AgreementIdentity;
use super::{AgreementId, completed, store};
use access::{Can, may, statements};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::{PartnerId, VendorId};
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{App, At, Problem, Scope, Valid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// The type in the header of a statement.
pub const TYPE: &str = "prm-agreement+jwt";

/// Somebody who signed, as a statement names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"role": "partner", "side": "partner", "name": "Sam Okafor", "email": "sam@northwind.example", "identity": "link", "signed_at": 1795176000}))]
pub struct AgreementStatementSigner {
    /// Their role.
    pub role: String,
    /// For whom they signed.
    pub side: AgreementSide,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// How they were known.
    pub identity: AgreementIdentity,
    /// When they signed, in seconds since 1970.
    pub signed_at: i64,
}

/// The claims of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"iss": "https://prm.example", "sub": "agr_01jd3k7x2mfq8t9v5w6y0zabcd", "iat": 1795176000,
    "vendor": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd", "partner": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "title": "Reseller agreement",
    "document_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "completed_sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752", "signers": []}))]
pub struct AgreementClaims {
    /// Who says so: the address of this installation.
    pub iss: String,
    /// The agreement.
    pub sub: AgreementId,
    /// When everybody had signed, in seconds since 1970.
    pub iat: i64,
    /// Whose program it is.
    pub vendor: VendorId,
    /// With which partner.
    pub partner: PartnerId,
    /// Its title.
    pub title: String,
    /// SHA-256, in hex, of the file that was signed.
    pub document_sha256: String,
    /// SHA-256, in hex, of the file with the certificate of signatures; absent in the statement that stands in that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub completed_sha256: Option<String>,
    /// Who signed.
    pub signers: Vec<AgreementStatementSigner>,
}

/// A statement of a completed agreement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"statement": "eyJ0eXAiOiJwcm0tYWdyZWVtZW50K2p3dCIsImFsZyI6IkVkRFNBIn0.eyJzdWIiOiJhZ3JfMDEifQ.c2ln", "document_sha256": "9f86",
    "completed_sha256": "6030"}))]
pub struct AgreementSignature {
    /// The JWS in compact form, of type `prm-agreement+jwt`; its claims are those that a verification answers with.
    pub statement: String,
    /// SHA-256, in hex, of the file that was signed.
    pub document_sha256: String,
    /// SHA-256, in hex, of the file with the certificate of signatures.
    pub completed_sha256: String,
}

impl Resource for AgreementSignature {}

/// A statement to verify.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"statement": "eyJ0eXAiOiJwcm0tYWdyZWVtZW50K2p3dCIsImFsZyI6IkVkRFNBIn0.eyJzdWIiOiJhZ3JfMDEifQ.c2ln"}))]
pub struct AgreementVerify {
    /// The JWS in compact form.
    #[validate(length(min = 1, max = 16384))]
    #[schema(min_length = 1, max_length = 16384)]
    pub statement: String,
}

/// What a statement is worth now. More may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgreementVerdictStatus {
    /// We signed it, and the agreement is in force as far as we know.
    Valid,
    /// We signed it, and a later version of the agreement was signed since.
    Superseded,
    /// We did not sign this.
    Invalid,
}

/// What was found of a statement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"status": "invalid", "checked_at": "2026-11-20T12:00:00Z"}))]
pub struct AgreementVerdict {
    /// What it is worth now.
    pub status: AgreementVerdictStatus,
    /// What it says; absent if we did not sign it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<AgreementClaims>,
    /// When this was found.
    pub checked_at: DateTime<Utc>,
}

/// What is to be said of a completed agreement.
pub fn claims(app: &App, whole: &Whole, completed_sha256: Option<String>) -> Result<AgreementClaims, Problem> {
    let mut signers = Vec::with_capacity(whole.signers.len());
    for one in &whole.signers {
        let identity = one.evidence()?.map_or(AgreementIdentity::Link, |evidence| evidence.identity);
        let signed_at = one.acted_at.map(|time| time.timestamp()).unwrap_or_default();
        let (role, side) = (one.role.clone(), one.side()?);
        signers.push(AgreementStatementSigner { role, side, name: one.name.clone(), email: one.email.clone(), identity, signed_at });
    }
    Ok(AgreementClaims {
        iss: app.public_url().to_owned(),
        sub: whole.row.id(),
        iat: whole.row.ended_at.map(|time| time.timestamp()).unwrap_or_default(),
        vendor: VendorId(whole.row.vendor_id),
        partner: whole.row.partner(),
        title: whole.row.title.clone(),
        document_sha256: whole.row.sha256.clone(),
        completed_sha256,
        signers,
    })
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_agreement_signature)).routes(routes!(verify_agreement))
}

/// Our signature under a completed agreement: a JWS over the hashes of its files and who signed.
///
/// Verify it with the keys of `/.well-known/jwks.json`: type `prm-agreement+jwt`, algorithm `EdDSA`; then compare the hashes with those of the files.
#[utoipa::path(get, path = "/agreements/{id}/signature", operation_id = "get_agreement_signature", tag = "agreements",
    params(("id" = AgreementId, Path, description = "The agreement.")), security(("bearer" = ["partners:read"])),
    responses(
        (status = 200, description = "The signature.", body = AgreementSignature),
        (status = 409, description = "Not everybody has signed.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn get_agreement_signature(State(app): State<App>, who: Can<may::ReadPartners>, At(id): At<AgreementId>) -> Result<Response, Problem> {
    let row = completed::of(&app, who.scope, id).await?;
    let (Some(statement), Some(completed_sha256)) = (row.seal, row.completed_sha256) else { return Err(Problem::internal("no seal was kept")) };
    Ok(Answer::of(StatusCode::OK, &AgreementSignature { statement, document_sha256: row.sha256, completed_sha256 }).into_response(false))
}

/// Ask whether a statement of an agreement is ours, and whether it was superseded. Whoever holds one may ask.
#[utoipa::path(post, path = "/agreement-verifications", operation_id = "verify_agreement", tag = "agreements", request_body = AgreementVerify,
    security(()),
    responses((status = 200, description = "What was found.", body = AgreementVerdict)))]
async fn verify_agreement(State(app): State<App>, Valid(body): Valid<AgreementVerify>) -> Result<Json<AgreementVerdict>, Problem> {
    let checked_at = app.clock().now();
    let Some(claims) = statements::read::<AgreementClaims>(&app, TYPE, &body.statement).await? else {
        return Ok(Json(AgreementVerdict { status: AgreementVerdictStatus::Invalid, claims: None, checked_at }));
    };
    let db = app.db().read_of(claims.vendor).await?;
    let row = store::find(&db, Scope::vendor_wide(claims.vendor), claims.sub).await?;
    let is_superseded = row.is_none_or(|row| row.status == "superseded");
    let status = if is_superseded { AgreementVerdictStatus::Superseded } else { AgreementVerdictStatus::Valid };
    Ok(Json(AgreementVerdict { status, claims: Some(claims), checked_at }))
}
