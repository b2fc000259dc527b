//! What other rules would have answered: counted deal by deal, in what room a hundred changes take. Pure.

use crate::DealId;
use crate::decide::{self, Outcome, Reason};
use crate::engagement::Compiled;
use crate::service::register::Seen;
use chrono::{DateTime, Utc};
use kernel::rules::Facts;
use kernel::{Money, Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

/// Changes listed one by one.
const LISTED: usize = 100;
/// The most deals that one simulation replays.
pub const MOST: u64 = 250_000;

/// Which deals to replay: those registered in the last year, if nothing is said.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"since": "2026-01-01T00:00:00Z", "last": 100000}))]
pub struct RulesSimulate {
    /// The latest so many decided deals of them, 1 to 250,000; 250,000 if absent.
    #[validate(range(min = 1, max = 250000))]
    #[schema(minimum = 1, maximum = 250000)]
    pub last: Option<u64>,
    /// Only deals registered at this time or later; a year before `until` if both this and `last` are absent.
    pub since: Option<DateTime<Utc>>,
    /// Only deals registered before this time; now if absent.
    pub until: Option<DateTime<Utc>>,
}

/// A deal that would have been answered otherwise.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "customer": "Fabrikam GmbH", "amount": {"amount": 60000000, "currency": "EUR"},
    "before": "approved", "after": "in_review",
    "reason": {"code": "large_deal", "sentence": "Deals of this size are looked at by a person.", "rule": "large", "facts": {}}}))]
pub struct SimulatedChange {
    /// The deal.
    pub deal_id: DealId,
    /// Its customer's name.
    pub customer: String,
    /// What it is worth.
    pub amount: Money,
    /// What the machine answered then.
    pub before: Outcome,
    /// What these rules would have answered.
    pub after: Outcome,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Deals that would have moved from one answer to another.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"before": "approved", "after": "in_review", "deals": 12, "amounts": [{"amount": 720000000, "currency": "EUR"}]}))]
pub struct SimulatedMove {
    /// What the machine answered then.
    pub before: Outcome,
    /// What these rules would have answered.
    pub after: Outcome,
    /// How many.
    pub deals: u64,
    /// What they are worth together, by currency.
    pub amounts: Vec<Money>,
}

/// Deals that one reason would have decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"code": "large_deal", "rule": "large", "outcome": "in_review", "deals": 40, "changed": 12,
    "amounts": [{"amount": 720000000, "currency": "EUR"}]}))]
pub struct SimulatedReason {
    /// The reason's stable code.
    pub code: String,
    /// The rule that gives it; absent for what holds always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What they would have been answered.
    pub outcome: Outcome,
    /// How many.
    pub deals: u64,
    /// How many of them would have been answered otherwise than they were.
    pub changed: u64,
    /// What those that change are worth together, by currency.
    pub amounts: Vec<Money>,
}

/// What a version would have answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"replayed": 1000, "complete": true, "changed": 1, "approved": 700, "in_review": 250, "rejected": 50,
    "moves": [{"before": "approved", "after": "in_review", "deals": 1, "amounts": [{"amount": 60000000, "currency": "EUR"}]}],
    "reasons": [{"code": "no_objection", "outcome": "approved", "deals": 700, "changed": 0, "amounts": []}], "changes": []}))]
pub struct Simulation {
    /// Deals replayed, from their facts as they were seen then.
    pub replayed: u64,
    /// Whether those were all that were asked for; false if there were more than one simulation replays.
    pub complete: bool,
    /// Deals that would have been answered otherwise.
    pub changed: u64,
    /// Deals that it would have approved.
    pub approved: u64,
    /// Deals that it would have sent to a person.
    pub in_review: u64,
    /// Deals that it would have rejected.
    pub rejected: u64,
    /// From which answer to which, most deals first.
    pub moves: Vec<SimulatedMove>,
    /// By the reason that would decide, most changes first.
    pub reasons: Vec<SimulatedReason>,
    /// Up to a hundred that would have been answered otherwise: the largest of each currency.
    pub changes: Vec<SimulatedChange>,
}

/// What of a decided deal a simulation needs.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The deal.
    pub id: Uuid,
    /// Its customer's name.
    pub customer: String,
    /// What it is worth.
    pub amount: i64,
    /// In which currency.
    pub currency: String,
    /// What the machine saw, as stored.
    pub seen: String,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
}

type Amounts = BTreeMap<String, i64>;
/// The code, the rule and the outcome of a reason.
type Why = (String, Option<String>, u8);

/// Counts deals as they come.
#[derive(Default)]
pub struct Tally {
    replayed: u64,
    answers: [u64; 3],
    moves: BTreeMap<(u8, u8), (u64, Amounts)>,
    reasons: BTreeMap<Why, (u64, u64, Amounts)>,
    /// The largest changes of each currency, largest first.
    largest: BTreeMap<String, Vec<SimulatedChange>>,
}

impl Tally {
    /// Replay some deals.
    pub fn take(&mut self, deals: Vec<Decided>, rules: &Compiled) -> Result<(), Problem> {
        deals.into_iter().try_for_each(|deal| self.count(deal, rules))
    }

    /// Deals replayed until now.
    pub fn replayed(&self) -> u64 {
        self.replayed
    }

    fn count(&mut self, deal: Decided, rules: &Compiled) -> Result<(), Problem> {
        let seen: Seen = serde_json::from_str(&deal.seen).map_err(Problem::internal)?;
        let (after, mut reasons) = decide::answer(rules, &Facts::new(&seen.facts), decide::Bars::of(&seen.facts, seen.unclaimable));
        let reason = if reasons.is_empty() { None } else { Some(reasons.swap_remove(0)) };
        let changes = after != seen.outcome;
        self.replayed += 1;
        self.answers[usize::from(number(after))] += 1;
        let key = reason.as_ref().map_or_else(Default::default, |reason| (reason.code.clone(), reason.rule.clone()));
        let by_reason = self.reasons.entry((key.0, key.1, number(after))).or_default();
        by_reason.0 += 1;
        if changes {
            by_reason.1 += 1;
            add(&mut by_reason.2, &deal);
            let moved = self.moves.entry((number(seen.outcome), number(after))).or_default();
            moved.0 += 1;
            add(&mut moved.1, &deal);
            self.list(deal, seen.outcome, after, reason)?;
        }
        Ok(())
    }

    fn list(&mut self, deal: Decided, before: Outcome, after: Outcome, reason: Option<Reason>) -> Result<(), Problem> {
        let listed = self.largest.entry(deal.currency.clone()).or_default();
        let place = listed.partition_point(|other| other.amount.amount >= deal.amount);
        if place < LISTED {
            let amount = money(&deal.currency, deal.amount)?;
            listed.insert(place, SimulatedChange { deal_id: DealId(deal.id), customer: deal.customer, amount, before, after, reason });
            listed.truncate(LISTED);
        }
        Ok(())
    }

    /// What was found; `complete` if nothing was left out.
    pub fn told(self, complete: bool) -> Result<Simulation, Problem> {
        let [approved, in_review, rejected] = self.answers;
        let (mut moves, mut reasons) = (Vec::new(), Vec::new());
        for ((before, after), (deals, amounts)) in self.moves {
            moves.push(SimulatedMove { before: outcome(before), after: outcome(after), deals, amounts: monies(amounts)? });
        }
        for ((code, rule, after), (deals, changed, amounts)) in self.reasons {
            reasons.push(SimulatedReason { code, rule, outcome: outcome(after), deals, changed, amounts: monies(amounts)? });
        }
        moves.sort_by_key(|moved| std::cmp::Reverse(moved.deals));
        reasons.sort_by_key(|reason| std::cmp::Reverse((reason.changed, reason.deals)));
        let each = LISTED / self.largest.len().max(1);
        let changes = self.largest.into_values().flat_map(|listed| listed.into_iter().take(each.max(1))).take(LISTED).collect();
        let changed = moves.iter().map(|moved| moved.deals).sum();
        Ok(Simulation { replayed: self.replayed, complete, changed, approved, in_review, rejected, moves, reasons, changes })
    }
}

fn add(amounts: &mut Amounts, deal: &Decided) {
    match amounts.get_mut(&deal.currency) {
        Some(sum) => *sum = sum.saturating_add(deal.amount),
        None => _ = amounts.insert(deal.currency.clone(), deal.amount),
    }
}

fn monies(amounts: Amounts) -> Result<Vec<Money>, Problem> {
    amounts.into_iter().map(|(currency, amount)| money(&currency, amount)).collect()
}

fn money(currency: &str, amount: i64) -> Result<Money, Problem> {
    Ok(Money { amount, currency: currency.parse().map_err(Problem::internal)? })
}

const OUTCOMES: [Outcome; 3] = [Outcome::Approved, Outcome::InReview, Outcome::Rejected];

fn number(outcome: Outcome) -> u8 {
    outcome as u8
}

fn outcome(number: u8) -> Outcome {
    OUTCOMES[usize::from(number)]
}
