//! Who would be asked about a lead now, and why.

use super::place::{Choice, Why, choose};
use super::prospects::prospects;
use super::ranking::{FACTORS, LeadFacts, LeadObstacle, Prospect, Ranked, Ranking, rank};
use super::rulebook::Rulebook;
use super::store::LeadRow;
use chrono::{DateTime, Utc};
use kernel::Problem;
use kernel::id::{PartnerId, VendorId};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;

/// Candidates, and partners that may not be asked, that are shown.
const SHOWN: usize = 100;

/// The lead as expressions and the ranking see it.
pub fn facts(row: &LeadRow) -> Result<LeadFacts, Problem> {
    let company = row.company()?;
    Ok(LeadFacts {
        country: company.country,
        region: row.region.clone(),
        segment: row.segment.clone(),
        interests: row.interests()?,
        amount: row.money()?,
        campaign: row.campaign.clone(),
        source: row.source.clone(),
        score: row.score,
        company: company.name,
        domain: company.domain,
        has_contact: row.contact.is_some(),
    })
}

/// What one factor said of a candidate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"factor": "territory", "value": 1.0, "weight": 25, "contribution": 25.0}))]
pub struct LeadFactor {
    /// `territory`, `specialisation`, `certification`, `tier`, `capacity`, `acceptance`, `speed`, `conversion` or `wins`. More may come.
    pub factor: String,
    /// How well the partner fits, 0 to 1.
    pub value: f64,
    /// How much it counts.
    pub weight: i64,
    /// What it adds to the score.
    pub contribution: f64,
}

/// A partner that may be asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Northwind", "score": 87.5, "near_equal": true, "share": 3, "credit": 0.4,
    "factors": [{"factor": "territory", "value": 1.0, "weight": 25, "contribution": 25.0}]}))]
pub struct LeadCandidate {
    /// The partner.
    pub partner_id: PartnerId,
    /// Its name.
    pub name: String,
    /// How well it fits, 0 to 100: the sum of the contributions.
    pub score: f64,
    /// Whether it is as good as the best, so that they take turns.
    pub near_equal: bool,
    /// The share that it may expect among near equals.
    pub share: i64,
    /// How many leads it is owed, after all it got; negative if it had more than its share.
    pub credit: f64,
    /// Factor by factor.
    pub factors: Vec<LeadFactor>,
}

/// A partner that is not asked, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Southridge", "obstacle": {"code": "no_capacity",
    "sentence": "The partner has 20 leads open; its limit is 20."}}))]
pub struct LeadRefused {
    /// The partner.
    pub partner_id: PartnerId,
    /// Its name.
    pub name: String,
    /// Why it is not asked.
    pub obstacle: LeadObstacle,
}

/// Who would be asked about a lead now, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"rules_version": 1, "next": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "by": "ranking", "considered": 40, "eligible": 1,
    "candidates": [], "refused": []}))]
pub struct LeadCandidates {
    /// The version of the rules; 0 for the standard rules.
    pub rules_version: i64,
    /// Who would be asked next; absent if the lead would go to the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<PartnerId>,
    /// Why: `ranking`, `named_account`, `pin`, `protected`, or `nobody` with the reason in `detail`.
    pub by: String,
    /// The pin that decided, or why nobody is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Partners looked at.
    pub considered: usize,
    /// Of those, the ones that may be asked.
    pub eligible: usize,
    /// The first hundred that may be asked, best first.
    pub candidates: Vec<LeadCandidate>,
    /// The first hundred that are not asked.
    pub refused: Vec<LeadRefused>,
}

/// Work it out, without asking anybody.
pub async fn explain(
    db: &impl ConnectionTrait,
    vendor: VendorId,
    row: &LeadRow,
    book: &Rulebook,
    now: DateTime<Utc>,
) -> Result<LeadCandidates, Problem> {
    let prospects = prospects(db, vendor, row.id(), now).await?;
    let ranking = rank(book, &facts(row)?, &prospects, now);
    let choice = choose(db, vendor, row, book, &prospects, &ranking, now).await?;
    let (next, by, detail) = match choice {
        Choice::Ask { at, why, .. } => {
            let Why { by, detail, .. } = why;
            (Some(prospects[at].id), by, detail)
        }
        Choice::Nobody(reason) => (None, "nobody".to_owned(), Some(reason)),
    };
    let near: Vec<_> = ranking.near_equals(&prospects, book.rules.near).iter().map(|ranked| ranked.at).collect();
    let candidates =
        ranking.eligible.iter().take(SHOWN).map(|ranked| candidate(book, &prospects[ranked.at], ranked, near.contains(&ranked.at))).collect();
    Ok(LeadCandidates {
        rules_version: book.version,
        next,
        by,
        detail,
        considered: prospects.len(),
        eligible: ranking.eligible.len(),
        candidates,
        refused: refused(&prospects, ranking),
    })
}

fn refused(prospects: &[Prospect], ranking: Ranking) -> Vec<LeadRefused> {
    let shown = |(at, obstacle): (usize, LeadObstacle)| LeadRefused { partner_id: prospects[at].id, name: prospects[at].name.clone(), obstacle };
    ranking.refused.into_iter().take(SHOWN).map(shown).collect()
}

fn candidate(book: &Rulebook, prospect: &Prospect, ranked: &Ranked, near_equal: bool) -> LeadCandidate {
    let weights = book.rules.weights.all();
    let total = weights.iter().sum::<i64>().max(1) as f64;
    let factor = |at: usize| LeadFactor {
        factor: FACTORS[at].to_owned(),
        value: (ranked.values[at] * 1_000.0).round() / 1_000.0,
        weight: weights[at],
        contribution: (ranked.values[at] * weights[at] as f64 / total * 100_000.0).round() / 1_000.0,
    };
    LeadCandidate {
        partner_id: prospect.id,
        name: prospect.name.clone(),
        score: ranked.score,
        near_equal,
        share: book.share(prospect.tier.as_deref()),
        credit: prospect.credit as f64 / super::share::TURN as f64,
        factors: (0..FACTORS.len()).map(factor).collect(),
    }
}
