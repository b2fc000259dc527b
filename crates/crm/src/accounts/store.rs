//! The tables of accounts and of their exact keys, and the only queries on them.

use super::AccountPut;
use crate::sql::{contains, placeholders, statement};
use chrono::{DateTime, Utc};
use kernel::Scope;
use kernel::id::VendorId;
use kernel::text::fold;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, LockType, OnConflict, Query};
use sea_orm::{Condition, FromQueryResult, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// Rows of one multi-row insert: SQLite takes no more than 32,766 variables in a statement.
const CHUNK: usize = 1_000;

/// The table of accounts.
pub mod account {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "accounts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub external_id: String,
        pub name: String,
        /// The name without case and accents: what lists search and sort by.
        pub sort_name: String,
        pub domain: Option<String>,
        pub country: Option<String>,
        pub address: Option<String>,
        pub phone: Option<String>,
        pub tax_id: Option<String>,
        pub parent_external_id: Option<String>,
        pub industry: Option<String>,
        pub custom_fields: String,
        /// The account that survives, if this one was merged; never one that was merged itself.
        pub merged_into: Option<Uuid>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of exact keys.
pub mod key {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "account_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: Uuid,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use account::{Column, Entity, Model};

impl Model {
    /// A new account.
    pub(crate) fn new(vendor: VendorId, external_id: String, put: AccountPut, now: DateTime<Utc>) -> Self {
        let blank = Self {
            vendor_id: vendor.0,
            id: kernel::id::fresh(),
            external_id,
            name: String::new(),
            sort_name: String::new(),
            domain: None,
            country: None,
            address: None,
            phone: None,
            tax_id: None,
            parent_external_id: None,
            industry: None,
            custom_fields: String::new(),
            merged_into: None,
            revision: 0,
            created_at: now,
            updated_at: now,
        };
        blank.with(put, now)
    }

    /// The same account with other fields: its next revision.
    pub(crate) fn with(self, put: AccountPut, now: DateTime<Utc>) -> Self {
        Self {
            sort_name: fold(&put.name),
            name: put.name,
            domain: put.domain,
            country: put.country,
            address: put.address,
            phone: put.phone,
            tax_id: put.tax_id,
            parent_external_id: put.parent_external_id,
            industry: put.industry,
            custom_fields: serde_json::Value::Object(put.custom_fields).to_string(),
            revision: self.revision + 1,
            updated_at: now,
            ..self
        }
    }

    /// What crate `matching` needs to know of it.
    pub fn profile(&self) -> matching::Profile<'_> {
        matching::Profile {
            name: &self.name,
            domain: self.domain.as_deref(),
            tax_id: self.tax_id.as_deref(),
            country: self.country.as_deref(),
            address: self.address.as_deref(),
            phone: self.phone.as_deref(),
        }
    }

    /// Its fields as they were put.
    pub(crate) fn put(&self) -> AccountPut {
        AccountPut {
            name: self.name.clone(),
            domain: self.domain.clone(),
            country: self.country.clone(),
            address: self.address.clone(),
            phone: self.phone.clone(),
            tax_id: self.tax_id.clone(),
            parent_external_id: self.parent_external_id.clone(),
            industry: self.industry.clone(),
            custom_fields: serde_json::from_str(&self.custom_fields).unwrap_or_default(),
        }
    }
}

/// How a list of accounts is ordered.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Longest unchanged first, after this place.
    Updated(Option<(DateTime<Utc>, Uuid)>),
    /// Latest change first, after this place.
    UpdatedDescending(Option<(DateTime<Utc>, Uuid)>),
    /// By name, whatever its case and accents, after this place.
    Name(Option<(String, Uuid)>),
}

/// Which accounts to list.
#[derive(Debug, Default)]
pub struct Filter {
    /// Part of the name.
    pub q: Option<String>,
    /// Domain.
    pub domain: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Parent.
    pub parent_external_id: Option<String>,
    /// Those that were merged into this one, instead of those that stand.
    pub merged_into: Option<Uuid>,
    /// Changed at or after.
    pub updated_since: Option<DateTime<Utc>>,
}

/// Up to `limit` accounts.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, filter: Filter, order: Order, limit: u64) -> Result<Vec<Model>, DbErr> {
    let mut query = Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).limit(limit);
    query = query.filter(filter.merged_into.map_or_else(|| Column::MergedInto.is_null(), |survivor| Column::MergedInto.eq(survivor)));
    if let Some(q) = filter.q {
        query = query.filter(Expr::col(Column::SortName).like(LikeExpr::new(contains(&fold(&q))).escape('\\')));
    }
    if let Some(domain) = filter.domain {
        query = query.filter(of_domain(scope, &domain));
    }
    if let Some(country) = filter.country {
        query = query.filter(Column::Country.eq(country));
    }
    if let Some(parent) = filter.parent_external_id {
        query = query.filter(Column::ParentExternalId.eq(parent));
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(Column::UpdatedAt.gte(since));
    }
    match order {
        Order::Updated(after) => {
            let query = query.order_by_asc(Column::UpdatedAt).order_by_asc(Column::Id);
            let place =
                |(at, id): (DateTime<Utc>, Uuid)| Condition::any().add(Column::UpdatedAt.gt(at)).add(Column::UpdatedAt.eq(at).and(Column::Id.gt(id)));
            query.filter(after.map_or_else(Condition::all, place)).all(db).await
        }
        Order::UpdatedDescending(after) => {
            let query = query.order_by_desc(Column::UpdatedAt).order_by_desc(Column::Id);
            let place =
                |(at, id): (DateTime<Utc>, Uuid)| Condition::any().add(Column::UpdatedAt.lt(at)).add(Column::UpdatedAt.eq(at).and(Column::Id.lt(id)));
            query.filter(after.map_or_else(Condition::all, place)).all(db).await
        }
        Order::Name(after) => {
            let query = query.order_by_asc(Column::SortName).order_by_asc(Column::Id);
            let place = |(name, id): (String, Uuid)| {
                Condition::any().add(Column::SortName.gt(name.clone())).add(Column::SortName.eq(name).and(Column::Id.gt(id)))
            };
            query.filter(after.map_or_else(Condition::all, place)).all(db).await
        }
    }
}

/// Accounts of the same registrable domain; a free-mail domain is nobody's, so it is compared as written.
fn of_domain(scope: Scope, domain: &str) -> Condition {
    let keys = matching::exact_keys(&matching::Profile { domain: Some(domain), ..matching::Profile::named("") });
    match keys.first() {
        None => Condition::all().add(Column::Domain.eq(domain)),
        Some(exact) => {
            let mut ids = Query::select();
            ids.column(key::Column::AccountId).from(key::Entity);
            ids.and_where(key::Column::VendorId.eq(scope.vendor().0)).and_where(key::Column::Key.eq(exact.as_str()));
            Condition::all().add(Column::Id.in_subquery(ids))
        }
    }
}

/// The account that the CRM knows by this id, or the one into which that was merged.
pub async fn by_external_id(db: &impl ConnectionTrait, scope: Scope, external_id: &str) -> Result<Option<Model>, DbErr> {
    let of_vendor = || Entity::find().filter(Column::VendorId.eq(scope.vendor().0));
    let found = of_vendor().filter(Column::ExternalId.eq(external_id)).one(db).await?;
    match found.as_ref().and_then(|row| row.merged_into) {
        Some(survivor) => of_vendor().filter(Column::Id.eq(survivor)).one(db).await,
        None => Ok(found),
    }
}

/// The accounts that the CRM knows by these ids, or into which those were merged: our id and the CRM's own, by the id asked for. None of them
/// is merged until the write ends.
pub(crate) async fn surviving(tx: &kernel::Tx, external_ids: &[&str]) -> Result<HashMap<String, (Uuid, String)>, DbErr> {
    if external_ids.is_empty() {
        return Ok(HashMap::new());
    }
    let named = kept(tx).filter(Column::ExternalId.is_in(external_ids.iter().copied())).order_by_asc(Column::ExternalId).all(tx).await?;
    let survivors: Vec<_> = named.iter().filter_map(|row| row.merged_into).collect();
    let survivors = if survivors.is_empty() { Vec::new() } else { kept(tx).filter(Column::Id.is_in(survivors)).all(tx).await? };
    let surviving = |row: &Model| match row.merged_into {
        None => Some((row.id, row.external_id.clone())),
        Some(id) => survivors.iter().find(|survivor| survivor.id == id).map(|survivor| (id, survivor.external_id.clone())),
    };
    Ok(named.iter().filter_map(|row| Some((row.external_id.clone(), surviving(row)?))).collect())
}

/// The account that this one is by now: itself, or the one into which it was merged. It is not merged until the write ends.
pub async fn survivor_of(tx: &kernel::Tx, id: Uuid) -> Result<Option<Uuid>, DbErr> {
    let row = kept(tx).filter(Column::Id.eq(id)).one(tx).await?;
    Ok(row.map(|row| row.merged_into.unwrap_or(row.id)))
}

/// Accounts that are read so that no other write merges them meanwhile; their fields may change.
fn kept(tx: &kernel::Tx) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(tx.vendor().0)).lock(LockType::KeyShare)
}

/// The accounts that the CRM knows by these ids, held until the end of the write.
pub(crate) async fn hold(tx: &kernel::Tx, external_ids: &[&str]) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::VendorId.eq(tx.vendor().0))
        .filter(Column::ExternalId.is_in(external_ids.iter().copied()))
        .order_by_asc(Column::ExternalId)
        .lock_exclusive()
        .all(tx)
        .await
}

/// The accounts of these ids, held likewise.
pub(crate) async fn hold_ids(tx: &kernel::Tx, ids: &[Uuid]) -> Result<Vec<Model>, DbErr> {
    let these = Entity::find().filter(Column::VendorId.eq(tx.vendor().0)).filter(Column::Id.is_in(ids.iter().copied()));
    these.order_by_asc(Column::ExternalId).lock_exclusive().all(tx).await
}

/// Those of these ids of the CRM's whose accounts were merged: the survivor's id by theirs.
pub(crate) async fn redirects(tx: &kernel::Tx, external_ids: &[&str]) -> Result<HashMap<String, String>, DbErr> {
    if external_ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT m.external_id AS merged, a.external_id AS survivor FROM accounts m JOIN accounts a ON a.vendor_id = m.vendor_id AND a.id = m.merged_into \
         WHERE m.vendor_id = $1 AND m.external_id IN ({})",
        placeholders(2, external_ids.len())
    );
    let values = std::iter::once(tx.vendor().0.into()).chain(external_ids.iter().map(|id| (*id).into()));
    let rows = tx.query_all_raw(statement(tx, sql, values)).await?;
    rows.iter().map(|row| Ok((row.try_get("", "merged")?, row.try_get("", "survivor")?))).collect()
}

/// Accounts whose `column` is this, by id: at most `limit`.
pub(crate) async fn that_name(tx: &kernel::Tx, column: Column, value: impl Into<sea_orm::Value>, limit: u64) -> Result<Vec<Model>, DbErr> {
    let naming = Entity::find().filter(Column::VendorId.eq(tx.vendor().0)).filter(column.eq(value.into()));
    naming.order_by_asc(Column::Id).limit(limit).all(tx).await
}

/// Up to `limit` accounts after `after`, by id, without those that were merged.
pub async fn page(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<Model>, DbErr> {
    let standing = Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(Column::MergedInto.is_null());
    standing.filter(Column::Id.gt(after)).order_by_asc(Column::Id).limit(limit).all(db).await
}

/// Add accounts; says how many were really added, fewer if another write has just added some.
pub(crate) async fn insert(tx: &kernel::Tx, rows: &[Model]) -> Result<u64, DbErr> {
    let mut added = 0;
    for chunk in rows.chunks(CHUNK) {
        let skip = OnConflict::columns([Column::VendorId, Column::ExternalId]).do_nothing().to_owned();
        let insert = Entity::insert_many(chunk.iter().cloned().map(account::ActiveModel::from)).on_conflict(skip);
        added += insert.exec_without_returning(tx).await?;
    }
    Ok(added)
}

/// Write changed accounts, which the write holds, over what is stored.
pub(crate) async fn update(tx: &kernel::Tx, rows: &[Model]) -> Result<(), DbErr> {
    use Column::*;
    let fields = [Name, SortName, Domain, Country, Address, Phone, TaxId, ParentExternalId, Industry, CustomFields, MergedInto, Revision, UpdatedAt];
    for chunk in rows.chunks(CHUNK) {
        let over = OnConflict::columns([VendorId, Id]).update_columns(fields).to_owned();
        let rows = chunk.iter().cloned().map(account::ActiveModel::from);
        Entity::insert_many(rows).on_conflict(over).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Put these keys in place of whatever the accounts had.
pub(crate) async fn replace_keys(tx: &kernel::Tx, had: &[Uuid], mut keys: Vec<(String, Uuid)>) -> Result<(), DbErr> {
    if !had.is_empty() {
        let stale = key::Entity::delete_many().filter(key::Column::VendorId.eq(tx.vendor().0));
        stale.filter(key::Column::AccountId.is_in(had.iter().copied())).exec(tx).await?;
    }
    keys.sort();
    for chunk in keys.chunks(CHUNK) {
        let row = |(key, account_id): &(String, Uuid)| key::Model { vendor_id: tx.vendor().0, key: key.clone(), account_id: *account_id };
        let rows = chunk.iter().map(row).map(key::ActiveModel::from);
        key::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// An account found by one of its exact keys.
#[derive(Debug, Clone)]
pub struct AccountHit {
    /// The key that led to it.
    pub key: String,
    /// The account.
    pub account: Model,
}

/// Accounts that share any of these exact keys (see [`matching::exact_keys`]); one hit per account and key. One query.
pub async fn accounts_by_keys(db: &impl ConnectionTrait, scope: Scope, keys: &[String]) -> Result<Vec<AccountHit>, DbErr> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT k.key AS found_by, a.vendor_id, a.id, a.external_id, a.name, a.sort_name, a.domain, a.country, a.address, a.phone, a.tax_id, \
         a.parent_external_id, a.industry, a.custom_fields, a.merged_into, a.revision, a.created_at, a.updated_at \
         FROM account_keys k JOIN accounts a ON a.vendor_id = k.vendor_id AND a.id = k.account_id \
         WHERE k.vendor_id = $1 AND k.key IN ({}) ORDER BY k.key, k.account_id LIMIT 1000",
        placeholders(2, keys.len())
    );
    let values = std::iter::once(scope.vendor().0.into()).chain(keys.iter().map(|key| key.as_str().into()));
    let rows = db.query_all_raw(statement(db, sql, values)).await?;
    rows.iter().map(|row| Ok(AccountHit { key: row.try_get("", "found_by")?, account: Model::from_query_result(row, "")? })).collect()
}

/// The accounts of these ids that were not merged, in no particular order. One query.
pub async fn accounts_by_ids(db: &impl ConnectionTrait, scope: Scope, ids: &[Uuid]) -> Result<Vec<Model>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let standing = Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(Column::MergedInto.is_null());
    standing.filter(Column::Id.is_in(ids.iter().copied())).all(db).await
}

/// Ids and names of up to `limit` of a vendor's accounts after `after`, by id: pages for an index of names. One query.
pub async fn account_names(db: &impl ConnectionTrait, vendor: VendorId, after: Option<Uuid>, limit: u64) -> Result<Vec<(Uuid, String)>, DbErr> {
    let mut query = Entity::find().select_only().columns([Column::Id, Column::Name]).filter(Column::VendorId.eq(vendor.0));
    query = query.filter(Column::MergedInto.is_null());
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after));
    }
    query.order_by_asc(Column::Id).limit(limit).into_tuple().all(db).await
}
