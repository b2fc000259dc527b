//! The table of requests to check providers, and the only queries on it.

use super::CheckRequestId;
use super::rules::legal_actions;
use super::types::{CheckFound, CheckRequest, CheckRequestStatus};
use crate::applications::{ApplicationId, store as applications};
use crate::asking::{Requests, Tokens};
use crate::vetting::checks::types::VettingSubjectKind;
use crate::vetting::providers::CheckProviderId;
use crate::vetting::providers::types::CheckProviderKind;
use crate::vetting::{VettingCheckId, json};
use access::Permission;
use chrono::{DateTime, Utc};
use kernel::id::PartnerId;
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};

/// The table of requests.
pub mod request {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "check_requests")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub provider_id: Uuid,
        pub kind: String,
        pub subject_kind: String,
        pub subject_id: Uuid,
        pub partner_id: Option<Uuid>,
        pub application_id: Option<Uuid>,
        pub facts: String,
        pub status: String,
        pub live_key: Option<String>,
        pub answer: Option<String>,
        pub check_id: Option<Uuid>,
        pub round: i64,
        pub attempts: i64,
        pub due_at: Option<DateTime<Utc>>,
        pub answer_by: Option<DateTime<Utc>>,
        pub last_error: Option<String>,
        pub last_status: Option<i64>,
        pub requested_at: DateTime<Utc>,
        pub answered_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use request::Model as RequestRow;
use request::{Column, Entity};

/// What providers are asked.
pub(crate) const REQUESTS: Requests = Requests { table: "check_requests", of: "provider_id" };

/// How they answer later.
pub(crate) const TOKENS: Tokens = Tokens { table: "check_request_tokens", of: "request_id" };

impl RequestRow {
    /// Its id.
    pub fn id(&self) -> CheckRequestId {
        CheckRequestId(self.id)
    }

    /// Where it stands.
    pub fn status(&self) -> CheckRequestStatus {
        CheckRequestStatus::stored(&self.status)
    }

    /// Who is checked.
    pub fn subject_kind(&self) -> VettingSubjectKind {
        VettingSubjectKind::stored(&self.subject_kind)
    }

    /// The partner, once there is one.
    pub fn partner(&self) -> Option<PartnerId> {
        self.partner_id.map(PartnerId)
    }

    /// What was found, as long as it is kept here.
    pub fn found(&self) -> Result<Option<CheckFound>, Problem> {
        self.answer.as_deref().map(json).transpose()
    }

    /// Let it stand there; what is over frees its subject for another.
    pub fn stand(&mut self, status: CheckRequestStatus) {
        self.status = status.wire().to_owned();
        if !status.is_open() {
            (self.live_key, self.due_at, self.answer_by) = (None, None, None);
        }
    }

    /// On the wire, for whoever may do what `grants` says.
    pub fn shown(&self, grants: u64) -> Result<CheckRequest, Problem> {
        let decides = grants & Permission::DecideVetting.bit() != 0;
        Ok(CheckRequest {
            id: self.id(),
            provider_id: CheckProviderId(self.provider_id),
            kind: json::<CheckProviderKind>(&format!("\"{}\"", self.kind))?,
            subject_kind: self.subject_kind(),
            partner_id: self.partner(),
            application_id: self.application_id.map(ApplicationId),
            status: self.status(),
            result: self.found()?.map(|found| found.result),
            check_id: self.check_id.map(VettingCheckId),
            attempts: self.attempts,
            last_error: self.last_error.clone(),
            last_status: self.last_status,
            next_at: self.due_at,
            requested_at: self.requested_at,
            answer_by: self.answer_by,
            answered_at: self.answered_at,
            revision: self.revision,
            updated_at: self.updated_at,
            available_actions: if decides { legal_actions(self.status()).to_vec() } else { Vec::new() },
        })
    }
}

/// What a provider is asked about one subject once at a time.
pub fn live_key(provider: Uuid, kind: &str, subject: Uuid) -> String {
    format!("{}:{kind}:{}", provider.simple(), subject.simple())
}

fn scoped(scope: Scope) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(Column::PartnerId))
}

/// The request of this id.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: CheckRequestId) -> Result<Option<RequestRow>, DbErr> {
    scoped(scope).filter(Column::Id.eq(id.0)).one(db).await
}

/// Like [`find`], for a change; of an applicant, the application is held too, and first, as whoever decides about it does.
pub async fn find_to_change(tx: &Tx, id: CheckRequestId) -> Result<Option<RequestRow>, DbErr> {
    let Some(row) = find(tx, tx.scope(), id).await? else { return Ok(None) };
    if let Some(application) = row.application_id {
        applications::find_to_change(tx, ApplicationId(application)).await?;
    }
    scoped(tx.scope()).filter(Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// Those of an application: of each provider and subject the latest. The application is to be held.
pub async fn of_application(tx: &Tx, id: ApplicationId) -> Result<Vec<RequestRow>, DbErr> {
    let of = scoped(Scope::vendor_wide(tx.vendor())).filter(Column::ApplicationId.eq(id.0)).order_by_desc(Column::Id).limit(500);
    let mut rows = of.lock(LockType::NoKeyUpdate).all(tx).await?;
    let mut seen = std::collections::HashSet::new();
    rows.retain(|row| seen.insert((row.provider_id, row.subject_kind.clone())));
    Ok(rows)
}

/// Those about a partner that are not over.
pub async fn open_about(db: &impl ConnectionTrait, scope: Scope, partner: PartnerId) -> Result<Vec<RequestRow>, DbErr> {
    let open = scoped(scope).filter(Column::PartnerId.eq(partner.0)).filter(Column::LiveKey.is_not_null());
    open.order_by_asc(Column::Id).limit(1_000).all(db).await
}

/// Which requests to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// About this partner, its owners and its people.
    pub partner: Option<PartnerId>,
    /// About this application.
    pub application: Option<ApplicationId>,
    /// To this provider.
    pub provider: Option<CheckProviderId>,
    /// That stand there.
    pub status: Option<CheckRequestStatus>,
}

/// Up to `limit` requests before `before`, newest first.
pub async fn page(db: &impl ConnectionTrait, scope: Scope, filter: &Filter, before: Option<Uuid>, limit: u64) -> Result<Vec<RequestRow>, DbErr> {
    let wanted = sea_orm::Condition::all()
        .add_option(filter.partner.map(|partner| Column::PartnerId.eq(partner.0)))
        .add_option(filter.application.map(|application| Column::ApplicationId.eq(application.0)))
        .add_option(filter.provider.map(|provider| Column::ProviderId.eq(provider.0)))
        .add_option(filter.status.map(|status| Column::Status.eq(status.wire())))
        .add_option(before.map(|before| Column::Id.lt(before)));
    scoped(scope).filter(wanted).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// Those that hold an answer, by id: up to `limit` after `after`.
pub async fn answered_after(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<RequestRow>, DbErr> {
    let kept = scoped(scope).filter(Column::Answer.is_not_null()).filter(Column::Id.gt(after));
    kept.order_by_asc(Column::Id).limit(limit).all(db).await
}

/// Keep a new one; `false` if the provider is being asked about this subject.
pub async fn insert(tx: &Tx, row: &RequestRow) -> Result<bool, DbErr> {
    let on = OnConflict::new().do_nothing().to_owned();
    Ok(Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await? == 1)
}

/// Whether another request of this key is not over.
pub async fn is_live(tx: &Tx, key: &str) -> Result<bool, DbErr> {
    Ok(scoped(Scope::vendor_wide(tx.vendor())).filter(Column::LiveKey.eq(key)).one(tx).await?.is_some())
}

/// Keep a changed one, one revision on; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut RequestRow) -> Result<(), Problem> {
    let before = row.revision;
    (row.revision, row.updated_at) = (before + 1, tx.now());
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    if Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?.rows_affected == 1 {
        return Ok(());
    }
    Err(Problem::new(kernel::problem::kinds::STALE))
}
