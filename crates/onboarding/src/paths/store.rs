//! The tables of paths, onboardings and their tasks, and the only queries on them.

use super::body::{OnboardingPathDraft, PathOwner};
use super::rules::{OnboardingStatus, OnboardingTaskStatus};
use super::{OnboardingId, OnboardingPathId, OnboardingTaskId};
use crate::versioned::Versioned;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId, VendorId};
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// The table of versions of paths.
pub mod path {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "onboarding_paths")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub version: i64,
        pub status: String,
        pub body: String,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of partners on paths.
pub mod onboarding {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "onboardings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub partner_id: Uuid,
        pub path_id: Uuid,
        pub status: String,
        pub reason: Option<String>,
        pub started_at: DateTime<Utc>,
        pub ended_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of milestones that were reached.
pub mod milestone {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "onboarding_milestones")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub onboarding_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub milestone: String,
        pub reached_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of tasks.
pub mod task {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "onboarding_tasks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub onboarding_id: Uuid,
        pub partner_id: Uuid,
        pub path_id: Uuid,
        pub task: String,
        pub owner: String,
        pub status: String,
        pub overdue: i64,
        pub opened_at: Option<DateTime<Utc>>,
        pub due_at: Option<DateTime<Utc>>,
        pub ended_at: Option<DateTime<Utc>>,
        pub ended_by: Option<String>,
        pub ended_by_event: Option<i64>,
        pub note: Option<String>,
        pub link: Option<String>,
        pub revision: i64,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use onboarding::Model as OnboardingRow;
pub use path::Model as PathRow;
pub use task::Model as TaskRow;

impl Versioned for PathRow {
    fn status(&mut self) -> &mut String {
        &mut self.status
    }
    fn revision(&self) -> i64 {
        self.revision
    }
}

impl PathRow {
    /// Its id.
    pub fn id(&self) -> OnboardingPathId {
        OnboardingPathId(self.id)
    }

    /// What it says.
    pub fn body(&self) -> Result<OnboardingPathDraft, Problem> {
        serde_json::from_str(&self.body).map_err(|cause| Problem::internal(format!("a stored path does not read: {cause}")))
    }
}

impl OnboardingRow {
    /// Its id.
    pub fn id(&self) -> OnboardingId {
        OnboardingId(self.id)
    }

    /// The partner.
    pub fn partner(&self) -> PartnerId {
        PartnerId(self.partner_id)
    }

    /// Where it stands.
    pub fn status(&self) -> Result<OnboardingStatus, Problem> {
        self.status.parse().map_err(|()| Problem::internal(format!("a stored onboarding has the status {}", self.status)))
    }
}

impl TaskRow {
    /// Its id.
    pub fn id(&self) -> OnboardingTaskId {
        OnboardingTaskId(self.id)
    }

    /// Where it stands.
    pub fn status(&self) -> Result<OnboardingTaskStatus, Problem> {
        self.status.parse().map_err(|()| Problem::internal(format!("a stored task has the status {}", self.status)))
    }

    /// Who owes it.
    pub fn owner(&self) -> Result<PathOwner, Problem> {
        self.owner.parse().map_err(|()| Problem::internal(format!("a stored task has the owner {}", self.owner)))
    }
}

fn paths(vendor: VendorId) -> sea_orm::Select<path::Entity> {
    path::Entity::find().filter(path::Column::VendorId.eq(vendor.0))
}

/// One version.
pub async fn path(db: &impl ConnectionTrait, vendor: VendorId, id: OnboardingPathId) -> Result<Option<PathRow>, DbErr> {
    paths(vendor).filter(path::Column::Id.eq(id.0)).one(db).await
}

/// These versions, by id.
pub async fn paths_by_id(db: &impl ConnectionTrait, vendor: VendorId, ids: impl IntoIterator<Item = Uuid>) -> Result<HashMap<Uuid, PathRow>, DbErr> {
    let rows = paths(vendor).filter(path::Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The number of the last version of this name; 0 if there is none.
pub async fn last_version(tx: &Tx, name: &str) -> Result<i64, DbErr> {
    let last = paths(tx.vendor()).filter(path::Column::Name.eq(name)).order_by_desc(path::Column::Version).limit(1).one(tx).await?;
    Ok(last.map_or(0, |row| row.version))
}

/// All versions that were published, the latest of each name first.
pub async fn published(db: &impl ConnectionTrait, vendor: VendorId) -> Result<Vec<PathRow>, DbErr> {
    let rows = paths(vendor).filter(path::Column::Status.ne("draft"));
    rows.order_by_asc(path::Column::Name).order_by_desc(path::Column::Version).limit(1_000).all(db).await
}

/// Up to `limit` versions before `before`, newest first.
pub async fn list_paths(
    db: &impl ConnectionTrait,
    scope: Scope,
    (name, status): (Option<&str>, Option<&str>),
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<PathRow>, DbErr> {
    let wanted = Condition::all()
        .add_option(name.map(|name| path::Column::Name.eq(name)))
        .add_option(status.map(|status| path::Column::Status.eq(status)))
        .add_option(before.map(|before| path::Column::Id.lt(before)));
    paths(scope.vendor()).filter(wanted).order_by_desc(path::Column::Id).limit(limit).all(db).await
}

/// Add a version; `false` if its number was taken meanwhile.
pub async fn insert_path(tx: &Tx, row: PathRow) -> Result<bool, DbErr> {
    let nothing = OnConflict::new().do_nothing().to_owned();
    Ok(path::Entity::insert(row.into_active_model()).on_conflict(nothing).exec_without_returning(tx).await? == 1)
}

/// Write a version at its next revision; `false` if it changed meanwhile.
pub async fn update_path(tx: &Tx, row: &mut PathRow) -> Result<bool, DbErr> {
    let before = row.revision;
    (row.revision, row.updated_at) = (before + 1, tx.now());
    let this = path::Column::VendorId.eq(row.vendor_id).and(path::Column::Id.eq(row.id)).and(path::Column::Revision.eq(before));
    Ok(path::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?.rows_affected == 1)
}

fn onboardings(scope: Scope) -> sea_orm::Select<onboarding::Entity> {
    onboarding::Entity::find().filter(onboarding::Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(onboarding::Column::PartnerId))
}

/// The partner's latest onboarding, ended or not.
pub async fn latest(db: &impl ConnectionTrait, scope: Scope, partner: PartnerId) -> Result<Option<OnboardingRow>, DbErr> {
    let rows = onboardings(scope).filter(onboarding::Column::PartnerId.eq(partner.0));
    rows.order_by_desc(onboarding::Column::Id).limit(1).one(db).await
}

/// The onboarding of a partner that runs, held until the write ends: what happens to its tasks happens one after the other.
pub async fn running(tx: &Tx, partner: PartnerId) -> Result<Option<OnboardingRow>, DbErr> {
    let rows = onboardings(tx.scope()).filter(onboarding::Column::PartnerId.eq(partner.0)).filter(onboarding::Column::Status.eq("running"));
    rows.lock(LockType::NoKeyUpdate).one(tx).await
}

/// An onboarding, held until the write ends.
pub async fn hold(tx: &Tx, id: OnboardingId) -> Result<Option<OnboardingRow>, DbErr> {
    onboardings(tx.scope()).filter(onboarding::Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// These onboardings' statuses, by id.
pub async fn statuses(
    db: &impl ConnectionTrait,
    scope: Scope,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, OnboardingStatus>, Problem> {
    let rows = onboardings(scope).filter(onboarding::Column::Id.is_in(ids)).all(db).await?;
    rows.into_iter().map(|row| Ok((row.id, row.status()?))).collect()
}

/// Begin; `false` if the partner has one that runs.
pub async fn insert(tx: &Tx, row: OnboardingRow) -> Result<bool, DbErr> {
    let nothing = OnConflict::new().do_nothing().to_owned();
    Ok(onboarding::Entity::insert(row.into_active_model()).on_conflict(nothing).exec_without_returning(tx).await? == 1)
}

/// Write an onboarding that is held.
pub async fn update(tx: &Tx, row: OnboardingRow) -> Result<(), DbErr> {
    let this = onboarding::Column::VendorId.eq(row.vendor_id).and(onboarding::Column::Id.eq(row.id));
    onboarding::Entity::update_many().set(row.into_active_model().reset_all()).filter(this).exec(tx).await.map(|_| ())
}

/// The milestones that an onboarding has reached, and when.
pub async fn milestones(db: &impl ConnectionTrait, vendor: VendorId, id: OnboardingId) -> Result<HashMap<String, DateTime<Utc>>, DbErr> {
    let of = milestone::Column::VendorId.eq(vendor.0).and(milestone::Column::OnboardingId.eq(id.0));
    Ok(milestone::Entity::find().filter(of).all(db).await?.into_iter().map(|row| (row.milestone, row.reached_at)).collect())
}

/// Record that a milestone was reached.
pub async fn reach(tx: &Tx, id: OnboardingId, key: &str) -> Result<(), DbErr> {
    let row = milestone::Model { vendor_id: tx.vendor().0, onboarding_id: id.0, milestone: key.to_owned(), reached_at: tx.now() };
    milestone::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

fn tasks(scope: Scope) -> sea_orm::Select<task::Entity> {
    task::Entity::find().filter(task::Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(task::Column::PartnerId))
}

/// The tasks of an onboarding.
pub async fn tasks_of(db: &impl ConnectionTrait, scope: Scope, id: OnboardingId) -> Result<Vec<TaskRow>, DbErr> {
    tasks(scope).filter(task::Column::OnboardingId.eq(id.0)).order_by_asc(task::Column::Id).all(db).await
}

/// One task.
pub async fn find_task(db: &impl ConnectionTrait, scope: Scope, id: OnboardingTaskId) -> Result<Option<TaskRow>, DbErr> {
    tasks(scope).filter(task::Column::Id.eq(id.0)).one(db).await
}

/// Which tasks of the list are wanted.
#[derive(Debug, Default)]
pub struct TaskFilter {
    /// Only of this partner.
    pub partner: Option<PartnerId>,
    /// Only owed by these.
    pub owner: Option<PathOwner>,
    /// Only in this status.
    pub status: Option<OnboardingTaskStatus>,
    /// Only those whose time has passed, or has not.
    pub overdue: Option<bool>,
}

/// Up to `limit` tasks after `after`, oldest first.
pub async fn list_tasks(
    db: &impl ConnectionTrait,
    scope: Scope,
    filter: &TaskFilter,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<TaskRow>, DbErr> {
    let wanted = Condition::all()
        .add_option(filter.partner.map(|partner| task::Column::PartnerId.eq(partner.0)))
        .add_option(filter.owner.map(|owner| task::Column::Owner.eq(owner.wire())))
        .add_option(filter.status.map(|status| task::Column::Status.eq(status.wire())))
        .add_option(filter.overdue.map(|overdue| task::Column::Overdue.eq(i64::from(overdue))))
        .add_option(after.map(|after| task::Column::Id.gt(after)));
    tasks(scope).filter(wanted).order_by_asc(task::Column::Id).limit(limit).all(db).await
}

/// Add tasks.
pub async fn insert_tasks(tx: &Tx, rows: Vec<TaskRow>) -> Result<(), DbErr> {
    for some in rows.chunks(100) {
        let rows = some.iter().cloned().map(sea_orm::IntoActiveModel::into_active_model);
        task::Entity::insert_many::<task::ActiveModel, _>(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Write a task whose onboarding is held.
pub async fn update_task(tx: &Tx, row: &mut TaskRow) -> Result<(), DbErr> {
    (row.revision, row.updated_at) = (row.revision + 1, tx.now());
    let this = task::Column::VendorId.eq(row.vendor_id).and(task::Column::Id.eq(row.id));
    task::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await.map(|_| ())
}

/// Up to `limit` tasks after `after` that hold a sentence or a link, or name this person.
pub async fn said(db: &impl ConnectionTrait, vendor: VendorId, person: Option<PersonId>, after: Uuid, limit: u64) -> Result<Vec<TaskRow>, DbErr> {
    let by = person.map(|person| task::Column::EndedBy.contains(person.to_string()));
    let said = Condition::any().add(task::Column::Note.is_not_null()).add(task::Column::Link.is_not_null()).add_option(by);
    let rows = tasks(Scope::vendor_wide(vendor)).filter(task::Column::Id.gt(after)).filter(said);
    rows.order_by_asc(task::Column::Id).limit(limit).all(db).await
}
