//! Use cases: help is asked for, answered, begun, changed, taken back; one transaction each.

use super::bring::{self, Brought};
use super::events::{CosellAccepted, CosellCancelled, CosellDeclined, CosellRequested, CosellStarted, CosellUpdated};
use super::participants::{self, join};
use super::rules::{CosellAction, CosellSide, CosellStatus, require};
use super::store::{self, Case, RequestRow};
use super::terms::CosellTerms;
use super::types::{CosellAnswer, CosellAsk, CosellBroughtIn, CosellBroughtInBy, CosellRequest, CosellRequestPatch};
use super::{CosellRequestId, clock};
use crate::assignment::queues;
use crate::engagement::{Compiled, RuleOutcome};
use crate::events::DealUpdated;
use crate::leads::store::text;
use crate::rules::{Status, require_one};
use crate::service::engagement::in_force_within;
use crate::store::deals::{self, DealRow};
use crate::{DealId, error};
use access::Permission;
use kernel::actor::Caller;
use kernel::id::PersonId;
use kernel::problem::{FieldError, kinds};
use kernel::{Actor, Problem, Tx};

/// Those in which a deal can be helped with.
const HELPED: &[Status] = &[Status::InReview, Status::InformationRequested, Status::Approved];

/// The person who calls, if it is one.
pub(super) fn person(who: &Actor) -> Option<PersonId> {
    match who.caller {
        Caller::Person(person) => Some(person),
        _ => None,
    }
}

/// 422 unless what is asked for is in the catalogue; 403 if the caller may not ask. `at` is where the body's member stands.
pub fn check_asked(who: &Actor, terms: &CosellTerms, ask: &CosellAsk, at: &str) -> Result<(), Problem> {
    if who.grants & Permission::WorkCosell.bit() == 0 {
        return Err(Problem::new(kinds::FORBIDDEN).detail(format!("Asking for help needs the permission {}.", Permission::WorkCosell.wire())));
    }
    let mut errors = Vec::new();
    for (place, help) in ask.helps.iter().enumerate() {
        let pointer = format!("{at}/helps/{place}");
        if ask.helps[..place].contains(help) {
            errors.push(FieldError::new(pointer, "duplicate", "Name each help once."));
        } else if !terms.helps.iter().any(|known| known.name == *help) {
            errors.push(FieldError::new(pointer, "unknown_help", "GET /v1/cosell-helps lists what can be asked for."));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_all(errors)) }
}

/// Ask for help with a deal that is there.
pub async fn ask(tx: &mut Tx, id: DealId, body: CosellAsk) -> Result<CosellRequest, Problem> {
    // What is out of reach costs no more than what is not there.
    deals::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    let rules = in_force_within(tx).await?;
    if rules.engagement.cosell.names_a_queue() {
        // Before the deal: whoever deals work out holds this first, and then the deal.
        queues::store::lock(tx).await?;
    }
    let mut deal = deals::find_to_change(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(deal.revision)?;
    }
    require_one(deal.status()?, HELPED, "be helped with")?;
    check_asked(&tx.actor().clone(), &rules.engagement.cosell, &body, "")?;
    if store::open_of(tx, id).await?.is_some() {
        return Err(Problem::new(error::COSELL_OPEN));
    }
    let request = CosellRequestId::fresh();
    deal.cosell_request_id = Some(request.0);
    deals::update(tx, &mut deal).await?;
    let told = deal.clone().whole(u64::MAX)?;
    tx.emit(DealUpdated { deal: told, note: None });
    let case = open(tx, &deal, request, body, &rules).await?;
    case.show(tx, tx.actor()).await
}

/// Ask for help with a deal that was just stored and names this request.
pub async fn ask_with(tx: &mut Tx, deal: &DealRow, id: CosellRequestId, body: CosellAsk) -> Result<(), Problem> {
    let rules = in_force_within(tx).await?;
    open(tx, deal, id, body, &rules).await.map(|_| ())
}

async fn open(tx: &mut Tx, deal: &DealRow, id: CosellRequestId, ask: CosellAsk, rules: &Compiled) -> Result<Case, Problem> {
    let who = tx.actor().clone();
    let (side, asker) = (CosellSide::of(&who), person(&who));
    let facts = bring::facts(tx, deal, &ask, side).await?;
    let answer = bring::answer(rules, &facts, tx.now());
    let status = match &answer {
        None => CosellStatus::Requested,
        Some(answer) if answer.outcome == RuleOutcome::Approve => CosellStatus::Accepted,
        Some(_) => CosellStatus::Declined,
    };
    let due_at = if status == CosellStatus::Requested { clock::answer_due(tx, &rules.engagement.cosell, ask.urgency).await? } else { None };
    let row = RequestRow {
        vendor_id: tx.vendor().0,
        id: id.0,
        deal_id: deal.id,
        partner_id: deal.partner_id,
        customer_name: deal.customer_name.clone(),
        status: status.wire().to_owned(),
        helps: text(&ask.helps),
        urgency: ask.urgency.wire().to_owned(),
        needs: ask.needs.clone(),
        brings: ask.brings.clone(),
        customer_contact: ask.customer_contact.wire().to_owned(),
        asked_by_side: side.wire().to_owned(),
        asked_by_id: asker.map(|person| person.0),
        answer: answer.as_ref().map(text),
        rules_version: rules.version,
        due_at,
        overdue: 0,
        outcome: None,
        reason: None,
        proposal: None,
        settled: None,
        closed_at: (status == CosellStatus::Declined).then(|| tx.now()),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    if !store::insert(tx, &row).await? {
        return Err(Problem::new(error::COSELL_OPEN));
    }
    let mut case = Case { row, people: Vec::new(), contributions: Vec::new() };
    if let Some(asker) = asker {
        let why = CosellBroughtIn::by(CosellBroughtInBy::Asked);
        join(tx, &mut case, side, Brought { person: asker, helps: Vec::new(), why }).await?;
    }
    if status != CosellStatus::Declined {
        for brought in bring::bring(tx, rules, deal, &facts, &ask.helps, &[]).await? {
            join(tx, &mut case, CosellSide::Vendor, brought).await?;
        }
    }
    clock::schedule(tx, &case.row).await?;
    tx.emit(CosellRequested::of(case.whole()?, None));
    let sentence = answer.map(|answer| answer.sentence);
    match status {
        CosellStatus::Accepted => tx.emit(CosellAccepted::of(case.whole()?, sentence)),
        CosellStatus::Declined => tx.emit(CosellDeclined::of(case.whole()?, sentence)),
        _ => {}
    }
    Ok(case)
}

/// The request, if it is within the caller's reach and this is legal now.
pub(super) async fn ready(tx: &Tx, id: CosellRequestId, action: CosellAction) -> Result<Case, Problem> {
    let row = store::find_to_change(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    require(row.status()?, action, CosellSide::of(tx.actor()))?;
    store::case(tx, row).await
}

/// Store a changed request, and set its timer.
pub(super) async fn save(tx: &mut Tx, case: &mut Case) -> Result<(), Problem> {
    store::update(tx, &mut case.row).await?;
    clock::schedule(tx, &case.row).await
}

fn answered(tx: &Tx, case: &mut Case, outcome: RuleOutcome, code: &str, sentence: &str) {
    let answer = CosellAnswer { outcome, code: code.to_owned(), sentence: sentence.to_owned(), rule: None, answered_at: tx.now() };
    case.row.answer = Some(text(&answer));
    (case.row.due_at, case.row.overdue) = (None, 0);
}

/// Promise help, for the vendor. Whoever does takes part.
pub async fn accept(tx: &mut Tx, id: CosellRequestId, note: Option<String>) -> Result<CosellRequest, Problem> {
    let mut case = ready(tx, id, CosellAction::Accept).await?;
    answered(tx, &mut case, RuleOutcome::Approve, "accepted_by_hand", note.as_deref().unwrap_or("The vendor helps."));
    case.row.stand(CosellStatus::Accepted);
    if let Some(person) = person(tx.actor()) {
        let why = CosellBroughtIn::by(CosellBroughtInBy::Answered);
        join(tx, &mut case, CosellSide::Vendor, Brought { person, helps: Vec::new(), why }).await?;
    }
    save(tx, &mut case).await?;
    tx.emit(CosellAccepted::of(case.whole()?, note));
    case.show(tx, tx.actor()).await
}

/// Decline to help, for the vendor.
pub async fn decline(tx: &mut Tx, id: CosellRequestId, reason: String) -> Result<CosellRequest, Problem> {
    let mut case = ready(tx, id, CosellAction::Decline).await?;
    answered(tx, &mut case, RuleOutcome::Reject, "declined_by_hand", &reason);
    case.row.stand(CosellStatus::Declined);
    case.row.closed_at = Some(tx.now());
    save(tx, &mut case).await?;
    tx.emit(CosellDeclined::of(case.whole()?, Some(reason)));
    case.show(tx, tx.actor()).await
}

/// Say that the work has begun.
pub async fn start(tx: &mut Tx, id: CosellRequestId, note: Option<String>) -> Result<CosellRequest, Problem> {
    let mut case = ready(tx, id, CosellAction::Start).await?;
    begin(tx, &mut case, note).await?;
    case.show(tx, tx.actor()).await
}

/// Both sides are at work, if they were not yet.
pub(super) async fn begin(tx: &mut Tx, case: &mut Case, note: Option<String>) -> Result<(), Problem> {
    if case.row.status()? == CosellStatus::Accepted {
        case.row.stand(CosellStatus::Working);
        save(tx, case).await?;
        tx.emit(CosellStarted::of(case.whole()?, note));
    }
    Ok(())
}

/// Take it back.
pub async fn cancel(tx: &mut Tx, id: CosellRequestId, reason: Option<String>) -> Result<CosellRequest, Problem> {
    let mut case = ready(tx, id, CosellAction::Cancel).await?;
    cancelled(tx, &mut case, reason).await?;
    case.show(tx, tx.actor()).await
}

/// End it without anything to settle.
pub(super) async fn cancelled(tx: &mut Tx, case: &mut Case, reason: Option<String>) -> Result<(), Problem> {
    case.row.stand(CosellStatus::Cancelled);
    (case.row.reason, case.row.closed_at) = (reason.clone(), Some(tx.now()));
    (case.row.due_at, case.row.overdue) = (None, 0);
    save(tx, case).await?;
    tx.emit(CosellCancelled::of(case.whole()?, reason));
    Ok(())
}

/// Change what is asked.
pub async fn patch(tx: &mut Tx, id: CosellRequestId, patch: CosellRequestPatch) -> Result<CosellRequest, Problem> {
    let row = store::find_to_change(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(row.revision)?;
    let side = CosellSide::of(tx.actor());
    require(row.status()?, CosellAction::Update, side)?;
    if patch.customer_contact.is_some() && side != CosellSide::Partner {
        return Err(Problem::new(error::COSELL_OTHER_SIDE));
    }
    let mut case = store::case(tx, row).await?;
    let before = case.row.clone();
    case.row.urgency = patch.urgency.map_or(before.urgency.clone(), |urgency| urgency.wire().to_owned());
    case.row.customer_contact = patch.customer_contact.map_or(before.customer_contact.clone(), |contact| contact.wire().to_owned());
    case.row.needs = patch.needs.unwrap_or(before.needs.clone());
    case.row.brings = patch.brings.unwrap_or(before.brings.clone());
    if case.row != before {
        save(tx, &mut case).await?;
        tx.emit(CosellUpdated::of(case.whole()?, None));
    }
    case.show(tx, tx.actor()).await
}

/// Bring in whoever is next: the channel manager, else whoever has least to do and was not in it. `None` if there is nobody left.
pub async fn escalate(tx: &mut Tx, id: CosellRequestId) -> Result<Option<PersonId>, Problem> {
    let Some(row) = store::find_to_change(tx, tx.scope(), id).await? else { return Ok(None) };
    if !row.status()?.is_open() {
        return Ok(None);
    }
    let mut case = store::case(tx, row).await?;
    let Some(deal) = deals::find(tx, tx.scope(), DealId(case.row.deal_id)).await? else { return Ok(None) };
    let had: Vec<_> = case.people.iter().map(store::ParticipantRow::person).collect();
    let work = bring::work(tx, &deal, had);
    let manager = match bring::manager_of(tx, &deal).await? {
        Some(manager) => crate::assignment::fit::there_for(tx, &work, manager).await?,
        None => None,
    };
    let next = match manager {
        Some(manager) => Some(manager),
        None => bring::anybody(tx, &work).await?,
    };
    let Some(next) = next else { return Ok(None) };
    let why = CosellBroughtIn::by(CosellBroughtInBy::Escalation);
    join(tx, &mut case, CosellSide::Vendor, Brought { person: next, helps: Vec::new(), why }).await?;
    participants::added(tx, &mut case, None).await?;
    Ok(Some(next))
}

/// What waits for an answer in which somebody takes part, as they see it.
pub async fn waiting(db: &impl sea_orm::ConnectionTrait, who: &Actor, person: PersonId, limit: u64) -> Result<Vec<CosellRequest>, Problem> {
    let cases = store::cases(db, store::waiting_for(db, who.scope, person, limit).await?).await?;
    let names = store::names(db, who.scope.vendor().0, &cases).await?;
    cases.iter().map(|case| case.seen_by(who, &names)).collect()
}
