//! The table of requests, and the only queries on it.

use super::PricingRequestId;
use super::rules::{PricingRequestStatus, available, needed};
use super::types::{PricingApproval, PricingLine, PricingRequest};
use crate::DealId;
use crate::commercial::estimate::Special;
use access::Field;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId, VendorId};
use kernel::{Actor, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};
use serde::de::DeserializeOwned;
use std::collections::HashMap;

/// The table of requests.
pub mod request {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_requests")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub deal_id: Uuid,
        pub partner_id: Uuid,
        pub status: String,
        pub asked: String,
        pub offered: Option<String>,
        pub reason: String,
        pub competitor: Option<String>,
        pub requested_by: Option<Uuid>,
        pub valid_until: Option<DateTime<Utc>>,
        pub code: String,
        pub sentence: String,
        pub rule: Option<String>,
        pub terms_version: i64,
        pub facts: String,
        pub automatic_up_to: i64,
        pub one_person_up_to: i64,
        pub approvals: String,
        pub warned_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use request::Model as PricingRow;
use request::{Column, Entity};

fn json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|cause| Problem::internal(format!("a stored pricing request does not read: {cause}")))
}

/// JSON to store.
pub fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("a pricing request is plain data")
}

impl PricingRow {
    /// Its id.
    pub fn id(&self) -> PricingRequestId {
        PricingRequestId(self.id)
    }

    /// The deal.
    pub fn deal(&self) -> DealId {
        DealId(self.deal_id)
    }

    /// Where it stands at `now`: what is valid no more has expired, whether or not its timer has fired.
    pub fn status(&self, now: DateTime<Utc>) -> Result<PricingRequestStatus, Problem> {
        let stored = self.status.parse::<PricingRequestStatus>();
        let stored = stored.map_err(|()| Problem::internal(format!("a stored pricing request has the status {}", self.status)))?;
        let over = stored.is_live() && self.valid_until.is_some_and(|until| until <= now);
        Ok(if over { PricingRequestStatus::Expired } else { stored })
    }

    /// Move it, for this reason.
    pub fn stand(&mut self, status: PricingRequestStatus, code: &str, sentence: &str) {
        (self.status, self.code, self.sentence) = (status.wire().to_owned(), code.to_owned(), sentence.to_owned());
    }

    /// What was asked for.
    pub fn asked(&self) -> Result<Vec<PricingLine>, Problem> {
        json(&self.asked)
    }

    /// What is offered or was approved.
    pub fn offered(&self) -> Result<Option<Vec<PricingLine>>, Problem> {
        self.offered.as_deref().map(json).transpose()
    }

    /// Who has approved it.
    pub fn approvals(&self) -> Result<Vec<PricingApproval>, Problem> {
        json(&self.approvals)
    }

    /// How many people approve what is offered, or asked for while nothing is.
    pub fn needed(&self) -> Result<usize, Problem> {
        let lines = self.offered()?.map_or_else(|| self.asked(), Ok)?;
        Ok(needed(self.automatic_up_to, self.one_person_up_to, lines.iter().map(|line| line.basis_points).max().unwrap_or(0)))
    }

    /// All of it.
    pub fn whole(&self, grants: u64, now: DateTime<Utc>) -> Result<PricingRequest, Problem> {
        let status = self.status(now)?;
        Ok(PricingRequest {
            id: self.id(),
            deal_id: self.deal(),
            partner_id: PartnerId(self.partner_id),
            status,
            asked: self.asked()?,
            offered: self.offered()?,
            reason: self.reason.clone(),
            competitor: self.competitor.clone(),
            requested_by: self.requested_by.map(PersonId),
            valid_until: self.valid_until,
            code: self.code.clone(),
            sentence: self.sentence.clone(),
            rule: self.rule.clone(),
            terms_version: self.terms_version,
            facts: json(&self.facts)?,
            approvals: Some(self.approvals()?),
            approvals_needed: Some(self.needed()?),
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            available_actions: available(status, grants),
        })
    }

    /// As `who` may see it.
    pub fn seen_by(&self, who: &Actor, now: DateTime<Utc>) -> Result<PricingRequest, Problem> {
        let mut request = self.whole(who.grants, now)?;
        if !Field::Approvals.shown_to(who) {
            (request.approvals, request.approvals_needed, request.requested_by) = (None, None, None);
            // What is being agreed among the vendor's people is no offer yet.
            if request.status == PricingRequestStatus::Open {
                request.offered = None;
            }
        }
        Ok(if Field::Rivals.shown_to(who) { request } else { request.without_rivals() })
    }
}

fn scoped(scope: Scope) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(Column::PartnerId))
}

/// A request within the caller's reach.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: PricingRequestId) -> Result<Option<PricingRow>, DbErr> {
    scoped(scope).filter(Column::Id.eq(id.0)).one(db).await
}

/// The requests of a deal whose time runs.
pub async fn live(db: &impl ConnectionTrait, vendor: VendorId, deal: DealId) -> Result<Vec<PricingRow>, DbErr> {
    let of_deal = scoped(Scope::vendor_wide(vendor)).filter(Column::DealId.eq(deal.0));
    of_deal.filter(Column::Status.is_in(["open", "countered", "approved"])).order_by_asc(Column::Id).all(db).await
}

/// The special prices that stand for a deal at `now`, by line, and until when.
pub async fn standing(
    db: &impl ConnectionTrait,
    vendor: VendorId,
    deal: DealId,
    now: DateTime<Utc>,
) -> Result<Option<(HashMap<i64, Special>, DateTime<Utc>)>, Problem> {
    let approved = scoped(Scope::vendor_wide(vendor)).filter(Column::DealId.eq(deal.0)).filter(Column::Status.eq("approved"));
    let Some(row) = approved.one(db).await? else { return Ok(None) };
    let Some(until) = row.valid_until.filter(|until| *until > now) else { return Ok(None) };
    let special = |line: PricingLine| (line.line, Special { request: row.id(), product: line.product, basis_points: line.basis_points });
    Ok(Some((row.offered()?.into_iter().flatten().map(special).collect(), until)))
}

/// Store a new request; `false` if another of the deal is open.
pub async fn insert(tx: &Tx, row: &PricingRow) -> Result<bool, DbErr> {
    let on = sea_orm::sea_query::OnConflict::new().do_nothing().to_owned();
    Ok(Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await? == 1)
}

/// Store a changed request under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut PricingRow) -> Result<(), Problem> {
    let before = row.revision;
    (row.revision, row.updated_at) = (before + 1, tx.now());
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    let done = Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

/// Which requests to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only in this status.
    pub status: Option<PricingRequestStatus>,
    /// Only of this partner.
    pub partner: Option<PartnerId>,
    /// Only of this deal.
    pub deal: Option<DealId>,
}

/// Up to `limit` requests before `before`, newest first.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, filter: &Filter, before: Option<Uuid>, limit: u64) -> Result<Vec<PricingRow>, DbErr> {
    let wanted = Condition::all()
        .add_option(filter.status.map(|status| Column::Status.eq(status.wire())))
        .add_option(filter.partner.map(|partner| Column::PartnerId.eq(partner.0)))
        .add_option(filter.deal.map(|deal| Column::DealId.eq(deal.0)))
        .add_option(before.map(|before| Column::Id.lt(before)));
    scoped(scope).filter(wanted).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// Requests by id: up to `limit` after `after`.
pub async fn after(db: &impl ConnectionTrait, vendor: VendorId, after: Uuid, limit: u64) -> Result<Vec<PricingRow>, DbErr> {
    scoped(Scope::vendor_wide(vendor)).filter(Column::Id.gt(after)).order_by_asc(Column::Id).limit(limit).all(db).await
}
