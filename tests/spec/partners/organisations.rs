//! Partner organisations are added, read and changed by the vendor, and seen by their own people.

use crate::prelude::*;

spec! {
    async fn a_new_partner_is_active_unless_it_is_said_to_be_something_else(world) {
        let acme = world.vendor("Acme").await;
        let made = acme.post("/v1/partners", json!({
            "name": "  Northwind Systems GmbH ", "type": "reseller", "tier": "gold", "region": "DACH", "country": "DE",
            "specialisations": ["security", "cloud migration", "security "] })).await.expect(201);
        assert_eq!(made.header("location"), Some(format!("/v1/partners/{}", made.id()).as_str()));
        assert_eq!(made.etag(), "\"1\"");
        assert_reply_snapshot!(made, @r#"
        {
          "body": {
            "available_actions": [
              "deactivate",
              "suspend",
              "offboard"
            ],
            "country": "DE",
            "created_at": "2026-11-20T12:00:00Z",
            "custom_fields": {},
            "email_domains": [],
            "id": "ptn-1",
            "languages": [],
            "name": "Northwind Systems GmbH",
            "region": "DACH",
            "revision": 1,
            "specialisations": [
              "security",
              "cloud migration"
            ],
            "status": "active",
            "tier": "gold",
            "type": "reseller",
            "updated_at": "2026-11-20T12:00:00Z"
          },
          "status": 201
        }
        "#);
        assert_eq!(acme.get(format!("/v1/partners/{}", made.id())).await.expect(200).body, made.body);
        for status in ["prospect", "onboarding", "active"] {
            let made = acme.post("/v1/partners", json!({ "name": "Fabrikam", "type": "msp", "status": status })).await.expect(201);
            assert_eq!(made["status"], status);
        }
    }

    async fn what_is_not_a_partner_is_refused_with_the_place_that_is_wrong(world) {
        let acme = world.vendor("Acme").await;
        let wrong = [
            (json!({ "type": "reseller" }), "/name"),
            (json!({ "name": " ", "type": "reseller" }), "/name"),
            (json!({ "name": "n".repeat(301), "type": "reseller" }), "/name"),
            (json!({ "name": "N\u{0}", "type": "reseller" }), "/name"),
            (json!({ "name": "N", "type": "friend" }), "/type"),
            (json!({ "name": "N", "type": "isv", "tier": "t".repeat(51) }), "/tier"),
            (json!({ "name": "N", "type": "isv", "tier": "  " }), "/tier"),
            (json!({ "name": "N", "type": "isv", "country": "de" }), "/country"),
            (json!({ "name": "N", "type": "isv", "country": "XX" }), "/country"),
            (json!({ "name": "N", "type": "isv", "specialisations": vec!["s"; 51] }), "/specialisations"),
            (json!({ "name": "N", "type": "isv", "specialisations": ["s".repeat(101)] }), "/specialisations"),
            (json!({ "name": "N", "type": "isv", "status": "suspended" }), "/status"),
            (json!({ "name": "N", "type": "isv", "parent_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd" }), "/parent_id"),
            (json!({ "name": "N", "type": "isv", "revision": 7 }), "/revision"),
        ];
        for (body, place) in wrong {
            acme.post("/v1/partners", body).await.invalid_at(place);
        }
        assert!(acme.get("/v1/partners").await.rows().is_empty());
    }

    async fn a_patch_changes_what_it_names_and_null_clears(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "msp", "tier": "gold", "region": "DACH" })).await;
        let path = format!("/v1/partners/{}", northwind.id);
        let changed = acme.patch(&path, json!({ "tier": "platinum", "region": null, "status": "inactive" })).if_match(1).await.expect(200);
        assert_eq!(changed.etag(), "\"2\"");
        assert_eq!(changed["tier"], "platinum");
        assert_eq!(changed["region"], Value::Null);
        assert_eq!(changed["status"], "inactive");
        assert_eq!(changed["name"], "Northwind");
        assert_eq!(acme.get(&path).await.expect(200).body, changed.body);
        for place in ["name", "type", "status", "specialisations", "custom_fields"] {
            acme.patch(&path, json!({ place: null })).if_match(2).await.invalid_at(&format!("/{place}"));
        }
    }

    async fn a_stale_patch_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let path = format!("/v1/partners/{}", acme.adds_partner("Northwind").await.id);
        acme.patch(&path, json!({ "tier": "gold" })).await.refused(428, "revision.required");
        acme.patch(&path, json!({ "tier": "gold" })).if_match(1).await.expect(200);
        acme.patch(&path, json!({ "tier": "silver" })).if_match(1).await.refused(412, "revision.stale");
        assert_eq!(acme.get(&path).await["tier"], "gold");
    }

    /// However they fall, each revision is the ground of one change.
    async fn of_many_patches_at_once_one_is_taken(world [connections = 12]) {
        let acme = world.vendor("Acme").await;
        let path = format!("/v1/partners/{}", acme.adds_partner("Northwind").await.id);
        let patches = (0..10).map(|at| acme.patch(&path, json!({ "tier": format!("tier {at}") })).if_match(1).into_future());
        let answers = join_all(patches).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert!(answers.into_iter().filter(|answer| answer.status != 200).all(|answer| answer.status == 412));
        assert_eq!(acme.get(&path).await.etag(), "\"2\"");
    }

    async fn a_patch_that_changes_nothing_is_no_event(world) {
        let acme = world.vendor("Acme").await;
        let body = json!({ "name": "Northwind", "type": "msp", "tier": "gold", "specialisations": ["security"] });
        let path = format!("/v1/partners/{}", acme.adds_partner_like(body.clone()).await.id);
        let answer = acme.patch(&path, body).if_match(1).await.expect(200);
        assert_eq!(answer.etag(), "\"1\"");
        assert_eq!(world.number("SELECT COUNT(*) FROM events WHERE kind = 'partner.updated'").await, 0);
    }

    async fn every_change_is_told_with_the_partner_as_it_now_is(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        northwind.is_changed(json!({ "tier": "gold", "name": "Northwind AG" })).await;
        let events = acme.get(format!("/v1/events?subject={}", northwind.id)).await.expect(200);
        let told: Vec<_> = events.rows().iter().map(|event| (event["type"].clone(), event["subject"]["revision"].clone())).collect();
        assert_eq!(told, [(json!("partner.created"), json!(1)), (json!("partner.updated"), json!(2))]);
        assert_eq!(events.rows()[1]["data"]["changed"], json!(["name", "tier"]));
        assert_eq!(events.rows()[1]["data"]["partner"]["name"], "Northwind AG");
    }

    async fn the_manager_in_charge_is_a_channel_manager_or_admin_of_the_vendor(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        for role in ["channel_manager", "admin"] {
            let manager = acme.adds_colleague(role).await.id();
            assert_eq!(northwind.is_changed(json!({ "manager_id": manager })).await["manager_id"], manager);
        }
        let nobody = "per_01jd3k7x2mfq8t9v5w6y0zabcd".to_owned();
        let finance = acme.adds_colleague("finance").await.id();
        let elsewhere = world.vendor("Contoso").await.adds_colleague("channel_manager").await.id();
        let of_partner = northwind.person("partner_admin").await.id.clone();
        for person in [nobody, finance, elsewhere, of_partner] {
            acme.post("/v1/partners", json!({ "name": "N", "type": "isv", "manager_id": person })).await.invalid_at("/manager_id");
        }
    }

    async fn a_partner_sees_only_itself(world) {
        let acme = world.vendor("Acme").await;
        let (northwind, fabrikam) = (acme.adds_partner("Northwind").await, acme.adds_partner("Fabrikam").await);
        let seller = northwind.person("sales").await;
        let rows = seller.all("/v1/partners").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0]["id"], northwind.id);
        assert_eq!(rows[0]["available_actions"], json!([]));
        seller.get(format!("/v1/partners/{}", northwind.id)).await.expect(200);
        seller.get(format!("/v1/partners/{}", fabrikam.id)).await.refused(404, "not_found");
        let admin = northwind.person("partner_admin").await;
        admin.patch(format!("/v1/partners/{}", northwind.id), json!({ "tier": "gold" })).if_match(1).await.refused(403, "auth.forbidden");
    }

    async fn another_vendor_s_partner_does_not_exist(world) {
        let (acme, contoso) = (world.vendor("Acme").await, world.vendor("Contoso").await);
        let path = format!("/v1/partners/{}", acme.adds_partner("Northwind").await.id);
        contoso.get(&path).await.refused(404, "not_found");
        contoso.patch(&path, json!({ "tier": "gold" })).if_match(1).await.refused(404, "not_found");
        contoso.post(format!("{path}/suspend"), json!({ "reason": "Rivalry." })).await.refused(404, "not_found");
        assert!(contoso.get("/v1/partners").await.rows().is_empty());
    }
}
