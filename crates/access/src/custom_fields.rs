//! The schemas of custom fields: which fields a vendor's resources carry beyond ours.
//!
//! A schema is a JSON Schema of an object. It is checked on every write from then on; what is stored
//! already stays as it is until it is written again.

use crate::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::fields;
use kernel::idempotency::Answer;
use kernel::log::EventKind;
use kernel::{App, At, Event, Page, Problem, Scope, Subject, Tx, Valid};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// The kinds of resources that carry custom fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CustomFieldsResource {
    /// Partner organisations.
    Partner,
    /// Accounts of the CRM.
    Account,
    /// Opportunities of the CRM.
    Opportunity,
    /// Deal registrations.
    Deal,
}

impl CustomFieldsResource {
    fn wire(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::Account => "account",
            Self::Opportunity => "opportunity",
            Self::Deal => "deal",
        }
    }
}

/// The schema that custom fields of one kind of resource are to fit.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"schema": {"type": "object", "additionalProperties": false,
    "properties": {"partner_since": {"type": "string", "format": "date"}, "headcount": {"type": "integer", "minimum": 1}}}}))]
pub struct CustomFieldsPut {
    /// JSON Schema (draft 2020-12) of an object, without references to elsewhere; at most 32,768 bytes.
    #[schema(value_type = HashMap<String, Value>)]
    pub schema: Value,
}

/// The custom fields of one kind of resource.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"resource": "partner", "schema": {"type": "object", "additionalProperties": false,
    "properties": {"headcount": {"type": "integer", "minimum": 1}}}, "revision": 1, "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct CustomFields {
    /// The kind of resource. More kinds may come.
    pub resource: CustomFieldsResource,
    /// JSON Schema of an object.
    #[schema(value_type = HashMap<String, Value>)]
    pub schema: Value,
    /// Raised with every change.
    pub revision: i64,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Resource for CustomFields {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

/// The custom fields of a kind of resource were defined or changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CustomFieldsChangedEvent {
    /// The custom fields as they now are.
    pub custom_fields: CustomFields,
}

impl Event for CustomFieldsChangedEvent {
    const TYPE: &'static str = fields::CHANGED;
    fn subject(&self) -> Subject {
        Subject::new("custom_fields", self.custom_fields.resource.wire(), self.custom_fields.revision)
    }
}

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![EventKind::of::<CustomFieldsChangedEvent>("The custom fields of a kind of resource were defined or changed.")]
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_custom_fields)).routes(routes!(get_custom_fields, put_custom_fields))
}

/// List the kinds of resources that carry custom fields, with their schemas.
#[utoipa::path(get, path = "/custom-fields", operation_id = "list_custom_fields", tag = "custom fields",
    security(("bearer" = ["vendor:read"])),
    responses((status = 200, description = "All of them, on one page.", body = Page<CustomFields>)))]
async fn list_custom_fields(State(app): State<App>, who: Can<may::ReadVendor>) -> Result<Json<Page<CustomFields>>, Problem> {
    Ok(Json(Page { data: stored(&app.db().read_of(who.scope.vendor()).await?, who.scope).await?, next_cursor: None }))
}

/// Read the custom fields of one kind of resource.
#[utoipa::path(get, path = "/custom-fields/{resource}", operation_id = "get_custom_fields", tag = "custom fields",
    params(("resource" = CustomFieldsResource, Path, description = "The kind of resource.")),
    security(("bearer" = ["vendor:read"])),
    responses((status = 200, description = "Its custom fields.", body = CustomFields)))]
async fn get_custom_fields(State(app): State<App>, who: Can<may::ReadVendor>, At(resource): At<CustomFieldsResource>) -> Result<Response, Problem> {
    let found = find(&app.db().read_of(who.scope.vendor()).await?, who.scope, resource).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &found).into_response(false))
}

/// Define the custom fields of one kind of resource, in place of those before.
///
/// Checked on every write from now on; what is stored already stays until it is written again.
#[utoipa::path(put, path = "/custom-fields/{resource}", operation_id = "put_custom_fields", tag = "custom fields",
    params(("resource" = CustomFieldsResource, Path, description = "The kind of resource.")), request_body = CustomFieldsPut,
    security(("bearer" = ["vendor:manage"])),
    responses((status = 200, description = "The custom fields as they now are.", body = CustomFields)))]
async fn put_custom_fields(
    State(app): State<App>,
    who: Can<may::ManageVendor>,
    At(resource): At<CustomFieldsResource>,
    Valid(body): Valid<CustomFieldsPut>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| put(tx, resource, body.schema).await).await
}

async fn put(tx: &mut Tx, resource: CustomFieldsResource, schema: Value) -> Result<CustomFields, Problem> {
    fields::compile(&schema).map_err(|error| Problem::invalid_all(vec![error]))?;
    if let Some(same) = find(tx, tx.scope(), resource).await?.filter(|before| before.schema == schema) {
        return Ok(same);
    }
    let revision = fields::store(tx, resource.wire(), &schema).await?;
    let custom_fields = CustomFields { resource, schema, revision, updated_at: tx.now() };
    tx.emit(CustomFieldsChangedEvent { custom_fields: custom_fields.clone() });
    Ok(custom_fields)
}

async fn find(db: &impl ConnectionTrait, scope: Scope, resource: CustomFieldsResource) -> Result<Option<CustomFields>, DbErr> {
    Ok(stored(db, scope).await?.into_iter().find(|one| one.resource == resource))
}

/// All that the vendor has defined: a handful at most.
async fn stored(db: &impl ConnectionTrait, scope: Scope) -> Result<Vec<CustomFields>, DbErr> {
    let sql = "SELECT resource, schema, revision, updated_at FROM custom_fields WHERE vendor_id = $1 ORDER BY resource";
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [scope.vendor().0.into()])).await?;
    rows.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<CustomFields, DbErr> {
    let json = |cause: serde_json::Error| DbErr::Json(cause.to_string());
    Ok(CustomFields {
        resource: serde_json::from_value(row.try_get::<String>("", "resource")?.into()).map_err(json)?,
        schema: serde_json::from_str(&row.try_get::<String>("", "schema")?).map_err(json)?,
        revision: row.try_get("", "revision")?,
        updated_at: row.try_get("", "updated_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_are_those_that_the_kernel_checks() {
        use CustomFieldsResource::*;
        assert_eq!([Partner, Account, Opportunity, Deal].map(CustomFieldsResource::wire), fields::RESOURCES);
    }
}
