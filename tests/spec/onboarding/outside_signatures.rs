//! Agreements that DocuSign or Dropbox Sign has signed: what becomes of them there is what becomes of them here.

use super::agreements::{published, reseller, signers};
use super::signature_peer::{ACCOUNT, API_KEY, Ending, Failure, Made, Peer, SIGNED, Standing, key};
use crate::prelude::*;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};

/// Both kinds of services.
pub const KINDS: [&str; 2] = ["docusign", "dropbox_sign"];
/// What Connect signs with.
pub const CONNECT_KEY: &str = "a-key-of-connect";

/// A service of this kind at `url`, as a vendor writes it.
pub fn service(kind: &str, url: &str) -> Value {
    match kind {
        "docusign" => json!({ "name": "Our DocuSign", "kind": kind, "base_url": format!("{url}/restapi"), "docusign": { "auth_url": url,
            "account_id": ACCOUNT, "integration_key": "an-integration", "user_id": "a-user", "private_key": key().0, "hmac_keys": ["an-old-key", CONNECT_KEY] } }),
        _ => json!({ "name": "Our Dropbox Sign", "kind": kind, "base_url": format!("{url}/v3"),
            "dropbox_sign": { "api_key": API_KEY, "client_id": "an-api-app", "test_mode": true } }),
    }
}

/// An agreement that was sent, of a vendor with such a service.
pub struct Out {
    pub kind: &'static str,
    pub acme: Vendor,
    pub northwind: Partner,
    pub peer: Peer,
    pub service: Reply,
    pub agreement: String,
}

/// An event of a service, as it is sent.
#[derive(Clone)]
pub struct Event {
    pub path: String,
    pub content_type: &'static str,
    pub signature: String,
    pub body: String,
}

impl Event {
    pub async fn comes(&self, world: &World) -> Reply {
        let call = world.anonymous().call(Method::POST, &self.path).raw(self.content_type, self.body.clone());
        call.header("x-docusign-signature-1", "AAAA").header("x-docusign-signature-2", &self.signature).await
    }
}

pub fn tag(key: &str, of: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), of.as_bytes()).as_ref().to_vec()
}

impl Out {
    pub async fn new(world: &World, kind: &'static str) -> Self {
        let out = Self::waiting(world, kind).await;
        world.settle().await;
        out
    }

    /// One that nobody has asked the service for yet.
    pub async fn waiting(world: &World, kind: &'static str) -> Self {
        let (acme, peer) = (world.vendor("Acme").await, Peer::start(world).await);
        let service = acme.post("/v1/signature-services", service(kind, &peer.url)).await.expect(201);
        published(&acme, with(reseller(), json!({ "signature_service_id": service.id() }))).await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "country": "DE" })).await;
        let body =
            json!({ "partner_id": northwind.id, "kind": "reseller", "send": true, "signers": signers("sam@northwind.example", "kim@acme.example") });
        let agreement = acme.post("/v1/agreements", body).await.expect(201).id();
        Self { kind, acme, northwind, peer, service, agreement }
    }

    pub fn path(&self) -> String {
        format!("/v1/agreements/{}", self.agreement)
    }

    pub async fn read(&self) -> Reply {
        self.acme.get(self.path()).await.expect(200)
    }

    /// How the agreement stands, and its request.
    pub async fn stands(&self) -> (String, String) {
        let read = self.read().await;
        (read.text("status"), read["signature_request"]["status"].as_str().unwrap_or_default().to_owned())
    }

    pub fn made(&self) -> Made {
        self.peer.made().last().expect("a request").clone()
    }

    /// The types of its events, in order.
    pub async fn told(&self) -> Vec<String> {
        let events = self.acme.all(&format!("/v1/events?subject={}", self.agreement)).await;
        events.iter().map(|event| event["type"].as_str().unwrap_or_default().trim_start_matches("agreement.").to_owned()).collect()
    }

    /// The service's event that the newest request was `signed`, `completed`, `declined` or `voided`, as it would be told at this time.
    pub fn event(&self, what: &str, at: DateTime<Utc>) -> Event {
        let path = self.service.text("events_url").trim_start_matches(spec::world::PUBLIC_URL).to_owned();
        let id = self.made().id;
        if self.kind == "docusign" {
            let name = if what == "signed" { "recipient-completed".to_owned() } else { format!("envelope-{what}") };
            let body = json!({ "event": name, "apiVersion": "v2.1", "retryCount": 0, "configurationId": 1, "generatedDateTime": at.to_rfc3339(),
                "data": { "accountId": ACCOUNT, "userId": "a-user", "envelopeId": id } });
            let body = body.to_string();
            return Event { path, content_type: "application/json", signature: STANDARD.encode(tag(CONNECT_KEY, &body)), body };
        }
        let name = match what {
            "completed" => "signature_request_all_signed".to_owned(),
            "voided" => "signature_request_canceled".to_owned(),
            other => format!("signature_request_{other}"),
        };
        let time = at.timestamp().to_string();
        let hash: String = tag(API_KEY, &format!("{time}{name}")).iter().map(|byte| format!("{byte:02x}")).collect();
        let told =
            json!({ "event": { "event_time": time, "event_type": name, "event_hash": hash }, "signature_request": { "signature_request_id": id } });
        let body = format!("--b\r\nContent-Disposition: form-data; name=\"json\"\r\n\r\n{told}\r\n--b--\r\n");
        Event { path, content_type: "multipart/form-data; boundary=b", signature: String::new(), body }
    }

    /// The service tells so, and what follows from it happens.
    pub async fn hears(&self, world: &World, what: &str) {
        self.event(what, world.now()).comes(world).await.expect(200);
        world.settle().await;
    }
}

fn pair(agreement: &str, request: &str) -> (String, String) {
    (agreement.to_owned(), request.to_owned())
}

spec! {
    async fn a_service_has_an_agreement_signed_as_if_it_were_signed_here(world) {
        for kind in KINDS {
            let out = Out::new(world, kind).await;
            let (read, made) = (out.read().await, out.made());
            assert_eq!((read["status"].clone(), read["signature_request"]["status"].clone(), read["signature_request"]["external_id"].clone()), (json!("sent"), json!("out"), json!(made.id)));
            let document = out.acme.get(format!("{}/pdf?part=document", out.path())).await.expect(200).bytes;
            assert_eq!(made.file, document, "the same file");
            let who: Vec<_> = made.signers.iter().map(|one| (one.0.as_str(), one.1.as_str())).collect();
            assert_eq!(who, [("Somebody", "sam@northwind.example"), ("A colleague", "kim@acme.example")]);
            assert_eq!((&read["due_person_id"], &read["due_signer_id"], &read["available_actions"]), (&Value::Null, &Value::Null, &json!(["void"])));
            out.acme.post(format!("{}/remind", out.path()), json!(null)).await.refused(409, "agreement.signed_outside");

            out.peer.stands(0, Standing::Signed);
            out.hears(world, "signed").await;
            assert_eq!(out.stands().await, pair("partly_signed", "out"));
            out.peer.stands(1, Standing::Signed);
            out.hears(world, "completed").await;
            assert_eq!(out.stands().await, pair("signed", "done"));
            assert_eq!(out.told().await, ["created", "sent", "signed_by", "signed_by", "completed"]);
            let read = out.read().await;
            let evidence = &read["signers"][1]["evidence"];
            assert_eq!((&evidence["identity"], &evidence["service"], &evidence["typed_name"]), (&json!("service"), &json!(kind), &json!("A colleague")));
            assert!(evidence["reference"].is_string() && evidence["address"].is_null(), "{evidence}");
            let contracts = out.acme.get(format!("/v1/partners/{}/contracts", out.northwind.id)).await.expect(200);
            assert_eq!(contracts.rows()[0]["id"], read["contract_id"]);
            let sam = out.northwind.person("executive").await;
            assert_eq!(sam.get(format!("{}/pdf?part=completed", out.path())).await.expect(200).bytes, SIGNED, "the service's own file");
            let signature = out.acme.get(format!("{}/signature", out.path())).await.expect(200);
            let verified = world.anonymous().post("/v1/agreement-verifications", json!({ "statement": signature["statement"] })).await.expect(200);
            assert_eq!((&verified["status"], &verified["claims"]["sub"]), (&json!("valid"), &json!(out.agreement)));
            out.peer.calls();
            world.pass(days(2)).await;
            assert!(out.peer.calls().is_empty(), "what is over is not asked about");
        }
    }

    async fn what_a_signer_sees_tells_nothing_of_the_vendors_troubles(world) {
        let out = Out::new(world, "docusign").await;
        out.peer.fails("look", Failure::Status(503, 0));
        world.pass(hours(1)).await;
        let sam = out.northwind.person("executive").await;
        let (inside, outside) = (out.read().await, sam.get(out.path()).await.expect(200));
        assert_eq!(inside["signature_request"]["error"], "It answered with status 503 (A_CODE).");
        assert!(outside["signature_request"]["error"].is_null() && outside["signature_request"]["checked_at"].is_null(), "{outside}");
        assert_eq!(outside["available_actions"], json!([]));
        sam.post(format!("{}/decline", out.path()), json!({ "reason": "No." })).await.refused(409, "agreement.signed_outside");
    }

    async fn who_declines_there_declines_here(world) {
        for kind in KINDS {
            let out = Out::new(world, kind).await;
            out.peer.stands(0, Standing::Signed);
            out.peer.stands(1, Standing::Declined("Clause 4."));
            out.hears(world, "declined").await;
            let read = out.read().await;
            assert_eq!((&read["status"], &read["reason"], &read["signers"][1]["status"]), (&json!("declined"), &json!("Clause 4."), &json!("declined")));
            assert_eq!(out.told().await, ["created", "sent", "signed_by", "declined"]);
        }
    }

    async fn what_is_taken_back_or_runs_out_there_does_so_here_even_if_no_event_comes(world) {
        for kind in KINDS {
            for (ending, status) in [(Ending::Voided("A mistake.".into()), "voided"), (Ending::Expired, "expired")] {
                let out = Out::new(world, kind).await;
                out.peer.ends(ending);
                world.pass(hours(1)).await;
                assert_eq!(out.stands().await, pair(status, "done"), "{kind}");
                assert_eq!(out.told().await, ["created", "sent", status], "{kind}");
            }
        }
    }

    async fn taking_an_agreement_back_takes_it_back_there_first(world) {
        for kind in KINDS {
            let out = Out::new(world, kind).await;
            let void = out.acme.post(format!("{}/void", out.path()), json!({ "reason": "A mistake in clause 2." })).await.expect(200);
            assert_eq!((&void["status"], &void["signature_request"]["status"]), (&json!("sent"), &json!("taking_back")));
            out.acme.post(format!("{}/void", out.path()), json!({ "reason": "Again." })).await.refused(409, "agreement.taken_back");
            world.settle().await;
            let read = out.read().await;
            assert_eq!((&read["status"], &read["reason"]), (&json!("voided"), &json!("A mistake in clause 2.")));
            let voided = if kind == "docusign" { "A mistake in clause 2." } else { "" };
            assert_eq!(out.made().ending, Some(Ending::Voided(voided.into())));
            assert_eq!(out.told().await, ["created", "sent", "void_requested", "voided"]);
        }
    }

    async fn whoever_signs_before_it_is_taken_back_has_signed(world) {
        for kind in KINDS {
            let out = Out::new(world, kind).await;
            out.acme.post(format!("{}/void", out.path()), json!({ "reason": "A mistake." })).await.expect(200);
            out.peer.all_sign();
            world.settle().await;
            assert_eq!(out.stands().await, pair("signed", "done"));
            assert_eq!(out.made().ending, None);
        }
    }

    async fn when_its_time_is_over_it_is_taken_back_there(world) {
        let out = Out::new(world, "docusign").await;
        world.pass(days(30)).await;
        world.settle().await;
        assert_eq!(out.stands().await, pair("expired", "done"));
        assert!(matches!(out.made().ending, Some(Ending::Voided(_))));
    }

    async fn what_a_signer_who_is_erased_was_to_sign_is_taken_back_there(world) {
        let out = Out::new(world, "dropbox_sign").await;
        out.acme.post("/v1/privacy/erasures", json!({ "email": "sam@northwind.example" })).await.expect(202);
        world.settle().await;
        assert_eq!(out.stands().await, pair("voided", "done"));
        assert!(matches!(out.made().ending, Some(Ending::Voided(_))));
    }
}
