//! Automations that start themselves or one another are stopped.

use super::support::*;
use crate::prelude::*;

spec! {
    async fn an_automation_that_starts_itself_is_stopped_after_five_runs_in_a_row(world) {
        let acme = vendor(world).await;
        adds(&acme, with(automation("circle", json!([notes("again")])), json!({ "when": "true" }))).await;
        happens(world, &acme, "hello").await;
        let runs = runs(&acme).await;
        let depths: Vec<_> = runs.iter().map(|run| run["depth"].as_i64().expect("a depth")).collect();
        assert_eq!(depths, [0, 1, 2, 3, 4, 5, 6]);
        let last = runs.last().expect("a run");
        assert_eq!((&last["state"], &last["reason"]["code"], states(last)), (&json!("stopped"), &json!("automation.loop"), vec![]));
        assert_eq!(taken(&acme).await.len(), 6);
    }

    async fn a_circle_through_delays_is_stopped_as_well(world) {
        let acme = vendor(world).await;
        let later = with(notes("again"), json!({ "after": { "days": 1 } }));
        adds(&acme, with(automation("slow", json!([later])), json!({ "when": "true" }))).await;
        happens(world, &acme, "hello").await;
        for _ in 0..10 {
            world.pass(days(1)).await;
        }
        assert_eq!((runs(&acme).await.len(), taken(&acme).await.len()), (7, 6));
    }

    async fn automations_that_multiply_are_stopped_before_they_are_many(world) {
        let acme = vendor(world).await;
        for number in 0..4 {
            adds(&acme, with(automation(&format!("one-of-many-{number}"), json!([notes(&format!("{number}"))])), json!({ "when": "true" }))).await;
        }
        happens(world, &acme, "hello").await;
        // Unstopped they would be 4 + 16 + 64 + 256 + 1,024 + 4,096.
        let begun = taken(&acme).await.len();
        assert!(begun <= 250, "{begun}");
        let stopped = acme.all("/v1/automation-runs?state=stopped&limit=200").await;
        assert!(stopped.iter().all(|run| run["reason"]["code"] == "automation.avalanche"), "{stopped:#?}");
        assert!(!stopped.is_empty());
    }
}
