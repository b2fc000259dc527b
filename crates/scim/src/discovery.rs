//! What this service supports: configuration, kinds of resource, schemas (RFC 7644 §4). Anybody may read it.

use crate::document::{ScimConfig, ScimDocument, ScimDocumentList};
use crate::error::NOT_IMPLEMENTED;
use crate::request::{self, MOST, list};
use crate::schema::{DOCUMENTS, ENTERPRISE, GROUP, USER};
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{any, post};
use kernel::{App, Problem};
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(scim_config))
        .routes(routes!(scim_resource_types))
        .routes(routes!(scim_resource_type))
        .routes(routes!(scim_schemas))
        .routes(routes!(scim_schema))
        .route("/Me", any(not_implemented))
        .route("/Bulk", post(not_implemented))
}

/// The address of SCIM here, without a slash at the end.
pub fn base(app: &App) -> String {
    format!("{}/scim/v2", app.public_url())
}

fn meta(base: &str, kind: &str, path: &str) -> Value {
    json!({ "resourceType": kind, "location": format!("{base}{path}") })
}

/// Read what SCIM supports here.
#[utoipa::path(get, path = "/ServiceProviderConfig", operation_id = "scim_get_config", tag = "scim", security(()),
    responses((status = 200, description = "What is supported.", body = ScimConfig, content_type = "application/scim+json")))]
async fn scim_config(State(app): State<App>) -> Response {
    let base = base(&app);
    let not = json!({ "supported": false });
    request::document(&json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "documentationUri": format!("{}/docs", app.public_url()),
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MOST },
        "changePassword": not, "sort": not,
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken", "name": "API key or access token", "primary": true,
            "description": "An API key with scim:manage, or a token made from it, as Authorization: Bearer.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
        }],
        "meta": meta(&base, "ServiceProviderConfig", "/ServiceProviderConfig"),
    }))
}

fn resource_types(base: &str) -> Vec<Value> {
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"];
    vec![
        json!({
            "schemas": schemas, "id": "User", "name": "User", "endpoint": "/Users", "schema": USER,
            "description": "People of the vendor, or of the partner that the credential is bound to.",
            "schemaExtensions": [{ "schema": ENTERPRISE, "required": false }],
            "meta": meta(base, "ResourceType", "/ResourceTypes/User"),
        }),
        json!({
            "schemas": schemas, "id": "Group", "name": "Group", "endpoint": "/Groups", "schema": GROUP,
            "description": "Groups of these people, which may give roles.",
            "meta": meta(base, "ResourceType", "/ResourceTypes/Group"),
        }),
    ]
}

/// List the kinds of resource.
#[utoipa::path(get, path = "/ResourceTypes", operation_id = "scim_list_resource_types", tag = "scim", security(()),
    responses((status = 200, description = "All of them.", body = ScimDocumentList, content_type = "application/scim+json")))]
async fn scim_resource_types(State(app): State<App>) -> Response {
    let all = resource_types(&base(&app));
    request::document(&list(all.len() as u64, 0, all))
}

/// Read one kind of resource.
#[utoipa::path(get, path = "/ResourceTypes/{id}", operation_id = "scim_get_resource_type", tag = "scim",
    params(("id" = String, Path, description = "`User` or `Group`.")), security(()),
    responses((status = 200, description = "The kind of resource.", body = ScimDocument, content_type = "application/scim+json")))]
async fn scim_resource_type(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Problem> {
    let found = resource_types(&base(&app)).into_iter().find(|one| one["id"] == id);
    found.map(|one| request::document(&one)).ok_or_else(Problem::not_found)
}

fn schemas(base: &str) -> Vec<Value> {
    let located = |schema: &Value| {
        let mut schema = schema.clone();
        schema["meta"] = meta(base, "Schema", &format!("/Schemas/{}", schema["id"].as_str().unwrap_or_default()));
        schema
    };
    DOCUMENTS.iter().map(located).collect()
}

/// List the schemas.
#[utoipa::path(get, path = "/Schemas", operation_id = "scim_list_schemas", tag = "scim", security(()),
    responses((status = 200, description = "All of them.", body = ScimDocumentList, content_type = "application/scim+json")))]
async fn scim_schemas(State(app): State<App>) -> Response {
    let all = schemas(&base(&app));
    request::document(&list(all.len() as u64, 0, all))
}

/// Read one schema.
#[utoipa::path(get, path = "/Schemas/{id}", operation_id = "scim_get_schema", tag = "scim",
    params(("id" = String, Path, description = "The schema's URI.")), security(()),
    responses((status = 200, description = "The schema.", body = ScimDocument, content_type = "application/scim+json")))]
async fn scim_schema(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Problem> {
    let found = schemas(&base(&app)).into_iter().find(|one| one["id"].as_str().is_some_and(|uri| uri.eq_ignore_ascii_case(&id)));
    found.map(|one| request::document(&one)).ok_or_else(Problem::not_found)
}

/// `/Me` is nobody, since keys call; `/Bulk` is announced as not supported.
async fn not_implemented() -> Problem {
    Problem::new(NOT_IMPLEMENTED)
}
