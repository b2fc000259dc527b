//! The tables of documents and their versions, and the only queries on them.

use super::PartnerDocumentId;
use super::types::{PartnerDocumentKind, PartnerDocumentVisibility};
use crate::contracts::PartnerContractId;
use chrono::{DateTime, Utc};
use kernel::id::PartnerId;
use kernel::{Actor, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Select, Statement};

/// The table of documents.
pub mod partner_document {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "partner_documents")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub partner_id: Uuid,
        pub contract_id: Option<Uuid>,
        pub title: String,
        pub kind: PartnerDocumentKind,
        pub visibility: PartnerDocumentVisibility,
        pub version: i64,
        pub retain_until: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of versions, without their content.
pub mod partner_document_version {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "partner_document_versions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub document_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub file_name: String,
        pub media_type: String,
        pub bytes: i64,
        pub sha256: String,
        pub actor_kind: String,
        pub actor_id: String,
        pub uploaded_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use partner_document::Model as DocumentRow;
use partner_document::{Column, Entity};
pub use partner_document_version::Model as VersionRow;

impl DocumentRow {
    /// Its id.
    pub fn id(&self) -> PartnerDocumentId {
        PartnerDocumentId(self.id)
    }
}

/// Those that a caller may see: whoever is not shown what is the vendor's own sees what is shared.
fn seen_by(who: &Actor) -> Select<Entity> {
    let all = Entity::find().filter(Column::VendorId.eq(who.scope.vendor().0)).filter(who.scope.limit(Column::PartnerId));
    let shared = (!access::Field::InternalReasons.shown_to(who)).then(|| Column::Visibility.eq(PartnerDocumentVisibility::Partner));
    all.filter(Condition::all().add_option(shared))
}

/// A document that `who` may see.
pub async fn find(db: &impl ConnectionTrait, who: &Actor, partner: PartnerId, id: PartnerDocumentId) -> Result<Option<DocumentRow>, DbErr> {
    seen_by(who).filter(Column::PartnerId.eq(partner.0)).filter(Column::Id.eq(id.0)).one(db).await
}

/// How many documents a partner has.
pub async fn count(tx: &Tx, partner: PartnerId) -> Result<u64, DbErr> {
    Entity::find().filter(Column::VendorId.eq(tx.vendor().0)).filter(Column::PartnerId.eq(partner.0)).count(tx).await
}

/// Documents about a partner that `who` may see, newest first: up to `limit` before `before`.
pub async fn list(
    db: &impl ConnectionTrait,
    who: &Actor,
    partner: PartnerId,
    (kind, contract): (Option<PartnerDocumentKind>, Option<PartnerContractId>),
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<DocumentRow>, DbErr> {
    let wanted = Condition::all()
        .add_option(kind.map(|kind| Column::Kind.eq(kind)))
        .add_option(contract.map(|contract| Column::ContractId.eq(contract.0)))
        .add_option(before.map(|before| Column::Id.lt(before)));
    seen_by(who).filter(Column::PartnerId.eq(partner.0)).filter(wanted).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// The newest versions of these documents, in no particular order.
pub async fn latest(db: &impl ConnectionTrait, scope: Scope, rows: &[DocumentRow]) -> Result<Vec<VersionRow>, DbErr> {
    use partner_document_version::Column as V;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = rows.iter().fold(Condition::any(), |any, row| any.add(V::DocumentId.eq(row.id).and(V::Version.eq(row.version))));
    partner_document_version::Entity::find().filter(V::VendorId.eq(scope.vendor().0)).filter(wanted).all(db).await
}

/// The versions of a document, newest first: up to `limit` before `before`.
pub async fn versions(db: &impl ConnectionTrait, row: &DocumentRow, before: Option<i64>, limit: u64) -> Result<Vec<VersionRow>, DbErr> {
    use partner_document_version::Column as V;
    let of = partner_document_version::Entity::find().filter(V::VendorId.eq(row.vendor_id)).filter(V::DocumentId.eq(row.id));
    of.filter(Condition::all().add_option(before.map(|before| V::Version.lt(before)))).order_by_desc(V::Version).limit(limit).all(db).await
}

/// A version of a document.
pub async fn version(db: &impl ConnectionTrait, row: &DocumentRow, version: i64) -> Result<Option<VersionRow>, DbErr> {
    partner_document_version::Entity::find_by_id((row.vendor_id, row.id, version)).one(db).await
}

/// The bytes of a version.
pub async fn content(db: &impl ConnectionTrait, row: &VersionRow) -> Result<Vec<u8>, Problem> {
    let sql = "SELECT content FROM partner_document_contents WHERE vendor_id = $1 AND document_id = $2 AND version = $3";
    let values = [row.vendor_id.into(), row.document_id.into(), row.version.into()];
    let found = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    found.ok_or_else(Problem::not_found)?.try_get("", "content").map_err(Into::into)
}

/// Store a new document.
pub async fn insert(tx: &Tx, row: &DocumentRow) -> Result<(), DbErr> {
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Store a version with its bytes.
pub async fn insert_version(tx: &Tx, row: &VersionRow, content: Vec<u8>) -> Result<(), DbErr> {
    partner_document_version::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await?;
    let sql = "INSERT INTO partner_document_contents (vendor_id, document_id, version, content) VALUES ($1, $2, $3, $4)";
    let values = [row.vendor_id.into(), row.document_id.into(), row.version.into(), content.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

/// Store a changed document under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut DocumentRow) -> Result<(), Problem> {
    let before = row.revision;
    row.revision += 1;
    row.updated_at = tx.now();
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    let done = Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

/// Take a document out with all that it held.
pub async fn delete(tx: &Tx, row: &DocumentRow) -> Result<(), DbErr> {
    for (table, column) in [("partner_document_contents", "document_id"), ("partner_document_versions", "document_id"), ("partner_documents", "id")] {
        let sql = format!("DELETE FROM {table} WHERE vendor_id = $1 AND {column} = $2");
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), &sql, [row.vendor_id.into(), row.id.into()])).await?;
    }
    Ok(())
}
