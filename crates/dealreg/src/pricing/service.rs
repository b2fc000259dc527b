//! Use cases of special prices: one transaction each, which locks the deal first.

use super::PricingRequestId;
use super::events::{
    PricingApprovalGiven, PricingRequestApproved, PricingRequestCountered, PricingRequestCreated, PricingRequestDeclined, PricingRequestExpired,
    PricingRequestExpiring, PricingRequestRevoked, PricingRequestSuperseded, PricingRequestUsed, PricingRequestWithdrawn,
};
use super::rules::{Limits, PricingRequestAction as Action, PricingRequestStatus as Status, discounted, needed, require};
use super::store::{self, PricingRow, text};
use super::types::{PricingApproval, PricingApprove, PricingAsk, PricingAskLine, PricingCounter, PricingLine, PricingRequest};
use crate::DealId;
use crate::commercial::{estimate, estimates, versions};
use crate::error;
use crate::rules::{Status as DealStatus, require_one};
use crate::service::ground;
use crate::store::deals::{self, DealRow};
use crate::types::{DealLine, DealRegister};
use chrono::{DateTime, Duration, SubsecRound, Utc};
use kernel::actor::Caller;
use kernel::{Problem, Scope, Tx};

/// The timer that warns of the end of a price, and ends it.
pub const VALIDITY: &str = "pricing_request.validity";

/// Ask for a special price: the terms approve it at once, or leave it to people.
pub async fn ask(tx: &mut Tx, id: DealId, body: PricingAsk) -> Result<PricingRequest, Problem> {
    let deal = deals::find_to_change(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    let live = [DealStatus::InReview, DealStatus::InformationRequested, DealStatus::Approved];
    require_one(deal.status()?, &live, "ask for a special price")?;
    let new = deal.registration()?;
    let asked = lines(&new, &body.lines)?;
    clear_expired(tx, &deal).await?;
    let terms = versions::in_force_within(tx).await?;
    let valid_until = body.valid_until.map(|until| valid(tx, until, terms.terms.pricing.most_valid_days)).transpose()?;
    let most = asked.iter().map(|line| line.basis_points).max().unwrap_or(0);
    let limits = Limits::of(&terms, &facts(tx, &deal, &new, &body, most).await?);
    let mut row = PricingRow {
        vendor_id: deal.vendor_id,
        id: PricingRequestId::fresh().0,
        deal_id: deal.id,
        partner_id: deal.partner_id,
        status: Status::Open.wire().to_owned(),
        asked: text(&asked),
        offered: None,
        reason: body.reason,
        competitor: body.competitor,
        requested_by: if let Caller::Person(person) = tx.actor().caller { Some(person.0) } else { None },
        valid_until,
        code: "review".to_owned(),
        sentence: "A person decides.".to_owned(),
        rule: limits.rule,
        terms_version: terms.version,
        facts: text(&limits.facts),
        automatic_up_to: limits.automatic_up_to,
        one_person_up_to: limits.one_person_up_to,
        approvals: "[]".to_owned(),
        warned_at: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    if !store::insert(tx, &row).await? {
        return Err(Problem::new(error::PRICING_OPEN));
    }
    schedule(tx, &row, &[]).await?;
    let request = row.whole(u64::MAX, tx.now())?;
    tx.emit(PricingRequestCreated { pricing_request: request, note: None });
    if needed(row.automatic_up_to, row.one_person_up_to, most) == 0 {
        row.offered = Some(text(&asked));
        row.valid_until = Some(valid_until.unwrap_or(tx.now() + Duration::days(terms.terms.pricing.valid_days)));
        finish(tx, &mut row, &deal, "approved_by_rule", &limits.sentence).await?;
    }
    row.seen_by(tx.actor(), tx.now())
}

/// What rules see of a request.
async fn facts(tx: &Tx, deal: &DealRow, new: &DealRegister, body: &PricingAsk, most: i64) -> Result<serde_json::Value, Problem> {
    let partner = partners::find(tx, Scope::vendor_wide(tx.vendor()), deal.partner()).await?;
    let partner = ground::facts_of(partner.ok_or_else(|| Problem::internal("a deal without its partner"))?);
    let incumbent = crate::incumbency::facts_of(tx, tx.vendor(), deal, tx.now()).await?;
    let mut facts = estimate::facts(new, &partner, &incumbent, tx.now());
    facts["request"] = serde_json::json!({
        "basis_points": most,
        "lines": body.lines.len(),
        "competitor": body.competitor,
        "valid_days": body.valid_until.map(|until| (until - tx.now()).num_days()),
    });
    Ok(facts)
}

/// These discounts on lines of the deal; 422 if there is no such line, or one is named twice.
fn lines(deal: &DealRegister, wanted: &[PricingAskLine]) -> Result<Vec<PricingLine>, Problem> {
    let mut told = Vec::with_capacity(wanted.len());
    for (at, one) in wanted.iter().enumerate() {
        let place = |member: &str| format!("/lines/{at}/{member}");
        if wanted[..at].iter().any(|other| other.line == one.line) {
            return Err(Problem::invalid(place("line"), "duplicate", "Name each line once."));
        }
        let line = usize::try_from(one.line).ok().and_then(|line| deal.lines.get(line));
        let line = line.ok_or_else(|| Problem::invalid(place("line"), "no_such_line", "The deal has no such line."))?;
        let price = price(line).map(|price| discounted(price, one.basis_points));
        told.push(PricingLine { line: one.line, product: line.product.clone(), basis_points: one.basis_points, price });
    }
    Ok(told)
}

/// What a discount is taken from.
fn price(line: &DealLine) -> Option<&kernel::Money> {
    line.recurring.as_ref().map(|recurring| &recurring.amount).or(line.committed.as_ref()).or(line.unit_price.as_ref())
}

/// 422 unless `until` lies ahead, and not too far.
fn valid(tx: &Tx, until: DateTime<Utc>, most_days: i64) -> Result<DateTime<Utc>, Problem> {
    let until = until.trunc_subsecs(6);
    if until > tx.now() && until <= tx.now() + Duration::days(most_days) {
        return Ok(until);
    }
    Err(Problem::invalid("/valid_until", "out_of_range", format!("A price is valid for at most {most_days} days from now.")))
}

/// The request and its deal, which is locked, if `action` is legal now.
async fn ready(tx: &mut Tx, id: PricingRequestId, action: Action) -> Result<(PricingRow, DealRow), Problem> {
    let row = store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    let deal = deals::find_to_change(tx, Scope::vendor_wide(tx.vendor()), row.deal()).await?.ok_or_else(Problem::not_found)?;
    // What it was before others had let go of the deal is not what it is now.
    let row = store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    require(row.status(tx.now())?, action)?;
    Ok((row, deal))
}

/// Approve, whole or in part. Whoever grants more than one person may, begins what another ends.
pub async fn approve(tx: &mut Tx, id: PricingRequestId, body: PricingApprove) -> Result<PricingRequest, Problem> {
    let (mut row, deal) = ready(tx, id, Action::Approve).await?;
    let (asked, before, was_valid) = (row.asked()?, row.offered()?, row.valid_until);
    let granted = match &body.lines {
        Some(wanted) => {
            let granted = lines(&deal.registration()?, wanted)?;
            for (at, line) in granted.iter().enumerate() {
                if !asked.iter().any(|asked| asked.line == line.line && asked.basis_points >= line.basis_points) {
                    let detail = "That is more than was asked for; counter instead.";
                    return Err(Problem::invalid(format!("/lines/{at}/basis_points"), "more_than_asked", detail));
                }
            }
            granted
        }
        None => before.clone().unwrap_or(asked),
    };
    row.valid_until = Some(validity(tx, &row, body.valid_until).await?);
    let mut approvals = row.approvals()?;
    if before.as_ref() != Some(&granted) || was_valid != row.valid_until {
        approvals.clear();
    }
    row.offered = Some(text(&granted));
    add(tx, &mut row, approvals)?;
    settle(tx, row, &deal, body.reason).await
}

/// Count the caller's approval too; 409 if it is counted already.
fn add(tx: &Tx, row: &mut PricingRow, mut approvals: Vec<PricingApproval>) -> Result<(), Problem> {
    let me = tx.actor().reference();
    if approvals.iter().any(|approval| approval.by == me) {
        return Err(Problem::new(error::PRICING_APPROVED_ALREADY));
    }
    approvals.push(PricingApproval { by: me, at: tx.now() });
    row.approvals = text(&approvals);
    Ok(())
}

/// Until when: as said, as asked, or as long as the terms say.
async fn validity(tx: &Tx, row: &PricingRow, said: Option<DateTime<Utc>>) -> Result<DateTime<Utc>, Problem> {
    let pricing = &versions::in_force_within(tx).await?.terms.pricing;
    match (said, row.valid_until) {
        (Some(said), _) => valid(tx, said, pricing.most_valid_days),
        (None, Some(asked)) => Ok(asked),
        (None, None) => Ok(tx.now() + Duration::days(pricing.valid_days)),
    }
}

/// The price stands if enough people have approved it; else the next one is asked.
async fn settle(tx: &mut Tx, mut row: PricingRow, deal: &DealRow, note: Option<String>) -> Result<PricingRequest, Problem> {
    if row.approvals()?.len() >= row.needed()? {
        let sentence = note.unwrap_or_else(|| "Approved by the vendor.".to_owned());
        finish(tx, &mut row, deal, "approved_by_hand", &sentence).await?;
    } else {
        row.stand(Status::Open, "second_approval", "Another person decides as well.");
        store::update(tx, &mut row).await?;
        schedule(tx, &row, &[]).await?;
        tx.emit(PricingApprovalGiven { pricing_request: row.whole(u64::MAX, tx.now())?, note });
    }
    row.seen_by(tx.actor(), tx.now())
}

/// The price stands, in place of any other.
async fn finish(tx: &mut Tx, row: &mut PricingRow, deal: &DealRow, code: &str, sentence: &str) -> Result<(), Problem> {
    for mut other in store::live(tx, tx.vendor(), deal.id()).await? {
        if other.id != row.id && other.status == Status::Approved.wire() {
            close(tx, &mut other, Status::Superseded, "superseded", "Another price was approved for this deal.").await?;
        }
    }
    row.stand(Status::Approved, code, sentence);
    store::update(tx, row).await?;
    let warnings = versions::in_force_within(tx).await?.terms.pricing.warning_days.clone();
    schedule(tx, row, &warnings).await?;
    tx.emit(PricingRequestApproved { pricing_request: row.whole(u64::MAX, tx.now())?, note: None });
    estimates::renew(tx, deal).await
}

/// Offer another price; it is its author's approval.
pub async fn counter(tx: &mut Tx, id: PricingRequestId, body: PricingCounter) -> Result<PricingRequest, Problem> {
    let (mut row, deal) = ready(tx, id, Action::Counter).await?;
    row.offered = Some(text(&lines(&deal.registration()?, &body.lines)?));
    row.valid_until = Some(validity(tx, &row, body.valid_until).await?);
    add(tx, &mut row, Vec::new())?;
    row.stand(Status::Countered, "countered", &body.reason);
    store::update(tx, &mut row).await?;
    schedule(tx, &row, &[]).await?;
    tx.emit(PricingRequestCountered { pricing_request: row.whole(u64::MAX, tx.now())?, note: None });
    row.seen_by(tx.actor(), tx.now())
}

/// Take the price that was offered. Where it needs two people's approval, the second is asked now.
pub async fn accept(tx: &mut Tx, id: PricingRequestId) -> Result<PricingRequest, Problem> {
    let (row, deal) = ready(tx, id, Action::Accept).await?;
    settle(tx, row, &deal, None).await
}

/// Decline.
pub async fn decline(tx: &mut Tx, id: PricingRequestId, reason: &str) -> Result<PricingRequest, Problem> {
    let (mut row, _) = ready(tx, id, Action::Decline).await?;
    close(tx, &mut row, Status::Declined, "declined", reason).await?;
    row.seen_by(tx.actor(), tx.now())
}

/// Take the request back.
pub async fn withdraw(tx: &mut Tx, id: PricingRequestId) -> Result<PricingRequest, Problem> {
    let (mut row, _) = ready(tx, id, Action::Withdraw).await?;
    close(tx, &mut row, Status::Withdrawn, "withdrawn", "The partner took it back.").await?;
    row.seen_by(tx.actor(), tx.now())
}

/// Take the price back.
pub async fn revoke(tx: &mut Tx, id: PricingRequestId, reason: &str) -> Result<PricingRequest, Problem> {
    let (mut row, deal) = ready(tx, id, Action::Revoke).await?;
    close(tx, &mut row, Status::Revoked, "revoked", reason).await?;
    estimates::renew(tx, &deal).await?;
    row.seen_by(tx.actor(), tx.now())
}

/// A deal has ended or was refused: what stands for it does no more. What it was won at is used up.
pub async fn deal_ended(tx: &mut Tx, deal: &DealRow) -> Result<(), Problem> {
    let won = deal.status()? == DealStatus::Won;
    for mut row in store::live(tx, tx.vendor(), deal.id()).await? {
        match row.status(tx.now())? {
            Status::Expired => close(tx, &mut row, Status::Expired, "expired", OVER).await?,
            Status::Approved if won => close(tx, &mut row, Status::Used, "deal_won", "The sale was made at this price.").await?,
            _ => close(tx, &mut row, Status::Revoked, "deal_ended", "The deal has ended.").await?,
        }
    }
    Ok(())
}

/// A deal's lines were changed: what was asked or approved for them is so no more.
pub async fn lines_changed(tx: &mut Tx, deal: &DealRow) -> Result<(), Problem> {
    for mut row in store::live(tx, tx.vendor(), deal.id()).await? {
        close(tx, &mut row, Status::Revoked, "lines_changed", "The lines of the deal were changed; ask again.").await?;
    }
    Ok(())
}

const OVER: &str = "The time for it is over.";

/// What has expired makes room for another request, whether or not its timer has fired.
async fn clear_expired(tx: &mut Tx, deal: &DealRow) -> Result<(), Problem> {
    for mut row in store::live(tx, tx.vendor(), deal.id()).await? {
        if row.status(tx.now())? == Status::Expired {
            close(tx, &mut row, Status::Expired, "expired", OVER).await?;
        }
    }
    Ok(())
}

async fn close(tx: &mut Tx, row: &mut PricingRow, status: Status, code: &str, sentence: &str) -> Result<(), Problem> {
    row.stand(status, code, sentence);
    store::update(tx, row).await?;
    tx.clear_timer(VALIDITY, &row.id().to_string()).await?;
    let (pricing_request, note) = (row.whole(u64::MAX, tx.now())?, None);
    match status {
        Status::Declined => tx.emit(PricingRequestDeclined { pricing_request, note }),
        Status::Withdrawn => tx.emit(PricingRequestWithdrawn { pricing_request, note }),
        Status::Expired => tx.emit(PricingRequestExpired { pricing_request, note }),
        Status::Superseded => tx.emit(PricingRequestSuperseded { pricing_request, note }),
        Status::Used => tx.emit(PricingRequestUsed { pricing_request, note }),
        _ => tx.emit(PricingRequestRevoked { pricing_request, note }),
    }
    Ok(())
}

/// Look again at the next warning, at the latest at the end.
async fn schedule(tx: &mut Tx, row: &PricingRow, warning_days: &[i64]) -> Result<(), Problem> {
    let Some(until) = row.valid_until else { return Ok(()) };
    let warnings = warning_days.iter().map(|days| until - Duration::days(*days)).filter(|at| *at > tx.now());
    let next = warnings.chain([until]).min().unwrap_or(until);
    Ok(tx.set_timer(VALIDITY, &row.id().to_string(), next).await?)
}

/// Warn, or end it, whichever is due.
pub async fn look(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<PricingRequestId>() else { return Ok(()) };
    let Some(found) = store::find(tx, tx.scope(), id).await? else { return Ok(()) };
    let Some(deal) = deals::find_to_change(tx, tx.scope(), found.deal()).await? else { return Ok(()) };
    let Some(mut row) = store::find(tx, tx.scope(), id).await? else { return Ok(()) };
    let (stored, Some(until)) = (row.status.parse::<Status>(), row.valid_until) else { return Ok(()) };
    if !stored.is_ok_and(Status::is_live) {
        return Ok(());
    }
    if until <= tx.now() {
        close(tx, &mut row, Status::Expired, "expired", OVER).await?;
        return estimates::renew(tx, &deal).await;
    }
    let warnings = versions::in_force_within(tx).await?.terms.pricing.warning_days.clone();
    let since = row.warned_at.unwrap_or(row.updated_at);
    let due = warnings.iter().map(|days| until - Duration::days(*days)).any(|at| at <= tx.now() && at > since);
    if due && row.status == Status::Approved.wire() {
        row.warned_at = Some(tx.now());
        store::update(tx, &mut row).await?;
        tx.emit(PricingRequestExpiring { pricing_request: row.whole(u64::MAX, tx.now())?, note: None });
    }
    schedule(tx, &row, &warnings).await
}
