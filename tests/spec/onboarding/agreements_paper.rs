//! The file and our signature, read and verified by tools that are not ours.

use super::agreements::{Sent, published, reseller, signers};
use crate::prelude::*;
use sha2::{Digest, Sha256};
use spec::peer::{reads_pdf, verifies_statement};

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn pdf(reader: &Client, agreement: &str, part: &str) -> Vec<u8> {
    let reply = reader.get(format!("/v1/agreements/{agreement}/pdf{part}")).await.expect(200);
    assert_eq!(reply.header("content-type"), Some("application/pdf"));
    reply.bytes
}

/// Words in order, whatever stands between them.
fn in_order(text: &str, words: &[&str]) -> bool {
    let mut rest = text;
    words.iter().all(|word| match rest.split_once(word) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

/// Each text with a line for its day and one for an amount.
fn dated(mut template: Value) -> Value {
    for text in template["body"].as_object_mut().expect("texts").values_mut() {
        *text = json!(format!("{}\n\n{{{{ agreement.date }}}}\n\n{{{{ partner.custom_fields.limit | money }}}}", text.as_str().expect("a text")));
    }
    template
}

spec! {
    async fn the_file_is_what_its_hash_says_and_has_a_certificate_in_the_end(world) {
        let sent = Sent::new(world).await;
        let before = pdf(&sent.sam, &sent.agreement, "").await;
        assert_eq!(json!(sha256(&before)), sent.read().await["document_sha256"]);
        sent.sam.get(format!("/v1/agreements/{}/pdf?part=completed", sent.agreement)).await.refused(409, "agreement.not_signed");
        sent.is_signed().await;
        let first = pdf(&sent.sam, &sent.agreement, "").await;
        let again = pdf(&sent.acme, &sent.agreement, "?part=completed").await;
        assert_eq!(first, again, "it is made once");
        assert_eq!(pdf(&sent.sam, &sent.agreement, "?part=document").await, before, "what was signed stays");
        let Some(text) = reads_pdf(&before) else { return };
        assert!(in_order(&text, &["Reseller agreement", "Parties", "between Acme and Northwind (Germany), as of November 20,", "2026", "1. The partner sells.", "2. The vendor pays.", "For the partner", "Somebody"]), "{text}");
        let text = reads_pdf(&first).expect("text");
        let (sam, hash) = (sent.sam.email.clone(), sha256(&before));
        assert!(in_order(&text, &["Reseller agreement", "Certificate of signatures", &hash, "For the partner: Somebody", &sam, "For the vendor: A colleague", "Statement"]), "{text}");
    }

    /// By npm `jose`, which we did not write.
    async fn a_stranger_verifies_our_signature_with_the_published_keys(world) {
        let sent = Sent::new(world).await;
        sent.acme.get(format!("/v1/agreements/{}/signature", sent.agreement)).await.refused(409, "agreement.not_signed");
        sent.is_signed().await;
        let signature = sent.sam.get(format!("/v1/agreements/{}/signature", sent.agreement)).await.expect(200);
        let (document, completed) = (pdf(&sent.sam, &sent.agreement, "?part=document").await, pdf(&sent.sam, &sent.agreement, "").await);
        assert_eq!((&signature["document_sha256"], &signature["completed_sha256"]), (&json!(sha256(&document)), &json!(sha256(&completed))));
        let asked = world.anonymous().post("/v1/agreement-verifications", json!({ "statement": signature["statement"] })).await.expect(200);
        assert_eq!((&asked["status"], &asked["claims"]["sub"]), (&json!("valid"), &json!(sent.agreement)));
        let token = sent.acme.post("/v1/tokens", json!(null)).await.expect(201).text("access_token");
        let asked = world.anonymous().post("/v1/agreement-verifications", json!({ "statement": token })).await.expect(200);
        assert_eq!(asked["status"], "invalid");
        let keys = world.anonymous().get("/.well-known/jwks.json").await.expect(200).body;
        let found = |statement: &str, typ: &str| verifies_statement(statement, typ, &keys, "2026-11-20T12:00:01Z");
        let Some(verified) = found(&signature.text("statement"), "prm-agreement+jwt") else { return };
        let claims = &verified["claims"];
        assert_eq!((&claims["completed_sha256"], &claims["document_sha256"]), (&signature["completed_sha256"], &signature["document_sha256"]), "{verified}");
        assert_eq!((&claims["signers"][0]["email"], &claims["signers"][1]["identity"]), (&json!(sent.sam.email), &json!("account")));
        assert_eq!(found(&signature.text("statement"), "prm-protection+jwt"), Some(json!({ "refused": "ERR_JWT_CLAIM_VALIDATION_FAILED" })));
    }

    async fn what_runs_from_right_to_left_survives(world) {
        let acme = world.vendor("Acme").await;
        let hebrew = json!({ "title": { "he": "הסכם שותפות", "ar": "اتفاقية الموزع" }, "body": { "he": "הסכם זה נערך בין {{ vendor.name }} לבין {{ partner.name }}",
            "ar": "هذه الاتفاقية بين {{ vendor.name }} و {{ partner.name }}\n\n- يبيع الشريك المنتجات" } });
        let hebrew = dated(hebrew);
        let limit = json!({ "type": "object", "properties": { "limit": { "type": "object" } } });
        acme.put("/v1/custom-fields/partner", json!({ "schema": limit })).await.expect(200);
        published(&acme, with(reseller(), hebrew)).await;
        for (language, name, words) in [("ar", "شركة النور", ["هذه", "شركة النور", "يبيع الشريك المنتجات", "نوفمبر", "2026", "12,500.00"]), ("he", "חברת האור", ["הסכם זה נערך", "חברת האור", "הסכם שותפות", "בנובמבר", "2026", "12,500.00"])] {
            let partner = acme.adds_partner_like(json!({ "name": name, "type": "reseller", "country": "AE", "languages": [language],
                "custom_fields": { "limit": { "amount": 1_250_000, "currency": "EUR" } } })).await.id;
            let body = json!({ "partner_id": partner, "kind": "reseller", "signers": signers("sam@northwind.example", "kim@acme.example") });
            let made = acme.post("/v1/agreements", body).await.expect(201);
            assert_eq!(made["language"], language);
            let file = pdf(&acme, &made.id(), "").await;
            let Some(text) = reads_pdf(&file) else { return };
            // Marks of direction are no words.
            let text: String = text.chars().filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')).collect();
            // Where a line runs in both directions the reader has an order of its own, and it turns round the letters of a lam-alef, which is one sign.
            assert!(words.iter().all(|word| text.contains(word)), "{text}");
        }
    }
}
