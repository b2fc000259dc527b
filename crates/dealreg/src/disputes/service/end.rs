//! How a dispute ends: by a decision, by an appeal against it, by agreement, or because it is taken back.

use super::{Case, require_lead, save, say};
use crate::disputes::events::{DisputeAppealed, DisputeDecided, DisputeSettled, DisputeSettlementProposed, DisputeWithdrawn};
use crate::disputes::rules::{Action, Stage, check};
use crate::disputes::store;
use crate::disputes::types::{Content, Dispute, DisputeDecide, DisputeDecision, DisputeEffect, DisputeEvidenceKind, DisputeProposal, DisputeReason};
use crate::disputes::{DisputeId, clock, effects, freeze, neutral};
use crate::error;
use crate::service::engagement;
use access::Permission;
use kernel::{Problem, Tx};

/// The reason of an end that the parties agreed to.
const AGREED: &str = "The parties have agreed.";

/// Decide: what follows for the deals follows in the same write.
pub async fn decide(tx: &mut Tx, id: DisputeId, body: DisputeDecide) -> Result<Dispute, Problem> {
    let mut case = Case::ready(tx, id, Action::Decide).await?;
    let effect = body.effect();
    check(&effect, &case.labels())?;
    let despite = require_lead(tx, &case, body.despite_partiality).await?;
    let on_appeal = case.row.stage()? == Stage::Appealed;
    let decision = DisputeDecision {
        outcome: effect.outcome,
        to: effect.to.clone(),
        shares: effect.shares.clone(),
        public_reason: body.public_reason.clone(),
        internal_note: body.internal_note,
        by_agreement: false,
        on_appeal,
        despite_partiality: despite.then_some(true),
        decided_by: Some(tx.actor().reference()),
        decided_at: tx.now(),
    };
    let terms = engagement::in_force_within(tx).await?.engagement.disputes.clone();
    let last = on_appeal || terms.appeal_days == 0;
    let stage = if last { Stage::Closed } else { Stage::Decided };
    case.row.appeal_until = if last { None } else { Some(clock::after(tx, tx.now(), terms.appeal_days).await?) };
    end(tx, &mut case, stage, Some(&decision)).await?;
    effects::apply(tx, id, &case.parties, &effect, &body.public_reason).await?;
    let dispute = case.whole()?;
    tx.emit(DisputeDecided { dispute });
    case.show(tx.actor())
}

/// Leave the open stages: the deals' time goes on.
async fn end(tx: &mut Tx, case: &mut Case, stage: Stage, decision: Option<&DisputeDecision>) -> Result<(), Problem> {
    case.row.stage = stage.wire().to_owned();
    case.row.due_at = None;
    case.row.proposal = None;
    if let Some(decision) = decision {
        case.row.decision = Some(store::text(decision));
    }
    save(tx, case).await?;
    freeze::thaw(tx, &case.parties).await
}

/// Have another reviewer consider the decision.
pub async fn appeal(tx: &mut Tx, id: DisputeId, body: DisputeReason) -> Result<Dispute, Problem> {
    let mut case = Case::ready(tx, id, Action::Appeal).await?;
    let who = tx.actor().clone();
    let label = case.own(&who)?.label.clone();
    if case.row.appealed_by.is_some() || case.row.appeal_until.is_none_or(|until| tx.now() >= until) {
        return Err(Problem::new(error::DISPUTE_APPEAL_OVER));
    }
    let decision = case.row.decision()?;
    let mut led = case.row.reviewed_before()?;
    led.extend(case.row.reviewer());
    led.extend(decision.and_then(|decision| decision.decided_by?.id.parse::<kernel::id::PersonId>().ok()));
    case.row.reviewed_before = store::text(&led);
    let row = case.row.clone();
    let content = Content { title: "Appeal".to_owned(), text: Some(body.reason), ..Content::default() };
    say(tx, &row, Some(&label), DisputeEvidenceKind::Statement, content).await?;
    let app = tx.app().clone();
    let reviewer = neutral::candidates(&app, tx, &case.row, &case.parties).await?.first().map(|person| person.id());
    let rules = engagement::in_force_within(tx).await?;
    case.row.stage = Stage::Appealed.wire().to_owned();
    case.row.reviewer_id = reviewer.map(|person| person.0);
    case.row.nobody_neutral = reviewer.is_none();
    case.row.appealed_by = Some(label);
    case.row.appeal_until = None;
    case.row.first_decision = case.row.decision.take();
    case.row.due_at = Some(clock::after(tx, tx.now(), rules.engagement.disputes.review_days).await?);
    (case.row.warned, case.row.overdue) = (false, 0);
    let dispute = save(tx, &mut case).await?;
    freeze::freeze(tx, &case.parties, &rules).await?;
    tx.emit(DisputeAppealed { dispute });
    case.show(&who)
}

/// Offer the other parties an end.
pub async fn propose(tx: &mut Tx, id: DisputeId, effect: DisputeEffect) -> Result<Dispute, Problem> {
    let mut case = Case::ready(tx, id, Action::ProposeSettlement).await?;
    let who = tx.actor().clone();
    let by = case.own(&who)?.label.clone();
    check(&effect, &case.labels())?;
    for party in &mut case.parties {
        party.agreed = party.label == by;
        store::update_party(tx, party).await?;
    }
    case.row.proposal = Some(store::text(&DisputeProposal { by, effect, at: tx.now() }));
    let dispute = save(tx, &mut case).await?;
    tx.emit(DisputeSettlementProposed { dispute });
    case.show(&who)
}

/// Agree; once everybody has, the dispute is settled, and what follows for the deals follows at once.
pub async fn accept(tx: &mut Tx, id: DisputeId) -> Result<Dispute, Problem> {
    let mut case = Case::ready(tx, id, Action::AcceptSettlement).await?;
    let who = tx.actor().clone();
    let Some(proposal) = case.row.proposal()? else {
        return Err(Problem::new(error::DISPUTE_ILLEGAL_MOVE).detail("Nobody has offered a settlement."));
    };
    let own = case.own(&who)?;
    own.agreed = true;
    let own = own.clone();
    store::update_party(tx, &own).await?;
    if case.parties.iter().any(|party| !party.agreed) {
        save(tx, &mut case).await?;
        return case.show(&who);
    }
    let effect = proposal.effect;
    let decision = DisputeDecision {
        outcome: effect.outcome,
        to: effect.to.clone(),
        shares: effect.shares.clone(),
        public_reason: AGREED.to_owned(),
        internal_note: None,
        by_agreement: true,
        on_appeal: case.row.stage()? == Stage::Appealed,
        despite_partiality: None,
        decided_by: None,
        decided_at: tx.now(),
    };
    end(tx, &mut case, Stage::Settled, Some(&decision)).await?;
    effects::apply(tx, id, &case.parties, &effect, AGREED).await?;
    let dispute = case.whole()?;
    tx.emit(DisputeSettled { dispute });
    case.show(&who)
}

/// Take it back; who opened it may open it again.
pub async fn withdraw(tx: &mut Tx, id: DisputeId) -> Result<Dispute, Problem> {
    let mut case = Case::ready(tx, id, Action::Withdraw).await?;
    let who = tx.actor().clone();
    let opener = match case.row.opened_by_party {
        true => case.own(&who)?.claimant,
        false => who.scope.partner().is_none() && who.grants & Permission::OpenDisputes.bit() != 0,
    };
    if !opener {
        return Err(Problem::new(error::DISPUTE_NOT_PARTY).detail("Only who opened a dispute takes it back."));
    }
    case.row.pair = None;
    end(tx, &mut case, Stage::Withdrawn, None).await?;
    let dispute = case.whole()?;
    tx.emit(DisputeWithdrawn { dispute });
    case.show(&who)
}
