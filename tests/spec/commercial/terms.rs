//! Commercial terms: versioned, published, in force from a date on, and the vendor's own.

use super::*;

spec! {
    async fn terms_take_effect_at_their_date_and_never_change_again(world) {
        let (acme, northwind, _) = rivals(world).await;
        let draft = acme.post("/v1/commercial-terms", terms()).await.expect(201);
        assert_eq!((&draft["version"], &draft["status"], &draft["available_actions"]), (&json!(1), &json!("draft"), &json!(["publish"])));
        let publish = format!("/v1/commercial-terms/{}/publish", draft.id());
        acme.post(&publish, json!({ "effective_at": world.now() - minutes(1) })).await.refused(422, "rules.past");
        acme.post(&publish, json!({ "effective_at": world.now() + days(1) })).await.expect(200);
        acme.post(&publish, json!(null)).await.refused(409, "rules.published");
        let deal = || sale("Fabrikam", json!([line("a", 10, 1_000)]));
        assert_eq!(line_codes(&northwind.checks(deal()).await["estimate"]), ["no_terms"]);
        assert_eq!(acme.get("/v1/commercial-terms/in-force").await.expect(200)["version"], 0);
        world.clock.advance(days(1));
        assert_eq!(total(&northwind.anew().await.checks(deal()).await["estimate"]), 1_000);
        assert_eq!(acme.get("/v1/commercial-terms/in-force").await.expect(200)["terms"], terms());
    }

    async fn what_cannot_be_meant_is_refused_by_its_place(world) {
        let acme = world.vendor("Acme").await;
        let draft = async |members: Value| acme.post("/v1/commercial-terms", with(terms(), members)).await;
        draft(json!({ "earnings": [earns("a", "resale", "deal.amount >", 1)] })).await.invalid_at("/earnings/0/when");
        draft(json!({ "earnings": [earns("a", "resale", "rival.name == \"x\"", 1)] })).await.invalid_at("/earnings/0/when");
        draft(json!({ "earnings": [earns("a", "resale", "true", 1), earns("a", "resale", "true", 1)] })).await.invalid_at("/earnings/1/id");
        draft(json!({ "earnings": [earns("a", "resale", "true", 0)] })).await.invalid_at("/earnings/0/basis_points");
        let list = with(earns("a", "subscription", "true", 1), json!({ "base": "list_price" }));
        draft(json!({ "earnings": [list] })).await.invalid_at("/earnings/0/base");
        let mut pricing = terms()["pricing"].clone();
        pricing["rules"][0]["automatic_up_to"] = json!(2_001);
        draft(json!({ "pricing": pricing })).await.invalid_at("/pricing/rules/0/automatic_up_to");
        pricing = with(terms()["pricing"].clone(), json!({ "warning_days": [0] }));
        draft(json!({ "pricing": pricing })).await.invalid_at("/pricing/warning_days");
        let mut incumbency = terms()["incumbency"].clone();
        incumbency[0]["when"] = json!("incumbent.exists");
        draft(json!({ "incumbency": incumbency })).await.invalid_at("/incumbency/0/when");
    }

    async fn a_partner_reads_sentences_and_never_terms(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        let theirs = earns("canary", "resale", &format!("partner.id == \"{}\"", southridge.partner.id), 9_000);
        let version = agrees(&acme, json!({ "title": "Canary", "earnings": [theirs, earns("rest", "resale", "true", 100)] })).await.id();
        for path in ["/v1/commercial-terms", "/v1/commercial-terms/in-force", &format!("/v1/commercial-terms/{version}")] {
            northwind.get(path).await.refused(403, "auth.forbidden");
            northwind.partner.person("partner_admin").await.get(path).await.refused(403, "auth.forbidden");
        }
        let check = northwind.checks(sale("Fabrikam", json!([line("a", 1, 10_000)]))).await;
        let text = String::from_utf8_lossy(&check.bytes).to_lowercase();
        assert!(!text.contains("canary") && !text.contains(&southridge.partner.id), "{check}");
        assert_eq!((total(&check["estimate"]), total(&southridge.checks(sale("Contoso", json!([line("a", 1, 10_000)]))).await["estimate"])), (100, 9_000));
    }

    async fn of_two_drafts_at_the_same_moment_each_has_its_number(world [connections = 10]) {
        let acme = world.vendor("Acme").await;
        let replies = join_all((0..6).map(|_| async { acme.post("/v1/commercial-terms", terms()).await })).await;
        let mut versions: Vec<_> = replies.iter().filter(|reply| reply.status == 201).filter_map(|reply| reply["version"].as_i64()).collect();
        assert!(replies.iter().all(|reply| matches!(reply.status, 201 | 409)), "{replies:?}");
        versions.sort_unstable();
        assert_eq!(versions, (1..=versions.len() as i64).collect::<Vec<_>>());
    }
}
