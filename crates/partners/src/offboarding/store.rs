//! The table of offboardings, and the only queries on it.

use super::types::{PartnerOffboardingPart, PartnerOffboardingStatus};
use crate::ports::{PartnerDealsGo, PartnerOpenMoney};
use chrono::{DateTime, Utc};
use kernel::id::PartnerId;
use kernel::{Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder};

/// The table of offboardings.
pub mod partner_offboarding {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "partner_offboardings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub partner_id: Uuid,
        pub status: PartnerOffboardingStatus,
        pub from_status: crate::PartnerStatus,
        pub reason: String,
        pub notice: Option<String>,
        pub effective_at: DateTime<Utc>,
        pub deals: String,
        pub successor_id: Option<Uuid>,
        pub retain_until: DateTime<Utc>,
        pub open_money: String,
        pub parts: String,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub done_at: Option<DateTime<Utc>>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use partner_offboarding::Model as OffboardingRow;
use partner_offboarding::{Column, Entity};

impl OffboardingRow {
    /// Who leaves.
    pub fn partner(&self) -> PartnerId {
        PartnerId(self.partner_id)
    }

    /// Who takes its deals over.
    pub fn successor(&self) -> Option<PartnerId> {
        self.successor_id.map(PartnerId)
    }

    /// Where its deals go.
    pub fn deals(&self) -> PartnerDealsGo {
        serde_json::from_str(&self.deals).unwrap_or(PartnerDealsGo::ToManager)
    }

    /// How far each part has come.
    pub fn parts(&self) -> Vec<PartnerOffboardingPart> {
        serde_json::from_str(&self.parts).unwrap_or_default()
    }

    /// What was open in money.
    pub fn open_money(&self) -> Vec<PartnerOpenMoney> {
        serde_json::from_str(&self.open_money).unwrap_or_default()
    }
}

/// The latest offboarding of a partner.
pub async fn latest(db: &impl ConnectionTrait, scope: Scope, partner: PartnerId) -> Result<Option<OffboardingRow>, DbErr> {
    let of =
        Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(Column::PartnerId.eq(partner.0)).filter(scope.limit(Column::PartnerId));
    of.order_by_desc(Column::Id).one(db).await
}

/// Store a new one.
pub async fn insert(tx: &Tx, row: OffboardingRow) -> Result<(), DbErr> {
    Entity::insert(row.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Store a changed one. Whoever changes it has locked its partner, or is its timer.
pub async fn update(tx: &Tx, row: &mut OffboardingRow) -> Result<(), DbErr> {
    row.updated_at = tx.now();
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id));
    Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await.map(|_| ())
}
