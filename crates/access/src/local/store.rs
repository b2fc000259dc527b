//! The tables of passwords and authenticators, and the only queries on them.

use super::AuthenticatorId;
use chrono::{DateTime, Utc};
use kernel::id::{PersonId, VendorId};
use kernel::seal::{KeyColumn, Sealed};
use kernel::{Page, PageQuery, Problem, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait as _, QueryOrder, QuerySelect, Statement, TryInsertResult};

/// Where the secrets of authenticators are sealed.
pub(crate) const SEALED: Sealed = Sealed {
    table: "authenticators",
    key: &[KeyColumn::Uuid("vendor_id"), KeyColumn::Uuid("id")],
    column: "secret",
    purpose: |row| Ok(authenticator::Model::purpose(row.try_get("", "id")?)),
    also: &[],
};

/// The table of authenticators.
pub mod authenticator {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "authenticators")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub person_id: Uuid,
        pub kind: String,
        pub name: String,
        pub secret: Vec<u8>,
        pub credential_hash: Option<Vec<u8>>,
        pub rp_id: Option<String>,
        pub last_step: i64,
        pub confirmed_at: Option<DateTime<Utc>>,
        pub last_used_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use authenticator::{Column, Entity, Model};

/// What makes codes.
pub const TOTP: &str = "totp";
/// What signs challenges.
pub const PASSKEY: &str = "passkey";

impl Model {
    /// Its id.
    pub fn id(&self) -> AuthenticatorId {
        AuthenticatorId(self.id)
    }

    /// What its secret is sealed for.
    pub fn purpose(id: Uuid) -> String {
        format!("authenticator:{id}")
    }
}

fn theirs(vendor: VendorId, person: PersonId) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(vendor.0)).filter(Column::PersonId.eq(person.0))
}

/// Every authenticator of a person that was confirmed, oldest first.
pub async fn confirmed(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId) -> Result<Vec<Model>, DbErr> {
    theirs(vendor, person).filter(Column::ConfirmedAt.is_not_null()).order_by_asc(Column::Id).all(db).await
}

/// How many authenticators a person has, confirmed or not.
pub async fn count(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId) -> Result<usize, DbErr> {
    Ok(theirs(vendor, person).all(db).await?.len())
}

/// One page of a person's authenticators, newest first.
pub async fn list(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId, page: PageQuery) -> Result<Page<Model>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<Uuid>("authenticators")?);
    let mut find = theirs(vendor, person);
    if let Some(after) = after {
        find = find.filter(Column::Id.lt(after));
    }
    let rows = find.order_by_desc(Column::Id).limit(limit + 1).all(db).await?;
    Ok(Page::of("authenticators", rows, limit, |row| row.id))
}

/// A person's authenticator.
pub async fn find(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId, id: AuthenticatorId) -> Result<Option<Model>, DbErr> {
    theirs(vendor, person).filter(Column::Id.eq(id.0)).one(db).await
}

/// The passkey with this credential.
pub async fn find_by_credential(db: &impl ConnectionTrait, vendor: VendorId, hash: &[u8]) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::VendorId.eq(vendor.0)).filter(Column::CredentialHash.eq(hash.to_vec())).one(db).await
}

/// Add an authenticator; `false` if the vendor knows its credential already.
pub async fn insert(tx: &Tx, row: Model) -> Result<bool, DbErr> {
    let insert = Entity::insert(authenticator::ActiveModel::from(row)).on_conflict_do_nothing_on([Column::VendorId, Column::CredentialHash]);
    Ok(matches!(insert.exec_without_returning(tx).await?, TryInsertResult::Inserted(1)))
}

/// Write the whole row, if it is still at `revision`.
pub async fn update(tx: &Tx, row: Model, revision: i64) -> Result<bool, DbErr> {
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(revision));
    let change = authenticator::ActiveModel::from(row).reset_all();
    Ok(Entity::update_many().set(change).filter(this).exec(tx).await?.rows_affected == 1)
}

/// Take the code of `step`: `false` if that one, or a later one, was taken before. Whoever comes at the same time waits for the row.
pub async fn take_step(tx: &Tx, row: &Model, step: i64) -> Result<bool, DbErr> {
    let sql = "UPDATE authenticators SET last_step = $3, last_used_at = $4 WHERE vendor_id = $1 AND id = $2 AND last_step < $3";
    let values = [row.vendor_id.into(), row.id.into(), step.into(), tx.now().into()];
    run(tx, sql, values).await.map(|rows| rows == 1)
}

/// Write down what a passkey has become by being used, if nothing else has used it meanwhile.
pub async fn was_used(tx: &Tx, row: &Model, secret: Vec<u8>) -> Result<bool, DbErr> {
    let sql = "UPDATE authenticators SET secret = $3, last_used_at = $4 WHERE vendor_id = $1 AND id = $2 AND secret = $5";
    let values = [row.vendor_id.into(), row.id.into(), secret.into(), tx.now().into(), row.secret.clone().into()];
    run(tx, sql, values).await.map(|rows| rows == 1)
}

/// Remove an authenticator; `false` if it was gone.
pub async fn delete(tx: &Tx, row: &Model) -> Result<bool, DbErr> {
    let sql = "DELETE FROM authenticators WHERE vendor_id = $1 AND id = $2";
    run(tx, sql, [row.vendor_id.into(), row.id.into()]).await.map(|rows| rows == 1)
}

/// Remove what a person began to add and never confirmed.
pub async fn forget_unconfirmed(tx: &Tx, person: PersonId) -> Result<u64, DbErr> {
    let sql = "DELETE FROM authenticators WHERE vendor_id = $1 AND person_id = $2 AND confirmed_at IS NULL";
    run(tx, sql, [tx.vendor().0.into(), person.0.into()]).await
}

/// Remove every authenticator and the password of a person.
pub async fn forget_all(tx: &Tx, person: PersonId) -> Result<(), DbErr> {
    for sql in ["DELETE FROM authenticators WHERE vendor_id = $1 AND person_id = $2", "DELETE FROM passwords WHERE vendor_id = $1 AND person_id = $2"]
    {
        run(tx, sql, [tx.vendor().0.into(), person.0.into()]).await?;
    }
    Ok(())
}

/// A person's password.
pub struct Password {
    /// Its hash, as PHC writes it.
    pub hash: String,
    /// Whether it is long enough to stand without a second factor.
    pub stands_alone: bool,
}

/// The password of a person, if there is one.
pub async fn password(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId) -> Result<Option<Password>, DbErr> {
    let sql = "SELECT hash, stands_alone FROM passwords WHERE vendor_id = $1 AND person_id = $2";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into(), person.0.into()])).await?;
    row.map(|row| Ok(Password { hash: row.try_get("", "hash")?, stands_alone: row.try_get::<i64>("", "stands_alone")? == 1 })).transpose()
}

/// Set a person's password.
pub async fn set_password(tx: &Tx, person: PersonId, password: &Password) -> Result<(), DbErr> {
    let sql = "INSERT INTO passwords (vendor_id, person_id, hash, stands_alone, changed_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (vendor_id, person_id) DO UPDATE SET hash = $3, stands_alone = $4, changed_at = $5";
    let stands_alone = i64::from(password.stands_alone);
    let values = [tx.vendor().0.into(), person.0.into(), password.hash.clone().into(), stands_alone.into(), tx.now().into()];
    run(tx, sql, values).await.map(|_| ())
}

/// Write the same password down at another cost, unless it was changed meanwhile.
pub async fn rehash(tx: &Tx, person: PersonId, before: &str, after: &str) -> Result<(), DbErr> {
    let sql = "UPDATE passwords SET hash = $4 WHERE vendor_id = $1 AND person_id = $2 AND hash = $3";
    run(tx, sql, [tx.vendor().0.into(), person.0.into(), before.into(), after.into()]).await.map(|_| ())
}

async fn run<const N: usize>(tx: &Tx, sql: &str, values: [sea_orm::Value; N]) -> Result<u64, DbErr> {
    Ok(tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected())
}
