//! How fast the service is, each operation beside the machine's own limit for the same rows.
//!
//! `cargo bench --workspace --bench service` prints the README's table. Options after `--`:
//!
//! - `--quick`: a few seconds each, a tenth of the accounts: shows that it runs, not how fast
//! - `--only import,register,check,read,flood,list,webhooks,simulate,pipeline,applications,process`
//! - `--database sqlite` or `postgres`, `--vendors 4`, `--accounts 100000`, `--seconds 10`
//!
//! The service runs as `prm serve` does: the whole router on a socket, background work, logs at `info`, default pools.
//! 32 keep-alive connections of partners' people call it from a thread of their own, whose time is counted apart.

mod admin;
mod applications;
mod callers;
mod customers;
mod flood;
mod http;
mod limits;
mod load;
mod operations;
mod options;
mod pipeline;
mod proc;
mod process;
mod service;
mod simulate;
mod table;
mod webhooks;

use limits::Limits;
use load::Driver;
use options::{Operation, Options};
use service::Service;
use spec::database::On;
use table::Table;

fn main() {
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(sentence) => {
            eprintln!("{sentence}");
            std::process::exit(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut table = Table::default();
    runtime.block_on(async {
        let driver = Driver::start();
        for on in &options.databases {
            bench(*on, &options, &driver, &mut table).await;
        }
    });
    print!("\n{table}");
    runtime.shutdown_background();
}

async fn bench(on: On, options: &Options, driver: &Driver, table: &mut Table) {
    let Some(service) = Service::start(on).await else {
        table.note("Postgres was not found, so it was not measured.");
        return;
    };
    table.note(service.settings().await);
    let mut bench = operations::Bench::prepare(&service, options, driver, table).await;
    let limits = Limits::prepare(&service, options.seconds, bench.row_sizes().await).await;
    if options.wants(Operation::Import) {
        bench.import_limit(&limits).await;
    }
    if options.wants(Operation::Register) {
        bench.register(&limits).await;
    }
    if options.wants(Operation::Check) {
        bench.check().await;
    }
    if options.wants(Operation::Read) {
        bench.read(&limits).await;
    }
    if options.wants(Operation::Flood) {
        bench.flood().await;
    }
    if options.wants(Operation::List) {
        bench.list(&limits).await;
    }
    if options.wants(Operation::Webhooks) {
        webhooks::measure(&service, options, driver, bench.table()).await;
    }
    if options.wants(Operation::Simulate) {
        simulate::measure(&service, options, bench.table()).await;
    }
    if options.wants(Operation::Pipeline) {
        pipeline::measure(&service, bench.table()).await;
    }
    if options.wants(Operation::Applications) {
        applications::measure(&service, bench.table()).await;
    }
    drop(bench);
    let stopped = service.stop().await;
    if options.wants(Operation::Process) {
        process::measure(&stopped, table).await;
    }
}
