//! The table of facts about sustainability, and the only queries on it.

use super::PartnerEsgFactId;
use super::rules::{Dates, PartnerEsgFactStatus, Standing};
use super::types::PartnerEsgFactKind;
use crate::documents::PartnerDocumentId;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::actor::ActorRef;
use kernel::id::PartnerId;
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Select};

/// The table of facts.
pub mod esg_fact {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "partner_esg_facts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub partner_id: Uuid,
        pub kind: String,
        pub standard: String,
        pub issuer: Option<String>,
        pub level: Option<String>,
        pub score: Option<i64>,
        pub issued_on: NaiveDate,
        pub expires_on: Option<NaiveDate>,
        pub warn_on: Option<NaiveDate>,
        pub document_id: Option<Uuid>,
        pub standing: String,
        pub warn_days: i64,
        pub told: i64,
        pub reason: Option<String>,
        pub submitted_kind: String,
        pub submitted_id: String,
        pub decided_kind: Option<String>,
        pub decided_id: Option<String>,
        pub decided_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use esg_fact::Model as FactRow;
use esg_fact::{Column, Entity};

impl FactRow {
    /// Its id.
    pub fn id(&self) -> PartnerEsgFactId {
        PartnerEsgFactId(self.id)
    }

    /// Its days.
    pub fn dates(&self) -> Dates {
        Dates { standing: Standing::stored(&self.standing), expires_on: self.expires_on, warn_days: self.warn_days, told: self.told }
    }

    /// Who handed it in.
    pub fn submitted_by(&self) -> ActorRef {
        ActorRef { kind: self.submitted_kind.clone(), id: self.submitted_id.clone() }
    }

    /// Who verified or refused it.
    pub fn decided_by(&self) -> Option<ActorRef> {
        let (kind, id) = self.decided_kind.clone().zip(self.decided_id.clone())?;
        Some(ActorRef { kind, id })
    }
}

fn scoped(scope: Scope) -> Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(Column::PartnerId))
}

/// A fact within the caller's reach.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: PartnerEsgFactId) -> Result<Option<FactRow>, DbErr> {
    scoped(scope).filter(Column::Id.eq(id.0)).one(db).await
}

/// Like [`find`], for a change: nobody else changes it until this write ends.
pub async fn find_to_change(tx: &Tx, id: PartnerEsgFactId) -> Result<Option<FactRow>, DbErr> {
    scoped(tx.scope()).filter(Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// How many a partner has.
pub async fn count(tx: &Tx, partner: PartnerId) -> Result<u64, DbErr> {
    scoped(Scope::vendor_wide(tx.vendor())).filter(Column::PartnerId.eq(partner.0)).count(tx).await
}

/// Which facts to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this partner.
    pub partner: Option<PartnerId>,
    /// Of this kind.
    pub kind: Option<PartnerEsgFactKind>,
    /// That stand there.
    pub status: Option<PartnerEsgFactStatus>,
    /// Whose last day is before this one.
    pub expiring_before: Option<NaiveDate>,
}

/// Whether a fact stands there on this day: in SQL what [`Dates::status`] is.
fn stands(status: PartnerEsgFactStatus, today: NaiveDate) -> Condition {
    let verified = || Condition::all().add(Column::Standing.eq(Standing::Verified.wire()));
    match status {
        PartnerEsgFactStatus::Unverified => Condition::all().add(Column::Standing.eq(Standing::Submitted.wire())),
        PartnerEsgFactStatus::Refused => Condition::all().add(Column::Standing.eq(Standing::Refused.wire())),
        PartnerEsgFactStatus::Valid => verified().add(Condition::any().add(Column::WarnOn.is_null()).add(Column::WarnOn.gt(today))),
        PartnerEsgFactStatus::Expiring => verified().add(Column::WarnOn.lte(today)).add(Column::ExpiresOn.gte(today)),
        PartnerEsgFactStatus::Expired => verified().add(Column::ExpiresOn.lt(today)),
    }
}

/// Up to `limit` facts before `before`, newest first.
pub async fn page(
    db: &impl ConnectionTrait,
    scope: Scope,
    filter: &Filter,
    today: NaiveDate,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<FactRow>, DbErr> {
    let wanted = Condition::all()
        .add_option(filter.partner.map(|partner| Column::PartnerId.eq(partner.0)))
        .add_option(filter.kind.map(|kind| Column::Kind.eq(kind.wire())))
        .add_option(filter.status.map(|status| stands(status, today)))
        .add_option(filter.expiring_before.map(|day| Column::ExpiresOn.lt(day)))
        .add_option(before.map(|before| Column::Id.lt(before)));
    scoped(scope).filter(wanted).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// What counts of these partners on this day: verified, and not over.
pub async fn counting(db: &impl ConnectionTrait, scope: Scope, partners: &[Uuid], today: NaiveDate) -> Result<Vec<FactRow>, DbErr> {
    if partners.is_empty() {
        return Ok(Vec::new());
    }
    let live = Condition::any().add(Column::ExpiresOn.is_null()).add(Column::ExpiresOn.gte(today));
    let of = scoped(scope).filter(Column::PartnerId.is_in(partners.iter().copied())).filter(Column::Standing.eq(Standing::Verified.wire()));
    of.filter(live).order_by_asc(Column::Id).all(db).await
}

/// Store a new fact.
pub async fn insert(tx: &Tx, row: &FactRow) -> Result<(), DbErr> {
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Store a changed fact under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut FactRow) -> Result<(), Problem> {
    let before = row.revision;
    (row.revision, row.updated_at) = (before + 1, tx.now());
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    let done = Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

/// A document goes: facts that it shows stand without it.
pub async fn forget_document(tx: &Tx, id: PartnerDocumentId) -> Result<(), DbErr> {
    let this = Column::VendorId.eq(tx.vendor().0).and(Column::DocumentId.eq(id.0));
    Entity::update_many().col_expr(Column::DocumentId, Expr::value(Option::<Uuid>::None)).filter(this).exec(tx).await.map(|_| ())
}
