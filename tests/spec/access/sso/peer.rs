//! With a real provider: its login and consent pages, its tokens, its keys.

use super::*;
use spec::peer::Peer;

/// Claims of an account.
fn account(email: &str, verified: bool) -> Value {
    json!({ "email": email, "email_verified": verified, "name": "Jo Alvarez", "groups": ["everybody", "channel"] })
}

spec! {
    async fn a_person_signs_in_at_their_own_provider_and_is_added_with_the_role_of_their_group(world [machine_time = true]) {
        let Some(peer) = Peer::start(json!({ "jo": account("jo@contoso.example", true) })) else { return };
        let acme = world.vendor("Acme").await;
        let portal = portal(&acme).await;
        let made = provider(&acme, &peer.issuer, json!({ "role_claim": "groups", "role_mappings": [{ "value": "channel", "role": "channel_manager" }] })).await;
        let checked = acme.post(format!("/v1/identity-providers/{}/check", made.id()), json!(null)).await.expect(200);
        assert_eq!((&checked["works"], &checked["faults"], &checked["warnings"]), (&json!(true), &json!([]), &json!([])), "{checked}");

        let mut browser = Browser::new(world);
        let at = browser.signs_in(&begins(&portal, &[("login_hint", "Jo@Contoso.example")]), "jo").await;
        assert!(at.as_str().starts_with(BACK), "{at}");
        assert_eq!(parameter(&at, "state").as_deref(), Some("of the portal"));
        assert_eq!(parameter(&at, "iss").as_deref(), Some(spec::world::PUBLIC_URL));
        let token = redeems(world, &portal, &at).await;
        acme.bearing(&token.text("access_token")).get("/v1/deals").await.expect(200);

        let people = acme.get("/v1/people?email=jo@contoso.example").await.expect(200);
        assert_eq!((&people.rows()[0]["role"], &people.rows()[0]["name"]), (&json!("channel_manager"), &json!("Jo Alvarez")));
        let session = acme.get(format!("/v1/sessions/{}", token.text("session_id"))).await.expect(200);
        assert_eq!((&session["provider"], &session["methods"], &session["device"]), (&json!(made.id()), &json!(["fed"]), &json!("A browser")));
        assert_eq!(session["portal_id"], portal.as_str());
        let identities = acme.get("/v1/identities").await.expect(200);
        assert_eq!((&identities.rows()[0]["issuer"], &identities.rows()[0]["subject"]), (&json!(peer.issuer), &json!("jo")));

        // The next time the provider knows the browser, and we know the identity, whatever the address is by then.
        peer.knows(json!({ "jo": account("josephine@elsewhere.example", false) }));
        let again = redeems(world, &portal, &browser.signs_in(&begins(&portal, &[("idp", &made.id())]), "jo").await).await;
        acme.bearing(&again.text("access_token")).get("/v1/deals").await.expect(200);
        assert_eq!(acme.all("/v1/people").await.len(), 1);
    }

    async fn keys_rotate_and_are_fetched_when_one_is_unknown(world [machine_time = true]) {
        let Some(peer) = Peer::start(json!({ "jo": account("jo@contoso.example", true) })) else { return };
        let acme = world.vendor("Acme").await;
        let portal = portal(&acme).await;
        provider(&acme, &peer.issuer, json!({})).await;
        let path = begins(&portal, &[("login_hint", "jo@contoso.example")]);
        for _ in 0..2 {
            redeems(world, &portal, &Browser::new(world).signs_in(&path, "jo").await).await;
        }
        assert_eq!(peer.asked("/jwks"), 1, "kept while it is known");
        peer.rotates_its_keys();
        redeems(world, &portal, &Browser::new(world).signs_in(&path, "jo").await).await;
        assert_eq!(peer.asked("/jwks"), 2);
    }

    async fn of_two_providers_each_signs_in_its_own_people_only(world [machine_time = true]) {
        let Some(vendors) = Peer::start(json!({ "jo": account("jo@contoso.example", true), "eve": account("sam@northwind.example", true) })) else { return };
        let Some(partners) = Peer::start(json!({ "sam": account("sam@northwind.example", true), "mallory": account("jo@contoso.example", true) })) else { return };
        let acme = world.vendor("Acme").await;
        let portal = portal(&acme).await;
        let northwind = acme.adds_partner("Northwind").await;
        provider(&acme, &vendors.issuer, json!({})).await;
        let theirs = json!({ "partner_id": northwind.id, "email_domains": ["northwind.example"], "default_role": "sales", "mfa_contexts": ["0"] });
        provider(&acme, &partners.issuer, theirs).await;
        // The address's domain chooses.
        let jo = redeems(world, &portal, &Browser::new(world).signs_in(&begins(&portal, &[("login_hint", "x@contoso.example")]), "jo").await).await;
        let sam = redeems(world, &portal, &Browser::new(world).signs_in(&begins(&portal, &[("login_hint", "x@northwind.example")]), "sam").await).await;
        acme.bearing(&jo.text("access_token")).get("/v1/people").await.expect(200);
        let seen = acme.bearing(&sam.text("access_token")).get("/v1/partners").await.expect(200);
        assert_eq!((seen.rows().len(), &seen.rows()[0]["id"]), (1, &json!(northwind.id)));
        // Neither takes over the other's people by naming their addresses.
        for (hint, login) in [("x@northwind.example", "mallory"), ("x@contoso.example", "eve")] {
            let at = Browser::new(world).signs_in(&begins(&portal, &[("login_hint", hint)]), login).await;
            assert_eq!(refusal(&at), ("access_denied".into(), "sign_in.unverified_email".into()));
        }
    }

    async fn an_unverified_address_takes_over_nobody(world [machine_time = true]) {
        let Some(peer) = Peer::start(json!({ "mallory": account("boss@contoso.example", false), "boss": account("boss@contoso.example", true) })) else { return };
        let acme = world.vendor("Acme").await;
        let portal = portal(&acme).await;
        provider(&acme, &peer.issuer, json!({ "provisioning": "known_only" })).await;
        let body = json!({ "name": "The boss", "email": "boss@contoso.example", "role": "admin" });
        let boss = acme.post("/v1/people", body).await.expect(201);
        let path = begins(&portal, &[("login_hint", "boss@contoso.example")]);
        let at = Browser::new(world).signs_in(&path, "mallory").await;
        assert_eq!(refusal(&at), ("access_denied".into(), "sign_in.unverified_email".into()));
        let token = redeems(world, &portal, &Browser::new(world).signs_in(&path, "boss").await).await;
        acme.bearing(&token.text("access_token")).get("/v1/api-keys").await.expect(200);
        // Whoever is shut out stays out, however well their provider knows them.
        acme.patch(format!("/v1/people/{}", boss.id()), json!({ "status": "deactivated" })).if_match(1).await.expect(200);
        acme.bearing(&token.text("access_token")).get("/v1/api-keys").await.refused(401, "auth.required");
        assert_eq!(refusal(&Browser::new(world).signs_in(&path, "boss").await).1, "sign_in.shut_out");
    }

    async fn a_state_works_once_and_in_the_browser_where_it_began(world [machine_time = true]) {
        let Some(peer) = Peer::start(json!({ "jo": account("jo@contoso.example", true) })) else { return };
        let acme = world.vendor("Acme").await;
        let portal = portal(&acme).await;
        provider(&acme, &peer.issuer, json!({})).await;
        let path = begins(&portal, &[("login_hint", "jo@contoso.example")]);
        let mut browser = Browser::new(world);
        let callback = browser.reaches_callback(&path, "jo").await;
        Browser::new(world).visits(&callback).await.refused(400, "sign_in.unknown");
        let at = location(&browser.visits(&callback).await.expect(302));
        browser.visits(&callback).await.refused(400, "sign_in.unknown");
        redeems(world, &portal, &at).await;
        // One that took too long is none either.
        let late = browser.reaches_callback(&path, "jo").await;
        world.clock.advance(minutes(15));
        browser.visits(&late).await.refused(400, "sign_in.unknown");
    }

    async fn a_code_works_once_within_a_minute_for_whoever_holds_the_verifier(world [machine_time = true]) {
        let Some(peer) = Peer::start(json!({ "jo": account("jo@contoso.example", true) })) else { return };
        let acme = world.vendor("Acme").await;
        let (portal, other) = (portal(&acme).await, portal(&acme).await);
        provider(&acme, &peer.issuer, json!({})).await;
        let path = begins(&portal, &[("login_hint", "jo@contoso.example")]);
        let mut browser = Browser::new(world);
        let code = parameter(&browser.signs_in(&path, "jo").await, "code").expect("a code");
        let nobody = world.anonymous();
        for stolen in [
            &[("code_verifier", "")] as &[_],
            &[("code_verifier", "another-verifier-of-somebody-who-stole-the-code")],
            &[("client_id", &*other)],
            &[("redirect_uri", "https://portal.example/signed-in/")],
            &[("redirect_uri", "")],
            &[("code", "prmc_00")],
        ] {
            asks(&nobody, &exchange(&portal, &code, stolen)).await.refused(400, "token.invalid_grant");
        }
        asks(&nobody, &exchange(&portal, &code, &[("client_id", "")])).await.refused(400, "token.invalid_request");
        let token = asks(&nobody, &exchange(&portal, &code, &[])).await.expect(200);
        let jo = acme.bearing(&token.text("access_token"));
        jo.get("/v1/people").await.expect(200);
        // Whoever brings everything a second time has stolen everything: what came of it ends.
        asks(&nobody, &exchange(&portal, &code, &[])).await.refused(400, "token.invalid_grant");
        jo.get("/v1/people").await.refused(401, "auth.required");
        let late = parameter(&browser.signs_in(&path, "jo").await, "code").expect("a code");
        world.clock.advance(seconds(60));
        asks(&nobody, &exchange(&portal, &late, &[])).await.refused(400, "token.invalid_grant");
    }
}
