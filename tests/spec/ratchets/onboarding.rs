//! Living things of onboarding, for the ratchets.

use super::fill;
use crate::prelude::*;
use spec::deals::with;
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

/// A version of the ideal partner profile.
async fn profile(acme: &Vendor, published: bool) -> String {
    let criteria = json!([{ "id": "home", "name": "At home", "when": "company.country == 'DE'", "weight": 10, "text": "They are near." }]);
    let draft = acme.post("/v1/ideal-profiles", json!({ "title": "A profile", "criteria": criteria })).await.expect(201).id();
    if published {
        acme.post(format!("/v1/ideal-profiles/{draft}/publish"), json!(null)).await.expect(200);
    }
    draft
}

/// A partner that was given an environment, and the grant; its provisioner is nowhere.
async fn granted(acme: &Vendor, failed: bool) -> (String, String) {
    let body = json!({ "url": "http://127.0.0.1:9/", "answer_minutes": 60, "rules": [] });
    acme.put("/v1/provisioning-policy", body).await.expect(200);
    let partner = acme.adds_partner("Northwind").await.id;
    let grant = acme.post(format!("/v1/partners/{partner}/access-grants"), json!({ "environment": "lab" })).await.expect(201).id();
    if failed {
        acme.world().sql("UPDATE access_grants SET status = 'failed', live_key = NULL, due_at = NULL, answer_by = NULL").await;
    }
    (partner, grant)
}

/// The token of a call to a provisioner that said that it calls back.
async fn called_back(acme: &Vendor) -> String {
    let receiver = spec::receiver::Receiver::start().await;
    receiver.answers(202);
    acme.put("/v1/provisioning-policy", json!({ "url": receiver.url, "answer_minutes": 60, "rules": [] })).await.expect(200);
    let partner = acme.adds_partner("Northwind").await.id;
    acme.post(format!("/v1/partners/{partner}/access-grants"), json!({ "environment": "lab" })).await.expect(201);
    acme.world().settle().await;
    let asked = receiver.take();
    let of_it = asked.iter().find(|request| request.event["partner"]["id"] == partner.as_str()).expect("a call");
    of_it.event["callback"]["token"].as_str().expect("a token").to_owned()
}

/// A survey that is asked, an invitation to it, and the secret of its link.
async fn survey(acme: &Vendor) -> (String, String, String) {
    let text = json!({ "en": "A text" });
    let name = format!("survey-{}", spec::unique());
    let content = json!({ "name": name, "title": text, "page": "https://portal.example/survey", "expires_days": 30,
        "low_psat": 2, "low_nps": 6, "questions": [{ "key": "satisfaction", "kind": "psat", "text": text }] });
    let survey = acme.post("/v1/surveys", content).await.expect(201).id();
    let partner = acme.adds_partner("Northwind").await;
    partner.person("partner_admin").await;
    acme.post(format!("/v1/surveys/{survey}/send"), json!({ "partner_ids": [partner.id] })).await.expect(200);
    let invited = acme.all(&format!("/v1/surveys/{survey}/invitations")).await[0]["id"].as_str().expect("an id").to_owned();
    let id: onboarding::surveys::SurveyInvitationId = invited.parse().expect("an id");
    let secret = access::forms::token(acme.id.parse().expect("an id"), id);
    let hash = access::forms::hash(&secret);
    let sql = format!(
        "INSERT INTO survey_links (vendor_id, hash, invitation_id, created_at) \
         SELECT vendor_id, '{hash}', id, sent_at FROM survey_invitations WHERE survey = '{name}'"
    );
    assert_eq!(acme.world().sql(&sql).await, 1);
    (survey, invited, secret)
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
        "/v1/ideal-profiles" => Some(json!(profile(acme, false).await)),
        "/v1/access-grants" => Some(json!(granted(acme, false).await.1)),
        "/v1/surveys" => Some(json!(survey(acme).await.0)),
        "/v1/survey-invitations" => Some(json!(survey(acme).await.1)),
        "/v1/onboarding-tasks" => Some(json!(started(acme).await.1)),
        "/v1/partners" if path.ends_with("/access-grants") => Some(json!(granted(acme, false).await.0)),
        "/v1/partners" if path.contains("/onboarding") => Some(json!(started(acme).await.0)),
        _ => None,
    }
}

/// The path and body of a request that works, where they are not what they are elsewhere.
pub async fn ready(acme: &Vendor, operation: &Operation, body: Option<Value>) -> Option<(String, Option<Value>)> {
    let at = |id: String| fill(&operation.path, |_| id.clone());
    Some(match operation.id.as_str() {
        "get_partner_profile_score" => {
            profile(acme, true).await;
            (at(acme.adds_partner("Northwind").await.id), body)
        }
        "list_profile_scores" | "get_ideal_profile_in_force" => {
            profile(acme, true).await;
            (operation.path.clone(), body)
        }
        "put_provisioning_policy" => (operation.path.clone(), body.map(|body| with(body, json!({ "url": "http://127.0.0.1:9/" })))),
        "retry_access_grant" => (at(granted(acme, true).await.1), body),
        "answer_access_grant" => {
            let token = called_back(acme).await;
            (operation.path.clone(), body.map(|body| with(body, json!({ "token": token }))))
        }
        "send_survey" => {
            let partner = acme.adds_partner("Northwind").await.id;
            (at(survey(acme).await.0), body.map(|body| with(body, json!({ "partner_ids": [partner] }))))
        }
        "read_survey" | "answer_survey" => {
            let secret = survey(acme).await.2;
            (operation.path.clone(), body.map(|body| with(body, json!({ "secret": secret }))))
        }
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
