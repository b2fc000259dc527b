//! Pure decisions: what a partner is, and which moves its status allows.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest chain of organisations from the top of a group to its lowest member.
pub const MAX_DEPTH: i64 = 8;

/// What kind of partner it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum PartnerType {
    /// Sells the vendor's products on.
    Reseller,
    /// Runs them for its customers: a managed service provider.
    Msp,
    /// Builds software with or on them.
    Isv,
    /// Puts them together with others into solutions.
    SystemIntegrator,
    /// Brings in customers who buy from the vendor.
    Referral,
    /// Advises customers and is heard.
    Influence,
    /// Supplies other partners.
    Distributor,
    /// Whatever else the vendor works with.
    Custom,
}

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
    /// Has left.
    Ended,
}

/// The statuses that a partner may begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartnerStart {
    /// Wanted, not asked yet.
    Prospect,
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

/// What may be done with a partner: the last part of the operation's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartnerAction {
    /// Shut it out for now.
    Suspend,
    /// Let it in again.
    Reinstate,
}

/// The actions that a partner's status allows.
pub fn legal_actions(status: PartnerStatus) -> &'static [PartnerAction] {
    use PartnerStatus::*;
    match status {
        Prospect | Applicant | Onboarding | Active | Inactive => &[PartnerAction::Suspend],
        Suspended => &[PartnerAction::Reinstate],
        Ended => &[],
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

/// Whether `ancestors` (the new parent and those above it, nearest first) make a circle with a partner.
pub fn makes_a_circle<Id: PartialEq>(partner: &Id, ancestors: &[Id]) -> bool {
    ancestors.contains(partner)
}

/// Whether a partner with `below` levels under it fits under a chain of `above`.
pub fn is_too_deep(above: usize, below: i64) -> bool {
    above as i64 + 1 + below > MAX_DEPTH
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::Iterable;

    #[test]
    fn every_status_allows_at_most_one_of_suspend_and_reinstate() {
        for status in PartnerStatus::iter() {
            let legal = legal_actions(status);
            assert!(legal.len() <= 1, "{status:?}");
            assert_eq!(legal == [PartnerAction::Reinstate], status == PartnerStatus::Suspended);
        }
    }

    #[test]
    fn suspension_and_the_end_are_not_left_by_hand() {
        for to in [PartnerStage::Prospect, PartnerStage::Onboarding, PartnerStage::Active, PartnerStage::Inactive] {
            assert!(!may_be_set(PartnerStatus::Suspended, to) && !may_be_set(PartnerStatus::Ended, to) && !may_be_set(PartnerStatus::Applicant, to));
            assert!(may_be_set(PartnerStatus::Prospect, to));
        }
    }

    #[test]
    fn a_reinstated_partner_returns_to_where_it_was() {
        assert_eq!(reinstated(Some(PartnerStatus::Onboarding)), PartnerStatus::Onboarding);
        assert_eq!(reinstated(None), PartnerStatus::Active);
        assert_eq!(reinstated(Some(PartnerStatus::Ended)), PartnerStatus::Active);
    }

    #[test]
    fn eight_levels_fit_and_nine_do_not() {
        assert!(!is_too_deep(7, 0) && is_too_deep(8, 0));
        assert!(!is_too_deep(4, 3) && is_too_deep(4, 4));
    }
}
