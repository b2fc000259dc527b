//! Pure decisions: what a partner is, and what groups of partners may look like. Where it stands is in `life`.

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

    #[test]
    fn eight_levels_fit_and_nine_do_not() {
        assert!(!is_too_deep(7, 0) && is_too_deep(8, 0));
        assert!(!is_too_deep(4, 3) && is_too_deep(4, 4));
    }
}
