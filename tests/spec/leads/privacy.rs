//! Whom to talk to is somebody.

use super::*;

spec! {
    async fn a_contact_is_exported_and_forgotten(world) {
        let (acme, _) = partners(world, &["Northwind"]).await;
        let lead = acme.captures(with(lead("Fabrikam"), json!({ "message": "I am Ada Byron." }))).await;
        let referral = json!({ "company": { "name": "Tailspin", "country": "DE" }, "contact": { "name": "Ada Byron", "email": "ada@fabrikam.example" },
            "note": "Ask Ada Byron." });
        let partner = acme.adds_partner("Referring").await;
        let referral = acme.post("/v1/referrals", partner.gets(referral)).await.expect(201);
        let export = acme.post("/v1/privacy/exports", json!({ "email": "ada@fabrikam.example" })).await.expect(200);
        for holder in ["leads", "referrals"] {
            assert!(export.body.to_string().contains(&format!("\"{holder}\"")), "{holder}: {export}");
        }
        acme.post("/v1/privacy/erasures", json!({ "email": "ada@fabrikam.example" })).await.expect(202);
        world.settle().await;
        for found in [acme.lead(&lead.id()).await, acme.get(format!("/v1/referrals/{}", referral.id())).await.expect(200)] {
            assert_eq!(found["contact"], json!({ "name": "[erased]" }), "{found}");
            assert!(!String::from_utf8_lossy(&found.bytes).contains("Byron"), "{found}");
        }
        let events = acme.all("/v1/events?type=lead.*").await;
        assert!(events.iter().all(|event| !event.to_string().contains("Byron")), "{events:#?}");
    }
}
