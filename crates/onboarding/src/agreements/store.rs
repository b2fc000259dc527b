//! The tables of agreements, and the only queries on them.

use super::body::AgreementTemplateDraft;
use super::rules::{AgreementSide, AgreementSignerStatus, AgreementStatus};
use super::types::AgreementEvidence;
use super::{AgreementId, AgreementSignerId, AgreementTemplateId};
use crate::versioned::Versioned;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId, VendorId};
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Statement};

/// The table of versions of templates.
pub mod template {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "agreement_templates")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub version: i64,
        pub status: String,
        pub kind: String,
        pub asks_again: i64,
        pub body: String,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of agreements.
pub mod agreement {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "agreements")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub partner_id: Uuid,
        pub template_id: Uuid,
        pub template_name: String,
        pub template_version: i64,
        pub kind: String,
        pub title: String,
        pub language: String,
        pub status: String,
        pub text: String,
        pub consent: String,
        pub sha256: String,
        pub reason: Option<String>,
        pub sent_at: Option<DateTime<Utc>>,
        pub expires_at: Option<DateTime<Utc>>,
        pub ended_at: Option<DateTime<Utc>>,
        pub contract_id: Option<Uuid>,
        pub statement: Option<String>,
        pub seal: Option<String>,
        pub completed_sha256: Option<String>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of signers.
pub mod signer {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "agreement_signers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub agreement_id: Uuid,
        pub position: i64,
        pub role: String,
        pub title: String,
        pub side: String,
        pub name: String,
        pub email: String,
        pub person_id: Option<Uuid>,
        pub status: String,
        pub evidence: Option<String>,
        pub acted_at: Option<DateTime<Utc>>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use agreement::Model as AgreementRow;
pub use signer::Model as SignerRow;
pub use template::Model as TemplateRow;

fn unread(what: &str) -> Problem {
    Problem::internal(format!("a stored agreement does not read: {what}"))
}

impl Versioned for TemplateRow {
    fn status(&mut self) -> &mut String {
        &mut self.status
    }
    fn revision(&self) -> i64 {
        self.revision
    }
}

impl TemplateRow {
    /// Its id.
    pub fn id(&self) -> AgreementTemplateId {
        AgreementTemplateId(self.id)
    }

    /// What it says.
    pub fn body(&self) -> Result<AgreementTemplateDraft, Problem> {
        serde_json::from_str(&self.body).map_err(|cause| unread(&cause.to_string()))
    }
}

impl AgreementRow {
    /// Its id.
    pub fn id(&self) -> AgreementId {
        AgreementId(self.id)
    }

    /// The partner.
    pub fn partner(&self) -> PartnerId {
        PartnerId(self.partner_id)
    }

    /// Where it stands.
    pub fn status(&self) -> Result<AgreementStatus, Problem> {
        self.status.parse().map_err(|()| unread(&self.status))
    }
}

impl SignerRow {
    /// Its id.
    pub fn id(&self) -> AgreementSignerId {
        AgreementSignerId(self.id)
    }

    /// Where they stand, but for whose turn it is.
    pub fn status(&self) -> Result<AgreementSignerStatus, Problem> {
        self.status.parse().map_err(|()| unread(&self.status))
    }

    /// For whom they sign.
    pub fn side(&self) -> Result<AgreementSide, Problem> {
        self.side.parse().map_err(|()| unread(&self.side))
    }

    /// How they signed.
    pub fn evidence(&self) -> Result<Option<AgreementEvidence>, Problem> {
        self.evidence.as_deref().map(serde_json::from_str).transpose().map_err(|cause| unread(&cause.to_string()))
    }
}

fn templates(vendor: VendorId) -> sea_orm::Select<template::Entity> {
    template::Entity::find().filter(template::Column::VendorId.eq(vendor.0))
}

/// One version of a template.
pub async fn template(db: &impl ConnectionTrait, vendor: VendorId, id: AgreementTemplateId) -> Result<Option<TemplateRow>, DbErr> {
    templates(vendor).filter(template::Column::Id.eq(id.0)).one(db).await
}

/// The number of the last version of this name; 0 if there is none.
pub async fn last_version(tx: &Tx, name: &str) -> Result<i64, DbErr> {
    let last = templates(tx.vendor()).filter(template::Column::Name.eq(name)).order_by_desc(template::Column::Version).limit(1).one(tx).await?;
    Ok(last.map_or(0, |row| row.version))
}

/// All versions of this kind that were published, the latest of each name first.
pub async fn published(db: &impl ConnectionTrait, vendor: VendorId, kind: &str) -> Result<Vec<TemplateRow>, DbErr> {
    let rows = templates(vendor).filter(template::Column::Status.ne("draft")).filter(template::Column::Kind.eq(kind));
    rows.order_by_asc(template::Column::Name).order_by_desc(template::Column::Version).limit(1_000).all(db).await
}

/// Up to `limit` versions before `before`, newest first.
pub async fn list_templates(
    db: &impl ConnectionTrait,
    scope: Scope,
    (name, kind, status): (Option<&str>, Option<&str>, Option<&str>),
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<TemplateRow>, DbErr> {
    let wanted = Condition::all()
        .add_option(name.map(|name| template::Column::Name.eq(name)))
        .add_option(kind.map(|kind| template::Column::Kind.eq(kind)))
        .add_option(status.map(|status| template::Column::Status.eq(status)))
        .add_option(before.map(|before| template::Column::Id.lt(before)));
    templates(scope.vendor()).filter(wanted).order_by_desc(template::Column::Id).limit(limit).all(db).await
}

/// Add a version; `false` if its number was taken meanwhile.
pub async fn insert_template(tx: &Tx, row: TemplateRow) -> Result<bool, DbErr> {
    let nothing = OnConflict::new().do_nothing().to_owned();
    Ok(template::Entity::insert(row.into_active_model()).on_conflict(nothing).exec_without_returning(tx).await? == 1)
}

/// Write a version at its next revision; `false` if it changed meanwhile.
pub async fn update_template(tx: &Tx, row: &mut TemplateRow) -> Result<bool, DbErr> {
    let before = row.revision;
    (row.revision, row.updated_at) = (before + 1, tx.now());
    let this = template::Column::VendorId.eq(row.vendor_id).and(template::Column::Id.eq(row.id)).and(template::Column::Revision.eq(before));
    Ok(template::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?.rows_affected == 1)
}

/// The names of templates that ask for another signature, with the version that does.
pub async fn asking_again(db: &impl ConnectionTrait, vendor: VendorId, names: Vec<String>) -> Result<Vec<(String, i64)>, DbErr> {
    let rows = templates(vendor)
        .filter(template::Column::Name.is_in(names))
        .filter(template::Column::Status.eq("published"))
        .filter(template::Column::AsksAgain.eq(1));
    Ok(rows.all(db).await?.into_iter().map(|row| (row.name, row.version)).collect())
}

/// Of a partner's people, drafts are out of reach.
fn agreements(scope: Scope) -> sea_orm::Select<agreement::Entity> {
    let shown = Condition::all().add_option(scope.partner().map(|_| agreement::Column::Status.ne("draft")));
    agreement::Entity::find().filter(agreement::Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(agreement::Column::PartnerId)).filter(shown)
}

/// One agreement.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: AgreementId) -> Result<Option<AgreementRow>, DbErr> {
    agreements(scope).filter(agreement::Column::Id.eq(id.0)).one(db).await
}

/// One agreement, held until the write ends: what its signers do happens one after the other.
pub async fn hold(tx: &Tx, id: AgreementId) -> Result<Option<AgreementRow>, DbErr> {
    agreements(tx.scope()).filter(agreement::Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// Which agreements of the list are wanted.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Only of this partner.
    pub partner: Option<PartnerId>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only in this status.
    pub status: Option<AgreementStatus>,
    /// Only those that are to be signed again in a later version, or those that are not.
    pub outdated: Option<bool>,
}

/// Up to `limit` agreements before `before`, newest first.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, wanted: &Wanted, before: Option<Uuid>, limit: u64) -> Result<Vec<AgreementRow>, DbErr> {
    const OUTDATED: &str = "agreements.status = 'signed' AND EXISTS (SELECT 1 FROM agreement_templates t WHERE t.vendor_id = agreements.vendor_id \
        AND t.name = agreements.template_name AND t.version > agreements.template_version AND t.status = 'published' AND t.asks_again = 1)";
    let outdated = wanted.outdated.map(|yes| if yes { format!("({OUTDATED})") } else { format!("NOT ({OUTDATED})") });
    let filter = Condition::all()
        .add_option(wanted.partner.map(|partner| agreement::Column::PartnerId.eq(partner.0)))
        .add_option(wanted.kind.as_deref().map(|kind| agreement::Column::Kind.eq(kind)))
        .add_option(wanted.status.map(|status| agreement::Column::Status.eq(status.wire())))
        .add_option(outdated.map(sea_orm::sea_query::Expr::cust))
        .add_option(before.map(|before| agreement::Column::Id.lt(before)));
    agreements(scope).filter(filter).order_by_desc(agreement::Column::Id).limit(limit).all(db).await
}

/// The partner's signed agreements of a template, but this one; held.
pub async fn signed_before(tx: &Tx, row: &AgreementRow) -> Result<Vec<AgreementRow>, DbErr> {
    let of = agreements(Scope::vendor_wide(tx.vendor()))
        .filter(agreement::Column::PartnerId.eq(row.partner_id))
        .filter(agreement::Column::TemplateName.eq(&row.template_name))
        .filter(agreement::Column::Status.eq("signed"))
        .filter(agreement::Column::Id.ne(row.id));
    of.order_by_asc(agreement::Column::Id).limit(100).lock(LockType::NoKeyUpdate).all(tx).await
}

/// Add an agreement with its signers and its file.
pub async fn insert(tx: &Tx, row: AgreementRow, signers: Vec<SignerRow>, file: Vec<u8>) -> Result<(), DbErr> {
    let id = row.id();
    agreement::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    let rows = signers.into_iter().map(sea_orm::IntoActiveModel::into_active_model);
    signer::Entity::insert_many::<signer::ActiveModel, _>(rows).exec_without_returning(tx).await?;
    keep_file(tx, id, DOCUMENT, file).await
}

/// Write an agreement that is held, at its next revision.
pub async fn update(tx: &Tx, row: &mut AgreementRow) -> Result<(), DbErr> {
    (row.revision, row.updated_at) = (row.revision + 1, tx.now());
    let this = agreement::Column::VendorId.eq(row.vendor_id).and(agreement::Column::Id.eq(row.id));
    agreement::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await.map(drop)
}

/// The signers of these agreements, in order.
pub async fn signers(db: &impl ConnectionTrait, vendor: VendorId, ids: impl IntoIterator<Item = Uuid>) -> Result<Vec<SignerRow>, DbErr> {
    let rows = signer::Entity::find().filter(signer::Column::VendorId.eq(vendor.0)).filter(signer::Column::AgreementId.is_in(ids));
    rows.order_by_asc(signer::Column::AgreementId).order_by_asc(signer::Column::Position).all(db).await
}

/// One signer.
pub async fn signer(db: &impl ConnectionTrait, vendor: VendorId, id: AgreementSignerId) -> Result<Option<SignerRow>, DbErr> {
    signer::Entity::find().filter(signer::Column::VendorId.eq(vendor.0)).filter(signer::Column::Id.eq(id.0)).one(db).await
}

/// Write a signer whose agreement is held.
pub async fn update_signer(tx: &Tx, row: &SignerRow) -> Result<(), DbErr> {
    let this = signer::Column::VendorId.eq(row.vendor_id).and(signer::Column::Id.eq(row.id));
    signer::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await.map(drop)
}

/// Signers of this person or address, or all: up to `limit` after `after`.
pub async fn signers_after(
    db: &impl ConnectionTrait,
    vendor: VendorId,
    person: Option<PersonId>,
    email: Option<&str>,
    after: Uuid,
    limit: u64,
) -> Result<Vec<SignerRow>, DbErr> {
    let theirs = Condition::any()
        .add_option(person.map(|person| signer::Column::PersonId.eq(person.0)))
        .add_option(email.map(|email| signer::Column::Email.eq(kernel::text::canonical_email(email))));
    if theirs.is_empty() {
        return Ok(Vec::new());
    }
    let rows = signer::Entity::find().filter(signer::Column::VendorId.eq(vendor.0)).filter(signer::Column::Id.gt(after)).filter(theirs);
    rows.order_by_asc(signer::Column::Id).limit(limit).all(db).await
}

/// The part of a file that is signed.
pub const DOCUMENT: &str = "document";
/// The same with the certificate of signatures.
pub const COMPLETED: &str = "completed";

/// Keep a file of an agreement; one that is there stays.
pub async fn keep_file(tx: &Tx, id: AgreementId, part: &str, content: Vec<u8>) -> Result<(), DbErr> {
    let sql = "INSERT INTO agreement_files (vendor_id, agreement_id, part, content) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (vendor_id, agreement_id, part) DO NOTHING";
    let values = [tx.vendor().0.into(), id.0.into(), part.into(), content.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(drop)
}

/// A file of an agreement.
pub async fn file(db: &impl ConnectionTrait, vendor: VendorId, id: AgreementId, part: &str) -> Result<Option<Vec<u8>>, DbErr> {
    let sql = "SELECT content FROM agreement_files WHERE vendor_id = $1 AND agreement_id = $2 AND part = $3";
    let values = [vendor.0.into(), id.0.into(), part.into()];
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    row.map(|row| row.try_get("", "content")).transpose()
}

/// Keep what was said of a completed agreement that is held. Nothing of it changes, so its revision stays.
pub async fn seal(tx: &Tx, row: &AgreementRow) -> Result<(), DbErr> {
    let this = agreement::Column::VendorId.eq(row.vendor_id).and(agreement::Column::Id.eq(row.id));
    agreement::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await.map(drop)
}

/// Forget the files of an agreement that nobody is bound by.
pub async fn forget_files(tx: &Tx, id: AgreementId) -> Result<(), DbErr> {
    let sql = "DELETE FROM agreement_files WHERE vendor_id = $1 AND agreement_id = $2";
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [tx.vendor().0.into(), id.0.into()])).await.map(drop)
}
