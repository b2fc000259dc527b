//! Two spellings of one customer that arrive in the same instant: neither registration sees the other.

use crate::prelude::*;

const FIRST: &str = "Brightwater Systems GmbH";
const SECOND: &str = "Brihgtwater Systems GmbH";

/// Both are registered and approved before anybody could have seen both, by a program that has some deals already.
async fn both(first: &Client, second: &Client) -> (Reply, Reply) {
    // The index of names is built by the first look, and then follows the log.
    second.checks(resale("Zirbelstube")).await;
    let (one, two) = (first.registers(resale(FIRST)).await, second.registers(resale(SECOND)).await);
    assert_eq!((&one["status"], &two["status"]), (&json!("approved"), &json!("approved")), "{two}");
    (one, two)
}

spec! {
    async fn the_later_of_two_spellings_goes_to_review(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        let (first, second) = both(&northwind, &southridge).await;
        world.settle().await;
        assert_eq!(acme.deal(&first.id()).await.body["status"], "approved");
        let later = acme.deal(&second.id()).await;
        assert_eq!((&later["status"], later.body.get("protected_until")), (&json!("in_review"), None));
        assert_eq!(codes(&later), ["registered_at_once", "no_objection"]);
        let conflict = &later["decision"]["conflicts"][0];
        assert_eq!((&conflict["deal_id"], &conflict["kind"]), (&first["id"], &json!("protected_registration")));
        assert_eq!(steps(&acme, &second.id()).await, ["deal.approved", "deal.conflict_found", "deal.in_review"]);
        let seen = southridge.deal(&second.id()).await;
        assert_eq!(seen["decision"]["conflicts"], json!([{ "kind": "protected_registration", "same": true }]));
        assert!(!String::from_utf8_lossy(&seen.bytes).contains(&first.id()));
        assert_eq!(codes(&acme.adds_partner("Eastvale").await.person("sales").await.registers(resale(SECOND)).await), ["protected"]);
        world.settle().await;
        assert_eq!(steps(&acme, &second.id()).await.len(), 3, "found once");
    }

    async fn on_two_instances_too(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        let other = world.another_instance().await;
        let (first, second) = both(&northwind, &southridge.at(&other)).await;
        other.settle().await;
        world.settle().await;
        let statuses = [acme.deal(&first.id()).await["status"].clone(), acme.deal(&second.id()).await["status"].clone()];
        assert_eq!(statuses, [json!("approved"), json!("in_review")]);
    }

    async fn what_a_person_then_approves_stays_approved(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        let (_, second) = both(&northwind, &southridge).await;
        world.settle().await;
        acme.moves(&second.id(), "approve", json!({ "reason": "Two companies after all." })).await.expect(200);
        world.settle().await;
        assert_eq!(acme.deal(&second.id()).await["status"], "approved");
        assert_eq!(acme.all("/v1/events?type=deal.conflict_found").await.len(), 1);
        world.pass(days(91)).await;
        assert_eq!(acme.deal(&second.id()).await["status"], "expired", "it is protected like any other");
    }

    async fn one_that_is_over_by_then_stands_in_nobodys_way(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        let (first, second) = both(&northwind, &southridge).await;
        northwind.moves(&first.id(), "withdraw", json!(null)).await.expect(200);
        world.settle().await;
        assert_eq!(acme.deal(&second.id()).await["status"], "approved");
    }

    async fn a_partners_own_two_spellings_are_its_own_affair(world) {
        let (acme, northwind, _) = rivals(world).await;
        let (_, second) = both(&northwind, &northwind).await;
        world.settle().await;
        assert_eq!(acme.deal(&second.id()).await["status"], "approved");
    }

    async fn in_production_the_later_is_found_without_being_asked(world [connections = 8]) {
        let (acme, northwind, southridge) = rivals(world).await;
        let (_, second) = both(&northwind, &southridge).await;
        let mut stream = acme.get("/v1/events/stream?type=deal.conflict_found").stream().await;
        let _running = world.main.run();
        let found = stream.next().await;
        assert_eq!(found.data["data"]["deal"]["id"], second["id"]);
    }
}
