//! What each side of a dispute sees: its own, and of the other that it is there.

use super::disputes::{Quarrel, dispute, path};
use crate::prelude::*;

/// Words that only the other side may read.
const CANARY: &str = "CANARY-77";

spec! {
    async fn neither_side_reads_anything_of_the_other(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        acme.adds_colleague("channel_manager").await;
        let contact = json!({ "name": format!("Ada {CANARY}"), "email": "ada-canary@fabrikam.example" });
        let first = northwind.registers(resale_to(json!({ "name": "Fabrikam GmbH", "country": "DE", "contact": contact, "address": CANARY }))).await;
        world.settle().await;
        let second = southridge.registers(resale("FABRIKAM")).await;
        let id = southridge.post("/v1/disputes", json!({ "deal_id": second.id(), "reason": "We were there in March." })).await.expect(201).id();
        let said = json!({ "text": format!("{CANARY}: we have a letter."), "links": [{ "title": CANARY, "url": "https://files.northwind.example/letter" }] });
        northwind.post(path(&id, "statements"), said).await.expect(201);
        southridge.post(path(&id, "statements"), json!({ "text": "ORIOLE-13 is our witness." })).await.expect(201);
        acme.post(path(&id, "begin-review"), json!(null)).await.expect(200);
        let note = json!({ "outcome": "stands", "public_reason": "It was there first.", "internal_note": format!("{CANARY} Northwind") });
        acme.post(path(&id, "decide"), note).await.expect(200);
        let all = [format!("/v1/disputes/{id}"), path(&id, "evidence"), "/v1/disputes".into(), "/v1/deals".into(), format!("/v1/deals/{}/timeline", second.id())];
        for address in &all {
            let read = southridge.get(address).await.expect(200);
            let text = String::from_utf8_lossy(&read.bytes).into_owned();
            for secret in [CANARY, "ada-canary", "Northwind", "northwind", &northwind.partner.id, &northwind.id, &first.id(), "reviewer_id", "decided_by"] {
                assert!(!text.contains(secret), "Southridge reads {secret} at {address}\n{read}");
            }
        }
        for address in [format!("/v1/disputes/{id}"), path(&id, "evidence"), "/v1/disputes".into()] {
            let read = northwind.get(&address).await.expect(200);
            let text = String::from_utf8_lossy(&read.bytes).into_owned();
            for secret in ["ORIOLE-13", "in March", &southridge.partner.id, &southridge.id, &second.id(), "reviewer_id", "decided_by"] {
                assert!(!text.contains(secret), "Northwind reads {secret} at {address}\n{read}");
            }
        }
        // Nor does the log keep what was said.
        let log = serde_json::to_string(&acme.all("/v1/events?type=dispute.*").await).expect("text");
        assert!(!log.contains(CANARY) && !log.contains("ORIOLE-13"), "{log}");
    }

    async fn both_sides_see_the_same_of_the_case_itself(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.is_decided(json!({ "outcome": "moves", "to": "A" })).await;
        let (one, other) = (dispute(&it.southridge, &id).await, dispute(&it.northwind, &id).await);
        for member in ["id", "stage", "statements_until", "decision", "appeal_until", "appealed", "rules_version", "revision", "created_at"] {
            assert_eq!(one[member], other[member], "{member}");
        }
        assert_eq!(one["decision"]["public_reason"], "It was there first.");
        let shape = |of: &Reply| of["parties"].as_array().expect("parties").iter().map(|party| party["label"].clone()).collect::<Vec<_>>();
        assert_eq!((shape(&one), &one["own_label"], &other["own_label"]), (shape(&other), &json!("A"), &json!("B")));
        let count = |pieces: Vec<Value>| pieces.iter().filter(|piece| piece["kind"] == "exhibit").count();
        let (mine, theirs) = (count(it.southridge.all(&path(&id, "evidence")).await), count(it.northwind.all(&path(&id, "evidence")).await));
        assert_eq!((mine, theirs), (1, 1), "each its own registration");
    }

    async fn what_the_vendor_discloses_is_read_and_nothing_else(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.opens().await;
        let said = it.northwind.post(path(&id, "statements"), json!({ "text": "A letter of May." })).await.expect(201);
        it.northwind.post(path(&id, "statements"), json!({ "text": "And one of June." })).await.expect(201);
        it.reviewer.post(path(&id, "disclose"), json!({ "evidence_id": said["id"], "to": ["Z"] })).await.invalid_at("/to/0");
        let nothing = kernel::id::write("dse", kernel::id::fresh());
        it.reviewer.post(path(&id, "disclose"), json!({ "evidence_id": nothing, "to": ["A"] })).await.invalid_at("/evidence_id");
        it.reviewer.post(path(&id, "disclose"), json!({ "evidence_id": said["id"], "to": ["A"] })).await.expect(200);
        let read = it.southridge.all(&path(&id, "evidence")).await;
        let texts: Vec<_> = read.iter().filter(|piece| piece["party"] == "B").map(|piece| piece["text"].clone()).collect();
        assert_eq!(texts, [json!("A letter of May.")]);
        assert!(read.iter().all(|piece| piece["party"] == "A" || piece.get("author").is_none()), "not who wrote it: {read:?}");
    }

    async fn the_evidence_is_what_the_log_holds_and_can_be_proved(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.opens().await;
        let pieces = it.acme.all(&path(&id, "evidence")).await;
        let exhibit = pieces.iter().find(|piece| piece["party"] == "B" && piece["kind"] == "exhibit").expect("an exhibit");
        assert_eq!((&exhibit["facts"]["event"], &exhibit["facts"]["deal_id"]), (&json!("deal.approved"), &json!(it.first)));
        assert_eq!(exhibit["facts"]["rules_version"], 0);
        let event = it.acme.all("/v1/events?type=deal.approved").await;
        assert_eq!((&event[0]["id"], &event[0]["sequence"]), (&exhibit["event_id"], &exhibit["sequence"]));
        world.settle().await;
        it.acme.get(exhibit["inclusion_proof"].as_str().expect("a proof")).await.expect(200);
        assert!(pieces.iter().any(|piece| piece["kind"] == "comparison" && piece["facts"]["same"] == true), "{pieces:?}");
    }

    async fn who_reaches_not_every_party_sees_nothing_of_it(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.opens().await;
        let one = it.acme.narrowed("channel_manager", json!({ "partner_ids": [it.northwind.partner.id] })).await;
        one.get(format!("/v1/disputes/{id}")).await.refused(404, "not_found");
        assert!(one.all("/v1/disputes").await.is_empty());
        assert!(one.all("/v1/events?type=dispute.*").await.is_empty());
        let both = [&it.northwind.partner.id, &it.southridge.partner.id];
        let both = it.acme.narrowed("channel_manager", json!({ "partner_ids": both })).await;
        assert_eq!(both.all("/v1/disputes").await.len(), 1);
        let third = it.acme.adds_partner("Eastvale").await.person("sales").await;
        third.get(format!("/v1/disputes/{id}")).await.refused(404, "not_found");
        third.post(path(&id, "statements"), json!({ "text": "Ours!" })).await.refused(404, "not_found");
    }

    async fn who_may_not_see_rivals_sees_a_case_without_anybody_in_it(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.opens().await;
        it.acme.post("/v1/roles", json!({ "name": "clerk", "title": "Clerk", "side": "vendor", "permissions": ["deals:read"] })).await.expect(201);
        let clerk = it.acme.adds_colleague("clerk").await.id();
        let clerk = it.acme.sees_sign_in(&clerk, &["pwd"]).await;
        let seen = dispute(&clerk, &id).await;
        assert!(seen["parties"].as_array().expect("parties").iter().all(|party| party.get("partner_id").is_none() && party.get("deal_id").is_none()));
        assert!(clerk.all(&path(&id, "evidence")).await.is_empty());
    }

    async fn an_erased_person_is_named_in_no_statement_and_the_rest_stays(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.opens().await;
        it.northwind.post(path(&id, "statements"), json!({ "text": "Ask ada.byron@fabrikam.example." })).await.expect(201);
        it.northwind.post(path(&id, "statements"), json!({ "text": "We were first." })).await.expect(201);
        it.acme.post("/v1/privacy/erasures", json!({ "email": "ada.byron@fabrikam.example" })).await.expect(202);
        world.settle().await;
        let said: Vec<_> = it.northwind.all(&path(&id, "evidence")).await.iter().filter(|of| of["kind"] == "statement").map(|of| of["text"].clone()).collect();
        assert_eq!(said, [json!("[erased]"), json!("We were first.")]);
    }
}
