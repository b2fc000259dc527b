//! What co-sell requests and their tasks publish. Of a text, whoever wrote it is the data subject.

use super::rules::CosellSide;
use super::task_types::CosellTask;
use super::types::CosellRequest;
use kernel::id::PersonId;
use kernel::log::EventKind;
use kernel::personal::{DataSubject, Personal};
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

/// Pointers into the first twenty of a list, which has no more.
macro_rules! twenty {
    ($list:literal) => {
        twenty!($list 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19)
    };
    ($list:literal $($at:literal)+) => { &[$(concat!("/cosell_request/", $list, "/", $at, "/what")),+] };
}

macro_rules! request_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The request as it now is.
            pub cosell_request: CosellRequest,
            /// Those of the vendor who take part now.
            pub vendor_person_ids: Vec<PersonId>,
            /// Those of the partner who take part now.
            pub partner_person_ids: Vec<PersonId>,
            /// The reason that came with it.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub note: Option<String>,
        }

        impl $name {
            /// Of a request as it now is.
            pub fn of(cosell_request: CosellRequest, note: Option<String>) -> Self {
                let on = |side: CosellSide| {
                    let active = cosell_request.participants.iter().filter(|one| one.active && one.side == side);
                    active.map(|one| one.person_id).collect::<Vec<_>>()
                };
                let (vendor_person_ids, partner_person_ids) = (on(CosellSide::Vendor), on(CosellSide::Partner));
                Self { cosell_request, vendor_person_ids, partner_person_ids, note }
            }
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("cosell_request", self.cosell_request.id, self.cosell_request.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                written(&self.cosell_request)
            }
        })+

        fn request_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

request_events! {
    CosellRequested = "cosell_request.requested" "Help was asked for with a deal; who was brought in takes part already.";
    CosellAccepted = "cosell_request.accepted" "The vendor helps, by rule or by hand.";
    CosellDeclined = "cosell_request.declined" "The vendor does not help, by rule or by hand.";
    CosellUpdated = "cosell_request.updated" "What is asked, or known of it, was changed.";
    CosellStarted = "cosell_request.started" "Both sides are at work.";
    CosellParticipantAdded = "cosell_request.participant_added" "Somebody was brought in.";
    CosellParticipantLeft = "cosell_request.participant_left" "Somebody takes part no longer; whoever replaces them is in already.";
    CosellWorkEnded = "cosell_request.work_ended" "The work is over: its deal was won or lost. Who contributed what is to be settled.";
    CosellContributionsProposed = "cosell_request.contributions_proposed" "One side says who contributed what; the other is asked.";
    CosellOverdue = "cosell_request.overdue" "What a request waits for is overdue: an answer, or who contributed what. Sent again until it comes.";
    CosellCompleted = "cosell_request.completed" "It is settled who contributed what.";
    CosellCancelled = "cosell_request.cancelled" "A request was taken back, or ended with its deal.";
}

/// What of it was written by somebody.
fn written(request: &CosellRequest) -> Vec<Personal> {
    const ASKED: &[&str] = &["/cosell_request/needs", "/cosell_request/brings"];
    const PROPOSED: &[&str] = twenty!("proposal/contributions");
    const SETTLED: &[&str] = twenty!("contributions");
    let by = |who: Option<PersonId>, members: &'static [&'static str]| who.map(|who| Personal { whose: DataSubject::Person(who), members });
    let proposer = request.proposal.as_ref().and_then(|proposal| proposal.person_id);
    [by(request.asked_by_id, ASKED), by(proposer, PROPOSED), by(proposer, SETTLED)].into_iter().flatten().collect()
}

macro_rules! task_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The task as it now is.
            pub cosell_task: CosellTask,
            /// The request that it belongs to: its customer, when help was asked for.
            pub customer_name: String,
            /// Who wrote the task, if it was a person.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub written_by_id: Option<PersonId>,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("cosell_task", self.cosell_task.id, self.cosell_task.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                let members = &["/cosell_task/title", "/cosell_task/note"];
                self.written_by_id.map(|who| Personal { whose: DataSubject::Person(who), members }).into_iter().collect()
            }
        })+

        fn task_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

task_events! {
    CosellTaskAdded = "cosell_task.added" "A next step was put down.";
    CosellTaskUpdated = "cosell_task.updated" "A next step was changed, moved or given to somebody else.";
    CosellTaskCompleted = "cosell_task.completed" "A next step was done.";
    CosellTaskReopened = "cosell_task.reopened" "A next step that was done is not.";
    CosellTaskOverdue = "cosell_task.overdue" "A next step was not done in time.";
    CosellTaskRemoved = "cosell_task.removed" "A next step was taken out.";
}

/// Every event of co-sell requests.
pub fn event_kinds() -> Vec<EventKind> {
    [request_event_kinds(), task_event_kinds()].into_iter().flatten().collect()
}
