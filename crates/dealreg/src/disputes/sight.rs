//! What of a dispute its reader is shown: the one place.
//!
//! A party's people see their own side, and of the others that they are there; the vendor's callers who may see rivals see all; those
//! who may not see the case without anybody in it.

use super::rules::{Stage, Stake, available};
use super::service::Case;
use super::store::EvidenceRow;
use super::types::{Dispute, DisputeDecision, DisputeEvidence, DisputeEvidenceKind, DisputeParty, DisputePartyKind};
use access::{Field, Permission};
use kernel::actor::ActorRef;
use kernel::id::EventId;
use kernel::{Actor, Problem};

/// Whose eyes a dispute is seen with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// The label of the side that the reader is on.
    pub own: Option<String>,
    /// Whether it sees all sides.
    pub whole: bool,
    grants: u64,
    vendors: bool,
}

impl Sight {
    /// What `who` sees of a dispute.
    pub fn of(case: &Case, who: &Actor) -> Self {
        let vendors = who.scope.partner().is_none();
        Self { own: case.label_of(who), whole: vendors && Field::Rivals.shown_to(who), grants: who.grants, vendors }
    }

    /// What the log is told.
    pub fn whole() -> Self {
        Self { own: None, whole: true, grants: 0, vendors: true }
    }

    fn may(&self, permission: Permission) -> bool {
        self.grants & permission.bit() != 0
    }

    fn stake(&self, case: &Case) -> Result<Stake, Problem> {
        let party = self.own.is_some() && self.may(Permission::OpenDisputes);
        let own = case.parties.iter().find(|party| Some(&party.label) == self.own.as_ref());
        let opener = match case.row.opened_by_party {
            true => party && own.is_some_and(|own| own.claimant),
            false => self.vendors && self.may(Permission::OpenDisputes),
        };
        Ok(Stake {
            party,
            opener,
            leads: self.vendors && self.may(Permission::DecideDisputes),
            offered: case.row.proposal.is_some() && own.is_some_and(|own| !own.agreed),
            appealable: case.row.appealed_by.is_none() && case.row.appeal_until.is_some(),
        })
    }

    /// A dispute as they see it.
    pub fn dispute(&self, case: &Case) -> Result<Dispute, Problem> {
        let row = &case.row;
        let stage = row.stage()?;
        let parties = case.parties.iter().map(|party| {
            let own = Some(&party.label) == self.own.as_ref();
            let shown = own || self.whole;
            DisputeParty {
                label: party.label.clone(),
                kind: if party.partner_id.is_some() { DisputePartyKind::Partner } else { DisputePartyKind::DirectSales },
                claimant: party.claimant,
                own,
                agreed: party.agreed,
                stated: shown.then_some(party.stated),
                partner_id: party.partner().filter(|_| shown),
                deal_id: party.deal().filter(|_| shown),
            }
        });
        Ok(Dispute {
            id: row.id(),
            stage,
            parties: parties.collect(),
            own_label: self.own.clone(),
            statements_until: row.statements_until,
            due_at: row.due_at,
            overdue: stage.is_open() && row.overdue > 0,
            reviewer_id: row.reviewer().filter(|_| self.whole),
            nobody_neutral: self.whole.then_some(row.nobody_neutral),
            proposal: row.proposal()?,
            decision: row.decision()?.map(|decision| self.decision(decision)),
            first_decision: row.first_decision()?.map(|decision| self.decision(decision)),
            appeal_until: row.appeal_until.filter(|_| stage == Stage::Decided),
            appealed: row.appealed_by.is_some(),
            rules_version: row.rules_version,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: available(stage, self.stake(case)?),
        })
    }

    fn decision(&self, decision: DisputeDecision) -> DisputeDecision {
        if self.whole { decision } else { DisputeDecision { internal_note: None, despite_partiality: None, decided_by: None, ..decision } }
    }

    /// A piece of evidence as they see it; those that they may not see were not asked for.
    pub fn evidence(&self, row: &EvidenceRow) -> Result<DisputeEvidence, Problem> {
        let (content, kind) = (row.content()?, row.kind()?);
        let shown = self.whole || row.party == self.own && kind == DisputeEvidenceKind::Statement;
        let author = row.author_kind.clone().zip(row.author_id.clone()).map(|(kind, id)| ActorRef { kind, id });
        Ok(DisputeEvidence {
            id: row.id(),
            kind,
            party: row.party.clone(),
            title: content.title,
            text: content.text,
            links: content.links,
            facts: content.facts,
            event_id: row.event_id.map(EventId),
            sequence: row.sequence,
            inclusion_proof: row.sequence.filter(|_| self.whole).map(|sequence| format!("/v1/log-entries/{sequence}/inclusion-proof")),
            occurred_at: row.occurred_at,
            author: author.filter(|_| shown),
            disclosed_to: if self.whole { Some(row.disclosed_to()?) } else { None },
            created_at: row.created_at,
        })
    }
}
