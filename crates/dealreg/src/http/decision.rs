//! Why a deal was decided as it was, and the certificate of what is protected.

use crate::DealId;
use crate::certificate::{CertificateVerdict, CertificateVerify, ProtectionCertificate};
use crate::service::certificate;
use crate::service::explain::{self, DealExplanation};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use kernel::problem::ProblemDocument;
use kernel::{App, At, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(explain_deal_decision)).routes(routes!(get_deal_certificate)).routes(routes!(verify_certificate))
}

/// Explain how a deal was decided.
///
/// Rule by rule, in order, of the version that decided: whether it held, the facts that it read, and which side of it decided; then what
/// became of the customer's keys, the answer, and what people did since. A partner sees its own facts, and nothing of rivals.
#[utoipa::path(get, path = "/deals/{id}/decision", operation_id = "explain_deal_decision", tag = "deals",
    params(("id" = DealId, Path, description = "The deal.")), security(("bearer" = ["deals:read"])),
    responses(
        (status = 200, description = "How it was decided.", body = DealExplanation),
        (status = 409, description = "It is a draft.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn explain_deal_decision(State(app): State<App>, who: Can<may::ReadDeals>, At(id): At<DealId>) -> Result<Json<DealExplanation>, Problem> {
    explain::explain(&app, &who, id).await.map(Json)
}

/// Get the protection certificate of an approved deal.
///
/// A JWS in compact form, of type `prm-protection+jwt`, signed with a key of `/.well-known/jwks.json`. To verify it without us: take the
/// key that its header names by `kid`, accept the algorithm `EdDSA` and this `typ` only, and look at `iss` and `exp`. It says what held when it was
/// made: after an extension, ask for a new one. That the protection ended early only `POST /v1/certificates/verify` can tell.
#[utoipa::path(get, path = "/deals/{id}/certificate", operation_id = "get_deal_certificate", tag = "deals",
    params(("id" = DealId, Path, description = "The deal.")), security(("bearer" = ["deals:read"])),
    responses(
        (status = 200, description = "The certificate, and what it says.", body = ProtectionCertificate),
        (status = 409, description = "The deal is not protected.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn get_deal_certificate(State(app): State<App>, who: Can<may::ReadDeals>, At(id): At<DealId>) -> Result<Json<ProtectionCertificate>, Problem> {
    certificate::issue(&app, &who, id).await.map(Json)
}

/// Ask what a protection certificate is worth now.
///
/// Whoever was shown one may ask. `valid`: all that it says holds; `superseded`: the deal is protected otherwise by now; `expired`: its time
/// has run out; `ended`: the protection ended before; `invalid`: this installation did not sign it.
#[utoipa::path(post, path = "/certificates/verify", operation_id = "verify_certificate", tag = "deals", request_body = CertificateVerify, security(()),
    responses((status = 200, description = "What it is worth.", body = CertificateVerdict)))]
async fn verify_certificate(State(app): State<App>, Valid(body): Valid<CertificateVerify>) -> Result<Json<CertificateVerdict>, Problem> {
    certificate::verify(&app, &body.certificate).await.map(Json)
}
