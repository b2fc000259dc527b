//! What new partners are given: the vendor's provisioning policy, versioned.

use super::events::{ProvisioningPolicyPublished, ProvisioningSecretRotated};
use super::keys;
use crate::asking::Settings;
use crate::vetting::{json, text};
use access::portals::{PortalId, portal};
use access::{Can, RoleName, may};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Duration, Utc};
use kernel::app::Resource;
use kernel::idempotency::Answer;
use kernel::problem::FieldError;
use kernel::rules::Expression;
use kernel::{App, Problem, Scope, Tx, Valid, guard};
use partners::contacts::PartnerFunction;
use sea_orm::{ConnectionTrait, EntityTrait as _, Statement};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::{Validate, ValidationError};

/// The names that expressions may use.
pub const NAMES: &[&str] = &["partner"];
/// What signed before a rotation signs along for so long.
const OVERLAP: Duration = Duration::hours(24);

/// Which contacts become people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"function": "sales", "role": "sales"}))]
pub struct ProvisioningPeople {
    /// Contacts who are there for this.
    pub function: PartnerFunction,
    /// The role that they get: one of a partner's.
    pub role: RoleName,
}

/// Who gets what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "resellers", "when": "partner.type == \"reseller\"", "environments": ["sandbox", "demo"],
    "people": [{"function": "sales", "role": "sales"}]}))]
pub struct ProvisioningRule {
    /// Names the rule; unique among these.
    #[validate(length(min = 1, max = 100), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub id: String,
    /// A CEL expression over `partner`, as `GET /v1/partners/{id}` shows it.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// The environments to be asked for, as the provisioner knows them.
    #[validate(length(max = 20), custom(function = each_fits))]
    #[schema(max_items = 20)]
    #[serde(default)]
    pub environments: Vec<String>,
    /// The contacts to be made people and invited.
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    #[serde(default)]
    pub people: Vec<ProvisioningPeople>,
}

fn each_fits(names: &[String]) -> Result<(), ValidationError> {
    if names.iter().all(|name| !name.trim().is_empty() && name.chars().count() <= 100) {
        return Ok(());
    }
    Err(ValidationError::new("length").with_message("Each has 1 to 100 characters.".into()))
}

/// What new partners are given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://provisioner.example.com/prm", "answer_minutes": 1440, "rules": [{"id": "resellers",
    "when": "partner.type == \"reseller\"", "environments": ["sandbox", "demo"], "people": [{"function": "sales", "role": "sales"}]}]}))]
pub struct ProvisioningPolicy {
    /// Where environments are asked for: the vendor's provisioner.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// How long a request may go without an answer, in minutes; then it has failed.
    #[validate(range(min = 5, max = 43_200))]
    #[schema(minimum = 5, maximum = 43_200)]
    pub answer_minutes: i64,
    /// The portal through which people are invited; absent, they are added and not invited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal_id: Option<PortalId>,
    /// Who gets what. Every rule that holds counts.
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub rules: Vec<ProvisioningRule>,
}

impl Default for ProvisioningPolicy {
    fn default() -> Self {
        Self { url: None, answer_minutes: 1_440, portal_id: None, rules: Vec::new() }
    }
}

/// The policy in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"version": 1, "policy": {"url": "https://provisioner.example.com/prm", "answer_minutes": 1440, "rules": []},
    "public_key": "whpk_MCowBQYDK2VwAyEA", "published_at": "2026-11-20T12:00:00Z"}))]
pub struct ProvisioningPolicyVersion {
    /// Its number: grants name it. 0 gives nothing, until the vendor has one.
    pub version: i64,
    /// What it says.
    pub policy: ProvisioningPolicy,
    /// The public key by which the provisioner checks `v1a` signatures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_at: Option<DateTime<Utc>>,
}

impl Resource for ProvisioningPolicyVersion {
    fn revision(&self) -> Option<i64> {
        Some(self.version)
    }
}

/// The secret by which the provisioner checks `v1` signatures. It is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "public_key": "whpk_MCowBQYDK2VwAyEA"}))]
pub struct ProvisioningSecret {
    /// The symmetric secret.
    pub secret: String,
    /// The public key.
    pub public_key: String,
}

impl Resource for ProvisioningSecret {}

/// Routes of the policy.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_provisioning_policy, put_provisioning_policy)).routes(routes!(rotate_provisioning_secret))
}

/// Read the provisioning policy in force.
#[utoipa::path(get, path = "/provisioning-policy", operation_id = "get_provisioning_policy", tag = "onboarding",
    security(("bearer" = ["onboarding:manage"])),
    responses((status = 200, description = "The policy.", body = ProvisioningPolicyVersion)))]
async fn get_provisioning_policy(State(app): State<App>, who: Can<may::ManageOnboarding>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let mut found = latest(&db, who.scope).await?;
    found.public_key = keys::of(&app, &db, who.scope.vendor()).await?.map(|keys| keys.public_key());
    Ok(Answer::of(StatusCode::OK, &found).into_response(false))
}

/// Publish a provisioning policy. It counts for partners that enter onboarding from now on.
#[utoipa::path(put, path = "/provisioning-policy", operation_id = "put_provisioning_policy", tag = "onboarding", request_body = ProvisioningPolicy,
    security(("bearer" = ["onboarding:manage"])),
    responses((status = 200, description = "The policy, as a new version if it says something new.", body = ProvisioningPolicyVersion)))]
async fn put_provisioning_policy(
    State(app): State<App>,
    who: Can<may::ManageOnboarding>,
    Valid(body): Valid<ProvisioningPolicy>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| put(tx, body).await).await
}

/// Sign calls to the provisioner with new keys. Those before sign along for 24 hours.
#[utoipa::path(post, path = "/provisioning-policy/rotate-secret", operation_id = "rotate_provisioning_secret", tag = "onboarding",
    security(("bearer" = ["onboarding:manage"])),
    responses((status = 200, description = "The new secret, shown this once.", body = ProvisioningSecret)))]
async fn rotate_provisioning_secret(State(app): State<App>, who: Can<may::ManageOnboarding>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| rotate(tx).await).await
}

async fn rotate(tx: &mut Tx) -> Result<ProvisioningSecret, Problem> {
    let mut keys = keys::made(tx).await?;
    keys.rotate(tx.now(), OVERLAP);
    keys::keep(tx, &keys).await?;
    let mut provisioning_policy = latest(tx, tx.scope()).await?;
    provisioning_policy.public_key = Some(keys.public_key());
    tx.emit(ProvisioningSecretRotated { provisioning_policy });
    Ok(ProvisioningSecret { secret: keys.secret(), public_key: keys.public_key() })
}

async fn put(tx: &mut Tx, policy: ProvisioningPolicy) -> Result<ProvisioningPolicyVersion, Problem> {
    let mut before = latest(tx, tx.scope()).await?;
    if before.policy == policy && before.version > 0 {
        before.public_key = Some(keys::made(tx).await?.public_key());
        return Ok(before);
    }
    check(tx, &policy).await?;
    let public_key = Some(keys::made(tx).await?.public_key());
    let made = ProvisioningPolicyVersion { version: before.version + 1, policy, public_key, published_at: Some(tx.now()) };
    let sql = "INSERT INTO provisioning_policies (vendor_id, version, body, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let values = [tx.vendor().0.into(), made.version.into(), text(&made.policy).into(), tx.now().into()];
    if tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected() == 0 {
        return Err(Problem::new(kernel::problem::kinds::CONFLICT).detail("Another policy was published at the same moment; send it again."));
    }
    tx.emit(ProvisioningPolicyPublished { provisioning_policy: made.clone() });
    Ok(made)
}

/// 422 naming everything that is wrong.
async fn check(tx: &Tx, policy: &ProvisioningPolicy) -> Result<(), Problem> {
    let (mut errors, mut ids) = (Vec::new(), HashSet::new());
    if let Some(Err(sentence)) = policy.url.as_deref().map(|url| guard::read_url(url, tx.app().service::<Settings>().allow_private)) {
        errors.push(FieldError::new("/url", "url", sentence));
    }
    for (at, rule) in policy.rules.iter().enumerate() {
        if !ids.insert(&rule.id) {
            errors.push(FieldError::new(format!("/rules/{at}/id"), "repeated", "Two rules have this id."));
        }
        if let Err(cause) = Expression::compile(&rule.when, NAMES) {
            errors.push(FieldError::new(format!("/rules/{at}/when"), cause.code, cause.to_string()));
        }
        if !rule.environments.is_empty() && policy.url.is_none() {
            errors.push(FieldError::new(format!("/rules/{at}/environments"), "no_provisioner", "Say with `url` where they are asked for."));
        }
        for (place, people) in rule.people.iter().enumerate() {
            if !partners_role(tx, &people.role).await? {
                errors.push(FieldError::new(format!("/rules/{at}/people/{place}/role"), "no_such_role", "Name a role of partners."));
            }
        }
    }
    if let Some(id) = policy.portal_id
        && portal::Entity::find_by_id((tx.vendor().0, id.0)).one(tx).await?.is_none()
    {
        errors.push(FieldError::new("/portal_id", "not_found", "The vendor has no such portal."));
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_all(errors)) }
}

/// Whether the caller may give this role to a partner's people: then the policy may.
async fn partners_role(tx: &Tx, role: &RoleName) -> Result<bool, Problem> {
    match access::people::check_role(tx, role, Some(kernel::id::PartnerId(uuid::Uuid::nil()))).await {
        Ok(()) => Ok(true),
        Err(problem) if problem.kind.status >= 500 => Err(problem),
        Err(_) => Ok(false),
    }
}

/// The latest policy, without its key.
pub async fn latest(db: &impl ConnectionTrait, scope: Scope) -> Result<ProvisioningPolicyVersion, Problem> {
    let sql = "SELECT version, body, created_at FROM provisioning_policies WHERE vendor_id = $1 ORDER BY version DESC LIMIT 1";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [scope.vendor().0.into()])).await?;
    let Some(row) = row else {
        return Ok(ProvisioningPolicyVersion { version: 0, policy: ProvisioningPolicy::default(), public_key: None, published_at: None });
    };
    let body: String = row.try_get("", "body")?;
    let published_at = Some(row.try_get("", "created_at")?);
    Ok(ProvisioningPolicyVersion { version: row.try_get("", "version")?, policy: json(&body)?, public_key: None, published_at })
}
