//! Out of office: who is passed over, who stands in, what is handed over, and from when to when.

use super::queues::{deciders, queue, reviewed, routes_to};
use crate::prelude::*;

/// An absence of this person that begins in some hours and lasts some.
async fn absence(acme: &Vendor, person: &str, begins: i64, lasts: i64, more: Value) -> Reply {
    let begins = acme.world().now() + hours(begins);
    let body = with(json!({ "begins_at": begins, "ends_at": begins + hours(lasts) }), more);
    acme.post(format!("/v1/people/{person}/absences"), body).await.expect(201)
}

spec! {
    async fn an_absence_is_entered_changed_told_and_taken_out(world) {
        let acme = world.vendor("Acme").await;
        let people = deciders(&acme, 3).await;
        let kim = acme.sees_sign_in(&people[0], &["pwd"]).await;
        let body = json!({ "begins_at": "2026-11-20T14:00:00Z", "ends_at": "2026-11-20T16:00:00Z", "cover_id": people[1], "hand_over": true });
        let made = kim.post("/v1/me/absences", body.clone()).await.expect(201);
        assert_eq!((&made["person_id"], &made["status"], &made["cover_id"]), (&json!(people[0]), &json!("planned"), &json!(people[1])));
        let path = format!("/v1/absences/{}", made.id());
        assert_eq!(kim.get(&path).await.expect(200).body, made.body);
        assert_eq!(kim.all("/v1/me/absences").await, std::slice::from_ref(&made.body));
        assert_eq!(acme.all(&format!("/v1/absences?person_id={}&status=planned", people[0])).await, std::slice::from_ref(&made.body));
        assert!(acme.all(&format!("/v1/absences?person_id={}", people[1])).await.is_empty());
        let changed = kim.patch(&path, json!({ "ends_at": "2026-11-20T15:00:00Z", "cover_id": null })).if_match(1).await.expect(200);
        assert_eq!((changed.body.get("cover_id"), &changed["revision"]), (None, &json!(2)));
        world.pass(hours(2)).await;
        assert_eq!(acme.get(&path).await.expect(200)["status"], "current");
        acme.patch(&path, json!({ "begins_at": "2026-11-20T14:30:00Z" })).if_match(3).await.refused(409, "absence.begun");
        world.pass(hours(1)).await;
        assert_eq!(acme.get(&path).await.expect(200)["status"], "over");
        acme.patch(&path, json!({ "hand_over": false })).if_match(4).await.refused(409, "absence.over");
        acme.delete(&path).await.expect(204);
        acme.get(&path).await.refused(404, "not_found");
        let told: Vec<_> = acme.all("/v1/events?type=absence.*").await.iter().map(|event| event["type"].clone()).collect();
        assert_eq!(told, ["absence.created", "absence.updated", "absence.began", "absence.ended", "absence.deleted"]);
    }

    async fn nobody_sends_others_away_without_managing_them(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let (admin, manager, finance) = (acme.adds_colleague("admin").await.id(), deciders(&acme, 1).await.remove(0), acme.adds_colleague("finance").await.id());
        let body = json!({ "begins_at": "2026-11-21T00:00:00Z", "ends_at": "2026-11-22T00:00:00Z" });
        let (managers, finances) = (acme.sees_sign_in(&manager, &["pwd"]).await, acme.sees_sign_in(&finance, &["pwd"]).await);
        managers.post(format!("/v1/people/{admin}/absences"), body.clone()).await.refused(403, "person.role_too_high");
        finances.post(format!("/v1/people/{manager}/absences"), body.clone()).await.refused(403, "auth.forbidden");
        let own = finances.post("/v1/me/absences", body.clone()).await.expect(201).id();
        let theirs = managers.post("/v1/me/absences", body.clone()).await.expect(201).id();
        finances.get(format!("/v1/absences/{theirs}")).await.expect(200);
        finances.patch(format!("/v1/absences/{theirs}"), json!({ "hand_over": true })).if_match(1).await.refused(403, "auth.forbidden");
        finances.delete(format!("/v1/absences/{theirs}")).await.refused(403, "auth.forbidden");
        finances.delete(format!("/v1/absences/{own}")).await.expect(204);
        // Keys and partners' people have no absences.
        acme.post("/v1/me/absences", body.clone()).await.refused(403, "auth.not_a_person");
        let seller = acme.adds_partner("Northwind").await.person("partner_admin").await;
        seller.post("/v1/me/absences", body.clone()).await.refused(403, "auth.not_a_person");
        acme.post(format!("/v1/people/{}/absences", seller.id), body.clone()).await.invalid_at("/");
        assert!(seller.all("/v1/absences").await.is_empty() && seller.all("/v1/me/absences").await.is_empty());
        seller.get(format!("/v1/absences/{theirs}")).await.refused(404, "not_found");
        rival.get(format!("/v1/absences/{theirs}")).await.refused(404, "not_found");
        rival.post(format!("/v1/people/{manager}/absences"), body).await.refused(404, "not_found");
    }

    async fn what_cannot_be_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let people = deciders(&acme, 8).await;
        let enter = |person: &str, body: Value| acme.post(format!("/v1/people/{person}/absences"), body);
        let day = |body: Value| with(json!({ "begins_at": "2026-12-01T00:00:00Z", "ends_at": "2026-12-02T00:00:00Z" }), body);
        enter(&people[0], day(json!({ "ends_at": "2026-12-01T00:00:00Z" }))).await.invalid_at("/ends_at");
        enter(&people[0], day(json!({ "begins_at": "2026-11-01T00:00:00Z", "ends_at": "2026-11-20T12:00:00Z" }))).await.invalid_at("/ends_at");
        enter(&people[0], day(json!({ "begins_at": "1999-11-01T00:00:00Z" }))).await.invalid_at("/begins_at");
        let seller = acme.adds_partner("Northwind").await.person("sales").await.id;
        let theirs = deciders(&world.vendor("Rival").await, 1).await.remove(0);
        for nobody in [&people[0], &seller, &theirs] {
            enter(&people[0], day(json!({ "cover_id": nobody }))).await.invalid_at("/cover_id");
        }
        // Covers at the same time must not go round in a circle, nor too far.
        enter(&people[1], day(json!({ "cover_id": people[2] }))).await.expect(201);
        enter(&people[2], day(json!({ "cover_id": people[1] }))).await.invalid_at("/cover_id");
        enter(&people[2], day(json!({ "cover_id": people[3] }))).await.expect(201);
        let refused = enter(&people[3], day(json!({ "cover_id": people[1] }))).await.invalid_at("/cover_id");
        assert_eq!(refused["errors"][0]["code"], "circle");
        let later = json!({ "begins_at": "2026-12-02T00:00:00Z", "ends_at": "2026-12-03T00:00:00Z", "cover_id": people[1] });
        let later = enter(&people[3], later).await.expect(201);
        acme.patch(format!("/v1/absences/{}", later.id()), json!({ "begins_at": "2026-12-01T12:00:00Z" })).if_match(1).await.invalid_at("/cover_id");
        for at in 3..6 {
            enter(&people[at], day(json!({ "cover_id": people[at + 1] }))).await.expect(201);
        }
        let refused = enter(&people[0], day(json!({ "cover_id": people[1] }))).await.invalid_at("/cover_id");
        assert_eq!(refused["errors"][0]["code"], "too_long");
    }

    /// From the moment it begins until just before it ends, whatever timers have done by then.
    async fn whoever_is_away_is_passed_over_to_the_microsecond(world) {
        let (acme, seller, _) = rivals(world).await;
        let people = deciders(&acme, 2).await;
        queue(&acme, "desk", "round_robin", &people).await;
        routes_to(&acme, "desk").await;
        absence(&acme, &people[0], 1, 1, json!({})).await;
        let tick = chrono::Duration::microseconds(1);
        let sells = async || reviewed(&acme, &*seller.anew().await).await.text("assignee_id");
        world.clock.advance(hours(1) - tick);
        assert_eq!((sells().await, sells().await), (people[0].clone(), people[1].clone()), "just before");
        world.clock.advance(tick);
        assert_eq!((sells().await, sells().await), (people[1].clone(), people[1].clone()), "from the moment on");
        world.clock.advance(hours(1) - tick);
        assert_eq!(sells().await, people[1], "until just before the end");
        world.clock.advance(tick);
        assert_eq!((sells().await, sells().await), (people[0].clone(), people[1].clone()), "and then back");
    }

    async fn what_is_for_somebody_away_goes_to_their_cover_or_theirs(world) {
        let acme = world.vendor("Acme").await;
        let people = deciders(&acme, 4).await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "manager_id": people[3] })).await;
        let seller = northwind.person("sales").await;
        routes_to(&acme, &people[0]).await;
        absence(&acme, &people[0], 0, 10, json!({ "cover_id": people[1] })).await;
        let deal = reviewed(&acme, &seller).await;
        assert_eq!((deal.text("assignee_id"), &deal["assignment"]["by"], &deal["assignment"]["cover_for"], &deal["assignment"]["rule"]),
            (people[1].clone(), &json!("cover"), &json!(people[0]), &json!("all")));
        let second = absence(&acme, &people[1], 0, 10, json!({ "cover_id": people[2] })).await;
        assert_eq!(reviewed(&acme, &seller).await.text("assignee_id"), people[2]);
        acme.patch(format!("/v1/absences/{}", second.id()), json!({ "cover_id": null })).if_match(1).await.expect(200);
        let deal = reviewed(&acme, &seller).await;
        assert_eq!((deal.text("assignee_id"), &deal["assignment"]["by"]), (people[3].clone(), &json!("channel_manager")), "nobody stands in");
        // A hand may still give it to somebody who is away.
        let given = acme.moves(&deal.id(), "assign", json!({ "to": people[0], "reason": "When you are back." })).await.expect(200);
        assert_eq!(given.text("assignee_id"), people[0]);
    }

    async fn in_a_queue_the_others_come_first_and_then_covers(world) {
        let (acme, seller, _) = rivals(world).await;
        let people = deciders(&acme, 3).await;
        queue(&acme, "desk", "round_robin", &people[..2]).await;
        routes_to(&acme, "desk").await;
        absence(&acme, &people[0], 0, 10, json!({ "cover_id": people[2] })).await;
        assert_eq!(reviewed(&acme, &seller).await.text("assignee_id"), people[1]);
        let away = absence(&acme, &people[1], 0, 10, json!({})).await;
        let deal = reviewed(&acme, &seller).await;
        assert_eq!((deal.text("assignee_id"), deal.text("queue"), &deal["assignment"]["cover_for"]), (people[2].clone(), "desk".into(), &json!(people[0])));
        acme.delete(format!("/v1/absences/{}", away.id())).await.expect(204);
        assert_eq!(reviewed(&acme, &seller).await.text("assignee_id"), people[1], "back at once");
    }

    async fn what_waits_for_somebody_is_theirs_when_they_are_back(world) {
        let (acme, seller, _) = rivals(world).await;
        let people = deciders(&acme, 2).await;
        queue(&acme, "desk", "least_loaded", &people[..1]).await;
        routes_to(&acme, &people[1]).await;
        for person in &people {
            absence(&acme, person, 0, 2, json!({})).await;
        }
        world.settle().await;
        let alone = reviewed(&acme, &seller).await;
        assert_eq!((alone.body.get("assignee_id"), alone.body.get("queue")), (None, None));
        routes_to(&acme, "desk").await;
        let queued = reviewed(&acme, &seller).await;
        assert_eq!(queued.body.get("assignee_id"), None);
        world.pass(hours(2)).await;
        assert_eq!(acme.deal(&alone.id()).await.text("assignee_id"), people[1]);
        assert_eq!(acme.deal(&queued.id()).await.text("assignee_id"), people[0]);
    }

    async fn what_somebody_has_is_handed_over_when_they_go_if_they_say_so(world) {
        let (acme, seller, _) = rivals(world).await;
        let people = deciders(&acme, 4).await;
        routes_to(&acme, &people[0]).await;
        let mine = reviewed(&acme, &seller).await;
        routes_to(&acme, &people[1]).await;
        let theirs = reviewed(&acme, &seller).await;
        absence(&acme, &people[0], 1, 2, json!({ "cover_id": people[2], "hand_over": true })).await;
        absence(&acme, &people[1], 1, 2, json!({ "cover_id": people[3] })).await;
        world.settle().await;
        assert_eq!(acme.deal(&mine.id()).await.text("assignee_id"), people[0], "not before it begins");
        world.pass(hours(1)).await;
        let now = acme.deal(&mine.id()).await;
        assert_eq!((now.text("assignee_id"), &now["assignment"]["cover_for"]), (people[2].clone(), &json!(people[0])));
        let step = acme.all(&format!("/v1/deals/{}/timeline", mine.id())).await.pop().expect("a step");
        assert_eq!((&step["type"], &step["note"]), (&json!("deal.assigned"), &json!("Out of office.")));
        assert_eq!(acme.deal(&theirs.id()).await.text("assignee_id"), people[1], "they did not say so");
        world.pass(hours(2)).await;
        assert_eq!(acme.deal(&mine.id()).await.text("assignee_id"), people[2], "it does not come back");
    }

    async fn whoever_is_erased_was_never_away(world) {
        let acme = world.vendor("Acme").await;
        let people = deciders(&acme, 2).await;
        let own = absence(&acme, &people[0], 1, 2, json!({ "cover_id": people[1] })).await;
        let other = absence(&acme, &people[1], 5, 2, json!({ "cover_id": people[0] })).await;
        let export = acme.get(format!("/v1/people/{}/export", people[0])).await;
        if export.status == 200 {
            assert!(String::from_utf8_lossy(&export.bytes).contains(&own.id()));
        }
        acme.post(format!("/v1/people/{}/erase", people[0]), json!(null)).await.expect(202);
        world.settle().await;
        acme.get(format!("/v1/absences/{}", own.id())).await.refused(404, "not_found");
        assert_eq!(acme.get(format!("/v1/absences/{}", other.id())).await.expect(200).body.get("cover_id"), None);
    }
}
