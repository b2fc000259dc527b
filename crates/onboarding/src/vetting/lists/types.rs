//! What goes over the wire.

use crate::vetting::ScreeningListId;
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::app::Resource;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// In which form a list is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScreeningFormat {
    /// Three CSV files: SDN, ALT and ADD.
    Ofac,
    /// The consolidated list of the United Nations, XML.
    Un,
}

impl ScreeningFormat {
    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Ofac => "ofac",
            Self::Un => "un",
        }
    }

    pub(crate) fn stored(text: &str) -> Self {
        if text == "un" { Self::Un } else { Self::Ofac }
    }
}

/// A list to be kept.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "OFAC SDN", "format": "ofac"}))]
pub struct ScreeningListCreate {
    /// What it is called; unique.
    #[validate(length(min = 1, max = 100), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub name: String,
    /// In which form it is published.
    pub format: ScreeningFormat,
}

/// A list of people and companies that one may not do business with.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "scl_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "OFAC SDN", "format": "ofac", "version": 3, "entries": 9012,
    "published_at": "2026-11-20T12:00:00Z", "revision": 4, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct ScreeningList {
    /// Its id.
    pub id: ScreeningListId,
    /// What it is called.
    pub name: String,
    /// In which form it is published.
    pub format: ScreeningFormat,
    /// The version in force; 0 before the first.
    pub version: i64,
    /// How many entries it has.
    pub entries: i64,
    /// When its version was published here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_at: Option<DateTime<Utc>>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Resource for ScreeningList {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/screening-lists/{}", self.id))
    }
}

/// The files of a publication, as they were published. Take an end-of-file mark (0x1A) off the end.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"sdn": "36,\"AEROCARIBBEAN AIRLINES\",-0- ,\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n"}))]
pub struct ScreeningFiles {
    /// `sdn.csv`, of the format `ofac`.
    #[validate(length(min = 1, max = 16777216))]
    #[schema(min_length = 1, max_length = 16777216)]
    pub sdn: Option<String>,
    /// `alt.csv`.
    #[validate(length(max = 16777216))]
    #[schema(max_length = 16777216)]
    pub alt: Option<String>,
    /// `add.csv`.
    #[validate(length(max = 16777216))]
    #[schema(max_length = 16777216)]
    pub add: Option<String>,
    /// The consolidated list, of the format `un`.
    #[validate(length(min = 1, max = 16777216))]
    #[schema(min_length = 1, max_length = 16777216)]
    pub xml: Option<String>,
}

/// A new version of a list, whole.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"files": {"sdn": "36,\"AEROCARIBBEAN AIRLINES\",-0- ,\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n",
    "alt": "36,12,\"aka\",\"AERO-CARIBBEAN\",-0- \n", "add": "36,25,-0- ,\"Havana\",\"Cuba\",-0- \n"}, "accept_removals": false}))]
pub struct ScreeningListPublish {
    /// Its files.
    #[validate(nested)]
    pub files: ScreeningFiles,
    /// Whether more than a fifth of the entries may go: without it, such a version is taken for one that was cut off.
    #[serde(default)]
    pub accept_removals: bool,
}

/// A version of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"list_id": "scl_01jd3k7x2mfq8t9v5w6y0zabcd", "version": 3, "entries": 9012, "added": 12, "changed": 4, "removed": 1,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "published_by": {"type": "api_key", "id": "key_01jd3k7x2mfq8t9v5w6y0zabcd"},
    "created_at": "2026-11-20T12:00:00Z"}))]
pub struct ScreeningVersion {
    /// The list.
    pub list_id: ScreeningListId,
    /// Its number: checks name it.
    pub version: i64,
    /// How many entries it has.
    pub entries: i64,
    /// How many it has that the version before had not.
    pub added: i64,
    /// How many say something else than before.
    pub changed: i64,
    /// How many the version before had and this one has not.
    pub removed: i64,
    /// SHA-256 of its files, in the order SDN, ALT, ADD, XML.
    pub sha256: String,
    /// Who published it here.
    pub published_by: ActorRef,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Resource for ScreeningVersion {}
