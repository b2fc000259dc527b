//! `/v1/directory-groups`: which role a directory's group gives, as the vendor says.

use super::store::{self, Row};
use super::{GroupId, service};
use access::{Can, RoleName, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

/// A group that a directory provisions by SCIM, without its members.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "grp_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Channel Team", "external_id": "00g1", "role": "channel_manager",
    "revision": 2, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct DirectoryGroup {
    /// Its id.
    pub id: GroupId,
    /// The partner whose directory it is of; absent for the vendor's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// What the directory calls it.
    pub name: String,
    /// The directory's own id of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The role that it was mapped to. Without one, a group that is named like a role gives that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleName>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it, its members or its role were last changed.
    pub updated_at: DateTime<Utc>,
}

impl Resource for DirectoryGroup {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

impl From<Row> for DirectoryGroup {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            partner_id: row.partner,
            name: row.name,
            external_id: row.external_id,
            role: row.role,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The role that a group is to give.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "finance"}))]
pub struct DirectoryGroupRole {
    /// A role of the group's side; none if absent or null.
    pub role: Option<RoleName>,
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_directory_groups)).routes(routes!(get_directory_group)).routes(routes!(map_directory_group))
}

/// List the groups that directories provision, oldest first.
#[utoipa::path(get, path = "/directory-groups", operation_id = "list_directory_groups", tag = "access", params(PageQuery),
    security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "A page of groups.", body = Page<DirectoryGroup>)))]
async fn list_directory_groups(
    State(app): State<App>,
    who: Can<may::ManageAccess>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<DirectoryGroup>>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<Uuid>("directory_groups")?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    let rows = store::list(&db, who.scope, after, limit + 1).await?;
    Ok(Json(Page::of("directory_groups", rows, limit, |row| row.id.0).map(DirectoryGroup::from)))
}

/// Read a group that a directory provisions.
#[utoipa::path(get, path = "/directory-groups/{id}", operation_id = "get_directory_group", tag = "access",
    params(("id" = GroupId, Path, description = "The group.")), security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "The group.", body = DirectoryGroup)))]
async fn get_directory_group(State(app): State<App>, who: Can<may::ManageAccess>, At(id): At<GroupId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find_any(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &DirectoryGroup::from(row)).into_response(false))
}

/// Say which role a group gives to its members.
///
/// They get it at once. Who is in several groups gets the role with the most permissions. Nobody maps a role that may do more than
/// they may themselves.
#[utoipa::path(put, path = "/directory-groups/{id}/role", operation_id = "map_directory_group", tag = "access",
    params(("id" = GroupId, Path, description = "The group.")), request_body = DirectoryGroupRole, security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "The group as it now is.", body = DirectoryGroup)))]
async fn map_directory_group(
    State(app): State<App>,
    who: Can<may::ManageAccess>,
    At(id): At<GroupId>,
    Valid(body): Valid<DirectoryGroupRole>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::map(tx, id, body.role).await.map(DirectoryGroup::from)).await
}
