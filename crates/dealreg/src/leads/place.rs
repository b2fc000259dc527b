//! Handing leads out: who is asked next, for how long, and what follows when they do not answer.

use super::LeadId;
use super::candidates::facts;
use super::events::{LeadLapsed, LeadOfferExpiring, LeadOffered, LeadUnplaced};
use super::prospects::prospects;
use super::ranking::{Prospect, Ranking, rank};
use super::rulebook::{LeadOnProtected, Rulebook};
use super::rules::LeadStatus;
use super::share::{Share, turn};
use super::store::{self, LeadRow, OfferRow};
use super::types::LeadOfferOutcome;
use super::versions::in_force_within;
use crate::rules::Status;
use crate::service::ground;
use crate::store::{claims, deals};
use chrono::{DateTime, Duration, Utc};
use kernel::id::{PartnerId, VendorId};
use kernel::rules::Facts;
use kernel::{Problem, Scope, Tx};
use matching::Prepared;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// The timer that hands out a lead that was captured among many.
pub const PLACE: &str = "lead.place";
/// The timer that looks at an offer: at each warning, and at the end.
pub const OFFER: &str = "lead.offer";

/// Why somebody is asked; kept with the offer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// `ranking`, `named_account`, `pin`, `protected` or `hand`.
    pub by: String,
    /// The pin, or a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What the ranking said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// The version of the rules.
    #[serde(default)]
    pub rules_version: i64,
    /// The near equals, and the millionths of this lead that each could expect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pool: Vec<(PartnerId, i64)>,
}

/// Who is asked next.
#[derive(Debug)]
pub enum Choice {
    /// This prospect.
    Ask {
        /// Its place among the prospects.
        at: usize,
        /// Why.
        why: Why,
        /// What the near equals are owed afterwards.
        credits: Vec<(Uuid, i64)>,
    },
    /// Nobody; why, in a sentence.
    Nobody(String),
}

/// Choose: whoever holds the company under protection, then named accounts, then pins, then the ranking.
pub async fn choose(
    db: &impl ConnectionTrait,
    vendor: VendorId,
    row: &LeadRow,
    book: &Rulebook,
    prospects: &[Prospect],
    ranking: &Ranking,
    now: DateTime<Utc>,
) -> Result<Choice, Problem> {
    let asked = prospects.iter().filter(|prospect| prospect.asked).count() as i64;
    if asked >= book.rules.offer.most {
        return Ok(Choice::Nobody(format!("{asked} partners were asked; the rules allow {}.", book.rules.offer.most)));
    }
    let direct = |partner: PartnerId, by: &str, detail: Option<String>| {
        let at = prospects.iter().position(|prospect| prospect.id == partner && prospect.active && !prospect.asked)?;
        let why = Why { by: by.to_owned(), detail, rules_version: book.version, ..Why::default() };
        Some(Choice::Ask { at, why, credits: Vec::new() })
    };
    let company = row.company()?;
    let keys = Prepared::of(&company.profile()).exact_keys();
    if let Some(holder) = holder(db, vendor, &ground::claimed(&keys), now).await? {
        let nobody = || Choice::Nobody("A partner holds this company under protection.".into());
        return Ok(match book.rules.on_protected {
            LeadOnProtected::ToHolder => direct(holder, "protected", None).unwrap_or_else(nobody),
            LeadOnProtected::ToVendor => nobody(),
        });
    }
    if let Some((partner, value)) = super::named::owner(db, vendor, &keys).await?
        && let Some(choice) = direct(partner, "named_account", Some(value))
    {
        return Ok(choice);
    }
    let seen = json!({ "lead": facts(row)?.value(), "now": now });
    if let Ok(seen) = Facts::new(&seen) {
        let pins = book.rules.pins.iter().zip(&book.pins).filter(|(_, expression)| expression.holds(&seen) == Ok(true));
        for (pin, _) in pins {
            if let Some(choice) = direct(pin.partner_id, "pin", Some(pin.id.clone())) {
                return Ok(choice);
            }
        }
    }
    Ok(in_turn(book, prospects, ranking))
}

/// The best, or of near equals whoever is furthest behind its share.
fn in_turn(book: &Rulebook, prospects: &[Prospect], ranking: &Ranking) -> Choice {
    let pool = ranking.near_equals(prospects, book.rules.near);
    let share = |at: usize| Share { weight: book.share(prospects[at].tier.as_deref()), credit: prospects[at].credit, part: 0 };
    let mut shares: Vec<_> = pool.iter().map(|ranked| share(ranked.at)).collect();
    let Some(chosen) = turn(&mut shares) else { return Choice::Nobody("No partner is left that may be asked.".into()) };
    let why = Why {
        by: "ranking".into(),
        detail: None,
        score: Some(pool[chosen].score),
        rules_version: book.version,
        pool: pool.iter().zip(&shares).map(|(ranked, share)| (prospects[ranked.at].id, share.part)).collect(),
    };
    let credits = pool.iter().zip(&shares).map(|(ranked, share)| (prospects[ranked.at].id.0, share.credit)).collect();
    Choice::Ask { at: pool[chosen].at, why, credits }
}

/// The partner that holds these keys under protection.
async fn holder(db: &impl ConnectionTrait, vendor: VendorId, keys: &[String], now: DateTime<Utc>) -> Result<Option<PartnerId>, Problem> {
    let everybody = Scope::vendor_wide(vendor);
    let holders = claims::holders(db, everybody, keys).await?;
    let ids: Vec<_> = holders.into_iter().filter(|holder| holder.protected).map(|holder| holder.deal).collect();
    for deal in deals::by_ids(db, everybody, &ids).await? {
        if deal.status()? == Status::Approved && deal.protected_until.is_some_and(|until| until > now) {
            return Ok(Some(deal.partner()));
        }
    }
    Ok(None)
}

/// Ask the next partner, or give the lead back to the vendor. The row is stored.
pub async fn distribute(tx: &mut Tx, row: &mut LeadRow) -> Result<(), Problem> {
    store::take_turns(tx).await?;
    let book = in_force_within(tx).await?;
    let prospects = prospects(tx, tx.vendor(), row.id(), tx.now()).await?;
    let ranking = rank(&book, &facts(row)?, &prospects, tx.now());
    match choose(tx, tx.vendor(), row, &book, &prospects, &ranking, tx.now()).await? {
        Choice::Ask { at, why, credits } => {
            store::put_credits(tx, &credits).await?;
            offer(tx, row, prospects[at].id, &why, &book).await
        }
        Choice::Nobody(reason) => {
            row.stand(LeadStatus::Unplaced);
            (row.partner_id, row.offer_until, row.reason) = (None, None, Some(reason.clone()));
            store::update(tx, row).await?;
            tx.emit(LeadUnplaced { lead: row.whole(u64::MAX)?, partner_id: None, note: Some(reason) });
            Ok(())
        }
    }
}

/// Offer a lead to a partner. The row is stored.
pub async fn offer(tx: &mut Tx, row: &mut LeadRow, partner: PartnerId, why: &Why, book: &Rulebook) -> Result<(), Problem> {
    let terms = &book.rules.offer;
    let until = tx.now() + Duration::hours(terms.hours);
    row.offers += 1;
    let offered = OfferRow {
        vendor_id: row.vendor_id,
        lead_id: row.id,
        partner_id: partner.0,
        number: row.offers,
        outcome: store::wire(LeadOfferOutcome::Open),
        reason: None,
        why: store::text(why),
        offered_at: tx.now(),
        until,
        answered_at: None,
        seconds: None,
        converted: 0,
        won: 0,
    };
    store::put_offer(tx, offered).await?;
    row.stand(LeadStatus::Offered);
    (row.partner_id, row.offer_until, row.reason, row.stage, row.accepted_at) = (Some(partner.0), Some(until), None, None, None);
    store::update(tx, row).await?;
    let due = next_look(&terms.warning_hours, until, tx.now());
    tx.set_timer(OFFER, &row.id().to_string(), due).await?;
    tx.emit(LeadOffered { lead: row.whole(u64::MAX)?, partner_id: None, note: None });
    Ok(())
}

/// When to look at an offer next: at a warning, or at the end.
fn next_look(warning_hours: &[i64], until: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    warning_hours.iter().map(|hours| until - Duration::hours(*hours)).filter(|at| *at > now).min().unwrap_or(until)
}

/// Hand out a lead that waits for it.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Some(mut row) = found(tx, subject).await? else { return Ok(()) };
    if row.status()? != LeadStatus::Qualified {
        return Ok(());
    }
    distribute(tx, &mut row).await
}

/// Warn, or let the offer lapse and ask the next, whichever is due.
pub async fn look(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Some(mut row) = found(tx, subject).await? else { return Ok(()) };
    let (LeadStatus::Offered, Some(until), Some(partner)) = (row.status()?, row.offer_until, row.partner()) else { return Ok(()) };
    if tx.now() >= until {
        store::end_offer(tx, row.id, partner, LeadOfferOutcome::Lapsed, None).await?;
        free(tx, &mut row).await?;
        tx.emit(LeadLapsed { lead: row.whole(u64::MAX)?, partner_id: Some(partner), note: None });
        return distribute(tx, &mut row).await;
    }
    let book = in_force_within(tx).await?;
    let warnings = &book.rules.offer.warning_hours;
    // A rules change may have moved the warnings: only an hour that has come is told of.
    if warnings.iter().any(|hours| tx.now() >= until - Duration::hours(*hours)) {
        tx.emit(LeadOfferExpiring { lead: row.whole(u64::MAX)?, partner_id: None, note: None });
    }
    Ok(tx.set_timer(OFFER, subject, next_look(warnings, until, tx.now())).await?)
}

/// Take a lead from its partner: it waits to be handed out.
pub async fn free(tx: &mut Tx, row: &mut LeadRow) -> Result<(), Problem> {
    tx.clear_timer(OFFER, &row.id().to_string()).await?;
    row.stand(LeadStatus::Qualified);
    (row.partner_id, row.offer_until, row.stage, row.accepted_at) = (None, None, None, None);
    // What became of the deal that its last partner made of it is no concern of the next.
    row.deal_id = None;
    store::update(tx, row).await
}

async fn found(tx: &Tx, subject: &str) -> Result<Option<LeadRow>, Problem> {
    let Ok(id) = subject.parse::<LeadId>() else { return Ok(None) };
    Ok(store::find(tx, tx.scope(), id).await?)
}
