//! The explanation of a decision, as one reader may see it.

use super::engagement;
use super::register::Seen;
use crate::DealId;
use crate::decide::{Decision, Outcome, Reason};
use crate::engagement::RuleOutcome;
use crate::error;
use crate::explain::{self, Claims, RouteTold, RuleTold};
use crate::http::deals::{history, step_shown_to};
use crate::rules::Status;
use crate::sight::Sight;
use crate::store::deals::{self, DealRow};
use crate::types::DealStep;
use access::{Field, Permission};
use kernel::db::Reading;
use kernel::log::Envelope;
use kernel::{Actor, App, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The answer when no rule holds, and whether it was given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"outcome": "approve", "code": "no_objection", "sentence": "Nothing stands against this registration.", "decided": true}))]
pub struct DealOtherwiseTold {
    /// What it decides.
    pub outcome: RuleOutcome,
    /// Its reason's stable code.
    pub code: String,
    /// Its reason.
    pub sentence: String,
    /// Whether it decided.
    pub decided: bool,
}

/// What the machine answered, whatever people decided later.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"outcome": "approved", "reasons": [{"code": "no_objection", "sentence": "Nothing stands against this registration.", "facts": {}}]}))]
pub struct DealAnswer {
    /// What it decided.
    pub outcome: Outcome,
    /// Why; the first is what decided.
    pub reasons: Vec<Reason>,
}

/// How a deal was decided, rule by rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "status": "in_review", "rules_version": 1, "rules": [{"rule": "large", "outcome": "review",
    "code": "large_deal", "sentence": "Deals of this size are looked at by a person.", "state": "held", "decided": true, "when": "deal.amount.amount > 50000000",
    "facts": {"deal.amount.amount": 60000000}, "operands": []}],
    "otherwise": {"outcome": "approve", "code": "no_objection", "sentence": "Nothing stands against this registration.", "decided": false},
    "claims": "not_asked", "machine": {"outcome": "in_review", "reasons": [{"code": "large_deal", "sentence": "Deals of this size are looked at by a person.",
    "rule": "large", "facts": {"deal.amount.amount": 60000000}}]}, "reproduced": true,
    "decision": {"outcome": "in_review", "rules_version": 1, "conflicts": [], "decided_at": "2026-11-20T12:00:00Z",
    "reasons": [{"code": "large_deal", "sentence": "Deals of this size are looked at by a person.", "rule": "large", "facts": {"deal.amount.amount": 60000000}}]},
    "since": []}))]
pub struct DealExplanation {
    /// The deal.
    pub deal_id: DealId,
    /// Where it stands now.
    pub status: Status,
    /// The version of the rules of engagement that decided; 0 for the standard rules.
    pub rules_version: i64,
    /// Its rules in order, and what became of each.
    pub rules: Vec<RuleTold>,
    /// The answer when no rule holds.
    pub otherwise: DealOtherwiseTold,
    /// Its routing rules, if it went to review; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing: Option<Vec<RouteTold>>,
    /// What became of the customer's exact keys.
    pub claims: Claims,
    /// What the machine answered.
    pub machine: DealAnswer,
    /// Whether the facts that were stored and the version give the machine's answer again.
    pub reproduced: bool,
    /// The decision as it now stands, with the conflicts that were found.
    pub decision: Decision,
    /// What was done with the deal since the machine decided, oldest first.
    pub since: Vec<DealStep>,
}

/// Explain how a deal was decided last.
pub async fn explain(app: &App, who: &Actor, id: DealId) -> Result<DealExplanation, Problem> {
    let vendor = who.scope.vendor();
    let db = app.db().read_of(vendor).await?;
    let row = deals::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let (Some(stored), Some(decision), Some(version)) = (row.facts.as_deref(), row.decision()?, row.rules_version) else {
        return Err(Problem::new(error::UNDECIDED));
    };
    let seen: Seen = serde_json::from_str(stored).map_err(Problem::internal)?;
    let compiled = engagement::version(app, &db, vendor, version).await?;
    let (outcome, reasons) = explain::replay(&compiled, &seen);
    let sight = Sight::of(&db, who, [&decision]).await?;
    let since = since(app, &db, who, &row, &seen, &reasons).await?;
    let rules = explain::rules(&compiled, &seen.facts).unwrap_or_default();
    let decided = !rules.iter().any(|rule| rule.decided);
    let machine = Decision { outcome: seen.outcome, reasons, conflicts: Vec::new(), route: None, ..decision.clone() };
    let machine = sight.decision(machine);
    let routed = seen.outcome == Outcome::InReview && Field::Routes.shown_to(who);
    let otherwise = &compiled.engagement.otherwise;
    let reads_rules = who.grants & Permission::ReadRules.bit() != 0;
    Ok(DealExplanation {
        deal_id: id,
        status: row.status()?,
        rules_version: version,
        otherwise: DealOtherwiseTold { outcome: otherwise.outcome, code: otherwise.code.clone(), sentence: otherwise.sentence.clone(), decided },
        routing: if routed { explain::routes(&compiled, &seen.facts).ok() } else { None },
        claims: claims(&seen),
        reproduced: outcome == seen.outcome,
        machine: DealAnswer { outcome: machine.outcome, reasons: machine.reasons },
        decision: sight.decision(decision),
        rules: rules.into_iter().map(|rule| shown(rule, Field::Rivals.shown_to(who), reads_rules)).collect(),
        since,
    })
}

fn shown(rule: RuleTold, rivals: bool, reads_rules: bool) -> RuleTold {
    let mut rule = if rivals { rule } else { rule.without_rivals() };
    if !reads_rules {
        rule.when = None;
        rule.operands.clear();
    }
    rule
}

fn claims(seen: &Seen) -> Claims {
    match seen.outcome {
        Outcome::Approved => Claims::Taken,
        _ if seen.unclaimable => Claims::HeldElsewhere,
        _ if explain::is_protected(&seen.facts) => Claims::Protected,
        _ => Claims::NotAsked,
    }
}

/// The steps that change what a deal is, or until when: what else is said about it is told elsewhere, and not to everybody.
const STEPS: &[&str] = &[
    "deal.approved",
    "deal.in_review",
    "deal.rejected",
    "deal.information_requested",
    "deal.updated",
    "deal.extended",
    "deal.expired",
    "deal.released",
    "deal.withdrawn",
    "deal.won",
    "deal.lost",
];

/// What an event tells of the decision.
#[derive(Deserialize)]
struct Told {
    deal: ToldDeal,
}

#[derive(Deserialize)]
struct ToldDeal {
    decision: Option<Decision>,
}

/// The steps after the last one that tells just what the machine answered.
async fn since(app: &App, db: &Reading, who: &Actor, row: &DealRow, seen: &Seen, machine: &[Reason]) -> Result<Vec<DealStep>, Problem> {
    let events = history(app, db, row.vendor_id, row.id(), STEPS).await?;
    let at = seen.facts["now"].as_str().and_then(|now| now.parse::<chrono::DateTime<chrono::Utc>>().ok());
    let is_machines = |event: &Envelope| {
        let told = serde_json::from_str::<Told>(event.data.get()).ok().and_then(|told| told.deal.decision);
        let same = |decision: Decision| decision.reasons.iter().map(|reason| &reason.code).eq(machine.iter().map(|reason| &reason.code));
        Some(event.occurred_at) == at && told.is_some_and(same)
    };
    // Whatever else happened at that very instant came after it.
    let first = events.iter().position(is_machines).map_or(0, |place| place + 1);
    step_shown_to(app, who, row.partner(), &events[first..]).await
}
