//! Forms over HTTP, for the vendor's people.

use super::super::events::{ApplicationFormClosed, ApplicationFormOpened, ApplicationFormVersionDrafted, ApplicationFormVersionPublished};
use super::super::{ApplicationFormId, ApplicationFormVersionId};
use super::types::{ApplicationForm, ApplicationFormCreate, ApplicationFormCreated, ApplicationFormVersion, ApplicationFormVersionDraft};
use super::{compile, store};
use crate::error;
use access::portals::portal;
use access::{Can, forms, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::idempotency::Answer;
use kernel::{App, At, Page, PageQuery, Params, Problem, Tx, Valid};
use sea_orm::EntityTrait as _;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(in super::super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_application_form, list_application_forms))
        .routes(routes!(get_application_form))
        .routes(routes!(close_application_form))
        .routes(routes!(draft_application_form_version, list_application_form_versions))
        .routes(routes!(get_application_form_version))
        .routes(routes!(publish_application_form_version))
}

async fn create(tx: &mut Tx, new: ApplicationFormCreate) -> Result<ApplicationFormCreated, Problem> {
    if let Some(portal) = new.portal_id
        && portal::Entity::find_by_id((tx.vendor().0, portal.0)).one(tx).await?.is_none()
    {
        return Err(Problem::invalid("/portal_id", "not_found", "The vendor has no such portal."));
    }
    let id = ApplicationFormId::fresh();
    let token = forms::token(tx.vendor(), id);
    let row = store::form::Model {
        vendor_id: tx.vendor().0,
        id: id.0,
        name: kernel::text::tidy(&new.name),
        token_hash: forms::hash(&token),
        page: new.page,
        portal_id: new.portal_id.map(|portal| portal.0),
        partner_types: super::super::store::text(&new.partner_types),
        per_minute: new.per_minute.unwrap_or(60),
        status: "open".into(),
        version_id: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    store::insert(tx, &row).await?;
    let application_form = row.shown()?;
    tx.emit(ApplicationFormOpened { application_form: application_form.clone() });
    Ok(ApplicationFormCreated { application_form, token })
}

async fn close(tx: &mut Tx, id: ApplicationFormId) -> Result<ApplicationForm, Problem> {
    let mut row = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    if !row.is_open() {
        return Err(Problem::new(error::APPLICATION_FORM_CLOSED));
    }
    row.status = "closed".into();
    store::update(tx, &mut row).await?;
    let application_form = row.shown()?;
    tx.emit(ApplicationFormClosed { application_form: application_form.clone() });
    Ok(application_form)
}

async fn draft(tx: &mut Tx, new: ApplicationFormVersionDraft) -> Result<ApplicationFormVersion, Problem> {
    compile(&new.content)?;
    // The form is held, so that no two versions get one number.
    let form = store::find_to_change(tx, new.form_id).await?;
    form.ok_or_else(|| Problem::invalid("/form_id", "not_found", "There is no such form."))?;
    let row = store::version::Model {
        vendor_id: tx.vendor().0,
        id: ApplicationFormVersionId::fresh().0,
        form_id: new.form_id.0,
        version: store::last_version(tx, new.form_id).await? + 1,
        status: "draft".into(),
        body: super::super::store::text(&new.content),
        published_at: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    store::insert_version(tx, &row).await?;
    let shown = row.shown()?;
    tx.emit(ApplicationFormVersionDrafted { application_form_version: shown.clone() });
    Ok(shown)
}

async fn publish(tx: &mut Tx, id: ApplicationFormVersionId) -> Result<ApplicationFormVersion, Problem> {
    let found = store::version(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    let mut form = store::find_to_change(tx, ApplicationFormId(found.form_id)).await?.ok_or_else(Problem::not_found)?;
    // Read again, now that the form is held.
    let mut row = store::version(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if row.status != "draft" {
        return Err(Problem::new(error::APPLICATION_FORM_PUBLISHED));
    }
    (row.status, row.published_at) = ("published".into(), Some(tx.now()));
    store::update_version(tx, &mut row).await?;
    form.version_id = Some(row.id);
    store::update(tx, &mut form).await?;
    let shown = row.shown()?;
    tx.emit(ApplicationFormVersionPublished { application_form_version: shown.clone() });
    Ok(shown)
}

/// Make a form by which companies apply. Its token is shown in this answer and never again.
#[utoipa::path(post, path = "/application-forms", operation_id = "create_application_form", tag = "applications", request_body = ApplicationFormCreate,
    security(("bearer" = ["applications:manage"])),
    responses((status = 201, description = "The form with its token.", body = ApplicationFormCreated)))]
async fn create_application_form(
    State(app): State<App>,
    who: Can<may::ManageApplications>,
    Valid(body): Valid<ApplicationFormCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| create(tx, body).await).await
}

/// List forms, newest first.
#[utoipa::path(get, path = "/application-forms", operation_id = "list_application_forms", tag = "applications", params(PageQuery),
    security(("bearer" = ["applications:manage"])),
    responses((status = 200, description = "A page of forms.", body = Page<ApplicationForm>)))]
async fn list_application_forms(
    State(app): State<App>,
    who: Can<may::ManageApplications>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<ApplicationForm>>, Problem> {
    const LIST: &str = "application_forms";
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let rows = store::list(&app.db().read_of(who.scope.vendor()).await?, who.scope, before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    Ok(Json(page.try_map(|row| row.shown())?))
}

/// Read a form.
#[utoipa::path(get, path = "/application-forms/{id}", operation_id = "get_application_form", tag = "applications",
    params(("id" = ApplicationFormId, Path, description = "The form.")), security(("bearer" = ["applications:manage"])),
    responses((status = 200, description = "The form.", body = ApplicationForm)))]
async fn get_application_form(State(app): State<App>, who: Can<may::ManageApplications>, At(id): At<ApplicationFormId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.shown()?).into_response(false))
}

/// Take no applications by this form any more: neither new ones nor those that are still drafts.
#[utoipa::path(post, path = "/application-forms/{id}/close", operation_id = "close_application_form", tag = "applications",
    params(("id" = ApplicationFormId, Path, description = "The form.")), security(("bearer" = ["applications:manage"])),
    responses((status = 200, description = "The form as it now is.", body = ApplicationForm)))]
async fn close_application_form(
    State(app): State<App>,
    who: Can<may::ManageApplications>,
    At(id): At<ApplicationFormId>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| close(tx, id).await).await
}

/// Draft a version of a form. Its schema is compiled here; one that refers elsewhere, is too deep or asks what every application tells is refused.
#[utoipa::path(post, path = "/application-form-versions", operation_id = "draft_application_form_version", tag = "applications",
    request_body = ApplicationFormVersionDraft, security(("bearer" = ["applications:manage"])),
    responses((status = 201, description = "The draft.", body = ApplicationFormVersion)))]
async fn draft_application_form_version(
    State(app): State<App>,
    who: Can<may::ManageApplications>,
    Valid(body): Valid<ApplicationFormVersionDraft>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| draft(tx, body).await).await
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ApplicationFormVersionQuery {
    /// Only versions of this form.
    pub form_id: Option<ApplicationFormId>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List versions of forms, newest first.
#[utoipa::path(get, path = "/application-form-versions", operation_id = "list_application_form_versions", tag = "applications",
    params(ApplicationFormVersionQuery), security(("bearer" = ["applications:manage"])),
    responses((status = 200, description = "A page of versions.", body = Page<ApplicationFormVersion>)))]
async fn list_application_form_versions(
    State(app): State<App>,
    who: Can<may::ManageApplications>,
    Params(query): Params<ApplicationFormVersionQuery>,
) -> Result<Json<Page<ApplicationFormVersion>>, Problem> {
    const LIST: &str = "application_form_versions";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let rows = store::list_versions(&app.db().read_of(who.scope.vendor()).await?, who.scope, query.form_id, before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    Ok(Json(page.try_map(|row| row.shown())?))
}

/// Read a version of a form.
#[utoipa::path(get, path = "/application-form-versions/{id}", operation_id = "get_application_form_version", tag = "applications",
    params(("id" = ApplicationFormVersionId, Path, description = "The version.")), security(("bearer" = ["applications:manage"])),
    responses((status = 200, description = "The version.", body = ApplicationFormVersion)))]
async fn get_application_form_version(
    State(app): State<App>,
    who: Can<may::ManageApplications>,
    At(id): At<ApplicationFormVersionId>,
) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::version(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.shown()?).into_response(false))
}

/// Publish a version: from now on it is what the form asks. It never changes again.
#[utoipa::path(post, path = "/application-form-versions/{id}/publish", operation_id = "publish_application_form_version", tag = "applications",
    params(("id" = ApplicationFormVersionId, Path, description = "The draft.")), security(("bearer" = ["applications:manage"])),
    responses((status = 200, description = "The published version.", body = ApplicationFormVersion)))]
async fn publish_application_form_version(
    State(app): State<App>,
    who: Can<may::ManageApplications>,
    At(id): At<ApplicationFormVersionId>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| publish(tx, id).await).await
}
