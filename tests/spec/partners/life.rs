//! A partner's life: every move has its own line in one table, a reason, an event and a place in the history.

use crate::prelude::*;

async fn begins(acme: &Vendor, status: &str) -> String {
    acme.adds_partner_like(json!({ "name": format!("Partner {}", unique()), "type": "reseller", "status": status })).await.id
}

fn moves(acme: &Client, id: &str, action: &str, body: Value) -> Call {
    acme.post(format!("/v1/partners/{id}/{action}"), body)
}

spec! {
    async fn a_partner_goes_its_way_from_stranger_to_the_end_and_every_step_is_kept(world) {
        let acme = world.vendor("Acme").await;
        let id = begins(&acme, "prospect").await;
        for (action, body, status) in [
            ("apply", json!(null), "applicant"),
            ("onboard", json!({ "reason": "They fit." }), "onboarding"),
            ("activate", json!({ "reason": "Their first deal is in." }), "active"),
            ("deactivate", json!({ "reason": "No sale in a year." }), "inactive"),
            ("activate", json!(null), "active"),
        ] {
            let moved = moves(&acme, &id, action, body).await.expect(200);
            assert_eq!(moved["status"], status, "{action}");
        }
        let history = acme.all(&format!("/v1/partners/{id}/status-history?limit=2")).await;
        let steps: Vec<_> = history.iter().rev().map(|step| (step["action"].as_str().unwrap_or_default(), step["to"].as_str().unwrap_or_default(), step["reason"].as_str())).collect();
        assert_eq!(steps, [
            ("create", "prospect", None),
            ("apply", "applicant", None),
            ("onboard", "onboarding", Some("They fit.")),
            ("activate", "active", Some("Their first deal is in.")),
            ("deactivate", "inactive", Some("No sale in a year.")),
            ("activate", "active", None),
        ]);
        assert_eq!((&history[0]["from"], &history[0]["actor"]["type"]), (&json!("inactive"), &json!("api_key")));
        let told = acme.all(&format!("/v1/events?type=partner.status_changed&subject={id}")).await;
        let told: Vec<_> = told.iter().map(|event| (event["data"]["from"].as_str().unwrap_or_default(), event["data"]["to"].as_str().unwrap_or_default())).collect();
        assert_eq!(told, [("prospect", "applicant"), ("applicant", "onboarding"), ("onboarding", "active"), ("active", "inactive"), ("inactive", "active")]);
    }

    async fn what_the_table_does_not_allow_is_refused_and_says_what_it_allows(world) {
        let acme = world.vendor("Acme").await;
        let id = begins(&acme, "prospect").await;
        let refused = moves(&acme, &id, "deactivate", json!({ "reason": "Rest." })).await.refused(409, "partner.illegal_move");
        assert_eq!(refused["legal_actions"], json!(["apply", "onboard", "activate", "suspend", "offboard", "end"]));
        moves(&acme, &id, "end", json!({})).await.invalid_at("/reason");
        let ended = moves(&acme, &id, "end", json!({ "reason": "Went out of business." })).await.expect(200);
        assert_eq!((&ended["status"], &ended["available_actions"], &ended["status_reason"]), (&json!("ended"), &json!([]), &json!("Went out of business.")));
        for action in ["apply", "onboard", "activate"] {
            moves(&acme, &id, action, json!(null)).await.refused(409, "partner.illegal_move");
        }
        let applicant = begins(&acme, "applicant").await;
        assert_eq!(moves(&acme, &applicant, "refuse", json!({ "reason": "Too small." })).await.expect(200)["status"], "prospect");
    }

    async fn the_old_way_of_setting_a_status_still_works_and_is_kept_too(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        northwind.is_changed(json!({ "status": "inactive" })).await;
        let told = acme.all(&format!("/v1/events?subject={}", northwind.id)).await;
        let told: Vec<_> = told.iter().map(|event| event["type"].as_str().unwrap_or_default()).collect();
        assert_eq!(told, ["partner.created", "partner.updated", "partner.status_changed"]);
        assert_eq!(acme.all(&format!("/v1/partners/{}/status-history", northwind.id)).await[0]["action"], "set");
        let applicant = begins(&acme, "applicant").await;
        acme.patch(format!("/v1/partners/{applicant}"), json!({ "status": "active" })).if_match(1).await.refused(409, "partner.illegal_move");
    }

    async fn a_partner_reads_where_it_stood_and_not_why_nor_who_did_it(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let seller = northwind.person("sales").await;
        moves(&acme, &northwind.id, "deactivate", json!({ "reason": "They talk to our rivals." })).await.expect(200);
        let seen = seller.get(format!("/v1/partners/{}/status-history", northwind.id)).await.expect(200);
        assert_eq!((&seen.rows()[0]["to"], &seen.rows()[0]["reason"], &seen.rows()[0]["actor"]), (&json!("inactive"), &Value::Null, &Value::Null));
        let other = acme.adds_partner("Fabrikam").await.person("sales").await;
        other.get(format!("/v1/partners/{}/status-history", northwind.id)).await.refused(404, "not_found");
        moves(&seller, &northwind.id, "activate", json!(null)).await.refused(403, "auth.forbidden");
    }

    async fn of_two_moves_at_once_one_is_made(world [connections = 10]) {
        let acme = world.vendor("Acme").await;
        let id = begins(&acme, "applicant").await;
        let calls = [("onboard", json!(null)), ("refuse", json!({ "reason": "No." })), ("onboard", json!(null)), ("end", json!({ "reason": "No." }))];
        let replies = join_all(calls.map(|(action, body)| async { moves(&acme, &id, action, body).await.status })).await;
        let made = replies.iter().filter(|status| **status == 200).count();
        // A prospect may be onboarded or ended after it was refused: each of these found a status that allowed it.
        let history = acme.all(&format!("/v1/partners/{id}/status-history")).await;
        assert_eq!(made + 1, history.len(), "{replies:?}");
        let chain: Vec<_> = history.windows(2).map(|pair| pair[0]["from"] == pair[1]["to"]).collect();
        assert!(chain.iter().all(|holds| *holds), "{history:?}");
    }
}
