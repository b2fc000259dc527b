//! How long a search takes among `PRM_BENCH_DOCUMENTS` (100,000 if absent) things with names of a made-up vocabulary:
//! `cargo bench --workspace --bench search` measures SQLite; with `PRM_BENCH_POSTGRES=postgres://…/empty_database`, Postgres too.
//!
//! The aim is a p99 below 50 ms at 100,000.

use kernel::actor::{Actor, Within};
use kernel::clock::Clock;
use kernel::db::{Db, Pools};
use kernel::id::{PartnerId, VendorId};
use kernel::seal::Sealer;
use kernel::{App, Scope};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use search::document::{Body, Document};
use search::index::Open;
use search::kind::{Shelf, VENDOR};
use search::{Query, find};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Things written in one transaction.
const BATCH: u64 = 500;
const ROUNDS: u64 = 300;
const PARTNERS: u64 = 100;

/// Words to search by, others each time.
type Ask = Box<dyn FnMut() -> String>;
/// What is made of a name before it is asked for.
type Twist = Box<dyn FnMut(&mut Dice, String) -> String>;

#[tokio::main]
async fn main() {
    let documents = std::env::var("PRM_BENCH_DOCUMENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let directory = std::env::temp_dir().join(format!("prm-bench-search-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a scratch directory");
    measure("sqlite", &format!("sqlite://{}", directory.join("bench.sqlite").display()), documents).await;
    let bytes: u64 = std::fs::read_dir(&directory).expect("the directory").filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum();
    println!("sqlite: {} MB on disk, the log of changes included", bytes / 1_000_000);
    std::fs::remove_dir_all(&directory).expect("take the scratch directory away");
    match std::env::var("PRM_BENCH_POSTGRES") {
        Ok(url) => measure("postgres", &url, documents).await,
        Err(_) => println!("postgres: set PRM_BENCH_POSTGRES to measure it"),
    }
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn upto(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    /// Low numbers are common, high ones rare, as words are.
    fn rank(&mut self, end: u64) -> u64 {
        let spread = self.upto(1_000_000) as f64 / 1_000_000.0;
        ((end as f64).powf(spread) - 1.0) as u64
    }
}

/// The word of a rank: two to four syllables.
fn word(rank: u64) -> String {
    const HEADS: [&str; 24] =
        ["b", "br", "d", "f", "fr", "g", "gr", "h", "k", "kl", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "v", "w", "z", "sch", "c"];
    const TAILS: [&str; 15] = ["a", "e", "i", "o", "u", "an", "en", "in", "on", "ar", "er", "or", "el", "is", "us"];
    let mut dice = Dice(rank.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    dice.upto(2);
    let syllables = 2 + dice.upto(3);
    (0..syllables).map(|_| format!("{}{}", HEADS[dice.upto(24) as usize], TAILS[dice.upto(15) as usize])).collect()
}

fn name(dice: &mut Dice, documents: u64) -> String {
    const FORMS: [&str; 5] = ["GmbH", "AG", "Ltd", "Inc", "SARL"];
    let vocabulary = (documents / 2).max(1_000);
    format!("{} {} {}", word(1_000 + dice.upto(vocabulary)), word(dice.rank(1_000)), FORMS[dice.upto(5) as usize])
}

fn thing(dice: &mut Dice, number: u64, documents: u64) -> Document {
    let shelf = match number % 20 {
        0..8 => Shelf::Account,
        8..14 => Shelf::Deal,
        14..17 => Shelf::Opportunity,
        17..19 => Shelf::Lead,
        _ => Shelf::Person,
    };
    let name = name(dice, documents);
    let owner = if matches!(shelf, Shelf::Deal | Shelf::Person) { Uuid::from_u128(1 + u128::from(dice.upto(PARTNERS))) } else { VENDOR };
    let domain = format!("{}.example", name.split(' ').next().unwrap_or_default());
    let mut fields = vec![("country".to_owned(), "DE".to_owned()), ("domain".to_owned(), domain.clone())];
    if matches!(shelf, Shelf::Deal | Shelf::Lead) {
        let contact = format!("{} {}", word(dice.rank(2_000)), word(dice.rank(20_000)));
        fields.extend([("email".to_owned(), format!("{}@{domain}", contact.replace(' ', "."))), ("contact".to_owned(), contact)]);
    }
    let id = Uuid::from_u128(u128::from(number) + 1);
    let external_id = matches!(shelf, Shelf::Account | Shelf::Opportunity).then(|| format!("A-{number}"));
    let body = Body { id: kernel::id::write(shelf.kind().prefix(), id), title: name, external_id, fields, ..Body::default() };
    Document { shelf, id, owner, body, revision: 1 }
}

async fn measure(engine: &str, url: &str, documents: u64) {
    let db = Db::open(url, Pools { connections: 4 }).await.expect("open the database");
    let role = db.role().map(|(role, _)| migrations::Role::Own(role));
    migrations::bring_up(&db.migrator().await, role).await.expect("migrate it");
    let app = App::new(db, Clock::machine(), Sealer::new(&[7; 32]), "http://localhost".into());
    let vendor = VendorId(Uuid::from_u128(1));
    let postgres = app.db().backend() == DbBackend::Postgres;
    let (id, now) = (if postgres { format!("'{}'", vendor.0) } else { format!("x'{}'", vendor.0.simple()) }, "'2026-11-20T12:00:00+00:00'");
    let run = async |sql: String| {
        let statement = Statement::from_string(app.db().backend(), sql);
        app.db().migrator().await.execute_raw(statement).await.expect("a statement");
    };
    run(format!("INSERT INTO vendors (id, name, allowed_origins, revision, created_at, updated_at) VALUES ({id}, 'Bench', '[]', 1, {now}, {now})"))
        .await;
    let (actor, mut dice, began) = (Actor::system("bench", vendor), Dice(42), Instant::now());
    let mut number = 0;
    while number < documents {
        let batch: Vec<_> = (number..(number + BATCH).min(documents)).map(|number| thing(&mut dice, number, documents)).collect();
        number += batch.len() as u64;
        let put = app.write(&actor, async |tx| {
            let ids = batch.iter().map(|document| (document.shelf, document.id)).collect();
            let mut open = Open::read(tx, &ids).await?;
            batch.iter().try_for_each(|document| open.put(document))?;
            open.save(tx).await
        });
        put.await.expect("documents");
    }
    println!("{engine}: {documents} documents written in {:?}", began.elapsed());
    run("ANALYZE".to_owned()).await;
    for table in ["search_documents", "search_postings", "search_terms"] {
        let sql = format!("SELECT CAST(count(*) AS bigint) AS rows FROM {table} WHERE vendor_id = {id}");
        let reading = app.db().read_of(vendor).await.expect("a reading");
        let row = reading.query_one_raw(Statement::from_string(app.db().backend(), sql)).await.expect("a count").expect("a row");
        print!("{engine}: {table} {} rows", row.try_get::<i64>("", "rows").expect("a number"));
        if postgres {
            let sql = format!("SELECT pg_total_relation_size('{table}') / 1000000 AS mb");
            let row = reading.query_one_raw(Statement::from_string(app.db().backend(), sql)).await.expect("a size").expect("a row");
            print!(", {} MB", row.try_get::<i64>("", "mb").expect("a number"));
        }
        println!();
    }
    for scope in [Scope::vendor_wide(vendor), Scope::new(vendor, Within::Partner(PartnerId(Uuid::from_u128(7))))] {
        ask(engine, &app, scope, documents).await;
    }
}

/// Ask each kind of question many times.
async fn ask(engine: &str, app: &App, scope: Scope, documents: u64) {
    let typo = |word: &str| {
        let mut letters: Vec<_> = word.chars().collect();
        let middle = letters.len() / 2;
        letters.swap(middle - 1, middle);
        letters.into_iter().collect::<String>()
    };
    let mut dice = Dice(4_711);
    let mut questions: Vec<(&str, Ask)> = Vec::new();
    let mut add = |kind, mut question: Twist| {
        let mut dice = Dice(dice.upto(1_000_000) | 1);
        questions.push((
            kind,
            Box::new(move || {
                let name = name(&mut dice, documents);
                question(&mut dice, name)
            }),
        ));
    };
    add("an id", Box::new(move |dice, _| format!("A-{}", dice.upto(documents))));
    add("a name", Box::new(|_, name| name));
    add("one word", Box::new(|_, name| name.split(' ').next().unwrap_or_default().to_owned()));
    add("a beginning of three letters", Box::new(|_, name| name.chars().take(3).collect()));
    add("two letters", Box::new(|_, name| name.chars().skip(1).take(2).collect()));
    add("a middle of four letters", Box::new(|_, name| name.chars().skip(2).take(4).collect()));
    add("a typo", Box::new(move |_, name| typo(name.split(' ').next().unwrap_or_default())));
    add("two words, one with a typo", Box::new(move |_, name| name.split(' ').take(2).map(&typo).collect::<Vec<_>>().join(" ")));
    add("common words", Box::new(|dice, _| format!("{} gmbh", word(dice.upto(3)))));
    add("eight words", Box::new(|_, name| format!("{name} {name}x gmbh ag ltd inc sarl")));
    for (kind, mut question) in questions {
        let mut times = Vec::new();
        let mut hits = 0;
        for _ in 0..ROUNDS {
            let Some(query) = Query::of(&question()) else { continue };
            let began = Instant::now();
            let reading = app.db().read_of(scope.vendor()).await.expect("a reading");
            hits += find(&reading, scope, &shelves(scope), &query).await.expect("hits").len();
            times.push(began.elapsed());
        }
        times.sort_unstable();
        let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
        let whose = if scope.partner().is_some() { "one partner" } else { "all" };
        println!("{engine}, {whose}: {kind}: p50 {:?}, p99 {:?}, {} hits a search", round(at(50)), round(at(99)), hits as u64 / ROUNDS);
    }
}

fn round(time: Duration) -> Duration {
    Duration::from_micros(time.as_micros() as u64 / 10 * 10)
}

fn shelves(scope: Scope) -> Vec<Shelf> {
    match scope.partner() {
        Some(_) => vec![Shelf::Deal, Shelf::Partner, Shelf::PartnersLead, Shelf::Referral, Shelf::Person],
        None => vec![Shelf::Deal, Shelf::Account, Shelf::Partner, Shelf::Lead, Shelf::Opportunity, Shelf::Referral, Shelf::Person],
    }
}
