//! Documents on the wire.

use super::PartnerDocumentId;
use super::store::{DocumentRow, VersionRow};
use crate::contracts::PartnerContractId;
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::app::Resource;
use kernel::body::{not_null, present};
use kernel::id::PartnerId;
use kernel::text::not_blank;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum PartnerDocumentKind {
    /// A contract, or a part of one.
    Contract,
    /// A certificate: of a person, a standard, an insurance.
    Certificate,
    /// A tax form.
    TaxForm,
    /// An entry in a register of companies.
    Registration,
    /// A report.
    Report,
    /// Something else.
    Other,
}

/// Who may see a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum PartnerDocumentVisibility {
    /// The vendor's own people.
    #[default]
    Vendor,
    /// The partner's people too.
    Partner,
}

/// A file: what it is called, what it is, and its bytes.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"file_name": "agreement.txt", "media_type": "text/plain", "content": "UmVzZWxsZXIgYWdyZWVtZW50"}))]
pub struct PartnerDocumentFile {
    /// What it is called, without folders.
    #[validate(length(min = 1, max = 200), custom(function = a_file_name))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub file_name: String,
    /// What it is: PDF, PNG, JPEG, DOCX, XLSX, PPTX, CSV or plain text, by its media type. The content must really be that.
    #[validate(length(min = 3, max = 100))]
    #[schema(min_length = 3, max_length = 100)]
    pub media_type: String,
    /// Its bytes in base64; 5 MiB at most.
    #[validate(length(min = 1, max = 7_000_000))]
    #[schema(min_length = 1, max_length = 7_000_000)]
    pub content: String,
}

/// A document to be kept.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Reseller agreement, signed", "kind": "contract", "visibility": "partner",
    "file": {"file_name": "agreement.txt", "media_type": "text/plain", "content": "UmVzZWxsZXIgYWdyZWVtZW50"}}))]
pub struct PartnerDocumentCreate {
    /// What it is called.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub title: String,
    /// What it is.
    pub kind: PartnerDocumentKind,
    /// Who may see it; the vendor's own people alone, if absent.
    #[serde(default)]
    pub visibility: PartnerDocumentVisibility,
    /// The contract that it belongs to.
    pub contract_id: Option<PartnerContractId>,
    /// Until when it must be kept.
    pub retain_until: Option<DateTime<Utc>>,
    /// The file.
    #[validate(nested)]
    pub file: PartnerDocumentFile,
}

/// What is to change of a document (JSON merge patch): what is absent stays, null clears.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"visibility": "vendor"}))]
pub struct PartnerDocumentPatch {
    /// What it is called.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub title: Option<String>,
    /// What it is.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub kind: Option<PartnerDocumentKind>,
    /// Who may see it.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub visibility: Option<PartnerDocumentVisibility>,
    /// The contract that it belongs to.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PartnerContractId>)]
    pub contract_id: Option<Option<PartnerContractId>>,
    /// Until when it must be kept; later than now said, never earlier.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub retain_until: Option<DateTime<Utc>>,
}

fn a_file_name(name: &str) -> Result<(), ValidationError> {
    let bad = name.trim().is_empty() || name.starts_with('.') || name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\' | '"'));
    if bad { Err(ValidationError::new("file_name").with_message("A name without folders and quotes.".into())) } else { Ok(()) }
}

/// Parameters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PartnerDocumentQuery {
    /// Only documents of this kind.
    #[param(inline)]
    pub kind: Option<PartnerDocumentKind>,
    /// Only those that belong to this contract.
    pub contract_id: Option<PartnerContractId>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Which version is meant.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PartnerDocumentContentQuery {
    /// The version; the newest if absent.
    #[param(minimum = 1)]
    pub version: Option<i64>,
}

/// A version of a document.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"version": 1, "file_name": "agreement.txt", "media_type": "text/plain", "bytes": 18,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "uploaded_at": "2026-11-20T12:00:00Z"}))]
pub struct PartnerDocumentVersion {
    /// Its number: 1, 2, 3 …
    pub version: i64,
    /// What the file is called.
    pub file_name: String,
    /// What it is.
    pub media_type: String,
    /// How many bytes it has.
    pub bytes: i64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// Who brought it; for the vendor's own people only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub uploaded_by: Option<ActorRef>,
    /// When.
    pub uploaded_at: DateTime<Utc>,
}

impl PartnerDocumentVersion {
    /// As `shown` says whether who brought it is told.
    pub fn of(row: &VersionRow, shown: bool) -> Self {
        Self {
            version: row.version,
            file_name: row.file_name.clone(),
            media_type: row.media_type.clone(),
            bytes: row.bytes,
            sha256: row.sha256.clone(),
            uploaded_by: shown.then(|| ActorRef { kind: row.actor_kind.clone(), id: row.actor_id.clone() }),
            uploaded_at: row.uploaded_at,
        }
    }
}

/// A document about a partner.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"id": "pdo_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "title": "Reseller agreement, signed",
    "kind": "contract", "visibility": "partner", "latest": {"version": 1, "file_name": "agreement.txt", "media_type": "text/plain", "bytes": 18,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "uploaded_at": "2026-11-20T12:00:00Z"}, "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct PartnerDocument {
    /// Its id.
    pub id: PartnerDocumentId,
    /// The partner.
    pub partner_id: PartnerId,
    /// What it is called.
    pub title: String,
    /// What it is. More kinds may come.
    pub kind: PartnerDocumentKind,
    /// Who may see it.
    pub visibility: PartnerDocumentVisibility,
    /// The contract that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub contract_id: Option<PartnerContractId>,
    /// Until when it must be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub retain_until: Option<DateTime<Utc>>,
    /// Its newest version.
    pub latest: PartnerDocumentVersion,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was kept first.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl PartnerDocument {
    /// A document with its newest version.
    pub fn of(row: &DocumentRow, latest: PartnerDocumentVersion) -> Self {
        Self {
            id: row.id(),
            partner_id: PartnerId(row.partner_id),
            title: row.title.clone(),
            kind: row.kind,
            visibility: row.visibility,
            contract_id: row.contract_id.map(PartnerContractId),
            retain_until: row.retain_until,
            latest,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl Resource for PartnerDocument {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/partners/{}/documents/{}", self.partner_id, self.id))
    }
}
