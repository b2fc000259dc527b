//! What a version would have answered: many deals, read a batch at a time, while the batch before is counted.

use crate::RulesId;
use crate::engagement::Compiled;
use crate::simulation::{Decided, MOST, RulesSimulate, Simulation, Tally};
use crate::store::deals::{self, Between};
use chrono::Duration;
use kernel::{Actor, App, Problem, rulebooks};
use std::sync::Arc;

/// Deals read at once: some milliseconds of counting, and little to hold.
const BATCH: u64 = 1_000;
/// A year, if nothing else is said.
const PERIOD: Duration = Duration::days(365);

/// Replay decided deals against a version. No transaction lasts longer than one batch.
pub async fn simulate(app: &App, who: &Actor, id: RulesId, asked: RulesSimulate) -> Result<Simulation, Problem> {
    let version = rulebooks::find::<Compiled>(&app.db().read_of(who.scope.vendor()).await?, who.scope, id.0).await?;
    let rules = Arc::new(version.compiled::<Compiled>()?);
    let until = asked.until.unwrap_or_else(|| app.clock().now() + Duration::microseconds(1));
    let since = asked.since.or_else(|| asked.last.is_none().then(|| until - PERIOD));
    if since.is_some_and(|since| since >= until) {
        return Err(Problem::invalid("/since", "out_of_order", "since lies before until."));
    }
    let most = asked.last.unwrap_or(MOST);
    let (mut between, mut left) = (Between { since, until, before: None }, most);
    let (mut tally, mut batch) = (Tally::default(), Vec::new());
    loop {
        let next = async { if left == 0 { Ok(Vec::new()) } else { read(app, who, &between, left.min(BATCH)).await } };
        // Counting takes a thread of its own: others are served meanwhile.
        let (counted, rules) = (std::mem::take(&mut tally), rules.clone());
        let count = tokio::task::spawn_blocking(move || {
            let mut tally = counted;
            tally.take(batch, &rules).map(|()| tally)
        });
        let (read, counted) = tokio::join!(next, count);
        tally = counted.map_err(Problem::internal)??;
        batch = read?;
        let Some(last) = batch.last() else { break };
        between.before = Some((last.created_at, last.id));
        left -= batch.len() as u64;
    }
    let complete = asked.last.is_some() || tally.replayed() < most || read(app, who, &between, 1).await?.is_empty();
    tally.told(complete)
}

async fn read(app: &App, who: &Actor, between: &Between, limit: u64) -> Result<Vec<Decided>, Problem> {
    Ok(deals::decided(&app.db().read_of(who.scope.vendor()).await?, who.scope, between, limit).await?)
}
