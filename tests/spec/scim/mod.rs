//! SCIM 2.0 (RFC 7643, RFC 7644): a directory provisions people and groups.

mod dialects;
mod filters;
mod groups;
mod leavers;
mod matrix;
mod users;

use crate::prelude::*;

/// The body of a new user with this `userName`.
fn user(name: &str) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name })
}

/// A PATCH of these operations.
fn patch(operations: Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

/// A new user with this `userName`.
async fn adds(directory: &Client, name: &str) -> Reply {
    directory.post("/scim/v2/Users", user(name)).await.expect(201)
}

/// A new group of these people.
async fn groups(directory: &Client, name: &str, members: &[&str]) -> Reply {
    let members: Vec<_> = members.iter().map(|id| json!({ "value": id })).collect();
    directory.post("/scim/v2/Groups", json!({ "displayName": name, "members": members })).await.expect(201)
}

/// The ids that a filter finds.
async fn found(directory: &Client, list: &str, filter: &str) -> Vec<String> {
    let encoded: String = url_encoded(filter);
    let page = directory.get(format!("/scim/v2/{list}?filter={encoded}")).await.expect(200);
    page["Resources"].as_array().expect("resources").iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

fn url_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A directory of a partner: a key that is bound to it.
async fn bound_key(acme: &Vendor, partner: &str) -> Client {
    let body = json!({ "name": "Their directory", "role": "partner_admin", "partner_id": partner });
    acme.bearing(&acme.post("/v1/api-keys", body).await.expect(201).text("secret"))
}

/// Refused in SCIM's own words.
#[track_caller]
fn refused(reply: Reply, status: u16, keyword: Option<&str>) {
    let said = reply["schemas"][0] == "urn:ietf:params:scim:api:messages:2.0:Error"
        && reply["status"] == status.to_string().as_str()
        && reply["scimType"].as_str() == keyword
        && reply.header("content-type") == Some("application/scim+json");
    assert!(reply.status == status && said, "expected {status} {keyword:?}\n{reply}");
}
