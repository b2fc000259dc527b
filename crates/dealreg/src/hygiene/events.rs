//! What hygiene publishes.

use super::settings::HygieneSettings;
use super::types::{HygieneAudit, HygieneFinding};
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! audit_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The audit as it then is.
            pub audit: HygieneAudit,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("hygiene_audit", self.audit.id, self.audit.revision)
            }
        })+

        fn audit_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

audit_events! {
    HygieneAuditStarted = "hygiene_audit.started" "An audit of hygiene was begun.";
    HygieneAuditCompleted = "hygiene_audit.completed" "An audit of hygiene came to its end; it says how much it found.";
    HygieneAuditFailed = "hygiene_audit.failed" "An audit of hygiene could not go on.";
}

macro_rules! finding_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The finding as it now is, without the reason of a dismissal.
            pub finding: HygieneFinding,
        }

        impl $name {
            /// Of this finding; a reason is people's words, which an erasure must still reach.
            pub fn of(mut finding: HygieneFinding) -> Self {
                finding.dismissal.iter_mut().for_each(|dismissal| dismissal.reason = None);
                Self { finding }
            }
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("hygiene_finding", self.finding.id, self.finding.revision)
            }
        })+

        fn finding_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

finding_events! {
    HygieneFindingOpened = "hygiene_finding.opened" "An audit came upon something new, or upon something that had been resolved or dismissed.";
    HygieneFindingResolved = "hygiene_finding.resolved" "What an audit had come upon is so no longer.";
    HygieneFindingDismissed = "hygiene_finding.dismissed" "Somebody said that a finding does not matter.";
}

/// The settings of hygiene were set.
#[derive(Debug, Serialize, ToSchema)]
pub struct HygieneSettingsChanged {
    /// As they now are.
    pub settings: HygieneSettings,
    #[serde(skip)]
    pub(super) revision: i64,
}

impl Event for HygieneSettingsChanged {
    const TYPE: &'static str = "hygiene_settings.changed";
    fn subject(&self) -> Subject {
        Subject::new("hygiene_settings", "hygiene-settings", self.revision)
    }
}

/// Every event of hygiene.
pub fn event_kinds() -> Vec<EventKind> {
    let settings = vec![EventKind::of::<HygieneSettingsChanged>("The settings of hygiene were set.")];
    [audit_event_kinds(), finding_event_kinds(), settings].into_iter().flatten().collect()
}
