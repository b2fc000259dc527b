//! How incumbencies begin, follow their renewals, and end by themselves.

use super::IncumbencyId;
use super::events::{IncumbencyBegun, IncumbencyLapsed, IncumbencyLost, IncumbencyOpened, IncumbencyRenewed};
use super::look::{product_keys, sells};
use super::store::{self, IncumbencyRow};
use super::types::IncumbencyStatus as Status;
use crate::commercial::terms::{CommercialIncumbencyRule, Compiled};
use crate::commercial::{estimate, products, versions};
use crate::rules::Status as DealStatus;
use crate::service::ground;
use crate::store::deals::DealRow;
use crate::types::{DealLine, DealLineModel, DealRegister};
use chrono::{DateTime, Duration, Months, NaiveDate, NaiveTime, Utc};
use kernel::rules::Facts;
use kernel::{Problem, Scope, Tx};
use matching::{Key, Prepared};
use std::collections::HashMap;

/// The timer that opens the window of a renewal, and closes it.
pub const CLOCK: &str = "incumbency.clock";

/// A registration was decided: what it renews is being renewed by it, unless it was refused.
pub async fn registered(tx: &mut Tx, row: &DealRow, renews: &[IncumbencyId]) -> Result<(), Problem> {
    if !row.status()?.is_live() {
        return let_go(tx, row).await;
    }
    for id in renews {
        let Some(mut own) = store::find(tx, Scope::vendor_wide(tx.vendor()), *id).await? else { continue };
        if own.status()?.is_live() && own.renewal_deal_id != Some(row.id) {
            own.renewal_deal_id = Some(row.id);
            store::update(tx, &mut own).await?;
        }
    }
    Ok(())
}

/// A deal ended without a sale, or was refused: what it was to renew is free to be renewed by another, has lapsed, or was lost with it.
pub async fn let_go(tx: &mut Tx, row: &DealRow) -> Result<(), Problem> {
    for mut own in store::renewed_by(tx, tx.vendor(), row.id()).await? {
        own.renewal_deal_id = None;
        if row.status()? == DealStatus::Lost {
            end(tx, &mut own, Status::Lost, Some("The renewal was lost.")).await?;
        } else if own.ends_at <= tx.now() {
            end(tx, &mut own, Status::Lapsed, None).await?;
        } else {
            store::update(tx, &mut own).await?;
        }
    }
    Ok(())
}

/// A deal was won: whatever it renews is renewed, others lose what it takes over, and its partner is the incumbent of what it sold.
pub async fn won(tx: &mut Tx, row: &DealRow) -> Result<(), Problem> {
    let (new, customer) = (row.registration()?, row.customer()?);
    let keys = Prepared::of(&customer.profile()).exact_keys();
    let found = store::of_customer(tx, tx.vendor(), &ground::claimed(&keys), row.account_id).await?;
    let renewed = store::renewed_by(tx, tx.vendor(), row.id()).await?;
    let terms = versions::in_force_within(tx).await?;
    if found.is_empty() && renewed.is_empty() && terms.terms.incumbency.is_empty() {
        return Ok(());
    }
    let products = product_keys(tx, tx.vendor(), &new).await?;
    let others: Vec<_> = found.into_iter().filter(|one| !renewed.iter().any(|other| other.id == one.id)).collect();
    for mut own in renewed {
        if products.is_empty() || sells(&products, &own) {
            end(tx, &mut own, Status::Renewed, None).await?;
        } else {
            own.renewal_deal_id = None;
            store::update(tx, &mut own).await?;
        }
    }
    for mut other in others.into_iter().filter(|other| sells(&products, other)) {
        give_way(tx, &mut other, row).await?;
    }
    for begun in begun(tx, row, &new, &products, &terms).await? {
        begin(tx, row, begun, &keys).await?;
    }
    Ok(())
}

/// An incumbency ends because its product was sold to its customer again: by its own partner, or by another.
async fn give_way(tx: &mut Tx, other: &mut IncumbencyRow, won: &DealRow) -> Result<(), Problem> {
    if other.partner_id == won.partner_id {
        return end(tx, other, Status::Renewed, None).await;
    }
    end(tx, other, Status::Lost, Some("The product was sold to this customer by another partner.")).await
}

/// What a deal that was won makes its partner the incumbent of: once for each product, by the line that is renewed last.
async fn begun(
    tx: &Tx,
    row: &DealRow,
    new: &DealRegister,
    product_keys: &HashMap<String, String>,
    terms: &Compiled,
) -> Result<Vec<IncumbencyRow>, Problem> {
    let lines: Vec<_> = new.lines.iter().filter(|line| line.model() == DealLineModel::Subscription).collect();
    if lines.is_empty() || terms.terms.incumbency.is_empty() {
        return Ok(Vec::new());
    }
    let everybody = Scope::vendor_wide(tx.vendor());
    let partner = partners::find(tx, everybody, row.partner()).await?.ok_or_else(|| Problem::internal("a deal without its partner"))?;
    let names: Vec<_> = lines.iter().map(|line| line.product.as_str()).collect();
    let known = products::called(tx, everybody, &names).await?;
    let mut facts = estimate::facts(new, &ground::facts_of(partner), &super::nobody(), tx.now());
    let mut begun: Vec<IncumbencyRow> = Vec::new();
    for line in lines {
        facts["line"] = estimate::line_facts(line, known.get(&line.product));
        let (Some(rule), Some(renews_on)) = (rule(terms, &facts), renews_on(line, tx.now())) else { continue };
        let (opens_at, ends_at) = window(rule, renews_on);
        if ends_at <= tx.now() {
            continue;
        }
        let one = IncumbencyRow {
            vendor_id: row.vendor_id,
            id: IncumbencyId::fresh().0,
            partner_id: row.partner_id,
            deal_id: row.id,
            account_id: row.account_id,
            moved_from: None,
            renewal_deal_id: None,
            status: Status::Holding.wire().to_owned(),
            customer_name: new.customer.name.clone(),
            country: new.customer.country.clone(),
            product: line.product.clone(),
            product_key: product_keys.get(&line.product).cloned().unwrap_or_default(),
            renews_on: renews_on.to_string(),
            opens_at,
            ends_at,
            rivals: rule.rivals.wire().to_owned(),
            rule: rule.id.clone(),
            terms_version: terms.version,
            reason: None,
            revision: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        match begun.iter_mut().find(|other| other.product_key == one.product_key) {
            Some(other) if other.ends_at < one.ends_at => *other = one,
            Some(_) => {}
            None => begun.push(one),
        }
    }
    Ok(begun)
}

/// The first rule that holds. One that cannot be told gives nobody a privilege.
fn rule<'a>(terms: &'a Compiled, facts: &serde_json::Value) -> Option<&'a CommercialIncumbencyRule> {
    let facts = Facts::new(facts).ok()?;
    let rules = terms.terms.incumbency.iter().zip(&terms.incumbency);
    rules.map(|(rule, expression)| (rule, expression.holds(&facts))).find(|(_, holds)| *holds == Ok(true)).map(|(rule, _)| rule)
}

fn renews_on(line: &DealLine, now: DateTime<Utc>) -> Option<NaiveDate> {
    let months = line.term_months.and_then(|months| u32::try_from(months).ok());
    line.renews_on.or_else(|| now.date_naive().checked_add_months(Months::new(months?)))
}

fn window(rule: &CommercialIncumbencyRule, renews_on: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
    let at = renews_on.and_time(NaiveTime::MIN).and_utc();
    (at - Duration::days(rule.days_before), at + Duration::days(rule.days_after))
}

/// Begin one, in place of whatever still holds its keys: somebody may have been faster, between the look and the hold.
async fn begin(tx: &mut Tx, won: &DealRow, row: IncumbencyRow, keys: &[Key]) -> Result<(), Problem> {
    let (all, identity) = (ground::claimed(keys), ground::identity(keys));
    let held = if identity.is_empty() { all.clone() } else { identity };
    let found: Vec<_> = all.into_iter().filter(|key| !held.contains(key)).collect();
    store::insert(tx, &row).await?;
    for _ in 0..3 {
        store::release(tx, &row).await?;
        if store::hold(tx, &row, &held, &found).await? == held.len() as u64 {
            return start(tx, row).await;
        }
        store::release(tx, &row).await?;
        let holders = store::of_customer(tx, tx.vendor(), &held, None).await?;
        for mut other in holders.into_iter().filter(|other| other.product_key == row.product_key) {
            give_way(tx, &mut other, won).await?;
        }
    }
    Err(Problem::new(kernel::problem::kinds::CONFLICT).detail("Another deal made its partner the incumbent at the same moment; try again."))
}

/// Tell that it has begun, open it if it is time, and look again when it is.
pub(super) async fn start(tx: &mut Tx, mut row: IncumbencyRow) -> Result<(), Problem> {
    tx.emit(IncumbencyBegun { incumbency: row.whole(u64::MAX)? });
    if row.opens_at <= tx.now() {
        open(tx, &mut row).await?;
    }
    let next = if row.opens_at > tx.now() { row.opens_at } else { row.ends_at };
    Ok(tx.set_timer(CLOCK, &row.id().to_string(), next).await?)
}

async fn open(tx: &mut Tx, row: &mut IncumbencyRow) -> Result<(), Problem> {
    row.status = Status::Open.wire().to_owned();
    store::update(tx, row).await?;
    tx.emit(IncumbencyOpened { incumbency: row.whole(u64::MAX)? });
    Ok(())
}

/// Open the window, or let it lapse, whichever is due. While a renewal is being worked on, its deal decides.
pub async fn tick(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<IncumbencyId>() else { return Ok(()) };
    let Some(mut row) = store::find(tx, tx.scope(), id).await? else { return Ok(()) };
    if !row.status()?.is_live() {
        return Ok(());
    }
    if row.status()? == Status::Holding && row.opens_at <= tx.now() {
        open(tx, &mut row).await?;
    }
    if row.ends_at <= tx.now() {
        return if row.renewal_deal_id.is_some() { Ok(()) } else { end(tx, &mut row, Status::Lapsed, None).await };
    }
    let next = if row.opens_at > tx.now() { row.opens_at } else { row.ends_at };
    Ok(tx.set_timer(CLOCK, subject, next).await?)
}

/// End it, and tell.
pub(super) async fn end(tx: &mut Tx, row: &mut IncumbencyRow, status: Status, reason: Option<&str>) -> Result<(), Problem> {
    row.status = status.wire().to_owned();
    row.reason = reason.map(str::to_owned).or_else(|| row.reason.take());
    store::release(tx, row).await?;
    store::update(tx, row).await?;
    tx.clear_timer(CLOCK, &row.id().to_string()).await?;
    let incumbency = row.whole(u64::MAX)?;
    match status {
        Status::Renewed => tx.emit(IncumbencyRenewed { incumbency }),
        Status::Lapsed => tx.emit(IncumbencyLapsed { incumbency }),
        Status::Lost => tx.emit(IncumbencyLost { incumbency }),
        _ => tx.emit(super::events::IncumbencyEnded { incumbency }),
    }
    Ok(())
}
