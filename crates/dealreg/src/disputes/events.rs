//! What this module publishes. What people have said is not in it: an erasure must still reach that.

use super::types::{Dispute, DisputeDecision};
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! dispute_events {
    ($($name:ident { $($member:ident: $type:ty = $doc:literal),* } = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The dispute as it now is, as the vendor sees it, without notes.
            pub dispute: Dispute,
            $(#[doc = $doc]
            #[serde(skip_serializing_if = "nothing")]
            pub $member: $type,)*
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("dispute", self.dispute.id, self.dispute.revision)
            }
        })+

        /// Every event that this module publishes.
        pub fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

fn nothing(value: &impl Serialize) -> bool {
    serde_json::to_value(value).is_ok_and(|value| value.is_null())
}

/// A dispute without what is only to be read where it can be erased.
pub fn told(dispute: Dispute) -> Dispute {
    let plain = |decision: DisputeDecision| DisputeDecision { internal_note: None, ..decision };
    Dispute { decision: dispute.decision.map(plain), first_decision: dispute.first_decision.map(plain), ..dispute }
}

dispute_events! {
    DisputeOpened {} = "dispute.opened" "A dispute about who holds a customer was opened.";
    DisputePartyAdded { party: String = "The label of the party." } = "dispute.party_added" "Another party was brought into a dispute.";
    DisputeStatementAdded { party: Option<String> = "The label of the party; absent when the vendor said it." } = "dispute.statement_added" "Something was said in a dispute.";
    DisputeStatementRequested { party: String = "The label of the party.", partner_id: Option<kernel::id::PartnerId> = "The partner that is asked; absent for the vendor's direct sales." } = "dispute.statement_requested" "A party of a dispute was asked something.";
    DisputeUnderReview {} = "dispute.under_review" "The parties of a dispute were heard; the reviewer considers.";
    DisputeReviewerChanged { why: Option<String> = "`assigned` by somebody, or `escalated`." } = "dispute.reviewer_changed" "Another reviewer leads a dispute, or nobody neutral is left.";
    DisputeEvidenceDisclosed { to: Vec<String> = "The labels of the parties." } = "dispute.evidence_disclosed" "A party of a dispute was shown something of another's.";
    DisputeSettlementProposed {} = "dispute.settlement_proposed" "A party of a dispute offered an end to it.";
    DisputeDueSoon {} = "dispute.due_soon" "A dispute is to be decided within a day.";
    DisputeOverdue { times: i64 = "How often this was said." } = "dispute.overdue" "A dispute was not decided in time.";
    DisputeDecided {} = "dispute.decided" "A dispute was decided.";
    DisputeAppealed {} = "dispute.appealed" "A party appealed against the decision of a dispute.";
    DisputeSettled {} = "dispute.settled" "The parties of a dispute agreed.";
    DisputeWithdrawn {} = "dispute.withdrawn" "A dispute was taken back by who opened it.";
    DisputeClosed {} = "dispute.closed" "The decision of a dispute is final.";
}
