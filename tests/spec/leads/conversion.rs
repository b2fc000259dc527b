//! A lead becomes a deal, and follows it.

use super::*;
use dealreg::leads::records::moved;
use dealreg::leads::store::OfferRow;

fn sale() -> Value {
    json!({ "type": "resale", "expected_close": "2027-03-31" })
}

async fn accepted(acme: &Vendor, sellers: &[Person], company: &str) -> (Person, Reply) {
    let lead = acme.captures(lead(company)).await;
    let (seller, _) = split(sellers, &lead);
    (seller.clone(), seller.acts(&lead.id(), "accept", json!(null)).await.expect(200))
}

spec! {
    async fn a_lead_becomes_a_deal_that_names_it_and_follows_it_to_the_end(world) {
        let (acme, sellers) = partners(world, &["Northwind"]).await;
        for (company, outcome) in [("Alpha", "won"), ("Bravo", "lost")] {
            let (seller, lead) = accepted(&acme, &sellers, company).await;
            let converted = seller.acts(&lead.id(), "convert", sale()).await.expect(200);
            let deal = seller.deal(&converted.text("deal_id")).await;
            assert_eq!((&converted["status"], &deal["status"]), (&json!("converted"), &json!("approved")));
            assert_eq!((&deal["source"], &deal["amount"]["amount"]), (&json!({ "type": "lead", "id": lead.id() }), &json!(100_000)));
            assert_eq!((&deal["customer"]["name"], &deal["customer"]["contact"]["name"]), (&json!(company), &json!("Ada Byron")));
            acme.moves(&deal.id(), "close", json!({ "outcome": outcome })).await.expect(200);
            world.settle().await;
            assert_eq!(acme.lead(&lead.id()).await["status"], outcome);
            seller.acts(&lead.id(), "convert", sale()).await.refused(409, "lead.illegal_move");
        }
    }

    async fn the_rules_of_engagement_decide_and_a_rejected_deal_gives_the_lead_back_to_work(world) {
        let (acme, sellers) = partners(world, &["Northwind", "Southridge"]).await;
        let (seller, lead) = accepted(&acme, &sellers, "Fabrikam").await;
        let (_, others) = split(&sellers, &lead);
        others[0].registers(resale("Fabrikam GmbH")).await;
        let converted = seller.acts(&lead.id(), "convert", sale()).await.expect(200);
        assert_eq!(seller.deal(&converted.text("deal_id")).await["status"], "rejected");
        world.settle().await;
        assert_eq!(seller.lead(&lead.id()).await["status"], "working");
        assert_eq!(told(&acme, &lead.id()).await[2..], ["lead.accepted", "lead.converted", "lead.resumed"]);
        seller.acts(&lead.id(), "close", json!({ "reason": "Somebody else has it." })).await.expect(200);
    }

    async fn a_lead_without_an_amount_says_what_is_missing(world) {
        let (acme, sellers) = partners(world, &["Northwind"]).await;
        let lead = acme.captures(json!({ "company": { "name": "Fabrikam", "country": "DE" } })).await;
        sellers[0].acts(&lead.id(), "convert", sale()).await.refused(409, "lead.illegal_move");
        sellers[0].acts(&lead.id(), "accept", json!(null)).await.expect(200);
        sellers[0].acts(&lead.id(), "convert", sale()).await.invalid_at("/amount");
        assert_eq!(sellers[0].lead(&lead.id()).await["status"], "accepted");
    }

    async fn the_past_tells_in_the_ranking(world) {
        let (acme, sellers) = partners(world, &["Northwind", "Southridge"]).await;
        publishes(&acme, json!({ "near": 0 })).await;
        let first = acme.captures(lead("Alpha")).await;
        let (slow, others) = split(&sellers, &first);
        slow.acts(&first.id(), "decline", json!({ "reason": "No." })).await.expect(200);
        others[0].acts(&first.id(), "accept", json!(null)).await.expect(200);
        others[0].acts(&first.id(), "convert", sale()).await.expect(200);
        let second = acme.captures(lead("Bravo")).await;
        assert_eq!(second["partner_id"], json!(others[0].partner.id), "who took the last one and made a deal of it");
    }

    async fn a_deal_that_is_released_gives_the_lead_back_to_work(world) {
        let (acme, sellers) = partners(world, &["Northwind"]).await;
        acme.publishes(with(acme.rules().await, json!({ "progress": { "within_days": 30, "warn_days": [] } }))).await;
        let (seller, lead) = accepted(&acme, &sellers, "Fabrikam").await;
        let deal = seller.acts(&lead.id(), "convert", sale()).await.expect(200).text("deal_id");
        world.pass(days(31)).await;
        assert_eq!((&acme.deal(&deal).await["status"], &acme.lead(&lead.id()).await["status"]), (&json!("released"), &json!("working")));
        seller.anew().await.acts(&lead.id(), "convert", sale()).await.expect(200);
    }

    async fn a_lead_that_was_given_back_follows_its_last_partners_deal_no_more(world) {
        let (acme, sellers) = partners(world, &["Northwind", "Southridge"]).await;
        acme.reviews_large_deals().await;
        let (first, lead) = accepted(&acme, &sellers, "Fabrikam").await;
        let (_, others) = split(&sellers, &lead);
        let sale = with(sale(), json!({ "amount": { "amount": 60_000_000, "currency": "EUR" } }));
        let deal = first.acts(&lead.id(), "convert", sale).await.expect(200).text("deal_id");
        acme.moves(&deal, "reject", json!({ "reason": "Not now." })).await.expect(200);
        world.settle().await;
        first.acts(&lead.id(), "decline", json!({ "reason": "They went quiet." })).await.expect(200);
        others[0].acts(&lead.id(), "accept", json!(null)).await.expect(200);
        assert_eq!(acme.lead(&lead.id()).await.body.get("deal_id"), None, "the deal is another partner's");
        others[0].acts(&lead.id(), "advance", json!({ "stage": "called" })).await.expect(200);
        acme.moves(&deal, "approve", json!(null)).await.expect(200);
        acme.moves(&deal, "close", json!({ "outcome": "won" })).await.expect(200);
        world.settle().await;
        assert_eq!(acme.lead(&lead.id()).await["status"], "working", "another's sale");
    }

    async fn what_is_made_anew_or_taken_back_counts_once_in_a_partners_record(world) {
        let (acme, sellers) = partners(world, &["Northwind"]).await;
        let count = async |what: &str| world.number(&format!("SELECT CAST(COALESCE(SUM({what}), 0) AS bigint) FROM lead_records")).await;
        let (seller, lead) = accepted(&acme, &sellers, "Fabrikam").await;
        assert_eq!((count("answered").await, count("accepted").await, count("converted").await), (1, 1, 0));
        seller.acts(&lead.id(), "decline", json!({ "reason": "No." })).await.expect(200);
        assert_eq!((count("answered").await, count("accepted").await), (1, 0));
        let partner = json!({ "partner_id": sellers[0].partner.id, "reason": "They called." });
        acme.acts(&lead.id(), "assign", partner.clone()).await.expect(200);
        assert_eq!(count("answered").await, 0, "it is asked anew");
        world.clock.advance(minutes(1));
        seller.acts(&lead.id(), "accept", json!(null)).await.expect(200);
        assert_eq!((count("answered").await, count("seconds").await), (1, 60));
        acme.acts(&lead.id(), "recall", json!({ "reason": "Mine." })).await.expect(200);
        assert_eq!((count("answered").await, count("seconds").await), (0, 0));
        acme.acts(&lead.id(), "assign", partner).await.expect(200);
        seller.acts(&lead.id(), "accept", json!(null)).await.expect(200);
        let deal = seller.acts(&lead.id(), "convert", sale()).await.expect(200).text("deal_id");
        acme.moves(&deal, "close", json!({ "outcome": "won" })).await.expect(200);
        world.settle().await;
        assert_eq!((count("accepted").await, count("converted").await, count("won").await), (1, 1, 1));
    }

    async fn a_partners_record_goes_back_a_year_and_no_further(world) {
        let (acme, sellers) = partners(world, &["Northwind"]).await;
        let acceptance = async |company: &str| {
            let lead = acme.captures(with(lead(company), json!({ "hold": true }))).await;
            let found = acme.get(format!("/v1/leads/{}/candidates", lead.id())).await.expect(200);
            let factors = found["candidates"][0]["factors"].as_array().expect("factors").clone();
            factors.iter().find(|factor| factor["factor"] == "acceptance").expect("one")["value"].clone()
        };
        assert_eq!(acceptance("Alpha").await, json!(0.5), "nothing is known");
        accepted(&acme, &sellers, "Bravo").await;
        assert_eq!(acceptance("Charlie").await, json!(1.0));
        world.clock.advance(days(364));
        assert_eq!(acceptance("Delta").await, json!(1.0));
        world.clock.advance(days(40));
        assert_eq!(acceptance("Echo").await, json!(0.5), "its total was not touched since, and no longer counts");
        accepted(&acme, &[sellers[0].anew().await], "Foxtrot").await;
        let sums = "SELECT CAST(COALESCE(SUM(accepted), 0) AS bigint) FROM";
        assert_eq!(world.number(&format!("{sums} lead_totals")).await, 1, "made anew of the last year alone");
        assert_eq!(world.number(&format!("{sums} lead_records")).await, 2);
    }

    async fn a_total_is_the_sum_of_its_months_however_many_write_at_once(world) {
        let (acme, sellers) = partners(world, &["Northwind"]).await;
        let (app, actor) = (world.app(), crate::frame::support::worker(&acme));
        let partner = kernel::id::read("ptn", &sellers[0].partner.id).expect("an id");
        let open = |ago: i64| OfferRow {
            vendor_id: actor.scope.vendor().0, lead_id: uuid::Uuid::nil(), partner_id: partner, number: 1, outcome: "open".into(), reason: None, why: "{}".into(),
            offered_at: app.clock().now() - days(ago), until: app.clock().now(), answered_at: None, seconds: Some(60), converted: 0, won: 0,
        };
        // Each in a month of its own, so that nothing but the total is shared.
        let writes = (0..12).map(|month| {
            let before = open(month * 30);
            let after = OfferRow { outcome: "accepted".into(), ..before.clone() };
            let actor = actor.clone();
            async move { app.write(&actor, async |tx| moved(tx, &before, &after).await.map_err(kernel::Problem::from)).await }
        });
        for written in futures::future::join_all(writes).await {
            written.expect("a record");
        }
        let sum = async |table: &str| world.number(&format!("SELECT CAST(SUM(accepted) AS bigint) FROM {table}")).await;
        assert_eq!((sum("lead_records").await, sum("lead_totals").await), (12, 12));
    }
}
