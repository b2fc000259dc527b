//! How a stranger becomes a partner: by a form, a link, a decision.

use super::*;

pub const PAGE: &str = "https://www.acme.example/apply";

/// What a form asks: how many work there.
pub fn content() -> Value {
    json!({
        "languages": ["en", "de"], "default_language": "en", "required": [],
        "schema": { "type": "object", "properties": { "employees": { "type": "integer", "minimum": 1 }, "notes": { "type": "string", "maxLength": 500 } },
            "required": ["employees"], "additionalProperties": false },
        "layout": [{ "title": { "en": "Your company", "de": "Ihr Unternehmen" }, "fields": [
            { "field": "company.name", "label": { "en": "Name" } }, { "field": "answers.employees", "label": { "en": "Employees", "de": "Mitarbeitende" } }] }],
        "partner_fields": {},
    })
}

/// A form that is asked: its id and its token.
pub struct Form {
    pub id: String,
    pub token: String,
}

/// A vendor's ways with applications.
pub trait Applications {
    async fn asks(&self, form: Value) -> Form;
    async fn publishes_form(&self, form: &str, content: Value);
    async fn admits_by(&self, members: Value);
    async fn application(&self, email: &str) -> Value;
    async fn link(&self, email: &str) -> String;
    async fn decides(&self, application: &Value, action: &str, body: Value) -> Reply;
    async fn told_of(&self, application: &str) -> Vec<String>;
}

impl Applications for Vendor {
    async fn asks(&self, form: Value) -> Form {
        let usual = json!({ "name": "Resellers", "page": PAGE, "partner_types": ["reseller"], "per_minute": 6000 });
        let made = self.post("/v1/application-forms", with(usual, form)).await.expect(201);
        let id = made["application_form"]["id"].as_str().expect("an id").to_owned();
        self.publishes_form(&id, content()).await;
        Form { id, token: made.text("token") }
    }
    async fn publishes_form(&self, form: &str, content: Value) {
        let draft = self.post("/v1/application-form-versions", json!({ "form_id": form, "content": content })).await.expect(201);
        self.post(format!("/v1/application-form-versions/{}/publish", draft.id()), json!(null)).await.expect(200);
    }
    async fn admits_by(&self, members: Value) {
        let rules = self.get("/v1/admission-rules/in-force").await.expect(200)["rules"].clone();
        let draft = self.post("/v1/admission-rules", with(rules, members)).await.expect(201);
        self.post(format!("/v1/admission-rules/{}/publish", draft.id()), json!(null)).await.expect(200);
    }
    async fn application(&self, email: &str) -> Value {
        let all = self.all("/v1/applications").await;
        all.into_iter().find(|one| one["contact"]["email"] == email).unwrap_or_else(|| panic!("an application of {email}"))
    }
    async fn link(&self, email: &str) -> String {
        let id = self.application(email).await["id"].as_str().expect("an id").to_owned();
        let sent = self.post(format!("/v1/applications/{id}/send-link"), json!(null)).await.expect(200);
        let link = sent.text("link");
        assert!(link.starts_with(&format!("{PAGE}#application=")), "{link}");
        secret_in(&link)
    }
    async fn decides(&self, application: &Value, action: &str, body: Value) -> Reply {
        self.post(format!("/v1/applications/{}/{action}", application["id"].as_str().expect("an id")), body).await
    }
    async fn told_of(&self, application: &str) -> Vec<String> {
        let events = self.all("/v1/events?type=application.*").await;
        let of = events.iter().filter(|event| event["subject"]["id"] == application);
        of.map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// Somebody starts an application; the answer tells nothing.
pub async fn starts(world: &World, form: &Form, email: &str) {
    let reply = world.anonymous().post("/v1/public/applications", json!({ "token": form.token, "email": email })).await.expect(202);
    assert_eq!(reply.body, json!({ "received": true }));
}

/// What an applicant sends by their link.
pub fn filled(secret: &str, company: &str) -> Value {
    json!({ "secret": secret, "company": { "name": company, "country": "DE", "regions": ["DACH"] }, "contact": { "name": "Sam Okafor" },
        "answers": { "employees": 40 } })
}

pub async fn submits(world: &World, body: Value) -> Reply {
    world.anonymous().post("/v1/public/applications/submit", body).await
}

pub async fn opens(world: &World, secret: &str) -> Reply {
    world.anonymous().post("/v1/public/applications/open", json!({ "secret": secret })).await.expect(200)
}

/// An application that was handed in: its applicant's secret.
pub async fn handed_in(world: &World, acme: &Vendor, form: &Form, email: &str, company: &str) -> String {
    starts(world, form, email).await;
    let secret = acme.link(email).await;
    submits(world, filled(&secret, company)).await.expect(200);
    secret
}

spec! {
    async fn a_form_is_read_by_its_token_in_the_nearest_language(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        let read = async |language: &str| {
            world.anonymous().post("/v1/public/application-forms/read", json!({ "token": form.token, "language": language })).await.expect(200)
        };
        let german = read("de-AT").await;
        assert_eq!((&german["language"], &german["sections"][0]["title"]), (&json!("de"), &json!("Ihr Unternehmen")));
        assert_eq!((&german["sections"][0]["fields"][0]["label"], &german["vendor"]), (&json!("Name"), &json!("Acme")), "what is not translated is in the default language");
        assert_eq!(read("fr").await["language"], "en");
        let wrong = form.token[..form.token.len() - 1].to_owned();
        world.anonymous().post("/v1/public/application-forms/read", json!({ "token": wrong })).await.refused(404, "application_form.unknown");
        acme.bearing(&form.token).get("/v1/applications").await.expect(401);
    }

    async fn a_stranger_becomes_a_partner(world) {
        let acme = world.vendor("Acme").await;
        let portal = acme.opens_portal().await;
        let form = acme.asks(json!({ "portal_id": portal })).await;
        starts(world, &form, "sam@northwind.example").await;
        let secret = acme.link("sam@northwind.example").await;
        let opened = opens(world, &secret).await;
        assert_eq!((&opened["status"], &opened["company"]["domain"], &opened["company"]["partner_type"]), (&json!("draft"), &json!("northwind.example"), &json!("reseller")));
        assert!(!opened.body.to_string().contains("app_"), "no id is told");
        let saved = json!({ "secret": secret, "answers": { "employees": 40 }, "company": { "name": "Northwind GmbH", "domain": "northwind.example" } });
        let saved = world.anonymous().post("/v1/public/applications/save", saved).await.expect(200);
        assert_eq!((&saved["answers"]["employees"], &saved["prefilled"]), (&json!(40), &json!({ "company.domain": "email_domain" })));
        let wrong = submits(world, json!({ "secret": secret })).await;
        wrong.invalid_at("/company/country").invalid_at("/contact/name");
        let company = json!({ "name": "Northwind GmbH", "country": "DE", "regions": ["DACH"] });
        let submitted = submits(world, json!({ "secret": secret, "company": company, "contact": { "name": "Sam Okafor" } })).await.expect(200);
        assert_eq!((&submitted["status"], submitted["internal"].is_null()), (&json!("in_review"), true));
        let application = acme.application("sam@northwind.example").await;
        assert_eq!((&application["internal"]["decision"]["outcome"], &application["answers"]["employees"]), (&json!("review"), &json!(40)));
        let approved = acme.decides(&application, "approve", json!({ "reason": "Welcome." })).await.expect(200);
        let partner = acme.get(format!("/v1/partners/{}", approved.text("partner_id"))).await.expect(200);
        assert_eq!((&partner["status"], &partner["type"], &partner["region"]), (&json!("onboarding"), &json!("reseller"), &json!("DACH")));
        let person = acme.get(format!("/v1/people/{}", approved.text("person_id"))).await.expect(200);
        assert_eq!((&person["role"], &person["email"], person["invited_at"].is_string()), (&json!("partner_admin"), &json!("sam@northwind.example"), true));
        acme.decides(&application, "approve", json!({})).await.refused(409, "application.illegal_move");
        let told = acme.told_of(application["id"].as_str().unwrap()).await;
        assert_eq!(told, ["application.started", "application.link_requested", "application.confirmed", "application.updated", "application.submitted",
            "application.review_begun", "application.approved"]);
        assert_eq!(opens(world, &secret).await["status"], "approved");
    }

    async fn one_question_is_answered_and_decided_on(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        let secret = handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        let application = acme.application("sam@northwind.example").await;
        let asked = acme.decides(&application, "request-information", json!({ "reason": "Who supports your customers?", "internal_reason": "Small." })).await.expect(200);
        assert_eq!(asked["status"], "information_requested");
        let opened = opens(world, &secret).await;
        assert_eq!((&opened["question"], opened.body.to_string().contains("Small.")), (&json!("Who supports your customers?"), false));
        let answered = submits(world, json!({ "secret": secret, "answers": { "notes": "We do." } })).await.expect(200);
        assert_eq!(answered["status"], "in_review");
        let refused = acme.decides(&application, "refuse", json!({ "reason": "Not now." })).await.expect(200);
        assert_eq!((&refused["status"], &refused["reason"], refused["first_decided_at"].is_string()), (&json!("refused"), &json!("Not now."), true));
    }

    async fn an_applicant_takes_it_back_and_starts_again(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        let secret = handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        let withdraw = || world.anonymous().post("/v1/public/applications/withdraw", json!({ "secret": secret })).into_future();
        assert_eq!(withdraw().await.expect(200)["status"], "withdrawn");
        assert_eq!(withdraw().await.expect(200)["status"], "withdrawn");
        submits(world, json!({ "secret": secret })).await.refused(409, "application.illegal_move");
        starts(world, &form, "sam@northwind.example").await;
        let again = acme.link("sam@northwind.example").await;
        let opened = opens(world, &again).await;
        assert_eq!((&opened["company"]["name"], &opened["answers"]["employees"]), (&json!("Northwind"), &json!(40)), "nothing is asked again");
        assert_eq!(opened["prefilled"]["company.name"], "earlier_application");
    }

    async fn a_draft_expires_and_a_question_lapses(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        starts(world, &form, "draft@northwind.example").await;
        let draft = acme.application("draft@northwind.example").await;
        handed_in(world, &acme, &form, "sam@tailspin.example", "Tailspin").await;
        let asked = acme.application("sam@tailspin.example").await;
        acme.decides(&asked, "request-information", json!({ "reason": "Who?" })).await.expect(200);
        for count in [12, 3] {
            world.clock.advance(days(count));
            world.settle().await;
        }
        assert_eq!(acme.application("sam@tailspin.example").await["status"], "lapsed");
        world.clock.advance(days(13));
        world.settle().await;
        assert_eq!(acme.application("draft@northwind.example").await["status"], "draft");
        world.clock.advance(days(4));
        world.settle().await;
        assert_eq!(acme.application("draft@northwind.example").await["status"], "expired");
        let told = acme.told_of(draft["id"].as_str().unwrap()).await;
        assert_eq!(told, ["application.started", "application.expiring", "application.expired"]);
        assert!(acme.told_of(asked["id"].as_str().unwrap()).await.contains(&"application.expiring".to_owned()));
    }

    async fn a_form_that_is_closed_takes_no_draft_any_more(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        starts(world, &form, "sam@northwind.example").await;
        let secret = acme.link("sam@northwind.example").await;
        acme.post(format!("/v1/application-forms/{}/close", form.id), json!(null)).await.expect(200);
        submits(world, filled(&secret, "Northwind")).await.refused(409, "application_form.closed");
        let start = json!({ "token": form.token, "email": "new@northwind.example" });
        world.anonymous().post("/v1/public/applications", start).await.refused(404, "application_form.unknown");
    }

    async fn a_draft_is_asked_what_the_form_asks_now(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        starts(world, &form, "sam@northwind.example").await;
        let secret = acme.link("sam@northwind.example").await;
        assert_eq!(opens(world, &secret).await["form"]["version"], 1);
        let mut next = content();
        next["schema"]["required"] = json!(["employees", "notes"]);
        acme.publishes_form(&form.id, next).await;
        assert_eq!(opens(world, &secret).await["form"]["version"], 2);
        submits(world, filled(&secret, "Northwind")).await.invalid_at("/answers");
    }

    async fn what_is_kept_of_an_applicant_is_exported_and_forgotten(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        let secret = handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        let export = acme.post("/v1/privacy/exports", json!({ "email": "sam@northwind.example" })).await.expect(200);
        assert!(export.body.to_string().contains("\"applications\""), "{export}");
        acme.post("/v1/privacy/erasures", json!({ "email": "sam@northwind.example" })).await.expect(202);
        world.settle().await;
        let all = acme.all("/v1/applications").await;
        assert_eq!((&all[0]["contact"]["name"], &all[0]["answers"]), (&json!("[erased]"), &json!({})));
        assert!(!all[0].to_string().contains("Okafor"), "{}", all[0]);
        world.anonymous().post("/v1/public/applications/open", json!({ "secret": secret })).await.refused(404, "application.link");
        let events = acme.all("/v1/events?type=application.*").await;
        assert!(events.iter().all(|event| !event.to_string().contains("Okafor")), "{events:#?}");
    }
}
