//! What other rules would have answered, in counts and amounts.

use crate::prelude::*;

async fn draft(acme: &Vendor) -> String {
    let sentence = "Deals of this size are looked at by a person.";
    let large = json!({ "id": "large", "when": "deal.amount.amount > 10000000", "outcome": "review", "code": "large", "sentence": sentence });
    let rules = with(acme.rules().await, json!({ "rules": [large] }));
    format!("/v1/rules-of-engagement/{}/simulate", acme.drafts(rules).await.id())
}

fn worth(name: &str, amount: i64, currency: &str) -> Value {
    with(resale(name), json!({ "amount": { "amount": amount, "currency": currency } }))
}

spec! {
    async fn what_would_change_is_counted_by_answer_by_reason_and_by_currency(world) {
        let (acme, seller, _) = rivals(world).await;
        let biggest = seller.registers(worth("Fabrikam", 60_000_000, "EUR")).await;
        seller.registers(worth("Tailspin", 20_000_000, "EUR")).await;
        seller.registers(worth("Wingtip", 30_000_000, "USD")).await;
        seller.registers(worth("Proseware", 5, "USD")).await;
        let found = acme.post(draft(&acme).await, json!(null)).await.expect(200);
        assert_eq!((&found["replayed"], &found["complete"], &found["changed"]), (&json!(4), &json!(true), &json!(3)));
        assert_eq!(found["moves"], json!([{ "before": "approved", "after": "in_review", "deals": 3,
            "amounts": [{ "amount": 80_000_000, "currency": "EUR" }, { "amount": 30_000_000, "currency": "USD" }] }]));
        assert_eq!(found["reasons"], json!([
            { "code": "large", "rule": "large", "outcome": "in_review", "deals": 3, "changed": 3,
                "amounts": [{ "amount": 80_000_000, "currency": "EUR" }, { "amount": 30_000_000, "currency": "USD" }] },
            { "code": "no_objection", "outcome": "approved", "deals": 1, "changed": 0, "amounts": [] }]));
        let changes: Vec<_> = found["changes"].as_array().expect("changes").iter().map(|change| change["customer"].clone()).collect();
        assert_eq!(changes, ["Fabrikam", "Tailspin", "Wingtip"], "the largest of each currency");
        assert_eq!(found["changes"][0]["deal_id"], biggest.id());
    }

    async fn a_period_is_taken_from_its_beginning_and_without_its_end(world) {
        let (acme, seller, _) = rivals(world).await;
        seller.registers(resale("Fabrikam")).await;
        world.clock.advance(days(10));
        let seller = seller.anew().await;
        seller.registers(resale("Tailspin")).await;
        seller.registers(resale("Wingtip")).await;
        world.clock.advance(days(360));
        let simulate = draft(&acme).await;
        let replayed = async |body: Value| acme.post(&simulate, body).await.expect(200)["replayed"].clone();
        assert_eq!(replayed(json!(null)).await, 2, "the last year");
        assert_eq!(replayed(json!({ "last": 100 })).await, 3);
        assert_eq!(replayed(json!({ "last": 1 })).await, 1);
        assert_eq!(replayed(json!({ "since": "2026-11-20T12:00:00Z" })).await, 3);
        assert_eq!(replayed(json!({ "since": "2026-11-20T12:00:00Z", "until": "2026-11-30T12:00:00Z" })).await, 1);
        assert_eq!(replayed(json!({ "until": "2026-11-20T12:00:00Z" })).await, 0);
        acme.post(&simulate, json!({ "since": "2026-11-20T12:00:00Z", "until": "2026-11-20T12:00:00Z" })).await.invalid_at("/since");
        acme.post(&simulate, json!({ "last": 0 })).await.invalid_at("/last");
        acme.post(&simulate, json!({ "last": 250_001 })).await.invalid_at("/last");
        acme.post(&simulate, json!({ "since": "yesterday" })).await.invalid_at("/since");
    }

    async fn no_batch_is_missed_or_taken_twice(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(worth("Fabrikam", 60_000_000, "EUR")).await;
        let blob = |hex: &str| if world.on == On::Postgres { format!("CAST(md5({hex}) AS uuid)") } else { "randomblob(16)".to_owned() };
        let numbers = match world.on {
            On::Postgres => "generate_series(1, 2500) AS n(i)".to_owned(),
            On::Sqlite => "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) SELECT i FROM n) AS n".to_owned(),
        };
        let columns = "partner_id, kind, status, customer_name, customer, lines, amount, currency, expected_close, custom_fields, decision, facts, \
            rules_version, extensions, revision, created_at, updated_at";
        let made = format!("INSERT INTO deals (vendor_id, id, {columns}) SELECT d.vendor_id, {}, {} FROM deals d, {numbers}", blob("CAST(n.i AS text)"),
            columns.split(", ").map(|column| format!("d.{}", column.trim())).collect::<Vec<_>>().join(", "));
        assert_eq!(world.sql(&made).await, 2_500);
        let found = acme.post(draft(&acme).await, json!(null)).await.expect(200);
        assert_eq!((&found["replayed"], &found["changed"]), (&json!(2_501), &json!(2_501)), "all of one instant");
        assert_eq!(found["moves"][0]["amounts"][0]["amount"], 2_501_i64 * 60_000_000);
        assert_eq!(found["changes"].as_array().map(Vec::len), Some(100));
        assert_eq!(acme.deal(&deal.id()).await["status"], "approved");
    }
}
