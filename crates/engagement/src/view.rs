//! Notifications as they are shown: rendered from the event as its reader may see it now.

use crate::inbox::store::notification;
use crate::ports::{Rows, Sight};
use crate::preferences;
use crate::reader::{Reader, Readers};
use crate::render::line;
use crate::templates::{Made, Phrasebook};
use crate::with_rows;
use access::people::person;
use kernel::id::VendorId;
use kernel::locale::Languages;
use kernel::log::{self, Envelope};
use kernel::{App, Problem};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

/// The events with these sequences.
pub(crate) async fn events(app: &App, db: &impl ConnectionTrait, vendor: VendorId, sequences: &[i64]) -> Result<Vec<Envelope>, Problem> {
    if sequences.is_empty() { Ok(Vec::new()) } else { Ok(log::read_these(app, db, vendor, sequences).await?) }
}

/// Those of `events` that `reader` may see, as they may.
pub(crate) async fn seen(app: &App, rows: Rows<'_>, reader: Reader, events: Vec<Envelope>) -> Result<Vec<Envelope>, Problem> {
    let sight = app.find_service::<Sight>().ok_or_else(|| Problem::internal("nobody says what may be seen of events"))?;
    sight.0.seen(rows, reader, events).await
}

/// An event as templates have it.
pub(crate) fn of_event(event: &Envelope, reader: Reader) -> Result<Value, Problem> {
    let data: Value = serde_json::from_str(event.data.get()).map_err(Problem::internal)?;
    let mut shown = json!({ "id": event.id, "type": event.kind, "sequence": event.sequence, "occurred_at": event.occurred_at,
        "subject": event.subject, "data": data });
    if reader.internal {
        shown["actor"] = serde_json::to_value(&event.actor).map_err(Problem::internal)?;
    }
    Ok(shown)
}

/// What a template is rendered over.
///
/// Dates are told by the clocks of `time_zone`.
pub(crate) fn context(event: &Value, name: &str, (languages, time_zone): (&Languages, &str), vendor: &str, link: (&str, &str)) -> Value {
    // A name writes no line of a letter.
    json!({ "event": event, "vendor": { "name": line(vendor) }, "link": { "type": link.0, "id": link.1 },
        "person": { "name": line(name), "language": languages.first(), "time_zone": time_zone } })
}

/// What several notifications of one person say.
pub(crate) struct Told {
    pub languages: Languages,
    pub time_zone: String,
    pub vendor: String,
    pub phrases: Phrasebook,
    /// For each event that may be seen: its id, its type, and what was made of each notification.
    pub made: HashMap<uuid::Uuid, (Envelope, Made)>,
}

/// What these notifications say to their person.
pub(crate) async fn told(app: &App, rows: Rows<'_>, person: &person::Model, all: &[notification::Model]) -> Result<Told, Problem> {
    let vendor = VendorId(person.vendor_id);
    let mut sequences: Vec<_> = all.iter().map(|row| row.sequence).collect();
    sequences.sort_unstable();
    sequences.dedup();
    let names: BTreeSet<&str> = all.iter().map(|row| row.template.as_str()).chain([crate::templates::DIGEST]).collect();
    let (reader, found, languages, time_zone, phrases, vendor_name) = with_rows!(rows, |db| {
        let reader = Readers::of(vendor).read(db, person).await?;
        let found = events(app, db, vendor, &sequences).await?;
        let preferences = preferences::of(db, vendor, person.id()).await?;
        let languages = partners::languages::of_person(db, person, preferences.language).await?;
        let phrases = Phrasebook::of(app, db, vendor, &names).await?;
        let name = access::vendors::find(db, vendor).await?.map(|vendor| vendor.name).unwrap_or_default();
        (reader, found, languages, preferences.time_zone, phrases, name)
    });
    let shown: HashMap<i64, Envelope> = seen(app, rows, reader, found).await?.into_iter().map(|event| (event.sequence, event)).collect();
    let mut made = HashMap::new();
    for row in all {
        let Some(event) = shown.get(&row.sequence) else { continue };
        let context = context(&of_event(event, reader)?, &person.name, (&languages, &time_zone), &vendor_name, (&row.link_type, &row.link_id));
        made.insert(row.id, (event.clone(), phrases.say(&row.template, &languages, &context)));
    }
    Ok(Told { languages, time_zone, vendor: vendor_name, phrases, made })
}
