//! The vendor's log: gapless, hash-chained, appended in the transaction of the change itself.
//!
//! - `append`, `read`: the two ends, and the chain of hashes between events
//! - [`merkle`], `tiles`, `tree`: a Merkle tree (RFC 9162 §2.1) over the chain's hashes, grown by a worker behind the log
//! - [`checkpoint`], [`note`]: its root, signed, for whoever wants to be able to prove later what the log was
//! - `verify`: holds the stored log against its chain, its tree, its checkpoints and a saved one
//! - `mentions`: whose personal data an event holds, and which person caused it

mod append;
pub mod checkpoint;
mod mentions;
pub mod merkle;
pub mod note;
mod read;
mod tiles;
mod tree;
mod verify;

pub(crate) use append::{Pending, append};
pub use append::{chain, each_field, leaf, open};
pub use mentions::{acted_on, mentioning};
pub use read::{Filter, changes, entry, head, last, read, read_these, takes};
pub use tiles::{TreeRead, size};
pub use tree::{grow, grow_all};
pub use verify::{Saved, Verdict, verify, verify_against};

use crate::actor::ActorRef;
use crate::id::{EventId, VendorId};
use crate::personal::Personal;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// What a domain publishes. A published version never changes its shape.
pub trait Event: Serialize + Send {
    /// `resource.past_tense`, e.g. `deal.approved`.
    const TYPE: &'static str;
    /// Raised when the shape of `data` changes.
    const VERSION: i32 = 1;
    /// What the event is about.
    fn subject(&self) -> Subject;
    /// Which members of it are about people, and about whom: they are stored sealed (see [`crate::personal`]).
    fn personal(&self) -> Vec<Personal> {
        Vec::new()
    }
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
        pub personal: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
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
