//! Every status that a partner has had: the table, and the only queries on it.

use super::rules::PartnerStatus;
use crate::store::partner;
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::id::PartnerId;
use kernel::{Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel as _, QueryOrder, QuerySelect};

/// The table of changes.
pub mod partner_status_change {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "partner_status_changes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub partner_id: Uuid,
        pub from_status: Option<PartnerStatus>,
        pub to_status: PartnerStatus,
        pub action: String,
        pub reason: Option<String>,
        pub actor_kind: String,
        pub actor_id: String,
        pub at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use partner_status_change::Model as ChangeRow;
use partner_status_change::{Column, Entity};

impl ChangeRow {
    /// Who did it.
    pub fn actor(&self) -> ActorRef {
        ActorRef { kind: self.actor_kind.clone(), id: self.actor_id.clone() }
    }
}

/// Keep that a partner came to where it now is.
pub async fn keep(tx: &Tx, row: &partner::Model, from: Option<PartnerStatus>, action: &str) -> Result<(), DbErr> {
    let actor = tx.actor().reference();
    let change = ChangeRow {
        vendor_id: row.vendor_id,
        id: kernel::id::fresh(),
        partner_id: row.id,
        from_status: from,
        to_status: row.status,
        action: action.to_owned(),
        reason: row.status_reason.clone(),
        actor_kind: actor.kind,
        actor_id: actor.id,
        at: tx.now(),
    };
    Entity::insert(change.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// A partner's changes, newest first: up to `limit` before `before`.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, id: PartnerId, before: Option<Uuid>, limit: u64) -> Result<Vec<ChangeRow>, DbErr> {
    let mut find =
        Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(Column::PartnerId.eq(id.0)).filter(scope.limit(Column::PartnerId));
    if let Some(before) = before {
        find = find.filter(Column::Id.lt(before));
    }
    find.order_by_desc(Column::Id).limit(limit).all(db).await
}
