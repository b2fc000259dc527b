//! `prm verify-log`: what it says, and with which status it ends.

use access::vendors::{VendorCreate, create_by_operator};
use kernel::App;
use kernel::clock::Clock;
use kernel::db::{Db, Pools};
use kernel::id::VendorId;
use kernel::log::{self, checkpoint};
use kernel::seal::Sealer;
use sea_orm::ConnectionTrait as _;
use std::path::Path;
use std::process::Command;

const SECRET: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

async fn app(folder: &Path) -> App {
    let url = format!("sqlite://{}", folder.join("prm.sqlite").display());
    let db = Db::open(&url, Pools { connections: 1 }).await.expect("a database");
    server::serve::migrate(&db).await.expect("migrated");
    App::new(db, Clock::machine(), Sealer::new(&[7; 32]), "https://prm.test".to_owned())
}

async fn close(app: App) {
    app.db().close().await.expect("closed");
}

/// A folder with a database of one vendor, and its checkpoint beside it.
async fn begin(folder: &Path) -> VendorId {
    let app = app(folder).await;
    let new: VendorCreate = serde_json::from_value(serde_json::json!({ "name": "Acme" })).expect("a vendor");
    let vendor = create_by_operator(&app, new).await.expect("a vendor").vendor.id;
    log::grow(&app, vendor).await.expect("a tree");
    let db = app.db().read_of(vendor).await.expect("a reading");
    let newest = checkpoint::list(&db, vendor, None, 1).await.expect("checkpoints").remove(0);
    let key = checkpoint::verifiers(&db, vendor).await.expect("keys").remove(0).write();
    std::fs::write(folder.join("checkpoint"), &newest.note).expect("saved");
    std::fs::write(folder.join("checkpoint.json"), serde_json::json!({ "note": newest.note }).to_string()).expect("saved");
    std::fs::write(folder.join("key"), key).expect("saved");
    drop(db);
    close(app).await;
    vendor
}

/// What an owner of the database does who knows the code: edits an event, recomputes everything, and has it signed anew.
async fn forge(folder: &Path, vendor: VendorId) {
    use sea_orm::EntityTrait as _;
    let app = app(folder).await;
    let db = app.db().migrator().await;
    let (mut before, mut rows) = (Vec::new(), log::event::Entity::find().all(&db).await.expect("events"));
    rows.sort_by_key(|row| row.sequence);
    rows[0].actor_id = "somebody".to_owned();
    for row in &mut rows {
        row.hash = log::chain(&before, row);
        before.clone_from(&row.hash);
    }
    for sql in ["DELETE FROM events", "DELETE FROM log_trees", "DELETE FROM log_tiles", "DELETE FROM log_checkpoints"] {
        db.execute_unprepared(sql).await.expect(sql);
    }
    log::event::Entity::insert_many(rows.into_iter().map(log::event::ActiveModel::from)).exec_without_returning(&db).await.expect("inserted");
    let digits: String = before.iter().map(|byte| format!("{byte:02x}")).collect();
    db.execute_unprepared(&format!("UPDATE log_heads SET hash = X'{digits}'")).await.expect("a head");
    drop(db);
    log::grow(&app, vendor).await.expect("a tree");
    let db = app.db().read_of(vendor).await.expect("a reading");
    assert_eq!(log::verify(&db, vendor).await.expect("read").fault, None);
    drop(db);
    close(app).await;
}

fn verify(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prm"));
    command.arg("verify-log").args(arguments).current_dir(folder).env("PRM_SECRET_KEY", SECRET);
    let done = command.env("PRM_DATABASE_URL", format!("sqlite://{}", folder.join("prm.sqlite").display())).output().expect("prm runs");
    (done.status.code(), format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_saved_checkpoint_tells_and_the_status_says_what() {
    let folder = std::env::temp_dir().join(format!("prm-verify-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let vendor = begin(&folder).await;
    let key = std::fs::read_to_string(folder.join("key")).expect("a key");
    let ends = |arguments: &[&str], status: i32, words: &str| {
        let (code, said) = verify(&folder, arguments);
        assert_eq!(code, Some(status), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    };
    ends(&[], 0, "2 events, whole and in order");
    ends(&["--checkpoint", "checkpoint"], 0, "its first 2 events are those that the checkpoint was signed for");
    ends(&["--checkpoint", "checkpoint.json", "--key", &key], 0, "its first 2 events are those");
    // It cannot be told.
    ends(&["--checkpoint", "nowhere"], 2, "cannot be read");
    ends(&["--checkpoint", "key"], 2, "not a signed note");
    ends(&["--checkpoint", "checkpoint", "--key", "x+y+z"], 2, "not the verifier key");
    let other = VendorId::fresh().to_string();
    ends(&["--checkpoint", "checkpoint", "--vendor", &other], 2, &vendor.to_string());
    let note = std::fs::read_to_string(folder.join("checkpoint")).expect("a note");
    std::fs::write(folder.join("altered"), note.replacen("\n2\n", "\n1\n", 1)).expect("saved");
    ends(&["--checkpoint", "altered", "--key", &key], 2, "not signed with the key that was given");
    // Somebody changed the log and recomputed all.
    forge(&folder, vendor).await;
    ends(&[], 0, "whole and in order");
    ends(&["--checkpoint", "checkpoint"], 1, "the first 2 events are not those that the saved checkpoint was signed for");
    _ = std::fs::remove_dir_all(&folder);
}
