//! Use cases of reviews: one transaction each.

use super::PartnerReviewId;
use super::events::{PartnerReviewCreatedEvent, PartnerReviewDueEvent, PartnerReviewUpdatedEvent};
use super::store::{self, ReviewRow};
use super::types::{PartnerReview, PartnerReviewCreate, PartnerReviewPatch, PartnerSwot};
use crate::{error, store as partners};
use chrono::{NaiveDate, NaiveTime};
use kernel::id::PartnerId;
use kernel::text::tidy;
use kernel::{Problem, Tx};

/// The timer that tells that the next review is due.
pub const TIMER: &str = "partner.review";
/// The most reviews of a partner.
const MOST: u64 = 500;

fn ordered(row: &ReviewRow) -> Result<(), Problem> {
    if row.period_from.zip(row.period_to).is_some_and(|(from, to)| to < from) {
        return Err(Problem::invalid("/period_to", "out_of_order", "The last day does not come before the first."));
    }
    if row.next_on.is_some_and(|next| next <= row.held_on) {
        return Err(Problem::invalid("/next_on", "out_of_order", "The next review comes after this one."));
    }
    Ok(())
}

fn written(swot: &PartnerSwot) -> Result<String, Problem> {
    serde_json::to_string(swot).map_err(Problem::internal)
}

/// Look again when the next one is due, unless that was told.
async fn look_again(tx: &mut Tx, row: &ReviewRow) -> Result<(), Problem> {
    let subject = row.id().to_string();
    match row.next_on.filter(|next| row.told_on != Some(*next)) {
        Some(next) => Ok(tx.set_timer(TIMER, &subject, beginning(next).max(tx.now())).await?),
        None => Ok(tx.clear_timer(TIMER, &subject).await?),
    }
}

/// The moment at which a day begins.
pub(super) fn beginning(day: NaiveDate) -> chrono::DateTime<chrono::Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// Keep one.
pub async fn create(tx: &mut Tx, partner: PartnerId, new: PartnerReviewCreate) -> Result<PartnerReview, Problem> {
    partners::find_to_change(tx, partner).await?.ok_or_else(Problem::not_found)?;
    if store::count(tx, partner).await? >= MOST {
        return Err(Problem::new(error::TOO_MANY));
    }
    let author = tx.actor().reference();
    let row = ReviewRow {
        vendor_id: tx.vendor().0,
        id: PartnerReviewId::fresh().0,
        partner_id: partner.0,
        kind: new.kind,
        title: tidy(&new.title),
        held_on: new.held_on,
        period_from: new.period_from,
        period_to: new.period_to,
        summary: new.summary,
        swot: written(&new.swot)?,
        shared: new.shared,
        next_on: new.next_on,
        told_on: None,
        author_kind: author.kind,
        author_id: author.id,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    ordered(&row)?;
    store::insert(tx, &row).await?;
    look_again(tx, &row).await?;
    tx.emit(PartnerReviewCreatedEvent { partner_review: PartnerReview::whole(&row), shared: row.shared });
    Ok(PartnerReview::seen_by(tx.actor(), &row))
}

/// Change one.
pub async fn update(tx: &mut Tx, id: PartnerReviewId, patch: PartnerReviewPatch) -> Result<PartnerReview, Problem> {
    let mut row = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(row.revision)?;
    let before = row.clone();
    row.title = patch.title.map_or(row.title, |title| tidy(&title));
    row.held_on = patch.held_on.unwrap_or(row.held_on);
    row.period_from = patch.period_from.unwrap_or(row.period_from);
    row.period_to = patch.period_to.unwrap_or(row.period_to);
    row.summary = patch.summary.unwrap_or(row.summary);
    row.swot = patch.swot.map_or(Ok(row.swot), |swot| written(&swot))?;
    row.shared = patch.shared.unwrap_or(row.shared);
    row.next_on = patch.next_on.unwrap_or(row.next_on);
    ordered(&row)?;
    if row != before {
        store::update(tx, &mut row).await?;
        look_again(tx, &row).await?;
        tx.emit(PartnerReviewUpdatedEvent { partner_review: PartnerReview::whole(&row), shared: row.shared });
    }
    Ok(PartnerReview::seen_by(tx.actor(), &row))
}

/// The next one is due.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<PartnerReviewId>() else { return Ok(()) };
    let Some(mut row) = store::find_to_change(tx, id).await? else { return Ok(()) };
    if row.next_on.is_some_and(|next| next <= tx.now().date_naive() && row.told_on != Some(next)) {
        row.told_on = row.next_on;
        store::update(tx, &mut row).await?;
        tx.emit(PartnerReviewDueEvent { partner_review: PartnerReview::whole(&row), shared: row.shared });
    }
    look_again(tx, &row).await
}
