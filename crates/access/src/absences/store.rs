//! The table of absences, and the only queries on it.

use super::AbsenceId;
use chrono::{DateTime, Utc};
use kernel::id::{PersonId, VendorId};
use kernel::{Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{Condition, DbBackend, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Select, Statement};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// Where an absence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum AbsenceStatus {
    /// Has not begun.
    Planned,
    /// The person is away.
    Current,
    /// Is over.
    Over,
}

/// The table of absences.
pub mod absence {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "absences")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub person_id: Uuid,
        pub begins_at: DateTime<Utc>,
        pub ends_at: DateTime<Utc>,
        pub cover_id: Option<Uuid>,
        pub hand_over: bool,
        pub status: AbsenceStatus,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// What is to be known of somebody who is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away {
    /// Who stands in.
    pub cover: Option<PersonId>,
    /// Whether what they hold is to be handed over.
    pub hand_over: bool,
}

fn of(vendor: VendorId) -> Select<absence::Entity> {
    absence::Entity::find().filter(absence::Column::VendorId.eq(vendor.0))
}

/// Who of `people` is away at `now`: from the moment an absence begins until just before it ends.
pub async fn current(db: &impl ConnectionTrait, vendor: VendorId, people: &[PersonId], now: DateTime<Utc>) -> Result<HashMap<PersonId, Away>, DbErr> {
    use absence::Column::{BeginsAt, EndsAt, Id, PersonId as Whose};
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let during = BeginsAt.lte(now).and(EndsAt.gt(now));
    let rows = of(vendor).filter(Whose.is_in(people.iter().map(|person| person.0))).filter(during).order_by_asc(Id).all(db).await?;
    // The one that was entered last counts.
    Ok(rows.into_iter().map(|row| (PersonId(row.person_id), Away { cover: row.cover_id.map(PersonId), hand_over: row.hand_over })).collect())
}

/// An absence that `scope` may see: absences are the vendor's own.
pub(super) async fn find(db: &impl ConnectionTrait, scope: Scope, id: AbsenceId) -> Result<Option<absence::Model>, DbErr> {
    if scope.partner().is_some() {
        return Ok(None);
    }
    of(scope.vendor()).filter(absence::Column::Id.eq(id.0)).one(db).await
}

/// The same for a change: on Postgres no other write changes the row until this one ends.
pub(super) async fn find_to_change(tx: &Tx, id: AbsenceId) -> Result<Option<absence::Model>, DbErr> {
    if tx.scope().partner().is_some() {
        return Ok(None);
    }
    of(tx.vendor()).filter(absence::Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// A person's absences that have a part in this time.
pub(super) async fn during(tx: &Tx, person: PersonId, begins: DateTime<Utc>, ends: DateTime<Utc>) -> Result<Vec<absence::Model>, DbErr> {
    use absence::Column::{BeginsAt, EndsAt, PersonId as Whose};
    of(tx.vendor()).filter(Whose.eq(person.0)).filter(EndsAt.gt(begins)).filter(BeginsAt.lt(ends)).limit(100).all(tx).await
}

/// How many absences of a person are not over.
pub(super) async fn ahead(tx: &Tx, person: PersonId) -> Result<u64, DbErr> {
    of(tx.vendor()).filter(absence::Column::PersonId.eq(person.0)).filter(absence::Column::EndsAt.gt(tx.now())).count(tx).await
}

/// Up to `limit` absences before `before`, those entered last first.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: Scope,
    person: Option<PersonId>,
    status: Option<AbsenceStatus>,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<absence::Model>, DbErr> {
    use absence::Column::{Id, PersonId as Whose, Status};
    if scope.partner().is_some() {
        return Ok(Vec::new());
    }
    let wanted = Condition::all()
        .add_option(person.map(|person| Whose.eq(person.0)))
        .add_option(status.map(|status| Status.eq(status)))
        .add_option(before.map(|before| Id.lt(before)));
    of(scope.vendor()).filter(wanted).order_by_desc(Id).limit(limit).all(db).await
}

/// Everything of a person, and those for which they stand in.
pub(super) async fn about(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId) -> Result<Vec<absence::Model>, DbErr> {
    let either = absence::Column::PersonId.eq(person.0).or(absence::Column::CoverId.eq(person.0));
    of(vendor).filter(either).order_by_asc(absence::Column::Id).all(db).await
}

pub(super) async fn insert(tx: &Tx, row: &absence::Model) -> Result<(), DbErr> {
    absence::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Write the whole row of an absence that was found to be changed.
pub(super) async fn update(tx: &Tx, row: &absence::Model) -> Result<(), DbErr> {
    let this = absence::Column::VendorId.eq(row.vendor_id).and(absence::Column::Id.eq(row.id));
    absence::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await.map(|_| ())
}

pub(super) async fn delete(tx: &Tx, row: &absence::Model) -> Result<(), DbErr> {
    absence::Entity::delete_by_id((row.vendor_id, row.id)).exec(tx).await.map(|_| ())
}

/// Let only one write of a vendor at a time say who stands in for whom: two at once could close a circle.
pub(super) async fn lock(tx: &Tx) -> Result<(), DbErr> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(()); // SQLite has one writer anyway.
    }
    let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    let values = [format!("absences:{}", tx.vendor()).into()];
    tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}
