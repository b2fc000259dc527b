//! What leads publish.

use super::types::Lead;
use super::versions::LeadRuleVersion;
use kernel::id::PartnerId;
use kernel::log::EventKind;
use kernel::personal::{DataSubject, Personal};
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! lead_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The lead as it now is.
            pub lead: Lead,
            /// The partner that it is about, where the lead no longer names it.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub partner_id: Option<PartnerId>,
            /// The reason that came with it.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub note: Option<String>,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("lead", self.lead.id, self.lead.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                contact(&self.lead)
            }
        })+

        fn lead_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

lead_events! {
    LeadCaptured = "lead.captured" "A lead was captured.";
    LeadUpdated = "lead.updated" "What is known of a lead was changed.";
    LeadQualified = "lead.qualified" "A lead was found good enough to be handed out.";
    LeadOffered = "lead.offered" "A lead was offered to a partner.";
    LeadOfferExpiring = "lead.offer_expiring" "A partner has little time left to accept a lead.";
    LeadLapsed = "lead.lapsed" "A partner did not answer in time; the lead goes on.";
    LeadDeclined = "lead.declined" "A partner declined a lead, or gave it back; the lead goes on.";
    LeadAccepted = "lead.accepted" "A partner accepted a lead.";
    LeadAdvanced = "lead.advanced" "A partner told how far a lead has come.";
    LeadRecalled = "lead.recalled" "The vendor took a lead back.";
    LeadUnplaced = "lead.unplaced" "Nobody is left to be asked: a lead is the vendor's again.";
    LeadDisqualified = "lead.disqualified" "A lead was found to be none.";
    LeadReopened = "lead.reopened" "A lead is looked at again.";
    LeadConverted = "lead.converted" "A lead became a deal.";
    LeadWon = "lead.won" "A lead's deal was won.";
    LeadLost = "lead.lost" "A lead, or its deal, was lost.";
    LeadResumed = "lead.resumed" "A lead's deal came to nothing without being lost; its partner works on it again.";
}

/// Whom to talk to is no person here, and yet one; what they wrote is theirs too.
fn contact(lead: &Lead) -> Vec<Personal> {
    let members = &["/lead/contact/name", "/lead/contact/email", "/lead/contact/phone", "/lead/message"];
    let whose = lead.contact.iter().map(|contact| DataSubject::contact(contact.email.as_deref(), &contact.name));
    whose.map(|whose| Personal { whose, members }).collect()
}

macro_rules! version_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The version as it now is.
            pub lead_rules: LeadRuleVersion,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("lead_rules", self.lead_rules.id, self.lead_rules.revision)
            }
        })+

        fn version_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

version_events! {
    LeadRulesDrafted = "lead_rules.drafted" "A version of the rules for leads was drafted.";
    LeadRulesPublished = "lead_rules.published" "A version of the rules for leads was published.";
}

/// Every event of leads.
pub fn event_kinds() -> Vec<EventKind> {
    [lead_event_kinds(), version_event_kinds(), super::forms::event_kinds(), super::named::event_kinds()].into_iter().flatten().collect()
}
