//! The table of opportunities, and the only queries on it.

use super::{DEAL, OpportunityPut, OpportunityStatus};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::VendorId;
use kernel::{Money, Scope};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, OnConflict};
use sea_orm::{Condition, QueryOrder, QuerySelect};

/// Rows of one multi-row insert: SQLite takes no more than 32,766 variables in a statement.
const CHUNK: usize = 1_000;

/// The table of opportunities.
pub mod opportunity {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "opportunities")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub external_id: String,
        pub account_id: Option<Uuid>,
        pub account_external_id: Option<String>,
        pub deal_id: Option<Uuid>,
        pub name: String,
        pub status: String,
        pub stage: Option<String>,
        pub product: Option<String>,
        pub amount: Option<i64>,
        pub currency: Option<String>,
        pub owner: Option<String>,
        pub opened_on: Option<String>,
        pub closes_on: Option<String>,
        pub custom_fields: String,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use opportunity::{Column, Entity, Model};

impl Model {
    /// A new opportunity.
    pub(crate) fn new(vendor: VendorId, external_id: String, put: OpportunityPut, account: Option<Uuid>, now: DateTime<Utc>) -> Self {
        let blank = Self {
            vendor_id: vendor.0,
            id: kernel::id::fresh(),
            external_id,
            account_id: None,
            account_external_id: None,
            deal_id: None,
            name: String::new(),
            status: String::new(),
            stage: None,
            product: None,
            amount: None,
            currency: None,
            owner: None,
            opened_on: None,
            closes_on: None,
            custom_fields: String::new(),
            revision: 0,
            created_at: now,
            updated_at: now,
        };
        blank.with(put, account, now)
    }

    /// The same opportunity with other fields: its next revision.
    pub(crate) fn with(self, put: OpportunityPut, account: Option<Uuid>, now: DateTime<Utc>) -> Self {
        Self {
            account_id: account,
            account_external_id: put.account_external_id,
            deal_id: put.deal_id.and_then(|id| kernel::id::read(DEAL, &id).ok()),
            name: put.name,
            status: put.status.wire().to_owned(),
            stage: put.stage,
            product: put.product,
            currency: put.amount.as_ref().map(|money| money.currency.code().to_owned()),
            amount: put.amount.map(|money| money.amount),
            owner: put.owner,
            opened_on: put.opened_on.map(|day| day.to_string()),
            closes_on: put.closes_on.map(|day| day.to_string()),
            custom_fields: serde_json::Value::Object(put.custom_fields).to_string(),
            revision: self.revision + 1,
            updated_at: now,
            ..self
        }
    }

    /// Its fields as they were put.
    pub(crate) fn put(&self) -> OpportunityPut {
        OpportunityPut {
            account_external_id: self.account_external_id.clone(),
            deal_id: self.deal_id.map(|id| kernel::id::write(DEAL, id)),
            name: self.name.clone(),
            status: OpportunityStatus::read(&self.status),
            stage: self.stage.clone(),
            product: self.product.clone(),
            amount: self.money(),
            owner: self.owner.clone(),
            opened_on: day(self.opened_on.as_deref()),
            closes_on: day(self.closes_on.as_deref()),
            custom_fields: serde_json::from_str(&self.custom_fields).unwrap_or_default(),
        }
    }

    /// What it is worth, if that is known.
    pub fn money(&self) -> Option<Money> {
        Some(Money { amount: self.amount?, currency: self.currency.as_deref()?.parse().ok()? })
    }
}

fn day(text: Option<&str>) -> Option<NaiveDate> {
    text.and_then(|text| text.parse().ok())
}

/// Which opportunities to list.
#[derive(Debug, Default)]
pub struct Filter {
    /// How they stand.
    pub status: Option<OpportunityStatus>,
    /// Whose they are.
    pub account_external_id: Option<String>,
    /// The deal that they came from.
    pub deal_id: Option<Uuid>,
    /// Their stage.
    pub stage: Option<String>,
    /// Changed at or after.
    pub updated_since: Option<DateTime<Utc>>,
}

/// Where a page begins: after the row changed at this time with this id.
pub type Place = Option<(DateTime<Utc>, Uuid)>;

/// Up to `limit` opportunities after `after`, latest change first or last.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, filter: Filter, descending: bool, after: Place, limit: u64) -> Result<Vec<Model>, DbErr> {
    let mut query = Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(scope.limit_by_deal(Column::DealId)).limit(limit);
    if let Some(status) = filter.status {
        query = query.filter(Column::Status.eq(status.wire()));
    }
    if let Some(account) = filter.account_external_id {
        query = query.filter(Column::AccountExternalId.eq(account));
    }
    if let Some(deal) = filter.deal_id {
        query = query.filter(Column::DealId.eq(deal));
    }
    if let Some(stage) = filter.stage {
        query = query.filter(Column::Stage.eq(stage));
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(Column::UpdatedAt.gte(since));
    }
    if let Some((at, id)) = after {
        let (later, beyond) = if descending { (Column::UpdatedAt.lt(at), Column::Id.lt(id)) } else { (Column::UpdatedAt.gt(at), Column::Id.gt(id)) };
        query = query.filter(Condition::any().add(later).add(Column::UpdatedAt.eq(at).and(beyond)));
    }
    let query = if descending {
        query.order_by_desc(Column::UpdatedAt).order_by_desc(Column::Id)
    } else {
        query.order_by_asc(Column::UpdatedAt).order_by_asc(Column::Id)
    };
    query.all(db).await
}

/// The opportunity that the CRM knows by this id.
pub async fn by_external_id(db: &impl ConnectionTrait, scope: Scope, external_id: &str) -> Result<Option<Model>, DbErr> {
    let visible = Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(scope.limit_by_deal(Column::DealId));
    visible.filter(Column::ExternalId.eq(external_id)).one(db).await
}

/// The opportunities that the CRM knows by these ids, held until the end of the write.
pub(crate) async fn hold(tx: &kernel::Tx, external_ids: &[&str]) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::VendorId.eq(tx.vendor().0))
        .filter(Column::ExternalId.is_in(external_ids.iter().copied()))
        .order_by_asc(Column::ExternalId)
        .lock_exclusive()
        .all(tx)
        .await
}

/// Add opportunities; says how many were really added, fewer if another write has just added some.
pub(crate) async fn insert(tx: &kernel::Tx, rows: &[Model]) -> Result<u64, DbErr> {
    let mut added = 0;
    for chunk in rows.chunks(CHUNK) {
        let skip = OnConflict::columns([Column::VendorId, Column::ExternalId]).do_nothing().to_owned();
        let insert = Entity::insert_many(chunk.iter().cloned().map(opportunity::ActiveModel::from)).on_conflict(skip);
        added += insert.exec_without_returning(tx).await?;
    }
    Ok(added)
}

/// Write changed opportunities, which the write holds, over what is stored.
pub(crate) async fn update(tx: &kernel::Tx, rows: &[Model]) -> Result<(), DbErr> {
    use Column::*;
    let fields = [
        AccountId,
        AccountExternalId,
        DealId,
        Name,
        Status,
        Stage,
        Product,
        Amount,
        Currency,
        Owner,
        OpenedOn,
        ClosesOn,
        CustomFields,
        Revision,
        UpdatedAt,
    ];
    for chunk in rows.chunks(CHUNK) {
        let over = OnConflict::columns([VendorId, Id]).update_columns(fields).to_owned();
        let rows = chunk.iter().cloned().map(opportunity::ActiveModel::from);
        Entity::insert_many(rows).on_conflict(over).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Opportunities that somebody works on, by id: up to `limit` after `after`.
pub(crate) async fn owned(db: &impl ConnectionTrait, vendor: VendorId, after: Uuid, limit: u64) -> Result<Vec<Model>, DbErr> {
    let find = Entity::find().filter(Column::VendorId.eq(vendor.0)).filter(Column::Owner.is_not_null()).filter(Column::Id.gt(after));
    find.order_by_asc(Column::Id).limit(limit).all(db).await
}

/// Opportunities of an account, by id: at most `limit`.
pub(crate) async fn of_account(tx: &kernel::Tx, account: Uuid, limit: u64) -> Result<Vec<Model>, DbErr> {
    let of = Entity::find().filter(Column::VendorId.eq(tx.vendor().0)).filter(Column::AccountId.eq(account));
    of.order_by_asc(Column::Id).limit(limit).all(tx).await
}

/// Those of these opportunities that are still an account's, held until the end of the write.
pub(crate) async fn hold_of_account(tx: &kernel::Tx, ids: &[Uuid], account: Uuid) -> Result<Vec<Model>, DbErr> {
    let of = Entity::find().filter(Column::VendorId.eq(tx.vendor().0)).filter(Column::AccountId.eq(account));
    of.filter(Column::Id.is_in(ids.iter().copied())).order_by_asc(Column::ExternalId).lock_exclusive().all(tx).await
}

/// Up to `limit` open opportunities after `after`, by id.
pub async fn open_page(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<Model>, DbErr> {
    let open = Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(Column::Status.eq(OpportunityStatus::Open.wire()));
    open.filter(Column::Id.gt(after)).order_by_asc(Column::Id).limit(limit).all(db).await
}

/// Open opportunities of these accounts, latest change first, at most a thousand. One query.
pub async fn open_opportunities(db: &impl ConnectionTrait, scope: Scope, account_ids: &[Uuid]) -> Result<Vec<Model>, DbErr> {
    if account_ids.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find()
        .filter(Column::VendorId.eq(scope.vendor().0))
        .filter(Column::AccountId.is_in(account_ids.iter().copied()))
        .filter(Column::Status.eq(OpportunityStatus::Open.wire()))
        .order_by_desc(Column::UpdatedAt)
        .order_by_desc(Column::Id)
        .limit(1_000)
        .all(db)
        .await
}

/// Opportunities that are linked to any of these deals, latest change first, at most a thousand. One query.
pub async fn opportunities_of_deals(db: &impl ConnectionTrait, scope: Scope, deal_ids: &[Uuid]) -> Result<Vec<Model>, DbErr> {
    if deal_ids.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find()
        .filter(Column::VendorId.eq(scope.vendor().0))
        .filter(Column::DealId.is_in(deal_ids.iter().copied()))
        .order_by_desc(Column::UpdatedAt)
        .order_by_desc(Column::Id)
        .limit(1_000)
        .all(db)
        .await
}
