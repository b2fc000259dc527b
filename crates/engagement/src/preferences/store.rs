//! The table of preferences, and the only queries on it.

use super::rules::Preferences;
use chrono::{DateTime, Utc};
use kernel::Tx;
use kernel::id::{PersonId, VendorId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use std::collections::HashMap;

/// The table of preferences.
pub mod row {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notification_preferences")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub person_id: Uuid,
        pub content: String,
        pub revision: i64,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use row::{Column, Entity};

impl row::Model {
    /// What was set; what cannot be read is as if nothing was.
    pub(crate) fn preferences(&self) -> Preferences {
        serde_json::from_str(&self.content).unwrap_or_default()
    }
}

pub(crate) async fn find(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId) -> Result<Option<row::Model>, DbErr> {
    Entity::find_by_id((vendor.0, person.0)).one(db).await
}

/// What a person has set, or what holds until they do.
pub(crate) async fn of(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId) -> Result<Preferences, DbErr> {
    Ok(find(db, vendor, person).await?.map(|row| row.preferences()).unwrap_or_default())
}

/// The language that a person has set, if they did.
pub async fn own_language(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId) -> Result<Option<String>, DbErr> {
    Ok(of(db, vendor, person).await?.language)
}

/// The same of many; who is missing has set nothing.
pub(crate) async fn of_many(db: &impl ConnectionTrait, vendor: VendorId, people: &[Uuid]) -> Result<HashMap<Uuid, Preferences>, DbErr> {
    let mut found = HashMap::new();
    for some in people.chunks(500) {
        let rows = Entity::find().filter(Column::VendorId.eq(vendor.0)).filter(Column::PersonId.is_in(some.iter().copied())).all(db).await?;
        found.extend(rows.into_iter().map(|row| (row.person_id, row.preferences())));
    }
    Ok(found)
}

/// Write the row, whether or not there is one.
pub(crate) async fn put(tx: &Tx, row: row::Model) -> Result<(), DbErr> {
    let over =
        OnConflict::columns([Column::VendorId, Column::PersonId]).update_columns([Column::Content, Column::Revision, Column::UpdatedAt]).to_owned();
    Entity::insert(row::ActiveModel::from(row)).on_conflict(over).exec_without_returning(tx).await.map(drop)
}

pub(crate) async fn delete(tx: &Tx, person: PersonId) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::VendorId.eq(tx.vendor().0)).filter(Column::PersonId.eq(person.0)).exec(tx).await.map(drop)
}
