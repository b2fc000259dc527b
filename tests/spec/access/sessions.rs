//! Sessions: a refresh token works once, and what ends a session ends its tokens.

use crate::prelude::*;

async fn refresh(client: &Client, token: &str) -> Reply {
    let form = format!("grant_type=refresh_token&refresh_token={token}");
    client.call(Method::POST, "/v1/tokens").raw("application/x-www-form-urlencoded", form).await
}

spec! {
    async fn a_session_is_carried_on_by_refresh_tokens_that_work_once(world) {
        let acme = world.vendor("Acme").await;
        let seller = acme.adds_partner("Northwind").await.person("sales").await;
        let signed_in = seller.signs_in(&["pwd"]).await;
        signed_in.get("/v1/partners").await.expect(200);
        world.clock.advance(minutes(15));
        signed_in.get("/v1/partners").await.refused(401, "auth.required");
        let next = refresh(&world.anonymous(), &signed_in.refresh_token).await.expect(200);
        assert_eq!(next["session_id"], signed_in.session);
        let again = acme.bearing(&next.text("access_token"));
        again.get("/v1/partners").await.expect(200);
        world.clock.advance(minutes(1));
        // Whoever brings the old one now has stolen it, or was stolen from.
        let stolen = refresh(&world.anonymous(), &signed_in.refresh_token).await.refused(400, "token.invalid_grant");
        assert_eq!(stolen["error"], "invalid_grant");
        again.get("/v1/partners").await.refused(401, "auth.required");
        refresh(&world.anonymous(), &next.text("refresh_token")).await.refused(400, "token.invalid_grant");
        assert_eq!(acme.get(format!("/v1/sessions/{}", signed_in.session)).await.expect(200)["end_reason"], "refresh_token_reused");
    }

    async fn an_answer_lost_on_the_way_may_be_asked_for_again_at_once(world) {
        let acme = world.vendor("Acme").await;
        let signed_in = acme.adds_partner("Northwind").await.person("sales").await.signs_in(&["pwd"]).await;
        let lost = refresh(&world.anonymous(), &signed_in.refresh_token).await.expect(200);
        let again = refresh(&world.anonymous(), &signed_in.refresh_token).await.expect(200);
        assert_ne!(lost.text("refresh_token"), again.text("refresh_token"));
        refresh(&world.anonymous(), &again.text("refresh_token")).await.expect(200);
    }

    async fn a_session_ends_when_it_lies_unused_or_is_old(world) {
        let acme = world.vendor("Acme").await;
        let seller = acme.adds_partner("Northwind").await.person("sales").await;
        let (idle, busy) = (seller.signs_in(&["pwd"]).await, seller.signs_in(&["pwd"]).await);
        let mut token = busy.refresh_token.clone();
        for _ in 0..5 {
            world.clock.advance(days(6));
            let reply = refresh(&world.anonymous(), &token).await;
            if world.now() - days(30) < spec::world::START.parse::<chrono::DateTime<chrono::Utc>>().expect("a time") {
                token = reply.expect(200).text("refresh_token");
            } else {
                reply.refused(400, "token.invalid_grant");
            }
        }
        refresh(&world.anonymous(), &idle.refresh_token).await.refused(400, "token.invalid_grant");
        assert_eq!(acme.get("/v1/sessions").await.expect(200).rows().len(), 0);
        assert_eq!(acme.get("/v1/sessions?open=false").await.expect(200).rows().len(), 2);
    }

    async fn people_see_and_end_their_own_sessions_and_managers_those_within_reach(world) {
        let acme = world.vendor("Acme").await;
        let (northwind, southwind) = (acme.adds_partner("Northwind").await, acme.adds_partner("Southwind").await);
        let (seller, boss) = (northwind.person("sales").await, northwind.person("partner_admin").await);
        let other = southwind.person("sales").await.signs_in(&["pwd"]).await;
        let (phone, laptop) = (seller.signs_in(&["pwd"]).await, seller.signs_in(&["pwd", "otp", "mfa"]).await);
        assert_eq!(phone.get("/v1/sessions").await.expect(200).rows().len(), 2);
        assert_eq!(boss.get("/v1/sessions").await.expect(200).rows().len(), 2);
        assert_eq!(acme.get("/v1/sessions").await.expect(200).rows().len(), 3);
        assert_eq!(other.get(format!("/v1/sessions?person_id={}", seller.id)).await.expect(200).rows().len(), 0);
        other.post(format!("/v1/sessions/{}/revoke", phone.session), json!(null)).await.refused(404, "not_found");
        phone.post(format!("/v1/sessions/{}/revoke", laptop.session), json!(null)).await.expect(200);
        laptop.get("/v1/partners").await.refused(401, "auth.required");
        phone.get("/v1/partners").await.expect(200);
        boss.post(format!("/v1/sessions/{}/revoke", phone.session), json!(null)).await.expect(200);
        phone.get("/v1/partners").await.refused(401, "auth.required");
    }

    async fn signing_a_person_out_everywhere_takes_back_every_token_of_theirs(world) {
        let acme = world.vendor("Acme").await;
        let seller = acme.adds_partner("Northwind").await.person("sales").await;
        let signed_in = seller.signs_in(&["pwd"]).await;
        seller.get("/v1/partners").await.expect(200);
        acme.post(format!("/v1/people/{}/revoke-access", seller.id), json!(null)).await.expect(200);
        for client in [&*seller, &*signed_in] {
            client.get("/v1/partners").await.refused(401, "auth.required");
        }
        world.clock.advance(seconds(1));
        seller.anew().await.get("/v1/partners").await.expect(200);
        seller.signs_in(&["pwd"]).await.get("/v1/partners").await.expect(200);
    }

    async fn a_leaver_has_no_session_even_after_coming_back(world) {
        let acme = world.vendor("Acme").await;
        let seller = acme.adds_partner("Northwind").await.person("sales").await;
        let signed_in = seller.signs_in(&["pwd"]).await;
        let path = format!("/v1/people/{}", seller.id);
        acme.patch(&path, json!({ "status": "deactivated" })).if_match(1).await.expect(200);
        signed_in.get("/v1/partners").await.refused(401, "auth.required");
        acme.patch(&path, json!({ "status": "active" })).if_match(2).await.expect(200);
        signed_in.get("/v1/partners").await.refused(401, "auth.required");
        refresh(&world.anonymous(), &signed_in.refresh_token).await.refused(400, "token.invalid_grant");
    }
}
