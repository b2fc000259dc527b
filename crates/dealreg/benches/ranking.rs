//! How long it takes to find who is asked about a lead, among 10,000 partners that have answered 50,000 offers:
//! `cargo bench --workspace --bench ranking` measures SQLite; with `PRM_BENCH_POSTGRES=postgres://…/empty_database`, Postgres too.

use dealreg::LeadId;
use dealreg::leads::prospects::prospects;
use dealreg::leads::ranking::{LeadFacts, rank};
use dealreg::leads::rulebook::{LeadEligibility, LeadRules, Rulebook};
use dealreg::leads::share::{Share, turn};
use kernel::App;
use kernel::clock::Clock;
use kernel::db::{Db, Pools};
use kernel::id::VendorId;
use kernel::seal::Sealer;
use sea_orm::{ConnectionTrait, Statement};
use std::hint::black_box;
use std::time::{Duration, Instant};
use uuid::Uuid;

const PARTNERS: u128 = 10_000;
const OFFERS: u128 = 5;
const ROUNDS: usize = 20;

#[tokio::main]
async fn main() {
    let directory = std::env::temp_dir().join(format!("prm-bench-ranking-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a scratch directory");
    measure("sqlite", &format!("sqlite://{}", directory.join("bench.sqlite").display())).await;
    std::fs::remove_dir_all(&directory).expect("take the scratch directory away");
    match std::env::var("PRM_BENCH_POSTGRES") {
        Ok(url) => measure("postgres", &url).await,
        Err(_) => println!("postgres: set PRM_BENCH_POSTGRES to measure it"),
    }
}

/// The program's partners, and leads that each of them was offered and answered.
async fn fill(db: &impl ConnectionTrait, vendor: VendorId) {
    let run = async |sql: String| {
        db.execute_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("a row");
    };
    let postgres = db.get_database_backend() == sea_orm::DbBackend::Postgres;
    let id = |id: Uuid| if postgres { format!("'{id}'") } else { format!("x'{}'", id.simple()) };
    let (now, vendor) = ("'2026-11-20T12:00:00+00:00'", id(vendor.0));
    run(format!(
        "INSERT INTO vendors (id, name, allowed_origins, revision, created_at, updated_at) VALUES ({vendor}, 'Bench', '[]', 1, {now}, {now})"
    ))
    .await;
    for number in 0..PARTNERS {
        let (own, tier, country) =
            (id(Uuid::from_u128(number + 1)), ["gold", "silver", "bronze"][number as usize % 3], ["DE", "FR"][number as usize % 2]);
        run(format!(
            "INSERT INTO partners (vendor_id, id, name, search_name, kind, tier, country, specialisations, status, custom_fields, revision, created_at, \
             updated_at) VALUES ({vendor}, {own}, 'P {number}', 'p', 'reseller', '{tier}', '{country}', '[\"robots\", \"arms\"]', 'active', '{{}}', 1, {now}, {now})"
        ))
        .await;
    }
    for number in 0..OFFERS {
        let lead = id(Uuid::from_u128(number + 1));
        run(format!(
            "INSERT INTO leads (vendor_id, id, status, company_name, company, interests, source, scoring, score, duplicates, offers, revision, created_at, \
             updated_at) VALUES ({vendor}, {lead}, 'won', 'C', '{{}}', '[]', 'api', '{{}}', 0, '[]', 1, 1, {now}, {now})"
        ))
        .await;
        run(format!(
            "INSERT INTO lead_offers (vendor_id, lead_id, partner_id, number, outcome, why, offered_at, until, seconds) \
             SELECT vendor_id, {lead}, id, 1, 'accepted', '{{}}', {now}, {now}, 3600 FROM partners"
        ))
        .await;
    }
    // A record for each of the thirteen months that count: as many as there can be.
    for month in [
        "2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11",
    ] {
        run(format!(
            "INSERT INTO lead_records (vendor_id, partner_id, month, answered, accepted, seconds, converted, won) \
             SELECT vendor_id, id, '{month}', 5, 3, 3600, 2, 1 FROM partners"
        ))
        .await;
    }
    run(format!(
        "INSERT INTO lead_totals (vendor_id, partner_id, since, answered, accepted, seconds, converted, won) \
         SELECT vendor_id, partner_id, MIN(month), SUM(answered), SUM(accepted), SUM(seconds), SUM(converted), SUM(won) FROM lead_records \
         WHERE vendor_id = {vendor} GROUP BY vendor_id, partner_id"
    ))
    .await;
}

async fn measure(name: &str, url: &str) {
    let db = Db::open(url, Pools { connections: 4 }).await.expect("open the database");
    let role = db.role().map(|(role, _)| migrations::Role::Own(role));
    migrations::bring_up(&db.migrator().await, role).await.expect("migrate it");
    let app = App::new(db, Clock::machine(), Sealer::new(&[7; 32]), "http://localhost".into());
    let vendor = VendorId(Uuid::from_u128(1));
    fill(&app.db().migrator().await, vendor).await;
    let rule = LeadEligibility { id: "tier".into(), when: "partner.tier in [\"gold\", \"silver\"]".into(), sentence: "No tier.".into() };
    let book =
        Rulebook::of(LeadRules { eligibility: vec![rule], near: 100, ..LeadRules::default() }, 1).unwrap_or_else(|_| panic!("rules that compile"));
    let lead = LeadFacts {
        country: "DE".into(),
        region: None,
        segment: None,
        interests: vec!["robots".into()],
        amount: None,
        campaign: None,
        source: "api".into(),
        score: 0,
        company: "Fabrikam".into(),
        domain: None,
        has_contact: true,
    };
    let (mut asked, mut ranked) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let reading = app.db().read_of(vendor).await.expect("a reading");
        let found = prospects(&reading, vendor, LeadId(Uuid::from_u128(999_999)), app.clock().now()).await.expect("partners");
        asked.push(began.elapsed());
        assert_eq!(found.len() as u128, PARTNERS);
        let began = Instant::now();
        let ranking = rank(&book, &lead, &found, app.clock().now());
        let pool = ranking.near_equals(&found, book.rules.near);
        let mut shares: Vec<_> = pool.iter().map(|_| Share { weight: 1, credit: 0, part: 0 }).collect();
        black_box(turn(&mut shares));
        ranked.push(began.elapsed());
    }
    println!(
        "{name}: {PARTNERS} partners, {} offers: query {:?}, ranking {:?} (medians of {ROUNDS})",
        PARTNERS * OFFERS,
        median(asked),
        median(ranked)
    );
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
