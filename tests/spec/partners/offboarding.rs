//! Parting from a partner: one call, and everything follows.

use crate::prelude::*;

struct Leaver {
    acme: Vendor,
    northwind: Partner,
    seller: Person,
    deal: String,
    draft: String,
    lead: String,
    referral: String,
}

/// A partner in the middle of its work, and another that is there too.
async fn busy(world: &World) -> (Leaver, Partner) {
    let acme = world.vendor("Acme").await;
    let northwind = acme.adds_partner("Northwind").await;
    let seller = northwind.person("sales").await;
    let deal = seller.registers(resale("Fabrikam")).await.id();
    let draft = seller.registers(with(resale("Contoso"), json!({ "draft": true }))).await.id();
    let lead = json!({ "company": { "name": "Litware", "country": "DE" }, "amount": { "amount": 100_000, "currency": "EUR" }, "hold": true });
    let lead = acme.post("/v1/leads", lead).await.expect(201).id();
    acme.post(format!("/v1/leads/{lead}/assign"), json!({ "partner_id": northwind.id })).await.expect(200);
    seller.post(format!("/v1/leads/{lead}/accept"), json!(null)).await.expect(200);
    let referral = json!({ "company": { "name": "Proseware", "country": "DE" }, "amount": { "amount": 100_000, "currency": "EUR" } });
    let referral = seller.post("/v1/referrals", referral).await.expect(201).id();
    let southridge = acme.adds_partner("Southridge").await;
    (Leaver { acme, northwind, seller, deal, draft, lead, referral }, southridge)
}

impl Leaver {
    fn calls(&self, action: &str, body: Value) -> Call {
        self.acme.post(format!("/v1/partners/{}/{action}", self.northwind.id), body)
    }

    async fn record(&self) -> Reply {
        self.acme.get(format!("/v1/partners/{}/offboarding", self.northwind.id)).await.expect(200)
    }

    async fn status(&self) -> Value {
        self.acme.get(format!("/v1/partners/{}", self.northwind.id)).await.expect(200)["status"].clone()
    }

    async fn of(&self, what: &str, id: &str) -> Value {
        self.acme.get(format!("/v1/{what}/{id}")).await.expect(200).body.clone()
    }
}

fn part<'a>(record: &'a Reply, name: &str) -> &'a Value {
    record["parts"].as_array().into_iter().flatten().find(|part| part["part"] == name).expect("a part")
}

spec! {
    async fn one_call_ends_it_at_once_and_everything_follows(world) {
        let (leaver, southridge) = busy(world).await;
        let key = json!({ "name": "Portal", "role": "sales", "partner_id": leaver.northwind.id });
        let key = leaver.acme.post("/v1/api-keys", key).await.expect(201);
        let signed_in = leaver.seller.signs_in(&["pwd"]).await;
        let ended = leaver.calls("offboard", json!({ "reason": "The contract was not renewed.", "notice": "Thank you." })).await.expect(200);
        assert_eq!((&ended["status"], &ended["deals"], &ended["effective_at"]), (&json!("handing_over"), &json!("release"), &json!("2026-11-20T12:00:00Z")));
        assert_eq!(leaver.status().await, "ended");
        for client in [&*leaver.seller, &*signed_in, &leaver.acme.bearing(&key.text("secret"))] {
            client.get("/v1/deals").await.refused(401, "auth.required");
        }
        leaver.acme.post("/v1/tokens", json!({ "person_id": leaver.seller.id })).await.refused(422, "token.no_such_person");
        world.settle().await;
        let record = leaver.record().await;
        assert_eq!((&record["status"], &record["done_at"]), (&json!("done"), &json!("2026-11-20T12:00:00Z")));
        for (name, handed) in [("access", 1), ("deals", 2), ("leads", 1), ("referrals", 1), ("records", 0)] {
            assert_eq!((&part(&record, name)["status"], &part(&record, name)["handed_over"], &part(&record, name)["left"]), (&json!("done"), &json!(handed), &json!([])), "{name}");
        }
        assert_eq!((leaver.of("deals", &leaver.deal).await["status"].clone(), leaver.of("deals", &leaver.draft).await["status"].clone()), (json!("released"), json!("withdrawn")));
        let lead = leaver.of("leads", &leaver.lead).await;
        assert_eq!((&lead["status"], &lead["partner_id"]), (&json!("offered"), &json!(southridge.id)), "the next is asked");
        assert_eq!(leaver.of("referrals", &leaver.referral).await["status"], "withdrawn");
        let told = leaver.acme.all(&format!("/v1/events?subject={}", leaver.northwind.id)).await;
        let told: Vec<_> = told.iter().map(|event| event["type"].as_str().unwrap_or_default()).collect();
        assert_eq!(told, ["partner.created", "partner.updated", "partner.status_changed", "partner.offboarded", "partner.offboarding_done"]);
        let keys = leaver.acme.all("/v1/api-keys").await;
        assert!(keys.iter().any(|one| one["id"] == key["api_key"]["id"] && one["revoked_at"].is_string()), "{keys:?}");
        leaver.calls("offboard", json!({ "reason": "Again." })).await.refused(409, "partner.illegal_move");
        assert!(southridge.person("sales").await.registers(resale("Fabrikam")).await["status"] == "approved", "its customer is free");
    }

    async fn until_the_day_it_works_on_gets_nothing_new_and_can_be_undone(world) {
        let (leaver, _) = busy(world).await;
        let day = world.now() + days(10);
        let scheduled = leaver.calls("offboard", json!({ "reason": "By agreement.", "effective_at": day })).await.expect(200);
        assert_eq!((&scheduled["status"], leaver.status().await), (&json!("scheduled"), json!("offboarding")));
        let seen = leaver.seller.get(format!("/v1/partners/{}/offboarding", leaver.northwind.id)).await.expect(200);
        assert_eq!((seen.body.get("internal_reason"), &seen["parts"], &seen["status"]), (None, &json!([]), &json!("scheduled")));
        leaver.seller.post("/v1/deals", resale("Wingtip")).await.refused(409, "deal.partner_inactive");
        leaver.calls("undo-offboarding", json!({ "reason": "They stay." })).await.expect(200);
        assert_eq!(leaver.status().await, "active");
        world.pass(days(11)).await;
        assert_eq!((leaver.status().await, leaver.record().await["status"].clone()), (json!("active"), json!("undone")));
        leaver.calls("undo-offboarding", json!(null)).await.refused(409, "partner.illegal_move");
        leaver.calls("offboard", json!({ "reason": "After all.", "effective_at": world.now() + days(5) })).await.expect(200);
        world.pass(days(5)).await;
        assert_eq!((leaver.status().await, leaver.record().await["status"].clone()), (json!("ended"), json!("done")));
        leaver.calls("undo-offboarding", json!(null)).await.refused(409, "partner.illegal_move");
    }

    async fn a_successor_takes_the_deals_over_with_their_protection(world) {
        let (leaver, southridge) = busy(world).await;
        let before = leaver.of("deals", &leaver.deal).await;
        leaver.calls("offboard", json!({ "reason": "Sold.", "successor_id": southridge.id })).await.expect(200);
        world.settle().await;
        let after = leaver.of("deals", &leaver.deal).await;
        assert_eq!((&after["partner_id"], &after["status"], &after["protected_until"]), (&json!(southridge.id), &json!("approved"), &before["protected_until"]));
        let heir = southridge.person("sales").await;
        heir.get(format!("/v1/deals/{}", leaver.deal)).await.expect(200);
        let rival = leaver.acme.adds_partner("Rival").await.person("sales").await;
        assert_ne!(rival.registers(resale("Fabrikam")).await["status"], "approved", "the customer is still spoken for");
        heir.moves(&leaver.deal, "extend", json!(null)).await.expect(200);
        let event = &leaver.acme.all("/v1/events?type=deal.handed_over").await[0];
        assert_eq!((&event["data"]["previous_partner_id"], &event["data"]["deal"]["partner_id"]), (&json!(leaver.northwind.id), &json!(southridge.id)));
    }

    async fn a_successor_that_is_gone_by_the_day_leaves_the_deals_to_the_manager(world) {
        let (leaver, southridge) = busy(world).await;
        leaver.calls("offboard", json!({ "reason": "Sold.", "successor_id": southridge.id, "effective_at": world.now() + days(3) })).await.expect(200);
        leaver.acme.post(format!("/v1/partners/{}/suspend", southridge.id), json!({ "reason": "Overdue." })).await.expect(200);
        world.pass(days(3)).await;
        assert_eq!((&leaver.record().await["deals"], leaver.of("deals", &leaver.deal).await["status"].clone()), (&json!("to_manager"), json!("approved")));
        let due = leaver.acme.all("/v1/events?type=deal.handover_due").await;
        assert_eq!(due.iter().map(|event| &event["subject"]["id"]).collect::<Vec<_>>(), [&json!(leaver.deal)]);
        let other = leaver.acme.adds_partner("Litmus").await;
        let given = leaver.acme.moves(&leaver.deal, "hand-over", json!({ "partner_id": other.id })).await.expect(200);
        assert_eq!(given["partner_id"], json!(other.id));
        leaver.acme.moves(&leaver.deal, "hand-over", json!({ "partner_id": other.id })).await.invalid_at("/partner_id");
    }

    async fn a_preview_says_what_would_follow_and_changes_nothing(world) {
        let (leaver, _) = busy(world).await;
        let rewards = json!({ "referrals": { "days": 90, "rewards": [{ "id": "all", "when": "true", "flat": { "amount": 5_000, "currency": "EUR" } }] } });
        let mut rules = leaver.acme.get("/v1/lead-rules/in-force").await.expect(200)["rules"].clone();
        rules["referrals"] = rewards["referrals"].clone();
        let draft = leaver.acme.post("/v1/lead-rules", rules).await.expect(201).id();
        leaver.acme.post(format!("/v1/lead-rules/{draft}/publish"), json!(null)).await.expect(200);
        leaver.acme.post(format!("/v1/referrals/{}/accept", leaver.referral), json!(null)).await.expect(200);
        leaver.acme.post(format!("/v1/referrals/{}/close", leaver.referral), json!({ "outcome": "won" })).await.expect(200);
        leaver.acme.put("/v1/offboarding-policy", json!({ "deals": "to_manager", "retention_days": 100 })).await.expect(200);
        let preview = leaver.calls("offboard-preview", json!({ "reason": "Perhaps." })).await.expect(200);
        let counts: Vec<_> = preview["parts"].as_array().into_iter().flatten().map(|part| (part["part"].as_str().unwrap_or_default(), part["count"].as_i64().unwrap_or_default())).collect();
        assert_eq!(counts, [("access", 1), ("deals", 2), ("leads", 1), ("referrals", 0), ("records", 0)]);
        assert_eq!(preview["open_money"], json!([{ "source": "referral_rewards", "count": 1, "amount": { "amount": 5_000, "currency": "EUR" } }]));
        assert_eq!((&preview["deals"], &preview["retain_until"]), (&json!("to_manager"), &json!("2027-02-28T12:00:00Z")));
        assert_eq!(leaver.status().await, "active");
        leaver.acme.get(format!("/v1/partners/{}/offboarding", leaver.northwind.id)).await.refused(404, "not_found");
        let ended = leaver.calls("offboard", json!({ "reason": "So be it." })).await.expect(200);
        world.settle().await;
        assert_eq!(ended["open_money"], preview["open_money"]);
        assert_eq!(leaver.acme.all("/v1/referral-rewards").await.len(), 1, "what is due stays due");
    }

    async fn records_are_kept_as_long_as_the_policy_says(world) {
        let (leaver, _) = busy(world).await;
        let contract = json!({ "title": "Reseller agreement", "starts_on": "2026-01-01" });
        let contract = leaver.calls("contracts", contract).await.expect(201).id();
        let document = json!({ "title": "Agreement", "kind": "contract", "file": { "file_name": "a.txt", "media_type": "text/plain", "content": "eA==" } });
        let document = leaver.calls("documents", document).await.expect(201).id();
        leaver.acme.put("/v1/offboarding-policy", json!({ "deals": "to_successor", "retention_days": 100 })).await.invalid_at("/deals");
        leaver.acme.put("/v1/offboarding-policy", json!({ "deals": "release", "retention_days": 3_000 })).await.expect(200);
        leaver.calls("offboard", json!({ "reason": "Over." })).await.expect(200);
        world.settle().await;
        let path = format!("/v1/partners/{}", leaver.northwind.id);
        for what in [format!("{path}/contracts/{contract}"), format!("{path}/documents/{document}")] {
            assert_eq!(leaver.acme.get(what).await.expect(200)["retain_until"], "2035-02-06T12:00:00Z");
        }
        leaver.acme.delete(format!("{path}/documents/{document}")).await.refused(409, "partner_document.retained");
    }

    async fn what_cannot_be_meant_is_refused_where_it_stands(world) {
        let (leaver, southridge) = busy(world).await;
        for (body, place) in [
            (json!({ "reason": "" }), "/reason"),
            (json!({ "reason": "X", "effective_at": "2020-01-01T00:00:00Z" }), "/effective_at"),
            (json!({ "reason": "X", "effective_at": "2099-01-01T00:00:00Z" }), "/effective_at"),
            (json!({ "reason": "X", "successor_id": leaver.northwind.id }), "/successor_id"),
            (json!({ "reason": "X", "deals": "to_successor" }), "/successor_id"),
            (json!({ "reason": "X", "deals": "release", "successor_id": southridge.id }), "/deals"),
        ] {
            leaver.calls("offboard", body.clone()).await.invalid_at(place);
            leaver.calls("offboard-preview", body).await.invalid_at(place);
        }
        let foreign = world.vendor("Contoso").await.adds_partner("Theirs").await.id;
        leaver.calls("offboard", json!({ "reason": "X", "successor_id": foreign })).await.invalid_at("/successor_id");
        leaver.calls("suspend", json!({ "reason": "Overdue." })).await.expect(200);
        leaver.calls("offboard", json!({ "reason": "X", "effective_at": world.now() + days(3) })).await.invalid_at("/effective_at");
        leaver.calls("offboard", json!({ "reason": "X" })).await.expect(200);
        assert_eq!(leaver.status().await, "ended");
    }

    async fn many_deals_are_handed_over_step_by_step_and_a_disputed_one_is_left(world) {
        let (leaver, southridge) = busy(world).await;
        let customer = |at: usize| format!("Customer {}", ["Ader", "Birke", "Clara", "Dorn", "Esche", "Falke", "Gold", "Hafen", "Insel", "Jura", "Kiel", "Linde", "Moor", "Nebel", "Orion", "Perle", "Quarz", "Rabe", "Salz", "Tanne", "Ufer", "Vulkan", "Wolke", "Zeder", "Anker"][at]);
        for at in 0..25 {
            leaver.seller.registers(resale(&customer(at))).await;
        }
        leaver.acme.is_in_talks_with("Tailspin").await;
        let disputed = leaver.seller.registers(resale("Tailspin")).await.id();
        let dispute = json!({ "deal_id": disputed, "reason": "Both sell to it.", "against_direct_sales": true });
        leaver.acme.post("/v1/disputes", dispute).await.expect(201);
        leaver.calls("offboard", json!({ "reason": "Sold.", "successor_id": southridge.id })).await.expect(200);
        world.settle().await;
        let record = leaver.record().await;
        let deals = part(&record, "deals");
        assert_eq!(deals["left"].as_array().map(Vec::len), Some(1), "{record}");
        assert_eq!((&deals["left"][0]["id"], &deals["left"][0]["code"]), (&json!(disputed), &json!("deal.disputed")));
        assert_eq!(leaver.acme.all(&format!("/v1/deals?partner_id={}&status=approved", southridge.id)).await.len(), 26);
    }

    async fn whoever_leaves_is_told_by_mail(world) {
        let (leaver, _) = busy(world).await;
        let Some(mut mailbox) = Mailbox::open(world) else { return };
        leaver.calls("offboard", json!({ "reason": "Secret.", "notice": "Thank you for the years." })).await.expect(200);
        world.settle().await;
        let letter = mailbox.letter();
        let text = letter.to_string();
        assert!(text.contains("Thank you for the years.") && !text.contains("Secret."), "{letter}");
    }

    async fn of_undoing_and_the_day_one_wins(world [connections = 10]) {
        let (leaver, _) = busy(world).await;
        leaver.calls("offboard", json!({ "reason": "X", "effective_at": world.now() + days(1) })).await.expect(200);
        world.clock.advance(days(1));
        // The day has come, whether or not the timer has been there.
        leaver.calls("undo-offboarding", json!(null)).await.refused(409, "partner.illegal_move");
        world.settle().await;
        assert_eq!(leaver.status().await, "ended");
    }
}
