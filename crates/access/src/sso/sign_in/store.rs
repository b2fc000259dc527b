//! The tables of sign-ins under way and of their codes, and the only queries on them.

use chrono::{DateTime, Utc};
use kernel::Tx;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{Condition, DbErr, Statement};

/// The table of sign-ins that are at their provider.
pub mod attempt {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sso_attempts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub state_hash: Vec<u8>,
        pub browser_hash: Vec<u8>,
        pub provider_id: Uuid,
        pub sealed: Vec<u8>,
        pub expires_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of codes that portals exchange.
pub mod code {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sign_in_codes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub code_hash: Vec<u8>,
        pub person_id: Uuid,
        pub portal_id: Uuid,
        pub provider_id: Uuid,
        pub redirect_uri: String,
        pub code_challenge: String,
        pub methods: String,
        pub subject: String,
        pub provider_session: Option<String>,
        pub device: Option<String>,
        pub expires_at: DateTime<Utc>,
        pub session_id: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Write a sign-in down; old ones that nobody completed go.
pub(super) async fn begin(tx: &Tx, row: attempt::Model) -> Result<(), DbErr> {
    let old = Condition::all().add(attempt::Column::VendorId.eq(row.vendor_id)).add(attempt::Column::ExpiresAt.lt(tx.now()));
    attempt::Entity::delete_many().filter(old).exec(tx).await?;
    attempt::Entity::insert(attempt::ActiveModel::from(row)).exec_without_returning(tx).await.map(|_| ())
}

/// The sign-in with this state, of whichever vendor: it yields the scope.
pub(super) async fn find(db: &impl ConnectionTrait, state_hash: &[u8]) -> Result<Option<attempt::Model>, DbErr> {
    attempt::Entity::find().filter(attempt::Column::StateHash.eq(state_hash.to_vec())).one(db).await
}

/// Take a sign-in, which can be done once; `false` if somebody else did.
pub(super) async fn take(tx: &Tx, vendor: Uuid, id: Uuid) -> Result<bool, DbErr> {
    Ok(attempt::Entity::delete_by_id((vendor, id)).exec(tx).await?.rows_affected == 1)
}

/// Write a code down; old ones go, but not so soon that a stolen one would no longer be known.
pub(super) async fn keep(tx: &Tx, row: code::Model) -> Result<(), DbErr> {
    let long_ago = tx.now() - chrono::Duration::days(1);
    let old = Condition::all().add(code::Column::VendorId.eq(row.vendor_id)).add(code::Column::ExpiresAt.lt(long_ago));
    code::Entity::delete_many().filter(old).exec(tx).await?;
    code::Entity::insert(code::ActiveModel::from(row)).exec_without_returning(tx).await.map(|_| ())
}

/// The code with this hash, of whichever vendor: it yields the scope.
pub(super) async fn find_code(db: &impl ConnectionTrait, hash: &[u8]) -> Result<Option<code::Model>, DbErr> {
    code::Entity::find().filter(code::Column::CodeHash.eq(hash.to_vec())).one(db).await
}

/// Use a code for this session; `false` if it was used already.
pub(super) async fn redeem(tx: &Tx, row: &code::Model, session: Uuid) -> Result<bool, DbErr> {
    let unused =
        Condition::all().add(code::Column::VendorId.eq(row.vendor_id)).add(code::Column::Id.eq(row.id)).add(code::Column::SessionId.is_null());
    let done = code::Entity::update_many().col_expr(code::Column::SessionId, Expr::value(session)).filter(unused).exec(tx).await?;
    Ok(done.rows_affected == 1)
}

/// Note which session at the provider a session of ours follows from.
pub(super) async fn follow(tx: &Tx, row: &code::Model, session: Uuid) -> Result<(), DbErr> {
    let sql = "INSERT INTO federated_sessions (vendor_id, session_id, provider_id, subject, provider_session) VALUES ($1, $2, $3, $4, $5)";
    let values = [row.vendor_id.into(), session.into(), row.provider_id.into(), row.subject.clone().into(), row.provider_session.clone().into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}
