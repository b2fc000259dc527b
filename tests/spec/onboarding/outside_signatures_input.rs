//! Signature services as a vendor sets them up: what does not fit is refused, secrets stay secret, and whose they are counts.

use super::agreements::{published, reseller, signers};
use super::outside_signatures::{CONNECT_KEY, KINDS, Out, service};
use super::signature_peer::{API_KEY, key};
use crate::prelude::*;

const PATH: &str = "/v1/signature-services";

/// With this member of its credentials.
fn but(kind: &str, members: Value) -> Value {
    let mut body = service(kind, "http://127.0.0.1:9");
    body[kind] = with(body[kind].clone(), members);
    body
}

spec! {
    async fn what_does_not_fit_is_refused_at_its_place(world) {
        let acme = world.vendor("Acme").await;
        for kind in KINDS {
            let usual = service(kind, "http://127.0.0.1:9");
            for (members, place) in [
                (json!({ "base_url": "ftp://x" }), "/base_url"),
                (json!({ "base_url": "http://127.0.0.1:9/v3?x=1" }), "/base_url"),
                (json!({ "name": " " }), "/name"),
                (json!({ "kind": "paper" }), "/kind"),
                (json!({ kind: null }), if kind == "docusign" { "/docusign" } else { "/dropbox_sign" }),
            ] {
                acme.post(PATH, with(usual.clone(), members)).await.invalid_at(place);
            }
        }
        for (members, place) in [
            (json!({ "private_key": "a-key" }), "/docusign/private_key"),
            (json!({ "auth_url": "javascript:x" }), "/docusign/auth_url"),
            (json!({ "account_id": "" }), "/docusign/account_id"),
            (json!({ "hmac_keys": [" "] }), "/docusign/hmac_keys"),
        ] {
            acme.post(PATH, but("docusign", members)).await.invalid_at(place);
        }
        acme.post(PATH, but("dropbox_sign", json!({ "api_key": " " }))).await.invalid_at("/dropbox_sign/api_key");
        let both = with(service("docusign", "http://127.0.0.1:9"), json!({ "dropbox_sign": { "api_key": "x" } }));
        acme.post(PATH, both).await.invalid_at("/dropbox_sign");
        assert!(acme.get(PATH).await.expect(200).rows().is_empty());
    }

    async fn secrets_are_sealed_and_never_shown(world) {
        let acme = world.vendor("Acme").await;
        let secrets = [CONNECT_KEY, API_KEY, &key().0[40..80]];
        for kind in KINDS {
            let made = acme.post(PATH, service(kind, "http://127.0.0.1:9")).await.expect(201);
            let path = format!("{PATH}/{}", made.id());
            let read = acme.get(&path).await.expect(200);
            let patched = acme.patch(&path, json!({ "name": "Another name" })).if_match(1).await.expect(200);
            assert_eq!((&patched["name"], &patched["revision"], &patched["kind"]), (&json!("Another name"), &json!(2), &json!(kind)));
            acme.patch(&path, json!({ "name": "Stale" })).if_match(1).await.refused(412, "revision.stale");
            let events = acme.get("/v1/events?type=signature_service.*").await.expect(200);
            for shown in [&made, &read, &patched, &events, &acme.get(PATH).await.expect(200)] {
                assert!(secrets.iter().all(|secret| !shown.body.to_string().contains(secret)), "{shown}");
            }
        }
        let stored = world.stored().await;
        assert!(secrets.iter().all(|secret| !stored.windows(secret.len()).any(|part| part == secret.as_bytes())));
    }

    async fn a_service_of_another_vendor_is_not_there(world) {
        let out = Out::new(world, "docusign").await;
        let stranger = world.vendor("Stranger").await;
        let path = format!("{PATH}/{}", out.service.id());
        stranger.get(&path).await.refused(404, "not_found");
        stranger.patch(&path, json!({ "name": "Mine" })).if_match(1).await.refused(404, "not_found");
        stranger.delete(&path).await.refused(404, "not_found");
        let template = with(reseller(), json!({ "signature_service_id": out.service.id() }));
        stranger.post("/v1/agreement-templates", template).await.invalid_at("/signature_service_id");
        assert!(stranger.get(PATH).await.expect(200).rows().is_empty());
        let sam = out.northwind.person("partner_admin").await;
        sam.get(&path).await.refused(403, "auth.forbidden");
        sam.get(PATH).await.refused(403, "auth.forbidden");
    }

    async fn a_service_goes_when_nothing_is_with_it(world) {
        let out = Out::new(world, "dropbox_sign").await;
        let path = format!("{PATH}/{}", out.service.id());
        out.acme.delete(&path).await.refused(409, "signature_service.busy");
        out.acme.post(format!("{}/void", out.path()), json!({ "reason": "A mistake." })).await.expect(200);
        world.settle().await;
        out.acme.delete(&path).await.expect(204);
        out.acme.get(&path).await.refused(404, "not_found");
        let body = json!({ "partner_id": out.northwind.id, "kind": "reseller", "send": true, "signers": signers("sam@northwind.example", "kim@acme.example") });
        out.acme.post("/v1/agreements", body).await.refused(409, "signature_service.gone");
        let event = out.event("voided", world.now());
        event.comes(world).await.refused(404, "signature_service.event");
    }

    async fn a_vendor_has_so_many_services_and_no_more(world) {
        let acme = world.vendor("Acme").await;
        for _ in 0..20 {
            acme.post(PATH, service("dropbox_sign", "http://127.0.0.1:9")).await.expect(201);
        }
        acme.post(PATH, service("dropbox_sign", "http://127.0.0.1:9")).await.refused(409, "signature_service.too_many");
        let first = acme.all(&format!("{PATH}?limit=7")).await;
        assert_eq!(first.len(), 20);
    }

    async fn private_addresses_are_not_called(world [private_receivers = false]) {
        let acme = world.vendor("Acme").await;
        for url in ["https://127.0.0.1", "https://localhost", "http://sign.example.com", "https://169.254.169.254"] {
            acme.post(PATH, service("dropbox_sign", url)).await.invalid_at("/base_url");
        }
        let inside = with(service("docusign", "https://127.0.0.1"), json!({ "base_url": "https://eu.docusign.net/restapi" }));
        acme.post(PATH, inside).await.invalid_at("/docusign/auth_url");
    }

    async fn of_two_templates_one_is_signed_here_and_one_outside(world) {
        let out = Out::waiting(world, "docusign").await;
        published(&out.acme, with(reseller(), json!({ "name": "nda", "kind": "nda" }))).await;
        let body = json!({ "partner_id": out.northwind.id, "kind": "nda", "send": true, "signers": signers("sam@northwind.example", "kim@acme.example") });
        let here = out.acme.post("/v1/agreements", body).await.expect(201);
        world.settle().await;
        assert!(here["signature_request"].is_null() && here["available_actions"].to_string().contains("remind"), "{here}");
        assert_eq!(out.peer.made().len(), 1);
    }
}
