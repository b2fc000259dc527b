//! The life of a lead: its statuses, its actions, and which moves are legal.

use access::Permission;
use kernel::Problem;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;

/// Where a lead stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadStatus {
    /// Captured; waits for the vendor.
    New,
    /// Good enough to be handed out.
    Qualified,
    /// One partner is asked.
    Offered,
    /// A partner has taken it.
    Accepted,
    /// That partner works on it.
    Working,
    /// It became a deal.
    Converted,
    /// Its deal was won.
    Won,
    /// It, or its deal, was lost.
    Lost,
    /// Nobody took it: it is the vendor's again.
    Unplaced,
    /// It is none.
    Disqualified,
}

/// What can be done with a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LeadAction {
    /// Find it good enough.
    Qualify,
    /// Offer it to the next partner.
    Distribute,
    /// Offer it to a partner by hand.
    Assign,
    /// Take it.
    Accept,
    /// Turn it down, or give it back.
    Decline,
    /// Say how far it has come.
    Advance,
    /// Register a deal from it.
    Convert,
    /// Give it up as lost.
    Close,
    /// Take it back from the partner.
    Recall,
    /// Say that it is none.
    Disqualify,
    /// Look at it again.
    Reopen,
}

impl LeadStatus {
    /// Every status.
    pub const ALL: &[LeadStatus] = {
        use LeadStatus::*;
        &[New, Qualified, Offered, Accepted, Working, Converted, Won, Lost, Unplaced, Disqualified]
    };

    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Qualified => "qualified",
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Working => "working",
            Self::Converted => "converted",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Unplaced => "unplaced",
            Self::Disqualified => "disqualified",
        }
    }

    /// The actions that are legal now, whoever asks.
    pub fn legal_actions(self) -> &'static [LeadAction] {
        use LeadAction::*;
        match self {
            Self::New => &[Qualify, Distribute, Assign, Disqualify],
            Self::Qualified | Self::Unplaced => &[Distribute, Assign, Disqualify],
            Self::Offered => &[Accept, Decline, Recall, Disqualify],
            Self::Accepted | Self::Working => &[Advance, Convert, Decline, Close, Recall, Disqualify],
            Self::Disqualified => &[Reopen],
            Self::Converted | Self::Won | Self::Lost => &[],
        }
    }

    /// Whether it may still become something: another capture of the same is a duplicate of it.
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Won | Self::Lost | Self::Disqualified)
    }

    /// Whether its partner has said yes, and so sees all of it.
    pub fn is_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::Working | Self::Converted | Self::Won | Self::Lost)
    }
}

impl FromStr for LeadStatus {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|status| status.wire() == text).ok_or(())
    }
}

impl LeadAction {
    /// Its name on the wire, and the last segment of its path.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Qualify => "qualify",
            Self::Distribute => "distribute",
            Self::Assign => "assign",
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Advance => "advance",
            Self::Convert => "convert",
            Self::Close => "close",
            Self::Recall => "recall",
            Self::Disqualify => "disqualify",
            Self::Reopen => "reopen",
        }
    }

    /// The permission that it takes.
    pub fn permission(self) -> Permission {
        match self {
            Self::Accept | Self::Decline | Self::Advance | Self::Convert | Self::Close => Permission::WorkLeads,
            Self::Qualify | Self::Distribute | Self::Assign | Self::Recall | Self::Disqualify | Self::Reopen => Permission::ManageLeads,
        }
    }
}

/// 409 with the legal moves unless `action` is one of them.
pub fn require(status: LeadStatus, action: LeadAction) -> Result<(), Problem> {
    if status.legal_actions().contains(&action) {
        return Ok(());
    }
    let legal: Vec<_> = status.legal_actions().iter().map(|action| action.wire()).collect();
    let detail = format!("A lead that is {} cannot {}.", status.wire(), action.wire());
    Err(Problem::new(crate::error::LEAD_ILLEGAL_MOVE).detail(detail).with("legal_actions", legal))
}

/// The legal actions that a caller with these grants may take.
pub fn available(status: LeadStatus, grants: u64) -> Vec<LeadAction> {
    status.legal_actions().iter().copied().filter(|action| grants & action.permission().bit() != 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_survives_the_database_and_can_be_left_unless_it_is_an_end() {
        for status in LeadStatus::ALL {
            assert_eq!(status.wire().parse(), Ok(*status));
            let end = matches!(status, LeadStatus::Converted | LeadStatus::Won | LeadStatus::Lost);
            assert_eq!(status.legal_actions().is_empty(), end, "{status:?}");
        }
    }

    #[test]
    fn a_partner_never_takes_an_action_of_the_vendors() {
        let partners = access::permission::for_partners();
        for status in LeadStatus::ALL {
            for action in available(*status, partners) {
                assert_eq!(action.permission(), Permission::WorkLeads, "{action:?}");
            }
        }
    }
}
