//! Mail, through a real mail server (PyPI `aiosmtpd`): at once, gathered, or after the quiet.

use super::*;

/// A partner's person who is told of a deal at noon (UTC) on a Friday.
async fn scene(world: &World) -> (Vendor, Person) {
    let (acme, seller, _) = rivals(world).await;
    acme.switches_automations_off().await;
    acme.registers(seller.partner.gets(resale("Fabrikam"))).await;
    acme.words(NOTICE, "{{ event.data.deal.customer.name }} is yours", "Hello {{ person.name }}").await;
    (acme, seller)
}

async fn letters(world: &World) -> i64 {
    world.number("SELECT COUNT(*) FROM mails").await
}

async fn prefers(person: &Client, what: Value) {
    person.put("/v1/notification-preferences", what).await.expect(200);
}

spec! {
    async fn a_letter_goes_out_at_once_as_text_and_html_in_the_language_of_its_reader(world) {
        let (acme, seller) = scene(world).await;
        let Some(mut mailbox) = Mailbox::open(world) else { return };
        let words = json!({ "subject": "{{ event.data.deal.customer.name }}: {{ person.name }}", "text": "Grüße, {{ person.name }}!",
            "html": "<p>Grüße, <b>{{ person.name }}</b> &amp; {{ event.data.deal.customer.name }}</p>" });
        acme.put(format!("/v1/notification-templates/{NOTICE}/de"), words).await.expect(201);
        prefers(&seller, json!({ "language": "de-AT", "time_zone": "Europe/Vienna" })).await;
        // What people are called is no header, no line, and no HTML.
        let hostile = "<img src=x onerror=alert(1)>\nBcc: all@evil.example";
        world.sql(&format!("UPDATE people SET name = '{hostile}' WHERE partner_id IS NOT NULL")).await;
        assert_eq!(acme.tells("deal.approved", to_partner()).await["mails"], 1);
        world.settle().await;
        let letter = mailbox.letter();
        assert_eq!(letter["to"], json!([seller.email]));
        assert_eq!(letter["subject"], "Fabrikam: <img src=x onerror=alert(1)> Bcc: all@evil.example");
        assert!(letter["text"].as_str().unwrap().starts_with("Grüße, <img"), "{letter}");
        let html = letter["html"].as_str().unwrap();
        assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;") && html.contains("<b>") && !html.contains("<img"), "{html}");
        assert_eq!(letters(world).await, 1);
    }

    async fn mail_waits_for_the_end_of_quiet_hours_on_the_night_that_clocks_are_put_forward(world) {
        let (acme, seller) = scene(world).await;
        let Some(mut mailbox) = Mailbox::open(world) else { return };
        prefers(&seller, json!({ "time_zone": "Europe/Berlin", "quiet_hours": { "from": "22:00", "to": "07:00" } })).await;
        // 22:30 on 27 March 2027 in Berlin, an hour before midnight; the next morning is summer.
        world.clock.advance("2027-03-27T21:30:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap() - world.now());
        let seller = seller.anew().await;
        assert_eq!(acme.tells("deal.approved", to_partner()).await["mails_later"], 1);
        assert_eq!(acme.tells("deal.approved", to_partner()).await["mails_later"], 1);
        assert_eq!(titles(&seller).await.len(), 2, "the inbox does not wait");
        world.settle().await;
        world.pass(hours(7) + minutes(29)).await; // 06:59
        assert_eq!(letters(world).await, 0);
        world.pass(minutes(1)).await;
        let letter = mailbox.letter();
        assert_eq!(letter["subject"], "2 notifications from Acme");
        assert_eq!(letter["text"].as_str().unwrap().matches("- Fabrikam is yours").count(), 2);
        world.pass(days(3)).await;
        assert_eq!(letters(world).await, 1, "once");
    }

    async fn a_digest_comes_once_at_its_hour_without_what_was_read_meanwhile(world) {
        let (acme, seller) = scene(world).await;
        let Some(mut mailbox) = Mailbox::open(world) else { return };
        prefers(&seller, json!({ "digest_hour": 8, "rules": [{ "template": "*", "inbox": true, "mail": true, "frequency": "daily" }] })).await;
        for _ in 0..3 {
            assert_eq!(acme.tells("deal.approved", to_partner()).await["mails_later"], 1);
        }
        let first = seller.all("/v1/notifications").await[0]["id"].as_str().unwrap().to_owned();
        seller.post(format!("/v1/notifications/{first}/read"), json!(null)).await.expect(200);
        world.pass(hours(19)).await; // Saturday, 07:00
        assert_eq!(letters(world).await, 0);
        world.pass(hours(1)).await;
        assert_eq!(mailbox.letter()["subject"], "2 notifications from Acme");
        acme.tells("deal.approved", to_partner()).await;
        world.pass(hours(24)).await;
        assert_eq!(mailbox.letter()["subject"], "Fabrikam is yours", "one alone is sent as it is");
        world.pass(days(7)).await;
        assert_eq!(letters(world).await, 2);
    }

    async fn what_is_not_wanted_does_not_come(world) {
        let (acme, seller) = scene(world).await;
        let Some(mut mailbox) = Mailbox::open(world) else { return };
        let rule = |template: &str, inbox: bool, mail: bool| json!({ "template": template, "inbox": inbox, "mail": mail });
        prefers(&seller, json!({ "rules": [rule(NOTICE, true, false)] })).await;
        acme.tells("deal.approved", to_partner()).await;
        assert_eq!((letters(world).await, titles(&seller).await.len()), (0, 1));
        prefers(&seller, json!({ "rules": [rule("*", false, true)] })).await;
        acme.tells("deal.approved", to_partner()).await;
        world.settle().await;
        assert_eq!((letters(world).await, titles(&seller).await.len()), (1, 1));
        mailbox.letter();
        // A step may leave a way out, and a preference never adds one.
        let with = json!({ "to": [{ "partner": "/deal/partner_id" }], "template": NOTICE, "channels": ["inbox"] });
        assert_eq!(acme.tells("deal.approved", with).await["people"], 0);
        // Who is shut out before the hour of the digest gets none.
        prefers(&seller, json!({ "rules": [{ "template": "*", "inbox": false, "mail": true, "frequency": "weekly" }] })).await;
        acme.tells("deal.approved", to_partner()).await;
        acme.post(format!("/v1/partners/{}/suspend", seller.partner.id), json!({ "reason": "For a while." })).await.expect(200);
        world.pass(days(8)).await;
        assert_eq!(letters(world).await, 1);
    }
}
