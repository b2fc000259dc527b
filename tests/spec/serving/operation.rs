//! What operators and readers of the reference ask.

use crate::prelude::*;
use http_body_util::BodyExt as _;

async fn text(call: Call) -> (u16, String) {
    let response = call.open().await;
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.expect("a whole body").to_bytes();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

/// What a page loads: the values of `src` and `href`.
fn loaded(page: &str) -> Vec<&str> {
    let after = |mark: &'static str| page.split(mark).skip(1).filter_map(|rest| rest.split('"').next());
    after("src=\"").chain(after("href=\"")).collect()
}

spec! {
    async fn an_instance_with_its_database_is_ready(world) {
        world.anonymous().get("/health/live").await.expect(200);
        world.anonymous().get("/health/ready").await.expect(200);
    }

    async fn an_instance_with_another_schema_is_not_ready(world) {
        world.sql("DELETE FROM seaql_migrations").await;
        world.anonymous().get("/health/ready").await.refused(503, "database.not_migrated");
        world.anonymous().get("/health/live").await.expect(200);
    }

    async fn every_kind_of_problem_is_explained_where_its_type_leads(world) {
        let anybody = world.anonymous();
        let kinds = anybody.get("/problems").await.expect(200);
        assert!(kinds.rows().len() > 20);
        for kind in kinds.rows() {
            let code = kind["code"].as_str().expect("a code");
            assert_eq!(&anybody.get(format!("/problems/{code}")).await.expect(200).body, kind);
        }
        let refused = anybody.get("/v1/vendor").await.expect(401);
        anybody.get(refused.text("type")).await.expect(200);
        anybody.get("/problems/no.such").await.refused(404, "not_found");
    }

    async fn requests_are_counted_by_route(world) {
        let acme = world.vendor("Acme").await;
        acme.get("/v1/partners/ptn_01jd3k7x2mfq8t9v5w6y0zabcd").await.expect(404);
        let (status, metrics) = text(world.anonymous().get("/metrics")).await;
        assert_eq!(status, 200);
        let counted = r#"http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="404",http_route="/v1/partners/{id}"} 1"#;
        assert!(metrics.contains(counted), "{metrics}");
        assert!(metrics.contains("http_server_active_requests"));
    }

    async fn the_reference_page_runs_under_its_own_policy(world) {
        let answer = world.anonymous().get("/docs/").open().await;
        let policy = answer.headers()["content-security-policy"].to_str().expect("text").to_owned();
        assert!(policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"), "{policy}");
        let (_, page) = text(world.anonymous().get("/docs/")).await;
        for script in page.split("<script").skip(1) {
            let (attributes, inside) = script.split_once('>').expect("a tag");
            let inside = inside.split("</script>").next().unwrap_or_default();
            assert!(attributes.contains("src=\"") && inside.trim().is_empty(), "the policy keeps this script from running: {script}");
        }
        for handler in ["onload=", "onclick=", "onerror=", "javascript:"] {
            assert!(!page.contains(handler), "{handler}");
        }
    }

    async fn the_reference_page_needs_nothing_from_elsewhere(world) {
        let anybody = world.anonymous();
        let (status, page) = text(anybody.get("/docs/")).await;
        assert_eq!(status, 200);
        assert!(loaded(&page).len() > 4, "{page}");
        for asset in loaded(&page) {
            assert!(!asset.contains("//"), "{asset} lies elsewhere");
            assert_eq!(text(anybody.get(format!("/docs/{}", asset.trim_start_matches("./")))).await.0, 200, "{asset}");
        }
        let (_, document) = text(anybody.get("/openapi.json")).await;
        let document: Value = serde_json::from_str(&document).expect("a document");
        assert_eq!(document["openapi"], "3.1.0");
        assert!(document["webhooks"]["deal.approved"].is_object());
    }
}
