//! Signature services on the wire.

use super::SignatureServiceId;
use super::store::ServiceRow;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::body::not_null;
use kernel::text::not_blank;
use kernel::{App, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

super::super::rules::words! {
    /// Whose service it is. More may come.
    SignatureServiceKind {
        /// DocuSign eSignature.
        Docusign = "docusign",
        /// Dropbox Sign.
        DropboxSign = "dropbox_sign",
    }
}

super::super::rules::words! {
    /// Where a request to a signature service stands. More may come.
    SignatureRequestStatus {
        /// The service is being asked.
        Sending = "sending",
        /// It is with its signers there.
        Out = "out",
        /// The service is asked to end it.
        TakingBack = "taking_back",
        /// It has ended there, and the agreement says how.
        Done = "done",
        /// The service does not take it: take the agreement back, and make another.
        Refused = "refused",
        /// The service could not be reached for too long.
        Failed = "failed",
    }
}

/// Credentials at DocuSign: an integration that acts for a user by a JWT grant, which that user has consented to once.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"auth_url": "https://account.docusign.com", "account_id": "0a1b2c3d-0000-4000-8000-000000000001",
    "integration_key": "0a1b2c3d-0000-4000-8000-000000000002", "user_id": "0a1b2c3d-0000-4000-8000-000000000003",
    "private_key": "-----BEGIN RSA PRIVATE KEY-----\n…\n-----END RSA PRIVATE KEY-----", "hmac_keys": ["a-key-of-connect"]}))]
pub struct SignatureDocusign {
    /// Where tokens are asked for: `https://account.docusign.com`, of the developers' environment `https://account-d.docusign.com`.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000, format = "uri")]
    pub auth_url: String,
    /// The account, by its API account id.
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub account_id: String,
    /// The integration key (client id).
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub integration_key: String,
    /// The user whom it acts for, by their API user id.
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub user_id: String,
    /// The integration's RSA private key as PEM. Kept sealed and never shown.
    #[validate(length(min = 1, max = 16384))]
    #[schema(min_length = 1, max_length = 16384)]
    pub private_key: String,
    /// The HMAC keys of Connect, of which any may sign an event. Without one no event is taken, and DocuSign is asked by the clock alone. Never shown.
    #[serde(default)]
    #[validate(length(max = 10), custom(function = each_fits))]
    #[schema(max_items = 10)]
    pub hmac_keys: Vec<String>,
}

/// Credentials at Dropbox Sign.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"api_key": "an-api-key-of-dropbox-sign", "client_id": "an-api-app", "test_mode": false}))]
pub struct SignatureDropboxSign {
    /// The API key; events are signed with it too. Kept sealed and never shown.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub api_key: String,
    /// The client id of the API app whose look and callback URL are used; the account's own if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub client_id: Option<String>,
    /// Whether requests are tests, which bind nobody.
    #[serde(default)]
    pub test_mode: bool,
}

fn each_fits(keys: &[String]) -> Result<(), ValidationError> {
    let fits = |key: &String| !key.trim().is_empty() && key.len() <= 500;
    if keys.iter().all(fits) { Ok(()) } else { Err(ValidationError::new("length").with_message("Each has 1 to 500 characters.".into())) }
}

/// A signature service to be added.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Our Dropbox Sign", "kind": "dropbox_sign", "base_url": "https://api.hellosign.com/v3",
    "dropbox_sign": {"api_key": "an-api-key-of-dropbox-sign", "client_id": "an-api-app", "test_mode": false}}))]
pub struct SignatureServiceCreate {
    /// What people call it.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// Whose it is. It does not change.
    pub kind: SignatureServiceKind,
    /// Where its API is: `https://api.hellosign.com/v3`, or the account's own base URI at DocuSign with `/restapi`.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000, format = "uri")]
    pub base_url: String,
    /// Credentials at DocuSign, for that kind.
    #[serde(default)]
    #[validate(nested)]
    pub docusign: Option<SignatureDocusign>,
    /// Credentials at Dropbox Sign, for that kind.
    #[serde(default)]
    #[validate(nested)]
    pub dropbox_sign: Option<SignatureDropboxSign>,
}

/// What to change of a signature service (JSON Merge Patch). Credentials are replaced as a whole.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Dropbox Sign of the partner team"}))]
pub struct SignatureServicePatch {
    /// What people call it.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// Where its API is.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000, format = "uri", nullable = false)]
    pub base_url: Option<String>,
    /// Credentials at DocuSign, for that kind.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub docusign: Option<SignatureDocusign>,
    /// Credentials at Dropbox Sign, for that kind.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub dropbox_sign: Option<SignatureDropboxSign>,
}

/// What is shown of credentials at DocuSign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"auth_url": "https://account.docusign.com", "account_id": "0a1b2c3d-0000-4000-8000-000000000001",
    "integration_key": "0a1b2c3d-0000-4000-8000-000000000002", "user_id": "0a1b2c3d-0000-4000-8000-000000000003", "hmac_keys": 1}))]
pub struct SignatureDocusignKnown {
    /// Where tokens are asked for.
    pub auth_url: String,
    /// The account.
    pub account_id: String,
    /// The integration key.
    pub integration_key: String,
    /// The user whom it acts for.
    pub user_id: String,
    /// How many HMAC keys of Connect are known; with none, events are not taken.
    pub hmac_keys: i64,
}

/// What is shown of credentials at Dropbox Sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"client_id": "an-api-app", "test_mode": false}))]
pub struct SignatureDropboxSignKnown {
    /// The client id of the API app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Whether requests are tests, which bind nobody.
    pub test_mode: bool,
}

/// What is kept of credentials in the open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// At DocuSign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docusign: Option<SignatureDocusignKnown>,
    /// At Dropbox Sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropbox_sign: Option<SignatureDropboxSignKnown>,
}

/// A signature service, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"id": "sgs_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Our Dropbox Sign", "kind": "dropbox_sign", "base_url": "https://api.hellosign.com/v3",
    "events_url": "https://prm.example/v1/public/signature-services/vnd_01jd3k7x2mfq8t9v5w6y0zabcd.sgs_01jd3k7x2mfq8t9v5w6y0zabcd/events",
    "dropbox_sign": {"test_mode": false}, "revision": 1, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z",
    "available_actions": ["update", "delete"]}))]
pub struct SignatureService {
    /// Its id.
    pub id: SignatureServiceId,
    /// What people call it.
    pub name: String,
    /// Whose it is. More may come.
    pub kind: SignatureServiceKind,
    /// Where its API is.
    pub base_url: String,
    /// Where its events are taken. DocuSign is told with every request; enter it at Dropbox Sign as the callback URL of the account or API app.
    pub events_url: String,
    /// What is shown of credentials at DocuSign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docusign: Option<SignatureDocusignKnown>,
    /// What is shown of credentials at Dropbox Sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropbox_sign: Option<SignatureDropboxSignKnown>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now: `update`, `delete`.
    pub available_actions: Vec<String>,
}

impl Resource for SignatureService {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/signature-services/{}", self.id))
    }
}

impl SignatureService {
    /// As it is shown.
    pub fn of(app: &App, row: &ServiceRow) -> Result<Self, Problem> {
        let known = row.known()?;
        Ok(Self {
            id: row.id(),
            name: row.name.clone(),
            kind: row.kind()?,
            base_url: row.base_url.clone(),
            events_url: events_url(app, row),
            docusign: known.docusign,
            dropbox_sign: known.dropbox_sign,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: vec!["update".to_owned(), "delete".to_owned()],
        })
    }
}

/// Where a service sends its events. Whose they are stands in it: nobody has to look through all vendors'.
pub fn events_url(app: &App, row: &ServiceRow) -> String {
    format!("{}/v1/public/signature-services/{}.{}/events", app.public_url(), kernel::id::VendorId(row.vendor_id), row.id())
}

/// What is known of an agreement's request to a signature service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"service_id": "sgs_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "docusign", "status": "out",
    "external_id": "93be49ab-0000-4000-8000-f752070d71ec"}))]
pub struct AgreementSignatureRequest {
    /// The service.
    pub service_id: SignatureServiceId,
    /// Whose service it is. More may come.
    pub kind: SignatureServiceKind,
    /// Where the request stands. More may come.
    pub status: SignatureRequestStatus,
    /// What the service calls it: the envelope's id, or the signature request's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// When the service was last asked; shown to the vendor, never in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<DateTime<Utc>>,
    /// What went wrong when it was last asked; shown to the vendor, never in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
