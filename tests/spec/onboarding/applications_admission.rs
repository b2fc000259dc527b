//! Who is let in: by published rules, by a person, and one company once.

use super::applications::{Applications as _, content, filled, handed_in, opens, starts, submits};
use super::vetting_support::{list, publish, usual};
use super::*;

fn rule(id: &str, when: &str, then: &str) -> Value {
    json!({ "id": id, "when": when, "then": then, "sentence": format!("Because of {id}."), "internal_reason": format!("secret {id}") })
}

spec! {
    async fn published_rules_decide_at_once_and_say_why(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        let rules = json!([rule("free", "email.kind == 'free'", "ask"), rule("small", "answers.employees < 10", "refuse"),
            rule("home", "company.country == 'DE' && size(duplicates) == 0", "approve")]);
        acme.admits_by(json!({ "rules": rules })).await;
        handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        let approved = acme.application("sam@northwind.example").await;
        assert_eq!((&approved["status"], &approved["internal"]["decision"]["rule"]), (&json!("approved"), &json!("home")));
        assert_eq!(approved["internal"]["decision"]["facts"]["company.country"], "DE");
        assert_eq!(approved["internal"]["decision"]["rules_version"], 1);
        starts(world, &form, "sam@tailspin.example").await;
        let secret = acme.link("sam@tailspin.example").await;
        let refused = submits(world, with(filled(&secret, "Tailspin"), json!({ "answers": { "employees": 3 } }))).await.expect(200);
        assert_eq!((&refused["status"], &refused["reason"]), (&json!("refused"), &json!("Because of small.")));
        assert!(!refused.body.to_string().contains("secret small"), "{refused}");
        starts(world, &form, "ada@gmail.com").await;
        let secret = acme.link("ada@gmail.com").await;
        assert!(opens(world, &secret).await["company"]["domain"].is_null(), "a free-mail domain is nobody's");
        assert_eq!(submits(world, filled(&secret, "Adatum")).await.expect(200)["question"], "Because of free.");
        assert_eq!(submits(world, json!({ "secret": secret })).await.expect(200)["status"], "in_review", "nobody is asked the same for ever");
    }

    async fn a_rule_that_cannot_be_told_is_for_a_person_and_one_that_is_wrong_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        let rules = acme.get("/v1/admission-rules/in-force").await.expect(200)["rules"].clone();
        let wrong = with(rules, json!({ "rules": [rule("a", "nobody.knows", "approve"), rule("a", "true", "refuse")] }));
        acme.post("/v1/admission-rules", wrong).await.invalid_at("/rules/0/when").invalid_at("/rules/1/id");
        acme.admits_by(json!({ "rules": [rule("odd", "answers.notes == 'x'", "approve"), rule("all", "true", "approve")] })).await;
        handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        let found = acme.application("sam@northwind.example").await;
        assert_eq!((&found["status"], &found["internal"]["decision"]["rule"]), (&json!("in_review"), &json!("odd")));
    }

    async fn whoever_is_to_be_vetted_is_looked_for_in_every_list_at_once(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        acme.admits_by(json!({ "rules": [rule("all", "true", "vet")] })).await;
        handed_in(world, &acme, &form, "sam@tailspin.example", "Tailspin").await;
        let early = acme.application("sam@tailspin.example").await;
        assert_eq!(early["status"], "in_review", "no list is published yet");
        let list = list(&acme, "ofac").await;
        publish(&acme, &list, &usual()).await;
        handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        assert_eq!(acme.application("sam@northwind.example").await["status"], "approved");
        let secret = handed_in(world, &acme, &form, "sam@aero.example", "Aerocaribbean Airlines").await;
        let named = acme.application("sam@aero.example").await;
        let why = named["internal"]["decision"]["internal_reason"].as_str().unwrap_or_default();
        assert!(named["status"] == "in_review" && why.contains("AEROCARIBBEAN AIRLINES"), "{named}");
        assert!(!opens(world, &secret).await.body.to_string().contains("AEROCARIBBEAN"), "no applicant is told");
    }

    async fn the_reviewer_follows_the_rules_or_a_hand(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        let (dach, other) = (acme.adds_colleague("channel_manager").await.id(), acme.adds_colleague("channel_manager").await.id());
        acme.admits_by(json!({ "reviewers": [{ "id": "dach", "when": "'DACH' in company.regions", "assignee_id": dach }] })).await;
        handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        let found = acme.application("sam@northwind.example").await;
        assert_eq!(found["internal"]["assignee_id"], json!(dach));
        acme.decides(&found, "assign", json!({ "assignee_id": other })).await.expect(200);
        assert_eq!(acme.all(&format!("/v1/applications?assignee_id={other}")).await.len(), 1);
        let seller = acme.adds_partner("Fabrikam").await.person("sales").await;
        acme.decides(&found, "assign", json!({ "assignee_id": seller.id })).await.invalid_at("/assignee_id");
    }

    async fn duplicates_are_found_with_evidence_that_no_applicant_sees(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        let known = acme.adds_partner_like(json!({ "name": "Northwind Systems GmbH", "type": "reseller", "country": "DE" })).await;
        let secret = handed_in(world, &acme, &form, "sam@northwind.example", "Northwind System").await;
        let found = acme.application("sam@northwind.example").await;
        let duplicate = &found["internal"]["duplicates"][0];
        assert_eq!((&duplicate["kind"], &duplicate["id"]), (&json!("partner"), &json!(known.id)), "{found}");
        assert!(duplicate["evidence"].as_array().is_some_and(|evidence| !evidence.is_empty()), "{duplicate}");
        assert!(!opens(world, &secret).await.body.to_string().contains("Systems"), "nothing about others");
        // Another applicant of the same domain is found by its key.
        handed_in(world, &acme, &form, "eve@northwind.example", "Something else").await;
        let second = acme.application("eve@northwind.example").await;
        assert_eq!((&second["internal"]["duplicates"][0]["kind"], &second["internal"]["duplicates"][0]["by"]), (&json!("application"), &json!("key")));
    }

    async fn one_company_becomes_one_partner_whoever_races(world [connections = 10]) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({ "partner_types": ["reseller"] })).await;
        for who in ["sam", "eve", "kim"] {
            handed_in(world, &acme, &form, &format!("{who}@northwind.example"), "Northwind").await;
        }
        let all = acme.all("/v1/applications").await;
        let before = acme.all("/v1/partners").await.len();
        let calls = all.iter().flat_map(|one| [acme.decides(one, "approve", json!({})), acme.decides(one, "approve", json!({}))]);
        let replies = join_all(calls).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
        assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 409 | 412)), "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
        assert_eq!(acme.all("/v1/partners").await.len(), before + 1);
        let left: Vec<_> = acme.all("/v1/applications?status=in_review").await;
        acme.decides(&left[0], "approve", json!({})).await.refused(409, "application.duplicate");
        acme.decides(&left[0], "approve", json!({ "despite_duplicates": true })).await.expect(200);
        assert_eq!(acme.all("/v1/partners").await.len(), before + 2);
    }

    async fn what_stands_against_an_approval_by_rule_is_for_a_person(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        acme.admits_by(json!({ "rules": [rule("all", "true", "approve")] })).await;
        acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "country": "DE" })).await;
        handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        let found = acme.application("sam@northwind.example").await;
        assert_eq!((&found["status"], &found["internal"]["decision"]["outcome"]), (&json!("in_review"), &json!("review")), "{found}");
        // Nor is a person made twice.
        let colleague = acme.adds_colleague("finance").await.text("email");
        handed_in(world, &acme, &form, &colleague, "Adventure Works").await;
        let found = acme.application(&colleague).await;
        assert_eq!(found["status"], "in_review", "{found}");
        acme.decides(&found, "approve", json!({})).await.refused(409, "application.contact_taken");
        let approved = acme.decides(&found, "approve", json!({ "without_person": true })).await.expect(200);
        assert!(approved["person_id"].is_null() && approved["partner_id"].is_string(), "{approved}");
    }

    async fn answers_become_custom_fields_of_the_partner(world) {
        let acme = world.vendor("Acme").await;
        let schema = json!({ "type": "object", "properties": { "staff": { "type": "integer" } }, "required": ["staff"] });
        acme.put("/v1/custom-fields/partner", json!({ "schema": schema })).await.expect(200);
        let form = acme.asks(json!({})).await;
        acme.publishes_form(&form.id, with(content(), json!({ "partner_fields": { "employees": "staff" } }))).await;
        acme.admits_by(json!({ "rules": [rule("all", "true", "approve")] })).await;
        handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        let partner = acme.application("sam@northwind.example").await["partner_id"].as_str().expect("a partner").to_owned();
        assert_eq!(acme.get(format!("/v1/partners/{partner}")).await.expect(200)["custom_fields"], json!({ "staff": 40 }));
    }

    async fn who_was_refused_applies_again_after_a_while_with_what_they_told(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        acme.decides(&acme.application("sam@northwind.example").await, "refuse", json!({ "reason": "Not now." })).await.expect(200);
        starts(world, &form, "sam@northwind.example").await;
        let secret = acme.link("sam@northwind.example").await;
        let opened = opens(world, &secret).await;
        assert_eq!((&opened["company"]["name"], opened["reapply_after"].is_string()), (&json!("Northwind"), true));
        submits(world, json!({ "secret": secret })).await.refused(409, "application.too_soon");
        for _ in 0..4 {
            world.clock.advance(days(25));
            world.settle().await;
            let secret = acme.link("sam@northwind.example").await;
            world.anonymous().post("/v1/public/applications/save", json!({ "secret": secret })).await.expect(200);
        }
        let secret = acme.link("sam@northwind.example").await;
        assert_eq!(submits(world, json!({ "secret": secret })).await.expect(200)["status"], "in_review");
    }

    async fn what_was_imported_is_filled_in_for_who_confirmed_their_address_alone(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        let account = json!({ "name": "Northwind Systems GmbH", "country": "DE", "domain": "northwind.example", "tax_id": "DE811569869" });
        acme.put("/v1/accounts/A-1", account).await.expect(201);
        starts(world, &form, "sam@northwind.example").await;
        assert!(acme.application("sam@northwind.example").await["company"]["name"].is_null(), "not before the address is confirmed");
        let opened = opens(world, &acme.link("sam@northwind.example").await).await;
        assert_eq!((&opened["company"]["name"], &opened["prefilled"]["company.name"]), (&json!("Northwind Systems GmbH"), &json!("import")));
        // Who writes from elsewhere is told nothing, whatever they claim.
        starts(world, &form, "eve@gmail.com").await;
        let secret = acme.link("eve@gmail.com").await;
        let claimed = json!({ "secret": secret, "company": { "name": "Northwind", "domain": "northwind.example" } });
        let saved = world.anonymous().post("/v1/public/applications/save", claimed).await.expect(200);
        assert!(!saved.body.to_string().contains("811569869") && !opens(world, &secret).await.body.to_string().contains("Systems"), "{saved}");
    }
}
