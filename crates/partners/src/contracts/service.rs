//! Use cases of contracts: one transaction each.

use super::PartnerContractId;
use super::events::{
    PartnerContractCreatedEvent, PartnerContractExpiredEvent, PartnerContractExpiringEvent, PartnerContractRenewedEvent,
    PartnerContractTerminatedEvent, PartnerContractUpdatedEvent,
};
use super::rules::Due;
use super::store::{self, ContractRow};
use super::types::{PartnerContract, PartnerContractCreate, PartnerContractPatch, PartnerContractStatus as Status, PartnerContractTerminate};
use crate::{error, store as partners};
use chrono::{Days, NaiveDate};
use kernel::id::PartnerId;
use kernel::text::tidy;
use kernel::{Problem, Tx};

/// The timer that looks at a contract on its days.
pub const TIMER: &str = "partner.contract";
/// The most contracts with a partner.
const MOST: u64 = 500;

fn ordered(starts_on: NaiveDate, ends_on: Option<NaiveDate>) -> Result<(), Problem> {
    if ends_on.is_none_or(|last| last >= starts_on) {
        return Ok(());
    }
    Err(Problem::invalid("/ends_on", "out_of_order", "The last day does not come before the first."))
}

async fn look_again(tx: &mut Tx, row: &ContractRow) -> Result<(), Problem> {
    let subject = row.id().to_string();
    match row.dates().next().filter(|_| row.status != Status::Expired) {
        Some(at) => tx.set_timer(TIMER, &subject, at.max(tx.now())).await?,
        None => tx.clear_timer(TIMER, &subject).await?,
    }
    Ok(())
}

/// Keep one.
pub async fn create(tx: &mut Tx, partner: PartnerId, new: PartnerContractCreate) -> Result<PartnerContract, Problem> {
    partners::find_to_change(tx, partner).await?.ok_or_else(Problem::not_found)?;
    ordered(new.starts_on, new.ends_on)?;
    if store::count(tx, partner).await? >= MOST {
        return Err(Problem::new(error::TOO_MANY));
    }
    let row = ContractRow {
        vendor_id: tx.vendor().0,
        id: PartnerContractId::fresh().0,
        partner_id: partner.0,
        title: tidy(&new.title),
        number: new.number.as_deref().map(tidy),
        status: Status::Active,
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        notice_days: new.notice_days,
        remind_days: new.remind_days.unwrap_or(30),
        renews_by: new.renews_by_months,
        reminded: false,
        terms: new.terms,
        reason: None,
        retain_until: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    store::insert(tx, &row).await?;
    look_again(tx, &row).await?;
    tx.emit(PartnerContractCreatedEvent { partner_contract: PartnerContract::whole(&row) });
    Ok(PartnerContract::seen_by(tx.actor(), &row))
}

/// Change one that has not expired.
pub async fn update(tx: &mut Tx, partner: PartnerId, id: PartnerContractId, patch: PartnerContractPatch) -> Result<PartnerContract, Problem> {
    let mut row = store::find(tx, tx.scope(), partner, id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(row.revision)?;
    running(&row)?;
    let before = row.clone();
    row.title = patch.title.map_or(row.title, |title| tidy(&title));
    row.number = patch.number.map_or(row.number, |number| number.as_deref().map(tidy));
    row.ends_on = patch.ends_on.unwrap_or(row.ends_on);
    row.notice_days = patch.notice_days.unwrap_or(row.notice_days);
    row.remind_days = patch.remind_days.unwrap_or(row.remind_days);
    row.renews_by = patch.renews_by_months.unwrap_or(row.renews_by);
    row.terms = patch.terms.unwrap_or(row.terms);
    ordered(row.starts_on, row.ends_on)?;
    if row != before {
        // Other dates are told of anew.
        row.reminded &= row.dates().remind_on() == before.dates().remind_on();
        store::update(tx, &mut row).await?;
        look_again(tx, &row).await?;
        tx.emit(PartnerContractUpdatedEvent { partner_contract: PartnerContract::whole(&row) });
    }
    Ok(PartnerContract::seen_by(tx.actor(), &row))
}

fn running(row: &ContractRow) -> Result<(), Problem> {
    if row.status == Status::Expired { Err(Problem::new(error::CONTRACT_OVER)) } else { Ok(()) }
}

/// Give notice: it runs until its last day, and does not renew itself.
pub async fn terminate(tx: &mut Tx, partner: PartnerId, id: PartnerContractId, body: PartnerContractTerminate) -> Result<PartnerContract, Problem> {
    let mut row = store::find(tx, tx.scope(), partner, id).await?.ok_or_else(Problem::not_found)?;
    if row.status != Status::Active {
        return Err(Problem::new(error::CONTRACT_OVER));
    }
    let today = tx.now().date_naive();
    let by_notice = || today.checked_add_days(Days::new(row.notice_days.max(0) as u64)).unwrap_or(today);
    let last = body.ends_on.or(row.ends_on).unwrap_or_else(by_notice);
    if last < today {
        return Err(Problem::invalid("/ends_on", "past", "Its last day is today or later."));
    }
    ordered(row.starts_on, Some(last))?;
    (row.status, row.ends_on, row.reason, row.reminded) = (Status::Terminated, Some(last), Some(tidy(&body.reason)), true);
    store::update(tx, &mut row).await?;
    look_again(tx, &row).await?;
    tx.emit(PartnerContractTerminatedEvent { partner_contract: PartnerContract::whole(&row) });
    Ok(PartnerContract::seen_by(tx.actor(), &row))
}

/// One of its days has come.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<PartnerContractId>() else { return Ok(()) };
    let Some(mut row) = store::by_id(tx, id).await?.filter(|row| row.status != Status::Expired) else { return Ok(()) };
    let due = row.dates().due(tx.now().date_naive());
    match due {
        Due::Nothing => {}
        Due::Remind => row.reminded = true,
        Due::Renew(last) => (row.ends_on, row.reminded) = (Some(last), false),
        Due::Expire => row.status = Status::Expired,
    }
    if due != Due::Nothing {
        store::update(tx, &mut row).await?;
    }
    let partner_contract = PartnerContract::whole(&row);
    match due {
        Due::Nothing => {}
        Due::Remind => tx.emit(PartnerContractExpiringEvent { partner_contract }),
        Due::Renew(_) => tx.emit(PartnerContractRenewedEvent { partner_contract }),
        Due::Expire => tx.emit(PartnerContractExpiredEvent { partner_contract }),
    }
    look_again(tx, &row).await
}
