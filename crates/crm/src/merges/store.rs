//! The tables of merges and of what they moved, and the only queries on them.

use super::AccountMergeId;
use super::rules::Changed;
use super::types::{AccountMerge, AccountMergeMoved, AccountMergeStatus, AccountMergeStayed};
use crate::accounts::AccountId;
use access::Permission;
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};
use std::collections::BTreeMap;

/// Rows of one multi-row insert.
const CHUNK: usize = 1_000;

/// The table of merges.
pub mod merge {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "account_merges")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub merged_id: Uuid,
        pub merged_external_id: String,
        pub into_id: Uuid,
        pub into_external_id: String,
        pub status: String,
        /// What it changed in the survivor; forgotten when it can no longer be undone.
        pub changed: Option<String>,
        pub taken: String,
        pub moved: String,
        pub stayed: String,
        pub made_by_kind: String,
        pub made_by_id: String,
        pub undo_until: DateTime<Utc>,
        pub undone_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of what merges moved.
pub mod moved {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "account_merge_moves")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub merge_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub moved_id: Uuid,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use merge::Model as MergeRow;

impl MergeRow {
    /// How it stands.
    pub fn status(&self) -> AccountMergeStatus {
        if self.status == AccountMergeStatus::Merged.wire() { AccountMergeStatus::Merged } else { AccountMergeStatus::Undone }
    }

    /// What it changed in the survivor.
    pub fn changed(&self) -> Result<BTreeMap<String, Changed>, Problem> {
        self.changed.as_deref().map_or_else(|| Ok(BTreeMap::new()), read)
    }

    /// As it is shown to a caller with these grants.
    pub fn show(&self, grants: u64, now: DateTime<Utc>) -> Result<AccountMerge, Problem> {
        let status = self.status();
        let may = status == AccountMergeStatus::Merged && now < self.undo_until && grants & Permission::WriteCrm.bit() != 0;
        let stayed = (status == AccountMergeStatus::Undone).then(|| read::<AccountMergeStayed>(&self.stayed)).transpose()?;
        Ok(AccountMerge {
            id: AccountMergeId(self.id),
            status,
            merged_id: AccountId(self.merged_id),
            merged_external_id: self.merged_external_id.clone(),
            into_id: AccountId(self.into_id),
            into_external_id: self.into_external_id.clone(),
            taken: read(&self.taken)?,
            moved: read::<Vec<AccountMergeMoved>>(&self.moved)?,
            stayed,
            made_by: ActorRef { kind: self.made_by_kind.clone(), id: self.made_by_id.clone() },
            undo_until: self.undo_until,
            undone_at: self.undone_at,
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            available_actions: if may { vec!["undo".to_owned()] } else { Vec::new() },
        })
    }
}

/// Text of a stored JSON column; what we wrote ourselves reads back.
fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|cause| Problem::internal(format!("a stored merge does not read: {cause}")))
}

fn of_vendor(scope: Scope) -> sea_orm::Select<merge::Entity> {
    merge::Entity::find().filter(merge::Column::VendorId.eq(scope.vendor().0))
}

/// A merge.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: AccountMergeId) -> Result<Option<MergeRow>, DbErr> {
    of_vendor(scope).filter(merge::Column::Id.eq(id.0)).one(db).await
}

/// A merge, held until the end of the write.
pub async fn hold(tx: &Tx, id: Uuid) -> Result<Option<MergeRow>, DbErr> {
    of_vendor(tx.scope()).filter(merge::Column::Id.eq(id)).lock_exclusive().one(tx).await
}

/// The merge by which an account went, if it is not undone.
pub async fn that_took(tx: &Tx, account: Uuid) -> Result<Option<MergeRow>, DbErr> {
    let standing = of_vendor(tx.scope()).filter(merge::Column::Status.eq(AccountMergeStatus::Merged.wire()));
    standing.filter(merge::Column::MergedId.eq(account)).order_by_desc(merge::Column::Id).one(tx).await
}

/// Which merges to list.
#[derive(Debug, Default)]
pub struct Filter {
    /// Only those that stand so.
    pub status: Option<AccountMergeStatus>,
    /// Only those of this id of the CRM's, on either side.
    pub external_id: Option<String>,
}

/// Up to `limit` merges before `before`, newest first.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, filter: Filter, before: Option<Uuid>, limit: u64) -> Result<Vec<MergeRow>, DbErr> {
    use merge::Column::{Id, IntoExternalId, MergedExternalId, Status};
    let either = |id: String| sea_orm::Condition::any().add(MergedExternalId.eq(id.clone())).add(IntoExternalId.eq(id));
    let wanted = sea_orm::Condition::all()
        .add_option(filter.status.map(|status| Status.eq(status.wire())))
        .add_option(filter.external_id.map(either))
        .add_option(before.map(|before| Id.lt(before)));
    of_vendor(scope).filter(wanted).order_by_desc(Id).limit(limit).all(db).await
}

/// Store a new merge, and what it moved of each kind.
pub async fn insert(tx: &Tx, row: &MergeRow, moved: &[(&'static str, Vec<Uuid>)]) -> Result<(), DbErr> {
    merge::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await?;
    let things = moved.iter().flat_map(|(kind, ids)| ids.iter().map(move |id| (*kind, *id)));
    let rows: Vec<_> = things
        .map(|(kind, moved_id)| moved::Model { vendor_id: row.vendor_id, merge_id: row.id, kind: kind.to_owned(), moved_id }.into_active_model())
        .collect();
    for chunk in rows.chunks(CHUNK) {
        moved::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// What a merge moved, by kind.
pub async fn moved_by(tx: &Tx, merge: Uuid) -> Result<BTreeMap<String, Vec<Uuid>>, DbErr> {
    let of = moved::Entity::find().filter(moved::Column::VendorId.eq(tx.vendor().0)).filter(moved::Column::MergeId.eq(merge));
    let mut by_kind = BTreeMap::<_, Vec<_>>::new();
    for row in of.all(tx).await? {
        by_kind.entry(row.kind).or_default().push(row.moved_id);
    }
    Ok(by_kind)
}

/// Forget what a merge moved.
pub async fn forget_moved(tx: &Tx, merge: Uuid) -> Result<(), DbErr> {
    let of = moved::Entity::delete_many().filter(moved::Column::VendorId.eq(tx.vendor().0)).filter(moved::Column::MergeId.eq(merge));
    of.exec(tx).await.map(|_| ())
}

/// Write a merge, which the write holds, over what is stored.
pub async fn update(tx: &Tx, row: &MergeRow) -> Result<(), DbErr> {
    let this = merge::Column::VendorId.eq(row.vendor_id).and(merge::Column::Id.eq(row.id));
    merge::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await.map(|_| ())
}
