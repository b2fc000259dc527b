//! What a registration meets of incumbencies: whether it renews its partner's own, and whether another's stands in its way.

use super::IncumbencyId;
use super::store::{self, IncumbencyRow};
use crate::DealId;
use crate::commercial::terms::CommercialRivals;
use crate::commercial::{products, versions};
use crate::conflict::{Conflict, ConflictKind};
use crate::service::ground::{self, Ground};
use crate::store::deals::DealRow;
use crate::types::DealRegister;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, VendorId};
use kernel::{Problem, Scope, Tx};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use std::collections::HashMap;

/// What a registration meets.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The partner's own incumbencies that it renews.
    pub renews: Vec<IncumbencyId>,
    /// Others' that stand against it.
    pub conflicts: Vec<Conflict>,
    /// The facts that rules see.
    pub facts: Value,
}

impl Default for Standing {
    fn default() -> Self {
        Self { renews: Vec::new(), conflicts: Vec::new(), facts: nobody() }
    }
}

/// The facts where there is no incumbent.
pub fn nobody() -> Value {
    json!({ "exists": false, "is_partner": false, "open": false, "days_to_renewal": null, "rivals": null })
}

/// Facts that were stored before there were incumbents say that there is none.
pub fn completed<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
    let mut facts = Value::deserialize(from)?;
    if facts.is_object() && facts["incumbent"].is_null() {
        facts["incumbent"] = nobody();
        if facts["deal"].is_object() && facts["deal"]["renewal"].is_null() {
            facts["deal"]["renewal"] = false.into();
        }
    }
    Ok(facts)
}

/// What a registration is for.
pub(super) struct Sold<'a> {
    partner: PartnerId,
    /// Exact keys of the customer.
    keys: &'a [String],
    account: Option<uuid::Uuid>,
    deal: &'a DealRegister,
}

/// Look, inside the write that decides a registration. A registration that names an incumbency must be its incumbent's, for that customer.
pub async fn look(tx: &Tx, new: &DealRegister, ground: &Ground) -> Result<Standing, Problem> {
    if new.renews.is_none() && !versions::in_force_within(tx).await?.are_there() {
        return Ok(Standing::default());
    }
    let keys = ground::claimed(&ground.keys);
    let keys: Vec<_> = keys.into_iter().chain(ground.verdicts.keys_of_the_same()).collect();
    let sold = Sold { partner: ground.partner, keys: &keys, account: ground.account, deal: new };
    let standing = meet(tx, tx.vendor(), &sold, tx.now()).await?;
    // What was so when a deal was registered may be over when it is decided again.
    if ground.itself.is_none() && new.renews.is_some_and(|named| !standing.renews.contains(&named)) {
        return Err(Problem::invalid("/renews", "not_incumbent", "This partner has no such incumbency with this customer, or it is over."));
    }
    Ok(standing)
}

/// What rules may know of the incumbent when they look at a deal that is there.
pub async fn facts_of(db: &impl ConnectionTrait, vendor: VendorId, row: &DealRow, now: DateTime<Utc>) -> Result<Value, Problem> {
    let (new, customer) = (row.registration()?, row.customer()?);
    let keys = ground::claimed(&matching::Prepared::of(&customer.profile()).exact_keys());
    let sold = Sold { partner: row.partner(), keys: &keys, account: row.account_id, deal: &new };
    Ok(meet(db, vendor, &sold, now).await?.facts)
}

async fn meet(db: &impl ConnectionTrait, vendor: VendorId, sold: &Sold<'_>, now: DateTime<Utc>) -> Result<Standing, Problem> {
    let rows = store::of_customer(db, vendor, sold.keys, sold.account).await?;
    if rows.is_empty() {
        return Ok(Standing::default());
    }
    let products = product_keys(db, vendor, sold.deal).await?;
    // Whoever does not say what it sells may sell anything.
    let touched = |row: &IncumbencyRow| products.is_empty() || sells(&products, row);
    let rows: Vec<_> = rows.into_iter().filter(|row| touched(row) || sold.deal.renews == Some(row.id())).collect();
    let mut standing = Standing::default();
    for row in &rows {
        let own = row.partner() == sold.partner;
        if own && (row.is_exclusive(now) || sold.deal.renews.is_some()) {
            standing.renews.push(row.id());
        }
        if !own && row.is_exclusive(now) {
            let conflict = Conflict::bare(ConflictKind::Incumbent, !products.is_empty());
            let deal_id = row.moved_from.is_none().then_some(DealId(row.deal_id));
            let name = Some(row.customer_name.clone());
            standing.conflicts.push(Conflict { name, deal_id, partner_id: Some(row.partner()), ..conflict });
        }
    }
    standing.facts = facts(&rows, sold, products.is_empty(), now)?;
    // The one that is named comes first.
    standing.renews.sort_by_key(|id| (sold.deal.renews != Some(*id), *id));
    Ok(standing)
}

/// Whether these products are among what an incumbency is about, by the vendor's id or by the name.
pub(super) fn sells(products: &HashMap<String, String>, row: &IncumbencyRow) -> bool {
    let name = kernel::text::fold(&row.product);
    products.iter().any(|(called, key)| *key == row.product_key || kernel::text::fold(called) == name)
}

fn facts(rows: &[IncumbencyRow], sold: &Sold<'_>, unsaid: bool, now: DateTime<Utc>) -> Result<Value, Problem> {
    let mut days: Option<i64> = None;
    let mut rivals: Option<CommercialRivals> = None;
    for row in rows {
        let left = (row.renews_on()? - now.date_naive()).num_days();
        days = Some(days.map_or(left, |days| days.min(left)));
        if row.partner() != sold.partner && row.is_exclusive(now) {
            // What may be meant, but is not said, a person asks for.
            let wanted = if unsaid { CommercialRivals::Review } else { row.rivals()? };
            rivals = Some(if rivals == Some(CommercialRivals::Refuse) { CommercialRivals::Refuse } else { wanted });
        }
    }
    Ok(json!({
        "exists": !rows.is_empty(),
        "is_partner": rows.iter().any(|row| row.partner() == sold.partner),
        "open": rows.iter().any(|row| row.is_exclusive(now)),
        "days_to_renewal": days,
        "rivals": rivals.map(CommercialRivals::wire),
    }))
}

/// What each product of a deal's lines is known by: the vendor's id, or the name that the line says.
pub(super) async fn product_keys(db: &impl ConnectionTrait, vendor: VendorId, deal: &DealRegister) -> Result<HashMap<String, String>, Problem> {
    let names: Vec<_> = deal.lines.iter().map(|line| line.product.as_str()).collect();
    let known = products::called(db, Scope::vendor_wide(vendor), &names).await?;
    let key = |name: &str| match known.get(name) {
        Some(product) => format!("id:{}", product.external_id),
        None => format!("name:{}", kernel::text::fold(name)),
    };
    Ok(names.iter().map(|name| ((*name).to_owned(), key(name))).collect())
}
