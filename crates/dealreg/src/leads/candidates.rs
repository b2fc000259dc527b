//! Every partner with what it did so far; and who would be asked about a lead now.

use super::LeadId;
use super::place::{Choice, Why, choose};
use super::ranking::{FACTORS, LeadFacts, LeadObstacle, Prospect, Ranked, Ranking, Record, rank};
use super::records::Part;
use super::rulebook::Rulebook;
use super::store::LeadRow;
use chrono::{DateTime, Utc};
use kernel::Problem;
use kernel::id::{PartnerId, VendorId};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use utoipa::ToSchema;
use uuid::Uuid;

/// Partners read at once.
const PAGE: u64 = 2_500;

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

/// Every partner of the vendor, as far as this lead goes. Offers are not counted: what came of them is kept with the partner, see [`super::records`].
/// Partners and what they did are read at the same time, each from its own connection.
pub async fn prospects(db: &impl ConnectionTrait, vendor: VendorId, lead: LeadId, now: DateTime<Utc>) -> Result<Vec<Prospect>, Problem> {
    let (past, mut found) = tokio::try_join!(Past::read(db, vendor, lead, now), partners(db, vendor))?;
    found.iter_mut().for_each(|prospect| past.tell(prospect));
    Ok(found)
}

/// What partners did with leads so far.
struct Past {
    asked: HashSet<Uuid>,
    totals: HashMap<Uuid, Part>,
    outdated: HashMap<Uuid, Part>,
    open: HashMap<Uuid, i64>,
    credits: HashMap<Uuid, i64>,
}

impl Past {
    async fn read(db: &impl ConnectionTrait, vendor: VendorId, lead: LeadId, now: DateTime<Utc>) -> Result<Past, Problem> {
        let asked = "SELECT partner_id FROM lead_offers WHERE vendor_id = $1 AND lead_id = $2";
        let asked = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), asked, [vendor.0.into(), lead.0.into()])).await?;
        let totals: Vec<Total> =
            document(db, vendor, "lead_totals WHERE vendor_id = $1", "partner_id, answered, accepted, seconds, converted, won").await?;
        let open = "leads WHERE vendor_id = $1 AND status IN ('offered', 'accepted', 'working') AND partner_id IS NOT NULL GROUP BY partner_id";
        let open = format!("(SELECT partner_id, COUNT(*) AS leads FROM {open}) o");
        Ok(Past {
            asked: asked.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?,
            totals: totals.into_iter().map(|(id, a, b, c, d, e)| (id, [a, b, c, d, e])).collect(),
            outdated: super::records::outdated(db, vendor, now).await?,
            open: document(db, vendor, &open, "partner_id, leads").await?.into_iter().collect(),
            credits: document(db, vendor, "lead_shares WHERE vendor_id = $1", "partner_id, credit").await?.into_iter().collect(),
        })
    }

    fn tell(&self, prospect: &mut Prospect) {
        let id = &prospect.id.0;
        let [kept, gone]: [Part; 2] = [&self.totals, &self.outdated].map(|sums| sums.get(id).copied().unwrap_or_default());
        let [answered, accepted, seconds, converted, won] = std::array::from_fn(|at| kept[at] - gone[at]);
        prospect.record = Record { answered, accepted, seconds, converted, won, open: self.open.get(id).copied().unwrap_or_default() };
        prospect.asked = self.asked.contains(id);
        prospect.credit = self.credits.get(id).copied().unwrap_or_default();
    }
}

/// Every partner, without what it did. The next are read while those before are taken apart.
async fn partners(db: &impl ConnectionTrait, vendor: VendorId) -> Result<Vec<Prospect>, Problem> {
    let (mut found, mut page) = (Vec::new(), listed(db, vendor, Uuid::nil()).await?);
    while let Some((text, last)) = page {
        let read = async || serde_json::from_str::<Vec<Listed>>(&text)?.into_iter().map(Listed::prospect).collect::<Result<Vec<_>, _>>();
        let (next, read) = tokio::join!(listed(db, vendor, last), read());
        found.append(&mut read.map_err(Problem::internal)?);
        page = next?;
    }
    Ok(found)
}

/// Partners after this one as a document, and the last of them.
async fn listed(db: &impl ConnectionTrait, vendor: VendorId, after: Uuid) -> Result<Option<(String, Uuid)>, Problem> {
    let backend = db.get_database_backend();
    let columns = "id, name, kind, tier, region, country, status, specialisations, custom_fields";
    let page = format!("(SELECT {columns} FROM partners WHERE vendor_id = $1 AND status <> 'ended' AND id > $2 ORDER BY id LIMIT {PAGE}) p");
    let last = if backend == DbBackend::Postgres { "CAST(MAX(CAST(id AS text)) AS uuid)" } else { "MAX(id)" };
    let sql = format!("SELECT {}, {last} FROM {page}", gathered(backend, columns));
    let row = db.query_one_raw(Statement::from_sql_and_values(backend, sql, [vendor.0.into(), after.into()])).await?;
    let Some(row) = row else { return Ok(None) };
    let (text, last): (Option<String>, Option<Uuid>) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    Ok(text.zip(last))
}

/// Rows as one document, each a list that begins with an id.
fn gathered(backend: DbBackend, columns: &str) -> String {
    let (id, others) = columns.split_once(", ").unwrap_or((columns, "NULL"));
    match backend {
        DbBackend::Postgres => format!("CAST(json_agg(json_build_array({id}, {others})) AS text)"),
        _ => format!("json_group_array(json_array(HEX({id}), {others}))"),
    }
}

/// What a partner's leads add up to: its id, and the sums in the order of [`Part`].
type Total = (Uuid, i64, i64, i64, i64, i64);

/// Rows as one document: ten thousand rows of nine columns take four times as long to hand over. For the same reason nothing is joined: looking up each
/// partner's row in three tables takes longer than reading these whole.
async fn document<T: DeserializeOwned>(db: &impl ConnectionTrait, vendor: VendorId, from: &str, columns: &str) -> Result<Vec<T>, Problem> {
    let backend = db.get_database_backend();
    let sql = format!("SELECT {} FROM {from}", gathered(backend, columns));
    let row = db.query_one_raw(Statement::from_sql_and_values(backend, sql, [vendor.0.into()])).await?;
    let text = row.map(|row| row.try_get_by_index::<Option<String>>(0)).transpose()?.flatten();
    text.map_or(Ok(Vec::new()), |text| serde_json::from_str(&text).map_err(Problem::internal))
}

/// A partner as it is listed.
#[derive(Deserialize)]
struct Listed {
    id: Uuid,
    name: String,
    kind: String,
    tier: Option<String>,
    region: Option<String>,
    country: Option<String>,
    status: String,
    specialisations: String,
    custom_fields: String,
}

impl Listed {
    fn prospect(self) -> serde_json::Result<Prospect> {
        Ok(Prospect {
            id: PartnerId(self.id),
            active: self.status == "active",
            name: self.name,
            kind: self.kind,
            tier: self.tier,
            region: self.region,
            country: self.country,
            specialisations: serde_json::from_str(&self.specialisations)?,
            custom_fields: serde_json::from_str(&self.custom_fields)?,
            asked: false,
            record: Record::default(),
            credit: 0,
        })
    }
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
