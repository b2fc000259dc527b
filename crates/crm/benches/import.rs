//! How fast files are imported, everything on: keys, events, refused rows, one transaction a batch.
//!
//! `cargo bench --workspace --bench import` measures SQLite; with `PRM_BENCH_POSTGRES=postgres://…/empty_database`, Postgres too.

use crm::imports::{self, ImportCreate};
use kernel::clock::Clock;
use kernel::db::{Db, Pools};
use kernel::id::VendorId;
use kernel::seal::Sealer;
use kernel::{Actor, App, Problem};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use std::fmt::Write as _;
use std::time::Instant;

const ROWS: usize = 100_000;

#[tokio::main]
async fn main() {
    let directory = std::env::temp_dir().join(format!("prm-bench-import-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a scratch directory");
    measure("sqlite", &format!("sqlite://{}", directory.join("bench.sqlite").display())).await;
    std::fs::remove_dir_all(&directory).expect("take the scratch directory away");
    match std::env::var("PRM_BENCH_POSTGRES") {
        Ok(url) => measure("postgres", &url).await,
        Err(_) => println!("postgres: set PRM_BENCH_POSTGRES to measure it"),
    }
}

async fn measure(name: &str, url: &str) {
    let db = Db::open(url, Pools { connections: 4 }).await.expect("open the database");
    let role = db.role().map(|(role, _)| migrations::Role::Own(role));
    migrations::bring_up(&db.migrator().await, role).await.expect("migrate it");
    let app = App::new(db, Clock::machine(), Sealer::new(&[7; 32]), "http://localhost".into());
    let vendor = vendor(&app).await;
    let accounts = json!({"resource": "accounts", "format": "csv"});
    let opportunities = json!({"resource": "opportunities", "format": "csv", "currency": "EUR", "amount_unit": "major"});
    for (what, options, file) in [
        ("accounts, new", accounts.clone(), account_file(0)),
        ("accounts, the same again", accounts.clone(), account_file(0)),
        ("accounts, every one changed", accounts, account_file(1)),
        ("opportunities, new", opportunities.clone(), opportunity_file()),
        ("opportunities, the same again", opportunities, opportunity_file()),
    ] {
        let begun = Instant::now();
        let outcome = import(&app, vendor, options, file.as_bytes()).await.expect("import");
        let rate = ROWS as f64 / begun.elapsed().as_secs_f64();
        println!("{name}: {what}: {rate:.0} rows/s ({outcome})");
    }
    if let Some(fault) = kernel::log::verify(&app.db().read_of(vendor).await.expect("a view"), vendor).await.expect("walk the log").fault {
        panic!("{fault}");
    }
}

async fn import(app: &App, vendor: VendorId, options: serde_json::Value, file: &[u8]) -> Result<String, Problem> {
    let actor = Actor::system("bench", vendor);
    let body: ImportCreate = serde_json::from_value(options).expect("options");
    let made = app.write(&actor, async |tx| imports::create(tx, body).await).await?;
    app.write(&actor, async |tx| imports::accept(tx, made.id, file).await).await?;
    while imports::step(app, 20).await? > 0 {}
    let row = imports::store::by_id(&app.db().read_of(vendor).await.expect("a view"), actor.scope, made.id.0).await?.expect("it was just made");
    Ok(format!(
        "{}: {} new, {} changed, {} unchanged, {} refused",
        row.status, row.rows_created, row.rows_updated, row.rows_unchanged, row.rows_refused
    ))
}

async fn vendor(app: &App) -> VendorId {
    let vendor = VendorId::fresh();
    let add = async |tx: &mut kernel::Tx| {
        let sql = "INSERT INTO vendors (id, name, revision, created_at, updated_at) VALUES ($1, 'Bench', 1, $2, $2)";
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [vendor.0.into(), tx.now().into()])).await?;
        kernel::log::open(tx, vendor).await
    };
    app.write(&Actor::system("bench", vendor), add).await.expect("add a vendor");
    vendor
}

fn account_file(version: usize) -> String {
    let mut file = String::from("external_id,name,domain,country,address,phone,tax_id,industry\n");
    for n in 0..ROWS {
        _ = writeln!(file, "A-{n},\"Company {n}, Holding GmbH\",company{n}.example,DE,\"Street {version}, Hamburg\",+49 40 {n},DE{n:09},industry");
    }
    file
}

fn opportunity_file() -> String {
    let mut file = String::from("external_id,account_external_id,name,status,stage,product,amount,owner,closes_on\n");
    for n in 0..ROWS {
        _ = writeln!(file, "O-{n},A-{n},Sale {n},open,Engaging,GTX Pro,{n}.50,Anna Snelling,2027-01-31");
    }
    file
}
