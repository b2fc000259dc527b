//! Who contributed what: said, confirmed or settled, and then for good.

use super::*;

fn said(vendor: i64, partner: i64) -> Value {
    json!({ "contributions": [{ "side": "vendor", "help": "demo", "what": "Showed it.", "basis_points": vendor }, { "side": "partner", "basis_points": partner }] })
}

spec! {
    async fn one_side_says_and_the_other_confirms(world) {
        let it = Together::in_(world).await;
        let (deal, id) = it.agrees("Fabrikam", &["demo"]).await;
        moves(&it.seller, &id, "confirm-contributions", json!(null)).await.refused(409, "cosell_request.illegal_move");
        let proposed = moves(&it.seller, &id, "propose-contributions", said(3_000, 7_000)).await.expect(200);
        assert_eq!((&proposed["status"], &proposed["proposal"]["side"]), (&json!("closing"), &json!("partner")));
        moves(&it.seller, &id, "confirm-contributions", json!(null)).await.refused(409, "cosell_request.nothing_to_confirm");
        // The vendor sees it otherwise, and the partner agrees.
        moves(&it.acme, &id, "propose-contributions", said(4_000, 6_000)).await.expect(200);
        let done = moves(&it.seller, &id, "confirm-contributions", json!(null)).await.expect(200);
        assert_eq!((&done["status"], &done["settled"]), (&json!("completed"), &json!("confirmed")));
        assert_eq!(done["shares"], json!({ "vendor_basis_points": 4_000, "partner_basis_points": 6_000 }));
        let records = it.seller.all(&format!("/v1/deals/{deal}/contributions")).await;
        assert_eq!((records.len(), &records[0]["help"], &records[0]["basis_points"], &records[0]["settled"]), (2, &json!("demo"), &json!(4_000), &json!("confirmed")));
        it.other.get(format!("/v1/deals/{deal}/contributions")).await.refused(404, "not_found");
        moves(&it.acme, &id, "settle-contributions", said(1, 9_999)).await.refused(409, "cosell_request.illegal_move");
        let completed = it.acme.all("/v1/events?type=cosell_request.completed").await;
        assert_eq!(completed[0]["data"]["cosell_request"]["contributions"][0]["what"], "Showed it.");
        assert_eq!(told(&it.acme).await, ["requested", "accepted", "contributions_proposed", "contributions_proposed", "completed"]);
        // The deal goes on, and may be helped with again.
        it.seller.post(format!("/v1/deals/{deal}/request-cosell"), json!({ "helps": ["pricing"] })).await.expect(201);
    }

    async fn shares_are_the_whole_and_of_those_who_took_part(world) {
        let it = Together::in_(world).await;
        let (_, id) = it.agrees("Fabrikam", &["demo"]).await;
        let say = |body: Value| moves(&it.seller, &id, "propose-contributions", body);
        say(said(3_000, 6_999)).await.invalid_at("/contributions");
        say(said(-1, 10_001)).await.invalid_at("/contributions/0/basis_points");
        say(json!({ "contributions": [] })).await.invalid_at("/contributions");
        let one = |members: Value| json!({ "contributions": [with(json!({ "side": "partner", "basis_points": 10_000 }), members)] });
        say(one(json!({ "person_id": it.other.id }))).await.invalid_at("/contributions/0/person_id");
        say(one(json!({ "person_id": it.manager }))).await.invalid_at("/contributions/0/person_id");
        say(one(json!({ "help": "pricing" }))).await.invalid_at("/contributions/0/help");
        assert_eq!(it.sees(&id).await["status"], "accepted", "nothing half done");
        say(one(json!({ "person_id": it.seller.id }))).await.expect(200);
    }

    async fn the_vendor_settles_and_of_two_at_once_one_does(world [connections = 8]) {
        let it = Together::in_(world).await;
        let (deal, id) = it.agrees("Fabrikam", &["demo"]).await;
        moves(&it.seller, &id, "settle-contributions", said(0, 10_000)).await.refused(403, "cosell_request.other_side");
        moves(&it.seller, &id, "propose-contributions", said(0, 10_000)).await.expect(200);
        let calls = [
            moves(&it.acme, &id, "settle-contributions", said(5_000, 5_000)),
            moves(&it.acme, &id, "confirm-contributions", json!(null)),
            moves(&it.acme, &id, "settle-contributions", said(6_000, 4_000)),
        ];
        let statuses = join_all(calls.map(|call| async { call.await.status })).await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(it.acme.all(&format!("/v1/deals/{deal}/contributions")).await.len(), 2);
        assert_eq!(it.acme.all("/v1/events?type=cosell_request.completed").await.len(), 1);
    }

    async fn what_nobody_answers_counts_as_agreed_and_what_nobody_says_ends_without_a_record(world) {
        let it = Together::in_(world).await;
        let (deal, id) = it.agrees("Fabrikam", &["demo"]).await;
        moves(&it.seller, &id, "propose-contributions", said(2_500, 7_500)).await.expect(200);
        let (silent, other) = it.agrees("Tailspin", &["demo"]).await;
        it.acme.moves(&silent, "close", json!({ "outcome": "won" })).await.expect(200);
        world.settle().await;
        assert_eq!(it.sees(&other).await["status"], "closing");
        world.pass(days(9)).await;
        assert_eq!(it.sees(&id).await["status"], "closing");
        world.pass(days(2)).await;
        let settled = it.sees(&id).await;
        assert_eq!((&settled["status"], &settled["settled"], &settled["shares"]["vendor_basis_points"]), (&json!("completed"), &json!("unanswered"), &json!(2_500)));
        assert_eq!(it.acme.all(&format!("/v1/deals/{deal}/contributions")).await.len(), 2);
        let unsaid = it.sees(&other).await;
        assert_eq!((&unsaid["status"], &unsaid["settled"], &unsaid["contributions"], &unsaid["outcome"]), (&json!("completed"), &json!("unsaid"), &json!([]), &json!("won")));
    }
}
