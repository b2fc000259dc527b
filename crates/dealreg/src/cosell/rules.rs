//! The life of a co-sell request, which moves are legal and for whom, and what shares must be. Pure.

use super::types::{CosellShare, CosellShares};
use access::Permission;
use kernel::problem::FieldError;
use kernel::{Actor, Problem};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;

/// All shares together.
pub const WHOLE: i64 = 10_000;
/// The most participants that a request has at a time.
pub const MOST_PARTICIPANTS: usize = 50;
/// The most tasks of a request.
pub const MOST_TASKS: u64 = 200;

/// Where a co-sell request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CosellStatus {
    /// Waits for the vendor's answer.
    Requested,
    /// The vendor helps.
    Accepted,
    /// Both sides are at work.
    Working,
    /// The work is over; who contributed what is not settled yet.
    Closing,
    /// Over, with who contributed what.
    Completed,
    /// The vendor does not help.
    Declined,
    /// Taken back, or ended with its deal before there was anything to settle.
    Cancelled,
}

/// What can be done with a co-sell request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CosellAction {
    /// Promise help, for the vendor.
    Accept,
    /// Decline to help, for the vendor.
    Decline,
    /// Say that the work has begun.
    Start,
    /// Take it back.
    Cancel,
    /// Change what is asked.
    Update,
    /// Bring somebody in.
    AddParticipant,
    /// Let somebody out.
    RemoveParticipant,
    /// Put down a next step.
    AddTask,
    /// Say who contributed what.
    ProposeContributions,
    /// Agree to what the other side said.
    ConfirmContributions,
    /// Settle it, for the vendor.
    SettleContributions,
}

/// Which of the two somebody is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CosellSide {
    /// The vendor's.
    Vendor,
    /// The partner's.
    Partner,
}

impl CosellSide {
    /// The side that a caller is on.
    pub fn of(who: &Actor) -> Self {
        if who.scope.partner().is_some() { Self::Partner } else { Self::Vendor }
    }

    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Partner => "partner",
        }
    }
}

impl FromStr for CosellSide {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Vendor, Self::Partner].into_iter().find(|side| side.wire() == text).ok_or(())
    }
}

impl CosellStatus {
    /// Every status.
    pub const ALL: &[CosellStatus] = {
        use CosellStatus::*;
        &[Requested, Accepted, Working, Closing, Completed, Declined, Cancelled]
    };

    /// Those in which it is open; the partial index says the same.
    pub const OPEN: &[CosellStatus] = &[CosellStatus::Requested, CosellStatus::Accepted, CosellStatus::Working, CosellStatus::Closing];

    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Accepted => "accepted",
            Self::Working => "working",
            Self::Closing => "closing",
            Self::Completed => "completed",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether its deal can have no other.
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }

    /// The actions that are legal now, whoever asks.
    pub fn legal_actions(self) -> &'static [CosellAction] {
        use CosellAction::*;
        match self {
            Self::Requested => &[Accept, Decline, Cancel, Update, AddParticipant, RemoveParticipant, AddTask],
            Self::Accepted => &[Start, Cancel, Update, AddParticipant, RemoveParticipant, AddTask, ProposeContributions, SettleContributions],
            Self::Working => &[Cancel, Update, AddParticipant, RemoveParticipant, AddTask, ProposeContributions, SettleContributions],
            Self::Closing => &[AddParticipant, RemoveParticipant, ProposeContributions, ConfirmContributions, SettleContributions],
            Self::Completed | Self::Declined | Self::Cancelled => &[],
        }
    }
}

impl FromStr for CosellStatus {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|status| status.wire() == text).ok_or(())
    }
}

impl CosellAction {
    /// Its name on the wire; the last segment of its path, but for `update` (`PATCH`) and `add-task` (`POST …/tasks`).
    pub fn wire(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Start => "start",
            Self::Cancel => "cancel",
            Self::Update => "update",
            Self::AddParticipant => "add-participant",
            Self::RemoveParticipant => "remove-participant",
            Self::AddTask => "add-task",
            Self::ProposeContributions => "propose-contributions",
            Self::ConfirmContributions => "confirm-contributions",
            Self::SettleContributions => "settle-contributions",
        }
    }

    /// Whether only the vendor's side does it.
    pub fn is_vendors(self) -> bool {
        matches!(self, Self::Accept | Self::Decline | Self::SettleContributions)
    }
}

/// 409 with the legal moves unless `action` is one of them; 403 if it is the other side's.
pub fn require(status: CosellStatus, action: CosellAction, side: CosellSide) -> Result<(), Problem> {
    if action.is_vendors() && side != CosellSide::Vendor {
        return Err(Problem::new(crate::error::COSELL_OTHER_SIDE));
    }
    if status.legal_actions().contains(&action) {
        return Ok(());
    }
    let legal: Vec<_> = status.legal_actions().iter().map(|action| action.wire()).collect();
    let detail = format!("A co-sell request that is {} does not take {}.", status.wire(), action.wire());
    Err(Problem::new(crate::error::COSELL_ILLEGAL_MOVE).detail(detail).with("legal_actions", legal))
}

/// The legal actions that a caller on this side with these grants may take; `proposed_by` is whose proposal stands.
pub fn available(status: CosellStatus, side: CosellSide, grants: u64, proposed_by: Option<CosellSide>) -> Vec<CosellAction> {
    if grants & Permission::WorkCosell.bit() == 0 {
        return Vec::new();
    }
    let fits = |action: &CosellAction| match action {
        CosellAction::ConfirmContributions => proposed_by.is_some_and(|by| by != side),
        action => !action.is_vendors() || side == CosellSide::Vendor,
    };
    status.legal_actions().iter().copied().filter(fits).collect()
}

/// 422 unless the shares are the whole together.
pub fn check_shares(shares: &[CosellShare]) -> Result<(), Problem> {
    let together: i64 = shares.iter().map(|share| share.basis_points).sum();
    if together == WHOLE {
        return Ok(());
    }
    let detail = format!("The shares of both sides are {WHOLE} together; these are {together}.");
    Err(Problem::invalid_all(vec![FieldError::new("/contributions", "out_of_range", detail)]))
}

/// What each side has together.
pub fn by_side(shares: impl IntoIterator<Item = (CosellSide, i64)>) -> CosellShares {
    let mut sums = CosellShares { vendor_basis_points: 0, partner_basis_points: 0 };
    for (side, points) in shares {
        match side {
            CosellSide::Vendor => sums.vendor_basis_points += points,
            CosellSide::Partner => sums.partner_basis_points += points,
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_status_survives_the_database() {
        for status in CosellStatus::ALL {
            assert_eq!(status.wire().parse(), Ok(*status));
        }
    }

    #[test]
    fn an_end_is_an_end_and_what_is_open_can_be_left() {
        for status in CosellStatus::ALL {
            assert_eq!(status.legal_actions().is_empty(), !status.is_open(), "{status:?}");
        }
        for status in CosellStatus::OPEN {
            let ends = [CosellAction::Cancel, CosellAction::SettleContributions];
            assert!(status.legal_actions().iter().any(|action| ends.contains(action)), "{status:?}");
        }
    }

    #[test]
    fn what_is_the_vendors_is_refused_to_a_partner_and_not_offered() {
        for status in CosellStatus::ALL {
            let offered = available(*status, CosellSide::Partner, u64::MAX, None);
            assert!(offered.iter().all(|action| !action.is_vendors()), "{status:?}");
            assert!(offered.iter().all(|action| require(*status, *action, CosellSide::Partner).is_ok()), "{status:?}");
        }
        assert!(available(CosellStatus::Working, CosellSide::Vendor, 0, None).is_empty(), "not without the permission");
    }

    #[test]
    fn nobody_confirms_what_they_said_themselves() {
        let confirms = |by| available(CosellStatus::Closing, CosellSide::Partner, u64::MAX, by).contains(&CosellAction::ConfirmContributions);
        assert!(confirms(Some(CosellSide::Vendor)) && !confirms(Some(CosellSide::Partner)) && !confirms(None));
    }

    proptest! {
        #[test]
        fn shares_are_the_whole_together(points in prop::collection::vec(1..=WHOLE, 1..20)) {
            let shares: Vec<_> = points.iter().enumerate().map(|(at, points)| CosellShare {
                side: if at % 2 == 0 { CosellSide::Vendor } else { CosellSide::Partner }, person_id: None, help: None, what: None, basis_points: *points,
            }).collect();
            prop_assert_eq!(check_shares(&shares).is_ok(), points.iter().sum::<i64>() == WHOLE);
            let sums = by_side(shares.iter().map(|share| (share.side, share.basis_points)));
            prop_assert_eq!(sums.vendor_basis_points + sums.partner_basis_points, points.iter().sum::<i64>());
        }
    }
}
