//! The table of reviews, and the only queries on it.

use super::PartnerReviewId;
use super::types::{PartnerReviewKind, PartnerReviewQuery, PartnerSwot};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::PartnerId;
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Select};

/// The table of reviews.
pub mod review {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "partner_reviews")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub partner_id: Uuid,
        pub kind: PartnerReviewKind,
        pub title: String,
        pub held_on: NaiveDate,
        pub period_from: Option<NaiveDate>,
        pub period_to: Option<NaiveDate>,
        pub summary: Option<String>,
        pub swot: String,
        pub shared: bool,
        pub next_on: Option<NaiveDate>,
        pub told_on: Option<NaiveDate>,
        pub author_kind: String,
        pub author_id: String,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use review::Model as ReviewRow;
use review::{Column, Entity};

impl ReviewRow {
    /// Its id.
    pub fn id(&self) -> PartnerReviewId {
        PartnerReviewId(self.id)
    }

    /// What was found. What was erased at somebody's wish is gone as a whole.
    pub fn swot(&self) -> PartnerSwot {
        serde_json::from_str(&self.swot).unwrap_or_default()
    }
}

/// The reviews that a caller reads: the vendor's people all, a partner's those that are shared.
fn scoped(scope: Scope) -> Select<Entity> {
    let shared = scope.partner().map(|_| Column::Shared.eq(true));
    let of = Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(Column::PartnerId));
    of.filter(Condition::all().add_option(shared))
}

/// A review that the caller reads.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: PartnerReviewId) -> Result<Option<ReviewRow>, DbErr> {
    scoped(scope).filter(Column::Id.eq(id.0)).one(db).await
}

/// Like [`find`], for a change: nobody else changes it, or its actions, until this write ends.
pub async fn find_to_change(tx: &Tx, id: PartnerReviewId) -> Result<Option<ReviewRow>, DbErr> {
    scoped(tx.scope()).filter(Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// How many a partner has.
pub async fn count(tx: &Tx, partner: PartnerId) -> Result<u64, DbErr> {
    scoped(Scope::vendor_wide(tx.vendor())).filter(Column::PartnerId.eq(partner.0)).count(tx).await
}

/// Up to `limit` reviews before `before`, the last held first.
pub async fn page(
    db: &impl ConnectionTrait,
    scope: Scope,
    query: &PartnerReviewQuery,
    before: Option<(NaiveDate, Uuid)>,
    limit: u64,
) -> Result<Vec<ReviewRow>, DbErr> {
    let earlier = before.map(|(day, id)| Condition::any().add(Column::HeldOn.lt(day)).add(Column::HeldOn.eq(day).and(Column::Id.lt(id))));
    let wanted = Condition::all()
        .add_option(query.partner_id.map(|partner| Column::PartnerId.eq(partner.0)))
        .add_option(query.kind.map(|kind| Column::Kind.eq(kind)))
        .add_option(query.held_from.map(|day| Column::HeldOn.gte(day)))
        .add_option(query.held_to.map(|day| Column::HeldOn.lte(day)))
        .add_option(earlier);
    scoped(scope).filter(wanted).order_by_desc(Column::HeldOn).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// Store a new review.
pub async fn insert(tx: &Tx, row: &ReviewRow) -> Result<(), DbErr> {
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Store a changed review under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut ReviewRow) -> Result<(), Problem> {
    let before = row.revision;
    (row.revision, row.updated_at) = (before + 1, tx.now());
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    let done = Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}
