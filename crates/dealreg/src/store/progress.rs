//! Progress, activities and requests for more time.

use crate::DealId;
use crate::extension::{DealExtensionId, DealExtensionRequest, DealExtensionStatus};
use crate::progress::Standing;
use chrono::{DateTime, Utc};
use kernel::id::VendorId;
use kernel::{Problem, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DbErr, IntoActiveModel as _, QueryOrder, QueryResult, QuerySelect, Statement};

/// The table of activities.
pub mod activity {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "deal_activities")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub deal_id: Uuid,
        pub kind: String,
        pub on_day: String,
        pub note: Option<String>,
        pub side: String,
        pub actor_kind: String,
        pub actor_id: String,
        pub created_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of requests for more time.
pub mod extension {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "deal_extensions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub deal_id: Uuid,
        pub status: String,
        pub days: i64,
        pub reason: String,
        pub code: String,
        pub sentence: String,
        pub rule: Option<String>,
        pub requested_at: DateTime<Utc>,
        pub decided_at: Option<DateTime<Utc>>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use activity::Model as ActivityRow;
pub use extension::Model as ExtensionRow;

fn standing(row: &QueryResult) -> Result<Standing, DbErr> {
    Ok(Standing {
        progressed_at: row.try_get("", "progressed_at")?,
        kind: row.try_get("", "kind")?,
        looked_at: row.try_get("", "looked_at")?,
        warned_at: row.try_get("", "warned_at")?,
    })
}

/// How far a deal has come; nothing is known of one that was approved before progress was recorded.
pub async fn find(db: &impl ConnectionTrait, vendor: VendorId, deal: DealId) -> Result<Option<Standing>, DbErr> {
    let sql = "SELECT progressed_at, kind, looked_at, warned_at FROM deal_progress WHERE vendor_id = $1 AND deal_id = $2";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into(), deal.0.into()])).await?;
    row.as_ref().map(standing).transpose()
}

/// The deal is looked at now: what is known of it, beginning now if nothing was.
pub async fn look(tx: &Tx, deal: DealId) -> Result<Standing, DbErr> {
    let sql = "INSERT INTO deal_progress (vendor_id, deal_id, progressed_at, kind, looked_at) VALUES ($1, $2, $3, 'approved', $3) \
        ON CONFLICT (vendor_id, deal_id) DO UPDATE SET looked_at = excluded.looked_at RETURNING progressed_at, kind, looked_at, warned_at";
    let values = [tx.vendor().0.into(), deal.0.into(), tx.now().into()];
    let row = tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    standing(&row.ok_or_else(|| DbErr::RecordNotFound("a deal's progress was not returned".into()))?)
}

/// The deal has come further, at this time at the latest.
pub async fn advance(tx: &Tx, deal: DealId, at: DateTime<Utc>, kind: &str) -> Result<(), DbErr> {
    let sql = "INSERT INTO deal_progress (vendor_id, deal_id, progressed_at, kind, looked_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (vendor_id, deal_id) DO UPDATE SET progressed_at = excluded.progressed_at, kind = excluded.kind, warned_at = NULL \
        WHERE deal_progress.progressed_at < excluded.progressed_at";
    run(tx, sql, [tx.vendor().0.into(), deal.0.into(), at.into(), kind.into(), tx.now().into()]).await.map(|_| ())
}

/// Its partner is warned now.
pub async fn warned(tx: &Tx, deal: DealId) -> Result<(), DbErr> {
    let sql = "UPDATE deal_progress SET warned_at = $3 WHERE vendor_id = $1 AND deal_id = $2";
    run(tx, sql, [tx.vendor().0.into(), deal.0.into(), tx.now().into()]).await.map(|_| ())
}

async fn run<const N: usize>(tx: &Tx, sql: &str, values: [sea_orm::Value; N]) -> Result<u64, DbErr> {
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|done| done.rows_affected())
}

fn activities(vendor: VendorId, deal: DealId) -> sea_orm::Select<activity::Entity> {
    activity::Entity::find().filter(activity::Column::VendorId.eq(vendor.0)).filter(activity::Column::DealId.eq(deal.0))
}

/// Store an activity.
pub async fn insert_activity(tx: &Tx, row: &ActivityRow) -> Result<(), DbErr> {
    activity::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// How many activities a deal has.
pub async fn count_activities(db: &impl ConnectionTrait, vendor: VendorId, deal: DealId) -> Result<u64, DbErr> {
    let sql = "SELECT COUNT(*) AS count FROM deal_activities WHERE vendor_id = $1 AND deal_id = $2";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into(), deal.0.into()])).await?;
    row.map_or(Ok(0), |row| row.try_get::<i64>("", "count").map(|count| count.unsigned_abs()))
}

/// Up to `limit` activities of a deal before `before`, the latest recorded first.
pub async fn list_activities(
    db: &impl ConnectionTrait,
    vendor: VendorId,
    deal: DealId,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<ActivityRow>, DbErr> {
    let mut find = activities(vendor, deal);
    if let Some(before) = before {
        find = find.filter(activity::Column::Id.lt(before));
    }
    find.order_by_desc(activity::Column::Id).limit(limit).all(db).await
}

fn extensions(vendor: VendorId, deal: DealId) -> sea_orm::Select<extension::Entity> {
    extension::Entity::find().filter(extension::Column::VendorId.eq(vendor.0)).filter(extension::Column::DealId.eq(deal.0))
}

/// Up to `limit` requests of a deal before `before`, the latest first.
pub async fn list_extensions(
    db: &impl ConnectionTrait,
    vendor: VendorId,
    deal: DealId,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<ExtensionRow>, DbErr> {
    let mut find = extensions(vendor, deal);
    if let Some(before) = before {
        find = find.filter(extension::Column::Id.lt(before));
    }
    find.order_by_desc(extension::Column::Id).limit(limit).all(db).await
}

/// The request of a deal that nobody has answered.
pub async fn open_extension(db: &impl ConnectionTrait, vendor: VendorId, deal: DealId) -> Result<Option<ExtensionRow>, DbErr> {
    extensions(vendor, deal).filter(extension::Column::Status.eq("open")).one(db).await
}

/// Store a request; `false` if another is open.
pub async fn insert_extension(tx: &Tx, row: &ExtensionRow) -> Result<bool, DbErr> {
    let sql = "INSERT INTO deal_extensions (vendor_id, id, deal_id, status, days, reason, code, sentence, rule, requested_at, decided_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
    let row = row.clone();
    let values = [
        row.vendor_id.into(),
        row.id.into(),
        row.deal_id.into(),
        row.status.into(),
        row.days.into(),
        row.reason.into(),
        row.code.into(),
        row.sentence.into(),
        row.rule.into(),
        row.requested_at.into(),
        row.decided_at.into(),
    ];
    Ok(run(tx, sql, values).await? == 1)
}

/// Answer an open request; `false` if somebody was faster.
pub async fn answer_extension(tx: &Tx, row: &ExtensionRow) -> Result<bool, DbErr> {
    let sql = "UPDATE deal_extensions SET status = $3, days = $4, code = $5, sentence = $6, decided_at = $7 \
        WHERE vendor_id = $1 AND id = $2 AND status = 'open'";
    let row = row.clone();
    let values =
        [row.vendor_id.into(), row.id.into(), row.status.into(), row.days.into(), row.code.into(), row.sentence.into(), row.decided_at.into()];
    Ok(run(tx, sql, values).await? == 1)
}

/// Whatever is open of a deal is open no more.
pub async fn lapse_extensions(tx: &Tx, deal: DealId, status: DealExtensionStatus) -> Result<(), DbErr> {
    let sql = "UPDATE deal_extensions SET status = $3, decided_at = $4 WHERE vendor_id = $1 AND deal_id = $2 AND status = 'open'";
    run(tx, sql, [tx.vendor().0.into(), deal.0.into(), status.wire().into(), tx.now().into()]).await.map(|_| ())
}

impl ExtensionRow {
    /// As it goes over the wire, to somebody who may decide or not.
    pub fn told(&self, decides: bool) -> Result<DealExtensionRequest, Problem> {
        let status: DealExtensionStatus = serde_json::from_value(self.status.clone().into()).map_err(Problem::internal)?;
        let actions: &[&str] = if decides && status == DealExtensionStatus::Open { &["decline-extension", "grant-extension"] } else { &[] };
        Ok(DealExtensionRequest {
            id: DealExtensionId(self.id),
            deal_id: DealId(self.deal_id),
            status,
            days: self.days,
            reason: self.reason.clone(),
            code: self.code.clone(),
            sentence: self.sentence.clone(),
            rule: self.rule.clone(),
            requested_at: self.requested_at,
            decided_at: self.decided_at,
            available_actions: actions.iter().map(ToString::to_string).collect(),
        })
    }
}
