//! Forms: whoever has the token can create leads, and learns nothing.

use super::*;

async fn form(acme: &Vendor, per_minute: i64) -> (String, String) {
    let made = acme.post("/v1/lead-forms", json!({ "name": "Contact", "campaign": "Web", "per_minute": per_minute })).await.expect(201);
    (made["lead_form"]["id"].as_str().expect("an id").to_owned(), made.text("token"))
}

fn sent(token: &str, company: &str) -> Value {
    json!({ "token": token, "company": company, "country": "DE", "name": "Ada Byron", "email": format!("ada@{}.example", company.to_lowercase()) })
}

const SUBMIT: &str = "/v1/lead-forms/submissions";

spec! {
    async fn a_form_creates_a_lead_and_tells_nothing(world) {
        let (acme, _) = partners(world, &["Northwind"]).await;
        let (id, token) = form(&acme, 60).await;
        for _ in 0..2 {
            let reply = world.anonymous().post(SUBMIT, sent(&token, "Fabrikam")).await.expect(202);
            assert_eq!(reply.body, json!({ "received": true }));
        }
        world.settle().await;
        let leads = acme.all("/v1/leads").await;
        assert_eq!(leads.len(), 1, "the same person with the same company within a day");
        assert_eq!((&leads[0]["status"], &leads[0]["source"], &leads[0]["campaign"]), (&json!("offered"), &json!({ "type": "form", "form_id": id }), &json!("Web")));
        assert!(acme.get("/v1/lead-forms").await.expect(200).rows().iter().all(|row| !row.to_string().contains(&token)));
        // It can do nothing else.
        acme.bearing(&token).get("/v1/leads").await.expect(401);
    }

    async fn machines_strangers_and_other_pages_create_nothing(world) {
        let (acme, _) = partners(world, &["Northwind"]).await;
        let (id, token) = form(&acme, 60).await;
        acme.patch("/v1/vendor", json!({ "allowed_origins": ["https://www.acme.example"] })).if_match(1).await.expect(200);
        let nobody = world.anonymous();
        let bot = with(sent(&token, "Spam"), json!({ "homepage": "https://spam.example" }));
        assert_eq!(nobody.post(SUBMIT, bot).await.expect(202).body, json!({ "received": true }));
        for wrong in ["", "x", "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.lfm_01jd3k7x2mfq8t9v5w6y0zabcd.00", &token[..token.len() - 1], &token.replace("lfm_", "lead_")] {
            let reply = nobody.post(SUBMIT, sent(wrong, "Fabrikam")).await;
            assert!(matches!(reply.status, 404 | 422), "{wrong}: {reply}");
        }
        nobody.post(SUBMIT, sent(&token, "Fabrikam")).header("origin", "https://evil.example").await.refused(403, "lead_form.origin");
        nobody.post(SUBMIT, with(sent(&token, "Fabrikam"), json!({ "status": "won" }))).await.invalid_at("/status");
        assert!(acme.all("/v1/leads").await.is_empty());
        let fine = nobody.post(SUBMIT, sent(&token, "Fabrikam")).header("origin", "https://www.acme.example").await.expect(202);
        assert_eq!(fine.header("access-control-allow-origin"), Some("https://www.acme.example"));
        acme.post(format!("/v1/lead-forms/{id}/close"), json!(null)).await.expect(200);
        nobody.post(SUBMIT, sent(&token, "Tailspin")).await.refused(404, "lead_form.unknown");
        assert_eq!(acme.all("/v1/leads").await.len(), 1);
    }

    async fn a_form_takes_so_many_a_minute_and_fewer_from_one_address(world) {
        let (acme, _) = partners(world, &["Northwind"]).await;
        let (_, token) = form(&acme, 18).await;
        let nobody = world.anonymous();
        let send = |number: usize, from: String| {
            let body = sent(&token, &format!("Company{number}"));
            let call = nobody.post(SUBMIT, body).from(&from);
            async move { call.await.status }
        };
        let mut one = Vec::new();
        for number in 0..5 {
            one.push(send(number, "192.0.2.1".into()).await);
        }
        assert_eq!(one, [202, 202, 202, 429, 429]);
        let mut many = Vec::new();
        for number in 10..30 {
            many.push(send(number, format!("192.0.2.{number}")).await);
        }
        assert_eq!(many.iter().filter(|status| **status == 202).count(), 7, "ten at once of eighteen a minute: {many:?}");
        world.clock.advance(minutes(1));
        assert_eq!(send(90, "192.0.2.1".into()).await, 202);
    }

    async fn a_repeat_under_the_same_key_is_one_lead(world) {
        let (acme, _) = partners(world, &["Northwind"]).await;
        let (_, token) = form(&acme, 600).await;
        let send = || world.anonymous().post(SUBMIT, sent(&token, "Fabrikam")).idempotency_key("one").into_future();
        let first = send().await.expect(202);
        let again = send().await.expect(202);
        assert_eq!((first.bytes, again.header("idempotent-replayed")), (again.bytes.clone(), Some("true")));
        assert_eq!(acme.all("/v1/leads").await.len(), 1);
    }
}
