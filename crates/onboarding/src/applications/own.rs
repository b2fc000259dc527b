//! What goes over the wire between an applicant and their application.

use super::forms::types::ApplicationFormShown;
use super::rules::{ApplicationOwnAction, ApplicationStatus};
use super::types::{ApplicationCompany, ApplicationContact, ApplicationContactChange};
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use validator::Validate;

/// An application as the applicant sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"status": "draft", "form": {"vendor": "Acme", "name": "Become a reseller", "version": 1, "language": "en", "languages": ["en"],
    "partner_types": [], "schema": {"type": "object"}, "sections": [], "required": ["company.name", "company.country", "contact.name"]},
    "company": {"domain": "northwind.example"}, "contact": {"email": "sam@northwind.example"}, "answers": {},
    "prefilled": {"company.domain": "email_domain"}, "revision": 2, "available_actions": ["save", "submit", "withdraw"]}))]
pub struct ApplicationOwn {
    /// Where it stands.
    pub status: ApplicationStatus,
    /// The form, in the applicant's language.
    pub form: ApplicationFormShown,
    /// The company.
    pub company: ApplicationCompany,
    /// Who applies.
    pub contact: ApplicationContact,
    /// The answers so far.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub answers: Map<String, Value>,
    /// What was filled in for the applicant, by path, and from where: `earlier_application`, `import` or `email_domain`.
    pub prefilled: BTreeMap<String, String>,
    /// What is to be answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// Why it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// From when on it may be submitted, where an earlier one was refused not long ago.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reapply_after: Option<DateTime<Utc>>,
    /// Until when it may be submitted or answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Raised with every change.
    pub revision: i64,
    /// What may be done with it now.
    pub available_actions: Vec<ApplicationOwnAction>,
}

impl Resource for ApplicationOwn {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

/// An application to be started.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.apf_01jd3k7x2mfq8t9v5w6y0zabcd.00112233", "email": "sam@northwind.example",
    "language": "de", "company": {"name": "Northwind GmbH", "country": "DE"}}))]
pub struct ApplicationStart {
    /// The form's token.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub token: String,
    /// Where the link is sent.
    #[validate(length(max = 254), email)]
    #[schema(max_length = 254)]
    pub email: String,
    /// The language to be written to in; the form's default if it has no such language.
    #[validate(length(min = 2, max = 10))]
    #[schema(min_length = 2, max_length = 10)]
    #[serde(default)]
    pub language: Option<String>,
    /// What was filled in already of the company. An application that was started before stays as it is.
    #[validate(nested)]
    #[serde(default)]
    pub company: Option<ApplicationCompany>,
    /// Who applies.
    #[validate(nested)]
    #[serde(default)]
    pub contact: Option<ApplicationContactChange>,
    /// What was answered already.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    #[serde(default)]
    pub answers: Map<String, Value>,
    /// A field that the page hides from people: whatever fills it in is a machine.
    #[validate(length(max = 500))]
    #[schema(max_length = 500)]
    #[serde(default)]
    pub homepage: Option<String>,
}

/// That something was received; nothing else.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"received": true}))]
pub struct ApplicationReceipt {
    /// Always true.
    pub received: bool,
}

impl Resource for ApplicationReceipt {}

/// The secret of a link.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"secret": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.3f9ac2d07be84f5a9d1c6e2b7f80a4135c9e6d2f10b38a7451f2c9d03f9ac2d0"}))]
pub struct ApplicationOpen {
    /// What followed `#application=` in the link.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub secret: String,
    /// The language to read it in from now on.
    #[validate(length(min = 2, max = 10))]
    #[schema(min_length = 2, max_length = 10)]
    #[serde(default)]
    pub language: Option<String>,
}

/// What is to change of one's application: what is absent stays.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"secret": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.3f9ac2d07be84f5a9d1c6e2b7f80a4135c9e6d2f10b38a7451f2c9d03f9ac2d0",
    "company": {"name": "Northwind GmbH", "country": "DE", "partner_type": "reseller"}, "contact": {"name": "Sam Okafor"}, "answers": {"employees": 40}}))]
pub struct ApplicationSave {
    /// What followed `#application=` in the link.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub secret: String,
    /// The company, whole.
    #[validate(nested)]
    #[serde(default)]
    pub company: Option<ApplicationCompany>,
    /// Who applies, whole.
    #[validate(nested)]
    #[serde(default)]
    pub contact: Option<ApplicationContactChange>,
    /// Answers, as a JSON merge patch: null takes one out.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    #[serde(default)]
    pub answers: Map<String, Value>,
}

/// Why one takes one's application back.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"secret": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.3f9ac2d07be84f5a9d1c6e2b7f80a4135c9e6d2f10b38a7451f2c9d03f9ac2d0"}))]
pub struct ApplicationWithdraw {
    /// What followed `#application=` in the link.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub secret: String,
    /// Why, in a sentence.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000)]
    #[serde(default)]
    pub reason: Option<String>,
}
