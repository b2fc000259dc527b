//! Passkeys, with a browser and an authenticator that others wrote (crate `passkey`).

use crate::prelude::*;

/// A person with a passkey.
async fn holder(acme: &Vendor) -> (Local, Key) {
    let key = Key::default();
    let jo = acme.has_local("finance").await.adds_passkey(&key).await;
    (jo, key)
}

async fn asked(world: &World, portal: &str) -> Reply {
    world.anonymous().post("/v1/sign-ins/passkey-options", json!({ "client_id": portal })).await.expect(200)
}

async fn answers(world: &World, asked: &Value, credential: Value) -> Reply {
    world.anonymous().post("/v1/sign-ins/passkey", json!({ "attempt": asked["attempt"], "credential": credential })).await
}

spec! {
    async fn a_passkey_alone_signs_in_and_counts_as_two_factors(world) {
        let acme = world.vendor("Acme").await;
        let (jo, key) = holder(&acme).await;
        let listed = jo.get("/v1/me/authenticators").await.expect(200);
        assert_eq!((&listed.rows()[0]["kind"], &listed.rows()[0]["host"], &listed.rows()[0]["name"]), (&json!("passkey"), &json!("portal.contoso.example"), &json!("My laptop")));
        let options = asked(world, &jo.portal).await;
        assert_eq!(options["passkey_options"]["userVerification"], "required");
        let signed_in = answers(world, &options.body, key.shows(PORTAL, &options["passkey_options"]).await).await.expect(200);
        let strong = jo.with_token(&signed_in["token"]);
        assert_eq!(strong.get("/v1/sessions").await.expect(200).rows()[0]["methods"], json!(["pop", "user", "mfa"]));
        assert!(strong.get("/v1/me/authenticators").await.expect(200).rows()[0]["last_used_at"].is_string());
    }

    async fn a_passkey_follows_a_password_and_steps_up(world) {
        let acme = world.vendor("Acme").await;
        let (jo, key) = holder(&acme).await;
        let challenged = world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200);
        assert_eq!(challenged["challenge"]["methods"], json!(["passkey", "recovery_code"]));
        let challenge = challenged["challenge"].clone();
        let signed_in = answers(world, &challenge, key.shows(PORTAL, &challenge["passkey_options"]).await).await.expect(200);
        let jo = jo.with_token(&signed_in["token"]);
        world.clock.advance(minutes(6));
        jo.post("/v1/me/recovery-codes", json!(null)).await.refused(401, "auth.step_up_required");
        let options = jo.post("/v1/me/step-up/options", json!(null)).await.expect(200);
        let passkey = json!({ "attempt": options["attempt"], "credential": key.shows(PORTAL, &options["passkey_options"]).await });
        let raised = jo.post("/v1/me/step-up", json!({ "passkey": passkey })).idempotency_key("once").await.expect(200);
        let again = jo.post("/v1/me/step-up", json!({ "passkey": passkey })).idempotency_key("once").await.expect(200);
        assert_eq!(raised.bytes, again.bytes);
        jo.post("/v1/me/step-up", json!({ "passkey": passkey })).await.refused(400, "sign_in.refused");
        jo.with_token(&raised.body).post("/v1/me/recovery-codes", json!(null)).await.expect(201);
    }

    async fn an_invitation_is_accepted_with_a_passkey(world) {
        let acme = world.vendor("Acme").await;
        let (portal, jo, key) = (acme.opens_portal().await, acme.adds_colleague("finance").await, Key::default());
        let secret = acme.invites(&jo.id(), &portal).await;
        let options = world.anonymous().post("/v1/invitations/passkey-options", json!({ "secret": secret })).await.expect(200);
        let passkey = json!({ "attempt": options["attempt"], "credential": key.makes(PORTAL, &options["options"]).await });
        let joined = world.anonymous().post("/v1/invitations/accept", json!({ "secret": secret, "passkey": passkey })).await.expect(200);
        assert_eq!(joined["status"], "signed_in");
        let options = asked(world, &portal).await;
        answers(world, &options.body, key.shows(PORTAL, &options["passkey_options"]).await).await.expect(200);
        // A letter never replaces a second factor.
        let secret = acme.invites(&jo.id(), &portal).await;
        world.anonymous().post("/v1/invitations/passkey-options", json!({ "secret": secret })).await.refused(400, "link.refused");
    }

    async fn an_answer_fits_one_challenge_once(world) {
        let acme = world.vendor("Acme").await;
        let (jo, key) = holder(&acme).await;
        let (first, second) = (asked(world, &jo.portal).await, asked(world, &jo.portal).await);
        let credential = key.shows(PORTAL, &first["passkey_options"]).await;
        answers(world, &second.body, credential.clone()).await.refused(400, "sign_in.refused");
        answers(world, &first.body, credential.clone()).await.expect(200);
        answers(world, &first.body, credential.clone()).await.refused(400, "sign_in.refused");
        let late = asked(world, &jo.portal).await;
        let credential = key.shows(PORTAL, &late["passkey_options"]).await;
        world.clock.advance(minutes(5));
        answers(world, &late.body, credential).await.refused(400, "sign_in.refused");
    }

    async fn an_answer_from_another_page_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let (jo, key) = holder(&acme).await;
        let options = asked(world, &jo.portal).await;
        let mut elsewhere = options["passkey_options"].clone();
        elsewhere["rpId"] = json!("evil.example");
        let credential = key.deceived_by("evil.example").await.shows("https://evil.example", &elsewhere).await;
        answers(world, &options.body, credential).await.refused(400, "sign_in.refused");
        // Another host of the same portal is another place, too.
        let other = json!({ "client_id": jo.portal, "origin": "https://other.example" });
        let options = world.anonymous().post("/v1/sign-ins/passkey-options", other).await.expect(200);
        let credential = key.deceived_by("other.example").await.shows("https://other.example", &options["passkey_options"]).await;
        answers(world, &options.body, credential).await.refused(400, "sign_in.refused");
        let unknown = json!({ "client_id": jo.portal, "origin": "https://evil.example" });
        world.anonymous().post("/v1/sign-ins/passkey-options", unknown).await.invalid_at("/origin");
        // Nor is one made there.
        let jo = acme.has_local("finance").await;
        let options = jo.post("/v1/me/authenticators/passkey-options", json!(null)).await.expect(200);
        let mut elsewhere = options["options"].clone();
        elsewhere["rp"]["id"] = json!("evil.example");
        let credential = Key::default().makes("https://evil.example", &elsewhere).await;
        let body = json!({ "attempt": options["attempt"], "credential": credential });
        jo.post("/v1/me/authenticators/passkeys", body).await.refused(400, "passkey.refused");
    }

    async fn anothers_passkey_is_no_second_factor_of_mine(world) {
        let acme = world.vendor("Acme").await;
        let ((jo, _), (_, theirs)) = (holder(&acme).await, holder(&acme).await);
        let challenge = world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200)["challenge"].clone();
        let mut options = challenge["passkey_options"].clone();
        options["allowCredentials"] = json!([]);
        answers(world, &challenge, theirs.shows(PORTAL, &options).await).await.refused(400, "sign_in.refused");
    }

    async fn a_copied_key_is_found_out_by_its_counter(world) {
        let acme = world.vendor("Acme").await;
        let (jo, key) = holder(&acme).await;
        let copy = key.cloned().await;
        for _ in 0..2 {
            let options = asked(world, &jo.portal).await;
            answers(world, &options.body, key.shows(PORTAL, &options["passkey_options"]).await).await.expect(200);
        }
        let options = asked(world, &jo.portal).await;
        answers(world, &options.body, copy.shows(PORTAL, &options["passkey_options"]).await).await.refused(400, "sign_in.refused");
    }

    async fn who_is_only_present_and_not_verified_is_not_in(world) {
        let acme = world.vendor("Acme").await;
        let (jo, key) = holder(&acme).await;
        let mut lost = key.cloned().await;
        lost.verified = false;
        let options = asked(world, &jo.portal).await;
        let mut lenient = options["passkey_options"].clone();
        lenient["userVerification"] = json!("discouraged");
        answers(world, &options.body, lost.shows(PORTAL, &lenient).await).await.refused(400, "sign_in.refused");
    }
}
