//! What was measured of what a customer committed to.

use super::DealUsageId;
use super::estimates;
use super::events::DealUsageRecorded;
use crate::DealId;
use crate::error;
use crate::rules::Status;
use crate::store::deals;
use crate::types::DealLineModel;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::PartnerId;
use kernel::{App, At, Money, Page, PageQuery, Params, Problem, Scope, Tx, Valid};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::{Validate, ValidationError};

/// The table of usage.
pub mod usage {
    // An entity is named as its table.
    #![allow(missing_docs, clippy::module_inception)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "deal_usage")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub deal_id: Uuid,
        pub partner_id: Uuid,
        pub line: i64,
        pub period: String,
        pub source: String,
        pub amount: i64,
        pub currency: String,
        pub earned: Option<i64>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use usage::{Column, Entity, Model};

/// What was measured in one month, by one source.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"line": 0, "period": "2027-01", "source": "metering", "amount": {"amount": 120000, "currency": "EUR"}}))]
pub struct DealUsageRecord {
    /// The deal's line, from 0; of the model `consumption`.
    #[validate(range(min = 0, max = 99))]
    #[schema(minimum = 0, maximum = 99)]
    pub line: i64,
    /// The month, `YYYY-MM`.
    #[validate(custom(function = month))]
    #[schema(pattern = r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$")]
    pub period: String,
    /// Which system measured it.
    #[validate(length(min = 1, max = 100), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub source: String,
    /// What it came to, in the currency of what was committed.
    pub amount: Money,
}

fn month(text: &str) -> Result<(), ValidationError> {
    let parts = text.split_once('-').filter(|_| text.len() == 7 && text.is_ascii());
    let read = parts.and_then(|(year, month)| Some((year.parse::<u32>().ok()?, month.parse::<u32>().ok()?)));
    let digits = text.bytes().filter(u8::is_ascii_digit).count() == 6;
    match read {
        Some((1900..2200, 1..=12)) if digits => Ok(()),
        _ => Err(ValidationError::new("month").with_message("Send a month as YYYY-MM.".into())),
    }
}

/// Usage of one line in one month, as one source measured it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "usg_01jd3k7x2mfq8t9v5w6y0zabcd", "deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd",
    "line": 0, "period": "2027-01", "source": "metering", "amount": {"amount": 120000, "currency": "EUR"}, "earns": {"amount": 12000, "currency": "EUR"},
    "revision": 1, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct DealUsage {
    /// Its id.
    pub id: DealUsageId,
    /// The deal.
    pub deal_id: DealId,
    /// Whose deal it is.
    pub partner_id: PartnerId,
    /// The deal's line.
    pub line: i64,
    /// The month.
    pub period: String,
    /// Which system measured it.
    pub source: String,
    /// What it came to.
    pub amount: Money,
    /// What the partner earns by it, by the rule of the deal's estimate, rounded down; absent if the estimate has no number for the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earns: Option<Money>,
    /// Raised when it is corrected.
    pub revision: i64,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// When it was last corrected.
    pub updated_at: DateTime<Utc>,
}

impl Resource for DealUsage {}

impl DealUsage {
    fn of(row: &Model) -> Result<Self, Problem> {
        let currency = row.currency.parse().map_err(Problem::internal)?;
        Ok(Self {
            id: DealUsageId(row.id),
            deal_id: DealId(row.deal_id),
            partner_id: PartnerId(row.partner_id),
            line: row.line,
            period: row.period.clone(),
            source: row.source.clone(),
            amount: Money { amount: row.amount, currency },
            earns: row.earned.map(|amount| Money { amount, currency }),
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

fn scoped(scope: Scope) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(Column::PartnerId))
}

/// Record what was measured. The same again changes nothing; another amount for the same line, period and source corrects it.
async fn record(tx: &mut Tx, id: DealId, body: DealUsageRecord) -> Result<DealUsage, Problem> {
    let row = deals::find_to_change(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if !matches!(row.status()?, Status::Approved | Status::Won) {
        return Err(Problem::new(error::NOT_CONSUMED));
    }
    let new = row.registration()?;
    let at = usize::try_from(body.line).map_err(Problem::internal)?;
    let line = new.lines.get(at).ok_or_else(|| Problem::invalid("/line", "no_such_line", "The deal has no such line."))?;
    if line.model() != DealLineModel::Consumption {
        return Err(Problem::new(error::NOT_CONSUMED));
    }
    if line.committed.as_ref().is_some_and(|committed| committed.currency != body.amount.currency) {
        return Err(Problem::invalid("/amount/currency", "other_currency", "Send it in the currency of what was committed."));
    }
    let app = tx.app().clone();
    let estimate = estimates::standing(&app, tx, &row, tx.now()).await?;
    let part = estimate.lines.get(at).and_then(|line| line.basis_points);
    let earned = part.and_then(|part| i64::try_from(i128::from(body.amount.amount) * i128::from(part) / 10_000).ok());
    let same = Column::DealId.eq(row.id).and(Column::Line.eq(body.line)).and(Column::Period.eq(&body.period)).and(Column::Source.eq(&body.source));
    let mut usage = match scoped(tx.scope()).filter(same).one(tx).await? {
        Some(there) if there.amount == body.amount.amount && there.currency == body.amount.currency.code() => return DealUsage::of(&there),
        Some(there) => Model { revision: there.revision + 1, ..there },
        None => Model {
            vendor_id: row.vendor_id,
            id: DealUsageId::fresh().0,
            deal_id: row.id,
            partner_id: row.partner_id,
            line: body.line,
            period: body.period,
            source: body.source,
            amount: 0,
            currency: String::new(),
            earned: None,
            revision: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
        },
    };
    (usage.amount, usage.currency) = (body.amount.amount, body.amount.currency.code().to_owned());
    (usage.earned, usage.updated_at) = (earned, tx.now());
    if usage.revision == 1 {
        Entity::insert(usage.clone().into_active_model()).exec_without_returning(tx).await?;
    } else {
        let this = Column::VendorId.eq(usage.vendor_id).and(Column::Id.eq(usage.id));
        Entity::update_many().set(usage.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    }
    let told = DealUsage::of(&usage)?;
    tx.emit(DealUsageRecorded { deal_usage: told.clone() });
    Ok(told)
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(record_deal_usage, list_deal_usage))
}

/// Record what was measured of what a customer committed to consume.
///
/// One record for each line, month and source: the same again changes nothing and publishes nothing, another amount corrects it.
#[utoipa::path(post, path = "/deals/{id}/usage", operation_id = "record_deal_usage", tag = "deals",
    params(("id" = DealId, Path, description = "The deal.")), request_body = DealUsageRecord, security(("bearer" = ["crm:write"])),
    responses((status = 201, description = "The record as it now is.", body = DealUsage)))]
async fn record_deal_usage(
    State(app): State<App>,
    who: Can<may::WriteCrm>,
    At(id): At<DealId>,
    Valid(body): Valid<DealUsageRecord>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| record(tx, id, body).await).await
}

/// List what was measured of a deal, the latest recorded first.
#[utoipa::path(get, path = "/deals/{id}/usage", operation_id = "list_deal_usage", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."), PageQuery), security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "A page of records.", body = Page<DealUsage>)))]
async fn list_deal_usage(
    State(app): State<App>,
    who: Can<may::ReadDeals>,
    At(id): At<DealId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<DealUsage>>, Problem> {
    const LIST: &str = "deal:usage";
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    deals::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let wanted = Condition::all().add(Column::DealId.eq(id.0)).add_option(before.map(|before| Column::Id.lt(before)));
    let rows = scoped(who.scope).filter(wanted).order_by_desc(Column::Id).limit(limit + 1).all(&db).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    let data = page.data.iter().map(DealUsage::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor: page.next_cursor }))
}
