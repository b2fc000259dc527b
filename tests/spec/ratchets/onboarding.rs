//! Living things of onboarding, for the ratchets.

use super::fill;
use crate::prelude::*;
use spec::document::Operation;

/// A published version of a path of its own name.
async fn path(acme: &Vendor, published: bool) -> String {
    let tasks = json!([{ "key": "call", "title": { "en": "Hold the call" }, "owner": "partner", "due_days": 7 },
        { "key": "course", "title": { "en": "Take the course" }, "owner": "partner", "after": ["call"] }]);
    let body = json!({ "name": format!("path-{}", spec::unique()), "title": { "en": "A path" }, "when": "false",
        "milestones": [{ "key": "ready", "title": { "en": "Ready" }, "tasks": tasks }] });
    let draft = acme.post("/v1/onboarding-paths", body).await.expect(201).id();
    if published {
        acme.post(format!("/v1/onboarding-paths/{draft}/publish"), json!(null)).await.expect(200);
    }
    draft
}

/// A partner on a path, and its open task.
async fn started(acme: &Vendor) -> (String, String) {
    let partner = acme.adds_partner("Northwind").await.id;
    let body = json!({ "path_id": path(acme, true).await });
    let begun = acme.post(format!("/v1/partners/{partner}/onboarding/start"), body).await.expect(201);
    (partner, begun["next"][0]["id"].as_str().expect("an open task").to_owned())
}

/// The id of a new, living thing for a path of the document; `None` for what is made elsewhere.
pub async fn living(acme: &Vendor, path: &str) -> Option<Value> {
    match path.split("/{").next().unwrap_or_default() {
        "/v1/onboarding-paths" => Some(json!(self::path(acme, false).await)),
        "/v1/onboarding-tasks" => Some(json!(started(acme).await.1)),
        "/v1/partners" if path.contains("/onboarding") => Some(json!(started(acme).await.0)),
        _ => None,
    }
}

/// The path and body of a request that works, where they are not what they are elsewhere.
pub async fn ready(acme: &Vendor, operation: &Operation, body: Option<Value>) -> Option<(String, Option<Value>)> {
    let at = |id: String| fill(&operation.path, |_| id.clone());
    Some(match operation.id.as_str() {
        "retire_onboarding_path" => (at(path(acme, true).await), body),
        "start_onboarding" => (at(acme.adds_partner("Northwind").await.id), Some(json!({ "path_id": path(acme, true).await }))),
        "move_onboarding" => (at(started(acme).await.0), Some(json!({ "path_id": path(acme, true).await }))),
        "reopen_onboarding_task" => {
            let task = started(acme).await.1;
            acme.post(format!("/v1/onboarding-tasks/{task}/skip"), json!({ "reason": "For now." })).await.expect(200);
            (at(task), body)
        }
        _ => return None,
    })
}
