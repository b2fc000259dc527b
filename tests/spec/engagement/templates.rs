//! Templates: standard words, a vendor's own, and what becomes of broken ones.

use super::*;

spec! {
    async fn a_vendor_writes_its_own_words_and_goes_back(world) {
        let (acme, seller, _) = rivals(world).await;
        let path = format!("/v1/notification-templates/{NOTICE}/en");
        let standard = acme.get(&path).await.expect(200);
        assert_eq!((&standard["standard"], &standard["revision"]), (&json!(true), &json!(null)));
        acme.registers(seller.partner.gets(resale("Fabrikam"))).await;
        acme.tells("deal.approved", to_partner()).await;
        assert_eq!(titles(&seller).await, ["News from Acme"]);
        let own = acme.put(&path, json!({ "subject": "{{ event.type }}", "text": "x" })).await.expect(201);
        assert_eq!((&own["standard"], &own["revision"]), (&json!(false), &json!(1)));
        assert_eq!(acme.put(&path, json!({ "subject": "New: {{ event.type }}", "text": "x" })).await.expect(200)["revision"], 2);
        assert_eq!(titles(&seller).await, ["New: deal.approved"], "it is rendered when it is read");
        let listed = acme.all("/v1/notification-templates").await;
        assert_eq!(listed.iter().filter(|one| one["name"] == NOTICE).count(), 1);
        acme.delete(&path).await.expect(204);
        acme.delete(&path).await.refused(404, "not_found");
        assert_eq!(titles(&seller).await, ["News from Acme"]);
        acme.put("/v1/notification-templates/no.such/en", json!({ "subject": "x", "text": "x" })).await.refused(404, "not_found");
        acme.put(format!("/v1/notification-templates/{NOTICE}/German"), json!({ "subject": "x", "text": "x" })).await.refused(404, "not_found");
        // Nobody but who manages them.
        acme.makes_key("channel_manager", &[]).await.get(&path).await.refused(403, "auth.forbidden");
        seller.get(&path).await.refused(403, "auth.forbidden");
    }

    async fn what_cannot_be_read_is_refused_with_its_line(world) {
        let acme = world.vendor("Acme").await;
        let path = format!("/v1/notification-templates/{NOTICE}/en");
        for (part, words, why) in [
            ("text", "a\nb {{ person.name }\n", "Line 2"),
            ("text", "a\n\n{% if x %}", "Line 3"),
            ("subject", "{% include 'x' %}", "include"),
            ("subject", "{{ person.name | shout }}", "shout"),
            ("html", "<p>{% set x = 1 %}</p>", "set"),
            ("html", "{{ x * 1000000 }}", "`*`"),
        ] {
            let mut body = json!({ "subject": "x", "text": "x", "html": "x" });
            body[part] = json!(words);
            let reply = acme.put(&path, body).await;
            let detail = reply["errors"][0]["detail"].as_str().unwrap_or_default().to_owned();
            assert!(detail.contains(why) || part == "subject", "{reply}");
            reply.invalid_at(&format!("/{part}"));
        }
    }

    async fn words_that_break_while_they_are_filled_give_way_to_the_standard_ones_and_say_so(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.registers(seller.partner.gets(resale("Fabrikam"))).await;
        acme.words(NOTICE, "{{ event.type }}", "{{ event.data.deal.customer.name.first() }}").await;
        let done = acme.tells("deal.approved", to_partner()).await;
        assert_eq!((&done["people"], &done["template_errors"][0]["part"]), (&json!(1), &json!("text")), "{done}");
        assert_eq!(titles(&seller).await, ["News from Acme"]);
    }

    async fn a_preview_shows_what_would_be_said(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.registers(seller.partner.gets(resale("Fabrikam <&>"))).await;
        let sequence = acme.latest("deal.approved").await.sequence;
        let words = json!({ "name": NOTICE, "subject": "{{ event.data.deal.customer.name }}", "text": "{{ person.name }}", "html": "<i>{{ event.data.deal.customer.name }}</i>" });
        let preview = async |more: Value| acme.post("/v1/notification-templates/preview", with(words.clone(), more)).await;
        let shown = preview(json!({ "event_sequence": sequence })).await.expect(200);
        assert_eq!((&shown["subject"], &shown["html"]), (&json!("Fabrikam <&>"), &json!("<i>Fabrikam &lt;&amp;&gt;</i>")));
        let made_up = json!({ "deal": { "customer": { "name": "Contoso" } } });
        assert_eq!(preview(json!({ "data": made_up })).await.expect(200)["subject"], "Contoso");
        assert_eq!(preview(json!({})).await.expect(200)["subject"], "Fabrikam", "a sample");
        assert_eq!(acme.post("/v1/notification-templates/preview", json!({ "name": NOTICE })).await.expect(200)["subject"], "News from Acme");
        preview(json!({ "event_sequence": 999_999 })).await.invalid_at("/event_sequence");
        preview(json!({ "text": "{{" })).await.invalid_at("/text");
        // Another vendor's log is not ours.
        let rival = world.vendor("Rival").await;
        let theirs = rival.post("/v1/notification-templates/preview", with(words.clone(), json!({ "event_sequence": sequence }))).await;
        assert!(!String::from_utf8_lossy(&theirs.bytes).contains("Fabrikam"), "{theirs}");
    }
}

#[test]
fn every_standard_template_can_be_used() {
    for template in server::assemble::templates() {
        let found = engagement::check_template(template.subject, template.text, None);
        assert_eq!(found.map_err(|trouble| trouble.sentence()), Ok(()), "{}", template.name);
    }
}
