//! What is measured of callers: import, register, check, read, list.

use crate::admin::{Admin, import, person};
use crate::callers::{Checking, Person, Reading, Registering};
use crate::customers::{accounts_csv, write_deal};
use crate::limits::{Limits, PAGE, RowSizes};
use crate::load::{self, CONNECTIONS, Caller, Driver, Measured};
use crate::options::Options;
use crate::service::Service;
use crate::table::{Row, Table, thousands};
use chrono::Days;
use spec::database::On;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub struct Bench<'a> {
    pub service: &'a Service,
    pub options: &'a Options,
    pub driver: &'a Driver,
    pub table: &'a mut Table,
    pub people: Vec<Person>,
    /// Accounts a second of each import.
    imported: Vec<f64>,
    /// Deals registered so far by each person.
    registered: usize,
    /// Ids of deals, by person.
    pub deals: Vec<Vec<String>>,
}

impl<'a> Bench<'a> {
    /// Make vendors with partners and people, import the accounts, and register a few deals.
    pub async fn prepare(service: &'a Service, options: &'a Options, driver: &'a Driver, table: &'a mut Table) -> Self {
        let mut admin = Admin::of(service).await;
        let close: Arc<str> = service.app().clock().now().date_naive().checked_add_days(Days::new(120)).expect("a date").to_string().into();
        let mut vendors = Vec::new();
        for number in 0..options.vendors {
            vendors.push(admin.vendor(&format!("Vendor {number}")).await.1);
        }
        let mut people = Vec::new();
        for number in 0..CONNECTIONS {
            let vendor = number % vendors.len();
            let token = person(&mut admin, &vendors[vendor], number).await;
            people.push(Person { number, token: token.into(), accounts: (vendor * options.accounts, options.accounts), close: close.clone() });
        }
        let mut bench = Self { service, options, driver, table, people, imported: Vec::new(), registered: 0, deals: vec![Vec::new(); CONNECTIONS] };
        // The index of names is there before the accounts are, so that it is kept true while they come.
        bench.check_once(&mut admin).await;
        for (number, key) in vendors.iter().enumerate() {
            let rate = import(&mut admin, key, accounts_csv(number, options.accounts), options.accounts).await;
            eprintln!("  vendor {number}: {} accounts at {}/s", options.accounts, thousands(rate));
            bench.imported.push(rate);
        }
        bench.quiet().await;
        if service.on == On::Postgres {
            service.sql("ANALYZE").await;
        }
        bench.check_once(&mut admin).await;
        // A few deals, so that what follows finds the code warm and knows how large a deal is.
        bench.registering(Some(200.0), Duration::ZERO, options.warm_up).await;
        bench
    }

    pub fn table(&mut self) -> &mut Table {
        self.table
    }

    async fn check_once(&self, admin: &mut Admin) {
        for person in &self.people {
            let mut deal = String::new();
            write_deal(&mut deal, person.number, person.accounts.0, person.accounts.1, &person.close);
            admin.send("POST", "/v1/deals/check", &person.token, "application/json", deal.as_bytes()).await;
        }
    }

    /// Wait until background work has nothing more to do: search, figures and hygiene follow all that was imported.
    async fn quiet(&self) {
        let (home, began) = (self.service.postgres_home(), Instant::now());
        for _ in 0..2_400 {
            let before = crate::proc::Cpu::now(home.as_deref());
            tokio::time::sleep(Duration::from_millis(500)).await;
            let used = crate::proc::Cpu::now(home.as_deref()) - before;
            if used.service + used.postgres < Duration::from_millis(50) {
                eprintln!("  background work went on for {} s", began.elapsed().as_secs());
                return;
            }
        }
        panic!("background work never ends");
    }

    /// Bytes of text that a registration stores.
    pub async fn row_sizes(&self) -> RowSizes {
        let deal = "SELECT CAST(AVG(LENGTH(customer_name) + LENGTH(customer) + LENGTH(lines) + LENGTH(COALESCE(decision, '')) \
            + LENGTH(COALESCE(facts, ''))) AS bigint) FROM deals";
        let event = "SELECT CAST(AVG(LENGTH(data)) AS bigint) FROM events WHERE kind LIKE 'deal.%'";
        let size = |number: i64| usize::try_from(number).unwrap_or_default().max(100);
        RowSizes { deal: size(self.service.number(deal).await), event: size(self.service.number(event).await) }
    }

    pub async fn load<C: Caller + 'static>(&self, callers: Vec<C>, rate: Option<f64>, warm_up: Duration, time: Duration) -> (Measured, Vec<C>) {
        let mut workers = load::connect(self.driver, self.service.addr, callers).await;
        let measured = load::run(self.driver, &mut workers, rate, warm_up, time, self.service.postgres_home()).await;
        (measured, workers.into_iter().map(|worker| worker.caller).collect())
    }

    pub async fn import_limit(&mut self, limits: &Limits) {
        let limit = limits.rows().await;
        let rate = self.imported.iter().sum::<f64>() / self.imported.len() as f64;
        let row = Row {
            operation: "import accounts, rows (limit: a deal and an event, by hundreds)",
            on: self.service.on,
            limit: Some(limit),
            rate: Some(rate),
            times: None,
            aim: "≥ 10,000/s",
        };
        self.table.row(row);
    }

    async fn registering(&mut self, rate: Option<f64>, warm_up: Duration, time: Duration) -> (Measured, BTreeMap<String, usize>) {
        let from = self.registered;
        let callers = self.people.iter().map(|person| Registering::new(person.clone(), from));
        let (measured, callers) = self.load(callers.collect(), rate, warm_up, time).await;
        let mut answers = BTreeMap::new();
        for caller in callers {
            self.registered = self.registered.max(caller.next);
            self.deals[caller.person.number].extend(caller.ids);
            caller.answers.into_iter().for_each(|(status, count)| *answers.entry(status).or_default() += count);
        }
        (measured, answers)
    }

    pub async fn register(&mut self, limits: &Limits) {
        let (on, options) = (self.service.on, self.options);
        let limit = limits.commits().await;
        let (full, answers) = self.registering(None, options.warm_up, options.seconds).await;
        let aim = if on == On::Sqlite { "≥ 0.6 × limit" } else { "≥ 0.4 × limit" };
        self.table.row(Row { operation: "register a deal", on, limit: Some(limit), rate: Some(full.rate), times: Some(&full), aim });
        self.table.remark("register a deal", on, &full);
        let answers: Vec<String> = answers.into_iter().map(|(status, count)| format!("{count} {status}")).collect();
        self.table.note(format!(
            "Deals registered over {} vendors of {} accounts: {}.",
            options.vendors,
            thousands(options.accounts as f64),
            answers.join(", ")
        ));
        if let Some(trips) = limits.four_trips().await {
            self.table.row(Row {
                operation: "register a deal (limit: four round trips)",
                on,
                limit: Some(trips),
                rate: Some(full.rate),
                times: None,
                aim: "",
            });
        }
        let (half, _) = self.registering(Some(full.rate / 2.0), options.warm_up, options.seconds).await;
        self.table.row(Row {
            operation: "register a deal, half load",
            on,
            limit: None,
            rate: Some(half.rate),
            times: Some(&half),
            aim: "p99 < 10 ms",
        });
        self.table.remark("register a deal, half load", on, &half);
    }

    /// The conflict check by itself: one caller, one after another.
    pub async fn check(&mut self) {
        let person = self.people[0].clone();
        let caller = Registering::new(person, self.registered + 1);
        let (measured, _) = self.load(vec![Checking(caller)], None, self.options.warm_up, self.options.seconds).await;
        let operation = format!("check a deal against {} accounts, one caller", thousands(self.options.accounts as f64));
        let on = self.service.on;
        self.table.row(Row { operation: &operation, on, limit: None, rate: Some(measured.rate), times: Some(&measured), aim: "p99 < 1.2 ms" });
        self.table.remark(&operation, on, &measured);
    }

    pub async fn read(&mut self, limits: &Limits) {
        let limit = limits.reads().await;
        let people = self.people.iter().zip(&self.deals);
        let callers = people.map(|(person, deals)| Reading {
            token: person.token.clone(),
            paths: deals.iter().map(|id| format!("/v1/deals/{id}")).collect(),
            next: 0,
        });
        self.reading("read a deal", limit, callers.collect()).await;
    }

    pub async fn list(&mut self, limits: &Limits) {
        self.fill_up().await;
        let limit = limits.lists().await;
        let paths = vec![format!("/v1/deals?status=in_review&limit={PAGE}"), format!("/v1/deals?status=rejected&limit={PAGE}")];
        let callers = self.people.iter().map(|person| Reading { token: person.token.clone(), paths: paths.clone(), next: person.number });
        let operation = format!("list {PAGE} of {} deals, filtered", thousands(self.options.deals as f64));
        self.reading(&operation, limit, callers.collect()).await;
    }

    async fn reading(&mut self, operation: &str, limit: f64, callers: Vec<Reading>) {
        let on = self.service.on;
        let (measured, _) = self.load(callers, None, self.options.warm_up, self.options.seconds).await;
        let aim = if on == On::Sqlite { "≥ 15,000/s" } else { "≥ 0.4 × limit" };
        self.table.row(Row { operation, on, limit: Some(limit), rate: Some(measured.rate), times: Some(&measured), aim });
        self.table.remark(operation, on, &measured);
    }

    /// Copy deals until there are as many as a list is to choose from.
    async fn fill_up(&mut self) {
        let there = self.service.number("SELECT COUNT(*) FROM deals").await.max(1);
        let missing = self.options.deals as i64 - there;
        if missing <= 0 {
            return;
        }
        let (id, numbers) = match self.service.on {
            On::Sqlite => {
                ("randomblob(16)", format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <= {})", missing / there + 1))
            }
            On::Postgres => ("gen_random_uuid()", format!("WITH n (i) AS (SELECT generate_series(1, {}))", missing / there + 2)),
        };
        let copy = format!("CREATE TABLE copied_deals AS {numbers} SELECT deals.* FROM deals, n LIMIT {missing}");
        let renew = format!(
            "UPDATE copied_deals SET id = {id}, status = CASE WHEN amount % 3 = 0 THEN 'in_review' WHEN amount % 3 = 1 THEN 'rejected' ELSE 'lost' END"
        );
        for sql in [&copy, &renew, "INSERT INTO deals SELECT * FROM copied_deals", "DROP TABLE copied_deals", "ANALYZE"] {
            self.service.sql(sql).await;
        }
        self.quiet().await;
    }
}
