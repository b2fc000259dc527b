//! Agreements: templates in versions, the one that fits, and the life of what was made of it.

use crate::prelude::*;

/// A template of two signers, as a vendor writes it.
pub fn reseller() -> Value {
    json!({ "name": "reseller", "kind": "reseller", "title": { "en": "Reseller agreement", "de": "Händlervertrag", "ar": "اتفاقية الموزع" },
        "body": {
            "en": "## Parties\n\nThis agreement is between **{{ vendor.name }}** and **{{ partner.name }}** ({{ partner.country | country }}), as of {{ agreement.date }}.\n\n1. The partner sells.\n2. The vendor pays.\n\nSigned for the partner by {{ signers.partner.name }}.",
            "de": "Vertrag zwischen {{ vendor.name }} und {{ partner.name }}, {{ agreement.date }}. Größe, Straße, Übermut.",
            "ar": "هذه الاتفاقية بين {{ vendor.name }} و {{ partner.name }}\n\n- يبيع الشريك المنتجات\n- يدفع البائع" },
        "partner_types": ["reseller"], "page": "https://partners.acme.example/sign", "expires_days": 30, "remind_every_days": 7,
        "signers": [{ "role": "partner", "side": "partner", "title": { "en": "For the partner" } }, { "role": "vendor", "side": "vendor", "title": { "en": "For the vendor" } }],
        "contract": { "months": 12, "renews_by_months": 12, "notice_days": 90 } })
}

/// Draft and publish a template; answers the version.
pub async fn published(acme: &Vendor, template: Value) -> Reply {
    let draft = acme.post("/v1/agreement-templates", template).await.expect(201);
    acme.post(format!("/v1/agreement-templates/{}/publish", draft.id()), json!(null)).await.expect(200)
}

/// A vendor with the template, a partner, its signatory and the vendor's, both with accounts, and the agreement that was sent to them.
pub struct Sent {
    pub acme: Vendor,
    pub northwind: Partner,
    pub sam: Person,
    pub kim: SignedIn,
    pub agreement: String,
}

/// Who signs for both.
pub fn signers(sam: &str, kim: &str) -> Value {
    json!([{ "role": "partner", "name": "Somebody", "email": sam }, { "role": "vendor", "name": "A colleague", "email": kim }])
}

impl Sent {
    pub async fn new(world: &World) -> Self {
        let acme = world.vendor("Acme").await;
        published(&acme, reseller()).await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "country": "DE" })).await;
        let sam = northwind.person("executive").await;
        let colleague = acme.adds_colleague("finance").await;
        let kim = acme.sees_sign_in(&colleague.id(), &["pwd", "otp", "mfa"]).await;
        let body = json!({ "partner_id": northwind.id, "kind": "reseller", "send": true, "signers": signers(&sam.email, &colleague.text("email")) });
        let agreement = acme.post("/v1/agreements", body).await.expect(201).id();
        Self { acme, northwind, sam, kim, agreement }
    }

    pub async fn read(&self) -> Reply {
        self.acme.get(format!("/v1/agreements/{}", self.agreement)).await.expect(200)
    }

    /// How the signer of this place signs.
    pub async fn signature(&self, at: usize) -> Value {
        let read = self.read().await;
        json!({ "intent": true, "consent": read["consent"], "typed_name": read["signers"][at]["name"], "document_sha256": read["document_sha256"] })
    }

    pub async fn signs(&self, who: &Client, at: usize) -> Reply {
        who.post(format!("/v1/agreements/{}/sign", self.agreement), self.signature(at).await).await
    }

    /// Both sign.
    pub async fn is_signed(&self) {
        self.signs(&self.sam, 0).await.expect(200);
        self.signs(&self.kim, 1).await.expect(200);
    }
}

spec! {
    async fn an_agreement_is_signed_by_both_sides_in_turn_and_becomes_a_contract(world) {
        let sent = Sent::new(world).await;
        let read = sent.sam.get(format!("/v1/agreements/{}", sent.agreement)).await.expect(200);
        assert_eq!((&read["status"], &read["signers"][0]["status"], &read["signers"][1]["status"]), (&json!("sent"), &json!("due"), &json!("waiting")));
        assert!(read["text"].as_str().is_some_and(|text| text.contains("**Acme** and **Northwind** (Germany), as of November 20, 2026")), "{read}");
        assert_eq!(read["available_actions"], json!(["sign", "decline"]));
        let half = sent.signs(&sent.sam, 0).await.expect(200);
        assert_eq!((&half["status"], &half["available_actions"]), (&json!("partly_signed"), &json!([])));
        let whole = sent.signs(&sent.kim, 1).await.expect(200);
        assert_eq!(whole["status"], "signed");
        let evidence = &sent.read().await["signers"][1]["evidence"];
        assert_eq!((&evidence["identity"], &evidence["methods"]), (&json!("account"), &json!(["pwd", "otp", "mfa"])));
        let contracts = sent.acme.get(format!("/v1/partners/{}/contracts", sent.northwind.id)).await.expect(200);
        assert_eq!((&contracts.rows()[0]["id"], &contracts.rows()[0]["ends_on"]), (&whole["contract_id"], &json!("2027-11-19")));
        let events = sent.acme.all(&format!("/v1/events?subject={}", sent.agreement)).await;
        let kinds: Vec<_> = events.iter().filter_map(|event| event["type"].as_str()).collect();
        assert_eq!(kinds, ["agreement.created", "agreement.sent", "agreement.signed_by", "agreement.signed_by", "agreement.completed"]);
    }

    async fn the_template_that_fits_best_is_taken_and_the_nearest_language(world) {
        let acme = world.vendor("Acme").await;
        let like = |name: &str, more: Value| with(with(reseller(), json!({ "name": name })), more);
        published(&acme, like("everybody", json!({ "partner_types": [] }))).await;
        published(&acme, like("resellers", json!({}))).await;
        published(&acme, like("dach", json!({ "regions": ["DACH"] }))).await;
        let retired = published(&acme, like("aaa-dach", json!({ "regions": ["DACH"] }))).await;
        acme.post(format!("/v1/agreement-templates/{}/retire", retired.id()), json!(null)).await.expect(200);
        let made = async |partner: Value, more: Value| {
            let partner = acme.adds_partner_like(partner).await.id;
            let body = json!({ "partner_id": partner, "kind": "reseller", "signers": signers("sam@northwind.example", "kim@acme.example") });
            acme.post("/v1/agreements", with(body, more)).await
        };
        let dach = made(json!({ "name": "A", "type": "reseller", "region": "dach", "country": "DE", "languages": ["de-AT"] }), json!({})).await.expect(201);
        assert_eq!((&dach["template"], &dach["language"], &dach["title"]), (&json!("dach"), &json!("de"), &json!("Händlervertrag")));
        let other = made(json!({ "name": "B", "type": "reseller", "country": "DE" }), json!({})).await.expect(201);
        assert_eq!((&other["template"], &other["language"], &other["status"]), (&json!("resellers"), &json!("en"), &json!("draft")));
        assert_eq!(made(json!({ "name": "C", "type": "msp", "country": "DE" }), json!({})).await.expect(201)["template"], "everybody");
        made(json!({ "name": "D", "type": "msp", "country": "DE" }), json!({ "kind": "nda" })).await.refused(409, "agreement.no_template");
        made(json!({ "name": "E", "type": "msp" }), json!({ "kind": null, "template_id": retired.id() })).await.invalid_at("/template_id");
    }

    async fn a_later_version_asks_for_another_signature_and_supersedes_the_first(world) {
        let sent = Sent::new(world).await;
        sent.is_signed().await;
        assert_eq!(sent.read().await["outdated"], false);
        published(&sent.acme, with(reseller(), json!({ "asks_again": true }))).await;
        assert_eq!(sent.read().await["outdated"], true);
        let outdated = sent.acme.get("/v1/agreements?outdated=true").await.expect(200);
        assert_eq!(outdated.rows().iter().map(|row| &row["id"]).collect::<Vec<_>>(), [&json!(sent.agreement)]);
        let first = sent.read().await;
        let emails = (first["signers"][0]["email"].as_str().expect("text"), first["signers"][1]["email"].as_str().expect("text"));
        let body = json!({ "partner_id": sent.northwind.id, "kind": "reseller", "send": true, "signers": signers(emails.0, emails.1) });
        let again = Sent { agreement: sent.acme.post("/v1/agreements", body).await.expect(201).id(), acme: sent.acme.clone(), northwind: sent.northwind.clone(),
            sam: sent.sam.clone(), kim: SignedIn::clone(&sent.kim) };
        again.is_signed().await;
        assert_eq!((&sent.read().await["status"], &again.read().await["status"]), (&json!("superseded"), &json!("signed")));
        assert!(sent.acme.get("/v1/agreements?outdated=true").await.expect(200).rows().is_empty());
    }

    async fn who_does_not_sign_is_reminded_and_in_the_end_it_expires(world) {
        let sent = Sent::new(world).await;
        world.pass(days(7)).await;
        world.pass(days(7)).await;
        let kinds = async |kind: &str| sent.acme.all(&format!("/v1/events?type={kind}")).await.len();
        assert_eq!(kinds("agreement.reminded").await, 2);
        // Late by the clock is late, whether or not the timer has come.
        world.clock.advance(days(17));
        let sam = sent.sam.anew().await;
        sent.signs(&sam, 0).await.refused(409, "agreement.expired");
        world.settle().await;
        assert_eq!((sent.read().await["status"].clone(), kinds("agreement.expired").await), (json!("expired"), 1));
        sent.signs(&sam, 0).await.refused(409, "agreement.expired");
    }

    async fn a_completed_agreement_ends_a_task_of_a_path(world) {
        let acme = world.vendor("Acme").await;
        published(&acme, reseller()).await;
        let path = json!({ "name": "reseller", "title": { "en": "Your way" }, "when": "true", "milestones": [{ "key": "signed", "title": { "en": "Signed" },
            "tasks": [{ "key": "agreement", "title": { "en": "Sign the agreement" }, "owner": "partner",
                "completes_on": { "event": "agreement.completed", "when": "event.data.agreement.kind == \"reseller\"" } }] }] });
        crate::onboarding::paths::published(&acme, path).await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "country": "DE", "status": "onboarding" })).await;
        world.settle().await;
        let (sam, colleague) = (northwind.person("executive").await, acme.adds_colleague("finance").await);
        let kim = acme.sees_sign_in(&colleague.id(), &["pwd"]).await;
        let body = json!({ "partner_id": northwind.id, "kind": "reseller", "send": true, "signers": signers(&sam.email, &colleague.text("email")) });
        let agreement = acme.post("/v1/agreements", body).await.expect(201).id();
        let sent = Sent { acme, northwind, sam, kim, agreement };
        sent.signs(&sent.sam, 0).await.expect(200);
        world.settle().await;
        let stands = async || crate::onboarding::paths::stands(&sent.acme, &sent.northwind).await["status"].clone();
        assert_eq!(stands().await, "running", "half a signature ends no task");
        sent.signs(&sent.kim, 1).await.expect(200);
        world.settle().await;
        assert_eq!(stands().await, "completed");
    }
}
