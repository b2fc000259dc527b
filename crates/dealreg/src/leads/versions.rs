//! Versions of the rules for leads and referrals: drafted, published, in force.

use super::LeadRulesId;
use super::events::{LeadRulesDrafted, LeadRulesPublished};
use super::rulebook::{LeadRules, Rulebook};
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
use kernel::{Actor, App, At, OptionalValid, Page, PageQuery, Params, Problem, Scope, Tx, Valid};
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
pub enum LeadRulesStatus {
    /// Decides nothing.
    Draft,
    /// Never changes again; decides from `effective_at` on, until a later version takes effect.
    Published,
}

/// A version of the rules for leads and referrals.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "lru_01jd3k7x2mfq8t9v5w6y0zabcd", "version": 1, "status": "draft", "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["publish"],
    "rules": {"title": "Leads, EMEA", "points": [], "distribute_from": 0, "eligibility": [], "pins": [],
        "weights": {"territory": 25, "specialisation": 20, "certification": 10, "tier": 10, "capacity": 10, "acceptance": 10, "speed": 5,
            "conversion": 5, "wins": 5},
        "tiers": {"gold": 100}, "shares": {"gold": 3}, "near": 5, "open_leads": 20,
        "offer": {"hours": 48, "warning_hours": [12], "most": 10, "preview": ["company", "amount"]},
        "on_duplicate": "hold", "on_protected": "to_holder", "referrals": {"days": 180, "rewards": []}}}))]
pub struct LeadRuleVersion {
    /// Its id.
    pub id: LeadRulesId,
    /// Its number: scores, offers and rewards name it. 0 stands for the standard rules.
    pub version: i64,
    /// Whether it decides.
    pub status: LeadRulesStatus,
    /// From when on it decides; absent on a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<DateTime<Utc>>,
    /// What it says.
    pub rules: LeadRules,
    /// Raised with every change.
    pub revision: i64,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<String>,
}

impl Resource for LeadRuleVersion {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/lead-rules/{}", self.id))
    }
}

impl LeadRuleVersion {
    fn of(row: &Version, actor: &Actor) -> Result<Self, Problem> {
        let draft = row.is_draft();
        let publish = draft && actor.grants & Permission::ManageLeads.bit() != 0;
        Ok(Self {
            id: LeadRulesId(row.id),
            version: row.version,
            status: if draft { LeadRulesStatus::Draft } else { LeadRulesStatus::Published },
            effective_at: row.effective_at,
            rules: row.rules::<Rulebook>()?,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: publish.then(|| "publish".to_owned()).into_iter().collect(),
        })
    }
}

/// The rules for leads that decide now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"version": 0, "rules": {"title": "Leads, EMEA", "points": [], "distribute_from": 0, "eligibility": [], "pins": [],
        "weights": {"territory": 25, "specialisation": 20, "certification": 10, "tier": 10, "capacity": 10, "acceptance": 10, "speed": 5,
            "conversion": 5, "wins": 5},
        "tiers": {"gold": 100}, "shares": {"gold": 3}, "near": 5, "open_leads": 20,
        "offer": {"hours": 48, "warning_hours": [12], "most": 10, "preview": ["company", "amount"]},
        "on_duplicate": "hold", "on_protected": "to_holder", "referrals": {"days": 180, "rewards": []}}}))]
pub struct LeadRulesInForce {
    /// The version; 0 for the standard rules, which hold until the vendor publishes its own.
    pub version: i64,
    /// What it says.
    pub rules: LeadRules,
}

/// When a draft is to take effect.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"effective_at": "2027-01-01T00:00:00Z"}))]
pub struct LeadRulesPublish {
    /// Now if absent.
    pub effective_at: Option<DateTime<Utc>>,
}

impl RuleSet for Rulebook {
    type Rules = LeadRules;
    const TABLE: &'static str = "lead_rules";
    const EVENTS: &'static str = "lead_rules";
    const PUBLISHED: Kind = error::RULES_PUBLISHED;
    const PAST: Kind = error::RULES_PAST;

    fn compile(rules: LeadRules, version: i64) -> Result<Self, Problem> {
        Self::of(rules, version)
    }
    fn rules(&self) -> &LeadRules {
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
    STANDARD.get_or_init(|| Arc::new(Rulebook::of(LeadRules::default(), 0).unwrap_or_else(|_| unreachable!("it has no expressions")))).clone()
}

async fn draft(tx: &mut Tx, rules: LeadRules) -> Result<LeadRuleVersion, Problem> {
    let drafted: Rulebook = rulebooks::next(tx, rules).await?;
    for (at, pin) in drafted.rules.pins.iter().enumerate() {
        if partners::find(tx, Scope::vendor_wide(tx.vendor()), pin.partner_id).await?.is_none() {
            return Err(Problem::invalid(format!("/pins/{at}/partner_id"), "no_such_partner", "There is no such partner."));
        }
    }
    let shown = LeadRuleVersion::of(&rulebooks::draft(tx, LeadRulesId::fresh().0, &drafted).await?, tx.actor())?;
    tx.emit(LeadRulesDrafted { lead_rules: shown.clone() });
    Ok(shown)
}

async fn publish(tx: &mut Tx, id: LeadRulesId, when: LeadRulesPublish) -> Result<LeadRuleVersion, Problem> {
    let row = rulebooks::draft_at_hand::<Rulebook>(tx, id.0).await?;
    let shown = LeadRuleVersion::of(&rulebooks::publish::<Rulebook>(tx, row, when.effective_at).await?, tx.actor())?;
    tx.emit(LeadRulesPublished { lead_rules: shown.clone() });
    Ok(shown)
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(draft_lead_rules, list_lead_rules))
        .routes(routes!(get_lead_rules_in_force))
        .routes(routes!(get_lead_rules))
        .routes(routes!(publish_lead_rules))
}

/// Draft a version of the rules for leads and referrals.
///
/// Its rules are CEL expressions, compiled here: one that does not compile, or could take too long, is refused with its line and column.
#[utoipa::path(post, path = "/lead-rules", operation_id = "draft_lead_rules", tag = "leads", request_body = LeadRules,
    security(("bearer" = ["leads:manage"])),
    responses((status = 201, description = "The draft.", body = LeadRuleVersion)))]
async fn draft_lead_rules(State(app): State<App>, who: Can<may::ManageLeads>, Valid(body): Valid<LeadRules>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| draft(tx, body).await).await
}

/// List the versions of the rules for leads, latest first.
#[utoipa::path(get, path = "/lead-rules", operation_id = "list_lead_rules", tag = "leads", params(PageQuery),
    security(("bearer" = ["leads:manage"])),
    responses((status = 200, description = "A page of versions.", body = Page<LeadRuleVersion>)))]
async fn list_lead_rules(
    State(app): State<App>,
    who: Can<may::ManageLeads>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<LeadRuleVersion>>, Problem> {
    let page = rulebooks::page::<Rulebook>(&app.db().read_of(who.scope.vendor()).await?, who.scope, &query, true).await?;
    Ok(Json(page.try_map(|row| LeadRuleVersion::of(&row, &who))?))
}

/// Read the rules for leads that decide now.
#[utoipa::path(get, path = "/lead-rules/in-force", operation_id = "get_lead_rules_in_force", tag = "leads",
    security(("bearer" = ["leads:manage"])),
    responses((status = 200, description = "The rules in force.", body = LeadRulesInForce)))]
async fn get_lead_rules_in_force(State(app): State<App>, who: Can<may::ManageLeads>) -> Result<Json<LeadRulesInForce>, Problem> {
    let vendor = who.scope.vendor();
    let found = in_force(&app, &app.db().read_of(vendor).await?, vendor, app.clock().now()).await?;
    Ok(Json(LeadRulesInForce { version: found.version, rules: found.rules.clone() }))
}

/// Read a version of the rules for leads.
#[utoipa::path(get, path = "/lead-rules/{id}", operation_id = "get_lead_rules", tag = "leads",
    params(("id" = LeadRulesId, Path, description = "The version.")), security(("bearer" = ["leads:manage"])),
    responses((status = 200, description = "The version.", body = LeadRuleVersion)))]
async fn get_lead_rules(State(app): State<App>, who: Can<may::ManageLeads>, At(id): At<LeadRulesId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = rulebooks::find::<Rulebook>(&db, who.scope, id.0).await?;
    Ok(Answer::of(StatusCode::OK, &LeadRuleVersion::of(&row, &who)?).into_response(false))
}

/// Publish a draft, now or at a date. It never changes again.
#[utoipa::path(post, path = "/lead-rules/{id}/publish", operation_id = "publish_lead_rules", tag = "leads",
    params(("id" = LeadRulesId, Path, description = "The draft."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the draft must still have; 412 if it has another.")),
    request_body(content = Option<LeadRulesPublish>, description = "When it takes effect."),
    security(("bearer" = ["leads:manage"])),
    responses(
        (status = 200, description = "The published version.", body = LeadRuleVersion),
        (status = 412, description = "The draft has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn publish_lead_rules(
    State(app): State<App>,
    who: Can<may::ManageLeads>,
    At(id): At<LeadRulesId>,
    OptionalValid(body): OptionalValid<LeadRulesPublish>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| publish(tx, id, body).await).await
}
