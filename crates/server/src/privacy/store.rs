//! The table of erasures, and what happens to them. They hold no personal data.

use super::ErasureId;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::{PersonId, VendorId};
use kernel::log::EventKind;
use kernel::{Event, Subject, Tx};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How far an erasure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasureStatus {
    /// Nobody is shown the data any more; copies in the database's own files are being removed.
    Running,
    /// Nothing is left.
    Finished,
}

/// An erasure of somebody's data.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "era_01jd3k7x2mfq8t9v5w6y0zabcd", "person_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "status": "finished",
    "revision": 2, "created_at": "2026-11-20T12:00:00Z", "finished_at": "2026-11-20T12:00:01Z"}))]
pub struct Erasure {
    /// Its id.
    pub id: ErasureId,
    /// The person that was erased; absent if it was a contact who is no person here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// How far it is. More statuses may come.
    pub status: ErasureStatus,
    /// Raised with every change.
    pub revision: i64,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When nothing was left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
}

impl Resource for Erasure {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/privacy/erasures/{}", self.id))
    }
}

macro_rules! erasure_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The erasure as it now is.
            pub erasure: Erasure,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("erasure", self.erasure.id, self.erasure.revision)
            }
        }
    };
}

erasure_event!(
    /// Somebody's data was erased.
    ErasureCreatedEvent, "erasure.created");
erasure_event!(
    /// No copy is left in the database's own files.
    ErasureFinishedEvent, "erasure.finished");

/// Every event of erasures.
pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![
        EventKind::of::<ErasureCreatedEvent>("Somebody's data was erased; the events of what changed with it come before this one."),
        EventKind::of::<ErasureFinishedEvent>("An erasure has ended: no copy is left in the database's own files."),
    ]
}

fn erasure(row: QueryResult) -> Result<Erasure, DbErr> {
    let finished_at: Option<DateTime<Utc>> = row.try_get("", "finished_at")?;
    Ok(Erasure {
        id: ErasureId(row.try_get("", "id")?),
        person_id: row.try_get::<Option<Uuid>>("", "person_id")?.map(PersonId),
        status: if finished_at.is_some() { ErasureStatus::Finished } else { ErasureStatus::Running },
        revision: row.try_get("", "revision")?,
        created_at: row.try_get("", "created_at")?,
        finished_at,
    })
}

/// Note an erasure that the write carries out.
pub(super) async fn insert(tx: &mut Tx, person: Option<PersonId>) -> Result<Erasure, DbErr> {
    let made =
        Erasure { id: ErasureId::fresh(), person_id: person, status: ErasureStatus::Running, revision: 1, created_at: tx.now(), finished_at: None };
    let sql = "INSERT INTO erasures (vendor_id, id, person_id, revision, created_at) VALUES ($1, $2, $3, 1, $4)";
    let values = [tx.vendor().0.into(), made.id.0.into(), person.map(|id| id.0).into(), tx.now().into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    tx.emit(ErasureCreatedEvent { erasure: made.clone() });
    Ok(made)
}

/// An erasure of the vendor.
pub(super) async fn find(db: &impl ConnectionTrait, vendor: VendorId, id: ErasureId) -> Result<Option<Erasure>, DbErr> {
    let sql = "SELECT id, person_id, revision, created_at, finished_at FROM erasures WHERE vendor_id = $1 AND id = $2";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into(), id.0.into()])).await?;
    row.map(erasure).transpose()
}

/// Up to `limit` erasures of the vendor, newest first, from before `before`.
pub(super) async fn list(db: &impl ConnectionTrait, vendor: VendorId, before: Option<Uuid>, limit: u64) -> Result<Vec<Erasure>, DbErr> {
    let sql = "SELECT id, person_id, revision, created_at, finished_at FROM erasures \
        WHERE vendor_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    let values = [vendor.0.into(), before.unwrap_or(Uuid::max()).into(), (limit as i64).into()];
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    rows.into_iter().map(erasure).collect()
}

/// The erasures of all vendors that have not ended.
pub(super) async fn running(db: &impl ConnectionTrait) -> Result<Vec<(VendorId, ErasureId)>, DbErr> {
    let sql = "SELECT vendor_id, id FROM erasures WHERE finished_at IS NULL ORDER BY created_at LIMIT 1000";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    rows.into_iter().map(|row| Ok((VendorId(row.try_get("", "vendor_id")?), ErasureId(row.try_get("", "id")?)))).collect()
}

/// End an erasure, unless another instance has.
pub(super) async fn finish(tx: &mut Tx, id: ErasureId) -> Result<(), DbErr> {
    let sql = "UPDATE erasures SET finished_at = $3, revision = revision + 1 WHERE vendor_id = $1 AND id = $2 AND finished_at IS NULL";
    let values = [tx.vendor().0.into(), id.0.into(), tx.now().into()];
    let done = tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    if done.rows_affected() == 1
        && let Some(erasure) = find(tx, tx.vendor(), id).await?
    {
        tx.emit(ErasureFinishedEvent { erasure });
    }
    Ok(())
}
