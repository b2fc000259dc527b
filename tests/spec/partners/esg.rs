//! Facts about sustainability: handed in by partners, verified by the vendor, watched by a clock.

#![allow(clippy::cloned_ref_to_slice_refs)] // Lists of one read like lists of several.

use crate::prelude::*;

fn certificate(members: Value) -> Value {
    let usual = json!({ "kind": "certificate", "standard": "ISO 14001", "issuer": "TUV", "issued_on": "2026-02-01", "expires_on": "2027-01-31" });
    with(usual, members)
}

async fn told(acme: &Vendor) -> Vec<String> {
    let events = acme.all("/v1/events?type=partner_esg_fact.*").await;
    events.iter().map(|event| event["type"].as_str().unwrap_or_default().trim_start_matches("partner_esg_fact.").to_owned()).collect()
}

async fn submits(client: &Client, partner: &Partner, members: Value) -> String {
    client.post(format!("/v1/partners/{}/esg-facts", partner.id), certificate(members)).await.expect(201).id()
}

async fn verifies(acme: &Vendor, fact: &str) -> Reply {
    acme.post(format!("/v1/esg-facts/{fact}/verify"), json!(null)).await.expect(200)
}

async fn ids(client: &Client, path: &str) -> Vec<String> {
    client.all(path).await.iter().map(|fact| fact["id"].as_str().unwrap_or_default().to_owned()).collect()
}

spec! {
    async fn a_partner_hands_in_a_fact_and_the_vendor_says_whether_it_is_so(world) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        let (admin, seller) = (partner.person("partner_admin").await, partner.person("sales").await);
        let list = format!("/v1/partners/{}/esg-facts", partner.id);
        seller.post(&list, certificate(json!({}))).await.refused(403, "auth.forbidden");
        let made = admin.post(&list, certificate(json!({}))).await.expect(201);
        assert_eq!((&made["status"], &made["internal"], &made["available_actions"]), (&json!("unverified"), &Value::Null, &json!([])));
        let path = format!("/v1/esg-facts/{}", made.id());
        admin.post(format!("{path}/verify"), json!(null)).await.refused(403, "auth.forbidden");
        let rival = acme.adds_partner("Contoso").await.person("partner_admin").await;
        rival.get(&path).await.refused(404, "not_found");
        rival.post(&list, certificate(json!({}))).await.refused(404, "not_found");
        let refused = acme.post(format!("{path}/refuse"), json!({ "reason": "Another site." })).await.expect(200);
        assert_eq!((&refused["status"], &refused["reason"], &refused["internal"]["decided_by"]["type"]), (&json!("refused"), &json!("Another site."), &json!("api_key")));
        assert_eq!(seller.get(&path).await.expect(200)["reason"], "Another site.");
        acme.post(format!("{path}/refuse"), json!({ "reason": "Again." })).await.refused(409, "esg_fact.illegal_move");
        let verified = verifies(&acme, &made.id()).await;
        assert_eq!((&verified["status"], &verified["reason"]), (&json!("valid"), &Value::Null));
        assert_eq!(told(&acme).await, ["submitted", "refused", "verified"]);
    }

    async fn what_expires_is_told_in_time_and_once(world) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        // Sixty days before the end of January it is the second of December.
        let fact = submits(acme.client(), &partner, json!({})).await;
        let (never, forever) = (submits(acme.client(), &partner, json!({})).await, submits(acme.client(), &partner, json!({ "expires_on": null })).await);
        verifies(&acme, &fact).await;
        verifies(&acme, &forever).await;
        let before = told(&acme).await.len();
        world.pass(days(11)).await;
        assert_eq!(told(&acme).await.len(), before);
        world.pass(days(1)).await;
        assert_eq!(told(&acme).await.split_off(before), ["expiring"]);
        let status = async |id: &str| acme.get(format!("/v1/esg-facts/{id}")).await.expect(200).text("status");
        assert_eq!((status(&fact).await, status(&never).await, status(&forever).await), ("expiring".into(), "unverified".into(), "valid".into()));
        world.pass(days(60)).await;
        assert_eq!(status(&fact).await, "expiring", "its last day is a day");
        world.pass(days(1)).await;
        assert_eq!((status(&fact).await.as_str(), told(&acme).await.split_off(before)), ("expired", vec!["expiring".to_owned(), "expired".into()]));
        world.pass(days(400)).await;
        assert_eq!(told(&acme).await.len(), before + 2);
    }

    async fn what_is_refused_in_time_is_not_told(world) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        let fact = submits(acme.client(), &partner, json!({})).await;
        verifies(&acme, &fact).await;
        acme.post(format!("/v1/esg-facts/{fact}/refuse"), json!({ "reason": "Withdrawn by its issuer." })).await.expect(200);
        world.pass(days(400)).await;
        assert_eq!(told(&acme).await, ["submitted", "verified", "refused"]);
    }

    async fn the_vendor_says_how_early_it_wants_to_know(world) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        assert_eq!(acme.get("/v1/esg-policy").await.expect(200)["warn_days"], 60);
        let before = submits(acme.client(), &partner, json!({})).await;
        acme.put("/v1/esg-policy", json!({ "warn_days": 0 })).await.invalid_at("/warn_days");
        acme.put("/v1/esg-policy", json!({ "warn_days": 90 })).await.expect(200);
        let after = submits(acme.client(), &partner, json!({})).await;
        assert_eq!((&verifies(&acme, &before).await["status"], &verifies(&acme, &after).await["status"]), (&json!("valid"), &json!("expiring")));
    }

    async fn lists_are_filtered_by_kind_status_and_last_day(world) {
        let acme = world.vendor("Acme").await;
        let (partner, other) = (acme.adds_partner("Northwind").await, acme.adds_partner("Contoso").await);
        let soon = submits(acme.client(), &partner, json!({ "expires_on": "2026-12-15" })).await;
        let later = submits(acme.client(), &partner, json!({ "expires_on": "2027-12-15", "kind": "rating", "standard": "EcoVadis", "score": 74 })).await;
        let theirs = submits(acme.client(), &other, json!({ "expires_on": null })).await;
        let over = submits(acme.client(), &other, json!({ "issued_on": "2025-01-01", "expires_on": "2026-01-01" })).await;
        for fact in [&soon, &later, &over] {
            verifies(&acme, fact).await;
        }
        let all = |query: &str| format!("/v1/esg-facts?{query}");
        assert_eq!(ids(acme.client(), &all("expiring_before=2027-01-01")).await, [over.clone(), soon.clone()]);
        assert_eq!(ids(acme.client(), &all("status=expiring")).await, [soon.clone()]);
        assert_eq!(ids(acme.client(), &all("status=valid")).await, [later.clone()]);
        assert_eq!(ids(acme.client(), &all("status=expired")).await, [over.clone()]);
        assert_eq!(ids(acme.client(), &all("status=unverified")).await, [theirs.clone()]);
        assert_eq!(ids(acme.client(), &all("kind=rating")).await, [later.clone()]);
        assert_eq!(ids(acme.client(), &all(&format!("partner_id={}", other.id))).await, [over.clone(), theirs.clone()]);
        assert_eq!(ids(acme.client(), &format!("/v1/partners/{}/esg-facts?status=expiring", partner.id)).await, [soon]);
        let person = other.person("sales").await;
        assert_eq!(ids(&person, "/v1/esg-facts").await, [over, theirs], "their own partner's only");
        person.get(format!("/v1/partners/{}/esg-facts", partner.id)).await.refused(404, "not_found");
    }

    async fn what_cannot_be_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let (partner, other) = (acme.adds_partner("Northwind").await, acme.adds_partner("Contoso").await);
        let list = format!("/v1/partners/{}/esg-facts", partner.id);
        acme.post(&list, certificate(json!({ "issued_on": "2026-12-01" }))).await.invalid_at("/issued_on");
        acme.post(&list, certificate(json!({ "expires_on": "2026-01-01" }))).await.invalid_at("/expires_on");
        acme.post(&list, certificate(json!({ "standard": " " }))).await.invalid_at("/standard");
        let file = json!({ "file_name": "a.txt", "media_type": "text/plain", "content": "UmVzZWxsZXI=" });
        let document = async |partner: &Partner, visibility: &str| {
            let body = json!({ "title": "A certificate", "kind": "other", "visibility": visibility, "file": file });
            acme.post(format!("/v1/partners/{}/documents", partner.id), body).await.expect(201).id()
        };
        let foreign = document(&other, "partner").await;
        acme.post(&list, certificate(json!({ "document_id": foreign }))).await.invalid_at("/document_id");
        let secret = document(&partner, "vendor").await;
        partner.person("partner_admin").await.post(&list, certificate(json!({ "document_id": secret }))).await.invalid_at("/document_id");
        let shown = document(&partner, "partner").await;
        let fact = submits(acme.client(), &partner, json!({ "document_id": shown })).await;
        acme.delete(format!("/v1/partners/{}/documents/{shown}", partner.id)).await.expect(204);
        assert_eq!(acme.get(format!("/v1/esg-facts/{fact}")).await.expect(200)["document_id"], Value::Null, "a fact stands without its document");
    }

    async fn of_two_who_decide_at_once_one_wins(world [connections = 8]) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        let fact = submits(acme.client(), &partner, json!({})).await;
        let replies = join_all((0..3).map(|_| async { acme.post(format!("/v1/esg-facts/{fact}/verify"), json!(null)).await })).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
        assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 409 | 412)));
    }

    async fn what_is_verified_counts_in_the_ideal_profile(world) {
        let acme = world.vendor("Acme").await;
        let criterion = |id: &str, when: &str| json!({ "id": id, "name": id, "when": when, "weight": 50, "text": "It matters." });
        let criteria = json!([criterion("iso", "'ISO 14001' in esg.certificates"), criterion("rated", "'EcoVadis' in esg.standards && esg.scores['EcoVadis'] >= 60 && esg.valid_count > 1")]);
        let draft = acme.post("/v1/ideal-profiles", json!({ "title": "Green", "criteria": criteria })).await.expect(201).id();
        acme.post(format!("/v1/ideal-profiles/{draft}/publish"), json!(null)).await.expect(200);
        let partner = acme.adds_partner("Northwind").await;
        let score = async || acme.get(format!("/v1/partners/{}/profile-score", partner.id)).await.expect(200)["score"].clone();
        let iso = submits(acme.client(), &partner, json!({})).await;
        assert_eq!(score().await, 0, "what nobody has verified does not count");
        verifies(&acme, &iso).await;
        assert_eq!(score().await, 50);
        let rated = submits(acme.client(), &partner, json!({ "kind": "rating", "standard": "EcoVadis", "score": 74, "expires_on": null })).await;
        verifies(&acme, &rated).await;
        assert_eq!((score().await, acme.get("/v1/profile-scores").await.expect(200)["data"][0]["score"].clone()), (json!(100), json!(100)));
        world.pass(days(100)).await;
        assert_eq!(score().await, 0, "the certificate is over, and one fact is not more than one");
    }

    async fn a_partner_and_its_manager_are_told_that_something_expires(world) {
        let acme = world.vendor("Acme").await;
        let manager = acme.adds_colleague("channel_manager").await.id();
        let partner = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "manager_id": manager })).await;
        let person = partner.person("partner_admin").await;
        let fact = submits(acme.client(), &partner, json!({})).await;
        verifies(&acme, &fact).await;
        world.pass(days(12)).await;
        let inbox = person.signs_in(&["pwd"]).await.get("/v1/notifications").await.expect(200).to_string();
        assert!(inbox.contains("ISO 14001 expires on 2027-01-31"), "{inbox}");
        let manager = acme.sees_sign_in(&manager, &["pwd"]).await.get("/v1/notifications").await.expect(200).to_string();
        assert!(manager.contains("ISO 14001 expires on 2027-01-31"), "{manager}");
    }

    async fn people_named_in_facts_are_forgotten(world) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        let fact = submits(acme.client(), &partner, json!({ "issuer": "Zyxwin Qwertow" })).await;
        acme.post(format!("/v1/esg-facts/{fact}/refuse"), json!({ "reason": "Zyxwin Qwertow never signed it." })).await.expect(200);
        let exported = acme.post("/v1/privacy/exports", json!({ "name": "Zyxwin Qwertow" })).await.expect(200);
        assert!(exported.to_string().contains("never signed it"), "{exported}");
        acme.post("/v1/privacy/erasures", json!({ "name": "Zyxwin Qwertow" })).await.expect(202);
        world.settle().await;
        let left = acme.get(format!("/v1/esg-facts/{fact}")).await.expect(200);
        assert!(!left.to_string().contains("Zyxwin"), "{left}");
    }
}
