//! The operations on roles and permissions, and both on the wire.

use super::store::{self, role};
use super::{RoleName, service};
use crate::permission::{self, Permission, Role};
use crate::{Anyone, Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::body::{not_null, present};
use kernel::idempotency::Answer;
use kernel::log::EventKind;
use kernel::text::not_blank;
use kernel::{App, At, Event, Page, Problem, Subject, Valid};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// Whose people have a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum RoleSide {
    /// The vendor's own.
    Vendor,
    /// Partners'.
    Partner,
}

/// A role to be made.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "deal_desk", "title": "Deal desk", "description": "Decides on registrations.", "side": "vendor",
    "permissions": ["partners:read", "deals:read", "deals:decide", "rules:read"]}))]
pub struct AccessRoleCreate {
    /// Its name, which is in people's `role` and never changes.
    pub name: RoleName,
    /// What people call it.
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub title: String,
    /// What it is for.
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub description: Option<String>,
    /// Whose people have it; this never changes.
    pub side: RoleSide,
    /// What it allows, at least one; `GET /v1/permissions` lists what there is.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_items = 1, max_items = 64)]
    pub permissions: Vec<String>,
}

/// What is to change of a role (JSON merge patch): what is absent stays.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"permissions": ["partners:read", "deals:read"]}))]
pub struct AccessRolePatch {
    /// What people call it.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", nullable = false)]
    pub title: Option<String>,
    /// What it is for; null clears it.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500, pattern = r"\S")]
    pub description: Option<Option<String>>,
    /// What it allows: the whole list.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 64))]
    #[schema(min_items = 1, max_items = 64, nullable = false)]
    pub permissions: Option<Vec<String>>,
}

/// A role: what those who have it may do.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"name": "deal_desk", "title": "Deal desk", "description": "Decides on registrations.", "side": "vendor", "built_in": false,
    "permissions": ["partners:read", "deals:read", "deals:decide", "rules:read"], "revision": 1, "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["update", "delete"]}))]
pub struct AccessRole {
    /// Its name, as in people's `role`.
    pub name: RoleName,
    /// What people call it.
    pub title: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whose people have it.
    pub side: RoleSide,
    /// Whether it is the same for every vendor and cannot be changed.
    pub built_in: bool,
    /// What it allows, in the order of `GET /v1/permissions`.
    pub permissions: Vec<String>,
    /// Raised with every change; 1 for a built-in role.
    pub revision: i64,
    /// When it was made; absent for a built-in role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last changed; absent for a built-in role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<DateTime<Utc>>,
    /// What the caller may do with it: `update`, `delete`.
    pub available_actions: Vec<String>,
}

/// Something that a caller may be allowed to do.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"name": "deals:decide", "description": "Approve, reject, question and close deals for the vendor.", "sides": ["vendor"],
    "limitable": true}))]
pub struct AccessPermission {
    /// Its name, as in scopes and roles.
    pub name: String,
    /// What it allows, in a sentence.
    pub description: String,
    /// Whose roles may hold it.
    pub sides: Vec<RoleSide>,
    /// Whether it is left to a person of the vendor whose reach is narrowed.
    pub limitable: bool,
}

impl AccessRole {
    fn built_in(role: Role) -> Self {
        Self {
            name: role.into(),
            title: role.title().to_owned(),
            description: Some(role.describe().to_owned()),
            side: if role.is_partners() { RoleSide::Partner } else { RoleSide::Vendor },
            built_in: true,
            permissions: permission::names(role.grants()).into_iter().map(str::to_owned).collect(),
            revision: 1,
            created_at: None,
            updated_at: None,
            available_actions: Vec::new(),
        }
    }

    pub(super) fn custom(row: role::Model, caller: u64) -> Self {
        let grants = row.facts().grants;
        let may = caller & Permission::ManageAccess.bit() != 0 && grants & !caller == 0;
        Self {
            permissions: permission::names(grants).into_iter().map(str::to_owned).collect(),
            name: RoleName::stored(row.name),
            title: row.title,
            description: row.description,
            side: row.side,
            built_in: false,
            revision: row.revision,
            created_at: Some(row.created_at),
            updated_at: Some(row.updated_at),
            available_actions: if may { vec!["update".into(), "delete".into()] } else { Vec::new() },
        }
    }
}

impl Resource for AccessRole {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/roles/{}", self.name))
    }
}

macro_rules! role_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// The role as it now is, or was.
            pub role: AccessRole,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("role", &self.role.name, self.role.revision)
            }
        }
    };
}

role_event!(
    /// A role was made.
    RoleCreatedEvent, "role.created");
role_event!(
    /// A role was changed, for all who have it.
    RoleUpdatedEvent, "role.updated");
role_event!(
    /// A role was deleted.
    RoleDeletedEvent, "role.deleted");

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![
        EventKind::of::<RoleCreatedEvent>("A role was made."),
        EventKind::of::<RoleUpdatedEvent>("A role was changed, for all who have it."),
        EventKind::of::<RoleDeletedEvent>("A role was deleted."),
    ]
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_permissions)).routes(routes!(create_role, list_roles)).routes(routes!(
        get_role,
        update_role,
        delete_role
    ))
}

/// List every permission, with what it allows.
#[utoipa::path(get, path = "/permissions", operation_id = "list_permissions", tag = "access", security(("bearer" = [])),
    responses((status = 200, description = "All of them, on one page.", body = Page<AccessPermission>)))]
async fn list_permissions(_: Anyone) -> Json<Page<AccessPermission>> {
    let (partners, limitable) = (permission::for_partners(), permission::limitable());
    let data = Permission::ALL.iter().map(|permission| AccessPermission {
        name: permission.wire().to_owned(),
        description: permission.describe().to_owned(),
        sides: [RoleSide::Vendor, RoleSide::Partner]
            .into_iter()
            .filter(|side| *side == RoleSide::Vendor || partners & permission.bit() != 0)
            .collect(),
        limitable: limitable & permission.bit() != 0,
    });
    Json(Page { data: data.collect(), next_cursor: None })
}

/// List the roles: the built-in ones, then the vendor's own by name.
///
/// A partner's people are told of the partners' roles only.
#[utoipa::path(get, path = "/roles", operation_id = "list_roles", tag = "access", security(("bearer" = [])),
    responses((status = 200, description = "All of them, on one page.", body = Page<AccessRole>)))]
async fn list_roles(State(app): State<App>, Anyone(who): Anyone) -> Result<Json<Page<AccessRole>>, Problem> {
    let own = store::all(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor()).await?;
    let all = Role::ALL.iter().map(|role| AccessRole::built_in(*role)).chain(own.into_iter().map(|row| AccessRole::custom(row, who.grants)));
    let data = all.filter(|role| who.scope.partner().is_none() || role.side == RoleSide::Partner).collect();
    Ok(Json(Page { data, next_cursor: None }))
}

/// Read a role.
#[utoipa::path(get, path = "/roles/{name}", operation_id = "get_role", tag = "access", params(("name" = RoleName, Path, description = "The role's name.")),
    security(("bearer" = [])),
    responses((status = 200, description = "The role.", body = AccessRole)))]
async fn get_role(State(app): State<App>, Anyone(who): Anyone, At(name): At<RoleName>) -> Result<Response, Problem> {
    let role = match name.as_str().parse::<Role>() {
        Ok(role) => Some(AccessRole::built_in(role)),
        Err(()) => {
            let db = app.db().read_of(who.scope.vendor()).await?;
            store::find(&db, who.scope.vendor(), name.as_str()).await?.map(|row| AccessRole::custom(row, who.grants))
        }
    };
    let role = role.filter(|role| who.scope.partner().is_none() || role.side == RoleSide::Partner).ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &role).into_response(false))
}

/// Make a role of the vendor's own.
///
/// It holds no more than the caller may do, and if it is for partners' people, only what those may do at all.
#[utoipa::path(post, path = "/roles", operation_id = "create_role", tag = "access", request_body = AccessRoleCreate,
    security(("bearer" = ["access:manage"])),
    responses((status = 201, description = "The new role.", body = AccessRole)))]
async fn create_role(State(app): State<App>, who: Can<may::ManageAccess>, Valid(body): Valid<AccessRoleCreate>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, body).await).await
}

/// Change a role of the vendor's own, at once for all who have it.
///
/// A JSON merge patch. Nobody changes a role that may do more than they may themselves.
#[utoipa::path(patch, path = "/roles/{name}", operation_id = "update_role", tag = "access",
    params(("name" = RoleName, Path, description = "The role's name.")), request_body = AccessRolePatch, security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "The role as it now is.", body = AccessRole)))]
async fn update_role(
    State(app): State<App>,
    who: Can<may::ManageAccess>,
    At(name): At<RoleName>,
    Valid(body): Valid<AccessRolePatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, name, body).await).await
}

/// Delete a role of the vendor's own that nobody has; 409 with the number of `people` if somebody has it.
#[utoipa::path(delete, path = "/roles/{name}", operation_id = "delete_role", tag = "access",
    params(("name" = RoleName, Path, description = "The role's name.")), security(("bearer" = ["access:manage"])),
    responses((status = 204, description = "The role is gone.")))]
async fn delete_role(State(app): State<App>, who: Can<may::ManageAccess>, At(name): At<RoleName>) -> Result<StatusCode, Problem> {
    app.write(&who, async |tx| service::delete(tx, name).await).await?;
    Ok(StatusCode::NO_CONTENT)
}
