//! The tables of what directories say of people, and the only queries on them.

use super::resource::{Facts, name_part};
use crate::error::UNIQUENESS;
use crate::filter::sql::Clause;
use crate::groups::GroupId;
use crate::schema::{Kind, USERS};
use crate::store::{Listed, execute, rows};
use access::people::person;
use chrono::{DateTime, Utc};
use kernel::id::{PersonId, VendorId};
use kernel::{Problem, Scope, Tx};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult as _, QueryResult};
use serde_json::{Map, Value};
use std::collections::HashMap;
use uuid::Uuid;

/// A person, and what a directory says of it.
#[derive(Debug, Clone)]
pub struct User {
    /// The person.
    pub person: person::Model,
    /// What a directory said; none if none ever did.
    pub kept: Option<Map<String, Value>>,
    /// When a directory deleted it.
    pub removed_at: Option<DateTime<Utc>>,
}

/// A group that a person is in.
#[derive(Debug, Clone)]
pub struct Group {
    /// Which.
    pub id: GroupId,
    /// What it is called.
    pub name: String,
}

impl Listed for User {
    fn kind() -> &'static Kind {
        &USERS
    }

    const COLUMNS: &'static str = "p.*, s.attributes AS scim_attributes, s.removed_at AS scim_removed_at";
    const ORDER: &'static str = "p.id";

    fn all(scope: Scope) -> Clause {
        let all = Clause::text("FROM people p LEFT JOIN scim_users s ON s.vendor_id = p.vendor_id AND s.person_id = p.id WHERE p.vendor_id = ");
        let all = all.bind(scope.vendor().0);
        let side = match scope.partner() {
            Some(own) => all.then(" AND p.partner_id = ").bind(own.0),
            None => all.then(" AND p.partner_id IS NULL"),
        };
        // Whom a directory deleted is back when somebody lets them in by hand.
        side.then(" AND (s.removed_at IS NULL OR p.status = 'active')")
    }

    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        let kept: Option<String> = row.try_get("", "scim_attributes")?;
        Ok(Self {
            person: person::Model::from_query_result(row, "")?,
            kept: kept.and_then(|text| serde_json::from_str(&text).ok()),
            removed_at: row.try_get("", "scim_removed_at")?,
        })
    }

    async fn shown(
        db: &impl ConnectionTrait,
        scope: Scope,
        base: &str,
        rows: Vec<Self>,
        wants: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<Vec<Value>, DbErr> {
        let ids: Vec<_> = rows.iter().map(|user| user.person.id).collect();
        let groups = if wants("groups") { groups_of(db, scope.vendor(), &ids).await? } else { HashMap::new() };
        Ok(rows.iter().map(|user| user.shown(base, groups.get(&user.person.id).map_or(&[], Vec::as_slice))).collect())
    }
}

/// A person of this scope's directory that is not deleted.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: PersonId) -> Result<Option<User>, DbErr> {
    let one = Clause::text(format!("SELECT {} ", User::COLUMNS)).join(User::all(scope)).then(" AND p.id = ").bind(id.0);
    rows(db, one).await?.first().map(User::read).transpose()
}

/// The groups of these people.
pub async fn groups_of(db: &impl ConnectionTrait, vendor: VendorId, people: &[Uuid]) -> Result<HashMap<Uuid, Vec<Group>>, DbErr> {
    let mut found: HashMap<Uuid, Vec<Group>> = HashMap::new();
    for chunk in people.chunks(500) {
        let query = Clause::text(
            "SELECT m.person_id, g.id, g.name FROM scim_members m JOIN scim_groups g ON g.vendor_id = m.vendor_id AND g.id = m.group_id WHERE m.vendor_id = ",
        );
        let query = query.bind(vendor.0).then(" AND m.person_id IN (").join(listed(chunk)).then(") ORDER BY g.id");
        for row in rows(db, query).await? {
            let group = Group { id: GroupId(row.try_get("", "id")?), name: row.try_get("", "name")? };
            found.entry(row.try_get("", "person_id")?).or_default().push(group);
        }
    }
    Ok(found)
}

/// `$1, $2, …`
pub fn listed(ids: &[Uuid]) -> Clause {
    let mut list = Clause::default();
    for (at, id) in ids.iter().enumerate() {
        list = if at == 0 { list } else { list.then(", ") }.bind(*id);
    }
    list
}

/// Which of these are people of this scope's directory.
pub async fn known(db: &impl ConnectionTrait, scope: Scope, ids: &[Uuid]) -> Result<Vec<Uuid>, DbErr> {
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        let query = Clause::text("SELECT p.id ").join(User::all(scope)).then(" AND p.id IN (").join(listed(chunk)).then(")");
        for row in rows(db, query).await? {
            found.push(row.try_get("", "id")?);
        }
    }
    Ok(found)
}

/// Whoever has this `userName`, of whichever directory of the vendor; of people whom no directory knows it is the address.
pub async fn holder_of(tx: &Tx, user_name: &str) -> Result<Option<PersonId>, DbErr> {
    let query =
        Clause::text("SELECT person_id AS id FROM scim_users WHERE vendor_id = ").bind(tx.vendor().0).then(" AND user_name = ").bind(user_name);
    if let Some(row) = rows(tx, query).await?.first() {
        return Ok(Some(PersonId(row.try_get("", "id")?)));
    }
    let query = Clause::text("SELECT p.id FROM people p WHERE p.vendor_id = ").bind(tx.vendor().0).then(" AND p.email = ").bind(user_name);
    let query = query.then(" AND NOT EXISTS (SELECT 1 FROM scim_users s WHERE s.vendor_id = p.vendor_id AND s.person_id = p.id)");
    rows(tx, query).await?.first().map(|row| row.try_get("", "id").map(PersonId)).transpose()
}

/// A person, deleted by its directory or not, of this write's directory.
pub async fn find_even_removed(tx: &Tx, id: PersonId) -> Result<Option<User>, DbErr> {
    Ok(find_of_vendor(tx, id).await?.filter(|user| user.person.partner() == tx.scope().partner()))
}

/// A person that this write may see, deleted by its directory or not.
pub async fn find_of_vendor(tx: &Tx, id: PersonId) -> Result<Option<User>, DbErr> {
    let Some(person) = access::people::find_to_change(tx, id).await? else { return Ok(None) };
    let query =
        Clause::text("SELECT attributes, removed_at FROM scim_users WHERE vendor_id = ").bind(tx.vendor().0).then(" AND person_id = ").bind(id.0);
    let row = rows(tx, query).await?;
    let Some(row) = row.first() else { return Ok(Some(User { person, kept: None, removed_at: None })) };
    let kept: String = row.try_get("", "attributes")?;
    Ok(Some(User { person, kept: serde_json::from_str(&kept).ok(), removed_at: row.try_get("", "removed_at")? }))
}

/// Keep what a directory says of a person; 409 if another has its `userName`.
pub async fn keep(tx: &Tx, person: PersonId, facts: &Facts, attributes: &Map<String, Value>, removed: bool) -> Result<(), Problem> {
    let removed_at = removed.then(|| tx.now());
    let text = serde_json::to_string(attributes).map_err(Problem::internal)?;
    let values = Clause::text(
        "INSERT INTO scim_users (vendor_id, person_id, user_name, external_id, given_name, family_name, attributes, removed_at) VALUES (",
    )
    .bind(tx.vendor().0)
    .then(", ")
    .bind(person.0)
    .then(", ")
    .bind(facts.user_name.as_str())
    .then(", ")
    .bind(attributes.get("externalId").and_then(Value::as_str).map(str::to_owned))
    .then(", ")
    .bind(name_part(attributes, "givenName"))
    .then(", ")
    .bind(name_part(attributes, "familyName"))
    .then(", ")
    .bind(text)
    .then(", ")
    .bind(removed_at);
    let upsert = values.then(
        ") ON CONFLICT (vendor_id, person_id) DO UPDATE SET user_name = excluded.user_name, external_id = excluded.external_id, \
         given_name = excluded.given_name, family_name = excluded.family_name, attributes = excluded.attributes, removed_at = excluded.removed_at",
    );
    match execute(tx, upsert).await {
        // Another write took the name between our look and our change.
        Err(cause) if kernel::db::is_duplicate(&cause) => return Err(Problem::new(UNIQUENESS)),
        done => done?,
    };
    let old = Clause::text("DELETE FROM scim_emails WHERE vendor_id = ").bind(tx.vendor().0).then(" AND person_id = ").bind(person.0);
    execute(tx, old).await?;
    let mut insert = Clause::text("INSERT INTO scim_emails (vendor_id, address, person_id) VALUES ");
    for (at, address) in facts.addresses.iter().enumerate() {
        insert =
            insert.then(if at == 0 { "(" } else { ", (" }).bind(tx.vendor().0).then(", ").bind(address.as_str()).then(", ").bind(person.0).then(")");
    }
    execute(tx, insert).await?;
    Ok(())
}
