//! What goes over the wire of applications.

use super::rulebook::AdmissionOutcome;
use super::rules::{ApplicationAction, ApplicationStatus};
use super::{ApplicationFormId, ApplicationFormVersionId, ApplicationId};
use crate::profile::types::ProfileScore;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::{PartnerId, PersonId};
use partners::PartnerType;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// What every application tells of a company. In a draft, all of it may be missing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Northwind GmbH", "country": "DE", "website": "https://www.northwind.example", "domain": "northwind.example",
    "partner_type": "reseller", "regions": ["DACH"], "languages": ["de", "en"]}))]
pub struct ApplicationCompany {
    /// Its name.
    #[validate(length(min = 1, max = 300), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it sits: ISO 3166-1 alpha-2.
    #[validate(custom(function = kernel::country::country))]
    #[schema(pattern = "^[A-Z]{2}$")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Its web site.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// Its domain; that of its web site if absent.
    #[validate(length(min = 1, max = 253))]
    #[schema(min_length = 1, max_length = 253)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Its tax number.
    #[validate(length(min = 1, max = 50))]
    #[schema(min_length = 1, max_length = 50)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
    /// Its address.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What kind of partner it wants to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_type: Option<PartnerType>,
    /// The sales regions that it works in, in the vendor's own words; the first becomes the partner's.
    #[validate(length(max = 20), custom(function = each_fits))]
    #[schema(max_items = 20)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// The languages that it speaks.
    #[validate(length(max = 20), custom(function = each_fits))]
    #[schema(max_items = 20)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
}

/// Each is a short text.
fn each_fits(list: &[String]) -> Result<(), ValidationError> {
    if list.iter().all(|one| !one.trim().is_empty() && one.chars().count() <= 100) {
        return Ok(());
    }
    Err(ValidationError::new("length").with_message("Each has 1 to 100 characters.".into()))
}

impl ApplicationCompany {
    /// As matching compares it.
    pub fn profile(&self) -> matching::Profile<'_> {
        matching::Profile {
            name: self.name.as_deref().unwrap_or_default(),
            domain: self.domain.as_deref().or(self.website.as_deref()),
            tax_id: self.tax_id.as_deref(),
            country: self.country.as_deref(),
            address: self.address.as_deref(),
            phone: None,
        }
    }
}

/// Who applies, but for the address, which is that of the letters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Sam Okafor", "phone": "+49 30 123456", "job_title": "Head of sales"}))]
pub struct ApplicationContactChange {
    /// Full name.
    #[validate(length(min = 1, max = 200), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Telephone number.
    #[validate(length(min = 1, max = 50))]
    #[schema(min_length = 1, max_length = 50)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Position.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_title: Option<String>,
}

/// Who applies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"email": "sam@northwind.example", "name": "Sam Okafor", "job_title": "Head of sales"}))]
pub struct ApplicationContact {
    /// The address that letters go to.
    pub email: String,
    /// Full name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_title: Option<String>,
}

/// What one field said of two companies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"field": "name", "ours": "northwind", "theirs": "northwind", "agreement": "exact", "note": "The names are the same."}))]
pub struct ApplicationEvidence {
    /// `name`, `legal_form`, `domain`, `tax_id`, `country` or `address`.
    pub field: String,
    /// The applicant's value, normalised.
    pub ours: String,
    /// The other's value, normalised.
    pub theirs: String,
    /// `exact`, `similar` or `different`.
    pub agreement: String,
    /// Why, in a sentence.
    pub note: String,
}

/// Who was here before and may be the same company.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"kind": "partner", "id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Northwind", "same": true, "by": "resemblance", "score": 0.97,
    "evidence": []}))]
pub struct ApplicationDuplicate {
    /// `partner` or `application`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its name there.
    pub name: String,
    /// Whether it is taken for the same company, rather than one that a person should compare.
    pub same: bool,
    /// `key` if an exact key is shared, `resemblance` if the two were compared.
    pub by: String,
    /// How sure the matching is, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// The evidence, field by field.
    #[serde(default)]
    pub evidence: Vec<ApplicationEvidence>,
}

/// What decided last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"outcome": "refuse", "rules_version": 3, "rule": "country", "facts": {"company.country": "FR"}, "sentence": "We do not work there yet.",
    "decided_at": "2026-11-20T12:00:00Z"}))]
pub struct ApplicationDecision {
    /// What became of it.
    pub outcome: AdmissionOutcome,
    /// The version of the rules of admission; 0 for the standard rules, absent if a person decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules_version: Option<i64>,
    /// The rule that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The facts that it saw, by path.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    #[serde(default)]
    pub facts: Map<String, Value>,
    /// Why, as the applicant is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// Why, for the vendor's people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_reason: Option<String>,
    /// Who decided, if a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// When.
    pub decided_at: DateTime<Utc>,
}

/// What is for the vendor's people alone: an applicant is told none of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"duplicates": [], "assignee_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct ApplicationInternal {
    /// Who reviews it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee_id: Option<PersonId>,
    /// Who was here before and may be the same company.
    pub duplicates: Vec<ApplicationDuplicate>,
    /// What decided last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<ApplicationDecision>,
    /// How well the company fitted the ideal partner profile when it was handed in; absent if no profile was in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_score: Option<ProfileScore>,
}

/// An application to become a partner.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "app_01jd3k7x2mfq8t9v5w6y0zabcd", "form_id": "apf_01jd3k7x2mfq8t9v5w6y0zabcd",
    "form_version_id": "afv_01jd3k7x2mfq8t9v5w6y0zabcd", "status": "in_review", "language": "en", "company": {"name": "Northwind GmbH", "country": "DE"},
    "contact": {"email": "sam@northwind.example", "name": "Sam Okafor"}, "answers": {"employees": 40}, "prefilled": {"company.domain": "email_domain"},
    "internal": {"duplicates": []}, "started_at": "2026-11-20T12:00:00Z", "revision": 3, "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["approve", "refuse"]}))]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// The form.
    pub form_id: ApplicationFormId,
    /// The version of the form that it answers.
    pub form_version_id: ApplicationFormVersionId,
    /// Where it stands.
    pub status: ApplicationStatus,
    /// The language that the applicant reads.
    pub language: String,
    /// The company.
    pub company: ApplicationCompany,
    /// Who applies.
    pub contact: ApplicationContact,
    /// The answers; never in events.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<Map<String, Value>>,
    /// What was filled in for the applicant, by path, and from where: `earlier_application`, `import` or `email_domain`.
    pub prefilled: BTreeMap<String, String>,
    /// What the applicant was asked last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// Why it ended, as the applicant is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The partner that the applicant became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// The person that the contact became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// What is for the vendor's people alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internal: Option<ApplicationInternal>,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// When the applicant opened the link that was sent to their address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<DateTime<Utc>>,
    /// When it was handed in first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<DateTime<Utc>>,
    /// When it was approved, refused or questioned first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_decided_at: Option<DateTime<Utc>>,
    /// When it was approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<DateTime<Utc>>,
    /// When the new partner's person signed in first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_login_at: Option<DateTime<Utc>>,
    /// When the new partner's first agreement was signed by all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<DateTime<Utc>>,
    /// When its first deal was approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_deal_at: Option<DateTime<Utc>>,
    /// Until when the applicant may submit the draft or answer the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was started.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<ApplicationAction>,
}

impl Resource for Application {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/applications/{}", self.id))
    }
}

/// How an applicant becomes a partner.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Welcome aboard.", "despite_duplicates": false, "without_person": false}))]
pub struct ApplicationApprove {
    /// A sentence for the applicant.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000)]
    #[serde(default)]
    pub reason: Option<String>,
    /// Whether it was looked at and is another company than the partner that it shares a name, domain or tax number with.
    #[serde(default)]
    pub despite_duplicates: bool,
    /// Whether only the partner is made, and no person of it.
    #[serde(default)]
    pub without_person: bool,
}

/// Why an application is refused, or what the applicant is asked.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "We look for partners with a service team.", "internal_reason": "Too small."}))]
pub struct ApplicationReason {
    /// A sentence for the applicant.
    #[validate(length(min = 1, max = 1000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub reason: String,
    /// Why, for the vendor's people.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000)]
    #[serde(default)]
    pub internal_reason: Option<String>,
}

/// Who is to review it.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"assignee_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct ApplicationAssign {
    /// The vendor's person.
    pub assignee_id: PersonId,
}

/// Whether a link is on its way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"sent": true}))]
pub struct ApplicationLink {
    /// Whether it goes out by mail.
    pub sent: bool,
    /// The link, only if this installation sends no mail: hand it to the applicant yourself, by a way that nobody else reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl Resource for ApplicationLink {}
