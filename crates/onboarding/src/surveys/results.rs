//! What a survey came to, by question and segment: sums of what was answered.

use super::types::SurveyQuestionKind;
use super::{SurveyId, rules, store};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use kernel::{App, At, Params, Problem};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Rows that a result has at most.
const MOST: usize = 5_000;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_survey_results))
}

/// By what answers are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SurveySegment {
    /// The partner's type.
    Type,
    /// The partner's tier at that time.
    Tier,
    /// The partner's region at that time.
    Region,
    /// The month of the answer.
    Month,
}

impl SurveySegment {
    fn column(self) -> &'static str {
        match self {
            Self::Type => "partner_type",
            Self::Tier => "tier",
            Self::Region => "region",
            Self::Month => "month",
        }
    }
}

/// How results are shown.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SurveyResultsQuery {
    /// By what answers are told apart; all together if absent.
    #[param(inline)]
    pub by: Option<SurveySegment>,
}

/// How often a choice was taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"key": "price", "count": 3}))]
pub struct SurveyChoiceCount {
    /// The choice.
    pub key: String,
    /// How often.
    pub count: i64,
}

/// What a question came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"question": "recommend", "kind": "nps", "segment": "reseller", "responses": 10, "average": 8.2, "nps": 60, "promoters": 7,
    "detractors": 1, "choices": []}))]
pub struct SurveyQuestionResult {
    /// The question.
    pub question: String,
    /// What is answered.
    pub kind: SurveyQuestionKind,
    /// The segment; absent of all together, and of partners without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// How many answered it.
    pub responses: i64,
    /// The average of figures, to the hundredth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average: Option<f64>,
    /// The net promoter score, -100 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nps: Option<i64>,
    /// NPS: answers of 9 and 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promoters: Option<i64>,
    /// NPS: answers of 0 to 6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detractors: Option<i64>,
    /// How often each choice was taken.
    pub choices: Vec<SurveyChoiceCount>,
}

/// What a survey came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"invited": 20, "answered": 10, "questions": [{"question": "recommend", "kind": "nps", "responses": 10, "average": 8.2,
    "nps": 60, "promoters": 7, "detractors": 1, "choices": []}]}))]
pub struct SurveyResults {
    /// How many were asked.
    pub invited: i64,
    /// How many have answered.
    pub answered: i64,
    /// Each question, by segment.
    pub questions: Vec<SurveyQuestionResult>,
}

/// What a survey came to: responses, averages and NPS, all together or by segment.
#[utoipa::path(get, path = "/surveys/{id}/results", operation_id = "get_survey_results", tag = "surveys",
    params(("id" = SurveyId, Path, description = "The survey."), SurveyResultsQuery), security(("bearer" = ["surveys:read"])),
    responses((status = 200, description = "The results.", body = SurveyResults)))]
async fn get_survey_results(
    State(app): State<App>,
    who: Can<may::ReadSurveys>,
    At(id): At<SurveyId>,
    Params(query): Params<SurveyResultsQuery>,
) -> Result<Json<SurveyResults>, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    if store::find(&db, who.scope, id).await?.is_none() {
        return Err(Problem::not_found());
    }
    let values = || [who.scope.vendor().0.into(), id.0.into()];
    let sql = "SELECT COUNT(*) AS invited, COUNT(answered_at) AS answered FROM survey_invitations WHERE vendor_id = $1 AND survey_id = $2";
    let counted = db.query_one_raw(Statement::from_sql_and_values(app.db().backend(), sql, values())).await?;
    let counted = counted.ok_or_else(|| Problem::internal("a count has no row"))?;
    let segment = query.by.map_or("CAST(NULL AS text)", SurveySegment::column);
    let sql = format!(
        "SELECT question, kind, {segment} AS segment, choice, COUNT(*) AS responses, CAST(SUM(number) AS bigint) AS total, \
         CAST(SUM(CASE WHEN number >= 9 THEN 1 ELSE 0 END) AS bigint) AS high, CAST(SUM(CASE WHEN number <= 6 THEN 1 ELSE 0 END) AS bigint) AS low \
         FROM survey_answers WHERE vendor_id = $1 AND survey_id = $2 GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 4 LIMIT {MOST}"
    );
    let rows = db.query_all_raw(Statement::from_sql_and_values(app.db().backend(), &sql, values())).await?;
    let mut questions = Vec::<SurveyQuestionResult>::new();
    for row in rows {
        add(&mut questions, &row)?;
    }
    Ok(Json(SurveyResults { invited: counted.try_get("", "invited")?, answered: counted.try_get("", "answered")?, questions }))
}

/// A row is a question in a segment; of a choice, one of its choices.
fn add(questions: &mut Vec<SurveyQuestionResult>, row: &QueryResult) -> Result<(), DbErr> {
    let (question, segment): (String, Option<String>) = (row.try_get("", "question")?, row.try_get("", "segment")?);
    let (responses, choice): (i64, Option<String>) = (row.try_get("", "responses")?, row.try_get("", "choice")?);
    let kind: String = row.try_get("", "kind")?;
    let kind = serde_json::from_value(kind.into()).unwrap_or(SurveyQuestionKind::Text);
    if let Some(key) = choice {
        let chosen = SurveyChoiceCount { key, count: responses };
        match questions.last_mut().filter(|last| last.question == question && last.segment == segment) {
            Some(last) => {
                last.responses += responses;
                last.choices.push(chosen);
            }
            None => questions.push(result(question, kind, segment, responses, vec![chosen])),
        }
        return Ok(());
    }
    let mut found = result(question, kind, segment, responses, Vec::new());
    if let Some(total) = row.try_get::<Option<i64>>("", "total")? {
        found.average = Some((total as f64 * 100.0 / responses as f64).round() / 100.0);
    }
    if kind == SurveyQuestionKind::Nps {
        let (high, low) = (row.try_get("", "high")?, row.try_get("", "low")?);
        (found.nps, found.promoters, found.detractors) = (rules::nps(responses, high, low), Some(high), Some(low));
    }
    questions.push(found);
    Ok(())
}

fn result(
    question: String,
    kind: SurveyQuestionKind,
    segment: Option<String>,
    responses: i64,
    choices: Vec<SurveyChoiceCount>,
) -> SurveyQuestionResult {
    SurveyQuestionResult { question, kind, segment, responses, average: None, nps: None, promoters: None, detractors: None, choices }
}
