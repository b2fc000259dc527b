//! Surveys: asked by a link, answered once, summed by segment.

use super::*;
use spec::local::outbox;

fn content(members: Value) -> Value {
    let text = |words: &str| json!({ "en": words });
    with(
        json!({ "name": "start", "title": { "en": "How was your start?", "de": "Wie war Ihr Start?" }, "page": "https://portal.example/survey", "expires_days": 30,
            "low_psat": 2, "low_nps": 6, "questions": [
                { "key": "satisfaction", "kind": "psat", "text": text("How satisfied are you?"), "required": true },
                { "key": "recommend", "kind": "nps", "text": text("Would you recommend us?") },
                { "key": "best", "kind": "choice", "text": text("What was best?"), "choices": [{ "key": "people", "text": text("People") }, { "key": "tools", "text": text("Tools") }] },
                { "key": "more", "kind": "text", "text": text("Anything else?") }] }),
        members,
    )
}

async fn makes(acme: &Vendor, members: Value) -> String {
    acme.post("/v1/surveys", content(members)).await.expect(201).id()
}

async fn sends(acme: &Vendor, survey: &str, partner: &Partner) -> Reply {
    acme.post(format!("/v1/surveys/{survey}/send"), json!({ "partner_ids": [partner.id] })).await
}

async fn invitations(acme: &Vendor, survey: &str) -> Vec<Value> {
    acme.all(&format!("/v1/surveys/{survey}/invitations")).await
}

/// A link to answer by, handed over since no mail is sent.
async fn link(acme: &Vendor, invitation: &Value) -> String {
    let path = format!("/v1/survey-invitations/{}/send-link", invitation["id"].as_str().expect("an id"));
    let sent = acme.post(path, json!(null)).await.expect(200);
    let link = sent.text("link");
    assert!(link.starts_with("https://portal.example/survey#survey="), "{link}");
    secret_in(&link)
}

async fn answers(world: &World, secret: &str, answers: Value) -> Reply {
    world.anonymous().post("/v1/public/surveys/answer", json!({ "secret": secret, "answers": answers })).await
}

spec! {
    async fn a_link_asks_in_ones_language_and_answers_once(world) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        let person = partner.person("partner_admin").await;
        let survey = makes(&acme, json!({})).await;
        assert_eq!(sends(&acme, &survey, &partner).await.expect(200)["sent"], 1);
        assert_eq!(sends(&acme, &survey, &partner).await.expect(200).body, json!({ "sent": 0, "passed_over": 1 }));
        let invited = invitations(&acme, &survey).await;
        assert_eq!((invited.len(), &invited[0]["person_id"], &invited[0]["status"]), (1, &json!(person.id), &json!("sent")));
        let secret = link(&acme, &invited[0]).await;
        let asked = world.anonymous().post("/v1/public/surveys/read", json!({ "secret": secret, "language": "de-AT" })).await.expect(200);
        assert_eq!((&asked["title"], &asked["vendor"], &asked["answered"]), (&json!("Wie war Ihr Start?"), &json!("Acme"), &json!(false)));
        assert_eq!(asked["questions"][0]["text"], "How satisfied are you?", "what has no German is asked in English");
        answers(world, &secret, json!({ "satisfaction": 6, "best": "price", "nothing": 1 })).await.invalid_at("/answers/satisfaction").invalid_at("/answers/best").invalid_at("/answers/nothing");
        answers(world, &secret, json!({})).await.invalid_at("/answers/satisfaction");
        answers(world, &secret, json!({ "satisfaction": 5, "recommend": 10, "best": "people", "more": "Thank you." })).await.expect(200);
        answers(world, &secret, json!({ "satisfaction": 1 })).await.refused(409, "survey.answered");
        let found = &invitations(&acme, &survey).await[0];
        assert_eq!((&found["status"], &found["psat"], &found["nps"], &found["answers"]["more"]), (&json!("answered"), &json!(5), &json!(10), &json!("Thank you.")));
        let events = acme.all("/v1/events?type=survey_invitation.*").await;
        assert!(!json!(events).to_string().contains("Thank you."), "no event holds what was written");
        let stored = world.stored().await;
        let hex = secret.rsplit('.').next().unwrap().as_bytes();
        assert!(!stored.windows(hex.len()).any(|part| part == hex), "only a hash is kept");
    }

    async fn a_forged_or_late_link_tells_nothing(world) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        partner.person("sales").await;
        let survey = makes(&acme, json!({})).await;
        sends(&acme, &survey, &partner).await.expect(200);
        let invited = invitations(&acme, &survey).await;
        let secret = link(&acme, &invited[0]).await;
        for wrong in ["x", &secret[..secret.len() - 1], "vnd_1.svi_1.00"] {
            answers(world, wrong, json!({ "satisfaction": 5 })).await.refused(404, "survey.link");
        }
        answers(world, &secret, json!({ "satisfaction": 5, "more": "x".repeat(4_001) })).await.invalid_at("/answers/more");
        world.clock.advance(days(30));
        answers(world, &secret, json!({ "satisfaction": 5 })).await.refused(404, "survey.link");
        world.anonymous().post("/v1/public/surveys/read", json!({ "secret": secret })).await.refused(404, "survey.link");
        assert_eq!(invitations(&acme, &survey).await[0]["status"], "expired");
    }

    async fn of_two_answers_at_once_one_counts(world [connections = 10]) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        partner.person("sales").await;
        let survey = makes(&acme, json!({})).await;
        sends(&acme, &survey, &partner).await.expect(200);
        let secret = link(&acme, &invitations(&acme, &survey).await[0]).await;
        let replies = join_all((1..=4).map(|figure| answers(world, &secret, json!({ "satisfaction": figure })))).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
        assert!(replies.iter().all(|reply| reply.status == 200 || reply["code"] == "survey.answered"));
        assert_eq!(acme.get(format!("/v1/surveys/{survey}/results")).await.expect(200)["questions"][0]["responses"], 1);
    }

    async fn an_event_asks_by_letter_and_a_low_answer_is_the_managers_task(world) {
        let acme = world.vendor("Acme").await;
        world.app().provide(kernel::mail::Mailer::new("smtp://127.0.0.1:9", "prm@prm.test").expect("a mailer"));
        let manager = acme.adds_colleague("channel_manager").await.id();
        let partner = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "manager_id": manager, "status": "active" })).await;
        let person = partner.person("partner_admin").await;
        partner.person("sales").await;
        makes(&acme, json!({})).await;
        let steps = json!([{ "step": "survey.send", "with": { "survey": "start", "partner": "/partner/id", "roles": ["partner_admin"] } }]);
        let automation = json!({ "name": "ask", "summary": "Ask who is not active any more.", "on": ["partner.status_changed"], "when": "true", "steps": steps });
        acme.post("/v1/automations", automation).await.expect(201);
        world.settle().await;
        acme.post(format!("/v1/partners/{}/deactivate", partner.id), json!({ "reason": "For a while." })).await.expect(200);
        world.settle().await;
        let letter = outbox(&acme, &person.email).await;
        let secret = secret_in(&letter.text);
        answers(world, &secret, json!({ "satisfaction": 2 })).await.expect(200);
        world.settle().await;
        let low = acme.all("/v1/events?type=survey_invitation.scored_low").await;
        assert_eq!((low.len(), &low[0]["data"]["survey_invitation"]["psat"]), (1, &json!(2)));
        let boss = acme.sees_sign_in(&manager, &["pwd"]).await;
        let inbox = boss.get("/v1/notifications").await.expect(200);
        assert!(inbox.rows().iter().any(|row| row["template"] == "survey.low"), "{inbox}");
    }

    async fn results_are_sums_by_segment(world) {
        let acme = world.vendor("Acme").await;
        let survey = makes(&acme, json!({})).await;
        for (kind, region, figures) in [("reseller", "EMEA", [5, 10]), ("reseller", "APAC", [4, 9]), ("msp", "EMEA", [1, 3])] {
            let partner = acme.adds_partner_like(json!({ "name": format!("{kind} {region}"), "type": kind, "region": region })).await;
            partner.person("sales").await;
            sends(&acme, &survey, &partner).await.expect(200);
            let secret = link(&acme, &invitations(&acme, &survey).await[0]).await;
            answers(world, &secret, json!({ "satisfaction": figures[0], "recommend": figures[1], "best": "tools", "more": "x" })).await.expect(200);
        }
        let all = acme.get(format!("/v1/surveys/{survey}/results")).await.expect(200);
        assert_eq!((&all["invited"], &all["answered"]), (&json!(3), &json!(3)));
        let of = |results: &Reply, question: &str, segment: Value| {
            let questions = results["questions"].as_array().unwrap().clone();
            questions.into_iter().find(|one| one["question"] == question && one["segment"] == segment).unwrap_or_else(|| panic!("{question} {segment}: {results}"))
        };
        let recommend = of(&all, "recommend", Value::Null);
        assert_eq!((&recommend["responses"], &recommend["nps"], &recommend["average"]), (&json!(3), &json!(33), &json!(7.33)));
        assert_eq!(of(&all, "best", Value::Null)["choices"], json!([{ "key": "tools", "count": 3 }]));
        let by_type = acme.get(format!("/v1/surveys/{survey}/results?by=type")).await.expect(200);
        assert_eq!((&of(&by_type, "recommend", json!("reseller"))["nps"], &of(&by_type, "recommend", json!("msp"))["nps"]), (&json!(100), &json!(-100)));
        assert_eq!(of(&by_type, "satisfaction", json!("reseller"))["average"], 4.5);
        for by in ["tier", "region", "month"] {
            acme.get(format!("/v1/surveys/{survey}/results?by={by}")).await.expect(200);
        }
    }

    async fn what_somebody_answered_is_exported_and_erased_and_the_figures_stay(world) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        let person = partner.person("sales").await;
        let survey = makes(&acme, json!({})).await;
        sends(&acme, &survey, &partner).await.expect(200);
        let secret = link(&acme, &invitations(&acme, &survey).await[0]).await;
        answers(world, &secret, json!({ "satisfaction": 4, "more": "Ask my colleague." })).await.expect(200);
        let export = acme.get(format!("/v1/people/{}/export", person.id)).await.expect(200);
        assert!(export.body.to_string().contains("Ask my colleague."), "{export}");
        acme.post(format!("/v1/people/{}/erase", person.id), json!(null)).await.expect(202);
        world.settle().await;
        let found = &invitations(&acme, &survey).await[0];
        assert_eq!((&found["answers"]["more"], &found["psat"]), (&json!("[erased]"), &json!(4)));
        assert_eq!(acme.get(format!("/v1/surveys/{survey}/results")).await.expect(200)["answered"], 1);
    }

    async fn a_survey_never_changes_and_is_closed_for_good(world) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        let seller = partner.person("sales").await;
        let first = makes(&acme, json!({})).await;
        sends(&acme, &first, &partner).await.expect(200);
        let secret = link(&acme, &invitations(&acme, &first).await[0]).await;
        let second = acme.post("/v1/surveys", content(json!({ "low_nps": 5 }))).await.expect(201);
        assert_eq!(second["version"], 2);
        acme.post(format!("/v1/surveys/{first}/close"), json!(null)).await.expect(200);
        acme.post(format!("/v1/surveys/{first}/close"), json!(null)).await.refused(409, "survey.closed");
        sends(&acme, &first, &partner).await.refused(409, "survey.closed");
        answers(world, &secret, json!({ "satisfaction": 5 })).await.refused(404, "survey.link");
        seller.get("/v1/surveys").await.refused(403, "auth.forbidden");
        let foreign = world.vendor("Rival").await.adds_partner("Contoso").await;
        sends(&acme, &second.id(), &foreign).await.invalid_at("/partner_ids/0");
        let twice = json!([{ "key": "a", "kind": "psat", "text": { "en": "A" } }, { "key": "a", "kind": "choice", "text": { "en": "A" } }]);
        acme.post("/v1/surveys", content(json!({ "questions": twice }))).await.invalid_at("/questions/1/key").invalid_at("/questions/1/choices");
        acme.post("/v1/surveys", content(json!({ "title": {} }))).await.invalid_at("/title");
        acme.post("/v1/surveys", content(json!({ "page": "javascript:alert(1)" }))).await.invalid_at("/page");
    }
}
