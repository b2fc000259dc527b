//! What is kept about people here: shown in an export, gone with an erasure.

use super::*;

spec! {
    async fn an_export_shows_what_one_was_told_and_an_erasure_takes_it_away(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.registers(seller.partner.gets(resale("Fabrikam"))).await;
        seller.put("/v1/notification-preferences", json!({ "language": "de" })).await.expect(200);
        acme.words(NOTICE, "Hello {{ person.name }}", "x").await;
        acme.tells("deal.approved", to_partner()).await;
        let export = acme.get(format!("/v1/people/{}/export", seller.id)).await.expect(200);
        let held = export["held"]["notifications"].as_array().expect("notifications").clone();
        assert_eq!((&held[0]["language"], &held[1]["title"]), (&json!("de"), &json!("Hello Somebody")));
        acme.post(format!("/v1/people/{}/erase", seller.id), json!(null)).await.expect(202);
        world.settle().await;
        for table in ["notifications", "notification_preferences"] {
            assert_eq!(world.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
    }

    async fn what_was_erased_is_erased_from_what_others_were_told(world) {
        let (acme, seller, _) = rivals(world).await;
        let contact = json!({ "name": "Ada Byron", "email": "ada@fabrikam.example" });
        acme.registers(seller.partner.gets(resale_to(json!({ "name": "Fabrikam", "country": "DE", "contact": contact })))).await;
        acme.words(NOTICE, "Write to {{ event.data.deal.customer.contact.name }}", "x").await;
        acme.tells("deal.approved", to_partner()).await;
        assert_eq!(titles(&seller).await, ["Write to Ada Byron"]);
        acme.post("/v1/privacy/erasures", json!({ "email": "ada@fabrikam.example" })).await.expect(202);
        world.settle().await;
        assert_eq!(titles(&seller).await, ["Write to [erased]"]);
    }
}
