//! A lead becomes a deal, and follows it.

use super::*;

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
}
