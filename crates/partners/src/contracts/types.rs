//! Contracts on the wire.

use super::PartnerContractId;
use super::rules::Terms;
use super::store::ContractRow;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::app::Resource;
use kernel::body::{not_null, present};
use kernel::id::PartnerId;
use kernel::text::not_blank;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

/// Where a contract stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum PartnerContractStatus {
    /// Runs, or will.
    Active,
    /// Notice was given: it runs until its last day, and does not renew itself.
    Terminated,
    /// Its last day is over.
    Expired,
}

/// A contract to be kept.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Reseller agreement", "number": "C-2026-117", "starts_on": "2026-12-01", "ends_on": "2027-11-30",
    "notice_days": 90, "remind_days": 30, "renews_by_months": 12, "terms": "Discount of 20 % on list prices; payment within 30 days."}))]
pub struct PartnerContractCreate {
    /// What it is called.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub title: String,
    /// Its number in the vendor's books.
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub number: Option<String>,
    /// Its first day.
    #[validate(custom(function = in_reach))]
    pub starts_on: NaiveDate,
    /// Its last day; absent if it runs until it is terminated.
    #[validate(custom(function = in_reach))]
    pub ends_on: Option<NaiveDate>,
    /// Days of notice before the last day.
    #[serde(default)]
    #[validate(range(min = 0, max = 1825))]
    #[schema(minimum = 0, maximum = 1825)]
    pub notice_days: i64,
    /// Days before the last day of notice at which it is told that it ends; 30 if absent.
    #[validate(range(min = 0, max = 365))]
    #[schema(minimum = 0, maximum = 365)]
    pub remind_days: Option<i64>,
    /// Months by which it renews itself after its last day; absent if it does not.
    #[validate(range(min = 1, max = 120))]
    #[schema(minimum = 1, maximum = 120)]
    pub renews_by_months: Option<i64>,
    /// What is agreed, in words.
    #[validate(length(min = 1, max = 20000), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 20000, pattern = r"\S")]
    pub terms: Option<String>,
}

/// What is to change of a contract (JSON merge patch): what is absent stays, null clears.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ends_on": "2028-11-30", "renews_by_months": null}))]
pub struct PartnerContractPatch {
    /// What it is called.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub title: Option<String>,
    /// Its number in the vendor's books.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, pattern = r"\S")]
    pub number: Option<Option<String>>,
    /// Its last day.
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = in_reach))]
    #[schema(value_type = Option<NaiveDate>)]
    pub ends_on: Option<Option<NaiveDate>>,
    /// Days of notice before the last day.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(range(min = 0, max = 1825))]
    #[schema(minimum = 0, maximum = 1825, nullable = false)]
    pub notice_days: Option<i64>,
    /// Days before the last day of notice at which it is told that it ends.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(range(min = 0, max = 365))]
    #[schema(minimum = 0, maximum = 365, nullable = false)]
    pub remind_days: Option<i64>,
    /// Months by which it renews itself after its last day.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 1, max = 120))]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 120)]
    pub renews_by_months: Option<Option<i64>>,
    /// What is agreed, in words.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 20000), custom(function = not_blank))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 20000, pattern = r"\S")]
    pub terms: Option<Option<String>>,
}

/// Notice is given.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Replaced by a new agreement."}))]
pub struct PartnerContractTerminate {
    /// Why, for the vendor's own people.
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
    /// Its last day, today or later; if absent, the agreed one, or the first that keeps the notice if there is none.
    #[validate(custom(function = in_reach))]
    pub ends_on: Option<NaiveDate>,
}

/// Dates that somebody may mean.
fn in_reach(day: &NaiveDate) -> Result<(), ValidationError> {
    use chrono::Datelike as _;
    if (1970..=2199).contains(&day.year()) { Ok(()) } else { Err(ValidationError::new("date").with_message("Name a year from 1970 to 2199.".into())) }
}

/// Parameters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PartnerContractQuery {
    /// Only those that stand so.
    #[param(inline)]
    pub status: Option<PartnerContractStatus>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A contract with a partner.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"id": "pcn_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "title": "Reseller agreement",
    "number": "C-2026-117", "status": "active", "starts_on": "2026-12-01", "ends_on": "2027-11-30", "notice_days": 90, "notice_by": "2027-09-01",
    "remind_days": 30, "renews_by_months": 12, "renews_on": "2027-12-01", "revision": 1, "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct PartnerContract {
    /// Its id.
    pub id: PartnerContractId,
    /// The partner.
    pub partner_id: PartnerId,
    /// What it is called.
    pub title: String,
    /// Its number in the vendor's books.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub number: Option<String>,
    /// Where it stands. More statuses may come.
    pub status: PartnerContractStatus,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ends_on: Option<NaiveDate>,
    /// Days of notice before the last day.
    pub notice_days: i64,
    /// The last day on which notice may be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub notice_by: Option<NaiveDate>,
    /// Days before that at which it is told that it ends.
    pub remind_days: i64,
    /// Months by which it renews itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub renews_by_months: Option<i64>,
    /// The day on which it renews itself next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub renews_on: Option<NaiveDate>,
    /// What is agreed, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub terms: Option<String>,
    /// Why it was terminated; for the vendor's own people only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub internal_reason: Option<String>,
    /// Until when it is kept after the partner has left.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub retain_until: Option<DateTime<Utc>>,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was kept first.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl PartnerContract {
    /// All of it.
    pub fn whole(row: &ContractRow) -> Self {
        let terms: Terms = row.dates();
        Self {
            id: row.id(),
            partner_id: PartnerId(row.partner_id),
            title: row.title.clone(),
            number: row.number.clone(),
            status: row.status,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            notice_days: row.notice_days,
            notice_by: terms.notice_by(),
            remind_days: row.remind_days,
            renews_by_months: row.renews_by,
            renews_on: terms.ends_on.filter(|_| terms.renews_by.is_some()).and_then(|last| last.succ_opt()),
            terms: row.terms.clone(),
            internal_reason: row.reason.clone(),
            retain_until: row.retain_until,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }

    /// As `who` may see it.
    pub fn seen_by(who: &kernel::Actor, row: &ContractRow) -> Self {
        let mut seen = Self::whole(row);
        if !access::Field::InternalReasons.shown_to(who) {
            seen.internal_reason = None;
        }
        seen
    }
}

impl Resource for PartnerContract {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/partners/{}/contracts/{}", self.partner_id, self.id))
    }
}
