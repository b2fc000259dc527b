//! Where a partner stands, and which moves are legal. Pure.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a partner stands in the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum PartnerStatus {
    /// Wanted, not asked yet.
    Prospect,
    /// Has applied.
    Applicant,
    /// Accepted, and on its way.
    Onboarding,
    /// Works with the vendor.
    Active,
    /// Rests.
    Inactive,
    /// Shut out for now.
    Suspended,
    /// Is leaving: its people may still come in until the day.
    Offboarding,
    /// Has left.
    Ended,
}

/// The statuses that a partner may begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartnerStart {
    /// Wanted, not asked yet.
    Prospect,
    /// Has applied.
    Applicant,
    /// Accepted, and on its way.
    Onboarding,
    /// Works with the vendor.
    #[default]
    Active,
}

impl From<PartnerStart> for PartnerStatus {
    fn from(start: PartnerStart) -> Self {
        match start {
            PartnerStart::Prospect => Self::Prospect,
            PartnerStart::Applicant => Self::Applicant,
            PartnerStart::Onboarding => Self::Onboarding,
            PartnerStart::Active => Self::Active,
        }
    }
}

/// The statuses that may be set by hand; the others have an action or a process of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartnerStage {
    /// Wanted, not asked yet.
    Prospect,
    /// Accepted, and on its way.
    Onboarding,
    /// Works with the vendor.
    Active,
    /// Rests.
    Inactive,
}

impl From<PartnerStage> for PartnerStatus {
    fn from(stage: PartnerStage) -> Self {
        match stage {
            PartnerStage::Prospect => Self::Prospect,
            PartnerStage::Onboarding => Self::Onboarding,
            PartnerStage::Active => Self::Active,
            PartnerStage::Inactive => Self::Inactive,
        }
    }
}

/// What may be done with a partner: the last part of the operation's path. More may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, EnumIter)]
#[serde(rename_all = "kebab-case")]
pub enum PartnerAction {
    /// Record that it has applied.
    Apply,
    /// Turn its application down: it is a prospect again.
    Refuse,
    /// Accept it and set it on its way.
    Onboard,
    /// Let it work with the vendor.
    Activate,
    /// Let it rest.
    Deactivate,
    /// Shut it out for now.
    Suspend,
    /// Let it in again.
    Reinstate,
    /// Part from it: hand over what it has, and end it on a day.
    Offboard,
    /// Take that back, until the day.
    UndoOffboarding,
    /// End what never became a partner.
    End,
}

impl PartnerAction {
    /// Its name on the wire and in the history.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Refuse => "refuse",
            Self::Onboard => "onboard",
            Self::Activate => "activate",
            Self::Deactivate => "deactivate",
            Self::Suspend => "suspend",
            Self::Reinstate => "reinstate",
            Self::Offboard => "offboard",
            Self::UndoOffboarding => "undo-offboarding",
            Self::End => "end",
        }
    }

    /// Where a plain move leads; `None` for what needs more than the table to say (suspension, offboarding).
    pub fn leads_to(self) -> Option<PartnerStatus> {
        match self {
            Self::Apply => Some(PartnerStatus::Applicant),
            Self::Refuse => Some(PartnerStatus::Prospect),
            Self::Onboard => Some(PartnerStatus::Onboarding),
            Self::Activate => Some(PartnerStatus::Active),
            Self::Deactivate => Some(PartnerStatus::Inactive),
            Self::End => Some(PartnerStatus::Ended),
            Self::Suspend | Self::Reinstate | Self::Offboard | Self::UndoOffboarding => None,
        }
    }
}

/// The actions that a partner's status allows.
pub fn legal_actions(status: PartnerStatus) -> &'static [PartnerAction] {
    use PartnerAction::*;
    match status {
        PartnerStatus::Prospect => &[Apply, Onboard, Activate, Suspend, Offboard, End],
        PartnerStatus::Applicant => &[Refuse, Onboard, Suspend, Offboard, End],
        PartnerStatus::Onboarding => &[Activate, Deactivate, Suspend, Offboard],
        PartnerStatus::Active => &[Deactivate, Suspend, Offboard],
        PartnerStatus::Inactive => &[Activate, Onboard, Suspend, Offboard],
        PartnerStatus::Suspended => &[Reinstate, Offboard],
        PartnerStatus::Offboarding => &[Suspend, UndoOffboarding],
        PartnerStatus::Ended => &[],
    }
}

/// Whether a status may be set to `to` by hand: not out of one that an action or a process governs.
pub fn may_be_set(from: PartnerStatus, to: PartnerStage) -> bool {
    use PartnerStatus::*;
    from == PartnerStatus::from(to) || matches!(from, Prospect | Onboarding | Active | Inactive)
}

/// The status to which a suspended partner returns.
pub fn reinstated(before: Option<PartnerStatus>) -> PartnerStatus {
    before.filter(|status| legal_actions(*status).contains(&PartnerAction::Suspend)).unwrap_or(PartnerStatus::Active)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::Iterable;

    #[test]
    fn whoever_has_access_can_be_suspended_and_only_the_suspended_reinstated() {
        for status in PartnerStatus::iter() {
            let legal = legal_actions(status);
            let is_in = !matches!(status, PartnerStatus::Suspended | PartnerStatus::Ended);
            assert_eq!(legal.contains(&PartnerAction::Suspend), is_in, "{status:?}");
            assert_eq!(legal.contains(&PartnerAction::Reinstate), status == PartnerStatus::Suspended);
        }
    }

    #[test]
    fn no_move_leads_to_where_it_begins_and_the_end_is_not_left() {
        for status in PartnerStatus::iter() {
            assert!(legal_actions(status).iter().all(|action| action.leads_to() != Some(status)), "{status:?}");
        }
        assert!(legal_actions(PartnerStatus::Ended).is_empty());
    }

    #[test]
    fn an_action_is_named_alike_everywhere() {
        for action in PartnerAction::iter() {
            assert_eq!(serde_json::to_value(action).unwrap(), action.wire());
        }
    }

    #[test]
    fn what_a_process_governs_is_not_left_by_hand() {
        use PartnerStatus::*;
        for to in [PartnerStage::Prospect, PartnerStage::Onboarding, PartnerStage::Active, PartnerStage::Inactive] {
            assert!([Suspended, Ended, Applicant, Offboarding].iter().all(|from| !may_be_set(*from, to)));
            assert!(may_be_set(Prospect, to));
        }
    }

    #[test]
    fn a_reinstated_partner_returns_to_where_it_was() {
        assert_eq!(reinstated(Some(PartnerStatus::Onboarding)), PartnerStatus::Onboarding);
        assert_eq!(reinstated(Some(PartnerStatus::Offboarding)), PartnerStatus::Offboarding);
        assert_eq!(reinstated(None), PartnerStatus::Active);
        assert_eq!(reinstated(Some(PartnerStatus::Ended)), PartnerStatus::Active);
    }
}
