//! Check providers: who outside is asked about whom, what they may learn, and what their answers do.

use super::applications::{Applications as _, handed_in};
use super::vetting_support::{checks, status};
use super::*;
use spec::receiver::{Receiver, Request};

/// A provider at this receiver, which is asked about partners.
async fn asks(acme: &Vendor, receiver: &Receiver, members: Value) -> String {
    let name = format!("Provider {}", spec::unique());
    let usual = json!({ "name": name, "url": receiver.url, "kind": "credit", "when": "subject.kind == 'partner'", "answer_minutes": 60 });
    acme.post("/v1/check-providers", with(usual, members)).await.expect(201).id()
}

async fn vets(acme: &Vendor, partner: &Partner) -> Reply {
    let reply = acme.post(format!("/v1/partners/{}/vetting", partner.id), json!(null)).await.expect(200);
    acme.world().settle().await;
    reply
}

async fn comes(acme: &Vendor, name: &str) -> Partner {
    let partner = acme.adds_partner(name).await;
    acme.world().settle().await;
    partner
}

async fn requests(acme: &Vendor, partner: &Partner) -> Vec<Value> {
    acme.all(&format!("/v1/check-requests?partner_id={}", partner.id)).await
}

async fn credit(acme: &Vendor, partner: &Partner) -> Value {
    let all = acme.all(&format!("/v1/vetting-checks?partner_id={}&kind=credit&latest=true", partner.id)).await;
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].clone()
}

fn token(request: &Request) -> String {
    request.event["callback"]["token"].as_str().expect("a token").to_owned()
}

async fn calls_back(world: &World, body: Value) -> Reply {
    world.anonymous().post("/v1/public/check-callbacks", body).await
}

async fn told(acme: &Vendor) -> Vec<String> {
    let events = acme.all("/v1/events?type=check_request.*").await;
    events.iter().map(|event| event["type"].as_str().unwrap_or_default().trim_start_matches("check_request.").to_owned()).collect()
}

spec! {
    async fn a_provider_is_asked_by_one_signed_request_and_told_no_more_than_it_needs(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let provider = asks(&acme, &receiver, json!({ "sends": ["tax_id"] })).await;
        let secret = acme.post(format!("/v1/check-providers/{provider}/rotate-secret"), json!(null)).await.expect(200).text("secret");
        receiver.next(200, &[], r#"{"result":"clear","score":91,"reference":"CW-1","evidence":{"late_payments":0}}"#);
        let body = json!({ "name": "Northwind", "type": "reseller", "country": "DE", "tax_id": "DE136695976", "website": "https://northwind.example" });
        let partner = acme.adds_partner_like(body).await;
        world.settle().await;
        let asked = receiver.take();
        assert_eq!(asked.len(), 1);
        let request = &requests(&acme, &partner).await[0];
        let event = &asked[0].event;
        assert_eq!((&event["type"], &event["kind"], &event["request_id"]), (&json!("check.requested"), &json!("credit"), &request["id"]));
        assert_eq!(event["subject"], json!({ "kind": "partner", "id": partner.id, "name": "Northwind", "tax_id": "DE136695976" }));
        assert!(asked[0].is_signed_with(&secret));
        assert_eq!(asked[0].header("webhook-id"), format!("{}_1", request["id"].as_str().unwrap()));
        let check = credit(&acme, &partner).await;
        assert_eq!((&check["result"], &check["score"], &check["reference"], &check["provider_id"]), (&json!("clear"), &json!(91), &json!("CW-1"), &json!(provider)));
        assert_eq!((&check["evidence"], &request["check_id"], &request["status"]), (&json!({ "late_payments": 0 }), &check["id"], &json!("answered")));
        assert_eq!(told(&acme).await, ["requested", "answered"]);
        let rival = acme.adds_partner("Contoso").await.person("partner_admin").await;
        rival.get(format!("/v1/check-requests/{}", request["id"].as_str().unwrap())).await.refused(403, "auth.forbidden");
    }

    async fn an_answer_may_come_later_and_counts_once(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        asks(&acme, &receiver, json!({})).await;
        receiver.answers(202);
        let partner = comes(&acme, "Northwind").await;
        let seen = acme.get(format!("/v1/partners/{}/vetting", partner.id)).await.expect(200);
        assert_eq!((&seen["status"], &seen["kinds"]), (&json!("pending"), &json!([{ "kind": "credit", "status": "pending" }])));
        let token = token(&receiver.take()[0]);
        let forged = if token.ends_with('0') { format!("{}1", &token[..token.len() - 1]) } else { format!("{}0", &token[..token.len() - 1]) };
        for wrong in [forged.as_str(), "x", "vnd_1.chq_1.00", &token[..60]] {
            calls_back(world, json!({ "token": wrong, "result": "clear" })).await.refused(404, "check.token");
        }
        calls_back(world, json!({ "token": token, "result": "splendid" })).await.invalid_at("/result");
        calls_back(world, json!({ "token": token, "result": "clear", "evidence": { "a": "x".repeat(9_000) } })).await.invalid_at("/evidence");
        assert_eq!(requests(&acme, &partner).await[0]["status"], "pending");
        calls_back(world, json!({ "token": token, "result": "review", "summary": "Two late payments." })).await.expect(200);
        calls_back(world, json!({ "token": token, "result": "clear" })).await.refused(404, "check.token");
        let check = credit(&acme, &partner).await;
        assert_eq!((&check["result"], &check["summary"], &check["reviewer"]), (&json!("review"), &json!("Two late payments."), &Value::Null));
        let secret = token.rsplit('.').next().unwrap().as_bytes();
        assert!(!world.stored().await.windows(secret.len()).any(|part| part == secret), "only a hash is kept");
    }

    async fn of_two_callbacks_at_once_one_counts(world [connections = 10]) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        asks(&acme, &receiver, json!({})).await;
        receiver.answers(202);
        comes(&acme, "Northwind").await;
        let token = token(&receiver.take()[0]);
        let replies = join_all(["clear", "fail", "review"].map(|result| calls_back(world, json!({ "token": token, "result": result })))).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
        assert!(replies.iter().all(|reply| reply.status == 200 || reply.status == 404));
        assert_eq!(told(&acme).await, ["requested", "pending", "answered"]);
    }

    async fn a_hit_waits_for_a_person_and_what_they_decide_stays_while_the_answer_is_the_same(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        asks(&acme, &receiver, json!({})).await;
        receiver.next(200, &[], r#"{"result":"fail","reference":"CW-1"}"#);
        let partner = comes(&acme, "Northwind").await;
        let check = credit(&acme, &partner).await;
        assert_eq!((&check["result"], status(&acme, &partner).await.as_str()), (&json!("review"), "active"));
        let clear = format!("/v1/vetting-checks/{}/clear", check["id"].as_str().unwrap());
        acme.post(&clear, json!({ "reason": "Paid meanwhile." })).await.expect(200);
        receiver.next(200, &[], r#"{"result":"fail","reference":"CW-1"}"#);
        vets(&acme, &partner).await;
        let again = credit(&acme, &partner).await;
        assert_ne!(again["id"], check["id"]);
        assert_eq!((&again["result"], &again["reason"], &again["reviewer"]["type"]), (&json!("clear"), &json!("Paid meanwhile."), &json!("api_key")));
        receiver.next(200, &[], r#"{"result":"fail","reference":"CW-2"}"#);
        vets(&acme, &partner).await;
        assert_eq!(credit(&acme, &partner).await["result"], "review", "another case is another decision");
    }

    async fn a_provider_that_blocks_suspends_until_somebody_clears_it(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        asks(&acme, &receiver, json!({ "blocks": true, "kind": "adverse_media" })).await;
        receiver.next(200, &[], r#"{"result":"fail"}"#);
        let partner = comes(&acme, "Northwind").await;
        assert_eq!(status(&acme, &partner).await, "suspended");
        let blocked = checks(&acme, &partner, "blocked").await;
        acme.post(format!("/v1/vetting-checks/{}/clear", blocked[0]["id"].as_str().unwrap()), json!({ "reason": "Another company." })).await.expect(200);
        assert_eq!(status(&acme, &partner).await, "active");
    }

    async fn silence_counts_as_the_provider_says_and_may_be_asked_again(world) {
        let (acme, silent, lenient) = (world.vendor("Acme").await, Receiver::start().await, Receiver::start().await);
        asks(&acme, &silent, json!({})).await;
        asks(&acme, &lenient, json!({ "unanswered": "pass", "kind": "tax" })).await;
        silent.answers(503);
        lenient.answers(202);
        let partner = comes(&acme, "Northwind").await;
        world.pass(minutes(30)).await;
        let asked = silent.take();
        assert!(asked.len() > 1 && asked.iter().all(|request| request.header("webhook-id") == asked[0].header("webhook-id")));
        world.pass(minutes(31)).await;
        let check = credit(&acme, &partner).await;
        assert_eq!(check["result"], "review");
        assert!(check["summary"].as_str().is_some_and(|why| why.contains("in time") && why.contains("503")), "{check}");
        calls_back(world, json!({ "token": token(&asked[0]), "result": "clear" })).await.refused(404, "check.token");
        assert_eq!(checks(&acme, &partner, "clear").await.len(), 1, "the lenient one");
        let all = requests(&acme, &partner).await;
        let request = all.iter().find(|request| request["kind"] == "credit").unwrap();
        assert_eq!((&request["status"], &request["available_actions"]), (&json!("unanswered"), &json!(["retry"])));
        silent.next(200, &[], r#"{"result":"clear"}"#);
        let retry = format!("/v1/check-requests/{}/retry", request["id"].as_str().unwrap());
        acme.post(&retry, json!(null)).await.expect(200);
        acme.post(&retry, json!(null)).await.refused(409, "check_request.illegal_move");
        world.settle().await;
        assert_eq!(credit(&acme, &partner).await["result"], "clear");
        // What refuses for good is not asked twice.
        silent.next(302, &[("location", "http://127.0.0.1:9/")], "");
        assert_eq!(credit(&acme, &comes(&acme, "Tailspin").await).await["result"], "review");
    }

    async fn a_provider_that_hangs_delays_nobody_else(world) {
        let (acme, hanging, quick) = (world.vendor("Acme").await, Receiver::start().await, Receiver::start().await);
        hanging.hangs();
        quick.answers(202);
        asks(&acme, &hanging, json!({})).await;
        asks(&acme, &quick, json!({ "kind": "custom" })).await;
        for name in ["Northwind", "Tailspin", "Contoso"] {
            acme.adds_partner(name).await;
        }
        let while_it_hangs = async {
            quick.has_got(3).await;
            let token = token(&quick.requests()[0]);
            // It may answer before its own call has ended.
            calls_back(world, json!({ "token": token, "result": "clear" })).await.expect(200);
            acme.all("/v1/check-requests?status=answered").await.len()
        };
        let ((), answered) = tokio::join!(world.settle(), while_it_hangs);
        assert_eq!((answered, hanging.requests().len()), (1, 3));
        let waiting = acme.all("/v1/check-requests?status=requested").await;
        assert_eq!(waiting.len(), 3);
        assert!(waiting.iter().all(|request| request["last_error"] == "It did not answer in time."), "{waiting:#?}");
    }

    async fn an_answer_that_is_no_good_any_more_is_asked_for_again(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        asks(&acme, &receiver, json!({ "valid_days": 30 })).await;
        let until = (world.now() + days(10)).to_rfc3339();
        receiver.next(200, &[], &json!({ "result": "clear", "valid_until": until }).to_string());
        receiver.next(200, &[], r#"{"result":"review"}"#);
        let partner = comes(&acme, "Northwind").await;
        partner.is_changed(json!({ "region": "DACH" })).await;
        world.pass(days(9)).await;
        assert_eq!(receiver.take().len(), 1, "what is good is not asked for");
        world.pass(days(1)).await;
        assert_eq!((receiver.take().len(), &credit(&acme, &partner).await["result"]), (1, &json!("review")));
        receiver.answers(202);
        world.pass(days(30)).await;
        assert_eq!(receiver.take().len(), 1);
    }

    async fn whoever_is_called_otherwise_meanwhile_is_asked_about_again(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        asks(&acme, &receiver, json!({})).await;
        receiver.answers(202);
        let partner = comes(&acme, "Northwind").await;
        let first = token(&receiver.take()[0]);
        partner.is_changed(json!({ "name": "Southwind" })).await;
        world.settle().await;
        assert!(receiver.take().is_empty(), "one at a time");
        calls_back(world, json!({ "token": first, "result": "clear" })).await.expect(200);
        world.settle().await;
        assert_eq!(receiver.take()[0].event["subject"]["name"], "Southwind");
    }

    async fn an_applicant_waits_for_the_answers_and_takes_them_along(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let list = vetting_support::list(&acme, "ofac").await;
        vetting_support::publish(&acme, &list, &vetting_support::usual()).await;
        asks(&acme, &receiver, json!({ "sends": ["country"] })).await;
        let form = acme.asks(json!({})).await;
        acme.admits_by(json!({ "rules": [{ "id": "all", "when": "true", "then": "vet", "sentence": "Welcome." }] })).await;
        receiver.answers(202);
        handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        world.settle().await;
        let waiting = acme.application("sam@northwind.example").await;
        assert_eq!((&waiting["status"], &waiting["partner_id"]), (&json!("in_review"), &Value::Null));
        let asked = receiver.take();
        assert_eq!((asked.len(), &asked[0].event["subject"]["name"]), (1, &json!("Northwind")));
        calls_back(world, json!({ "token": token(&asked[0]), "result": "clear", "reference": "CW-1" })).await.expect(200);
        world.settle().await;
        let approved = acme.application("sam@northwind.example").await;
        assert_eq!(approved["status"], "approved", "{approved}");
        let all = acme.all(&format!("/v1/vetting-checks?partner_id={}&kind=credit", approved["partner_id"].as_str().unwrap())).await;
        assert_eq!((all.len(), &all[0]["reference"], &all[0]["latest"]), (1, &json!("CW-1"), &json!(true)));
        assert!(receiver.take().is_empty(), "nobody is asked twice about the same");
        // A hit is for a person, who may approve all the same: then it stands in the register.
        handed_in(world, &acme, &form, "jo@tailspin.example", "Tailspin").await;
        world.settle().await;
        let token = token(&receiver.take()[0]);
        calls_back(world, json!({ "token": token, "result": "fail", "summary": "Insolvent." })).await.expect(200);
        let found = acme.application("jo@tailspin.example").await;
        assert_eq!(found["status"], "in_review");
        assert!(found["internal"]["decision"]["internal_reason"].as_str().is_some_and(|why| why.contains("Insolvent.")), "{found}");
        let approved = acme.decides(&found, "approve", json!({ "despite_duplicates": true })).await.expect(200);
        let all = acme.all(&format!("/v1/vetting-checks?partner_id={}&kind=credit", approved["partner_id"].as_str().unwrap())).await;
        assert_eq!((all.len(), &all[0]["result"]), (1, &json!("review")));
    }

    async fn what_is_asked_when_an_applicant_is_approved_is_answered_about_the_partner(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let list = vetting_support::list(&acme, "ofac").await;
        vetting_support::publish(&acme, &list, &vetting_support::usual()).await;
        asks(&acme, &receiver, json!({})).await;
        let form = acme.asks(json!({})).await;
        acme.admits_by(json!({ "rules": [{ "id": "all", "when": "true", "then": "vet", "sentence": "Welcome." }] })).await;
        receiver.answers(202);
        handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        world.settle().await;
        let token = token(&receiver.take()[0]);
        let waiting = acme.application("sam@northwind.example").await;
        let partner = acme.decides(&waiting, "approve", json!({})).await.expect(200).text("partner_id");
        world.settle().await;
        assert!(receiver.take().is_empty());
        calls_back(world, json!({ "token": token, "result": "clear" })).await.expect(200);
        let all = acme.all(&format!("/v1/vetting-checks?partner_id={partner}&kind=credit")).await;
        assert_eq!((all.len(), &all[0]["result"], &all[0]["subject_id"]), (1, &json!("clear"), &json!(partner)));
    }

    async fn a_provider_is_checked_changed_and_paused(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let usual = json!({ "name": "Creditwatch", "url": receiver.url, "kind": "credit", "when": "true" });
        acme.post("/v1/check-providers", with(usual.clone(), json!({ "url": "ftp://x", "when": "nobody.knows" }))).await.invalid_at("/url").invalid_at("/when");
        let provider = acme.post("/v1/check-providers", usual.clone()).await.expect(201);
        acme.post("/v1/check-providers", usual).await.refused(409, "check_provider.name_taken");
        let path = format!("/v1/check-providers/{}", provider.id());
        acme.patch(&path, json!({ "url": "javascript:x" })).if_match(1).await.invalid_at("/url");
        acme.patch(&path, json!({ "when": "subject.kind == 'owner'" })).if_match(1).await.expect(200);
        let partner = comes(&acme, "Northwind").await;
        assert!(requests(&acme, &partner).await.is_empty());
        let owners = json!({ "owners": [{ "kind": "person", "name": "Ada Byron", "birth_date": "1975-12-10", "country": "GB" }] });
        acme.post(format!("{path}/pause"), json!(null)).await.expect(200);
        acme.post(format!("{path}/pause"), json!(null)).await.refused(409, "check_provider.illegal_move");
        acme.put(format!("/v1/partners/{}/owners", partner.id), owners).await.expect(200);
        world.settle().await;
        assert!(receiver.take().is_empty() && requests(&acme, &partner).await.is_empty());
        acme.post(format!("{path}/resume"), json!(null)).await.expect(200);
        vets(&acme, &partner).await;
        let asked = receiver.take();
        assert_eq!((asked.len(), &asked[0].event["subject"]["name"], &asked[0].event["subject"]["birth_date"]), (1, &json!("Ada Byron"), &Value::Null));
        let stranger = world.vendor("Stranger").await;
        stranger.get(&path).await.refused(404, "not_found");
    }

    async fn what_providers_wrote_about_somebody_goes_with_them(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        asks(&acme, &receiver, json!({ "kind": "beneficial_owners" })).await;
        receiver.next(200, &[], r#"{"result":"review","summary":"Owned by Zyxwin Qwertow.","evidence":{"owners":["Zyxwin Qwertow"]}}"#);
        let partner = comes(&acme, "Northwind").await;
        let exported = acme.post("/v1/privacy/exports", json!({ "name": "Zyxwin Qwertow" })).await.expect(200);
        assert!(exported.to_string().contains("Owned by Zyxwin"), "{exported}");
        acme.post("/v1/privacy/erasures", json!({ "name": "Zyxwin Qwertow" })).await.expect(202);
        world.settle().await;
        let register = acme.all(&format!("/v1/vetting-checks?partner_id={}", partner.id)).await;
        assert!(register.len() == 1 && !register[0].to_string().contains("Zyxwin"), "{register:#?}");
    }

    async fn private_addresses_are_not_called(world [private_receivers = false]) {
        let acme = world.vendor("Acme").await;
        for url in ["https://127.0.0.1/", "https://localhost/", "http://checks.example.com/", "https://169.254.169.254/latest"] {
            let body = json!({ "name": "A provider", "url": url, "kind": "credit", "when": "true" });
            acme.post("/v1/check-providers", body).await.invalid_at("/url");
        }
    }
}
