//! Check providers on the wire.

use super::CheckProviderId;
use crate::vetting::rules::VettingKind;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::body::not_null;
use kernel::text::not_blank;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// What a provider checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckProviderKind {
    /// Whether it pays its bills.
    Credit,
    /// Whether anything bad is published about it.
    AdverseMedia,
    /// Who owns it in the end.
    BeneficialOwners,
    /// Whether its tax number is one that is in use, and its own.
    Tax,
    /// Whatever else the vendor wants to know.
    Custom,
}

impl CheckProviderKind {
    /// Its kind in the register.
    pub fn in_register(self) -> VettingKind {
        match self {
            Self::Credit => VettingKind::Credit,
            Self::AdverseMedia => VettingKind::AdverseMedia,
            Self::BeneficialOwners => VettingKind::BeneficialOwners,
            Self::Tax => VettingKind::Tax,
            Self::Custom => VettingKind::Custom,
        }
    }
}

/// What a provider may be told of a subject besides its kind, id and name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckProviderField {
    /// Its country.
    Country,
    /// When an owner was born.
    BirthDate,
    /// A company's tax number.
    TaxId,
    /// A company's website.
    Website,
    /// The owners of a partner, with their shares.
    Owners,
}

/// What comes of it when a provider does not answer in time, or refuses to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckProviderUnanswered {
    /// A person has to look.
    #[default]
    Review,
    /// As if nothing spoke against it.
    Pass,
    /// As if the provider had said `fail`.
    Fail,
}

/// What is said of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Creditwatch", "url": "https://checks.example.com/prm", "kind": "credit",
    "when": "subject.kind == \"partner\" && partner.type == \"reseller\"", "sends": ["country", "tax_id"], "answer_minutes": 1440,
    "unanswered": "review", "blocks": false, "valid_days": 365}))]
pub struct CheckProviderCreate {
    /// Names it for people; unique among the vendor's.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// Where it is asked.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub url: String,
    /// What it checks.
    pub kind: CheckProviderKind,
    /// About whom it is asked: a CEL expression over `subject` (`kind`, `country`) and `partner` (`type`, `tier`, `region`, `country`, `custom_fields`).
    /// Where that cannot be told, it is asked.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// What it is told of a subject besides its kind, id and name.
    #[validate(length(max = 10))]
    #[schema(max_items = 10)]
    #[serde(default)]
    pub sends: Vec<CheckProviderField>,
    /// How long a request may go without an answer, in minutes.
    #[validate(range(min = 5, max = 43_200))]
    #[schema(minimum = 5, maximum = 43_200)]
    #[serde(default = "a_day")]
    pub answer_minutes: i64,
    /// What comes of it when it does not answer in time, or refuses to.
    #[serde(default)]
    pub unanswered: CheckProviderUnanswered,
    /// Whether `fail` blocks at once; else it waits for a person.
    #[serde(default)]
    pub blocks: bool,
    /// How many days an answer is good for that does not say so itself; then it is asked again.
    #[validate(range(min = 1, max = 3650))]
    #[schema(minimum = 1, maximum = 3650)]
    #[serde(default = "a_year")]
    pub valid_days: i64,
}

fn a_day() -> i64 {
    1_440
}

fn a_year() -> i64 {
    365
}

/// What is to change of a provider (JSON merge patch): what is absent stays.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"answer_minutes": 720, "valid_days": 180}))]
pub struct CheckProviderPatch {
    /// Names it for people.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// Where it is asked.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000, nullable = false)]
    pub url: Option<String>,
    /// About whom it is asked.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000, nullable = false)]
    pub when: Option<String>,
    /// What it is told of a subject besides its kind, id and name: the whole list.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 10))]
    #[schema(max_items = 10, nullable = false)]
    pub sends: Option<Vec<CheckProviderField>>,
    /// How long a request may go without an answer, in minutes.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(range(min = 5, max = 43_200))]
    #[schema(minimum = 5, maximum = 43_200, nullable = false)]
    pub answer_minutes: Option<i64>,
    /// What comes of it when it does not answer in time, or refuses to.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub unanswered: Option<CheckProviderUnanswered>,
    /// Whether `fail` blocks at once.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub blocks: Option<bool>,
    /// How many days an answer is good for.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(range(min = 1, max = 3650))]
    #[schema(minimum = 1, maximum = 3650, nullable = false)]
    pub valid_days: Option<i64>,
}

impl CheckProviderPatch {
    /// Put it on what was said before.
    pub fn onto(self, mut said: CheckProviderCreate) -> CheckProviderCreate {
        said.name = self.name.unwrap_or(said.name);
        said.url = self.url.unwrap_or(said.url);
        said.when = self.when.unwrap_or(said.when);
        said.sends = self.sends.unwrap_or(said.sends);
        said.answer_minutes = self.answer_minutes.unwrap_or(said.answer_minutes);
        said.unanswered = self.unanswered.unwrap_or(said.unanswered);
        said.blocks = self.blocks.unwrap_or(said.blocks);
        said.valid_days = self.valid_days.unwrap_or(said.valid_days);
        said
    }
}

/// Whether a provider is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckProviderStatus {
    /// It is.
    Active,
    /// It is asked nothing.
    Paused,
}

impl CheckProviderStatus {
    /// Its name in the database.
    pub fn wire(self) -> &'static str {
        if self == Self::Active { "active" } else { "paused" }
    }

    /// What may be done with a provider of this status.
    pub fn legal_actions(self) -> &'static [CheckProviderAction] {
        match self {
            Self::Active => &[CheckProviderAction::Pause, CheckProviderAction::RotateSecret],
            Self::Paused => &[CheckProviderAction::Resume, CheckProviderAction::RotateSecret],
        }
    }
}

/// What may be done with a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckProviderAction {
    /// Ask it nothing any more.
    Pause,
    /// Ask it again.
    Resume,
    /// Sign calls to it with new keys.
    RotateSecret,
}

/// Who outside answers a kind of check.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "chp_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Creditwatch", "url": "https://checks.example.com/prm", "kind": "credit",
    "when": "subject.kind == \"partner\"", "sends": ["country", "tax_id"], "answer_minutes": 1440, "unanswered": "review", "blocks": false, "valid_days": 365,
    "status": "active", "public_key": "whpk_MCowBQYDK2VwAyEA", "revision": 1, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z",
    "available_actions": ["pause", "rotate_secret"]}))]
pub struct CheckProvider {
    /// Its id.
    pub id: CheckProviderId,
    /// Names it for people.
    pub name: String,
    /// Where it is asked.
    pub url: String,
    /// What it checks. More kinds may come.
    pub kind: CheckProviderKind,
    /// About whom it is asked.
    pub when: String,
    /// What it is told of a subject besides its kind, id and name.
    pub sends: Vec<CheckProviderField>,
    /// How long a request may go without an answer, in minutes.
    pub answer_minutes: i64,
    /// What comes of it when it does not answer in time, or refuses to.
    pub unanswered: CheckProviderUnanswered,
    /// Whether `fail` blocks at once.
    pub blocks: bool,
    /// How many days an answer is good for that does not say so itself.
    pub valid_days: i64,
    /// Whether it is asked.
    pub status: CheckProviderStatus,
    /// The public key by which it checks `v1a` signatures.
    pub public_key: String,
    /// Raised with every change.
    pub revision: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<CheckProviderAction>,
}

impl Resource for CheckProvider {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/check-providers/{}", self.id))
    }
}

/// The secret by which a provider checks `v1` signatures. It is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "public_key": "whpk_MCowBQYDK2VwAyEA"}))]
pub struct CheckProviderSecret {
    /// The symmetric secret.
    pub secret: String,
    /// The public key.
    pub public_key: String,
}

impl Resource for CheckProviderSecret {}
