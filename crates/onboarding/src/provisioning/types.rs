//! What goes over the wire of instant access: grants, and what a provisioner answers.

use super::AccessGrantId;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::{PartnerId, PersonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// What kind of access it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessGrantKind {
    /// An environment of the vendor's: a sandbox, a demo.
    Environment,
    /// A course, where the vendor teaches.
    Course,
    /// Content, where the vendor keeps it: a folder, a library, a kit.
    Content,
    /// A person of the partner, who was invited.
    Person,
}

impl AccessGrantKind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Environment, Self::Course, Self::Content, Self::Person];

    /// Its name in the database, and of the member by which it is asked for.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Course => "course",
            Self::Content => "content",
            Self::Person => "person",
        }
    }

    pub(crate) fn stored(text: &str) -> Self {
        Self::ALL.iter().copied().find(|kind| kind.wire() == text).unwrap_or(Self::Person)
    }

    /// Whether the vendor's provisioner gives it, and takes it away.
    pub fn is_provisioned(self) -> bool {
        self != Self::Person
    }
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessGrantStatus {
    /// The provisioner is asked.
    Requested,
    /// The provisioner works on it and answers later.
    Pending,
    /// It is there.
    Granted,
    /// It was refused, or not answered in time.
    Failed,
    /// The provisioner is told to take it away.
    Revoking,
    /// It is gone.
    Revoked,
    /// The provisioner did not take it away: somebody has to.
    RevocationFailed,
}

impl AccessGrantStatus {
    /// Every status.
    pub const ALL: &[Self] = &[Self::Requested, Self::Pending, Self::Granted, Self::Failed, Self::Revoking, Self::Revoked, Self::RevocationFailed];

    /// Its name in the database.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Pending => "pending",
            Self::Granted => "granted",
            Self::Failed => "failed",
            Self::Revoking => "revoking",
            Self::Revoked => "revoked",
            Self::RevocationFailed => "revocation_failed",
        }
    }

    pub(crate) fn stored(text: &str) -> Self {
        Self::ALL.iter().copied().find(|status| status.wire() == text).unwrap_or(Self::Failed)
    }

    /// Whether the partner has it, or may have it.
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Failed | Self::Revoked)
    }
}

/// What may be done with a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessGrantAction {
    /// Ask again.
    Retry,
    /// Take it away.
    Revoke,
}

/// What is for the vendor's people alone.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"attempts": 2, "last_error": "It answered with status 503.", "last_status": 503, "policy_version": 1}))]
pub struct AccessGrantInternal {
    /// How often the provisioner was asked for what is asked now.
    pub attempts: i64,
    /// What went wrong last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// The status that the provisioner answered with last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_status: Option<i64>,
    /// When it is asked again, or has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_at: Option<DateTime<Utc>>,
    /// The provisioner's own name of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The version of the policy that asked for it; 0 if somebody asked by hand.
    pub policy_version: i64,
}

/// Something that a partner was given, or is to be given.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "agr_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "environment", "name": "sandbox",
    "status": "granted", "url": "https://sandbox.example.com/northwind", "requested_at": "2026-11-20T12:00:00Z", "granted_at": "2026-11-20T12:00:03Z",
    "revision": 2, "updated_at": "2026-11-20T12:00:03Z", "available_actions": ["revoke"]}))]
pub struct AccessGrant {
    /// Its id.
    pub id: AccessGrantId,
    /// The partner.
    pub partner_id: PartnerId,
    /// What kind of access it is.
    pub kind: AccessGrantKind,
    /// Its name, as the provisioner knows it; of a person, the role.
    pub name: String,
    /// The person who was invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// Where it stands.
    pub status: AccessGrantStatus,
    /// Where it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// Until when it has to be answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_by: Option<DateTime<Utc>>,
    /// When it was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted_at: Option<DateTime<Utc>>,
    /// When it was gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// What is for the vendor's people alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internal: Option<AccessGrantInternal>,
    /// Raised with every change.
    pub revision: i64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<AccessGrantAction>,
}

impl Resource for AccessGrant {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/access-grants/{}", self.id))
    }
}

/// What is asked for by hand: one of these, by its name.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = one_of_them))]
#[schema(example = json!({"environment": "sandbox"}))]
pub struct AccessGrantRequest {
    /// An environment, as the provisioner knows it.
    #[validate(length(min = 1, max = 100), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    #[serde(default)]
    pub environment: Option<String>,
    /// A course.
    #[validate(length(min = 1, max = 100), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    #[serde(default)]
    pub course: Option<String>,
    /// Content.
    #[validate(length(min = 1, max = 100), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    #[serde(default)]
    pub content: Option<String>,
}

impl AccessGrantRequest {
    /// What is asked for.
    pub fn asked(&self) -> Vec<(AccessGrantKind, &str)> {
        let named =
            [(AccessGrantKind::Environment, &self.environment), (AccessGrantKind::Course, &self.course), (AccessGrantKind::Content, &self.content)];
        named.into_iter().filter_map(|(kind, name)| Some((kind, name.as_deref()?))).collect()
    }
}

fn one_of_them(request: &AccessGrantRequest) -> Result<(), ValidationError> {
    if request.asked().len() == 1 {
        return Ok(());
    }
    Err(ValidationError::new("one_of").with_message("Name one: an environment, a course, or content.".into()))
}

/// How a provisioner answers a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProvisioningAnswerStatus {
    /// It is there.
    #[default]
    Granted,
    /// It cannot be had.
    Failed,
    /// It takes longer: a callback follows.
    Pending,
}

/// What a provisioner answers to a request, at once. Members that are not known here are passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"status": "granted", "url": "https://sandbox.example.com/northwind", "reference": "SBX-4711"}))]
pub struct ProvisioningAnswer {
    /// How it stands.
    pub status: ProvisioningAnswerStatus,
    /// Where it is used.
    #[validate(length(max = 2000), custom(function = a_page))]
    #[schema(max_length = 2000)]
    #[serde(default)]
    pub url: Option<String>,
    /// Its name there.
    #[validate(length(max = 500))]
    #[schema(max_length = 500)]
    #[serde(default)]
    pub reference: Option<String>,
    /// Why it cannot be had.
    #[validate(length(max = 500))]
    #[schema(max_length = 500)]
    #[serde(default)]
    pub reason: Option<String>,
}

/// How a callback answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProvisioningCallbackStatus {
    /// It is there.
    Granted,
    /// It cannot be had.
    Failed,
}

/// A provisioner's later answer.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.agr_01jd3k7x2mfq8t9v5w6y0zabcd.00112233", "status": "granted",
    "url": "https://sandbox.example.com/northwind", "reference": "SBX-4711"}))]
pub struct ProvisioningCallback {
    /// The token that came with the request; it answers once.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub token: String,
    /// How it stands.
    pub status: ProvisioningCallbackStatus,
    /// Where it is used.
    #[validate(length(min = 1, max = 2000), custom(function = a_page))]
    #[schema(min_length = 1, max_length = 2000)]
    #[serde(default)]
    pub url: Option<String>,
    /// Its name there.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    #[serde(default)]
    pub reference: Option<String>,
    /// Why it cannot be had.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    #[serde(default)]
    pub reason: Option<String>,
}

/// People follow it: nothing but a web page.
fn a_page(url: &str) -> Result<(), ValidationError> {
    let fits = url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.password().is_none());
    if fits { Ok(()) } else { Err(ValidationError::new("url").with_message("Give an address that begins with https:// or http://.".into())) }
}

/// That a callback was taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"received": true}))]
pub struct ProvisioningReceipt {
    /// Always true.
    pub received: bool,
}

impl Resource for ProvisioningReceipt {}
