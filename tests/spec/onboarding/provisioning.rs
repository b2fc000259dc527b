//! Instant access: what a new partner is given, by whom, and how it ends.

use super::*;
use spec::receiver::{Receiver, Request};

/// New resellers get a sandbox from this provisioner.
async fn gives(acme: &Vendor, receiver: &Receiver, members: Value) -> Reply {
    let rules = json!([{ "id": "all", "when": "partner.type == 'reseller'", "environments": ["sandbox"] }]);
    let usual = json!({ "url": receiver.url, "answer_minutes": 60, "rules": rules });
    acme.put("/v1/provisioning-policy", with(usual, members)).await.expect(200)
}

async fn begins(acme: &Vendor, name: &str) -> Partner {
    let partner = acme.adds_partner_like(json!({ "name": name, "type": "reseller", "status": "onboarding" })).await;
    acme.world().settle().await;
    partner
}

async fn grants(acme: &Vendor, partner: &Partner) -> Vec<Value> {
    acme.all(&format!("/v1/partners/{}/access-grants", partner.id)).await
}

async fn only(acme: &Vendor, partner: &Partner) -> Value {
    let all = grants(acme, partner).await;
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].clone()
}

fn token(request: &Request) -> String {
    request.event["callback"]["token"].as_str().expect("a token").to_owned()
}

async fn calls_back(world: &World, body: Value) -> Reply {
    world.anonymous().post("/v1/public/provisioning-callbacks", body).await
}

async fn told(acme: &Vendor) -> Vec<String> {
    let events = acme.all("/v1/events?type=access_grant.*").await;
    events.iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect()
}

spec! {
    async fn a_new_partner_gets_its_environment_from_one_signed_request(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        gives(&acme, &receiver, json!({})).await;
        let secret = acme.post("/v1/provisioning-policy/rotate-secret", json!(null)).await.expect(200).text("secret");
        receiver.next(200, &[], r#"{"status":"granted","url":"https://sandbox.example/northwind","reference":"SBX-1"}"#);
        let partner = begins(&acme, "Northwind").await;
        let asked = receiver.take();
        assert_eq!(asked.len(), 1);
        let body = &asked[0].event;
        assert_eq!((&body["type"], &body["environment"], &body["partner"]["id"]), (&json!("access.requested"), &json!("sandbox"), &json!(partner.id)));
        assert!(asked[0].is_signed_with(&secret));
        let grant = only(&acme, &partner).await;
        assert_eq!((&grant["status"], &grant["url"], &grant["internal"]["reference"]), (&json!("granted"), &json!("https://sandbox.example/northwind"), &json!("SBX-1")));
        assert_eq!(asked[0].header("webhook-id"), format!("{}_1", grant["id"].as_str().unwrap()));
        assert_eq!(told(&acme).await, ["access_grant.requested", "access_grant.granted"]);
        // Its people see where it is, and nothing of how.
        let admin = partner.person("partner_admin").await;
        let seen = admin.get(format!("/v1/partners/{}/access-grants", partner.id)).await.expect(200);
        assert_eq!((&seen["data"][0]["url"], &seen["data"][0]["internal"]), (&grant["url"], &Value::Null));
        let path = format!("/v1/access-grants/{}", grant["id"].as_str().unwrap());
        let rival = acme.adds_partner("Contoso").await.person("partner_admin").await;
        rival.get(&path).await.refused(404, "not_found");
        admin.post(format!("{path}/revoke"), json!(null)).await.refused(403, "auth.forbidden");
    }

    async fn courses_and_content_are_given_like_environments(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let rule = json!({ "id": "all", "when": "partner.type == 'reseller'", "courses": ["sales-101"], "content": ["price-list"] });
        gives(&acme, &receiver, json!({ "rules": [rule] })).await;
        receiver.answers(200);
        let partner = begins(&acme, "Northwind").await;
        let mut asked: Vec<_> = receiver.take().iter().map(|one| (one.event["kind"].clone(), one.event["course"].clone(), one.event["content"].clone())).collect();
        asked.sort_by_key(|one| one.0.to_string());
        assert_eq!(asked, [(json!("content"), Value::Null, json!("price-list")), (json!("course"), json!("sales-101"), Value::Null)]);
        let by_hand = format!("/v1/partners/{}/access-grants", partner.id);
        acme.post(&by_hand, json!({ "course": "sales-101" })).await.refused(409, "access_grant.live");
        acme.post(&by_hand, json!({})).await.refused(422, "body.invalid");
        acme.post(&by_hand, json!({ "course": "a", "content": "b" })).await.refused(422, "body.invalid");
        // The same name as something else is something else.
        acme.post(&by_hand, json!({ "content": "sales-101" })).await.expect(201);
        world.settle().await;
        let mut standing: Vec<_> = grants(&acme, &partner).await.iter().map(|one| format!("{} {} {}", one["kind"], one["name"], one["status"]).replace('"', "")).collect();
        standing.sort_unstable();
        assert_eq!(standing, ["content price-list pending", "content sales-101 pending", "course sales-101 pending"]);
    }

    async fn an_answer_may_come_later_and_counts_once(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        gives(&acme, &receiver, json!({})).await;
        receiver.answers(202);
        let partner = begins(&acme, "Northwind").await;
        assert_eq!(only(&acme, &partner).await["status"], "pending");
        let token = token(&receiver.take()[0]);
        let forged = format!("{}0", &token[..token.len() - 1]);
        let forged = if forged == token { format!("{}1", &token[..token.len() - 1]) } else { forged };
        for wrong in [forged.as_str(), "x", "vnd_1.agr_1.00", &token[..60]] {
            calls_back(world, json!({ "token": wrong, "status": "granted" })).await.refused(404, "provisioning.token");
        }
        calls_back(world, json!({ "token": token, "status": "granted", "url": "javascript:alert(1)" })).await.invalid_at("/url");
        calls_back(world, json!({ "token": token, "status": "pending" })).await.invalid_at("/status");
        assert_eq!(only(&acme, &partner).await["status"], "pending");
        calls_back(world, json!({ "token": token, "status": "granted", "url": "https://sandbox.example/a" })).await.expect(200);
        calls_back(world, json!({ "token": token, "status": "failed" })).await.refused(404, "provisioning.token");
        let grant = only(&acme, &partner).await;
        assert_eq!((&grant["status"], &grant["url"]), (&json!("granted"), &json!("https://sandbox.example/a")));
        let stored = world.stored().await;
        let secret = token.rsplit('.').next().unwrap().as_bytes();
        assert!(!stored.windows(secret.len()).any(|part| part == secret), "only a hash is kept");
    }

    async fn of_two_callbacks_at_once_one_counts(world [connections = 10]) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        gives(&acme, &receiver, json!({})).await;
        receiver.answers(202);
        begins(&acme, "Northwind").await;
        let token = token(&receiver.take()[0]);
        let replies = join_all(["granted", "failed", "granted"].map(|status| calls_back(world, json!({ "token": token, "status": status })))).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
        assert!(replies.iter().all(|reply| reply.status == 200 || reply.status == 404));
        assert_eq!(told(&acme).await.len(), 3, "requested, pending, and one end");
    }

    async fn what_fails_is_asked_again_under_the_same_id_until_its_time_is_over(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        gives(&acme, &receiver, json!({})).await;
        receiver.answers(503);
        let partner = begins(&acme, "Northwind").await;
        for _ in 0..3 {
            world.pass(minutes(5)).await;
        }
        let asked = receiver.take();
        assert_eq!(asked.len(), 4);
        assert!(asked.iter().all(|request| request.header("webhook-id") == asked[0].header("webhook-id")));
        let grant = only(&acme, &partner).await;
        assert_eq!((&grant["status"], &grant["internal"]["attempts"], &grant["internal"]["last_status"]), (&json!("requested"), &json!(4), &json!(503)));
        // The token of an attempt that got no answer still answers.
        world.pass(minutes(60)).await;
        let grant = only(&acme, &partner).await;
        assert_eq!(grant["status"], "failed");
        assert!(grant["internal"]["last_error"].as_str().is_some_and(|why| why.contains("in time") && why.contains("503")), "{grant}");
        calls_back(world, json!({ "token": token(&asked[0]), "status": "granted" })).await.refused(404, "provisioning.token");
        receiver.take();
        receiver.next(200, &[], r#"{"status":"granted"}"#);
        acme.post(format!("/v1/access-grants/{}/retry", grant["id"].as_str().unwrap()), json!(null)).await.expect(200);
        world.settle().await;
        assert_eq!(only(&acme, &partner).await["status"], "granted");
        assert_ne!(receiver.take()[0].header("webhook-id"), asked[0].header("webhook-id"));
    }

    async fn a_refusal_is_final_and_a_promise_that_is_not_kept_fails(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        gives(&acme, &receiver, json!({})).await;
        receiver.next(403, &[], "");
        let refused = begins(&acme, "Northwind").await;
        assert_eq!(only(&acme, &refused).await["status"], "failed");
        receiver.next(302, &[("location", "http://127.0.0.1:9/")], "");
        assert_eq!(only(&acme, &begins(&acme, "Tailspin").await).await["status"], "failed");
        receiver.next(200, &[], r#"{"status":"failed","reason":"No room."}"#);
        let full = only(&acme, &begins(&acme, "Fabrikam").await).await;
        assert_eq!((&full["status"], &full["internal"]["last_error"]), (&json!("failed"), &json!("No room.")));
        receiver.next(202, &[], "");
        let waiting = begins(&acme, "Contoso").await;
        world.pass(minutes(61)).await;
        assert_eq!(only(&acme, &waiting).await["status"], "failed");
    }

    async fn of_a_partner_that_ends_all_is_taken_away(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        gives(&acme, &receiver, json!({})).await;
        receiver.next(200, &[], r#"{"status":"granted","reference":"SBX-1"}"#);
        let partner = begins(&acme, "Northwind").await;
        receiver.take();
        receiver.answers(500);
        acme.post(format!("/v1/partners/{}/offboard", partner.id), json!({ "reason": "It was agreed." })).await.expect(200);
        world.settle().await;
        assert_eq!(only(&acme, &partner).await["status"], "revoking");
        let asked = receiver.take();
        assert_eq!((&asked[0].event["type"], &asked[0].event["reference"]), (&json!("access.revoked"), &json!("SBX-1")));
        receiver.answers(404);
        world.pass(minutes(5)).await;
        let grant = only(&acme, &partner).await;
        assert_eq!((&grant["status"], &grant["url"]), (&json!("revoked"), &Value::Null));
        assert!(grant["revoked_at"].is_string());
        acme.post(format!("/v1/partners/{}/access-grants", partner.id), json!({ "environment": "demo" })).await.refused(409, "access_grant.partner_ended");
    }

    async fn what_cannot_be_taken_away_is_told(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        gives(&acme, &receiver, json!({})).await;
        receiver.next(200, &[], r#"{"status":"granted"}"#);
        let partner = begins(&acme, "Northwind").await;
        let path = format!("/v1/access-grants/{}", only(&acme, &partner).await["id"].as_str().unwrap());
        receiver.answers(500);
        acme.post(format!("{path}/revoke"), json!(null)).await.expect(200);
        world.settle().await;
        acme.post(format!("{path}/revoke"), json!(null)).await.refused(409, "access_grant.illegal_move");
        world.pass(minutes(61)).await;
        assert_eq!(acme.get(&path).await.expect(200)["status"], "revocation_failed");
        assert!(told(&acme).await.contains(&"access_grant.revocation_failed".to_owned()));
        receiver.answers(204);
        acme.post(format!("{path}/revoke"), json!(null)).await.expect(200);
        world.settle().await;
        assert_eq!(acme.get(&path).await.expect(200)["status"], "revoked");
    }

    async fn contacts_become_people_with_the_roles_that_the_policy_says(world) {
        let acme = world.vendor("Acme").await;
        let rules = json!([{ "id": "all", "when": "true", "people": [{ "function": "sales", "role": "sales" }, { "function": "technical", "role": "engineer" }] }]);
        let portal = acme.opens_portal().await;
        acme.put("/v1/provisioning-policy", json!({ "answer_minutes": 60, "portal_id": portal, "rules": rules })).await.expect(200);
        let partner = acme.adds_partner_like(json!({ "name": "Northwind", "type": "msp", "status": "prospect" })).await;
        let contacts = format!("/v1/partners/{}/contacts", partner.id);
        for (name, email, function) in [("Jo Winter", "jo@northwind.example", "sales"), ("Al Summer", "al@northwind.example", "technical"), ("Bo Fall", "bo@northwind.example", "finance")] {
            acme.post(&contacts, json!({ "name": name, "email": email, "functions": [function] })).await.expect(201);
        }
        acme.post(format!("/v1/partners/{}/onboard", partner.id), json!(null)).await.expect(200);
        world.settle().await;
        let all = grants(&acme, &partner).await;
        let mut roles: Vec<_> = all.iter().map(|grant| (grant["kind"].as_str().unwrap(), grant["name"].as_str().unwrap(), grant["status"].as_str().unwrap())).collect();
        roles.sort_unstable();
        assert_eq!(roles, [("person", "engineer", "granted"), ("person", "sales", "granted")]);
        let people = acme.all(&format!("/v1/people?partner_id={}", partner.id)).await;
        assert_eq!(people.len(), 2);
        assert!(people.iter().all(|person| person["invited_at"].is_string()), "{people:#?}");
        let vendors = json!([{ "id": "all", "when": "true", "people": [{ "function": "sales", "role": "admin" }] }]);
        acme.put("/v1/provisioning-policy", json!({ "answer_minutes": 60, "rules": vendors })).await.invalid_at("/rules/0/people/0/role");
    }

    async fn an_environment_is_given_once_whoever_asks(world [connections = 10]) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        gives(&acme, &receiver, json!({})).await;
        let partner = acme.adds_partner("Northwind").await;
        let path = format!("/v1/partners/{}/access-grants", partner.id);
        let replies = join_all((0..4).map(|_| async { acme.post(&path, json!({ "environment": "demo" })).await })).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
        assert!(replies.iter().all(|reply| reply.status == 201 || reply["code"] == "access_grant.live"));
        // What nobody has asked for yet is not taken away by asking.
        let grant = only(&acme, &partner).await;
        acme.post(format!("/v1/access-grants/{}/revoke", grant["id"].as_str().unwrap()), json!(null)).await.expect(200);
        world.settle().await;
        assert!(receiver.take().is_empty());
        assert_eq!(only(&acme, &partner).await["status"], "revoked");
    }

    async fn a_policy_that_is_wrong_is_refused_where_it_is(world) {
        let acme = world.vendor("Acme").await;
        let policy = |members: Value| with(json!({ "url": "https://provisioner.example.com/", "answer_minutes": 60, "rules": [] }), members);
        let rule = |when: &str| json!({ "id": "a", "when": when, "environments": ["sandbox"] });
        acme.put("/v1/provisioning-policy", policy(json!({ "url": "ftp://x" }))).await.invalid_at("/url");
        acme.put("/v1/provisioning-policy", policy(json!({ "rules": [rule("nobody.knows"), rule("true")] }))).await.invalid_at("/rules/0/when").invalid_at("/rules/1/id");
        acme.put("/v1/provisioning-policy", policy(json!({ "url": null, "rules": [rule("true")] }))).await.invalid_at("/rules/0/environments");
        let course = json!({ "id": "a", "when": "true", "courses": ["sales-101"] });
        acme.put("/v1/provisioning-policy", policy(json!({ "url": null, "rules": [course] }))).await.invalid_at("/rules/0/courses");
        acme.put("/v1/provisioning-policy", policy(json!({ "portal_id": "ptl_01jd3k7x2mfq8t9v5w6y0zabcd" }))).await.invalid_at("/portal_id");
        let partner = acme.adds_partner("Northwind").await;
        acme.post(format!("/v1/partners/{}/access-grants", partner.id), json!({ "environment": "demo" })).await.refused(409, "provisioning.no_provisioner");
        // A rule that cannot be told gives nothing and is told.
        let receiver = Receiver::start().await;
        gives(&acme, &receiver, json!({ "rules": [rule("partner.tier == 'gold'")] })).await;
        let partner = begins(&acme, "Tailspin").await;
        assert!(grants(&acme, &partner).await.is_empty());
        assert_eq!(acme.all("/v1/events?type=provisioning.undecided").await.len(), 1);
    }

    async fn private_addresses_are_not_called(world [private_receivers = false]) {
        let acme = world.vendor("Acme").await;
        for url in ["https://127.0.0.1/", "https://localhost/", "http://provisioner.example.com/", "https://169.254.169.254/latest"] {
            acme.put("/v1/provisioning-policy", json!({ "url": url, "answer_minutes": 60, "rules": [] })).await.invalid_at("/url");
        }
    }
}
