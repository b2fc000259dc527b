//! What one vendor's flood does to another: the same reads at a steady pace, without it and beside it.

use crate::callers::{Person, Reading};
use crate::load::{self, CONNECTIONS, Measured};
use crate::operations::Bench;
use crate::table::Row;
use access::limits::Settings;
use std::time::Duration;

/// Reads a second of the vendor that behaves: within what one vendor may.
const PACE: f64 = 100.0;
/// Its connections.
const FEW: usize = 4;
/// The limits that hold unless the operator sets others.
const USUAL: Settings = Settings { vendor: 12_000, credential: 6_000, failures: 120 };

impl Bench<'_> {
    /// The limits are as they are by default here, and only here.
    pub async fn flood(&mut self) {
        let vendors = self.options.vendors;
        if vendors < 2 {
            self.table.note("One vendor alone disturbs nobody: a flood needs `--vendors 2` or more.");
            return;
        }
        self.service.app().provide(USUAL);
        // Nothing that was used up before is missing.
        let alone = self.steadily().await;
        let flood = load::connect(self.driver, self.service.addr, self.readers(1, CONNECTIONS)).await;
        // Begins before the other and ends after it; what it may have at once is used up by then.
        let length = self.options.warm_up * 2 + self.options.seconds + Duration::from_secs(1);
        let driver = self.driver.clone();
        let flooding = tokio::spawn(async move {
            let mut flood = flood;
            load::run(&driver, &mut flood, None, Duration::ZERO, length, None).await
        });
        tokio::time::sleep(self.options.warm_up).await;
        let beside = self.steadily().await;
        let flooded = flooding.await.expect("the flood does not panic");
        self.service.app().provide(Settings::default());

        let on = self.service.on;
        let operation = format!("read a deal, {PACE}/s of one vendor");
        self.table.row(Row { operation: &operation, on, limit: None, rate: Some(alone.rate), times: Some(&alone), aim: "" });
        let operation = format!("{operation}, beside another's flood over {CONNECTIONS} connections");
        self.table.row(Row { operation: &operation, on, limit: None, rate: Some(beside.rate), times: Some(&beside), aim: "p99 < 1.1 × without it" });
        self.table.remark(&operation, on, &beside);
        self.table.remark("the flood itself", on, &flooded);
    }

    async fn steadily(&self) -> Measured {
        self.load(self.readers(0, FEW), Some(PACE), self.options.warm_up, self.options.seconds).await.0
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
