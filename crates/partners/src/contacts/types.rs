//! Contacts on the wire.

use super::PartnerContactId;
use super::store::ContactRow;
use crate::facts;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::body::{not_null, present};
use kernel::id::{PartnerId, PersonId};
use kernel::text::not_blank;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

/// What somebody is there for at a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartnerFunction {
    /// Sells.
    Sales,
    /// Builds and supports.
    Technical,
    /// Runs campaigns.
    Marketing,
    /// Pays and is paid.
    Finance,
    /// Leads the company.
    Executive,
    /// Signs and reviews contracts.
    Legal,
    /// Looks after orders and day-to-day business.
    Operations,
    /// Answers for data protection and security.
    Security,
}

impl PartnerFunction {
    /// Its name in the database.
    pub fn wire(self) -> String {
        serde_json::to_value(self).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// A contact to be added.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Jo Winter", "email": "jo@northwind.example", "phone": "+49 30 1234567", "job_title": "Head of sales",
    "language": "de", "functions": ["sales", "executive"], "primary_for": ["sales"]}))]
pub struct PartnerContactCreate {
    /// Full name.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// E-mail address.
    #[validate(email, length(max = 254))]
    #[schema(format = "email", max_length = 254)]
    pub email: Option<String>,
    /// Telephone number, as it is dialled.
    #[validate(length(min = 1, max = 50), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 50, pattern = r"\S")]
    pub phone: Option<String>,
    /// What they are called there.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub job_title: Option<String>,
    /// The language to write to them in: a BCP 47 tag.
    #[validate(custom(function = a_language))]
    #[schema(min_length = 2, max_length = 35)]
    pub language: Option<String>,
    /// What they are there for; repeated ones count once.
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub functions: Vec<PartnerFunction>,
    /// The functions of which they are the first to ask; whoever was before is so no more. Each counts among `functions` too.
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub primary_for: Vec<PartnerFunction>,
}

/// What is to change of a contact (JSON merge patch): what is absent stays, null clears.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"job_title": "Managing director", "functions": ["executive"]}))]
pub struct PartnerContactPatch {
    /// Full name.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// E-mail address.
    #[serde(default, deserialize_with = "present")]
    #[validate(email, length(max = 254))]
    #[schema(value_type = Option<String>, format = "email", max_length = 254)]
    pub email: Option<Option<String>>,
    /// Telephone number.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 50), custom(function = not_blank))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 50, pattern = r"\S")]
    pub phone: Option<Option<String>>,
    /// What they are called there.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"\S")]
    pub job_title: Option<Option<String>>,
    /// The language to write to them in.
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = a_language))]
    #[schema(value_type = Option<String>, min_length = 2, max_length = 35)]
    pub language: Option<Option<String>>,
    /// What they are there for: the whole list.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 20))]
    #[schema(max_items = 20, nullable = false)]
    pub functions: Option<Vec<PartnerFunction>>,
    /// The functions of which they are the first to ask: the whole list.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 20))]
    #[schema(max_items = 20, nullable = false)]
    pub primary_for: Option<Vec<PartnerFunction>>,
}

fn a_language(tag: &str) -> Result<(), ValidationError> {
    facts::languages(&[tag.to_owned()])
}

/// Parameters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PartnerContactQuery {
    /// Only those who are there for this.
    #[param(inline)]
    pub function: Option<PartnerFunction>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Somebody at a partner.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"id": "pct_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Jo Winter",
    "email": "jo@northwind.example", "phone": "+49 30 1234567", "job_title": "Head of sales", "language": "de", "functions": ["sales", "executive"],
    "primary_for": ["sales"], "revision": 1, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct PartnerContact {
    /// Its id.
    pub id: PartnerContactId,
    /// The partner.
    pub partner_id: PartnerId,
    /// Full name.
    pub name: String,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub phone: Option<String>,
    /// What they are called there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub job_title: Option<String>,
    /// The language to write to them in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub language: Option<String>,
    /// What they are there for. More functions may come.
    pub functions: Vec<PartnerFunction>,
    /// The functions of which they are the first to ask.
    pub primary_for: Vec<PartnerFunction>,
    /// The person that they are here, once one has come in with their address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub person_id: Option<PersonId>,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl PartnerContact {
    /// A stored one, with the functions of which it is the primary contact.
    pub fn of(row: &ContactRow, primary_for: Vec<PartnerFunction>) -> Self {
        Self {
            id: row.id(),
            partner_id: PartnerId(row.partner_id),
            name: row.name.clone(),
            email: row.email.clone(),
            phone: row.phone.clone(),
            job_title: row.job_title.clone(),
            language: row.language.clone(),
            functions: row.functions(),
            primary_for,
            person_id: row.person_id.map(PersonId),
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl Resource for PartnerContact {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/partners/{}/contacts/{}", self.partner_id, self.id))
    }
}
