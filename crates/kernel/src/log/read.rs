//! The reading end.

use super::{Envelope, Subject, event};
use crate::actor::ActorRef;
use crate::app::App;
use crate::id::{EventId, VendorId};
use crate::personal;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, ExprTrait as _, QueryOrder, QuerySelect, Statement};
use serde_json::value::RawValue;

/// The sequence of the last event; 0 for an empty log.
pub async fn head(db: &impl ConnectionTrait, vendor: VendorId) -> Result<i64, DbErr> {
    let sql = "SELECT sequence FROM log_heads WHERE vendor_id = $1";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into()])).await?;
    row.map_or(Ok(0), |row| row.try_get("", "sequence"))
}

/// Which events to read.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Types, exact (`deal.approved`) or by prefix (`deal.*`); none means all.
    pub types: Vec<String>,
    /// Only events about this id.
    pub subject: Option<String>,
}

impl Filter {
    /// Whether an event of this type is wanted.
    pub fn takes(&self, kind: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|wanted| takes(wanted, kind))
    }

    fn condition(&self) -> Condition {
        let mut types = Condition::any();
        for wanted in &self.types {
            types = match wanted.strip_suffix(".*") {
                Some(resource) => types.add(event::Column::Kind.starts_with(format!("{resource}."))),
                None if wanted == "*" => types.add(event::Column::Sequence.gte(0)),
                None => types.add(event::Column::Kind.eq(wanted)),
            };
        }
        let all = if self.types.is_empty() { Condition::all() } else { Condition::all().add(types) };
        match &self.subject {
            Some(subject) => all.add(event::Column::SubjectId.eq(subject)),
            None => all,
        }
    }
}

/// Whether `wanted` (`deal.approved`, `deal.*` or `*`) takes events of type `kind`.
pub fn takes(wanted: &str, kind: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some("") => true,
        Some(prefix) => prefix.ends_with('.') && kind.starts_with(prefix),
        None => wanted == kind,
    }
}

/// Up to `limit` events after `after`, in order; with the personal data whose keys live.
pub async fn read(app: &App, db: &impl ConnectionTrait, vendor: VendorId, after: i64, filter: &Filter, limit: u64) -> Result<Vec<Envelope>, DbErr> {
    let rows = event::Entity::find()
        .filter(event::Column::VendorId.eq(vendor.0))
        .filter(event::Column::Sequence.gt(after))
        .filter(filter.condition())
        .order_by_asc(event::Column::Sequence)
        .limit(limit)
        .all(db)
        .await?;
    envelopes(app, db, vendor, rows).await
}

/// The events with these sequences, in order.
pub async fn read_these(app: &App, db: &impl ConnectionTrait, vendor: VendorId, sequences: &[i64]) -> Result<Vec<Envelope>, DbErr> {
    let these = event::Column::VendorId.eq(vendor.0).and(event::Column::Sequence.is_in(sequences.iter().copied()));
    let rows = event::Entity::find().filter(these).order_by_asc(event::Column::Sequence).all(db).await?;
    envelopes(app, db, vendor, rows).await
}

/// The last `limit` events that `filter` takes, the newest first.
pub async fn last(app: &App, db: &impl ConnectionTrait, vendor: VendorId, filter: &Filter, limit: u64) -> Result<Vec<Envelope>, DbErr> {
    let rows = event::Entity::find().filter(event::Column::VendorId.eq(vendor.0)).filter(filter.condition());
    let rows = rows.order_by_desc(event::Column::Sequence).limit(limit).all(db).await?;
    envelopes(app, db, vendor, rows).await
}

async fn envelopes(app: &App, db: &impl ConnectionTrait, vendor: VendorId, mut rows: Vec<event::Model>) -> Result<Vec<Envelope>, DbErr> {
    personal::open(app, db, vendor, &mut rows).await?;
    rows.into_iter().map(envelope).collect()
}

/// One event as it is stored and hashed.
pub async fn entry(db: &impl ConnectionTrait, vendor: VendorId, sequence: i64) -> Result<Option<event::Model>, DbErr> {
    event::Entity::find_by_id((vendor.0, sequence)).one(db).await
}

/// Type and subject of the events from `first` to `last`.
pub async fn changes(db: &impl ConnectionTrait, vendor: VendorId, first: i64, last: i64) -> Result<Vec<(String, String)>, DbErr> {
    let sql = "SELECT kind, subject_id FROM events WHERE vendor_id = $1 AND sequence BETWEEN $2 AND $3 ORDER BY sequence";
    let values = [vendor.0.into(), first.into(), last.into()];
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    rows.into_iter().map(|row| Ok((row.try_get("", "kind")?, row.try_get("", "subject_id")?))).collect()
}

fn envelope(row: event::Model) -> Result<Envelope, DbErr> {
    Ok(Envelope {
        id: EventId(row.id),
        kind: row.kind,
        version: row.version,
        sequence: row.sequence,
        occurred_at: row.occurred_at,
        vendor_id: VendorId(row.vendor_id),
        actor: ActorRef { kind: row.actor_kind, id: row.actor_id },
        subject: Subject { kind: row.subject_kind, id: row.subject_id, revision: row.subject_revision },
        data: RawValue::from_string(row.data).map_err(|cause| DbErr::Json(cause.to_string()))?,
    })
}
