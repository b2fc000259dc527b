//! Approval in several steps, where a rule asks for it.

use crate::prelude::*;

/// A vendor whose large deals need the desk, then finance; a seller; and a deal that waits.
async fn desk(world: &World) -> (Vendor, Person, String) {
    let acme = world.vendor("Acme").await;
    acme.reviews_large_deals().await;
    let approvals = json!([{ "name": "Desk", "role": "channel_manager" }, { "name": "Finance lead", "permission": "vendor:manage" }]);
    let mut rules = acme.rules().await;
    rules["rules"][0]["review"] = json!({ "approvals": approvals });
    acme.publishes(rules).await;
    let seller = acme.adds_partner("Northwind").await.person("sales").await;
    let id = seller.registers(large(resale("Fabrikam"))).await.id();
    (acme, seller, id)
}

async fn colleague(acme: &Vendor, role: &str) -> (String, SignedIn) {
    let id = acme.adds_colleague(role).await.id();
    let signed_in = acme.sees_sign_in(&id, &["pwd"]).await;
    (id, signed_in)
}

spec! {
    async fn each_step_is_given_by_another_and_the_last_approves(world) {
        let (acme, _, id) = desk(world).await;
        let (ann, desk) = colleague(&acme, "channel_manager").await;
        let (_, other) = colleague(&acme, "channel_manager").await;
        let (boss, lead) = colleague(&acme, "admin").await;
        lead.moves(&id, "approve", json!(null)).await.refused(403, "deal.not_your_step");
        acme.moves(&id, "approve", json!(null)).await.refused(403, "deal.not_your_step");

        let once = desk.moves(&id, "approve", json!({ "reason": "Fits." })).await.expect(200);
        assert_eq!((&once["status"], &once["approvals"][0]["approved_by"]["id"]), (&json!("in_review"), &json!(ann)));
        assert_eq!((&once["approvals"][1]["name"], once["approvals"][1].get("approved_by")), (&json!("Finance lead"), None));
        assert_eq!(once.body.get("protected_until"), None);
        desk.moves(&id, "approve", json!(null)).await.refused(409, "deal.approved_already");
        other.moves(&id, "approve", json!(null)).await.refused(403, "deal.not_your_step");

        let done = lead.moves(&id, "approve", json!({ "reason": "Paid for." })).await.expect(200);
        assert_eq!((&done["status"], &done["approvals"][1]["approved_by"]["id"]), (&json!("approved"), &json!(boss)));
        assert!(done["protected_until"].is_string() && done["approvals"][0]["approved_at"].is_string());
        assert_eq!(steps(&acme, &id).await, ["deal.in_review", "deal.approval_given", "deal.approved"]);
    }

    async fn a_refusal_at_any_step_ends_it_and_handing_in_again_begins_anew(world) {
        let (acme, seller, id) = desk(world).await;
        let (_, desk) = colleague(&acme, "channel_manager").await;
        desk.moves(&id, "approve", json!(null)).await.expect(200);
        acme.moves(&id, "reject", json!({ "reason": "Too cheap." })).await.expect(200);
        acme.moves(&id, "approve", json!(null)).await.refused(409, "deal.approvals_open");
        let again = seller.moves(&id, "resubmit", json!(null)).await.expect(200);
        assert_eq!(again["status"], "in_review");
        let open = acme.deal(&id).await["approvals"].clone();
        assert!(open.as_array().expect("steps").iter().all(|step| step.get("approved_by").is_none()), "{open}");
        desk.moves(&id, "approve", json!(null)).await.expect(200);
        assert_eq!(acme.moves(&id, "approve", json!(null)).await.expect(200)["status"], "approved");
    }

    async fn a_question_takes_back_what_was_approved_before_it(world) {
        let (acme, seller, id) = desk(world).await;
        let (_, desk) = colleague(&acme, "channel_manager").await;
        desk.moves(&id, "approve", json!(null)).await.expect(200);
        acme.moves(&id, "request-information", json!({ "question": "Who decides?" })).await.expect(200);
        seller.moves(&id, "resubmit", json!({ "reason": "Ada does." })).await.expect(200);
        acme.moves(&id, "approve", json!(null)).await.refused(403, "deal.not_your_step");
    }

    async fn two_at_once_give_two_different_steps_or_one_is_refused(world [connections = 8]) {
        let (acme, _, id) = desk(world).await;
        let (_, one) = colleague(&acme, "channel_manager").await;
        let (_, two) = colleague(&acme, "channel_manager").await;
        let calls = [one.moves(&id, "approve", json!(null)), two.moves(&id, "approve", json!(null))].map(|call| tokio::spawn(async move { call.await.status }));
        let mut statuses: Vec<_> = join_all(calls).await.into_iter().map(|status| status.expect("a call")).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 403]);
        assert_eq!(acme.deal(&id).await["status"], "in_review");
    }

    async fn the_last_step_approves_nothing_that_another_deal_holds(world) {
        let (acme, _, id) = desk(world).await;
        let (_, desk) = colleague(&acme, "channel_manager").await;
        desk.moves(&id, "approve", json!(null)).await.expect(200);
        acme.publishes(with(acme.rules().await, json!({ "rules": [] }))).await;
        let rival = acme.adds_partner("Southridge").await.person("sales").await;
        assert_eq!(rival.registers(resale("Fabrikam")).await["status"], "approved");
        let before = acme.deal(&id).await;
        acme.moves(&id, "approve", json!(null)).await.refused(409, "deal.protected");
        assert_eq!(acme.deal(&id).await.body, before.body, "and the step is not given either");
    }
}
