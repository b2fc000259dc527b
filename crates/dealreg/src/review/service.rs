//! Reviews as deals move: begun, paused, ended; and what the clock does by itself.

use super::approvals;
use super::clock::Clock;
use super::events::{DealApprovalGiven, DealReviewEnded, DealReviewOverdue, DealReviewWarning};
use super::policy::{self, AtEnd};
use super::types::{DealApproval, DealReview, Mark, Passed};
use crate::DealId;
use crate::engagement::{Compiled, Engagement};
use crate::error;
use crate::events::DealUpdated;
use crate::rules::Status;
use crate::store::deals::{self, DealRow};
use chrono::{DateTime, Utc};
use kernel::actor::Caller;
use kernel::calendar::Calendar;
use kernel::log::Envelope;
use kernel::problem::FieldError;
use kernel::{Problem, Scope, Tx};
use serde::{Deserialize, Serialize};

/// The timer that looks at a review's clock: at each mark.
pub const TIMER: &str = "deal.review";
/// The timer that has clocks follow a changed calendar, some at a time; its subject is the deal after which it goes on.
pub const CALENDARS: &str = "deal.review_calendars";
/// Clocks that follow a changed calendar in one write.
const AT_ONCE: u64 = 100;

/// A deal's review as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// Its clock, if the rules ask for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// The approvals that it needs, if there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<DealApproval>,
}

impl DealRow {
    /// Its review, if it has one by the rules.
    pub fn review_state(&self) -> Result<Option<Review>, Problem> {
        let read = |text| serde_json::from_str(text).map_err(|cause| Problem::internal(format!("a stored review does not read: {cause}")));
        self.review.as_deref().map(read).transpose()
    }

    fn set_review(&mut self, review: Option<&Review>, due_at: Option<DateTime<Utc>>) -> Result<(), Problem> {
        self.review = review.map(serde_json::to_string).transpose().map_err(Problem::internal)?;
        self.review_due_at = due_at;
        Ok(())
    }

    /// Its review and approvals on the wire.
    pub fn review_shown(&self) -> Result<(Option<DealReview>, Vec<DealApproval>), Problem> {
        let Some(review) = self.review_state()? else { return Ok((None, Vec::new())) };
        let open = review.ended_at.is_none();
        let clock = review.clock.as_ref();
        let shown = DealReview {
            started_at: review.started_at,
            due_at: self.review_due_at,
            paused: open && clock.is_some_and(|clock| clock.running_since.is_none()),
            remaining_minutes: clock.filter(|_| open).and_then(Clock::remaining_minutes),
            ended_at: review.ended_at,
            marks: clock.map(|clock| clock.passed.clone()).unwrap_or_default(),
            at_end: clock.map(|clock| clock.at_end),
        };
        Ok((Some(shown), review.approvals))
    }
}

/// The calendar by which a clock runs, as it now is.
async fn calendar(tx: &Tx, clock: &Clock) -> Result<Calendar, Problem> {
    access::calendars::named(tx, Scope::vendor_wide(tx.vendor()), clock.calendar.as_deref()).await
}

/// 422 naming the place where the rules refer to a calendar that is not there.
pub async fn calendars_exist(tx: &Tx, rules: &Engagement) -> Result<(), Problem> {
    let mut errors = Vec::new();
    for (place, policy) in policy::policies(rules) {
        if let Some(name) = &policy.calendar
            && !access::calendars::exists(tx, Scope::vendor_wide(tx.vendor()), name).await?
        {
            errors.push(FieldError::new(format!("{place}/calendar"), "unknown", "There is no business calendar of this name."));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_all(errors)) }
}

/// Follow a decision: a deal that is now in review begins its review, or goes on with it after an answer; any other has ended it.
pub async fn begin_or_end(tx: &mut Tx, row: &mut DealRow, rules: &Compiled) -> Result<(), Problem> {
    if row.status()? != Status::InReview {
        return finish(row, tx.now());
    }
    let rule = row.decision()?.and_then(|decision| decision.reasons.into_iter().next()).and_then(|reason| reason.rule);
    let Some(policy) = policy::policy(&rules.engagement, rule.as_deref()) else { return row.set_review(None, None) };
    let earlier = row.review_state()?.filter(|earlier| earlier.ended_at.is_none());
    let started_at = earlier.as_ref().map_or(tx.now(), |earlier| earlier.started_at);
    let mut clock = Clock::of(policy);
    if let Some(earlier) = earlier.and_then(|earlier| earlier.clock) {
        clock = clock.map(|clock| clock.going_on_from(earlier));
    }
    if let Some(clock) = &mut clock {
        clock.run(tx.now());
    }
    let review = Review { started_at, ended_at: None, clock, approvals: approvals::open(&policy.approvals) };
    keep(tx, row, review).await
}

/// Write a review into the row, with when it is due, and look again at the next mark.
async fn keep(tx: &mut Tx, row: &mut DealRow, review: Review) -> Result<(), Problem> {
    let mut due_at = None;
    if let Some(clock) = &review.clock {
        let calendar = calendar(tx, clock).await?;
        due_at = clock.due_at(&calendar);
        match clock.next_at(tx.now(), &calendar) {
            Some(next) => tx.set_timer(TIMER, &row.id().to_string(), next).await?,
            None => tx.clear_timer(TIMER, &row.id().to_string()).await?,
        }
    }
    row.set_review(Some(&review), due_at)
}

/// Let the clock stand while the partner is asked something.
pub async fn pause(tx: &mut Tx, row: &mut DealRow) -> Result<(), Problem> {
    let Some(mut review) = row.review_state()? else { return Ok(()) };
    if let Some(clock) = &mut review.clock {
        let calendar = calendar(tx, clock).await?;
        clock.stand(tx.now(), &calendar);
    }
    keep(tx, row, review).await
}

/// End the review, whatever was decided. A timer that is left finds nothing to do.
pub fn finish(row: &mut DealRow, now: DateTime<Utc>) -> Result<(), Problem> {
    let Some(mut review) = row.review_state()?.filter(|review| review.ended_at.is_none()) else { return Ok(()) };
    review.ended_at = Some(now);
    if let Some(clock) = &mut review.clock {
        clock.running_since = None;
    }
    row.set_review(Some(&review), None)
}

/// Give the next of several approvals; whether the deal waits for another. One approval will do where the rules ask for no steps.
pub async fn another_is_needed(tx: &mut Tx, row: &mut DealRow) -> Result<bool, Problem> {
    let Some(mut review) = row.review_state()?.filter(|review| !review.approvals.is_empty()) else { return Ok(false) };
    if row.status()? != Status::InReview {
        let detail = "It was refused: have it handed in again, and each step begins anew.";
        return Err(Problem::new(error::APPROVALS_OPEN).detail(detail));
    }
    let role = match tx.actor().caller {
        Caller::Person(id) => access::people::find(tx, tx.vendor(), id).await?.map(|person| person.role()),
        Caller::ApiKey(_) => None,
        // Workers and automations are nobody who could answer for it.
        _ => return Err(Problem::new(error::APPROVALS_OPEN).detail("What several people have to approve, no automation approves.")),
    };
    approvals::give(&mut review.approvals, tx.actor(), role.as_ref(), tx.now())?;
    let more = approvals::next(&review.approvals).is_some();
    let due_at = row.review_due_at;
    row.set_review(Some(&review), due_at)?;
    Ok(more)
}

/// Tell that one approval was given.
pub fn tell_approval(tx: &mut Tx, row: &DealRow, note: Option<String>) -> Result<(), Problem> {
    let deal = row.clone().whole(u64::MAX)?;
    tx.emit(DealApprovalGiven { deal, note });
    Ok(())
}

/// Pass the mark that has come, if one has, and look again at the next: one mark a firing, so that each is a revision of its own.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<DealId>() else { return Ok(()) };
    let Some(mut row) = deals::find_to_change(tx, tx.scope(), id).await? else { return Ok(()) };
    if row.status()? != Status::InReview {
        return Ok(());
    }
    let Some((mut review, mut clock)) = row.review_state()?.and_then(|review| Some((review.clone(), review.clock?))) else { return Ok(()) };
    let passed = clock.pass(tx.now(), &calendar(tx, &clock).await?);
    let at_end = clock.at_end;
    review.clock = Some(clock);
    keep(tx, &mut row, review).await?;
    if let Some(passed) = passed {
        deals::update(tx, &mut row).await?;
        tell_mark(tx, row, &passed, at_end)?;
    }
    Ok(())
}

fn tell_mark(tx: &mut Tx, row: DealRow, passed: &Passed, at_end: AtEnd) -> Result<(), Problem> {
    let (deal, hours) = (row.whole(u64::MAX)?, passed.hours);
    match passed.mark {
        Mark::Warning => tx.emit(DealReviewWarning { deal, hours, at_end }),
        Mark::Overdue => tx.emit(DealReviewOverdue { deal, hours, at_end }),
        Mark::Ended => tx.emit(DealReviewEnded { deal, hours, at_end }),
    }
    Ok(())
}

/// A calendar was made, changed or deleted: have every clock that runs look at it.
pub async fn calendar_changed(tx: &mut Tx, _: &Envelope) -> Result<(), Problem> {
    let due = tx.now();
    Ok(tx.set_timer(CALENDARS, "", due).await?)
}

/// Some of the clocks that run follow the calendars as they now are; then the next ones.
pub async fn follow_calendars(tx: &mut Tx, after: &str) -> Result<(), Problem> {
    let after = after.parse::<DealId>().map_or(uuid::Uuid::nil(), |id| id.0);
    let rows = deals::under_review_clock(tx, tx.scope(), after, AT_ONCE).await?;
    let last = rows.last().filter(|_| rows.len() as u64 == AT_ONCE).map(DealRow::id);
    for mut row in rows {
        let Some(review) = row.review_state()? else { continue };
        let before = row.review_due_at;
        keep(tx, &mut row, review).await?;
        if row.review_due_at != before {
            deals::update(tx, &mut row).await?;
            let deal = row.whole(u64::MAX)?;
            tx.emit(DealUpdated { deal, note: None });
        }
    }
    if let Some(last) = last {
        let due = tx.now();
        tx.set_timer(CALENDARS, &last.to_string(), due).await?;
    }
    Ok(())
}
