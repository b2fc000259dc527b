//! The tables of groups and members, and the only queries on them.

use super::GroupId;
use crate::error::UNIQUENESS;
use crate::filter::sql::Clause;
use crate::request::version;
use crate::schema::{GROUP, GROUPS, Kind, key};
use crate::store::{Listed, execute, rows};
use crate::users;
use access::RoleName;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId, VendorId};
use kernel::{Problem, Scope, Tx};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult};
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// A group.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its id.
    pub id: GroupId,
    /// Of which partner's directory; none for the vendor's own.
    pub partner: Option<PartnerId>,
    /// `displayName`.
    pub name: String,
    /// The directory's own id of it.
    pub external_id: Option<String>,
    /// The role that was mapped to it.
    pub role: Option<RoleName>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Row {
    /// The whole resource; without `members` if they were not looked up.
    pub fn shown(&self, base: &str, members: Option<&[PersonId]>) -> Value {
        let location = format!("{base}/Groups/{}", self.id);
        let mut whole = json!({
            "schemas": [GROUP], "id": self.id, "displayName": self.name,
            "meta": { "resourceType": "Group", "created": self.created_at, "lastModified": self.updated_at, "location": location,
                "version": version(self.revision) },
        });
        if let Some(external_id) = &self.external_id {
            whole["externalId"] = json!(external_id);
        }
        if let Some(members) = members.filter(|members| !members.is_empty()) {
            whole["members"] = members.iter().map(|id| member(base, *id)).collect();
        }
        whole
    }
}

/// A member as it is shown.
pub fn member(base: &str, id: PersonId) -> Value {
    json!({ "value": id, "$ref": format!("{base}/Users/{id}"), "type": "User" })
}

/// The directory that a scope provisions, as a key: the partner, or the vendor itself.
fn directory(scope: Scope) -> Uuid {
    scope.partner().map_or(scope.vendor().0, |partner| partner.0)
}

impl Listed for Row {
    fn kind() -> &'static Kind {
        &GROUPS
    }

    const COLUMNS: &'static str = "g.*";
    const ORDER: &'static str = "g.id";

    fn all(scope: Scope) -> Clause {
        let all = Clause::text("FROM scim_groups g WHERE g.vendor_id = ").bind(scope.vendor().0);
        all.then(" AND g.directory = ").bind(directory(scope))
    }

    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self {
            id: GroupId(row.try_get("", "id")?),
            partner: row.try_get::<Option<Uuid>>("", "partner_id")?.map(PartnerId),
            name: row.try_get("", "name")?,
            external_id: row.try_get("", "external_id")?,
            role: row.try_get::<Option<String>>("", "role")?.as_deref().and_then(RoleName::read),
            revision: row.try_get("", "revision")?,
            created_at: row.try_get("", "created_at")?,
            updated_at: row.try_get("", "updated_at")?,
        })
    }

    async fn shown(
        db: &impl ConnectionTrait,
        scope: Scope,
        base: &str,
        groups: Vec<Self>,
        wants: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<Vec<Value>, DbErr> {
        let ids: Vec<_> = groups.iter().map(|group| group.id.0).collect();
        let all = if wants("members") { members_of(db, scope.vendor(), &ids).await? } else { HashMap::new() };
        Ok(groups.iter().map(|group| group.shown(base, all.get(&group.id.0).map(Vec::as_slice))).collect())
    }
}

/// The members of these groups, in the order in which people were added to the program.
pub async fn members_of(db: &impl ConnectionTrait, vendor: VendorId, groups: &[Uuid]) -> Result<HashMap<Uuid, Vec<PersonId>>, DbErr> {
    let mut found: HashMap<Uuid, Vec<PersonId>> = HashMap::new();
    for chunk in groups.chunks(500) {
        let query = Clause::text("SELECT group_id, person_id FROM scim_members WHERE vendor_id = ").bind(vendor.0).then(" AND group_id IN (");
        for row in rows(db, query.join(users::listed(chunk)).then(") ORDER BY group_id, person_id")).await? {
            found.entry(row.try_get("", "group_id")?).or_default().push(PersonId(row.try_get("", "person_id")?));
        }
    }
    Ok(found)
}

/// The members of one group.
pub async fn members(db: &impl ConnectionTrait, vendor: VendorId, group: GroupId) -> Result<Vec<PersonId>, DbErr> {
    Ok(members_of(db, vendor, &[group.0]).await?.remove(&group.0).unwrap_or_default())
}

/// A group of this scope's directory.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: GroupId) -> Result<Option<Row>, DbErr> {
    let one = Clause::text("SELECT g.* ").join(Row::all(scope)).then(" AND g.id = ").bind(id.0);
    rows(db, one).await?.first().map(Row::read).transpose()
}

/// A group of whichever directory this scope may see, for a change: on Postgres no other write changes it until this one ends.
pub async fn find_to_change(tx: &Tx, id: GroupId) -> Result<Option<Row>, DbErr> {
    let one = Clause::text("SELECT g.* FROM scim_groups g WHERE g.vendor_id = ").bind(tx.vendor().0).then(" AND g.id = ").bind(id.0);
    let one = if tx.get_database_backend() == DbBackend::Postgres { one.then(" FOR NO KEY UPDATE") } else { one };
    let found = rows(tx, one).await?.first().map(Row::read).transpose()?;
    match found.as_ref().map(|row| row.partner) {
        Some(Some(partner)) if !tx.scope().reaches(tx, partner).await? => Ok(None),
        Some(None) if tx.scope().partner().is_some() => Ok(None),
        _ => Ok(found),
    }
}

/// Add a group; 409 if its directory has one of this name.
pub async fn insert(tx: &Tx, row: &Row) -> Result<(), Problem> {
    let insert = Clause::text(
        "INSERT INTO scim_groups (vendor_id, id, partner_id, directory, name, name_key, external_id, role, revision, created_at, updated_at) VALUES (",
    )
    .bind(tx.vendor().0)
    .then(", ")
    .bind(row.id.0)
    .then(", ")
    .bind(row.partner.map(|partner| partner.0))
    .then(", ")
    .bind(directory(tx.scope()))
    .then(", ")
    .bind(row.name.as_str())
    .then(", ")
    .bind(key(&row.name))
    .then(", ")
    .bind(row.external_id.clone())
    .then(", NULL, ")
    .bind(row.revision)
    .then(", ")
    .bind(row.created_at)
    .then(", ")
    .bind(row.updated_at)
    .then(") ON CONFLICT (vendor_id, directory, name_key) DO NOTHING");
    if execute(tx, insert).await? == 1 { Ok(()) } else { Err(Problem::new(UNIQUENESS)) }
}

/// Write a group that [`find_to_change`] found; 409 if its directory has another of this name.
pub async fn update(tx: &Tx, row: &Row) -> Result<(), Problem> {
    let update = Clause::text("UPDATE scim_groups SET name = ")
        .bind(row.name.as_str())
        .then(", name_key = ")
        .bind(key(&row.name))
        .then(", external_id = ")
        .bind(row.external_id.clone())
        .then(", role = ")
        .bind(row.role.as_ref().map(ToString::to_string))
        .then(", revision = ")
        .bind(row.revision)
        .then(", updated_at = ")
        .bind(row.updated_at)
        .then(" WHERE vendor_id = ")
        .bind(tx.vendor().0)
        .then(" AND id = ")
        .bind(row.id.0);
    match execute(tx, update).await {
        Err(cause) if kernel::db::is_duplicate(&cause) => Err(Problem::new(UNIQUENESS)),
        done => Ok(done.map(|_| ())?),
    }
}

/// Take a group away, with whoever is in it.
pub async fn delete(tx: &Tx, id: GroupId) -> Result<(), DbErr> {
    for table in ["scim_members WHERE group_id = ", "scim_groups WHERE id = "] {
        let delete = Clause::text(format!("DELETE FROM {table}")).bind(id.0).then(" AND vendor_id = ").bind(tx.vendor().0);
        execute(tx, delete).await?;
    }
    Ok(())
}

/// Put people into a group.
pub async fn add_members(tx: &Tx, group: GroupId, people: &[PersonId]) -> Result<(), DbErr> {
    for chunk in people.chunks(200) {
        let mut insert = Clause::text("INSERT INTO scim_members (vendor_id, group_id, person_id) VALUES ");
        for (at, person) in chunk.iter().enumerate() {
            insert = insert.then(if at == 0 { "(" } else { ", (" }).bind(tx.vendor().0).then(", ").bind(group.0).then(", ").bind(person.0).then(")");
        }
        execute(tx, insert.then(" ON CONFLICT (vendor_id, group_id, person_id) DO NOTHING")).await?;
    }
    Ok(())
}

/// Take people out of a group.
pub async fn remove_members(tx: &Tx, group: GroupId, people: &[PersonId]) -> Result<(), DbErr> {
    for chunk in people.chunks(500) {
        let ids: Vec<_> = chunk.iter().map(|person| person.0).collect();
        let delete = Clause::text("DELETE FROM scim_members WHERE vendor_id = ").bind(tx.vendor().0).then(" AND group_id = ").bind(group.0);
        execute(tx, delete.then(" AND person_id IN (").join(users::listed(&ids)).then(")")).await?;
    }
    Ok(())
}

/// The groups of one person.
pub async fn groups_of(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId) -> Result<Vec<Row>, DbErr> {
    let query =
        Clause::text("SELECT g.* FROM scim_groups g JOIN scim_members m ON m.vendor_id = g.vendor_id AND m.group_id = g.id WHERE m.vendor_id = ");
    let query = query.bind(vendor.0).then(" AND m.person_id = ").bind(person.0).then(" ORDER BY g.id");
    rows(db, query).await?.iter().map(Row::read).collect()
}

/// One page of all groups that this scope may see, oldest first, after this one.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, after: Option<Uuid>, limit: u64) -> Result<Vec<Row>, DbErr> {
    let mut query = Clause::text("SELECT g.* FROM scim_groups g WHERE g.vendor_id = ").bind(scope.vendor().0);
    if let Some(own) = scope.partner() {
        query = query.then(" AND g.partner_id = ").bind(own.0);
    }
    if let Some(after) = after {
        query = query.then(" AND g.id > ").bind(after);
    }
    rows(db, query.then(format!(" ORDER BY g.id LIMIT {limit}"))).await?.iter().map(Row::read).collect()
}

/// A group of whichever directory this scope may see.
pub async fn find_any(db: &impl ConnectionTrait, scope: Scope, id: GroupId) -> Result<Option<Row>, DbErr> {
    let mut query = Clause::text("SELECT g.* FROM scim_groups g WHERE g.vendor_id = ").bind(scope.vendor().0).then(" AND g.id = ").bind(id.0);
    if let Some(own) = scope.partner() {
        query = query.then(" AND g.partner_id = ").bind(own.0);
    }
    rows(db, query).await?.first().map(Row::read).transpose()
}
