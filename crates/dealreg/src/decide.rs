//! The decision: rules of engagement over the facts, with reasons. Pure.

use crate::commercial::terms::CommercialRivals;
use crate::conflict::Conflict;
use crate::engagement::{Compiled, RuleOutcome};
use crate::explain::is_protected;
use crate::rules::Status;
use crate::types::{DealRegister, hidden};
use chrono::{DateTime, Duration, Utc};
use kernel::rules::{Facts, RuleError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DealOutcome)]
pub enum Outcome {
    /// Registered and protected.
    Approved,
    /// A person decides.
    InReview,
    /// Refused.
    Rejected,
}

impl Outcome {
    /// The status of a deal so decided.
    pub fn status(self) -> Status {
        match self {
            Self::Approved => Status::Approved,
            Self::InReview => Status::InReview,
            Self::Rejected => Status::Rejected,
        }
    }
}

/// Why it was decided so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DealReason, example = json!({"code": "large_deal", "sentence": "Deals of this size are looked at by a person.", "rule": "large",
    "facts": {"deal.amount.amount": 60000000}}))]
pub struct Reason {
    /// Stable code.
    pub code: String,
    /// A sentence for people.
    pub sentence: String,
    /// The rule that decided; absent for what holds always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The facts that the rule saw, by path.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub facts: Map<String, Value>,
}

/// Where a deal in review was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DealRoute, example = json!({"to": "desk-dach", "rule": "dach"}))]
pub struct Route {
    /// A person's id or the name of a queue.
    pub to: String,
    /// The routing rule; absent when it went to the partner's channel manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// A decision with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DealDecision, example = json!({"outcome": "approved", "rules_version": 0, "conflicts": [], "decided_at": "2026-11-20T12:00:00Z",
    "reasons": [{"code": "no_objection", "sentence": "Nothing stands against this registration.", "facts": {}}]}))]
pub struct Decision {
    /// What was decided.
    pub outcome: Outcome,
    /// Why; the first is what decided.
    pub reasons: Vec<Reason>,
    /// The version of the rules of engagement that decided; 0 for the standard rules.
    pub rules_version: i64,
    /// What it collides with, worst first. A partner is told that there is a conflict and of what kind.
    pub conflicts: Vec<Conflict>,
    /// Where it was sent for review; the vendor's callers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// When it was decided.
    pub decided_at: DateTime<Utc>,
}

impl Decision {
    /// Without rivals: its own facts, and of conflicts only that there are some.
    pub fn without_rivals(mut self) -> Self {
        self.reasons.iter_mut().for_each(|reason| reason.facts.retain(|path, _| is_own(path)));
        Self { conflicts: hidden(self.conflicts), ..self }
    }
}

/// Whether a fact is the registering partner's own, so that it may be told of it: nothing of rivals.
pub fn is_own(path: &str) -> bool {
    ["deal", "customer", "partner"].iter().any(|own| path.split('.').next() == Some(own))
}

/// What is known of the partner that registers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartnerFacts {
    /// Its id on the wire.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: partners::PartnerType,
    /// Its tier.
    pub tier: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// Its country.
    pub country: Option<String>,
    /// Its specialisations.
    pub specialisations: Vec<String>,
    /// The id of its distributor on the wire.
    pub distributor: Option<String>,
    /// The channel manager's id on the wire.
    pub manager: Option<String>,
    /// The vendor's own fields.
    pub custom_fields: Map<String, Value>,
}

/// The facts as rules see them; what is absent is `null`, so that asking for it is no error.
pub fn facts(new: &DealRegister, partner: &PartnerFacts, conflicts: &[Conflict], now: DateTime<Utc>) -> Value {
    let customer = &new.customer;
    let conflict = |conflict: &Conflict| json!({"kind": conflict.kind, "same": conflict.same, "score": conflict.score, "relation": conflict.relation, "verdict": conflict.verdict});
    json!({
        "deal": {
            "type": new.kind,
            "amount": new.amount,
            "expected_close": new.expected_close.and_time(chrono::NaiveTime::MIN).and_utc(),
            "days_to_close": (new.expected_close - now.date_naive()).num_days(),
            "products": new.lines.iter().map(|line| line.product.as_str()).collect::<Vec<_>>(),
            "quantity": new.lines.iter().map(|line| line.quantity).sum::<i64>(),
            "custom_fields": new.custom_fields,
            "renewal": new.renews.is_some(),
        },
        "partner": partner,
        "customer": {
            "name": customer.name, "country": customer.country, "domain": customer.domain, "address": customer.address, "tax_id": customer.tax_id,
        },
        "conflicts": conflicts.iter().map(conflict).collect::<Vec<_>>(),
        "incumbent": crate::incumbency::nobody(),
        "now": now,
    })
}

/// Decide. `unclaimable` says that another deal holds a key of this customer under protection.
pub fn decide(rules: &Compiled, facts: &Value, conflicts: Vec<Conflict>, unclaimable: bool, now: DateTime<Utc>) -> Decision {
    let (outcome, reasons) = answer(rules, &Facts::new(facts), Bars::of(facts, unclaimable));
    let route = if outcome == Outcome::InReview { route(rules, facts) } else { None };
    Decision { outcome, reasons, rules_version: rules.version, conflicts, route, decided_at: now }
}

/// What stands in the way of an approval, whatever the rules say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bars {
    /// Another deal holds what is taken for the same customer.
    pub protected: bool,
    /// Another deal holds a key of the customer.
    pub unclaimable: bool,
    /// Another partner may renew this, and the commercial terms say what others' registrations meet.
    pub incumbent: Option<CommercialRivals>,
}

impl Bars {
    /// As the facts tell.
    pub fn of(facts: &Value, unclaimable: bool) -> Self {
        let incumbent = facts["incumbent"]["rivals"].as_str().and_then(CommercialRivals::read);
        Self { protected: is_protected(facts), unclaimable, incumbent }
    }
}

/// The answer alone.
pub fn answer(rules: &Compiled, facts: &Result<Facts, RuleError>, bars: Bars) -> (Outcome, Vec<Reason>) {
    let (outcome, mut reasons) = match facts {
        Ok(facts) => first_that_holds(rules, facts),
        Err(cause) => (RuleOutcome::Review, vec![reason(cause.code, &cause.detail, None)]),
    };
    // Protection is absolute: no rule approves what another deal holds.
    let outcome = match outcome {
        RuleOutcome::Reject => Outcome::Rejected,
        _ if bars.incumbent == Some(CommercialRivals::Refuse) => {
            reasons.insert(0, reason("incumbent", INCUMBENT, None));
            Outcome::Rejected
        }
        RuleOutcome::Review => Outcome::InReview,
        RuleOutcome::Approve if bars.protected => {
            reasons.insert(0, reason("protected", "Another partner has registered this customer and is under protection.", None));
            Outcome::Rejected
        }
        RuleOutcome::Approve if bars.incumbent.is_some() => {
            reasons.insert(0, reason("incumbent", INCUMBENT, None));
            Outcome::InReview
        }
        RuleOutcome::Approve if bars.unclaimable => {
            reasons.insert(0, reason("possible_conflict", "This customer shares its name, tax number or domain with one under protection.", None));
            Outcome::InReview
        }
        RuleOutcome::Approve => Outcome::Approved,
    };
    (outcome, reasons)
}

const INCUMBENT: &str = "Another partner sold this customer what is to be renewed now, and may renew it first.";

fn first_that_holds(rules: &Compiled, facts: &Facts) -> (RuleOutcome, Vec<Reason>) {
    for (rule, expression) in rules.engagement.rules.iter().zip(&rules.rules) {
        match expression.holds(facts) {
            Ok(false) => {}
            Ok(true) => {
                let seen = facts.seen(expression.reads());
                let reason = Reason { code: rule.code.clone(), sentence: rule.sentence.clone(), rule: Some(rule.id.clone()), facts: seen };
                return (rule.outcome, vec![reason]);
            }
            // A rule that cannot be told is not a rule that does not hold: a person decides.
            Err(cause) => {
                let sentence = format!("The rule {} could not be evaluated: {}.", rule.id, cause.detail.trim_end_matches('.'));
                return (RuleOutcome::Review, vec![reason(cause.code, &sentence, Some(&rule.id))]);
            }
        }
    }
    let otherwise = &rules.engagement.otherwise;
    (otherwise.outcome, vec![reason(&otherwise.code, &otherwise.sentence, None)])
}

/// Where the rules send a deal with these facts for review.
pub fn route(rules: &Compiled, facts: &Value) -> Option<Route> {
    let known = Facts::new(facts).ok();
    let holds = |expression: &kernel::rules::Expression| known.as_ref().is_some_and(|facts| expression.holds(facts) == Ok(true));
    let by_rule = rules.engagement.routing.iter().zip(&rules.routing).find(|(_, expression)| holds(expression));
    match by_rule {
        Some((rule, _)) => Some(Route { to: rule.to.clone(), rule: Some(rule.id.clone()) }),
        None => facts["partner"]["manager"].as_str().map(|manager| Route { to: manager.to_owned(), rule: None }),
    }
}

/// A reason that no rule of the vendor's gave.
pub fn reason(code: &str, sentence: &str, rule: Option<&str>) -> Reason {
    Reason { code: code.to_owned(), sentence: sentence.to_owned(), rule: rule.map(str::to_owned), facts: Map::new() }
}

/// Until when a deal approved at `from` is protected.
pub fn protected_until(rules: &Compiled, new: &DealRegister, from: DateTime<Utc>) -> DateTime<Utc> {
    from + Duration::days(rules.engagement.protection.days_for(new.kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conflict::ConflictKind;
    use crate::engagement::Engagement;
    use proptest::prelude::*;

    fn now() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    fn deal() -> DealRegister {
        serde_json::from_value(json!({
            "type": "resale", "customer": {"name": "Fabrikam GmbH", "country": "DE"},
            "amount": {"amount": 100_000, "currency": "EUR"}, "expected_close": "2027-03-31"
        }))
        .unwrap()
    }

    fn partner() -> PartnerFacts {
        PartnerFacts {
            id: "ptn_1".into(),
            name: "Northwind".into(),
            kind: partners::PartnerType::Reseller,
            tier: None,
            region: None,
            country: None,
            specialisations: Vec::new(),
            distributor: None,
            manager: Some("per_1".into()),
            custom_fields: Map::new(),
        }
    }

    fn conflict(kind: ConflictKind, same: bool) -> Conflict {
        Conflict { kind, same, score: Some(0.9), name: Some("Fabrikam".into()), ..Conflict::bare(kind, same) }
    }

    fn outcome(rules: &Engagement, conflicts: Vec<Conflict>, unclaimable: bool) -> Decision {
        let rules = Compiled::of(rules.clone(), 1).unwrap();
        let facts = facts(&deal(), &partner(), &conflicts, now());
        decide(&rules, &facts, conflicts, unclaimable, now())
    }

    #[test]
    fn nothing_against_it_is_approved_at_once() {
        let decision = outcome(&Engagement::default(), vec![], false);
        assert_eq!((decision.outcome, decision.reasons[0].code.as_str()), (Outcome::Approved, "no_objection"));
    }

    #[test]
    fn an_open_opportunity_goes_to_review_with_its_facts_and_the_partners_manager() {
        let decision = outcome(&Engagement::default(), vec![conflict(ConflictKind::OpenOpportunity, true)], false);
        assert_eq!(decision.outcome, Outcome::InReview);
        assert_eq!(decision.reasons[0].rule.as_deref(), Some("open-opportunity"));
        assert!(!decision.reasons[0].facts.is_empty());
        assert_eq!(decision.route, Some(Route { to: "per_1".into(), rule: None }));
    }

    #[test]
    fn a_rule_that_fails_sends_the_deal_to_a_person() {
        let mut rules = Engagement::default();
        rules.rules[0].when = "customer.tax_id < 5".into();
        let decision = outcome(&rules, vec![], false);
        assert_eq!((decision.outcome, decision.reasons[0].code.as_str()), (Outcome::InReview, "rule.failed"));
    }

    #[test]
    fn a_partner_never_reads_a_rivals_name() {
        let told = outcome(&Engagement::default(), vec![conflict(ConflictKind::ProtectedRegistration, true)], false).without_rivals();
        let text = serde_json::to_string(&told).unwrap();
        assert!(!text.contains("Fabrikam") && !text.contains("0.9"), "{text}");
        assert_eq!(told.conflicts[0].kind, ConflictKind::ProtectedRegistration);
    }

    proptest! {
        #[test]
        fn no_rules_approve_what_another_deal_holds(outcomes in proptest::collection::vec(0..3_u8, 1..5), same in any::<bool>()) {
            let rules = outcomes.iter().enumerate().map(|(at, outcome)| {
                let outcome = [RuleOutcome::Approve, RuleOutcome::Review, RuleOutcome::Reject][*outcome as usize];
                crate::engagement::EngagementRule { id: at.to_string(), when: "true".into(), outcome, code: "c".into(), sentence: "s".into(), review: None }
            }).collect();
            let rules = Engagement { rules, ..Engagement::default() };
            let decision = outcome(&rules, vec![conflict(ConflictKind::ProtectedRegistration, same)], true);
            prop_assert_ne!(decision.outcome, Outcome::Approved);
        }
    }
}
