//! What audits come upon, kind by kind.

use super::*;

async fn has(acme: &Vendor, id: &str, body: Value) {
    acme.put(format!("/v1/accounts/{id}"), body).await.expect(201);
}

spec! {
    async fn accounts_are_duplicates_by_their_names_and_by_exact_keys(world) {
        let acme = world.vendor("Acme").await;
        has(&acme, "1", json!({ "name": "Müller & Söhne GmbH", "country": "DE" })).await;
        has(&acme, "2", json!({ "name": "MULLER UND SOHNE Gesellschaft mit beschränkter Haftung", "country": "DE" })).await;
        has(&acme, "3", json!({ "name": "Goodwill", "tax_id": "DE811569869", "country": "DE" })).await;
        has(&acme, "4", json!({ "name": "Good Will Ltd", "tax_id": "DE 811 569 869", "country": "DE" })).await;
        has(&acme, "5", json!({ "name": "Müller & Söhne", "country": "US" })).await;
        has(&acme, "6", json!({ "name": "Isdom", "country": "DE" })).await;
        audited(&acme).await;
        let mut pairs: Vec<_> = found(&acme, "duplicate_accounts", "open").await.iter().map(about).collect();
        pairs.sort();
        assert_eq!(pairs, [["1", "2"], ["3", "4"]]);
        let finding = &acme.all("/v1/hygiene/findings").await[0];
        assert_eq!((&finding["code"], finding["score"].as_f64() > Some(0.8)), (&json!("alike"), true));
        assert_eq!(finding["evidence"][0]["field"], "name");
        let id = finding["subjects"][0]["id"].as_str().expect("an id");
        assert_eq!(acme.all(&format!("/v1/hygiene/findings?subject_id={id}")).await.len(), 1);
        acme.get("/v1/hygiene/findings?subject_id=x").await.invalid_at("subject_id");
    }

    async fn what_people_judged_outranks_the_comparison(world) {
        let acme = world.vendor("Acme").await;
        let company = |account: &str| json!({ "account_external_id": account });
        has(&acme, "1", json!({ "name": "Nordlicht AG", "country": "DE" })).await;
        has(&acme, "2", json!({ "name": "Nordlicht AG", "country": "DE", "domain": "nordlicht.example" })).await;
        has(&acme, "3", json!({ "name": "Aldermoor", "country": "DE", "domain": "aldermoor.example" })).await;
        has(&acme, "4", json!({ "name": "Wingtip", "country": "DE", "domain": "wingtip.example" })).await;
        audited(&acme).await;
        assert_eq!(found(&acme, "duplicate_accounts", "open").await.iter().map(about).collect::<Vec<_>>(), [["1", "2"]]);
        acme.put("/v1/accounts/1", json!({ "name": "Nordlicht AG", "country": "DE", "domain": "other.example" })).await.expect(200);
        for (verdict, one, other) in [("different", "1", "2"), ("same", "3", "4")] {
            let body = json!({ "verdict": verdict, "one": company(one), "other": company(other), "reason": "I have asked." });
            acme.post("/v1/match-verdicts", body).await.expect(201);
        }
        let audit = audited(&acme).await;
        assert_eq!((&audit["opened"], &audit["resolved"]), (&json!(1), &json!(1)));
        let open = found(&acme, "duplicate_accounts", "open").await;
        assert_eq!((about(&open[0]), &open[0]["code"], &open[0]["verdict"]), (vec!["3".into(), "4".into()], &json!("judged_same"), &json!("same")));
        assert_eq!(found(&acme, "duplicate_accounts", "resolved").await.len(), 1);
    }

    async fn a_duplicate_that_was_merged_is_settled_at_once(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        audited(&acme).await;
        assert_eq!(about(&found(&acme, "duplicate_accounts", "open").await[0]), ["A", "B"]);
        let merge = merges(&acme, "A", "B").await.expect(201);
        world.settle().await;
        let resolved = found(&acme, "duplicate_accounts", "resolved").await;
        assert_eq!((resolved.len(), &resolved[0]["available_actions"]), (1, &json!([])));
        assert_eq!(audited(&acme).await["opened"], 0, "what was merged is not compared");
        undoes(&acme, &merge).await.expect(200);
        assert_eq!(audited(&acme).await["opened"], 1);
        let again = found(&acme, "duplicate_accounts", "open").await;
        assert_eq!((&again[0]["id"], &again[0]["first_seen_at"]), (&resolved[0]["id"], &resolved[0]["first_seen_at"]));
    }

    async fn deals_for_one_customer_are_duplicates_and_of_rivals_only_some_may_know(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        acme.reviews_large_deals().await;
        northwind.registers(large(resale("Fabrikam"))).await;
        northwind.registers(large(resale("FABRIKAM GmbH"))).await;
        world.settle().await;
        southridge.registers(large(resale("Fabrikam"))).await;
        audited(&acme).await;
        let all = found(&acme, "duplicate_deals", "open").await;
        let across = all.iter().filter(|finding| finding["across_partners"] == true).count();
        assert_eq!((all.len(), across), (3, 2));
        let blind = acme.makes_key("admin", &["hygiene:read"]).await;
        let seen = found(&blind, "duplicate_deals", "open").await;
        assert_eq!((seen.len(), &seen[0]["partner_id"]), (1, &json!(northwind.partner.id)));
        let hidden = all.iter().find(|finding| finding["across_partners"] == true).and_then(|finding| finding["id"].as_str()).expect("one");
        blind.get(format!("/v1/hygiene/findings/{hidden}")).await.refused(404, "not_found");
        assert_eq!(acme.all(&format!("/v1/hygiene/findings?kind=duplicate_deals&partner_id={}", southridge.partner.id)).await.len(), 2);
    }

    async fn a_narrowed_reach_shows_what_is_within_it(world) {
        let acme = world.vendor("Acme").await;
        for (name, country, customer) in [("Northwind", "DE", "Aldermoor"), ("Southridge", "FR", "Wingtip")] {
            let partner = acme.adds_partner_like(json!({ "name": name, "type": "reseller", "country": country })).await;
            acme.registers(partner.gets(resale(customer))).await;
        }
        audited(&acme).await;
        assert_eq!(found(&acme, "deal_without_owner", "open").await.len(), 2);
        let narrowed = acme.narrowed("channel_manager", json!({ "territories": [{ "country": "DE" }] })).await;
        let seen = found(&narrowed, "deal_without_owner", "open").await;
        assert_eq!((seen.len(), &seen[0]["subjects"][0]["name"]), (1, &json!("Aldermoor")));
        let told = narrowed.all("/v1/events?type=hygiene_finding.opened").await;
        assert_eq!(told.len(), 1);
    }

    async fn an_open_opportunity_is_stale_when_nothing_changes_or_its_day_is_past(world) {
        let acme = world.vendor("Acme").await;
        for (id, status, day) in [("late", "open", "2026-11-01"), ("quiet", "open", "2027-12-31"), ("won", "won", "2026-01-01")] {
            acme.put(format!("/v1/opportunities/{id}"), json!({ "name": id, "status": status, "closes_on": day })).await.expect(201);
        }
        audited(&acme).await;
        let open = found(&acme, "stale_opportunity", "open").await;
        assert_eq!((open.len(), about(&open[0]), &open[0]["code"]), (1, vec!["late".to_owned()], &json!("past_close_date")));
        world.clock.advance(days(91));
        acme.put("/v1/opportunities/late", json!({ "name": "late", "status": "won" })).await.expect(200);
        audited(&acme).await;
        let open = found(&acme, "stale_opportunity", "open").await;
        assert_eq!((open.len(), about(&open[0]), &open[0]["code"]), (1, vec!["quiet".to_owned()], &json!("unchanged")));
        assert_eq!(about(&found(&acme, "stale_opportunity", "resolved").await[0]), ["late"]);
    }

    async fn a_deal_has_an_owner_while_somebody_active_looks_after_it(world) {
        let acme = world.vendor("Acme").await;
        let manager = acme.adds_colleague("channel_manager").await;
        let partner = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "manager_id": manager.id() })).await;
        acme.registers(partner.gets(resale("Aldermoor"))).await;
        audited(&acme).await;
        assert!(found(&acme, "deal_without_owner", "open").await.is_empty());
        acme.patch(format!("/v1/people/{}", manager.id()), json!({ "status": "deactivated" })).if_match(manager.etag()).await.expect(200);
        audited(&acme).await;
        assert_eq!(found(&acme, "deal_without_owner", "open").await.len(), 1);
        let other = acme.adds_colleague("channel_manager").await;
        partner.is_changed(json!({ "manager_id": other.id() })).await;
        assert_eq!(audited(&acme).await["resolved"], 1);
    }

    async fn a_partner_of_which_nothing_is_seen_is_told_until_something_is(world) {
        let acme = world.vendor("Acme").await;
        let (idle, busy) = (acme.adds_partner("Idle").await, acme.adds_partner("Busy").await);
        for partner in [&idle, &busy] {
            partner.is_changed(json!({ "status": "active" })).await;
        }
        let came = busy.person("sales").await;
        audited(&acme).await;
        assert!(found(&acme, "partner_without_activity", "open").await.is_empty(), "they are new");
        world.clock.advance(days(91));
        came.anew().await.get("/v1/deals").await.expect(200);
        world.settle().await;
        audited(&acme).await;
        let open = found(&acme, "partner_without_activity", "open").await;
        assert_eq!((open.len(), &open[0]["partner_id"]), (1, &json!(idle.id)));
        acme.registers(idle.gets(resale("Aldermoor"))).await;
        assert_eq!(audited(&acme).await["kinds"][4]["resolved"], 1);
    }
}
