//! The life of a deal: its statuses, its actions, and which moves are legal.

use access::Permission;
use kernel::Problem;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;

/// Where a deal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DealStatus)]
pub enum Status {
    /// Being written; claims nothing.
    Draft,
    /// Waits for a person of the vendor.
    InReview,
    /// Waits for the partner's answer to a question.
    InformationRequested,
    /// Registered and protected.
    Approved,
    /// Refused.
    Rejected,
    /// The sale was made.
    Won,
    /// The sale was lost.
    Lost,
    /// Protection ran out.
    Expired,
    /// Taken back by the partner.
    Withdrawn,
    /// Given back to the pool: no progress in time.
    Released,
}

/// What can be done with a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = DealAction)]
pub enum Action {
    /// Hand in a draft.
    Submit,
    /// Approve by hand.
    Approve,
    /// Reject by hand.
    Reject,
    /// Ask the partner something.
    RequestInformation,
    /// Answer, and have it decided again.
    Resubmit,
    /// Take it back.
    Withdraw,
    /// Prolong its protection.
    Extend,
    /// Record that it was won or lost.
    Close,
    /// Give it to a person or to a queue.
    Assign,
    /// Take it while it waits for somebody.
    Take,
    /// Give it back.
    Release,
    /// Give it to the next in line.
    Escalate,
}

impl Status {
    /// Every status.
    pub const ALL: &[Status] = &[
        Status::Draft,
        Status::InReview,
        Status::InformationRequested,
        Status::Approved,
        Status::Rejected,
        Status::Won,
        Status::Lost,
        Status::Expired,
        Status::Withdrawn,
        Status::Released,
    ];

    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InReview => "in_review",
            Self::InformationRequested => "information_requested",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Released => "released",
        }
    }

    /// The actions that are legal now, whoever asks.
    pub fn legal_actions(self) -> &'static [Action] {
        use Action::*;
        match self {
            Self::Draft => &[Submit, Withdraw],
            Self::InReview => &[Approve, Reject, RequestInformation, Withdraw, Assign, Take, Release, Escalate],
            Self::InformationRequested => &[Resubmit, Reject, Withdraw, Assign],
            Self::Approved => &[Extend, Close, Withdraw],
            Self::Rejected => &[Resubmit, Approve],
            Self::Won | Self::Lost | Self::Expired | Self::Withdrawn | Self::Released => &[],
        }
    }

    /// Whether its customer is spoken for, or may be soon.
    pub fn is_live(self) -> bool {
        matches!(self, Self::InReview | Self::InformationRequested | Self::Approved)
    }
}

impl FromStr for Status {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|status| status.wire() == text).ok_or(())
    }
}

impl Action {
    /// Its name on the wire, and the last segment of its path.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::RequestInformation => "request-information",
            Self::Resubmit => "resubmit",
            Self::Withdraw => "withdraw",
            Self::Extend => "extend",
            Self::Close => "close",
            Self::Assign => "assign",
            Self::Take => "take",
            Self::Release => "release",
            Self::Escalate => "escalate",
        }
    }

    /// The permission that it takes.
    pub fn permission(self) -> Permission {
        match self {
            Self::Submit | Self::Resubmit | Self::Withdraw | Self::Extend => Permission::RegisterDeals,
            Self::Approve | Self::Reject | Self::RequestInformation | Self::Close => Permission::DecideDeals,
            Self::Assign | Self::Take | Self::Release | Self::Escalate => Permission::DecideDeals,
        }
    }
}

/// 409 with the legal moves unless `action` is one of them.
pub fn require(status: Status, action: Action) -> Result<(), Problem> {
    if status.legal_actions().contains(&action) {
        return Ok(());
    }
    let legal: Vec<_> = status.legal_actions().iter().map(|action| action.wire()).collect();
    let detail = format!("A deal that is {} cannot {}.", status.wire(), action.wire());
    Err(Problem::new(crate::error::ILLEGAL_MOVE).detail(detail).with("legal_actions", legal))
}

/// 409 with the legal moves unless the deal is in one of these statuses: for what is done beside its moves.
pub fn require_one(status: Status, statuses: &[Status], what: &str) -> Result<(), Problem> {
    if statuses.contains(&status) {
        return Ok(());
    }
    let legal: Vec<_> = status.legal_actions().iter().map(|action| action.wire()).collect();
    let detail = format!("A deal that is {} cannot {what}.", status.wire());
    Err(Problem::new(crate::error::ILLEGAL_MOVE).detail(detail).with("legal_actions", legal))
}

/// The legal actions that a caller with these grants may take.
pub fn available(status: Status, grants: u64) -> Vec<Action> {
    status.legal_actions().iter().copied().filter(|action| grants & action.permission().bit() != 0).collect()
}

/// Whether an action is also legal given whether somebody has the deal: what is taken waits, what is given back does not.
fn fits(action: Action, assigned: bool) -> bool {
    match action {
        Action::Take => !assigned,
        Action::Release => assigned,
        _ => true,
    }
}

/// Like [`require`], for a deal that somebody has, or nobody.
pub fn require_here(status: Status, assigned: bool, action: Action) -> Result<(), Problem> {
    let legal: Vec<_> = status.legal_actions().iter().filter(|action| fits(**action, assigned)).map(|action| action.wire()).collect();
    match require(status, action) {
        Ok(()) if fits(action, assigned) => Ok(()),
        Ok(()) => {
            let detail = if assigned { "Somebody has this deal." } else { "Nobody has this deal." };
            Err(Problem::new(crate::error::ILLEGAL_MOVE).detail(detail).with("legal_actions", legal))
        }
        Err(problem) => Err(problem.with("legal_actions", legal)),
    }
}

/// Like [`available`], for a deal that somebody has, or nobody.
pub fn available_here(status: Status, assigned: bool, grants: u64) -> Vec<Action> {
    available(status, grants).into_iter().filter(|action| fits(*action, assigned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_deal_stays_ended() {
        for status in [Status::Won, Status::Lost, Status::Expired, Status::Withdrawn, Status::Released] {
            assert!(status.legal_actions().is_empty(), "{status:?}");
            assert!(!status.is_live(), "{status:?}");
        }
    }

    #[test]
    fn an_illegal_move_names_the_legal_ones() {
        let problem = require(Status::Draft, Action::Approve).unwrap_err();
        assert_eq!(problem.extra["legal_actions"], serde_json::json!(["submit", "withdraw"]));
    }

    #[test]
    fn every_status_survives_the_database() {
        for status in Status::ALL {
            assert_eq!(status.wire().parse(), Ok(*status));
        }
    }
}
