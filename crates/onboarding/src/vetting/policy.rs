//! What the vendor wants checked, and where review and blocking begin: versioned.

use super::events::VettingPolicyPublished;
use super::{json, text};
use access::{Can, may};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::idempotency::Answer;
use kernel::rules::Expression;
use kernel::{App, Problem, Scope, Tx, Valid};
use sea_orm::{ConnectionTrait, Statement};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// The names that expressions may use.
const NAMES: &[&str] = &["subject", "partner"];

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VettingResult {
    /// Nothing speaks against it.
    Clear,
    /// A person has to look.
    Review,
    /// One does not do business with it.
    Blocked,
}

impl VettingResult {
    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Review => "review",
            Self::Blocked => "blocked",
        }
    }

    pub(crate) fn stored(text: &str) -> Self {
        match text {
            "blocked" => Self::Blocked,
            "review" => Self::Review,
            _ => Self::Clear,
        }
    }
}

/// Countries with which it is to be looked at, or not to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "embargo", "when": "subject.country in [\"KP\", \"IR\"]", "result": "blocked", "sentence": "No business with this country."}))]
pub struct VettingCountryRule {
    /// Names the rule; unique among these.
    #[validate(length(min = 1, max = 100), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub id: String,
    /// A CEL expression over `subject` (`kind`, `country`) and `partner` (`type`, `tier`, `region`, `country`, `custom_fields`).
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// What comes of it.
    pub result: VettingResult,
    /// Why, in a sentence.
    #[validate(length(min = 1, max = 500), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub sentence: String,
}

/// What the vendor wants checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"review_at": 80, "block_at": 97, "valid_days": 365, "free_mail": "review", "disposable_mail": "blocked", "wrong_tax_id": "review",
    "countries": [{"id": "embargo", "when": "subject.country in [\"KP\", \"IR\"]", "result": "blocked", "sentence": "No business with this country."}]}))]
pub struct VettingPolicy {
    /// From this score on a match is to be looked at, in hundredths.
    #[validate(range(min = 70, max = 100))]
    #[schema(minimum = 70, maximum = 100)]
    pub review_at: i64,
    /// From this score on a match blocks at once; 101 for never.
    #[validate(range(min = 80, max = 101))]
    #[schema(minimum = 80, maximum = 101)]
    pub block_at: i64,
    /// How long a check is good for.
    #[validate(range(min = 1, max = 3650))]
    #[schema(minimum = 1, maximum = 3650)]
    pub valid_days: i64,
    /// What comes of an address at a free mail service.
    pub free_mail: VettingResult,
    /// What comes of an address that is thrown away.
    pub disposable_mail: VettingResult,
    /// What comes of a tax number that its country does not give out.
    pub wrong_tax_id: VettingResult,
    /// Rules about countries; the worst of those that hold counts.
    #[validate(nested, length(max = 100))]
    #[schema(max_items = 100)]
    pub countries: Vec<VettingCountryRule>,
}

impl Default for VettingPolicy {
    fn default() -> Self {
        Self {
            review_at: 80,
            block_at: 97,
            valid_days: 365,
            free_mail: VettingResult::Review,
            disposable_mail: VettingResult::Blocked,
            wrong_tax_id: VettingResult::Review,
            countries: Vec::new(),
        }
    }
}

/// The policy in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"version": 1, "policy": {"review_at": 80, "block_at": 97, "valid_days": 365, "free_mail": "review", "disposable_mail": "blocked",
    "wrong_tax_id": "review", "countries": []}, "published_at": "2026-11-20T12:00:00Z"}))]
pub struct VettingPolicyVersion {
    /// Its number: checks name it. 0 is the standard policy, until the vendor has its own.
    pub version: i64,
    /// What it says.
    pub policy: VettingPolicy,
    /// When it was published; absent of the standard one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_at: Option<DateTime<Utc>>,
}

impl Resource for VettingPolicyVersion {
    fn revision(&self) -> Option<i64> {
        Some(self.version)
    }
}

/// Routes of the policy.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_vetting_policy, put_vetting_policy))
}

/// Read the vetting policy in force.
#[utoipa::path(get, path = "/vetting-policy", operation_id = "get_vetting_policy", tag = "vetting", security(("bearer" = ["vetting:read"])),
    responses((status = 200, description = "The policy.", body = VettingPolicyVersion)))]
async fn get_vetting_policy(State(app): State<App>, who: Can<may::ReadVetting>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    Ok(Answer::of(StatusCode::OK, &latest(&db, who.scope).await?).into_response(false))
}

/// Publish a vetting policy. It decides from now on; what was decided before stays until it is checked again.
#[utoipa::path(put, path = "/vetting-policy", operation_id = "put_vetting_policy", tag = "vetting", request_body = VettingPolicy,
    security(("bearer" = ["vetting:manage"])),
    responses((status = 200, description = "The policy, as a new version if it says something new.", body = VettingPolicyVersion)))]
async fn put_vetting_policy(State(app): State<App>, who: Can<may::ManageVetting>, Valid(body): Valid<VettingPolicy>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| put(tx, body).await).await
}

async fn put(tx: &mut Tx, policy: VettingPolicy) -> Result<VettingPolicyVersion, Problem> {
    let before = latest(tx, tx.scope()).await?;
    if before.policy == policy && before.version > 0 {
        return Ok(before);
    }
    if policy.block_at < policy.review_at {
        return Err(Problem::invalid("/block_at", "below_review", "Blocking does not begin below review."));
    }
    let mut seen = std::collections::HashSet::new();
    for (at, rule) in policy.countries.iter().enumerate() {
        if !seen.insert(&rule.id) {
            return Err(Problem::invalid(format!("/countries/{at}/id"), "repeated", "Two rules have this id."));
        }
        if let Err(cause) = Expression::compile(&rule.when, NAMES) {
            return Err(Problem::invalid(format!("/countries/{at}/when"), "rule", cause.to_string()));
        }
    }
    let made = VettingPolicyVersion { version: before.version + 1, policy, published_at: Some(tx.now()) };
    let sql = "INSERT INTO vetting_policies (vendor_id, version, body, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let values = [tx.vendor().0.into(), made.version.into(), text(&made.policy).into(), tx.now().into()];
    if tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected() == 0 {
        return Err(Problem::new(kernel::problem::kinds::CONFLICT).detail("Another policy was published at the same moment; send it again."));
    }
    tx.emit(VettingPolicyPublished { vetting_policy: made.clone() });
    Ok(made)
}

async fn latest(db: &impl ConnectionTrait, scope: Scope) -> Result<VettingPolicyVersion, Problem> {
    let sql = "SELECT version, body, created_at FROM vetting_policies WHERE vendor_id = $1 ORDER BY version DESC LIMIT 1";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [scope.vendor().0.into()])).await?;
    let Some(row) = row else { return Ok(VettingPolicyVersion { version: 0, policy: VettingPolicy::default(), published_at: None }) };
    let body: String = row.try_get("", "body")?;
    Ok(VettingPolicyVersion { version: row.try_get("", "version")?, policy: json(&body)?, published_at: Some(row.try_get("", "created_at")?) })
}

/// The policy that decides in this write.
pub async fn in_force(tx: &Tx) -> Result<VettingPolicyVersion, Problem> {
    latest(tx, tx.scope()).await
}
