//! Requests for more time: shapes, and the rules that answer them. No I/O.

use crate::DealId;
use crate::decide::{PartnerFacts, Reason, reason};
use crate::engagement::{Compiled, RuleOutcome};
use crate::progress::Standing;
use crate::types::Deal;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::rules::Facts;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use validator::Validate;

/// The names that an extension rule's expression may use.
pub const VARIABLES: &[&str] = &["deal", "partner", "customer", "progress", "extension", "now"];

kernel::define_id!(
    /// A request for more time.
    DealExtensionId, "dex");

/// A request for more time.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Their budget is decided in January.", "days": 30}))]
pub struct DealExtensionAsk {
    /// Why, for whoever decides.
    #[validate(length(min = 1, max = 2000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
    /// How many days more; the rules' `extension_days` if absent. More than those only a person grants.
    #[validate(range(min = 1, max = 730))]
    #[schema(minimum = 1, maximum = 730)]
    pub days: Option<i64>,
}

/// How a request is granted.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"days": 14, "reason": "Until their board has met."}))]
pub struct DealExtensionGrant {
    /// How many days; as asked for if absent.
    #[validate(range(min = 1, max = 730))]
    #[schema(minimum = 1, maximum = 730)]
    pub days: Option<i64>,
    /// A sentence for the partner.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: Option<String>,
}

/// Why a request is declined.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "We have not heard of any step since summer."}))]
pub struct DealExtensionDecline {
    /// A sentence for the partner.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DealExtensionStatus {
    /// A person of the vendor is to answer.
    Open,
    /// It was granted.
    Granted,
    /// It was declined.
    Declined,
    /// Protection ended before anybody answered.
    Lapsed,
}

impl DealExtensionStatus {
    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Granted => "granted",
            Self::Declined => "declined",
            Self::Lapsed => "lapsed",
        }
    }
}

/// A request for more time, and its answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "dex_01jd3k7x2mfq8t9v5w6y0zabcd", "deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "status": "open", "days": 30,
    "reason": "Their budget is decided in January.", "code": "review", "sentence": "A person decides.", "requested_at": "2026-11-20T12:00:00Z",
    "available_actions": ["decline-extension", "grant-extension"]}))]
pub struct DealExtensionRequest {
    /// Its id.
    pub id: DealExtensionId,
    /// The deal.
    pub deal_id: DealId,
    /// Where it stands.
    pub status: DealExtensionStatus,
    /// How many days were asked for, or granted.
    pub days: i64,
    /// Why, as its partner said.
    pub reason: String,
    /// The answer's stable code.
    pub code: String,
    /// The answer, as its partner reads it.
    pub sentence: String,
    /// The rule that answered; absent if none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// When it was made.
    pub requested_at: DateTime<Utc>,
    /// When it was answered, or lapsed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// What the caller may do with it now, as actions of its deal.
    pub available_actions: Vec<String>,
}

impl Resource for DealExtensionRequest {}

/// What extension rules see; what is absent is `null`.
pub fn facts(deal: &Deal, partner: &PartnerFacts, progress: Option<&Standing>, activities: u64, ask: (&str, i64), now: DateTime<Utc>) -> Value {
    let days_until = |at: DateTime<Utc>| (at - now).num_days();
    json!({
        "deal": {
            "type": deal.kind,
            "amount": deal.amount,
            "expected_close": deal.expected_close.and_time(chrono::NaiveTime::MIN).and_utc(),
            "days_to_close": (deal.expected_close - now.date_naive()).num_days(),
            "age_days": (now - deal.created_at).num_days(),
            "extensions": deal.extensions,
            "days_left": deal.protected_until.map(days_until),
            "stage": deal.stage,
            "custom_fields": deal.custom_fields,
        },
        "partner": partner,
        "customer": { "name": deal.customer.name, "country": deal.customer.country, "domain": deal.customer.domain },
        "progress": {
            "activities": activities,
            "kind": progress.map(|progress| progress.kind.as_str()),
            "days_since": progress.map(|progress| (now - progress.progressed_at).num_days()),
        },
        "extension": { "reason": ask.0, "days": ask.1 },
        "now": now,
    })
}

/// What the rules answer to a request: the first that holds; a person, if none does, one cannot be told, or more is asked than rules may give.
pub fn answer(rules: &Compiled, facts: &Value, days: i64) -> (RuleOutcome, Reason) {
    let by_hand = |code: &str, sentence: &str, rule: Option<&str>| (RuleOutcome::Review, reason(code, sentence, rule));
    let facts = match Facts::new(facts) {
        Ok(facts) => facts,
        Err(cause) => return by_hand(cause.code, &cause.detail, None),
    };
    for (rule, expression) in rules.engagement.extension_rules.iter().zip(&rules.extension_rules) {
        match expression.holds(&facts) {
            Ok(false) => {}
            Ok(true) if rule.outcome == RuleOutcome::Approve && days > rules.engagement.protection.extension_days => {
                return by_hand("more_than_rules_give", "So many days only a person grants.", Some(&rule.id));
            }
            Ok(true) => return (rule.outcome, reason(&rule.code, &rule.sentence, Some(&rule.id))),
            Err(cause) => return by_hand(cause.code, "A person decides.", Some(&rule.id)),
        }
    }
    by_hand("review", "A person decides.", None)
}
