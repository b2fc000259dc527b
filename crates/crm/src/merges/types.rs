//! What merges look like on the wire.

use super::rules::{AccountField, AccountMergeSide};
use super::{AccountMergeId, MOST_MOVED};
use crate::accounts::{Account, AccountId};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use kernel::Resource;
use kernel::actor::ActorRef;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use validator::Validate;

/// Into which account another is to be merged, and how.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"into": "0011t00000AbCdE", "fields": {"name": "survivor", "phone": "merged"}}))]
pub struct AccountMergeRequest {
    /// `external_id` of the account that survives.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub into: String,
    /// Whose value each field gets. A field that is left out keeps the survivor's, or gets the other's if the survivor has none; custom fields one by one.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, AccountMergeSide>)]
    pub fields: BTreeMap<AccountField, AccountMergeSide>,
}

/// How many things of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"kind": "opportunity", "count": 2, "examples": ["0061t00000XyZ"]}))]
pub struct AccountMergeMoved {
    /// `opportunity`, `subsidiary`, `redirect` (an account that was merged into this one before), `deal`, `named_account`, and others to come.
    pub kind: String,
    /// How many.
    pub count: i64,
    /// Some of them, by what people know them by: at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}

/// Something that has to be settled first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"code": "protected_for_different_partners",
    "detail": "deal_01jd3k7x2mfq8t9v5w6y0zabcd and deal_01jd3k7x2mfq8t9v5w6y0zabce are protected for different partners."}))]
pub struct AccountMergeObstacle {
    /// Stable code: `protected_for_different_partners`, `named_for_different_partners`, `judged_different`, `too_many`.
    pub code: String,
    /// What to settle, in a sentence.
    pub detail: String,
}

/// What a field of an account holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum AccountFieldValue {
    /// Text, of every field but one.
    Text(String),
    /// The vendor's own fields.
    Fields(std::collections::HashMap<String, serde_json::Value>),
}

/// A field in which two accounts differ.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"field": "phone", "merged": "+49 40 123456", "survivor": "+49 40 654321", "result": "+49 40 654321"}))]
pub struct AccountMergeDifference {
    /// The field.
    pub field: AccountField,
    /// What the account that goes has; absent if nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged: Option<AccountFieldValue>,
    /// What the account that survives has; absent if nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survivor: Option<AccountFieldValue>,
    /// What it will have; absent if nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<AccountFieldValue>,
}

/// What a merge would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"can_merge": true, "obstacles": [], "merged": {"id": "acc_01jd3k7x2mfq8t9v5w6y0zabcd", "external_id": "A-17", "name": "Fabrikam Inc",
    "custom_fields": {}, "revision": 1, "created_at": "2026-11-20T12:00:00.000000Z", "updated_at": "2026-11-20T12:00:00.000000Z"},
    "survivor": {"id": "acc_01jd3k7x2mfq8t9v5w6y0zabce", "external_id": "A-3", "name": "Fabrikam", "custom_fields": {}, "revision": 4,
    "created_at": "2026-11-20T12:00:00.000000Z", "updated_at": "2026-11-20T12:00:00.000000Z"},
    "differences": [{"field": "name", "merged": "Fabrikam Inc", "survivor": "Fabrikam", "result": "Fabrikam"}],
    "moves": [{"kind": "opportunity", "count": 2, "examples": ["0061t00000XyZ"]}]}))]
pub struct AccountMergePreview {
    /// Whether it would be carried out as things are.
    pub can_merge: bool,
    /// What stands in the way.
    pub obstacles: Vec<AccountMergeObstacle>,
    /// The account that would go.
    pub merged: Account,
    /// The account that would survive, as it is.
    pub survivor: Account,
    /// Where the two differ, and what would become of it.
    pub differences: Vec<AccountMergeDifference>,
    /// What would move, kind by kind.
    pub moves: Vec<AccountMergeMoved>,
}

impl Resource for AccountMergePreview {}

/// How a merge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountMergeStatus {
    /// The one account stands for both.
    Merged,
    /// It was undone.
    Undone,
}

impl AccountMergeStatus {
    /// Its name on the wire and in the database.
    pub fn wire(self) -> &'static str {
        if self == Self::Merged { "merged" } else { "undone" }
    }
}

/// What an undoing left as it was, since it was changed after the merge.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"fields": ["phone"], "things": [{"kind": "opportunity", "count": 1, "examples": ["opp_01jd3k7x2mfq8t9v5w6y0zabcd"]}]}))]
pub struct AccountMergeStayed {
    /// Fields of the survivor.
    pub fields: Vec<String>,
    /// What was moved and is elsewhere by now, or gone.
    pub things: Vec<AccountMergeMoved>,
}

/// Two accounts that were made one.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "amg_01jd3k7x2mfq8t9v5w6y0zabcd", "status": "merged", "merged_id": "acc_01jd3k7x2mfq8t9v5w6y0zabcd",
    "merged_external_id": "A-17", "into_id": "acc_01jd3k7x2mfq8t9v5w6y0zabce", "into_external_id": "A-3", "taken": ["phone"],
    "moved": [{"kind": "opportunity", "count": 2}], "made_by": {"type": "api_key", "id": "key_01jd3k7x2mfq8t9v5w6y0zabcd"},
    "undo_until": "2026-12-20T12:00:00.000000Z", "revision": 1, "created_at": "2026-11-20T12:00:00.000000Z",
    "updated_at": "2026-11-20T12:00:00.000000Z", "available_actions": ["undo"]}))]
pub struct AccountMerge {
    /// Its id.
    pub id: AccountMergeId,
    /// How it stands.
    pub status: AccountMergeStatus,
    /// Our id of the account that went.
    pub merged_id: AccountId,
    /// The CRM's id of it.
    pub merged_external_id: String,
    /// Our id of the account that survives.
    pub into_id: AccountId,
    /// The CRM's id of it.
    pub into_external_id: String,
    /// The fields that changed in the survivor.
    pub taken: Vec<String>,
    /// What moved, kind by kind.
    pub moved: Vec<AccountMergeMoved>,
    /// Once it was undone: what stayed as it was, since it was changed after the merge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stayed: Option<AccountMergeStayed>,
    /// Who merged them.
    pub made_by: ActorRef,
    /// Until when it can be undone.
    pub undo_until: DateTime<Utc>,
    /// When it was undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone_at: Option<DateTime<Utc>>,
    /// Counts its changes; the `ETag`.
    pub revision: i64,
    /// When they were merged.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now: `undo`.
    pub available_actions: Vec<String>,
}

impl Resource for AccountMerge {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/account-merges/{}", self.id))
    }
}

/// A merge as it is answered: 201 if it was carried out now, 200 if the two were one already.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Carried {
    /// The merge.
    pub(crate) merge: AccountMerge,
    #[serde(skip)]
    pub(crate) now: bool,
}

impl Resource for Carried {
    fn revision(&self) -> Option<i64> {
        self.merge.revision()
    }
    fn location(&self) -> Option<String> {
        self.merge.location()
    }
    fn status(&self) -> Option<StatusCode> {
        Some(if self.now { StatusCode::CREATED } else { StatusCode::OK })
    }
}

/// More of a kind than one merge moves.
pub(crate) fn too_many(kind: &str) -> crate::ports::MergeObstacle {
    let detail = format!("There are more than {MOST_MOVED} of the kind `{kind}`, which is more than one merge moves.");
    crate::ports::MergeObstacle { code: "too_many", detail }
}
