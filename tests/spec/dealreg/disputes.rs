//! Disputes: how two sides are heard, who leads, and in what time.

use crate::prelude::*;
use std::future::IntoFuture as _;

/// A dispute about one customer, with everybody in it.
pub struct Quarrel {
    pub acme: Vendor,
    /// Holds the customer.
    pub northwind: Person,
    pub first: String,
    /// Came later, and claims.
    pub southridge: Person,
    pub second: String,
    /// Takes no side.
    pub reviewer: SignedIn,
    pub reviewer_id: String,
}

impl Quarrel {
    /// Northwind holds Fabrikam; Southridge was refused it. One colleague takes no side, two manage the partners.
    pub async fn over(world: &World, name: &str) -> Self {
        let (acme, northwind, southridge) = rivals(world).await;
        for partner in [&northwind.partner, &southridge.partner] {
            let manager = acme.adds_colleague("channel_manager").await.id();
            partner.is_changed(json!({ "manager_id": manager })).await;
        }
        let reviewer_id = acme.adds_colleague("channel_manager").await.id();
        let reviewer = acme.sees_sign_in(&reviewer_id, &["pwd"]).await;
        let first = northwind.registers(resale(name)).await;
        world.settle().await;
        let second = southridge.registers(resale(name)).await;
        assert_eq!((&first["status"], &second["status"]), (&json!("approved"), &json!("rejected")), "{second}");
        Self { acme, northwind, first: first.id(), southridge, second: second.id(), reviewer, reviewer_id }
    }

    /// Southridge opens it.
    pub async fn opens(&self) -> String {
        self.southridge.post("/v1/disputes", json!({ "deal_id": self.second, "reason": "We were there in March." })).await.expect(201).id()
    }

    /// Both are heard.
    pub async fn is_heard(&self, dispute: &str) {
        for side in [&self.northwind, &self.southridge] {
            side.post(path(dispute, "statements"), json!({ "text": "It is ours." })).await.expect(201);
        }
        self.reviewer.post(path(dispute, "begin-review"), json!(null)).await.expect(200);
    }

    /// Opened, heard, and decided so by the reviewer.
    pub async fn is_decided(&self, effect: Value) -> String {
        let dispute = self.opens().await;
        self.is_heard(&dispute).await;
        self.reviewer.post(path(&dispute, "decide"), with(effect, json!({ "public_reason": "It was there first." }))).await.expect(200);
        dispute
    }
}

pub fn path(dispute: &str, action: &str) -> String {
    format!("/v1/disputes/{dispute}/{action}")
}

pub async fn dispute(reader: &Client, id: &str) -> Reply {
    reader.get(format!("/v1/disputes/{id}")).await.expect(200)
}

spec! {
    async fn somebody_who_takes_no_side_leads(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.opens().await;
        let seen = dispute(&it.acme, &id).await;
        assert_eq!((&seen["reviewer_id"], &seen["nobody_neutral"], &seen["stage"]), (&json!(it.reviewer_id), &json!(false), &json!("statements")));
        let labels: Vec<_> = seen["parties"].as_array().expect("parties").iter().map(|of| (of["label"].clone(), of["deal_id"].clone())).collect();
        assert_eq!(labels, [(json!("A"), json!(it.second)), (json!("B"), json!(it.first))]);

        // A party's manager is refused, so is somebody else who is neutral but does not lead.
        let manager = it.acme.get(format!("/v1/partners/{}", it.northwind.partner.id)).await.expect(200)["manager_id"].clone();
        let manager = it.acme.sees_sign_in(manager.as_str().expect("a manager"), &["pwd"]).await;
        it.is_heard(&id).await;
        let decision = json!({ "outcome": "stands", "public_reason": "It was there first." });
        let refused = manager.post(path(&id, "decide"), decision.clone()).await.refused(409, "dispute.not_neutral");
        assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("manages one of the parties")), "{refused}");
        let other = it.acme.adds_colleague("channel_manager").await.id();
        it.acme.sees_sign_in(&other, &["pwd"]).await.post(path(&id, "decide"), decision.clone()).await.refused(409, "dispute.not_reviewer");
        it.southridge.post(path(&id, "decide"), decision.clone()).await.refused(403, "auth.forbidden");
        // A key is whoever owns it.
        let owned = json!({ "name": "Mine", "role": "admin", "owner_id": manager_id(&it).await });
        let owned = it.acme.bearing(&it.acme.post("/v1/api-keys", owned).await.expect(201).text("secret"));
        owned.post(path(&id, "decide"), decision.clone()).await.refused(409, "dispute.not_neutral");

        let decided = it.reviewer.post(path(&id, "decide"), decision).await.expect(200);
        assert_eq!((&decided["stage"], &decided["decision"]["outcome"]), (&json!("decided"), &json!("stands")));
    }

    async fn whoever_is_away_is_asked_only_if_everybody_neutral_is(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let (now, away) = (world.now(), async |person: &str| {
            let body = json!({ "begins_at": world.now(), "ends_at": world.now() + days(7) });
            it.acme.post(format!("/v1/people/{person}/absences"), body).await.expect(201);
        });
        let other = it.acme.adds_colleague("channel_manager").await.id();
        away(&it.reviewer_id).await;
        let id = it.opens().await;
        assert_eq!(dispute(&it.acme, &id).await["reviewer_id"], json!(other), "{now}");
        away(&other).await;
        let (first, second) = (it.northwind.registers(resale("Litware")).await.id(), it.southridge.registers(resale("Litware")).await.id());
        let opened = it.southridge.post("/v1/disputes", json!({ "deal_id": second, "reason": "Ours." })).await.expect(201).id();
        let seen = dispute(&it.acme, &opened).await;
        assert_eq!((&seen["reviewer_id"], &seen["nobody_neutral"]), (&json!(it.reviewer_id), &json!(false)), "{first}");
    }

    async fn who_decided_a_deal_or_leads_much_already_is_not_asked(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let other = it.acme.adds_colleague("channel_manager").await.id();
        assert_eq!(dispute(&it.acme, &it.opens().await).await["reviewer_id"], json!(it.reviewer_id));
        // The next dispute goes to who leads none; and the one after that, about a deal that they decided, does not.
        it.acme.reviews_large_deals().await;
        let next = async |name: &str, decider: Option<&SignedIn>| {
            it.northwind.registers(resale(name)).await;
            let late = it.southridge.registers(large(resale(name))).await.id();
            if let Some(decider) = decider {
                decider.moves(&late, "reject", json!({ "reason": "Taken." })).await.expect(200);
            }
            let id = it.southridge.post("/v1/disputes", json!({ "deal_id": late, "reason": "Ours." })).await.expect(201).id();
            dispute(&it.acme, &id).await["reviewer_id"].clone()
        };
        assert_eq!(next("Contoso AG", None).await, json!(other));
        let decider = it.acme.sees_sign_in(&it.reviewer_id, &["pwd"]).await;
        assert_eq!(next("Zirbelstube Feinkost", Some(&decider)).await, json!(other), "the other has decided about it");
    }

    async fn nobody_neutral_means_that_an_admin_says_so(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        let only = acme.adds_colleague("admin").await.id();
        for partner in [&northwind.partner, &southridge.partner] {
            partner.is_changed(json!({ "manager_id": only })).await;
        }
        northwind.registers(resale("Fabrikam")).await;
        let second = southridge.registers(resale("Fabrikam")).await.id();
        let opened = southridge.post("/v1/disputes", json!({ "deal_id": second, "reason": "Ours." })).await.expect(201);
        assert_eq!(opened.body.get("nobody_neutral"), None, "a partner is not told who leads");
        let id = opened.id();
        let seen = dispute(&acme, &id).await;
        assert_eq!((seen.body.get("reviewer_id"), &seen["nobody_neutral"]), (None, &json!(true)));
        world.pass(days(5)).await;
        assert_eq!(dispute(&acme, &id).await["stage"], "under_review", "the time for statements is over");
        let admin = acme.sees_sign_in(&only, &["pwd"]).await;
        let decision = json!({ "outcome": "stands", "public_reason": "It was there first." });
        admin.post(path(&id, "decide"), decision.clone()).await.refused(409, "dispute.not_neutral");
        let assign = json!({ "reviewer_id": only, "reason": "There is nobody else." });
        admin.post(path(&id, "assign"), assign.clone()).await.refused(409, "dispute.not_neutral");
        let decided = admin.post(path(&id, "decide"), with(decision, json!({ "despite_partiality": true }))).await.expect(200);
        assert_eq!(decided["decision"]["despite_partiality"], json!(true));
        let southridge = southridge.anew().await;
        assert_eq!(dispute(&southridge, &id).await["decision"].get("despite_partiality"), None);
    }

    async fn the_vendor_replaces_a_reviewer_with_a_reason(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.opens().await;
        let partial = manager_id(&it).await;
        let assign = |who: &str| json!({ "reviewer_id": who, "reason": "Knows the region." });
        it.acme.post(path(&id, "assign"), assign(&partial)).await.refused(409, "dispute.not_neutral");
        it.acme.post(path(&id, "assign"), assign(&it.acme.adds_colleague("finance").await.id())).await.invalid_at("/reviewer_id");
        let other = it.acme.adds_colleague("channel_manager").await.id();
        let now = it.acme.post(path(&id, "assign"), assign(&other)).await.expect(200);
        assert_eq!(now["reviewer_id"], json!(other));
        it.reviewer.post(path(&id, "begin-review"), json!(null)).await.refused(409, "dispute.not_reviewer");
        assert_eq!(it.acme.all("/v1/events?type=dispute.reviewer_changed").await.len(), 1);
    }

    async fn every_party_is_heard_before_it_is_decided(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.opens().await;
        let decision = json!({ "outcome": "stands", "public_reason": "It was there first." });
        let refused = it.reviewer.post(path(&id, "decide"), decision).await.refused(409, "dispute.illegal_move");
        assert!(refused["legal_actions"].as_array().is_some_and(|legal| legal.contains(&json!("begin-review"))), "{refused}");
        it.reviewer.post(path(&id, "begin-review"), json!(null)).await.refused(409, "dispute.not_heard");
        it.is_heard(&id).await;
        it.northwind.post(path(&id, "statements"), json!({ "text": "One thing more." })).await.refused(409, "dispute.illegal_move");
        let asked = json!({ "party": "B", "question": "Since when?" });
        let now = it.reviewer.post(path(&id, "request-statement"), asked).await.expect(200);
        assert_eq!((&now["stage"], &now["parties"][1]["stated"]), (&json!("statements"), &json!(false)));
        let read = it.northwind.all(&path(&id, "evidence")).await;
        assert!(read.iter().any(|piece| piece["kind"] == "question" && piece["text"] == "Since when?"), "{read:?}");
        let other = it.southridge.all(&path(&id, "evidence")).await;
        assert!(other.iter().all(|piece| piece["text"] != "Since when?"), "{other:?}");
        it.northwind.post(path(&id, "statements"), json!({ "text": "Since May." })).await.expect(201);
    }

    async fn it_is_never_stuck(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.opens().await;
        world.pass(days(5)).await;
        assert_eq!(dispute(&it.acme, &id).await["stage"], "under_review");
        world.pass(days(9)).await;
        assert_eq!(it.acme.all("/v1/events?type=dispute.due_soon").await.len(), 1);
        world.pass(days(1)).await;
        assert_eq!(it.acme.all("/v1/events?type=dispute.overdue").await.len(), 1);
        assert_eq!(dispute(&it.acme, &id).await["overdue"], json!(true));
        world.pass(days(3)).await;
        assert_eq!(it.acme.all("/v1/events?type=dispute.overdue").await.len(), 2, "said again until somebody decides");
    }

    async fn one_that_is_overdue_goes_to_somebody_else_who_is_neutral(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let other = it.acme.adds_colleague("channel_manager").await.id();
        let id = it.opens().await;
        world.pass(days(15)).await;
        let (app, vendor) = (world.app(), it.acme.id.parse().expect("an id"));
        let filter = kernel::log::Filter { types: vec!["dispute.overdue".into()], subject: None };
        let db = app.db().read_of(vendor).await.expect("a reader");
        let event = kernel::log::read(app, &db, vendor, 0, &filter, 1).await.expect("a query").remove(0);
        drop(db);
        let occasion = kernel::steps::Occasion { latest: event.clone(), due_at: event.occurred_at, event, automation: "dispute-overdue".into() };
        let step = server::assemble::steps().into_iter().find(|step| step.name == "dispute.escalate").expect("a step");
        let actor = kernel::Actor::system("automations", vendor);
        app.write(&actor, async |tx| (step.take)(tx, &occasion, &json!({})).await).await.expect("a step taken");
        let seen = dispute(&it.acme, &id).await;
        assert_eq!((&seen["reviewer_id"], &seen["overdue"]), (&json!(other), &json!(false)));
        assert!(seen["due_at"].as_str() > Some(&world.now().to_rfc3339()[..19]), "with the whole time to decide: {seen}");
        assert_eq!(it.acme.all("/v1/events?type=dispute.reviewer_changed").await[0]["data"]["why"], "escalated");
    }

    async fn an_appeal_goes_to_somebody_else_once_and_in_time(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let second = it.acme.adds_colleague("channel_manager").await.id();
        let id = it.is_decided(json!({ "outcome": "stands" })).await;
        let seen = dispute(&it.southridge, &id).await;
        assert_eq!(seen["available_actions"], json!(["appeal"]));
        let appealed = it.southridge.post(path(&id, "appeal"), json!({ "reason": "The minutes were not read." })).await.expect(200);
        assert_eq!((&appealed["stage"], &appealed["first_decision"]["outcome"]), (&json!("appealed"), &json!("stands")));
        assert_eq!(dispute(&it.acme, &id).await["reviewer_id"], json!(second), "somebody else");
        let decision = json!({ "outcome": "moves", "to": "A", "public_reason": "The minutes say so." });
        it.reviewer.post(path(&id, "decide"), decision.clone()).await.refused(409, "dispute.not_neutral");
        let last = it.acme.sees_sign_in(&second, &["pwd"]).await.post(path(&id, "decide"), decision).await.expect(200);
        assert_eq!((&last["stage"], &last["decision"]["on_appeal"]), (&json!("closed"), &json!(true)));
        it.northwind.post(path(&id, "appeal"), json!({ "reason": "No." })).await.refused(409, "dispute.illegal_move");
        assert_eq!(it.acme.deal(&it.second).await["status"], "approved");
    }

    async fn what_nobody_appeals_against_is_final(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.is_decided(json!({ "outcome": "stands" })).await;
        world.pass(days(10)).await;
        let southridge = it.southridge.anew().await;
        assert_eq!(dispute(&southridge, &id).await["stage"], "closed");
        southridge.post(path(&id, "appeal"), json!({ "reason": "Too late." })).await.refused(409, "dispute.illegal_move");
        southridge.post("/v1/disputes", json!({ "deal_id": it.second, "reason": "Once more." })).await.refused(409, "dispute.exists");
    }

    async fn what_was_taken_back_can_be_opened_again(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.opens().await;
        it.southridge.post("/v1/disputes", json!({ "deal_id": it.second, "reason": "Again." })).await.refused(409, "dispute.exists");
        it.northwind.post("/v1/disputes", json!({ "deal_id": it.first, "reason": "Theirs is refused." })).await.refused(409, "dispute.no_counterparty");
        it.northwind.post(path(&id, "withdraw"), json!(null)).await.refused(409, "dispute.not_party");
        assert_eq!(it.southridge.post(path(&id, "withdraw"), json!(null)).await.expect(200)["stage"], "withdrawn");
        it.opens().await;
    }

    async fn of_two_at_once_one_is_opened(world [connections = 8]) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let body = json!({ "deal_id": it.second, "reason": "Ours." });
        let calls = (0..5).map(|_| it.southridge.post("/v1/disputes", body.clone()).into_future());
        let mut statuses: Vec<_> = join_all(calls).await.iter().map(|reply| reply.status).collect();
        statuses.sort();
        assert_eq!(statuses, [201, 409, 409, 409, 409]);
        assert_eq!(world.number("SELECT COUNT(*) FROM disputes").await, 1);
    }

    async fn the_parties_settle_among_themselves(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.opens().await;
        let offer = json!({ "outcome": "splits", "shares": [{ "party": "A", "percent": 30 }, { "party": "B", "percent": 70 }] });
        it.southridge.post(path(&id, "propose-settlement"), json!({ "outcome": "splits", "shares": [] })).await.invalid_at("/shares");
        it.southridge.post(path(&id, "propose-settlement"), offer).await.expect(200);
        let seen = dispute(&it.northwind, &id).await;
        assert_eq!(seen["proposal"]["effect"]["shares"][1]["percent"], 70);
        assert!(seen["available_actions"].as_array().expect("actions").contains(&json!("accept-settlement")));
        let settled = it.northwind.post(path(&id, "accept-settlement"), json!(null)).await.expect(200);
        assert_eq!((&settled["stage"], &settled["decision"]["by_agreement"]), (&json!("settled"), &json!(true)));
        for (deal, percent) in [(&it.second, 30), (&it.first, 70)] {
            let deal = it.acme.deal(deal).await;
            assert_eq!((&deal["status"], &deal["share"]["percent"]), (&json!("approved"), &json!(percent)), "{deal}");
        }
    }

    async fn the_vendors_own_sales_are_a_party_too(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.is_in_talks_with("Fabrikam GmbH").await;
        let deal = seller.registers(resale("Fabrikam GmbH")).await;
        assert_eq!(deal["status"], "in_review");
        let opened = seller.post("/v1/disputes", json!({ "deal_id": deal.id(), "reason": "We brought them." })).await.expect(201);
        assert_eq!(opened["parties"][1]["kind"], "direct_sales");
        let id = opened.id();
        let exhibits = acme.all(&path(&id, "evidence")).await;
        assert!(exhibits.iter().any(|of| of["party"] == "B" && of["facts"]["event"] == "opportunity.created"), "{exhibits:?}");
        for side in [&*seller, acme.client()] {
            side.post(path(&id, "statements"), json!({ "text": "Ours." })).await.expect(201);
        }
        acme.post(path(&id, "begin-review"), json!(null)).await.expect(200);
        acme.post(path(&id, "decide"), json!({ "outcome": "moves", "to": "A", "public_reason": "It brought the customer." })).await.expect(200);
        assert_eq!(acme.deal(&deal.id()).await["status"], "approved");
    }

    async fn a_deal_that_collides_with_nobody_or_has_ended_is_not_disputed(world) {
        let (acme, seller, other) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await.id();
        let open = |deal: &str| json!({ "deal_id": deal, "reason": "Ours." });
        seller.post("/v1/disputes", open(&deal)).await.refused(409, "dispute.no_counterparty");
        other.post("/v1/disputes", open(&deal)).await.invalid_at("/deal_id");
        let foreign = with(open(&deal), json!({ "against_deal_id": deal }));
        seller.post("/v1/disputes", foreign).await.invalid_at("/against_deal_id");
        seller.moves(&deal, "withdraw", json!(null)).await.expect(200);
        seller.post("/v1/disputes", open(&deal)).await.refused(409, "dispute.deal_ended");
        assert!(acme.all("/v1/disputes").await.is_empty());
    }
}

async fn manager_id(it: &Quarrel) -> String {
    let partner = it.acme.get(format!("/v1/partners/{}", it.northwind.partner.id)).await.expect(200);
    partner.text("manager_id")
}
