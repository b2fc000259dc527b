//! What somebody with the database's password cannot do unseen.

use super::support::*;
use crate::prelude::*;
use kernel::log::verify;

/// SQL for the vendor's events; `{v}` stands for its id.
async fn tamper(world: &World, vendor: &Vendor, sql: &str) {
    let literal = match world.on {
        On::Sqlite => format!("X'{}'", id(vendor).0.simple()),
        On::Postgres => format!("'{}'", id(vendor).0),
    };
    assert!(world.sql(&sql.replace("{v}", &literal)).await > 0, "{sql} changes something");
}

async fn fault(world: &World, vendor: &Vendor) -> Option<String> {
    verify(&world.app().db().read_of(id(vendor)).await.expect("a view"), id(vendor)).await.expect("the log can be read").fault
}

/// A vendor whose log has two events of its own and four notes.
async fn vendor_with_notes(world: &World) -> Vendor {
    let vendor = world.vendor("Acme").await;
    for text in ["one", "two", "three", "four"] {
        note(world.app(), &vendor, text, 1).await.expect("a note");
    }
    vendor
}

spec! {
    async fn every_edited_field_of_an_event_is_found(world) {
        let edits = [
            r#"data = '{"text":"forged","part":1}'"#, "kind = 'note.erased'", "version = 2", "actor_id = 'somebody'", "actor_kind = 'person'",
            "subject_id = 'other'", "subject_kind = 'other'", "subject_revision = 9", "id = (SELECT id FROM events WHERE vendor_id = {v} AND sequence = 1)",
            "occurred_at = (SELECT MAX(created_at) FROM seal)", "hash = (SELECT hash FROM events WHERE vendor_id = {v} AND sequence = 3)",
        ];
        let time = match world.on { On::Sqlite => "'2026-11-20T12:00:01+00:00'", On::Postgres => "'2026-11-20T12:00:01Z'" };
        for edit in edits {
            let acme = vendor_with_notes(world).await;
            assert_eq!(fault(world, &acme).await, None);
            let edit = edit.replace("(SELECT MAX(created_at) FROM seal)", time);
            tamper(world, &acme, &format!("UPDATE events SET {edit} WHERE vendor_id = {{v}} AND sequence = 4")).await;
            assert_eq!(fault(world, &acme).await.as_deref(), Some("event 4 was edited, moved or replaced"), "{edit}");
        }
    }

    async fn a_removed_event_is_found(world) {
        let acme = vendor_with_notes(world).await;
        tamper(world, &acme, "DELETE FROM events WHERE vendor_id = {v} AND sequence = 4").await;
        assert_eq!(fault(world, &acme).await.as_deref(), Some("event 4 is missing"));
    }

    async fn a_log_cut_short_is_found(world) {
        let acme = vendor_with_notes(world).await;
        tamper(world, &acme, "DELETE FROM events WHERE vendor_id = {v} AND sequence >= 5").await;
        assert_eq!(fault(world, &acme).await.as_deref(), Some("the log ends at 4, its head says 6"));
        tamper(world, &acme, "DELETE FROM events WHERE vendor_id = {v}").await;
        assert_eq!(fault(world, &acme).await.as_deref(), Some("the log ends at 0, its head says 6"));
    }

    async fn two_events_in_each_others_place_are_found(world) {
        let acme = vendor_with_notes(world).await;
        for (from, to) in [(4, 99), (5, 4), (99, 5)] {
            tamper(world, &acme, &format!("UPDATE events SET sequence = {to} WHERE vendor_id = {{v}} AND sequence = {from}")).await;
        }
        assert_eq!(fault(world, &acme).await.as_deref(), Some("event 4 was edited, moved or replaced"));
    }

    async fn an_event_removed_and_the_rest_moved_up_is_found(world) {
        let acme = vendor_with_notes(world).await;
        tamper(world, &acme, "DELETE FROM events WHERE vendor_id = {v} AND sequence = 4").await;
        for (from, to) in [(5, 4), (6, 5)] {
            tamper(world, &acme, &format!("UPDATE events SET sequence = {to} WHERE vendor_id = {{v}} AND sequence = {from}")).await;
        }
        tamper(world, &acme, "UPDATE log_heads SET sequence = 5 WHERE vendor_id = {v}").await;
        assert_eq!(fault(world, &acme).await.as_deref(), Some("event 4 was edited, moved or replaced"));
    }

    async fn an_event_put_in_at_the_end_is_found(world) {
        let acme = vendor_with_notes(world).await;
        let copy = "INSERT INTO events SELECT vendor_id, 7, id, kind, version, occurred_at, actor_kind, actor_id, subject_kind, subject_id, \
            subject_revision, data, hash, personal FROM events WHERE vendor_id = {v} AND sequence = 6";
        tamper(world, &acme, copy).await;
        assert!(fault(world, &acme).await.is_some());
    }

    async fn an_event_of_another_vendor_is_found(world) {
        let (acme, rival) = (vendor_with_notes(world).await, vendor_with_notes(world).await);
        let theirs = match world.on { On::Sqlite => format!("X'{}'", id(&rival).0.simple()), On::Postgres => format!("'{}'", id(&rival).0) };
        tamper(world, &acme, "DELETE FROM events WHERE vendor_id = {v} AND sequence = 6").await;
        tamper(world, &acme, &format!("UPDATE events SET vendor_id = {{v}} WHERE vendor_id = {theirs} AND sequence = 6")).await;
        assert_eq!(fault(world, &acme).await.as_deref(), Some("event 6 was edited, moved or replaced"));
        assert!(fault(world, &rival).await.is_some());
    }

    async fn a_log_that_grows_while_it_is_verified_is_not_taken_for_tampered_with(world [connections = 8]) {
        let acme = world.vendor("Acme").await;
        let writing = tokio::spawn({
            let (world, acme) = (world.clone(), acme.clone());
            async move {
                for number in 0..60 {
                    note(world.app(), &acme, &number.to_string(), 2).await.expect("a note");
                }
            }
        });
        while !writing.is_finished() {
            assert_eq!(fault(world, &acme).await, None);
        }
        writing.await.expect("the writer");
    }
}
