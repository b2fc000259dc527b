//! The table of actions, and the only queries on it.

use super::types::{PartnerReviewActionQuery, PartnerReviewActionStatus as Status, PartnerReviewSide};
use crate::reviews::store::review;
use crate::reviews::{PartnerReviewActionId, PartnerReviewId};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Select};

/// The table of actions.
pub mod action {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "partner_review_actions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub review_id: Uuid,
        pub partner_id: Uuid,
        pub text: String,
        pub side: PartnerReviewSide,
        pub assignee_id: Option<Uuid>,
        pub due_on: Option<NaiveDate>,
        pub status: Status,
        pub outcome: Option<String>,
        pub told_on: Option<NaiveDate>,
        pub ended_at: Option<DateTime<Utc>>,
        pub ended_kind: Option<String>,
        pub ended_id: Option<String>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use action::Model as ActionRow;
use action::{Column, Entity};

impl ActionRow {
    /// Its id.
    pub fn id(&self) -> PartnerReviewActionId {
        PartnerReviewActionId(self.id)
    }

    /// Whether it is open on this day, and its last one is over.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.status == Status::Open && self.due_on.is_some_and(|last| last < today)
    }
}

/// The actions that a caller reads: those of the reviews that it reads.
fn scoped(scope: Scope) -> Select<Entity> {
    let shared = || {
        let shared = review::Column::VendorId.eq(scope.vendor().0).and(review::Column::Shared.eq(true)).and(scope_of(scope));
        Query::select().column(review::Column::Id).from(review::Entity).and_where(shared).to_owned()
    };
    let of = Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(Column::PartnerId));
    of.filter(Condition::all().add_option(scope.partner().map(|_| Column::ReviewId.in_subquery(shared()))))
}

fn scope_of(scope: Scope) -> sea_orm::sea_query::Expr {
    scope.partner().map_or_else(|| sea_orm::sea_query::Expr::value(true), |own| review::Column::PartnerId.eq(own.0))
}

/// An action that the caller reads.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: PartnerReviewActionId) -> Result<Option<ActionRow>, DbErr> {
    scoped(scope).filter(Column::Id.eq(id.0)).one(db).await
}

/// How many a review has.
pub async fn count(tx: &Tx, review: PartnerReviewId) -> Result<u64, DbErr> {
    scoped(Scope::vendor_wide(tx.vendor())).filter(Column::ReviewId.eq(review.0)).count(tx).await
}

/// Up to `limit` actions after `after`, in the order in which they were agreed.
pub async fn page(
    db: &impl ConnectionTrait,
    scope: Scope,
    query: &PartnerReviewActionQuery,
    today: NaiveDate,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<ActionRow>, DbErr> {
    let late = || Condition::all().add(Column::Status.eq(Status::Open)).add(Column::DueOn.is_not_null()).add(Column::DueOn.lt(today));
    let in_time = || Condition::any().add(Column::Status.ne(Status::Open)).add(Column::DueOn.is_null()).add(Column::DueOn.gte(today));
    let wanted = Condition::all()
        .add_option(query.partner_id.map(|partner| Column::PartnerId.eq(partner.0)))
        .add_option(query.review_id.map(|review| Column::ReviewId.eq(review.0)))
        .add_option(query.side.map(|side| Column::Side.eq(side)))
        .add_option(query.assignee_id.map(|person| Column::AssigneeId.eq(person.0)))
        .add_option(query.status.map(|status| Column::Status.eq(status)))
        .add_option(query.overdue.map(|overdue| if overdue { late() } else { in_time() }))
        .add_option(after.map(|after| Column::Id.gt(after)));
    scoped(scope).filter(wanted).order_by_asc(Column::Id).limit(limit).all(db).await
}

/// Store a new action.
pub async fn insert(tx: &Tx, row: &ActionRow) -> Result<(), DbErr> {
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Store a changed action under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut ActionRow) -> Result<(), Problem> {
    let before = row.revision;
    (row.revision, row.updated_at) = (before + 1, tx.now());
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    let done = Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}
