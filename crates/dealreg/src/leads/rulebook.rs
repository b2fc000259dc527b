//! The rules for leads and referrals: one versioned object, published by the vendor.

use kernel::Money;
use kernel::id::PartnerId;
use kernel::problem::{FieldError, Problem};
use kernel::rules::Expression;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use validator::Validate;

/// The names that expressions about a lead alone may use.
pub const OF_LEAD: &[&str] = &["lead", "now"];
/// The names that expressions about a lead and a partner may use.
pub const OF_BOTH: &[&str] = &["lead", "partner", "now"];
/// The names that expressions about a reward may use.
pub const OF_REWARD: &[&str] = &["referral", "sale", "partner", "now"];

/// Points that a lead gets when the expression holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "large", "when": "lead.amount != null && lead.amount.amount > 5000000", "points": 30, "sentence": "A large project."}))]
pub struct LeadPoints {
    /// Names the rule; unique among the points.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// A CEL expression over `lead` and `now`.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// What it adds, or takes off.
    #[validate(range(min = -100, max = 100))]
    #[schema(minimum = -100, maximum = 100)]
    pub points: i64,
    /// Why, in a sentence.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub sentence: String,
}

/// What a partner must be to be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "same-country", "when": "partner.country == lead.country", "sentence": "The partner sits in another country."}))]
pub struct LeadEligibility {
    /// Names the rule; unique among these.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// A CEL expression over `lead`, `partner` and `now` that must hold.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// Why a partner for which it does not hold is not asked, in a sentence.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub sentence: String,
}

/// Leads that one partner is asked first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "hospitals", "when": "lead.segment == \"health\"", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct LeadPin {
    /// Names the rule; unique among the pins.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// A CEL expression over `lead` and `now`.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// Who is asked first.
    pub partner_id: PartnerId,
}

/// How much each factor counts in the ranking, 0 to 100; what counts is their proportion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"territory": 25, "specialisation": 20, "certification": 10, "tier": 10, "capacity": 10, "acceptance": 10, "speed": 5,
    "conversion": 5, "wins": 5}))]
pub struct LeadWeights {
    /// Sits where the lead is.
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub territory: i64,
    /// Is good at what the lead is interested in.
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub specialisation: i64,
    /// Is certified for it.
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub certification: i64,
    /// Has risen in the program.
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub tier: i64,
    /// Has room for more.
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub capacity: i64,
    /// Accepts what it is offered.
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub acceptance: i64,
    /// Answers soon.
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub speed: i64,
    /// Makes deals of leads.
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub conversion: i64,
    /// Wins them.
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub wins: i64,
}

impl LeadWeights {
    /// In the order of [`super::ranking::FACTORS`].
    pub fn all(&self) -> [i64; 9] {
        let Self { territory, specialisation, certification, tier, capacity, acceptance, speed, conversion, wins } = *self;
        [territory, specialisation, certification, tier, capacity, acceptance, speed, conversion, wins]
    }
}

/// Something of a lead that a partner may see before it has accepted. Country, region, segment and interests always are; the contact never is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadPreview {
    /// The company.
    Company,
    /// What was written.
    Message,
    /// What it may be worth.
    Amount,
    /// Where it came up.
    Campaign,
}

/// How partners are asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"hours": 48, "warning_hours": [12], "most": 10, "preview": ["company", "amount"]}))]
pub struct LeadOfferTerms {
    /// How long a partner may think.
    #[validate(range(min = 1, max = 720))]
    #[schema(minimum = 1, maximum = 720)]
    pub hours: i64,
    /// Hours before the end at which `lead.offer_expiring` is sent.
    #[validate(length(max = 10))]
    #[schema(max_items = 10)]
    pub warning_hours: Vec<i64>,
    /// How many partners are asked at most before the lead goes back to the vendor.
    #[validate(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    pub most: i64,
    /// What a partner sees of a lead before it has accepted it.
    #[validate(length(max = 10))]
    #[schema(max_items = 10)]
    pub preview: Vec<LeadPreview>,
}

/// What becomes of a lead that was captured before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadOnDuplicate {
    /// It waits for the vendor.
    Hold,
    /// It is handed out like any other.
    Distribute,
}

/// What becomes of a lead whose company a partner holds under protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadOnProtected {
    /// That partner is asked, and nobody else.
    ToHolder,
    /// It goes to the vendor.
    ToVendor,
}

/// What a partner earns by a referral. The first that holds decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "gold", "when": "partner.tier == \"gold\"", "basis_points": 1000, "cap": {"amount": 500000, "currency": "EUR"}}))]
pub struct ReferralRewardRule {
    /// Names the rule; unique among these.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// A CEL expression over `referral`, `sale`, `partner` and `now`.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// A fixed amount. Either this or `basis_points`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat: Option<Money>,
    /// Hundredths of a percent of the sale.
    #[validate(range(min = 1, max = 10000))]
    #[schema(minimum = 1, maximum = 10000)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis_points: Option<i64>,
    /// The most that a part of the sale may come to. For sales in another currency the rule is passed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Money>,
}

/// The rules for referrals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"days": 180, "rewards": [{"id": "everybody", "when": "true", "basis_points": 500}]}))]
pub struct ReferralTerms {
    /// Days after which a referral that has not come to a sale expires.
    #[validate(range(min = 1, max = 3650))]
    #[schema(minimum = 1, maximum = 3650)]
    pub days: i64,
    /// What is earned; nothing, if none holds.
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub rewards: Vec<ReferralRewardRule>,
}

/// What a version of the rules for leads and referrals says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "Leads, EMEA", "points": [{"id": "large", "when": "lead.amount != null && lead.amount.amount > 5000000", "points": 30,
        "sentence": "A large project."}],
    "distribute_from": 0, "eligibility": [], "pins": [],
    "weights": {"territory": 25, "specialisation": 20, "certification": 10, "tier": 10, "capacity": 10, "acceptance": 10, "speed": 5,
        "conversion": 5, "wins": 5},
    "tiers": {"gold": 100, "silver": 60}, "shares": {"gold": 3, "silver": 2}, "near": 5, "open_leads": 20,
    "offer": {"hours": 48, "warning_hours": [12], "most": 10, "preview": ["company", "amount"]},
    "on_duplicate": "hold", "on_protected": "to_holder", "referrals": {"days": 180, "rewards": []}}))]
pub struct LeadRules {
    /// A heading for people.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What a lead is worth, in points that add up.
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub points: Vec<LeadPoints>,
    /// Leads with fewer points wait for the vendor.
    #[validate(range(min = -10000, max = 10000))]
    #[schema(minimum = -10000, maximum = 10000)]
    pub distribute_from: i64,
    /// What a partner must be; all must hold.
    #[validate(length(max = 50), nested)]
    #[schema(max_items = 50)]
    pub eligibility: Vec<LeadEligibility>,
    /// Who is asked before the ranking is; the first that holds. Named accounts come before.
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub pins: Vec<LeadPin>,
    /// How much each factor counts.
    #[validate(nested)]
    pub weights: LeadWeights,
    /// What a tier is worth as a factor, 0 to 100; 50 for one that is left out.
    pub tiers: BTreeMap<String, i64>,
    /// The share of leads that a tier may expect against the others among near equals, 1 to 100; 1 for one that is left out.
    pub shares: BTreeMap<String, i64>,
    /// Whoever is within so many points (of 100) of the best is as good, and they take turns.
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub near: i64,
    /// How many leads a partner may have open; its custom field `lead_capacity` says otherwise. Its custom field `certifications` lists its certificates.
    #[validate(range(min = 1, max = 100000))]
    #[schema(minimum = 1, maximum = 100000)]
    pub open_leads: i64,
    /// How partners are asked.
    #[validate(nested)]
    pub offer: LeadOfferTerms,
    /// What becomes of a lead that was captured before.
    pub on_duplicate: LeadOnDuplicate,
    /// What becomes of a lead whose company a partner holds under protection.
    pub on_protected: LeadOnProtected,
    /// The rules for referrals.
    #[validate(nested)]
    pub referrals: ReferralTerms,
}

impl Default for LeadRules {
    /// What holds until the vendor publishes its own: version 0.
    fn default() -> Self {
        Self {
            title: "Standard rules for leads".into(),
            points: Vec::new(),
            distribute_from: 0,
            eligibility: Vec::new(),
            pins: Vec::new(),
            weights: LeadWeights {
                territory: 25,
                specialisation: 20,
                certification: 10,
                tier: 10,
                capacity: 10,
                acceptance: 10,
                speed: 5,
                conversion: 5,
                wins: 5,
            },
            tiers: BTreeMap::new(),
            shares: BTreeMap::new(),
            near: 5,
            open_leads: 20,
            offer: LeadOfferTerms { hours: 48, warning_hours: vec![12], most: 10, preview: vec![LeadPreview::Company, LeadPreview::Amount] },
            on_duplicate: LeadOnDuplicate::Hold,
            on_protected: LeadOnProtected::ToHolder,
            referrals: ReferralTerms { days: 180, rewards: Vec::new() },
        }
    }
}

/// The rules, compiled.
pub struct Rulebook {
    /// As written.
    pub rules: LeadRules,
    /// The version; 0 for the standard rules.
    pub version: i64,
    /// The expressions of `points`, in order.
    pub points: Vec<Expression>,
    /// The expressions of `eligibility`, in order.
    pub eligibility: Vec<Expression>,
    /// The expressions of `pins`, in order.
    pub pins: Vec<Expression>,
    /// The expressions of `referrals.rewards`, in order.
    pub rewards: Vec<Expression>,
}

impl Rulebook {
    /// Compile; 422 naming the rule, the line and the column where one does not.
    pub fn of(rules: LeadRules, version: i64) -> Result<Self, Problem> {
        let mut errors = bounds(&rules);
        let mut read = |list: &str, names: &[&str], sources: Vec<(&str, &str)>| {
            let mut compiled = Vec::with_capacity(sources.len());
            for (at, (id, source)) in sources.iter().enumerate() {
                if sources[..at].iter().any(|(other, _)| other == id) {
                    errors.push(FieldError::new(format!("{list}/{at}/id"), "duplicate", "Give each rule an id of its own."));
                }
                match Expression::compile(source, names) {
                    Ok(expression) => compiled.push(expression),
                    Err(cause) => {
                        let place = cause.line.zip(cause.column).map(|(line, column)| format!("Line {line}, column {column}: "));
                        let detail = format!("{}{}", place.unwrap_or_default(), cause.detail);
                        errors.push(FieldError::new(format!("{list}/{at}/when"), cause.code, detail));
                    }
                }
            }
            compiled
        };
        let points = read("/points", OF_LEAD, rules.points.iter().map(|rule| (rule.id.as_str(), rule.when.as_str())).collect());
        let eligibility = read("/eligibility", OF_BOTH, rules.eligibility.iter().map(|rule| (rule.id.as_str(), rule.when.as_str())).collect());
        let pins = read("/pins", OF_LEAD, rules.pins.iter().map(|rule| (rule.id.as_str(), rule.when.as_str())).collect());
        let earned = rules.referrals.rewards.iter().map(|rule| (rule.id.as_str(), rule.when.as_str())).collect();
        let rewards = read("/referrals/rewards", OF_REWARD, earned);
        if errors.is_empty() { Ok(Self { rules, version, points, eligibility, pins, rewards }) } else { Err(Problem::invalid_all(errors)) }
    }

    /// What a partner of this tier may expect against the others.
    pub fn share(&self, tier: Option<&str>) -> i64 {
        tier.and_then(|tier| self.rules.shares.get(tier)).copied().unwrap_or(1)
    }
}

/// What validation cannot say field by field.
fn bounds(rules: &LeadRules) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if rules.tiers.len() > 100 || rules.tiers.iter().any(|(tier, worth)| tier.len() > 200 || !(0..=100).contains(worth)) {
        errors.push(FieldError::new("/tiers", "out_of_range", "At most 100 tiers, each worth 0 to 100."));
    }
    if rules.shares.len() > 100 || rules.shares.iter().any(|(tier, share)| tier.len() > 200 || !(1..=100).contains(share)) {
        errors.push(FieldError::new("/shares", "out_of_range", "At most 100 tiers, each with a share of 1 to 100."));
    }
    if rules.offer.warning_hours.iter().any(|hours| !(1..=720).contains(hours)) {
        errors.push(FieldError::new("/offer/warning_hours", "out_of_range", "Warn 1 to 720 hours before the end."));
    }
    for (at, reward) in rules.referrals.rewards.iter().enumerate() {
        if reward.flat.is_some() == reward.basis_points.is_some() || reward.flat.is_some() && reward.cap.is_some() {
            let detail = "Either a flat amount, or basis_points with a cap if there is to be one.";
            errors.push(FieldError::new(format!("/referrals/rewards/{at}/flat"), "either_or", detail));
        }
    }
    errors
}
