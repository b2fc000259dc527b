//! What this crate publishes.

use crate::AutomationRunId;
use crate::runs::AutomationReason;
use crate::service::take::Reason;
use crate::store::runs::{run, step};
use crate::types::Automation;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! automation_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The automation as it now is, or was.
            pub automation: Automation,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("automation", &self.automation.name, self.automation.revision)
            }
        })+

        fn automation_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

automation_events! {
    AutomationCreatedEvent = "automation.created" "An automation was added.";
    AutomationUpdatedEvent = "automation.updated" "What an automation does was changed, for events from then on.";
    AutomationEnabledEvent = "automation.enabled" "Events start the automation again.";
    AutomationDisabledEvent = "automation.disabled" "No event starts the automation any more.";
    AutomationResetEvent = "automation.reset" "A standard automation was put back to what it was.";
    AutomationDeletedEvent = "automation.deleted" "An automation was taken out, and what it had planned cancelled.";
}

/// A step of an automation broke every time.
#[derive(Debug, Serialize, ToSchema)]
pub struct AutomationRunFailedEvent {
    /// The run.
    pub automation_run_id: AutomationRunId,
    /// The automation's name.
    pub automation: String,
    /// What was to be done.
    pub step: String,
    /// Why it broke.
    pub reason: AutomationReason,
    /// What the event was about that had started the run.
    pub about: Subject,
}

impl AutomationRunFailedEvent {
    /// The failure of `step` of `run`.
    pub(crate) fn of(run: &run::Model, step: &step::Model, reason: &Reason) -> Self {
        Self {
            automation_run_id: AutomationRunId(run.id),
            automation: run.automation.clone(),
            step: step.step.clone(),
            reason: reason.clone().into(),
            about: Subject { kind: run.subject_kind.clone(), id: run.subject_id.clone(), revision: run.subject_revision },
        }
    }
}

impl Event for AutomationRunFailedEvent {
    const TYPE: &'static str = "automation_run.failed";
    fn subject(&self) -> Subject {
        Subject::new("automation_run", self.automation_run_id, 1)
    }
}

/// Every event that this crate publishes.
pub fn event_kinds() -> Vec<EventKind> {
    let failed = EventKind::of::<AutomationRunFailedEvent>("A step of an automation broke every time that it was tried.");
    automation_event_kinds().into_iter().chain([failed]).collect()
}
