//! The step `notify`: tells people of an event.

use crate::inbox::store::{self, notification};
use crate::mailing;
use crate::ports::Rows;
use crate::preferences::{self, Preferences};
use crate::reader::{Reader, Readers};
use crate::recipients::{self, Data, Recipient};
use crate::templates::{Phrasebook, standard};
use crate::{NotificationId, view};
use crate::{applicants, channels};
use access::people::person;
use chrono::{DateTime, Utc};
use kernel::log::Envelope;
use kernel::steps::{Occasion, Step};
use kernel::{Problem, Tx, mail};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// What the step does, for whoever puts automations together.
pub(crate) fn step() -> Step {
    Step {
        name: "notify",
        subjects: &[],
        summary: "Tells people of the event: in their inbox, by mail and in chats, as each of them wants it.",
        parameters,
        take: |tx, occasion, with| Box::pin(take(tx, occasion, with)),
    }
}

fn parameters() -> Value {
    let pointer = json!({ "type": "string", "pattern": "^/[^/]+(/[^/]+)*$", "maxLength": 300 });
    let one =
        |name: &str, value: &Value| json!({ "type": "object", "properties": { name: value }, "required": [name], "additionalProperties": false });
    let role = json!({ "type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$" });
    let people =
        json!({ "type": "array", "minItems": 1, "maxItems": 1000, "items": { "type": "string", "pattern": "^per_[0-9a-hjkmnp-tv-z]{26}$" } });
    json!({
        "type": "object",
        "properties": {
            "to": {
                "type": "array", "maxItems": 20,
                "description": "Whom to tell: the people of a partner, a person, the vendor's people in a role, certain people, a partner's channel manager, or (by letter) whoever made an application or is to sign an agreement without an account. \
                    A JSON pointer is followed in the latest event about the subject, else in the event itself; what is absent there is nobody.",
                "items": { "oneOf": [one("partner", &pointer), one("person", &pointer), one("role", &role), one("people", &people), one("manager_of", &pointer), one("applicant", &pointer)] }
            },
            "template": { "type": "string", "minLength": 1, "maxLength": 100, "description": "The template to tell it with." },
            "channels": {
                "type": "array", "minItems": 1, "maxItems": 3, "uniqueItems": true, "items": { "enum": ["inbox", "mail", "chat"] },
                "description": "By which ways at most; all if absent. What each person wants holds besides."
            },
            "link": {
                "type": "object", "properties": { "type": { "type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$" }, "id": pointer },
                "required": ["type", "id"], "additionalProperties": false,
                "description": "What it leads to: a kind of resource, and where its id stands; the event's subject if absent."
            },
            "also_actor": { "type": "boolean", "description": "Whether whoever made the change is told too; nobody is told of what they did themselves if absent." }
        },
        "required": ["to", "template"],
        "additionalProperties": false
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct With {
    to: Vec<Recipient>,
    template: String,
    #[serde(default)]
    channels: Option<Vec<Channel>>,
    #[serde(default)]
    link: Option<Link>,
    #[serde(default)]
    also_actor: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Channel {
    Inbox,
    Mail,
    Chat,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

impl With {
    fn by(&self, channel: Channel) -> bool {
        self.channels.as_ref().is_none_or(|channels| channels.contains(&channel))
    }

    /// Kind and id of what it leads to.
    fn link(&self, occasion: &Occasion, data: &Data) -> (String, String) {
        let subject = || (occasion.event.subject.kind.clone(), occasion.event.subject.id.clone());
        let link = self.link.as_ref().and_then(|link| Some((link.kind.clone(), data.at(&link.id).as_str()?.to_owned())));
        link.unwrap_or_else(subject)
    }
}

/// Somebody who is told, with the event as they may see it.
struct Told {
    person: person::Model,
    reader: Reader,
}

async fn take(tx: &mut Tx, occasion: &Occasion, with: &Value) -> Result<Value, Problem> {
    let with: With = serde_json::from_value(with.clone()).map_err(|cause| Problem::invalid("/with", "invalid_value", format!("{cause}.")))?;
    if standard(tx.app(), &with.template).is_none() {
        return Err(Problem::invalid("/with/template", "not_found", format!("There is no template {}.", with.template)));
    }
    let data = Data::of(occasion)?;
    let link = with.link(occasion, &data);
    let meant = recipients::find(tx, &with.to, &data).await?;
    let count = meant.len();
    let (people, seen) = sighted(tx, occasion, meant, with.also_actor).await?;
    let all: Vec<_> = people.iter().map(|told| told.person.id).collect();
    let preferences = preferences::of_many(tx, tx.vendor(), &all).await?;
    let usual = Preferences::default();
    let wants = |person: Uuid| preferences.get(&person).unwrap_or(&usual);
    let mailing = with.by(Channel::Mail) && mail::is_configured(tx.app());
    let mut book = partners::languages::Book::of(tx.vendor());
    let (mut rows, mut at_once, mut waiting) = (Vec::new(), BTreeSet::new(), BTreeMap::<Uuid, DateTime<Utc>>::new());
    for told in &people {
        let (person, set) = (told.person.id, wants(told.person.id));
        let way = set.way(&with.template);
        let (inbox, mail) = (with.by(Channel::Inbox) && way.inbox, mailing && way.mail);
        let due = if mail { set.due(way.frequency, tx.now()) } else { None };
        if !inbox && !mail {
            continue;
        }
        match due {
            Some(due) => _ = waiting.insert(person, due),
            None if mail => _ = at_once.insert(person),
            None => {}
        }
        rows.push(row(tx, occasion, &with.template, &link, told, inbox, due));
    }
    let new: BTreeSet<Uuid> = store::insert(tx, &rows).await?.into_iter().collect();
    let phrases = Phrasebook::of(tx.app(), tx, tx.vendor(), &BTreeSet::from([with.template.as_str()])).await?;
    let vendor = access::vendors::find(tx, tx.vendor()).await?.map(|vendor| vendor.name).unwrap_or_default();
    let mut troubles = BTreeMap::new();
    let mut mails = 0;
    for told in people.iter().filter(|told| new.contains(&told.person.id)) {
        let set = wants(told.person.id);
        let Some(event) = seen.get(&told.reader) else { continue };
        // Rendered even where it only waits: whoever wrote the template learns now what is wrong with it.
        let languages = book.of_person(tx, &told.person, set.language.clone()).await?;
        let reads = (&languages, set.time_zone.as_str());
        let context = view::context(&view::of_event(event, told.reader)?, &told.person.name, reads, &vendor, (&link.0, &link.1));
        let made = phrases.say(&with.template, &languages, &context);
        if let Some(trouble) = made.trouble {
            let told = json!({ "language": made.language, "part": trouble.part, "detail": trouble.sentence() });
            troubles.entry(made.language).or_insert(told);
        }
        if at_once.contains(&told.person.id) {
            mailing::send(tx, &told.person.email, made.rendered).await?;
            mails += 1;
        }
    }
    if mailing {
        let (letters, found) = applicants::tell(tx, occasion, (with.to.as_slice(), &data), &with.template, (&phrases, vendor.as_str())).await?;
        mails += letters;
        for (language, trouble) in found {
            troubles.entry(language).or_insert(trouble);
        }
    }
    let mut later = 0;
    for person in waiting.keys().filter(|person| new.contains(*person)) {
        mailing::set_timer(tx, kernel::id::PersonId(*person)).await?;
        later += 1;
    }
    let chats = if with.by(Channel::Chat) { channels::post(tx, occasion, &with.template, &link).await? } else { 0 };
    let inbox = rows.iter().filter(|row| row.in_inbox && new.contains(&row.person_id)).count();
    let mut done = json!({ "template": with.template, "people": new.len(), "inbox": inbox, "mails": mails, "mails_later": later, "chats": chats,
        "passed_over": count - new.len() });
    if !troubles.is_empty() {
        done["template_errors"] = troubles.into_values().collect();
    }
    Ok(done)
}

fn row(
    tx: &Tx,
    occasion: &Occasion,
    template: &str,
    link: &(String, String),
    told: &Told,
    inbox: bool,
    due: Option<DateTime<Utc>>,
) -> notification::Model {
    notification::Model {
        vendor_id: tx.vendor().0,
        id: NotificationId::fresh().0,
        person_id: told.person.id,
        sequence: occasion.event.sequence,
        automation: occasion.automation.clone(),
        template: template.to_owned(),
        link_type: link.0.clone(),
        link_id: link.1.clone(),
        in_inbox: inbox,
        mail_due_at: due,
        read_at: None,
        archived_at: None,
        created_at: tx.now(),
        moment: Some(occasion.due_at),
    }
}

/// Those of `meant` who may see the event, which is theirs to be told of, and the event as each kind of reader sees it.
async fn sighted(
    tx: &Tx,
    occasion: &Occasion,
    meant: Vec<person::Model>,
    also_actor: bool,
) -> Result<(Vec<Told>, HashMap<Reader, Envelope>), Problem> {
    let (mut readers, mut seen, mut told) = (Readers::of(tx.vendor()), HashMap::<Reader, Option<Envelope>>::new(), Vec::new());
    let actor = (!also_actor && occasion.event.actor.kind == "person").then_some(occasion.event.actor.id.as_str());
    for person in meant {
        if actor == Some(person.id().to_string().as_str()) {
            continue;
        }
        let reader = readers.read(tx, &person).await?;
        let event = match seen.entry(reader) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(view::seen(tx.app(), Rows::Tx(tx), reader, vec![occasion.event.clone()]).await?.pop()),
        };
        if event.is_some() {
            told.push(Told { person, reader });
        }
    }
    Ok((told, seen.into_iter().filter_map(|(reader, event)| Some((reader, event?))).collect()))
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_parameters_are_those_of_the_schema() {
        let schema = parameters();
        let full = json!({ "to": [{ "partner": "/deal/partner_id" }, { "role": "partner_manager" }], "template": "deal.expiring", "channels": ["inbox", "chat"],
            "link": { "type": "partner", "id": "/deal/partner_id" }, "also_actor": true });
        let with: With = serde_json::from_value(full.clone()).unwrap();
        assert!(with.by(Channel::Inbox) && with.by(Channel::Chat) && !with.by(Channel::Mail) && with.also_actor);
        let known = |name: &String| schema["properties"].get(name).is_some();
        assert!(full.as_object().unwrap().keys().all(known) && schema["properties"].as_object().unwrap().len() == full.as_object().unwrap().len());
        for wrong in [json!({}), json!({ "to": [], "template": "x", "more": 1 }), json!({ "to": [{ "nobody": "/x" }], "template": "x" })] {
            assert!(serde_json::from_value::<With>(wrong).is_err());
        }
    }
}
