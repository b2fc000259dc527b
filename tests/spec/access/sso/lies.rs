//! Providers that lie, and requests that mean to lead browsers astray.

use super::*;
use spec::liar::Key;

spec! {
    async fn a_token_that_is_not_what_it_must_be_lets_nobody_in(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let portal = portal(&acme).await;
        let made = provider(&acme, &liar.issuer, json!({})).await;
        let path = begins(&portal, &[("idp", &made.id())]);
        let now = world.now().timestamp();
        let lies: &[(&str, Value)] = &[
            ("nonce", json!("another sign-in's")),
            ("nonce", json!(null)),
            ("aud", json!("somebody else")),
            ("aud", json!(["prm", "somebody else"])),
            ("azp", json!("somebody else")),
            ("iss", json!("https://login.elsewhere.example")),
            ("exp", json!(now)),
            ("iat", json!(now + 120)),
            ("sub", json!(null)),
        ];
        for (member, lie) in lies {
            let under_way = UnderWay::begin(world, &path).await;
            let mut claims = under_way.claims(world, &liar);
            claims[member] = lie.clone();
            if lie.is_null() {
                claims.as_object_mut().expect("an object").remove(*member);
            }
            liar.gives(&liar.key.signs(&claims));
            assert_eq!(refusal(&under_way.comes_back("").await), ("access_denied".into(), "sign_in.provider_failed".into()), "{member} {lie}");
        }
        let stranger = Key::fresh("first");
        let forgeries: [&dyn Fn(&Value) -> String; 4] = [
            &|claims| liar.key.leaves_unsigned(claims),
            &|claims| liar.key.signs_with_the_public_key(claims),
            &|claims| stranger.signs(claims),
            &|claims| liar.key.signs(claims).rsplit_once('.').expect("a signature").0.to_owned() + ".AAAA",
        ];
        for (which, forge) in forgeries.iter().enumerate() {
            let under_way = UnderWay::begin(world, &path).await;
            liar.gives(&forge(&under_way.claims(world, &liar)));
            assert_eq!(refusal(&under_way.comes_back("").await).1, "sign_in.provider_failed", "forgery {which}");
        }
        assert_eq!(acme.all("/v1/people").await.len(), 0);
        // And the truth does.
        let under_way = UnderWay::begin(world, &path).await;
        liar.gives(&liar.key.signs(&under_way.claims(world, &liar)));
        redeems(world, &portal, &under_way.comes_back("").await).await;
    }

    async fn made_up_key_ids_do_not_make_us_ask_a_provider_without_end(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let portal = portal(&acme).await;
        let made = provider(&acme, &liar.issuer, json!({})).await;
        for number in 0..12 {
            let under_way = UnderWay::begin(world, &begins(&portal, &[("idp", &made.id())])).await;
            liar.gives(&Key::fresh(&format!("made up {number}")).signs(&under_way.claims(world, &liar)));
            assert_eq!(refusal(&under_way.comes_back("").await).1, "sign_in.provider_failed");
        }
        assert!(liar.asked("/jwks") <= 5, "{}", liar.asked("/jwks"));
        // A minute later a new key is found.
        world.clock.advance(minutes(1));
        let next = Key::fresh("next");
        liar.publishes(&[&next]);
        let under_way = UnderWay::begin(world, &begins(&portal, &[("idp", &made.id())])).await;
        liar.gives(&next.signs(&under_way.claims(world, &liar)));
        redeems(world, &portal, &under_way.comes_back("").await).await;
    }

    async fn an_answer_in_another_issuers_name_is_refused(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let portal = portal(&acme).await;
        let made = provider(&acme, &liar.issuer, json!({})).await;
        let path = begins(&portal, &[("idp", &made.id())]);
        let begun = || async {
            let under_way = UnderWay::begin(world, &path).await;
            liar.gives(&liar.key.signs(&under_way.claims(world, &liar)));
            under_way
        };
        let mixed_up = begun().await.comes_back("&iss=https%3A%2F%2Flogin.elsewhere.example").await;
        assert_eq!(refusal(&mixed_up).1, "sign_in.provider_failed");
        let own = format!("&iss={}", liar.issuer);
        redeems(world, &portal, &begun().await.comes_back(&own).await).await;
        // Whoever says that they always name themselves must.
        let mut document = liar.document();
        document["authorization_response_iss_parameter_supported"] = json!(true);
        liar.answers("/.well-known/openid-configuration", document);
        world.clock.advance(minutes(10));
        assert_eq!(refusal(&begun().await.comes_back("").await).1, "sign_in.provider_failed");
        redeems(world, &portal, &begun().await.comes_back(&own).await).await;
        // What the provider refuses is told, and not in its words.
        let refused = begun().await.comes_back(&format!("{own}&error=access_denied&error_description=%3Cscript%3E")).await;
        assert!(refusal(&refused).1 == "sign_in.provider_failed" && !refused.as_str().contains("%3Cscript"), "{refused}");
    }

    async fn user_info_about_somebody_else_is_not_believed(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let portal = portal(&acme).await;
        let made = provider(&acme, &liar.issuer, json!({})).await;
        let mut document = liar.document();
        document["userinfo_endpoint"] = json!(format!("{}/me", liar.issuer));
        liar.answers("/.well-known/openid-configuration", document);
        for (subject, lets_in) in [("somebody-else", false), ("jo-1", true)] {
            let under_way = UnderWay::begin(world, &begins(&portal, &[("idp", &made.id())])).await;
            let mut claims = under_way.claims(world, &liar);
            for member in ["email", "email_verified"] {
                claims.as_object_mut().expect("an object").remove(member);
            }
            liar.gives(&liar.key.signs(&claims));
            // It may say more, but not otherwise.
            liar.answers("/me", json!({ "sub": subject, "email": "jo@contoso.example", "email_verified": true, "name": "Somebody" }));
            let at = under_way.comes_back("").await;
            assert_eq!(parameter(&at, "code").is_some(), lets_in, "{at}");
        }
        assert_eq!(acme.all("/v1/people").await[0]["name"], "Jo Alvarez");
    }

    async fn a_discovery_document_cannot_lead_astray(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let made = provider(&acme, &liar.issuer, json!({})).await;
        let check = format!("/v1/identity-providers/{}/check", made.id());
        for (member, lie) in [
            ("issuer", json!(format!("{}/", liar.issuer))),
            ("authorization_endpoint", json!("javascript:alert(1)")),
            ("token_endpoint", json!("file:///etc/passwd")),
            ("jwks_uri", json!(null)),
            ("userinfo_endpoint", json!("ftp://elsewhere.example")),
        ] {
            let mut document = liar.document();
            document[member] = lie;
            liar.answers("/.well-known/openid-configuration", document);
            let checked = acme.post(&check, json!(null)).await.expect(200);
            assert_eq!((&checked["works"], &checked["faults"][0]["code"]), (&json!(false), &json!("discovery")), "{member}: {checked}");
            world.clock.advance(minutes(1));
        }
        liar.answers("/.well-known/openid-configuration", liar.document());
        assert_eq!(acme.post(&check, json!(null)).await.expect(200)["works"], true);
        // A redirect is not followed.
        liar.answers("/.well-known/openid-configuration", json!(format!("{}/elsewhere", liar.issuer)));
        liar.answers("/elsewhere", liar.document());
        let checked = acme.post(&check, json!(null)).await.expect(200);
        assert_eq!((&checked["works"], liar.asked("/elsewhere")), (&json!(true), 0), "what was known still serves: {checked}");
        world.clock.advance(hours(13));
        let checked = acme.post(&check, json!(null)).await.expect(200);
        assert_eq!((&checked["works"], liar.asked("/elsewhere")), (&json!(false), 0), "{checked}");
    }

    /// Nothing of the operator's own network is called.
    async fn a_provider_at_a_private_address_is_refused(world [private_providers = false]) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        for issuer in [&*liar.issuer, "https://127.0.0.1", "https://localhost", "https://169.254.169.254", "https://[::1]", "http://login.contoso.example", "https://u:p@login.contoso.example"] {
            let body = json!({ "name": "Staff", "issuer": issuer, "client_id": "prm" });
            acme.post("/v1/identity-providers", body).await.invalid_at("/issuer");
            let body = json!({ "name": "Own", "issuer": issuer, "audience": "a", "algorithms": ["EdDSA"], "person_by": "email" });
            acme.post("/v1/trusted-issuers", body).await.invalid_at("/issuer");
        }
        let body = json!({ "name": "Own", "issuer": "https://id.contoso.example", "jwks_uri": liar.issuer, "audience": "a", "algorithms": ["EdDSA"], "person_by": "email" });
        acme.post("/v1/trusted-issuers", body).await.invalid_at("/jwks_uri");
        assert_eq!(liar.asked("/.well-known/openid-configuration"), 0);
    }

    async fn nobody_is_sent_to_an_address_that_is_not_the_portals(world) {
        let (acme, rival, liar) = (world.vendor("Acme").await, world.vendor("Rival").await, Liar::start().await);
        let (portal, theirs) = (portal(&acme).await, portal(&rival).await);
        let made = provider(&acme, &liar.issuer, json!({})).await;
        for redirect in [
            "", "https://evil.example", "https://portal.example/signed-in/", "https://portal.example/signed-in?x=1", "https://portal.example/Signed-in",
            "https://portal.example/signed-in/../evil", "https://portal.example@evil.example/signed-in", "https://portal.example.evil.example/signed-in",
            "//portal.example/signed-in", "https://portal.example/signed-in#x", "HTTPS://portal.example/signed-in", "javascript:alert(1)", "https://portal.example:443/signed-in",
        ] {
            let path = begins(&portal, &[("redirect_uri", redirect), ("idp", &made.id())]);
            world.anonymous().get(&path).await.refused(400, "sign_in.redirect_uri");
        }
        for client in ["", "x", "ptl_01jd3k7x2mfq8t9v5w6y0zabcd", &acme.id] {
            world.anonymous().get(begins(client, &[])).await.refused(422, "portal.unknown");
        }
        // What is wrong beyond that is told to the portal, with its state.
        let at = |more: &'static [(&'static str, &'static str)]| {
            let path = begins(&portal, more);
            async move { location(&world.anonymous().get(path).await.expect(302)) }
        };
        for (more, error) in [
            (&[("response_type", "token")] as &'static [_], "unsupported_response_type"),
            (&[("code_challenge", "")], "invalid_request"),
            (&[("code_challenge_method", "plain")], "invalid_request"),
            (&[("code_challenge", "short")], "invalid_request"),
            (&[("login_hint", "jo@nobody.example")], "invalid_request"),
            (&[("idp", "idp_01jd3k7x2mfq8t9v5w6y0zabcd")], "invalid_request"),
            (&[("idp", "x")], "invalid_request"),
        ] {
            assert_eq!(refusal(&at(more).await).0, error, "{more:?}");
        }
        // Another vendor's provider is nobody's here.
        let foreign = begins(&theirs, &[("idp", &made.id())]);
        assert_eq!(refusal(&location(&world.anonymous().get(foreign).await.expect(302))).0, "invalid_request");
        // A provider that is out of reach is not the portal's fault.
        liar.answers("/.well-known/openid-configuration", json!({}));
        let broken = begins(&portal, &[("idp", &made.id())]);
        assert_eq!(refusal(&location(&world.anonymous().get(broken).await.expect(302))).0, "temporarily_unavailable");
        for odd in ["", "?state=", "?state=x", "?code=x", "?error=access_denied"] {
            world.anonymous().get(format!("/v1/sso/callback{odd}")).await.refused(400, "sign_in.unknown");
        }
    }
}
