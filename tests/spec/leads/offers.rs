//! Offers: one partner at a time, for a while.

use super::*;

spec! {
    async fn before_it_accepts_a_partner_sees_what_the_vendor_chose_and_never_the_contact(world) {
        let (acme, sellers) = partners(world, &["Northwind", "Southridge"]).await;
        let lead = acme.captures(with(lead("Fabrikam"), json!({ "message": "Call me.", "campaign": "Fair" }))).await;
        let (asked, others) = split(&sellers, &lead);
        let seen = asked.lead(&lead.id()).await;
        for hidden in ["contact", "message", "campaign", "score", "duplicates", "source", "offers", "external_id"] {
            assert_eq!(seen.body.get(hidden), None, "{hidden}");
        }
        assert_eq!((&seen["company"]["name"], &seen["available_actions"]), (&json!("Fabrikam"), &json!(["accept", "decline"])));
        others[0].get(format!("/v1/leads/{}", lead.id())).await.refused(404, "not_found");
        assert!(others[0].get("/v1/leads").await.expect(200).rows().is_empty());
        asked.get(format!("/v1/leads/{}/candidates", lead.id())).await.refused(403, "auth.forbidden");
        asked.get(format!("/v1/leads/{}/offers", lead.id())).await.refused(403, "auth.forbidden");
        publishes(&acme, json!({ "offer": { "hours": 48, "warning_hours": [], "most": 10, "preview": ["campaign"] } })).await;
        let narrower = asked.lead(&lead.id()).await;
        assert_eq!((narrower.body.get("company"), narrower.body.get("amount"), &narrower["campaign"]), (None, None, &json!("Fair")));
        let taken = asked.acts(&lead.id(), "accept", json!(null)).await.expect(200);
        assert_eq!((&taken["contact"]["name"], &taken["message"], &taken["status"]), (&json!("Ada Byron"), &json!("Call me."), &json!("accepted")));
        assert_eq!(taken.body.get("score"), None);
    }

    async fn whoever_declines_is_not_asked_again_and_nobody_left_is_the_vendors(world) {
        let (acme, sellers) = partners(world, &["Northwind", "Southridge"]).await;
        let lead = acme.captures(lead("Fabrikam")).await;
        let (first, others) = split(&sellers, &lead);
        first.acts(&lead.id(), "decline", json!({})).await.invalid_at("/reason");
        let gone = first.acts(&lead.id(), "decline", json!({ "reason": "We are full." })).await.expect(200);
        assert_eq!((gone.body.get("partner_id"), &gone["available_actions"]), (None, &json!([])));
        first.get(format!("/v1/leads/{}", lead.id())).await.refused(404, "not_found");
        let second = others[0];
        assert_eq!(second.lead(&lead.id()).await["status"], "offered");
        assert_eq!(second.lead(&lead.id()).await.body.get("reason"), None, "nor why another declined");
        second.acts(&lead.id(), "decline", json!({ "reason": "So are we." })).await.expect(200);
        let back = acme.lead(&lead.id()).await;
        assert_eq!((&back["status"], &back["reason"]), (&json!("unplaced"), &json!("No partner is left that may be asked.")));
        assert_eq!(acme.acts(&lead.id(), "distribute", json!(null)).await.expect(200)["status"], "unplaced", "nobody is asked twice");
        let by_hand = acme.acts(&lead.id(), "assign", json!({ "partner_id": first.partner.id, "reason": "They called." })).await.expect(200);
        assert_eq!((&by_hand["status"], &by_hand["partner_id"]), (&json!("offered"), &json!(first.partner.id)), "but by hand");
        let asked = ["lead.captured", "lead.offered", "lead.declined", "lead.offered", "lead.declined", "lead.unplaced", "lead.unplaced", "lead.offered"];
        assert_eq!(told(&acme, &lead.id()).await, asked);
    }

    async fn an_offer_is_warned_of_then_lapses_and_the_next_is_asked(world) {
        let (acme, sellers) = partners(world, &["Northwind", "Southridge"]).await;
        let lead = acme.captures(lead("Fabrikam")).await;
        let (first, others) = split(&sellers, &lead);
        world.pass(hours(36)).await;
        assert_eq!(told(&acme, &lead.id()).await, ["lead.captured", "lead.offered", "lead.offer_expiring"]);
        world.pass(hours(12)).await;
        let next = acme.lead(&lead.id()).await;
        assert_eq!((&next["status"], &next["partner_id"]), (&json!("offered"), &json!(others[0].partner.id)));
        first.anew().await.get(format!("/v1/leads/{}", lead.id())).await.refused(404, "not_found");
        assert_eq!(told(&acme, &lead.id()).await[3..], ["lead.lapsed", "lead.offered"]);
        let lapsed = acme.all("/v1/events?type=lead.lapsed").await;
        assert_eq!(lapsed[0]["data"]["partner_id"], json!(first.partner.id));
        world.pass(days(3)).await;
        assert_eq!(acme.lead(&lead.id()).await["status"], "unplaced");
        let offers = acme.get(format!("/v1/leads/{}/offers", lead.id())).await.expect(200);
        assert!(offers["data"].as_array().expect("offers").iter().all(|offer| offer["outcome"] == "lapsed"), "{offers}");
    }

    async fn whoever_comes_after_the_end_is_too_late_even_if_nobody_has_noticed(world) {
        let (acme, sellers) = partners(world, &["Northwind", "Southridge"]).await;
        let lead = acme.captures(lead("Fabrikam")).await;
        let (first, _) = split(&sellers, &lead);
        world.clock.advance(hours(48));
        first.anew().await.acts(&lead.id(), "accept", json!(null)).await.refused(409, "lead.offer_over");
        world.settle().await;
        assert_ne!(acme.lead(&lead.id()).await["partner_id"], json!(first.partner.id));
    }

    async fn of_two_that_accept_at_once_one_takes_it(world [connections = 10]) {
        let (acme, sellers) = partners(world, &["Northwind"]).await;
        let lead = acme.captures(lead("Fabrikam")).await;
        let other = sellers[0].partner.person("sales").await;
        let calls = (0..6).map(|at| {
            let seller = if at % 2 == 0 { sellers[0].clone() } else { other.clone() };
            let lead = lead.id();
            async move { seller.acts(&lead, "accept", json!(null)).await.status }
        });
        let statuses = join_all(calls).await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 200 | 409 | 412)), "{statuses:?}");
        assert_eq!(told(&acme, &lead.id()).await, ["lead.captured", "lead.offered", "lead.accepted"]);
    }

    async fn a_lapse_that_races_an_answer_leaves_one_of_both(world [connections = 10]) {
        let (acme, sellers) = partners(world, &["Northwind", "Southridge"]).await;
        for company in ["Alpha", "Bravo", "Charlie"] {
            let lead = acme.captures(lead(company)).await;
            world.clock.advance(hours(48));
            let (first, _) = split(&sellers, &lead);
            let first = first.anew().await;
            // The vendor's hand is no later than the clock: what it takes back does not lapse as well.
            let (recalled, ()) = futures::join!(acme.acts(&lead.id(), "recall", json!({ "reason": "Mine." })).into_future(), world.settle());
            world.settle().await;
            first.acts(&lead.id(), "accept", json!(null)).await;
            let told = told(&acme, &lead.id()).await;
            let ends = told.iter().filter(|kind| matches!(kind.as_str(), "lead.lapsed" | "lead.recalled")).count();
            let offers = told.iter().filter(|kind| *kind == "lead.offered").count();
            assert!(ends >= 1 && offers <= ends + 1, "{}: {told:?}", recalled.status);
        }
    }

    async fn what_was_accepted_may_be_given_back_worked_and_recalled(world) {
        let (acme, sellers) = partners(world, &["Northwind", "Southridge"]).await;
        let lead = acme.captures(lead("Fabrikam")).await;
        let (first, others) = split(&sellers, &lead);
        first.acts(&lead.id(), "accept", json!(null)).await.expect(200);
        let works = first.acts(&lead.id(), "advance", json!({ "stage": "demo held" })).await.expect(200);
        assert_eq!((&works["status"], &works["stage"]), (&json!("working"), &json!("demo held")));
        first.acts(&lead.id(), "decline", json!({ "reason": "They want another." })).await.expect(200);
        others[0].acts(&lead.id(), "accept", json!(null)).await.expect(200);
        assert_eq!(acme.lead(&lead.id()).await.body.get("stage"), None);
        let mine = acme.acts(&lead.id(), "recall", json!({ "reason": "We sell it ourselves." })).await.expect(200);
        assert_eq!((&mine["status"], mine.body.get("partner_id")), (&json!("qualified"), None));
        let outcomes: Vec<_> = acme.get(format!("/v1/leads/{}/offers", lead.id())).await.expect(200)["data"]
            .as_array()
            .expect("offers")
            .iter()
            .map(|offer| offer["outcome"].clone())
            .collect();
        assert_eq!(outcomes, ["returned", "recalled"]);
    }

    async fn the_vendor_sees_how_soon_partners_answer(world) {
        let (acme, sellers) = partners(world, &["Northwind"]).await;
        let first = acme.captures(lead("Alpha")).await;
        world.clock.advance(minutes(10));
        sellers[0].acts(&first.id(), "accept", json!(null)).await.expect(200);
        let second = acme.captures(lead("Bravo")).await;
        world.clock.advance(minutes(2));
        sellers[0].acts(&second.id(), "decline", json!({ "reason": "No." })).await.expect(200);
        acme.captures(lead("Charlie")).await;
        let report = acme.get("/v1/leads/response-times").await.expect(200);
        let row = &report["partners"][0];
        assert_eq!((&row["offered"], &row["accepted"], &row["declined"], &row["open"]), (&json!(3), &json!(1), &json!(1), &json!(1)), "{report}");
        assert_eq!((&row["mean_seconds"], &row["slowest_seconds"], &row["acceptance"]), (&json!(360), &json!(600), &json!(0.5)), "{report}");
        sellers[0].anew().await.get("/v1/leads/response-times").await.refused(403, "auth.forbidden");
    }
}
