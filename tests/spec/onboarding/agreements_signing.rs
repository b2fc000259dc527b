//! Who may sign, when and how: everybody else gets a problem, and nothing is half done.

use super::agreements::{Sent, published, reseller, signers};
use crate::prelude::*;

/// A stranger's agreement, and the secret of their link.
async fn to_a_stranger(world: &World) -> (Vendor, String, String) {
    let acme = world.vendor("Acme").await;
    published(&acme, reseller()).await;
    let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "country": "DE" })).await;
    let body =
        json!({ "partner_id": northwind.id, "kind": "reseller", "send": true, "signers": signers("sam@northwind.example", "kim@acme.example") });
    let agreement = acme.post("/v1/agreements", body).await.expect(201).id();
    let link = acme.post(format!("/v1/agreements/{agreement}/remind"), json!(null)).await.expect(200).text("link");
    assert!(link.starts_with("https://partners.acme.example/sign#agreement="), "{link}");
    (acme, agreement, secret_in(&link))
}

async fn signature(world: &World, secret: &str) -> Value {
    let open = world.anonymous().post("/v1/public/agreements/open", json!({ "secret": secret })).await.expect(200);
    json!({ "intent": true, "consent": open["consent"], "typed_name": open["name"], "document_sha256": open["document_sha256"] })
}

async fn by_link(world: &World, secret: &str, signature: Value) -> Reply {
    let call = world.anonymous().post("/v1/public/agreements/sign", json!({ "secret": secret, "signature": signature }));
    call.header("user-agent", "A browser").from("203.0.113.7").await
}

spec! {
    async fn a_stranger_signs_by_the_link_of_their_letter_once(world) {
        let (acme, agreement, secret) = to_a_stranger(world).await;
        let signature = signature(world, &secret).await;
        let own = by_link(world, &secret, signature.clone()).await.expect(200);
        assert_eq!((&own["status"], &own["signer_status"], &own["available_actions"]), (&json!("partly_signed"), &json!("signed"), &json!([])));
        let read = acme.get(format!("/v1/agreements/{agreement}")).await.expect(200);
        let evidence = &read["signers"][0]["evidence"];
        assert_eq!((&evidence["identity"], &evidence["user_agent"], &evidence["address"]), (&json!("link"), &json!("A browser"), &json!("203.0.113.7")));
        assert_eq!((&evidence["consent"], &evidence["document_sha256"]), (&read["consent"], &read["document_sha256"]));
        by_link(world, &secret, signature).await.refused(409, "agreement.already_signed");
        assert_eq!(acme.all("/v1/events?type=agreement.signed_by").await.len(), 1);
        world.anonymous().post("/v1/public/agreements/pdf", json!({ "secret": secret })).await.expect(200);
    }

    async fn only_who_was_invited_signs_in_turn(world) {
        let sent = Sent::new(world).await;
        let (colleague, outsider) = (sent.northwind.person("partner_admin").await, sent.acme.adds_partner("Southridge").await.person("partner_admin").await);
        sent.signs(&sent.acme, 0).await.refused(409, "agreement.not_invited");
        sent.signs(&colleague, 0).await.refused(409, "agreement.not_invited");
        sent.signs(&outsider, 0).await.refused(404, "not_found");
        outsider.get(format!("/v1/agreements/{}", sent.agreement)).await.refused(404, "not_found");
        outsider.get(format!("/v1/agreements/{}/pdf", sent.agreement)).await.refused(404, "not_found");
        assert!(outsider.get("/v1/agreements").await.expect(200).rows().is_empty());
        sent.signs(&sent.kim, 1).await.refused(409, "agreement.out_of_turn");
        assert_eq!((&sent.read().await["status"], sent.acme.all("/v1/events?type=agreement.signed_by").await.len()), (&json!("sent"), 0));
        sent.signs(&sent.sam, 0).await.expect(200);
        sent.signs(&sent.sam, 0).await.refused(409, "agreement.already_signed");
    }

    async fn what_is_said_is_what_is_asked_for(world) {
        let sent = Sent::new(world).await;
        let (path, good) = (format!("/v1/agreements/{}/sign", sent.agreement), sent.signature(0).await);
        for (more, at) in [
            (json!({ "intent": false }), "/intent"),
            (json!({ "consent": "Yes." }), "/consent"),
            (json!({ "typed_name": "Mickey Mouse" }), "/typed_name"),
        ] {
            sent.sam.post(&path, with(good.clone(), more)).await.invalid_at(at);
        }
        sent.sam.post(&path, with(good.clone(), json!({ "document_sha256": "0".repeat(64) }))).await.refused(409, "agreement.other_document");
        assert_eq!(sent.read().await["status"], "sent");
        sent.sam.post(&path, with(good, json!({ "typed_name": "  SOMEBODY " }))).await.expect(200);
    }

    async fn of_two_who_sign_at_once_with_one_link_one_wins(world [connections = 20]) {
        let (acme, _, secret) = to_a_stranger(world).await;
        let signature = signature(world, &secret).await;
        let replies = join_all((0..8).map(|_| by_link(world, &secret, signature.clone()))).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
        assert!(replies.iter().all(|reply| reply.status == 200 || reply["code"] == "agreement.already_signed"));
        assert_eq!(acme.all("/v1/events?type=agreement.signed_by").await.len(), 1);
    }

    async fn who_declines_and_who_takes_it_back_end_it(world) {
        let (acme, agreement, secret) = to_a_stranger(world).await;
        let signature = signature(world, &secret).await;
        let declined = world.anonymous().post("/v1/public/agreements/decline", json!({ "secret": secret, "reason": "Clause 4." })).await.expect(200);
        assert_eq!(declined["status"], "declined");
        by_link(world, &secret, signature).await.refused(409, "agreement.illegal_move");
        acme.post(format!("/v1/agreements/{agreement}/void"), json!({ "reason": "Too late." })).await.refused(409, "agreement.illegal_move");
        let sent = Sent::new(world).await;
        sent.signs(&sent.sam, 0).await.expect(200);
        let void = sent.acme.post(format!("/v1/agreements/{}/void", sent.agreement), json!({ "reason": "A mistake in clause 2." })).await.expect(200);
        assert_eq!((&void["status"], &void["reason"]), (&json!("voided"), &json!("A mistake in clause 2.")));
        sent.signs(&sent.kim, 1).await.refused(409, "agreement.illegal_move");
    }

    async fn a_draft_is_out_of_a_partners_reach_until_it_is_sent(world) {
        let sent = Sent::new(world).await;
        let read = sent.read().await;
        let emails = (read["signers"][0]["email"].as_str().expect("text"), read["signers"][1]["email"].as_str().expect("text"));
        let body = json!({ "partner_id": sent.northwind.id, "kind": "reseller", "signers": signers(emails.0, emails.1) });
        let draft = sent.acme.post("/v1/agreements", body).await.expect(201);
        let path = format!("/v1/agreements/{}", draft.id());
        sent.sam.get(&path).await.refused(404, "not_found");
        sent.acme.post(format!("{path}/remind"), json!(null)).await.refused(409, "agreement.illegal_move");
        sent.acme.post(format!("{path}/send"), json!(null)).if_match(9).await.refused(412, "revision.stale");
        sent.acme.post(format!("{path}/send"), json!(null)).if_match(draft.etag()).await.expect(200);
        sent.sam.get(&path).await.expect(200);
    }

    async fn who_is_erased_leaves_no_name_and_nothing_to_sign(world) {
        let (acme, agreement, secret) = to_a_stranger(world).await;
        acme.post("/v1/privacy/erasures", json!({ "email": "sam@northwind.example" })).await.expect(202);
        world.settle().await;
        let read = acme.get(format!("/v1/agreements/{agreement}")).await.expect(200);
        assert_eq!((&read["status"], &read["signers"][0]["name"]), (&json!("voided"), &json!("[erased]")));
        world.anonymous().post("/v1/public/agreements/open", json!({ "secret": secret })).await.refused(404, "agreement.link");
        assert!(!acme.get("/v1/events?type=agreement.sent").await.expect(200).body.to_string().contains("sam@northwind.example"));
    }
}
