//! Who else is after the same customer: what is taken for the same, what is looked at, and who is told what.

use crate::prelude::*;

/// Nothing of this may be read by a partner.
#[track_caller]
fn hides(answer: &Reply, secrets: &[&str]) {
    let text = String::from_utf8_lossy(&answer.bytes);
    let inside = ["evidence", "score", "relation", "deal_id", "account_external_id", "opportunity_external_id"];
    for secret in inside.iter().chain(secrets) {
        assert!(!text.contains(secret), "a partner reads {secret}\n{answer}");
    }
}

spec! {
    async fn an_open_opportunity_goes_to_review_with_the_evidence_for_the_vendor(world) {
        let (acme, seller, _) = rivals(world).await;
        let account = json!({ "name": "FABRIKAM Incorporated", "country": "DE", "domain": "fabrikam.de", "phone": "+49 30 5550123" });
        acme.put("/v1/accounts/CRM-17", account).await.expect(201);
        let sale = json!({ "name": "Fabrikam: robots", "status": "open", "account_external_id": "CRM-17" });
        acme.put("/v1/opportunities/CRM-99", sale).await.expect(201);

        let customer = json!({ "name": "Fabrikam", "country": "DE", "domain": "https://www.fabrikam.de/kontakt", "phone": "030 555-0123" });
        let deal = seller.registers(resale_to(customer)).await;
        assert_eq!((&deal["status"], codes(&deal)), (&json!("in_review"), vec!["open_opportunity".to_owned()]));
        assert_eq!(deal["decision"]["conflicts"], json!([{ "kind": "open_opportunity", "same": true }]));
        hides(&deal, &["CRM-17", "CRM-99", "Incorporated", "INCORPORATED"]);
        hides(&seller.deal(&deal.id()).await, &["CRM-17", "CRM-99"]);
        hides(&seller.get("/v1/deals").await.expect(200), &["CRM-17", "CRM-99"]);
        hides(&seller.get(format!("/v1/deals/{}/timeline", deal.id())).await.expect(200), &["CRM-17", "CRM-99"]);

        let whole = acme.deal(&deal.id()).await;
        let conflict = &whole["decision"]["conflicts"][0];
        assert_eq!((&conflict["account_external_id"], &conflict["opportunity_external_id"]), (&json!("CRM-17"), &json!("CRM-99")));
        assert_eq!((&conflict["name"], &conflict["relation"]), (&json!("FABRIKAM Incorporated"), &json!("same")));
        assert!(conflict["score"].as_f64().is_some_and(|score| score > 0.95), "{whole}");
        let evidence: Vec<_> = conflict["evidence"].as_array().expect("evidence").iter().map(|of| (of["field"].clone(), of["agreement"].clone())).collect();
        let expected = [("name", "exact"), ("domain", "exact"), ("country", "exact"), ("phone", "exact")];
        assert_eq!(evidence, expected.map(|(field, agreement)| (json!(field), json!(agreement))));
        let domain = &conflict["evidence"][1];
        assert_eq!((&domain["ours"], &domain["theirs"]), (&json!("fabrikam.de"), &json!("fabrikam.de")));
        assert!(whole["decision"]["reasons"][0]["facts"]["conflicts"].is_array(), "the vendor reads what the rule saw\n{whole}");
    }

    async fn an_account_without_open_sale_stands_against_nothing(world) {
        let (acme, seller, _) = rivals(world).await;
        for account in ["A-1", "A-2"] {
            acme.put(format!("/v1/accounts/{account}"), json!({ "name": "Fabrikam", "country": "DE", "domain": "fabrikam.de" })).await.expect(201);
        }
        acme.put("/v1/opportunities/O-1", json!({ "name": "Old", "status": "lost", "account_external_id": "A-1" })).await.expect(201);
        let deal = seller.registers(resale_to(json!({ "name": "Fabrikam", "country": "DE", "domain": "fabrikam.de" }))).await;
        assert_eq!(deal["status"], "approved");
        let whole = acme.deal(&deal.id()).await;
        let accounts = whole["decision"]["conflicts"].as_array().expect("conflicts").iter();
        let mut accounts: Vec<_> = accounts.map(|conflict| (conflict["kind"].clone(), conflict["account_external_id"].clone())).collect();
        accounts.sort_by_key(|(_, id)| id.to_string());
        assert_eq!(accounts, ["A-1", "A-2"].map(|id| (json!("existing_account"), json!(id))), "each once");
    }

    async fn a_second_partner_is_refused_however_it_writes_the_customer(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        let customer = json!({ "name": "Müller Robotics GmbH", "country": "DE", "domain": "mueller-robotics.de", "tax_id": "DE811569869" });
        let first = northwind.registers(resale_to(customer)).await;
        world.settle().await;
        for rival in [
            json!({ "name": "Müller Robotics GmbH" }),
            json!({ "name": "Müller Robotics" }),
            json!({ "name": "MULLER ROBOTICS, G.m.b.H." }),
            json!({ "name": "Mueller Robotics Gesellschaft mit beschränkter Haftung" }),
            json!({ "name": "Müller-Robotics mbH" }),
            json!({ "name": "Müller Robotics Vertrieb", "domain": "https://www.mueller-robotics.de/" }),
            json!({ "name": "Zebra Feinkost", "tax_id": "de 811 569 869" }),
            json!({ "name": "Zebra Feinkost", "tax_id": "811569869" }),
        ] {
            let deal = southridge.registers(resale_to(with(rival.clone(), json!({ "country": "DE" })))).await;
            assert_eq!((&deal["status"], codes(&deal)), (&json!("rejected"), vec!["protected".to_owned()]), "{rival}\n{deal}");
            assert_eq!(deal["decision"]["conflicts"], json!([{ "kind": "protected_registration", "same": true }]), "{rival}");
            hides(&deal, &["Northwind", &northwind.partner.id, &northwind.id, &first.id()]);
            let conflict = &acme.deal(&deal.id()).await["decision"]["conflicts"][0];
            assert_eq!((&conflict["deal_id"], &conflict["partner_id"]), (&first["id"], &first["partner_id"]));
        }
    }

    async fn what_is_alike_but_not_the_same_is_looked_at_by_a_person(world) {
        for (registered, rival) in [
            (json!({ "name": "Nordlicht AG", "country": "DE" }), json!({ "name": "Nordlicht GmbH", "country": "DE" })),
            (json!({ "name": "Müller Robotics GmbH", "country": "DE" }), json!({ "name": "Müller Robotics GmbH & Co. KG", "country": "DE" })),
            (json!({ "name": "Brightwater Systems", "country": "DE" }), json!({ "name": "Brightwater Systems", "country": "FR" })),
            (json!({ "name": "Kestrel", "country": "PL" }), json!({ "name": "Kestrel Polska", "country": "PL" })),
            (json!({ "name": "Wingtip", "country": "DE", "domain": "wingtip.de" }), json!({ "name": "Aldermoor", "country": "DE", "domain": "wingtip.de" })),
        ] {
            let (_, northwind, southridge) = rivals(world).await;
            assert_eq!(northwind.registers(resale_to(registered)).await["status"], "approved");
            world.settle().await;
            let deal = southridge.registers(resale_to(rival.clone())).await;
            assert_eq!((&deal["status"], codes(&deal)), (&json!("in_review"), vec!["possible_conflict".to_owned()]), "{rival}\n{deal}");
            assert_eq!(deal["decision"]["conflicts"], json!([{ "kind": "protected_registration", "same": false }]), "{rival}");
        }
    }

    async fn another_company_is_not_in_the_way(world) {
        let (_, northwind, southridge) = rivals(world).await;
        northwind.registers(resale("Brightwater Systems")).await;
        world.settle().await;
        for other in ["Stillwater Systems", "Brightmoor Logistics", "Systems & More"] {
            assert_eq!(southridge.registers(resale(other)).await["status"], "approved", "{other}");
        }
    }

    async fn a_free_mail_domain_is_nobodys(world) {
        let (_, northwind, southridge) = rivals(world).await;
        let customer = |name: &str| resale_to(json!({ "name": name, "country": "DE", "domain": "gmail.com" }));
        assert_eq!(northwind.registers(customer("Alderhof Metallbau")).await["status"], "approved");
        world.settle().await;
        assert_eq!(southridge.registers(customer("Zirbelstube Feinkost")).await["status"], "approved");
    }

    async fn a_partner_that_registers_twice_is_told_of_its_own_deal(world) {
        let (_, seller, _) = rivals(world).await;
        seller.registers(resale("Fabrikam GmbH")).await;
        let again = seller.registers(resale("FABRIKAM")).await;
        assert_eq!((&again["status"], codes(&again)), (&json!("rejected"), vec!["already_registered".to_owned()]));
        assert_eq!(again["decision"]["conflicts"], json!([{ "kind": "own_registration", "same": true }]));
    }

    async fn a_customer_that_waits_for_another_partners_review_goes_to_review(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        acme.reviews_large_deals().await;
        assert_eq!(northwind.registers(large(resale("Fabrikam"))).await["status"], "in_review");
        let deal = southridge.registers(resale("Fabrikam GmbH")).await;
        assert_eq!((&deal["status"], codes(&deal)), (&json!("in_review"), vec!["pending_elsewhere".to_owned()]));
        assert_eq!(deal["decision"]["conflicts"], json!([{ "kind": "pending_registration", "same": true }]));
    }

    async fn a_customer_must_be_somebody(world) {
        let (_, seller, _) = rivals(world).await;
        for name in ["   ", "...", "—"] {
            for path in ["/v1/deals", "/v1/deals/check"] {
                seller.post(path, resale(name)).await.invalid_at("/customer/name");
            }
        }
        let known = seller.registers(resale_to(json!({ "name": "&", "country": "DE", "domain": "ampersand.de" }))).await;
        assert_eq!(known["status"], "approved");
    }

    async fn customers_of_another_vendor_are_another_world(world) {
        let (_, seller, _) = rivals(world).await;
        let (_, elsewhere, _) = rivals(world).await;
        for seller in [seller, elsewhere] {
            assert_eq!(seller.registers(resale("Fabrikam")).await["status"], "approved");
        }
    }
}
