//! What whoever is asked calls: without a login, with the secret of their link.

use super::asked::{SurveyAnswer, SurveyAsked, SurveyAskedQuestion, SurveyRead, SurveyReceipt};
use super::store::{self, InvitationRow};
use super::types::SurveyInvitationStatus;
use super::{SurveyId, SurveyInvitationId, invitations};
use crate::error;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use kernel::actor::RequestInfo;
use kernel::locale::shown;
use kernel::problem::ProblemDocument;
use kernel::{Actor, App, Problem, Scope, Valid};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Calls that one survey takes in a minute, from everybody.
const PER_MINUTE: i64 = 600;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_survey)).routes(routes!(answer_survey))
}

type Request = Option<Extension<Arc<RequestInfo>>>;

/// The invitation of a secret, and who calls; counted against its survey.
async fn of_secret(app: &App, secret: &str, request: Request, headers: &HeaderMap) -> Result<(InvitationRow, Actor), Problem> {
    let info = request.map(|Extension(request)| request).unwrap_or_default();
    let (vendor, id) = invitations::LINKS.open(app, secret, &info).await?;
    let row = store::invited(&app.db().read_of(vendor).await?, Scope::vendor_wide(vendor), SurveyInvitationId(id)).await?;
    let row = row.ok_or_else(|| Problem::new(error::SURVEY_LINK))?;
    let who = access::forms::sender("respondent", vendor, info);
    access::forms::admit(app, &who, row.survey_id, PER_MINUTE, headers, error::SURVEY_ORIGIN).await?;
    Ok((row, who))
}

/// Read what a survey asks, by the link of a letter.
#[utoipa::path(post, path = "/public/surveys/read", operation_id = "read_survey", tag = "surveys", request_body = SurveyRead, security(()),
    responses(
        (status = 200, description = "The survey.", body = SurveyAsked),
        (status = 403, description = "The page is none of the vendor's.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "The link does not work.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn read_survey(
    State(app): State<App>,
    request: Request,
    headers: HeaderMap,
    Valid(body): Valid<SurveyRead>,
) -> Result<Json<SurveyAsked>, Problem> {
    let (row, who) = of_secret(&app, &body.secret, request, &headers).await?;
    let gone = || Problem::new(error::SURVEY_LINK);
    let vendor = who.scope.vendor();
    let db = app.db().read_of(vendor).await?;
    let survey = store::find(&db, Scope::vendor_wide(vendor), SurveyId(row.survey_id)).await?.ok_or_else(gone)?;
    let status = row.status(app.clock().now());
    let answered = status == SurveyInvitationStatus::Answered;
    if !answered && (status == SurveyInvitationStatus::Expired || !survey.is_open()) {
        return Err(gone());
    }
    let (content, language) = (survey.content()?, body.language.as_deref());
    let (title, shown_in) = shown(&content.title, language);
    let name = access::vendors::find(&db, vendor).await?.map(|vendor| vendor.name).unwrap_or_default();
    let questions = content.questions.iter().map(|question| SurveyAskedQuestion::of(question, language)).collect();
    Ok(Json(SurveyAsked { vendor: name, title: title.to_owned(), language: shown_in.to_owned(), answered, questions }))
}

/// Answer a survey, by the link of a letter. It answers once.
#[utoipa::path(post, path = "/public/surveys/answer", operation_id = "answer_survey", tag = "surveys", request_body = SurveyAnswer, security(()),
    responses(
        (status = 200, description = "The answers were taken.", body = SurveyReceipt),
        (status = 403, description = "The page is none of the vendor's.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "The link does not work.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn answer_survey(State(app): State<App>, request: Request, headers: HeaderMap, Valid(body): Valid<SurveyAnswer>) -> Result<Response, Problem> {
    let (row, who) = of_secret(&app, &body.secret, request, &headers).await?;
    app.reply(&who, StatusCode::OK, async |tx| invitations::answer(tx, row.id(), body).await).await
}
