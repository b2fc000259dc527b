//! How a person wants to be told.

use super::*;

spec! {
    async fn preferences_are_ones_own_and_have_a_usual_form(world) {
        let (acme, seller, other) = rivals(world).await;
        let usual = seller.get("/v1/notification-preferences").await.expect(200);
        assert_eq!((&usual["language"], &usual["time_zone"], &usual["rules"]), (&json!("en"), &json!("UTC"), &json!([])));
        let want = json!({ "language": "pt-BR", "time_zone": "America/Sao_Paulo", "quiet_hours": { "from": "22:00", "to": "07:30" }, "digest_hour": 9,
            "digest_weekday": "friday", "rules": [{ "template": NOTICE, "inbox": true, "mail": false, "frequency": "weekly" }] });
        let set = seller.put("/v1/notification-preferences", want.clone()).await.expect(200);
        for (name, member) in want.as_object().unwrap() {
            assert_eq!(&set[name.as_str()], member, "{set}");
        }
        assert_eq!((seller.get("/v1/notification-preferences").await.expect(200).body, &set["revision"]), (set.body.clone(), &json!(2)));
        // The same again is no change, and no event.
        let events = acme.all("/v1/events?type=notification_preferences.changed").await;
        assert_eq!(seller.put("/v1/notification-preferences", want).await.expect(200)["revision"], 2);
        assert_eq!(acme.all("/v1/events?type=notification_preferences.changed").await.len(), events.len());
        assert_eq!(events[0]["data"], json!({ "person_id": seller.id, "revision": 2 }), "how they want it is theirs");
        assert_eq!(other.get("/v1/notification-preferences").await.expect(200)["language"], "en");
    }

    async fn what_makes_no_sense_is_refused_by_its_pointer(world) {
        let (_, seller, _) = rivals(world).await;
        let rule = |template: &str| json!({ "template": template, "inbox": true, "mail": true });
        for (body, pointer) in [
            (json!({ "time_zone": "Europe/Atlantis" }), "/time_zone"),
            (json!({ "language": "german" }), "/language"),
            (json!({ "quiet_hours": { "from": "25:00", "to": "07:00" } }), "/quiet_hours/from"),
            (json!({ "digest_hour": 24 }), "/digest_hour"),
            (json!({ "rules": [rule("no.such")] }), "/rules/0/template"),
            (json!({ "rules": [rule("*"), rule("*")] }), "/rules/1/template"),
        ] {
            seller.put("/v1/notification-preferences", body).await.invalid_at(pointer);
        }
    }
}
