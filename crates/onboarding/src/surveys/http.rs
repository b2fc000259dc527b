//! Surveys and their invitations over HTTP, for the vendor's people.

use super::types::{Survey, SurveyContent, SurveyInvitation, SurveyLink, SurveySend, SurveySent};
use super::{SurveyId, SurveyInvitationId, invitations, store};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_survey, list_surveys))
        .routes(routes!(get_survey))
        .routes(routes!(close_survey))
        .routes(routes!(send_survey))
        .routes(routes!(list_survey_invitations))
        .routes(routes!(get_survey_invitation))
        .routes(routes!(send_survey_link))
}

/// Make a survey, or the next version of one. It never changes.
#[utoipa::path(post, path = "/surveys", operation_id = "create_survey", tag = "surveys", request_body = SurveyContent,
    security(("bearer" = ["surveys:manage"])),
    responses((status = 201, description = "The survey.", body = Survey)))]
async fn create_survey(State(app): State<App>, who: Can<may::ManageSurveys>, Valid(body): Valid<SurveyContent>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| invitations::create(tx, body).await).await
}

/// List surveys, newest first.
#[utoipa::path(get, path = "/surveys", operation_id = "list_surveys", tag = "surveys", params(PageQuery), security(("bearer" = ["surveys:read"])),
    responses((status = 200, description = "A page of surveys.", body = Page<Survey>)))]
async fn list_surveys(State(app): State<App>, who: Can<may::ReadSurveys>, Params(page): Params<PageQuery>) -> Result<Json<Page<Survey>>, Problem> {
    const LIST: &str = "surveys";
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let rows = store::list(&app.db().read_of(who.scope.vendor()).await?, who.scope, before, limit + 1).await?;
    let Page { data, next_cursor } = Page::of(LIST, rows, limit, |row| row.id);
    Ok(Json(Page { data: data.iter().map(|row| row.seen_by(&who)).collect::<Result<_, _>>()?, next_cursor }))
}

/// Read a survey.
#[utoipa::path(get, path = "/surveys/{id}", operation_id = "get_survey", tag = "surveys",
    params(("id" = SurveyId, Path, description = "The survey.")), security(("bearer" = ["surveys:read"])),
    responses((status = 200, description = "The survey.", body = Survey)))]
async fn get_survey(State(app): State<App>, who: Can<may::ReadSurveys>, At(id): At<SurveyId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.seen_by(&who)?).into_response(false))
}

/// Close a survey: it is neither sent nor answered any more.
#[utoipa::path(post, path = "/surveys/{id}/close", operation_id = "close_survey", tag = "surveys",
    params(("id" = SurveyId, Path, description = "The survey."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the survey must still have; 412 if it has another.")),
    security(("bearer" = ["surveys:manage"])),
    responses(
        (status = 200, description = "The survey as it now is.", body = Survey),
        (status = 412, description = "The survey has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn close_survey(State(app): State<App>, who: Can<may::ManageSurveys>, At(id): At<SurveyId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| invitations::close(tx, id).await).await
}

/// Ask the active people of some partners. Whoever was asked on the same occasion (`wave`) is passed over.
#[utoipa::path(post, path = "/surveys/{id}/send", operation_id = "send_survey", tag = "surveys",
    params(("id" = SurveyId, Path, description = "The survey."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the survey must still have; 412 if it has another.")),
    request_body = SurveySend, security(("bearer" = ["surveys:manage"])),
    responses(
        (status = 200, description = "How many are asked now.", body = SurveySent),
        (status = 412, description = "The survey has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn send_survey(
    State(app): State<App>,
    who: Can<may::ManageSurveys>,
    At(id): At<SurveyId>,
    Valid(body): Valid<SurveySend>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| invitations::send(tx, id, body).await).await
}

/// List whom a survey asks, newest first, with what they answered.
#[utoipa::path(get, path = "/surveys/{id}/invitations", operation_id = "list_survey_invitations", tag = "surveys",
    params(("id" = SurveyId, Path, description = "The survey."), PageQuery), security(("bearer" = ["surveys:read"])),
    responses((status = 200, description = "A page of invitations.", body = Page<SurveyInvitation>)))]
async fn list_survey_invitations(
    State(app): State<App>,
    who: Can<may::ReadSurveys>,
    At(id): At<SurveyId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<SurveyInvitation>>, Problem> {
    const LIST: &str = "survey_invitations";
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let (db, now) = (app.db().read_of(who.scope.vendor()).await?, app.clock().now());
    if store::find(&db, who.scope, id).await?.is_none() {
        return Err(Problem::not_found());
    }
    let rows = store::of_survey(&db, who.scope, id, before, limit + 1).await?;
    let Page { data, next_cursor } = Page::of(LIST, rows, limit, |row| row.id);
    Ok(Json(Page { data: data.iter().map(|row| row.shown(now, who.grants, true)).collect::<Result<_, _>>()?, next_cursor }))
}

/// Read an invitation, with what was answered.
#[utoipa::path(get, path = "/survey-invitations/{id}", operation_id = "get_survey_invitation", tag = "surveys",
    params(("id" = SurveyInvitationId, Path, description = "The invitation.")), security(("bearer" = ["surveys:read"])),
    responses((status = 200, description = "The invitation.", body = SurveyInvitation)))]
async fn get_survey_invitation(State(app): State<App>, who: Can<may::ReadSurveys>, At(id): At<SurveyInvitationId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::invited(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.shown(app.clock().now(), who.grants, true)?).into_response(false))
}

/// Send whoever is asked a new link. Where no mail server is configured the link is in the answer instead.
#[utoipa::path(post, path = "/survey-invitations/{id}/send-link", operation_id = "send_survey_link", tag = "surveys",
    params(("id" = SurveyInvitationId, Path, description = "The invitation.")), security(("bearer" = ["surveys:manage"])),
    responses((status = 200, description = "Whether it was sent.", body = SurveyLink)))]
async fn send_survey_link(State(app): State<App>, who: Can<may::ManageSurveys>, At(id): At<SurveyInvitationId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| invitations::send_link(tx, id).await).await
}
