//! The table of next steps, and the only queries on it.

use super::events::{CosellTaskAdded, CosellTaskCompleted, CosellTaskOverdue, CosellTaskRemoved, CosellTaskReopened, CosellTaskUpdated};
use super::rules::CosellStatus;
use super::store::{RequestRow, word};
use super::task_types::{CosellTask, CosellTaskAction};
use super::{CosellRequestId, CosellTaskId};
use access::Permission;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId, VendorId};
use kernel::{Actor, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};

/// The table of next steps.
pub mod task {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "cosell_tasks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub request_id: Uuid,
        pub partner_id: Uuid,
        pub place: i64,
        pub title: String,
        pub note: Option<String>,
        pub owner_id: Option<Uuid>,
        pub due_at: Option<DateTime<Utc>>,
        pub overdue_at: Option<DateTime<Utc>>,
        pub done_at: Option<DateTime<Utc>>,
        pub done_by_side: Option<String>,
        pub written_by_id: Option<Uuid>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use task::Model as TaskRow;
use task::{Column, Entity};

/// Whether tasks of a request in this status can be changed.
pub fn takes_changes(status: CosellStatus) -> bool {
    matches!(status, CosellStatus::Requested | CosellStatus::Accepted | CosellStatus::Working)
}

impl TaskRow {
    /// Its id.
    pub fn id(&self) -> CosellTaskId {
        CosellTaskId(self.id)
    }

    /// All of it.
    pub fn whole(&self) -> Result<CosellTask, Problem> {
        Ok(CosellTask {
            id: self.id(),
            cosell_request_id: CosellRequestId(self.request_id),
            partner_id: PartnerId(self.partner_id),
            title: self.title.clone(),
            note: self.note.clone(),
            owner_id: self.owner_id.map(PersonId),
            due_at: self.due_at,
            overdue: self.overdue_at.is_some() && self.done_at.is_none(),
            done: self.done_at.is_some(),
            done_at: self.done_at,
            done_by_side: self.done_by_side.as_deref().map(word).transpose()?,
            place: self.place,
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            available_actions: Vec::new(),
        })
    }

    /// As `who` may see it, in a request with this status.
    pub fn seen_by(&self, who: &Actor, status: CosellStatus) -> Result<CosellTask, Problem> {
        use CosellTaskAction::{Complete, Delete, Reopen, Update};
        let mut task = self.whole()?;
        if takes_changes(status) && who.grants & Permission::WorkCosell.bit() != 0 {
            task.available_actions = if task.done { vec![Reopen, Update, Delete] } else { vec![Complete, Update, Delete] };
        }
        Ok(task)
    }
}

/// An event of a task as it now is.
macro_rules! told {
    ($($event:ident),+) => {
        $(impl $event {
            /// Of a task and its request.
            pub fn of(task: &TaskRow, request: &RequestRow) -> Result<Self, Problem> {
                let (cosell_task, written_by_id) = (task.whole()?, task.written_by_id.map(PersonId));
                Ok(Self { cosell_task, customer_name: request.customer_name.clone(), written_by_id })
            }
        })+
    };
}

told!(CosellTaskAdded, CosellTaskUpdated, CosellTaskCompleted, CosellTaskReopened, CosellTaskOverdue, CosellTaskRemoved);

fn scoped(scope: Scope) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(Column::PartnerId))
}

/// A task within the caller's reach.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: CosellTaskId) -> Result<Option<TaskRow>, DbErr> {
    scoped(scope).filter(Column::Id.eq(id.0)).one(db).await
}

/// The tasks of a request, in their order.
pub async fn all_of(tx: &Tx, request: &RequestRow) -> Result<Vec<TaskRow>, DbErr> {
    let of = Column::VendorId.eq(request.vendor_id).and(Column::RequestId.eq(request.id));
    Entity::find().filter(of).order_by_asc(Column::Place).order_by_asc(Column::Id).all(tx).await
}

/// Up to `limit` tasks of a request after `after`, in their order.
pub async fn of_request(
    db: &impl ConnectionTrait,
    scope: Scope,
    request: CosellRequestId,
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<TaskRow>, DbErr> {
    let beyond = after.map(|(place, id)| Condition::any().add(Column::Place.gt(place)).add(Column::Place.eq(place).and(Column::Id.gt(id))));
    let find = scoped(scope).filter(Column::RequestId.eq(request.0)).filter(Condition::all().add_option(beyond));
    find.order_by_asc(Column::Place).order_by_asc(Column::Id).limit(limit).all(db).await
}

/// Which tasks to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this person's.
    pub owner: Option<PersonId>,
    /// Only those that are done, or only those that are not.
    pub done: Option<bool>,
    /// Only those that were not done in time.
    pub overdue: bool,
}

/// Up to `limit` tasks of open requests after `after`, by id.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, filter: &Filter, after: Option<Uuid>, limit: u64) -> Result<Vec<TaskRow>, DbErr> {
    use super::store::request;
    let open = request::Column::VendorId.eq(scope.vendor().0);
    let open = open.and(request::Column::Status.is_in(CosellStatus::OPEN.iter().map(|status| status.wire())));
    let of_open = Query::select().column(request::Column::Id).from(request::Entity).and_where(open).to_owned();
    let wanted = Condition::all()
        .add_option(filter.owner.map(|owner| Column::OwnerId.eq(owner.0)))
        .add_option(filter.done.map(|done| if done { Column::DoneAt.is_not_null() } else { Column::DoneAt.is_null() }))
        .add_option(filter.overdue.then(|| Column::OverdueAt.is_not_null().and(Column::DoneAt.is_null())))
        .add_option(after.map(|after| Column::Id.gt(after)));
    let find = scoped(scope).filter(Column::RequestId.in_subquery(of_open)).filter(wanted);
    find.order_by_asc(Column::Id).limit(limit).all(db).await
}

/// Tasks of the vendor by id: up to `limit` after `after`.
pub async fn after(db: &impl ConnectionTrait, vendor: VendorId, after: Uuid, limit: u64) -> Result<Vec<TaskRow>, DbErr> {
    scoped(Scope::vendor_wide(vendor)).filter(Column::Id.gt(after)).order_by_asc(Column::Id).limit(limit).all(db).await
}

/// Store a new task.
pub async fn insert(tx: &Tx, row: &TaskRow) -> Result<(), DbErr> {
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Store a changed task under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut TaskRow) -> Result<(), Problem> {
    let before = row.revision;
    row.revision += 1;
    row.updated_at = tx.now();
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    let done = Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

/// Take a task out.
pub async fn delete(tx: &Tx, row: &TaskRow) -> Result<(), DbErr> {
    Entity::delete_by_id((row.vendor_id, row.id)).exec(tx).await.map(|_| ())
}
