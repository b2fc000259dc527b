//! Searches by POST (RFC 7644 §3.4.3): of people, of groups, or of both.

use crate::discovery::base;
use crate::document::{ScimList, ScimSearch};
use crate::groups;
use crate::request::{self, Message, Wanted, list};
use crate::schema::{GROUPS, USERS};
use crate::store::page;
use crate::users::User;
use access::{Can, may};
use axum::extract::State;
use axum::response::Response;
use kernel::{App, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(scim_search))
}

/// Search people and groups.
///
/// People come first. An attribute that a kind of resource does not have has no value there.
#[utoipa::path(post, path = "/.search", operation_id = "scim_search", tag = "scim",
    request_body(content = ScimSearch, content_type = "application/scim+json"), security(("bearer" = ["scim:manage"])),
    responses((status = 200, description = "A page of what was found.", body = ScimList, content_type = "application/scim+json")))]
async fn scim_search(State(app): State<App>, who: Can<may::ManageScim>, Message(body): Message) -> Result<Response, Problem> {
    let wanted = Wanted::of_search(&body)?;
    let (db, base) = (app.db().read_of(who.scope.vendor()).await?, base(&app));
    let (people, found) = page::<User>(&db, who.scope, &base, &wanted).await?;
    let mut resources: Vec<_> = found.into_iter().map(|one| wanted.projection.of(&USERS, one)).collect();
    let left = Wanted { offset: wanted.offset.saturating_sub(people), count: wanted.count - resources.len() as u64, ..wanted.clone() };
    let (groups, found) = page::<groups::Row>(&db, who.scope, &base, &left).await?;
    resources.extend(found.into_iter().map(|one| wanted.projection.of(&GROUPS, one)));
    Ok(request::document(&list(people + groups, wanted.offset, resources)))
}
