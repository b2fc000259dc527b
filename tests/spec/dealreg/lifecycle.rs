//! How a deal lives: decided by hand, questioned, changed, prolonged, ended.

use crate::prelude::*;

spec! {
    async fn a_person_approves_what_a_rule_sent_to_review(world) {
        let (acme, seller, rival) = rivals(world).await;
        acme.reviews_large_deals().await;
        let deal = seller.registers(large(resale("Fabrikam"))).await;
        world.clock.advance(days(2));
        let (seller, rival) = (seller.anew().await, rival.anew().await);
        let approved = acme.moves(&deal.id(), "approve", json!({ "reason": "Agreed with the account team." })).await.expect(200);
        assert_eq!((&approved["status"], &approved["protected_until"]), (&json!("approved"), &json!("2027-02-20T12:00:00Z")));
        assert_eq!(codes(&approved), ["approved_by_hand", "large_deal"]);
        assert_eq!(approved["decision"]["reasons"][0]["sentence"], "Agreed with the account team.");
        assert_eq!(approved["decision"].get("route"), None);
        assert_eq!(codes(&rival.registers(resale("Fabrikam")).await), ["protected"], "it holds its customer");
        assert_eq!(codes(&seller.deal(&deal.id()).await), ["approved_by_hand", "large_deal"]);
    }

    async fn not_even_a_person_approves_what_another_deal_holds(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        let first = northwind.registers(resale("Fabrikam GmbH")).await;
        let second = southridge.registers(resale("Fabrikam")).await;
        assert_eq!(second["status"], "rejected");
        acme.moves(&second.id(), "approve", json!(null)).await.refused(409, "deal.protected");
        assert_eq!(acme.deal(&second.id()).await.body["status"], "rejected");
        northwind.moves(&first.id(), "withdraw", json!(null)).await.expect(200);
        assert_eq!(acme.moves(&second.id(), "approve", json!(null)).await.expect(200)["status"], "approved");
        assert_eq!(codes(&northwind.registers(resale("FABRIKAM")).await), ["protected"]);
    }

    async fn a_person_may_approve_a_subsidiary_that_shares_the_domain(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        let customer = |name: &str, country: &str| resale_to(json!({ "name": name, "country": country, "domain": "kestrel.com" }));
        northwind.registers(customer("Kestrel", "DE")).await;
        let branch = southridge.registers(customer("Kestrel Polska", "PL")).await;
        assert_ne!(branch["status"], "approved");
        assert_eq!(acme.moves(&branch.id(), "approve", json!({ "reason": "They buy for themselves." })).await.expect(200)["status"], "approved");
        let third = acme.adds_partner("Eastvale").await.person("sales").await;
        assert_eq!(codes(&third.registers(customer("Kestrel Polska Sp. z o.o.", "PL")).await)[0], "protected");
        assert_eq!(codes(&third.registers(customer("Kestrel", "DE")).await)[0], "protected");
    }

    async fn a_rejected_deal_says_why_and_frees_its_customer(world) {
        let (acme, seller, rival) = rivals(world).await;
        acme.reviews_large_deals().await;
        let deal = seller.registers(large(resale("Fabrikam"))).await;
        acme.moves(&deal.id(), "reject", json!({})).await.invalid_at("/reason");
        acme.moves(&deal.id(), "reject", json!({ "reason": "This customer buys direct." })).await.expect(200);
        let read = seller.deal(&deal.id()).await;
        assert_eq!((&read["status"], codes(&read)), (&json!("rejected"), vec!["rejected_by_hand".to_owned(), "large_deal".to_owned()]));
        assert_eq!(read["decision"]["reasons"][0]["sentence"], "This customer buys direct.");
        assert_eq!(rival.registers(resale("Fabrikam")).await["status"], "approved");
    }

    async fn a_question_is_answered_and_the_deal_decided_anew(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.reviews_large_deals().await;
        let deal = seller.registers(large(resale("Fabrikam"))).await;
        let asked = acme.moves(&deal.id(), "request-information", json!({ "question": "Is that one site or all?" })).await.expect(200);
        assert_eq!((&asked["status"], &asked["question"]), (&json!("information_requested"), &json!("Is that one site or all?")));
        let patch = json!({ "amount": { "amount": 90_000, "currency": "EUR" }, "customer": { "name": "Fabrikam Berlin", "country": "DE" } });
        seller.patch(format!("/v1/deals/{}", deal.id()), patch).if_match(asked.etag()).await.expect(200);
        let answered = seller.moves(&deal.id(), "resubmit", json!({ "reason": "One site, corrected." })).await.expect(200);
        assert_eq!((&answered["status"], codes(&answered)), (&json!("approved"), vec!["no_objection".to_owned()]));
        assert_eq!((answered.body.get("question"), &answered["customer"]["name"]), (None, &json!("Fabrikam Berlin")));
    }

    async fn a_rejected_deal_is_corrected_and_brought_again(world) {
        let (_, northwind, southridge) = rivals(world).await;
        northwind.registers(resale("Fabrikam")).await;
        let deal = southridge.registers(resale("Fabrikam")).await;
        assert_eq!(southridge.moves(&deal.id(), "resubmit", json!(null)).await.expect(200)["status"], "rejected");
        let patch = json!({ "customer": { "name": "Tailspin Toys", "country": "DE" } });
        southridge.patch(format!("/v1/deals/{}", deal.id()), patch).if_match(2).await.expect(200);
        assert_eq!(southridge.moves(&deal.id(), "resubmit", json!(null)).await.expect(200)["status"], "approved");
    }

    async fn a_withdrawn_deal_frees_its_customer_at_once(world) {
        let (_, northwind, southridge) = rivals(world).await;
        let deal = northwind.registers(resale("Fabrikam")).await;
        world.settle().await;
        let gone = northwind.moves(&deal.id(), "withdraw", json!({ "reason": "They went bust." })).await.expect(200);
        assert_eq!((gone.body.get("protected_until"), &gone["available_actions"]), (None, &json!([])));
        assert_eq!(southridge.registers(resale("Fabrikam GmbH")).await["status"], "approved");
    }

    async fn a_closed_deal_is_won_or_lost_and_frees_its_customer(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        for outcome in ["won", "lost"] {
            let deal = northwind.registers(resale("Fabrikam")).await;
            acme.moves(&deal.id(), "close", json!({ "outcome": "undecided" })).await.invalid_at("/outcome");
            let closed = acme.moves(&deal.id(), "close", json!({ "outcome": outcome, "reason": "Signed elsewhere." })).await.expect(200);
            assert_eq!((&closed["status"], closed.body.get("protected_until")), (&json!(outcome), None));
            let told = acme.all(&format!("/v1/events?type=deal.{outcome}")).await;
            assert_eq!((told.len(), &told[0]["data"]["note"]), (1, &json!("Signed elsewhere.")));
            let next = southridge.registers(resale("Fabrikam")).await;
            assert_eq!(next["status"], "approved");
            southridge.moves(&next.id(), "withdraw", json!(null)).await.expect(200);
        }
    }

    async fn protection_is_prolonged_as_often_as_the_rules_allow(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        for (count, until) in [(1, "2027-03-20T12:00:00Z"), (2, "2027-04-19T12:00:00Z")] {
            let longer = seller.moves(&deal.id(), "extend", json!({ "reason": "Their budget moved." })).await.expect(200);
            assert_eq!((longer["extensions"].as_i64(), &longer["protected_until"]), (Some(count), &json!(until)));
        }
        seller.moves(&deal.id(), "extend", json!(null)).await.refused(409, "deal.no_extension");
        acme.moves(&deal.id(), "extend", json!(null)).await.refused(409, "deal.no_extension");
        let protection = json!({ "days": {}, "extension_days": 10, "extensions": 3, "warning_days": [] });
        acme.publishes(with(acme.rules().await, json!({ "protection": protection }))).await;
        assert_eq!(seller.moves(&deal.id(), "extend", json!(null)).await.expect(200)["protected_until"], "2027-04-29T12:00:00Z");
    }

    async fn what_may_be_changed_depends_on_the_status(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.reviews_large_deals().await;
        let schema = json!({ "type": "object", "properties": { "seats": { "type": "integer" }, "site": { "type": "object" } } });
        acme.put("/v1/custom-fields/deal", json!({ "schema": schema })).await.expect(200);
        let identity = [json!({ "type": "service" }), json!({ "customer": { "name": "Tailspin", "country": "AT" } })];
        let figures = [
            json!({ "amount": { "amount": 61_000_000, "currency": "USD" } }),
            json!({ "expected_close": "2027-04-30" }),
            json!({ "lines": [{ "product": "GTX Plus Basic", "quantity": 3, "unit_price": { "amount": 100, "currency": "EUR" } }] }),
            json!({ "custom_fields": { "seats": 12 } }),
        ];
        let moves = [("draft", true, true), ("in_review", false, true), ("information_requested", true, true), ("rejected", true, true),
            ("approved", false, true), ("withdrawn", false, false)];
        let deal = seller.registers(with(large(resale("Fabrikam")), json!({ "draft": true }))).await;
        let path = format!("/v1/deals/{}", deal.id());
        for (status, identity_open, figures_open) in moves {
            match status {
                "in_review" => _ = seller.moves(&deal.id(), "submit", json!(null)).await.expect(200),
                "information_requested" => _ = acme.moves(&deal.id(), "request-information", json!({ "question": "Why?" })).await.expect(200),
                "rejected" => _ = acme.moves(&deal.id(), "reject", json!({ "reason": "No." })).await.expect(200),
                "approved" => _ = acme.moves(&deal.id(), "approve", json!(null)).await.expect(200),
                "withdrawn" => _ = seller.moves(&deal.id(), "withdraw", json!(null)).await.expect(200),
                _ => {}
            }
            for (patches, open) in [(&identity[..], identity_open), (&figures[..], figures_open)] {
                for patch in patches {
                    let before = seller.deal(&deal.id()).await;
                    assert_eq!(before["status"], status);
                    let answer = seller.patch(&path, patch.clone()).if_match(before.etag()).await;
                    if open {
                        let (name, value) = patch.as_object().and_then(|members| members.iter().next()).expect("one member");
                        assert_eq!(&answer.expect(200)[name.as_str()], value, "{status}");
                    } else {
                        answer.refused(409, "deal.not_editable");
                    }
                }
            }
        }
    }

    async fn a_change_names_the_revision_that_it_changes(world) {
        let (acme, seller, rival) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let path = format!("/v1/deals/{}", deal.id());
        let later = json!({ "expected_close": "2027-04-30" });
        seller.patch(&path, later.clone()).await.refused(428, "revision.required");
        seller.patch(&path, later.clone()).if_match(2).await.refused(412, "revision.stale");
        rival.patch(&path, later.clone()).if_match(1).await.refused(404, "not_found");
        let changed = seller.patch(&path, later.clone()).if_match(deal.etag()).await.expect(200);
        assert_eq!((changed.etag().as_str(), changed["revision"].as_i64()), ("\"2\"", Some(2)));
        assert_eq!(seller.patch(&path, later).if_match(2).await.expect(200)["revision"], 2, "the same again is no change");
        assert_eq!(acme.all("/v1/events?type=deal.updated").await.len(), 1);
    }

    async fn custom_fields_are_merged_member_by_member(world) {
        let (acme, seller, _) = rivals(world).await;
        let schema = json!({ "type": "object", "properties": { "seats": { "type": "integer" }, "site": { "type": "object" } } });
        acme.put("/v1/custom-fields/deal", json!({ "schema": schema })).await.expect(200);
        let fields = json!({ "seats": 5, "site": { "city": "Graz", "floor": 2 } });
        let deal = seller.registers(with(resale("Fabrikam"), json!({ "custom_fields": fields }))).await;
        let patch = |fields: Value| seller.patch(format!("/v1/deals/{}", deal.id()), json!({ "custom_fields": fields }));
        let changed = patch(json!({ "seats": null, "site": { "floor": null, "gate": "B" } })).if_match(1).await.expect(200);
        assert_eq!(changed["custom_fields"], json!({ "site": { "city": "Graz", "gate": "B" } }));
        patch(json!({ "seats": "many" })).if_match(2).await.invalid_at("/custom_fields/seats");
        patch(json!(null)).if_match(2).await.invalid_at("/custom_fields");
    }
}
