//! What is sent that should not be: a problem that points at the place, and nothing made.

use super::agreements::{published, reseller, signers};
use crate::prelude::*;

spec! {
    async fn a_template_is_refused_by_the_line_that_is_wrong(world) {
        let acme = world.vendor("Acme").await;
        let refused = async |text: &str| {
            let body = with(reseller(), json!({ "body": { "en": text } }));
            let reply = acme.post("/v1/agreement-templates", body).await.invalid_at("/body/en");
            reply["errors"][0]["detail"].as_str().expect("a sentence").to_owned()
        };
        assert_eq!(refused("Hello\n\n{{ partner.nmae }}").await, "Line 3: there is no variable `partner.nmae`.");
        let endless = "{% for a in contacts %}{% for b in contacts %}{% for c in contacts %}x{% endfor %}{% endfor %}{% endfor %}";
        assert_eq!(refused(endless).await, "Line 1: it takes too long.");
        assert!(refused("{{ 'x' * 1000000000 }}").await.contains("no place"));
        assert!(refused("<script>alert(1)</script>").await.contains("HTML"));
        assert!(refused("{% include 'x' %}").await.contains("include"));
        let twice = json!([{ "role": "a", "side": "partner", "title": { "en": "x" } }, { "role": "a", "side": "vendor", "title": { "en": "x" } }]);
        acme.post("/v1/agreement-templates", with(reseller(), json!({ "signers": twice, "body": { "en": "x" } }))).await.invalid_at("/signers/1/role");
        acme.post("/v1/agreement-templates", with(reseller(), json!({ "title": { "en": "x" } }))).await.invalid_at("/title");
        acme.post("/v1/agreement-templates", with(reseller(), json!({ "page": "http://partners.acme.example" }))).await.invalid_at("/page");
        acme.post("/v1/agreement-templates", with(reseller(), json!({ "body": { "en": "x".repeat(60_001) } }))).await.invalid_at("/body");
        assert!(acme.get("/v1/agreement-templates").await.expect(200).rows().is_empty());
        let large = with(reseller(), json!({ "body": { "en": "x".repeat(20_000_000) } }));
        acme.post("/v1/agreement-templates", large).await.refused(413, "body.too_large");
    }

    async fn a_published_version_never_changes_and_goes_one_way(world) {
        let acme = world.vendor("Acme").await;
        let first = published(&acme, reseller()).await;
        let path = format!("/v1/agreement-templates/{}", first.id());
        acme.post(format!("{path}/publish"), json!(null)).await.refused(409, "agreement_template.illegal_move");
        assert_eq!(acme.post("/v1/agreement-templates", reseller()).await.expect(201)["version"], 2);
        acme.post(format!("{path}/retire"), json!(null)).await.expect(200);
        acme.post(format!("{path}/retire"), json!(null)).await.refused(409, "agreement_template.illegal_move");
    }

    async fn signers_are_one_for_each_role_and_nobody_elses_people(world) {
        let acme = world.vendor("Acme").await;
        published(&acme, reseller()).await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "country": "DE" })).await;
        let outsider = acme.adds_partner("Southridge").await.person("sales").await;
        let make = async |signers: Value| acme.post("/v1/agreements", json!({ "partner_id": northwind.id, "kind": "reseller", "signers": signers })).await;
        make(json!([{ "role": "partner", "name": "Sam", "email": "sam@northwind.example" }])).await.invalid_at("/signers");
        make(signers("sam@northwind.example", "SAM@northwind.example")).await.invalid_at("/signers/1");
        make(signers(&outsider.email, "kim@acme.example")).await.invalid_at("/signers/0/email");
        make(signers("sam@northwind.example", &outsider.email)).await.invalid_at("/signers/1/email");
        make(json!([{ "role": "witness", "name": "Sam", "email": "sam@northwind.example" }])).await.invalid_at("/signers/0/role");
        let rival = world.vendor("Rival").await.adds_partner("Foreign").await.id;
        let foreign = json!({ "partner_id": rival, "kind": "reseller", "signers": signers("a@b.example", "c@d.example") });
        acme.post("/v1/agreements", foreign).await.invalid_at("/partner_id");
        assert!(acme.get("/v1/agreements").await.expect(200).rows().is_empty());
    }

    async fn an_agreement_with_a_hole_in_it_is_not_made(world) {
        let acme = world.vendor("Acme").await;
        published(&acme, reseller()).await;
        let nowhere = acme.adds_partner("Nowhere").await.id;
        let body = json!({ "partner_id": nowhere, "kind": "reseller", "signers": signers("sam@northwind.example", "kim@acme.example") });
        let reply = acme.post("/v1/agreements", body.clone()).await.refused(409, "agreement.incomplete");
        assert!(reply["detail"].as_str().is_some_and(|detail| detail.starts_with("Line 3") && detail.contains("partner.country")), "{reply}");
        let unprinted = acme.adds_partner_like(json!({ "name": "株式会社", "type": "reseller", "country": "JP" })).await.id;
        acme.post("/v1/agreements", with(body, json!({ "partner_id": unprinted }))).await.refused(409, "agreement.unprintable");
        assert!(acme.get("/v1/agreements").await.expect(200).rows().is_empty());
    }

    async fn a_secret_that_is_none_opens_nothing(world) {
        let acme = world.vendor("Acme").await;
        for secret in ["x".to_owned(), format!("{}.{}", acme.id, "0".repeat(64)), "vnd_.".into()] {
            world.anonymous().post("/v1/public/agreements/open", json!({ "secret": secret })).await.refused(404, "agreement.link");
        }
    }
}
