//! How often one may call.

use crate::prelude::*;
use access::limits::Settings;
use server::frame::{ForwardedBy, Proxies};
use spec::world::Options;

/// Few requests a minute: ten of 60 at once, then one a second; of a vendor a second's worth, which is 20.
const FEW: Settings = Settings { vendor: 1_200, credential: 60, failures: 60 };
const NONE: Settings = Settings { vendor: 0, credential: 0, failures: 0 };

async fn call_until_refused(client: &Client) -> usize {
    let mut answered = 0;
    while client.get("/v1/vendor").await.status == 200 {
        answered += 1;
        assert!(answered < 1_000, "never refused");
    }
    answered
}

spec! {
    async fn a_caller_is_told_where_it_stands_and_refused_when_it_calls_too_often(world [rates = FEW]) {
        let acme = world.vendor("Acme").await;
        let first = acme.get("/v1/vendor").await.expect(200);
        assert_eq!(first.header("ratelimit-policy"), Some(r#""key";q=60;w=60, "vendor";q=1200;w=60"#));
        assert_eq!(first.header("ratelimit"), Some(r#""key";r=9;t=1, "vendor";r=19;t=1"#));
        assert_eq!(call_until_refused(&acme).await, 9);
        let refused = acme.get("/v1/vendor").await.refused(429, "quota.exceeded");
        assert_eq!((refused.header("retry-after"), refused.header("ratelimit")), (Some("1"), Some(r#""key";r=0;t=1"#)));
        assert_eq!(refused["type"], "https://iana.org/assignments/http-problem-types#quota-exceeded");
        assert_eq!(refused["violated-policies"], json!(["key"]));
        world.clock.advance(seconds(1));
        acme.get("/v1/vendor").await.expect(200);
        acme.get("/v1/vendor").await.refused(429, "quota.exceeded");
        world.clock.advance(seconds(600));
        assert_eq!(call_until_refused(&acme).await, 10, "no more is saved up than may come at once");
    }

    async fn what_is_refused_for_any_other_reason_counts_and_says_so_too(world [rates = FEW]) {
        let acme = world.vendor("Acme").await;
        for (reply, left) in [
            (acme.get("/v1/nowhere").await.expect(404), 9),
            (acme.get("/v1/partners/ptn_01jd3k7x2mfq8t9v5w6y0zabcd").await.expect(404), 8),
            (acme.post("/v1/partners", json!({})).await.expect(422), 7),
            (acme.patch("/v1/vendor", json!({})).await.expect(428), 6),
            (acme.get("/health/live").await.expect(200), 5),
        ] {
            assert_eq!(reply.header("ratelimit"), Some(format!(r#""key";r={left};t={}, "vendor";r={};t=1"#, 10 - left, left + 10).as_str()), "{reply}");
        }
    }

    async fn one_key_does_not_use_up_anothers_quota_but_all_share_their_vendors(world [rates = FEW]) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let (second, third) = (acme.makes_key("finance", &[]).await, acme.makes_key("finance", &[]).await);
        assert_eq!(call_until_refused(&acme).await, 8);
        assert_eq!(call_until_refused(&second).await, 10);
        let refused = third.get("/v1/vendor").await.refused(429, "quota.exceeded");
        assert_eq!(refused["violated-policies"], json!(["vendor"]));
        assert_eq!(call_until_refused(&rival).await, 10, "another vendor is not concerned");
    }

    async fn a_person_has_a_quota_whatever_token_it_comes_with(world [rates = FEW]) {
        let acme = world.vendor("Acme").await;
        let seller = acme.adds_partner("Northwind").await.person("sales").await;
        assert!(seller.get("/v1/partners").await.expect(200).header("ratelimit").is_some_and(|limit| limit.starts_with(r#""person";r=9;"#)));
        world.clock.advance(seconds(60));
        while seller.get("/v1/partners").await.status == 200 {}
        let anew = seller.anew().await;
        anew.get("/v1/partners").await.refused(429, "quota.exceeded");
    }

    async fn no_limit_is_no_header(world [rates = NONE]) {
        let acme = world.vendor("Acme").await;
        let reply = acme.get("/v1/vendor").await.expect(200);
        assert_eq!((reply.header("ratelimit"), reply.header("ratelimit-policy")), (None, None));
    }

    async fn the_operator_limits_one_vendor_apart(world [rates = NONE]) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        acme.get("/v1/vendor").await.expect(200);
        access::vendors::limit_by_operator(world.app(), acme.id.parse().expect("an id"), Some(6)).await.expect("a limit");
        assert_eq!(acme.get("/v1/vendor").await.expect(200).header("ratelimit-policy"), Some(r#""vendor";q=6;w=60"#));
        assert_eq!(acme.get("/v1/vendor").await.expect(200)["rate_limit"], 6);
        assert_eq!(call_until_refused(&acme).await, 4);
        rival.get("/v1/vendor").await.expect(200);
        access::vendors::limit_by_operator(world.app(), acme.id.parse().expect("an id"), None).await.expect("as everybody");
        assert_eq!(acme.get("/v1/vendor").await.expect(200).header("ratelimit"), None);
        let told = acme.get("/v1/events?type=vendor.updated").await.expect(200);
        assert_eq!(told.rows().iter().map(|event| event["data"]["changed"].clone()).collect::<Vec<_>>(), [json!(["rate_limit"]), json!(["rate_limit"])]);
    }

    async fn whom_no_credential_lets_in_is_told_so_only_so_often(world [rates = FEW]) {
        let acme = world.vendor("Acme").await;
        let guess = || world.bearing("prm_guess").get("/v1/vendor").from("203.0.113.9");
        for _ in 0..10 {
            guess().await.refused(401, "auth.required");
        }
        let refused = guess().await.refused(429, "quota.exceeded");
        assert_eq!((refused.header("retry-after"), &refused["violated-policies"]), (Some("1"), &json!(["failures"])));
        world.anonymous().get("/v1/vendor").from("203.0.113.9").await.refused(429, "quota.exceeded");
        // Neither a good credential from there nor anybody elsewhere is concerned, nor what needs no credential.
        acme.get("/v1/vendor").from("203.0.113.9").await.expect(200);
        world.bearing("prm_guess").get("/v1/vendor").from("203.0.113.10").await.refused(401, "auth.required");
        world.anonymous().get("/problems").from("203.0.113.9").await.expect(200);
        world.clock.advance(seconds(1));
        guess().await.refused(401, "auth.required");
    }

    async fn nobody_escapes_by_claiming_other_addresses(world [rates = FEW]) {
        for number in 0..10 {
            let claims = format!("198.51.100.{number}");
            let guess = world.anonymous().get("/v1/vendor").from("203.0.113.9").header("x-forwarded-for", &claims).header("forwarded", &format!("for={claims}"));
            guess.await.refused(401, "auth.required");
        }
        world.anonymous().get("/v1/vendor").from("203.0.113.9").header("x-forwarded-for", "198.51.100.77").await.refused(429, "quota.exceeded");
    }

    async fn behind_a_trusted_proxy_each_client_counts_by_itself_and_cannot_lie(world) {
        let behind = world.another_instance_like(Options {
            rates: FEW,
            limits: |limits| server::Limits {
                proxies: Proxies { trusted: vec!["10.0.0.0/8".parse().expect("a network")], header: ForwardedBy::XForwardedFor },
                ..limits
            },
            ..Options::default()
        }).await;
        let anybody = Client::new(&behind, None);
        let through = |line: String| anybody.get("/v1/vendor").from("10.0.0.1").header("x-forwarded-for", &line);
        for number in 0..10 {
            through(format!("198.51.100.{number}, 203.0.113.9")).await.refused(401, "auth.required");
        }
        through("192.0.2.1, 203.0.113.9".into()).await.refused(429, "quota.exceeded");
        through("203.0.113.9, 203.0.113.10".into()).await.refused(401, "auth.required");
        // Who is no proxy speaks for nobody but itself.
        anybody.get("/v1/vendor").from("203.0.113.11").header("x-forwarded-for", "203.0.113.9").await.refused(401, "auth.required");
    }
}
