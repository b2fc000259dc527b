//! Versions of the commercial terms: drafted, published, in force.

use super::CommercialTermsId;
use super::events::{CommercialTermsDrafted, CommercialTermsPublished};
use super::terms::{CommercialTerms, Compiled};
use crate::error;
use access::{Can, Permission, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, SubsecRound, Utc};
use kernel::app::Resource;
use kernel::cache::Followed;
use kernel::id::VendorId;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{Actor, App, At, OptionalValid, Page, PageQuery, Params, Problem, Scope, Tx, Valid};
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// The table of versions.
pub mod version {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "commercial_terms")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub version: i64,
        pub status: String,
        pub effective_at: Option<DateTime<Utc>>,
        pub body: String,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use version::{Column, Entity, Model};

/// Whether a version decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommercialTermsStatus {
    /// Decides nothing.
    Draft,
    /// Never changes again; decides from `effective_at` on, until a later version takes effect.
    Published,
}

/// A version of the commercial terms.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "cmt_01jd3k7x2mfq8t9v5w6y0zabcd", "version": 1, "status": "draft", "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["publish"],
    "terms": {"title": "Commercial terms 2027", "earnings": [], "pricing": {"rules": [], "valid_days": 30, "most_valid_days": 90, "warning_days": [7]},
        "incumbency": []}}))]
pub struct CommercialTermsVersion {
    /// Its id.
    pub id: CommercialTermsId,
    /// Its number: estimates, prices and incumbencies name it.
    pub version: i64,
    /// Whether it decides.
    pub status: CommercialTermsStatus,
    /// From when on it decides; absent on a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<DateTime<Utc>>,
    /// What it says.
    pub terms: CommercialTerms,
    /// Raised with every change.
    pub revision: i64,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<String>,
}

impl Resource for CommercialTermsVersion {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/commercial-terms/{}", self.id))
    }
}

impl CommercialTermsVersion {
    fn of(row: &Model, actor: &Actor) -> Result<Self, Problem> {
        let draft = row.status == "draft";
        let publish = draft && actor.grants & Permission::ManageTerms.bit() != 0;
        Ok(Self {
            id: CommercialTermsId(row.id),
            version: row.version,
            status: if draft { CommercialTermsStatus::Draft } else { CommercialTermsStatus::Published },
            effective_at: row.effective_at,
            terms: body(row)?,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: publish.then(|| "publish".to_owned()).into_iter().collect(),
        })
    }
}

/// The commercial terms in force.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"version": 0, "terms": {"title": "Commercial terms 2027", "earnings": [], "pricing": {"rules": [], "valid_days": 30, "most_valid_days": 90, "warning_days": [7]},
        "incumbency": []}}))]
pub struct CommercialTermsInForce {
    /// The version; 0 where the vendor has published none.
    pub version: i64,
    /// What it says.
    pub terms: CommercialTerms,
}

/// When a draft is to take effect.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"effective_at": "2027-01-01T00:00:00Z"}))]
pub struct CommercialTermsPublish {
    /// Now if absent.
    pub effective_at: Option<DateTime<Utc>>,
}

type Published = Arc<Vec<(DateTime<Utc>, Arc<Compiled>)>>;

/// Published terms, compiled, by vendor.
struct InForce(Followed<VendorId, Published>);

impl Default for InForce {
    fn default() -> Self {
        Self(Followed::new(1_024))
    }
}

/// Forget compiled terms when a vendor publishes. Once, at start.
pub fn follow(app: &App) {
    let kept = app.service::<InForce>();
    app.watch(move |vendor, kind, _| match kind {
        "*" => kept.0.forget_all(),
        "commercial_terms.published" => kept.0.forget(&vendor),
        _ => {}
    });
}

/// The terms in force at `now`: the published version that took effect last, or none.
pub async fn in_force(app: &App, db: &impl ConnectionTrait, vendor: VendorId, now: DateTime<Utc>) -> Result<Arc<Compiled>, Problem> {
    let published = published(app, db, vendor).await?;
    Ok(published.iter().find(|(effective, _)| *effective <= now).map_or_else(none, |(_, terms)| terms.clone()))
}

/// The same inside a write.
pub async fn in_force_within(tx: &Tx) -> Result<Arc<Compiled>, Problem> {
    in_force(&tx.app().clone(), tx, tx.vendor(), tx.now()).await
}

/// A published version that something was decided by, compiled.
pub async fn version(app: &App, db: &impl ConnectionTrait, vendor: VendorId, version: i64) -> Result<Arc<Compiled>, Problem> {
    if let Some((_, kept)) = published(app, db, vendor).await?.iter().find(|(_, terms)| terms.version == version) {
        return Ok(kept.clone());
    }
    let gone = || Problem::internal(format!("the commercial terms of version {version} are not there"));
    let row = scoped(Scope::vendor_wide(vendor)).filter(Column::Version.eq(version)).one(db).await?.ok_or_else(gone)?;
    Ok(Arc::new(Compiled::of(body(&row)?, version)?))
}

async fn published(app: &App, db: &impl ConnectionTrait, vendor: VendorId) -> Result<Published, Problem> {
    let load = async {
        let published = scoped(Scope::vendor_wide(vendor)).filter(Column::Status.eq("published"));
        let rows = published.order_by_desc(Column::EffectiveAt).order_by_desc(Column::Version).limit(100).all(db).await?;
        let compiled = rows.into_iter().map(|row| {
            let terms = Compiled::of(body(&row)?, row.version)?;
            Ok((row.effective_at.unwrap_or(row.created_at), Arc::new(terms)))
        });
        compiled.collect::<Result<Vec<_>, Problem>>().map(Arc::new)
    };
    app.service::<InForce>().0.get_or_load(vendor, load).await
}

fn none() -> Arc<Compiled> {
    static NONE: OnceLock<Arc<Compiled>> = OnceLock::new();
    NONE.get_or_init(|| Arc::new(Compiled::none())).clone()
}

fn body(row: &Model) -> Result<CommercialTerms, Problem> {
    serde_json::from_str(&row.body).map_err(|cause| Problem::internal(format!("stored terms do not read: {cause}")))
}

fn scoped(scope: Scope) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0))
}

async fn draft(tx: &mut Tx, terms: CommercialTerms) -> Result<CommercialTermsVersion, Problem> {
    let last = scoped(tx.scope()).order_by_desc(Column::Version).limit(1).one(tx).await?;
    let version = last.map_or(1, |row| row.version + 1);
    let terms = Compiled::of(terms, version)?.terms;
    let row = Model {
        vendor_id: tx.vendor().0,
        id: CommercialTermsId::fresh().0,
        version,
        status: "draft".into(),
        effective_at: None,
        body: serde_json::to_string(&terms).map_err(Problem::internal)?,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let on = sea_orm::sea_query::OnConflict::new().do_nothing().to_owned();
    if Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await? == 0 {
        return Err(Problem::new(kernel::problem::kinds::CONFLICT).detail("Another draft was made at the same moment; send it again."));
    }
    let shown = CommercialTermsVersion::of(&row, tx.actor())?;
    tx.emit(CommercialTermsDrafted { commercial_terms: shown.clone() });
    Ok(shown)
}

async fn publish(tx: &mut Tx, id: CommercialTermsId, when: CommercialTermsPublish) -> Result<CommercialTermsVersion, Problem> {
    let mut row = scoped(tx.scope()).filter(Column::Id.eq(id.0)).one(tx).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    if row.status != "draft" {
        return Err(Problem::new(error::RULES_PUBLISHED));
    }
    let effective = when.effective_at.unwrap_or(tx.now()).trunc_subsecs(6);
    if effective < tx.now() {
        return Err(Problem::new(error::RULES_PAST));
    }
    let before = row.revision;
    (row.status, row.effective_at, row.revision, row.updated_at) = ("published".into(), Some(effective), before + 1, tx.now());
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    if Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?.rows_affected != 1 {
        return Err(Problem::new(kernel::problem::kinds::STALE));
    }
    let shown = CommercialTermsVersion::of(&row, tx.actor())?;
    tx.emit(CommercialTermsPublished { commercial_terms: shown.clone() });
    Ok(shown)
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(draft_commercial_terms, list_commercial_terms))
        .routes(routes!(get_commercial_terms_in_force))
        .routes(routes!(get_commercial_terms))
        .routes(routes!(publish_commercial_terms))
}

/// Draft a version of the commercial terms.
///
/// Its rules are CEL expressions, compiled here: one that does not compile, or could take too long, is refused with its line and column.
#[utoipa::path(post, path = "/commercial-terms", operation_id = "draft_commercial_terms", tag = "commercial terms", request_body = CommercialTerms,
    security(("bearer" = ["terms:manage"])),
    responses((status = 201, description = "The draft.", body = CommercialTermsVersion)))]
async fn draft_commercial_terms(
    State(app): State<App>,
    who: Can<may::ManageTerms>,
    Valid(body): Valid<CommercialTerms>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| draft(tx, body).await).await
}

/// Pages of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CommercialTermsQuery {
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List the versions of the commercial terms, latest first.
#[utoipa::path(get, path = "/commercial-terms", operation_id = "list_commercial_terms", tag = "commercial terms", params(CommercialTermsQuery),
    security(("bearer" = ["terms:read"])),
    responses((status = 200, description = "A page of versions.", body = Page<CommercialTermsVersion>)))]
async fn list_commercial_terms(
    State(app): State<App>,
    who: Can<may::ReadTerms>,
    Params(query): Params<CommercialTermsQuery>,
) -> Result<Json<Page<CommercialTermsVersion>>, Problem> {
    const LIST: &str = "commercial_terms";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<i64>(LIST)?);
    let find = scoped(who.scope).filter(sea_orm::Condition::all().add_option(before.map(|before| Column::Version.lt(before))));
    let rows = find.order_by_desc(Column::Version).limit(limit + 1).all(&app.db().read_of(who.scope.vendor()).await?).await?;
    let page = Page::of(LIST, rows, limit, |row| row.version);
    let next_cursor = page.next_cursor;
    let data = page.data.iter().map(|row| CommercialTermsVersion::of(row, &who)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor }))
}

/// Read the commercial terms in force.
#[utoipa::path(get, path = "/commercial-terms/in-force", operation_id = "get_commercial_terms_in_force", tag = "commercial terms",
    security(("bearer" = ["terms:read"])),
    responses((status = 200, description = "The terms in force.", body = CommercialTermsInForce)))]
async fn get_commercial_terms_in_force(State(app): State<App>, who: Can<may::ReadTerms>) -> Result<Json<CommercialTermsInForce>, Problem> {
    let vendor = who.scope.vendor();
    let found = in_force(&app, &app.db().read_of(vendor).await?, vendor, app.clock().now()).await?;
    Ok(Json(CommercialTermsInForce { version: found.version, terms: found.terms.clone() }))
}

/// Read a version of the commercial terms.
#[utoipa::path(get, path = "/commercial-terms/{id}", operation_id = "get_commercial_terms", tag = "commercial terms",
    params(("id" = CommercialTermsId, Path, description = "The version.")), security(("bearer" = ["terms:read"])),
    responses((status = 200, description = "The version.", body = CommercialTermsVersion)))]
async fn get_commercial_terms(State(app): State<App>, who: Can<may::ReadTerms>, At(id): At<CommercialTermsId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = scoped(who.scope).filter(Column::Id.eq(id.0)).one(&db).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &CommercialTermsVersion::of(&row, &who)?).into_response(false))
}

/// Publish a draft, now or at a date. It never changes again.
#[utoipa::path(post, path = "/commercial-terms/{id}/publish", operation_id = "publish_commercial_terms", tag = "commercial terms",
    params(("id" = CommercialTermsId, Path, description = "The draft."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the draft must still have; 412 if it has another.")),
    request_body(content = Option<CommercialTermsPublish>, description = "When it takes effect."),
    security(("bearer" = ["terms:manage"])),
    responses(
        (status = 200, description = "The published version.", body = CommercialTermsVersion),
        (status = 412, description = "The draft has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn publish_commercial_terms(
    State(app): State<App>,
    who: Can<may::ManageTerms>,
    At(id): At<CommercialTermsId>,
    OptionalValid(body): OptionalValid<CommercialTermsPublish>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| publish(tx, id, body).await).await
}
