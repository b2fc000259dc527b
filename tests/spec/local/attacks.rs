//! What attackers try.

use crate::prelude::*;

spec! {
    async fn a_code_sent_many_times_at_once_to_two_instances_works_once(world [connections = 10]) {
        let acme = world.vendor("Acme").await;
        let (jo, app, _) = acme.has_local("finance").await.adds_app(world.now()).await;
        let other = world.another_instance().await;
        let mut attempts = Vec::new();
        for _ in 0..4 {
            attempts.push(world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200)["challenge"]["attempt"].clone());
        }
        world.clock.advance(seconds(30));
        let code = app.code(world.now());
        let calls = attempts.iter().enumerate().map(|(at, attempt)| {
            let client = if at % 2 == 0 { world.anonymous() } else { world.anonymous().at(&other) };
            let body = json!({ "attempt": attempt, "code": code });
            async move { client.post("/v1/sign-ins/totp", body).await.status }
        });
        let statuses = join_all(calls).await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        // An older code does not come back either.
        let attempt = world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200)["challenge"]["attempt"].clone();
        let older = json!({ "attempt": attempt, "code": app.code(world.now() - seconds(30)) });
        world.anonymous().post("/v1/sign-ins/totp", older).await.refused(400, "sign_in.refused");
    }

    async fn guesses_at_a_password_are_few_wherever_they_come_from_and_its_owner_comes_in_again(world [connections = 10]) {
        let acme = world.vendor("Acme").await;
        let jo = acme.has_local("finance").await;
        let other = world.another_instance().await;
        let calls = (0..16).map(|at| {
            let client = if at % 2 == 0 { world.anonymous() } else { world.anonymous().at(&other) };
            let body = jo.sign_in(&format!("a wrong guess number {at}"));
            async move { client.post("/v1/sign-ins", body).await.status }
        });
        let statuses = join_all(calls).await;
        assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 5, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 11, "{statuses:?}");
        let waits = world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.refused(429, "sign_in.too_many_guesses");
        assert_eq!(waits.header("retry-after"), Some("30"));
        world.clock.advance(seconds(30));
        world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200);
        assert_eq!(acme.get("/v1/events?type=sign_in.locked").await.expect(200).rows().len(), 1);
    }

    async fn a_hundred_guesses_close_the_password_and_an_invitation_opens_it_again(world) {
        let acme = world.vendor("Acme").await;
        world.app().provide(access::local::Hashing::at(access::local::Cost { memory: 64, passes: 1, lanes: 1 }));
        let jo = acme.has_local("finance").await;
        for _ in 0..100 {
            world.anonymous().post("/v1/sign-ins", jo.sign_in("a wrong guess, once more")).await.refused(400, "sign_in.refused");
            world.clock.advance(hours(1));
        }
        world.clock.advance(days(300));
        world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.refused(429, "sign_in.too_many_guesses");
        let secret = acme.invites(&jo.id, &jo.portal).await;
        world.anonymous().post("/v1/invitations/accept", json!({ "secret": secret, "password": PASSWORD })).await.expect(200);
        world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200);
    }

    async fn guesses_at_a_code_are_few_over_all_attempts(world) {
        let acme = world.vendor("Acme").await;
        let (jo, app, codes) = acme.has_local("finance").await.adds_app(world.now()).await;
        let attempt = async || world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200)["challenge"]["attempt"].clone();
        world.clock.advance(seconds(30));
        for _ in 0..5 {
            let body = json!({ "attempt": attempt().await, "code": "000000" });
            world.anonymous().post("/v1/sign-ins/totp", body).await.refused(400, "sign_in.refused");
        }
        let right = json!({ "attempt": attempt().await, "code": app.code(world.now()) });
        world.anonymous().post("/v1/sign-ins/totp", right).await.refused(429, "sign_in.too_many_guesses");
        // Nobody is locked out by a stranger: a recovery code is another way, and opens this one.
        let recovery = json!({ "attempt": attempt().await, "code": codes[0] });
        world.anonymous().post("/v1/sign-ins/recovery-code", recovery).await.expect(200);
        let right = json!({ "attempt": attempt().await, "code": app.code(world.now()) });
        world.anonymous().post("/v1/sign-ins/totp", right).await.expect(200);
    }

    async fn whether_an_address_is_known_is_told_neither_by_answers_nor_by_locks(world) {
        let acme = world.vendor("Acme").await;
        let (jo, gone) = (acme.has_local("finance").await, acme.has_local("finance").await);
        let without = acme.adds_colleague("finance").await;
        let revision = acme.get(format!("/v1/people/{}", gone.id)).await.expect(200)["revision"].clone();
        acme.patch(format!("/v1/people/{}", gone.id), json!({ "status": "deactivated" })).if_match(revision).await.expect(200);
        let emails = [jo.email.clone(), gone.email.clone(), without.text("email"), "nobody@vendor.example".to_owned()];
        let mut seen = Vec::new();
        for email in &emails {
            let mut story = Vec::new();
            for guess in 0..7 {
                let body = json!({ "client_id": jo.portal, "email": email, "password": format!("a wrong guess number {guess}") });
                let reply = world.anonymous().post("/v1/sign-ins", body).await;
                story.push((reply.status, reply["code"].clone(), reply["title"].clone(), reply.header("retry-after").map(str::to_owned)));
            }
            seen.push(story);
        }
        assert!(seen.iter().all(|story| *story == seen[0]), "{seen:#?}");
        world.clock.advance(hours(1));
        let right = json!({ "client_id": jo.portal, "email": gone.email, "password": PASSWORD });
        world.anonymous().post("/v1/sign-ins", right).await.refused(400, "sign_in.refused");
    }

    async fn a_person_of_one_vendor_is_nobody_at_another_vendors_portal(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let (jo, portal) = (acme.has_local("finance").await, rival.opens_portal().await);
        let body = json!({ "client_id": portal, "email": jo.email, "password": PASSWORD });
        world.anonymous().post("/v1/sign-ins", body).await.refused(400, "sign_in.refused");
        let body = json!({ "client_id": "ptl_00000000000000000000000000", "email": jo.email, "password": PASSWORD });
        world.anonymous().post("/v1/sign-ins", body).await.refused(422, "portal.unknown");
    }

    async fn an_attempt_ends_after_five_minutes_and_fits_nothing_else(world) {
        let acme = world.vendor("Acme").await;
        let (jo, app, _) = acme.has_local("finance").await.adds_app(world.now()).await;
        let attempt = world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200)["challenge"]["attempt"].clone();
        world.clock.advance(minutes(5));
        let body = json!({ "attempt": attempt, "code": app.code(world.now()) });
        world.anonymous().post("/v1/sign-ins/totp", body).await.refused(400, "sign_in.refused");
        // What was begun in a session does not open another.
        let raised = jo.post("/v1/me/step-up/options", json!(null)).await.expect(200);
        let body = json!({ "attempt": raised["attempt"], "code": app.code(world.now()) });
        world.anonymous().post("/v1/sign-ins/totp", body).await.refused(400, "sign_in.refused");
    }

    /// A secret that appears nowhere but in the answer that gave it out.
    async fn no_event_holds_a_secret(world) {
        let acme = world.vendor("Acme").await;
        let (jo, app, codes) = acme.has_local("finance").await.adds_app(world.now()).await;
        let events = json!(acme.all("/v1/events").await).to_string();
        for secret in [PASSWORD, codes[0].as_str(), "argon2", "prml_", "prma_", jo.joined["token"]["refresh_token"].as_str().unwrap()] {
            assert!(!events.contains(secret), "{secret}");
        }
        assert!(!events.contains(&app.code(world.now())));
    }
}
