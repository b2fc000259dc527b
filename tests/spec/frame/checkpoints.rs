//! Signed checkpoints: what not even somebody who owns the database and recomputes every hash in it can change unseen.

use super::support::*;
use crate::prelude::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use kernel::log::note::{CheckpointText, Note, Verifier};
use kernel::log::{Saved, chain, event, verify, verify_against};
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use sha2::{Digest, Sha256};

fn bytes(text: &Value) -> Vec<u8> {
    STANDARD.decode(text.as_str().expect("base64")).expect("base64")
}

fn all_bytes(list: &Value) -> Vec<u8> {
    list.as_array().expect("a list").iter().flat_map(bytes).collect()
}

fn root(size: u64, hash: &Value) -> RootHash<Sha256> {
    let hash: [u8; 32] = bytes(hash).try_into().expect("32 bytes");
    RootHash::new(hash.into(), size)
}

/// The newest checkpoint.
async fn newest(vendor: &Vendor) -> Value {
    vendor.get("/v1/log-checkpoints?limit=1").await.expect(200)["data"][0].clone()
}

/// A vendor whose log has two events of its own and `notes` more, and the newest checkpoint.
async fn vendor_with(world: &World, notes: u64) -> (Vendor, Value) {
    let vendor = world.vendor("Acme").await;
    note(world.app(), &vendor, "a", notes).await.expect("notes");
    world.settle().await;
    let checkpoint = newest(&vendor).await;
    assert_eq!(checkpoint["size"], notes + 2);
    (vendor, checkpoint)
}

fn saved(checkpoint: &Value) -> Saved {
    Saved::read(checkpoint["note"].as_str().expect("a note")).expect("a checkpoint")
}

/// What somebody does who owns the database and knows this code: changes the log and recomputes every hash, number and head of it.
async fn forge(world: &World, vendor: &Vendor, change: impl FnOnce(&mut Vec<event::Model>)) {
    let db = world.app().db().migrator().await;
    let of = event::Column::VendorId.eq(id(vendor).0);
    let mut rows = event::Entity::find().filter(of.clone()).order_by_asc(event::Column::Sequence).all(&db).await.expect("events");
    change(&mut rows);
    let mut before = Vec::new();
    for (sequence, row) in (1..).zip(&mut rows) {
        row.sequence = sequence;
        row.hash = chain(&before, row);
        before.clone_from(&row.hash);
    }
    let last = rows.len() as i64;
    event::Entity::delete_many().filter(of).exec(&db).await.expect("deleted");
    event::Entity::insert_many(rows.into_iter().map(event::ActiveModel::from)).exec_without_returning(&db).await.expect("inserted");
    let head = sea_orm::Statement::from_sql_and_values(
        world.app().db().backend(),
        "UPDATE log_heads SET sequence = $2, hash = $3 WHERE vendor_id = $1",
        [id(vendor).0.into(), last.into(), before.into()],
    );
    assert_eq!(db.execute_raw(head).await.expect("a head").rows_affected(), 1);
}

/// And throws away what was derived from the log, so that it is made anew.
async fn derive_anew(world: &World) {
    for table in ["log_trees", "log_tiles", "log_checkpoints"] {
        world.sql(&format!("DELETE FROM {table}")).await;
    }
    world.settle().await;
}

type Forgery = (&'static str, fn(&mut Vec<event::Model>));

const FORGERIES: [Forgery; 5] = [
    ("an edit", |rows| rows[3].data = r#"{"part":9,"text":"forged"}"#.to_owned()),
    ("a removal", |rows| drop(rows.remove(3))),
    ("a swap", |rows| rows.swap(3, 4)),
    ("a truncation", |rows| rows.truncate(5)),
    ("an insertion", |rows| {
        let copy = event::Model { id: kernel::id::fresh(), ..rows[3].clone() };
        rows.insert(3, copy);
    }),
];

spec! {
    async fn a_checkpoint_follows_the_log_and_is_signed_with_the_published_key(world) {
        let (acme, checkpoint) = vendor_with(world, 5).await;
        let note = Note::read(checkpoint["note"].as_str().expect("a note")).expect("a note");
        let key = Verifier::read(checkpoint["verifier_key"].as_str().expect("a key")).expect("a key");
        assert!(key.verifies(&note));
        let text = CheckpointText::read(&note.text).expect("a checkpoint");
        assert_eq!((text.origin, text.size), (format!("prm.test/log/{}", acme.id), 7));
        assert_eq!(text.root.to_vec(), bytes(&checkpoint["root_hash"]));
        assert_eq!(acme.get("/v1/log-checkpoints/7").await.expect(200).body, checkpoint);
        acme.get("/v1/log-checkpoints/6").await.refused(404, "not_found");
        // Nothing new, no checkpoint; something new, one more; the older stays.
        world.settle().await;
        acme.makes_key("finance", &[]).await;
        world.settle().await;
        let sizes: Vec<_> = acme.all("/v1/log-checkpoints?limit=1").await.iter().map(|one| one["size"].as_i64()).collect();
        assert_eq!(sizes, [Some(8), Some(7)]);
        let rival = world.vendor("Rival").await;
        world.settle().await;
        assert_ne!(newest(&rival).await["verifier_key"], checkpoint["verifier_key"]);
    }

    async fn a_stranger_recomputes_chain_leaf_and_root_from_what_the_api_gives(world) {
        let (acme, checkpoint) = vendor_with(world, 4).await;
        let (mut before, mut leaves) = (Vec::new(), Vec::<Vec<u8>>::new());
        for sequence in 1..=6 {
            let entry = acme.get(format!("/v1/log-entries/{sequence}")).await.expect(200);
            let fields = entry["fields"].as_array().expect("fields");
            assert_eq!(bytes(&fields[0]["bytes"]), before);
            let mut hash = Sha256::new();
            for field in fields.iter().map(|field| bytes(&field["bytes"])) {
                hash.update((field.len() as u64).to_be_bytes());
                hash.update(field);
            }
            before = hash.finalize().to_vec();
            assert_eq!(bytes(&entry["hash"]), before);
            leaves.push(before.clone());
        }
        let root = leaves.iter().map(|leaf| kernel::log::merkle::leaf(leaf)).collect::<Vec<_>>();
        let mut growing = kernel::log::merkle::Growing::default();
        root.into_iter().for_each(|leaf| growing.push(leaf));
        assert_eq!(growing.root().to_vec(), bytes(&checkpoint["root_hash"]));
        acme.get("/v1/log-entries/7").await.refused(404, "not_found");
        acme.get("/v1/log-entries/0").await.refused(404, "not_found");
    }

    async fn proofs_convince_a_verifier_that_knows_nothing_of_this_service(world) {
        // Beyond one tile of 256, so that upper levels are read too.
        let (acme, old) = vendor_with(world, 300).await;
        note(world.app(), &acme, "b", 250).await.expect("notes");
        world.settle().await;
        let new = newest(&acme).await;
        let size = new["size"].as_u64().expect("a size");
        for sequence in [1, 2, 255, 256, 257, 302, 512, 552] {
            let proof = acme.get(format!("/v1/log-entries/{sequence}/inclusion-proof")).await.expect(200);
            assert_eq!((&proof["tree_size"], &proof["root_hash"]), (&new["size"], &new["root_hash"]));
            let entry = acme.get(format!("/v1/log-entries/{sequence}")).await.expect(200);
            let path = InclusionProof::<Sha256>::try_from_bytes(all_bytes(&proof["hashes"])).expect("a proof");
            root(size, &new["root_hash"]).verify_inclusion(&bytes(&entry["hash"]), sequence - 1, &path).expect("it is included");
        }
        let older = acme.get("/v1/log-entries/300/inclusion-proof?tree_size=302").await.expect(200);
        assert_eq!(older["root_hash"], old["root_hash"]);
        acme.get("/v1/log-entries/300/inclusion-proof?tree_size=299").await.refused(422, "body.invalid");
        acme.get("/v1/log-entries/300/inclusion-proof?tree_size=553").await.refused(422, "body.invalid");

        let proof = acme.get(format!("/v1/log-checkpoints/{size}/consistency-proof?from=302")).await.expect(200);
        assert_eq!((&proof["from_root_hash"], &proof["root_hash"]), (&old["root_hash"], &new["root_hash"]));
        let path = ConsistencyProof::<Sha256>::try_from_bytes(all_bytes(&proof["hashes"])).expect("a proof");
        root(size, &new["root_hash"]).verify_consistency(&root(302, &old["root_hash"]), &path).expect("it is consistent");
        acme.get(format!("/v1/log-checkpoints/{size}/consistency-proof?from=553")).await.refused(422, "body.invalid");
    }

    async fn a_saved_checkpoint_finds_what_was_recomputed_throughout_the_database(world) {
        for (what, forgery) in FORGERIES {
            let (acme, checkpoint) = vendor_with(world, 6).await;
            let db = world.app().db().read_of(id(&acme)).await.expect("a reading");
            let saved = saved(&checkpoint);
            note(world.app(), &acme, "later", 1).await.expect("a note");
            world.settle().await;
            assert_eq!(verify_against(&db, id(&acme), &saved).await.expect("read").fault, None, "{what}");
            drop(db);
            forge(world, &acme, forgery).await;
            let db = world.app().db().read_of(id(&acme)).await.expect("a reading");
            // The chain holds, but the tree remembers.
            assert!(verify(&db, id(&acme)).await.expect("read").fault.is_some(), "{what} beside the old tree");
            drop(db);
            derive_anew(world).await;
            let db = world.app().db().read_of(id(&acme)).await.expect("a reading");
            assert_eq!(verify(&db, id(&acme)).await.expect("read").fault, None, "{what}: the database alone tells nothing any more");
            let fault = verify_against(&db, id(&acme), &saved).await.expect("read").fault;
            let fault = fault.unwrap_or_else(|| panic!("{what} is found"));
            let expected = if what == "a truncation" { "the log ends at 5, the saved checkpoint was signed for 8" } else { "the first 8 events are not those that the saved checkpoint was signed for" };
            assert_eq!(fault, expected, "{what}");
        }
    }

    async fn the_tree_names_the_event_that_was_changed_beside_it(world) {
        let (acme, _) = vendor_with(world, 6).await;
        forge(world, &acme, FORGERIES[0].1).await;
        let db = world.app().db().read_of(id(&acme)).await.expect("a reading");
        assert_eq!(verify(&db, id(&acme)).await.expect("read").fault.as_deref(), Some("event 4 is not the one that its Merkle tree holds"));
        drop(db);
        // Without tiles, the stored checkpoints still tell.
        world.sql("DELETE FROM log_trees").await;
        world.sql("DELETE FROM log_tiles").await;
        let db = world.app().db().read_of(id(&acme)).await.expect("a reading");
        let fault = verify(&db, id(&acme)).await.expect("read").fault.expect("a fault");
        assert!(fault.starts_with("the first 8 events are not those that the checkpoint of 2026-11-20"), "{fault}");
    }

    async fn nothing_is_signed_that_the_chain_does_not_bear_out(world) {
        let (acme, checkpoint) = vendor_with(world, 3).await;
        note(world.app(), &acme, "later", 3).await.expect("notes");
        world.sql("UPDATE events SET actor_id = 'somebody' WHERE sequence = 7").await;
        world.settle().await;
        assert_eq!(newest(&acme).await, checkpoint);
        // Others' logs are signed all the same.
        let rival = world.vendor("Rival").await;
        world.settle().await;
        assert_eq!(newest(&rival).await["size"], 2);
    }

    async fn instances_grow_one_tree_between_them(world [connections = 8]) {
        let (acme, _) = vendor_with(world, 1).await;
        let other = world.another_instance().await;
        let both = [&world.main.app, &other.app];
        for round in 0..6 {
            note(world.app(), &acme, &format!("{round}"), 90).await.expect("notes");
            join_all(both.iter().map(|app| kernel::log::grow(app, id(&acme)))).await.into_iter().for_each(|grown| grown.expect("grown"));
        }
        let db = world.app().db().read_of(id(&acme)).await.expect("a reading");
        assert_eq!(verify(&db, id(&acme)).await.expect("read").fault, None);
        assert_eq!(kernel::log::size(&db, id(&acme)).await.expect("a size"), 543);
        assert_eq!(world.number("SELECT COUNT(*) FROM log_keys").await, 1);
    }
}
