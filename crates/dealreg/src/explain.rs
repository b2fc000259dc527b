//! Why a deal was decided as it was: each rule in order, what it read, and which side of it decided. Pure.

use crate::decide::{self, Outcome, Reason, is_own};
use crate::engagement::{Compiled, RuleOutcome, VARIABLES};
use crate::service::register::Seen;
use kernel::rules::{Expression, Facts, Join, RuleError};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What became of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DealRuleState)]
pub enum State {
    /// It was true.
    Held,
    /// It was false.
    DidNotHold,
    /// It could not be evaluated on these facts; a person decides then.
    CouldNotBeTold,
    /// A rule before it decided.
    NotReached,
}

/// One side of a rule's outermost `&&` or `||`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DealRuleOperand, example = json!({"when": "deal.amount.amount > 50000000", "state": "held", "decided": true, "facts": {"deal.amount.amount": 60000000}}))]
pub struct Operand {
    /// Its text.
    pub when: String,
    /// What became of it.
    pub state: State,
    /// Whether the rule came out as it did because of this side.
    pub decided: bool,
    /// The facts that it read, by path.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub facts: Map<String, Value>,
}

/// A rule of the version that decided, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DealRuleTold, example = json!({"rule": "large", "outcome": "review", "code": "large_deal", "sentence": "Deals of this size are looked at by a person.",
    "state": "held", "decided": true, "when": "deal.amount.amount > 50000000", "facts": {"deal.amount.amount": 60000000}, "operands": []}))]
pub struct RuleTold {
    /// The rule's id.
    pub rule: String,
    /// What it decides when it holds.
    pub outcome: RuleOutcome,
    /// Its reason's stable code.
    pub code: String,
    /// Its reason, as partners read it.
    pub sentence: String,
    /// What became of it.
    pub state: State,
    /// Whether it decided.
    pub decided: bool,
    /// Its expression; for callers who may read the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The facts that it read, by path: a partner sees its own.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub facts: Map<String, Value>,
    /// How its sides are joined: `all` (`&&`) or `any` (`||`); absent if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joined: Option<String>,
    /// Its sides, each on its own: a partner sees those that read nothing but its own facts.
    pub operands: Vec<Operand>,
    /// Why it could not be evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A routing rule and what became of it; the vendor's callers only.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DealRouteTold, example = json!({"rule": "dach", "to": "desk-dach", "state": "held", "decided": true, "when": "customer.country == \"DE\"",
    "facts": {"customer.country": "DE"}}))]
pub struct RouteTold {
    /// The rule's id.
    pub rule: String,
    /// Where it sends a deal.
    pub to: String,
    /// What became of it.
    pub state: State,
    /// Whether it decided.
    pub decided: bool,
    /// Its expression.
    pub when: String,
    /// The facts that it read, by path.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub facts: Map<String, Value>,
}

/// What became of the customer's exact keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DealClaimsOutcome)]
pub enum Claims {
    /// No rule approved, so none was asked for.
    NotAsked,
    /// All were had: the deal was approved.
    Taken,
    /// What is taken for the same customer was under protection.
    Protected,
    /// One belonged to another deal.
    HeldElsewhere,
}

/// What the machine answered, from what it saw: the same each time.
pub fn replay(rules: &Compiled, seen: &Seen) -> (Outcome, Vec<Reason>) {
    decide::answer(rules, &Facts::new(&seen.facts), decide::Bars::of(&seen.facts, seen.unclaimable))
}

/// Whether what is taken for the same customer was under protection.
pub fn is_protected(facts: &Value) -> bool {
    let conflicts = facts["conflicts"].as_array().into_iter().flatten();
    conflicts.into_iter().any(|conflict| conflict["kind"] == "protected_registration" && conflict["same"] == true)
}

/// Every rule in order: the first that holds, or cannot be told, decides.
pub fn rules(compiled: &Compiled, facts: &Value) -> Result<Vec<RuleTold>, RuleError> {
    let facts = Facts::new(facts)?;
    let mut decided = false;
    let told = compiled.engagement.rules.iter().zip(&compiled.rules).map(|(rule, expression)| {
        let (state, problem) = if decided { (State::NotReached, None) } else { state(expression, &facts) };
        let decides = matches!(state, State::Held | State::CouldNotBeTold);
        decided |= decides;
        let reached = state != State::NotReached;
        let sides = if reached { expression.operands(VARIABLES) } else { None };
        RuleTold {
            rule: rule.id.clone(),
            outcome: rule.outcome,
            code: rule.code.clone(),
            sentence: rule.sentence.clone(),
            state,
            decided: decides,
            when: Some(rule.when.clone()),
            facts: if reached { facts.seen(expression.reads()) } else { Map::new() },
            joined: sides.as_ref().map(|(join, _)| if *join == Join::All { "all" } else { "any" }.to_owned()),
            operands: sides.into_iter().flat_map(|(_, sides)| sides).map(|side| operand(&side, &facts, state)).collect(),
            problem,
        }
    });
    Ok(told.collect())
}

/// Every routing rule in order: the first that holds decides, and one that cannot be told does not.
pub fn routes(compiled: &Compiled, facts: &Value) -> Result<Vec<RouteTold>, RuleError> {
    let facts = Facts::new(facts)?;
    let mut decided = false;
    let told = compiled.engagement.routing.iter().zip(&compiled.routing).map(|(rule, expression)| {
        let state = if decided { State::NotReached } else { state(expression, &facts).0 };
        decided |= state == State::Held;
        let seen = if state == State::NotReached { Map::new() } else { facts.seen(expression.reads()) };
        RouteTold { rule: rule.id.clone(), to: rule.to.clone(), state, decided: state == State::Held, when: rule.when.clone(), facts: seen }
    });
    Ok(told.collect())
}

fn state(expression: &Expression, facts: &Facts) -> (State, Option<String>) {
    match expression.holds(facts) {
        Ok(true) => (State::Held, None),
        Ok(false) => (State::DidNotHold, None),
        Err(cause) => (State::CouldNotBeTold, Some(cause.detail)),
    }
}

/// A side decided if it came out as the whole did: a false one of `&&`, a true one of `||`, one that could not be told, or all of them.
fn operand(side: &Expression, facts: &Facts, whole: State) -> Operand {
    let state = state(side, facts).0;
    Operand { when: side.source().to_owned(), state, decided: state == whole, facts: facts.seen(side.reads()) }
}

impl RuleTold {
    /// As somebody sees it who is shown nothing of rivals.
    pub fn without_rivals(mut self) -> Self {
        self.facts.retain(|path, _| is_own(path));
        // What a side says of a rival would be read off it, however little of it is shown.
        self.operands.retain(|side| Expression::compile(&side.when, VARIABLES).is_ok_and(|side| side.reads().iter().all(|path| is_own(path))));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engagement::{Engagement, EngagementRule};
    use proptest::prelude::*;
    use serde_json::json;

    const WHENS: [&str; 8] = [
        "deal.amount > 50",
        "deal.amount > 50 && customer.country == 'DE'",
        "customer.tax_id < 5",
        "customer.tax_id < 5 || deal.amount > 10",
        "conflicts.exists(c, c.kind == 'open_opportunity' && c.score >= 0.9)",
        "conflicts.exists(c, c.kind == 'protected_registration' && c.same)",
        "partner.tier in ['gold'] || (deal.amount < 5 && size(conflicts) == 0)",
        "false",
    ];

    fn compiled(whens: &[usize], outcomes: &[u8]) -> Compiled {
        let rule = |(at, when): (usize, &usize)| EngagementRule {
            id: at.to_string(),
            when: WHENS[*when].into(),
            outcome: [RuleOutcome::Approve, RuleOutcome::Review, RuleOutcome::Reject][outcomes[at] as usize],
            code: format!("code-{at}"),
            sentence: "s".into(),
            review: None,
        };
        Compiled::of(Engagement { rules: whens.iter().enumerate().map(rule).collect(), ..Engagement::default() }, 1).unwrap()
    }

    fn facts(amount: i64, country: &str, tier: Option<&str>, conflicts: &[(usize, bool, f32)]) -> Value {
        let kinds = ["open_opportunity", "protected_registration", "existing_account"];
        let conflict = |(kind, same, score): &(usize, bool, f32)| json!({ "kind": kinds[*kind], "same": same, "score": score, "relation": "same" });
        json!({ "deal": { "amount": amount }, "customer": { "country": country, "tax_id": null }, "partner": { "tier": tier },
            "conflicts": conflicts.iter().map(conflict).collect::<Vec<_>>(), "now": "2026-11-20T12:00:00Z" })
    }

    proptest! {
        #[test]
        fn a_decision_is_answered_the_same_from_what_was_stored_and_told_by_the_rule_that_decided(
            whens in proptest::collection::vec(0..8_usize, 5), outcomes in proptest::collection::vec(0..3_u8, 5),
            amount in 0..100_i64, german in any::<bool>(), gold in any::<bool>(), unclaimable in any::<bool>(),
            conflicts in proptest::collection::vec((0..3_usize, any::<bool>(), 0.0..1.0_f32), 0..3),
        ) {
            let rules = compiled(&whens, &outcomes);
            let facts = facts(amount, if german { "DE" } else { "FR" }, gold.then_some("gold"), &conflicts);
            let (outcome, reasons) = decide::answer(&rules, &Facts::new(&facts), decide::Bars::of(&facts, unclaimable));
            let stored = serde_json::to_string(&Seen { facts: facts.clone(), outcome, unclaimable }).unwrap();
            let seen: Seen = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(replay(&rules, &seen), (outcome, reasons.clone()));
            let told = super::rules(&rules, &seen.facts).unwrap();
            let decided: Vec<_> = told.iter().filter(|rule| rule.decided).map(|rule| Some(rule.rule.clone())).collect();
            prop_assert!(decided.len() <= 1);
            prop_assert_eq!(decided.first().cloned().flatten(), reasons.last().and_then(|reason| reason.rule.clone()));
            for rule in &told {
                prop_assert!(rule.operands.is_empty() || rule.operands.iter().any(|side| side.decided), "{rule:?}");
                let bare = serde_json::to_string(&rule.clone().without_rivals()).unwrap();
                prop_assert!(!bare.contains("\"score\""), "{bare}");
            }
        }
    }
}
