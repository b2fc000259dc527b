//! The table of notes, and the only queries on it.

use super::PartnerNoteId;
use chrono::{DateTime, Utc};
use kernel::id::PartnerId;
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Select};

/// The table of notes.
pub mod partner_note {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "partner_notes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub partner_id: Uuid,
        pub author_kind: String,
        pub author_id: String,
        pub text: String,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use partner_note::Model as NoteRow;
use partner_note::{Column, Entity};

fn scoped(scope: Scope, partner: PartnerId) -> Select<Entity> {
    let of = Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(Column::PartnerId.eq(partner.0));
    of.filter(scope.limit(Column::PartnerId))
}

/// A note about a partner within the caller's reach.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, partner: PartnerId, id: PartnerNoteId) -> Result<Option<NoteRow>, DbErr> {
    scoped(scope, partner).filter(Column::Id.eq(id.0)).one(db).await
}

/// How many notes there are about a partner.
pub async fn count(tx: &Tx, partner: PartnerId) -> Result<u64, DbErr> {
    scoped(Scope::vendor_wide(tx.vendor()), partner).count(tx).await
}

/// Notes about a partner, newest first: up to `limit` before `before`.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, partner: PartnerId, before: Option<Uuid>, limit: u64) -> Result<Vec<NoteRow>, DbErr> {
    let older = Condition::all().add_option(before.map(|before| Column::Id.lt(before)));
    scoped(scope, partner).filter(older).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// Store a new note.
pub async fn insert(tx: &Tx, row: &NoteRow) -> Result<(), DbErr> {
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Store a changed note under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut NoteRow) -> Result<(), Problem> {
    let before = row.revision;
    row.revision += 1;
    row.updated_at = tx.now();
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    let done = Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

/// Delete a note.
pub async fn delete(tx: &Tx, row: &NoteRow) -> Result<(), DbErr> {
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id));
    Entity::delete_many().filter(this).exec(tx).await.map(|_| ())
}

/// Notes by id: up to `limit` after `after`.
pub async fn after(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<NoteRow>, DbErr> {
    let find = Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(Column::Id.gt(after));
    find.order_by_asc(Column::Id).limit(limit).all(db).await
}
