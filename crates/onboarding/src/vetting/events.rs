//! What vetting publishes. Events say what came of a check, never why: names, entries and scores stay in the register.

use super::checks::types::VettingCheckNews;
use super::lists::{ScreeningList, ScreeningVersion};
use super::policy::VettingPolicyVersion;
use super::runs::ScreeningRun;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

/// A screening list was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScreeningListCreated {
    /// The list.
    pub screening_list: ScreeningList,
}

impl Event for ScreeningListCreated {
    const TYPE: &'static str = "screening_list.created";
    fn subject(&self) -> Subject {
        Subject::new("screening_list", self.screening_list.id, self.screening_list.revision)
    }
}

/// A version of a screening list was published.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScreeningListPublished {
    /// The list as it now is.
    pub screening_list: ScreeningList,
    /// The version.
    pub version: ScreeningVersion,
}

impl Event for ScreeningListPublished {
    const TYPE: &'static str = "screening_list.published";
    fn subject(&self) -> Subject {
        Subject::new("screening_list", self.screening_list.id, self.screening_list.revision)
    }
}

/// Everybody was held against what changed in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScreeningRunCompleted {
    /// The run.
    pub screening_run: ScreeningRun,
}

impl Event for ScreeningRunCompleted {
    const TYPE: &'static str = "screening_run.completed";
    fn subject(&self) -> Subject {
        Subject::new("screening_run", self.screening_run.id, self.screening_run.revision)
    }
}

/// A vetting policy was published.
#[derive(Debug, Serialize, ToSchema)]
pub struct VettingPolicyPublished {
    /// The policy.
    pub vetting_policy: VettingPolicyVersion,
}

impl Event for VettingPolicyPublished {
    const TYPE: &'static str = "vetting_policy.published";
    fn subject(&self) -> Subject {
        Subject::new("vetting_policy", self.vetting_policy.version, self.vetting_policy.version)
    }
}

macro_rules! check_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// What came of the check.
            pub vetting_check: VettingCheckNews,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("vetting_check", self.vetting_check.id, self.vetting_check.revision)
            }
        })+

        fn check_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

check_events! {
    VettingCheckPassed = "vetting_check.passed" "A check found nothing that speaks against somebody.";
    VettingCheckReviewNeeded = "vetting_check.review_needed" "A check found something that a person has to look at.";
    VettingCheckBlocked = "vetting_check.blocked" "A check found that one does not do business with somebody.";
    VettingCheckCleared = "vetting_check.cleared" "A person looked at what a check had found: it is somebody else.";
    VettingCheckConfirmed = "vetting_check.confirmed" "A person looked at what a check had found: it is them.";
}

/// Every event of vetting.
pub fn event_kinds() -> Vec<EventKind> {
    let mut kinds = vec![
        EventKind::of::<ScreeningListCreated>("A screening list was made."),
        EventKind::of::<ScreeningListPublished>("A version of a screening list was published."),
        EventKind::of::<ScreeningRunCompleted>("Everybody was held against what changed in a list."),
        EventKind::of::<VettingPolicyPublished>("A vetting policy was published."),
    ];
    kinds.extend(check_event_kinds());
    kinds.extend(super::providers::events::event_kinds());
    kinds.extend(super::requests::events::event_kinds());
    kinds
}
