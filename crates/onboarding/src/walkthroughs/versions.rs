//! Versions of walkthroughs: drafted, published, retired.

use super::WalkthroughId;
use super::body::WalkthroughDraft;
use super::events::{WalkthroughDrafted, WalkthroughPublished, WalkthroughRetired};
use super::store::{self, VersionFilter, VersionRow};
use super::types::{Walkthrough, WalkthroughVersionStatus};
use crate::{error, versioned};
use access::{Can, Permission, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{Actor, App, At, Page, PageQuery, Params, Problem, Tx, Valid};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

impl Walkthrough {
    /// A version as `who` sees it.
    pub fn of(row: &VersionRow, who: &Actor) -> Result<Self, Problem> {
        Ok(Self {
            id: row.id(),
            version: row.version,
            status: match row.status.as_str() {
                "draft" => WalkthroughVersionStatus::Draft,
                "published" => WalkthroughVersionStatus::Published,
                _ => WalkthroughVersionStatus::Retired,
            },
            walkthrough: row.body()?,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: versioned::actions(&row.status, who.grants & Permission::ManageOnboarding.bit() != 0),
        })
    }
}

async fn draft(tx: &mut Tx, walkthrough: WalkthroughDraft) -> Result<Walkthrough, Problem> {
    walkthrough.check()?;
    let row = VersionRow {
        vendor_id: tx.vendor().0,
        id: WalkthroughId::fresh().0,
        version: store::last_version(tx, &walkthrough.name).await? + 1,
        status: "draft".into(),
        body: serde_json::to_string(&walkthrough).map_err(Problem::internal)?,
        name: walkthrough.name,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    versioned::numbered(store::insert(tx, row.clone()).await?)?;
    let shown = Walkthrough::of(&row, tx.actor())?;
    tx.emit(WalkthroughDrafted { walkthrough: shown.clone() });
    Ok(shown)
}

async fn turn(tx: &mut Tx, id: WalkthroughId, way: (&str, &str)) -> Result<Walkthrough, Problem> {
    let mut row = store::find(tx, tx.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    versioned::turn(&mut row, tx.actor(), way, error::WALKTHROUGH_ILLEGAL_MOVE)?;
    versioned::written(store::update(tx, &mut row).await?)?;
    Walkthrough::of(&row, tx.actor())
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(draft_walkthrough, list_walkthroughs))
        .routes(routes!(get_walkthrough))
        .routes(routes!(publish_walkthrough))
        .routes(routes!(retire_walkthrough))
}

/// Draft a version of a walkthrough.
///
/// The first draft of a name is its version 1. Keys and the condition are checked here; a published version is never changed.
#[utoipa::path(post, path = "/walkthroughs", operation_id = "draft_walkthrough", tag = "walkthroughs", request_body = WalkthroughDraft,
    security(("bearer" = ["onboarding:manage"])),
    responses((status = 201, description = "The draft.", body = Walkthrough)))]
async fn draft_walkthrough(
    State(app): State<App>,
    who: Can<may::ManageOnboarding>,
    Valid(body): Valid<WalkthroughDraft>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| draft(tx, body).await).await
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WalkthroughQuery {
    /// Only versions of this name.
    #[param(max_length = 60)]
    pub name: Option<String>,
    /// Only versions in this status.
    pub status: Option<WalkthroughVersionStatus>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List versions of walkthroughs, newest first.
#[utoipa::path(get, path = "/walkthroughs", operation_id = "list_walkthroughs", tag = "walkthroughs", params(WalkthroughQuery),
    security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "A page of versions.", body = Page<Walkthrough>)))]
async fn list_walkthroughs(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    Params(query): Params<WalkthroughQuery>,
) -> Result<Json<Page<Walkthrough>>, Problem> {
    const LIST: &str = "walkthroughs";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let status = query.status.map(|status| match status {
        WalkthroughVersionStatus::Draft => "draft",
        WalkthroughVersionStatus::Published => "published",
        WalkthroughVersionStatus::Retired => "retired",
    });
    let db = app.db().read_of(who.scope.vendor()).await?;
    let rows = store::list(&db, who.scope, VersionFilter { name: query.name, status }, before, limit + 1).await?;
    let Page { data, next_cursor } = Page::of(LIST, rows, limit, |row| row.id);
    Ok(Json(Page { data: data.iter().map(|row| Walkthrough::of(row, &who)).collect::<Result<_, _>>()?, next_cursor }))
}

/// Read a version of a walkthrough.
#[utoipa::path(get, path = "/walkthroughs/{id}", operation_id = "get_walkthrough", tag = "walkthroughs",
    params(("id" = WalkthroughId, Path, description = "The version.")), security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The version.", body = Walkthrough)))]
async fn get_walkthrough(State(app): State<App>, who: Can<may::ManagePartners>, At(id): At<WalkthroughId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &Walkthrough::of(&row, &who)?).into_response(false))
}

/// Publish a version: from now on it is shown, instead of earlier ones.
#[utoipa::path(post, path = "/walkthroughs/{id}/publish", operation_id = "publish_walkthrough", tag = "walkthroughs",
    params(("id" = WalkthroughId, Path, description = "The draft."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the draft must still have; 412 if it has another.")),
    security(("bearer" = ["onboarding:manage"])),
    responses(
        (status = 200, description = "The published version.", body = Walkthrough),
        (status = 412, description = "The draft has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn publish_walkthrough(State(app): State<App>, who: Can<may::ManageOnboarding>, At(id): At<WalkthroughId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| {
        let walkthrough = turn(tx, id, ("draft", "published")).await?;
        tx.emit(WalkthroughPublished { walkthrough: walkthrough.clone() });
        Ok::<_, Problem>(walkthrough)
    })
    .await
}

/// Retire a version: if it is the latest of its name, the walkthrough is shown no more.
#[utoipa::path(post, path = "/walkthroughs/{id}/retire", operation_id = "retire_walkthrough", tag = "walkthroughs",
    params(("id" = WalkthroughId, Path, description = "The published version."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the version must still have; 412 if it has another.")),
    security(("bearer" = ["onboarding:manage"])),
    responses(
        (status = 200, description = "The retired version.", body = Walkthrough),
        (status = 412, description = "The version has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn retire_walkthrough(State(app): State<App>, who: Can<may::ManageOnboarding>, At(id): At<WalkthroughId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| {
        let walkthrough = turn(tx, id, ("published", "retired")).await?;
        tx.emit(WalkthroughRetired { walkthrough: walkthrough.clone() });
        Ok::<_, Problem>(walkthrough)
    })
    .await
}
