//! What is known of a partner: languages, website, tax number, e-mail domains, and who supplies it.

use crate::prelude::*;

spec! {
    async fn facts_are_kept_in_one_form_and_found_by(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "languages": ["DE", "pt-br"], "website": "https://northwind.example",
            "tax_id": "de 123.456.789", "email_domains": ["Northwind.example", "northwind.example"] })).await;
        let seen = &northwind.made;
        assert_eq!((&seen["languages"], &seen["tax_id"], &seen["email_domains"]), (&json!(["de", "pt-BR"]), &json!("DE123456789"), &json!(["northwind.example"])));
        acme.adds_partner("Fabrikam").await;
        for query in ["language=pt-BR", "email_domain=NORTHWIND.example"] {
            let found = acme.all(&format!("/v1/partners?{query}")).await;
            assert_eq!(found.iter().map(|one| &one["id"]).collect::<Vec<_>>(), [&json!(northwind.id)], "{query}");
        }
        let changed = northwind.is_changed(json!({ "website": null, "languages": ["en"] })).await;
        assert_eq!((&changed["languages"], changed.body.get("website")), (&json!(["en"]), None));
    }

    async fn what_cannot_be_meant_is_refused_where_it_stands(world) {
        let acme = world.vendor("Acme").await;
        for (member, value) in [
            ("languages", json!(["german"])), ("website", json!("javascript:alert(1)")), ("website", json!("northwind")), ("tax_id", json!("<script>")),
            ("email_domains", json!(["jo@northwind.example"])),
        ] {
            acme.post("/v1/partners", with(json!({ "name": "Northwind", "type": "reseller" }), json!({ member: value }))).await.invalid_at(&format!("/{member}"));
        }
        acme.post("/v1/partners", json!({ "name": "Northwind", "type": "reseller", "email_domains": ["gmail.com"] })).await.invalid_at("/email_domains/0");
    }

    async fn a_distributor_supplies_partners_and_nobody_supplies_a_distributor(world) {
        let acme = world.vendor("Acme").await;
        let wholesale = acme.adds_partner_like(json!({ "name": "Wholesale", "type": "distributor" })).await.id;
        let other = acme.adds_partner_like(json!({ "name": "Other", "type": "distributor" })).await.id;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "distributor_id": wholesale })).await;
        assert_eq!(acme.all(&format!("/v1/partners?distributor_id={wholesale}")).await.len(), 1);
        let wrong = json!({ "name": "X", "type": "reseller", "distributor_id": northwind.id });
        acme.post("/v1/partners", wrong).await.invalid_at("/distributor_id");
        acme.post("/v1/partners", json!({ "name": "X", "type": "distributor", "distributor_id": wholesale })).await.invalid_at("/distributor_id");
        acme.patch(format!("/v1/partners/{wholesale}"), json!({ "type": "reseller" })).if_match(1).await.invalid_at("/type");
        acme.patch(format!("/v1/partners/{other}"), json!({ "type": "reseller" })).if_match(1).await.expect(200);
        let foreign = world.vendor("Contoso").await.adds_partner_like(json!({ "name": "Theirs", "type": "distributor" })).await.id;
        acme.post("/v1/partners", json!({ "name": "X", "type": "reseller", "distributor_id": foreign })).await.invalid_at("/distributor_id");
    }

    async fn rules_of_engagement_know_the_distributor(world) {
        let acme = world.vendor("Acme").await;
        let wholesale = acme.adds_partner_like(json!({ "name": "Wholesale", "type": "distributor" })).await.id;
        let supplied = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "distributor_id": wholesale })).await.person("sales").await;
        let direct = acme.adds_partner("Southridge").await.person("sales").await;
        let mut rules = acme.rules().await;
        let two_tier = json!({ "id": "two-tier", "when": format!("partner.distributor == \"{wholesale}\""), "outcome": "review", "code": "two_tier", "sentence": "The distributor is asked." });
        rules["rules"].as_array_mut().expect("rules").insert(0, two_tier);
        acme.publishes(rules).await;
        assert_eq!(supplied.registers(resale("Fabrikam")).await["status"], "in_review");
        assert_eq!(direct.registers(resale("Contoso")).await["status"], "approved");
    }
}
