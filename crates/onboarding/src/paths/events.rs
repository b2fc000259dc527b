//! What paths and onboardings publish.

use super::types::{OnboardingPath, OnboardingSummary, OnboardingTask};
use kernel::id::PartnerId;
use kernel::log::EventKind;
use kernel::personal::{DataSubject, Personal};
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! path_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The version as it now is.
            pub onboarding_path: OnboardingPath,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("onboarding_path", self.onboarding_path.id, self.onboarding_path.revision)
            }
        })+
        fn path_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

path_events! {
    OnboardingPathDrafted = "onboarding_path.drafted" "A version of a path was drafted.";
    OnboardingPathPublished = "onboarding_path.published" "A version of a path was published.";
    OnboardingPathRetired = "onboarding_path.retired" "Nobody new is put on a version of a path any more.";
}

macro_rules! onboarding_events {
    ($($name:ident = $kind:literal $summary:literal $({ $(#[$doc:meta])* $field:ident: $type:ty })?;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The onboarding as it now is.
            pub onboarding: OnboardingSummary,
            $($(#[$doc])* pub $field: $type,)?
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("onboarding", self.onboarding.id, self.onboarding.revision)
            }
        })+
        fn onboarding_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

onboarding_events! {
    OnboardingStarted = "onboarding.started" "A partner was put on a path.";
    OnboardingMilestoneReached = "onboarding.milestone_reached" "A partner has reached a milestone of its path." {
        /// The milestone, by key.
        milestone: String
    };
    OnboardingMovedEvent = "onboarding.moved" "A partner was moved to another path, or another version of its own." {
        /// The keys of the tasks that are not needed any more.
        dropped: Vec<String>
    };
    OnboardingCompleted = "onboarding.completed" "A partner has done all that its path requires.";
    OnboardingStopped = "onboarding.stopped" "A partner's onboarding was ended before it was complete.";
}

macro_rules! task_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The task as it now is.
            pub onboarding_task: OnboardingTask,
            /// Why, if somebody said so.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub reason: Option<String>,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("onboarding_task", self.onboarding_task.id, self.onboarding_task.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                said(&self.onboarding_task)
            }
        })+
        fn task_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

task_events! {
    OnboardingTaskOpened = "onboarding_task.opened" "A task of an onboarding can be done now.";
    OnboardingTaskDone = "onboarding_task.done" "A task of an onboarding was done.";
    OnboardingTaskSkipped = "onboarding_task.skipped" "The vendor does without a task of an onboarding.";
    OnboardingTaskReopened = "onboarding_task.reopened" "A task of an onboarding is asked for again.";
    OnboardingTaskOverdue = "onboarding_task.overdue" "The time of an open task of an onboarding has passed.";
}

/// A partner entered onboarding, and which path is for it could not be told.
#[derive(Debug, Serialize, ToSchema)]
pub struct OnboardingNotStarted {
    /// The partner.
    pub partner_id: PartnerId,
    /// Why.
    pub reason: String,
}

impl Event for OnboardingNotStarted {
    const TYPE: &'static str = "onboarding.not_started";
    fn subject(&self) -> Subject {
        Subject::new("partner", self.partner_id, 1)
    }
}

/// What somebody said of a task is theirs.
fn said(task: &OnboardingTask) -> Vec<Personal> {
    let person = task.ended_by.as_ref().filter(|by| by.kind == "person").and_then(|by| by.id.parse().ok());
    person
        .map(|person| Personal { whose: DataSubject::Person(person), members: &["/onboarding_task/note", "/onboarding_task/link"] })
        .into_iter()
        .collect()
}

/// Every event of paths and onboardings.
pub fn event_kinds() -> Vec<EventKind> {
    let not_started = EventKind::of::<OnboardingNotStarted>("A partner entered onboarding, and which path is for it could not be told.");
    [path_event_kinds(), onboarding_event_kinds(), task_event_kinds(), vec![not_started]].into_iter().flatten().collect()
}
