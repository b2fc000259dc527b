//! What signature services send: verified, taken once, and no more than a hint to ask them.

use super::outside_signatures::{CONNECT_KEY, Event, KINDS, Out, tag};
use super::signature_peer::{API_KEY, Standing};
use crate::prelude::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Nothing came of what was sent: nothing is in the log, and nobody was asked.
async fn nothing_came(world: &World, out: &Out) {
    world.settle().await;
    assert!(out.peer.calls().is_empty());
    assert_eq!(out.stands().await, ("sent".to_owned(), "out".to_owned()));
    assert_eq!(out.told().await, ["created", "sent"]);
}

spec! {
    async fn a_forged_event_is_refused_and_changes_nothing(world) {
        for kind in KINDS {
            let out = Out::new(world, kind).await;
            out.peer.all_sign();
            out.peer.calls();
            let good = out.event("completed", world.now());
            let mut forged = vec![Event { body: good.body.replace("completed", "declined").replace("all_signed", "declined"), ..good.clone() }];
            forged.push(Event { body: String::new(), ..good.clone() });
            if kind == "docusign" {
                // By the key of somebody else, by none, and over what was sent before a blank was added.
                forged.push(Event { signature: STANDARD.encode(tag("another-key", &good.body)), ..good.clone() });
                forged.push(Event { signature: String::new(), ..good.clone() });
                forged.push(Event { body: format!("{} ", good.body), ..good.clone() });
            } else {
                let time = world.now().timestamp();
                let of = |key: &str, time: i64| tag(key, &format!("{time}signature_request_all_signed")).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
                let right = of(API_KEY, time);
                forged.push(Event { body: good.body.replace(&right, &of("another-key", time)), ..good.clone() });
                forged.push(Event { body: good.body.replace(&right, &of(API_KEY, time + 1)), ..good.clone() });
                forged.push(Event { body: good.body.replace(&right, &right[..62]), ..good.clone() });
                forged.push(Event { content_type: "application/json", ..good.clone() });
            }
            for event in forged {
                event.comes(world).await.refused(404, "signature_service.event");
            }
            nothing_came(world, &out).await;
        }
    }

    async fn an_event_at_another_address_is_refused(world) {
        let (out, other) = (Out::new(world, "docusign").await, Out::new(world, "dropbox_sign").await);
        out.peer.calls();
        let (good, there) = (out.event("completed", world.now()), other.service.text("events_url"));
        let (id, stranger) = (out.service.id(), other.service.id());
        let at = |path: String| Event { path, ..good.clone() };
        let vendor = |url: &str| url.split("/signature-services/").nth(1).and_then(|rest| rest.split('.').next()).expect("a vendor").to_owned();
        for address in [format!("{}.{stranger}", vendor(&there)), format!("{}.{id}", vendor(&there)), id.clone(), "x".into(), format!("vnd_1.{id}")] {
            at(format!("/v1/public/signature-services/{address}/events")).comes(world).await.refused(404, "signature_service.event");
        }
        nothing_came(world, &out).await;
    }

    async fn an_event_that_was_taken_is_refused_when_it_comes_again(world) {
        for kind in KINDS {
            let out = Out::new(world, kind).await;
            out.peer.stands(0, Standing::Signed);
            let event = out.event("signed", world.now());
            event.comes(world).await.expect(200);
            world.settle().await;
            assert_eq!(out.stands().await.0, "partly_signed");
            out.peer.calls();
            event.comes(world).await.refused(409, "signature_service.event_again");
            world.pass(minutes(30)).await;
            event.comes(world).await.refused(409, "signature_service.event_again");
            world.settle().await;
            assert!(out.peer.calls().is_empty(), "nobody was asked");
            assert_eq!(out.told().await, ["created", "sent", "signed_by"]);
            // What is too old to be known again is not taken either.
            let old = out.event("completed", world.now() - days(31));
            old.comes(world).await.refused(409, "signature_service.event_again");
        }
    }

    async fn of_the_same_event_twice_at_once_one_is_taken(world [connections = 10]) {
        let out = Out::new(world, "docusign").await;
        let event = out.event("completed", world.now());
        let replies = join_all((0..6).map(|_| event.comes(world))).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
        assert!(replies.iter().all(|reply| reply.status == 200 || reply["code"] == "signature_service.event_again"));
    }

    async fn an_event_is_a_hint_and_what_the_service_says_counts(world) {
        for kind in KINDS {
            let out = Out::new(world, kind).await;
            out.peer.calls();
            out.hears(world, "completed").await;
            assert_eq!((out.peer.calls(), out.stands().await.0), (vec!["look".to_owned()], "sent".to_owned()), "nobody has signed there");
            // What came late, when the service was asked since, is no reason to ask.
            let late = out.event("declined", world.now() - minutes(6));
            late.comes(world).await.expect(200);
            world.settle().await;
            assert!(out.peer.calls().is_empty());
        }
    }

    async fn what_is_about_nothing_of_ours_is_acknowledged_and_forgotten(world) {
        for kind in KINDS {
            let out = Out::new(world, kind).await;
            out.peer.calls();
            let good = out.event("completed", world.now());
            let mut other = Event { body: good.body.replace(&out.made().id, "nobodys"), ..good.clone() };
            other.signature = STANDARD.encode(tag(CONNECT_KEY, &other.body));
            for _ in 0..2 {
                let taken = other.comes(world).await.expect(200);
                assert_eq!(String::from_utf8_lossy(&taken.bytes), "Hello API Event Received");
            }
            nothing_came(world, &out).await;
        }
    }

    async fn a_long_event_is_refused(world) {
        let out = Out::new(world, "docusign").await;
        let good = out.event("completed", world.now());
        Event { body: format!("{}{}", good.body, " ".repeat(600_000)), ..good }.comes(world).await.refused(413, "body.too_large");
    }

    async fn who_guesses_is_slowed_down(world [rates = access::limits::Settings { vendor: 6_000_000, credential: 6_000_000, failures: 5 }]) {
        let out = Out::new(world, "docusign").await;
        let forged = Event { signature: String::new(), ..out.event("completed", world.now()) };
        let call = || world.anonymous().call(Method::POST, &forged.path).raw(forged.content_type, forged.body.clone()).from("203.0.113.7");
        let replies = join_all((0..12).map(|_| async { call().await })).await;
        assert!(replies.iter().any(|reply| reply.status == 429) && replies.iter().all(|reply| reply.status == 404 || reply.status == 429));
    }
}
