//! What goes over the wire of the ideal partner profile.

use super::IdealProfileId;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::PartnerId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// Something that the vendor looks for in a partner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "cloud", "name": "Cloud practice", "when": "\"cloud\" in company.specialisations", "weight": 30,
    "text": "They sell cloud projects already."}))]
pub struct IdealProfileCriterion {
    /// Names the criterion; unique in the profile.
    #[validate(length(min = 1, max = 100), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub id: String,
    /// A heading for people.
    #[validate(length(min = 1, max = 200), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// A CEL expression over `company` (`name`, `type`, `country`, `region`, `regions`, `languages`, `specialisations`, `tier`, `status`, `website`,
    /// `domain`), `fields` (custom fields; of an applicant, the answers), `esg` and `now`. What is not on record is absent, never null or empty. `esg` is what
    /// the vendor has verified of a partner's sustainability and is not over: `certificates` and `standards` (their names), `kinds`, `scores` (by standard)
    /// and `valid_count`; of an applicant it is absent.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// What it counts among the others.
    #[validate(range(min = 1, max = 1000))]
    #[schema(minimum = 1, maximum = 1000)]
    pub weight: i64,
    /// Why it matters, in a sentence.
    #[validate(length(min = 1, max = 1000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub text: String,
}

/// What a version of the ideal partner profile says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Cloud reseller, EMEA", "criteria": [{"id": "cloud", "name": "Cloud practice",
    "when": "\"cloud\" in company.specialisations", "weight": 30, "text": "They sell cloud projects already."}]}))]
pub struct IdealProfile {
    /// A heading for people.
    #[validate(length(min = 1, max = 200), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub title: String,
    /// What is looked for.
    #[validate(length(min = 1, max = 50), nested)]
    #[schema(min_items = 1, max_items = 50)]
    pub criteria: Vec<IdealProfileCriterion>,
}

/// Whether a version scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdealProfileStatus {
    /// Scores nobody, except in a simulation.
    Draft,
    /// Never changes again; scores from `effective_at` on, until a later version takes effect.
    Published,
}

/// A version of the ideal partner profile.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "ipp_01jd3k7x2mfq8t9v5w6y0zabcd", "version": 1, "status": "draft", "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["publish", "simulate"],
    "profile": {"title": "Cloud reseller, EMEA", "criteria": [{"id": "cloud", "name": "Cloud practice",
        "when": "\"cloud\" in company.specialisations", "weight": 30, "text": "They sell cloud projects already."}]}}))]
pub struct IdealProfileVersion {
    /// Its id.
    pub id: IdealProfileId,
    /// Its number: scores name it.
    pub version: i64,
    /// Whether it scores.
    pub status: IdealProfileStatus,
    /// From when on it scores; absent on a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<DateTime<Utc>>,
    /// What it says.
    pub profile: IdealProfile,
    /// Raised with every change.
    pub revision: i64,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<String>,
}

impl Resource for IdealProfileVersion {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/ideal-profiles/{}", self.id))
    }
}

/// When a draft is to take effect.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"effective_at": "2027-01-01T00:00:00Z"}))]
pub struct IdealProfilePublish {
    /// Now if absent.
    pub effective_at: Option<DateTime<Utc>>,
}

/// What became of a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProfileResult {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It cannot be told: a fact is not on record.
    Unknown,
}

/// One criterion of a score, explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"id": "cloud", "name": "Cloud practice", "text": "They sell cloud projects already.", "result": "true", "weight": 30, "points": 30}))]
pub struct ProfileScoreCriterion {
    /// The criterion.
    pub id: String,
    /// Its heading.
    pub name: String,
    /// Why it matters.
    pub text: String,
    /// What became of it.
    pub result: ProfileResult,
    /// What it counts.
    pub weight: i64,
    /// What it earned: its weight, or nothing.
    pub points: i64,
    /// Why it cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// How well a company fits the profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"version": 2, "score": 60, "at_most": 80, "criteria": [{"id": "cloud", "name": "Cloud practice",
    "text": "They sell cloud projects already.", "result": "true", "weight": 30, "points": 30}], "scored_at": "2026-11-20T12:00:00Z"}))]
pub struct ProfileScore {
    /// The version of the profile.
    pub version: i64,
    /// What of the weight is sure to be met, in hundredths.
    pub score: i64,
    /// What it would be if all that is unknown were met.
    pub at_most: i64,
    /// Each criterion, explained.
    pub criteria: Vec<ProfileScoreCriterion>,
    /// When it was scored.
    pub scored_at: DateTime<Utc>,
}

impl Resource for ProfileScore {}

/// How well a partner fits, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Northwind", "version": 2, "score": 60, "at_most": 80}))]
pub struct PartnerProfileScore {
    /// The partner.
    pub partner_id: PartnerId,
    /// Its name.
    pub name: String,
    /// The version of the profile.
    pub version: i64,
    /// What of the weight is sure to be met, in hundredths.
    pub score: i64,
    /// What it would be if all that is unknown were met.
    pub at_most: i64,
}

/// What a simulation looks at.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"limit": 500}))]
pub struct IdealProfileSimulate {
    /// How many partners, and how many of the latest applications that were handed in, at most; 500 if absent.
    #[validate(range(min = 1, max = 1000))]
    #[schema(minimum = 1, maximum = 1000)]
    #[serde(default = "usual_sample")]
    pub limit: i64,
}

fn usual_sample() -> i64 {
    500
}

impl Default for IdealProfileSimulate {
    fn default() -> Self {
        Self { limit: usual_sample() }
    }
}

/// One whose score would move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Northwind", "before": 40, "after": 70}))]
pub struct IdealProfileMove {
    /// The partner or application.
    pub id: String,
    /// The company's name.
    pub name: String,
    /// The score by the profile in force; absent if none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
    /// The score by this version.
    pub after: i64,
}

/// How scores of one kind would move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"scored": 120, "raised": 30, "lowered": 12, "unchanged": 78, "average_before": 52, "average_after": 55, "moved": []}))]
pub struct IdealProfileMoves {
    /// How many were scored.
    pub scored: i64,
    /// How many would score higher.
    pub raised: i64,
    /// How many would score lower.
    pub lowered: i64,
    /// How many would score the same.
    pub unchanged: i64,
    /// The average by the profile in force; absent if none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average_before: Option<i64>,
    /// The average by this version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average_after: Option<i64>,
    /// Those that would move most, at most 20.
    pub moved: Vec<IdealProfileMove>,
}

/// How scores would move.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"version": 3, "compared_with": 2, "partners": {"scored": 0, "raised": 0, "lowered": 0, "unchanged": 0, "moved": []},
    "applications": {"scored": 0, "raised": 0, "lowered": 0, "unchanged": 0, "moved": []}}))]
pub struct IdealProfileSimulation {
    /// The version that was tried.
    pub version: i64,
    /// The version in force; absent if none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<i64>,
    /// Active partners.
    pub partners: IdealProfileMoves,
    /// The latest applications that were handed in.
    pub applications: IdealProfileMoves,
}
