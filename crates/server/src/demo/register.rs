//! The partners register: eight at a time, and some of them at the same instant.

use super::call::{Answer, text};
use super::plan::{Plan, Registration, Scenario};
use super::program::Program;
use super::words::{detail, number, say, time};
use crate::serve::Failure;
use futures::{StreamExt, TryStreamExt, future, stream};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Registrations under way at once.
const AT_ONCE: usize = 8;

/// A registration and its answer.
pub(super) struct Registered {
    pub(super) planned: Registration,
    /// The deal, as the partner sees it.
    pub(super) deal: Value,
    /// From sending to the answer.
    pub(super) took: Duration,
}

impl Registered {
    /// The deal's id.
    pub(super) fn id(&self) -> &str {
        text(&self.deal, "/id")
    }

    /// What it was answered with: `approved`, `in_review` or `rejected`.
    pub(super) fn status(&self) -> &str {
        text(&self.deal, "/status")
    }
}

/// How many of these were answered with `status`.
pub(super) fn answered(all: &[Registered], status: &str) -> usize {
    all.iter().filter(|one| one.status() == status).count()
}

/// Register all that is planned.
pub(super) async fn all(program: &Program, plan: Plan) -> Result<Vec<Registered>, Failure> {
    let (count, begun) = (plan.count(), Instant::now());
    say(format!("{count} registrations by the sellers of all partners, {AT_ONCE} at a time, each answered in the same call:"));
    let mut done = several(program, plan.first).await?;
    detail(summary("new customers, large deals, and customers of the CRM's under other names", &done));
    let second = several(program, plan.second).await?;
    detail(summary("customers that a partner has registered already, spelt otherwise", &second));
    done.extend(second);
    let pairs = pairs(program, plan.pairs).await?;
    detail(summary("two partners, one customer, the same instant", &pairs));
    let both = pairs.chunks(2).filter(|pair| answered(pair, "approved") == 2).count();
    if both > 0 {
        return Err(format!("{both} customers were approved for two partners at once.").into());
    }
    detail(format!("of those {} pairs, both approved: {both}", pairs.len() / 2));
    done.extend(pairs);
    let took = begun.elapsed();
    say(format!("{} answers in {}: {} a second.", number(done.len()), time(took), number((done.len() as f64 / took.as_secs_f64()) as usize)));
    repeat(program, &done).await?;
    Ok(done)
}

fn summary(who: &str, done: &[Registered]) -> String {
    let [approved, in_review, rejected] = ["approved", "in_review", "rejected"].map(|status| answered(done, status));
    format!("{} ({who}): {approved} approved, {in_review} in review, {rejected} rejected", done.len())
}

async fn several(program: &Program, planned: Vec<Registration>) -> Result<Vec<Registered>, Failure> {
    stream::iter(planned).map(|one| register(program, one)).buffered(AT_ONCE).try_collect().await
}

async fn pairs(program: &Program, planned: Vec<[Registration; 2]>) -> Result<Vec<Registered>, Failure> {
    let both = |[one, two]: [Registration; 2]| future::try_join(register(program, one), register(program, two));
    let done: Vec<_> = stream::iter(planned).map(both).buffered(AT_ONCE / 2).try_collect().await?;
    Ok(done.into_iter().flat_map(|(one, two)| [one, two]).collect())
}

async fn register(program: &Program, planned: Registration) -> Result<Registered, Failure> {
    let Answer { body, took, .. } = send(program, &planned).await?;
    Ok(Registered { planned, deal: body, took })
}

async fn send(program: &Program, planned: &Registration) -> Result<Answer, Failure> {
    let seller = program.seller(planned.partner, planned.number);
    seller.post_once("/v1/deals", &planned.body, &format!("demo-registration-{}", planned.number)).await
}

/// A client that did not hear the answer sends the request again.
async fn repeat(program: &Program, done: &[Registered]) -> Result<(), Failure> {
    let one = done.iter().find(|one| one.planned.scenario == Scenario::New).ok_or("Nothing was registered.")?;
    let again = send(program, &one.planned).await?;
    if text(&again.body, "/id") != one.id() || !again.replayed {
        return Err("A request that was sent twice with one Idempotency-Key was carried out twice.".into());
    }
    say(format!("Sent again with its Idempotency-Key, the first of them has the same answer and no second deal: {}.", one.id()));
    Ok(())
}
