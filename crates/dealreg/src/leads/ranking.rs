//! Who is asked: which partners may be, and how well each fits. Pure; ten thousand of them in milliseconds.
//!
//! A partner must be active, not have been asked about this lead, have room, and pass every eligibility rule of the vendor. What is left is
//! ranked by weighted factors, each 0 to 1. What is known of the past is smoothed: a partner's own figures count against
//! [`PRIOR`] imagined ones of the average partner's, so a newcomer begins as average and one lucky lead proves nothing.
//!
//! Expressions are evaluated once for all partners that are alike in what they read, rather than once for each.

use super::rulebook::Rulebook;
use chrono::{DateTime, Utc};
use kernel::Money;
use kernel::id::PartnerId;
use kernel::rules::{Expression, Facts};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// The factors, in the order of [`super::rulebook::LeadWeights::all`].
pub const FACTORS: [&str; 9] = ["territory", "specialisation", "certification", "tier", "capacity", "acceptance", "speed", "conversion", "wins"];

/// Imagined leads of the average partner that each partner's own record is mixed with.
pub const PRIOR: f64 = 5.0;

/// What a partner did with its leads in the last year.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    /// Offers that it answered, or let lapse.
    pub answered: i64,
    /// Of those, accepted.
    pub accepted: i64,
    /// Seconds that its answers took together.
    pub seconds: i64,
    /// Leads that became deals.
    pub converted: i64,
    /// Deals of those that were won.
    pub won: i64,
    /// Leads that it has open, or is asked about.
    pub open: i64,
}

/// A partner that might be asked.
#[derive(Debug, Clone)]
pub struct Prospect {
    /// Its id.
    pub id: PartnerId,
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// Its tier.
    pub tier: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// Its country.
    pub country: Option<String>,
    /// What it is good at. Many partners share it.
    pub specialisations: Arc<Vec<String>>,
    /// The vendor's own fields.
    pub custom_fields: Arc<Map<String, Value>>,
    /// Whether it works with the vendor now.
    pub active: bool,
    /// Whether it was asked about this lead before.
    pub asked: bool,
    /// What it did so far.
    pub record: Record,
    /// What it is owed among near equals: see [`super::share`].
    pub credit: i64,
}

/// What is known of the lead.
#[derive(Debug, Clone)]
pub struct LeadFacts {
    /// Where the company sits.
    pub country: String,
    /// The region.
    pub region: Option<String>,
    /// The segment.
    pub segment: Option<String>,
    /// What they are interested in.
    pub interests: Vec<String>,
    /// What it may be worth.
    pub amount: Option<Money>,
    /// Where it came up.
    pub campaign: Option<String>,
    /// `api`, `form` or `import`.
    pub source: String,
    /// Its points.
    pub score: i64,
    /// The company's name.
    pub company: String,
    /// The company's domain.
    pub domain: Option<String>,
    /// Whether somebody to talk to is named.
    pub has_contact: bool,
}

impl LeadFacts {
    /// As expressions see it; what is absent is `null`.
    pub fn value(&self) -> Value {
        json!({
            "country": self.country, "region": self.region, "segment": self.segment, "interests": self.interests, "amount": self.amount,
            "campaign": self.campaign, "source": self.source, "score": self.score, "company": {"name": self.company, "domain": self.domain},
            "has_contact": self.has_contact,
        })
    }
}

/// Why a partner is not asked.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"code": "not_eligible", "rule": "same-country", "sentence": "The partner sits in another country."}))]
pub struct LeadObstacle {
    /// `not_active`, `asked_before`, `no_capacity`, `not_eligible`, or `rule.failed` where a rule could not be told.
    pub code: String,
    /// The eligibility rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Why, in a sentence.
    pub sentence: String,
}

fn obstacle(code: &str, rule: Option<&str>, sentence: impl Into<String>) -> LeadObstacle {
    LeadObstacle { code: code.to_owned(), rule: rule.map(str::to_owned), sentence: sentence.into() }
}

/// One partner, ranked.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// Its place among the prospects.
    pub at: usize,
    /// 0 to 100.
    pub score: f64,
    /// Each factor's value, 0 to 1.
    pub values: [f64; 9],
}

/// The ranking: the eligible, best first, and the others with why they are not.
#[derive(Debug, Default)]
pub struct Ranking {
    /// Best first; ties by id.
    pub eligible: Vec<Ranked>,
    /// Why the others are not asked.
    pub refused: Vec<(usize, LeadObstacle)>,
}

impl Ranking {
    /// The near equals of the best, whoever is owed most first, at most [`super::share::MOST`] of them.
    pub fn near_equals(&self, prospects: &[Prospect], near: i64) -> Vec<&Ranked> {
        let Some(best) = self.eligible.first().map(|ranked| ranked.score) else { return Vec::new() };
        let mut pool: Vec<_> = self.eligible.iter().take_while(|ranked| ranked.score >= best - near as f64).collect();
        // Stable: of those that are owed the same, the best comes first.
        pool.sort_by_key(|ranked| std::cmp::Reverse(prospects[ranked.at].credit));
        pool.truncate(super::share::MOST);
        pool
    }
}

/// The average partner, with which little known ones are mixed.
struct Average {
    acceptance: f64,
    seconds: f64,
    conversion: f64,
    wins: f64,
}

impl Average {
    fn of(prospects: &[Prospect], window: f64) -> Self {
        let sum = |of: fn(&Record) -> i64| prospects.iter().map(|prospect| of(&prospect.record)).sum::<i64>() as f64;
        let [answered, accepted, seconds, converted, won] =
            [sum(|it| it.answered), sum(|it| it.accepted), sum(|it| it.seconds), sum(|it| it.converted), sum(|it| it.won)];
        let or = |part: f64, of: f64, otherwise: f64| if of > 0.0 { part / of } else { otherwise };
        Self {
            acceptance: or(accepted, answered, 0.5),
            seconds: or(seconds, answered, window / 2.0),
            conversion: or(converted, accepted, 0.5),
            wins: or(won, converted, 0.5),
        }
    }
}

/// Rank `prospects` for a lead.
pub fn rank(book: &Rulebook, lead: &LeadFacts, prospects: &[Prospect], now: DateTime<Utc>) -> Ranking {
    let mut ranking = Ranking::default();
    let mut eligibility = Eligibility::new(book, lead, now);
    let window = (book.rules.offer.hours * 3_600) as f64;
    let average = Average::of(prospects, window);
    let wanted = Wanted::of(lead);
    let weights = book.rules.weights.all();
    let total = weights.iter().sum::<i64>().max(1) as f64;
    for (at, prospect) in prospects.iter().enumerate() {
        let limit = capacity(book, prospect);
        let hindered = match prospect {
            Prospect { active: false, .. } => Some(obstacle("not_active", None, "The partner is not active.")),
            Prospect { asked: true, .. } => Some(obstacle("asked_before", None, "The partner was asked about this lead before.")),
            _ if prospect.record.open >= limit => {
                Some(obstacle("no_capacity", None, format!("The partner has {} leads open; its limit is {limit}.", prospect.record.open)))
            }
            _ => eligibility.hinders(prospect),
        };
        if let Some(why) = hindered {
            ranking.refused.push((at, why));
            continue;
        }
        let values = values(book, &wanted, prospect, limit, &average, window);
        let sum: f64 = values.iter().zip(weights).map(|(value, weight)| value * weight as f64).sum();
        // To a thousandth: what differs less is equal, whatever the machine.
        let score = (sum / total * 100_000.0).round() / 1_000.0;
        ranking.eligible.push(Ranked { at, score, values });
    }
    ranking.eligible.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| prospects[a.at].id.cmp(&prospects[b.at].id)));
    ranking
}

/// How many leads a partner may have open.
pub fn capacity(book: &Rulebook, prospect: &Prospect) -> i64 {
    prospect.custom_fields.get("lead_capacity").and_then(Value::as_i64).unwrap_or(book.rules.open_leads)
}

/// What of the lead is compared, made ready once.
struct Wanted {
    country: String,
    region: Option<String>,
    interests: Vec<String>,
}

/// A word without what is not compared. Letter by letter: a word of a partner is compared as it is written down, ten thousand times.
fn plain(text: &str) -> impl Iterator<Item = char> + '_ {
    text.trim().chars().flat_map(char::to_lowercase)
}

impl Wanted {
    fn of(lead: &LeadFacts) -> Self {
        Self {
            country: lead.country.clone(),
            region: lead.region.as_deref().map(|region| plain(region).collect()),
            interests: lead.interests.iter().map(|interest| plain(interest).collect()).collect(),
        }
    }

    /// The part of the interests that `has` covers; a half where nothing is asked for.
    fn covered<'a>(&self, mut has: impl FnMut(&str) -> bool + 'a) -> f64 {
        if self.interests.is_empty() {
            return 0.5;
        }
        self.interests.iter().filter(|interest| has(interest)).count() as f64 / self.interests.len() as f64
    }
}

fn values(book: &Rulebook, wanted: &Wanted, partner: &Prospect, limit: i64, average: &Average, window: f64) -> [f64; 9] {
    let same_region = match (&wanted.region, &partner.region) {
        (Some(lead), Some(own)) => plain(own).eq(lead.chars()),
        _ => false,
    };
    let territory = match &partner.country {
        Some(country) if *country == wanted.country => 1.0,
        _ if same_region => 0.8,
        None if partner.region.is_none() => 0.3,
        _ => 0.0,
    };
    let listed = |list: &[Value], interest: &str| list.iter().filter_map(Value::as_str).any(|one| plain(one).eq(interest.chars()));
    let certificates = partner.custom_fields.get("certifications").and_then(Value::as_array);
    let record = partner.record;
    let mixed = |part: i64, of: i64, mean: f64| (part as f64 + PRIOR * mean) / (of as f64 + PRIOR);
    [
        territory,
        wanted.covered(|interest| partner.specialisations.iter().any(|one| plain(one).eq(interest.chars()))),
        wanted.covered(|interest| certificates.is_some_and(|list| listed(list, interest))),
        partner.tier.as_ref().and_then(|tier| book.rules.tiers.get(tier)).map_or(0.5, |worth| *worth as f64 / 100.0),
        1.0 - record.open as f64 / limit.max(1) as f64,
        mixed(record.accepted, record.answered, average.acceptance),
        1.0 - (mixed(record.seconds, record.answered, average.seconds) / window).clamp(0.0, 1.0),
        mixed(record.converted, record.accepted, average.conversion),
        mixed(record.won, record.converted, average.wins),
    ]
}

/// The eligibility rules, evaluated once for each kind of partner that they can tell apart.
struct Eligibility<'a> {
    book: &'a Rulebook,
    lead: Value,
    now: DateTime<Utc>,
    known: Vec<HashMap<String, Option<LeadObstacle>>>,
}

impl<'a> Eligibility<'a> {
    fn new(book: &'a Rulebook, lead: &LeadFacts, now: DateTime<Utc>) -> Self {
        Self { book, lead: lead.value(), now, known: vec![HashMap::new(); book.eligibility.len()] }
    }

    /// The first rule that does not hold.
    fn hinders(&mut self, partner: &Prospect) -> Option<LeadObstacle> {
        (0..self.book.eligibility.len()).find_map(|at| {
            let key = seen_of(&self.book.eligibility[at], partner);
            if let Some(known) = self.known[at].get(&key) {
                return known.clone();
            }
            let found = self.evaluate(at, partner);
            self.known[at].insert(key, found.clone());
            found
        })
    }

    fn evaluate(&self, at: usize, partner: &Prospect) -> Option<LeadObstacle> {
        let rule = &self.book.rules.eligibility[at];
        let facts = json!({ "lead": self.lead, "partner": facts_of(partner), "now": self.now });
        match Facts::new(&facts).and_then(|facts| self.book.eligibility[at].holds(&facts)) {
            Ok(true) => None,
            Ok(false) => Some(obstacle("not_eligible", Some(&rule.id), rule.sentence.clone())),
            // What cannot be told is not taken for yes.
            Err(cause) => Some(obstacle(
                cause.code,
                Some(&rule.id),
                format!("The rule {} could not be evaluated: {}.", rule.id, cause.detail.trim_end_matches('.')),
            )),
        }
    }
}

/// A partner as expressions see it.
pub fn facts_of(partner: &Prospect) -> Value {
    json!({
        "id": partner.id, "name": partner.name, "type": partner.kind, "tier": partner.tier, "region": partner.region, "country": partner.country,
        "specialisations": *partner.specialisations, "open_leads": partner.record.open, "custom_fields": *partner.custom_fields,
    })
}

/// What an expression can see of a partner: those with the same are alike to it.
fn seen_of(expression: &Expression, partner: &Prospect) -> String {
    let mut key = String::new();
    for path in expression.reads() {
        let Some(path) = path.strip_prefix("partner") else { continue };
        let part = match path {
            ".type" => partner.kind.clone(),
            ".tier" => partner.tier.clone().unwrap_or_default(),
            ".region" => partner.region.clone().unwrap_or_default(),
            ".country" => partner.country.clone().unwrap_or_default(),
            ".specialisations" => partner.specialisations.join("\u{1}"),
            ".open_leads" => partner.record.open.to_string(),
            path if path.starts_with(".custom_fields") => Value::Object(Map::clone(&partner.custom_fields)).to_string(),
            _ => partner.id.to_string(),
        };
        key.push_str(&part);
        key.push('\u{0}');
    }
    key
}

#[cfg(test)]
mod tests {
    use super::super::rulebook::{LeadEligibility, LeadRules};
    use super::*;

    fn prospect(number: u128, country: &str) -> Prospect {
        Prospect {
            id: PartnerId(uuid::Uuid::from_u128(number)),
            name: format!("Partner {number}"),
            kind: "reseller".into(),
            tier: Some(if number.is_multiple_of(3) { "gold" } else { "silver" }.into()),
            region: None,
            country: Some(country.into()),
            specialisations: Arc::new(vec!["Robots".into()]),
            custom_fields: Arc::default(),
            active: true,
            asked: false,
            record: Record::default(),
            credit: 0,
        }
    }

    fn lead() -> LeadFacts {
        LeadFacts {
            country: "DE".into(),
            region: None,
            segment: None,
            interests: vec!["robots".into()],
            amount: None,
            campaign: None,
            source: "api".into(),
            score: 0,
            company: "Fabrikam".into(),
            domain: None,
            has_contact: true,
        }
    }

    fn now() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    fn book(rules: LeadRules) -> Rulebook {
        Rulebook::of(rules, 1).unwrap()
    }

    #[test]
    fn who_sits_nearer_and_answers_sooner_comes_first_and_a_newcomer_is_average() {
        let mut prospects = vec![prospect(1, "FR"), prospect(2, "DE"), prospect(3, "DE"), prospect(4, "DE")];
        prospects[1].record = Record { answered: 20, accepted: 2, seconds: 20 * 170_000, converted: 0, won: 0, open: 0 };
        prospects[2].record = Record { answered: 20, accepted: 19, seconds: 20 * 600, converted: 15, won: 10, open: 0 };
        let ranking = rank(&book(LeadRules::default()), &lead(), &prospects, now());
        let order: Vec<_> = ranking.eligible.iter().map(|ranked| prospects[ranked.at].id.0.as_u128()).collect();
        assert_eq!(order, [3, 4, 2, 1]);
    }

    #[test]
    fn one_lucky_lead_proves_little() {
        let mut prospects = vec![prospect(1, "DE"), prospect(2, "DE")];
        prospects[0].record = Record { answered: 1, accepted: 1, seconds: 60, converted: 1, won: 1, open: 0 };
        prospects[1].record = Record { answered: 40, accepted: 38, seconds: 40 * 60, converted: 30, won: 25, open: 0 };
        let ranking = rank(&book(LeadRules::default()), &lead(), &prospects, now());
        assert!(ranking.eligible.iter().all(|ranked| ranked.values[5] < 1.0 && ranked.values[8] < 1.0), "{ranking:?}");
    }

    #[test]
    fn whoever_may_not_be_asked_is_told_apart_with_the_reason() {
        let rule = |id: &str, when: &str| LeadEligibility { id: id.into(), when: when.into(), sentence: "Not there.".into() };
        let rules = LeadRules {
            eligibility: vec![rule("near", "partner.country == lead.country"), rule("broken", "partner.custom_fields.nothing == 1")],
            ..LeadRules::default()
        };
        let mut prospects: Vec<_> = (1..=5).map(|number| prospect(number, if number == 4 { "FR" } else { "DE" })).collect();
        prospects[0].active = false;
        prospects[1].asked = true;
        prospects[2].record.open = 20;
        let ranking = rank(&book(rules), &lead(), &prospects, now());
        let codes: Vec<_> = ranking.refused.iter().map(|(_, why)| why.code.as_str()).collect();
        assert_eq!(codes, ["not_active", "asked_before", "no_capacity", "not_eligible", "rule.failed"]);
        assert!(ranking.eligible.is_empty());
    }

    #[test]
    fn ten_thousand_partners_are_told_apart_by_few_evaluations() {
        let rule = LeadEligibility { id: "tier".into(), when: "partner.tier in [\"gold\", \"silver\"]".into(), sentence: "No tier.".into() };
        let book = book(LeadRules { eligibility: vec![rule], ..LeadRules::default() });
        let prospects: Vec<_> = (1..=10_000).map(|number| prospect(number, "DE")).collect();
        let mut eligibility = Eligibility::new(&book, &lead(), now());
        assert!(prospects.iter().all(|prospect| eligibility.hinders(prospect).is_none()));
        assert_eq!(eligibility.known[0].len(), 2, "one for gold and one for silver");
        let started = rank(&book, &lead(), &prospects, now());
        assert_eq!(started.near_equals(&prospects, 5).len(), super::super::share::MOST);
    }
}
