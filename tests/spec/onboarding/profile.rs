//! The ideal partner profile: who fits, by how much, and why.

use super::applications::{Applications as _, handed_in, opens};
use super::*;

fn criterion(id: &str, when: &str, weight: i64) -> Value {
    json!({ "id": id, "name": format!("Criterion {id}"), "when": when, "weight": weight, "text": format!("Because of {id}.") })
}

async fn drafts(acme: &Vendor, criteria: Value) -> String {
    acme.post("/v1/ideal-profiles", json!({ "title": "Cloud resellers", "criteria": criteria })).await.expect(201).id()
}

async fn looks_for(acme: &Vendor, criteria: Value) -> String {
    let draft = drafts(acme, criteria).await;
    acme.post(format!("/v1/ideal-profiles/{draft}/publish"), json!(null)).await.expect(200);
    draft
}

fn usual() -> Value {
    json!([
        criterion("home", "company.country == 'DE'", 40),
        criterion("size", "fields.employees >= 20", 30),
        criterion("cloud", "'cloud' in company.specialisations", 30)
    ])
}

fn explained(score: &Value) -> Vec<(&str, &str, i64)> {
    let criteria = score["criteria"].as_array().expect("criteria");
    criteria.iter().map(|one| (one["id"].as_str().unwrap(), one["result"].as_str().unwrap(), one["points"].as_i64().unwrap())).collect()
}

spec! {
    async fn an_applicant_is_scored_on_handing_in_and_every_point_is_explained(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        looks_for(&acme, usual()).await;
        acme.admits_by(json!({ "rules": [{ "id": "fits", "when": "score >= 70 && score_at_most == 100", "then": "approve", "sentence": "Welcome." }] })).await;
        let secret = handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        let found = acme.application("sam@northwind.example").await;
        let score = &found["internal"]["profile_score"];
        // What the form does not ask is unknown, and not missed.
        assert_eq!(explained(score), [("home", "true", 40), ("size", "true", 30), ("cloud", "unknown", 0)], "{found}");
        assert_eq!((&score["score"], &score["at_most"], &score["version"]), (&json!(70), &json!(100), &json!(1)));
        assert!(score["criteria"][2]["detail"].as_str().is_some_and(|detail| detail.contains("specialisations")), "{score}");
        assert_eq!((&found["status"], &found["internal"]["decision"]["rule"]), (&json!("approved"), &json!("fits")));
        assert_eq!(found["internal"]["decision"]["facts"]["score"], 70);
        let theirs = opens(world, &secret).await.body.to_string();
        assert!(!theirs.contains("score") && !theirs.contains("Because of home"), "no applicant is told: {theirs}");
    }

    async fn while_no_profile_is_in_force_nobody_is_scored(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        drafts(&acme, usual()).await;
        acme.admits_by(json!({ "rules": [{ "id": "none", "when": "score == null", "then": "approve", "sentence": "Welcome." }] })).await;
        handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        let found = acme.application("sam@northwind.example").await;
        assert_eq!((&found["status"], &found["internal"]["profile_score"]), (&json!("approved"), &Value::Null));
        let partner = acme.adds_partner("Tailspin").await;
        acme.get(format!("/v1/partners/{}/profile-score", partner.id)).await.refused(409, "ideal_profile.none");
        assert!(acme.all("/v1/profile-scores").await.is_empty());
    }

    async fn a_partner_is_scored_by_what_the_hub_holds_now(world) {
        let acme = world.vendor("Acme").await;
        looks_for(&acme, usual()).await;
        let partner = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "country": "DE" })).await;
        let path = format!("/v1/partners/{}/profile-score", partner.id);
        let before = acme.get(&path).await.expect(200);
        assert_eq!(explained(&before.body), [("home", "true", 40), ("size", "unknown", 0), ("cloud", "unknown", 0)]);
        acme.put("/v1/custom-fields/partner", json!({ "schema": { "type": "object", "additionalProperties": false, "properties": { "employees": { "type": "integer" } } } })).await.expect(200);
        partner.is_changed(json!({ "specialisations": ["cloud"], "custom_fields": { "employees": 12 } })).await;
        let after = acme.get(&path).await.expect(200);
        assert_eq!(explained(&after.body), [("home", "true", 40), ("size", "false", 0), ("cloud", "true", 30)]);
        assert_eq!((&after["score"], &after["at_most"]), (&json!(70), &json!(70)));
        let list = acme.all("/v1/profile-scores").await;
        assert_eq!((list.len(), &list[0]["partner_id"], &list[0]["score"]), (1, &json!(partner.id), &json!(70)));
        // Scores are the vendor's own.
        let admin = partner.person("partner_admin").await;
        admin.get(&path).await.refused(403, "auth.forbidden");
        admin.get("/v1/profile-scores").await.refused(403, "auth.forbidden");
    }

    async fn whoever_reaches_some_partners_sees_the_scores_of_these(world) {
        let acme = world.vendor("Acme").await;
        looks_for(&acme, usual()).await;
        let near = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "country": "DE" })).await;
        let far = acme.adds_partner_like(json!({ "name": "Contoso", "type": "reseller", "country": "FR" })).await;
        let manager = acme.narrowed("channel_manager", json!({ "territories": [{ "country": "DE" }] })).await;
        let seen = manager.get("/v1/profile-scores").await.expect(200);
        assert_eq!((seen.rows().len(), &seen["data"][0]["partner_id"]), (1, &json!(near.id)));
        manager.get(format!("/v1/partners/{}/profile-score", far.id)).await.refused(404, "not_found");
    }

    async fn a_simulation_says_who_would_move_and_moves_nobody(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        looks_for(&acme, usual()).await;
        handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        let partner = acme.adds_partner_like(json!({ "name": "Tailspin", "type": "reseller", "country": "FR" })).await;
        let draft = drafts(&acme, json!([criterion("abroad", "company.country == 'FR'", 1)])).await;
        let path = format!("/v1/ideal-profiles/{draft}/simulate");
        let said = acme.post(&path, json!(null)).await.expect(200);
        assert_eq!((&said["version"], &said["compared_with"]), (&json!(2), &json!(1)));
        let moved = |kind: &str| (said[kind]["scored"].clone(), said[kind]["raised"].clone(), said[kind]["lowered"].clone());
        assert_eq!(moved("partners"), (json!(1), json!(1), json!(0)), "{said}");
        assert_eq!(moved("applications"), (json!(1), json!(0), json!(1)), "{said}");
        assert_eq!(said["partners"]["moved"][0], json!({ "id": partner.id, "name": "Tailspin", "before": 0, "after": 100 }));
        assert_eq!(acme.get("/v1/ideal-profiles/in-force").await.expect(200)["version"], 1);
        acme.post(&path, json!({ "limit": 0 })).await.invalid_at("/limit");
    }

    async fn a_version_is_published_once_and_takes_effect_when_it_says(world) {
        let acme = world.vendor("Acme").await;
        let first = looks_for(&acme, usual()).await;
        acme.post(format!("/v1/ideal-profiles/{first}/publish"), json!(null)).await.refused(409, "ideal_profile.published");
        let second = drafts(&acme, json!([criterion("any", "true", 1)])).await;
        let publish = format!("/v1/ideal-profiles/{second}/publish");
        acme.post(&publish, json!({ "effective_at": world.now() - days(1) })).await.refused(409, "ideal_profile.past");
        acme.post(&publish, json!(null)).if_match(7).await.refused(412, "revision.stale");
        acme.post(&publish, json!({ "effective_at": world.now() + days(1) })).await.expect(200);
        let version = async || acme.get("/v1/ideal-profiles/in-force").await.expect(200)["version"].clone();
        assert_eq!(version().await, 1);
        world.clock.advance(days(1));
        assert_eq!(version().await, 2);
    }

    async fn a_profile_that_is_wrong_is_refused_where_it_is(world) {
        let acme = world.vendor("Acme").await;
        let wrong = json!({ "title": "T", "criteria": [criterion("a", "nobody.knows", 1), criterion("a", "true", 1)] });
        acme.post("/v1/ideal-profiles", wrong).await.invalid_at("/criteria/0/when").invalid_at("/criteria/1/id");
        acme.post("/v1/ideal-profiles", json!({ "title": "T", "criteria": [] })).await.invalid_at("/criteria");
        acme.post("/v1/ideal-profiles", json!({ "title": "T", "criteria": [criterion("a", "true", 0)] })).await.invalid_at("/criteria/0/weight");
        let most: Vec<_> = (0..51).map(|number| criterion(&number.to_string(), "true", 1)).collect();
        acme.post("/v1/ideal-profiles", json!({ "title": "T", "criteria": most })).await.invalid_at("/criteria");
        acme.get("/v1/ideal-profiles/in-force").await.refused(404, "not_found");
    }
}
