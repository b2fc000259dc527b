//! The table of notifications, and the only queries on it.

use chrono::{DateTime, Utc};
use kernel::Tx;
use kernel::id::{PersonId, VendorId};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryOrder, QuerySelect, Statement, Value};

/// The table of notifications.
pub mod notification {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notifications")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub person_id: Uuid,
        pub sequence: i64,
        pub automation: String,
        pub template: String,
        pub link_type: String,
        pub link_id: String,
        pub in_inbox: bool,
        pub mail_due_at: Option<DateTime<Utc>>,
        pub read_at: Option<DateTime<Utc>>,
        pub archived_at: Option<DateTime<Utc>>,
        pub created_at: DateTime<Utc>,
        pub moment: Option<DateTime<Utc>>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use notification::{Column, Entity, Model};

fn of_person(vendor: VendorId, person: PersonId) -> Condition {
    Condition::all().add(Column::VendorId.eq(vendor.0)).add(Column::PersonId.eq(person.0))
}

/// What is in somebody's inbox.
fn inbox(vendor: VendorId, person: PersonId) -> Condition {
    of_person(vendor, person).add(Column::InInbox.eq(true))
}

/// A notification in somebody's inbox.
pub(crate) async fn find(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(inbox(vendor, person)).filter(Column::Id.eq(id)).one(db).await
}

/// Which of an inbox are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted {
    pub unread: bool,
    pub archived: bool,
    pub before: Option<Uuid>,
}

/// Up to `limit` of somebody's inbox, newest first.
pub(crate) async fn page(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId, wanted: Wanted, limit: u64) -> Result<Vec<Model>, DbErr> {
    let mut which = inbox(vendor, person).add_option(wanted.before.map(|id| Column::Id.lt(id)));
    which = which.add(if wanted.archived { Column::ArchivedAt.is_not_null() } else { Column::ArchivedAt.is_null() });
    if wanted.unread {
        which = which.add(Column::ReadAt.is_null());
    }
    Entity::find().filter(which).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// How many in somebody's inbox are unread, counted to `most`.
pub(crate) async fn unread(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId, most: i64) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) AS count FROM (SELECT id FROM notifications WHERE vendor_id = $1 AND person_id = $2 AND in_inbox = $4 \
        AND read_at IS NULL AND archived_at IS NULL LIMIT $3) AS counted";
    let values: [Value; 4] = [vendor.0.into(), person.0.into(), most.into(), true.into()];
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    row.map_or(Ok(0), |row| row.try_get("", "count"))
}

/// Write a notification that [`find`] found.
pub(crate) async fn update(tx: &Tx, row: Model) -> Result<(), DbErr> {
    let this = Condition::all().add(Column::VendorId.eq(row.vendor_id)).add(Column::Id.eq(row.id));
    let change = notification::ActiveModel {
        read_at: sea_orm::ActiveValue::Set(row.read_at),
        archived_at: sea_orm::ActiveValue::Set(row.archived_at),
        ..Default::default()
    };
    Entity::update_many().set(change).filter(this).exec(tx).await.map(drop)
}

/// All of somebody's inbox is read; answers how many were not.
pub(crate) async fn read_all(tx: &Tx, person: PersonId) -> Result<u64, DbErr> {
    let sql = "UPDATE notifications SET read_at = $3 WHERE vendor_id = $1 AND person_id = $2 AND in_inbox = $4 AND read_at IS NULL";
    execute(tx, sql, vec![tx.vendor().0.into(), person.0.into(), tx.now().into(), true.into()]).await
}

/// Add notifications; answers with the ids of those people who had not been told of this already.
pub(crate) async fn insert(tx: &Tx, rows: &[Model]) -> Result<Vec<Uuid>, DbErr> {
    let mut told = Vec::with_capacity(rows.len());
    for some in rows.chunks(50) {
        let (mut sql, mut values) = (INSERT.to_owned(), Vec::<Value>::with_capacity(some.len() * 12));
        for (at, row) in some.iter().enumerate() {
            let places: Vec<_> = (1..=12).map(|place| format!("${}", at * 12 + place)).collect();
            sql.push_str(if at == 0 { "" } else { ", " });
            sql.push_str(&format!("({})", places.join(", ")));
            values.extend([row.vendor_id.into(), row.id.into(), row.person_id.into(), row.sequence.into(), row.automation.clone().into()]);
            values.extend([row.template.clone().into(), row.link_type.clone().into(), row.link_id.clone().into(), row.in_inbox.into()]);
            values.extend([row.mail_due_at.into(), row.created_at.into(), row.moment.into()]);
        }
        sql.push_str(" ON CONFLICT DO NOTHING RETURNING person_id");
        let found = tx.query_all_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
        for row in found {
            told.push(row.try_get("", "person_id")?);
        }
    }
    Ok(told)
}

const INSERT: &str = "INSERT INTO notifications \
    (vendor_id, id, person_id, sequence, automation, template, link_type, link_id, in_inbox, mail_due_at, created_at, moment) VALUES ";

/// What of somebody's waits for mail that is due by `until`, oldest first.
pub(crate) async fn waiting(tx: &Tx, person: PersonId, until: DateTime<Utc>) -> Result<Vec<Model>, DbErr> {
    let due = of_person(tx.vendor(), person).add(Column::MailDueAt.lte(until));
    Entity::find().filter(due).order_by_asc(Column::Id).limit(1_000).all(tx).await
}

/// Nothing of somebody's that is due by `until` waits any more, or all of it waits until `then`.
pub(crate) async fn put_off(tx: &Tx, person: PersonId, until: DateTime<Utc>, then: Option<DateTime<Utc>>) -> Result<u64, DbErr> {
    let sql = "UPDATE notifications SET mail_due_at = $4 WHERE vendor_id = $1 AND person_id = $2 AND mail_due_at <= $3";
    execute(tx, sql, vec![tx.vendor().0.into(), person.0.into(), until.into(), then.into()]).await
}

/// When the next mail to somebody is due.
pub(crate) async fn next_due(tx: &Tx, person: PersonId) -> Result<Option<DateTime<Utc>>, DbErr> {
    let due = of_person(tx.vendor(), person).add(Column::MailDueAt.is_not_null());
    Ok(Entity::find().filter(due).order_by_asc(Column::MailDueAt).limit(1).one(tx).await?.and_then(|row| row.mail_due_at))
}

/// Up to `limit` of somebody's notifications, whatever became of them.
pub(crate) async fn of(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(of_person(vendor, person)).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// Forget all of somebody's.
pub(crate) async fn forget(tx: &Tx, person: PersonId) -> Result<(), DbErr> {
    Entity::delete_many().filter(of_person(tx.vendor(), person)).exec(tx).await.map(drop)
}

pub(crate) async fn execute(tx: &Tx, sql: &str, values: Vec<Value>) -> Result<u64, DbErr> {
    Ok(tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected())
}
