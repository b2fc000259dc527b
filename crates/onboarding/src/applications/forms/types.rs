//! What goes over the wire of forms.

use super::super::{ApplicationFormId, ApplicationFormVersionId};
use super::layout::{ApplicationCoreField, ApplicationFormSection, ApplicationFormSectionShown};
use access::portals::PortalId;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use partners::PartnerType;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// A form to be made.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Become a reseller", "page": "https://partners.acme.example/apply", "partner_types": ["reseller", "msp"], "per_minute": 60}))]
pub struct ApplicationFormCreate {
    /// What it is known as.
    #[validate(length(min = 1, max = 200), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// The page that letters link to: https, or http on this machine. The secret follows it as `#application=…`.
    #[validate(length(min = 1, max = 1000), custom(function = is_page))]
    #[schema(min_length = 1, max_length = 1000, pattern = r"^https?://")]
    pub page: String,
    /// The portal through which approved applicants are invited; without one they are made persons and not invited.
    #[serde(default)]
    pub portal_id: Option<PortalId>,
    /// The types of partners that one may ask to be; all if absent.
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    #[serde(default)]
    pub partner_types: Vec<PartnerType>,
    /// How many calls it takes a minute, from everybody together; 60 if absent.
    #[validate(range(min = 1, max = 6000))]
    #[schema(minimum = 1, maximum = 6000)]
    #[serde(default)]
    pub per_minute: Option<i64>,
}

fn is_page(text: &str) -> Result<(), ValidationError> {
    let fine = url::Url::parse(text).is_ok_and(|url| {
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
        (url.scheme() == "https" || url.scheme() == "http" && local) && url.fragment().is_none() && url.username().is_empty()
    });
    if fine { Ok(()) } else { Err(ValidationError::new("page").with_message("Send an https address without a fragment.".into())) }
}

/// Whether a form takes applications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationFormStatus {
    /// It does, once a version is published.
    Open,
    /// It does not any more.
    Closed,
}

/// A form by which companies apply.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "apf_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Become a reseller", "page": "https://partners.acme.example/apply",
    "partner_types": ["reseller"], "per_minute": 60, "status": "open", "revision": 1, "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["close"]}))]
pub struct ApplicationForm {
    /// Its id.
    pub id: ApplicationFormId,
    /// What it is known as.
    pub name: String,
    /// The page that letters link to.
    pub page: String,
    /// The portal through which approved applicants are invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub portal_id: Option<PortalId>,
    /// The types of partners that one may ask to be; all if empty.
    pub partner_types: Vec<PartnerType>,
    /// How many calls it takes a minute.
    pub per_minute: i64,
    /// Whether it takes applications.
    pub status: ApplicationFormStatus,
    /// The version that is asked now; absent until one is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<ApplicationFormVersionId>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What may be done with it now.
    pub available_actions: Vec<String>,
}

impl Resource for ApplicationForm {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/application-forms/{}", self.id))
    }
}

/// A new form with its token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"application_form": {"id": "apf_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Become a reseller",
    "page": "https://partners.acme.example/apply", "partner_types": ["reseller"], "per_minute": 60, "status": "open", "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["close"]},
    "token": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.apf_01jd3k7x2mfq8t9v5w6y0zabcd.00112233"}))]
pub struct ApplicationFormCreated {
    /// The form.
    pub application_form: ApplicationForm,
    /// What the page sends with each start; shown here and never again. It can do nothing else.
    pub token: String,
}

impl Resource for ApplicationFormCreated {
    fn location(&self) -> Option<String> {
        self.application_form.location()
    }
}

/// What a version of a form asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"languages": ["en", "de"], "default_language": "en", "required": ["partner_type"],
    "schema": {"type": "object", "properties": {"employees": {"type": "integer", "minimum": 1}}, "required": ["employees"]},
    "layout": [{"title": {"en": "Your company", "de": "Ihr Unternehmen"}, "fields": [
        {"field": "company.name", "label": {"en": "Name"}}, {"field": "answers.employees", "label": {"en": "Employees", "de": "Mitarbeitende"}}]}],
    "partner_fields": {}}))]
pub struct ApplicationFormContent {
    /// The languages that it is asked in, like `de` or `pt-BR`.
    #[validate(length(min = 1, max = 30))]
    #[schema(min_items = 1, max_items = 30)]
    pub languages: Vec<String>,
    /// The language of whoever wants another, and of texts that are missing in theirs.
    #[validate(length(min = 2, max = 10))]
    #[schema(min_length = 2, max_length = 10)]
    pub default_language: String,
    /// The vendor's own questions: a JSON Schema (2020-12) of an object, without references, at most 32 KiB. What every application tells of a company
    /// is no part of it.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub schema: Map<String, Value>,
    /// How it is shown.
    #[validate(length(max = 30), nested)]
    #[schema(max_items = 30)]
    pub layout: Vec<ApplicationFormSection>,
    /// What must be told besides the company's name and country and the contact's name.
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub required: Vec<ApplicationCoreField>,
    /// Which answer becomes which custom field of the partner.
    #[serde(default)]
    pub partner_fields: BTreeMap<String, String>,
}

/// A version to be drafted.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"form_id": "apf_01jd3k7x2mfq8t9v5w6y0zabcd", "content": {"languages": ["en"], "default_language": "en", "required": [],
    "schema": {"type": "object", "properties": {"employees": {"type": "integer", "minimum": 1}}}, "layout": [], "partner_fields": {}}}))]
pub struct ApplicationFormVersionDraft {
    /// The form.
    pub form_id: ApplicationFormId,
    /// What it asks.
    #[validate(nested)]
    pub content: ApplicationFormContent,
}

/// Whether a version is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationFormVersionStatus {
    /// Not yet.
    Draft,
    /// It is, until another is published; it never changes again.
    Published,
}

/// A version of a form.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "afv_01jd3k7x2mfq8t9v5w6y0zabcd", "form_id": "apf_01jd3k7x2mfq8t9v5w6y0zabcd", "version": 1, "status": "draft",
    "content": {"languages": ["en"], "default_language": "en", "required": [], "schema": {"type": "object"}, "layout": [], "partner_fields": {}},
    "revision": 1, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["publish"]}))]
pub struct ApplicationFormVersion {
    /// Its id.
    pub id: ApplicationFormVersionId,
    /// The form.
    pub form_id: ApplicationFormId,
    /// Its number within the form.
    pub version: i64,
    /// Whether it is asked.
    pub status: ApplicationFormVersionStatus,
    /// What it asks.
    pub content: ApplicationFormContent,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_at: Option<DateTime<Utc>>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What may be done with it now.
    pub available_actions: Vec<String>,
}

impl Resource for ApplicationFormVersion {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/application-form-versions/{}", self.id))
    }
}

/// Which form to read.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.apf_01jd3k7x2mfq8t9v5w6y0zabcd.00112233", "language": "de"}))]
pub struct ApplicationFormRead {
    /// The form's token.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub token: String,
    /// A language like `de` or `pt-BR`; the form's default if it has no such language.
    #[validate(length(min = 2, max = 10))]
    #[schema(min_length = 2, max_length = 10)]
    #[serde(default)]
    pub language: Option<String>,
}

/// A form as an applicant sees it, in one language.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"vendor": "Acme", "name": "Become a reseller", "version": 1, "language": "en", "languages": ["en", "de"],
    "partner_types": ["reseller"], "schema": {"type": "object"}, "sections": [], "required": ["company.name", "company.country", "contact.name"]}))]
pub struct ApplicationFormShown {
    /// The company whose program it is.
    pub vendor: String,
    /// What the form is known as.
    pub name: String,
    /// The number of its version.
    pub version: i64,
    /// The language of its texts.
    pub language: String,
    /// The languages that there are.
    pub languages: Vec<String>,
    /// The types of partners that one may ask to be; all if empty.
    pub partner_types: Vec<PartnerType>,
    /// The vendor's own questions: a JSON Schema (2020-12) of `answers`.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub schema: Map<String, Value>,
    /// How to show it.
    pub sections: Vec<ApplicationFormSectionShown>,
    /// What must be told besides what the schema requires.
    pub required: Vec<String>,
}

impl Resource for ApplicationFormShown {}
