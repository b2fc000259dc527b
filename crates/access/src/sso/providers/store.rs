//! The tables of identity providers and of their domains, and the only queries on them.

use super::IdentityProviderId;
use super::http::{Provisioning, SsoStatus};
use crate::RoleName;
use crate::sso::claims::RoleMapping;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, VendorId};
use kernel::seal::{KeyColumn, Sealed};
use kernel::seal::{Sealer, Unopened};
use kernel::{Page, PageQuery, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, DbErr, QueryOrder, QuerySelect, Statement};
use serde::{Deserialize, Serialize};

/// The table of identity providers.
pub mod identity_provider {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "identity_providers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub partner_id: Option<Uuid>,
        pub name: String,
        pub issuer: String,
        pub client_id: String,
        pub client_secret: Option<Vec<u8>>,
        pub settings: String,
        pub status: SsoStatus,
        pub ceiling: Option<String>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// What a provider is told to do, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub(in crate::sso) email_domains: Vec<String>,
    pub(in crate::sso) scopes: Vec<String>,
    pub(in crate::sso) provisioning: Provisioning,
    pub(in crate::sso) role_claim: Option<String>,
    pub(in crate::sso) role_mappings: Vec<RoleMapping>,
    pub(in crate::sso) default_role: Option<RoleName>,
    /// Absent in what was written before there was the choice: given once.
    #[serde(default)]
    pub(in crate::sso) sync_role: bool,
    pub(in crate::sso) email_verified_claim: String,
    pub(in crate::sso) mfa_methods: Vec<String>,
    pub(in crate::sso) mfa_contexts: Vec<String>,
}

impl identity_provider::Model {
    /// Its id.
    pub fn id(&self) -> IdentityProviderId {
        IdentityProviderId(self.id)
    }

    /// Whose it is.
    pub fn vendor(&self) -> VendorId {
        VendorId(self.vendor_id)
    }

    /// The partner whose people it lets in; none if it is the vendor's own.
    pub fn partner(&self) -> Option<PartnerId> {
        self.partner_id.map(PartnerId)
    }

    /// What it is told to do.
    pub fn settings(&self) -> Result<Settings, Problem> {
        serde_json::from_str(&self.settings).map_err(Problem::internal)
    }

    /// The client's secret at the provider; public clients have none.
    pub fn secret(&self, sealer: &Sealer) -> Result<Option<String>, Unopened> {
        let open = |sealed: &Vec<u8>| sealer.open(&purpose(self.id()), sealed);
        self.client_secret.as_ref().map(open).transpose().map(|secret| secret.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// Where the secrets of identity providers are sealed.
pub(crate) const SEALED: Sealed = Sealed {
    table: "identity_providers",
    key: &[KeyColumn::Uuid("vendor_id"), KeyColumn::Uuid("id")],
    column: "client_secret",
    purpose: |row| Ok(purpose(IdentityProviderId(row.try_get("", "id")?))),
    also: &[],
};

/// What a client secret is sealed for: it opens in its own row only.
pub(super) fn purpose(id: IdentityProviderId) -> String {
    format!("identity_provider:{id}")
}

fn visible(scope: Scope) -> Condition {
    let own = scope.partner().map(|partner| identity_provider::Column::PartnerId.eq(partner.0));
    Condition::all().add(identity_provider::Column::VendorId.eq(scope.vendor().0)).add_option(own)
}

/// A provider that `scope` may see.
pub(super) async fn find_visible(db: &impl ConnectionTrait, scope: Scope, id: IdentityProviderId) -> Result<Option<identity_provider::Model>, DbErr> {
    identity_provider::Entity::find().filter(visible(scope)).filter(identity_provider::Column::Id.eq(id.0)).one(db).await
}

/// A vendor's provider.
pub(in crate::sso) async fn find(db: &impl ConnectionTrait, vendor: VendorId, id: Uuid) -> Result<Option<identity_provider::Model>, DbErr> {
    identity_provider::Entity::find_by_id((vendor.0, id)).one(db).await
}

/// The providers of whichever vendors that are this client of this issuer: what a token of theirs says of itself.
pub(in crate::sso) async fn find_by_issuer(db: &impl ConnectionTrait, issuer: &str, client: &str) -> Result<Vec<identity_provider::Model>, DbErr> {
    let same = identity_provider::Column::Issuer.eq(issuer);
    identity_provider::Entity::find().filter(same).filter(identity_provider::Column::ClientId.eq(client)).limit(100).all(db).await
}

/// One page of the providers that `scope` may see, newest first.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: Scope,
    partner: Option<PartnerId>,
    page: PageQuery,
) -> Result<Page<identity_provider::Model>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<Uuid>("identity_providers")?);
    let only = partner.map(|partner| identity_provider::Column::PartnerId.eq(partner.0));
    let wanted = visible(scope).add_option(only).add_option(after.map(|id| identity_provider::Column::Id.lt(id)));
    let rows = identity_provider::Entity::find().filter(wanted).order_by_desc(identity_provider::Column::Id).limit(limit + 1).all(db).await?;
    Ok(Page::of("identity_providers", rows, limit, |row| row.id))
}

/// The active providers that sign in an address of this domain: the one that owns it, else those of the vendor that own none.
pub(in crate::sso) async fn offered(
    db: &impl ConnectionTrait,
    vendor: VendorId,
    domain: Option<&str>,
) -> Result<(bool, Vec<identity_provider::Model>), DbErr> {
    if let Some(domain) = domain {
        let sql = "SELECT provider_id FROM identity_provider_domains WHERE vendor_id = $1 AND domain = $2";
        let found = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into(), domain.into()])).await?;
        if let Some(row) = found {
            let owner = find(db, vendor, row.try_get("", "provider_id")?).await?;
            return Ok((true, owner.into_iter().filter(|row| row.status == SsoStatus::Active).collect()));
        }
    }
    let open = Condition::all()
        .add(identity_provider::Column::VendorId.eq(vendor.0))
        .add(identity_provider::Column::PartnerId.is_null())
        .add(identity_provider::Column::Status.eq(SsoStatus::Active));
    let rows = identity_provider::Entity::find().filter(open).order_by_asc(identity_provider::Column::Id).limit(100).all(db).await?;
    let for_all = |row: &identity_provider::Model| row.settings().is_ok_and(|settings| settings.email_domains.is_empty());
    Ok((false, rows.into_iter().filter(for_all).collect()))
}

/// Add a provider.
pub(super) async fn insert(tx: &Tx, row: identity_provider::Model) -> Result<(), DbErr> {
    identity_provider::Entity::insert(identity_provider::ActiveModel::from(row)).exec_without_returning(tx).await.map(|_| ())
}

/// Write a provider that had this revision; `false` if it has it no more.
pub(super) async fn update(tx: &Tx, row: identity_provider::Model, revision: i64) -> Result<bool, DbErr> {
    let this = Condition::all()
        .add(identity_provider::Column::VendorId.eq(row.vendor_id))
        .add(identity_provider::Column::Id.eq(row.id))
        .add(identity_provider::Column::Revision.eq(revision));
    let change = identity_provider::ActiveModel::from(row).reset_all();
    Ok(identity_provider::Entity::update_many().set(change).filter(this).exec(tx).await?.rows_affected == 1)
}

/// Give `provider` these domains and no others; the first that another has is returned, and then nothing must be kept.
pub(super) async fn claim(tx: &Tx, provider: Uuid, domains: &[String]) -> Result<Option<String>, DbErr> {
    release(tx, provider).await?;
    for domain in domains {
        let sql =
            "INSERT INTO identity_provider_domains (vendor_id, domain, provider_id) VALUES ($1, $2, $3) ON CONFLICT (vendor_id, domain) DO NOTHING";
        if run(tx, sql, vec![tx.vendor().0.into(), domain.as_str().into(), provider.into()]).await? != 1 {
            return Ok(Some(domain.clone()));
        }
    }
    Ok(None)
}

async fn release(tx: &Tx, provider: Uuid) -> Result<u64, DbErr> {
    let sql = "DELETE FROM identity_provider_domains WHERE vendor_id = $1 AND provider_id = $2";
    run(tx, sql, vec![tx.vendor().0.into(), provider.into()]).await
}

/// Forget a provider and what is under way through it.
pub(super) async fn delete(tx: &Tx, provider: Uuid) -> Result<(), DbErr> {
    release(tx, provider).await?;
    for sql in [
        "DELETE FROM sso_attempts WHERE vendor_id = $1 AND provider_id = $2",
        "DELETE FROM sign_in_codes WHERE vendor_id = $1 AND provider_id = $2",
        "DELETE FROM identity_providers WHERE vendor_id = $1 AND id = $2",
    ] {
        run(tx, sql, vec![tx.vendor().0.into(), provider.into()]).await?;
    }
    Ok(())
}

async fn run(tx: &Tx, sql: &str, values: Vec<sea_orm::Value>) -> Result<u64, DbErr> {
    let done = tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(done.rows_affected())
}
