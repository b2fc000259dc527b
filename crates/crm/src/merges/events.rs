//! What merges publish.

use super::types::AccountMerge;
use crate::accounts::Account;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

/// An account was merged into another.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountMerged {
    /// The account that survives, as it now is.
    pub account: Account,
    /// The account that went; whatever names it now means the other.
    pub merged: Account,
    /// The merge, with how much moved.
    pub merge: AccountMerge,
}

impl Event for AccountMerged {
    const TYPE: &'static str = "account.merged";
    fn subject(&self) -> Subject {
        Subject::new("account", self.account.id, self.account.revision)
    }
}

/// A merge of two accounts was undone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountUnmerged {
    /// The account that had survived, as it now is.
    pub account: Account,
    /// The account that is there again.
    pub restored: Account,
    /// The merge, with what stayed as it was.
    pub merge: AccountMerge,
}

impl Event for AccountUnmerged {
    const TYPE: &'static str = "account.unmerged";
    fn subject(&self) -> Subject {
        Subject::new("account", self.account.id, self.account.revision)
    }
}

/// Every event of merges.
pub fn event_kinds() -> Vec<EventKind> {
    vec![
        EventKind::of::<AccountMerged>("An account was merged into another; what else changed by that has events of its own."),
        EventKind::of::<AccountUnmerged>("A merge of two accounts was undone; what else changed by that has events of its own."),
    ]
}
