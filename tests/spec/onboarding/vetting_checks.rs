//! The register of checks: what people decide, owners and people, and what a partner learns of it.

use super::vetting_support::{checks, entry, list, publish, status, usual};
use crate::prelude::*;

/// A partner whose name resembles an entry without being it, and the check that waits for a person.
async fn under_review(acme: &Vendor, list: &str) -> (Partner, String) {
    let partner = acme.adds_partner("Goldan Phoenix Shipping").await;
    publish(acme, list, &usual()).await;
    let waiting = checks(acme, &partner, "review").await;
    assert_eq!(waiting.len(), 1, "{waiting:#?}");
    (partner, waiting[0]["id"].as_str().expect("an id").to_owned())
}

async fn vetted(acme: &Vendor, partner: &Partner) -> Reply {
    acme.post(format!("/v1/partners/{}/vetting", partner.id), json!(null)).await.expect(200)
}

spec! {
    async fn a_weak_match_waits_for_a_person_and_what_they_decide_is_remembered(world) {
        let acme = world.vendor("Acme").await;
        let list = list(&acme, "ofac").await;
        let (partner, check) = under_review(&acme, &list).await;
        assert_eq!(status(&acme, &partner).await, "active", "a resemblance shuts nobody out");
        acme.post(format!("/v1/vetting-checks/{check}/clear"), json!({ "reason": " " })).await.invalid_at("/reason");
        let cleared = acme.post(format!("/v1/vetting-checks/{check}/clear"), json!({ "reason": "Another company." })).await.expect(200);
        assert_eq!((&cleared["result"], &cleared["reason"], &cleared["reviewer"]["type"]), (&json!("clear"), &json!("Another company."), &json!("api_key")));
        assert_eq!(vetted(&acme, &partner).await["status"], "passed", "the same match does not come up again");
        // Something else changes in the list: what was decided stays.
        publish(&acme, &list, &(usual() + &entry(2000, "SOMEBODY ELSE", "", ""))).await;
        assert_eq!(checks(&acme, &partner, "review").await.len(), 0);
        // The entry itself changes: it has to be decided again.
        publish(&acme, &list, &usual().replace("GOLDEN PHOENIX SHIPPING COMPANY\",-0- ,\"SDGT\"", "GOLDEN PHOENIX SHIPPING COMPANY\",-0- ,\"IRAN\"")).await;
        let again = checks(&acme, &partner, "review").await;
        assert_eq!(again.len(), 1);
        let path = format!("/v1/vetting-checks/{}/confirm", again[0]["id"].as_str().unwrap_or_default());
        acme.post(&path, json!({ "reason": "It is them." })).await.expect(200);
        assert_eq!(status(&acme, &partner).await, "suspended");
        acme.post(&path, json!({ "reason": "It is them." })).await.refused(409, "vetting_check.illegal_move");
        assert_eq!(vetted(&acme, &partner).await["status"], "failed", "a confirmation outranks the score, too");
        let blocked = checks(&acme, &partner, "blocked").await;
        acme.post(format!("/v1/vetting-checks/{}/clear", blocked[0]["id"].as_str().unwrap_or_default()), json!({ "reason": "A mistake." })).await.expect(200);
        assert_eq!(status(&acme, &partner).await, "active");
    }

    async fn a_subject_that_changes_is_decided_about_anew(world) {
        let acme = world.vendor("Acme").await;
        let list = list(&acme, "ofac").await;
        let (partner, check) = under_review(&acme, &list).await;
        acme.post(format!("/v1/vetting-checks/{check}/clear"), json!({ "reason": "Another company." })).await.expect(200);
        partner.is_changed(json!({ "country": "IR" })).await;
        world.settle().await;
        assert_eq!(checks(&acme, &partner, "review").await.len(), 1);
    }

    async fn of_two_who_decide_at_once_one_wins(world [connections = 8]) {
        let acme = world.vendor("Acme").await;
        let list = list(&acme, "ofac").await;
        let (_, check) = under_review(&acme, &list).await;
        let decide = |action: &'static str| {
            let (acme, check) = (acme.clone(), check.clone());
            async move { acme.post(format!("/v1/vetting-checks/{check}/{action}"), json!({ "reason": "So it is." })).await }
        };
        let (one, other) = tokio::join!(decide("confirm"), decide("confirm"));
        let mut told = [one.status, other.status];
        told.sort_unstable();
        assert!(told[0] == 200 && matches!(told[1], 409 | 412), "{one}\n{other}");
    }

    async fn owners_are_screened_in_every_script_and_a_date_of_birth_speaks_against(world) {
        let acme = world.vendor("Acme").await;
        let list = list(&acme, "ofac").await;
        publish(&acme, &list, &usual()).await;
        let partner = acme.adds_partner("Northwind Systems").await;
        world.settle().await;
        let path = format!("/v1/partners/{}/owners", partner.id);
        let owner = |birth: Value| json!({ "owners": [{ "kind": "person", "name": "Димитри Зорванов", "share": 5100, "birth_date": birth }] });
        let set = acme.put(&path, owner(json!("1974-02-17"))).await.expect(200);
        assert_eq!(acme.get(&path).await.expect(200).body, set.body);
        let found: Vec<_> = [checks(&acme, &partner, "review").await, checks(&acme, &partner, "blocked").await].concat();
        assert_eq!((found.len(), &found[0]["subject_kind"], &found[0]["matches"][0]["entry_id"]), (1, &json!("owner"), &json!("1001")), "{found:#?}");
        assert_eq!(found[0]["matches"][0]["facts"][0]["verdict"], "agrees");
        acme.put(&path, owner(json!("1931-05-03"))).await.expect(200);
        assert_eq!((checks(&acme, &partner, "review").await.len(), checks(&acme, &partner, "blocked").await.len()), (0, 0), "born in another age");
        assert_eq!(status(&acme, &partner).await, "active");
        acme.put(&path, json!({ "owners": [{ "kind": "person", "name": "A", "share": 9000 }, { "kind": "person", "name": "B", "share": 9000 }] })).await.invalid_at("/owners");
        acme.put(&path, json!({ "owners": [{ "kind": "person", "name": "A", "birth_date": "1974-02-31" }] })).await.invalid_at("/owners/0/birth_date");
        let gone = acme.put(&path, json!({ "owners": [] })).await.expect(200);
        assert_eq!(gone["owners"], json!([]));
    }

    async fn a_partners_people_learn_how_it_stands_and_nothing_else(world) {
        let acme = world.vendor("Acme").await;
        let list = list(&acme, "ofac").await;
        let (partner, check) = under_review(&acme, &list).await;
        let person = partner.person("partner_admin").await;
        world.settle().await;
        let seen = person.get(format!("/v1/partners/{}/vetting", partner.id)).await.expect(200);
        assert_eq!(seen.body, json!({ "partner_id": partner.id, "status": "pending", "kinds": [{ "kind": "sanctions", "status": "pending" }] }));
        person.get(format!("/v1/vetting-checks/{check}")).await.refused(403, "auth.forbidden");
        person.get(format!("/v1/partners/{}/owners", partner.id)).await.refused(403, "auth.forbidden");
        let stranger = acme.adds_partner("Southridge").await.person("partner_admin").await;
        stranger.get(format!("/v1/partners/{}/vetting", partner.id)).await.refused(404, "not_found");
        let vendors = acme.get(format!("/v1/partners/{}/vetting", partner.id)).await.expect(200);
        assert_eq!(vendors["checks"][0]["matches"][0]["entry_id"], "1002");
    }

    async fn country_mail_and_tax_number_are_checked_by_the_policy(world) {
        let acme = world.vendor("Acme").await;
        let rule = |when: &str| json!({ "id": "embargo", "when": when, "result": "blocked", "sentence": "No business with this country." });
        let policy = |when: &str| {
            json!({ "review_at": 80, "block_at": 97, "valid_days": 30, "free_mail": "review", "disposable_mail": "blocked", "wrong_tax_id": "review", "countries": [rule(when)] })
        };
        acme.put("/v1/vetting-policy", policy("subject.country ===")).await.invalid_at("/countries/0/when");
        let made = acme.put("/v1/vetting-policy", policy("subject.country in [\"KP\"]")).await.expect(200);
        assert_eq!((&made["version"], &acme.get("/v1/vetting-policy").await.expect(200)["version"]), (&json!(1), &json!(1)));
        let partner = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "country": "DE" })).await;
        let vet = async |body: Value| acme.post(format!("/v1/partners/{}/vetting", partner.id), body).await.expect(200);
        let kinds = |reply: &Reply| reply["kinds"].as_array().into_iter().flatten().map(|one| format!("{} {}", one["kind"], one["status"]).replace('"', "")).collect::<Vec<_>>();
        let right = vet(json!({ "tax_id": "DE136695976", "email": "info@northwind.example" })).await;
        assert_eq!((kinds(&right), &right["status"]), (vec!["email_domain passed".to_owned(), "country passed".into(), "tax_id passed".into()], &json!("passed")));
        let wrong = vet(json!({ "tax_id": "DE136695977", "email": "northwind@gmail.com" })).await;
        assert_eq!(kinds(&wrong), ["email_domain pending", "country passed", "tax_id pending"]);
        let register = acme.all(&format!("/v1/vetting-checks?partner_id={}&kind=tax_id", partner.id)).await;
        let told: Vec<_> = register.iter().map(|check| (check["result"].as_str().unwrap_or_default(), check["latest"].as_bool().unwrap_or_default())).collect();
        assert_eq!(told, [("review", true), ("clear", false)], "what was checked before stays in the register");
        partner.is_changed(json!({ "country": "KP" })).await;
        assert_eq!(vet(json!({})).await["status"], "failed");
        assert_eq!(status(&acme, &partner).await, "suspended");
    }

    async fn people_of_partners_are_screened_and_erased(world) {
        let acme = world.vendor("Acme").await;
        let list = list(&acme, "ofac").await;
        publish(&acme, &list, &usual()).await;
        let partner = acme.adds_partner("Northwind Systems").await;
        let body = json!({ "name": "Dimitry Zorvanow", "email": "dz@northwind.example", "role": "sales", "partner_id": partner.id });
        let person = acme.post("/v1/people", body).await.expect(201).id();
        world.settle().await;
        let found = checks(&acme, &partner, "review").await;
        assert_eq!((found.len(), &found[0]["subject_id"]), (1, &json!(person)), "{found:#?}");
        let owners = json!({ "owners": [{ "kind": "person", "name": "Zyxwin Qwertow", "birth_date": "1980-01-02" }] });
        acme.put(format!("/v1/partners/{}/owners", partner.id), owners).await.expect(200);
        let exported = acme.post("/v1/privacy/exports", json!({ "name": "Zyxwin Qwertow" })).await.expect(200);
        assert!(exported.to_string().contains("1980-01-02"), "{exported}");
        acme.post(format!("/v1/people/{person}/erase"), json!(null)).await;
        world.settle().await;
        let register = acme.all(&format!("/v1/vetting-checks?partner_id={}", partner.id)).await;
        assert!(!register.iter().any(|check| check.to_string().to_lowercase().contains("zorvanow")), "{register:#?}");
    }
}
