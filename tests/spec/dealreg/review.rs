//! Review that does not stall: the clock, its marks, and what automations may do with it.

use crate::prelude::*;
use chrono::{DateTime, Utc};
use kernel::steps::Occasion;
use kernel::{Actor, Problem};

/// Working days from 9 to 17 in Munich; the first Monday is a holiday.
fn munich() -> Value {
    let day = json!([{ "from": "09:00", "until": "17:00" }]);
    let hours = json!({ "monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day });
    json!({ "name": "munich", "title": "Munich", "time_zone": "Europe/Berlin", "hours": hours, "holidays": [{ "date": "2026-11-23" }] })
}

/// A vendor that reviews large deals by this policy, and a seller.
async fn desk(world: &World, policy: Value) -> (Vendor, Person) {
    let acme = world.vendor("Acme").await;
    if policy["calendar"] == "munich" {
        acme.post("/v1/business-calendars", munich()).await.expect(201);
    }
    acme.reviews_large_deals().await;
    acme.publishes(with(acme.rules().await, json!({ "review": policy }))).await;
    let seller = acme.adds_partner("Northwind").await.person("sales").await;
    (acme, seller)
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap_or_else(|| panic!("a time: {value}")).parse().expect("a time")
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

/// What the clock of a deal has told, in order.
async fn told(acme: &Vendor, deal: &str) -> Vec<String> {
    let events = acme.all(&format!("/v1/events?subject={deal}&limit=200")).await;
    let kinds = events.iter().filter_map(|event| event["type"].as_str());
    kinds.filter(|kind| kind.starts_with("deal.review_")).map(str::to_owned).collect()
}

/// The deals that a filter finds.
async fn found(acme: &Vendor, review: &str) -> Vec<String> {
    let rows = acme.all(&format!("/v1/deals?review={review}")).await;
    rows.iter().filter_map(|row| row["id"].as_str().map(str::to_owned)).collect()
}

/// An automation takes this step because of the last event about the deal.
async fn takes(world: &World, acme: &Vendor, step: &str, deal: &str, with: Value) -> Result<Value, Problem> {
    let (app, vendor) = (world.app(), acme.id.parse().expect("an id"));
    let filter = kernel::log::Filter { types: Vec::new(), subject: Some(deal.to_owned()) };
    let db = app.db().read_of(vendor).await.expect("a reader");
    let mut events = kernel::log::read(app, &db, vendor, 0, &filter, 100).await.expect("events");
    let mut again = kernel::log::read(app, &db, vendor, 0, &filter, 100).await.expect("events");
    drop(db);
    let (event, latest) = (events.pop().expect("an event"), again.pop().expect("an event"));
    let occasion = Occasion { due_at: event.occurred_at, event, latest, automation: "a-test".into() };
    let step = dealreg::steps().into_iter().find(|one| one.name == step).expect("a step");
    let actor = Actor::system("automations", vendor);
    app.write(&actor, async |tx| (step.take)(tx, &occasion, &with).await).await
}

spec! {
    async fn a_review_is_due_in_business_time_and_tells_at_its_marks(world) {
        let (acme, seller) = desk(world, json!({ "calendar": "munich", "due_hours": 8, "warn_hours": [4] })).await;
        // Friday, 13:00 in Munich; Monday is a holiday.
        let deal = seller.registers(large(resale("Fabrikam"))).await;
        assert_eq!(time(&deal["review"]["started_at"]), world.now());
        assert_eq!(time(&deal["review"]["due_at"]), at("2026-11-24T12:00:00Z"));
        assert_eq!(deal["review"]["paused"], false);
        let id = deal.id();
        assert_eq!((found(&acme, "in_time").await, found(&acme, "overdue").await), (vec![id.clone()], vec![]));

        world.pass(hours(4) - seconds(1)).await;
        assert!(told(&acme, &id).await.is_empty());
        world.pass(seconds(1)).await;
        assert_eq!(told(&acme, &id).await, ["deal.review_warning"]);
        world.pass(days(3)).await;
        assert_eq!(told(&acme, &id).await, ["deal.review_warning"], "a weekend and a holiday are no time");
        world.pass(hours(20)).await;
        world.settle().await;
        assert_eq!(told(&acme, &id).await, ["deal.review_warning", "deal.review_overdue"]);
        assert_eq!((found(&acme, "in_time").await, found(&acme, "overdue").await), (vec![], vec![id.clone()]));
        let marks = acme.deal(&id).await["review"]["marks"].clone();
        assert_eq!((&marks[0]["mark"], &marks[0]["hours"], &marks[1]["mark"]), (&json!("warning"), &json!(4), &json!("overdue")));
        assert_eq!(time(&marks[0]["passed_at"]), at("2026-11-20T16:00:00Z"));
        world.pass(days(30)).await;
        assert_eq!(told(&acme, &id).await.len(), 2, "nothing was to happen at the end");
    }

    async fn a_clock_stands_while_the_partner_is_asked_and_goes_on_with_what_was_left(world) {
        let (acme, seller) = desk(world, json!({ "due_hours": 8, "warn_hours": [4] })).await;
        let id = seller.registers(large(resale("Fabrikam"))).await.id();
        world.pass(hours(3)).await;
        let asked = acme.moves(&id, "request-information", json!({ "question": "Who decides?" })).await.expect(200);
        assert_eq!((&asked["review"]["paused"], &asked["review"]["remaining_minutes"], &asked["review"]["due_at"]), (&json!(true), &json!(300), &Value::Null));
        assert_eq!((found(&acme, "paused").await, found(&acme, "in_time").await), (vec![id.clone()], vec![]));
        world.pass(days(10)).await;
        assert!(told(&acme, &id).await.is_empty());

        let answered = seller.anew().await.moves(&id, "resubmit", json!({ "reason": "Ada does." })).await.expect(200);
        assert_eq!(time(&answered["review"]["due_at"]), world.now() + hours(5));
        world.pass(hours(1)).await;
        assert_eq!(told(&acme, &id).await, ["deal.review_warning"]);
        acme.moves(&id, "request-information", json!({ "question": "And when?" })).await.expect(200);
        world.pass(days(1)).await;
        seller.anew().await.moves(&id, "resubmit", json!(null)).await.expect(200);
        world.pass(hours(4)).await;
        assert_eq!(told(&acme, &id).await, ["deal.review_warning", "deal.review_overdue"], "a mark is passed once");
    }

    async fn a_clock_ends_with_the_decision_and_begins_anew_with_the_next_review(world) {
        let (acme, seller) = desk(world, json!({ "due_hours": 8 })).await;
        let id = seller.registers(large(resale("Fabrikam"))).await.id();
        world.pass(hours(2)).await;
        let rejected = acme.moves(&id, "reject", json!({ "reason": "No." })).await.expect(200);
        assert_eq!((time(&rejected["review"]["ended_at"]), &rejected["review"]["due_at"]), (world.now(), &Value::Null));
        world.pass(days(2)).await;
        assert!(told(&acme, &id).await.is_empty() && found(&acme, "overdue").await.is_empty());
        let again = seller.anew().await.moves(&id, "resubmit", json!(null)).await.expect(200);
        assert_eq!((time(&again["review"]["started_at"]), time(&again["review"]["due_at"])), (world.now(), world.now() + hours(8)));
        assert_eq!(again["review"].get("ended_at"), None);
        let withdrawn = seller.anew().await.moves(&id, "withdraw", json!(null)).await.expect(200);
        assert!(withdrawn["review"]["ended_at"].is_string());
    }

    async fn a_clock_survives_a_restart_and_two_instances_tell_once(world) {
        let (acme, seller) = desk(world, json!({ "due_hours": 8, "warn_hours": [4] })).await;
        let id = seller.registers(large(resale("Fabrikam"))).await.id();
        let other = world.another_instance().await;
        world.clock.advance(hours(9));
        futures::join!(world.settle(), other.settle());
        world.pass(minutes(1)).await;
        other.settle().await;
        assert_eq!(told(&acme, &id).await, ["deal.review_warning", "deal.review_overdue"]);
    }

    async fn a_decision_in_the_same_instant_as_the_clock_is_made_and_is_the_last_word(world [connections = 8]) {
        let (acme, seller) = desk(world, json!({ "due_hours": 8, "at_end": "escalate" })).await;
        let id = seller.registers(large(resale("Fabrikam"))).await.id();
        world.clock.advance(hours(8));
        let approval = acme.moves(&id, "approve", json!(null));
        let (_, approved) = futures::join!(world.settle(), approval.into_future());
        approved.expect(200);
        world.pass(days(1)).await;
        let events = acme.all(&format!("/v1/events?subject={id}&limit=200")).await;
        assert_eq!(events.last().expect("an event")["type"], "deal.approved");
        assert_eq!(acme.deal(&id).await["status"], "approved");
    }

    async fn clocks_follow_a_calendar_that_is_changed(world) {
        let (acme, seller) = desk(world, json!({ "calendar": "munich", "due_hours": 8 })).await;
        let id = seller.registers(large(resale("Fabrikam"))).await.id();
        let calendar = acme.get("/v1/business-calendars/munich").await.expect(200);
        let holidays = json!([{ "date": "2026-11-23" }, { "date": "2026-11-24" }]);
        acme.patch("/v1/business-calendars/munich", json!({ "holidays": holidays })).if_match(calendar.etag()).await.expect(200);
        world.settle().await;
        assert_eq!(time(&acme.deal(&id).await["review"]["due_at"]), at("2026-11-25T12:00:00Z"));
        world.pass(days(4)).await;
        assert!(told(&acme, &id).await.is_empty(), "not when it was due before");
        acme.delete("/v1/business-calendars/munich").await.expect(204);
        world.settle().await;
        assert_eq!(time(&acme.deal(&id).await["review"]["due_at"]), at("2026-11-20T20:00:00Z"), "without a calendar every hour counts");
        assert_eq!(told(&acme, &id).await, ["deal.review_overdue"]);
    }

    async fn many_clocks_follow_a_calendar(world) {
        let (acme, seller) = desk(world, json!({ "due_hours": 8 })).await;
        let id = seller.registers(large(resale("Fabrikam"))).await.id();
        // As many as two writes take; they differ in nothing but their ids.
        let copies = 130;
        let columns = "partner_id, kind, status, customer_name, customer, lines, amount, currency, expected_close, custom_fields, decision, facts, \
            rules_version, extensions, review, review_due_at, revision, created_at, updated_at";
        for number in 0..copies {
            let fresh = kernel::id::fresh();
            let literal = match world.on { On::Sqlite => format!("x'{}'", fresh.simple()), On::Postgres => format!("'{fresh}'") };
            let sql = format!("INSERT INTO deals (vendor_id, id, {columns}) SELECT vendor_id, {literal}, {columns} FROM deals ORDER BY id LIMIT 1");
            assert_eq!(world.sql(&sql).await, 1, "{number}");
        }
        acme.post("/v1/business-calendars", with(munich(), json!({ "is_default": true }))).await.expect(201);
        world.settle().await;
        let all = acme.all("/v1/deals?review=in_time&limit=200").await;
        assert_eq!(all.len(), copies + 1);
        assert!(all.iter().all(|deal| time(&deal["review"]["due_at"]) == at("2026-11-24T12:00:00Z")), "{:?}", all[0]["review"]);
        assert_eq!(told(&acme, &id).await.len(), 0);
    }

    async fn one_rule_may_set_another_time_than_all(world) {
        let (acme, seller) = desk(world, json!({ "due_hours": 8 })).await;
        let mut rules = acme.rules().await;
        rules["rules"][0]["review"] = json!({ "due_hours": 2, "end_hours": 3, "at_end": "reject" });
        acme.publishes(rules).await;
        let deal = seller.registers(large(resale("Fabrikam"))).await;
        assert_eq!(time(&deal["review"]["due_at"]), world.now() + hours(2));
        acme.is_in_talks_with("Wingtip Toys").await;
        world.settle().await;
        let other = seller.registers(resale("Wingtip Toys")).await;
        assert_eq!((&other["status"], time(&other["review"]["due_at"])), (&json!("in_review"), world.now() + hours(8)));
        assert_eq!(acme.deal(&deal.id()).await["review"]["at_end"], "reject");
    }

    async fn rules_published_later_do_not_move_what_was_promised(world) {
        let (acme, seller) = desk(world, json!({ "due_hours": 8 })).await;
        let id = seller.registers(large(resale("Fabrikam"))).await.id();
        acme.publishes(with(acme.rules().await, json!({ "review": { "due_hours": 1 } }))).await;
        world.pass(hours(7)).await;
        assert!(told(&acme, &id).await.is_empty());
        world.pass(hours(1)).await;
        assert_eq!(told(&acme, &id).await, ["deal.review_overdue"]);
    }

    async fn the_end_of_the_time_says_what_the_vendor_chose(world) {
        let (acme, seller) = desk(world, json!({ "due_hours": 4, "end_hours": 6, "at_end": "reject" })).await;
        let id = seller.registers(large(resale("Fabrikam"))).await.id();
        world.pass(hours(7)).await;
        let events = acme.all(&format!("/v1/events?type=deal.review_ended&subject={id}")).await;
        let data = &events[0]["data"];
        assert_eq!((&data["at_end"], &data["hours"], &data["deal"]["status"]), (&json!("reject"), &json!(6), &json!("in_review")));
    }

    async fn an_automation_decides_with_its_reason(world) {
        let (acme, seller) = desk(world, json!({ "due_hours": 4 })).await;
        let because = json!({ "code": "review_time_ran_out", "reason": "Nobody objected in time." });
        let one = seller.registers(large(resale("Fabrikam"))).await.id();
        takes(world, &acme, "deal.approve", &one, because.clone()).await.expect("done");
        let approved = seller.deal(&one).await;
        assert_eq!((&approved["status"], codes(&approved)[0].as_str()), (&json!("approved"), "review_time_ran_out"));
        assert_eq!(approved["decision"]["reasons"][0]["sentence"], "Nobody objected in time.");
        assert!(approved["protected_until"].is_string() && approved["review"]["ended_at"].is_string());

        let other = seller.registers(large(resale("Wingtip Toys"))).await.id();
        takes(world, &acme, "deal.reject", &other, because).await.expect("done");
        assert_eq!(codes(&seller.deal(&other).await)[0], "review_time_ran_out");
        let again = takes(world, &acme, "deal.approve", &other, json!({})).await.expect_err("refused");
        assert_eq!(again.kind.code, "deal.illegal_move", "what a person may undo, an automation does not");
    }

    async fn an_automation_never_approves_what_another_deal_holds(world) {
        let (acme, seller) = desk(world, json!({ "due_hours": 4 })).await;
        let rival = acme.adds_partner("Southridge").await.person("sales").await;
        let mine = seller.registers(large(resale("Fabrikam"))).await.id();
        let theirs = rival.registers(large(resale("Fabrikam"))).await.id();
        acme.moves(&theirs, "approve", json!(null)).await.expect(200);
        let refused = takes(world, &acme, "deal.approve", &mine, json!({})).await.expect_err("refused");
        assert_eq!(refused.kind.code, "deal.protected");
        assert_eq!(seller.deal(&mine).await["status"], "in_review");
        acme.moves(&theirs, "withdraw", json!(null)).await.expect(200);
        takes(world, &acme, "deal.approve", &mine, json!({})).await.expect("done, now that it is free");
    }

    async fn an_automation_does_not_decide_while_the_partner_is_asked(world) {
        let (acme, seller) = desk(world, json!({ "due_hours": 4, "at_end": "escalate" })).await;
        let id = seller.registers(large(resale("Fabrikam"))).await.id();
        acme.moves(&id, "request-information", json!({ "question": "Who decides?" })).await.expect(200);
        for step in ["deal.approve", "deal.reject"] {
            let refused = takes(world, &acme, step, &id, json!({})).await.expect_err("refused");
            assert_eq!(refused.kind.code, "deal.illegal_move", "{step}");
        }
    }

    async fn an_automation_gives_no_approval_where_several_people_have_to(world) {
        let (acme, seller) = desk(world, json!({ "due_hours": 4, "at_end": "escalate", "approvals": [{ "name": "One" }, { "name": "Two" }] })).await;
        let id = seller.registers(large(resale("Fabrikam"))).await.id();
        let refused = takes(world, &acme, "deal.approve", &id, json!({})).await.expect_err("refused");
        assert_eq!(refused.kind.code, "deal.approvals_open");
        assert_eq!(acme.deal(&id).await["approvals"], json!([{ "name": "One" }, { "name": "Two" }]));
        takes(world, &acme, "deal.reject", &id, json!({})).await.expect("a refusal takes one");
    }

    async fn a_partner_is_told_when_it_is_due_and_nothing_of_what_happens_inside(world) {
        let (acme, seller) = desk(world, json!({ "due_hours": 4, "warn_hours": [1], "at_end": "escalate", "approvals": [{ "name": "Canary step" }, { "name": "Next" }] })).await;
        let id = seller.registers(large(resale("Fabrikam"))).await.id();
        world.pass(hours(5)).await;
        let boss = acme.sees_sign_in(&acme.adds_colleague("admin").await.id(), &["pwd"]).await;
        boss.moves(&id, "approve", json!({ "reason": "Canary reason" })).await.expect(200);
        let seller = seller.anew().await;
        let shown = seller.deal(&id).await;
        assert!(shown["review"]["due_at"].is_string());
        let timeline = steps(&seller, &id).await;
        assert_eq!(timeline, ["deal.in_review"]);
        let whole = format!("{}{:?}{:?}", shown, seller.all("/v1/deals").await, seller.all(&format!("/v1/deals/{id}/timeline")).await);
        for hidden in ["Canary", "escalate", "approvals", "marks"] {
            assert!(!whole.contains(hidden), "{hidden} in {whole}");
        }
        assert_eq!(
            steps(&acme, &id).await,
            ["deal.in_review", "deal.review_warning", "deal.review_overdue", "deal.review_ended", "deal.approval_given"]
        );
    }

    async fn a_policy_that_contradicts_itself_is_refused_with_its_place(world) {
        let acme = world.vendor("Acme").await;
        let rules = acme.rules().await;
        let step = json!({ "name": "Desk" });
        let cases = [
            (json!({ "warn_hours": [1] }), "/review/due_hours"),
            (json!({ "at_end": "approve" }), "/review/due_hours"),
            (json!({ "due_hours": 0 }), "/review/due_hours"),
            (json!({ "due_hours": 8, "warn_hours": [8] }), "/review/warn_hours"),
            (json!({ "due_hours": 8, "end_hours": 7 }), "/review/end_hours"),
            (json!({ "due_hours": 8, "calendar": "nowhere" }), "/review/calendar"),
            (json!({ "due_hours": 8, "at_end": "approve", "approvals": [step, { "name": "Boss" }] }), "/review/at_end"),
            (json!({ "approvals": [step, step] }), "/review/approvals/1/name"),
            (json!({ "approvals": [{ "name": "Desk", "role": "finance", "permission": "deals:read" }] }), "/review/approvals/0"),
            (json!({ "approvals": [{ "name": "Desk", "permission": "no:such" }] }), "/review/approvals/0/permission"),
            (json!({ "approvals": vec![step.clone(); 6] }), "/review/approvals"),
        ];
        for (policy, place) in cases {
            acme.post("/v1/rules-of-engagement", with(rules.clone(), json!({ "review": policy }))).await.invalid_at(place);
        }
        let mut own = rules.clone();
        own["rules"][1]["review"] = json!({ "due_hours": 8, "calendar": "nowhere" });
        acme.post("/v1/rules-of-engagement", own).await.invalid_at("/rules/1/review/calendar");
        // A draft takes the section out again with null.
        let draft = acme.drafts(with(rules, json!({ "review": { "due_hours": 8 } }))).await;
        let patched = acme.patch(format!("/v1/rules-of-engagement/{}", draft.id()), json!({ "review": null })).if_match(draft.etag()).await.expect(200);
        assert_eq!(patched["engagement"].get("review"), None);
    }

    async fn without_a_section_nothing_is_timed_and_one_approval_will_do(world) {
        let acme = world.vendor("Acme").await;
        acme.reviews_large_deals().await;
        let seller = acme.adds_partner("Northwind").await.person("sales").await;
        let deal = seller.registers(large(resale("Fabrikam"))).await;
        assert_eq!((deal.body.get("review"), deal.body.get("approvals")), (None, None));
        world.pass(days(60)).await;
        assert!(told(&acme, &deal.id()).await.is_empty());
        assert_eq!(acme.moves(&deal.id(), "approve", json!(null)).await.expect(200)["status"], "approved");
    }
}
