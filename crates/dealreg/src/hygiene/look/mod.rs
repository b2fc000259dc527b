//! Looking at a page of rows: what an audit comes upon there. Nothing is written here.

mod accounts;
mod deals;
mod opportunities;
mod partners;

use super::rules::Found;
use super::types::{Details, HygieneKind, HygieneSubject};
use super::{HygieneSettings, rules};
use crate::conflict::evidence;
use crate::verdicts::{Identity, Known, MatchVerdictKind};
use kernel::id::VendorId;
use kernel::{App, Problem, Scope};
use matching::{Prepared, Relation};
use sea_orm::ConnectionTrait;
use std::collections::HashSet;
use uuid::Uuid;

/// Rows looked at in one step.
const PAGE: u64 = 100;
/// Names that are compared with each, at most; of what shares an exact key with it, as many again.
const CANDIDATES: usize = 12;
/// Names less alike than this are not even compared; what shares an exact key is, whatever its name.
const FLOOR: f32 = 0.7;
/// Duplicates of one thing that are told: of fifty spellings of one name, each has a few.
const MOST_OF_ONE: usize = 8;

/// What a page of rows held.
pub struct Page {
    /// What was come upon.
    pub found: Vec<Found>,
    /// Where the next page begins; none if there is none.
    pub next: Option<Uuid>,
    /// How many rows were looked at.
    pub examined: i64,
}

impl Page {
    /// Of these rows, by their ids in order; each finding once.
    fn of(ids: &[Uuid], mut found: Vec<Found>) -> Self {
        found.sort_by_key(|found| (found.one, found.other));
        found.dedup_by_key(|found| (found.one, found.other));
        let next = ids.last().copied().filter(|_| ids.len() as u64 == PAGE);
        Self { found, next, examined: ids.len() as i64 }
    }
}

/// Look at the page after `after` for things of this kind.
pub async fn at(app: &App, scope: Scope, kind: HygieneKind, settings: &HygieneSettings, after: Uuid) -> Result<Page, Problem> {
    match kind {
        HygieneKind::DuplicateAccounts => accounts::look(app, scope, settings, after).await,
        HygieneKind::DuplicateDeals => deals::look(app, scope, settings, after).await,
        HygieneKind::StaleOpportunity => opportunities::look(app, scope, settings, after).await,
        HygieneKind::DealWithoutOwner => deals::without_owner(app, scope, after).await,
        HygieneKind::PartnerWithoutActivity => partners::look(app, scope, settings, after).await,
    }
}

/// Something that may be there twice.
struct Candidate {
    id: Uuid,
    partner: Option<Uuid>,
    subject: HygieneSubject,
    company: Prepared,
    identity: Identity,
    /// What is known of the company, as a text: when it changes, the facts are others.
    facts: String,
}

impl Candidate {
    fn of(id: Uuid, partner: Option<Uuid>, subject: HygieneSubject, profile: &matching::Profile<'_>) -> Self {
        let facts = format!("{profile:?}");
        Self { id, partner, subject, company: Prepared::of(profile), identity: Identity::of(profile), facts }
    }
}

/// What people have judged, asked only where anybody has judged anything.
struct Judged {
    vendor: VendorId,
    any: bool,
}

impl Judged {
    async fn of(db: &impl ConnectionTrait, vendor: VendorId) -> Result<Self, Problem> {
        Ok(Self { vendor, any: crate::verdicts::any(db, vendor).await? })
    }

    async fn about(&self, db: &impl ConnectionTrait, company: &Candidate) -> Result<Known, Problem> {
        if self.any { Known::of(db, self.vendor, company.identity.clone()).await } else { Ok(Known::default()) }
    }
}

/// Those of `others` that look like `this`, the likeliest first: a person's verdict outranks the comparison.
fn duplicates(kind: HygieneKind, this: &Candidate, others: &[&Candidate], known: &Known, likeness: f32) -> Vec<Found> {
    let mut met = HashSet::new();
    let others = others.iter().filter(|other| other.id != this.id && met.insert(other.id));
    let mut pairs: Vec<_> = others.filter_map(|other| pair(kind, this, other, known, likeness)).collect();
    pairs.sort_by(|a, b| b.details.score.unwrap_or(0.0).total_cmp(&a.details.score.unwrap_or(0.0)).then(a.other.cmp(&b.other)));
    pairs.truncate(MOST_OF_ONE);
    pairs
}

fn pair(kind: HygieneKind, this: &Candidate, other: &Candidate, known: &Known, likeness: f32) -> Option<Found> {
    // Always from the same side, so that the next night sees the same.
    let (one, other) = if this.id < other.id { (this, other) } else { (other, this) };
    let theirs = if one.id == this.id { &other.identity } else { &one.identity };
    let verdict = known.on(theirs).map(|rule| (rule.verdict, rule.overrides_exact || !one.identity.shares_exact(&other.identity)));
    let compared = matching::compare(&one.company, &other.company);
    let alike = compared.score >= likeness && compared.relation == Relation::Same;
    let judged = match verdict {
        Some((MatchVerdictKind::Different, true)) => return None,
        Some((MatchVerdictKind::Same, _)) => Some(MatchVerdictKind::Same),
        _ if alike => None,
        _ => return None,
    };
    let code = if judged.is_some() { "judged_same" } else { "alike" };
    let what = if kind == HygieneKind::DuplicateAccounts { "accounts" } else { "deals" };
    let why = if judged.is_some() { "A person judged that" } else { "It looks as if" };
    let names = format!("`{}` and `{}`", one.subject.name, other.subject.name);
    let details = Details {
        subjects: vec![one.subject.clone(), other.subject.clone()],
        code: code.to_owned(),
        detail: format!("{why} the {what} {names} are of one company."),
        score: Some(compared.score),
        verdict: judged,
        evidence: compared.evidence.iter().map(evidence).collect(),
    };
    Some(Found {
        kind,
        one: one.id,
        other: other.id,
        partner: one.partner,
        other_partner: other.partner,
        details,
        facts: rules::hash(&format!("{}\n{}\n{code}", one.facts, other.facts)),
    })
}

/// The exact keys of a company, and of those that a person judged to be the same.
fn keys(of: &Candidate, known: &Known) -> Vec<String> {
    let mut keys: Vec<_> = of.identity.found_by.iter().cloned().chain(known.keys_of_the_same()).collect();
    keys.sort();
    keys.dedup();
    keys
}
