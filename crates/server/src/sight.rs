//! What of an event a person is told: the adapter that notifications ask before they say a word.
//!
//! Whoever sees all of the vendor's events is told of all; somebody with a narrowed reach, of what `events::reach` shows them; a partner's person, of
//! what is their own partner's and of nothing that cannot be told to be, nor of what waits for a signature. From what is left goes what the reader's role leaves out. It is kept
//! by names, wherever they stand, so that an event of a new kind is covered before anybody has thought of it: see [`RIVALS`] and [`INTERNAL`].

use crate::events::reach::{self, Whose};
use access::Permission;
use dealreg::store::deals;
use engagement::ports::{Rows, Sees};
use engagement::reader::Reader;
use futures::future::BoxFuture;
use kernel::actor::Within;
use kernel::id::PartnerId;
use kernel::log::Envelope;
use kernel::{Problem, Scope};
use onboarding::agreements::gates;
use sea_orm::ConnectionTrait;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Members that say who else is after the same, and on what evidence.
const RIVALS: &[&str] =
    &["rival", "rivals", "evidence", "candidates", "ranking", "competitors", "other_deal", "other_deals", "incumbent", "moved_from"];
/// Members that are the vendor's own. So is whatever has `internal` in its name.
const INTERNAL: &[&str] = &[
    "route",
    "opportunity_external_id",
    "account_external_id",
    "status_reason",
    "score",
    "scores",
    "weights",
    "reviewer_notes",
    "approvals",
    "approvals_needed",
    "brought_in",
    "previous_partner_id",
    "successor_id",
];

/// The adapter.
pub(crate) struct EventSight;

impl Sees for EventSight {
    fn seen<'a>(&'a self, rows: Rows<'a>, reader: Reader, events: Vec<Envelope>) -> BoxFuture<'a, Result<Vec<Envelope>, Problem>> {
        Box::pin(async move { engagement::with_rows!(rows, |db| seen(db, reader, events).await) })
    }
}

async fn seen(db: &impl ConnectionTrait, reader: Reader, events: Vec<Envelope>) -> Result<Vec<Envelope>, Problem> {
    let (theirs, own) = match reader.scope.within() {
        Within::Everything => (events, None),
        Within::Reach(_) => (reach::shown(db, reader.scope, events).await?, None),
        Within::Partner(own) => (of_partner(db, reader.scope, own, events).await?, Some(own)),
    };
    if reader.rivals && reader.internal && own.is_none() {
        return Ok(theirs);
    }
    theirs
        .into_iter()
        .map(|event| {
            let mut data: Value = serde_json::from_str(event.data.get()).map_err(Problem::internal)?;
            redact(&mut data, &Eyes { own, rivals: reader.rivals, internal: reader.internal });
            let data = RawValue::from_string(data.to_string()).map_err(Problem::internal)?;
            Ok(Envelope { data, ..event })
        })
        .collect()
}

/// Those events that are told to be about this partner.
async fn of_partner(db: &impl ConnectionTrait, scope: Scope, own: PartnerId, events: Vec<Envelope>) -> Result<Vec<Envelope>, Problem> {
    let mut theirs = Vec::with_capacity(events.len());
    let waits = gates::shut(db, scope.vendor(), own).await?.iter().fold(0, |bits, gate| bits | gate.permissions);
    for event in events {
        if reads(&event.subject.kind).is_some_and(|needed| waits & needed.bit() != 0) {
            continue;
        }
        let data: Value = serde_json::from_str(event.data.get()).map_err(Problem::internal)?;
        let is_theirs = match reach::whose(&event, &data) {
            Whose::Partners(partner) => partner == own,
            Whose::DealsOf(deal) => !deals::by_ids(db, scope, &[deal.0]).await?.is_empty(),
            Whose::Vendors | Whose::VendorsAbout(_) => false,
            Whose::Unknown => names(&data, own),
        };
        if is_theirs {
            theirs.push(event);
        }
    }
    Ok(theirs)
}

/// What may wait for an agreement before somebody of a partner reads of such a subject; the rest is the partner's own.
fn reads(subject: &str) -> Option<Permission> {
    match subject {
        "deal" | "deal_comment" | "deal_estimate" | "deal_usage" | "opportunity" | "pricing_request" | "incumbency" | "dispute"
        | "cosell_request" | "cosell_task" => Some(Permission::ReadDeals),
        "lead" | "named_account" => Some(Permission::ReadLeads),
        "referral" | "referral_reward" => Some(Permission::ReadReferrals),
        "person" => Some(Permission::ReadPeople),
        _ => None,
    }
}

/// Whether the event, or the resource in it, says that it is this partner's.
fn names(data: &Value, own: PartnerId) -> bool {
    let own = own.to_string();
    let says = |value: &Value| value["partner_id"].as_str() == Some(own.as_str());
    says(data) || data.as_object().is_some_and(|members| members.values().any(says))
}

/// What somebody may not see.
struct Eyes {
    /// The only partner that they may hear of.
    own: Option<PartnerId>,
    rivals: bool,
    internal: bool,
}

impl Eyes {
    fn hides(&self, name: &str, value: &Value) -> bool {
        let rivals = !self.rivals && (RIVALS.contains(&name) || name.starts_with("rival_"));
        let internal = !self.internal && (INTERNAL.contains(&name) || name.contains("internal"));
        rivals || internal || self.is_for_others(value)
    }

    /// Whether it is another partner's, or a note among the vendor's own people.
    fn is_for_others(&self, value: &Value) -> bool {
        let partner = value["partner_id"].as_str().and_then(|text| text.parse::<PartnerId>().ok());
        let foreign = self.own.is_some() && partner.is_some() && partner != self.own;
        foreign || !self.internal && (value["internal"] == true || value["visibility"] == "internal")
    }
}

fn redact(value: &mut Value, eyes: &Eyes) {
    match value {
        Value::Object(members) => {
            if !eyes.rivals {
                bare(members);
            }
            members.retain(|name, member| !eyes.hides(name, member));
            members.values_mut().for_each(|member| redact(member, eyes));
        }
        Value::Array(items) => {
            items.retain(|item| !eyes.is_for_others(item));
            items.iter_mut().for_each(|item| redact(item, eyes));
        }
        _ => {}
    }
}

/// Of conflicts only that there are some, and of reasons only the facts about one's own.
fn bare(members: &mut Map<String, Value>) {
    for conflict in members.get_mut("conflicts").and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut) {
        conflict.retain(|name, _| name == "kind" || name == "same");
    }
    for reason in members.get_mut("reasons").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(facts) = reason.get_mut("facts").and_then(Value::as_object_mut) {
            facts.retain(|path, _| matches!(path.split('.').next(), Some("deal" | "customer" | "partner")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn of_a_deal_a_partner_is_told_nothing_of_rivals_nor_of_what_is_the_vendors_own() {
        let (own, rival) = (PartnerId::fresh(), PartnerId::fresh());
        let mut data = json!({ "deal": { "partner_id": own, "opportunity_external_id": "canary", "customer": { "name": "Fabrikam" },
            "decision": { "route": { "role": "canary" }, "conflicts": [{ "kind": "pending_registration", "same": true, "name": "canary", "partner_id": rival,
                "evidence": ["canary"] }], "reasons": [{ "code": "c", "facts": { "deal.amount": 1, "conflicts.name": "canary" } }] } },
            "other": { "partner_id": rival, "name": "canary" }, "notes": [{ "visibility": "internal", "text": "canary" }, { "internal": true, "text": "canary" },
            { "partner_id": rival, "text": "canary" }, { "text": "for you" }], "internal_note": "canary", "rival_name": "canary", "deep": { "a": [{ "b": { "rival": "canary" } }] } });
        assert!(names(&data, own) && !names(&json!({ "deep": [{ "partner_id": own }] }), own));
        redact(&mut data, &Eyes { own: Some(own), rivals: false, internal: false });
        assert!(!data.to_string().contains("canary"), "{data:#}");
        assert_eq!(data["deal"]["decision"]["conflicts"], json!([{ "kind": "pending_registration", "same": true }]));
        assert_eq!((&data["deal"]["customer"]["name"], &data["notes"]), (&json!("Fabrikam"), &json!([{ "text": "for you" }])));
    }

    #[test]
    fn the_vendors_people_see_what_their_roles_let_them() {
        let rival = PartnerId::fresh();
        let data = json!({ "deal": { "partner_id": rival, "internal_note": "n", "decision": { "conflicts": [{ "kind": "k", "same": true, "name": "x" }] } } });
        let shown = |rivals, internal| {
            let mut shown = data.clone();
            redact(&mut shown, &Eyes { own: None, rivals, internal });
            (shown["deal"]["decision"]["conflicts"][0]["name"].is_string(), shown["deal"]["internal_note"].is_string())
        };
        assert_eq!((shown(true, false), shown(false, true)), ((true, false), (false, true)));
    }
}
