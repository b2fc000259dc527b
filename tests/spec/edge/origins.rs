//! Which web pages may call from a browser.

use crate::prelude::*;
use server::Limits;

const PORTAL: &str = "https://portal.acme.example";
const EVERYWHERE: &str = "https://console.operator.example";

fn with_operators_origin(limits: Limits) -> Limits {
    Limits { origins: vec![EVERYWHERE.parse().expect("a header's value")], ..limits }
}

async fn acme_with_portal(world: &World) -> Vendor {
    let acme = world.vendor("Acme").await;
    acme.patch("/v1/vendor", json!({ "allowed_origins": [PORTAL] })).if_match(1).await.expect(200);
    acme
}

fn preflight(client: &Client, path: &str, origin: &str) -> Call {
    client
        .call(Method::OPTIONS, path)
        .header("origin", origin)
        .header("access-control-request-method", "PATCH")
        .header("access-control-request-headers", "authorization,if-match,content-type")
}

fn allowed(reply: &Reply) -> Option<&str> {
    reply.header("access-control-allow-origin")
}

spec! {
    async fn a_page_that_its_callers_vendor_lists_may_read_the_answer(world [limits = with_operators_origin]) {
        let (acme, rival) = (acme_with_portal(world).await, world.vendor("Rival").await);
        let answer = acme.get("/v1/vendor").header("origin", PORTAL).await.expect(200);
        assert_eq!(allowed(&answer), Some(PORTAL));
        let exposed = answer.header("access-control-expose-headers").expect("exposed headers");
        for name in ["etag", "location", "retry-after", "x-request-id", "idempotent-replayed", "ratelimit", "ratelimit-policy"] {
            assert!(exposed.split(", ").any(|exposed| exposed == name), "{name} is not in {exposed}");
        }
        assert_eq!(answer.header("access-control-allow-credentials"), None, "credentials are sent in a header, never by the browser itself");
        // Not with another vendor's credential, not from another page, and from the operator's with any.
        assert_eq!(allowed(&rival.get("/v1/vendor").header("origin", PORTAL).await.expect(200)), None);
        assert_eq!(allowed(&acme.get("/v1/vendor").header("origin", "https://evil.example").await.expect(200)), None);
        assert_eq!(allowed(&acme.get("/v1/vendor").header("origin", "null").await.expect(200)), None);
        for vendor in [&acme, &rival] {
            assert_eq!(allowed(&vendor.get("/v1/vendor").header("origin", EVERYWHERE).await.expect(200)), Some(EVERYWHERE));
        }
    }

    async fn a_page_may_read_why_it_was_refused(world) {
        let acme = acme_with_portal(world).await;
        assert_eq!(allowed(&acme.get("/v1/nowhere").header("origin", PORTAL).await.expect(404)), Some(PORTAL));
        assert_eq!(allowed(&world.anonymous().get("/v1/vendor").header("origin", PORTAL).await.expect(401)), Some(PORTAL));
        assert_eq!(allowed(&world.anonymous().get("/problems").header("origin", PORTAL).await.expect(200)), Some(PORTAL));
        assert_eq!(allowed(&world.anonymous().get("/problems").header("origin", "https://evil.example").await.expect(200)), None);
    }

    async fn a_preflight_is_answered_for_whoever_is_listed_by_anybody(world [limits = with_operators_origin]) {
        acme_with_portal(world).await;
        let anybody = world.anonymous();
        for origin in [PORTAL, EVERYWHERE] {
            let leave = preflight(&anybody, "/v1/deals", origin).open().await;
            let header = |name: &str| leave.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
            assert_eq!((leave.status().as_u16(), header("access-control-allow-origin").as_str()), (204, origin));
            assert!(header("access-control-allow-methods").contains("PATCH"));
            for name in ["authorization", "if-match", "content-type", "idempotency-key", "last-event-id"] {
                assert!(header("access-control-allow-headers").contains(name), "{name}");
            }
            assert!(header("vary").contains("origin") && !header("access-control-max-age").is_empty());
        }
        for origin in ["https://evil.example", "null", "https://portal.acme.example.evil.example", "http://portal.acme.example"] {
            let leave = preflight(&anybody, "/v1/deals", origin).open().await;
            assert!(leave.headers().get("access-control-allow-origin").is_none(), "{origin}");
            assert!(leave.headers().get("access-control-allow-methods").is_none(), "{origin}");
        }
    }

    async fn answers_differ_by_origin_and_say_so(world) {
        let acme = acme_with_portal(world).await;
        for call in [acme.get("/v1/vendor"), acme.get("/v1/vendor").header("origin", PORTAL), acme.get("/v1/vendor").header("origin", "https://evil.example")] {
            let vary: Vec<_> = call.await.headers.get_all("vary").iter().map(|value| value.to_str().expect("text").to_owned()).collect();
            assert!(vary.iter().any(|vary| vary.split(", ").any(|name| name == "origin")), "{vary:?}");
        }
    }

    async fn a_change_is_known_at_once_and_elsewhere_within_half_a_minute(world) {
        let acme = acme_with_portal(world).await;
        let other = world.another_instance().await;
        let there = acme.at(&other);
        assert_eq!(allowed(&there.get("/v1/vendor").header("origin", PORTAL).await), Some(PORTAL));
        acme.patch("/v1/vendor", json!({ "allowed_origins": [] })).if_match(2).await.expect(200);
        assert_eq!(allowed(&acme.get("/v1/vendor").header("origin", PORTAL).await), None);
        // However lost the notification of it was.
        world.clock.advance(seconds(30));
        assert_eq!(allowed(&there.get("/v1/vendor").header("origin", PORTAL).await), None);
        assert_eq!(preflight(&there, "/v1/vendor", PORTAL).open().await.headers().get("access-control-allow-origin"), None);
    }
}
