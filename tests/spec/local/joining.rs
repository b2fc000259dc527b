//! Coming in by an invitation.

use crate::prelude::*;

spec! {
    async fn who_is_invited_sets_a_password_and_is_in(world) {
        let acme = world.vendor("Acme").await;
        let (portal, jo) = (acme.opens_portal().await, acme.adds_colleague("channel_manager").await);
        let invited = acme.post(format!("/v1/people/{}/invite", jo.id()), json!({ "client_id": portal })).await.expect(200);
        let link = invited.text("link");
        assert!(link.starts_with("https://portal.contoso.example/signed-in#invitation=prml_"), "{link}");
        assert_eq!((&invited["sent"], &invited["expires_at"]), (&json!(false), &json!("2026-11-27T12:00:00Z")));
        let pending = acme.get(format!("/v1/people/{}", jo.id())).await.expect(200);
        assert!(pending["invited_at"].is_string() && pending["email_verified_at"].is_null(), "{pending}");

        let joined = world.anonymous().post("/v1/invitations/accept", json!({ "secret": secret_in(&link), "password": PASSWORD, "device": "Firefox" })).await;
        let joined = joined.expect(200);
        assert_eq!((&joined["status"], &joined["mfa_enrolment_required"]), (&json!("signed_in"), &json!(false)));
        let jo_now = acme.bearing(joined["token"]["access_token"].as_str().unwrap());
        jo_now.get("/v1/partners").await.expect(200);
        let sessions = jo_now.get("/v1/sessions").await.expect(200);
        assert_eq!((&sessions.rows()[0]["methods"], &sessions.rows()[0]["device"], &sessions.rows()[0]["portal_id"]), (&json!(["pwd"]), &json!("Firefox"), &json!(portal)));
        assert!(acme.get(format!("/v1/people/{}", jo.id())).await.expect(200)["email_verified_at"].is_string());

        let types: Vec<_> = acme.all("/v1/events").await.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
        for kind in ["person.invited", "person.joined", "password.changed", "session.started"] {
            assert!(types.iter().any(|found| found == kind), "{kind} in {types:?}");
        }
    }

    async fn a_link_works_once_for_seven_days_and_until_the_next(world) {
        let acme = world.vendor("Acme").await;
        let (portal, jo) = (acme.opens_portal().await, acme.adds_colleague("finance").await);
        let accept = async |secret: &str| world.anonymous().post("/v1/invitations/accept", json!({ "secret": secret, "password": PASSWORD })).await;
        let first = acme.invites(&jo.id(), &portal).await;
        let second = acme.invites(&jo.id(), &portal).await;
        accept(&first).await.refused(400, "link.refused");
        world.clock.advance(days(7));
        accept(&second).await.refused(400, "link.refused");
        let third = acme.invites(&jo.id(), &portal).await;
        accept(&third).await.expect(200);
        accept(&third).await.refused(400, "link.refused");
        accept("prml_nonsense").await.refused(400, "link.refused");
    }

    async fn of_two_who_open_a_link_at_once_one_is_in(world) {
        let acme = world.vendor("Acme").await;
        let (portal, jo) = (acme.opens_portal().await, acme.adds_colleague("finance").await);
        let secret = acme.invites(&jo.id(), &portal).await;
        let other = world.another_instance().await;
        let body = json!({ "secret": secret, "password": PASSWORD });
        let calls = [world.anonymous(), world.anonymous().at(&other), world.anonymous(), world.anonymous().at(&other)];
        let replies = join_all(calls.iter().map(|client| { let body = body.clone(); async move { client.post("/v1/invitations/accept", body).await.status } })).await;
        assert_eq!(replies.iter().filter(|status| **status == 200).count(), 1, "{replies:?}");
    }

    async fn nobody_invites_beyond_their_reach(world) {
        let acme = world.vendor("Acme").await;
        let (portal, admin) = (acme.opens_portal().await, acme.adds_colleague("admin").await);
        let manager = acme.makes_key("channel_manager", &[]).await;
        manager.post(format!("/v1/people/{}/invite", admin.id()), json!({ "client_id": portal })).await.refused(403, "person.role_too_high");
        let (northwind, fabrikam) = (acme.adds_partner("Northwind").await, acme.adds_partner("Fabrikam").await);
        let (boss, outsider) = (northwind.person("partner_admin").await, fabrikam.person("sales").await);
        let sales = northwind.person("sales").await;
        boss.post(format!("/v1/people/{}/invite", sales.id), json!({ "client_id": portal })).await.expect(200);
        boss.post(format!("/v1/people/{}/invite", outsider.id), json!({ "client_id": portal })).await.refused(404, "not_found");
        let rival = world.vendor("Rival").await.opens_portal().await;
        acme.post(format!("/v1/people/{}/invite", sales.id), json!({ "client_id": rival })).await.invalid_at("/client_id");
        let elsewhere = json!({ "client_id": portal, "redirect_uri": "https://evil.example/signed-in" });
        acme.post(format!("/v1/people/{}/invite", sales.id), elsewhere).await.invalid_at("/redirect_uri");
    }

    async fn who_was_shut_out_meanwhile_stays_out(world) {
        let acme = world.vendor("Acme").await;
        let (portal, jo) = (acme.opens_portal().await, acme.adds_colleague("finance").await);
        let secret = acme.invites(&jo.id(), &portal).await;
        acme.patch(format!("/v1/people/{}", jo.id()), json!({ "status": "deactivated" })).if_match(2).await.expect(200);
        world.anonymous().post("/v1/invitations/accept", json!({ "secret": secret, "password": PASSWORD })).await.refused(400, "link.refused");
        acme.post(format!("/v1/people/{}/invite", jo.id()), json!({ "client_id": portal })).await.refused(409, "person.deactivated");
    }
}
