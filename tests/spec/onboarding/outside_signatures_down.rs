//! Services that fail: they are asked again, what was made is made once, and whoever looks sees why it takes so long.

use super::outside_signatures::{KINDS, Out};
use super::signature_peer::{Failure, Peer, SIGNED};
use crate::prelude::*;

async fn error(out: &Out) -> String {
    out.read().await["signature_request"]["error"].as_str().unwrap_or_default().to_owned()
}

spec! {
    async fn a_service_that_is_down_is_asked_again(world) {
        for kind in KINDS {
            let out = Out::waiting(world, kind).await;
            out.peer.fails("create", Failure::Status(503, 0));
            out.peer.fails("create", Failure::Status(429, 600));
            world.settle().await;
            assert!(error(&out).await.starts_with("It answered with status 503"), "{}", error(&out).await);
            assert_eq!(out.stands().await, ("sent".to_owned(), "sending".to_owned()));
            world.pass(seconds(30)).await;
            assert!(error(&out).await.starts_with("It answered with status 429"));
            world.pass(minutes(9)).await;
            assert!(out.peer.made().is_empty(), "it asked to be left alone for ten minutes");
            world.pass(minutes(1)).await;
            assert_eq!((out.peer.made().len(), out.stands().await.1.as_str(), error(&out).await.as_str()), (1, "out", ""));
            assert_eq!(out.told().await, ["created", "sent"]);
        }
    }

    async fn a_request_whose_answer_was_lost_is_not_made_twice(world) {
        for kind in KINDS {
            let out = Out::waiting(world, kind).await;
            out.peer.fails("create", Failure::LosesAnswer);
            world.settle().await;
            assert_eq!((out.peer.made().len(), out.stands().await.1.as_str()), (1, "sending"));
            world.pass(minutes(1)).await;
            assert_eq!((out.peer.made().len(), out.stands().await.1.as_str()), (1, "out"), "{kind}");
            assert_eq!(out.read().await["signature_request"]["external_id"], json!(out.made().id));
        }
    }

    async fn one_that_may_have_been_made_is_looked_for_before_it_is_taken_back(world) {
        for kind in KINDS {
            let out = Out::waiting(world, kind).await;
            out.peer.fails("create", Failure::LosesAnswer);
            world.settle().await;
            out.acme.post(format!("{}/void", out.path()), json!({ "reason": "A mistake." })).await.expect(200);
            world.settle().await;
            assert_eq!(out.stands().await, ("voided".to_owned(), "done".to_owned()));
            assert!(out.made().ending.is_some(), "{kind}");
        }
    }

    async fn what_a_service_does_not_take_is_told_and_may_be_taken_back(world) {
        for kind in KINDS {
            let out = Out::waiting(world, kind).await;
            out.peer.fails("create", Failure::Status(400, 0));
            world.settle().await;
            assert_eq!(out.stands().await, ("sent".to_owned(), "refused".to_owned()));
            assert_eq!(out.told().await, ["created", "sent", "signature_failed"]);
            assert!(error(&out).await.contains("status 400"));
            let void = out.acme.post(format!("{}/void", out.path()), json!({ "reason": "Not taken." })).await.expect(200);
            assert_eq!(void["status"], "voided", "there is nothing to take back there");
            world.pass(days(1)).await;
            assert!(out.peer.made().is_empty());
        }
    }

    async fn a_service_that_never_answers_is_given_up_in_the_end(world) {
        let out = Out::waiting(world, "dropbox_sign").await;
        for call in ["create", "find"] {
            for _ in 0..200 {
                out.peer.fails(call, Failure::Status(503, 0));
            }
        }
        world.settle().await;
        world.pass(hours(71)).await;
        assert_eq!(out.stands().await.1, "sending");
        world.pass(hours(2)).await;
        assert_eq!((out.stands().await.1.as_str(), out.told().await.last().map(String::as_str)), ("failed", Some("signature_failed")));
    }

    async fn a_service_that_hangs_delays_nobody_elses(world) {
        let (slow, quick) = (Out::waiting(world, "dropbox_sign").await, Out::waiting(world, "docusign").await);
        slow.peer.fails("create", Failure::Hangs);
        world.settle().await;
        assert_eq!((error(&slow).await.as_str(), quick.stands().await.1.as_str()), ("It did not answer in time.", "out"));
    }

    async fn a_file_that_is_too_long_or_none_is_not_kept(world) {
        for kind in KINDS {
            let out = Out::new(world, kind).await;
            out.peer.all_sign();
            out.peer.gives([SIGNED, &vec![b' '; 32 * 1024 * 1024]].concat());
            out.hears(world, "completed").await;
            assert_eq!((out.stands().await.0.as_str(), error(&out).await.as_str()), ("sent", "Its answer is too long."));
            assert_eq!(out.told().await, ["created", "sent"], "nothing half done");
            out.peer.gives(b"<html>Come back later.</html>".to_vec());
            world.pass(minutes(1)).await;
            assert_eq!((out.stands().await.0.as_str(), error(&out).await.as_str()), ("sent", "Its file is no PDF."));
            out.peer.fails("file", Failure::Status(409, 0));
            world.pass(minutes(5)).await;
            out.peer.gives(SIGNED.to_vec());
            world.pass(hours(1)).await;
            assert_eq!(out.stands().await.0, "signed");
            assert_eq!(out.acme.get(format!("{}/pdf", out.path())).await.expect(200).bytes, SIGNED);
        }
    }

    async fn new_credentials_are_used_for_what_is_out(world) {
        let out = Out::new(world, "dropbox_sign").await;
        let elsewhere = Peer::start(world).await;
        out.peer.all_sign();
        let path = format!("/v1/signature-services/{}", out.service.id());
        out.acme.patch(&path, json!({ "base_url": format!("{}/v3", elsewhere.url) })).if_match(1).await.expect(200);
        world.pass(hours(1)).await;
        assert_eq!(out.stands().await, ("voided".to_owned(), "done".to_owned()), "nobody knows it there");
        assert!(!elsewhere.calls().is_empty());
    }
}
