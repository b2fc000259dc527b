//! The tables of walkthroughs and of progress in them, and the only queries on them.

use super::body::WalkthroughDraft;
use super::rules::{Standing, WalkthroughStatus};
use super::types::WalkthroughProgress;
use super::{WalkthroughId, WalkthroughProgressId};
use crate::versioned::Versioned;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId, VendorId};
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};

/// The table of versions of walkthroughs.
pub mod version {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "walkthroughs")]
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

/// The table of progress.
pub mod progress {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "walkthrough_progress")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub walkthrough_id: Uuid,
        pub person_id: Option<Uuid>,
        pub partner_id: Option<Uuid>,
        pub role: String,
        pub partner_type: Option<String>,
        pub status: String,
        pub seen: i64,
        pub run: i64,
        pub started_at: DateTime<Utc>,
        pub ended_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use progress::Model as ProgressRow;
pub use version::Model as VersionRow;

impl Versioned for VersionRow {
    fn status(&mut self) -> &mut String {
        &mut self.status
    }
    fn revision(&self) -> i64 {
        self.revision
    }
}

impl VersionRow {
    /// Its id.
    pub fn id(&self) -> WalkthroughId {
        WalkthroughId(self.id)
    }

    /// What it says.
    pub fn body(&self) -> Result<WalkthroughDraft, Problem> {
        serde_json::from_str(&self.body).map_err(|cause| Problem::internal(format!("a stored walkthrough does not read: {cause}")))
    }
}

impl ProgressRow {
    /// How far they are.
    pub fn standing(&self) -> Result<Standing, Problem> {
        let status: Result<WalkthroughStatus, ()> = self.status.parse();
        let status = status.map_err(|()| Problem::internal(format!("stored progress has the status {}", self.status)))?;
        Ok(Standing { status, seen: usize::try_from(self.seen).unwrap_or_default(), run: self.run })
    }

    /// As events and exports tell it.
    pub fn told(&self, version: i64, body: &WalkthroughDraft) -> Result<WalkthroughProgress, Problem> {
        Ok(WalkthroughProgress {
            id: WalkthroughProgressId(self.id),
            walkthrough_id: WalkthroughId(self.walkthrough_id),
            walkthrough: body.name.clone(),
            version,
            screen: body.screen.clone(),
            person_id: self.person_id.map(PersonId),
            partner_id: self.partner_id.map(PartnerId),
            role: self.role.clone(),
            status: self.standing()?.status,
            seen: self.seen,
            steps: body.steps.len() as i64,
            run: self.run,
            started_at: self.started_at,
            ended_at: self.ended_at,
            revision: self.revision,
        })
    }
}

fn versions(vendor: VendorId) -> sea_orm::Select<version::Entity> {
    version::Entity::find().filter(version::Column::VendorId.eq(vendor.0))
}

/// One version.
pub async fn find(db: &impl ConnectionTrait, vendor: VendorId, id: WalkthroughId) -> Result<Option<VersionRow>, DbErr> {
    versions(vendor).filter(version::Column::Id.eq(id.0)).one(db).await
}

/// The number of the last version of this name; 0 if there is none.
pub async fn last_version(tx: &Tx, name: &str) -> Result<i64, DbErr> {
    let last = versions(tx.vendor()).filter(version::Column::Name.eq(name)).order_by_desc(version::Column::Version).limit(1).one(tx).await?;
    Ok(last.map_or(0, |row| row.version))
}

/// All versions that were published, the latest of each name first.
pub async fn published(db: &impl ConnectionTrait, vendor: VendorId) -> Result<Vec<VersionRow>, DbErr> {
    let rows = versions(vendor).filter(version::Column::Status.ne("draft"));
    rows.order_by_asc(version::Column::Name).order_by_desc(version::Column::Version).limit(1_000).all(db).await
}

/// Which versions of the list are wanted.
#[derive(Debug, Default)]
pub struct VersionFilter {
    /// Only of this name.
    pub name: Option<String>,
    /// Only in this status.
    pub status: Option<&'static str>,
}

/// Up to `limit` versions before `before`, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    scope: Scope,
    filter: VersionFilter,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<VersionRow>, DbErr> {
    let wanted = Condition::all()
        .add_option(filter.name.map(|name| version::Column::Name.eq(name)))
        .add_option(filter.status.map(|status| version::Column::Status.eq(status)))
        .add_option(before.map(|before| version::Column::Id.lt(before)));
    versions(scope.vendor()).filter(wanted).order_by_desc(version::Column::Id).limit(limit).all(db).await
}

/// Add a version; `false` if its number was taken meanwhile.
pub async fn insert(tx: &Tx, row: VersionRow) -> Result<bool, DbErr> {
    let nothing = OnConflict::new().do_nothing().to_owned();
    Ok(version::Entity::insert(row.into_active_model()).on_conflict(nothing).exec_without_returning(tx).await? == 1)
}

/// Write a version at its next revision; `false` if it changed meanwhile.
pub async fn update(tx: &Tx, row: &mut VersionRow) -> Result<bool, DbErr> {
    let before = row.revision;
    (row.revision, row.updated_at) = (before + 1, tx.now());
    let this = version::Column::VendorId.eq(row.vendor_id).and(version::Column::Id.eq(row.id)).and(version::Column::Revision.eq(before));
    Ok(version::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?.rows_affected == 1)
}

fn progress_of(vendor: VendorId, person: PersonId) -> sea_orm::Select<progress::Entity> {
    progress::Entity::find().filter(progress::Column::VendorId.eq(vendor.0)).filter(progress::Column::PersonId.eq(person.0))
}

/// All progress of a person.
pub async fn of_person(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId) -> Result<Vec<ProgressRow>, DbErr> {
    progress_of(vendor, person).order_by_asc(progress::Column::Id).all(db).await
}

/// The progress of a person, held until the write ends: what they do happens one after the other.
pub async fn hold(tx: &Tx, person: PersonId) -> Result<Vec<ProgressRow>, DbErr> {
    progress_of(tx.vendor(), person).order_by_asc(progress::Column::Id).lock(LockType::NoKeyUpdate).all(tx).await
}

/// Begin; `false` if the person has begun this version meanwhile.
pub async fn begin(tx: &Tx, row: ProgressRow) -> Result<bool, DbErr> {
    let nothing = OnConflict::new().do_nothing().to_owned();
    Ok(progress::Entity::insert(row.into_active_model()).on_conflict(nothing).exec_without_returning(tx).await? == 1)
}

/// Write progress that is held.
pub async fn write(tx: &Tx, row: &mut ProgressRow) -> Result<(), DbErr> {
    (row.revision, row.updated_at) = (row.revision + 1, tx.now());
    let this = progress::Column::VendorId.eq(row.vendor_id).and(progress::Column::Id.eq(row.id));
    progress::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await.map(drop)
}

/// Leave the progress of a person as a figure of nobody.
pub async fn forget(tx: &Tx, person: PersonId) -> Result<(), DbErr> {
    for mut row in hold(tx, person).await? {
        (row.person_id, row.partner_id) = (None, None);
        write(tx, &mut row).await?;
    }
    Ok(())
}

/// How many stand so, of one kind of people.
#[derive(Debug, Clone, sea_orm::FromQueryResult)]
pub struct Counted {
    /// What they are told apart by.
    pub segment: Option<String>,
    /// Where they stand.
    pub status: String,
    /// Steps that they have seen.
    pub seen: i64,
    /// How many they are.
    pub people: i64,
}

/// Progress in a version, counted by where people stand and by `segment`, if that is wanted.
pub async fn count(db: &impl ConnectionTrait, scope: Scope, id: WalkthroughId, segment: Option<progress::Column>) -> Result<Vec<Counted>, DbErr> {
    use progress::Column::{PartnerId, Seen, Status, VendorId, WalkthroughId};
    let rows = progress::Entity::find().select_only().filter(VendorId.eq(scope.vendor().0)).filter(WalkthroughId.eq(id.0));
    let rows = rows.filter(scope.limit(PartnerId)).column(Status).column(Seen).column_as(progress::Column::Id.count(), "people");
    let rows = rows.group_by(Status).group_by(Seen);
    let rows = match segment {
        Some(column) => rows.column_as(column, "segment").group_by(column).order_by_asc(column),
        None => rows.expr_as(sea_orm::sea_query::Expr::cust("CAST(NULL AS text)"), "segment"),
    };
    rows.order_by_asc(Status).order_by_asc(Seen).limit(20_000).into_model::<Counted>().all(db).await
}
