//! Seeing, adding, changing and taking out automations.

use super::support::*;
use crate::prelude::*;

spec! {
    async fn an_automation_is_added_read_changed_and_deleted(world) {
        let acme = vendor(world).await;
        let made = adds(&acme, with(automation("mine", json!([notes("one")])), json!({ "summary": "  For notes <b>& more</b>. " }))).await;
        assert_eq!((&made["origin"], &made["enabled"], &made["revision"]), (&json!("own"), &json!(true), &json!(1)));
        assert_eq!(made["summary"], "For notes <b>& more</b>.", "text is data");
        assert_eq!(made.header("location"), Some("/v1/automations/mine"));
        assert_eq!(acme.get("/v1/automations/mine").await.expect(200).body, made.body);
        acme.post("/v1/automations", automation("mine", json!([notes("one")]))).await.refused(409, "automation.taken");
        let same = acme.patch("/v1/automations/mine", json!({ "on": ["note.taken"] })).if_match(made.etag()).await.expect(200);
        assert_eq!(same.body, made.body, "nothing changed");
        let changed = acme.patch("/v1/automations/mine", json!({ "when": "event.data.part == 1" })).if_match(made.etag()).await.expect(200);
        assert_eq!((&changed["when"], &changed["steps"], &changed["revision"]), (&json!("event.data.part == 1"), &made["steps"], &json!(2)));
        acme.delete("/v1/automations/mine").await.expect(204);
        acme.get("/v1/automations/mine").await.refused(404, "not_found");
        let told: Vec<_> = log_of(&acme).await.iter().filter_map(|event| event["type"].as_str().filter(|kind| kind.starts_with("automation.")).map(str::to_owned)).collect();
        assert_eq!(told, ["automation.created", "automation.updated", "automation.deleted"]);
    }

    async fn automations_are_listed_by_name_and_found_by_what_starts_them(world) {
        let acme = vendor(world).await;
        let own = async |query: &str| -> Vec<Value> {
            let rows = acme.all(&format!("/v1/automations?origin=own&limit=2&{query}")).await;
            rows.into_iter().map(|row| row["name"].clone()).collect()
        };
        for (name, on) in [("c", "note.taken"), ("a", "deal.*"), ("b", "deal.approved")] {
            adds(&acme, with(automation(name, json!([notes("one")])), json!({ "on": [on] }))).await;
        }
        acme.post("/v1/automations/b/disable", json!(null)).await.expect(200);
        assert_eq!(own("").await, ["a", "b", "c"]);
        assert_eq!(own("on=deal.approved").await, ["a", "b"]);
        assert_eq!(own("on=deal.approved&enabled=true").await, ["a"]);
        assert_eq!(own("enabled=false").await, ["b"]);
    }

    async fn what_automations_can_do_is_listed_with_the_schema_of_its_parameters(world) {
        let acme = vendor(world).await;
        let steps = acme.all("/v1/automation-steps").await;
        let extend = steps.iter().find(|step| step["name"] == "deal.extend").expect("deals offer it");
        assert_eq!((&extend["subjects"], &extend["parameters"]["type"]), (&json!(["deal"]), &json!("object")));
        assert!(steps.iter().any(|step| step["name"] == "test.note"));
    }

    async fn who_may_read_may_not_change_and_others_see_nothing(world) {
        let acme = vendor(world).await;
        let made = adds(&acme, automation("mine", json!([notes("one")]))).await;
        let manager = acme.makes_key("channel_manager", &[]).await;
        let read = manager.get("/v1/automations/mine").await.expect(200);
        assert_eq!(read["available_actions"], json!([]));
        manager.patch("/v1/automations/mine", json!({ "summary": "x" })).if_match(made.etag()).await.refused(403, "auth.forbidden");
        for other in [acme.makes_key("finance", &[]).await, (*acme.adds_partner("Northwind").await.person("partner_admin").await).clone()] {
            other.get("/v1/automations").await.refused(403, "auth.forbidden");
            other.get("/v1/automation-runs").await.refused(403, "auth.forbidden");
        }
    }

    async fn a_vendor_adds_two_hundred_and_no_more(world) {
        let acme = vendor(world).await;
        for number in 0..200 {
            adds(&acme, automation(&format!("one-{number}"), json!([notes("one")]))).await;
        }
        acme.post("/v1/automations", automation("one-too-many", json!([notes("one")]))).await.refused(409, "automation.too_many");
        acme.delete("/v1/automations/one-0").await.expect(204);
        adds(&acme, automation("one-too-many", json!([notes("one")]))).await;
    }
}
