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
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::VendorId;
use kernel::idempotency::Answer;
use kernel::problem::{Kind, ProblemDocument};
use kernel::rulebooks::{self, RuleSet, Version};
use kernel::{Actor, App, At, OptionalValid, Page, PageQuery, Params, Problem, Tx, Valid};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

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
    fn of(row: &Version, actor: &Actor) -> Result<Self, Problem> {
        let draft = row.is_draft();
        let publish = draft && actor.grants & Permission::ManageTerms.bit() != 0;
        Ok(Self {
            id: CommercialTermsId(row.id),
            version: row.version,
            status: if draft { CommercialTermsStatus::Draft } else { CommercialTermsStatus::Published },
            effective_at: row.effective_at,
            terms: row.rules::<Compiled>()?,
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

impl RuleSet for Compiled {
    type Rules = CommercialTerms;
    const TABLE: &'static str = "commercial_terms";
    const EVENTS: &'static str = "commercial_terms";
    const PUBLISHED: Kind = error::RULES_PUBLISHED;
    const PAST: Kind = error::RULES_PAST;

    fn compile(terms: CommercialTerms, version: i64) -> Result<Self, Problem> {
        Self::of(terms, version)
    }
    fn rules(&self) -> &CommercialTerms {
        &self.terms
    }
    fn version(&self) -> i64 {
        self.version
    }
}

/// Forget compiled terms when a vendor publishes. Once, at start.
pub fn follow(app: &App) {
    rulebooks::follow::<Compiled>(app);
}

/// The terms in force at `now`, or none.
pub async fn in_force(app: &App, db: &impl ConnectionTrait, vendor: VendorId, now: DateTime<Utc>) -> Result<Arc<Compiled>, Problem> {
    Ok(rulebooks::in_force(app, db, vendor, now).await?.unwrap_or_else(none))
}

/// The same inside a write.
pub async fn in_force_within(tx: &Tx) -> Result<Arc<Compiled>, Problem> {
    in_force(&tx.app().clone(), tx, tx.vendor(), tx.now()).await
}

/// A published version that something was decided by.
pub async fn version(app: &App, db: &impl ConnectionTrait, vendor: VendorId, version: i64) -> Result<Arc<Compiled>, Problem> {
    rulebooks::of_number(app, db, vendor, version).await
}

fn none() -> Arc<Compiled> {
    static NONE: OnceLock<Arc<Compiled>> = OnceLock::new();
    NONE.get_or_init(|| Arc::new(Compiled::none())).clone()
}

async fn draft(tx: &mut Tx, terms: CommercialTerms) -> Result<CommercialTermsVersion, Problem> {
    let drafted: Compiled = rulebooks::next(tx, terms).await?;
    let shown = CommercialTermsVersion::of(&rulebooks::draft(tx, CommercialTermsId::fresh().0, &drafted).await?, tx.actor())?;
    tx.emit(CommercialTermsDrafted { commercial_terms: shown.clone() });
    Ok(shown)
}

async fn publish(tx: &mut Tx, id: CommercialTermsId, when: CommercialTermsPublish) -> Result<CommercialTermsVersion, Problem> {
    let row = rulebooks::draft_at_hand::<Compiled>(tx, id.0).await?;
    let shown = CommercialTermsVersion::of(&rulebooks::publish::<Compiled>(tx, row, when.effective_at).await?, tx.actor())?;
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

/// List the versions of the commercial terms, latest first.
#[utoipa::path(get, path = "/commercial-terms", operation_id = "list_commercial_terms", tag = "commercial terms", params(PageQuery),
    security(("bearer" = ["terms:read"])),
    responses((status = 200, description = "A page of versions.", body = Page<CommercialTermsVersion>)))]
async fn list_commercial_terms(
    State(app): State<App>,
    who: Can<may::ReadTerms>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<CommercialTermsVersion>>, Problem> {
    let page = rulebooks::page::<Compiled>(&app.db().read_of(who.scope.vendor()).await?, who.scope, &query, true).await?;
    Ok(Json(page.try_map(|row| CommercialTermsVersion::of(&row, &who))?))
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
    let row = rulebooks::find::<Compiled>(&db, who.scope, id.0).await?;
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
