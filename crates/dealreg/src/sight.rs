//! What of a deal its reader is shown: the one place, by the table of fields ([`access::Field`]).
//!
//! A partner's people see their own deal whole and of rivals nothing but that there is a conflict. So do the vendor's callers whose role
//! leaves rivals out; and somebody whose reach is narrowed sees of conflicts with partners out of reach no more either.

use crate::conflict::Conflict;
use crate::decide::Decision;
use crate::types::Deal;
use access::Field;
use kernel::id::PartnerId;
use kernel::{Actor, Problem};
use sea_orm::ConnectionTrait;
use std::collections::HashSet;

/// What one reader is shown of some deals.
pub struct Sight {
    rivals: bool,
    routes: bool,
    approvals: bool,
    /// The rivals within a narrowed reach; all of them are, if it is not narrowed.
    reached: Option<HashSet<PartnerId>>,
}

impl Sight {
    /// What `who` is shown of deals with these decisions. A query only for a narrowed reach that meets rivals.
    pub async fn of(db: &impl ConnectionTrait, who: &Actor, decisions: impl IntoIterator<Item = &Decision>) -> Result<Self, Problem> {
        let reached = match who.scope.narrowed() {
            None => None,
            Some(_) => {
                let rivals: HashSet<_> =
                    decisions.into_iter().flat_map(|decision| &decision.conflicts).filter_map(|conflict| conflict.partner_id).collect();
                Some(who.scope.reached(db, rivals).await?)
            }
        };
        Ok(Self { rivals: Field::Rivals.shown_to(who), routes: Field::Routes.shown_to(who), approvals: Field::Approvals.shown_to(who), reached })
    }

    /// A deal as they see it.
    pub fn deal(&self, mut deal: Deal) -> Deal {
        if !self.routes {
            deal.opportunity_external_id = None;
            (deal.assignee_id, deal.queue, deal.assigned_at, deal.assignment) = (None, None, None, None);
        }
        if !self.approvals {
            deal.approvals.clear();
            if let Some(review) = &mut deal.review {
                review.marks.clear();
                review.at_end = None;
            }
        }
        deal.decision = deal.decision.map(|decision| self.decision(decision));
        deal
    }

    /// A decision as they see it.
    pub fn decision(&self, decision: Decision) -> Decision {
        let mut shown = if self.rivals { decision } else { decision.without_rivals() };
        if !self.routes {
            shown.route = None;
        }
        if let Some(reached) = &self.reached {
            let out = |conflict: &Conflict| conflict.partner_id.is_some_and(|rival| !reached.contains(&rival));
            shown.conflicts = shown.conflicts.into_iter().map(|conflict| if out(&conflict) { conflict.hidden() } else { conflict }).collect();
        }
        shown
    }
}
