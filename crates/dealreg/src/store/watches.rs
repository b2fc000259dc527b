//! Who waits for whose customer to be free.

use crate::DealId;
use crate::watch::{DealWatch, DealWatchStatus};
use chrono::{DateTime, Utc};
use kernel::Problem;
use kernel::Tx;
use kernel::id::{PartnerId, VendorId};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DbErr, ExprTrait as _, QueryOrder, QuerySelect, Statement};

/// The table of watches.
pub mod watch {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "deal_watches")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub deal_id: Uuid,
        pub partner_id: Uuid,
        pub waits_for: Uuid,
        pub status: String,
        pub asked_at: DateTime<Utc>,
        pub turn: Uuid,
        pub offered_until: Option<DateTime<Utc>>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use watch::Model as WatchRow;

impl WatchRow {
    /// The deal that waits.
    pub fn deal(&self) -> DealId {
        DealId(self.deal_id)
    }

    /// Where it stands.
    pub fn status(&self) -> Result<DealWatchStatus, Problem> {
        serde_json::from_value(self.status.clone().into()).map_err(Problem::internal)
    }

    /// Whether it still counts.
    pub fn is_open(&self) -> bool {
        self.status == "waiting" || self.status == "offered"
    }

    /// As it goes over the wire.
    pub async fn told(&self, db: &impl ConnectionTrait) -> Result<DealWatch, Problem> {
        let status = self.status()?;
        let ahead = if status == DealWatchStatus::Waiting { ahead(db, self).await? } else { 0 };
        let offered_until = self.offered_until.filter(|_| status == DealWatchStatus::Offered);
        Ok(DealWatch { deal_id: self.deal(), status, asked_at: self.asked_at, ahead, offered_until })
    }
}

fn of(vendor: Uuid) -> sea_orm::Select<watch::Entity> {
    watch::Entity::find().filter(watch::Column::VendorId.eq(vendor))
}

/// The watch of a deal.
pub async fn find(db: &impl ConnectionTrait, vendor: VendorId, deal: DealId) -> Result<Option<WatchRow>, DbErr> {
    of(vendor.0).filter(watch::Column::DealId.eq(deal.0)).one(db).await
}

fn waiting(vendor: Uuid, holder: Uuid) -> sea_orm::Select<watch::Entity> {
    of(vendor).filter(watch::Column::WaitsFor.eq(holder)).filter(watch::Column::Status.eq("waiting"))
}

/// Who has waited longest for what this deal holds.
pub async fn first(tx: &Tx, holder: Uuid) -> Result<Option<WatchRow>, DbErr> {
    waiting(tx.vendor().0, holder).order_by_asc(watch::Column::AskedAt).order_by_asc(watch::Column::Turn).limit(1).one(tx).await
}

async fn ahead(db: &impl ConnectionTrait, row: &WatchRow) -> Result<u64, DbErr> {
    use watch::Column::{AskedAt, Status, Turn};
    let earlier = sea_orm::Condition::any().add(AskedAt.lt(row.asked_at)).add(AskedAt.eq(row.asked_at).and(Turn.lt(row.turn)));
    let open = of(row.vendor_id).filter(watch::Column::WaitsFor.eq(row.waits_for)).filter(Status.is_in(["waiting", "offered"]));
    open.filter(earlier).count(db).await
}

/// Store a watch, in place of one that is over.
pub async fn put(tx: &Tx, row: &WatchRow) -> Result<(), DbErr> {
    let sql = "INSERT INTO deal_watches (vendor_id, deal_id, partner_id, waits_for, status, asked_at, turn, offered_until) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (vendor_id, deal_id) DO UPDATE SET waits_for = excluded.waits_for, \
        status = excluded.status, asked_at = excluded.asked_at, turn = excluded.turn, offered_until = excluded.offered_until";
    let row = row.clone();
    let values = [
        row.vendor_id.into(),
        row.deal_id.into(),
        row.partner_id.into(),
        row.waits_for.into(),
        row.status.into(),
        row.asked_at.into(),
        row.turn.into(),
        row.offered_until.into(),
    ];
    run(tx, sql, values).await.map(|_| ())
}

/// Take a watch out; `false` if there is none.
pub async fn delete(tx: &Tx, deal: DealId) -> Result<bool, DbErr> {
    let sql = "DELETE FROM deal_watches WHERE vendor_id = $1 AND deal_id = $2";
    Ok(run(tx, sql, [tx.vendor().0.into(), deal.0.into()]).await? == 1)
}

/// Whoever waits for what one deal held waits for another's end now.
pub async fn repoint(tx: &Tx, from: Uuid, to: Uuid) -> Result<(), DbErr> {
    let sql = "UPDATE deal_watches SET waits_for = $3 WHERE vendor_id = $1 AND waits_for = $2 AND status = 'waiting'";
    run(tx, sql, [tx.vendor().0.into(), from.into(), to.into()]).await.map(|_| ())
}

/// Nobody need wait for this any more.
pub async fn close_all(tx: &Tx, holder: Uuid) -> Result<(), DbErr> {
    let sql = "UPDATE deal_watches SET status = 'closed' WHERE vendor_id = $1 AND waits_for = $2 AND status = 'waiting'";
    run(tx, sql, [tx.vendor().0.into(), holder.into()]).await.map(|_| ())
}

/// Let go of what is kept for a deal, and of nothing that it waits for in review.
pub async fn unreserve(tx: &Tx, deal: DealId) -> Result<(), DbErr> {
    let sql = "DELETE FROM deal_claims WHERE vendor_id = $1 AND deal_id = $2";
    run(tx, sql, [tx.vendor().0.into(), deal.0.into()]).await.map(|_| ())
}

/// Let go of what is kept for the other deals of a partner; returns how many keys that were.
pub async fn unreserve_for(tx: &Tx, partner: PartnerId) -> Result<u64, DbErr> {
    let sql = "DELETE FROM deal_claims WHERE vendor_id = $1 AND partner_id = $2 AND deal_id IN \
        (SELECT deal_id FROM deal_watches WHERE vendor_id = $1 AND partner_id = $2 AND status = 'offered')";
    run(tx, sql, [tx.vendor().0.into(), partner.0.into()]).await
}

async fn run<const N: usize>(tx: &Tx, sql: &str, values: [sea_orm::Value; N]) -> Result<u64, DbErr> {
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|done| done.rows_affected())
}
