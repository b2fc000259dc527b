//! The vendor's CRM puts its opportunities here, with or without an account.

use super::told;
use crate::prelude::*;

spec! {
    async fn an_opportunity_follows_the_crm(world) {
        let acme = world.vendor("Acme").await;
        acme.put("/v1/accounts/A-1", json!({"name": "Goodwill"})).await.expect(201);
        let body = json!({"name": "40 robots", "status": "open", "stage": "Engaging", "account_external_id": "A-1", "product": "GTX Pro",
            "amount": {"amount": 1_250_000, "currency": "EUR"}, "owner": "Anna", "opened_on": "2026-02-28", "closes_on": "2026-12-31"});
        let made = acme.put("/v1/opportunities/O-1", body.clone()).await.expect(201);
        assert!(made.text("account_id").starts_with("acc_"));
        acme.put("/v1/opportunities/O-1", body.clone()).await.expect(200);
        let won = json!({"name": "40 robots", "status": "won", "account_external_id": "A-1"});
        let won = acme.put("/v1/opportunities/O-1", won).await.expect(200);
        assert_eq!((&won["status"], &won["revision"], won.body.get("amount")), (&json!("won"), &json!(2), None));
        assert_eq!(told(&acme, "opportunity").await, ["opportunity.created", "opportunity.updated"]);
        let event = &acme.all("/v1/events?type=opportunity.updated").await[0];
        assert_eq!(event["data"]["changed"], json!(["amount", "closes_on", "opened_on", "owner", "product", "stage", "status"]));
        assert_eq!(event["data"]["opportunity"], won.body);
    }

    async fn dirty_data_needs_no_account(world) {
        let acme = world.vendor("Acme").await;
        let made = acme.put("/v1/opportunities/O-1", json!({"name": "Orphan", "status": "lost"})).await.expect(201);
        assert!(made.body.get("account_id").is_none());
    }

    async fn what_is_wrong_with_an_opportunity_is_named(world) {
        let acme = world.vendor("Acme").await;
        let put = |field: &str, value: Value| {
            let mut body = json!({"name": "N", "status": "open"});
            body[field] = value;
            acme.put("/v1/opportunities/O-1", body)
        };
        for (field, value, pointer) in [
            ("account_external_id", json!("nobody"), "/account_external_id"),
            ("deal_id", json!("deal_01jd3k7x2mfq8t9v5w6y0zabcd"), "/deal_id"),
            ("deal_id", json!("acc_01jd3k7x2mfq8t9v5w6y0zabcd"), "/deal_id"),
            ("status", json!("pending"), "/status"),
            ("stage", json!("x".repeat(101)), "/stage"),
            ("amount", json!({"amount": -1, "currency": "EUR"}), "/amount/amount"),
            ("amount", json!({"amount": 1, "currency": "ZZZ"}), "/amount/currency"),
            ("closes_on", json!("2026-02-30"), "/closes_on"),
            ("closes_on", json!("0026-02-03"), "/closes_on"),
        ] {
            put(field, value).await.invalid_at(pointer);
        }
        assert!(told(&acme, "opportunity").await.is_empty());
    }

    async fn opportunities_are_found_and_paged(world) {
        let acme = world.vendor("Acme").await;
        acme.put("/v1/accounts/A-1", json!({"name": "Goodwill"})).await.expect(201);
        for (id, status, stage, account) in [("1", "open", "New", json!("A-1")), ("2", "won", "Done", json!(null)), ("3", "open", "Done", json!(null))] {
            world.clock.advance(seconds(1));
            let body = json!({"name": id, "status": status, "stage": stage, "account_external_id": account});
            acme.put(format!("/v1/opportunities/{id}"), body).await.expect(201);
        }
        let found = async |query: &str| -> Vec<String> {
            acme.all(&format!("/v1/opportunities?limit=1&{query}")).await.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(found("").await, ["3", "2", "1"]);
        assert_eq!(found("sort=updated_at").await, ["1", "2", "3"]);
        assert_eq!(found("status=open").await, ["3", "1"]);
        assert_eq!(found("stage=Done&status=won").await, ["2"]);
        assert_eq!(found("account_external_id=A-1").await, ["1"]);
        assert_eq!(found("updated_since=2026-11-20T12:00:02Z").await, ["3", "2"]);
        acme.get("/v1/opportunities?deal_id=nonsense").await.invalid_at("deal_id");
        acme.get("/v1/opportunities?status=odd").await.invalid_at("status");
    }
}
