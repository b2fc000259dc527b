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

/// A version of a walkthrough of its own name, for the vendor's own people.
async fn walkthrough(acme: &Vendor, published: bool) -> String {
    let body = json!({ "name": format!("walkthrough-{}", spec::unique()), "screen": "deals", "title": { "en": "A walkthrough" },
        "when": "person.side == \"vendor\"", "steps": [{ "key": "register", "title": { "en": "Register" } }] });
    let draft = acme.post("/v1/walkthroughs", body).await.expect(201).id();
    if published {
        acme.post(format!("/v1/walkthroughs/{draft}/publish"), json!(null)).await.expect(200);
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

/// A provider of checks at this address, and somebody whom it was asked about: it is asked about nobody else.
async fn check(acme: &Vendor, url: &str) -> (String, String) {
    let number = spec::unique();
    let body = json!({ "name": format!("Provider {number}"), "url": url, "kind": "credit", "when": format!("partner.region == 'R{number}'") });
    let provider = acme.post("/v1/check-providers", body).await.expect(201).id();
    let partner = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "region": format!("R{number}") })).await.id;
    acme.post(format!("/v1/partners/{partner}/vetting"), json!(null)).await.expect(200);
    let asked = acme.all(&format!("/v1/check-requests?provider_id={provider}")).await;
    (provider, asked[0]["id"].as_str().expect("an id").to_owned())
}

/// The token of a call to a provider of checks that said that it calls back.
async fn checked_later(acme: &Vendor) -> String {
    let receiver = spec::receiver::Receiver::start().await;
    receiver.answers(202);
    check(acme, &receiver.url).await;
    acme.world().settle().await;
    receiver.take()[0].event["callback"]["token"].as_str().expect("a token").to_owned()
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
        "INSERT INTO survey_links (vendor_id, hash, invitation_id, expires_at, created_at) \
         SELECT vendor_id, '{hash}', id, expires_at, sent_at FROM survey_invitations WHERE survey = '{name}'"
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

/// A version of a template of its own kind, signed by one role.
async fn template(acme: &Vendor, published: bool) -> (String, String) {
    let kind = format!("kind-{}", spec::unique());
    let body = json!({ "name": kind, "kind": kind, "title": { "en": "Agreement" }, "body": { "en": "{{ partner.name }} agrees." },
        "page": "https://partners.acme.example/sign", "signers": [{ "role": "one", "side": "vendor", "title": { "en": "For the vendor" } }] });
    let draft = acme.post("/v1/agreement-templates", body).await.expect(201).id();
    if published {
        acme.post(format!("/v1/agreement-templates/{draft}/publish"), json!(null)).await.expect(200);
    }
    (draft, kind)
}

/// What is asked for to have an agreement that the person behind `email` signs.
async fn wanted(acme: &Vendor, (name, email): (&str, &str), send: bool) -> Value {
    let (partner, template) = (acme.adds_partner("Northwind").await.id, template(acme, true).await.0);
    json!({ "partner_id": partner, "template_id": template, "send": send, "signers": [{ "role": "one", "name": name, "email": email }] })
}

/// A new agreement that one person of the vendor signs, whom the ratchets act as.
async fn agreement(acme: &Vendor, send: bool) -> String {
    let me = super::ready::me(acme).await.get("/v1/me").await.expect(200);
    let person = if me["person"].is_object() { me["person"].clone() } else { me.body.clone() };
    let wanted = wanted(acme, (person["name"].as_str().expect("a name"), person["email"].as_str().expect("an address")), send).await;
    acme.post("/v1/agreements", wanted).await.expect(201).id()
}

/// How an agreement is signed.
async fn signature(acme: &Vendor, agreement: &str) -> Value {
    let read = acme.get(format!("/v1/agreements/{agreement}")).await.expect(200);
    json!({ "intent": true, "consent": read["consent"], "typed_name": read["signers"][0]["name"], "document_sha256": read["document_sha256"] })
}

/// A signed agreement.
async fn signed(acme: &Vendor) -> String {
    let agreement = agreement(acme, true).await;
    let body = signature(acme, &agreement).await;
    super::ready::me(acme).await.post(format!("/v1/agreements/{agreement}/sign"), body).await.expect(200);
    agreement
}

/// The secret of a stranger's link to an agreement that was sent, and how they sign it.
async fn linked(acme: &Vendor) -> (String, Value) {
    let email = format!("sam-{}@stranger.example", spec::unique());
    let agreement = acme.post("/v1/agreements", wanted(acme, ("Sam Okafor", &email), true).await).await.expect(201).id();
    let sent = acme.post(format!("/v1/agreements/{agreement}/remind"), json!(null)).await.expect(200);
    let secret = match sent["link"].as_str() {
        Some(link) => secret_in(link),
        None => {
            acme.world().settle().await;
            secret_in(&spec::local::outbox(acme, &email).await.text)
        }
    };
    (secret, signature(acme, &agreement).await)
}

/// The id of a new, living thing for a path of the document; `None` for what is made elsewhere.
pub async fn living(acme: &Vendor, path: &str) -> Option<Value> {
    match path.split("/{").next().unwrap_or_default() {
        "/v1/onboarding-paths" => Some(json!(self::path(acme, false).await)),
        "/v1/walkthroughs" => Some(json!(walkthrough(acme, path.ends_with("/progress")).await)),
        "/v1/agreement-templates" => Some(json!(template(acme, false).await.0)),
        "/v1/agreements" if path.ends_with("/signature") => Some(json!(signed(acme).await)),
        "/v1/agreements" => Some(json!(agreement(acme, true).await)),
        // Nobody listens there.
        "/v1/signature-services" => {
            let body =
                json!({ "name": "A service", "kind": "dropbox_sign", "base_url": "http://127.0.0.1:9/v3", "dropbox_sign": { "api_key": "a-key" } });
            Some(acme.post("/v1/signature-services", body).await.expect(201)["id"].clone())
        }
        "/v1/ideal-profiles" => Some(json!(profile(acme, false).await)),
        "/v1/access-grants" => Some(json!(granted(acme, false).await.1)),
        "/v1/check-providers" => Some(json!(check(acme, "http://127.0.0.1:9/").await.0)),
        "/v1/check-requests" => Some(json!(check(acme, "http://127.0.0.1:9/").await.1)),
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
        "retire_agreement_template" => (at(template(acme, true).await.0), body),
        "create_agreement" => (operation.path.clone(), Some(wanted(acme, ("Sam Okafor", "sam@stranger.example"), true).await)),
        "send_agreement" => (at(agreement(acme, false).await), body),
        "sign_agreement" => {
            let agreement = agreement(acme, true).await;
            let body = signature(acme, &agreement).await;
            (at(agreement), Some(body))
        }
        "open_agreement" => (operation.path.clone(), Some(json!({ "secret": linked(acme).await.0 }))),
        "open_agreement_pdf" => (operation.path.clone(), Some(json!({ "secret": linked(acme).await.0, "part": "document" }))),
        "sign_agreement_by_link" => {
            let (secret, signature) = linked(acme).await;
            (operation.path.clone(), Some(json!({ "secret": secret, "signature": signature })))
        }
        "decline_agreement_by_link" => (operation.path.clone(), Some(json!({ "secret": linked(acme).await.0, "reason": "Not now." }))),
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
        "create_check_provider" => {
            let own = json!({ "name": format!("Provider {}", spec::unique()), "url": "http://127.0.0.1:9/", "when": "false" });
            (operation.path.clone(), body.map(|body| with(body, own)))
        }
        "resume_check_provider" => {
            let provider = check(acme, "http://127.0.0.1:9/").await.0;
            acme.post(format!("/v1/check-providers/{provider}/pause"), json!(null)).await.expect(200);
            (at(provider), body)
        }
        "retry_check_request" => {
            let request = check(acme, "http://127.0.0.1:9/").await.1;
            acme.world().sql("UPDATE check_requests SET status = 'unanswered', live_key = NULL, due_at = NULL, answer_by = NULL").await;
            (at(request), body)
        }
        "answer_check_request" => {
            let token = checked_later(acme).await;
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
        "retire_walkthrough" => (at(walkthrough(acme, true).await), body),
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
