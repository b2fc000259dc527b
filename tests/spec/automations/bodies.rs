//! What cannot be meant is refused by its place, when the automation is saved and not when it is due.

use super::support::*;
use crate::prelude::*;

spec! {
    async fn what_is_wrong_with_an_automation_is_named_with_its_place(world) {
        let acme = vendor(world).await;
        let step = |members: Value| json!({ "steps": [with(notes("one"), members)] });
        for (members, pointer) in [
            (json!({ "name": "No Name" }), "/name"),
            (json!({ "name": "dry-run" }), "/name"),
            (json!({ "summary": "   " }), "/summary"),
            (json!({ "on": [] }), "/on"),
            (json!({ "on": ["note.taken", "deal.aproved"] }), "/on/1"),
            (json!({ "on": ["*"] }), "/on/0"),
            (json!({ "on": ["nothing.*"] }), "/on/0"),
            (json!({ "when": "event.data.x >" }), "/when"),
            (json!({ "when": "latest.data.x == 1" }), "/when"),
            (json!({ "when": "" }), "/when"),
            (json!({ "when": "x".repeat(2_001) }), "/when"),
            (json!({ "steps": [] }), "/steps"),
            (json!({ "steps": vec![notes("one"); 21] }), "/steps"),
            (step(json!({ "step": "no.such" })), "/steps/0/step"),
            (step(json!({ "with": { "text": 5 } })), "/steps/0/with/text"),
            (step(json!({ "with": {} })), "/steps/0/with"),
            (step(json!({ "with": { "text": "x", "more": 1 } })), "/steps/0/with"),
            (step(json!({ "while": "latest.data.deal ==" })), "/steps/0/while"),
            (step(json!({ "while": "nothing.known" })), "/steps/0/while"),
            (step(json!({ "after": {} })), "/steps/0/after"),
            (step(json!({ "after": { "days": 1, "hours": 1 } })), "/steps/0/after"),
            (step(json!({ "after": { "days": 731 } })), "/steps/0/after/days"),
            (step(json!({ "after": { "days": -1 } })), "/steps/0/after/days"),
            (step(json!({ "after": { "days": 1, "before": "deal" } })), "/steps/0/after/before"),
            (step(json!({ "after": { "before": "/a", "since": "/b" } })), "/steps/0/after"),
            (step(json!({ "afterwards": { "days": 1 } })), "/steps/0/afterwards"),
        ] {
            acme.post("/v1/automations", with(automation("wrong", json!([notes("one")])), members.clone())).await.invalid_at(pointer);
        }
        let made = adds(&acme, automation("right", json!([notes("one")]))).await;
        acme.patch("/v1/automations/right", json!({ "when": "1 +" })).if_match(made.etag()).await.invalid_at("/when");
        acme.patch("/v1/automations/right", json!({ "steps": null })).if_match(made.etag()).await.invalid_at("/steps");
        assert_eq!(acme.get("/v1/automations/right").await.expect(200).body, made.body);
        assert_eq!(acme.all("/v1/automations?origin=own").await.len(), 1);
    }
}
