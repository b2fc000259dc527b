//! One vendor's flood leaves room for the others.

use crate::prelude::*;
use axum::body::{Body, Bytes};
use axum::http::Request;
use futures::FutureExt as _;
use server::Limits;
use std::time::Duration;
use tower::ServiceExt as _;

/// Room for eight, four of them at once.
fn small(limits: Limits) -> Limits {
    Limits { concurrency: 8, working: 4, body_pause: Duration::from_secs(600), time: Duration::from_secs(600), ..limits }
}

/// A write whose body is announced and never comes: it stays in hand until it is dropped.
fn hanging(world: &World, credential: &str, number: usize) -> impl Future<Output = axum::response::Response> + Unpin {
    let body = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
    let request = Request::post("/v1/partners")
        .header("authorization", format!("Bearer {credential}"))
        .header("content-type", "application/json")
        .header("idempotency-key", number.to_string());
    Box::pin(world.main.router.clone().oneshot(request.body(body).expect("a request")).map(|answer| answer.expect("an answer")))
}

spec! {
    async fn a_vendor_that_floods_is_refused_at_once_and_another_is_served(world [limits = small]) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        acme.get("/v1/vendor").await.expect(200);
        let mut flood: Vec<_> = (0..4).map(|number| hanging(world, &acme.key, number)).collect();
        assert!(flood.iter_mut().all(|request| request.now_or_never().is_none()), "in hand or waiting");
        let refused = acme.get("/v1/vendor").await.refused(503, "server.busy");
        assert_eq!(refused.header("retry-after"), Some("1"));
        // Half of it is left for whoever comes, and health checks need none of it.
        rival.get("/v1/vendor").await.expect(200);
        rival.post("/v1/partners", json!({ "name": "Northwind", "type": "reseller" })).await.expect(201);
        world.anonymous().get("/problems").await.expect(200);
        let mut second: Vec<_> = (0..2).map(|number| hanging(world, &rival.key, number)).collect();
        assert!(second.iter_mut().all(|request| request.now_or_never().is_none()));
        rival.get("/v1/vendor").await.refused(503, "server.busy");
        world.anonymous().get("/health/ready").await.expect(200);
        world.anonymous().get("/health/live").await.expect(200);
        drop(flood);
        acme.get("/v1/vendor").await.expect(200);
        drop(second);
        rival.get("/v1/vendor").await.expect(200);
    }

    async fn a_request_over_the_limit_is_refused_before_its_body_is_read(world [rates = access::limits::Settings { vendor: 3, credential: 0, failures: 0 }]) {
        let acme = world.vendor("Acme").await;
        for _ in 0..3 {
            acme.get("/v1/vendor").await.expect(200);
        }
        let answer = hanging(world, &acme.key, 1).now_or_never().expect("it does not wait for the body");
        assert_eq!(answer.status(), 429);
    }
}
