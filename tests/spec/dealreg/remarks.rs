//! Comments, which partner and vendor read, and notes, which are the vendor's own.

use crate::prelude::*;

const CANARY: &str = "kanarienvogel";

fn comments(deal: &str) -> String {
    format!("/v1/deals/{deal}/comments")
}

fn notes(deal: &str) -> String {
    format!("/v1/deals/{deal}/notes")
}

fn text(text: &str) -> Value {
    json!({ "text": text })
}

spec! {
    async fn both_sides_comment_and_a_partner_is_not_told_who_of_the_vendor_did(world) {
        let (acme, seller, rival) = rivals(world).await;
        let id = seller.registers(resale("Fabrikam")).await.id();
        let manager = acme.sees_sign_in(&acme.adds_colleague("channel_manager").await.id(), &["pwd"]).await;
        let asked = seller.post(comments(&id), text("  May we show the beta? ")).await.expect(201);
        assert_eq!((&asked["text"], &asked["by_partner"], &asked["author"]["id"]), (&json!("May we show the beta?"), &json!(true), &json!(seller.id)));
        manager.post(comments(&id), text("Yes.")).await.expect(201);
        let seen = seller.all(&comments(&id)).await;
        assert_eq!((seen.len(), &seen[1]["author"], &seen[1]["by_partner"]), (2, &json!({ "type": "vendor", "id": "vendor" }), &json!(false)));
        assert_eq!(acme.all(&comments(&id)).await[1]["author"]["type"], "person");
        let path = format!("{}/{}", comments(&id), asked.id());
        assert_eq!(seller.get(&path).await.expect(200).body, asked.body);
        rival.get(comments(&id)).await.refused(404, "not_found");
        rival.get(&path).await.refused(404, "not_found");
        rival.post(comments(&id), text("Hello")).await.refused(404, "not_found");
        // A comment of another deal is not found under this one.
        let other = seller.registers(resale("Wingtip Toys")).await.id();
        seller.get(format!("{}/{}", comments(&other), asked.id())).await.refused(404, "not_found");
        assert_eq!(steps(&seller, &id).await, ["deal.approved"], "a comment is no step of the deal");
    }

    async fn one_corrects_ones_own_words_for_a_quarter_of_an_hour_and_takes_them_back_at_any_time(world) {
        let (acme, seller, _) = rivals(world).await;
        let colleague = seller.partner.person("sales").await;
        let id = seller.registers(resale("Fabrikam")).await.id();
        let made = seller.post(comments(&id), text("Monday")).await.expect(201);
        let path = format!("{}/{}", comments(&id), made.id());
        let corrected = seller.patch(&path, text("Tuesday")).if_match(made.etag()).await.expect(200);
        assert_eq!((&corrected["text"], &corrected["revision"]), (&json!("Tuesday"), &json!(2)));
        assert!(corrected["edited_at"].is_string());
        seller.patch(&path, text("Wednesday")).if_match(made.etag()).await.refused(412, "revision.stale");
        for other in [&*colleague, acme.client()] {
            other.patch(&path, text("Never")).if_match(corrected.etag()).await.refused(403, "deal.not_your_remark");
            other.delete(&path).await.refused(403, "deal.not_your_remark");
        }
        world.clock.advance(minutes(15) + seconds(1));
        let seller = seller.anew().await;
        seller.patch(&path, text("Thursday")).if_match(corrected.etag()).await.refused(409, "deal.remark_stands");
        seller.delete(&path).await.expect(204);
        seller.delete(&path).await.refused(404, "not_found");
        acme.get(&path).await.refused(404, "not_found");
        let gone = acme.all(&comments(&id)).await[0].clone();
        assert_eq!(gone.get("text"), None, "a mark in the list is left");
        assert!(gone["deleted_at"].is_string());
        let told = acme.all(&format!("/v1/events?subject={}", made.id())).await;
        let kinds: Vec<_> = told.iter().map(|event| event["type"].as_str().unwrap_or_default()).collect();
        assert_eq!(kinds, ["deal.commented", "deal.comment_edited", "deal.comment_deleted"]);
        assert_eq!(told[0]["data"]["comment"]["text"], "Monday", "the log keeps what was said");
    }

    async fn a_note_is_seen_by_nobody_of_a_partner_anywhere(world) {
        let (acme, seller, _) = rivals(world).await;
        let id = seller.registers(resale("Fabrikam")).await.id();
        let manager = acme.sees_sign_in(&acme.adds_colleague("channel_manager").await.id(), &["pwd"]).await;
        let note = manager.post(notes(&id), text(CANARY)).await.expect(201);
        let path = format!("{}/{}", notes(&id), note.id());
        manager.patch(&path, text(&format!("{CANARY}!"))).if_match(note.etag()).await.expect(200);
        assert_eq!(acme.get(notes(&id)).await.expect(200).rows().len(), 1);
        assert!(acme.all("/v1/events?type=deal.note_edited").await[0].to_string().contains(CANARY));

        let admin = seller.partner.person("partner_admin").await;
        for reader in [&*seller, &*admin] {
            for path in [notes(&id), path.clone()] {
                reader.get(&path).await.refused(403, "auth.forbidden");
            }
            reader.post(notes(&id), text("Hello")).await.refused(403, "auth.forbidden");
            reader.delete(&path).await.refused(403, "auth.forbidden");
            reader.get("/v1/events").await.refused(403, "auth.forbidden");
            reader.get(format!("{}/{}", comments(&id), note.id())).await.refused(404, "not_found");
            for path in ["/v1/deals".to_owned(), format!("/v1/deals/{id}"), format!("/v1/deals/{id}/timeline"), comments(&id)] {
                let reply = reader.get(&path).await.expect(200);
                assert!(!reply.to_string().contains(CANARY) && !reply.to_string().contains("note"), "{path}: {reply}");
            }
        }
        // Nor is it told to somebody of the vendor who reaches some partners only, while a comment is.
        acme.post(comments(&id), text("for all")).await.expect(201);
        let region = json!({ "partner_ids": [seller.partner.id] });
        let narrowed = acme.narrowed("channel_manager", region).await;
        let log = narrowed.all("/v1/events?limit=200").await;
        assert!(log.iter().any(|event| event["type"] == "deal.commented"), "{log:?}");
        assert!(!format!("{log:?}").contains(CANARY));
        // The notes themselves are: of the deals that they reach.
        assert_eq!(narrowed.all(&notes(&id)).await.len(), 1);
    }

    async fn whoever_does_not_read_deals_reads_nothing_said_about_them(world) {
        let (acme, seller, _) = rivals(world).await;
        let id = seller.registers(resale("Fabrikam")).await.id();
        acme.post(notes(&id), text(CANARY)).await.expect(201);
        let marketing = acme.makes_key("marketing", &[]).await;
        marketing.get(notes(&id)).await.refused(404, "not_found");
        marketing.post(notes(&id), text("Hello")).await.refused(404, "not_found");
        acme.makes_key("finance", &[]).await.get(notes(&id)).await.expect(200);
    }

    async fn comments_are_listed_in_order_page_by_page(world) {
        let (_, seller, _) = rivals(world).await;
        let id = seller.registers(resale("Fabrikam")).await.id();
        for number in 0..5 {
            seller.post(comments(&id), text(&format!("{number}"))).await.expect(201);
            world.clock.advance(seconds(1));
        }
        let texts: Vec<_> = seller.all(&format!("{}?limit=2", comments(&id))).await.iter().map(|row| row["text"].clone()).collect();
        assert_eq!(texts, ["0", "1", "2", "3", "4"].map(|text| json!(text)));
    }

    async fn a_comment_does_not_answer_an_open_question(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.reviews_large_deals().await;
        let id = seller.registers(large(resale("Fabrikam"))).await.id();
        acme.moves(&id, "request-information", json!({ "question": "Who decides?" })).await.expect(200);
        seller.post(comments(&id), text("I shall ask.")).await.expect(201);
        assert_eq!(seller.deal(&id).await["status"], "information_requested");
    }

    async fn what_an_erased_person_said_is_gone_from_everywhere(world) {
        let (acme, seller, _) = rivals(world).await;
        let id = seller.registers(resale("Fabrikam")).await.id();
        seller.post(comments(&id), text(CANARY)).await.expect(201);
        let taken_back = seller.post(comments(&id), text(&format!("also {CANARY}"))).await.expect(201);
        seller.delete(format!("{}/{}", comments(&id), taken_back.id())).await.expect(204);
        let export = acme.get(format!("/v1/people/{}/export", seller.id)).await;
        assert!(export.to_string().contains(CANARY), "{export}");
        acme.post(format!("/v1/people/{}/erase", seller.id), json!(null)).await;
        world.settle().await;
        assert_eq!(acme.all(&comments(&id)).await[0]["text"], "[erased]");
        assert!(!format!("{:?}", acme.all("/v1/events?limit=200").await).contains(CANARY));
    }
}
