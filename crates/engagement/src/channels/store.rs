//! The tables of channels and of messages to them, and the only queries on them.

use crate::NotificationChannelId;
use chrono::{DateTime, Utc};
use kernel::id::VendorId;
use kernel::seal::{KeyColumn, Sealed};
use kernel::{App, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{Condition, QueryOrder, QuerySelect, Statement, Value};

/// The table of channels.
pub mod channel {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notification_channels")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub kind: String,
        pub url: Vec<u8>,
        pub host: String,
        pub templates: String,
        pub language: String,
        pub status: String,
        pub last_error: Option<String>,
        pub failing_since: Option<DateTime<Utc>>,
        pub last_sent_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use channel::{Column, Entity, Model};

/// Where the URLs of channels lie: they are secrets.
pub const SEALED: Sealed = Sealed {
    table: "notification_channels",
    key: &[KeyColumn::Uuid("vendor_id"), KeyColumn::Uuid("id")],
    column: "url",
    purpose: |row| Ok(purpose(row.try_get("", "id")?)),
    also: &[],
};

fn purpose(id: Uuid) -> String {
    format!("notification_channel:{id}")
}

/// Seal a channel's URL.
pub(crate) fn seal(app: &App, id: Uuid, url: &str) -> Vec<u8> {
    app.sealer().seal(&purpose(id), url.as_bytes())
}

/// A channel's URL; `None` if it does not open.
pub(crate) fn open(app: &App, row: &Model) -> Option<String> {
    String::from_utf8(app.sealer().open(&purpose(row.id), &row.url).ok()?).ok()
}

impl Model {
    pub(crate) fn templates(&self) -> Vec<String> {
        serde_json::from_str(&self.templates).unwrap_or_default()
    }

    /// Whether it wants this template: by name, by all of a resource (`deal.*`), or everything (`*`).
    pub(crate) fn takes(&self, template: &str) -> bool {
        self.templates().iter().any(|wanted| match wanted.strip_suffix('*') {
            Some(start) => template.starts_with(start),
            None => wanted == template,
        })
    }
}

fn this(vendor: VendorId, id: Uuid) -> Condition {
    Condition::all().add(Column::VendorId.eq(vendor.0)).add(Column::Id.eq(id))
}

pub(crate) async fn find(db: &impl ConnectionTrait, vendor: VendorId, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(this(vendor, id)).one(db).await
}

/// Like [`find`], for a change.
pub(crate) async fn find_to_change(tx: &Tx, id: NotificationChannelId) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(this(tx.vendor(), id.0)).lock(LockType::Update).one(tx).await
}

/// Up to `limit` of a vendor's, newest first.
pub(crate) async fn page(db: &impl ConnectionTrait, vendor: VendorId, before: Option<Uuid>, limit: u64) -> Result<Vec<Model>, DbErr> {
    let all = Condition::all().add(Column::VendorId.eq(vendor.0)).add_option(before.map(|id| Column::Id.lt(id)));
    Entity::find().filter(all).order_by_desc(Column::Id).limit(limit).all(db).await
}

pub(crate) async fn insert(tx: &Tx, row: Model) -> Result<(), DbErr> {
    Entity::insert(channel::ActiveModel::from(row)).exec_without_returning(tx).await.map(drop)
}

pub(crate) async fn update(tx: &Tx, row: Model) -> Result<(), DbErr> {
    let this = this(tx.vendor(), row.id);
    Entity::update_many().set(channel::ActiveModel::from(row).reset_all()).filter(this).exec(tx).await.map(drop)
}

pub(crate) async fn delete(tx: &Tx, id: Uuid) -> Result<(), DbErr> {
    run(tx, "DELETE FROM chat_messages WHERE vendor_id = $1 AND channel_id = $2", vec![tx.vendor().0.into(), id.into()]).await?;
    Entity::delete_many().filter(this(tx.vendor(), id)).exec(tx).await.map(drop)
}

/// A message on its way; `sequence` 0 is a test.
pub(crate) struct Message {
    pub channel: Uuid,
    pub sequence: i64,
    pub automation: String,
    pub template: String,
    pub link: (String, String),
    pub moment: DateTime<Utc>,
}

/// Put a message into the outbox; `false` if the channel was told of this already.
pub(crate) async fn send(tx: &Tx, message: &Message) -> Result<bool, DbErr> {
    let sql = "INSERT INTO chat_messages (vendor_id, id, channel_id, sequence, automation, template, link_type, link_id, attempts, due_at, created_at, moment) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $9, $10) ON CONFLICT DO NOTHING";
    let values = vec![
        tx.vendor().0.into(),
        kernel::id::fresh().into(),
        message.channel.into(),
        message.sequence.into(),
        message.automation.clone().into(),
        message.template.clone().into(),
        message.link.0.clone().into(),
        message.link.1.clone().into(),
        tx.now().into(),
        message.moment.into(),
    ];
    Ok(run(tx, sql, values).await? == 1)
}

/// Nothing waits for this channel any more.
pub(crate) async fn drop_waiting(tx: &Tx, channel: Uuid) -> Result<(), DbErr> {
    let sql = "UPDATE chat_messages SET due_at = NULL WHERE vendor_id = $1 AND channel_id = $2 AND due_at IS NOT NULL";
    run(tx, sql, vec![tx.vendor().0.into(), channel.into()]).await.map(drop)
}

pub(crate) async fn run(tx: &Tx, sql: &str, values: Vec<Value>) -> Result<u64, DbErr> {
    Ok(tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected())
}
