//! Opening a dispute: who is on the other side, who leads it, and what the machine lays before them.

use super::{Case, require_lead_or_admin, save, say};
use crate::conflict::{Conflict, ConflictKind, ranked};
use crate::disputes::events::{DisputeOpened, DisputePartyAdded};
use crate::disputes::rules::{Action, MOST_PARTIES, Stage, label};
use crate::disputes::store::{self, DisputeRow, PartyRow};
use crate::disputes::types::{Content, Dispute, DisputeEvidenceKind, DisputeOpen, DisputePartyAdd};
use crate::disputes::{DisputeId, clock, evidence, freeze, neutral};
use crate::rules::Status;
use crate::service::ground::Ground;
use crate::service::{engagement, register};
use crate::store::deals::{self, DealRow};
use crate::{DealId, error};
use kernel::{Actor, App, Problem, Tx};
use std::collections::HashSet;
use uuid::Uuid;

/// What was found before the write: the claimant's deal, and who else is after the same customer.
pub struct Found {
    deal: DealRow,
    ground: Ground,
}

/// Look who is after the same customer: before the write, since it may take a while.
pub async fn look(app: &App, who: &Actor, body: &DisputeOpen) -> Result<Found, Problem> {
    let no_such = || Problem::invalid("/deal_id", "no_such_deal", "There is no such deal.");
    let db = app.db().read_of(who.scope.vendor()).await?;
    let deal = deals::find(&db, who.scope, body.deal_id).await?.ok_or_else(no_such)?;
    drop(db);
    if who.scope.partner().is_some() && (body.against_deal_id.is_some() || body.against_direct_sales) {
        return Err(Problem::invalid("/against_deal_id", "not_allowed", "Who stands against it is found by the machine."));
    }
    let ground = Ground::lay(app, who, &deal.registration()?, Some(&deal)).await?;
    Ok(Found { deal, ground })
}

/// Open a dispute.
pub async fn open(tx: &mut Tx, body: DisputeOpen, mut found: Found) -> Result<Dispute, Problem> {
    let no_such = || Problem::invalid("/deal_id", "no_such_deal", "There is no such deal.");
    let deal = deals::find(tx, tx.scope(), found.deal.id()).await?.ok_or_else(no_such)?;
    disputable(&deal)?;
    register::meet_holders(tx, &mut found.ground).await?;
    let (rivals, direct) = sides(tx, &body, &deal, &found.ground).await?;
    if rivals.is_empty() && !direct {
        return Err(Problem::new(error::DISPUTE_NO_COUNTERPARTY));
    }
    let mut case = new_case(tx, &deal, &rivals, direct).await?;
    let app = tx.app().clone();
    let reviewer = neutral::candidates(&app, tx, &case.row, &case.parties).await?.first().map(|person| person.id());
    case.row.reviewer_id = reviewer.map(|person| person.0);
    case.row.nobody_neutral = reviewer.is_none();
    if !store::insert(tx, &case.row).await? {
        let pair = case.row.pair.as_deref().unwrap_or_default();
        let there = store::find_by_pair(tx, tx.vendor(), pair).await?.map(|row| row.id().to_string()).unwrap_or_default();
        return Err(Problem::new(error::DISPUTE_EXISTS).detail(format!("{there} is about the same two sides.")));
    }
    let at = found.ground.rules.thresholds();
    let accounts = accounts(&deal, &found.ground);
    for party in &case.parties {
        store::insert_party(tx, party).await?;
        evidence::lay(tx, &case.row, party, &accounts).await?;
    }
    for other in case.parties.iter().skip(1) {
        evidence::compare_parties(tx, &case.row, &case.parties[0], other, at).await?;
    }
    let speaker = case.label_of(tx.actor()).filter(|_| case.row.opened_by_party);
    let content = Content { title: "Why the dispute was opened".to_owned(), text: Some(body.reason), ..Content::default() };
    say(tx, &case.row, speaker.as_deref(), DisputeEvidenceKind::Statement, content).await?;
    freeze::freeze(tx, &case.parties, &found.ground.rules).await?;
    clock::schedule(tx, &case.row).await?;
    let dispute = case.whole()?;
    tx.emit(DisputeOpened { dispute });
    case.show(tx.actor())
}

fn accounts(deal: &DealRow, ground: &Ground) -> Vec<Uuid> {
    deal.account_id.into_iter().chain(ground.account).collect::<HashSet<_>>().into_iter().collect()
}

/// 409 unless the deal has been answered and has not ended.
fn disputable(deal: &DealRow) -> Result<(), Problem> {
    let status = deal.status()?;
    if status.is_live() || status == Status::Rejected {
        return Ok(());
    }
    Err(Problem::new(error::DISPUTE_DEAL_ENDED).detail(format!("A deal that is {} is not disputed.", status.wire())))
}

/// Who stands against this deal: other partners' deals, each partner once, and whether the vendor's own sales do.
async fn sides(tx: &Tx, body: &DisputeOpen, deal: &DealRow, ground: &Ground) -> Result<(Vec<DealRow>, bool), Problem> {
    if let Some(id) = body.against_deal_id {
        let no_such = || Problem::invalid("/against_deal_id", "no_such_deal", "There is no such deal of another partner.");
        let rival = deals::find(tx, tx.scope(), id).await?.filter(|rival| rival.partner_id != deal.partner_id).ok_or_else(no_such)?;
        disputable(&rival)?;
        return Ok((vec![rival], body.against_direct_sales));
    }
    if body.against_direct_sales {
        return Ok((Vec::new(), true));
    }
    let conflicts = ranked(ground.conflicts.clone());
    let same = conflicts.iter().any(|conflict| conflict.same && is_rival(conflict));
    let rivals = conflicts.iter().filter(|conflict| is_rival(conflict) && (conflict.same || !same));
    let direct = rivals.clone().any(|conflict| conflict.kind == ConflictKind::OpenOpportunity);
    let (mut found, mut met) = (Vec::new(), HashSet::from([deal.partner_id]));
    for id in rivals.filter_map(|conflict| conflict.deal_id) {
        let Some(rival) = deals::find(tx, kernel::Scope::vendor_wide(tx.vendor()), id).await? else { continue };
        if disputable(&rival).is_ok() && met.insert(rival.partner_id) && found.len() + 2 < MOST_PARTIES {
            found.push(rival);
        }
    }
    Ok((found, direct))
}

fn is_rival(conflict: &Conflict) -> bool {
    matches!(conflict.kind, ConflictKind::ProtectedRegistration | ConflictKind::PendingRegistration | ConflictKind::OpenOpportunity)
}

async fn new_case(tx: &Tx, deal: &DealRow, rivals: &[DealRow], direct: bool) -> Result<Case, Problem> {
    let rules = engagement::in_force_within(tx).await?;
    let terms = &rules.engagement.disputes;
    let by = tx.actor().reference();
    let statements_until = clock::after(tx, tx.now(), terms.statement_days).await?;
    let mut pair = [deal.id().to_string(), rivals.first().map_or_else(|| "direct_sales".to_owned(), |rival| rival.id().to_string())];
    pair.sort();
    let by_party = tx.actor().scope.partner().is_some();
    let row = DisputeRow {
        vendor_id: tx.vendor().0,
        id: DisputeId::fresh().0,
        stage: Stage::Statements.wire().to_owned(),
        pair: Some(pair.join(" ")),
        opened_by_kind: by.kind,
        opened_by_id: by.id,
        opened_by_party: by_party,
        reviewer_id: None,
        nobody_neutral: false,
        reviewed_before: "[]".to_owned(),
        statements_until,
        due_at: Some(clock::after(tx, statements_until, terms.review_days).await?),
        warned: false,
        overdue: 0,
        appeal_until: None,
        appealed_by: None,
        proposal: None,
        decision: None,
        first_decision: None,
        rules_version: rules.version,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let mut parties = vec![PartyRow { claimant: true, stated: by_party, ..party(&row, 0, Some(deal)) }];
    for rival in rivals {
        parties.push(party(&row, parties.len(), Some(rival)));
    }
    if direct {
        parties.push(party(&row, parties.len(), None));
    }
    Ok(Case { row, parties })
}

fn party(row: &DisputeRow, at: usize, deal: Option<&DealRow>) -> PartyRow {
    PartyRow {
        vendor_id: row.vendor_id,
        dispute_id: row.id,
        label: label(at),
        partner_id: deal.map(|deal| deal.partner_id),
        deal_id: deal.map(|deal| deal.id),
        claimant: false,
        stated: false,
        agreed: false,
    }
}

/// Bring in another party; everybody is heard once more.
pub async fn add_party(tx: &mut Tx, id: DisputeId, body: DisputePartyAdd) -> Result<Dispute, Problem> {
    let mut case = Case::ready(tx, id, Action::AddParty).await?;
    require_lead_or_admin(tx, &case).await?;
    let there = || Problem::invalid("/deal_id", "already_party", "It is a party already.");
    let deal = match body.deal_id {
        Some(deal) => Some(further(tx, deal).await?),
        None => None,
    };
    if case.parties.iter().any(|party| party.partner_id == deal.as_ref().map(|deal| deal.partner_id)) {
        return Err(there());
    }
    if case.parties.len() >= MOST_PARTIES {
        return Err(Problem::new(error::DISPUTE_FULL).detail(format!("A dispute has at most {MOST_PARTIES} parties.")));
    }
    let new = party(&case.row, case.parties.len(), deal.as_ref());
    store::insert_party(tx, &new).await?;
    let rules = engagement::in_force_within(tx).await?;
    let accounts: Vec<_> = match case.parties.first().and_then(PartyRow::deal) {
        Some(first) => deals::find(tx, tx.scope(), first).await?.and_then(|deal| deal.account_id).into_iter().collect(),
        None => Vec::new(),
    };
    evidence::lay(tx, &case.row, &new, &accounts).await?;
    evidence::compare_parties(tx, &case.row, &case.parties[0], &new, rules.thresholds()).await?;
    freeze::freeze(tx, std::slice::from_ref(&new), &rules).await?;
    let label = new.label.clone();
    case.parties.push(new);
    let terms = &rules.engagement.disputes;
    case.row.statements_until = clock::after(tx, tx.now(), terms.statement_days).await?;
    case.row.due_at = Some(clock::after(tx, case.row.statements_until, terms.review_days).await?);
    // What was offered was not offered to the new party, and whoever manages it no longer takes no side.
    case.row.proposal = None;
    for party in &mut case.parties {
        party.agreed = false;
        store::update_party(tx, party).await?;
    }
    still_neutral(tx, &mut case).await?;
    let dispute = save(tx, &mut case).await?;
    tx.emit(DisputePartyAdded { dispute, party: label });
    case.show(tx.actor())
}

async fn further(tx: &Tx, id: DealId) -> Result<DealRow, Problem> {
    let no_such = || Problem::invalid("/deal_id", "no_such_deal", "There is no such deal.");
    let deal = deals::find(tx, tx.scope(), id).await?.ok_or_else(no_such)?;
    disputable(&deal)?;
    Ok(deal)
}

/// Put somebody else in charge if the reviewer is no longer neutral.
pub(super) async fn still_neutral(tx: &mut Tx, case: &mut Case) -> Result<(), Problem> {
    let app = tx.app().clone();
    let able = neutral::candidates(&app, tx, &case.row, &case.parties).await?;
    if !able.iter().any(|person| Some(person.id()) == case.row.reviewer()) {
        case.row.reviewer_id = able.first().map(|person| person.id);
        case.row.nobody_neutral = able.is_empty();
    }
    Ok(())
}
