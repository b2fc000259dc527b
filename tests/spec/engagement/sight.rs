//! Nobody reads in a notification what they may not read elsewhere, whatever its template says.

use super::*;

/// A template that prints all there is.
const ALL: &str = "{{ event }} {{ event.data.deal.decision.conflicts }}";

spec! {
    async fn a_partner_never_reads_of_a_rival_or_of_what_is_the_vendors_own(world) {
        let (acme, _, seller) = rivals(world).await;
        let account = json!({ "name": "ZYXCANARY Fabrikam", "country": "DE", "domain": "fabrikam.de" });
        acme.put("/v1/accounts/ZYXCANARY-17", account).await.expect(201);
        let sale = json!({ "name": "ZYXCANARY robots", "status": "open", "account_external_id": "ZYXCANARY-17" });
        acme.put("/v1/opportunities/ZYXCANARY-99", sale).await.expect(201);
        let deal = seller.registers(resale_to(json!({ "name": "Fabrikam", "country": "DE", "domain": "fabrikam.de" }))).await;
        assert_eq!(deal["status"], "in_review");
        assert!(acme.latest("deal.in_review").await.data.get().contains("ZYXCANARY"), "the event holds it");
        acme.words(NOTICE, "{{ event.data.deal.decision.conflicts[0].name | default('nothing', true) }}", ALL).await;
        let admin = acme.adds_colleague("admin").await.id();
        let marketing = acme.adds_colleague("marketing").await.id();
        let with = json!({ "to": [{ "partner": "/deal/partner_id" }, { "people": [admin, marketing] }], "template": NOTICE, "also_actor": true });
        acme.tells("deal.in_review", with).await;

        let list = seller.get("/v1/notifications").await.expect(200);
        let text = String::from_utf8_lossy(&list.bytes);
        assert!(!text.contains("ZYXCANARY") && !text.contains("evidence") && !text.contains("external_id"), "{list}");
        assert!(text.contains("Fabrikam") && text.contains("open_opportunity"), "what is theirs is there\n{list}");
        let marketing = acme.sees_sign_in(&marketing, &["pwd"]).await.get("/v1/notifications").await.expect(200);
        assert!(!String::from_utf8_lossy(&marketing.bytes).contains("ZYXCANARY Fabrikam"), "a role that may not know of rivals\n{marketing}");
        let admin = acme.sees_sign_in(&admin, &["pwd"]).await.get("/v1/notifications").await.expect(200);
        assert_eq!(admin["data"][0]["title"], "ZYXCANARY Fabrikam");
    }

    async fn nobody_is_told_of_an_event_that_they_may_not_see(world) {
        let (acme, seller, other) = rivals(world).await;
        acme.registers(seller.partner.gets(resale("Fabrikam"))).await;
        let told = async |kind: &str, person: &str| acme.tells(kind, json!({ "to": [{ "people": [person] }], "template": NOTICE })).await["people"].clone();
        assert_eq!(told("deal.approved", &other.id).await, 0, "another partner's deal");
        assert_eq!(told("api_key.created", &seller.id).await, 0, "a matter of the vendor");
        let far = acme.adds_colleague("channel_manager").await.id();
        acme.put(format!("/v1/people/{far}/reach"), json!({ "territories": [{ "country": "AQ" }] })).await.expect(200);
        assert_eq!(told("deal.approved", &far).await, 0, "beyond one's reach");
        acme.put(format!("/v1/people/{far}/reach"), json!({ "partner_ids": [seller.partner.id] })).await.expect(200);
        assert_eq!(told("deal.approved", &far).await, 1);
        // Moved out of reach, it can be read no longer.
        acme.put(format!("/v1/people/{far}/reach"), json!({ "territories": [{ "country": "AQ" }] })).await.expect(200);
        let far = acme.sees_sign_in(&far, &["pwd"]).await;
        let row = &far.all("/v1/notifications").await[0];
        assert_eq!((&row["available"], &row["text"], &row["event_id"]), (&json!(false), &json!(""), &json!(null)));
    }
}
