//! Channels to Slack and Teams, with a receiver in their place that speaks as they do.

use super::*;
use spec::receiver::Receiver;

async fn channel(acme: &Vendor, kind: &str, receiver: &Receiver) -> String {
    let body = json!({ "name": format!("#{kind}"), "kind": kind, "url": receiver.url, "templates": ["notifications.*"] });
    acme.post("/v1/notification-channels", body).await.expect(201).id()
}

/// A deal with a name that would shout, told of to chats alone.
async fn shout(acme: &Vendor) -> Value {
    let partner = acme.adds_partner("Northwind").await;
    acme.registers(partner.gets(resale("<!channel> & <https://evil.example|Fabrikam> *[x](https://evil.example)*"))).await;
    acme.words(NOTICE, "{{ event.data.deal.customer.name }}", "Hello {{ person.name }}: {{ event.data.deal.customer.name }}").await;
    acme.tells("deal.approved", json!({ "to": [], "template": NOTICE, "channels": ["chat"] })).await
}

spec! {
    async fn slack_is_told_and_nobody_there_is_shouted_at(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let id = channel(&acme, "slack", &receiver).await;
        assert_eq!(shout(&acme).await["chats"], 1);
        world.settle().await;
        let requests = receiver.take();
        assert_eq!(requests.len(), 1);
        let sent = &requests[0].event;
        let safe = "&lt;!channel&gt; &amp; &lt;https://evil.example|Fabrikam&gt; *[x](https://evil.example)*";
        assert_eq!(sent["text"], safe);
        assert_eq!(sent["blocks"][0]["type"], "header");
        let section = &sent["blocks"][1]["text"];
        assert_eq!((&section["type"], &section["verbatim"], &section["text"]), (&json!("mrkdwn"), &json!(true), &json!(format!("Hello #slack: {safe}"))));
        let now = acme.get(format!("/v1/notification-channels/{id}")).await.expect(200);
        assert!(now["last_sent_at"].is_string() && now["last_error"].is_null(), "{now}");
        // Its URL is a secret: shown to nobody, and found nowhere.
        let secret = receiver.url.trim_start_matches("http://");
        assert!(!String::from_utf8_lossy(&now.bytes).contains(secret));
        assert!(!world.stored().await.windows(secret.len()).any(|part| part == secret.as_bytes()));
        world.pass(days(1)).await;
        assert!(receiver.take().is_empty(), "once");
    }

    async fn teams_gets_an_adaptive_card_of_plain_text(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        channel(&acme, "teams", &receiver).await;
        receiver.answers(202);
        shout(&acme).await;
        world.settle().await;
        let requests = receiver.take();
        let attachment = &requests[0].event["attachments"][0];
        assert_eq!((&requests[0].event["type"], &attachment["contentType"]), (&json!("message"), &json!("application/vnd.microsoft.card.adaptive")));
        let run = &attachment["content"]["body"][1]["inlines"][0];
        assert_eq!(run["type"], "TextRun");
        assert!(run["text"].as_str().unwrap().contains("<!channel>"), "plain text, which Teams does not read\n{run}");
    }

    async fn a_message_that_fails_is_tried_again_and_one_that_is_refused_is_not(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let id = channel(&acme, "slack", &receiver).await;
        let now = async || acme.get(format!("/v1/notification-channels/{id}")).await.expect(200);
        receiver.next(503, &[], "");
        receiver.next(429, &[("retry-after", "600")], "");
        shout(&acme).await;
        world.settle().await;
        assert_eq!(receiver.take().len(), 1);
        assert_eq!(now().await["last_error"], "It answered with status 503.");
        world.pass(seconds(30)).await;
        assert_eq!(receiver.take().len(), 1);
        world.pass(minutes(9)).await;
        assert!(receiver.take().is_empty(), "it asked for ten minutes");
        world.pass(minutes(1)).await;
        assert_eq!(receiver.take().len(), 1);
        assert!(now().await["failing_since"].is_null());
        receiver.next(400, &[], "invalid_payload");
        acme.tells("deal.approved", json!({ "to": [], "template": NOTICE })).await;
        world.pass(days(2)).await;
        assert_eq!(receiver.take().len(), 1);
        let refused = now().await;
        assert_eq!((&refused["status"], &refused["last_error"]), (&json!("active"), &json!("It answered with status 400.")));
    }

    async fn a_webhook_that_is_gone_disables_its_channel_which_can_be_enabled_again(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let id = channel(&acme, "slack", &receiver).await;
        let path = |action: &str| format!("/v1/notification-channels/{id}{action}");
        receiver.answers(404);
        acme.post(path("/test"), json!(null)).await.expect(202);
        world.settle().await;
        assert_eq!(receiver.take()[0].event["text"], "A test message");
        let gone = acme.get(path("")).await.expect(200);
        assert_eq!((&gone["status"], &gone["last_error"]), (&json!("disabled"), &json!("It answered with status 404.")));
        assert_eq!(acme.all("/v1/events?type=notification_channel.disabled").await.len(), 1);
        acme.post(path("/test"), json!(null)).await.refused(409, "notification_channel.disabled");
        assert_eq!(shout(&acme).await["chats"], 0);
        receiver.answers(200);
        assert_eq!(acme.post(path("/enable"), json!(null)).await.expect(200)["status"], "active");
        acme.post(path("/test"), json!(null)).await.expect(202);
        world.settle().await;
        assert_eq!(receiver.take().len(), 1);
        let changed = json!({ "name": "#other", "templates": ["deal.*"] });
        let etag = acme.get(path("")).await.expect(200).etag();
        acme.patch(path(""), changed).if_match(etag).await.expect(200);
        assert_eq!(acme.tells("deal.approved", json!({ "to": [], "template": NOTICE })).await["chats"], 0, "it wants others");
        acme.delete(path("")).await.expect(204);
    }

    async fn a_channel_does_not_reach_into_the_operators_network(world [private_receivers = false]) {
        let acme = world.vendor("Acme").await;
        for url in ["http://hooks.slack.example/x", "https://127.0.0.1/x", "https://10.0.0.1/", "https://localhost/", "https://u:p@hooks.slack.example/"] {
            let body = json!({ "name": "x", "kind": "slack", "url": url, "templates": ["*"] });
            acme.post("/v1/notification-channels", body).await.invalid_at("/url");
        }
        let body = json!({ "name": "x", "kind": "slack", "url": "https://hooks.slack.example/x", "templates": ["no.such"] });
        acme.post("/v1/notification-channels", body).await.invalid_at("/templates/0");
    }
}
