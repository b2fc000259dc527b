//! Versions of paths: drafted, published, retired; and which one is for a partner.

use super::OnboardingPathId;
use super::body::{OnboardingPathDraft, PATH_FACTS};
use super::events::{OnboardingPathDrafted, OnboardingPathPublished, OnboardingPathRetired};
use super::store::{self, PathRow};
use super::types::{OnboardingPath, OnboardingPathStatus};
use super::written::facts;
use crate::{error, versioned};
use access::{Can, Permission, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::rules::Expression;
use kernel::{Actor, App, At, Page, PageQuery, Params, Problem, Tx, Valid};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

impl OnboardingPath {
    /// A version as `who` sees it.
    pub fn of(row: &PathRow, who: &Actor) -> Result<Self, Problem> {
        let status = match row.status.as_str() {
            "draft" => OnboardingPathStatus::Draft,
            "published" => OnboardingPathStatus::Published,
            _ => OnboardingPathStatus::Retired,
        };
        Ok(Self {
            id: row.id(),
            version: row.version,
            status,
            path: row.body()?,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: versioned::actions(&row.status, who.grants & Permission::ManageOnboarding.bit() != 0),
        })
    }
}

/// The path that is for a partner.
pub enum Choice {
    /// This one.
    Path(Box<PathRow>),
    /// None is, or none was published.
    None,
    /// It cannot be told: a person has to say.
    Undecided(String),
}

/// Which path is for a partner: of the latest published versions, the first by rank and name whose `when` holds.
pub async fn choose(tx: &Tx, partner: &partners::Partner) -> Result<Choice, Problem> {
    let mut candidates: Vec<(OnboardingPathDraft, PathRow)> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for row in store::published(tx, tx.vendor()).await? {
        // The latest version speaks for its name, even if it says that nobody new is put on it.
        if seen.insert(row.name.clone()) && row.status == "published" {
            candidates.push((row.body()?, row));
        }
    }
    candidates.sort_by(|(one, _), (other, _)| (one.rank, &one.name).cmp(&(other.rank, &other.name)));
    let facts = facts(partner);
    for (body, row) in candidates {
        let held = Expression::compile(&body.when, PATH_FACTS).and_then(|when| when.holds_over(&facts));
        match held {
            Ok(true) => return Ok(Choice::Path(Box::new(row))),
            Ok(false) => {}
            Err(cause) => {
                return Ok(Choice::Undecided(format!("Whether the path {} is for this partner cannot be told: {}", body.name, cause.detail)));
            }
        }
    }
    Ok(Choice::None)
}

async fn draft(tx: &mut Tx, path: OnboardingPathDraft) -> Result<OnboardingPath, Problem> {
    path.check()?;
    let row = PathRow {
        vendor_id: tx.vendor().0,
        id: OnboardingPathId::fresh().0,
        version: store::last_version(tx, &path.name).await? + 1,
        status: "draft".into(),
        body: serde_json::to_string(&path).map_err(Problem::internal)?,
        name: path.name,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    versioned::numbered(store::insert_path(tx, row.clone()).await?)?;
    let shown = OnboardingPath::of(&row, tx.actor())?;
    tx.emit(OnboardingPathDrafted { onboarding_path: shown.clone() });
    Ok(shown)
}

async fn turn(tx: &mut Tx, id: OnboardingPathId, way: (&str, &str)) -> Result<OnboardingPath, Problem> {
    let mut row = store::path(tx, tx.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    versioned::turn(&mut row, tx.actor(), way, error::PATH_ILLEGAL_MOVE)?;
    versioned::written(store::update_path(tx, &mut row).await?)?;
    OnboardingPath::of(&row, tx.actor())
}

async fn publish(tx: &mut Tx, id: OnboardingPathId) -> Result<OnboardingPath, Problem> {
    let shown = turn(tx, id, ("draft", "published")).await?;
    tx.emit(OnboardingPathPublished { onboarding_path: shown.clone() });
    Ok(shown)
}

async fn retire(tx: &mut Tx, id: OnboardingPathId) -> Result<OnboardingPath, Problem> {
    let shown = turn(tx, id, ("published", "retired")).await?;
    tx.emit(OnboardingPathRetired { onboarding_path: shown.clone() });
    Ok(shown)
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(draft_onboarding_path, list_onboarding_paths))
        .routes(routes!(get_onboarding_path))
        .routes(routes!(publish_onboarding_path))
        .routes(routes!(retire_onboarding_path))
}

/// Draft a version of a path.
///
/// The first draft of a name is its version 1. Keys, prerequisites and expressions are checked here; a published version is never changed.
#[utoipa::path(post, path = "/onboarding-paths", operation_id = "draft_onboarding_path", tag = "onboarding", request_body = OnboardingPathDraft,
    security(("bearer" = ["onboarding:manage"])),
    responses((status = 201, description = "The draft.", body = OnboardingPath)))]
async fn draft_onboarding_path(
    State(app): State<App>,
    who: Can<may::ManageOnboarding>,
    Valid(body): Valid<OnboardingPathDraft>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| draft(tx, body).await).await
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OnboardingPathQuery {
    /// Only versions of this name.
    #[param(max_length = 60)]
    pub name: Option<String>,
    /// Only versions in this status.
    pub status: Option<OnboardingPathStatus>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List versions of paths, newest first.
#[utoipa::path(get, path = "/onboarding-paths", operation_id = "list_onboarding_paths", tag = "onboarding", params(OnboardingPathQuery),
    security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "A page of versions.", body = Page<OnboardingPath>)))]
async fn list_onboarding_paths(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    Params(query): Params<OnboardingPathQuery>,
) -> Result<Json<Page<OnboardingPath>>, Problem> {
    const LIST: &str = "onboarding_paths";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let status = query.status.map(|status| match status {
        OnboardingPathStatus::Draft => "draft",
        OnboardingPathStatus::Published => "published",
        OnboardingPathStatus::Retired => "retired",
    });
    let db = app.db().read_of(who.scope.vendor()).await?;
    let rows = store::list_paths(&db, who.scope, (query.name.as_deref(), status), before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    Ok(Json(page.try_map(|row| OnboardingPath::of(&row, &who))?))
}

/// Read a version of a path.
#[utoipa::path(get, path = "/onboarding-paths/{id}", operation_id = "get_onboarding_path", tag = "onboarding",
    params(("id" = OnboardingPathId, Path, description = "The version.")), security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The version.", body = OnboardingPath)))]
async fn get_onboarding_path(State(app): State<App>, who: Can<may::ManagePartners>, At(id): At<OnboardingPathId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::path(&db, who.scope.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &OnboardingPath::of(&row, &who)?).into_response(false))
}

/// Publish a version: from now on partners are put on it. Whoever is on an earlier one stays there until they are moved.
#[utoipa::path(post, path = "/onboarding-paths/{id}/publish", operation_id = "publish_onboarding_path", tag = "onboarding",
    params(("id" = OnboardingPathId, Path, description = "The draft."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the draft must still have; 412 if it has another.")),
    security(("bearer" = ["onboarding:manage"])),
    responses(
        (status = 200, description = "The published version.", body = OnboardingPath),
        (status = 412, description = "The draft has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn publish_onboarding_path(State(app): State<App>, who: Can<may::ManageOnboarding>, At(id): At<OnboardingPathId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| publish(tx, id).await).await
}

/// Retire a version: if it is the latest of its name, nobody new is put on this path.
#[utoipa::path(post, path = "/onboarding-paths/{id}/retire", operation_id = "retire_onboarding_path", tag = "onboarding",
    params(("id" = OnboardingPathId, Path, description = "The published version."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the version must still have; 412 if it has another.")),
    security(("bearer" = ["onboarding:manage"])),
    responses(
        (status = 200, description = "The retired version.", body = OnboardingPath),
        (status = 412, description = "The version has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn retire_onboarding_path(State(app): State<App>, who: Can<may::ManageOnboarding>, At(id): At<OnboardingPathId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| retire(tx, id).await).await
}
