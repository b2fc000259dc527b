//! The tables of signature services and of requests to them, and the only queries on them.

use super::super::AgreementId;
use super::SignatureServiceId;
use super::types::{AgreementSignatureRequest, Known, SignatureRequestStatus, SignatureServiceKind};
use chrono::{DateTime, Utc};
use kernel::id::VendorId;
use kernel::{App, Problem, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Statement};

/// The table of services.
pub mod service {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "signature_services")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub kind: String,
        pub status: String,
        pub base_url: String,
        pub settings: String,
        pub secrets: Option<Vec<u8>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of requests: one of an agreement.
pub mod request {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "signature_requests")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub agreement_id: Uuid,
        pub service_id: Uuid,
        pub kind: String,
        pub status: String,
        pub external_id: Option<String>,
        pub ending: Option<String>,
        pub reason: Option<String>,
        pub error: Option<String>,
        pub attempts: i64,
        pub since: DateTime<Utc>,
        pub due_at: Option<DateTime<Utc>>,
        pub lease_until: Option<DateTime<Utc>>,
        pub checked_at: Option<DateTime<Utc>>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use request::Model as RequestRow;
pub use service::Model as ServiceRow;

fn unread(what: impl std::fmt::Display) -> Problem {
    Problem::internal(format!("a stored signature service does not read: {what}"))
}

impl ServiceRow {
    /// Its id.
    pub fn id(&self) -> SignatureServiceId {
        SignatureServiceId(self.id)
    }

    /// Whose it is.
    pub fn kind(&self) -> Result<SignatureServiceKind, Problem> {
        self.kind.parse().map_err(|()| unread(&self.kind))
    }

    /// What is kept of its credentials in the open.
    pub fn known(&self) -> Result<Known, Problem> {
        serde_json::from_str(&self.settings).map_err(unread)
    }
}

impl RequestRow {
    /// Where it stands.
    pub fn status(&self) -> Result<SignatureRequestStatus, Problem> {
        self.status.parse().map_err(|()| unread(&self.status))
    }

    /// Stand so from now on.
    pub fn stand(&mut self, status: SignatureRequestStatus) {
        self.status = status.wire().to_owned();
    }

    /// As events tell it.
    pub fn told(&self) -> Result<AgreementSignatureRequest, Problem> {
        Ok(AgreementSignatureRequest {
            service_id: SignatureServiceId(self.service_id),
            kind: self.kind.parse().map_err(|()| unread(&self.kind))?,
            status: self.status()?,
            external_id: self.external_id.clone(),
            checked_at: None,
            error: None,
        })
    }
}

fn services(vendor: VendorId) -> sea_orm::Select<service::Entity> {
    service::Entity::find().filter(service::Column::VendorId.eq(vendor.0)).filter(service::Column::Status.eq("active"))
}

/// One service that was not deleted.
pub async fn find(db: &impl ConnectionTrait, vendor: VendorId, id: SignatureServiceId) -> Result<Option<ServiceRow>, DbErr> {
    services(vendor).filter(service::Column::Id.eq(id.0)).one(db).await
}

/// The same, held until the write ends.
pub async fn hold(tx: &Tx, id: SignatureServiceId) -> Result<Option<ServiceRow>, DbErr> {
    services(tx.vendor()).filter(service::Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// Up to `limit` services before `before`, newest first.
pub async fn page(db: &impl ConnectionTrait, vendor: VendorId, before: Option<Uuid>, limit: u64) -> Result<Vec<ServiceRow>, DbErr> {
    let earlier = sea_orm::Condition::all().add_option(before.map(|before| service::Column::Id.lt(before)));
    services(vendor).filter(earlier).order_by_desc(service::Column::Id).limit(limit).all(db).await
}

/// Add a service.
pub async fn insert(tx: &Tx, row: ServiceRow) -> Result<(), DbErr> {
    service::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.map(drop)
}

/// Write a service that is held.
pub async fn update(tx: &Tx, row: ServiceRow) -> Result<(), DbErr> {
    let this = service::Column::VendorId.eq(row.vendor_id).and(service::Column::Id.eq(row.id));
    service::Entity::update_many().set(row.into_active_model().reset_all()).filter(this).exec(tx).await.map(drop)
}

/// Whether something is with this service, or on its way there.
pub async fn is_busy(tx: &Tx, id: SignatureServiceId) -> Result<bool, DbErr> {
    let of = request::Entity::find().filter(request::Column::VendorId.eq(tx.vendor().0)).filter(request::Column::ServiceId.eq(id.0));
    let live = request::Column::Status.is_in(["sending", "out", "taking_back"]);
    Ok(of.filter(live).limit(1).one(tx).await?.is_some())
}

/// The requests of these agreements.
pub async fn requests(db: &impl ConnectionTrait, vendor: VendorId, ids: impl IntoIterator<Item = Uuid>) -> Result<Vec<RequestRow>, DbErr> {
    let rows = request::Entity::find().filter(request::Column::VendorId.eq(vendor.0)).filter(request::Column::AgreementId.is_in(ids));
    rows.all(db).await
}

/// Add a request.
pub async fn insert_request(tx: &Tx, row: RequestRow) -> Result<(), DbErr> {
    request::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.map(drop)
}

/// Write a request whose agreement is held.
pub async fn update_request(tx: &Tx, row: &RequestRow) -> Result<(), DbErr> {
    let this = request::Column::VendorId.eq(row.vendor_id).and(request::Column::AgreementId.eq(row.agreement_id));
    request::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await.map(drop)
}

/// Which requests, of all vendors, something is to be done about and nobody is doing it.
pub async fn due(app: &App, now: DateTime<Utc>, limit: u64) -> Result<Vec<(VendorId, AgreementId)>, Problem> {
    let sql = format!(
        "SELECT vendor_id, agreement_id FROM signature_requests WHERE due_at <= $1 AND (lease_until IS NULL OR lease_until <= $1) \
         ORDER BY due_at LIMIT {limit}"
    );
    let db = app.db().read_across_vendors().await?;
    let rows = db.query_all_raw(Statement::from_sql_and_values(app.db().backend(), &sql, [now.into()])).await?;
    let read = |row: sea_orm::QueryResult| Ok((VendorId(row.try_get("", "vendor_id")?), AgreementId(row.try_get("", "agreement_id")?)));
    rows.into_iter().map(read).collect::<Result<_, DbErr>>().map_err(Problem::from)
}

/// Have the service asked now, unless it was asked after `said`; answers whether it is. Nothing else changes.
pub async fn hint(tx: &Tx, id: SignatureServiceId, external: &str, said: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "UPDATE signature_requests SET due_at = $4 WHERE vendor_id = $1 AND service_id = $2 AND external_id = $3 \
        AND status IN ('out', 'taking_back') AND (checked_at IS NULL OR checked_at < $5)";
    let values = [tx.vendor().0.into(), id.0.into(), external.into(), tx.now().into(), said.into()];
    Ok(tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected() > 0)
}
