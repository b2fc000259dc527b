//! Renewals: who sold a subscription may renew it, in a window that opens and ends by itself, and rivals learn no name.

use super::*;

/// A deal with a subscription of this product, won; it is to be renewed in a year.
async fn sold(acme: &Vendor, seller: &Person, customer: &str) -> String {
    let deal = seller.anew().await.registers(sale(customer, json!([subscription("Cloud")]))).await.id();
    acme.moves(&deal, "close", json!({ "outcome": "won" })).await.expect(200);
    deal
}

async fn incumbencies(reader: &Client) -> Vec<Value> {
    reader.all("/v1/incumbencies").await
}

fn renewal(customer: &str) -> Value {
    sale(customer, json!([subscription("cloud")]))
}

fn statuses(rows: &[Value]) -> Vec<&str> {
    rows.iter().filter_map(|row| row["status"].as_str()).collect()
}

spec! {
    async fn who_sold_a_subscription_is_its_incumbent_and_is_told_when_the_renewal_is_due(world) {
        let (acme, northwind, southridge) = with_terms(world, terms()).await;
        let deal = sold(&acme, &northwind, "Fabrikam").await;
        let rows = incumbencies(&northwind).await;
        assert_eq!((rows.len(), &rows[0]["status"], &rows[0]["deal_id"], &rows[0]["renews_on"]), (1, &json!("holding"), &json!(deal), &json!("2027-11-20")));
        assert_eq!((&rows[0]["rule"], &rows[0]["terms_version"], &rows[0]["available_actions"]), (&json!("everybody"), &json!(1), &json!([])));
        assert!(incumbencies(&southridge).await.is_empty());
        southridge.get(format!("/v1/incumbencies/{}", rows[0]["id"].as_str().expect("an id"))).await.refused(404, "not_found");
        assert_eq!(southridge.checks(renewal("Fabrikam")).await["status"], "approved", "long before");
        world.pass(days(304)).await;
        assert_eq!(statuses(&incumbencies(&acme).await), ["holding"]);
        world.pass(days(2)).await;
        assert_eq!(statuses(&incumbencies(&acme).await), ["open"]);
        assert_eq!(told(&acme, "incumbency.*").await, ["incumbency.begun", "incumbency.opened"]);
        assert!(inbox(&northwind).await.iter().any(|subject| subject.contains("Cloud is to be renewed")));
        assert!(!inbox(&southridge).await.iter().any(|subject| subject.contains("Cloud")));
    }

    async fn a_rival_is_refused_in_the_window_and_learns_no_name(world) {
        let (acme, northwind, southridge) = with_terms(world, terms()).await;
        sold(&acme, &northwind, "Fabrikam GmbH").await;
        world.pass(days(310)).await;
        let refused = southridge.anew().await.registers(renewal("FABRIKAM")).await;
        assert_eq!((&refused["status"], codes(&refused)), (&json!("rejected"), vec!["incumbent".to_owned(), "no_objection".to_owned()]));
        assert_eq!(refused["decision"]["conflicts"], json!([{ "kind": "incumbent", "same": true }]));
        for planted in ["Northwind", "Fabrikam GmbH", northwind.partner.id.as_str()] {
            assert!(!String::from_utf8_lossy(&refused.bytes).contains(planted), "{refused}");
        }
        let explained = southridge.anew().await.get(format!("/v1/deals/{}/decision", refused.id())).await.expect(200);
        assert_eq!(explained["reproduced"], true);
        assert!(!String::from_utf8_lossy(&explained.bytes).contains(&northwind.partner.id), "{explained}");
        assert_eq!(acme.deal(&refused.id()).await["decision"]["conflicts"][0]["partner_id"], northwind.partner.id, "the vendor sees who");
        let rival = southridge.anew().await;
        assert_eq!(rival.checks(sale("Fabrikam", json!([line("Arm", 1, 1)]))).await["status"], "approved", "another product");
        let unsaid = rival.checks(resale("Fabrikam")).await;
        assert_eq!((&unsaid["status"], &unsaid["decision"]["conflicts"]), (&json!("in_review"), &json!([{ "kind": "incumbent", "same": false }])));
        // Nor by the back door.
        let arm = rival.registers(sale("Fabrikam", json!([line("Arm", 1, 1)]))).await;
        let path = format!("/v1/deals/{}", arm.id());
        rival.patch(&path, json!({ "lines": [subscription("Cloud")] })).if_match(arm.etag()).await.refused(409, "deal.not_editable");
        // A person of the vendor may decide otherwise.
        acme.moves(&arm.id(), "close", json!({ "outcome": "lost" })).await.expect(200);
        assert_eq!(acme.moves(&refused.id(), "approve", json!(null)).await.expect(200)["status"], "approved");
    }

    async fn the_incumbents_registration_is_a_renewal_and_winning_it_begins_the_next_term(world) {
        let (acme, northwind, _) = with_terms(world, terms()).await;
        sold(&acme, &northwind, "Fabrikam").await;
        let first = incumbencies(&acme).await[0]["id"].clone();
        world.pass(days(310)).await;
        let renews = northwind.anew().await.registers(renewal("Fabrikam")).await;
        assert_eq!((&renews["status"], &renews["renews"]), (&json!("approved"), &first));
        assert_eq!(incumbencies(&acme).await[0]["renewal_deal_id"], json!(renews.id()));
        acme.moves(&renews.id(), "close", json!({ "outcome": "won" })).await.expect(200);
        let rows = incumbencies(&acme).await;
        assert_eq!((statuses(&rows), &rows[0]["deal_id"]), (vec!["holding", "renewed"], &json!(renews.id())));
        world.pass(days(200)).await;
        assert_eq!(statuses(&incumbencies(&acme).await), ["holding", "renewed"], "nothing of the old one's clock is left");
    }

    async fn a_renewal_may_be_named_before_its_time_by_its_incumbent_only(world) {
        let (acme, northwind, southridge) = with_terms(world, terms()).await;
        sold(&acme, &northwind, "Fabrikam").await;
        let id = incumbencies(&northwind).await[0]["id"].clone();
        assert_eq!(northwind.checks(renewal("Fabrikam")).await["status"], "approved");
        assert_eq!(northwind.registers(renewal("Fabrikam")).await.body.get("renews"), None, "not due, not named");
        southridge.post("/v1/deals", with(renewal("Fabrikam"), json!({ "renews": id }))).await.invalid_at("/renews");
        northwind.post("/v1/deals", with(renewal("Contoso"), json!({ "renews": id }))).await.invalid_at("/renews");
        let nobody = kernel::id::write("inc", kernel::id::fresh());
        northwind.post("/v1/deals/check", with(renewal("Contoso"), json!({ "renews": nobody }))).await.invalid_at("/renews");
        let other = northwind.checks(with(renewal("Fabrikam"), json!({ "renews": id }))).await;
        assert_eq!(other["status"], "rejected", "it has registered it already");
    }

    async fn an_incumbent_that_does_nothing_loses_its_privilege_and_one_that_works_on_it_does_not(world) {
        let (acme, northwind, southridge) = with_terms(world, terms()).await;
        sold(&acme, &northwind, "Fabrikam").await;
        sold(&acme, &northwind, "Contoso").await;
        world.pass(days(390)).await;
        let renews = northwind.anew().await.registers(renewal("Contoso")).await;
        assert!(renews["renews"].is_string(), "{renews}");
        world.pass(days(10)).await;
        assert_eq!(statuses(&incumbencies(&acme).await), ["open", "lapsed"]);
        let rival = southridge.anew().await;
        assert_eq!(rival.checks(renewal("Fabrikam")).await["status"], "approved");
        assert_eq!(rival.checks(renewal("Contoso")).await["status"], "rejected");
        northwind.anew().await.moves(&renews.id(), "withdraw", json!(null)).await.expect(200);
        assert_eq!(statuses(&incumbencies(&acme).await), ["lapsed", "lapsed"]);
        assert!(inbox(&northwind).await.iter().any(|subject| subject.contains("was not registered")));
    }

    async fn a_renewal_that_is_lost_ends_it_and_so_does_a_rivals_sale(world) {
        let (acme, northwind, southridge) = with_terms(world, terms()).await;
        sold(&acme, &northwind, "Fabrikam").await;
        world.pass(days(310)).await;
        let renews = northwind.anew().await.registers(renewal("Fabrikam")).await.id();
        acme.moves(&renews, "close", json!({ "outcome": "lost" })).await.expect(200);
        assert_eq!(statuses(&incumbencies(&acme).await), ["lost"]);
        assert_eq!(southridge.anew().await.checks(renewal("Fabrikam")).await["status"], "approved");
        sold(&acme, &northwind, "Contoso").await;
        sold(&acme, &southridge, "Contoso").await;
        let rows = incumbencies(&acme).await;
        assert_eq!(statuses(&rows), ["holding", "lost", "lost"]);
        assert_eq!(rows[0]["partner_id"], southridge.partner.id);
        let later = northwind.anew().await;
        let own = incumbencies(&later).await;
        assert!(!json!(own).to_string().contains(&southridge.partner.id), "{own:?}");
        let held = "SELECT COUNT(*) FROM (SELECT product_key, key FROM incumbency_keys WHERE held = 1 GROUP BY vendor_id, product_key, key HAVING COUNT(*) > 1) twice";
        assert_eq!(world.number(held).await, 0);
    }

    async fn the_vendor_moves_or_ends_it_and_neither_partner_reads_of_the_other(world) {
        let (acme, northwind, southridge) = with_terms(world, terms()).await;
        let deal = sold(&acme, &northwind, "Fabrikam").await;
        let id = incumbencies(&acme).await[0]["id"].as_str().expect("an id").to_owned();
        let to = |partner: &str| json!({ "partner_id": partner, "reason": "They look after this customer now." });
        northwind.post(format!("/v1/incumbencies/{id}/move"), to(&northwind.partner.id)).await.refused(403, "auth.forbidden");
        acme.post(format!("/v1/incumbencies/{id}/move"), to(&northwind.partner.id)).await.refused(409, "incumbency.same_partner");
        let nobody = kernel::id::write("ptn", kernel::id::fresh());
        acme.post(format!("/v1/incumbencies/{id}/move"), to(&nobody)).await.invalid_at("/partner_id");
        let moved = acme.post(format!("/v1/incumbencies/{id}/move"), to(&southridge.partner.id)).await.expect(200);
        assert_eq!((&moved["partner_id"], &moved["moved_from"], moved.body.get("deal_id")), (&json!(southridge.partner.id), &json!(id), None));
        acme.post(format!("/v1/incumbencies/{id}/end"), json!({ "reason": "Again." })).await.refused(409, "incumbency.over");
        world.settle().await;
        let (old, new) = (json!(incumbencies(&northwind).await).to_string(), json!(incumbencies(&southridge).await).to_string());
        assert!(old.contains("ended") && !old.contains(&southridge.partner.id) && !old.contains(&moved.id()), "{old}");
        assert!(!new.contains(&northwind.partner.id) && !new.contains(&id) && !new.contains(&deal), "{new}");
        world.pass(days(310)).await;
        assert_eq!(northwind.anew().await.checks(renewal("Fabrikam")).await["status"], "rejected");
        assert_eq!(southridge.anew().await.registers(renewal("Fabrikam")).await["renews"], moved["id"]);
        acme.post(format!("/v1/incumbencies/{}/end", moved.id()), json!({ "reason": "They part." })).await.expect(200);
        assert_eq!(statuses(&incumbencies(&acme).await), ["ended", "ended"]);
    }

    async fn rivals_may_be_sent_to_review_and_rules_may_speak_of_the_incumbent(world) {
        let mut gentle = terms();
        gentle["incumbency"][0]["rivals"] = json!("review");
        let (acme, northwind, southridge) = with_terms(world, gentle).await;
        sold(&acme, &northwind, "Fabrikam").await;
        let mut rules = acme.rules().await;
        let when = "incumbent.exists && !incumbent.is_partner && !incumbent.open && incumbent.days_to_renewal < 400";
        let early = json!({ "id": "early", "when": when, "outcome": "review", "code": "too_early", "sentence": "A person looks at this." });
        rules["rules"].as_array_mut().expect("rules").insert(0, early);
        acme.publishes(rules).await;
        let early = southridge.checks(renewal("Fabrikam")).await;
        assert_eq!((codes(&early), &early["decision"]["reasons"][0]["facts"]), (vec!["too_early".to_owned()], &json!({})), "whether there is one is not told");
        assert_eq!(northwind.checks(renewal("Fabrikam")).await["status"], "approved");
        world.pass(days(310)).await;
        let late = southridge.anew().await.checks(renewal("Fabrikam")).await;
        assert_eq!((&late["status"], codes(&late)[0].as_str()), (&json!("in_review"), "incumbent"));
    }

    async fn without_such_a_rule_nobody_has_a_privilege(world) {
        let (acme, northwind, southridge) = with_terms(world, with(terms(), json!({ "incumbency": [] }))).await;
        sold(&acme, &northwind, "Fabrikam").await;
        assert!(incumbencies(&acme).await.is_empty());
        world.pass(days(360)).await;
        assert_eq!(southridge.anew().await.checks(renewal("Fabrikam")).await["status"], "approved");
    }
}
