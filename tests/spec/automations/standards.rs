//! Standard automations: every vendor has them until it changes them.

use super::support::*;
use crate::prelude::*;
use kernel::steps::Standard;

const GREETS: Standard = Standard {
    name: "greets",
    summary: "Greets whoever takes a note.",
    on: "note.taken",
    when: "event.actor.type != \"automation\"",
    steps: || json!([{ "step": "test.note", "with": { "text": "standard" } }]),
};

async fn vendor(world: &World) -> Vendor {
    offers(world.app(), vec![GREETS]);
    world.vendor("Acme").await
}

/// What this installation really offers.
#[test]
fn every_standard_automation_and_every_step_is_in_order() {
    let types = server::event_kinds().iter().map(|event| event.kind).collect();
    let catalogue = automations::Catalogue::new(server::assemble::steps(), server::assemble::standard_automations(), types);
    assert_eq!(catalogue.faults(), Vec::<String>::new());
}

#[test]
fn a_standard_automation_that_is_not_in_order_is_left_out_and_told_of() {
    let broken = [Standard { name: "one", on: "nothing.known", ..GREETS }, Standard { name: "two", when: "event.", ..GREETS }, GREETS];
    let catalogue = automations::Catalogue::new(server::assemble::steps(), broken.into(), vec!["note.taken"]);
    assert_eq!(catalogue.standards().count(), 0);
    assert!(
        ["automation one: /on/0", "automation two: /when", "automation greets: /steps/0/step"]
            .iter()
            .all(|fault| catalogue.faults().iter().any(|found| found.starts_with(fault))),
        "{:?}",
        catalogue.faults()
    );
}

spec! {
    async fn every_vendor_has_them_without_doing_anything(world) {
        let acme = vendor(world).await;
        happens(world, &acme, "hello").await;
        assert_eq!(taken(&acme).await, ["standard"]);
        let read = acme.get("/v1/automations/greets").await.expect(200);
        assert_eq!((&read["origin"], &read["changed"], &read["revision"], &read["enabled"]), (&json!("standard"), &json!(false), &json!(1), &json!(true)));
        assert_eq!(read["available_actions"], json!(["update", "disable", "dry_run"]));
        assert_eq!(world.number("SELECT COUNT(*) FROM automations").await, 0);
        acme.delete("/v1/automations/greets").await.refused(409, "automation.standard");
        acme.post("/v1/automations", automation("greets", json!([notes("mine")]))).await.refused(409, "automation.taken");
    }

    async fn one_vendor_changes_one_for_itself_and_goes_back(world) {
        let (acme, rival) = (vendor(world).await, world.vendor("Rival").await);
        let changed = acme.patch("/v1/automations/greets", json!({ "steps": [notes("mine")] })).if_match(1).await.expect(200);
        assert_eq!((&changed["origin"], &changed["changed"], &changed["revision"]), (&json!("standard"), &json!(true), &json!(2)));
        assert_eq!(changed["available_actions"], json!(["update", "disable", "dry_run", "reset"]));
        acme.patch("/v1/automations/greets", json!({ "summary": "Another." })).if_match(1).await.refused(412, "revision.stale");
        happens(world, &acme, "hello").await;
        happens(world, &rival, "hello").await;
        assert_eq!((taken(&acme).await, taken(&rival).await), (vec!["mine".to_owned()], vec!["standard".to_owned()]));
        acme.delete("/v1/automations/greets").await.expect(204);
        let back = acme.get("/v1/automations/greets").await.expect(200);
        assert_eq!((&back["changed"], &back["revision"]), (&json!(false), &json!(3)), "an ETag is never used again");
        happens(world, &acme, "again").await;
        assert_eq!(taken(&acme).await, ["mine", "standard"]);
        let told: Vec<_> = log_of(&acme).await.iter().filter_map(|event| event["type"].as_str().filter(|kind| kind.starts_with("automation.")).map(str::to_owned)).collect();
        assert_eq!(told, ["automation.updated", "automation.reset"]);
    }

    async fn one_vendor_disables_one_for_itself(world) {
        let acme = vendor(world).await;
        let off = acme.post("/v1/automations/greets/disable", json!(null)).await.expect(200);
        assert_eq!((&off["enabled"], &off["changed"]), (&json!(false), &json!(true)));
        happens(world, &acme, "hello").await;
        assert_eq!(taken(&acme).await, Vec::<String>::new());
        acme.delete("/v1/automations/greets").await.expect(204);
        happens(world, &acme, "again").await;
        assert_eq!(taken(&acme).await, ["standard"]);
    }
}
