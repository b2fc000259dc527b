//! The answer that comes with the registration.

use crate::prelude::*;

spec! {
    async fn a_deal_that_nothing_stands_against_is_approved_at_once(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(with(resale("Fabrikam GmbH"), json!({ "lines": [{ "product": "GTX Pro", "quantity": 10 }] }))).await;
        assert_eq!((deal.header("location"), deal.etag()), (Some(format!("/v1/deals/{}", deal.id()).as_str()), "\"1\"".to_owned()));
        assert_reply_snapshot!(deal, @r#"
        {
          "body": {
            "amount": {
              "amount": 4821000,
              "currency": "EUR"
            },
            "available_actions": [
              "extend",
              "withdraw"
            ],
            "created_at": "2026-11-20T12:00:00Z",
            "custom_fields": {},
            "customer": {
              "country": "DE",
              "name": "Fabrikam GmbH"
            },
            "decision": {
              "conflicts": [],
              "decided_at": "2026-11-20T12:00:00Z",
              "outcome": "approved",
              "reasons": [
                {
                  "code": "no_objection",
                  "facts": {},
                  "sentence": "Nothing stands against this registration."
                }
              ],
              "rules_version": 0
            },
            "expected_close": "2027-03-31",
            "extensions": 0,
            "id": "deal-1",
            "lines": [
              {
                "product": "GTX Pro",
                "quantity": 10
              }
            ],
            "partner_id": "ptn-1",
            "protected_until": "2027-02-18T12:00:00Z",
            "revision": 1,
            "status": "approved",
            "type": "resale",
            "updated_at": "2026-11-20T12:00:00Z"
          },
          "status": 201
        }
        "#);
        assert_eq!(seller.deal(&deal.id()).await.body, deal.body);
        let event = &acme.all("/v1/events?type=deal.*").await[0];
        assert_eq!((&event["type"], &event["data"]["deal"]["id"], &event["actor"]["id"]), (&json!("deal.approved"), &deal["id"], &json!(seller.id)));
    }

    async fn protection_lasts_as_long_as_the_type_of_deal_says(world) {
        let (acme, seller, _) = rivals(world).await;
        let rules = with(acme.rules().await, json!({ "protection":
            { "days": { "resale": 120, "referral": 60, "co_sell": 30 }, "extension_days": 30, "extensions": 2, "warning_days": [] } }));
        acme.publishes(rules).await;
        let until = [("resale", "2027-03-20"), ("referral", "2027-01-19"), ("co_sell", "2026-12-20"), ("service", "2027-02-18")];
        for (at, (kind, day)) in until.into_iter().enumerate() {
            let name = ["Fabrikam", "Tailspin", "Wingtip", "Proseware"][at];
            let deal = seller.registers(with(resale(name), json!({ "type": kind }))).await;
            assert_eq!(deal["protected_until"], format!("{day}T12:00:00Z"), "{kind}");
        }
    }

    async fn a_large_deal_goes_to_review_and_says_what_the_rule_saw(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.reviews_large_deals().await;
        let deal = seller.registers(large(resale("Fabrikam"))).await;
        assert_eq!((&deal["status"], &deal["decision"]["rules_version"]), (&json!("in_review"), &json!(1)));
        assert_eq!(deal["decision"]["reasons"], json!([{ "code": "large_deal", "sentence": "Deals of this size are looked at by a person.",
            "rule": "large", "facts": { "deal.amount.amount": 60_000_000 } }]));
        assert_eq!(deal.body.get("protected_until"), None);
    }

    async fn a_check_answers_as_a_registration_and_registers_nothing(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        acme.is_in_talks_with("Tailspin Toys").await;
        northwind.registers(resale("Fabrikam GmbH")).await;
        world.settle().await;
        for (name, status) in [("Wingtip Optics", "approved"), ("Tailspin Toys AG", "in_review"), ("Fabrikam", "rejected")] {
            let head = world.number("SELECT MAX(sequence) FROM log_heads").await;
            let check = southridge.checks(resale(name)).await;
            assert_eq!(check["status"], status, "{check}");
            for table in ["deals", "deal_claims", "deal_keys", "timers"] {
                let mine = format!("SELECT COUNT(*) FROM {table}");
                let before = world.number(&mine).await;
                southridge.checks(resale(name)).await;
                assert_eq!(world.number(&mine).await, before, "{table}");
            }
            assert_eq!(world.number("SELECT MAX(sequence) FROM log_heads").await, head, "nothing is told");
            let deal = southridge.registers(resale(name)).await;
            for member in ["status", "decision", "protected_until"] {
                assert_eq!(check[member], deal[member], "{name}: {member}");
            }
        }
    }

    async fn a_draft_decides_nothing_until_it_is_handed_in(world) {
        let (_, northwind, southridge) = rivals(world).await;
        let draft = |name: &str| with(resale(name), json!({ "draft": true }));
        let (mine, theirs) = (northwind.registers(draft("Fabrikam")).await, southridge.registers(draft("Fabrikam")).await);
        assert_eq!((&mine["status"], mine.body.get("decision"), mine.body.get("protected_until")), (&json!("draft"), None, None));
        assert_eq!(mine["available_actions"], json!(["submit", "withdraw"]));
        let second = southridge.moves(&theirs.id(), "submit", json!(null)).await.expect(200);
        assert_eq!((&second["status"], second["revision"].as_i64()), (&json!("approved"), Some(2)));
        let first = northwind.moves(&mine.id(), "submit", json!({ "reason": "We quoted today." })).await.expect(200);
        assert_eq!((&first["status"], codes(&first)), (&json!("rejected"), vec!["protected".to_owned()]), "a draft holds nothing");
        assert_eq!(steps(&northwind, &mine.id()).await, ["deal.drafted", "deal.rejected"]);
    }

    async fn a_partners_person_registers_for_its_own_partner_only(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        let other = southridge.partner.gets(resale("Fabrikam"));
        northwind.post("/v1/deals", other.clone()).await.invalid_at("/partner_id");
        northwind.post("/v1/deals/check", other.clone()).await.invalid_at("/partner_id");
        northwind.post("/v1/deals", with(other.clone(), json!({ "draft": true }))).await.invalid_at("/partner_id");
        let own = northwind.registers(northwind.partner.gets(resale("Tailspin"))).await;
        assert_eq!(own["partner_id"], northwind.partner.id);
        acme.post("/v1/deals", resale("Fabrikam")).await.invalid_at("/partner_id");
        let contoso = world.vendor("Contoso").await.adds_partner("Elsewhere").await;
        acme.post("/v1/deals", contoso.gets(resale("Fabrikam"))).await.invalid_at("/partner_id");
        assert_eq!(acme.registers(other).await["partner_id"], southridge.partner.id);
    }

    async fn only_an_active_partner_registers(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let seller = northwind.person("sales").await;
        let draft = seller.registers(with(resale("Fabrikam"), json!({ "draft": true }))).await;
        northwind.is_changed(json!({ "status": "inactive" })).await;
        seller.post("/v1/deals", resale("Fabrikam")).await.refused(409, "deal.partner_inactive");
        seller.post("/v1/deals/check", resale("Fabrikam")).await.refused(409, "deal.partner_inactive");
        seller.moves(&draft.id(), "submit", json!(null)).await.refused(409, "deal.partner_inactive");
        northwind.is_changed(json!({ "status": "active" })).await;
        acme.post(format!("/v1/partners/{}/suspend", northwind.id), json!({ "reason": "Overdue." })).await.expect(200);
        acme.post("/v1/deals", northwind.gets(resale("Fabrikam"))).await.refused(409, "deal.partner_inactive");
        assert_eq!(acme.all("/v1/deals").await.len(), 1, "the draft, and nothing else");
    }

    async fn custom_fields_must_fit_the_vendors_schema(world) {
        let (acme, seller, _) = rivals(world).await;
        let custom = |fields: Value| with(resale("Fabrikam"), json!({ "custom_fields": fields }));
        seller.post("/v1/deals", custom(json!({ "seats": 5 }))).await.invalid_at("/custom_fields");
        let schema = json!({ "type": "object", "additionalProperties": false, "properties": { "seats": { "type": "integer", "minimum": 1 } } });
        acme.put("/v1/custom-fields/deal", json!({ "schema": schema })).await.expect(200);
        for path in ["/v1/deals", "/v1/deals/check"] {
            seller.post(path, custom(json!({ "seats": 0 }))).await.invalid_at("/custom_fields/seats");
        }
        let deal = seller.registers(custom(json!({ "seats": 5 }))).await;
        assert_eq!(deal["custom_fields"], json!({ "seats": 5 }));
    }

    async fn a_deal_in_review_goes_to_the_manager_or_where_a_rule_routes_it(world) {
        let acme = world.vendor("Acme").await;
        let manager = acme.adds_colleague("channel_manager").await.id();
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "manager_id": manager })).await;
        let seller = northwind.person("sales").await;
        acme.reviews_large_deals().await;
        let route = async |name: &str| {
            let deal = seller.registers(large(resale(name))).await;
            assert_eq!(deal["decision"].get("route"), None, "where it goes is the vendor's business");
            acme.deal(&deal.id()).await["decision"]["route"].clone()
        };
        assert_eq!(route("Fabrikam").await, json!({ "to": manager }));
        acme.post("/v1/queues", json!({ "name": "desk-dach" })).await.expect(201);
        let routing = json!([{ "id": "dach", "when": "customer.country in [\"DE\", \"AT\", \"CH\"]", "to": "desk-dach" }]);
        acme.publishes(with(acme.rules().await, json!({ "routing": routing }))).await;
        assert_eq!(route("Tailspin").await, json!({ "to": "desk-dach", "rule": "dach" }));
    }

    async fn a_repeated_request_gets_its_first_answer_again(world) {
        let (acme, seller, _) = rivals(world).await;
        let register = || seller.post("/v1/deals", resale("Fabrikam")).idempotency_key("register");
        let (deal, again) = (register().await.expect(201), register().await.expect(201));
        assert_eq!((again.bytes.clone(), again.header("idempotent-replayed")), (deal.bytes.clone(), Some("true")));
        let draft = seller.registers(with(resale("Tailspin"), json!({ "draft": true }))).await;
        let submit = || seller.moves(&draft.id(), "submit", json!(null)).idempotency_key("submit");
        let (deal, again) = (submit().await.expect(200), submit().await.expect(200));
        assert_eq!((again.bytes.clone(), again.header("idempotent-replayed")), (deal.bytes.clone(), Some("true")));
        seller.partner.is_changed(json!({ "status": "inactive" })).await;
        assert_eq!(register().await.expect(201).header("idempotent-replayed"), Some("true"), "whatever has changed since");
        assert_eq!(acme.all("/v1/events?type=deal.approved").await.len(), 2);
    }
}
