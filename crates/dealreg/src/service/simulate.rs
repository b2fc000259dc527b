//! What a draft would have answered: the last deals, with the facts that were seen then.

use super::engagement::body;
use super::register::Seen;
use crate::RulesId;
use crate::decide::{Outcome, decide};
use crate::engagement::Compiled;
use crate::http::engagement::{SimulatedChange, Simulation};
use crate::store::deals::{self, DealRow};
use crate::store::engagement as versions;
use kernel::{Actor, App, Problem};

/// Changes listed one by one.
const LISTED: usize = 100;

/// Replay the last `last` decided deals against a version.
pub async fn simulate(app: &App, who: &Actor, id: RulesId, last: u64) -> Result<Simulation, Problem> {
    let db = &app.db().read_of(who.scope.vendor()).await?;
    let version = versions::find(db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let rules = Compiled::of(body(&version)?, version.version)?;
    let mut simulation = Simulation::default();
    for row in deals::decided(db, who.scope, last).await? {
        let seen: Seen = serde_json::from_str(row.facts.as_deref().unwrap_or_default()).map_err(Problem::internal)?;
        simulation.count(row, &seen, &rules)?;
    }
    Ok(simulation)
}

impl Simulation {
    fn count(&mut self, row: DealRow, seen: &Seen, rules: &Compiled) -> Result<(), Problem> {
        let conflicts = row.decision()?.map(|decision| decision.conflicts).unwrap_or_default();
        let answer = decide(rules, &seen.facts, conflicts, seen.unclaimable, row.created_at);
        self.replayed += 1;
        match answer.outcome {
            Outcome::Approved => self.approved += 1,
            Outcome::InReview => self.in_review += 1,
            Outcome::Rejected => self.rejected += 1,
        }
        if answer.outcome != seen.outcome {
            self.changed += 1;
            if self.changes.len() < LISTED {
                let reason = answer.reasons.into_iter().next();
                self.changes.push(SimulatedChange {
                    deal_id: row.id(),
                    customer: row.customer_name,
                    before: seen.outcome,
                    after: answer.outcome,
                    reason,
                });
            }
        }
        Ok(())
    }
}
