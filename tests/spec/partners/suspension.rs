//! A suspended partner is shut out at once, and comes back to where it was.

use crate::prelude::*;

spec! {
    async fn a_suspended_partner_s_people_are_shut_out_at_once(world) {
        let acme = world.vendor("Acme").await;
        let (northwind, fabrikam) = (acme.adds_partner("Northwind").await, acme.adds_partner("Fabrikam").await);
        let (seller, rival) = (northwind.person("sales").await, fabrikam.person("sales").await);
        let path = format!("/v1/partners/{}", northwind.id);
        seller.get(&path).await.expect(200);
        let suspended = acme.post(format!("{path}/suspend"), json!({ "reason": "Two invoices are overdue." })).await.expect(200);
        assert_reply_snapshot!(suspended, @r#"
        {
          "body": {
            "available_actions": [
              "reinstate",
              "offboard"
            ],
            "created_at": "2026-11-20T12:00:00Z",
            "custom_fields": {},
            "email_domains": [],
            "id": "ptn-1",
            "languages": [],
            "name": "Northwind",
            "revision": 2,
            "specialisations": [],
            "status": "suspended",
            "status_reason": "Two invoices are overdue.",
            "type": "reseller",
            "updated_at": "2026-11-20T12:00:00Z"
          },
          "status": 200
        }
        "#);
        seller.get(&path).await.refused(401, "auth.required");
        acme.post("/v1/tokens", json!({ "person_id": seller.id })).await.refused(422, "token.no_such_person");
        rival.get("/v1/partners").await.expect(200);
        let back = acme.post(format!("{path}/reinstate"), json!(null)).await.expect(200);
        assert_eq!(back["status"], "active");
        assert_eq!(back["status_reason"], Value::Null);
        seller.get(&path).await.expect(200);
    }

    async fn a_suspended_partner_returns_to_where_it_was(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "msp", "status": "onboarding" })).await;
        let path = format!("/v1/partners/{}", northwind.id);
        acme.post(format!("{path}/suspend"), json!({ "reason": "Under review." })).await.expect(200);
        assert_eq!(acme.post(format!("{path}/reinstate"), json!(null)).await.expect(200)["status"], "onboarding");
        let told = acme.get(format!("/v1/events?subject={}", northwind.id)).await.expect(200);
        let told: Vec<_> = told.rows().iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect();
        assert_eq!(told, ["partner.created", "partner.suspended", "partner.reinstated"]);
    }

    async fn an_illegal_move_names_the_legal_ones(world) {
        let acme = world.vendor("Acme").await;
        let path = format!("/v1/partners/{}", acme.adds_partner("Northwind").await.id);
        let refused = acme.post(format!("{path}/reinstate"), json!(null)).await.refused(409, "partner.illegal_move");
        assert_eq!(refused["legal_actions"], json!(["deactivate", "suspend", "offboard"]));
        acme.post(format!("{path}/suspend"), json!({ "reason": "" })).await.invalid_at("/reason");
        acme.post(format!("{path}/suspend"), json!({ "reason": "Overdue." })).await.expect(200);
        let again = acme.post(format!("{path}/suspend"), json!({ "reason": "Overdue." })).await.refused(409, "partner.illegal_move");
        assert_eq!(again["legal_actions"], json!(["reinstate", "offboard"]));
        acme.patch(&path, json!({ "status": "active" })).if_match(2).await.refused(409, "partner.illegal_move");
        acme.patch(&path, json!({ "tier": "gold" })).if_match(2).await.expect(200);
    }

    async fn only_the_vendor_reads_why(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let path = format!("/v1/partners/{}", northwind.id);
        acme.post(format!("{path}/suspend"), json!({ "reason": "Overdue." })).await.expect(200);
        let marketing = acme.makes_key("marketing", &[]).await;
        let seen = marketing.get(&path).await.expect(200);
        assert_eq!(seen["status_reason"], "Overdue.");
        assert_eq!(seen["available_actions"], json!([]), "marketing does not manage partners");
        marketing.post(format!("{path}/reinstate"), json!(null)).await.refused(403, "auth.forbidden");
    }
}
