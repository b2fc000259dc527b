//! The tables of reviews and their items, and the only queries on them.

use super::types::{
    AccessDecision, AccessReview, AccessReviewItem, AccessReviewProgress, AccessReviewScope, AccessReviewStatus, AccessReviewers, AccessReviewersBy,
    Facts, OnDeadline,
};
use super::{AccessReviewId, AccessReviewItemId};
use crate::Permission;
use crate::RoleName;
use chrono::{DateTime, Utc};
use kernel::actor::Caller;
use kernel::id::{ApiKeyId, PartnerId, PersonId, VendorId};
use kernel::{Actor, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, LockType, Query};
use sea_orm::{Condition, ExprTrait as _, QueryOrder, QuerySelect, Statement};

/// The table of reviews.
pub mod review {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "access_reviews")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub scope: String,
        pub reviewers: AccessReviewersBy,
        pub reviewer_ids: String,
        pub deadline: DateTime<Utc>,
        pub on_deadline: OnDeadline,
        pub dormant_after_days: i64,
        pub status: AccessReviewStatus,
        pub listed_people: Option<Uuid>,
        pub listed_keys: Option<Uuid>,
        pub created_by: String,
        pub opened_at: Option<DateTime<Utc>>,
        pub closed_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of items.
pub mod item {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "access_review_items")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub review_id: Uuid,
        pub person_id: Option<Uuid>,
        pub api_key_id: Option<Uuid>,
        pub partner_id: Option<Uuid>,
        pub reviewer_id: Option<Uuid>,
        pub name: String,
        pub email: Option<String>,
        pub role: String,
        pub dormant: bool,
        pub facts: String,
        pub decision: AccessDecision,
        pub reason: Option<String>,
        pub decided_by: Option<String>,
        pub decided_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl review::Model {
    /// Its id.
    pub fn id(&self) -> AccessReviewId {
        AccessReviewId(self.id)
    }

    /// Whose access it is about.
    pub fn scope(&self) -> AccessReviewScope {
        serde_json::from_str(&self.scope).unwrap_or_default()
    }

    /// Whether decisions are taken now.
    pub fn takes_decisions(&self, now: DateTime<Utc>) -> bool {
        self.status == AccessReviewStatus::Open && now < self.deadline
    }

    /// As it is shown to somebody who may, or may not, close it.
    pub fn show(&self, manages: bool, progress: Option<AccessReviewProgress>) -> AccessReview {
        let closes = manages && matches!(self.status, AccessReviewStatus::Preparing | AccessReviewStatus::Open);
        AccessReview {
            id: self.id(),
            name: self.name.clone(),
            scope: self.scope(),
            reviewers: AccessReviewers { by: self.reviewers, person_ids: serde_json::from_str(&self.reviewer_ids).unwrap_or_default() },
            deadline: self.deadline,
            on_deadline: self.on_deadline,
            dormant_after_days: self.dormant_after_days,
            status: self.status,
            progress,
            opened_at: self.opened_at,
            closed_at: self.closed_at,
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            available_actions: if closes { vec!["close".into()] } else { Vec::new() },
        }
    }
}

impl item::Model {
    /// What is told of the access.
    pub(super) fn facts(&self) -> Facts {
        serde_json::from_str(&self.facts).unwrap_or_default()
    }

    /// Whether it is about the caller.
    pub fn is_about(&self, caller: &Caller) -> bool {
        match caller {
            Caller::Person(id) => self.person_id == Some(id.0),
            Caller::ApiKey(id) => self.api_key_id == Some(id.0),
            Caller::Operator | Caller::System(_) | Caller::Automation(_) => false,
        }
    }

    /// As it is shown while decisions are, or are not, taken.
    pub fn show(self, open: bool) -> AccessReviewItem {
        let facts = self.facts();
        let actions: &[&str] = match self.decision {
            AccessDecision::Pending if open => &["keep", "revoke"],
            AccessDecision::Kept if open => &["revoke"],
            _ => &[],
        };
        AccessReviewItem {
            id: AccessReviewItemId(self.id),
            access_review_id: AccessReviewId(self.review_id),
            person_id: self.person_id.map(PersonId),
            api_key_id: self.api_key_id.map(ApiKeyId),
            partner_id: self.partner_id.map(PartnerId),
            reviewer_id: self.reviewer_id.map(PersonId),
            name: self.name,
            email: self.email,
            role: RoleName::stored(self.role),
            reach: facts.reach,
            scopes: facts.scopes,
            added_by: facts.added_by,
            added_at: facts.added_at,
            last_used_at: facts.last_used_at,
            open_sessions: facts.open_sessions,
            dormant: self.dormant,
            decision: self.decision,
            reason: self.reason,
            decided_by: self.decided_by.and_then(|text| serde_json::from_str(&text).ok()),
            decided_at: self.decided_at,
            note: facts.note,
            revision: self.revision,
            available_actions: actions.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Whether a caller sees and may decide everything.
pub fn manages(who: &Actor) -> bool {
    who.grants & Permission::ManageAccess.bit() != 0 && who.scope.partner().is_none() && who.scope.narrowed().is_none()
}

/// The items that a caller was asked to decide.
pub fn asked(who: &Actor) -> Condition {
    let Caller::Person(person) = who.caller else { return Condition::all().add(item::Column::Id.is_null()) };
    let vendor = who.scope.vendor().0;
    let named = Query::select()
        .column("review_id")
        .from("access_review_reviewers")
        .and_where(Expr::col("vendor_id").eq(vendor))
        .and_where(Expr::col("person_id").eq(person.0))
        .to_owned();
    let any = Condition::any().add(item::Column::ReviewerId.eq(person.0)).add(item::Column::ReviewId.in_subquery(named));
    let any = match who.scope.partner() {
        None => any,
        Some(own) => {
            let by_admins = Query::select()
                .column("id")
                .from("access_reviews")
                .and_where(Expr::col("vendor_id").eq(vendor))
                .and_where(Expr::col("reviewers").eq("partner_admins"))
                .to_owned();
            any.add(item::Column::PartnerId.eq(own.0).and(item::Column::ReviewId.in_subquery(by_admins)))
        }
    };
    Condition::all().add(any).add(who.scope.limit_or_vendors(item::Column::PartnerId))
}

/// The items that a caller sees.
fn visible(who: &Actor) -> Condition {
    if manages(who) { Condition::all() } else { asked(who) }
}

fn of(vendor: VendorId, review: AccessReviewId) -> Condition {
    Condition::all().add(item::Column::VendorId.eq(vendor.0)).add(item::Column::ReviewId.eq(review.0))
}

fn reviews_of(who: &Actor) -> sea_orm::Select<review::Entity> {
    let all = review::Entity::find().filter(review::Column::VendorId.eq(who.scope.vendor().0));
    if manages(who) {
        return all;
    }
    let theirs = Query::select()
        .column(item::Column::ReviewId)
        .from(item::Entity)
        .and_where(item::Column::VendorId.eq(who.scope.vendor().0))
        .cond_where(asked(who))
        .to_owned();
    all.filter(review::Column::Status.ne(AccessReviewStatus::Preparing)).filter(review::Column::Id.in_subquery(theirs))
}

/// A review that a caller sees.
pub async fn find(db: &impl ConnectionTrait, who: &Actor, id: AccessReviewId) -> Result<Option<review::Model>, DbErr> {
    reviews_of(who).filter(review::Column::Id.eq(id.0)).one(db).await
}

/// The review, for a change: on Postgres decisions on it wait for one another, so that the last one closes it.
pub async fn find_to_change(tx: &Tx, id: AccessReviewId) -> Result<Option<review::Model>, DbErr> {
    review::Entity::find_by_id((tx.vendor().0, id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// Up to `limit` reviews that a caller sees before `before`, newest first.
pub async fn list(db: &impl ConnectionTrait, who: &Actor, before: Option<Uuid>, limit: u64) -> Result<Vec<review::Model>, DbErr> {
    let before = Condition::all().add_option(before.map(|id| review::Column::Id.lt(id)));
    reviews_of(who).filter(before).order_by_desc(review::Column::Id).limit(limit).all(db).await
}

/// Add a review with the people who decide, if they are named.
pub async fn insert(tx: &Tx, row: review::Model, reviewers: &[PersonId]) -> Result<(), DbErr> {
    let (vendor, id) = (row.vendor_id, row.id);
    review::Entity::insert(review::ActiveModel::from(row)).exec_without_returning(tx).await?;
    let sql = "INSERT INTO access_review_reviewers (vendor_id, review_id, person_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    for reviewer in reviewers {
        let values = [vendor.into(), id.into(), reviewer.0.into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    }
    Ok(())
}

/// Write the whole row of a review that [`find_to_change`] found, under its next revision.
pub async fn update(tx: &Tx, row: &mut review::Model) -> Result<(), DbErr> {
    (row.revision, row.updated_at) = (row.revision + 1, tx.now());
    keep_place(tx, row).await
}

/// Write down how far the listing has come.
pub async fn keep_place(tx: &Tx, row: &review::Model) -> Result<(), DbErr> {
    let this = Condition::all().add(review::Column::VendorId.eq(row.vendor_id)).add(review::Column::Id.eq(row.id));
    review::Entity::update_many().set(review::ActiveModel::from(row.clone()).reset_all()).filter(this).exec(tx).await.map(|_| ())
}

/// Add items.
pub async fn insert_items(tx: &Tx, rows: Vec<item::Model>) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    item::Entity::insert_many(rows.into_iter().map(item::ActiveModel::from)).exec_without_returning(tx).await.map(|_| ())
}

/// An item of a review that fulfils `condition`.
pub async fn find_item(
    db: &impl ConnectionTrait,
    vendor: VendorId,
    review: AccessReviewId,
    id: AccessReviewItemId,
    condition: Condition,
) -> Result<Option<item::Model>, DbErr> {
    item::Entity::find().filter(of(vendor, review)).filter(condition).filter(item::Column::Id.eq(id.0)).one(db).await
}

/// Which items to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only with this decision.
    pub decision: Option<AccessDecision>,
    /// Only of this partner.
    pub partner: Option<PartnerId>,
    /// Only in this role.
    pub role: Option<RoleName>,
    /// Only dormant ones, or only others.
    pub dormant: Option<bool>,
}

/// Up to `limit` items of a review that a caller sees, after `after`.
pub async fn items(
    db: &impl ConnectionTrait,
    who: &Actor,
    review: AccessReviewId,
    filter: &Filter,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<item::Model>, DbErr> {
    let wanted = Condition::all()
        .add_option(filter.decision.map(|decision| item::Column::Decision.eq(decision)))
        .add_option(filter.partner.map(|partner| item::Column::PartnerId.eq(partner.0)))
        .add_option(filter.role.as_ref().map(|role| item::Column::Role.eq(role.as_str())))
        .add_option(filter.dormant.map(|dormant| item::Column::Dormant.eq(dormant)))
        .add_option(after.map(|id| item::Column::Id.gt(id)));
    let find = item::Entity::find().filter(of(who.scope.vendor(), review)).filter(visible(who)).filter(wanted);
    find.order_by_asc(item::Column::Id).limit(limit).all(db).await
}

/// Up to `limit` items that nobody has decided.
pub async fn pending(tx: &Tx, review: AccessReviewId, limit: u64) -> Result<Vec<item::Model>, DbErr> {
    let find = item::Entity::find().filter(of(tx.vendor(), review)).filter(item::Column::Decision.eq(AccessDecision::Pending));
    find.order_by_asc(item::Column::Id).limit(limit).all(tx).await
}

/// Write the decision of an item down, under its next revision.
pub async fn decide(tx: &Tx, row: &mut item::Model) -> Result<(), DbErr> {
    row.revision += 1;
    let this = Condition::all().add(item::Column::VendorId.eq(row.vendor_id)).add(item::Column::Id.eq(row.id));
    item::Entity::update_many().set(item::ActiveModel::from(row.clone()).reset_all()).filter(this).exec(tx).await.map(|_| ())
}

/// How many items that a caller sees are where.
pub async fn progress(db: &impl ConnectionTrait, who: &Actor, review: AccessReviewId) -> Result<AccessReviewProgress, DbErr> {
    let counts: Vec<(AccessDecision, i64)> = item::Entity::find()
        .select_only()
        .column(item::Column::Decision)
        .column_as(item::Column::Id.count(), "count")
        .filter(of(who.scope.vendor(), review))
        .filter(visible(who))
        .group_by(item::Column::Decision)
        .into_tuple()
        .all(db)
        .await?;
    let count = |wanted| counts.iter().find(|(decision, _)| *decision == wanted).map_or(0, |(_, count)| *count);
    Ok(AccessReviewProgress {
        pending: count(AccessDecision::Pending),
        kept: count(AccessDecision::Kept),
        revoked: count(AccessDecision::Revoked),
        unanswered: count(AccessDecision::Unanswered),
    })
}
