//! `/Users`: the operations on people.

use super::service::{self, check_schemas, id};
use super::store::{self, User};
use crate::discovery::base;
use crate::document::{ScimListQuery, ScimPatch, ScimSearch, ScimShowQuery, ScimUser, ScimUserList};
use crate::request::{self, Message, Shown, Wanted, list, said};
use crate::schema::{USER, USERS};
use crate::store::page;
use crate::{NoContent, PATCH, patch};
use access::{Can, may};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use kernel::{Actor, App, Problem, Tx};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(scim_create_user, scim_list_users)).routes(routes!(scim_search_users)).routes(routes!(
        scim_get_user,
        scim_replace_user,
        scim_patch_user,
        scim_delete_user
    ))
}

async fn listed(app: &App, who: &Actor, wanted: Wanted) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let (total, found) = page::<User>(&db, who.scope, &base(app), &wanted).await?;
    let resources = found.into_iter().map(|one| wanted.projection.of(&USERS, one)).collect();
    Ok(request::document(&list(total, wanted.offset, resources)))
}

async fn shown(tx: &Tx, user: User, wanted: &Wanted) -> Result<Shown, Problem> {
    let person = user.person.id;
    let groups = store::groups_of(tx, tx.vendor(), &[person]).await?.remove(&person).unwrap_or_default();
    Ok(Shown::of(&USERS, user.shown(&base(tx.app()), &groups), user.person.revision, &wanted.projection))
}

/// Add a person.
///
/// A person whom a directory deleted comes back under the same id if `userName` or address is the same.
#[utoipa::path(post, path = "/Users", operation_id = "scim_create_user", tag = "scim", params(ScimShowQuery),
    request_body(content = ScimUser, content_type = "application/scim+json"), security(("bearer" = ["scim:manage"])),
    responses((status = 201, description = "The new person.", body = ScimUser, content_type = "application/scim+json")))]
async fn scim_create_user(State(app): State<App>, who: Can<may::ManageScim>, wanted: Wanted, Message(body): Message) -> Result<Response, Problem> {
    check_schemas(&body, USER)?;
    let made = app.reply(&who, StatusCode::CREATED, async |tx| {
        let user = service::create(tx, &body).await?;
        shown(tx, user, &wanted).await
    });
    made.await.map(said)
}

/// List people, oldest first.
#[utoipa::path(get, path = "/Users", operation_id = "scim_list_users", tag = "scim", params(ScimListQuery), security(("bearer" = ["scim:manage"])),
    responses((status = 200, description = "A page of people.", body = ScimUserList, content_type = "application/scim+json")))]
async fn scim_list_users(State(app): State<App>, who: Can<may::ManageScim>, wanted: Wanted) -> Result<Response, Problem> {
    listed(&app, &who, wanted).await
}

/// Search people.
#[utoipa::path(post, path = "/Users/.search", operation_id = "scim_search_users", tag = "scim",
    request_body(content = ScimSearch, content_type = "application/scim+json"), security(("bearer" = ["scim:manage"])),
    responses((status = 200, description = "A page of people.", body = ScimUserList, content_type = "application/scim+json")))]
async fn scim_search_users(State(app): State<App>, who: Can<may::ManageScim>, Message(body): Message) -> Result<Response, Problem> {
    listed(&app, &who, Wanted::of_search(&body)?).await
}

/// Read a person.
#[utoipa::path(get, path = "/Users/{id}", operation_id = "scim_get_user", tag = "scim",
    params(("id" = String, Path, description = "The person."), ScimShowQuery), security(("bearer" = ["scim:manage"])),
    responses((status = 200, description = "The person.", body = ScimUser, content_type = "application/scim+json"),
        (status = 304, description = "The version in `If-None-Match` is the present one.")))]
async fn scim_get_user(
    State(app): State<App>,
    who: Can<may::ManageScim>,
    Path(person): Path<String>,
    wanted: Wanted,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let user = store::find(&db, who.scope, id(&person)?).await?.ok_or_else(Problem::not_found)?;
    let person = user.person.id;
    let groups = store::groups_of(&db, who.scope.vendor(), &[person]).await?.remove(&person).unwrap_or_default();
    Ok(Shown::of(&USERS, user.shown(&base(&app), &groups), user.person.revision, &wanted.projection).read(&headers))
}

/// Replace what is kept of a person.
///
/// What is absent is cleared, except `active`, which stays as it is.
#[utoipa::path(put, path = "/Users/{id}", operation_id = "scim_replace_user", tag = "scim",
    params(("id" = String, Path, description = "The person."), ScimShowQuery),
    request_body(content = ScimUser, content_type = "application/scim+json"), security(("bearer" = ["scim:manage"])),
    responses((status = 200, description = "The person as it now is.", body = ScimUser, content_type = "application/scim+json")))]
async fn scim_replace_user(
    State(app): State<App>,
    who: Can<may::ManageScim>,
    Path(person): Path<String>,
    wanted: Wanted,
    Message(body): Message,
) -> Result<Response, Problem> {
    let person = id(&person)?;
    check_schemas(&body, USER)?;
    let done = app.reply(&who, StatusCode::OK, async |tx| {
        let user = service::replace(tx, person, &body).await?;
        shown(tx, user, &wanted).await
    });
    done.await.map(said)
}

/// Change a person.
///
/// All operations are carried out, or none. `active: false` shuts the person out at once: no token, session or key of theirs works.
#[utoipa::path(patch, path = "/Users/{id}", operation_id = "scim_patch_user", tag = "scim",
    params(("id" = String, Path, description = "The person."), ScimShowQuery),
    request_body(content = ScimPatch, content_type = "application/scim+json"), security(("bearer" = ["scim:manage"])),
    responses((status = 200, description = "The person as it now is.", body = ScimUser, content_type = "application/scim+json")))]
async fn scim_patch_user(
    State(app): State<App>,
    who: Can<may::ManageScim>,
    Path(person): Path<String>,
    wanted: Wanted,
    Message(body): Message,
) -> Result<Response, Problem> {
    let person = id(&person)?;
    check_schemas(&body, PATCH)?;
    let operations = patch::read(&body)?;
    let done = app.reply(&who, StatusCode::OK, async |tx| {
        let user = service::patch(tx, person, &operations).await?;
        shown(tx, user, &wanted).await
    });
    done.await.map(said)
}

/// Delete a person: deactivated, and gone over SCIM.
///
/// People are never deleted in truth, since the log names them: `GET /v1/people/{id}` still shows the person, deactivated.
#[utoipa::path(delete, path = "/Users/{id}", operation_id = "scim_delete_user", tag = "scim",
    params(("id" = String, Path, description = "The person.")), security(("bearer" = ["scim:manage"])),
    responses((status = 204, description = "The person is gone.")))]
async fn scim_delete_user(State(app): State<App>, who: Can<may::ManageScim>, Path(person): Path<String>) -> Result<Response, Problem> {
    let person = id(&person)?;
    app.reply(&who, StatusCode::NO_CONTENT, async |tx| service::delete(tx, person).await.map(|()| NoContent)).await
}
