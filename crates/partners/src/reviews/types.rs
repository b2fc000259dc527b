//! Reviews on the wire.

use super::PartnerReviewId;
use super::store::ReviewRow;
use access::{Field, Permission};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::Actor;
use kernel::actor::ActorRef;
use kernel::app::Resource;
use kernel::body::{not_null, present};
use kernel::id::PartnerId;
use kernel::text::not_blank;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

/// What kind of review it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum PartnerReviewKind {
    /// Of the business of a quarter or so (QBR).
    Business,
    /// Of a year in the program: whether the partner keeps what it is measured by.
    Program,
    /// Of where the partner stands: strengths, weaknesses, opportunities and threats.
    Swot,
    /// Of something that went wrong.
    Incident,
}

/// Strengths, weaknesses, opportunities and threats: 20 of each at most, of 1 to 500 characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"strengths": ["Two certified engineers"], "weaknesses": ["No presence in Austria"], "opportunities": ["Renewals in spring"],
    "threats": ["Their largest customer is for sale"]}))]
pub struct PartnerSwot {
    /// What the partner is good at.
    #[validate(length(max = 20), custom(function = each_fits))]
    #[schema(max_items = 20)]
    pub strengths: Vec<String>,
    /// What it lacks.
    #[validate(length(max = 20), custom(function = each_fits))]
    #[schema(max_items = 20)]
    pub weaknesses: Vec<String>,
    /// What could be won.
    #[validate(length(max = 20), custom(function = each_fits))]
    #[schema(max_items = 20)]
    pub opportunities: Vec<String>,
    /// What could go wrong.
    #[validate(length(max = 20), custom(function = each_fits))]
    #[schema(max_items = 20)]
    pub threats: Vec<String>,
}

fn each_fits(points: &[String]) -> Result<(), ValidationError> {
    if points.iter().all(|one| !one.trim().is_empty() && one.chars().count() <= 500) {
        return Ok(());
    }
    Err(ValidationError::new("point").with_message("Each has 1 to 500 characters.".into()))
}

/// A review to be kept.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "business", "title": "Third quarter", "held_on": "2026-11-18", "period_from": "2026-07-01", "period_to": "2026-09-30",
    "summary": "Pipeline doubled, win rate fell.", "swot": {"strengths": ["Two certified engineers"], "weaknesses": ["No presence in Austria"]},
    "shared": true, "next_on": "2027-02-17"}))]
pub struct PartnerReviewCreate {
    /// What kind of review it is.
    pub kind: PartnerReviewKind,
    /// What it is called.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub title: String,
    /// The day on which it was, or will be, held.
    pub held_on: NaiveDate,
    /// The first day that it is about.
    pub period_from: Option<NaiveDate>,
    /// The last day that it is about.
    pub period_to: Option<NaiveDate>,
    /// What came out, in words.
    #[validate(length(min = 1, max = 10000), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 10000, pattern = r"\S")]
    pub summary: Option<String>,
    /// What was found.
    #[serde(default)]
    #[validate(nested)]
    pub swot: PartnerSwot,
    /// Whether the partner's people read it.
    #[serde(default)]
    pub shared: bool,
    /// The day on which the next review is due; it is told then.
    pub next_on: Option<NaiveDate>,
}

/// What is to change of a review (JSON merge patch): what is absent stays, null clears.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"shared": true, "next_on": null}))]
pub struct PartnerReviewPatch {
    /// What it is called.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub title: Option<String>,
    /// The day on which it was, or will be, held.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub held_on: Option<NaiveDate>,
    /// The first day that it is about.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub period_from: Option<Option<NaiveDate>>,
    /// The last day that it is about.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub period_to: Option<Option<NaiveDate>>,
    /// What came out, in words.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 10000), custom(function = not_blank))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 10000, pattern = r"\S")]
    pub summary: Option<Option<String>>,
    /// What was found: all of it.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub swot: Option<PartnerSwot>,
    /// Whether the partner's people read it.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub shared: Option<bool>,
    /// The day on which the next review is due.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub next_on: Option<Option<NaiveDate>>,
}

/// A review of a partner.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"id": "prv_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "business",
    "title": "Third quarter", "held_on": "2026-11-18", "period_from": "2026-07-01", "period_to": "2026-09-30", "summary": "Pipeline doubled, win rate fell.",
    "swot": {"strengths": ["Two certified engineers"], "weaknesses": [], "opportunities": [], "threats": []}, "shared": true, "next_on": "2027-02-17",
    "revision": 1, "created_at": "2026-11-19T12:00:00Z", "updated_at": "2026-11-19T12:00:00Z"}))]
pub struct PartnerReview {
    /// Its id.
    pub id: PartnerReviewId,
    /// The partner.
    pub partner_id: PartnerId,
    /// What kind of review it is. More kinds may come.
    pub kind: PartnerReviewKind,
    /// What it is called.
    pub title: String,
    /// The day on which it was, or will be, held.
    pub held_on: NaiveDate,
    /// The first day that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub period_from: Option<NaiveDate>,
    /// The last day that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub period_to: Option<NaiveDate>,
    /// What came out, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub summary: Option<String>,
    /// What was found.
    pub swot: PartnerSwot,
    /// Whether the partner's people read it.
    pub shared: bool,
    /// The day on which the next review is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_on: Option<NaiveDate>,
    /// Who wrote it: for the vendor's people alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub author: Option<ActorRef>,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl PartnerReview {
    /// All of it.
    pub fn whole(row: &ReviewRow) -> Self {
        Self {
            id: row.id(),
            partner_id: PartnerId(row.partner_id),
            kind: row.kind,
            title: row.title.clone(),
            held_on: row.held_on,
            period_from: row.period_from,
            period_to: row.period_to,
            summary: row.summary.clone(),
            swot: row.swot(),
            shared: row.shared,
            next_on: row.next_on,
            author: Some(ActorRef { kind: row.author_kind.clone(), id: row.author_id.clone() }),
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }

    /// As this caller sees it.
    pub fn seen_by(who: &Actor, row: &ReviewRow) -> Self {
        let author = Field::VendorsActors.shown_to(who);
        let review = Self::whole(row);
        Self { author: review.author.filter(|_| author), ..review }
    }
}

impl Resource for PartnerReview {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/partner-reviews/{}", self.id))
    }
}

/// Whether this caller writes reviews, and so may do anything with their actions.
pub(super) fn writes(who: &Actor) -> bool {
    who.scope.partner().is_none() && who.grants & Permission::ManagePartners.bit() != 0
}

/// Filters of the lists.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PartnerReviewQuery {
    /// Only of this partner.
    pub partner_id: Option<PartnerId>,
    /// Only of this kind.
    #[param(inline)]
    pub kind: Option<PartnerReviewKind>,
    /// Only those held on this day or later.
    pub held_from: Option<NaiveDate>,
    /// Only those held on this day or before.
    pub held_to: Option<NaiveDate>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}
