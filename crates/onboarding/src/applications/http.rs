//! Applications over HTTP, for the vendor's people.

use super::rules::ApplicationStatus;
use super::store::{self, Filter};
use super::types::{Application, ApplicationApprove, ApplicationAssign, ApplicationLink, ApplicationReason};
use super::{ApplicationFormId, ApplicationId, review};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::id::PersonId;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{App, At, OptionalValid, Page, PageQuery, Params, Problem, Valid};
use partners::PartnerType;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_applications))
        .routes(routes!(get_application))
        .routes(routes!(approve_application))
        .routes(routes!(refuse_application))
        .routes(routes!(request_application_information))
        .routes(routes!(assign_application))
        .routes(routes!(send_application_link))
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ApplicationQuery {
    /// Only applications in this status.
    pub status: Option<ApplicationStatus>,
    /// Only applications by this form.
    pub form_id: Option<ApplicationFormId>,
    /// Only those who want to be this type of partner.
    pub partner_type: Option<PartnerType>,
    /// Only from this region.
    #[param(max_length = 100)]
    pub region: Option<String>,
    /// Only from this country.
    #[param(min_length = 2, max_length = 2)]
    pub country: Option<String>,
    /// Only what this person reviews.
    pub assignee_id: Option<PersonId>,
    /// Only applications that changed at this time or later.
    pub updated_since: Option<DateTime<Utc>>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List applications, newest first.
#[utoipa::path(get, path = "/applications", operation_id = "list_applications", tag = "applications", params(ApplicationQuery),
    security(("bearer" = ["applications:read"])),
    responses((status = 200, description = "A page of applications.", body = Page<Application>)))]
async fn list_applications(
    State(app): State<App>,
    who: Can<may::ReadApplications>,
    Params(query): Params<ApplicationQuery>,
) -> Result<Json<Page<Application>>, Problem> {
    const LIST: &str = "applications";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let filter = Filter {
        status: query.status,
        form: query.form_id,
        partner_type: query.partner_type.map(|kind| store::text(&kind).trim_matches('"').to_owned()),
        region: query.region,
        country: query.country,
        assignee: query.assignee_id,
        updated_since: query.updated_since,
    };
    let rows = store::list(&app.db().read_of(who.scope.vendor()).await?, who.scope, filter, before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    Ok(Json(page.try_map(|row| row.seen_by(&who))?))
}

/// Read an application.
#[utoipa::path(get, path = "/applications/{id}", operation_id = "get_application", tag = "applications",
    params(("id" = ApplicationId, Path, description = "The application.")), security(("bearer" = ["applications:read"])),
    responses((status = 200, description = "The application.", body = Application)))]
async fn get_application(State(app): State<App>, who: Can<may::ReadApplications>, At(id): At<ApplicationId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.seen_by(&who)?).into_response(false))
}

/// Approve an application: the partner is made, its contact is its first person and is invited, all at once.
///
/// 409 if the company is a partner already; say `despite_duplicates` if it is another company.
#[utoipa::path(post, path = "/applications/{id}/approve", operation_id = "approve_application", tag = "applications",
    params(("id" = ApplicationId, Path, description = "The application."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the application must still have; 412 if it has another.")),
    request_body(content = Option<ApplicationApprove>, description = "How."),
    security(("bearer" = ["applications:decide"])),
    responses(
        (status = 200, description = "The application as it now is.", body = Application),
        (status = 412, description = "The application has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn approve_application(
    State(app): State<App>,
    who: Can<may::DecideApplications>,
    At(id): At<ApplicationId>,
    OptionalValid(body): OptionalValid<ApplicationApprove>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| review::approve(tx, id, body).await).await
}

/// Refuse an application.
#[utoipa::path(post, path = "/applications/{id}/refuse", operation_id = "refuse_application", tag = "applications",
    params(("id" = ApplicationId, Path, description = "The application."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the application must still have; 412 if it has another.")),
    request_body = ApplicationReason,
    security(("bearer" = ["applications:decide"])),
    responses(
        (status = 200, description = "The application as it now is.", body = Application),
        (status = 412, description = "The application has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn refuse_application(
    State(app): State<App>,
    who: Can<may::DecideApplications>,
    At(id): At<ApplicationId>,
    Valid(body): Valid<ApplicationReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| review::refuse(tx, id, body).await).await
}

/// Ask the applicant for more. Unanswered, the application lapses after the time that the rules of admission give.
#[utoipa::path(post, path = "/applications/{id}/request-information", operation_id = "request_application_information", tag = "applications",
    params(("id" = ApplicationId, Path, description = "The application."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the application must still have; 412 if it has another.")),
    request_body = ApplicationReason,
    security(("bearer" = ["applications:decide"])),
    responses(
        (status = 200, description = "The application as it now is.", body = Application),
        (status = 412, description = "The application has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn request_application_information(
    State(app): State<App>,
    who: Can<may::DecideApplications>,
    At(id): At<ApplicationId>,
    Valid(body): Valid<ApplicationReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| review::ask(tx, id, body).await).await
}

/// Say who reviews an application.
#[utoipa::path(post, path = "/applications/{id}/assign", operation_id = "assign_application", tag = "applications",
    params(("id" = ApplicationId, Path, description = "The application."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the application must still have; 412 if it has another.")),
    request_body = ApplicationAssign,
    security(("bearer" = ["applications:decide"])),
    responses(
        (status = 200, description = "The application as it now is.", body = Application),
        (status = 412, description = "The application has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn assign_application(
    State(app): State<App>,
    who: Can<may::DecideApplications>,
    At(id): At<ApplicationId>,
    Valid(body): Valid<ApplicationAssign>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| review::assign(tx, id, body).await).await
}

/// Send the applicant a new link. Where no mail server is configured the link is in the answer instead.
#[utoipa::path(post, path = "/applications/{id}/send-link", operation_id = "send_application_link", tag = "applications",
    params(("id" = ApplicationId, Path, description = "The application."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the application must still have; 412 if it has another.")),
    security(("bearer" = ["applications:decide"])),
    responses(
        (status = 200, description = "Whether it was sent.", body = ApplicationLink),
        (status = 412, description = "The application has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn send_application_link(State(app): State<App>, who: Can<may::DecideApplications>, At(id): At<ApplicationId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| review::send_link(tx, id).await).await
}
