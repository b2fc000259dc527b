//! The vendor's log: gapless, hash-chained, appended in the transaction of the change itself.

use crate::actor::ActorRef;
use crate::id::{EventId, VendorId};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, DbBackend, QueryOrder, QuerySelect, QueryTrait as _, Statement};
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// What a domain publishes. A published version never changes its shape.
pub trait Event: Serialize + Send {
    /// `resource.past_tense`, e.g. `deal.approved`.
    const TYPE: &'static str;
    /// Raised when the shape of `data` changes.
    const VERSION: i32 = 1;
    /// What the event is about.
    fn subject(&self) -> Subject;
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"type": "deal", "id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "revision": 2}))]
pub struct Subject {
    /// The kind of resource, e.g. `deal`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id on the wire.
    pub id: String,
    /// Its revision after the change.
    pub revision: i64,
}

impl Subject {
    /// The subject `kind` with `id`, at `revision`.
    pub fn new(kind: &str, id: impl ToString, revision: i64) -> Self {
        Self { kind: kind.to_owned(), id: id.to_string(), revision }
    }
}

/// An event as readers, webhooks and the stream see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Event, example = json!({
    "id": "evt_01jd3k7x2mfq8t9v5w6y0zabcd", "type": "partner.created", "version": 1, "sequence": 7,
    "occurred_at": "2026-11-20T12:00:00.000000Z", "vendor_id": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd",
    "actor": {"type": "api_key", "id": "key_01jd3k7x2mfq8t9v5w6y0zabcd"},
    "subject": {"type": "partner", "id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "revision": 1}, "data": {}}))]
pub struct Envelope {
    /// Unique; the `webhook-id` of every delivery of it.
    pub id: EventId,
    /// `resource.past_tense`, e.g. `deal.approved`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Version of the shape of `data`.
    pub version: i32,
    /// Place in the vendor's log: 1, 2, 3 … without a gap.
    pub sequence: i64,
    /// When the change was made.
    pub occurred_at: DateTime<Utc>,
    /// Whose log it is in.
    pub vendor_id: VendorId,
    /// Who made the change.
    pub actor: ActorRef,
    /// What was changed.
    pub subject: Subject,
    /// What is worth knowing of it; its shape is set by `type` and `version`.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub data: Box<RawValue>,
}

/// The table of events.
pub mod event {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "events")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub sequence: i64,
        pub id: Uuid,
        pub kind: String,
        pub version: i32,
        pub occurred_at: DateTime<Utc>,
        pub actor_kind: String,
        pub actor_id: String,
        pub subject_kind: String,
        pub subject_id: String,
        pub subject_revision: i64,
        pub data: String,
        pub hash: Vec<u8>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// An event that was emitted and waits for its number.
#[derive(Clone)]
pub(crate) struct Pending {
    pub(crate) kind: &'static str,
    pub(crate) version: i32,
    pub(crate) subject: Subject,
    pub(crate) data: String,
}

/// Number, chain and store what a transaction emitted; the last thing that it does before its commit.
pub(crate) async fn append(
    tx: &impl ConnectionTrait,
    vendor: VendorId,
    at: DateTime<Utc>,
    actor: ActorRef,
    pending: Vec<Pending>,
) -> Result<i64, DbErr> {
    let backend = tx.get_database_backend();
    let take = "UPDATE log_heads SET sequence = sequence + $2 WHERE vendor_id = $1 RETURNING sequence, hash";
    let values = [vendor.0.into(), (pending.len() as i64).into()];
    let head = tx.query_one_raw(Statement::from_sql_and_values(backend, take, values)).await?;
    let head = head.ok_or_else(|| DbErr::RecordNotFound("the vendor has no log".into()))?;
    let last: i64 = head.try_get("", "sequence")?;
    let mut hash: Vec<u8> = head.try_get("", "hash")?;
    let first = last - pending.len() as i64 + 1;
    let mut rows = Vec::with_capacity(pending.len());
    for (sequence, new) in (first..).zip(pending) {
        let mut row = event::Model {
            vendor_id: vendor.0,
            sequence,
            id: crate::id::fresh(),
            kind: new.kind.to_owned(),
            version: new.version,
            occurred_at: at,
            actor_kind: actor.kind.clone(),
            actor_id: actor.id.clone(),
            subject_kind: new.subject.kind,
            subject_id: new.subject.id,
            subject_revision: new.subject.revision,
            data: new.data,
            hash: Vec::new(),
        };
        row.hash = chain(&hash, &row);
        hash.clone_from(&row.hash);
        rows.push(row);
    }
    store(tx, vendor, rows, hash).await?;
    Ok(last)
}

/// Insert the events and write the new end of the chain down.
async fn store(tx: &impl ConnectionTrait, vendor: VendorId, rows: Vec<event::Model>, hash: Vec<u8>) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let head = [vendor.0.into(), hash.into()];
    // Chunks: SQLite takes no more than 32,766 variables in a statement.
    const CHUNK: usize = 1_000;
    if backend == DbBackend::Postgres && rows.len() <= CHUNK {
        // One trip instead of two while every other writer of this vendor waits for the head.
        let insert = event::Entity::insert_many(rows.into_iter().map(event::ActiveModel::from)).build(backend);
        let values = insert.values.map_or_else(Vec::new, |values| values.0);
        let (id, end) = (values.len() + 1, values.len() + 2);
        let sql = format!("WITH inserted AS ({}) UPDATE log_heads SET hash = ${end} WHERE vendor_id = ${id}", insert.sql);
        return tx.execute_raw(Statement::from_sql_and_values(backend, sql, values.into_iter().chain(head))).await.map(|_| ());
    }
    for chunk in rows.chunks(CHUNK) {
        event::Entity::insert_many(chunk.iter().cloned().map(event::ActiveModel::from)).exec_without_returning(tx).await?;
    }
    let keep = "UPDATE log_heads SET hash = $2 WHERE vendor_id = $1";
    tx.execute_raw(Statement::from_sql_and_values(backend, keep, head)).await.map(|_| ())
}

/// SHA-256 over the hash before and every field of the event, each with its length in front.
pub(crate) fn chain(before: &[u8], event: &event::Model) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut field = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    field(before);
    field(event.vendor_id.as_bytes());
    field(&event.sequence.to_be_bytes());
    field(event.id.as_bytes());
    field(event.kind.as_bytes());
    field(&event.version.to_be_bytes());
    field(&event.occurred_at.timestamp_micros().to_be_bytes());
    field(event.actor_kind.as_bytes());
    field(event.actor_id.as_bytes());
    field(event.subject_kind.as_bytes());
    field(event.subject_id.as_bytes());
    field(&event.subject_revision.to_be_bytes());
    field(event.data.as_bytes());
    hash.finalize().to_vec()
}

/// Open an empty log for a new vendor.
pub async fn open(tx: &impl ConnectionTrait, vendor: VendorId) -> Result<(), DbErr> {
    let sql = "INSERT INTO log_heads (vendor_id, sequence, hash) VALUES ($1, 0, $2)";
    let values = [vendor.0.into(), Vec::<u8>::new().into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

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

/// Up to `limit` events after `after`, in order.
pub async fn read(db: &impl ConnectionTrait, vendor: VendorId, after: i64, filter: &Filter, limit: u64) -> Result<Vec<Envelope>, DbErr> {
    let rows = event::Entity::find()
        .filter(event::Column::VendorId.eq(vendor.0))
        .filter(event::Column::Sequence.gt(after))
        .filter(filter.condition())
        .order_by_asc(event::Column::Sequence)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter().map(envelope).collect()
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

/// What [`verify`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Events read.
    pub events: i64,
    /// The first thing that is wrong, if anything is.
    pub fault: Option<String>,
}

/// Walk a vendor's whole log and check numbers and chain against the recorded head. The log may grow meanwhile.
pub async fn verify(db: &impl ConnectionTrait, vendor: VendorId) -> Result<Verdict, DbErr> {
    let (mut after, mut hash) = (0, Vec::new());
    let fault = |events, text: String| Ok(Verdict { events, fault: Some(text) });
    // The head first: up to there everything must be there, whatever is appended in the meantime.
    let Some(head) = recorded_head(db, vendor).await? else { return fault(after, "the log has no head".into()) };
    while after < head.0 {
        let rows = event::Entity::find()
            .filter(event::Column::VendorId.eq(vendor.0))
            .filter(event::Column::Sequence.gt(after))
            .filter(event::Column::Sequence.lte(head.0))
            .order_by_asc(event::Column::Sequence)
            .limit(1_000)
            .all(db)
            .await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            if row.sequence != after + 1 {
                return fault(after, format!("event {} is missing", after + 1));
            }
            if chain(&hash, row) != row.hash {
                return fault(after, format!("event {} was edited, moved or replaced", row.sequence));
            }
            hash.clone_from(&row.hash);
            after += 1;
        }
    }
    if head != (after, hash) {
        return fault(after, format!("the log ends at {after}, its head says {}", head.0));
    }
    // An event that no head has ever counted was put in.
    let last = last_event(db, vendor).await?;
    let head = recorded_head(db, vendor).await?.map_or(0, |head| head.0);
    if last > head {
        return fault(after, format!("the log ends at {last}, its head says {head}"));
    }
    Ok(Verdict { events: after, fault: None })
}

async fn recorded_head(db: &impl ConnectionTrait, vendor: VendorId) -> Result<Option<(i64, Vec<u8>)>, DbErr> {
    let sql = "SELECT sequence, hash FROM log_heads WHERE vendor_id = $1";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into()])).await?;
    row.map(|row| Ok((row.try_get("", "sequence")?, row.try_get("", "hash")?))).transpose()
}

async fn last_event(db: &impl ConnectionTrait, vendor: VendorId) -> Result<i64, DbErr> {
    let sql = "SELECT COALESCE(MAX(sequence), 0) AS last FROM events WHERE vendor_id = $1";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into()])).await?;
    row.map_or(Ok(0), |row| row.try_get("", "last"))
}

/// A published event type, for the reference document.
pub struct EventKind {
    /// `deal.approved`.
    pub kind: &'static str,
    /// Version of its `data`.
    pub version: i32,
    /// What it tells, in a sentence.
    pub summary: &'static str,
    /// Name of the schema of `data`.
    pub schema: String,
    /// The schema of `data` and whatever it refers to.
    pub schemas: Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>,
}

impl EventKind {
    /// Describe `E`.
    pub fn of<E: Event + ToSchema>(summary: &'static str) -> Self {
        let mut schemas = vec![(E::name().into_owned(), E::schema())];
        E::schemas(&mut schemas);
        Self { kind: E::TYPE, version: E::VERSION, summary, schema: E::name().into_owned(), schemas }
    }
}
