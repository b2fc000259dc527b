//! Protection: absolute while it lasts, over when it ends.

use crate::prelude::*;

/// The types of a vendor's events about deals that are past the first `after`, in order.
async fn told(acme: &Vendor, kind: &str) -> Vec<String> {
    let events = acme.all(&format!("/v1/events?type={kind}&limit=200")).await;
    events.iter().map(|event| event["occurred_at"].as_str().unwrap_or_default()[..10].to_owned()).collect()
}

/// Many partners register what `deal` gives for each number, all at once, at two instances.
async fn all_at_once(world: &World, acme: &Vendor, deal: impl Fn(usize) -> Value) -> Vec<Reply> {
    const PARTNERS: usize = 20;
    const EACH: usize = 10;
    let other = world.another_instance().await;
    let mut sellers = Vec::new();
    for number in 0..PARTNERS {
        let seller = acme.adds_partner(&format!("Partner {number}")).await.person("sales").await;
        sellers.push(if number % 2 == 0 { (*seller).clone() } else { seller.at(&other) });
    }
    let calls = (0..PARTNERS * EACH).map(|number| {
        let (seller, deal) = (sellers[number % PARTNERS].clone(), deal(number));
        tokio::spawn(async move { seller.post("/v1/deals", deal).await })
    });
    join_all(calls.collect::<Vec<_>>()).await.into_iter().map(|call| call.expect("a call")).collect()
}

/// Exactly one was approved, and the others were told no.
async fn assert_one_won(world: &World, acme: &Vendor, answers: &[Reply]) {
    for answer in answers {
        assert_eq!(answer.status, 201, "{answer}");
    }
    let with_status = |status: &str| answers.iter().filter(|answer| answer["status"] == status).count();
    assert_eq!((with_status("approved"), with_status("rejected")), (1, answers.len() - 1));
    assert_eq!(world.number("SELECT COUNT(DISTINCT deal_id) FROM deal_claims").await, 1);
    world.settle().await;
    assert_eq!(acme.all("/v1/deals?status=approved").await.len(), 1, "nothing that is found later changes it");
    assert_eq!(world.number("SELECT COUNT(*) FROM events WHERE kind = 'deal.approved'").await, 1);
}

spec! {
    async fn of_hundreds_who_register_at_once_exactly_one_is_approved(world [connections = 16]) {
        let acme = world.vendor("Acme").await;
        let answers = all_at_once(world, &acme, |_| resale("Fabrikam GmbH")).await;
        assert_one_won(world, &acme, &answers).await;
    }

    async fn of_hundreds_who_write_it_differently_exactly_one_is_approved(world [connections = 16]) {
        let acme = world.vendor("Acme").await;
        let spelt = ["Fabrikam GmbH", "Zebra Feinkost", "Quantum Reederei"];
        let customer = |number: usize| json!({ "name": spelt[number % 3], "country": "DE", "tax_id": "DE811569869", "domain": format!("own-{number}.de") });
        let answers = all_at_once(world, &acme, |number| resale_to(customer(number))).await;
        assert_one_won(world, &acme, &answers).await;
    }

    async fn two_who_approve_at_once_do_not_both(world [connections = 8]) {
        let (acme, northwind, southridge) = rivals(world).await;
        acme.reviews_large_deals().await;
        for name in ["Fabrikam", "Tailspin", "Wingtip", "Proseware", "Litware"] {
            let (first, second) = (northwind.registers(large(resale(name))).await, southridge.registers(large(resale(name))).await);
            let approve = |deal: &Reply| acme.moves(&deal.id(), "approve", json!(null));
            let (one, two) = tokio::join!(async { approve(&first).await }, async { approve(&second).await });
            let mut statuses = [one.status, two.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409], "{one}\n{two}");
        }
    }

    async fn protection_warns_ends_and_frees_the_customer(world) {
        let (acme, seller, rival) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        for (day, expiring) in [(75, 0), (76, 1), (86, 1), (87, 2), (89, 2)] {
            world.clock.advance(days(day) - (world.now() - "2026-11-20T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().expect("a time")));
            world.settle().await;
            assert_eq!(told(&acme, "deal.expiring").await.len(), expiring, "day {day}");
        }
        assert_eq!(told(&acme, "deal.expiring").await, ["2027-02-04", "2027-02-15"]);
        let instant = chrono::Duration::microseconds(1);
        world.pass(days(1) - instant).await;
        let rival = rival.anew().await;
        assert_eq!(codes(&rival.checks(resale("Fabrikam")).await), ["protected"], "the instant before");
        world.pass(instant).await;
        let ended = acme.deal(&deal.id()).await;
        assert_eq!((&ended["status"], &ended["protected_until"]), (&json!("expired"), &json!("2027-02-18T12:00:00Z")));
        assert_eq!(told(&acme, "deal.expired").await, ["2027-02-18"]);
        assert_eq!(rival.registers(resale("Fabrikam")).await["status"], "approved");
        world.pass(days(1)).await;
        assert_eq!(steps(&acme, &deal.id()).await, ["deal.approved", "deal.expiring", "deal.expiring", "deal.expired"]);
    }

    async fn the_customer_is_free_at_the_end_whether_or_not_the_timer_has_come(world) {
        let (acme, seller, rival) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        world.clock.advance(days(90));
        let next = rival.anew().await.registers(resale("Fabrikam")).await;
        assert_eq!(next["status"], "approved", "{next}");
        acme.moves(&deal.id(), "extend", json!(null)).await.refused(409, "deal.protected");
        world.settle().await;
        assert_eq!(acme.deal(&deal.id()).await["status"], "expired");
        assert_eq!(codes(&seller.anew().await.checks(resale("Fabrikam GmbH")).await), ["protected"], "the first one's end frees nothing of the second's");
    }

    async fn an_extension_moves_the_warnings_and_the_end(world) {
        let (acme, seller, rival) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        world.pass(days(80)).await;
        seller.anew().await.moves(&deal.id(), "extend", json!(null)).await.expect(200);
        world.pass(days(11)).await;
        assert_eq!((told(&acme, "deal.expiring").await.len(), told(&acme, "deal.expired").await.len()), (1, 0));
        assert_eq!(codes(&rival.anew().await.checks(resale("Fabrikam")).await), ["protected"]);
        world.pass(days(16)).await;
        world.pass(days(13)).await;
        assert_eq!((told(&acme, "deal.expiring").await.len(), told(&acme, "deal.expired").await.len()), (2, 1));
    }

    async fn a_timer_that_was_claimed_and_not_done_ends_protection_after_its_lease(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        world.pass(days(89)).await;
        world.clock.advance(days(1));
        // An instance took the timer and died with it.
        let lease = "2027-02-18T12:00:30+00:00";
        assert_eq!(world.sql(&format!("UPDATE timers SET lease_until = '{lease}' WHERE kind = 'deal.protection'")).await, 1);
        world.pass(seconds(29)).await;
        assert_eq!(acme.deal(&deal.id()).await["status"], "approved");
        world.pass(seconds(1)).await;
        assert_eq!(acme.deal(&deal.id()).await["status"], "expired");
        assert_eq!(told(&acme, "deal.expired").await.len(), 1);
    }
}
