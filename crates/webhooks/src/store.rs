//! Endpoints and deliveries as rows, and how the API reads and changes them.
//! What the deliverer writes is in [`crate::record`].

use chrono::{DateTime, Utc};
use kernel::id::VendorId;
use kernel::{Problem, Tx};
use sea_orm::ExprTrait as _;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, Statement};

/// The table of endpoints.
pub mod endpoint {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook_endpoints")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub url: String,
        pub description: String,
        pub event_types: String,
        pub ordered: bool,
        pub status: String,
        pub status_reason: Option<String>,
        pub secrets: Vec<u8>,
        pub public_key: String,
        pub cursor: i64,
        pub rewound_from: i64,
        pub wake_at: Option<DateTime<Utc>>,
        pub failing_since: Option<DateTime<Utc>>,
        pub lease_owner: Option<Uuid>,
        pub lease_until: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of deliveries, each with its last attempt.
pub mod delivery {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook_deliveries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub endpoint_id: Uuid,
        pub sequence: i64,
        pub event_id: Uuid,
        pub event_type: String,
        pub subject_id: String,
        pub status: String,
        pub attempts: i64,
        pub failures: i64,
        pub next_attempt_at: Option<DateTime<Utc>>,
        pub attempted_at: Option<DateTime<Utc>>,
        pub response_status: Option<i32>,
        pub response_excerpt: Option<String>,
        pub error: Option<String>,
        pub duration_ms: Option<i64>,
        pub created_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of the attempts before a delivery's last.
pub mod attempt {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook_attempts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub delivery_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub at: DateTime<Utc>,
        pub response_status: Option<i32>,
        pub response_excerpt: Option<String>,
        pub error: Option<String>,
        pub duration_ms: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl endpoint::Model {
    /// The types that it asked for.
    pub fn types(&self) -> Vec<String> {
        serde_json::from_str(&self.event_types).unwrap_or_default()
    }
}

/// Run one statement; returns how many rows it changed.
pub(crate) async fn execute(db: &impl ConnectionTrait, sql: impl Into<String>, values: Vec<sea_orm::Value>) -> Result<u64, DbErr> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await.map(|done| done.rows_affected())
}

/// An endpoint of the vendor that was not deleted.
pub async fn endpoint(db: &impl ConnectionTrait, vendor: VendorId, id: Uuid) -> Result<Option<endpoint::Model>, DbErr> {
    let this = endpoint::Column::VendorId.eq(vendor.0).and(endpoint::Column::Id.eq(id));
    endpoint::Entity::find().filter(this.and(endpoint::Column::Status.ne("deleted"))).one(db).await
}

/// Endpoints of the vendor, newest first, from before `before`.
pub async fn endpoints(db: &impl ConnectionTrait, vendor: VendorId, before: Option<Uuid>, limit: u64) -> Result<Vec<endpoint::Model>, DbErr> {
    let mut rows = endpoint::Column::VendorId.eq(vendor.0).and(endpoint::Column::Status.ne("deleted"));
    if let Some(before) = before {
        rows = rows.and(endpoint::Column::Id.lt(before));
    }
    endpoint::Entity::find().filter(rows).order_by_desc(endpoint::Column::Id).limit(limit).all(db).await
}

/// How many endpoints the vendor has.
pub async fn count(tx: &Tx) -> Result<u64, DbErr> {
    let rows = endpoint::Column::VendorId.eq(tx.vendor().0).and(endpoint::Column::Status.ne("deleted"));
    endpoint::Entity::find().filter(rows).count(tx).await
}

/// Write what the API may change of an endpoint; 412 if another write came first. Lease and cursor are not touched.
pub async fn change(tx: &Tx, row: &endpoint::Model) -> Result<(), Problem> {
    let sql = "UPDATE webhook_endpoints SET url = $3, description = $4, event_types = $5, ordered = $6, status = $7, status_reason = $8, \
        secrets = $9, public_key = $10, failing_since = $11, revision = $12, updated_at = $13 WHERE vendor_id = $1 AND id = $2 AND revision = $12 - 1";
    let values = vec![
        row.vendor_id.into(),
        row.id.into(),
        row.url.clone().into(),
        row.description.clone().into(),
        row.event_types.clone().into(),
        row.ordered.into(),
        row.status.clone().into(),
        row.status_reason.clone().into(),
        row.secrets.clone().into(),
        row.public_key.clone().into(),
        row.failing_since.into(),
        row.revision.into(),
        row.updated_at.into(),
    ];
    if execute(tx, sql, values).await? == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

/// Set an endpoint's cursor back to `cursor`.
pub async fn rewind(tx: &Tx, id: Uuid, cursor: i64) -> Result<(), DbErr> {
    let sql = "UPDATE webhook_endpoints SET rewound_from = CASE WHEN cursor > rewound_from THEN cursor ELSE rewound_from END, cursor = $3 \
        WHERE vendor_id = $1 AND id = $2";
    execute(tx, sql, vec![tx.vendor().0.into(), id.into(), cursor.into()]).await.map(|_| ())
}

/// Let go of the deliveries that were held back for order.
pub async fn release_held(tx: &Tx, id: Uuid) -> Result<(), DbErr> {
    let sql = "UPDATE webhook_deliveries SET next_attempt_at = $3 WHERE vendor_id = $1 AND endpoint_id = $2 AND status = 'pending' \
        AND status <> 'succeeded' AND next_attempt_at IS NULL";
    wake(tx, id).await?;
    execute(tx, sql, vec![tx.vendor().0.into(), id.into(), tx.now().into()]).await.map(|_| ())
}

/// Make what failed due now, so that an endpoint that works again need not wait for its schedule. What is beyond
/// 10,000 deliveries keeps to the schedule: this is one write.
pub async fn hasten(tx: &Tx, id: Uuid) -> Result<(), DbErr> {
    let sql = "UPDATE webhook_deliveries SET next_attempt_at = $3 WHERE vendor_id = $1 AND id IN (SELECT id FROM webhook_deliveries \
        WHERE vendor_id = $1 AND endpoint_id = $2 AND next_attempt_at IS NOT NULL ORDER BY next_attempt_at LIMIT 10000)";
    wake(tx, id).await?;
    execute(tx, sql, vec![tx.vendor().0.into(), id.into(), tx.now().into()]).await.map(|_| ())
}

/// Have the deliverer look at this endpoint's deliveries now.
pub async fn wake(tx: &Tx, id: Uuid) -> Result<(), DbErr> {
    let sql = "UPDATE webhook_endpoints SET wake_at = $3 WHERE vendor_id = $1 AND id = $2";
    execute(tx, sql, vec![tx.vendor().0.into(), id.into(), tx.now().into()]).await.map(|_| ())
}

/// A delivery of the vendor.
pub async fn delivery(db: &impl ConnectionTrait, vendor: VendorId, id: Uuid) -> Result<Option<delivery::Model>, DbErr> {
    delivery::Entity::find_by_id((vendor.0, id)).one(db).await
}

/// Which deliveries of an endpoint to list.
#[derive(Debug, Default)]
pub struct Wanted {
    /// In this status.
    pub status: Option<&'static str>,
    /// Of events of this type.
    pub event_type: Option<String>,
    /// From before this one.
    pub before: Option<Uuid>,
}

/// Deliveries of an endpoint, those of the newest events first.
pub async fn deliveries(
    db: &impl ConnectionTrait,
    vendor: VendorId,
    endpoint: Uuid,
    wanted: &Wanted,
    limit: u64,
) -> Result<Vec<delivery::Model>, DbErr> {
    use delivery::Column;
    let mut rows = Column::VendorId.eq(vendor.0).and(Column::EndpointId.eq(endpoint));
    if let Some(status) = wanted.status {
        rows = rows.and(Column::Status.eq(status));
        if status != "succeeded" {
            // Said in so many words, for the index over what is not settled.
            rows = rows.and(sea_orm::sea_query::Expr::cust("status <> 'succeeded'"));
        }
    }
    if let Some(kind) = &wanted.event_type {
        rows = rows.and(Column::EventType.eq(kind));
    }
    if let Some(before) = wanted.before {
        rows = rows.and(Column::Id.lt(before));
    }
    delivery::Entity::find().filter(rows).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// The attempts of a delivery before its last, in order.
pub async fn attempts(db: &impl ConnectionTrait, delivery: &delivery::Model) -> Result<Vec<attempt::Model>, DbErr> {
    let of = attempt::Column::VendorId.eq(delivery.vendor_id).and(attempt::Column::DeliveryId.eq(delivery.id));
    attempt::Entity::find().filter(of).order_by_asc(attempt::Column::Number).all(db).await
}

/// Make a delivery due now. One that was settled begins its schedule anew.
pub async fn resend(tx: &Tx, row: &delivery::Model) -> Result<(), DbErr> {
    let sql = "UPDATE webhook_deliveries SET status = 'retrying', failures = $3, next_attempt_at = $4 WHERE vendor_id = $1 AND id = $2";
    // The endpoint first, as the deliverer does: two orders would be a deadlock.
    wake(tx, row.endpoint_id).await?;
    execute(tx, sql, vec![row.vendor_id.into(), row.id.into(), row.failures.into(), tx.now().into()]).await.map(|_| ())
}
