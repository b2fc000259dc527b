//! The shapes of SCIM in the published document. What is read and kept follows from the schemas in [`crate::schema`].

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};

/// A person (RFC 7643 §4.1), with the enterprise extension (§4.3). More attributes are listed at `/scim/v2/Schemas`.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "jo@contoso.example", "externalId": "00u1",
    "name": {"givenName": "Jo", "familyName": "Alvarez"}, "emails": [{"value": "jo@contoso.example", "type": "work", "primary": true}],
    "active": true}))]
#[allow(missing_docs)]
pub struct ScimUser {
    /// The URIs of the schemas that it follows.
    #[schema(max_items = 10)]
    pub schemas: Vec<String>,
    /// Its id; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The directory's own id of it.
    #[serde(rename = "externalId", skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// What the directory calls the person; unique without regard to case.
    #[serde(rename = "userName", skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// The parts of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<HashMap<String, String>>)]
    pub name: Option<HashMap<String, String>>,
    /// The name shown to people.
    #[serde(rename = "displayName", skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// E-mail addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emails: Option<Vec<ScimValue>>,
    /// Roles; one that names a role of the program gives it, unless a group does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<ScimValue>>,
    /// The groups that the person is in; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<ScimReference>>,
    /// Whether the person may come in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// About the resource; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta: Option<ScimMeta>,
    /// Further attributes of the schemas.
    #[serde(flatten)]
    pub more: HashMap<String, Value>,
}

/// One of several values.
#[derive(Serialize, ToSchema)]
pub struct ScimValue {
    /// The value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// How it is shown to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// What it is for.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Whether it is the preferred one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<bool>,
}

/// A reference to a person or group.
#[derive(Serialize, ToSchema)]
pub struct ScimReference {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Its URI.
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// What it is.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// About a resource (RFC 7643 §3.1).
#[derive(Serialize, ToSchema)]
pub struct ScimMeta {
    /// `User` or `Group`.
    #[serde(rename = "resourceType", skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// When it was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<chrono::DateTime<chrono::Utc>>,
    /// When it was last changed.
    #[serde(rename = "lastModified", skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<chrono::DateTime<chrono::Utc>>,
    /// Its URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Its version, which is its `ETag`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// A group (RFC 7643 §4.2).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Channel Team", "externalId": "00g1"}))]
pub struct ScimGroup {
    /// The URIs of the schemas that it follows.
    #[schema(max_items = 10)]
    pub schemas: Vec<String>,
    /// Its id; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The directory's own id of it.
    #[serde(rename = "externalId", skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Its name; unique in its directory without regard to case.
    #[serde(rename = "displayName", skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The people in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<ScimReference>>,
    /// About the resource; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta: Option<ScimMeta>,
}

macro_rules! page_of {
    ($(#[$doc:meta])* $name:ident, $row:ty, $example:tt) => {
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        #[schema(example = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 1, "startIndex": 1,
            "itemsPerPage": 1, "Resources": [$example]}))]
        pub struct $name {
            /// That it is a list.
            pub schemas: Vec<String>,
            /// How many there are on all pages.
            #[serde(rename = "totalResults")]
            pub total_results: i64,
            /// The number of the first one on the page, from 1.
            #[serde(rename = "startIndex")]
            pub start_index: i64,
            /// How many are on the page.
            #[serde(rename = "itemsPerPage")]
            pub items_per_page: i64,
            /// The page.
            #[serde(rename = "Resources")]
            pub resources: Vec<$row>,
        }
    };
}

page_of!(
    /// A page of people.
    ScimUserList, ScimUser, {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "userName": "jo@contoso.example"});
page_of!(
    /// A page of groups.
    ScimGroupList, ScimGroup, {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": "grp_01jd3k7x2mfq8t9v5w6y0zabcd", "displayName": "Channel Team"});
page_of!(
    /// A page of people and groups.
    ScimList, ScimDocument, {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": "grp_01jd3k7x2mfq8t9v5w6y0zabcd", "displayName": "Channel Team"});
page_of!(
    /// All schemas, or all kinds of resource.
    ScimDocumentList, ScimDocument, {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": "User", "name": "User"});

/// A SCIM document whose members its own `schemas` describe.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": "User", "name": "User"}))]
pub struct ScimDocument {
    /// The URIs of the schemas that it follows.
    pub schemas: Vec<String>,
    /// Its id.
    pub id: String,
    /// What its schemas describe.
    #[serde(flatten)]
    pub more: HashMap<String, Value>,
}

/// What SCIM supports here (RFC 7643 §5).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"], "patch": {"supported": true}}))]
pub struct ScimConfig {
    /// The URI of the schema that it follows.
    pub schemas: Vec<String>,
    /// What that schema describes.
    #[serde(flatten)]
    pub more: HashMap<String, Value>,
}

/// Changes (RFC 7644 §3.5.2).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [{"op": "replace", "path": "externalId", "value": "00x2"}]}))]
pub struct ScimPatch {
    /// That it is a PATCH.
    #[schema(max_items = 10)]
    pub schemas: Vec<String>,
    /// The operations, in order; all are carried out, or none.
    #[serde(rename = "Operations")]
    #[schema(min_items = 1, max_items = 1000)]
    pub operations: Vec<ScimOperation>,
}

/// One change.
#[derive(Serialize, ToSchema)]
pub struct ScimOperation {
    /// `add`, `replace` or `remove`, in any case.
    pub op: String,
    /// What is changed; without it `value` is an object of attributes.
    pub path: Option<String>,
    /// The new value, or the values to add or remove.
    pub value: Option<Value>,
}

/// A search (RFC 7644 §3.4.3).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "meta.lastModified gt \"2026-01-01T00:00:00Z\"",
    "startIndex": 1, "count": 10}))]
pub struct ScimSearch {
    /// That it is a search.
    #[schema(max_items = 10)]
    pub schemas: Vec<String>,
    /// Which resources.
    #[schema(max_length = 4096)]
    pub filter: Option<String>,
    /// The number of the first one, from 1.
    #[serde(rename = "startIndex")]
    pub start_index: Option<i64>,
    /// How many at most; 100 if absent, never more than 200.
    pub count: Option<i64>,
    /// Return only these attributes.
    #[schema(max_items = 200)]
    pub attributes: Option<Vec<String>>,
    /// Return all but these attributes.
    #[serde(rename = "excludedAttributes")]
    #[schema(max_items = 200)]
    pub excluded_attributes: Option<Vec<String>>,
}

/// A refusal (RFC 7644 §3.12).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "409", "scimType": "uniqueness",
    "detail": "Another person or group has this userName, e-mail address or displayName. (request 0198c1c2-6d3f-7e0a-9a51-0d9f7a1b2c3d)"}))]
pub struct ScimError {
    /// That it is an error.
    pub schemas: Vec<String>,
    /// The HTTP status, repeated.
    pub status: String,
    /// What kind of error, where RFC 7644 table 9 has a word for it.
    #[serde(rename = "scimType", skip_serializing_if = "Option::is_none")]
    pub scim_type: Option<String>,
    /// What happened, with the id to quote when you ask for help.
    pub detail: String,
}

/// What of a resource is returned.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
pub struct ScimShowQuery {
    /// Return only these attributes, separated by commas.
    attributes: Option<String>,
    /// Return all but these attributes, separated by commas.
    #[serde(rename = "excludedAttributes")]
    #[param(rename = "excludedAttributes")]
    excluded_attributes: Option<String>,
}

/// Which resources, and what of each.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
pub struct ScimListQuery {
    /// Which resources: a filter of RFC 7644 §3.4.2.2.
    #[param(max_length = 4096)]
    filter: Option<String>,
    /// The number of the first one, from 1.
    #[param(rename = "startIndex")]
    start_index: Option<i64>,
    /// How many at most; 100 if absent, never more than 200.
    count: Option<i64>,
    /// Return only these attributes, separated by commas.
    attributes: Option<String>,
    /// Return all but these attributes, separated by commas.
    #[param(rename = "excludedAttributes")]
    excluded_attributes: Option<String>,
}
