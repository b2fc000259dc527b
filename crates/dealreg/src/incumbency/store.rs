//! The tables of incumbencies and their keys, and the only queries on them.

use super::IncumbencyId;
use super::types::{Incumbency, IncumbencyStatus};
use crate::DealId;
use crate::commercial::terms::CommercialRivals;
use access::{Field, Permission};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{PartnerId, VendorId};
use kernel::{Actor, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Statement};

/// The table of incumbencies.
pub mod incumbency {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "incumbencies")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub partner_id: Uuid,
        pub deal_id: Uuid,
        pub account_id: Option<Uuid>,
        pub moved_from: Option<Uuid>,
        pub renewal_deal_id: Option<Uuid>,
        pub status: String,
        pub customer_name: String,
        pub country: String,
        pub product: String,
        pub product_key: String,
        pub renews_on: String,
        pub opens_at: DateTime<Utc>,
        pub ends_at: DateTime<Utc>,
        pub rivals: String,
        pub rule: String,
        pub terms_version: i64,
        pub reason: Option<String>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use incumbency::Model as IncumbencyRow;
use incumbency::{Column, Entity};

const LIVE: [&str; 2] = ["holding", "open"];

impl IncumbencyRow {
    /// Its id.
    pub fn id(&self) -> IncumbencyId {
        IncumbencyId(self.id)
    }

    /// Whose it is.
    pub fn partner(&self) -> PartnerId {
        PartnerId(self.partner_id)
    }

    /// Where it stands.
    pub fn status(&self) -> Result<IncumbencyStatus, Problem> {
        self.status.parse().map_err(|()| Problem::internal(format!("a stored incumbency has the status {}", self.status)))
    }

    /// When it is to be renewed.
    pub fn renews_on(&self) -> Result<NaiveDate, Problem> {
        self.renews_on.parse().map_err(Problem::internal)
    }

    /// What others' registrations meet.
    pub fn rivals(&self) -> Result<CommercialRivals, Problem> {
        CommercialRivals::read(&self.rivals).ok_or_else(|| Problem::internal(format!("a stored incumbency says {} of rivals", self.rivals)))
    }

    /// Whether only the incumbent may register the renewal at `now`.
    pub fn is_exclusive(&self, now: DateTime<Utc>) -> bool {
        self.opens_at <= now && (now < self.ends_at || self.renewal_deal_id.is_some())
    }

    /// All of it.
    pub fn whole(&self, grants: u64) -> Result<Incumbency, Problem> {
        let status = self.status()?;
        let decides = status.is_live() && grants & Permission::DecideDeals.bit() != 0;
        let actions: &[&str] = if decides { &["end", "move"] } else { &[] };
        Ok(Incumbency {
            id: self.id(),
            partner_id: self.partner(),
            // Of one that was moved, the deal is another partner's.
            deal_id: self.moved_from.is_none().then_some(DealId(self.deal_id)),
            moved_from: self.moved_from.map(IncumbencyId),
            renewal_deal_id: self.renewal_deal_id.map(DealId),
            status,
            customer_name: self.customer_name.clone(),
            country: self.country.clone(),
            product: self.product.clone(),
            renews_on: self.renews_on()?,
            opens_at: self.opens_at,
            ends_at: self.ends_at,
            rivals: self.rivals()?,
            rule: self.rule.clone(),
            terms_version: self.terms_version,
            reason: self.reason.clone(),
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            available_actions: actions.iter().map(ToString::to_string).collect(),
        })
    }

    /// As `who` may see it.
    pub fn seen_by(&self, who: &Actor) -> Result<Incumbency, Problem> {
        let mut shown = self.whole(who.grants)?;
        if !Field::Rivals.shown_to(who) {
            shown.moved_from = None;
        }
        Ok(shown)
    }
}

fn scoped(scope: Scope) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(Column::PartnerId))
}

/// An incumbency within the caller's reach.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: IncumbencyId) -> Result<Option<IncumbencyRow>, DbErr> {
    scoped(scope).filter(Column::Id.eq(id.0)).one(db).await
}

/// The incumbencies that stand with a customer of these exact keys, or of this account.
pub async fn of_customer(db: &impl ConnectionTrait, vendor: VendorId, keys: &[String], account: Option<Uuid>) -> Result<Vec<IncumbencyRow>, DbErr> {
    let of_keys = Query::select()
        .column("incumbency_id")
        .from("incumbency_keys")
        .and_where(Expr::col("vendor_id").eq(vendor.0))
        .and_where(Expr::col("key").is_in(keys.iter().cloned()))
        .to_owned();
    let mut any = Condition::any().add_option(account.map(|account| Column::AccountId.eq(account)));
    if !keys.is_empty() {
        any = any.add(Column::Id.in_subquery(of_keys));
    }
    if any.is_empty() {
        return Ok(Vec::new());
    }
    scoped(Scope::vendor_wide(vendor)).filter(Column::Status.is_in(LIVE)).filter(any).order_by_asc(Column::Id).limit(500).all(db).await
}

/// The incumbencies that stand and that this deal renews.
pub async fn renewed_by(db: &impl ConnectionTrait, vendor: VendorId, deal: DealId) -> Result<Vec<IncumbencyRow>, DbErr> {
    let of_deal = scoped(Scope::vendor_wide(vendor)).filter(Column::RenewalDealId.eq(deal.0));
    of_deal.filter(Column::Status.is_in(LIVE)).order_by_asc(Column::Id).all(db).await
}

/// Store a new incumbency.
pub async fn insert(tx: &Tx, row: &IncumbencyRow) -> Result<(), DbErr> {
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Hold these keys for a product; returns how many could be had: whoever has one, keeps it. `found` are keys by which it is only found.
pub async fn hold(tx: &Tx, row: &IncumbencyRow, held: &[String], found: &[String]) -> Result<u64, DbErr> {
    let sql = "INSERT INTO incumbency_keys (vendor_id, incumbency_id, product_key, key, held) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    // Sorted, so that two writers that want the same keys wait for one another in one order.
    let mut keys: Vec<_> = held.iter().map(|key| (key, 1_i64)).chain(found.iter().map(|key| (key, 0))).collect();
    keys.sort();
    let mut had = 0;
    for (key, is_held) in keys {
        let values = [row.vendor_id.into(), row.id.into(), row.product_key.clone().into(), key.clone().into(), is_held.into()];
        let done = tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
        had += if is_held == 1 { done.rows_affected() } else { 0 };
    }
    Ok(had)
}

/// The keys of an incumbency: those that it holds, and those by which it is only found.
pub async fn keys(db: &impl ConnectionTrait, row: &IncumbencyRow) -> Result<(Vec<String>, Vec<String>), DbErr> {
    let sql = "SELECT key, held FROM incumbency_keys WHERE vendor_id = $1 AND incumbency_id = $2";
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [row.vendor_id.into(), row.id.into()])).await?;
    let (mut held, mut found) = (Vec::new(), Vec::new());
    for row in rows {
        let key: String = row.try_get("", "key")?;
        if row.try_get::<i64>("", "held")? == 1 { held.push(key) } else { found.push(key) }
    }
    Ok((held, found))
}

/// Let go of the keys of an incumbency.
pub async fn release(tx: &Tx, row: &IncumbencyRow) -> Result<(), DbErr> {
    let sql = "DELETE FROM incumbency_keys WHERE vendor_id = $1 AND incumbency_id = $2";
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [row.vendor_id.into(), row.id.into()])).await.map(|_| ())
}

/// Store a changed incumbency under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut IncumbencyRow) -> Result<(), Problem> {
    let before = row.revision;
    (row.revision, row.updated_at) = (before + 1, tx.now());
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    let done = Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

/// Which incumbencies to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only in this status.
    pub status: Option<IncumbencyStatus>,
    /// Only of this partner.
    pub partner: Option<PartnerId>,
}

/// Up to `limit` incumbencies before `before`, newest first.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, filter: &Filter, before: Option<Uuid>, limit: u64) -> Result<Vec<IncumbencyRow>, DbErr> {
    let wanted = Condition::all()
        .add_option(filter.status.map(|status| Column::Status.eq(status.wire())))
        .add_option(filter.partner.map(|partner| Column::PartnerId.eq(partner.0)))
        .add_option(before.map(|before| Column::Id.lt(before)));
    scoped(scope).filter(wanted).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// Incumbencies by id: up to `limit` after `after`.
pub async fn after(db: &impl ConnectionTrait, vendor: VendorId, after: Uuid, limit: u64) -> Result<Vec<IncumbencyRow>, DbErr> {
    scoped(Scope::vendor_wide(vendor)).filter(Column::Id.gt(after)).order_by_asc(Column::Id).limit(limit).all(db).await
}
