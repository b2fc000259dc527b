//! Capturing a lead: scored, compared with what is there, stored, and handed out.

use super::LeadId;
use super::events::LeadCaptured;
use super::place;
use super::ranking::LeadFacts;
use super::rulebook::{LeadOnDuplicate, Rulebook};
use super::rules::LeadStatus;
use super::store::{self, LeadRow};
use super::types::{LeadCapture, LeadCompany, LeadDuplicate, LeadScore, LeadScoreReason};
use super::versions::in_force_within;
use crate::conflict::{ConflictKind, Thresholds, compare};
use crate::lookalikes;
use crate::store::deals;
use chrono::{DateTime, Utc};
use kernel::id::VendorId;
use kernel::rules::Facts;
use kernel::text::canonical_email;
use kernel::{App, Problem, Scope, Tx};
use matching::Prepared;
use serde_json::{Map, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// From where a lead comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Through the API.
    Api,
    /// Through a form.
    Form(Uuid),
    /// In an import.
    Import,
}

impl Origin {
    fn columns(self) -> (&'static str, Option<Uuid>) {
        match self {
            Self::Api => ("api", None),
            Self::Form(id) => ("form", Some(id)),
            Self::Import => ("import", None),
        }
    }
}

/// What an address is found by, without being one.
pub fn email_key(vendor: VendorId, email: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(vendor.0.as_bytes());
    hash.update(canonical_email(email));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The company, normalised, and its exact keys; 422 if nothing tells it from others.
pub fn identified(company: &LeadCompany) -> Result<(Prepared, Vec<String>), Problem> {
    let prepared = Prepared::of(&company.profile());
    let keys: Vec<_> = crate::service::ground::claimed(&prepared.exact_keys());
    if prepared.exact_keys().is_empty() {
        return Err(Problem::invalid("/company/name", "unnamed", "Send a name that has letters or digits, a domain or a tax number."));
    }
    Ok((prepared, keys))
}

/// Resembling things of each kind that a lead keeps.
const KEPT: usize = 20;

/// Accounts, live deals and live leads that resemble a company. Before the write: it may take a while, and nothing's safety rests on it.
pub async fn resembling(app: &App, vendor: VendorId, company: &LeadCompany) -> Result<Vec<LeadDuplicate>, Problem> {
    let (prepared, _) = identified(company)?;
    let mut alike = lookalikes::search(app, vendor, prepared.name(), 0.6).await?;
    // The lead keeps what is said of them: the likest are enough.
    [&mut alike.accounts, &mut alike.deals, &mut alike.leads].into_iter().for_each(|ids| ids.truncate(KEPT));
    let db = app.db().read_of(vendor).await?;
    let (everybody, at) = (Scope::vendor_wide(vendor), Thresholds { same: matching::SAME, review: matching::REVIEW });
    let mut found = Vec::new();
    for account in crm::accounts_by_ids(&db, everybody, &alike.accounts).await? {
        let profile = matching::Profile {
            name: &account.name,
            domain: account.domain.as_deref(),
            tax_id: account.tax_id.as_deref(),
            country: account.country.as_deref(),
            address: account.address.as_deref(),
            phone: None,
        };
        if let Some(conflict) = compare(&prepared, &profile, ConflictKind::ExistingAccount, at) {
            found.push(duplicate("account", account.external_id.clone(), how(conflict.same), None));
        }
    }
    for deal in deals::by_ids(&db, everybody, &alike.deals).await? {
        let customer = deal.customer()?;
        if let Some(conflict) = compare(&prepared, &customer.profile(), ConflictKind::PendingRegistration, at) {
            found.push(duplicate("deal", deal.id().to_string(), how(conflict.same), Some(deal.created_at)));
        }
    }
    for row in store::by_ids(&db, everybody, &alike.leads).await? {
        let known = row.company()?;
        if row.status()?.is_live()
            && let Some(conflict) = compare(&prepared, &known.profile(), ConflictKind::PendingRegistration, at)
        {
            found.push(duplicate("lead", row.id().to_string(), how(conflict.same), Some(row.created_at)));
        }
    }
    Ok(found)
}

fn how(same: bool) -> &'static str {
    if same { "company" } else { "resemblance" }
}

/// Something that was here before.
pub fn duplicate(kind: &str, id: String, by: &str, since: Option<DateTime<Utc>>) -> LeadDuplicate {
    LeadDuplicate { kind: kind.to_owned(), id, by: by.to_owned(), since }
}

/// Leads and referrals that are live and the same: by an exact key of the company, or by the address.
pub async fn same(tx: &Tx, keys: &[String], email: Option<&str>, but: Option<Uuid>) -> Result<Vec<LeadDuplicate>, Problem> {
    let everybody = Scope::vendor_wide(tx.vendor());
    let mut found = Vec::new();
    for row in store::alike(tx, everybody, keys, email).await? {
        if row.status()?.is_live() && Some(row.id) != but {
            let by = if email.is_some() && row.email_key.as_deref() == email { "email" } else { "company" };
            found.push(duplicate("lead", row.id().to_string(), by, Some(row.created_at)));
        }
    }
    for row in crate::referrals::store::alike(tx, everybody, keys, email).await? {
        if row.status()?.is_live() && Some(row.id) != but {
            let by = if email.is_some() && row.email_key.as_deref() == email { "email" } else { "company" };
            found.push(duplicate("referral", row.id().to_string(), by, Some(row.created_at)));
        }
    }
    Ok(found)
}

/// What a lead is worth by the rules, rule by rule.
pub fn score(book: &Rulebook, lead: &LeadFacts, now: DateTime<Utc>) -> LeadScore {
    let mut score = LeadScore { points: 0, rules_version: book.version, reasons: Vec::new() };
    let seen = match Facts::new(&json!({ "lead": lead.value(), "now": now })) {
        Ok(seen) => seen,
        Err(cause) => {
            score.reasons.push(LeadScoreReason { rule: cause.code.into(), points: 0, sentence: cause.detail, facts: Map::new() });
            return score;
        }
    };
    for (rule, expression) in book.rules.points.iter().zip(&book.points) {
        match expression.holds(&seen) {
            Ok(false) => {}
            Ok(true) => {
                score.points += rule.points;
                let facts = seen.seen(expression.reads());
                score.reasons.push(LeadScoreReason { rule: rule.id.clone(), points: rule.points, sentence: rule.sentence.clone(), facts });
            }
            // What cannot be told counts for nothing, and is said.
            Err(cause) => {
                let sentence = format!("The rule could not be evaluated: {}.", cause.detail.trim_end_matches('.'));
                score.reasons.push(LeadScoreReason { rule: rule.id.clone(), points: 0, sentence, facts: Map::new() });
            }
        }
    }
    score
}

/// Score a lead by the rules in force.
pub fn rate(row: &mut LeadRow, book: &Rulebook, now: DateTime<Utc>) -> Result<(), Problem> {
    let scored = score(book, &super::candidates::facts(row)?, now);
    row.score = scored.points;
    row.scoring = store::text(&scored);
    Ok(())
}

/// What became of a capture.
#[derive(Debug)]
pub enum Captured {
    /// It is new.
    New(Box<LeadRow>),
    /// One with its external id was there.
    There(Box<LeadRow>),
}

/// Capture a lead. One that came alone is handed out at once, one of many a moment later.
pub async fn capture(tx: &mut Tx, new: LeadCapture, origin: Origin, resembling: Vec<LeadDuplicate>) -> Result<Captured, Problem> {
    let (_, keys) = identified(&new.company)?;
    if let Some(id) = &new.external_id
        && let Some(row) = store::by_external_id(tx, Scope::vendor_wide(tx.vendor()), id).await?
    {
        return Ok(Captured::There(Box::new(row)));
    }
    let email = new.contact.as_ref().and_then(|contact| contact.email.as_deref()).map(|email| email_key(tx.vendor(), email));
    let mut duplicates = same(tx, &keys, email.as_deref(), None).await?;
    for one in resembling {
        // What shares a key was found for sure.
        if !duplicates.iter().any(|known| known.id == one.id) {
            duplicates.push(one);
        }
    }
    let doubled = duplicates.iter().any(|one| one.kind == "lead" || one.kind == "referral");
    let book = in_force_within(tx).await?;
    let mut row = row_of(tx, new.clone(), origin, email, &duplicates);
    rate(&mut row, &book, tx.now())?;
    let held = new.hold || doubled && book.rules.on_duplicate == LeadOnDuplicate::Hold || row.score < book.rules.distribute_from;
    if !held {
        row.stand(LeadStatus::Qualified);
    }
    if !store::insert(tx, &row, &keys).await? {
        // Another write was faster with the same external id.
        return Err(Problem::new(kernel::problem::kinds::CONFLICT).detail("A lead with this external_id was captured at the same moment."));
    }
    tx.emit(LeadCaptured { lead: row.whole(u64::MAX)?, partner_id: None, note: None });
    match origin {
        _ if held => {}
        Origin::Api => place::distribute(tx, &mut row).await?,
        Origin::Form(_) | Origin::Import => {
            let now = tx.now();
            tx.set_timer(place::PLACE, &row.id().to_string(), now).await?;
        }
    }
    Ok(Captured::New(Box::new(row)))
}

fn row_of(tx: &Tx, new: LeadCapture, origin: Origin, email_key: Option<String>, duplicates: &[LeadDuplicate]) -> LeadRow {
    let ((source, source_id), (amount, currency)) = (origin.columns(), store::columns(new.amount.as_ref()));
    LeadRow {
        vendor_id: tx.vendor().0,
        id: LeadId::fresh().0,
        status: LeadStatus::New.wire().to_owned(),
        partner_id: None,
        company_name: new.company.name.clone(),
        company: store::text(&new.company),
        contact: new.contact.as_ref().map(store::text),
        email_key,
        message: new.message,
        region: new.region,
        segment: new.segment,
        interests: store::text(&new.interests),
        amount,
        currency,
        campaign: new.campaign,
        source: source.to_owned(),
        source_id,
        external_id: new.external_id,
        scoring: String::new(),
        score: 0,
        duplicates: store::text(&duplicates),
        offers: 0,
        offer_until: None,
        accepted_at: None,
        stage: None,
        reason: None,
        deal_id: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}
