//! Whose turn it is hears of it: in their account, or by a letter with a link of their own.

use super::agreements::{Sent, published, reseller, signers};
use crate::prelude::*;
use spec::local::outbox;

spec! {
    async fn a_stranger_gets_a_letter_with_a_link_that_works(world) {
        let acme = world.vendor("Acme").await;
        // Nobody listens there: letters wait, and are read as they wait.
        world.app().provide(kernel::mail::Mailer::new("smtp://127.0.0.1:9", "prm@prm.test").expect("a mailer"));
        published(&acme, reseller()).await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "country": "DE" })).await;
        let colleague = acme.adds_colleague("finance").await;
        let body = json!({ "partner_id": northwind.id, "kind": "reseller", "send": true, "signers": signers("sam@northwind.example", &colleague.text("email")) });
        acme.post("/v1/agreements", body).await.expect(201);
        world.settle().await;
        let letter = outbox(&acme, "sam@northwind.example").await;
        assert_eq!(letter.subject, "Please sign: Reseller agreement");
        let secret = secret_in(&letter.text);
        let open = world.anonymous().post("/v1/public/agreements/open", json!({ "secret": secret })).await.expect(200);
        let signature = json!({ "intent": true, "consent": open["consent"], "typed_name": "Somebody", "document_sha256": open["document_sha256"] });
        world.anonymous().post("/v1/public/agreements/sign", json!({ "secret": secret, "signature": signature })).await.expect(200);
        world.settle().await;
        // The counter-signatory has an account.
        let kim = acme.sees_sign_in(&colleague.id(), &["pwd"]).await;
        let told = kim.get("/v1/notifications").await.expect(200);
        assert_eq!(told.rows()[0]["title"], "Please sign: Reseller agreement", "{told}");
    }

    async fn both_sides_hear_that_it_is_signed(world) {
        let sent = Sent::new(world).await;
        sent.is_signed().await;
        world.settle().await;
        let told = sent.sam.signs_in(&["pwd"]).await.get("/v1/notifications").await.expect(200);
        assert!(told.rows().iter().any(|row| row["title"] == "Signed by all: Reseller agreement"), "{told}");
    }
}
