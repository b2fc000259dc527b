//! Letters, through a real mail server (PyPI `aiosmtpd`).

use crate::prelude::*;

spec! {
    async fn an_invitation_goes_out_by_mail_and_its_link_comes_back(world) {
        let acme = world.vendor("Acme & Söhne").await;
        let Some(mut mailbox) = Mailbox::open(world) else { return };
        let (portal, jo) = (acme.opens_portal().await, acme.adds_colleague("finance").await);
        let invited = acme.post(format!("/v1/people/{}/invite", jo.id()), json!({ "client_id": portal })).await.expect(200);
        assert_eq!((&invited["sent"], &invited["link"]), (&json!(true), &json!(null)));
        world.settle().await;
        let letter = mailbox.letter();
        assert_eq!((&letter["to"], &letter["from"]), (&json!([jo.text("email")]), &json!("partners@prm.test")));
        assert_eq!(letter["subject"], "Your invitation to the partner portal of Acme & Söhne");
        let secret = secret_in(letter["text"].as_str().unwrap());
        world.anonymous().post("/v1/invitations/accept", json!({ "secret": secret, "password": PASSWORD })).await.expect(200);
        // Sent, it is wiped.
        assert_eq!(world.number("SELECT COUNT(*) FROM mails WHERE sealed IS NOT NULL").await, 0);
    }

    async fn a_letter_that_was_put_off_goes_out_later_under_the_same_id(world) {
        let acme = world.vendor("Acme").await;
        let Some(mut mailbox) = Mailbox::open(world) else { return };
        let (portal, jo) = (acme.opens_portal().await, acme.adds_colleague("finance").await);
        mailbox.refuse(2);
        acme.post(format!("/v1/people/{}/invite", jo.id()), json!({ "client_id": portal })).await.expect(200);
        world.settle().await;
        world.pass(minutes(1)).await;
        assert_eq!(world.number("SELECT attempts FROM mails").await, 2);
        world.pass(minutes(2)).await;
        let letter = mailbox.letter();
        let id = letter["id"].as_str().unwrap();
        assert!(id.starts_with('<') && id.ends_with("@prm.test>"), "{id}");
        world.pass(hours(5)).await;
        assert_eq!(world.number("SELECT attempts FROM mails").await, 3);
    }

    async fn a_letter_exists_only_if_its_change_does(world) {
        let acme = world.vendor("Acme").await;
        let Some(_mailbox) = Mailbox::open(world) else { return };
        let (portal, admin) = (acme.opens_portal().await, acme.adds_colleague("admin").await);
        let manager = acme.makes_key("channel_manager", &[]).await;
        manager.post(format!("/v1/people/{}/invite", admin.id()), json!({ "client_id": portal })).await.refused(403, "person.role_too_high");
        assert_eq!(world.number("SELECT COUNT(*) FROM mails").await, 0);
    }

    async fn a_password_is_reset_by_mail_and_every_session_ends(world) {
        let acme = world.vendor("Acme").await;
        let (jo, app, _) = acme.has_local("finance").await.adds_app(world.now()).await;
        let Some(mut mailbox) = Mailbox::open(world) else { return };
        let ask = json!({ "client_id": jo.portal, "email": jo.email });
        world.anonymous().post("/v1/password-resets", ask.clone()).await.expect(202);
        world.settle().await;
        let letter = mailbox.letter();
        assert_eq!(letter["to"], json!([jo.email]));
        let text = letter["text"].as_str().unwrap();
        assert!(text.contains("https://portal.contoso.example/signed-in#password_reset=prml_"), "{text}");
        let new = "quiet harbour lantern";
        let complete = json!({ "secret": secret_in(text), "password": new });
        world.anonymous().post("/v1/password-resets/complete", complete.clone()).await.expect(204);
        world.anonymous().post("/v1/password-resets/complete", complete).await.refused(400, "link.refused");
        jo.get("/v1/partners").await.refused(401, "auth.required");
        world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.refused(400, "sign_in.refused");
        // The second factor is still asked for.
        let challenge = world.anonymous().post("/v1/sign-ins", jo.sign_in(new)).await.expect(200)["challenge"].clone();
        world.clock.advance(seconds(30));
        let body = json!({ "attempt": challenge["attempt"], "code": app.code(world.now()) });
        world.anonymous().post("/v1/sign-ins/totp", body).await.expect(200);
        world.settle().await;
        assert!(mailbox.letter()["text"].as_str().unwrap().contains("set anew"));
    }

    async fn asking_for_a_reset_tells_nothing_and_floods_nobody(world) {
        let acme = world.vendor("Acme").await;
        let jo = acme.has_local("finance").await;
        let without = acme.adds_colleague("finance").await;
        let Some(mut mailbox) = Mailbox::open(world) else { return };
        let ask = async |email: &str| world.anonymous().post("/v1/password-resets", json!({ "client_id": jo.portal, "email": email })).await;
        let known = ask(&jo.email).await.expect(202);
        for email in ["nobody@vendor.example", &without.text("email"), &jo.email] {
            let reply = ask(email).await;
            assert_eq!((reply.status, &reply.bytes), (known.status, &known.bytes));
        }
        world.settle().await;
        assert_eq!(world.number("SELECT COUNT(*) FROM mails").await, 1);
        assert_eq!(mailbox.letter()["to"], json!([jo.email]));
        assert_eq!(world.number("SELECT COUNT(*) FROM sign_in_attempts").await, 0);
    }

    async fn a_reset_leads_nowhere_but_to_the_portal(world) {
        let acme = world.vendor("Acme").await;
        let jo = acme.has_local("finance").await;
        let Some(mut mailbox) = Mailbox::open(world) else { return };
        let evil = json!({ "client_id": jo.portal, "email": jo.email, "redirect_uri": "https://evil.example/" });
        world.anonymous().post("/v1/password-resets", evil).await.invalid_at("/redirect_uri");
        let ask = json!({ "client_id": jo.portal, "email": jo.email, "redirect_uri": "https://other.example/signed-in" });
        let call = world.anonymous().post("/v1/password-resets", ask).header("host", "evil.example").header("x-forwarded-host", "evil.example");
        call.header("origin", "https://evil.example").header("forwarded", "host=evil.example").await.expect(202);
        world.settle().await;
        let letter = mailbox.letter();
        let text = letter["text"].as_str().unwrap();
        assert!(text.contains("https://other.example/signed-in#password_reset=") && !text.contains("evil"), "{text}");
        // It lasts an hour.
        world.clock.advance(hours(1));
        let complete = json!({ "secret": secret_in(text), "password": "quiet harbour lantern" });
        world.anonymous().post("/v1/password-resets/complete", complete).await.refused(400, "link.refused");
    }

    async fn without_a_mail_server_a_reset_says_so(world) {
        let acme = world.vendor("Acme").await;
        let jo = acme.has_local("finance").await;
        let ask = json!({ "client_id": jo.portal, "email": jo.email });
        world.anonymous().post("/v1/password-resets", ask).await.refused(409, "mail.not_configured");
    }
}
