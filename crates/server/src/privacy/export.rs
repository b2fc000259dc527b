//! Everything that is held about somebody.

use crate::assemble::holders;
use chrono::{DateTime, Utc};
use kernel::id::PersonId;
use kernel::log::{self, Envelope};
use kernel::personal::{Known, key_ids};
use kernel::{App, Problem};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Events in one answer.
const EVENTS: u64 = 500;

/// Everything that is held about somebody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"person_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "generated_at": "2026-11-20T12:00:00Z",
    "held": {"people": [{"id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Sam Okafor", "email": "sam@northwind.example"}], "deals": []},
    "events": []}))]
pub struct PersonalDataExport {
    /// The person; absent if it is a contact who is no person here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// When it was put together.
    pub generated_at: DateTime<Utc>,
    /// What each part of the service keeps, as that part shows it: `people`, `deals`, `opportunities` and so on. Absent after the first page of events.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>, nullable = false)]
    pub held: Option<BTreeMap<&'static str, Vec<Value>>>,
    /// Events that hold their data, and events that they caused, oldest first.
    pub events: Vec<Envelope>,
    /// There may be more events: send it as `after`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_after: Option<i64>,
}

/// Put it together; `after` goes on with the events after this sequence.
pub(super) async fn export(app: &App, known: &Known, after: Option<i64>) -> Result<PersonalDataExport, Problem> {
    log::grow(app, known.vendor).await?;
    let mut held = BTreeMap::new();
    if after.is_none() {
        for holder in holders() {
            held.insert(holder.name, (holder.export)(app, known).await?);
        }
    }
    let db = app.db().read_of(known.vendor).await?;
    let mut who = key_ids(&db, known.vendor, &known.subjects()).await?;
    who.extend(known.person.map(|id| id.0));
    let sequences = log::mentioning(&db, known.vendor, &who, after.unwrap_or(0), EVENTS).await?;
    let events = log::read_these(app, &db, known.vendor, &sequences).await?;
    let next_after = sequences.last().copied().filter(|_| sequences.len() as u64 == EVENTS);
    let held = Some(held).filter(|_| after.is_none());
    Ok(PersonalDataExport { person_id: known.person, generated_at: app.clock().now(), held, events, next_after })
}
