//! The table of trusted issuers, and the only queries on it.

use super::TrustedIssuerId;
use super::types::{PersonBy, SigningAlgorithm};
use crate::sso::claims::RoleMapping;
use crate::sso::providers::SsoStatus;
use chrono::{DateTime, Utc};
use kernel::id::VendorId;
use kernel::{Page, PageQuery, Problem, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, DbErr, QueryOrder, QuerySelect, TryInsertResult};
use serde::{Deserialize, Serialize};

/// The table of trusted issuers.
pub mod trusted_issuer {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "trusted_issuers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub issuer: String,
        pub audience: String,
        pub settings: String,
        pub status: SsoStatus,
        pub ceiling: Option<String>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// What is taken from an issuer, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub(super) jwks_uri: Option<String>,
    pub(super) jwks: Option<serde_json::Value>,
    pub(super) algorithms: Vec<SigningAlgorithm>,
    pub(super) person_by: PersonBy,
    pub(super) person_claim: Option<String>,
    pub(super) scopes: Vec<String>,
    pub(super) scope_claim: Option<String>,
    pub(super) role_claim: Option<String>,
    pub(super) role_mappings: Vec<RoleMapping>,
    pub(super) mfa_methods: Vec<String>,
    pub(super) mfa_contexts: Vec<String>,
    pub(super) max_lifetime: i64,
}

impl trusted_issuer::Model {
    /// Its id.
    pub fn id(&self) -> TrustedIssuerId {
        TrustedIssuerId(self.id)
    }

    /// What is taken from it.
    pub fn settings(&self) -> Result<Settings, Problem> {
        serde_json::from_str(&self.settings).map_err(Problem::internal)
    }
}

/// A vendor's issuer.
pub(super) async fn find(db: &impl ConnectionTrait, vendor: VendorId, id: TrustedIssuerId) -> Result<Option<trusted_issuer::Model>, DbErr> {
    trusted_issuer::Entity::find_by_id((vendor.0, id.0)).one(db).await
}

/// The active registration of this issuer for one of these audiences, of whichever vendor: it yields the scope. More than one is none.
pub(super) async fn find_by_audience(db: &impl ConnectionTrait, issuer: &str, audiences: &[&str]) -> Result<Option<trusted_issuer::Model>, DbErr> {
    let these = Condition::all()
        .add(trusted_issuer::Column::Issuer.eq(issuer))
        .add(trusted_issuer::Column::Audience.is_in(audiences.iter().copied()))
        .add(trusted_issuer::Column::Status.eq(SsoStatus::Active));
    let mut found = trusted_issuer::Entity::find().filter(these).limit(2).all(db).await?;
    Ok(found.pop().filter(|_| found.is_empty()))
}

/// One page of a vendor's issuers, newest first.
pub(super) async fn list(db: &impl ConnectionTrait, vendor: VendorId, page: PageQuery) -> Result<Page<trusted_issuer::Model>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<Uuid>("trusted_issuers")?);
    let wanted = Condition::all().add(trusted_issuer::Column::VendorId.eq(vendor.0)).add_option(after.map(|id| trusted_issuer::Column::Id.lt(id)));
    let rows = trusted_issuer::Entity::find().filter(wanted).order_by_desc(trusted_issuer::Column::Id).limit(limit + 1).all(db).await?;
    Ok(Page::of("trusted_issuers", rows, limit, |row| row.id))
}

/// Add an issuer; `false` if it is registered with this audience already.
pub(super) async fn insert(tx: &Tx, row: trusted_issuer::Model) -> Result<bool, DbErr> {
    let once = [trusted_issuer::Column::Issuer, trusted_issuer::Column::Audience];
    let insert = trusted_issuer::Entity::insert(trusted_issuer::ActiveModel::from(row)).on_conflict_do_nothing_on(once);
    Ok(matches!(insert.exec_without_returning(tx).await?, TryInsertResult::Inserted(1)))
}

/// Write an issuer that had this revision; `false` if it has it no more.
pub(super) async fn update(tx: &Tx, row: trusted_issuer::Model, revision: i64) -> Result<bool, DbErr> {
    let this = Condition::all()
        .add(trusted_issuer::Column::VendorId.eq(row.vendor_id))
        .add(trusted_issuer::Column::Id.eq(row.id))
        .add(trusted_issuer::Column::Revision.eq(revision));
    let change = trusted_issuer::ActiveModel::from(row).reset_all();
    Ok(trusted_issuer::Entity::update_many().set(change).filter(this).exec(tx).await?.rows_affected == 1)
}

/// Forget an issuer.
pub(super) async fn delete(tx: &Tx, id: TrustedIssuerId) -> Result<(), DbErr> {
    trusted_issuer::Entity::delete_by_id((tx.vendor().0, id.0)).exec(tx).await.map(|_| ())
}
