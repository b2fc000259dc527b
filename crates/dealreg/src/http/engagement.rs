//! The rules of engagement over HTTP.

use crate::RulesId;
use crate::assignment::ChannelManagerRule;
use crate::engagement::{Compiled, DefaultAnswer, Engagement, EngagementRule, MatchingThresholds, ProgressRules, Protection, RoutingRule};
use crate::review::policy::ReviewPolicy;
use crate::service::{engagement as service, simulate};
use crate::simulation::{RulesSimulate, Simulation};
use access::{Can, Field, Permission, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::body::{not_null, present};
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::rulebooks::{self, Version};
use kernel::{Actor, App, At, OptionalValid, Page, PageQuery, Params, Problem, Valid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(draft_rules, list_rules))
        .routes(routes!(get_rules_in_force))
        .routes(routes!(get_rules, update_rules))
        .routes(routes!(simulate_rules))
        .routes(routes!(publish_rules))
}

/// Whether a version may still change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RulesStatus {
    /// May be changed, and decides nothing.
    Draft,
    /// Never changes again; decides from `effective_at` on, until a later version takes effect.
    Published,
}

/// A version of the rules of engagement.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "roe_01jd3k7x2mfq8t9v5w6y0zabcd", "version": 1, "status": "draft", "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["publish", "simulate", "update"],
    "engagement": {"title": "Deal registration", "text": "Register before you quote.",
        "protection": {"days": {"resale": 90}, "extension_days": 30, "extensions": 2, "warning_days": [14, 3]},
        "matching": {"same": 0.85, "review": 0.77}, "rules": [], "routing": [],
        "otherwise": {"outcome": "approve", "code": "no_objection", "sentence": "Nothing stands against this registration."}}}))]
pub struct RulesOfEngagement {
    /// Its id.
    pub id: RulesId,
    /// Its number: decisions name it. 0 stands for the standard rules.
    pub version: i64,
    /// Whether it may still change.
    pub status: RulesStatus,
    /// From when on it decides; absent on a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<DateTime<Utc>>,
    /// What it says.
    pub engagement: Engagement,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<String>,
}

impl RulesOfEngagement {
    /// A stored version, as the caller may see it.
    pub fn of(row: &Version, actor: &Actor) -> Result<Self, Problem> {
        let draft = row.is_draft();
        let manages = actor.grants & Permission::ManageRules.bit() != 0;
        let actions: &[&str] = match (manages, draft) {
            (true, true) => &["publish", "simulate", "update"],
            (true, false) => &["simulate"],
            (false, _) => &[],
        };
        Ok(Self {
            id: RulesId(row.id),
            version: row.version,
            status: if draft { RulesStatus::Draft } else { RulesStatus::Published },
            effective_at: row.effective_at,
            engagement: row.rules::<Compiled>()?.seen_by(actor),
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: actions.iter().map(ToString::to_string).collect(),
        })
    }
}

impl Resource for RulesOfEngagement {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/rules-of-engagement/{}", self.id))
    }
}

/// The rules that decide now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"version": 0, "engagement": {"title": "Standard rules of engagement", "text": "Register before you quote.",
    "protection": {"days": {}, "extension_days": 30, "extensions": 2, "warning_days": [14, 3]}, "matching": {"same": 0.85, "review": 0.77},
    "rules": [], "routing": [], "otherwise": {"outcome": "approve", "code": "no_objection", "sentence": "Nothing stands against this registration."}}}))]
pub struct RulesInForce {
    /// The version; 0 for the standard rules, which hold until the vendor publishes its own.
    pub version: i64,
    /// What it says.
    pub engagement: Engagement,
}

/// Changes to a draft: each member replaces what was there as a whole.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Deal registration, EMEA"}))]
pub struct EngagementPatch {
    /// A heading for people.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 200))]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// What partners read, in Markdown.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 50000))]
    #[schema(nullable = false, max_length = 50000)]
    pub text: Option<String>,
    /// How long deals are protected.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub protection: Option<Protection>,
    /// How alike customers must be.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub matching: Option<MatchingThresholds>,
    /// The first that holds decides.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 100), nested)]
    #[schema(nullable = false, max_items = 100)]
    pub rules: Option<Vec<EngagementRule>>,
    /// The first that holds routes a deal in review.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 100), nested)]
    #[schema(nullable = false, max_items = 100)]
    pub routing: Option<Vec<RoutingRule>>,
    /// The first that holds names a deal's channel manager.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 100), nested)]
    #[schema(nullable = false, max_items = 100)]
    pub channel_managers: Option<Vec<ChannelManagerRule>>,
    /// The answer when no rule holds.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub otherwise: Option<DefaultAnswer>,
    /// How long the steps of a dispute take.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub disputes: Option<crate::disputes::DisputeTerms>,
    /// The help that partners can ask for with a deal, and who is brought in.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub cosell: Option<crate::cosell::CosellTerms>,
    /// The progress that a protected deal must show; null asks for none.
    #[serde(default, deserialize_with = "present")]
    #[validate(nested)]
    pub progress: Option<Option<ProgressRules>>,
    /// The first that holds answers a request for more time.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 100), nested)]
    #[schema(nullable = false, max_items = 100)]
    pub extension_rules: Option<Vec<EngagementRule>>,
    /// Hours for which a customer that became free is kept for a partner that waited for it; null for 72.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 1, max = 720))]
    #[schema(minimum = 1, maximum = 720)]
    pub offer_hours: Option<Option<i64>>,
    /// How long reviews may take, and who approves; null takes it out.
    #[serde(default, deserialize_with = "present")]
    #[validate(nested)]
    #[schema(value_type = Option<ReviewPolicy>)]
    pub review: Option<Option<ReviewPolicy>>,
}

impl EngagementPatch {
    /// The rules with this patch put onto them.
    pub fn onto(self, now: Engagement) -> Engagement {
        Engagement {
            title: self.title.unwrap_or(now.title),
            text: self.text.unwrap_or(now.text),
            protection: self.protection.unwrap_or(now.protection),
            matching: self.matching.unwrap_or(now.matching),
            rules: self.rules.unwrap_or(now.rules),
            routing: self.routing.unwrap_or(now.routing),
            channel_managers: self.channel_managers.unwrap_or(now.channel_managers),
            otherwise: self.otherwise.unwrap_or(now.otherwise),
            disputes: self.disputes.unwrap_or(now.disputes),
            cosell: self.cosell.unwrap_or(now.cosell),
            progress: self.progress.unwrap_or(now.progress),
            extension_rules: self.extension_rules.unwrap_or(now.extension_rules),
            offer_hours: self.offer_hours.unwrap_or(now.offer_hours),
            review: self.review.unwrap_or(now.review),
        }
    }
}

/// When a draft is to take effect.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"effective_at": "2027-01-01T00:00:00Z"}))]
pub struct RulesPublish {
    /// Now if absent.
    pub effective_at: Option<DateTime<Utc>>,
}

/// Draft a version of the rules of engagement.
///
/// Its rules are CEL expressions over `deal`, `partner`, `customer`, `conflicts` and `now`, compiled here: one that does
/// not compile, or could take too long, is refused with its line and column.
#[utoipa::path(post, path = "/rules-of-engagement", operation_id = "draft_rules", tag = "rules of engagement", request_body = Engagement,
    security(("bearer" = ["rules:manage"])),
    responses((status = 201, description = "The draft.", body = RulesOfEngagement)))]
async fn draft_rules(State(app): State<App>, who: Can<may::ManageRules>, Valid(body): Valid<Engagement>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::draft(tx, body).await).await
}

/// List the versions of the rules of engagement, latest first; partners see published ones.
#[utoipa::path(get, path = "/rules-of-engagement", operation_id = "list_rules", tag = "rules of engagement", params(PageQuery),
    security(("bearer" = ["rules:read"])),
    responses((status = 200, description = "A page of versions.", body = Page<RulesOfEngagement>)))]
async fn list_rules(
    State(app): State<App>,
    who: Can<may::ReadRules>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<RulesOfEngagement>>, Problem> {
    let drafts = Field::DraftRules.shown_to(&who);
    let page = rulebooks::page::<Compiled>(&app.db().read_of(who.scope.vendor()).await?, who.scope, &query, drafts).await?;
    Ok(Json(page.try_map(|row| RulesOfEngagement::of(&row, &who))?))
}

/// Read the rules of engagement that decide now.
#[utoipa::path(get, path = "/rules-of-engagement/in-force", operation_id = "get_rules_in_force", tag = "rules of engagement",
    security(("bearer" = ["rules:read"])),
    responses((status = 200, description = "The rules in force.", body = RulesInForce)))]
async fn get_rules_in_force(State(app): State<App>, who: Can<may::ReadRules>) -> Result<Json<RulesInForce>, Problem> {
    let rules = service::in_force(&app, who.scope, app.clock().now()).await?;
    Ok(Json(RulesInForce { version: rules.version, engagement: rules.engagement.clone().seen_by(&who) }))
}

/// Read a version of the rules of engagement.
#[utoipa::path(get, path = "/rules-of-engagement/{id}", operation_id = "get_rules", tag = "rules of engagement",
    params(("id" = RulesId, Path, description = "The version.")), security(("bearer" = ["rules:read"])),
    responses((status = 200, description = "The version.", body = RulesOfEngagement)))]
async fn get_rules(State(app): State<App>, who: Can<may::ReadRules>, At(id): At<RulesId>) -> Result<Response, Problem> {
    let row = rulebooks::find::<Compiled>(&app.db().read_of(who.scope.vendor()).await?, who.scope, id.0).await?;
    if row.is_draft() && !Field::DraftRules.shown_to(&who) {
        return Err(Problem::not_found());
    }
    Ok(Answer::of(StatusCode::OK, &RulesOfEngagement::of(&row, &who)?).into_response(false))
}

/// Change a draft.
#[utoipa::path(patch, path = "/rules-of-engagement/{id}", operation_id = "update_rules", tag = "rules of engagement",
    params(("id" = RulesId, Path, description = "The draft.")), request_body = EngagementPatch, security(("bearer" = ["rules:manage"])),
    responses((status = 200, description = "The draft as it now is.", body = RulesOfEngagement)))]
async fn update_rules(
    State(app): State<App>,
    who: Can<may::ManageRules>,
    At(id): At<RulesId>,
    Valid(body): Valid<EngagementPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::patch(tx, id, body).await).await
}

/// Replay decided deals against a version: what it would have answered, in counts and amounts, and which answers would change.
///
/// Each deal is answered from its facts as they were seen then, so it is the rules that are compared, not what is known since.
#[utoipa::path(post, path = "/rules-of-engagement/{id}/simulate", operation_id = "simulate_rules", tag = "rules of engagement",
    params(("id" = RulesId, Path, description = "The version.")), request_body(content = Option<RulesSimulate>, description = "Which deals to replay."),
    security(("bearer" = ["rules:manage"])),
    responses((status = 200, description = "What it would have answered.", body = Simulation)))]
async fn simulate_rules(
    State(app): State<App>,
    who: Can<may::ManageRules>,
    At(id): At<RulesId>,
    OptionalValid(body): OptionalValid<RulesSimulate>,
) -> Result<Json<Simulation>, Problem> {
    simulate::simulate(&app, &who, id, body).await.map(Json)
}

/// Publish a draft, now or at a date. It never changes again.
#[utoipa::path(post, path = "/rules-of-engagement/{id}/publish", operation_id = "publish_rules", tag = "rules of engagement",
    params(("id" = RulesId, Path, description = "The draft."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the draft must still have; 412 if it has another.")),
    request_body(content = Option<RulesPublish>, description = "When it takes effect."),
    security(("bearer" = ["rules:manage"])),
    responses(
        (status = 200, description = "The published version.", body = RulesOfEngagement),
        (status = 412, description = "The draft has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn publish_rules(
    State(app): State<App>,
    who: Can<may::ManageRules>,
    At(id): At<RulesId>,
    OptionalValid(body): OptionalValid<RulesPublish>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::publish(tx, id, body).await).await
}
