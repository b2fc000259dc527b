//! What is done with a dispute, one transaction each; opening one is in [`open`], its end in [`end`].

mod end;
mod open;

pub use end::{accept, appeal, decide, propose, withdraw};
pub use open::{add_party, look, open};

use super::events::{DisputeEvidenceDisclosed, DisputeReviewerChanged, DisputeStatementAdded, DisputeStatementRequested, DisputeUnderReview, told};
use super::rules::{Action, MOST_STATEMENTS, Stage, require};
use super::sight::Sight;
use super::store::{self, DisputeRow, PartyRow};
use super::types::{Content, Dispute, DisputeAssign, DisputeDisclose, DisputeEvidence, DisputeEvidenceKind, DisputeQuestion, DisputeStatement};
use super::{DisputeId, clock, evidence, neutral};
use crate::error;
use crate::service::engagement;
use access::Permission;
use kernel::actor::Caller;
use kernel::{Actor, Problem, Tx};
use neutral::Partial;
use sea_orm::ConnectionTrait;

/// A dispute with its parties.
#[derive(Debug, Clone)]
pub struct Case {
    /// The dispute.
    pub row: DisputeRow,
    /// Its parties, by label.
    pub parties: Vec<PartyRow>,
}

impl Case {
    /// The dispute, if it is within the caller's reach.
    pub async fn find(tx: &Tx, id: DisputeId) -> Result<Option<Self>, Problem> {
        match store::find(tx, tx.scope(), id).await? {
            Some(row) => Ok(Some(Self::with_parties(tx, row).await?)),
            None => Ok(None),
        }
    }

    /// The dispute, if it is within the caller's reach and this is legal now.
    pub async fn ready(tx: &Tx, id: DisputeId, action: Action) -> Result<Self, Problem> {
        let case = Self::find(tx, id).await?.ok_or_else(Problem::not_found)?;
        if tx.actor().request.if_match.is_some() {
            tx.actor().require_match(case.row.revision)?;
        }
        require(case.row.stage()?, action)?;
        Ok(case)
    }

    /// A row with its parties.
    pub async fn with_parties(db: &impl ConnectionTrait, row: DisputeRow) -> Result<Self, Problem> {
        let parties = store::parties(db, kernel::id::VendorId(row.vendor_id), &[row.id]).await?;
        Ok(Self { row, parties })
    }

    /// The label of the side that a caller speaks for: its partner's, or the vendor's direct sales.
    pub fn label_of(&self, who: &Actor) -> Option<String> {
        let own = who.scope.partner();
        self.parties.iter().find(|party| party.partner() == own).map(|party| party.label.clone())
    }

    /// The labels.
    pub fn labels(&self) -> Vec<&str> {
        self.parties.iter().map(|party| party.label.as_str()).collect()
    }

    /// The party that the caller speaks for; 409 if it speaks for none.
    fn own(&mut self, who: &Actor) -> Result<&mut PartyRow, Problem> {
        let label = self.label_of(who).ok_or_else(|| Problem::new(error::DISPUTE_NOT_PARTY))?;
        self.parties.iter_mut().find(|party| party.label == label).ok_or_else(Problem::not_found)
    }

    /// As the log is told.
    pub fn whole(&self) -> Result<Dispute, Problem> {
        Sight::whole().dispute(self).map(told)
    }

    /// As the caller sees it.
    pub fn show(&self, who: &Actor) -> Result<Dispute, Problem> {
        Sight::of(self, who).dispute(self)
    }
}

fn is_admin(who: &Actor) -> bool {
    who.grants & Permission::ManageVendor.bit() != 0 && who.scope.partner().is_none()
}

/// 409 unless the caller leads this dispute: its reviewer, if still neutral; whoever is neutral while it has none; a key that is nobody's and
/// may do everything; or an admin who says that it is known that nobody is neutral. Says whether it is that last.
async fn require_lead(tx: &Tx, case: &Case, despite_partiality: bool) -> Result<bool, Problem> {
    let who = tx.actor();
    let Some(person) = neutral::behind(tx, who).await? else {
        let for_the_vendor = is_admin(who) || matches!(who.caller, Caller::System(_));
        return if for_the_vendor { Ok(false) } else { Err(Problem::new(error::DISPUTE_NOT_REVIEWER)) };
    };
    let partial = Partial::of(tx.app(), tx, &case.row, &case.parties).await?;
    let leads = case.row.reviewer() == Some(person);
    match partial.why(person) {
        // Put in charge although everybody knew.
        Some(_) if leads && case.row.nobody_neutral => Ok(true),
        Some(_) if case.row.nobody_neutral && case.row.reviewer_id.is_none() && is_admin(who) && despite_partiality => Ok(true),
        Some(why) => Err(Problem::new(error::DISPUTE_NOT_NEUTRAL).detail(not_neutral(why, &case.row))),
        None if leads || case.row.reviewer_id.is_none() => Ok(false),
        None => Err(Problem::new(error::DISPUTE_NOT_REVIEWER)),
    }
}

fn not_neutral(why: &str, row: &DisputeRow) -> String {
    let hint = if row.nobody_neutral { " Nobody who may decide disputes is neutral: an admin may, with despite_partiality." } else { "" };
    format!("This person {why}.{hint}")
}

/// Like [`require_lead`], or an admin: for what decides nothing.
async fn require_lead_or_admin(tx: &Tx, case: &Case) -> Result<(), Problem> {
    if is_admin(tx.actor()) { Ok(()) } else { require_lead(tx, case, false).await.map(|_| ()) }
}

/// Store a changed dispute, set its timer, and say what it now is.
async fn save(tx: &mut Tx, case: &mut Case) -> Result<Dispute, Problem> {
    store::update(tx, &mut case.row).await?;
    clock::schedule(tx, &case.row).await?;
    case.whole()
}

/// Keep what somebody says, as this party or as the vendor.
async fn say(tx: &mut Tx, row: &DisputeRow, label: Option<&str>, kind: DisputeEvidenceKind, content: Content) -> Result<store::EvidenceRow, Problem> {
    let piece = evidence::said(evidence::piece(tx, row.id(), kind, label, &content), tx.actor().reference());
    store::insert_evidence(tx, piece.clone()).await?;
    Ok(piece)
}

/// Say something, as a party.
pub async fn add_statement(tx: &mut Tx, id: DisputeId, body: DisputeStatement) -> Result<DisputeEvidence, Problem> {
    let mut case = Case::ready(tx, id, Action::AddStatement).await?;
    let who = tx.actor().clone();
    let party = case.own(&who)?;
    party.stated = true;
    let party = party.clone();
    if store::statements_of(tx, &case.row, &party.label).await? >= MOST_STATEMENTS as u64 {
        return Err(Problem::new(error::DISPUTE_FULL).detail(format!("A party makes at most {MOST_STATEMENTS} statements.")));
    }
    store::update_party(tx, &party).await?;
    let content = Content { title: "Statement".to_owned(), text: Some(body.text), links: body.links, ..Content::default() };
    let piece = say(tx, &case.row, Some(&party.label), DisputeEvidenceKind::Statement, content).await?;
    let dispute = save(tx, &mut case).await?;
    tx.emit(DisputeStatementAdded { dispute, party: Some(party.label) });
    Sight::of(&case, &who).evidence(&piece)
}

/// Ask a party something: it is heard again, and the reviewer has the whole time after that.
pub async fn request_statement(tx: &mut Tx, id: DisputeId, body: DisputeQuestion) -> Result<Dispute, Problem> {
    let mut case = Case::ready(tx, id, Action::RequestStatement).await?;
    require_lead_or_admin(tx, &case).await?;
    let no_such = || Problem::invalid("/party", "no_such_party", "There is no such party.");
    let party = case.parties.iter_mut().find(|party| party.label == body.party).ok_or_else(no_such)?;
    party.stated = false;
    let party = party.clone();
    store::update_party(tx, &party).await?;
    let content = Content { title: "Question".to_owned(), text: Some(body.question), ..Content::default() };
    let row = case.row.clone();
    say(tx, &row, Some(&party.label), DisputeEvidenceKind::Question, content).await?;
    let terms = engagement::in_force_within(tx).await?.engagement.disputes.clone();
    case.row.stage = Stage::Statements.wire().to_owned();
    case.row.statements_until = clock::after(tx, tx.now(), terms.statement_days).await?;
    case.row.due_at = Some(clock::after(tx, case.row.statements_until, terms.review_days).await?);
    case.row.warned = false;
    let dispute = save(tx, &mut case).await?;
    tx.emit(DisputeStatementRequested { dispute, partner_id: party.partner(), party: party.label });
    case.show(tx.actor())
}

/// Hear nobody any more: once everybody was.
pub async fn begin_review(tx: &mut Tx, id: DisputeId) -> Result<Dispute, Problem> {
    let mut case = Case::ready(tx, id, Action::BeginReview).await?;
    require_lead_or_admin(tx, &case).await?;
    if case.parties.iter().any(|party| !party.stated) && tx.now() < case.row.statements_until {
        return Err(Problem::new(error::DISPUTE_NOT_HEARD));
    }
    case.row.stage = Stage::UnderReview.wire().to_owned();
    let dispute = save(tx, &mut case).await?;
    tx.emit(DisputeUnderReview { dispute });
    case.show(tx.actor())
}

/// Put another reviewer in charge.
pub async fn assign(tx: &mut Tx, id: DisputeId, body: DisputeAssign) -> Result<Dispute, Problem> {
    let mut case = Case::ready(tx, id, Action::Assign).await?;
    require_lead_or_admin(tx, &case).await?;
    let no_such = || Problem::invalid("/reviewer_id", "no_such_person", "There is no such active person who may decide disputes.");
    let able = access::people::who_may(tx, tx.vendor(), Permission::DecideDisputes).await?;
    able.iter().find(|person| person.id() == body.reviewer_id).ok_or_else(no_such)?;
    let partial = Partial::of(tx.app(), tx, &case.row, &case.parties).await?;
    let nobody = able.iter().all(|person| partial.why(person.id()).is_some());
    let despite = nobody && body.despite_partiality && is_admin(tx.actor());
    if let Some(why) = partial.why(body.reviewer_id).filter(|_| !despite) {
        case.row.nobody_neutral = nobody;
        return Err(Problem::new(error::DISPUTE_NOT_NEUTRAL).detail(not_neutral(why, &case.row)));
    }
    let row = case.row.clone();
    let content = Content { title: "Another reviewer".to_owned(), text: Some(body.reason), ..Content::default() };
    // Not a statement: who puts somebody in charge has not spoken on the matter.
    say(tx, &row, None, DisputeEvidenceKind::Question, content).await?;
    case.row.nobody_neutral = nobody;
    hand_to(&mut case, Some(body.reviewer_id));
    let dispute = save(tx, &mut case).await?;
    tx.emit(DisputeReviewerChanged { dispute, why: Some("assigned".to_owned()) });
    case.show(tx.actor())
}

fn hand_to(case: &mut Case, reviewer: Option<kernel::id::PersonId>) {
    case.row.reviewer_id = reviewer.map(|person| person.0);
    case.row.warned = false;
}

/// Put the next neutral person in charge, with the whole time to decide; says whether there was one.
pub async fn escalate(tx: &mut Tx, id: DisputeId) -> Result<Option<kernel::id::PersonId>, Problem> {
    let Some(mut case) = Case::find(tx, id).await? else { return Ok(None) };
    if !case.row.stage()?.is_open() {
        return Ok(None);
    }
    let before = case.row.reviewer();
    let app = tx.app().clone();
    let others = neutral::candidates(&app, tx, &case.row, &case.parties).await?;
    let Some(next) = others.iter().map(|person| person.id()).find(|person| Some(*person) != before) else { return Ok(None) };
    let mut led = case.row.reviewed_before()?;
    led.extend(before);
    case.row.reviewed_before = store::text(&led);
    case.row.nobody_neutral = false;
    let terms = engagement::in_force_within(tx).await?.engagement.disputes.clone();
    case.row.due_at = Some(clock::after(tx, tx.now().max(case.row.statements_until), terms.review_days).await?);
    case.row.overdue = 0;
    hand_to(&mut case, Some(next));
    let dispute = save(tx, &mut case).await?;
    tx.emit(DisputeReviewerChanged { dispute, why: Some("escalated".to_owned()) });
    Ok(Some(next))
}

/// Show parties what another has said or done.
pub async fn disclose(tx: &mut Tx, id: DisputeId, body: DisputeDisclose) -> Result<DisputeEvidence, Problem> {
    let mut case = Case::ready(tx, id, Action::Disclose).await?;
    require_lead_or_admin(tx, &case).await?;
    let no_such = || Problem::invalid("/evidence_id", "no_such_evidence", "There is no such statement or exhibit in this dispute.");
    let mut piece = store::find_evidence(tx, &case.row, body.evidence_id).await?.ok_or_else(no_such)?;
    let labels = case.labels();
    if let Some(at) = body.to.iter().position(|label| !labels.contains(&label.as_str())) {
        return Err(Problem::invalid(format!("/to/{at}"), "no_such_party", "There is no such party."));
    }
    let mut to = piece.disclosed_to()?;
    to.extend(body.to.clone());
    to.sort();
    to.dedup();
    piece.disclosed_to = store::text(&to);
    store::disclose(tx, &piece).await?;
    let dispute = save(tx, &mut case).await?;
    tx.emit(DisputeEvidenceDisclosed { dispute, to: body.to });
    Sight::of(&case, tx.actor()).evidence(&piece)
}
