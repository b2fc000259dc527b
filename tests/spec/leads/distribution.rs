//! Who is asked: rules first, then the ranking, then turns among near equals.

use super::*;

spec! {
    async fn a_lead_is_scored_and_offered_at_once_and_says_why(world) {
        let (acme, sellers) = partners(world, &["Northwind", "Southridge"]).await;
        let points = json!([
            { "id": "large", "when": "lead.amount.amount > 50000", "points": 30, "sentence": "A large one." },
            { "id": "named", "when": "lead.has_contact", "points": 5, "sentence": "Somebody to talk to." },
            { "id": "broken", "when": "lead.region.size() > 2", "points": 50, "sentence": "A region." },
        ]);
        publishes(&acme, json!({ "points": points })).await;
        let lead = acme.captures(lead("Fabrikam")).await;
        assert_eq!((&lead["status"], &lead["score"]["points"], &lead["score"]["rules_version"]), (&json!("offered"), &json!(35), &json!(1)));
        assert_eq!(lead["score"]["reasons"].as_array().map(Vec::len), Some(3), "what could not be told is said: {lead}");
        assert_eq!(lead["offer_until"], "2026-11-22T12:00:00Z");
        split(&sellers, &lead);
        let offers = acme.get(format!("/v1/leads/{}/offers", lead.id())).await.expect(200);
        assert_eq!((&offers["data"][0]["by"], &offers["data"][0]["outcome"]), (&json!("ranking"), &json!("open")));
        assert_eq!(told(&acme, &lead.id()).await, ["lead.captured", "lead.offered"]);
    }

    async fn the_candidates_add_up_and_the_others_are_told_why_not(world) {
        let (acme, sellers) = partners(world, &["Northwind", "Southridge"]).await;
        let far = acme.adds_partner_like(json!({ "name": "Far", "type": "reseller", "country": "FR" })).await;
        let rule = json!([{ "id": "near", "when": "partner.country == lead.country", "sentence": "It sits in another country." }]);
        publishes(&acme, json!({ "eligibility": rule })).await;
        let lead = acme.captures(with(lead("Fabrikam"), json!({ "hold": true }))).await;
        assert_eq!(lead["status"], "new");
        let found = acme.get(format!("/v1/leads/{}/candidates", lead.id())).await.expect(200);
        assert_eq!((&found["by"], &found["considered"], &found["eligible"]), (&json!("ranking"), &json!(3), &json!(2)));
        for candidate in found["candidates"].as_array().expect("candidates") {
            let sum: f64 = candidate["factors"].as_array().expect("factors").iter().filter_map(|factor| factor["contribution"].as_f64()).sum();
            assert!((sum - candidate["score"].as_f64().unwrap_or_default()).abs() < 0.05, "{candidate}");
        }
        let refused = &found["refused"][0];
        assert_eq!((&refused["partner_id"], &refused["obstacle"]["rule"]), (&json!(far.id), &json!("near")));
        let offered = acme.acts(&lead.id(), "distribute", json!(null)).await.expect(200);
        assert_eq!(offered["partner_id"], found["next"], "what was said is what is done");
        split(&sellers, &offered);
    }

    async fn a_named_account_and_a_pin_come_before_the_ranking(world) {
        let (acme, sellers) = partners(world, &["Northwind", "Southridge", "Eastvale"]).await;
        acme.put("/v1/accounts/A-1", json!({ "name": "Tailspin", "country": "DE" })).await.expect(201);
        let named = |partner: &Person, what: Value| acme.post("/v1/named-accounts", with(what, json!({ "partner_id": partner.partner.id })));
        named(&sellers[1], json!({ "domain": "www.fabrikam.example" })).await.expect(201);
        named(&sellers[0], json!({ "domain": "fabrikam.example" })).await.refused(409, "named_account.taken");
        named(&sellers[2], json!({ "account_external_id": "A-1" })).await.expect(201);
        named(&sellers[2], json!({})).await.invalid_at("/domain");
        publishes(&acme, json!({ "pins": [{ "id": "health", "when": "lead.segment == \"health\"", "partner_id": sellers[0].partner.id }] })).await;
        for round in 0..3 {
            let of = |members: Value| acme.captures(with(lead(&format!("Company {round}")), members));
            let by_domain = of(json!({ "company": { "name": format!("Anything {round}"), "country": "DE", "domain": "fabrikam.example" } })).await;
            assert_eq!(by_domain["partner_id"], json!(sellers[1].partner.id), "{round}: {by_domain}");
            acme.acts(&by_domain.id(), "disqualify", json!({ "reason": "Enough." })).await.expect(200);
            let pinned = of(json!({ "segment": "health" })).await;
            assert_eq!(pinned["partner_id"], json!(sellers[0].partner.id), "{round}");
        }
        let by_account = acme.captures(lead("Tailspin")).await;
        assert_eq!(by_account["partner_id"], json!(sellers[2].partner.id));
        let offers = acme.get(format!("/v1/leads/{}/offers", by_account.id())).await.expect(200);
        assert_eq!((&offers["data"][0]["by"], &offers["data"][0]["detail"]), (&json!("named_account"), &json!("A-1")));
        // A pin that says no is no end: the others are asked.
        let next = sellers[2].acts(&by_account.id(), "decline", json!({ "reason": "Full." })).await.expect(200);
        assert_eq!(next["status"], "qualified");
        split(&sellers[..2], &acme.lead(&by_account.id()).await);
    }

    async fn a_company_under_protection_goes_to_its_partner_or_to_the_vendor(world) {
        let (acme, sellers) = partners(world, &["Northwind", "Southridge"]).await;
        sellers[1].registers(resale("Fabrikam GmbH")).await;
        let first = acme.captures(lead("Fabrikam")).await;
        assert_eq!(first["partner_id"], json!(sellers[1].partner.id));
        sellers[1].acts(&first.id(), "decline", json!({ "reason": "Known." })).await.expect(200);
        let back = acme.lead(&first.id()).await;
        assert_eq!((&back["status"], &back["reason"]), (&json!("unplaced"), &json!("A partner holds this company under protection.")));
        acme.acts(&first.id(), "disqualify", json!({ "reason": "Again." })).await.expect(200);
        publishes(&acme, json!({ "on_protected": "to_vendor" })).await;
        assert_eq!(acme.captures(lead("FABRIKAM")).await["status"], "unplaced");
    }

    async fn a_duplicate_is_found_by_company_and_by_address_and_waits(world) {
        let (acme, _) = partners(world, &["Northwind"]).await;
        let first = acme.captures(lead("Fabrikam GmbH")).await;
        let again = acme.captures(lead("FABRIKAM")).await;
        assert_eq!((&again["status"], &again["duplicates"][0]["id"], &again["duplicates"][0]["by"]), (&json!("new"), &json!(first.id()), &json!("company")));
        let contact = json!({ "name": "A. Byron", "email": "ADA@fabrikam-gmbh.example" });
        let by_address = acme.captures(with(lead("Something Else"), json!({ "contact": contact }))).await;
        assert_eq!((&by_address["status"], &by_address["duplicates"][0]["by"]), (&json!("new"), &json!("email")));
        publishes(&acme, json!({ "on_duplicate": "distribute" })).await;
        assert_eq!(acme.captures(lead("Fabrikam AG")).await["status"], "offered");
    }

    async fn a_company_that_resembles_one_that_is_known_is_found_too(world) {
        let (acme, _) = partners(world, &["Northwind"]).await;
        acme.put("/v1/accounts/A-1", json!({ "name": "Kestrel Robotics GmbH", "country": "DE" })).await.expect(201);
        let first = acme.captures(lead("Kestrel Robotics International")).await;
        assert_eq!((&first["status"], &first["duplicates"][0]["kind"]), (&json!("offered"), &json!("account")), "an account is no duplicate: {first}");
        world.settle().await;
        let other = json!({ "name": "Somebody", "email": "somebody@kestrel-robotics.example" });
        let again = acme.captures(with(lead("Kestrel Robotic International"), json!({ "contact": other }))).await;
        let found = again["duplicates"].as_array().expect("duplicates");
        assert!(again["status"] == "new" && found.iter().any(|one| one["id"] == json!(first.id())), "{again}");
    }

    async fn a_lead_of_few_points_and_one_of_a_known_id_wait(world) {
        let (acme, _) = partners(world, &["Northwind"]).await;
        publishes(&acme, json!({ "distribute_from": 10 })).await;
        let waits = acme.captures(with(lead("Fabrikam"), json!({ "external_id": "L-1" }))).await;
        assert_eq!(waits["status"], "new");
        let again = acme.post("/v1/leads", with(lead("Other"), json!({ "external_id": "L-1" }))).await.expect(200);
        assert_eq!(again.id(), waits.id());
        let qualified = acme.acts(&waits.id(), "qualify", json!(null)).await.expect(200);
        assert_eq!(qualified["available_actions"], json!(["distribute", "assign", "disqualify"]));
        acme.acts(&waits.id(), "accept", json!(null)).await.refused(409, "lead.illegal_move");
    }

    async fn whoever_is_full_is_not_asked(world) {
        let (acme, sellers) = partners(world, &["Northwind"]).await;
        publishes(&acme, json!({ "open_leads": 2 })).await;
        let mut leads = Vec::new();
        for company in ["Alpha", "Bravo", "Charlie"] {
            leads.push(acme.captures(lead(company)).await);
        }
        let statuses: Vec<_> = leads.iter().map(|lead| lead["status"].clone()).collect();
        assert_eq!(statuses, ["offered", "offered", "unplaced"]);
        sellers[0].acts(&leads[0].id(), "accept", json!(null)).await.expect(200);
        sellers[0].acts(&leads[0].id(), "close", json!({ "reason": "No money." })).await.expect(200);
        assert_eq!(acme.acts(&leads[2].id(), "distribute", json!(null)).await.expect(200)["status"], "offered");
    }

    async fn near_equals_take_turns_by_their_weight_and_the_report_shows_it(world) {
        let acme = world.vendor("Acme").await;
        let mut partners = Vec::new();
        for (name, tier) in [("Northwind", "gold"), ("Southridge", "silver"), ("Eastvale", "silver")] {
            partners.push(acme.adds_partner_like(json!({ "name": name, "type": "reseller", "country": "DE", "tier": tier })).await);
        }
        // Who is asked more has less room, and answers later: near equals all the same.
        publishes(&acme, json!({ "shares": { "gold": 2, "silver": 1 }, "near": 100, "open_leads": 1000 })).await;
        for number in 0..24 {
            acme.captures(lead(&format!("Company {number}"))).await;
        }
        let report = acme.get("/v1/leads/fairness").await.expect(200);
        assert_eq!(report["offered"], 24);
        let of = |partner: &Partner| {
            let rows = report["partners"].as_array().expect("partners");
            rows.iter().find(|row| row["partner_id"] == json!(partner.id)).expect("a row").clone()
        };
        let offered: Vec<_> = partners.iter().map(|partner| of(partner)["offered"].as_i64().unwrap_or_default()).collect();
        assert_eq!(offered, [12, 6, 6], "{report}");
        assert!((of(&partners[0])["due_share"].as_f64().unwrap_or_default() - 0.5).abs() < 0.01, "{report}");
        acme.get("/v1/leads/fairness?from=2026-11-21T00:00:00Z&to=2026-11-22T00:00:00Z").await.expect(200);
    }
}
