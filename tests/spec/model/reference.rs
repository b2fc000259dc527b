//! The reference: what there is, and what each thing that is done may come to. Small, and without any of the service's code.

use super::operations::{CUSTOMERS, DealOp, DisputeOp, LeadOp};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// A deal, as far as it matters.
#[derive(Debug, Clone, Default)]
pub struct Deal {
    pub id: String,
    pub partner: usize,
    pub customer: usize,
    pub large: bool,
    pub status: String,
    pub until: Option<DateTime<Utc>>,
    pub extensions: i64,
    /// The dispute that split its protection.
    pub share: Option<String>,
    /// Until when its customer is kept for it.
    pub offered: Option<DateTime<Utc>>,
}

/// A lead.
#[derive(Debug, Clone, Default)]
pub struct Lead {
    pub id: String,
    pub customer: usize,
    pub status: String,
    pub partner: Option<usize>,
    pub until: Option<DateTime<Utc>>,
    pub deal: Option<String>,
    /// Who was offered it since it was captured.
    pub asked: BTreeSet<usize>,
    /// Who has accepted it at some time, and so knows its contact.
    pub knows: BTreeSet<usize>,
}

/// A dispute.
#[derive(Debug, Clone, Default)]
pub struct Dispute {
    pub id: String,
    pub stage: String,
    /// The deals of its parties, the claimant's first.
    pub deals: Vec<String>,
    /// Their partners.
    pub partners: Vec<usize>,
}

/// Everything of one vendor.
#[derive(Debug, Clone, Default)]
pub struct Model {
    pub deals: Vec<Deal>,
    pub leads: Vec<Lead>,
    pub disputes: Vec<Dispute>,
}

/// What may come of an operation: to be refused, or to leave what it is about in one of these.
#[derive(Debug, Clone)]
pub struct Expected {
    pub may_be_refused: bool,
    pub taken: Vec<&'static str>,
}

impl Expected {
    pub fn refused() -> Self {
        Self { may_be_refused: true, taken: Vec::new() }
    }

    pub fn taken(taken: &[&'static str]) -> Self {
        Self { may_be_refused: false, taken: taken.to_vec() }
    }

    pub fn either(taken: &[&'static str]) -> Self {
        Self { may_be_refused: true, taken: taken.to_vec() }
    }

    fn when(legal: bool, taken: &[&'static str]) -> Self {
        if legal { Self::taken(taken) } else { Self::refused() }
    }
}

impl Deal {
    /// Whether it is approved and its time has not run out.
    pub fn is_protected(&self, now: DateTime<Utc>) -> bool {
        self.status == "approved" && self.until.is_some_and(|until| until > now)
    }

    /// Whether it waits for a decision.
    pub fn is_pending(&self) -> bool {
        matches!(self.status.as_str(), "in_review" | "information_requested")
    }

    fn is_kept(&self, now: DateTime<Utc>) -> bool {
        self.offered.is_some_and(|until| until > now)
    }
}

/// Whether two companies are one, spelt otherwise.
fn alike(one: usize, other: usize) -> bool {
    one != other && [one, other].iter().all(|at| *at == 0 || *at == CUSTOMERS.len() - 1)
}

impl Model {
    /// What a registration is answered with: the standard rules, with large deals sent to a person before all else.
    pub fn decision(&self, partner: usize, customer: usize, large: bool, itself: Option<&str>, now: DateTime<Utc>) -> Vec<&'static str> {
        if large {
            return vec!["in_review"];
        }
        let others = || self.deals.iter().filter(|deal| Some(deal.id.as_str()) != itself);
        let same = |deal: &&Deal| deal.customer == customer;
        let resembles =
            others().filter(|deal| alike(deal.customer, customer)).any(|deal| deal.is_protected(now) || deal.is_pending() || deal.is_kept(now));
        if others().filter(same).any(|deal| deal.partner == partner && (deal.is_protected(now) || deal.is_pending())) {
            return vec!["rejected"];
        }
        if others().filter(same).any(|deal| deal.is_protected(now)) {
            return vec!["rejected"];
        }
        if resembles {
            // The index of names may lag: what is alike is found now, or a moment later.
            return vec!["approved", "in_review", "rejected"];
        }
        let pending = others().filter(same).any(Deal::is_pending);
        let kept = others().filter(same).any(|deal| deal.is_kept(now));
        let own_turn = self.deals.iter().any(|deal| Some(deal.id.as_str()) == itself && deal.is_kept(now));
        match (pending, kept) {
            _ if own_turn => vec!["approved", "in_review"],
            (false, false) => vec!["approved"],
            (false, true) => vec!["approved", "in_review"],
            (true, _) => vec!["in_review"],
        }
    }

    /// Whether another deal holds this one's customer, so that not even a person approves it.
    fn held_by_another(&self, deal: &Deal, now: DateTime<Utc>) -> (bool, bool) {
        let others = || self.deals.iter().filter(|other| other.id != deal.id && other.customer == deal.customer);
        let shares = |other: &Deal| deal.share.is_some() && deal.share == other.share;
        (others().any(|other| other.is_protected(now) && !shares(other)), others().any(|other| other.is_kept(now)))
    }

    /// What may come of an action on a deal, by somebody who may take it.
    pub fn deal(&self, deal: &Deal, what: DealOp, now: DateTime<Utc>) -> Expected {
        let is = |statuses: &[&str]| statuses.contains(&deal.status.as_str());
        match what {
            DealOp::Submit | DealOp::Resubmit => {
                let legal = if what == DealOp::Submit { is(&["draft"]) } else { is(&["information_requested", "rejected"]) };
                let decision = self.decision(deal.partner, deal.customer, deal.large, Some(&deal.id), now);
                Expected::when(legal, &decision)
            }
            DealOp::Approve if !is(&["in_review", "rejected"]) => Expected::refused(),
            DealOp::Approve => match self.held_by_another(deal, now) {
                (true, _) => Expected::refused(),
                (false, true) => Expected::either(&["approved"]),
                (false, false) => Expected::taken(&["approved"]),
            },
            DealOp::Reject => Expected::when(is(&["in_review", "information_requested"]), &["rejected"]),
            DealOp::Ask => Expected::when(is(&["in_review"]), &["information_requested"]),
            DealOp::Withdraw => Expected::when(is(&["draft", "in_review", "information_requested", "approved"]), &["withdrawn"]),
            DealOp::Win => Expected::when(is(&["approved"]), &["won"]),
            DealOp::Lose => Expected::when(is(&["approved"]), &["lost"]),
            DealOp::Extend if !is(&["approved"]) || deal.extensions >= 2 => Expected::refused(),
            DealOp::Extend if deal.is_protected(now) => Expected::taken(&["approved"]),
            DealOp::Extend => Expected::either(&["approved"]),
            DealOp::Record => match ["in_review", "information_requested", "approved"].into_iter().find(|status| is(&[status])) {
                Some(stays) => Expected::taken(&[stays]),
                None => Expected::refused(),
            },
            // It changes nothing of the deal itself.
            DealOp::Watch | DealOp::Unwatch => Expected::either(&super::table::DEALS.iter().map(|(status, _)| *status).collect::<Vec<_>>()),
            DealOp::Rename { .. } => {
                let stays: Vec<_> = ["draft", "information_requested", "rejected"].into_iter().filter(|status| is(&[status])).collect();
                Expected::when(!stays.is_empty(), &stays)
            }
        }
    }

    /// What may come of an action on a lead, by somebody who may take it.
    pub fn lead(&self, lead: &Lead, what: LeadOp, now: DateTime<Utc>) -> Expected {
        let is = |statuses: &[&str]| statuses.contains(&lead.status.as_str());
        let has_it = is(&["accepted", "working"]);
        match what {
            LeadOp::Qualify => Expected::when(is(&["new"]), &["qualified"]),
            LeadOp::Distribute => Expected::when(is(&["new", "qualified", "unplaced"]), &self.placed(lead, now)),
            LeadOp::Assign { .. } => Expected::when(is(&["new", "qualified", "unplaced"]), &["offered"]),
            LeadOp::Accept => Expected::when(is(&["offered"]) && lead.until.is_some_and(|until| until > now), &["accepted"]),
            LeadOp::Decline => Expected::when(is(&["offered"]) || has_it, &self.placed(lead, now)),
            LeadOp::Advance => Expected::when(has_it, &["working"]),
            LeadOp::Convert => Expected::when(has_it, &["converted"]),
            LeadOp::Close => Expected::when(has_it, &["lost"]),
            LeadOp::Recall => Expected::when(is(&["offered"]) || has_it, &["qualified"]),
            LeadOp::Disqualify => Expected::when(is(&["new", "qualified", "unplaced", "offered"]) || has_it, &["disqualified"]),
            LeadOp::Reopen => Expected::when(is(&["disqualified"]), &["new"]),
        }
    }

    /// Whether somebody is left who may be asked about a lead: whoever holds the company, else anybody who was not asked.
    fn placed(&self, lead: &Lead, now: DateTime<Utc>) -> Vec<&'static str> {
        let holders: BTreeSet<_> =
            self.deals.iter().filter(|deal| deal.customer == lead.customer && deal.is_protected(now)).map(|deal| deal.partner).collect();
        let asked = |partner: &usize| lead.asked.contains(partner);
        let left =
            if holders.is_empty() { (0..super::operations::PARTNERS).any(|partner| !asked(&partner)) } else { holders.iter().any(|one| !asked(one)) };
        let sure = holders.len() < 2;
        match left {
            true if sure => vec!["offered"],
            true => vec!["offered", "unplaced"],
            false => vec!["unplaced"],
        }
    }

    /// What may come of an action in a dispute, by somebody who may take it: the stage afterwards.
    pub fn dispute(&self, dispute: &Dispute, what: DisputeOp) -> Expected {
        let stage = dispute.stage.as_str();
        let open = matches!(stage, "statements" | "under_review" | "appealed");
        let decides: &[&str] = if stage == "appealed" { &["closed"] } else { &["decided"] };
        let decidable = matches!(stage, "under_review" | "appealed");
        match what {
            DisputeOp::State { .. } if stage == "statements" => Expected::taken(&["statements"]),
            DisputeOp::State { .. } => Expected::when(stage == "appealed", &["appealed"]),
            DisputeOp::Ask { .. } => Expected::when(matches!(stage, "statements" | "under_review"), &["statements"]),
            DisputeOp::Begin if stage == "statements" => Expected::either(&["under_review"]),
            DisputeOp::Begin => Expected::refused(),
            DisputeOp::Stand => Expected::when(decidable, decides),
            // A party's deal may have ended, or somebody else may hold the customer.
            DisputeOp::Move { .. } | DisputeOp::Split if decidable => Expected::either(decides),
            DisputeOp::Move { .. } | DisputeOp::Split => Expected::refused(),
            DisputeOp::Appeal { .. } if stage == "decided" => Expected::either(&["appealed"]),
            DisputeOp::Appeal { .. } => Expected::refused(),
            DisputeOp::Propose { .. } if open => Expected::taken(&["statements", "under_review", "appealed"]),
            DisputeOp::Propose { .. } => Expected::refused(),
            DisputeOp::Agree { .. } if open => Expected::either(&["settled", "statements", "under_review", "appealed"]),
            DisputeOp::Agree { .. } => Expected::refused(),
            DisputeOp::Withdraw => Expected::when(matches!(stage, "statements" | "under_review"), &["withdrawn"]),
        }
    }

    /// Whom several protected deals of one customer break the promise to: `None` if nobody.
    pub fn owned_twice(&self, now: DateTime<Utc>) -> Option<String> {
        let held: Vec<_> = self.deals.iter().filter(|deal| deal.is_protected(now)).collect();
        let pairs = held.iter().enumerate().flat_map(|(at, one)| held[at + 1..].iter().map(move |other| (one, other)));
        let mut twice = pairs.filter(|(one, other)| one.customer == other.customer && !(one.share.is_some() && one.share == other.share));
        twice.next().map(|(one, other)| format!("{one:?}\nand {other:?}\nare both protected for one customer"))
    }
}
