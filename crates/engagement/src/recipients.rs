//! Whom a step tells: read from its parameters and the event, found among the vendor's people.

use crate::error;
use access::people::{PersonStatus, person};
use kernel::id::{PartnerId, PersonId};
use kernel::steps::Occasion;
use kernel::{Problem, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryOrder, QuerySelect, Statement};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// The most people that one step tells.
pub(crate) const MOST: u64 = 1_000;

/// Somebody to be told, as a step says it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Recipient {
    /// The people of the partner whose id stands here.
    Partner(String),
    /// The person whose id stands here.
    Person(String),
    /// The vendor's people in this role.
    Role(String),
    /// These people.
    People(Vec<String>),
    /// The channel manager of the partner whose id stands here.
    ManagerOf(String),
    /// Whoever made the application, or is the signer, whose id stands here: no person here, told by letter.
    Applicant(String),
}

/// What the parameters point at.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    partners: BTreeSet<Uuid>,
    people: BTreeSet<Uuid>,
    roles: BTreeSet<String>,
    managers_of: BTreeSet<Uuid>,
}

/// What stands at `pointer` in what the subject now is, or in the event that started it all.
pub(crate) struct Data {
    event: Value,
    latest: Option<Value>,
}

impl Data {
    pub(crate) fn of(occasion: &Occasion) -> Result<Self, Problem> {
        let read = |text: &str| serde_json::from_str(text).map_err(Problem::internal);
        let latest = (occasion.latest.id != occasion.event.id).then(|| read(occasion.latest.data.get())).transpose()?;
        Ok(Self { event: read(occasion.event.data.get())?, latest })
    }

    pub(crate) fn at(&self, pointer: &str) -> &Value {
        let latest = self.latest.as_ref().and_then(|latest| latest.pointer(pointer));
        latest.or_else(|| self.event.pointer(pointer)).unwrap_or(&Value::Null)
    }

    /// The ids that stand there: one, or a list of them.
    fn ids<'a, T: std::str::FromStr>(&'a self, pointer: &str) -> impl Iterator<Item = T> + use<'a, T> {
        let found = self.at(pointer);
        let one = found.as_str().into_iter();
        one.chain(found.as_array().into_iter().flatten().filter_map(Value::as_str)).take(MOST as usize).filter_map(|text| text.parse().ok())
    }
}

fn named(to: &[Recipient], data: &Data) -> Named {
    let mut named = Named::default();
    for recipient in to {
        match recipient {
            Recipient::Partner(pointer) => named.partners.extend(data.ids::<PartnerId>(pointer).map(|id| id.0)),
            Recipient::Person(pointer) => named.people.extend(data.ids::<PersonId>(pointer).map(|id| id.0)),
            Recipient::Role(role) => _ = named.roles.insert(role.clone()),
            Recipient::People(ids) => named.people.extend(ids.iter().filter_map(|id| id.parse::<PersonId>().ok()).map(|id| id.0)),
            Recipient::ManagerOf(pointer) => named.managers_of.extend(data.ids::<PartnerId>(pointer).map(|id| id.0)),
            Recipient::Applicant(_) => {}
        }
    }
    named
}

/// The vendor's active people that are meant, of active partners only, each once and in the same order every time; 422 if they are too many.
pub(crate) async fn find(tx: &Tx, to: &[Recipient], data: &Data) -> Result<Vec<person::Model>, Problem> {
    let mut named = named(to, data);
    named.people.extend(managers(tx, &named.managers_of).await?);
    let vendors = || Condition::all().add(person::Column::PartnerId.is_null());
    let who = Condition::any()
        .add(person::Column::Id.is_in(named.people.iter().copied()))
        .add(person::Column::PartnerId.is_in(named.partners.iter().copied()))
        .add(vendors().add(person::Column::Role.is_in(named.roles.iter().cloned())));
    let active = Condition::all().add(person::Column::VendorId.eq(tx.vendor().0)).add(person::Column::Status.eq(PersonStatus::Active));
    let found = person::Entity::find().filter(active).filter(who).order_by_asc(person::Column::Id).limit(MOST + 1).all(tx).await?;
    if found.len() as u64 > MOST {
        return Err(Problem::new(error::TOO_MANY));
    }
    let mut standing = HashMap::new();
    let mut told = Vec::with_capacity(found.len());
    for person in found {
        if is_in(tx, &person, &mut standing).await? {
            told.push(person);
        }
    }
    Ok(told)
}

/// Whether the person's partner, if any, may come in.
async fn is_in(tx: &Tx, person: &person::Model, standing: &mut HashMap<Uuid, bool>) -> Result<bool, Problem> {
    let Some(partner) = person.partner() else { return Ok(true) };
    if let Some(known) = standing.get(&partner.0) {
        return Ok(*known);
    }
    let is_in = access::partner_status(tx, tx.vendor(), partner).await?.is_some_and(|status| !matches!(status.as_str(), "suspended" | "ended"));
    standing.insert(partner.0, is_in);
    Ok(is_in)
}

/// Whether somebody is still one who is told anything.
pub(crate) async fn may_be_told(tx: &Tx, person: &person::Model) -> Result<bool, Problem> {
    Ok(person.status == PersonStatus::Active && is_in(tx, person, &mut HashMap::new()).await?)
}

async fn managers(tx: &Tx, partners: &BTreeSet<Uuid>) -> Result<Vec<Uuid>, DbErr> {
    let mut found = Vec::new();
    for partner in partners {
        let sql = "SELECT manager_id FROM partners WHERE vendor_id = $1 AND id = $2";
        let values = [tx.vendor().0.into(), (*partner).into()];
        let row = tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
        found.extend(row.map(|row| row.try_get::<Option<Uuid>>("", "manager_id")).transpose()?.flatten());
    }
    Ok(found)
}

#[cfg(test)]
mod unit {
    use super::*;
    use serde_json::json;

    #[test]
    fn pointers_are_followed_and_what_is_absent_or_of_another_kind_is_nobody() {
        let (person, partner) = (PersonId::fresh(), PartnerId::fresh());
        let event = json!({ "deal": { "partner_id": partner, "assignee_id": null, "owner_id": person }, "people": [person, "x", 3] });
        let data = Data { event, latest: None };
        let to: Vec<Recipient> =
            serde_json::from_value(json!([{ "partner": "/deal/partner_id" }, { "person": "/deal/assignee_id" }, { "person": "/people" },
            { "person": "/deal/partner_id" }, { "manager_of": "/nowhere" }, { "role": "admin" }, { "people": ["per_x", person] }]))
            .unwrap();
        let found = named(&to, &data);
        assert_eq!((found.partners, found.people), (BTreeSet::from([partner.0]), BTreeSet::from([person.0])));
        assert!(found.managers_of.is_empty() && found.roles.contains("admin"));
    }

    #[test]
    fn who_is_meant_now_comes_before_who_was_meant_then() {
        let (then, now) = (PersonId::fresh(), PersonId::fresh());
        let data = |latest: Value| Data { event: json!({ "deal": { "assignee_id": then } }), latest: Some(latest) };
        assert_eq!(data(json!({ "deal": { "assignee_id": now } })).at("/deal/assignee_id"), &json!(now));
        assert_eq!(data(json!({ "deal": { "assignee_id": null } })).at("/deal/assignee_id"), &Value::Null);
        assert_eq!(data(json!({ "comment": 1 })).at("/deal/assignee_id"), &json!(then));
    }
}
