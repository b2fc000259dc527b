//! Versions of the rules of admission: drafted, published, in force.

use super::AdmissionRulesId;
use super::events::{AdmissionRulesDrafted, AdmissionRulesPublished};
use super::rulebook::{AdmissionRules, Rulebook};
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
    #[sea_orm(table_name = "admission_rules")]
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
pub enum AdmissionRulesStatus {
    /// Decides nothing.
    Draft,
    /// Never changes again; decides from `effective_at` on, until a later version takes effect.
    Published,
}

/// A version of the rules of admission.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "adr_01jd3k7x2mfq8t9v5w6y0zabcd", "version": 1, "status": "draft", "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["publish"],
    "rules": {"title": "Admission, EMEA", "rules": [{"id": "home", "when": "company.country == \"DE\"", "then": "review",
        "sentence": "We look at your application."}], "reviewers": [], "draft_days": 30, "remind_days": 3, "answer_days": 14, "reapply_days": 90}}))]
pub struct AdmissionRuleVersion {
    /// Its id.
    pub id: AdmissionRulesId,
    /// Its number: decisions name it. 0 stands for the standard rules.
    pub version: i64,
    /// Whether it decides.
    pub status: AdmissionRulesStatus,
    /// From when on it decides; absent on a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<DateTime<Utc>>,
    /// What it says.
    pub rules: AdmissionRules,
    /// Raised with every change.
    pub revision: i64,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<String>,
}

impl Resource for AdmissionRuleVersion {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/admission-rules/{}", self.id))
    }
}

impl AdmissionRuleVersion {
    fn of(row: &Model, actor: &Actor) -> Result<Self, Problem> {
        let draft = row.status == "draft";
        let publish = draft && actor.grants & Permission::ManageApplications.bit() != 0;
        Ok(Self {
            id: AdmissionRulesId(row.id),
            version: row.version,
            status: if draft { AdmissionRulesStatus::Draft } else { AdmissionRulesStatus::Published },
            effective_at: row.effective_at,
            rules: super::store::json(&row.body)?,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: publish.then(|| "publish".to_owned()).into_iter().collect(),
        })
    }
}

/// The rules of admission that decide now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"version": 0, "rules": {"title": "Admission, EMEA", "rules": [{"id": "home", "when": "company.country == \"DE\"", "then": "review",
        "sentence": "We look at your application."}], "reviewers": [], "draft_days": 30, "remind_days": 3, "answer_days": 14, "reapply_days": 90}}))]
pub struct AdmissionRulesInForce {
    /// The version; 0 for the standard rules, which hold until the vendor publishes its own.
    pub version: i64,
    /// What it says.
    pub rules: AdmissionRules,
}

/// When a draft is to take effect.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"effective_at": "2027-01-01T00:00:00Z"}))]
pub struct AdmissionRulesPublish {
    /// Now if absent.
    pub effective_at: Option<DateTime<Utc>>,
}

type Published = Arc<Vec<(DateTime<Utc>, Arc<Rulebook>)>>;

/// Published rules, compiled, by vendor.
struct InForce(Followed<VendorId, Published>);

impl Default for InForce {
    fn default() -> Self {
        Self(Followed::new(1_024))
    }
}

/// Forget compiled rules when a vendor publishes. Once, at start.
pub fn follow(app: &App) {
    let kept = app.service::<InForce>();
    app.watch(move |vendor, kind, _| match kind {
        "*" => kept.0.forget_all(),
        "admission_rules.published" => kept.0.forget(&vendor),
        _ => {}
    });
}

/// The rules in force at `now`: the published version that took effect last, or the standard ones.
pub async fn in_force(app: &App, db: &impl ConnectionTrait, vendor: VendorId, now: DateTime<Utc>) -> Result<Arc<Rulebook>, Problem> {
    let load = async {
        let published = scoped(Scope::vendor_wide(vendor)).filter(Column::Status.eq("published"));
        let rows = published.order_by_desc(Column::EffectiveAt).order_by_desc(Column::Version).limit(100).all(db).await?;
        let compiled = rows.into_iter().map(|row| {
            let rules = Rulebook::of(super::store::json(&row.body)?, row.version)?;
            Ok((row.effective_at.unwrap_or(row.created_at), Arc::new(rules)))
        });
        compiled.collect::<Result<Vec<_>, Problem>>().map(Arc::new)
    };
    let published = app.service::<InForce>().0.get_or_load(vendor, load).await?;
    Ok(published.iter().find(|(effective, _)| *effective <= now).map_or_else(standard, |(_, rules)| rules.clone()))
}

/// The same inside a write.
pub async fn in_force_within(tx: &Tx) -> Result<Arc<Rulebook>, Problem> {
    in_force(&tx.app().clone(), tx, tx.vendor(), tx.now()).await
}

/// The standard rules, compiled once.
fn standard() -> Arc<Rulebook> {
    static STANDARD: OnceLock<Arc<Rulebook>> = OnceLock::new();
    STANDARD.get_or_init(|| Arc::new(Rulebook::of(AdmissionRules::default(), 0).unwrap_or_else(|_| unreachable!("it has no expressions")))).clone()
}

fn scoped(scope: Scope) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0))
}

async fn draft(tx: &mut Tx, rules: AdmissionRules) -> Result<AdmissionRuleVersion, Problem> {
    let last = scoped(tx.scope()).order_by_desc(Column::Version).limit(1).one(tx).await?;
    let version = last.map_or(1, |row| row.version + 1);
    let rules = Rulebook::of(rules, version)?.rules;
    for (at, reviewer) in rules.reviewers.iter().enumerate() {
        if super::review::reviewer(tx, reviewer.assignee_id).await?.is_none() {
            let detail = "Name an active person of the vendor.";
            return Err(Problem::invalid(format!("/reviewers/{at}/assignee_id"), "no_such_person", detail));
        }
    }
    let row = Model {
        vendor_id: tx.vendor().0,
        id: AdmissionRulesId::fresh().0,
        version,
        status: "draft".into(),
        effective_at: None,
        body: super::store::text(&rules),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let on = sea_orm::sea_query::OnConflict::new().do_nothing().to_owned();
    if Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await? == 0 {
        return Err(Problem::new(kernel::problem::kinds::CONFLICT).detail("Another draft was made at the same moment; send it again."));
    }
    let shown = AdmissionRuleVersion::of(&row, tx.actor())?;
    tx.emit(AdmissionRulesDrafted { admission_rules: shown.clone() });
    Ok(shown)
}

async fn publish(tx: &mut Tx, id: AdmissionRulesId, when: AdmissionRulesPublish) -> Result<AdmissionRuleVersion, Problem> {
    let mut row = scoped(tx.scope()).filter(Column::Id.eq(id.0)).one(tx).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    if row.status != "draft" {
        return Err(Problem::new(error::ADMISSION_RULES_PUBLISHED));
    }
    let effective = when.effective_at.unwrap_or(tx.now()).trunc_subsecs(6);
    if effective < tx.now() {
        return Err(Problem::new(error::ADMISSION_RULES_PAST));
    }
    let before = row.revision;
    (row.status, row.effective_at, row.revision, row.updated_at) = ("published".into(), Some(effective), before + 1, tx.now());
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    if Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?.rows_affected != 1 {
        return Err(Problem::new(kernel::problem::kinds::STALE));
    }
    let shown = AdmissionRuleVersion::of(&row, tx.actor())?;
    tx.emit(AdmissionRulesPublished { admission_rules: shown.clone() });
    Ok(shown)
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(draft_admission_rules, list_admission_rules))
        .routes(routes!(get_admission_rules_in_force))
        .routes(routes!(get_admission_rules))
        .routes(routes!(publish_admission_rules))
}

/// Draft a version of the rules of admission.
///
/// Its rules are CEL expressions, compiled here: one that does not compile, or could take too long, is refused with its line and column.
#[utoipa::path(post, path = "/admission-rules", operation_id = "draft_admission_rules", tag = "applications", request_body = AdmissionRules,
    security(("bearer" = ["applications:manage"])),
    responses((status = 201, description = "The draft.", body = AdmissionRuleVersion)))]
async fn draft_admission_rules(
    State(app): State<App>,
    who: Can<may::ManageApplications>,
    Valid(body): Valid<AdmissionRules>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| draft(tx, body).await).await
}

/// Pages of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AdmissionRulesQuery {
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List the versions of the rules of admission, latest first.
#[utoipa::path(get, path = "/admission-rules", operation_id = "list_admission_rules", tag = "applications", params(AdmissionRulesQuery),
    security(("bearer" = ["applications:manage"])),
    responses((status = 200, description = "A page of versions.", body = Page<AdmissionRuleVersion>)))]
async fn list_admission_rules(
    State(app): State<App>,
    who: Can<may::ManageApplications>,
    Params(query): Params<AdmissionRulesQuery>,
) -> Result<Json<Page<AdmissionRuleVersion>>, Problem> {
    const LIST: &str = "admission_rules";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<i64>(LIST)?);
    let find = scoped(who.scope).filter(sea_orm::Condition::all().add_option(before.map(|before| Column::Version.lt(before))));
    let rows = find.order_by_desc(Column::Version).limit(limit + 1).all(&app.db().read_of(who.scope.vendor()).await?).await?;
    let page = Page::of(LIST, rows, limit, |row| row.version);
    let next_cursor = page.next_cursor;
    let data = page.data.iter().map(|row| AdmissionRuleVersion::of(row, &who)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor }))
}

/// Read the rules of admission that decide now.
#[utoipa::path(get, path = "/admission-rules/in-force", operation_id = "get_admission_rules_in_force", tag = "applications",
    security(("bearer" = ["applications:manage"])),
    responses((status = 200, description = "The rules in force.", body = AdmissionRulesInForce)))]
async fn get_admission_rules_in_force(State(app): State<App>, who: Can<may::ManageApplications>) -> Result<Json<AdmissionRulesInForce>, Problem> {
    let vendor = who.scope.vendor();
    let found = in_force(&app, &app.db().read_of(vendor).await?, vendor, app.clock().now()).await?;
    Ok(Json(AdmissionRulesInForce { version: found.version, rules: found.rules.clone() }))
}

/// Read a version of the rules of admission.
#[utoipa::path(get, path = "/admission-rules/{id}", operation_id = "get_admission_rules", tag = "applications",
    params(("id" = AdmissionRulesId, Path, description = "The version.")), security(("bearer" = ["applications:manage"])),
    responses((status = 200, description = "The version.", body = AdmissionRuleVersion)))]
async fn get_admission_rules(State(app): State<App>, who: Can<may::ManageApplications>, At(id): At<AdmissionRulesId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = scoped(who.scope).filter(Column::Id.eq(id.0)).one(&db).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &AdmissionRuleVersion::of(&row, &who)?).into_response(false))
}

/// Publish a draft, now or at a date. It never changes again.
#[utoipa::path(post, path = "/admission-rules/{id}/publish", operation_id = "publish_admission_rules", tag = "applications",
    params(("id" = AdmissionRulesId, Path, description = "The draft."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the draft must still have; 412 if it has another.")),
    request_body(content = Option<AdmissionRulesPublish>, description = "When it takes effect."),
    security(("bearer" = ["applications:manage"])),
    responses(
        (status = 200, description = "The published version.", body = AdmissionRuleVersion),
        (status = 412, description = "The draft has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn publish_admission_rules(
    State(app): State<App>,
    who: Can<may::ManageApplications>,
    At(id): At<AdmissionRulesId>,
    OptionalValid(body): OptionalValid<AdmissionRulesPublish>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| publish(tx, id, body).await).await
}
