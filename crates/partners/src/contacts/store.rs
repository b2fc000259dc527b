//! The table of contacts, and the only queries on it.

use super::PartnerContactId;
use super::types::PartnerFunction;
use chrono::{DateTime, Utc};
use kernel::id::PartnerId;
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Select, Statement};

/// The table of contacts.
pub mod partner_contact {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "partner_contacts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub partner_id: Uuid,
        pub name: String,
        pub email: Option<String>,
        pub phone: Option<String>,
        pub job_title: Option<String>,
        pub language: Option<String>,
        pub functions: String,
        pub person_id: Option<Uuid>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use partner_contact::Model as ContactRow;
use partner_contact::{Column, Entity};

impl ContactRow {
    /// Its id.
    pub fn id(&self) -> PartnerContactId {
        PartnerContactId(self.id)
    }

    /// What they are there for.
    pub fn functions(&self) -> Vec<PartnerFunction> {
        serde_json::from_str(&self.functions).unwrap_or_default()
    }
}

fn scoped(scope: Scope, partner: PartnerId) -> Select<Entity> {
    let of = Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(Column::PartnerId.eq(partner.0));
    of.filter(scope.limit(Column::PartnerId))
}

/// A contact of a partner within the caller's reach.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, partner: PartnerId, id: PartnerContactId) -> Result<Option<ContactRow>, DbErr> {
    scoped(scope, partner).filter(Column::Id.eq(id.0)).one(db).await
}

/// How many contacts a partner has.
pub async fn count(tx: &Tx, partner: PartnerId) -> Result<u64, DbErr> {
    scoped(Scope::vendor_wide(tx.vendor()), partner).count(tx).await
}

/// Contacts of a partner, oldest first: up to `limit` after `after`, all or those who are there for something.
pub async fn list(
    db: &impl ConnectionTrait,
    scope: Scope,
    partner: PartnerId,
    function: Option<PartnerFunction>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<ContactRow>, DbErr> {
    let wanted = Condition::all()
        .add_option(function.map(|function| Column::Functions.contains(format!("\"{}\"", function.wire()))))
        .add_option(after.map(|after| Column::Id.gt(after)));
    scoped(scope, partner).filter(wanted).order_by_asc(Column::Id).limit(limit).all(db).await
}

/// All contacts of a partner: no more than a partner may have.
pub async fn of_partner(db: &impl ConnectionTrait, scope: Scope, partner: PartnerId) -> Result<Vec<ContactRow>, DbErr> {
    list(db, scope, partner, None, None, super::service::MOST).await
}

/// The contact of a partner with this address, if it is no person yet.
pub async fn unlinked(tx: &Tx, partner: PartnerId, email: &str) -> Result<Option<ContactRow>, DbErr> {
    let wanted = Column::Email.eq(email).and(Column::PersonId.is_null());
    scoped(Scope::vendor_wide(tx.vendor()), partner).filter(wanted).order_by_asc(Column::Id).one(tx).await
}

/// Store a new contact.
pub async fn insert(tx: &Tx, row: &ContactRow) -> Result<(), DbErr> {
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Store a changed contact under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut ContactRow) -> Result<(), Problem> {
    let before = row.revision;
    row.revision += 1;
    row.updated_at = tx.now();
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    let done = Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

/// Take a contact out.
pub async fn delete(tx: &Tx, row: &ContactRow) -> Result<(), DbErr> {
    set_primary(tx, row, &[]).await?;
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id));
    Entity::delete_many().filter(this).exec(tx).await.map(|_| ())
}

/// Make a contact the primary one for exactly these functions: whoever was before is so no more.
pub async fn set_primary(tx: &Tx, row: &ContactRow, functions: &[PartnerFunction]) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let sql = "DELETE FROM partner_primary_contacts WHERE vendor_id = $1 AND partner_id = $2 AND contact_id = $3";
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, [row.vendor_id.into(), row.partner_id.into(), row.id.into()])).await?;
    let mut functions = functions.to_vec();
    // In one order, so that two writers wait for one another.
    functions.sort();
    for function in functions {
        let sql = "INSERT INTO partner_primary_contacts (vendor_id, partner_id, contact_id, function) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (vendor_id, partner_id, function) DO UPDATE SET contact_id = excluded.contact_id";
        let values = [row.vendor_id.into(), row.partner_id.into(), row.id.into(), function.wire().into()];
        tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    }
    Ok(())
}

/// Who of a partner's contacts is the primary one for what.
pub async fn primary(db: &impl ConnectionTrait, vendor: Uuid, partner: Uuid) -> Result<Vec<(Uuid, PartnerFunction)>, DbErr> {
    let sql = "SELECT contact_id, function FROM partner_primary_contacts WHERE vendor_id = $1 AND partner_id = $2 ORDER BY function";
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.into(), partner.into()])).await?;
    let mut primary = Vec::new();
    for row in rows {
        let function: String = row.try_get("", "function")?;
        if let Ok(function) = serde_json::from_value(function.into()) {
            primary.push((row.try_get("", "contact_id")?, function));
        }
    }
    Ok(primary)
}

/// The functions of which this contact is the primary one.
pub async fn primary_for(db: &impl ConnectionTrait, row: &ContactRow) -> Result<Vec<PartnerFunction>, DbErr> {
    let all = primary(db, row.vendor_id, row.partner_id).await?;
    Ok(all.into_iter().filter(|(contact, _)| *contact == row.id).map(|(_, function)| function).collect())
}

/// Contacts by id: up to `limit` after `after`.
pub async fn after(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<ContactRow>, DbErr> {
    let find = Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(Column::Id.gt(after));
    find.order_by_asc(Column::Id).limit(limit).all(db).await
}
