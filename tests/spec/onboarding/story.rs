//! One partner's whole way: from a stranger on a web page to its first approved deal, over ninety days, and nothing typed twice.

use super::agreements::{reseller, signers};
use super::applications::{Applications as _, Form, content, opens, submits};
use super::paths::{stands, task};
use super::*;
use spec::local::outbox;
use spec::receiver::Receiver;

/// Tasks that end by what happens: the first sign-in, the agreement, a course, the first deal.
fn way() -> Value {
    let ends = |key: &str, title: &str, days: i64, event: &str| json!({ "key": key, "title": { "en": title }, "owner": "partner", "due_days": days, "completes_on": { "event": event } });
    json!({ "name": "reseller", "title": { "en": "Your first ninety days" }, "when": "partner.type == \"reseller\"", "milestones": [
        { "key": "ready", "title": { "en": "Ready to sell" }, "on_reached": "activate", "tasks": [
            ends("sign-in", "Sign in", 7, "session.started"), ends("agreement", "Sign the agreement", 21, "agreement.completed"),
            { "key": "course", "title": { "en": "Take the course" }, "owner": "partner", "due_days": 45, "after": ["agreement"] }] },
        { "key": "selling", "title": { "en": "Selling" }, "tasks": [ends("first-deal", "Register a deal", 80, "deal.approved")] }] })
}

/// What the vendor says once, before anybody comes: who is let in, what they get, which way they go, and what is said to them on it.
async fn prepares(acme: &Vendor, provisioner: &Receiver) -> Form {
    let portal = acme.opens_portal().await;
    let form = acme.asks(json!({ "portal_id": portal })).await;
    acme.publishes_form(&form.id, content()).await;
    let rule = json!({ "id": "home", "when": "company.country == 'DE' && size(duplicates) == 0", "then": "approve", "sentence": "Welcome." });
    acme.admits_by(json!({ "rules": [rule] })).await;
    super::agreements::published(acme, reseller()).await;
    super::paths::published(acme, way()).await;
    let gives = json!([{ "id": "all", "when": "partner.type == 'reseller'", "environments": ["sandbox"] }]);
    acme.put("/v1/provisioning-policy", json!({ "url": provisioner.url, "answer_minutes": 60, "rules": gives })).await.expect(200);
    let survey = json!({ "name": "start", "title": { "en": "How was it?" }, "page": "https://portal.example/survey", "expires_days": 30,
        "low_psat": 2, "low_nps": 6, "questions": [{ "key": "nps", "kind": "nps", "text": { "en": "Would you recommend us?" }, "required": true }] });
    acme.post("/v1/surveys", survey).await.expect(201);
    let nudge = |days: i64| {
        json!({ "step": "notify", "with": { "to": [{ "partner": "/onboarding/partner_id" }], "template": "onboarding.started" }, "after": { "days": days },
            "while": "latest.data.onboarding.status == \"running\"" })
    };
    let ask = json!({ "step": "survey.send", "with": { "survey": "start", "partner": "/onboarding/partner_id", "roles": ["partner_admin"] } });
    for (name, event, steps) in
        [("ninety-days", "onboarding.started", json!([nudge(30), nudge(60), nudge(89)])), ("how-was-it", "onboarding.completed", json!([ask]))]
    {
        acme.post("/v1/automations", json!({ "name": name, "summary": "The first ninety days.", "on": [event], "steps": steps })).await.expect(201);
    }
    form
}

/// A company applies by the link of its letter, and is a partner at once.
async fn applies(world: &World, acme: &Vendor, form: &Form) -> Value {
    let start = json!({ "token": form.token, "email": "sam@northwind.example", "contact": { "name": "Sam Okafor" } });
    world.anonymous().post("/v1/public/applications", start).await.expect(202);
    world.settle().await;
    let secret = secret_in(&outbox(acme, "sam@northwind.example").await.text);
    assert_eq!(opens(world, &secret).await["company"]["domain"], "northwind.example", "the domain is known from the address");
    world.pass(days(1)).await;
    let company = json!({ "name": "Northwind GmbH", "country": "DE", "regions": ["DACH"] });
    let submitted = submits(world, json!({ "secret": secret, "company": company, "answers": { "employees": 40 } })).await.expect(200);
    assert_eq!(submitted["status"], "approved");
    world.settle().await;
    acme.application("sam@northwind.example").await
}

async fn reminders(acme: &Vendor, person: &str, template: &str) -> usize {
    let reader = acme.sees_sign_in(person, &["pwd"]).await;
    reader.all("/v1/notifications").await.iter().filter(|one| one["template"] == template).count()
}

spec! {
    async fn a_stranger_sells_within_ninety_days(world) {
        let acme = world.vendor("Acme").await;
        // Nobody listens there: letters wait, and are read as they wait.
        world.app().provide(kernel::mail::Mailer::new("smtp://127.0.0.1:9", "prm@prm.test").expect("a mailer"));
        let provisioner = Receiver::start().await;
        provisioner.next(200, &[], r#"{"status":"granted","url":"https://sandbox.example/northwind"}"#);
        let form = prepares(&acme, &provisioner).await;

        // Day 1: handed in, approved by rule; the environment is there, the way begins, nobody typed a thing.
        let application = applies(world, &acme, &form).await;
        let (partner_id, person) = (application["partner_id"].as_str().expect("a partner"), application["person_id"].as_str().expect("a person"));
        let northwind = acme.finds_partner(partner_id).await;
        let grants = acme.all(&format!("/v1/partners/{partner_id}/access-grants")).await;
        assert_eq!((grants.len(), &grants[0]["status"]), (1, &json!("granted")));
        let begins = stands(&acme, &northwind).await;
        assert_eq!((&begins["status"], &begins["progress"]["percent"]), (&json!("running"), &json!(0)));

        // Day 3: the invited person comes in; that is the first task.
        world.pass(days(2)).await;
        acme.lets_in(person, "sam@northwind.example").await;
        world.settle().await;
        assert_eq!(stands(&acme, &northwind).await["progress"]["percent"], 25);

        // Day 10: the agreement, with what the hub knows filled in, is signed by both.
        world.pass(days(7)).await;
        let colleague = acme.adds_colleague("finance").await;
        let body = json!({ "partner_id": partner_id, "kind": "reseller", "send": true, "signers": signers("sam@northwind.example", &colleague.text("email")) });
        let agreement = acme.post("/v1/agreements", body).await.expect(201).id();
        for (at, who) in [acme.sees_sign_in(person, &["pwd"]).await, acme.sees_sign_in(&colleague.id(), &["pwd"]).await].into_iter().enumerate() {
            let read = who.get(format!("/v1/agreements/{agreement}")).await.expect(200);
            assert!(read["text"].as_str().is_some_and(|text| text.contains("Northwind GmbH")), "{read}");
            let signature = json!({ "intent": true, "consent": read["consent"], "typed_name": read["signers"][at]["name"], "document_sha256": read["document_sha256"] });
            who.post(format!("/v1/agreements/{agreement}/sign"), signature).await.expect(200);
        }
        world.settle().await;
        assert_eq!(stands(&acme, &northwind).await["progress"]["percent"], 50);

        // Day 31: the sequence of the first weeks speaks up. Day 44: the course is almost due, and is taken.
        world.pass(days(21)).await;
        assert_eq!(reminders(&acme, person, "onboarding.started").await, 2, "the welcome, and thirty days later");
        world.pass(days(21)).await;
        assert_eq!(reminders(&acme, person, "onboarding_task.due_soon").await, 1);
        let sam = acme.sees_sign_in(person, &["pwd"]).await;
        let course = task(&sam, &northwind, "course").await;
        sam.post(format!("/v1/onboarding-tasks/{course}/complete"), json!(null)).await.expect(200);
        assert_eq!(acme.get(format!("/v1/partners/{partner_id}")).await.expect(200)["status"], "active");

        // Day 75: it sells; the way ends, and they are asked how it was.
        world.pass(days(23)).await;
        assert_eq!(reminders(&acme, person, "onboarding.started").await, 3, "and sixty days later");
        let sam = acme.sees_sign_in(person, &["pwd"]).await;
        assert_eq!(sam.registers(resale("Fabrikam")).await["status"], "approved");
        world.settle().await;
        assert_eq!(stands(&acme, &northwind).await["status"], "completed");
        assert_eq!(acme.all("/v1/events?type=survey_invitation.sent").await.len(), 1);

        // Day 95: the sequence has stopped at its goal; the funnel tells how long each thing took, the log and the timeline what happened.
        world.pass(days(20)).await;
        assert_eq!(reminders(&acme, person, "onboarding.started").await, 2, "the welcome is over ninety days old and gone; nothing is said any more");
        let funnel = acme.get("/v1/application-funnel?from=2026-11-01T00:00:00Z&by=partner_type").await.expect(200);
        let whole = |time: &Value| (time["to"].as_str().unwrap_or_default().to_owned(), time["average_seconds"].as_i64().unwrap_or(-1) / 86_400);
        let times: Vec<_> = funnel["groups"][0]["times"].as_array().expect("times").iter().map(whole).collect();
        assert_eq!(times, [("approval", 0), ("signature", 9), ("first_login", 2), ("first_deal", 74)].map(|(to, days)| (to.to_owned(), days)), "{funnel}");
        let reached = acme.all("/v1/events?type=application.*").await;
        let reached: Vec<_> = reached.iter().rev().take(3).filter_map(|event| event["type"].as_str()).collect();
        assert_eq!(reached, ["application.first_deal", "application.first_signature", "application.first_login"]);
        let timeline = acme.all(&format!("/v1/partners/{partner_id}/timeline")).await;
        let tells = |kind: &str| timeline.iter().any(|entry| entry["type"] == kind);
        assert!(["partner.created", "agreement.completed", "deal.approved", "onboarding.completed"].into_iter().all(tells), "{timeline:#?}");
    }
}
