//! What referrals publish.

use super::types::{Referral, ReferralReward};
use kernel::log::EventKind;
use kernel::personal::{DataSubject, Personal};
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! referral_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The referral as it now is.
            pub referral: Referral,
            /// The reason that came with it.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub note: Option<String>,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("referral", self.referral.id, self.referral.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                contact(&self.referral)
            }
        })+

        fn referral_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

referral_events! {
    ReferralSubmitted = "referral.submitted" "A partner handed in a prospect.";
    ReferralAccepted = "referral.accepted" "The vendor took a referral up.";
    ReferralRejected = "referral.rejected" "A referral was rejected, by the vendor or because it is known already.";
    ReferralAdvanced = "referral.advanced" "A referral has come further.";
    ReferralWon = "referral.won" "The sale of a referral was made.";
    ReferralLost = "referral.lost" "The sale of a referral was lost.";
    ReferralUndone = "referral.undone" "The sale of a referral was undone.";
    ReferralExpired = "referral.expired" "No sale came of a referral in time.";
    ReferralWithdrawn = "referral.withdrawn" "A partner took a referral back.";
    ReferralUpdated = "referral.updated" "What is known of a referral was changed.";
}

/// Whom to talk to is no person here, and yet one; what is told of them is theirs too.
fn contact(referral: &Referral) -> Vec<Personal> {
    let members = &["/referral/contact/name", "/referral/contact/email", "/referral/contact/phone", "/referral/note"];
    let whose = referral.contact.iter().map(|contact| DataSubject::contact(contact.email.as_deref(), &contact.name));
    whose.map(|whose| Personal { whose, members }).collect()
}

macro_rules! reward_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The record.
            pub referral_reward: ReferralReward,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("referral_reward", self.referral_reward.id, 1)
            }
        })+

        fn reward_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

reward_events! {
    ReferralRewardDue = "referral_reward.due" "A reward is due to a partner.";
    ReferralRewardReversed = "referral_reward.reversed" "A reward is not due any more.";
}

/// Every event of referrals.
pub fn event_kinds() -> Vec<EventKind> {
    [referral_event_kinds(), reward_event_kinds()].into_iter().flatten().collect()
}
