//! Special prices: approved by rule or by people, offered, limited in time, and never longer than their time.

use super::*;

/// A deal of one line for 10,000.00 EUR, which earns 1,000.00.
async fn deal(seller: &Person, customer: &str) -> String {
    seller.registers(sale(customer, json!([line("a", 10, 100_000)]))).await.id()
}

fn asks(client: &Client, deal: &str, basis_points: i64) -> Call {
    let body = json!({ "lines": [{ "line": 0, "basis_points": basis_points }], "reason": "They have a cheaper offer.", "competitor": "Contoso" });
    client.post(format!("/v1/deals/{deal}/pricing-requests"), body)
}

fn acts(client: &Client, request: &Reply, action: &str, body: Value) -> Call {
    client.post(format!("/v1/pricing-requests/{}/{action}", request.id()), body)
}

async fn status(reader: &Client, request: &Reply) -> Value {
    reader.get(format!("/v1/pricing-requests/{}", request.id())).await.expect(200)["status"].clone()
}

spec! {
    async fn a_small_discount_is_approved_at_once_and_counts_not_a_moment_too_long(world) {
        let (acme, northwind, _) = with_terms(world, terms()).await;
        let colleague = northwind.partner.person("sales").await;
        let deal = deal(&northwind, "Fabrikam").await;
        let request = asks(&northwind, &deal, 500).await.expect(201);
        assert_eq!((&request["status"], &request["code"], &request["sentence"]), (&json!("approved"), &json!("approved_by_rule"), &json!("Small discounts are fine.")));
        assert_eq!((&request["offered"][0]["price"], &request["rule"], &request["terms_version"]), (&eur(95_000), &json!("limits"), &json!(1)));
        let told_now = estimate(&northwind, &deal).await;
        assert_eq!((total(&told_now.body), &told_now["lines"][0]["pricing_request_id"]), (95_000, &json!(request.id())));
        world.pass(days(23)).await;
        assert_eq!(told(&acme, "pricing_request.*").await, ["pricing_request.created", "pricing_request.approved", "pricing_request.expiring"]);
        world.clock.advance(days(7));
        assert_eq!((total(&estimate(&acme, &deal).await.body), status(&acme, &request).await), (100_000, json!("expired")), "before any timer");
        let later = northwind.anew().await;
        assert_eq!(asks(&later, &deal, 400).await.expect(201)["status"], "approved", "another may be asked for");
        world.settle().await;
        assert_eq!(total(&estimate(&acme, &deal).await.body), 96_000);
        let types = told(&acme, "pricing_request.*").await;
        assert_eq!(types.iter().filter(|kind| *kind == "pricing_request.expired").count(), 1, "{types:?}");
        let (own, colleagues) = (inbox(&northwind).await, inbox(&colleague).await);
        let hears = |inbox: &[String], subject: &str| inbox.iter().any(|told| told == subject);
        assert!(hears(&own, "A special price ends soon") && hears(&colleagues, "A special price ends soon"), "{own:?} {colleagues:?}");
        assert!(hears(&colleagues, "A special price was approved") && !hears(&own, "A special price was approved"), "who asked has the answer: {own:?} {colleagues:?}");
    }

    async fn one_person_approves_in_part_and_above_the_limit_two_do(world) {
        let (acme, northwind, _) = with_terms(world, terms()).await;
        let (ann, bob) = (approver(&acme).await, approver(&acme).await);
        let deal = deal(&northwind, "Fabrikam").await;
        let request = asks(&northwind, &deal, 3_000).await.expect(201);
        assert_eq!((&request["status"], request.body.get("approvals"), &request["available_actions"]), (&json!("open"), None, &json!(["withdraw"])));
        acts(&northwind, &request, "approve", json!(null)).await.refused(403, "auth.forbidden");
        let more = json!({ "lines": [{ "line": 0, "basis_points": 3_001 }] });
        acts(&ann, &request, "approve", more).await.invalid_at("/lines/0/basis_points");
        let once = acts(&ann, &request, "approve", json!(null)).await.expect(200);
        assert_eq!((&once["status"], &once["approvals_needed"], once["approvals"].as_array().map(Vec::len)), (&json!("open"), &json!(2), Some(1)));
        assert_eq!(northwind.get(format!("/v1/pricing-requests/{}", request.id())).await.expect(200).body.get("offered"), None, "nothing is promised yet");
        assert_eq!(total(&estimate(&northwind, &deal).await.body), 100_000);
        acts(&ann, &request, "approve", json!(null)).await.refused(409, "pricing_request.approved_already");
        // Another figure begins the count anew.
        let changed = acts(&bob, &request, "approve", json!({ "lines": [{ "line": 0, "basis_points": 2_500 }] })).await.expect(200);
        assert_eq!((&changed["status"], changed["approvals"].as_array().map(Vec::len)), (&json!("open"), Some(1)));
        assert_eq!(acts(&ann, &request, "approve", json!(null)).await.expect(200)["status"], "approved");
        assert_eq!(total(&estimate(&northwind, &deal).await.body), 75_000);
        let part = asks(&northwind, &deal, 5_000).await.expect(201);
        let granted = acts(&ann, &part, "approve", json!({ "lines": [{ "line": 0, "basis_points": 2_000 }], "reason": "So far." })).await.expect(200);
        assert_eq!((&granted["status"], &granted["sentence"]), (&json!("approved"), &json!("So far.")));
        assert_eq!((status(&acme, &request).await, total(&estimate(&northwind, &deal).await.body)), (json!("superseded"), 80_000));
    }

    async fn a_counter_offer_stands_when_it_is_taken_and_enough_have_approved(world) {
        let (acme, northwind, _) = with_terms(world, terms()).await;
        let (ann, bob) = (approver(&acme).await, approver(&acme).await);
        let counter = |points: i64| json!({ "lines": [{ "line": 0, "basis_points": points }], "reason": "That is what we can do." });
        let one = deal(&northwind, "Fabrikam").await;
        let request = asks(&northwind, &one, 4_000).await.expect(201);
        let countered = acts(&ann, &request, "counter", counter(1_500)).await.expect(200);
        assert_eq!((&countered["status"], &countered["sentence"]), (&json!("countered"), &json!("That is what we can do.")));
        assert_eq!(total(&estimate(&northwind, &one).await.body), 100_000, "not until it is taken");
        assert_eq!(acts(&northwind, &request, "accept", json!(null)).await.expect(200)["status"], "approved");
        assert_eq!(total(&estimate(&northwind, &one).await.body), 85_000);
        let other = deal(&northwind, "Contoso").await;
        let request = asks(&northwind, &other, 4_000).await.expect(201);
        acts(&ann, &request, "counter", counter(3_000)).await.expect(200);
        let taken = acts(&northwind, &request, "accept", json!(null)).await.expect(200);
        assert_eq!((&taken["status"], &taken["code"]), (&json!("open"), &json!("second_approval")), "taking it is no second approval");
        acts(&ann, &request, "approve", json!(null)).await.refused(409, "pricing_request.approved_already");
        assert_eq!(acts(&bob, &request, "approve", json!(null)).await.expect(200)["status"], "approved");
        world.settle().await;
        assert!(inbox(&northwind).await.iter().any(|subject| subject == "Another price is offered"));
    }

    async fn a_deal_has_one_open_request_whoever_races(world [connections = 10]) {
        let (acme, northwind, southridge) = with_terms(world, terms()).await;
        let deal = deal(&northwind, "Fabrikam").await;
        let replies = join_all((0..6).map(|_| async { asks(&northwind, &deal, 1_000).await })).await;
        let taken: Vec<_> = replies.iter().filter(|reply| reply.status == 201).collect();
        assert_eq!(taken.len(), 1, "{replies:?}");
        assert!(replies.iter().all(|reply| reply.status == 201 || reply["code"] == "pricing_request.open"), "{replies:?}");
        let request = taken[0].clone();
        southridge.get(format!("/v1/pricing-requests/{}", request.id())).await.refused(404, "not_found");
        acts(&southridge, &request, "withdraw", json!(null)).await.refused(404, "not_found");
        asks(&southridge, &deal, 100).await.refused(404, "not_found");
        // Of those who decide at once, one does.
        let people = join_all((0..4).map(|_| approver(&acme))).await;
        let decided = join_all(people.iter().enumerate().map(|(at, person)| {
            let (action, body) = if at % 2 == 0 { ("approve", json!(null)) } else { ("decline", json!({ "reason": "No." })) };
            let call = acts(person, &request, action, body);
            async move { call.await }
        }))
        .await;
        assert_eq!(decided.iter().filter(|reply| reply.status == 200).count(), 1, "{decided:?}");
        let ends = told(&acme, "pricing_request.*").await;
        assert_eq!(ends.len(), 2, "{ends:?}");
    }

    async fn what_is_declined_or_withdrawn_is_over(world) {
        let (acme, northwind, _) = with_terms(world, terms()).await;
        let deal = deal(&northwind, "Fabrikam").await;
        let request = asks(&northwind, &deal, 1_000).await.expect(201);
        acts(&acme, &request, "decline", json!({ "reason": "The price is good." })).await.expect(200);
        let over = acts(&acme, &request, "approve", json!(null)).await.refused(409, "pricing_request.illegal_move");
        assert_eq!(over["legal_actions"], json!([]));
        let again = asks(&northwind, &deal, 1_000).await.expect(201);
        acts(&northwind, &again, "withdraw", json!(null)).await.expect(200);
        assert_eq!(northwind.all(&format!("/v1/deals/{deal}/pricing-requests")).await.len(), 2);
        let revoked = asks(&northwind, &deal, 100).await.expect(201);
        acts(&acme, &revoked, "revoke", json!({ "reason": "A mistake." })).await.expect(200);
        assert_eq!(total(&estimate(&northwind, &deal).await.body), 100_000);
    }

    async fn a_price_ends_with_its_deal_and_is_used_up_when_it_is_won(world) {
        let (acme, northwind, _) = with_terms(world, terms()).await;
        let (won, lost) = (deal(&northwind, "Fabrikam").await, deal(&northwind, "Contoso").await);
        let (used, revoked) = (asks(&northwind, &won, 500).await.expect(201), asks(&northwind, &lost, 500).await.expect(201));
        let open = deal(&northwind, "Wingtip").await;
        let unanswered = asks(&northwind, &open, 900).await.expect(201);
        acme.moves(&won, "close", json!({ "outcome": "won" })).await.expect(200);
        northwind.moves(&lost, "withdraw", json!(null)).await.expect(200);
        northwind.moves(&open, "withdraw", json!(null)).await.expect(200);
        assert_eq!([status(&acme, &used).await, status(&acme, &revoked).await, status(&acme, &unanswered).await], ["used", "revoked", "revoked"]);
        assert_eq!(total(&estimate(&northwind, &won).await.body), 95_000, "it was won at that price");
        asks(&northwind, &won, 100).await.refused(409, "deal.illegal_move");
        world.pass(days(60)).await;
        assert_eq!(total(&estimate(&acme, &won).await.body), 95_000);
        assert_eq!(status(&acme, &used).await, "used");
    }

    async fn other_lines_want_another_price(world) {
        let (acme, northwind, _) = with_terms(world, terms()).await;
        let deal = northwind.registers(sale("Fabrikam", json!([line("a", 10, 100_000)]))).await;
        let request = asks(&northwind, &deal.id(), 500).await.expect(201);
        let path = format!("/v1/deals/{}", deal.id());
        northwind.patch(&path, json!({ "lines": [line("a", 1, 100_000)] })).if_match(deal.etag()).await.expect(200);
        assert_eq!((status(&acme, &request).await, total(&estimate(&northwind, &deal.id()).await.body)), (json!("revoked"), 10_000));
    }

    async fn what_cannot_be_meant_is_refused_by_its_place(world) {
        let (acme, northwind, _) = with_terms(world, terms()).await;
        let deal = deal(&northwind, "Fabrikam").await;
        let path = format!("/v1/deals/{deal}/pricing-requests");
        let ask = |members: Value| northwind.post(&path, with(json!({ "lines": [{ "line": 0, "basis_points": 900 }], "reason": "x" }), members));
        ask(json!({ "lines": [{ "line": 1, "basis_points": 900 }] })).await.invalid_at("/lines/0/line");
        ask(json!({ "lines": [{ "line": 0, "basis_points": 1 }, { "line": 0, "basis_points": 2 }] })).await.invalid_at("/lines/1/line");
        ask(json!({ "lines": [{ "line": 0, "basis_points": 10_001 }] })).await.invalid_at("/lines/0/basis_points");
        ask(json!({ "valid_until": world.now() })).await.invalid_at("/valid_until");
        ask(json!({ "valid_until": world.now() + days(61) })).await.invalid_at("/valid_until");
        ask(json!({ "reason": " " })).await.invalid_at("/reason");
        let request = ask(json!({ "valid_until": world.now() + days(1) })).await.expect(201);
        world.pass(days(1)).await;
        assert_eq!(status(&acme, &request).await, "expired", "nobody answered in time");
        acts(&acme, &request, "approve", json!(null)).await.refused(409, "pricing_request.illegal_move");
    }

    async fn who_is_erased_is_not_found_in_what_they_asked(world) {
        let (acme, northwind, _) = with_terms(world, terms()).await;
        let deal = deal(&northwind, "Fabrikam").await;
        let request = asks(&northwind, &deal, 900).await.expect(201);
        acme.post(format!("/v1/people/{}/erase", northwind.id), json!(null)).await.expect(202);
        world.settle().await;
        let kept = acme.get(format!("/v1/pricing-requests/{}", request.id())).await.expect(200);
        assert_eq!((&kept["reason"], kept.body.get("requested_by")), (&json!("[erased]"), None));
        let events = acme.all("/v1/events?type=pricing_request.*").await;
        assert!(events.iter().all(|event| event["data"]["pricing_request"]["reason"] == "[erased]"), "{events:#?}");
    }
}
