//! The inbox: who is told, once, and what they do with it.

use super::*;

spec! {
    async fn a_partners_people_are_told_of_their_deal_each_once(world) {
        let (acme, seller, other) = rivals(world).await;
        let colleague = seller.partner.person("executive").await;
        acme.words(NOTICE, "{{ event.data.deal.customer.name }} is yours", "Hello {{ person.name }}, {{ event.data.deal.amount | money }}. {{ vendor.name }}").await;
        let deal = acme.registers(seller.partner.gets(resale("Fabrikam"))).await.id();
        let done = acme.tries_to_tell("one", "deal.approved", to_partner()).await.expect("told");
        assert_eq!((&done["people"], &done["inbox"], &done["mails"]), (&json!(2), &json!(2), &json!(0)));
        // A repeat does nothing, and another automation is another matter.
        assert_eq!(acme.tries_to_tell("one", "deal.approved", to_partner()).await.expect("told")["people"], 0);
        assert_eq!(titles(&seller).await, ["Fabrikam is yours"]);
        assert_eq!(titles(&colleague).await, ["Fabrikam is yours"]);
        assert!(titles(&other).await.is_empty());
        acme.tries_to_tell("two", "deal.approved", to_partner()).await.expect("told");
        let list = seller.get("/v1/notifications").await.expect(200);
        assert_eq!(list.rows().len(), 2);
        let one = &list["data"][0];
        assert_eq!(one["text"], "Hello Somebody, €48,210.00. Acme");
        assert_eq!((&one["link"], &one["event_type"]), (&json!({ "type": "deal", "id": deal }), &json!("deal.approved")));
        assert_eq!((&one["available"], &one["automation"]), (&json!(true), &json!(null)), "how a vendor runs its program is its own");
    }

    async fn what_was_read_and_put_away_is_told_apart(world) {
        let (acme, seller, other) = rivals(world).await;
        acme.registers(seller.partner.gets(resale("Fabrikam"))).await;
        for _ in 0..3 {
            acme.tells("deal.approved", to_partner()).await;
        }
        let unread = async || seller.get("/v1/notifications/unread-count").await.expect(200)["unread"].clone();
        assert_eq!(unread().await, 3);
        let all = seller.all("/v1/notifications").await;
        let path = |at: usize, action: &str| format!("/v1/notifications/{}{action}", all[at]["id"].as_str().expect("an id"));
        let read = seller.post(path(0, "/read"), json!(null)).await.expect(200);
        assert!(read["read_at"].is_string() && read["available_actions"] == json!(["unread", "archive"]), "{read}");
        seller.post(path(1, "/archive"), json!(null)).await.expect(200);
        assert_eq!(unread().await, 1);
        assert_eq!(seller.all("/v1/notifications?unread=true").await.len(), 1);
        assert_eq!(seller.all("/v1/notifications").await.len(), 2);
        assert_eq!(seller.all("/v1/notifications?archived=true").await[0]["id"], all[1]["id"]);
        seller.post(path(1, "/unarchive"), json!(null)).await.expect(200);
        seller.post(path(0, "/unread"), json!(null)).await.expect(200);
        assert_eq!(unread().await, 3);
        assert_eq!(seller.post("/v1/notifications/read-all", json!(null)).await.expect(200)["unread"], 0);
        assert_eq!(unread().await, 0);
        // Nobody else's, whoever asks: a rival, the vendor's own key, a colleague.
        let colleague = seller.partner.person("sales").await;
        for client in [&*other, acme.client(), &*colleague] {
            client.get(path(0, "")).await.refused(404, "not_found");
            client.post(path(0, "/read"), json!(null)).await.refused(404, "not_found");
        }
        assert!(acme.get("/v1/notifications").await.expect(200).rows().is_empty());
        acme.get("/v1/notification-preferences").await.refused(403, "notification.person_required");
    }

    async fn roles_managers_and_people_are_told_and_nobody_of_what_they_did_themselves(world) {
        let acme = world.vendor("Acme").await;
        let (finance, manager) = (acme.adds_colleague("finance").await.id(), acme.adds_colleague("channel_manager").await.id());
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "manager_id": manager })).await;
        let seller = northwind.person("sales").await;
        seller.registers(resale("Fabrikam")).await;
        let tell = async |to: Value, also: bool| {
            acme.tells("deal.approved", json!({ "to": to, "template": NOTICE, "also_actor": also })).await["people"].clone()
        };
        assert_eq!(tell(json!([{ "role": "finance" }]), false).await, 1);
        assert_eq!(tell(json!([{ "manager_of": "/deal/partner_id" }]), false).await, 1);
        assert_eq!(tell(json!([{ "people": [finance, manager] }, { "role": "finance" }]), false).await, 2, "each once");
        assert_eq!(tell(json!([{ "partner": "/deal/partner_id" }]), false).await, 0, "the seller knows");
        assert_eq!(tell(json!([{ "partner": "/deal/partner_id" }]), true).await, 1);
        assert_eq!(tell(json!([{ "person": "/deal/nobody" }, { "partner": "/nothing" }, { "manager_of": "/deal/status" }]), false).await, 0);
        let finance = acme.sees_sign_in(&finance, &["pwd"]).await;
        assert_eq!(titles(&finance).await.len(), 2);
        assert!(finance.all("/v1/notifications").await[0]["automation"].is_string());
    }

    async fn who_is_shut_out_or_of_another_vendor_is_told_nothing(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let (northwind, theirs) = (acme.adds_partner("Northwind").await, rival.adds_partner("Theirs").await.person("sales").await);
        let (seller, gone) = (northwind.person("sales").await, northwind.person("sales").await);
        acme.registers(northwind.gets(resale("Fabrikam"))).await;
        acme.patch(format!("/v1/people/{}", gone.id), json!({ "status": "deactivated" })).if_match(1).await.expect(200);
        let told = async |to: Value| acme.tells("deal.approved", json!({ "to": to, "template": NOTICE })).await["people"].clone();
        assert_eq!(told(json!([{ "people": [theirs.id] }])).await, 0);
        assert_eq!(told(json!([{ "partner": "/deal/partner_id" }])).await, 1);
        acme.post(format!("/v1/partners/{}/suspend", northwind.id), json!({ "reason": "For a while." })).await.expect(200);
        assert_eq!(told(json!([{ "partner": "/deal/partner_id" }, { "people": [seller.id] }])).await, 0);
    }

    async fn a_step_that_cannot_be_done_says_why(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.registers(seller.partner.gets(resale("Fabrikam"))).await;
        for (with, code) in [
            (json!({ "to": [], "template": "no.such.template" }), "not_found"),
            (json!({ "to": [{ "nobody": "x" }], "template": NOTICE }), "invalid_value"),
            (json!({ "template": NOTICE }), "invalid_value"),
        ] {
            let problem = acme.tries_to_tell("x", "deal.approved", with).await.expect_err("refused");
            assert_eq!((problem.kind.status, problem.errors[0].code.as_str()), (422, code));
        }
        let with = json!({ "to": [{ "partner": "/deal/partner_id" }], "template": NOTICE, "link": { "type": "partner", "id": "/deal/partner_id" } });
        acme.tells("deal.approved", with).await;
        assert_eq!(seller.all("/v1/notifications").await[0]["link"], json!({ "type": "partner", "id": seller.partner.id }));
    }

    async fn what_is_old_goes(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.switches_automations_off().await;
        acme.registers(seller.partner.gets(resale("Fabrikam"))).await;
        acme.tells("deal.approved", to_partner()).await;
        world.pass(days(89)).await;
        let seller = seller.anew().await;
        assert_eq!(titles(&seller).await.len(), 1);
        world.pass(days(2)).await;
        let seller = seller.anew().await;
        assert!(titles(&seller).await.is_empty());
    }
}
