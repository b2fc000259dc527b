//! The log: every change in order, none twice, none missing.

use super::support::*;
use crate::prelude::*;
use kernel::Problem;

const WRITERS: u64 = 16;
const WRITES: u64 = 12;

/// One of sixteen writers: some writes have several events, every fifth gives up after it has emitted.
async fn writes(instance: Instance, vendor: Vendor, writer: u64) -> u64 {
    let (mut events, actor) = (0, worker(&vendor));
    for write in 0..WRITES {
        let (text, parts) = (format!("{writer}.{write}"), write % 3 + 1);
        let gives_up = write % 5 == 4;
        let outcome = instance.app.write(&actor, async |tx| {
            take(tx, &text, parts).await?;
            if gives_up { Err(Problem::not_found()) } else { Ok(()) }
        });
        assert_eq!(outcome.await.is_ok(), !gives_up);
        events += if gives_up { 0 } else { parts };
    }
    events
}

/// Poll the log, a few events at a time, until `total` were read.
async fn polls(vendor: Vendor, total: impl Future<Output = u64>) -> Vec<Value> {
    let (mut events, mut after) = (Vec::new(), 0);
    let mut total = std::pin::pin!(futures::FutureExt::fuse(total));
    let mut wanted = u64::MAX;
    while (events.len() as u64) < wanted {
        let page = vendor.get(format!("/v1/events?after={after}&limit=7")).await.expect(200);
        events.extend(page.rows().iter().cloned());
        after = page["next_after"].as_i64().expect("a place in the log");
        if wanted == u64::MAX {
            wanted = futures::FutureExt::now_or_never(total.as_mut()).unwrap_or(u64::MAX);
        }
        tokio::task::yield_now().await;
    }
    events
}

fn sequences(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| event["sequence"].as_i64().expect("a sequence")).collect()
}

/// What each event says, in order: `writer.write` and part.
fn told(events: &[Value]) -> Vec<(String, u64)> {
    let notes = events.iter().filter(|event| event["type"] == "note.taken");
    notes.map(|event| (event["data"]["text"].as_str().unwrap_or_default().to_owned(), event["data"]["part"].as_u64().unwrap_or_default())).collect()
}

/// Each write's events lie together and in order, and each writer's writes in the order in which it made them.
fn assert_in_order(told: &[(String, u64)]) {
    let mut last_write = std::collections::HashMap::new();
    for (at, (text, part)) in told.iter().enumerate() {
        if *part > 1 {
            assert_eq!(told[at - 1], (text.clone(), part - 1), "the events of one write lie together");
            continue;
        }
        let Some((writer, write)) = text.split_once('.') else { continue };
        let write: u64 = write.parse().expect("a number");
        let before = last_write.insert(writer.to_owned(), write);
        assert!(before.is_none_or(|before| before < write), "writer {writer} wrote {before:?} before {write}");
    }
}

spec! {
    /// A write that began first is held open while sixteen writers write; readers poll and follow all the while.
    async fn sixteen_writers_and_one_held_open_leave_a_log_without_gaps(world [connections = 24]) {
        let acme = world.vendor("Acme").await;
        let (_here, other) = (world.main.run(), world.another_instance().await);
        let _there = other.run();
        let mut stream = acme.get("/v1/events/stream?after=0").stream().await;

        let gate = Gate::default();
        let held = tokio::spawn({
            let (world, acme, gate) = (world.clone(), acme.clone(), gate.clone());
            async move {
                world.app().write(&worker(&acme), async |tx| {
                    take(tx, "held", 1).await?;
                    gate.pass().await;
                    Ok::<_, Problem>(())
                }).await
            }
        });
        gate.reached().await;

        // Two instances on Postgres; SQLite's one file has one writer at a time, which is held.
        let instance = |writer: u64| if world.on == On::Postgres && writer % 2 == 1 { other.clone() } else { world.main.clone() };
        let writers: Vec<_> = (0..WRITERS).map(|writer| tokio::spawn(writes(instance(writer), acme.clone(), writer))).collect();
        let (say, total) = tokio::sync::oneshot::channel();
        let polling = tokio::spawn(polls(acme.clone(), async { total.await.expect("the writers end") }));
        if world.on == On::Sqlite {
            gate.open();
        }
        let written: u64 = join_all(writers).await.into_iter().map(|events| events.expect("a writer")).sum();
        gate.open();
        held.await.expect("the held write").expect("commits at last");

        // The vendor's own first two events, the writers', and the one that was held.
        let total = 2 + written + 1;
        say.send(total).expect("the poller listens");
        let polled = polling.await.expect("the poller");
        assert_eq!(sequences(&polled), (1..=total as i64).collect::<Vec<_>>(), "none skipped, none out of order");
        assert_in_order(&told(&polled));
        if world.on == On::Postgres {
            assert_eq!(told(&polled).last(), Some(&("held".to_owned(), 1)), "numbered when it commits, not when it began");
        }

        let mut followed = Vec::new();
        while followed.len() < polled.len() {
            let event = stream.next().await;
            assert_eq!(event.id, event.data["sequence"].to_string());
            assert_eq!(event.kind, event.data["type"].as_str().unwrap_or_default());
            followed.push(event.data);
        }
        assert_eq!(followed, polled, "the stream tells the same as the list");
        assert_whole(world, &acme).await;
    }

    async fn a_write_that_gives_up_leaves_no_gap_and_no_row(world) {
        let acme = world.vendor("Acme").await;
        note(world.app(), &acme, "first", 1).await.expect("a note");
        let refused = world.app().write(&worker(&acme), async |tx| {
            take(tx, "second", 3).await?;
            Err::<(), _>(Problem::not_found())
        }).await;
        assert!(refused.is_err());
        note(world.app(), &acme, "third", 1).await.expect("a note");
        assert_eq!(sequences(&log_of(&acme).await), [1, 2, 3, 4]);
        assert_eq!(noted(&acme).await, ["first", "third"]);
        assert_eq!(rows(world, "second").await, 0);
    }

    async fn a_rehearsal_leaves_nothing(world) {
        let acme = world.vendor("Acme").await;
        world.app().rehearse(&worker(&acme), async |tx| take(tx, "rehearsed", 1).await).await.expect("it would work");
        assert_eq!(noted(&acme).await.len(), 0);
        assert_eq!(rows(world, "rehearsed").await, 0);
    }

    async fn an_event_names_who_did_what_to_which(world) {
        let acme = world.vendor("Acme").await;
        let made = acme.post("/v1/api-keys", json!({ "name": "CRM", "role": "integration" })).await.expect(201);
        let mut page = acme.get("/v1/events?type=api_key.created&after=2").await.expect(200);
        // Its own spec says what a key looks like.
        page.body["data"][0]["data"]["api_key"].as_object_mut().expect("a key").retain(|name, _| name == "id");
        assert_eq!(page["data"][0]["subject"]["id"], made["api_key"]["id"]);
        assert_reply_snapshot!(page, @r#"
        {
          "body": {
            "data": [
              {
                "actor": {
                  "id": "key-1",
                  "type": "api_key"
                },
                "data": {
                  "api_key": {
                    "id": "key-2"
                  }
                },
                "id": "evt-1",
                "occurred_at": "2026-11-20T12:00:00Z",
                "sequence": 3,
                "subject": {
                  "id": "key-2",
                  "revision": 1,
                  "type": "api_key"
                },
                "type": "api_key.created",
                "vendor_id": "vnd-1",
                "version": 1
              }
            ],
            "head": 3,
            "next_after": 3
          },
          "status": 200
        }
        "#);
    }

    async fn the_list_filters_by_type_and_subject_and_moves_past_the_rest(world) {
        let acme = world.vendor("Acme").await;
        for role in ["finance", "marketing", "finance"] {
            acme.makes_key(role, &[]).await;
        }
        let kinds = |reply: &Reply| reply.rows().iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>();
        let only = |filter: &str| acme.get(format!("/v1/events?{filter}"));
        assert_eq!(kinds(&only("type=vendor.created").await.expect(200)), ["vendor.created"]);
        assert_eq!(kinds(&only("type=vendor.*,api_key.revoked").await.expect(200)), ["vendor.created"]);
        assert_eq!(kinds(&only("type=vendor.created&type=api_key.created").await.expect(200)).len(), 5);
        assert_eq!(kinds(&only("type=*").await.expect(200)).len(), 5);
        let third = only("after=3&limit=1").await.expect(200);
        let subject = third["data"][0]["subject"]["id"].as_str().expect("an id").to_owned();
        assert_eq!(only(&format!("subject={subject}")).await.expect(200).rows().len(), 1);
        let past = only("type=api_key.revoked").await.expect(200);
        assert_eq!((past.rows().len(), &past["next_after"], &past["head"]), (0, &json!(5), &json!(5)));
        // A full page stops at its last event, filtered or not.
        let full = only("type=api_key.*&limit=2").await.expect(200);
        assert_eq!((&full["next_after"], &full["head"]), (&json!(3), &json!(5)));
    }

    async fn a_stream_goes_on_where_the_last_one_broke_off(world) {
        let acme = world.vendor("Acme").await;
        let mut from_now = acme.get("/v1/events/stream").stream().await;
        acme.makes_key("finance", &[]).await;
        assert_eq!(from_now.next().await.id, "3");
        drop(from_now);
        acme.makes_key("finance", &[]).await;
        acme.makes_key("finance", &[]).await;
        // Last-Event-ID comes before `after`, as a browser sends both.
        let mut resumed = acme.get("/v1/events/stream?after=0").header("last-event-id", "3").stream().await;
        assert_eq!((resumed.next().await.id, resumed.next().await.id), ("4".into(), "5".into()));
        let mut filtered = acme.get("/v1/events/stream?after=0&type=vendor.*").stream().await;
        assert_eq!(filtered.next().await.kind, "vendor.created");
    }

    async fn a_stream_ends_when_its_key_is_revoked(world) {
        let acme = world.vendor("Acme").await;
        let made = acme.post("/v1/api-keys", json!({ "name": "CRM", "role": "integration" })).await.expect(201);
        let mut stream = acme.bearing(&made.text("secret")).get("/v1/events/stream").stream().await;
        let id = made["api_key"]["id"].as_str().expect("an id");
        acme.post(format!("/v1/api-keys/{id}/revoke"), json!(null)).await.expect(200);
        stream.end().await;
    }

    async fn no_vendor_reads_another_vendors_log(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let mut stream = rival.get("/v1/events/stream?after=0").stream().await;
        let key = acme.post("/v1/api-keys", json!({ "name": "CRM", "role": "integration" })).await.expect(201);
        rival.makes_key("finance", &[]).await;
        let events = log_of(&rival).await;
        assert_eq!(sequences(&events), [1, 2, 3]);
        assert!(events.iter().all(|event| event["vendor_id"] == rival.id.as_str()));
        let (first, second, third) = (stream.next().await, stream.next().await, stream.next().await);
        assert_eq!(vec![first.data, second.data, third.data], events);
        let id = key["api_key"]["id"].as_str().expect("an id");
        assert_eq!(rival.get(format!("/v1/events?subject={id}")).await.expect(200).rows().len(), 0);
    }
}
