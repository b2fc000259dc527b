//! What this domain publishes.

use crate::accounts::Account;
use crate::imports::Import;
use crate::opportunities::Opportunity;
use kernel::log::EventKind;
use kernel::personal::{DataSubject, Personal};
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

/// An account came here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountCreated {
    /// The account.
    pub account: Account,
}

impl Event for AccountCreated {
    const TYPE: &'static str = "account.created";
    fn subject(&self) -> Subject {
        Subject::new("account", self.account.id, self.account.revision)
    }
}

/// An account changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountUpdated {
    /// The account as it now is.
    pub account: Account,
    /// The names of the fields that changed.
    pub changed: Vec<String>,
}

impl Event for AccountUpdated {
    const TYPE: &'static str = "account.updated";
    fn subject(&self) -> Subject {
        Subject::new("account", self.account.id, self.account.revision)
    }
}

/// An opportunity came here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpportunityCreated {
    /// The opportunity.
    pub opportunity: Opportunity,
}

impl Event for OpportunityCreated {
    const TYPE: &'static str = "opportunity.created";
    fn subject(&self) -> Subject {
        Subject::new("opportunity", self.opportunity.id, self.opportunity.revision)
    }
    fn personal(&self) -> Vec<Personal> {
        owner(&self.opportunity)
    }
}

/// An opportunity changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpportunityUpdated {
    /// The opportunity as it now is.
    pub opportunity: Opportunity,
    /// The names of the fields that changed.
    pub changed: Vec<String>,
}

impl Event for OpportunityUpdated {
    const TYPE: &'static str = "opportunity.updated";
    fn subject(&self) -> Subject {
        Subject::new("opportunity", self.opportunity.id, self.opportunity.revision)
    }
    fn personal(&self) -> Vec<Personal> {
        owner(&self.opportunity)
    }
}

/// Who works on it for the vendor: a name, or an address, in the CRM's words.
fn owner(opportunity: &Opportunity) -> Vec<Personal> {
    let whose = opportunity.owner.iter().map(|owner| DataSubject::contact(None, owner));
    whose.map(|whose| Personal { whose, members: &["/opportunity/owner"] }).collect()
}

/// Declares an event whose data is the import as it then is.
macro_rules! import_events {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)+) => {
        $($(#[$doc])*
        #[derive(Debug, Clone, Serialize, ToSchema)]
        pub struct $name {
            /// The import.
            pub import: Import,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("import", self.import.id, self.import.revision)
            }
        })+
    };
}

import_events! {
    /// An import was described.
    ImportCreated = "import.created";
    /// An import has its content and waits for its turn.
    ImportQueued = "import.queued";
    /// An import has come to its end; `progress` says how many rows were refused.
    ImportCompleted = "import.completed";
    /// An import could not go on.
    ImportFailed = "import.failed";
    /// An import was cancelled.
    ImportCancelled = "import.cancelled";
}

/// Every event that this crate publishes.
pub fn event_kinds() -> Vec<EventKind> {
    let own = vec![
        EventKind::of::<AccountCreated>("An account was mirrored for the first time."),
        EventKind::of::<AccountUpdated>("A mirrored account changed."),
        EventKind::of::<OpportunityCreated>("An opportunity was mirrored for the first time."),
        EventKind::of::<OpportunityUpdated>("A mirrored opportunity changed."),
        EventKind::of::<ImportCreated>("An import was described; it may still await its content."),
        EventKind::of::<ImportQueued>("An import has its content and waits for its turn."),
        EventKind::of::<ImportCompleted>("An import came to its end; some of its rows may have been refused."),
        EventKind::of::<ImportFailed>("An import could not go on; what it did before stays done."),
        EventKind::of::<ImportCancelled>("An import was cancelled; what it did before stays done."),
    ];
    own.into_iter().chain(crate::merges::events::event_kinds()).collect()
}
