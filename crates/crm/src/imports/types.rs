//! What an import looks like from outside, and the options that it is stored with.

use super::store::import::Model;
use chrono::{DateTime, Utc};
use kernel::Resource;
use kernel::money::Currency;
use kernel::problem::FieldError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use validator::Validate;

kernel::define_id!(
    /// An import.
    ImportId, "imp");

/// Declares an enum whose names on the wire are also what the database holds.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $wire:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$word_doc])* $variant,)+ }

        impl $name {
            /// Its name on the wire and in the database.
            pub fn wire(self) -> &'static str {
                match self { $(Self::$variant => $wire,)+ }
            }

            /// The one of this name.
            pub fn read(text: &str) -> Option<Self> {
                match text { $($wire => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// What an import brings.
    ImportResource {
        /// Accounts.
        Accounts = "accounts",
        /// Opportunities; their accounts must be here already.
        Opportunities = "opportunities",
        /// Leads; those that are here already stay as they are.
        Leads = "leads",
    }
}

words! {
    /// How the file is written.
    ImportFormat {
        /// Comma-separated values with a header, in UTF-8 (RFC 4180).
        Csv = "csv",
        /// One JSON object a line.
        Ndjson = "ndjson",
    }
}

words! {
    /// How an import stands.
    ImportStatus {
        /// Send its content.
        AwaitingContent = "awaiting_content",
        /// It waits for its turn.
        Queued = "queued",
        /// It is being worked off.
        Running = "running",
        /// It came to its end; some rows may have been refused.
        Succeeded = "succeeded",
        /// It could not go on.
        Failed = "failed",
        /// It was cancelled.
        Cancelled = "cancelled",
    }
}

words! {
    /// What amounts in the file are counted in.
    AmountUnit {
        /// The currency's minor unit, e.g. cents.
        Minor = "minor",
        /// The currency itself, with decimals: `1,054.50`.
        Major = "major",
    }
}

words! {
    /// What to do with a value that `values` does not list.
    OnUnknown {
        /// Refuse the row.
        Refuse = "refuse",
        /// Take the value as it is.
        Keep = "keep",
    }
}

words! {
    /// What stands between two columns of a CSV file.
    Delimiter {
        /// `,`
        Comma = "comma",
        /// `;`
        Semicolon = "semicolon",
        /// A tab.
        Tab = "tab",
        /// `|`
        Pipe = "pipe",
    }
}

impl Delimiter {
    /// The byte itself.
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }
}

/// Our fields and, for each, a text.
pub type Texts = BTreeMap<String, String>;

/// Describe an import: what it brings, and how the file's columns become fields.
///
/// Without `content` it then awaits `PUT /v1/imports/{id}/content`; with it, it is queued at once.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "resource": "opportunities", "format": "csv",
    "mapping": {"external_id": "opportunity_id", "name": "opportunity_id", "account_external_id": "account", "status": "deal_stage",
        "stage": "deal_stage", "product": "product", "amount": "close_value", "opened_on": "engage_date", "closes_on": "close_date"},
    "values": {"status": {"Won": "won", "Lost": "lost", "Engaging": "open", "Prospecting": "open"}, "product": {"GTXPro": "GTX Pro"}},
    "on_unknown": {"status": "refuse"}, "currency": "USD", "amount_unit": "major", "validate_only": false}))]
pub struct ImportCreate {
    /// What the file holds.
    pub resource: ImportResource,
    /// How the file is written.
    pub format: ImportFormat,
    /// What stands between two columns of a CSV file; a comma if absent.
    #[serde(default = "comma")]
    pub delimiter: Delimiter,
    /// Our field, and the column (or JSON member) that fills it; `custom_fields.NAME` fills a custom field. Fields that are neither
    /// mapped nor constant stay as they are. Empty: columns are named like our fields.
    #[serde(default)]
    pub mapping: BTreeMap<String, String>,
    /// Our field, and the value that it has in every row.
    #[serde(default)]
    pub constants: BTreeMap<String, String>,
    /// Our field, and what each value in the file means: `{"status": {"Won": "won"}}`. The key `""` translates an empty cell.
    #[serde(default)]
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// Our field, and what to do with a value that `values` does not list; `keep` if absent.
    #[serde(default)]
    pub on_unknown: BTreeMap<String, OnUnknown>,
    /// Currency of amounts in rows that name none.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// What amounts are counted in; `minor` if absent.
    #[serde(default = "minor")]
    pub amount_unit: AmountUnit,
    /// Check every row and report, but write none.
    #[serde(default)]
    pub validate_only: bool,
    /// The file itself, up to 8 MiB.
    #[serde(default)]
    #[schema(max_length = 8_388_608)]
    pub content: Option<String>,
}

fn comma() -> Delimiter {
    Delimiter::Comma
}

fn minor() -> AmountUnit {
    AmountUnit::Minor
}

/// How a file's columns become fields: what an import is stored with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportOptions {
    /// See [`ImportCreate::delimiter`].
    pub delimiter: Delimiter,
    /// See [`ImportCreate::mapping`].
    pub mapping: BTreeMap<String, String>,
    /// See [`ImportCreate::constants`].
    pub constants: BTreeMap<String, String>,
    /// See [`ImportCreate::values`].
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// See [`ImportCreate::on_unknown`].
    pub on_unknown: BTreeMap<String, OnUnknown>,
    /// See [`ImportCreate::currency`].
    pub currency: Option<Currency>,
    /// See [`ImportCreate::amount_unit`].
    pub amount_unit: AmountUnit,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            delimiter: Delimiter::Comma,
            mapping: Texts::new(),
            constants: Texts::new(),
            values: BTreeMap::new(),
            on_unknown: BTreeMap::new(),
            currency: None,
            amount_unit: AmountUnit::Minor,
        }
    }
}

/// How far an import has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"bytes_total": 81920, "bytes_done": 40960, "line": 501, "created": 480, "updated": 10, "unchanged": 5, "refused": 5}))]
pub struct ImportProgress {
    /// Size of the file.
    pub bytes_total: i64,
    /// Bytes worked off.
    pub bytes_done: i64,
    /// The line that comes next.
    pub line: i64,
    /// Rows that were new.
    pub created: i64,
    /// Rows that changed something.
    pub updated: i64,
    /// Rows that were so already.
    pub unchanged: i64,
    /// Rows that were refused; see `GET /v1/imports/{id}/errors`.
    pub refused: i64,
}

/// Why an import could not go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"code": "internal", "detail": "Something broke here; nothing was changed."}))]
pub struct ImportFailure {
    /// Stable code.
    pub code: String,
    /// What happened, in a sentence.
    pub detail: String,
}

/// An import: the operation that works off a file.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "imp_01jd3k7x2mfq8t9v5w6y0zabcd", "resource": "accounts", "format": "csv", "delimiter": "comma",
    "mapping": {"external_id": "account", "name": "account"}, "constants": {}, "values": {}, "on_unknown": {}, "amount_unit": "minor",
    "validate_only": false, "status": "running",
    "progress": {"bytes_total": 81920, "bytes_done": 40960, "line": 501, "created": 480, "updated": 10, "unchanged": 5, "refused": 5},
    "available_actions": ["cancel"], "revision": 3, "created_at": "2026-11-20T12:00:00.000000Z", "updated_at": "2026-11-20T12:00:01.000000Z"}))]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// What the file holds.
    pub resource: ImportResource,
    /// How the file is written.
    pub format: ImportFormat,
    /// What stands between two columns of a CSV file.
    pub delimiter: Delimiter,
    /// Our field, and the column that fills it.
    pub mapping: BTreeMap<String, String>,
    /// Our field, and the value that it has in every row.
    pub constants: BTreeMap<String, String>,
    /// Our field, and what each value in the file means.
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// Our field, and what to do with a value that `values` does not list.
    pub on_unknown: BTreeMap<String, OnUnknown>,
    /// Currency of amounts in rows that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// What amounts are counted in.
    pub amount_unit: AmountUnit,
    /// Whether rows are only checked.
    pub validate_only: bool,
    /// How it stands.
    pub status: ImportStatus,
    /// How far it has come.
    pub progress: ImportProgress,
    /// Why it could not go on, if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<ImportFailure>,
    /// What may be done with it now: `upload_content`, `cancel`.
    pub available_actions: Vec<String>,
    /// Counts its changes, progress included; the `ETag`.
    pub revision: i64,
    /// When it was described.
    pub created_at: DateTime<Utc>,
    /// When it last moved.
    pub updated_at: DateTime<Utc>,
}

impl Resource for Import {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/imports/{}", self.id))
    }
}

impl From<&Model> for Import {
    fn from(row: &Model) -> Self {
        let options = row.options();
        let status = row.status();
        let actions: &[&str] = match status {
            ImportStatus::AwaitingContent => &["upload_content", "cancel"],
            ImportStatus::Queued | ImportStatus::Running => &["cancel"],
            _ => &[],
        };
        let detail = row.failure_detail.clone().unwrap_or_default();
        Self {
            id: ImportId(row.id),
            resource: row.resource(),
            format: row.format(),
            delimiter: options.delimiter,
            mapping: options.mapping,
            constants: options.constants,
            values: options.values,
            on_unknown: options.on_unknown,
            currency: options.currency,
            amount_unit: options.amount_unit,
            validate_only: row.validate_only,
            status,
            progress: ImportProgress {
                bytes_total: row.bytes_total,
                bytes_done: row.bytes_done,
                line: row.line,
                created: row.rows_created,
                updated: row.rows_updated,
                unchanged: row.rows_unchanged,
                refused: row.rows_refused,
            },
            failure: row.failure_code.clone().map(|code| ImportFailure { code, detail }),
            available_actions: actions.iter().map(ToString::to_string).collect(),
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A row that was refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({
    "line": 17, "errors": [{"pointer": "/account_external_id", "code": "unknown_account", "detail": "There is no account with this external_id; PUT or import it first."}],
    "cells": ["0061t00000XyZ", "Nobody Ltd"]}))]
pub struct RefusedRow {
    /// The line of the file that it begins on; the first is 1.
    pub line: i64,
    /// What is wrong with it; pointers name our fields.
    pub errors: Vec<FieldError>,
    /// The row as it was read, column by column; the whole line as one cell if it could not be split.
    pub cells: Vec<String>,
}
