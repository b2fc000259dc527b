//! In which language somebody is told, and how dates and money are written there.

use super::*;

spec! {
    async fn whoever_set_no_language_is_told_in_their_partners_and_then_the_vendors(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "languages": ["pt-PT", "de"] })).await;
        let seller = northwind.person("sales").await;
        for language in ["de", "fr", "ar"] {
            acme.put(format!("/v1/notification-templates/{NOTICE}/{language}"), json!({ "subject": language, "text": "x" })).await.expect(201);
        }
        acme.registers(seller.partner.gets(resale("Fabrikam"))).await;
        acme.tries_to_tell("one", "deal.approved", to_partner()).await.expect("told");
        assert_eq!(titles(&seller).await, ["de"], "the partner has no Portuguese text, and a German one");
        assert_eq!(seller.get("/v1/notification-preferences").await.expect(200)["language"], "pt-PT");

        let vendor = acme.get("/v1/vendor").await.expect(200);
        acme.patch("/v1/vendor", json!({ "language": "fr" })).if_match(vendor.etag()).await.expect(200);
        seller.put("/v1/notification-preferences", json!({ "language": "ar-EG" })).await.expect(200);
        assert_eq!(titles(&seller).await, ["ar"]);
        acme.patch(format!("/v1/partners/{}", northwind.id), json!({ "languages": [] })).if_match(1).await.expect(200);
        seller.put("/v1/notification-preferences", json!({})).await.expect(200);
        assert_eq!((titles(&seller).await, seller.get("/v1/notification-preferences").await.expect(200)["language"].clone()), (vec!["fr".to_owned()], json!("fr")));
    }

    async fn dates_and_money_are_written_as_the_reader_writes_them(world) {
        let (acme, seller, _) = rivals(world).await;
        let words = "{{ event.occurred_at | datetime }} / {{ event.occurred_at | datetime('UTC') }} / {{ event.data.deal.amount | money }} / {{ event.data.deal.customer.country | country }}";
        for language in ["de", "ar"] {
            acme.put(format!("/v1/notification-templates/{NOTICE}/{language}"), json!({ "subject": "x", "text": words })).await.expect(201);
        }
        acme.registers(seller.partner.gets(resale("Fabrikam"))).await;
        acme.tries_to_tell("one", "deal.approved", to_partner()).await.expect("told");
        for (language, zone, is) in [
            ("de", "Europe/Berlin", "20. November 2026 um 13:00 GMT+1 / 20. November 2026 um 12:00 GMT+0 / 48.210,00\u{a0}€ / Deutschland"),
            ("de-CH", "Europe/Zurich", "20. November 2026 um 13:00 GMT+1 / 20. November 2026 um 12:00 GMT+0 / €\u{a0}48'210.00 / Deutschland"),
        ] {
            seller.put("/v1/notification-preferences", json!({ "language": language, "time_zone": zone })).await.expect(200);
            assert_eq!(seller.get("/v1/notifications").await.expect(200)["data"][0]["text"], is);
        }
        seller.put("/v1/notification-preferences", json!({ "language": "ar" })).await.expect(200);
        let arabic = seller.get("/v1/notifications").await.expect(200)["data"][0]["text"].as_str().expect("a text").to_owned();
        assert!(arabic.contains("20 نوفمبر 2026") && arabic.contains("48,210.00\u{a0}€"), "{arabic}");
    }
}
