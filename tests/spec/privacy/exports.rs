//! Everything that is held about somebody, in one place.

use super::*;

spec! {
    async fn an_export_holds_the_person_its_deals_and_its_events(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let (sam, other) = (northwind.person("sales").await, northwind.person("sales").await);
        let deal = sam.registers(resale("Fabrikam")).await.id();
        other.registers(resale("Contoso")).await;
        // The same human as a contact, in another spelling.
        let contact = json!({ "name": "Sam", "email": sam.email.to_uppercase() });
        let sold_to = acme.registers(northwind.gets(deal_with(contact))).await.id();
        let export = acme.get(format!("/v1/people/{}/export", sam.id)).await.expect(200);
        assert_eq!(export["held"]["people"][0]["email"], sam.email.as_str());
        let mut deals: Vec<_> = export["held"]["deals"].as_array().expect("deals").iter().map(|deal| deal["id"].clone()).collect();
        deals.sort_by_key(Value::to_string);
        let mut expected = [json!(deal), json!(sold_to)];
        expected.sort_by_key(Value::to_string);
        assert_eq!(deals, expected);
        let events: Vec<_> = export["events"].as_array().expect("events").iter().map(|event| event["type"].as_str().unwrap_or_default()).collect();
        assert_eq!(events, ["person.created", "deal.approved", "deal.approved"]);
        assert!(export["next_after"].is_null());
        let later = acme.get(format!("/v1/people/{}/export?after={}", sam.id, export["events"][1]["sequence"])).await.expect(200);
        assert_eq!((later["events"].as_array().map(Vec::len), later["held"].is_null()), (Some(1), true));
    }

    async fn a_contact_who_is_no_person_here_is_exported_by_address_or_name(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let ada = acme.registers(northwind.gets(deal_with(json!({ "name": "Ada Byron", "email": "Ada@fabrikam.example" })))).await.id();
        let nameless = acme.registers(northwind.gets(deal_with(json!({ "name": "Ada  BYRON" })))).await.id();
        for (body, deal) in [(json!({ "email": "ada@FABRIKAM.example" }), ada), (json!({ "name": "ada byron" }), nameless)] {
            let export = acme.post("/v1/privacy/exports", body).await.expect(200);
            let deals = export["held"]["deals"].as_array().expect("deals");
            assert_eq!((deals.len(), &deals[0]["id"]), (1, &json!(deal)));
            assert_eq!(export["events"].as_array().map(Vec::len), Some(1));
        }
        let nobody = acme.post("/v1/privacy/exports", json!({ "email": "nobody@fabrikam.example" })).await.expect(200);
        assert_eq!((nobody["events"].as_array().map(Vec::len), &nobody["held"]["deals"]), (Some(0), &json!([])));
        acme.post("/v1/privacy/exports", json!({})).await.refused(422, "body.invalid");
        acme.post("/v1/privacy/exports", json!({ "email": "a@b.example", "name": "A" })).await.refused(422, "body.invalid");
    }

    async fn only_an_admin_exports_and_erases(world) {
        let acme = world.vendor("Acme").await;
        let colleague = acme.adds_colleague("finance").await.id();
        let manager = acme.makes_key("channel_manager", &[]).await;
        let head = acme.adds_partner("Northwind").await.person("partner_admin").await;
        for caller in [&manager, &*head] {
            caller.get(format!("/v1/people/{colleague}/export")).await.refused(403, "auth.forbidden");
            caller.post(format!("/v1/people/{colleague}/erase"), json!(null)).await.refused(403, "auth.forbidden");
            caller.post("/v1/privacy/exports", json!({ "email": "a@b.example" })).await.refused(403, "auth.forbidden");
            caller.post("/v1/privacy/erasures", json!({ "email": "a@b.example" })).await.refused(403, "auth.forbidden");
        }
    }
}
