//! The table of business calendars, and the only queries on it.

use super::MOST;
use super::http::{BusinessCalendarHoliday, BusinessCalendarHours};
use chrono::{DateTime, Utc};
use kernel::calendar::{Calendar, Flaw, Span};
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, DbBackend, IntoActiveModel as _, QueryOrder, QuerySelect, Statement};
use serde::de::DeserializeOwned;

/// The table of business calendars.
pub mod business_calendar {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "business_calendars")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub title: String,
        pub time_zone: String,
        pub hours: String,
        pub holidays: String,
        pub is_default: i32,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use business_calendar::{ActiveModel, Column, Entity, Model};

/// Text of a stored JSON column; what we wrote ourselves reads back.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|cause| Problem::internal(format!("a stored calendar does not read: {cause}")))
}

pub fn write(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("a calendar is plain data")
}

/// `HH:MM` as minutes from midnight; 1440 at most.
pub fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse::<u16>().ok()).flatten();
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    (minutes < 60 && hours * 60 + minutes <= 1_440).then_some(hours * 60 + minutes)
}

/// The arithmetic of these hours.
pub fn calendar(zone: &str, hours: &BusinessCalendarHours, holidays: &[BusinessCalendarHoliday]) -> Result<Calendar, Flaw> {
    let week = hours.days().map(|(_, spans)| {
        let span = |from: &str, until: &str| Some(Span { from: minutes(from)?, until: minutes(until)? });
        spans.iter().filter_map(|one| span(&one.from, &one.until)).collect()
    });
    Calendar::new(zone, week, holidays.iter().map(|day| day.date))
}

/// The calendar of this name; if there is none of it or none was named, the vendor's default; and without that, every hour counts.
pub async fn named(db: &impl ConnectionTrait, scope: Scope, name: Option<&str>) -> Result<Calendar, Problem> {
    let either = Condition::any().add(Column::IsDefault.eq(1)).add_option(name.map(|name| Column::Name.eq(name)));
    let rows = Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(either).limit(2).all(db).await?;
    let found = rows.iter().find(|row| Some(row.name.as_str()) == name).or(rows.first());
    let Some(row) = found else { return Ok(Calendar::default()) };
    let stored = |flaw| Problem::internal(format!("the stored calendar {} has a flaw: {flaw:?}", row.name));
    calendar(&row.time_zone, &read(&row.hours)?, &read::<Vec<_>>(&row.holidays)?).map_err(stored)
}

/// Whether there is a calendar of this name.
pub async fn exists(db: &impl ConnectionTrait, scope: Scope, name: &str) -> Result<bool, DbErr> {
    Ok(find(db, scope, name).await?.is_some())
}

/// A calendar.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, name: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id((scope.vendor().0, name.to_owned())).one(db).await
}

/// All calendars by name; a vendor has few.
pub async fn all(db: &impl ConnectionTrait, scope: Scope) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).order_by_asc(Column::Name).limit(MOST).all(db).await
}

/// Let no other write change the vendor's calendars until this one ends: there is one default, and so many.
pub async fn hold(tx: &Tx) -> Result<(), DbErr> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(()); // SQLite has one writer anyway.
    }
    let sql = "SELECT id FROM vendors WHERE id = $1 FOR NO KEY UPDATE";
    tx.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [tx.vendor().0.into()])).await.map(|_| ())
}

/// Add a calendar, whose name was looked for under [`hold`].
pub async fn insert(tx: &Tx, row: Model) -> Result<(), DbErr> {
    Entity::insert(row.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

fn this(row: &Model) -> Condition {
    Condition::all().add(Column::VendorId.eq(row.vendor_id)).add(Column::Name.eq(&row.name))
}

/// Write the whole row, as its next revision.
pub async fn update(tx: &Tx, row: &mut Model) -> Result<(), DbErr> {
    (row.revision, row.updated_at) = (row.revision + 1, tx.now());
    Entity::update_many().set(ActiveModel::from(row.clone()).reset_all()).filter(this(row)).exec(tx).await.map(|_| ())
}

/// Take out a calendar.
pub async fn delete(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    Entity::delete_many().filter(this(row)).exec(tx).await.map(|_| ())
}
