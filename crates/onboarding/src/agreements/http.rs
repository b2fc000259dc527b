//! Agreements over HTTP, for the vendor and its partners' people.

use super::rules::AgreementStatus;
use super::service::{self, Whole};
use super::store::{self, AgreementRow, Wanted};
use super::types::{Agreement, AgreementCreate, AgreementReason, AgreementReminder};
use super::{AgreementId, completed, draft, outside};
use access::{Can, may};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{Actor, App, At, Page, PageQuery, Params, Problem, Scope, Valid};
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_agreement, list_agreements))
        .routes(routes!(get_agreement))
        .routes(routes!(get_agreement_pdf))
        .routes(routes!(send_agreement))
        .routes(routes!(remind_agreement))
        .routes(routes!(void_agreement))
}

/// Agreements as `who` sees them.
async fn shown(db: &impl ConnectionTrait, who: &Actor, rows: &[AgreementRow]) -> Result<Vec<Agreement>, Problem> {
    let vendor = who.scope.vendor();
    let mut by_agreement: HashMap<Uuid, Vec<_>> = HashMap::new();
    for signer in store::signers(db, vendor, rows.iter().map(|row| row.id)).await? {
        by_agreement.entry(signer.agreement_id).or_default().push(signer);
    }
    let requests = outside::store::requests(db, vendor, rows.iter().map(|row| row.id)).await?;
    let mut by_request: HashMap<_, _> = requests.into_iter().map(|request| (request.id, request)).collect();
    let names = rows.iter().filter(|row| row.status == "signed").map(|row| row.template_name.clone()).collect::<std::collections::BTreeSet<_>>();
    let again = store::asking_again(db, vendor, names.into_iter().collect()).await?;
    let one = |row: &AgreementRow| {
        let (signers, request) = (by_agreement.remove(&row.id).unwrap_or_default(), by_request.remove(&row.id));
        let mut shown = Agreement::seen_by(who, &Whole { row: row.clone(), signers, request })?;
        let asks = |(name, version): &(String, i64)| *name == row.template_name && *version > row.template_version;
        shown.outdated = shown.status == AgreementStatus::Signed && again.iter().any(asks);
        Ok(shown)
    };
    rows.iter().map(one).collect()
}

/// Make an agreement for a partner: of the published template of a kind that fits it best, or of the one that is named.
///
/// Its text is filled from the hub and frozen, with its file and the file's hash. Something that the text needs and that is not known of the partner
/// is a problem, and nothing is made.
#[utoipa::path(post, path = "/agreements", operation_id = "create_agreement", tag = "agreements", request_body = AgreementCreate,
    security(("bearer" = ["partners:manage"])),
    responses((status = 201, description = "The agreement.", body = Agreement)))]
async fn create_agreement(State(app): State<App>, who: Can<may::ManagePartners>, Valid(body): Valid<AgreementCreate>) -> Result<Response, Problem> {
    let made = draft::make(&app, &who, &body).await?;
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, made, body.send).await).await
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AgreementQuery {
    /// Only with this partner.
    pub partner_id: Option<PartnerId>,
    /// Only of this kind.
    #[param(max_length = 60)]
    pub kind: Option<String>,
    /// Only in this status.
    pub status: Option<AgreementStatus>,
    /// Only those that a later version asks to sign again, or those that none does.
    pub outdated: Option<bool>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List agreements, newest first. A partner's people see those that were sent.
#[utoipa::path(get, path = "/agreements", operation_id = "list_agreements", tag = "agreements", params(AgreementQuery),
    security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "A page of agreements.", body = Page<Agreement>)))]
async fn list_agreements(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    Params(query): Params<AgreementQuery>,
) -> Result<Json<Page<Agreement>>, Problem> {
    const LIST: &str = "agreements";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let wanted = Wanted { partner: query.partner_id, kind: query.kind, status: query.status, outdated: query.outdated };
    let db = app.db().read_of(who.scope.vendor()).await?;
    let rows = store::list(&db, who.scope, &wanted, before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    Ok(Json(Page { data: shown(&db, &who, &page.data).await?, next_cursor: page.next_cursor }))
}

/// Read an agreement with its text.
#[utoipa::path(get, path = "/agreements/{id}", operation_id = "get_agreement", tag = "agreements",
    params(("id" = AgreementId, Path, description = "The agreement.")), security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "The agreement.", body = Agreement)))]
async fn get_agreement(State(app): State<App>, who: Can<may::ReadPartners>, At(id): At<AgreementId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let mut agreement = shown(&db, &who, std::slice::from_ref(&row)).await?.pop().ok_or_else(Problem::not_found)?;
    agreement.text = Some(row.text);
    Ok(Answer::of(StatusCode::OK, &agreement).into_response(false))
}

/// Which file of an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgreementPart {
    /// What is signed.
    Document,
    /// The same with the certificate of signatures.
    Completed,
}

/// Which file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AgreementPdfQuery {
    /// The document that is signed, or the completed one; the completed one if absent and everybody has signed.
    #[param(inline)]
    pub part: Option<AgreementPart>,
}

/// The bytes of a file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary, example = "%PDF-1.7")]
pub struct AgreementPdf(#[allow(dead_code)] Vec<u8>);

/// The file of an agreement, as an attachment.
pub async fn pdf(app: &App, scope: Scope, id: AgreementId, part: Option<AgreementPart>) -> Result<Response, Problem> {
    let db = app.db().read_of(scope.vendor()).await?;
    let row = store::find(&db, scope, id).await?.ok_or_else(Problem::not_found)?;
    drop(db);
    let completed = part.map_or(row.status()?.is_complete(), |part| part == AgreementPart::Completed);
    if completed {
        completed::of(app, scope, id).await?;
    }
    let part = if completed { store::COMPLETED } else { store::DOCUMENT };
    let db = app.db().read_of(scope.vendor()).await?;
    let bytes = store::file(&db, scope.vendor(), id, part).await?.ok_or_else(Problem::not_found)?;
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{id}.pdf\"")).map_err(Problem::internal)?;
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Download an agreement as PDF: what is signed, or with the certificate of signatures once everybody has.
#[utoipa::path(get, path = "/agreements/{id}/pdf", operation_id = "get_agreement_pdf", tag = "agreements",
    params(("id" = AgreementId, Path, description = "The agreement."), AgreementPdfQuery), security(("bearer" = ["partners:read"])),
    responses(
        (status = 200, description = "The file.", body = AgreementPdf, content_type = "application/pdf"),
        (status = 409, description = "Not everybody has signed.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn get_agreement_pdf(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    At(id): At<AgreementId>,
    Params(query): Params<AgreementPdfQuery>,
) -> Result<Response, Problem> {
    pdf(&app, who.scope, id, query.part).await
}

/// Send a draft to its first signer. From now on it can be signed, for as long as its template says.
#[utoipa::path(post, path = "/agreements/{id}/send", operation_id = "send_agreement", tag = "agreements",
    params(("id" = AgreementId, Path, description = "The agreement."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the agreement must still have; 412 if it has another.")),
    security(("bearer" = ["partners:manage"])),
    responses(
        (status = 200, description = "The agreement as it now is.", body = Agreement),
        (status = 412, description = "The agreement has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn send_agreement(State(app): State<App>, who: Can<may::ManagePartners>, At(id): At<AgreementId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::send(tx, id).await).await
}

/// Remind whose turn it is. Where they have no account and no mail server is configured, their link is in the answer instead.
#[utoipa::path(post, path = "/agreements/{id}/remind", operation_id = "remind_agreement", tag = "agreements",
    params(("id" = AgreementId, Path, description = "The agreement."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the agreement must still have; 412 if it has another.")),
    security(("bearer" = ["partners:manage"])),
    responses(
        (status = 200, description = "Whether it was sent.", body = AgreementReminder),
        (status = 412, description = "The agreement has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn remind_agreement(State(app): State<App>, who: Can<may::ManagePartners>, At(id): At<AgreementId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::remind(tx, id).await).await
}

/// Take an agreement back that not everybody has signed.
///
/// One that is with a signature service is taken back there first (`signature_request.status` is `taking_back`), and is `voided` when the service says
/// so; if somebody was faster, it is what the service says.
#[utoipa::path(post, path = "/agreements/{id}/void", operation_id = "void_agreement", tag = "agreements",
    params(("id" = AgreementId, Path, description = "The agreement."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the agreement must still have; 412 if it has another.")),
    request_body = AgreementReason, security(("bearer" = ["partners:manage"])),
    responses(
        (status = 200, description = "The agreement as it now is.", body = Agreement),
        (status = 412, description = "The agreement has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn void_agreement(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<AgreementId>,
    Valid(body): Valid<AgreementReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::void(tx, id, body.reason).await).await
}
