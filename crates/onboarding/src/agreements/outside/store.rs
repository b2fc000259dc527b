//! The tables of signature services and of requests to them, and the only queries on them.

use super::SignatureServiceId;
use super::rules::{KEPT, SLACK};
use super::types::{AgreementSignatureRequest, Known, SignatureRequestStatus, SignatureServiceKind};
use crate::asking::Requests;
use chrono::{DateTime, Duration, Utc};
use kernel::id::VendorId;
use kernel::{Problem, Tx};
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

/// The table of requests: one of an agreement, with its id.
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
        pub id: Uuid,
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
        pub hinted: i64,
        pub checked_at: Option<DateTime<Utc>>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use request::Model as RequestRow;
pub use service::Model as ServiceRow;

/// Which of them something is to be done about.
pub const REQUESTS: Requests = Requests { table: "signature_requests", of: "service_id" };

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

    /// Have the service asked now; if it is being asked, once more after that.
    pub fn ask_now(&mut self, now: DateTime<Utc>) {
        match self.lease_until {
            Some(until) if until > now => self.hinted = 1,
            _ => self.due_at = Some(now),
        }
    }

    /// Have it asked again after `pause`; at once if there was something new meanwhile.
    pub fn ask_after(&mut self, now: DateTime<Utc>, pause: Duration) {
        self.due_at = Some(if self.hinted == 1 { now } else { now + pause });
        self.hinted = 0;
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
    let rows = request::Entity::find().filter(request::Column::VendorId.eq(vendor.0)).filter(request::Column::Id.is_in(ids));
    rows.all(db).await
}

/// Add a request.
pub async fn insert_request(tx: &Tx, row: RequestRow) -> Result<(), DbErr> {
    request::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.map(drop)
}

/// Write a request whose agreement is held.
pub async fn update_request(tx: &Tx, row: &RequestRow) -> Result<(), DbErr> {
    let this = request::Column::VendorId.eq(row.vendor_id).and(request::Column::Id.eq(row.id));
    request::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await.map(drop)
}

/// Keep that an event was taken; `false` if it was before, or is too old to tell.
pub async fn take(tx: &Tx, id: SignatureServiceId, digest: &str, said: DateTime<Utc>) -> Result<bool, DbErr> {
    let (now, this) = (tx.now(), [tx.vendor().0.into(), id.0.into()]);
    let run = async |sql: &str, more: Vec<sea_orm::Value>| {
        let values = this.iter().cloned().chain(more);
        Ok::<_, DbErr>(tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected())
    };
    run("DELETE FROM signature_events WHERE vendor_id = $1 AND service_id = $2 AND taken_at < $3", vec![(now - KEPT - SLACK).into()]).await?;
    let sql = "INSERT INTO signature_events (vendor_id, service_id, digest, taken_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    Ok(said + KEPT >= now && run(sql, vec![digest.into(), now.into()]).await? > 0)
}

/// Whether something with this service is called so there.
pub async fn is_known(db: &impl ConnectionTrait, vendor: VendorId, id: SignatureServiceId, external: &str) -> Result<bool, DbErr> {
    let of = request::Entity::find().filter(request::Column::VendorId.eq(vendor.0)).filter(request::Column::ServiceId.eq(id.0));
    Ok(of.filter(request::Column::ExternalId.eq(external)).limit(1).one(db).await?.is_some())
}

/// Have the service asked now, unless it was asked after `said`. Nothing else changes.
pub async fn hint(tx: &Tx, id: SignatureServiceId, external: &str, said: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "UPDATE signature_requests SET hinted = CASE WHEN lease_until > $4 THEN 1 ELSE 0 END, \
        due_at = CASE WHEN lease_until > $4 THEN due_at ELSE $4 END WHERE vendor_id = $1 AND service_id = $2 AND external_id = $3 \
        AND status IN ('out', 'taking_back') AND (checked_at IS NULL OR checked_at < $5)";
    let values = [tx.vendor().0.into(), id.0.into(), external.into(), tx.now().into(), said.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(drop)
}
