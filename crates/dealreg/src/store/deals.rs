//! Deals.

use crate::DealId;
use crate::assignment::types::Assignment;
use crate::decide::Decision;
use crate::incumbency::IncumbencyId;
use crate::review::types::DealReviewFilter;
use crate::rules::{Status, available_here};
use crate::sight::Sight;
use crate::types::{Deal, DealCustomer, DealLine, DealRegister, DealType};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{PartnerId, PersonId};
use kernel::{Actor, Money, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// The table of deals.
pub mod deal {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "deals")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub partner_id: Uuid,
        pub kind: String,
        pub status: String,
        pub customer_name: String,
        pub customer: String,
        pub lines: String,
        pub amount: i64,
        pub currency: String,
        pub expected_close: String,
        pub custom_fields: String,
        pub decision: Option<String>,
        pub facts: Option<String>,
        pub rules_version: Option<i64>,
        pub account_id: Option<Uuid>,
        pub opportunity_id: Option<Uuid>,
        pub opportunity_external_id: Option<String>,
        pub stage: Option<String>,
        pub protected_until: Option<DateTime<Utc>>,
        pub extensions: i32,
        pub question: Option<String>,
        pub assignee_id: Option<Uuid>,
        pub queue: Option<String>,
        pub pool_id: Option<Uuid>,
        pub assigned_at: Option<DateTime<Utc>>,
        pub assignment: Option<String>,
        pub review_since: Option<DateTime<Utc>>,
        pub channel_manager_id: Option<Uuid>,
        pub review: Option<String>,
        pub review_due_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub source_kind: Option<String>,
        pub source_id: Option<Uuid>,
        pub share_percent: Option<i32>,
        pub share_dispute_id: Option<Uuid>,
        pub renews_id: Option<Uuid>,
        pub cosell_request_id: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use deal::Model as DealRow;

/// Text of a stored JSON column; what we wrote ourselves reads back.
fn json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|cause| Problem::internal(format!("a stored deal does not read: {cause}")))
}

fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("a deal is plain data")
}

impl DealRow {
    /// A new row for a registration; undecided.
    pub fn of(tx: &Tx, partner: PartnerId, new: &DealRegister, status: Status) -> Self {
        Self {
            vendor_id: tx.vendor().0,
            id: DealId::fresh().0,
            partner_id: partner.0,
            kind: new.kind.wire().to_owned(),
            status: status.wire().to_owned(),
            customer_name: new.customer.name.clone(),
            customer: text(&new.customer),
            lines: text(&new.lines),
            amount: new.amount.amount,
            currency: new.amount.currency.code().to_owned(),
            expected_close: new.expected_close.to_string(),
            custom_fields: text(&new.custom_fields),
            decision: None,
            facts: None,
            rules_version: None,
            account_id: None,
            opportunity_id: None,
            opportunity_external_id: None,
            stage: None,
            protected_until: None,
            extensions: 0,
            question: None,
            assignee_id: None,
            queue: None,
            pool_id: None,
            assigned_at: None,
            assignment: None,
            review_since: None,
            channel_manager_id: None,
            review: None,
            review_due_at: None,
            revision: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
            source_kind: None,
            source_id: None,
            share_percent: None,
            share_dispute_id: None,
            renews_id: new.renews.map(|id| id.0),
            cosell_request_id: None,
        }
    }

    /// Its id.
    pub fn id(&self) -> DealId {
        DealId(self.id)
    }

    /// Whose it is.
    pub fn partner(&self) -> PartnerId {
        PartnerId(self.partner_id)
    }

    /// Where it stands.
    pub fn status(&self) -> Result<Status, Problem> {
        self.status.parse().map_err(|()| Problem::internal(format!("a stored deal has the status {}", self.status)))
    }

    /// Its customer.
    pub fn customer(&self) -> Result<DealCustomer, Problem> {
        json(&self.customer)
    }

    /// Its decision, whole.
    pub fn decision(&self) -> Result<Option<Decision>, Problem> {
        self.decision.as_deref().map(json).transpose()
    }

    /// Why it is with whom it is.
    pub fn assignment(&self) -> Result<Option<Assignment>, Problem> {
        self.assignment.as_deref().map(json).transpose()
    }

    /// Write down why it is with whom it is.
    pub fn assigned(&mut self, why: Assignment) {
        self.assignment = Some(text(&why));
    }

    /// What the machine saw when it decided.
    pub fn seen(&self) -> Result<Option<crate::service::register::Seen>, Problem> {
        self.facts.as_deref().map(json).transpose()
    }

    /// The registration that this row holds, to be decided (again).
    pub fn registration(&self) -> Result<DealRegister, Problem> {
        Ok(DealRegister {
            partner_id: Some(self.partner()),
            kind: self.kind()?,
            customer: self.customer()?,
            amount: self.amount()?,
            expected_close: self.expected_close()?,
            lines: json(&self.lines)?,
            custom_fields: json(&self.custom_fields)?,
            draft: false,
            renews: self.renews_id.map(IncumbencyId),
            cosell: None,
        })
    }

    /// Write a registration into the row.
    pub fn set(&mut self, new: &DealRegister) {
        self.kind = new.kind.wire().to_owned();
        self.customer_name.clone_from(&new.customer.name);
        self.customer = text(&new.customer);
        self.lines = text(&new.lines);
        self.amount = new.amount.amount;
        self.currency = new.amount.currency.code().to_owned();
        self.expected_close = new.expected_close.to_string();
        self.custom_fields = text(&new.custom_fields);
    }

    /// Write a decision into the row.
    pub fn decide(&mut self, decision: &Decision, facts: &Value, protected_until: Option<DateTime<Utc>>) {
        self.status = decision.outcome.status().wire().to_owned();
        self.decision = Some(text(decision));
        self.facts = Some(facts.to_string());
        self.rules_version = Some(decision.rules_version);
        self.protected_until = protected_until;
        self.question = None;
    }

    /// Write a decision that came after the machine's own; the facts stay those that the machine saw.
    pub fn redecide(&mut self, decision: &Decision) {
        self.status = decision.outcome.status().wire().to_owned();
        self.decision = Some(text(decision));
        self.question = None;
    }

    fn kind(&self) -> Result<DealType, Problem> {
        json(&format!("\"{}\"", self.kind))
    }

    /// What it is worth.
    pub fn amount(&self) -> Result<Money, Problem> {
        Ok(Money { amount: self.amount, currency: self.currency.parse().map_err(Problem::internal)? })
    }

    fn expected_close(&self) -> Result<NaiveDate, Problem> {
        self.expected_close.parse().map_err(Problem::internal)
    }

    /// As the caller may see it.
    pub async fn show(self, db: &impl ConnectionTrait, who: &Actor) -> Result<Deal, Problem> {
        let deal = self.whole(who.grants)?;
        Ok(Sight::of(db, who, deal.decision.iter()).await?.deal(deal))
    }

    /// All of it.
    pub fn whole(self, grants: u64) -> Result<Deal, Problem> {
        let status = self.status()?;
        let (review, approvals) = self.review_shown()?;
        Ok(Deal {
            id: self.id(),
            partner_id: self.partner(),
            kind: self.kind()?,
            status,
            customer: self.customer()?,
            amount: self.amount()?,
            expected_close: self.expected_close()?,
            lines: json::<Vec<DealLine>>(&self.lines)?,
            custom_fields: json::<Map<String, Value>>(&self.custom_fields)?,
            decision: self.decision()?,
            assignment: self.assignment()?,
            protected_until: self.protected_until,
            share: crate::disputes::DealShare::of(&self),
            extensions: self.extensions,
            question: self.question,
            stage: self.stage,
            review,
            approvals,
            opportunity_external_id: self.opportunity_external_id,
            source: crate::types::DealSource::read(self.source_kind.as_deref(), self.source_id),
            renews: self.renews_id.map(IncumbencyId),
            cosell_request_id: self.cosell_request_id.map(crate::cosell::CosellRequestId),
            channel_manager_id: self.channel_manager_id.map(PersonId),
            assignee_id: self.assignee_id.map(PersonId),
            queue: self.queue,
            assigned_at: self.assigned_at,
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            available_actions: available_here(status, self.assignee_id.is_some(), grants),
        })
    }
}

/// The deals within a scope.
pub fn scoped(scope: Scope) -> sea_orm::Select<deal::Entity> {
    let find = deal::Entity::find().filter(deal::Column::VendorId.eq(scope.vendor().0));
    find.filter(scope.limit(deal::Column::PartnerId))
}

/// A deal within the caller's reach.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: DealId) -> Result<Option<DealRow>, DbErr> {
    scoped(scope).filter(deal::Column::Id.eq(id.0)).one(db).await
}

/// Like [`find`], for a change: on Postgres no other write changes the deal until this one ends.
pub async fn find_to_change(tx: &Tx, scope: Scope, id: DealId) -> Result<Option<DealRow>, DbErr> {
    scoped(scope).filter(deal::Column::Id.eq(id.0)).lock(sea_orm::sea_query::LockType::NoKeyUpdate).one(tx).await
}

/// Deals whose review has a clock that runs, by id: up to `limit` after `after`.
pub async fn under_review_clock(tx: &Tx, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<DealRow>, DbErr> {
    let running = scoped(scope).filter(deal::Column::ReviewDueAt.is_not_null()).filter(deal::Column::Id.gt(after));
    running.lock(sea_orm::sea_query::LockType::NoKeyUpdate).order_by_asc(deal::Column::Id).limit(limit).all(tx).await
}

/// The deals with these ids.
pub async fn by_ids(db: &impl ConnectionTrait, scope: Scope, ids: &[Uuid]) -> Result<Vec<DealRow>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    scoped(scope).filter(deal::Column::Id.is_in(ids.iter().copied())).all(db).await
}

/// Store a new deal.
pub async fn insert(tx: &Tx, row: &DealRow) -> Result<(), DbErr> {
    deal::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Store a changed deal under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut DealRow) -> Result<(), Problem> {
    let before = row.revision;
    row.revision += 1;
    row.updated_at = tx.now();
    let change = row.clone().into_active_model().reset_all();
    let this = deal::Entity::update_many()
        .set(change)
        .filter(deal::Column::VendorId.eq(row.vendor_id))
        .filter(deal::Column::Id.eq(row.id))
        .filter(deal::Column::Revision.eq(before));
    let done = this.exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

/// Which deals to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only in this status.
    pub status: Option<Status>,
    /// Only of this partner.
    pub partner: Option<PartnerId>,
    /// Only of this type.
    pub kind: Option<DealType>,
    /// Only with this person, or with nobody.
    pub assignee: Option<Option<PersonId>>,
    /// Only in this queue.
    pub queue: Option<String>,
    /// Only changed at this time or later.
    pub updated_since: Option<DateTime<Utc>>,
    /// Only with a review that is so far, at this time.
    pub review: Option<(DealReviewFilter, DateTime<Utc>)>,
}

/// The orders in which deals are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Newest first.
    Newest,
    /// Oldest first.
    Oldest,
    /// Longest unchanged first.
    Updated,
}

/// Up to `limit` deals after `after` in this order.
pub async fn list(
    db: &impl ConnectionTrait,
    scope: Scope,
    filter: &Filter,
    order: Order,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u64,
) -> Result<Vec<DealRow>, DbErr> {
    use deal::Column::{Id, Kind, PartnerId, Status, UpdatedAt};
    let mut find = scoped(scope);
    if let Some(status) = filter.status {
        find = find.filter(Status.eq(status.wire()));
    }
    if let Some(partner) = filter.partner {
        find = find.filter(PartnerId.eq(partner.0));
    }
    if let Some(kind) = filter.kind {
        find = find.filter(Kind.eq(kind.wire()));
    }
    if let Some(assignee) = filter.assignee {
        let column = deal::Column::AssigneeId;
        find = find.filter(assignee.map_or_else(|| column.is_null(), |person| column.eq(person.0)));
    }
    if let Some(queue) = &filter.queue {
        find = find.filter(deal::Column::Queue.eq(queue));
    }
    if let Some(since) = filter.updated_since {
        find = find.filter(UpdatedAt.gte(since));
    }
    if let Some((review, now)) = filter.review {
        let due = deal::Column::ReviewDueAt;
        find = match review {
            DealReviewFilter::Overdue => find.filter(due.lte(now)),
            DealReviewFilter::InTime => find.filter(due.gt(now)),
            DealReviewFilter::Paused => {
                find.filter(Status.eq("information_requested")).filter(deal::Column::Review.contains("\"running_since\":null"))
            }
        };
    }
    if let Some((at, id)) = after {
        find = match order {
            Order::Newest => find.filter(Id.lt(id)),
            Order::Oldest => find.filter(Id.gt(id)),
            Order::Updated => find.filter(sea_orm::Condition::any().add(UpdatedAt.gt(at)).add(UpdatedAt.eq(at).and(Id.gt(id)))),
        };
    }
    let find = match order {
        Order::Newest => find.order_by_desc(Id),
        Order::Oldest => find.order_by_asc(Id),
        Order::Updated => find.order_by_asc(UpdatedAt).order_by_asc(Id),
    };
    find.limit(limit).all(db).await
}

/// Deals registered in a period, from a place in it on.
#[derive(Debug, Clone)]
pub struct Between {
    /// At this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Before this time.
    pub until: DateTime<Utc>,
    /// After this deal, newest first.
    pub before: Option<(DateTime<Utc>, Uuid)>,
}

/// Decided deals with the facts that were seen, newest first: for simulation.
pub async fn decided(db: &impl ConnectionTrait, scope: Scope, between: &Between, limit: u64) -> Result<Vec<crate::simulation::Decided>, DbErr> {
    use deal::Column::{Amount, CreatedAt, Currency, CustomerName, Facts, Id};
    let mut find = scoped(scope).select_only().columns([Id, CustomerName, Amount, Currency, Facts, CreatedAt]);
    find = find.filter(Facts.is_not_null());
    if let Some(since) = between.since {
        find = find.filter(CreatedAt.gte(since));
    }
    // A pair is compared as one, so that the index begins where the batch before ended, however many were made at one time.
    find = find.filter(match between.before {
        None => CreatedAt.lt(between.until),
        Some((at, id)) => Expr::tuple([Expr::col(CreatedAt), Expr::col(Id)]).lt(Expr::tuple([Expr::val(at), Expr::val(id)])),
    });
    let find = find.order_by_desc(CreatedAt).order_by_desc(Id).limit(limit);
    let rows = find.into_tuple::<(Uuid, String, i64, String, String, DateTime<Utc>)>().all(db).await?;
    let decided =
        |(id, customer, amount, currency, seen, created_at)| crate::simulation::Decided { id, customer, amount, currency, seen, created_at };
    Ok(rows.into_iter().map(decided).collect())
}

/// Deals whose customer has a contact, by id: up to `limit` after `after`.
pub async fn with_contacts(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<DealRow>, DbErr> {
    let find = scoped(scope).filter(deal::Column::Customer.contains("\"contact\":")).filter(deal::Column::Id.gt(after));
    find.order_by_asc(deal::Column::Id).limit(limit).all(db).await
}

/// Live deals by id, for the name index: id and customer's name, up to `limit` after `after`.
pub async fn names(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<(Uuid, String)>, DbErr> {
    let live: Vec<_> = Status::ALL.iter().filter(|status| status.is_live()).map(|status| status.wire()).collect();
    scoped(scope)
        .select_only()
        .column(deal::Column::Id)
        .column(deal::Column::CustomerName)
        .filter(deal::Column::Status.is_in(live))
        .filter(deal::Column::Id.gt(after))
        .order_by_asc(deal::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await
}

/// Up to `limit` live deals after `after`, by id.
pub async fn live_page(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<DealRow>, DbErr> {
    let live: Vec<_> = Status::ALL.iter().filter(|status| status.is_live()).map(|status| status.wire()).collect();
    let find = scoped(scope).filter(deal::Column::Status.is_in(live)).filter(deal::Column::Id.gt(after));
    find.order_by_asc(deal::Column::Id).limit(limit).all(db).await
}

/// Those of these partners of whose deals any changed since then.
pub async fn partners_moving_since(db: &impl ConnectionTrait, scope: Scope, partners: &[Uuid], since: DateTime<Utc>) -> Result<HashSet<Uuid>, DbErr> {
    let moved = scoped(scope).select_only().column(deal::Column::PartnerId).distinct().filter(deal::Column::UpdatedAt.gte(since));
    Ok(moved.filter(deal::Column::PartnerId.is_in(partners.iter().copied())).into_tuple::<Uuid>().all(db).await?.into_iter().collect())
}

/// The deals with a share in the protection that this dispute split.
pub async fn sharing(db: &impl ConnectionTrait, scope: Scope, dispute: Uuid) -> Result<Vec<DealRow>, DbErr> {
    scoped(scope).filter(deal::Column::ShareDisputeId.eq(dispute)).order_by_asc(deal::Column::Id).all(db).await
}

/// How many rows of a partner are in one of these statuses.
pub async fn count_of(tx: &Tx, scope: Scope, partner: PartnerId, statuses: &[Status]) -> Result<u64, DbErr> {
    let of = scoped(scope).filter(deal::Column::PartnerId.eq(partner.0));
    of.filter(deal::Column::Status.is_in(statuses.iter().map(|status| status.wire()))).count(tx).await
}

/// Rows of a partner in one of these statuses, by id: up to `limit` after `after`.
pub async fn in_status_of(tx: &Tx, scope: Scope, partner: PartnerId, statuses: &[Status], after: Uuid, limit: u64) -> Result<Vec<DealRow>, DbErr> {
    let of = scoped(scope).filter(deal::Column::PartnerId.eq(partner.0)).filter(deal::Column::Id.gt(after));
    let wanted = of.filter(deal::Column::Status.is_in(statuses.iter().map(|status| status.wire())));
    wanted.order_by_asc(deal::Column::Id).limit(limit).all(tx).await
}
