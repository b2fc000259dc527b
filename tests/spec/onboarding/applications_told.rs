//! Every step is told: the applicant by letter, in their language, and the vendor's people in their inbox.

use super::applications::{Applications as _, content, filled, opens, submits};
use super::*;
use spec::local::outbox;

spec! {
    async fn each_step_is_a_letter_in_the_applicants_language_and_the_vendors_words(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        // Nobody listens there: letters wait, and are read as they wait.
        world.app().provide(kernel::mail::Mailer::new("smtp://127.0.0.1:9", "prm@prm.test").expect("a mailer"));
        let words = json!({ "subject": "Ihre Bewerbung", "text": "Hallo {{ person.name }}: {{ link.url }}" });
        acme.put("/v1/notification-templates/application.started/de", words).await;
        let start = json!({ "token": form.token, "email": "sam@northwind.example", "language": "de", "contact": { "name": "Sam Okafor" } });
        world.anonymous().post("/v1/public/applications", start).await.expect(202);
        world.settle().await;
        let letter = outbox(&acme, "sam@northwind.example").await;
        assert_eq!((letter.subject.as_str(), letter.text.starts_with("Hallo Sam Okafor: https://")), ("Ihre Bewerbung", true));
        let secret = secret_in(&letter.text);
        assert_eq!(opens(world, &secret).await["form"]["language"], "de");
        submits(world, filled(&secret, "Northwind")).await.expect(200);
        world.settle().await;
        let application = acme.application("sam@northwind.example").await;
        let words = json!({ "subject": "x", "text": "{{ event.data.application.internal.decision.internal_reason }}|{{ event.data.application.question }} {{ link.url }}" });
        acme.put("/v1/notification-templates/application.information_requested/en", words).await;
        acme.decides(&application, "request-information", json!({ "reason": "Who?", "internal_reason": "canary" })).await.expect(200);
        world.settle().await;
        let letter = outbox(&acme, "sam@northwind.example").await;
        assert!(letter.text.starts_with("|Who? https://"), "what is internal reaches no applicant: {}", letter.text);
        // The letter before works as well.
        assert_eq!(opens(world, &secret).await["status"], "information_requested");
        assert_eq!(opens(world, &secret_in(&letter.text)).await["status"], "information_requested");
    }

    async fn the_vendors_people_hear_of_what_waits(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        acme.publishes_form(&form.id, content()).await;
        let manager = acme.adds_colleague("channel_manager").await.id();
        let signed_in = acme.sees_sign_in(&manager, &["pwd", "otp", "mfa"]).await;
        super::applications::handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        world.settle().await;
        let notified = signed_in.get("/v1/notifications").await.expect(200);
        assert!(notified.rows().iter().any(|one| one["title"].as_str().is_some_and(|title| title.contains("Northwind"))), "{notified}");
    }
}
