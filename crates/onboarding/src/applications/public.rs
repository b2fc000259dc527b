//! What strangers and applicants call: without a credential but a form's token, or the secret of a link.

use super::applicant;
use super::forms::store::{self as forms, form, version};
use super::forms::types::{ApplicationFormRead, ApplicationFormShown};
use super::links;
use super::own::{ApplicationOpen, ApplicationOwn, ApplicationReceipt, ApplicationSave, ApplicationStart, ApplicationWithdraw};
use super::store::{self, ApplicationRow};
use super::{ApplicationFormId, ApplicationFormVersionId, ApplicationId, alike, start};
use crate::error;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use kernel::actor::RequestInfo;
use kernel::id::VendorId;
use kernel::problem::ProblemDocument;
use kernel::{Actor, App, Problem, Scope, Valid};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_application_form))
        .routes(routes!(start_application))
        .routes(routes!(open_application))
        .routes(routes!(save_application))
        .routes(routes!(submit_application))
        .routes(routes!(withdraw_application))
}

type Request = Option<Extension<Arc<RequestInfo>>>;

/// Who calls, for this vendor.
fn sender(vendor: VendorId, request: Request) -> Actor {
    access::forms::sender("application_form", vendor, request.map(|Extension(request)| request).unwrap_or_default())
}

/// The open form of a token with its published version.
async fn of_token(app: &App, token: &str) -> Result<(form::Model, version::Model), Problem> {
    let unknown = || Problem::new(error::APPLICATION_FORM_UNKNOWN);
    let (vendor, id) = access::forms::named::<ApplicationFormId>(token).ok_or_else(unknown)?;
    let (db, scope) = (app.db().read_of(vendor).await?, Scope::vendor_wide(vendor));
    let row = forms::find(&db, scope, id).await?;
    let form = row.filter(|row| row.is_open() && row.token_hash == access::forms::hash(token)).ok_or_else(unknown)?;
    let published = form.version_id.map(ApplicationFormVersionId).ok_or_else(unknown)?;
    let version = forms::version(&db, scope, published).await?.ok_or_else(unknown)?;
    Ok((form, version))
}

/// The application of a secret, and who calls; counted against its form.
async fn of_secret(app: &App, secret: &str, request: Request, headers: &HeaderMap) -> Result<(ApplicationRow, Actor), Problem> {
    let info = request.map(|Extension(request)| request).unwrap_or_default();
    let (vendor, id) = links::LINKS.open(app, secret, &info).await?;
    let row = store::find(&app.db().read_of(vendor).await?, Scope::vendor_wide(vendor), ApplicationId(id)).await?;
    let row = row.ok_or_else(|| Problem::new(error::APPLICATION_LINK))?;
    let who = access::forms::sender("applicant", vendor, info);
    let form = forms::find(&app.db().read_of(vendor).await?, Scope::vendor_wide(vendor), ApplicationFormId(row.form_id)).await?;
    let per_minute = form.map_or(60, |form| form.per_minute);
    access::forms::admit(app, &who, row.form_id, per_minute, headers, error::APPLICATION_FORM_ORIGIN).await?;
    Ok((row, who))
}

/// Read what a form asks, as it is published now.
///
/// For web pages, without a credential but the form's token.
#[utoipa::path(post, path = "/public/application-forms/read", operation_id = "read_application_form", tag = "applications",
    request_body = ApplicationFormRead, security(()),
    responses(
        (status = 200, description = "The form.", body = ApplicationFormShown),
        (status = 403, description = "The page is none of the vendor's.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such form, or it is closed.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn read_application_form(
    State(app): State<App>,
    request: Request,
    headers: HeaderMap,
    Valid(body): Valid<ApplicationFormRead>,
) -> Result<Json<ApplicationFormShown>, Problem> {
    let (form, version) = of_token(&app, &body.token).await?;
    let vendor = VendorId(form.vendor_id);
    access::forms::admit(&app, &sender(vendor, request), form.id, form.per_minute, &headers, error::APPLICATION_FORM_ORIGIN).await?;
    let name = access::vendors::find(&app.db().read_of(vendor).await?, vendor).await?.map(|vendor| vendor.name).unwrap_or_default();
    Ok(Json(forms::asked(name, &form, &version, body.language.as_deref())?))
}

/// Start an application: a letter with a link goes to the address.
///
/// For web pages, without a credential but the form's token. The answer is the same whatever becomes of it, and whoever is known.
#[utoipa::path(post, path = "/public/applications", operation_id = "start_application", tag = "applications", request_body = ApplicationStart,
    security(()),
    responses(
        (status = 202, description = "It was received.", body = ApplicationReceipt),
        (status = 403, description = "The page is none of the vendor's.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such form, or it is closed.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn start_application(
    State(app): State<App>,
    request: Request,
    headers: HeaderMap,
    Valid(body): Valid<ApplicationStart>,
) -> Result<Response, Problem> {
    let (form, version) = of_token(&app, &body.token).await?;
    let who = sender(VendorId(form.vendor_id), request);
    access::forms::admit(&app, &who, form.id, form.per_minute, &headers, error::APPLICATION_FORM_ORIGIN).await?;
    if body.homepage.as_deref().is_some_and(|text| !text.is_empty()) {
        return app.reply(&who, StatusCode::ACCEPTED, async |_| Ok::<_, Problem>(ApplicationReceipt { received: true })).await;
    }
    app.reply(&who, StatusCode::ACCEPTED, async |tx| start::start(tx, &form, &version, body).await).await
}

/// Open an application by the link of a letter.
///
/// The first time confirms the address: what is known of the company is filled in then, and only then.
#[utoipa::path(post, path = "/public/applications/open", operation_id = "open_application", tag = "applications", request_body = ApplicationOpen,
    security(()),
    responses(
        (status = 200, description = "The application as its applicant sees it.", body = ApplicationOwn),
        (status = 404, description = "The link does not work.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn open_application(
    State(app): State<App>,
    request: Request,
    headers: HeaderMap,
    Valid(body): Valid<ApplicationOpen>,
) -> Result<Response, Problem> {
    let (row, who) = of_secret(&app, &body.secret, request, &headers).await?;
    app.reply(&who, StatusCode::OK, async |tx| applicant::open(tx, row.id(), body.language).await).await
}

/// Keep what was filled in so far. It is checked when it is submitted.
#[utoipa::path(post, path = "/public/applications/save", operation_id = "save_application", tag = "applications", request_body = ApplicationSave,
    security(()),
    responses(
        (status = 200, description = "The application as its applicant sees it.", body = ApplicationOwn),
        (status = 404, description = "The link does not work.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn save_application(
    State(app): State<App>,
    request: Request,
    headers: HeaderMap,
    Valid(body): Valid<ApplicationSave>,
) -> Result<Response, Problem> {
    let (row, who) = of_secret(&app, &body.secret, request, &headers).await?;
    app.reply(&who, StatusCode::OK, async |tx| applicant::save(tx, row.id(), body).await).await
}

/// Hand an application in, with what is sent taken over first; or hand in the answer to a question.
///
/// The rules of admission decide at once. Handed in already, it is answered as it stands.
#[utoipa::path(post, path = "/public/applications/submit", operation_id = "submit_application", tag = "applications", request_body = ApplicationSave,
    security(()),
    responses(
        (status = 200, description = "The application as its applicant sees it.", body = ApplicationOwn),
        (status = 404, description = "The link does not work.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn submit_application(
    State(app): State<App>,
    request: Request,
    headers: HeaderMap,
    Valid(body): Valid<ApplicationSave>,
) -> Result<Response, Problem> {
    let (row, who) = of_secret(&app, &body.secret, request, &headers).await?;
    let company = applicant::submitted_company(&row, &body)?;
    let resembling = alike::resembling(&app, VendorId(row.vendor_id), &company, row.id()).await?;
    app.reply(&who, StatusCode::OK, async |tx| applicant::submit(tx, row.id(), body, resembling).await).await
}

/// Take an application back.
#[utoipa::path(post, path = "/public/applications/withdraw", operation_id = "withdraw_application", tag = "applications",
    request_body = ApplicationWithdraw, security(()),
    responses(
        (status = 200, description = "The application as its applicant sees it.", body = ApplicationOwn),
        (status = 404, description = "The link does not work.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn withdraw_application(
    State(app): State<App>,
    request: Request,
    headers: HeaderMap,
    Valid(body): Valid<ApplicationWithdraw>,
) -> Result<Response, Problem> {
    let (row, who) = of_secret(&app, &body.secret, request, &headers).await?;
    app.reply(&who, StatusCode::OK, async |tx| applicant::withdraw(tx, row.id(), body.reason).await).await
}
