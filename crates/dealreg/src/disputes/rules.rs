//! The life of a dispute: its stages, its actions, which moves are legal and for whom. Pure.

use super::types::{DisputeEffect, DisputeOutcome};
use crate::error;
use kernel::Problem;
use kernel::problem::FieldError;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;

/// The most parties that a dispute has.
pub const MOST_PARTIES: usize = 10;
/// The most statements of one party.
pub const MOST_STATEMENTS: usize = 20;
/// The most exhibits that the machine lays for one party.
pub const MOST_EXHIBITS: u64 = 50;

/// Where a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DisputeStage)]
pub enum Stage {
    /// The parties say what they have to say.
    Statements,
    /// The reviewer considers.
    UnderReview,
    /// Decided; a party may still appeal.
    Decided,
    /// Another reviewer considers it once more.
    Appealed,
    /// Decided for good.
    Closed,
    /// The parties have agreed.
    Settled,
    /// Taken back by who opened it.
    Withdrawn,
}

/// What can be done with a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = DisputeAction)]
pub enum Action {
    /// Say something, as a party.
    AddStatement,
    /// Offer the other parties an end.
    ProposeSettlement,
    /// Agree to the end that another party offered.
    AcceptSettlement,
    /// Take it back.
    Withdraw,
    /// Have another reviewer consider the decision, once.
    Appeal,
    /// Bring in another party.
    AddParty,
    /// Ask a party something.
    RequestStatement,
    /// Hear nobody any more.
    BeginReview,
    /// Put another reviewer in charge.
    Assign,
    /// Show a party what another has said or done.
    Disclose,
    /// Decide.
    Decide,
}

impl Stage {
    /// Every stage.
    pub const ALL: &[Stage] =
        &[Stage::Statements, Stage::UnderReview, Stage::Decided, Stage::Appealed, Stage::Closed, Stage::Settled, Stage::Withdrawn];

    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Statements => "statements",
            Self::UnderReview => "under_review",
            Self::Decided => "decided",
            Self::Appealed => "appealed",
            Self::Closed => "closed",
            Self::Settled => "settled",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether protection stands still and a reviewer is at work.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Statements | Self::UnderReview | Self::Appealed)
    }

    /// The actions that are legal now, whoever asks.
    pub fn legal_actions(self) -> &'static [Action] {
        use Action::*;
        match self {
            Self::Statements => {
                &[AddStatement, ProposeSettlement, AcceptSettlement, Withdraw, AddParty, RequestStatement, BeginReview, Assign, Disclose]
            }
            Self::UnderReview => &[ProposeSettlement, AcceptSettlement, Withdraw, RequestStatement, Assign, Disclose, Decide],
            Self::Decided => &[Appeal, Disclose],
            Self::Appealed => &[AddStatement, ProposeSettlement, AcceptSettlement, Assign, Disclose, Decide],
            Self::Closed | Self::Settled | Self::Withdrawn => &[],
        }
    }
}

impl FromStr for Stage {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|stage| stage.wire() == text).ok_or(())
    }
}

impl Action {
    /// Its name on the wire, and the last segment of its path.
    pub fn wire(self) -> &'static str {
        match self {
            Self::AddStatement => "add-statement",
            Self::ProposeSettlement => "propose-settlement",
            Self::AcceptSettlement => "accept-settlement",
            Self::Withdraw => "withdraw",
            Self::Appeal => "appeal",
            Self::AddParty => "add-party",
            Self::RequestStatement => "request-statement",
            Self::BeginReview => "begin-review",
            Self::Assign => "assign",
            Self::Disclose => "disclose",
            Self::Decide => "decide",
        }
    }

    /// Whether it is for the parties, rather than for who leads the dispute.
    pub fn is_partys(self) -> bool {
        matches!(self, Self::AddStatement | Self::ProposeSettlement | Self::AcceptSettlement | Self::Withdraw | Self::Appeal)
    }
}

/// What a caller is in a dispute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stake {
    /// Whether it speaks for a party and may.
    pub party: bool,
    /// Whether it opened the dispute, or speaks for who did.
    pub opener: bool,
    /// Whether it may lead disputes.
    pub leads: bool,
    /// Whether an offer of another party waits for its answer.
    pub offered: bool,
    /// Whether an appeal is still possible.
    pub appealable: bool,
}

/// 409 with the legal moves unless `action` is one of them.
pub fn require(stage: Stage, action: Action) -> Result<(), Problem> {
    if stage.legal_actions().contains(&action) {
        return Ok(());
    }
    let legal: Vec<_> = stage.legal_actions().iter().map(|action| action.wire()).collect();
    let detail = format!("A dispute that is {} does not take {}.", stage.wire(), action.wire());
    Err(Problem::new(error::DISPUTE_ILLEGAL_MOVE).detail(detail).with("legal_actions", legal))
}

/// The legal actions that somebody with this stake may take.
pub fn available(stage: Stage, stake: Stake) -> Vec<Action> {
    let may = |action: &Action| match action {
        Action::Withdraw => stake.opener,
        Action::AcceptSettlement => stake.party && stake.offered,
        Action::Appeal => stake.party && stake.appealable,
        action if action.is_partys() => stake.party,
        _ => stake.leads,
    };
    stage.legal_actions().iter().copied().filter(may).collect()
}

/// 422 unless the effect says what its outcome needs, of these parties and nothing else.
pub fn check(effect: &DisputeEffect, labels: &[&str]) -> Result<(), Problem> {
    let wrong = |at: &str, code: &str, detail: &str| Err(Problem::invalid_all(vec![FieldError::new(at, code, detail)]));
    let shares = &effect.shares;
    match effect.outcome {
        DisputeOutcome::Moves if effect.to.is_none() => return wrong("/to", "required", "Say to which party the protection moves."),
        DisputeOutcome::Splits if shares.len() < 2 => return wrong("/shares", "required", "Give at least two parties a share."),
        _ => {}
    }
    if effect.outcome != DisputeOutcome::Moves && effect.to.is_some() {
        return wrong("/to", "not_allowed", "Only an outcome that moves names a party.");
    }
    if effect.outcome != DisputeOutcome::Splits && !shares.is_empty() {
        return wrong("/shares", "not_allowed", "Only an outcome that splits has shares.");
    }
    if effect.to.as_ref().is_some_and(|to| !labels.contains(&to.as_str())) {
        return wrong("/to", "no_such_party", "There is no such party.");
    }
    for (at, share) in shares.iter().enumerate() {
        if !labels.contains(&share.party.as_str()) {
            return wrong(&format!("/shares/{at}/party"), "no_such_party", "There is no such party.");
        }
        if shares[..at].iter().any(|other| other.party == share.party) {
            return wrong(&format!("/shares/{at}/party"), "duplicate", "Give each party one share.");
        }
    }
    if effect.outcome == DisputeOutcome::Splits && shares.iter().map(|share| share.percent).sum::<i32>() != 100 {
        return wrong("/shares", "out_of_range", "The shares are a hundred together.");
    }
    Ok(())
}

/// The label of the party that comes `at`-th.
pub fn label(at: usize) -> String {
    char::from(b'A' + u8::try_from(at.min(25)).unwrap_or(25)).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::types::DisputePartyShare;
    use super::*;
    use proptest::prelude::*;

    fn splits(percents: &[i32]) -> DisputeEffect {
        let shares = percents.iter().enumerate().map(|(at, percent)| DisputePartyShare { party: label(at), percent: *percent }).collect();
        DisputeEffect { outcome: DisputeOutcome::Splits, to: None, shares }
    }

    #[test]
    fn every_stage_survives_the_database() {
        for stage in Stage::ALL {
            assert_eq!(stage.wire().parse(), Ok(*stage));
        }
    }

    #[test]
    fn an_end_is_an_end_and_every_open_stage_can_be_left() {
        for stage in [Stage::Closed, Stage::Settled, Stage::Withdrawn] {
            assert!(stage.legal_actions().is_empty() && !stage.is_open());
        }
        for stage in Stage::ALL.iter().filter(|stage| stage.is_open()) {
            assert!(stage.legal_actions().iter().any(|action| matches!(action, Action::Decide | Action::BeginReview)), "{stage:?}");
        }
    }

    #[test]
    fn what_is_a_partys_is_not_the_reviewers() {
        let leads = Stake { leads: true, ..Stake::default() };
        let party = Stake { party: true, ..Stake::default() };
        for stage in Stage::ALL {
            assert!(available(*stage, leads).iter().all(|action| !action.is_partys()));
            assert!(available(*stage, party).iter().all(|action| action.is_partys()));
        }
    }

    #[test]
    fn an_outcome_says_what_it_needs_and_nothing_else() {
        let labels = ["A", "B"];
        let effect = |outcome, to: Option<&str>| DisputeEffect { outcome, to: to.map(str::to_owned), shares: Vec::new() };
        assert!(check(&effect(DisputeOutcome::Stands, None), &labels).is_ok());
        assert!(check(&effect(DisputeOutcome::Stands, Some("A")), &labels).is_err());
        assert!(check(&effect(DisputeOutcome::Moves, Some("B")), &labels).is_ok());
        assert!(check(&effect(DisputeOutcome::Moves, Some("C")), &labels).is_err());
        assert!(check(&effect(DisputeOutcome::Moves, None), &labels).is_err());
    }

    proptest! {
        #[test]
        fn shares_are_a_hundred_together(first in 1..100_i32, second in 1..100_i32) {
            prop_assert_eq!(check(&splits(&[first, second]), &["A", "B"]).is_ok(), first + second == 100);
        }
    }
}
