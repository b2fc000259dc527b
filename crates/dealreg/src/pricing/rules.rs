//! The life of a request for a special price, and whose approval it needs. Pure.

use crate::commercial::terms::Compiled;
use access::Permission;
use kernel::rules::Facts;
use kernel::{Money, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::str::FromStr;
use utoipa::ToSchema;

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PricingRequestStatus {
    /// Waits for the vendor.
    Open,
    /// Waits for the partner, to which another price was offered.
    Countered,
    /// The price stands.
    Approved,
    /// The vendor does not want it.
    Declined,
    /// The partner took it back.
    Withdrawn,
    /// Its time is over.
    Expired,
    /// The vendor took it back, or the deal ended or changed.
    Revoked,
    /// A later price stands in its place.
    Superseded,
    /// The sale was made at this price.
    Used,
}

/// What can be done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PricingRequestAction {
    /// Approve it, whole or in part.
    Approve,
    /// Decline it.
    Decline,
    /// Offer another price.
    Counter,
    /// Take the other price.
    Accept,
    /// Take the request back.
    Withdraw,
    /// Take the price back.
    Revoke,
}

impl PricingRequestStatus {
    /// Every status.
    pub const ALL: &[PricingRequestStatus] = {
        use PricingRequestStatus::*;
        &[Open, Countered, Approved, Declined, Withdrawn, Expired, Revoked, Superseded, Used]
    };

    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Countered => "countered",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Superseded => "superseded",
            Self::Used => "used",
        }
    }

    /// The actions that are legal now, whoever asks.
    pub fn legal_actions(self) -> &'static [PricingRequestAction] {
        use PricingRequestAction::*;
        match self {
            Self::Open => &[Approve, Decline, Counter, Withdraw],
            Self::Countered => &[Accept, Decline, Counter, Withdraw],
            Self::Approved => &[Revoke],
            _ => &[],
        }
    }

    /// Whether its time runs.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Open | Self::Countered | Self::Approved)
    }
}

impl FromStr for PricingRequestStatus {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|status| status.wire() == text).ok_or(())
    }
}

impl PricingRequestAction {
    /// Its name on the wire, and the last segment of its path.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::Counter => "counter",
            Self::Accept => "accept",
            Self::Withdraw => "withdraw",
            Self::Revoke => "revoke",
        }
    }

    /// The permission that it takes.
    pub fn permission(self) -> Permission {
        match self {
            Self::Accept | Self::Withdraw => Permission::RegisterDeals,
            Self::Approve | Self::Decline | Self::Counter | Self::Revoke => Permission::ApprovePricing,
        }
    }
}

/// 409 with the legal moves unless `action` is one of them.
pub fn require(status: PricingRequestStatus, action: PricingRequestAction) -> Result<(), Problem> {
    if status.legal_actions().contains(&action) {
        return Ok(());
    }
    let legal: Vec<_> = status.legal_actions().iter().map(|action| action.wire()).collect();
    let detail = format!("A request that is {} cannot {}.", status.wire(), action.wire());
    Err(Problem::new(crate::error::PRICING_ILLEGAL_MOVE).detail(detail).with("legal_actions", legal))
}

/// The legal actions that a caller with these grants may take.
pub fn available(status: PricingRequestStatus, grants: u64) -> Vec<PricingRequestAction> {
    status.legal_actions().iter().copied().filter(|action| grants & action.permission().bit() != 0).collect()
}

/// A price less so many hundredths of a percent: the discount is rounded down, so that it is never more than was approved.
pub fn discounted(price: &Money, basis_points: i64) -> Money {
    let off = i128::from(price.amount) * i128::from(basis_points) / 10_000;
    Money { amount: price.amount - i64::try_from(off).unwrap_or(price.amount), currency: price.currency }
}

/// Whose approval discounts need, and which rule says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Up to here nobody's.
    pub automatic_up_to: i64,
    /// Up to here one person's; above it, two people's.
    pub one_person_up_to: i64,
    /// The rule; none, if none holds.
    pub rule: Option<String>,
    /// What the partner reads when it is approved at once.
    pub sentence: String,
    /// The facts that the rule saw.
    pub facts: Map<String, Value>,
}

impl Limits {
    /// By the first rule that holds. None: one person approves. One that cannot be told: two do, whatever it is.
    pub fn of(terms: &Compiled, facts: &Value) -> Self {
        let by_hand = |one_person_up_to: i64, rule: Option<String>| Self {
            automatic_up_to: 0,
            one_person_up_to,
            rule,
            sentence: "A person decides.".to_owned(),
            facts: Map::new(),
        };
        let Ok(facts) = Facts::new(facts) else { return by_hand(0, None) };
        for (rule, expression) in terms.terms.pricing.rules.iter().zip(&terms.pricing) {
            match expression.holds(&facts) {
                Ok(false) => {}
                Ok(true) => {
                    return Self {
                        automatic_up_to: rule.automatic_up_to,
                        one_person_up_to: rule.one_person_up_to,
                        rule: Some(rule.id.clone()),
                        sentence: rule.sentence.clone(),
                        facts: facts.seen(expression.reads()),
                    };
                }
                Err(_) => return by_hand(0, Some(rule.id.clone())),
            }
        }
        by_hand(10_000, None)
    }
}

/// How many people approve a discount.
pub fn needed(automatic_up_to: i64, one_person_up_to: i64, basis_points: i64) -> usize {
    match basis_points {
        points if points <= automatic_up_to => 0,
        points if points <= one_person_up_to => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn limits(when: &str) -> Limits {
        let rule = json!({"id": "all", "when": when, "automatic_up_to": 500, "one_person_up_to": 2_000, "sentence": "At once."});
        let pricing = json!({"rules": [rule], "valid_days": 30, "most_valid_days": 90, "warning_days": []});
        let terms = serde_json::from_value(json!({"title": "Terms", "earnings": [], "pricing": pricing})).unwrap();
        Limits::of(&Compiled::of(terms, 1).unwrap(), &json!({"request": {"basis_points": 700}, "partner": {"tier": null}}))
    }

    #[test]
    fn the_more_is_granted_the_more_people_approve() {
        let found = limits("request.basis_points > 0");
        let of = |points| needed(found.automatic_up_to, found.one_person_up_to, points);
        assert_eq!([of(1), of(500), of(501), of(2_000), of(2_001), of(10_000)], [0, 0, 1, 1, 2, 2]);
    }

    #[test]
    fn without_a_rule_one_person_approves_and_with_one_that_fails_two_do() {
        let (none, broken) = (limits("false"), limits("partner.tier > 3"));
        assert_eq!((none.automatic_up_to, none.one_person_up_to, none.rule), (0, 10_000, None));
        assert_eq!((broken.automatic_up_to, broken.one_person_up_to, broken.rule.as_deref()), (0, 0, Some("all")));
    }

    #[test]
    fn a_discount_is_never_more_than_was_approved() {
        let eur = |amount| Money { amount, currency: "EUR".parse().unwrap() };
        assert_eq!((discounted(&eur(999), 1_000), discounted(&eur(9), 1), discounted(&eur(7), 10_000)), (eur(900), eur(9), eur(0)));
    }

    #[test]
    fn every_status_survives_the_database() {
        for status in PricingRequestStatus::ALL {
            assert_eq!(status.wire().parse(), Ok(*status));
        }
    }
}
