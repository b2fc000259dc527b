//! What one vendor's flood does to another: the same reads at a steady pace, in turns alone, beside another vendor that reads as much
//! as it may, and beside one that floods.
//!
//! A machine is never quite the same for a minute, and the hundredth slowest of few requests is chance: so what is compared is the
//! median of several windows' p99. Whoever keeps to its limit uses the processor as well: what a flood does is what it does beyond that.
//! A window beside the flood has its beginning, when it uses up what it may have at once.

use crate::callers::{Person, Reading};
use crate::load::{self, CONNECTIONS, Driver, Measured, Worker};
use crate::operations::Bench;
use crate::table::{Row, name};
use access::limits::Settings;
use std::time::Duration;

/// Reads a second of the vendor that behaves: within what one vendor may.
const PACE: f64 = 150.0;
/// Its connections.
const FEW: usize = 4;
/// Windows alone, and as many beside the flood.
const ROUNDS: usize = 7;
/// The limits that hold unless the operator sets others.
const USUAL: Settings = Settings { vendor: 12_000, credential: 6_000, failures: 120 };

impl Bench<'_> {
    /// The limits are as they are by default here, and only here.
    pub async fn flood(&mut self) {
        if self.options.vendors < 2 {
            self.table.note("One vendor alone disturbs nobody: a flood needs `--vendors 2` or more.");
            return;
        }
        self.service.app().provide(USUAL);
        // What the flood asks for must not wait in line with what is measured.
        let flooder = Driver::start();
        let mut steady = load::connect(self.driver, self.service.addr, self.readers(0, FEW)).await;
        let mut flood = load::connect(&flooder, self.service.addr, self.readers(1, CONNECTIONS)).await;
        let length = self.options.seconds;
        self.steadily(&mut steady, self.options.warm_up).await;
        let (mut alone, mut allowed, mut beside, mut flooded) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let others = length + Duration::from_millis(50);
        for _ in 0..ROUNDS {
            alone.push(self.steadily(&mut steady, length).await);
            let keeping_to_it = load::run(&flooder, &mut flood, Some(f64::from(USUAL.vendor) / 60.0), Duration::ZERO, others, None);
            allowed.push(tokio::join!(keeping_to_it, self.steadily(&mut steady, length)).1);
            let flooding = load::run(&flooder, &mut flood, None, Duration::ZERO, others, None);
            let (flooding, measured) = tokio::join!(flooding, self.steadily(&mut steady, length));
            beside.push(measured);
            flooded.push(flooding);
        }
        self.service.app().provide(Settings::default());

        let operation = format!("read a deal, {PACE}/s of one vendor");
        self.windows(&operation, alone, "");
        self.windows(&format!("{operation}, beside another that reads all it may"), allowed, "");
        self.windows(&format!("{operation}, beside another's flood over {CONNECTIONS} connections"), beside, "p99 < 1.1 × without the flood");
        self.table.remark("the flood itself", self.service.on, &Measured::together(flooded));
    }

    async fn steadily(&self, workers: &mut Vec<Worker<Reading>>, length: Duration) -> Measured {
        load::run(self.driver, workers, Some(PACE), Duration::ZERO, length, self.service.postgres_home()).await
    }

    fn windows(&mut self, operation: &str, windows: Vec<Measured>, aim: &str) {
        let on = self.service.on;
        let mut each: Vec<_> = windows.iter().map(|window| window.within(0.99)).collect();
        each.sort_unstable();
        let all = Measured::together(windows);
        self.table.row(Row { operation, on, limit: None, rate: None, times: Some(&all), aim });
        let (middle, all_of_them) = (each[each.len() / 2], all.within(0.99));
        self.table.note(format!(
            "{operation}, {}: of {} requests p99 {all_of_them:?}; by windows {each:?}, their median {middle:?}",
            name(on),
            all.count()
        ));
        self.table.remark(operation, on, &all);
    }

    /// So many connections of this vendor's people, each reading its own deals.
    fn readers(&self, vendor: usize, connections: usize) -> Vec<Reading> {
        let own = |(person, deals): (&Person, &Vec<String>)| Reading {
            token: person.token.clone(),
            paths: deals.iter().map(|id| format!("/v1/deals/{id}")).collect(),
            next: person.number,
        };
        let people = self.people.iter().zip(&self.deals).skip(vendor).step_by(self.options.vendors);
        people.cycle().take(connections).map(own).collect()
    }
}
