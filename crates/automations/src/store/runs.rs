//! Runs and their steps.

use crate::AutomationRunId;
use crate::runs::{AutomationRunState, AutomationStepState};
use chrono::{DateTime, Utc};
use kernel::Tx;
use kernel::id::{EventId, VendorId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Statement};

/// The table of runs.
pub mod run {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "automation_runs")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub automation: String,
        pub automation_revision: i64,
        pub event_id: Uuid,
        pub event_type: String,
        pub sequence: i64,
        pub subject_kind: String,
        pub subject_id: String,
        pub subject_revision: i64,
        pub depth: i64,
        pub root: i64,
        pub state: AutomationRunState,
        pub reason_code: Option<String>,
        pub reason: Option<String>,
        pub started_at: DateTime<Utc>,
        pub ended_at: Option<DateTime<Utc>>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of their steps.
pub mod step {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "automation_run_steps")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub run_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i64,
        pub step: String,
        pub parameters: String,
        pub condition: Option<String>,
        pub state: AutomationStepState,
        pub due_at: Option<DateTime<Utc>>,
        pub retry_at: Option<DateTime<Utc>>,
        pub attempts: i64,
        pub ended_at: Option<DateTime<Utc>>,
        pub did: Option<String>,
        pub reason_code: Option<String>,
        pub reason: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table that tells which step emitted an event.
pub mod effect {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "automation_effects")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub event_id: Uuid,
        pub run_id: Uuid,
        pub position: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Add a run; `false` if this event has started this automation already.
pub async fn insert(tx: &Tx, row: run::Model) -> Result<bool, DbErr> {
    let once = OnConflict::columns([run::Column::VendorId, run::Column::Sequence, run::Column::Automation]).do_nothing().to_owned();
    match run::Entity::insert(row.into_active_model()).on_conflict(once).exec_without_returning(tx).await {
        Ok(count) => Ok(count == 1),
        Err(DbErr::RecordNotInserted) => Ok(false),
        Err(cause) => Err(cause),
    }
}

/// Add a run's steps.
pub async fn insert_steps(tx: &Tx, rows: Vec<step::Model>) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    step::Entity::insert_many(rows.into_iter().map(step::Model::into_active_model)).exec_without_returning(tx).await.map(|_| ())
}

/// A run of the vendor.
pub async fn find(db: &impl ConnectionTrait, vendor: VendorId, id: AutomationRunId) -> Result<Option<run::Model>, DbErr> {
    run::Entity::find_by_id((vendor.0, id.0)).one(db).await
}

/// Like [`find`], for a change: on Postgres no other write changes the row until this one ends.
pub async fn find_to_change(tx: &Tx, id: AutomationRunId) -> Result<Option<run::Model>, DbErr> {
    run::Entity::find_by_id((tx.vendor().0, id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// The steps of these runs, in order.
pub async fn steps(db: &impl ConnectionTrait, vendor: VendorId, runs: &[Uuid]) -> Result<Vec<step::Model>, DbErr> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let these = step::Column::VendorId.eq(vendor.0).and(step::Column::RunId.is_in(runs.iter().copied()));
    step::Entity::find().filter(these).order_by_asc(step::Column::RunId).order_by_asc(step::Column::Position).all(db).await
}

/// What these runs emitted, in order.
pub async fn effects(db: &impl ConnectionTrait, vendor: VendorId, runs: &[Uuid]) -> Result<Vec<effect::Model>, DbErr> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let these = effect::Column::VendorId.eq(vendor.0).and(effect::Column::RunId.is_in(runs.iter().copied()));
    effect::Entity::find().filter(these).order_by_asc(effect::Column::EventId).all(db).await
}

/// Which runs to list.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Of this automation.
    pub automation: Option<String>,
    /// About the subject with this id.
    pub subject: Option<String>,
    /// In this state.
    pub state: Option<AutomationRunState>,
    /// From before this one.
    pub before: Option<Uuid>,
}

/// Runs of the vendor, the newest first.
pub async fn list(db: &impl ConnectionTrait, vendor: VendorId, wanted: Wanted, limit: u64) -> Result<Vec<run::Model>, DbErr> {
    use run::Column;
    let rows = Column::VendorId.eq(vendor.0);
    let rows = wanted.automation.into_iter().fold(rows, |rows, automation| rows.and(Column::Automation.eq(automation)));
    let rows = wanted.subject.into_iter().fold(rows, |rows, subject| rows.and(Column::SubjectId.eq(subject)));
    let rows = wanted.state.into_iter().fold(rows, |rows, state| rows.and(Column::State.eq(state)));
    let rows = wanted.before.into_iter().fold(rows, |rows, before| rows.and(Column::Id.lt(before)));
    run::Entity::find().filter(rows).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// Write the whole row that [`find_to_change`] found.
pub async fn update(tx: &Tx, row: run::Model) -> Result<(), DbErr> {
    let this = run::Column::VendorId.eq(row.vendor_id).and(run::Column::Id.eq(row.id));
    run::Entity::update_many().set(row.into_active_model().reset_all()).filter(this).exec(tx).await.map(|_| ())
}

/// Write the whole row of a step whose run was found for a change.
pub async fn update_step(tx: &Tx, row: step::Model) -> Result<(), DbErr> {
    use step::Column::{Position, RunId, VendorId};
    let this = VendorId.eq(row.vendor_id).and(RunId.eq(row.run_id)).and(Position.eq(row.position));
    step::Entity::update_many().set(row.into_active_model().reset_all()).filter(this).exec(tx).await.map(|_| ())
}

/// Record which events a step emitted.
pub async fn record_effects(tx: &Tx, run: Uuid, position: i64, events: &[EventId]) -> Result<(), DbErr> {
    if events.is_empty() {
        return Ok(());
    }
    let row = |event: &EventId| effect::Model { vendor_id: tx.vendor().0, event_id: event.0, run_id: run, position };
    effect::Entity::insert_many(events.iter().map(row).map(effect::Model::into_active_model)).exec_without_returning(tx).await.map(|_| ())
}

/// The run whose step emitted this event.
pub async fn cause(tx: &Tx, event: EventId) -> Result<Option<run::Model>, DbErr> {
    let effect = effect::Entity::find_by_id((tx.vendor().0, event.0)).one(tx).await?;
    match effect {
        Some(effect) => run::Entity::find_by_id((tx.vendor().0, effect.run_id)).one(tx).await,
        None => Ok(None),
    }
}

/// How many runs go back to the event at this place in the log.
pub async fn count_from(tx: &Tx, root: i64) -> Result<u64, DbErr> {
    run::Entity::find().filter(run::Column::VendorId.eq(tx.vendor().0).and(run::Column::Root.eq(root))).count(tx).await
}

/// Cancel what is still to come: of one run, or of all runs of an automation.
pub async fn cancel(tx: &Tx, run: Option<Uuid>, automation: &str, reason: (&str, &str)) -> Result<u64, DbErr> {
    let backend = tx.get_database_backend();
    // The runs first, as whoever takes a step does: two orders would be a deadlock.
    let runs = "UPDATE automation_runs SET state = 'cancelled', reason_code = $4, reason = $5, ended_at = $6 \
        WHERE vendor_id = $1 AND automation = $2 AND (id = $3 OR $3 IS NULL) AND state = 'planned'";
    let steps = "UPDATE automation_run_steps SET state = 'cancelled', retry_at = NULL, ended_at = $4 \
        WHERE vendor_id = $1 AND state = 'planned' AND run_id IN \
        (SELECT id FROM automation_runs WHERE vendor_id = $1 AND automation = $2 AND (id = $3 OR $3 IS NULL) AND state = 'cancelled')";
    let this: [sea_orm::Value; 3] = [tx.vendor().0.into(), automation.into(), run.into()];
    let [code, text]: [sea_orm::Value; 2] = [reason.0.into(), reason.1.into()];
    let values = this.clone().into_iter().chain([code, text, tx.now().into()]);
    let done = tx.execute_raw(Statement::from_sql_and_values(backend, runs, values)).await?;
    let values = this.into_iter().chain([tx.now().into()]);
    tx.execute_raw(Statement::from_sql_and_values(backend, steps, values)).await?;
    Ok(done.rows_affected())
}

/// Forget up to `most` runs that ended before `before`; returns how many.
pub async fn forget(tx: &Tx, before: DateTime<Utc>, most: u64) -> Result<u64, DbErr> {
    use run::Column::{EndedAt, Id, VendorId};
    let vendor = tx.vendor().0;
    let old = run::Entity::find().select_only().column(Id).filter(VendorId.eq(vendor).and(EndedAt.lt(before)));
    let old: Vec<Uuid> = old.order_by_asc(EndedAt).limit(most).into_tuple().all(tx).await?;
    effect::Entity::delete_many()
        .filter(effect::Column::VendorId.eq(vendor))
        .filter(effect::Column::RunId.is_in(old.iter().copied()))
        .exec(tx)
        .await?;
    step::Entity::delete_many().filter(step::Column::VendorId.eq(vendor)).filter(step::Column::RunId.is_in(old.iter().copied())).exec(tx).await?;
    run::Entity::delete_many().filter(VendorId.eq(vendor)).filter(Id.is_in(old.iter().copied())).exec(tx).await?;
    Ok(old.len() as u64)
}
