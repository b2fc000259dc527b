//! The table of keys, and the only queries on it.

use crate::authenticate;
use crate::permission::Role;
use crate::roles::RoleName;
use chrono::{DateTime, Utc};
use kernel::id::{ApiKeyId, PartnerId, PersonId, VendorId};
use kernel::{Page, PageQuery, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{ActiveValue::Set, Condition, ExprTrait as _, QueryOrder, QuerySelect, Select, Statement};

/// The table of keys.
pub mod api_key {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "api_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub hash: Vec<u8>,
        pub hint: String,
        pub role: String,
        pub scopes: String,
        pub expires_at: Option<DateTime<Utc>>,
        pub revoked_at: Option<DateTime<Utc>>,
        pub last_used_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub partner_id: Option<Uuid>,
        pub owner_id: Option<Uuid>,
        pub default_role: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl api_key::Model {
    /// Its id.
    pub fn id(&self) -> ApiKeyId {
        ApiKeyId(self.id)
    }

    /// Whose it is.
    pub fn vendor(&self) -> VendorId {
        VendorId(self.vendor_id)
    }

    /// The only partner that it reaches, if it is bound to one.
    pub fn partner(&self) -> Option<PartnerId> {
        self.partner_id.map(PartnerId)
    }

    /// The person whose it is; it is revoked when they leave.
    pub fn owner(&self) -> Option<PersonId> {
        self.owner_id.map(PersonId)
    }

    /// The role of people whom it provisions, if no group or `roles` says otherwise.
    pub fn default_role(&self) -> Option<RoleName> {
        self.default_role.clone().map(RoleName::stored)
    }

    pub(super) fn scopes(&self) -> Vec<String> {
        serde_json::from_str(&self.scopes).unwrap_or_default()
    }

    pub(super) fn role(&self) -> Role {
        self.role.parse().unwrap_or(Role::Engineer)
    }

    /// What it may do.
    pub fn grants(&self) -> u64 {
        authenticate::narrowed(self.role(), &self.scopes())
    }
}

/// The key with this hash, of whichever vendor: the one query without a scope, since it yields the scope.
pub async fn find_by_hash(db: &impl ConnectionTrait, hash: &[u8; 32]) -> Result<Option<api_key::Model>, DbErr> {
    api_key::Entity::find().filter(api_key::Column::Hash.eq(hash.to_vec())).one(db).await
}

/// A vendor's key.
pub async fn find(db: &impl ConnectionTrait, vendor: VendorId, id: ApiKeyId) -> Result<Option<api_key::Model>, DbErr> {
    api_key::Entity::find_by_id((vendor.0, id.0)).one(db).await
}

fn visible(scope: Scope) -> Select<api_key::Entity> {
    let all = api_key::Entity::find().filter(api_key::Column::VendorId.eq(scope.vendor().0));
    match scope.partner() {
        Some(own) => all.filter(api_key::Column::PartnerId.eq(own.0)),
        None => all,
    }
}

/// A key that `scope` may see.
pub(super) async fn find_visible(db: &impl ConnectionTrait, scope: Scope, id: ApiKeyId) -> Result<Option<api_key::Model>, DbErr> {
    visible(scope).filter(api_key::Column::Id.eq(id.0)).one(db).await
}

/// One page of the keys that `scope` may see, newest first.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: Scope,
    dormant: Option<bool>,
    now: DateTime<Utc>,
    page: PageQuery,
) -> Result<Page<api_key::Model>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<Uuid>("api_keys")?);
    let since = now - chrono::Duration::days(crate::people::DORMANT_AFTER_DAYS);
    let mut find = visible(scope).filter(Condition::all().add_option(dormant.map(|dormant| unused(since, dormant))));
    if let Some(after) = after {
        find = find.filter(api_key::Column::Id.lt(after));
    }
    let rows = find.order_by_desc(api_key::Column::Id).limit(limit + 1).all(db).await?;
    Ok(Page::of("api_keys", rows, limit, |row| row.id))
}

/// Whether a key works and was last used, or if never then made, before `since`; or not so.
fn unused(since: DateTime<Utc>, dormant: bool) -> Condition {
    use api_key::Column::{CreatedAt, LastUsedAt, RevokedAt};
    let last = || Expr::from(Func::coalesce([LastUsedAt.into_expr(), CreatedAt.into_expr()]));
    if dormant {
        Condition::all().add(RevokedAt.is_null()).add(last().lt(since))
    } else {
        Condition::any().add(RevokedAt.is_not_null()).add(last().gte(since))
    }
}

/// Write a new key down.
pub(super) async fn insert(tx: &Tx, row: api_key::Model) -> Result<(), DbErr> {
    api_key::Entity::insert(api_key::ActiveModel::from(row)).exec_without_returning(tx).await.map(|_| ())
}

/// Write down that a key was revoked.
pub(super) async fn revoke(tx: &Tx, key: api_key::Model) -> Result<api_key::Model, DbErr> {
    let revoked = api_key::Model { revoked_at: Some(tx.now()), revision: key.revision + 1, ..key };
    let change = api_key::ActiveModel { revoked_at: Set(revoked.revoked_at), revision: Set(revoked.revision), ..Default::default() };
    let this = api_key::Column::VendorId.eq(revoked.vendor_id).and(api_key::Column::Id.eq(revoked.id));
    api_key::Entity::update_many().set(change).filter(this).exec(tx).await?;
    Ok(revoked)
}

/// The working keys of a person.
pub(super) async fn working_of(tx: &Tx, owner: PersonId) -> Result<Vec<api_key::Model>, DbErr> {
    let theirs = api_key::Column::VendorId.eq(tx.vendor().0).and(api_key::Column::OwnerId.eq(owner.0)).and(api_key::Column::RevokedAt.is_null());
    api_key::Entity::find().filter(theirs).order_by_asc(api_key::Column::Id).all(tx).await
}

/// The working keys that are bound to a partner.
pub(super) async fn working_of_partner(tx: &Tx, partner: PartnerId) -> Result<Vec<api_key::Model>, DbErr> {
    let theirs = api_key::Column::VendorId.eq(tx.vendor().0).and(api_key::Column::PartnerId.eq(partner.0)).and(api_key::Column::RevokedAt.is_null());
    api_key::Entity::find().filter(theirs).order_by_asc(api_key::Column::Id).all(tx).await
}

/// Two admin keys that revoke each other in the same instant must not both succeed. SQLite writes one by one anyway.
pub(super) async fn one_at_a_time(tx: &Tx) -> Result<(), DbErr> {
    if tx.get_database_backend() != sea_orm::DbBackend::Postgres {
        return Ok(());
    }
    let sql = "SELECT id FROM vendors WHERE id = $1 FOR NO KEY UPDATE";
    tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [tx.vendor().0.into()])).await.map(|_| ())
}

/// Whether the vendor has another working admin key.
pub(super) async fn another_admin(tx: &Tx, key: &api_key::Model) -> Result<bool, DbErr> {
    let working = api_key::Column::RevokedAt.is_null().and(api_key::Column::ExpiresAt.is_null().or(api_key::Column::ExpiresAt.gt(tx.now())));
    let other = api_key::Column::Role.eq(Role::Admin.wire()).and(api_key::Column::Scopes.eq("[]")).and(api_key::Column::Id.ne(key.id));
    let found = api_key::Entity::find().filter(api_key::Column::VendorId.eq(key.vendor_id)).filter(working.and(other)).one(tx).await?;
    Ok(found.is_some())
}

/// The person whose key this is, if it is anybody's.
pub async fn owner(db: &impl ConnectionTrait, vendor: VendorId, id: ApiKeyId) -> Result<Option<PersonId>, DbErr> {
    Ok(api_key::Entity::find_by_id((vendor.0, id.0)).one(db).await?.and_then(|key| key.owner()))
}
