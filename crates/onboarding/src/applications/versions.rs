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
    fn of(row: &Version, actor: &Actor) -> Result<Self, Problem> {
        let draft = row.is_draft();
        let publish = draft && actor.grants & Permission::ManageApplications.bit() != 0;
        Ok(Self {
            id: AdmissionRulesId(row.id),
            version: row.version,
            status: if draft { AdmissionRulesStatus::Draft } else { AdmissionRulesStatus::Published },
            effective_at: row.effective_at,
            rules: row.rules::<Rulebook>()?,
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

impl RuleSet for Rulebook {
    type Rules = AdmissionRules;
    const TABLE: &'static str = "admission_rules";
    const EVENTS: &'static str = "admission_rules";
    const PUBLISHED: Kind = error::ADMISSION_RULES_PUBLISHED;
    const PAST: Kind = error::ADMISSION_RULES_PAST;

    fn compile(rules: AdmissionRules, version: i64) -> Result<Self, Problem> {
        Self::of(rules, version)
    }
    fn rules(&self) -> &AdmissionRules {
        &self.rules
    }
    fn version(&self) -> i64 {
        self.version
    }
}

/// Forget compiled rules when a vendor publishes. Once, at start.
pub fn follow(app: &App) {
    rulebooks::follow::<Rulebook>(app);
}

/// The rules in force at `now`, or the standard ones.
pub async fn in_force(app: &App, db: &impl ConnectionTrait, vendor: VendorId, now: DateTime<Utc>) -> Result<Arc<Rulebook>, Problem> {
    Ok(rulebooks::in_force(app, db, vendor, now).await?.unwrap_or_else(standard))
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

async fn draft(tx: &mut Tx, rules: AdmissionRules) -> Result<AdmissionRuleVersion, Problem> {
    let drafted: Rulebook = rulebooks::next(tx, rules).await?;
    for (at, reviewer) in drafted.rules.reviewers.iter().enumerate() {
        if super::review::reviewer(tx, reviewer.assignee_id).await?.is_none() {
            let detail = "Name an active person of the vendor.";
            return Err(Problem::invalid(format!("/reviewers/{at}/assignee_id"), "no_such_person", detail));
        }
    }
    let shown = AdmissionRuleVersion::of(&rulebooks::draft(tx, AdmissionRulesId::fresh().0, &drafted).await?, tx.actor())?;
    tx.emit(AdmissionRulesDrafted { admission_rules: shown.clone() });
    Ok(shown)
}

async fn publish(tx: &mut Tx, id: AdmissionRulesId, when: AdmissionRulesPublish) -> Result<AdmissionRuleVersion, Problem> {
    let row = rulebooks::draft_at_hand::<Rulebook>(tx, id.0).await?;
    let shown = AdmissionRuleVersion::of(&rulebooks::publish::<Rulebook>(tx, row, when.effective_at).await?, tx.actor())?;
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

/// List the versions of the rules of admission, latest first.
#[utoipa::path(get, path = "/admission-rules", operation_id = "list_admission_rules", tag = "applications", params(PageQuery),
    security(("bearer" = ["applications:manage"])),
    responses((status = 200, description = "A page of versions.", body = Page<AdmissionRuleVersion>)))]
async fn list_admission_rules(
    State(app): State<App>,
    who: Can<may::ManageApplications>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<AdmissionRuleVersion>>, Problem> {
    let page = rulebooks::page::<Rulebook>(&app.db().read_of(who.scope.vendor()).await?, who.scope, &query, true).await?;
    Ok(Json(page.try_map(|row| AdmissionRuleVersion::of(&row, &who))?))
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
    let row = rulebooks::find::<Rulebook>(&db, who.scope, id.0).await?;
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
