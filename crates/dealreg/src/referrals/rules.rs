//! The life of a referral, and what it earns. Pure.

use crate::leads::rulebook::Rulebook;
use access::Permission;
use kernel::rules::Facts;
use kernel::{Money, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::str::FromStr;
use utoipa::ToSchema;

/// Where a referral stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReferralStatus {
    /// Waits for the vendor.
    Submitted,
    /// The vendor works on it.
    Accepted,
    /// The vendor does not want it.
    Rejected,
    /// The sale was made.
    Won,
    /// The sale was lost.
    Lost,
    /// No sale came of it in time.
    Expired,
    /// The partner took it back.
    Withdrawn,
}

/// What can be done with a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReferralAction {
    /// Take it up.
    Accept,
    /// Turn it down.
    Reject,
    /// Say how far it has come.
    Advance,
    /// Record that the sale was made or lost.
    Close,
    /// Record that the sale was undone.
    Undo,
    /// Take it back.
    Withdraw,
}

impl ReferralStatus {
    /// Every status.
    pub const ALL: &[ReferralStatus] = {
        use ReferralStatus::*;
        &[Submitted, Accepted, Rejected, Won, Lost, Expired, Withdrawn]
    };

    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The actions that are legal now, whoever asks.
    pub fn legal_actions(self) -> &'static [ReferralAction] {
        use ReferralAction::*;
        match self {
            Self::Submitted => &[Accept, Reject, Withdraw],
            Self::Accepted => &[Advance, Close, Reject, Withdraw],
            Self::Won => &[Undo],
            Self::Rejected | Self::Lost | Self::Expired | Self::Withdrawn => &[],
        }
    }

    /// Whether its company is spoken for.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Submitted | Self::Accepted | Self::Won)
    }
}

impl FromStr for ReferralStatus {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|status| status.wire() == text).ok_or(())
    }
}

impl ReferralAction {
    /// Its name on the wire, and the last segment of its path.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Advance => "advance",
            Self::Close => "close",
            Self::Undo => "undo",
            Self::Withdraw => "withdraw",
        }
    }

    /// The permission that it takes.
    pub fn permission(self) -> Permission {
        if self == Self::Withdraw { Permission::MakeReferrals } else { Permission::DecideReferrals }
    }
}

/// 409 with the legal moves unless `action` is one of them.
pub fn require(status: ReferralStatus, action: ReferralAction) -> Result<(), Problem> {
    if status.legal_actions().contains(&action) {
        return Ok(());
    }
    let legal: Vec<_> = status.legal_actions().iter().map(|action| action.wire()).collect();
    let detail = format!("A referral that is {} cannot {}.", status.wire(), action.wire());
    Err(Problem::new(crate::error::REFERRAL_ILLEGAL_MOVE).detail(detail).with("legal_actions", legal))
}

/// The legal actions that a caller with these grants may take.
pub fn available(status: ReferralStatus, grants: u64) -> Vec<ReferralAction> {
    status.legal_actions().iter().copied().filter(|action| grants & action.permission().bit() != 0).collect()
}

/// What a sale earns, and by which rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Earned {
    /// The amount.
    pub amount: Money,
    /// The rule.
    pub rule: String,
    /// The facts that it saw, by path.
    pub facts: Map<String, Value>,
}

/// What a sale earns by the rules: the first that holds and can be applied. `None` if nothing is due.
pub fn earned(book: &Rulebook, facts: &Value, sale: &Money) -> Option<Earned> {
    let seen = Facts::new(facts).ok()?;
    book.rules.referrals.rewards.iter().zip(&book.rewards).find_map(|(rule, expression)| {
        // What cannot be told earns nothing by itself: money is not given on a guess.
        if expression.holds(&seen) != Ok(true) {
            return None;
        }
        let amount = match (&rule.flat, rule.basis_points) {
            (Some(flat), _) => flat.clone(),
            (None, Some(points)) => part(sale, points, rule.cap.as_ref())?,
            (None, None) => return None,
        };
        Some(Earned { amount, rule: rule.id.clone(), facts: seen.seen(expression.reads()) })
    })
}

/// Hundredths of a percent of a sale, halves up, at most the cap; `None` if the cap is in another currency.
fn part(sale: &Money, basis_points: i64, cap: Option<&Money>) -> Option<Money> {
    let exact = i128::from(sale.amount) * i128::from(basis_points);
    let amount = i64::try_from((exact + 5_000) / 10_000).ok()?;
    match cap {
        None => Some(Money { amount, currency: sale.currency }),
        Some(cap) if cap.currency == sale.currency => Some(Money { amount: amount.min(cap.amount), currency: sale.currency }),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leads::rulebook::{LeadRules, ReferralRewardRule, ReferralTerms};
    use serde_json::json;

    fn money(amount: i64, currency: &str) -> Money {
        Money { amount, currency: currency.parse().unwrap() }
    }

    fn book(rewards: Vec<ReferralRewardRule>) -> Rulebook {
        Rulebook::of(LeadRules { referrals: ReferralTerms { days: 180, rewards }, ..LeadRules::default() }, 1).unwrap()
    }

    fn rule(id: &str, when: &str, flat: Option<Money>, basis_points: Option<i64>, cap: Option<Money>) -> ReferralRewardRule {
        ReferralRewardRule { id: id.into(), when: when.into(), flat, basis_points, cap }
    }

    #[test]
    fn the_first_rule_that_holds_and_fits_the_currency_decides() {
        let book = book(vec![
            rule("dollars", "true", None, Some(1_000), Some(money(100, "USD"))),
            rule("gold", "partner.tier == \"gold\"", None, Some(1_250), Some(money(5_000, "EUR"))),
            rule("else", "true", Some(money(99, "EUR")), None, None),
        ]);
        let facts = |tier: &str| json!({ "partner": { "tier": tier }, "referral": {}, "sale": {}, "now": "2026-11-20T12:00:00Z" });
        let of = |tier: &str, sale: Money| earned(&book, &facts(tier), &sale).map(|earned| (earned.rule, earned.amount));
        assert_eq!(of("gold", money(1_004, "EUR")), Some(("gold".into(), money(126, "EUR"))), "halves go up");
        assert_eq!(of("gold", money(1_000_000, "EUR")), Some(("gold".into(), money(5_000, "EUR"))), "at most the cap");
        assert_eq!(of("silver", money(1_000_000, "EUR")), Some(("else".into(), money(99, "EUR"))));
        assert_eq!(of("gold", money(500, "USD")), Some(("dollars".into(), money(50, "USD"))));
    }

    #[test]
    fn the_largest_sale_does_not_overflow() {
        let book = book(vec![rule("all", "true", None, Some(10_000), None)]);
        let sale = money(kernel::money::MAX_AMOUNT, "EUR");
        assert_eq!(earned(&book, &json!({ "partner": {}, "referral": {}, "sale": {}, "now": "" }), &sale).map(|it| it.amount), Some(sale));
    }

    #[test]
    fn every_status_survives_the_database() {
        for status in ReferralStatus::ALL {
            assert_eq!(status.wire().parse(), Ok(*status));
        }
    }
}
