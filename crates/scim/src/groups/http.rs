//! `/Groups`: the operations on groups.

use super::store::{self, Row};
use super::{GroupId, service};
use crate::discovery::base;
use crate::document::{ScimGroup, ScimGroupList, ScimListQuery, ScimPatch, ScimSearch, ScimShowQuery};
use crate::request::{self, Message, Shown, Wanted, list, said};
use crate::schema::{GROUP, GROUPS};
use crate::store::page;
use crate::users::check_schemas;
use crate::{NoContent, PATCH, patch};
use access::{Can, may};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use kernel::app::Resource;
use kernel::id::PersonId;
use kernel::{Actor, App, Problem, Tx};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(scim_create_group, scim_list_groups)).routes(routes!(scim_search_groups)).routes(routes!(
        scim_get_group,
        scim_replace_group,
        scim_patch_group,
        scim_delete_group
    ))
}

fn id(text: &str) -> Result<GroupId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn listed(app: &App, who: &Actor, wanted: Wanted) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let (total, found) = page::<Row>(&db, who.scope, &base(app), &wanted).await?;
    let resources = found.into_iter().map(|one| wanted.projection.of(&GROUPS, one)).collect();
    Ok(request::document(&list(total, wanted.offset, resources)))
}

fn shown(tx: &Tx, row: &Row, members: &[PersonId], wanted: &Wanted) -> Shown {
    Shown::of(&GROUPS, row.shown(&base(tx.app()), Some(members)), row.revision, &wanted.projection)
}

/// A change that is answered with the version alone: a group may have thousands of members.
#[derive(Serialize)]
struct Changed(#[serde(skip)] i64);

impl Resource for Changed {
    fn revision(&self) -> Option<i64> {
        Some(self.0)
    }
}

/// Add a group.
#[utoipa::path(post, path = "/Groups", operation_id = "scim_create_group", tag = "scim", params(ScimShowQuery),
    request_body(content = ScimGroup, content_type = "application/scim+json"), security(("bearer" = ["scim:manage"])),
    responses((status = 201, description = "The new group.", body = ScimGroup, content_type = "application/scim+json")))]
async fn scim_create_group(State(app): State<App>, who: Can<may::ManageScim>, wanted: Wanted, Message(body): Message) -> Result<Response, Problem> {
    check_schemas(&body, GROUP)?;
    let made = app.reply(&who, StatusCode::CREATED, async |tx| {
        let (row, members) = service::create(tx, &body).await?;
        Ok::<_, Problem>(shown(tx, &row, &members, &wanted))
    });
    made.await.map(said)
}

/// List groups, oldest first.
///
/// With `excludedAttributes=members` their members are not even looked up.
#[utoipa::path(get, path = "/Groups", operation_id = "scim_list_groups", tag = "scim", params(ScimListQuery), security(("bearer" = ["scim:manage"])),
    responses((status = 200, description = "A page of groups.", body = ScimGroupList, content_type = "application/scim+json")))]
async fn scim_list_groups(State(app): State<App>, who: Can<may::ManageScim>, wanted: Wanted) -> Result<Response, Problem> {
    listed(&app, &who, wanted).await
}

/// Search groups.
#[utoipa::path(post, path = "/Groups/.search", operation_id = "scim_search_groups", tag = "scim",
    request_body(content = ScimSearch, content_type = "application/scim+json"), security(("bearer" = ["scim:manage"])),
    responses((status = 200, description = "A page of groups.", body = ScimGroupList, content_type = "application/scim+json")))]
async fn scim_search_groups(State(app): State<App>, who: Can<may::ManageScim>, Message(body): Message) -> Result<Response, Problem> {
    listed(&app, &who, Wanted::of_search(&body)?).await
}

/// Read a group.
#[utoipa::path(get, path = "/Groups/{id}", operation_id = "scim_get_group", tag = "scim",
    params(("id" = String, Path, description = "The group."), ScimShowQuery), security(("bearer" = ["scim:manage"])),
    responses((status = 200, description = "The group.", body = ScimGroup, content_type = "application/scim+json"),
        (status = 304, description = "The version in `If-None-Match` is the present one.")))]
async fn scim_get_group(
    State(app): State<App>,
    who: Can<may::ManageScim>,
    Path(group): Path<String>,
    wanted: Wanted,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id(&group)?).await?.ok_or_else(Problem::not_found)?;
    let members = if wanted.projection.wants("members") { store::members(&db, who.scope.vendor(), row.id).await? } else { Vec::new() };
    Ok(Shown::of(&GROUPS, row.shown(&base(&app), Some(&members)), row.revision, &wanted.projection).read(&headers))
}

/// Replace a group and its members.
#[utoipa::path(put, path = "/Groups/{id}", operation_id = "scim_replace_group", tag = "scim",
    params(("id" = String, Path, description = "The group."), ScimShowQuery),
    request_body(content = ScimGroup, content_type = "application/scim+json"), security(("bearer" = ["scim:manage"])),
    responses((status = 200, description = "The group as it now is.", body = ScimGroup, content_type = "application/scim+json")))]
async fn scim_replace_group(
    State(app): State<App>,
    who: Can<may::ManageScim>,
    Path(group): Path<String>,
    wanted: Wanted,
    Message(body): Message,
) -> Result<Response, Problem> {
    let group = id(&group)?;
    check_schemas(&body, GROUP)?;
    let done = app.reply(&who, StatusCode::OK, async |tx| {
        let (row, members) = service::replace(tx, group, &body).await?;
        Ok::<_, Problem>(shown(tx, &row, &members, &wanted))
    });
    done.await.map(said)
}

/// Change a group or its members.
///
/// All operations are carried out, or none. The answer has no body: a group may have thousands of members.
#[utoipa::path(patch, path = "/Groups/{id}", operation_id = "scim_patch_group", tag = "scim",
    params(("id" = String, Path, description = "The group.")),
    request_body(content = ScimPatch, content_type = "application/scim+json"), security(("bearer" = ["scim:manage"])),
    responses((status = 204, description = "It is done; `ETag` is the new version.")))]
async fn scim_patch_group(
    State(app): State<App>,
    who: Can<may::ManageScim>,
    Path(group): Path<String>,
    Message(body): Message,
) -> Result<Response, Problem> {
    let group = id(&group)?;
    check_schemas(&body, PATCH)?;
    let operations = patch::read(&body)?;
    let done = app.reply(&who, StatusCode::NO_CONTENT, async |tx| service::patch(tx, group, &operations).await.map(|row| Changed(row.revision)));
    done.await.map(said)
}

/// Delete a group; people stay, without the role that it gave.
#[utoipa::path(delete, path = "/Groups/{id}", operation_id = "scim_delete_group", tag = "scim",
    params(("id" = String, Path, description = "The group.")), security(("bearer" = ["scim:manage"])),
    responses((status = 204, description = "The group is gone.")))]
async fn scim_delete_group(State(app): State<App>, who: Can<may::ManageScim>, Path(group): Path<String>) -> Result<Response, Problem> {
    let group = id(&group)?;
    app.reply(&who, StatusCode::NO_CONTENT, async |tx| service::delete(tx, group).await.map(|()| NoContent)).await
}
