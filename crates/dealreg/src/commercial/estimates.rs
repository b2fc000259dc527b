//! The estimates that deals keep: worked out, worked out anew, fixed.

use super::estimate::{Ground, Special, estimate};
use super::estimated::DealEstimate;
use super::events::{DealEstimateChanged, DealEstimateFixed};
use super::terms::Compiled;
use super::{products, versions};
use crate::DealId;
use crate::decide::PartnerFacts;
use crate::service::ground;
use crate::store::deals::{self, DealRow};
use crate::types::DealRegister;
use crate::{incumbency, pricing};
use access::{Can, Field, may};
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, VendorId};
use kernel::{App, At, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait as _, IntoActiveModel as _};
use serde_json::Value;
use std::collections::HashMap;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The table of estimates.
pub mod kept {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "deal_estimates")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub deal_id: Uuid,
        pub terms_version: i64,
        pub body: String,
        pub special_until: Option<DateTime<Utc>>,
        pub fixed_at: Option<DateTime<Utc>>,
        pub revision: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use kept::{Column, Entity, Model};

impl Model {
    fn estimate(&self) -> Result<DealEstimate, Problem> {
        serde_json::from_str(&self.body).map_err(|cause| Problem::internal(format!("a stored estimate does not read: {cause}")))
    }
}

/// The estimate that a deal keeps, if it keeps one.
async fn find(db: &impl ConnectionTrait, vendor: VendorId, deal: DealId) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::VendorId.eq(vendor.0)).filter(Column::DealId.eq(deal.0)).one(db).await
}

/// What an estimate is about.
struct About<'a> {
    vendor: VendorId,
    deal: &'a DealRegister,
    partner_id: PartnerId,
    partner: &'a PartnerFacts,
    incumbent: &'a Value,
    special: &'a HashMap<i64, Special>,
    now: DateTime<Utc>,
}

async fn work_out(db: &impl ConnectionTrait, terms: &Compiled, about: &About<'_>) -> Result<DealEstimate, Problem> {
    let names: Vec<_> = about.deal.lines.iter().map(|line| line.product.as_str()).collect();
    let products = if terms.are_there() { products::called(db, Scope::vendor_wide(about.vendor), &names).await? } else { HashMap::new() };
    let About { deal, partner_id, partner, incumbent, special, now, .. } = *about;
    Ok(estimate(terms, &Ground { deal, partner_id, partner, incumbent, products: &products, special, now }))
}

/// What a registration would earn, for its answer to a check.
pub async fn preview(tx: &Tx, new: &DealRegister, ground: &ground::Ground) -> Result<DealEstimate, Problem> {
    let terms = versions::in_force_within(tx).await?;
    let about = About {
        vendor: tx.vendor(),
        deal: new,
        partner_id: ground.partner,
        partner: &ground.facts,
        incumbent: &ground.incumbent.facts,
        special: &HashMap::new(),
        now: tx.now(),
    };
    let told = work_out(tx, &terms, &about).await?;
    Ok(if Field::Rivals.shown_to(tx.actor()) { told } else { told.without_rivals() })
}

/// A deal was registered, or handed in again: it is given an estimate by the terms in force.
pub async fn give(tx: &mut Tx, row: &DealRow) -> Result<(), Problem> {
    let terms = versions::in_force_within(tx).await?;
    if !terms.are_there() {
        return Ok(());
    }
    let kept = find(tx, tx.vendor(), row.id()).await?;
    keep(tx, row, &terms, kept, false).await
}

/// The deal's figures or its special price have changed: by the version of the terms that it was given its estimate by.
pub async fn renew(tx: &mut Tx, row: &DealRow) -> Result<(), Problem> {
    by_its_own_terms(tx, row, false).await
}

/// The deal is won: what it earns is fixed. Before its special price is used up.
pub async fn fix(tx: &mut Tx, row: &DealRow) -> Result<(), Problem> {
    by_its_own_terms(tx, row, true).await
}

async fn by_its_own_terms(tx: &mut Tx, row: &DealRow, fix: bool) -> Result<(), Problem> {
    let kept = find(tx, tx.vendor(), row.id()).await?;
    if kept.as_ref().is_some_and(|kept| kept.fixed_at.is_some()) {
        return Ok(());
    }
    let app = tx.app().clone();
    let terms = match &kept {
        Some(kept) if kept.terms_version > 0 => versions::version(&app, tx, tx.vendor(), kept.terms_version).await?,
        _ => versions::in_force_within(tx).await?,
    };
    if terms.are_there() { keep(tx, row, &terms, kept, fix).await } else { Ok(()) }
}

async fn keep(tx: &mut Tx, row: &DealRow, terms: &Compiled, kept: Option<Model>, fix: bool) -> Result<(), Problem> {
    let (mut told, special_until) = of_deal(tx, tx.vendor(), row, terms, tx.now()).await?;
    if fix {
        told.fixed_at = Some(tx.now());
    }
    let before = kept.as_ref().map(Model::estimate).transpose()?;
    if !fix && before.as_ref().is_some_and(|before| before.says_the_same_as(&told)) {
        return Ok(());
    }
    let revision = kept.as_ref().map_or(1, |kept| kept.revision + 1);
    let next = Model {
        vendor_id: row.vendor_id,
        deal_id: row.id,
        terms_version: told.terms_version,
        body: serde_json::to_string(&told).map_err(Problem::internal)?,
        special_until,
        fixed_at: told.fixed_at,
        revision,
    };
    store(tx, next, kept).await?;
    let deal_estimate = told.without_rivals();
    if fix {
        tx.emit(DealEstimateFixed { deal_estimate, revision });
    } else {
        tx.emit(DealEstimateChanged { deal_estimate, revision });
    }
    Ok(())
}

async fn store(tx: &Tx, next: Model, kept: Option<Model>) -> Result<(), Problem> {
    let Some(kept) = kept else {
        Entity::insert(next.into_active_model()).exec_without_returning(tx).await?;
        return Ok(());
    };
    let this = Column::VendorId.eq(kept.vendor_id).and(Column::DealId.eq(kept.deal_id)).and(Column::Revision.eq(kept.revision));
    let done = Entity::update_many().set(next.into_active_model().reset_all()).filter(this).exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

/// Work out what a deal earns now, and until when a special price counts in it.
async fn of_deal(
    db: &impl ConnectionTrait,
    vendor: VendorId,
    row: &DealRow,
    terms: &Compiled,
    now: DateTime<Utc>,
) -> Result<(DealEstimate, Option<DateTime<Utc>>), Problem> {
    let everybody = Scope::vendor_wide(vendor);
    let partner = partners::find(db, everybody, row.partner()).await?.ok_or_else(|| Problem::internal("a deal without its partner"))?;
    let partner = ground::facts_of(partner);
    let new = row.registration()?;
    let standing = pricing::standing(db, vendor, row.id(), now).await?;
    let (special, until) = standing.map_or_else(|| (HashMap::new(), None), |(special, until)| (special, Some(until)));
    let incumbent = incumbency::facts_of(db, vendor, row, now).await?;
    let about = About { vendor, deal: &new, partner_id: row.partner(), partner: &partner, incumbent: &incumbent, special: &special, now };
    let mut told = work_out(db, terms, &about).await?;
    told.deal_id = Some(row.id());
    let used = told.lines.iter().any(|line| line.pricing_request_id.is_some());
    Ok((told, until.filter(|_| used)))
}

/// What a deal earns, as it stands at `now`: what it keeps, unless a special price in it has ended since.
pub async fn standing(app: &App, db: &impl ConnectionTrait, row: &DealRow, now: DateTime<Utc>) -> Result<DealEstimate, Problem> {
    let vendor = VendorId(row.vendor_id);
    match find(db, vendor, row.id()).await? {
        Some(kept) if kept.fixed_at.is_some() || kept.special_until.is_none_or(|until| until > now) => kept.estimate(),
        Some(kept) => {
            let terms = versions::version(app, db, vendor, kept.terms_version).await?;
            Ok(of_deal(db, vendor, row, &terms, now).await?.0)
        }
        None => {
            let terms = versions::in_force(app, db, vendor, now).await?;
            Ok(of_deal(db, vendor, row, &terms, now).await?.0)
        }
    }
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_deal_estimate))
}

/// Read what a partner earns by a deal, or would, line by line and why.
///
/// A deal keeps the estimate that it was given when it was registered. It is worked out again, by the same version of the terms, when its figures or
/// its special price change, and fixed when the deal is won.
#[utoipa::path(get, path = "/deals/{id}/estimate", operation_id = "get_deal_estimate", tag = "deals",
    params(("id" = DealId, Path, description = "The deal.")), security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "The estimate.", body = DealEstimate)))]
async fn get_deal_estimate(State(app): State<App>, who: Can<may::ReadDeals>, At(id): At<DealId>) -> Result<Json<DealEstimate>, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = deals::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let told = standing(&app, &db, &row, app.clock().now()).await?;
    Ok(Json(if Field::Rivals.shown_to(&who) { told } else { told.without_rivals() }))
}
