//! Who contributed what: said by one side, confirmed by the other or settled by the vendor, and then a record that is never changed.

use super::events::{CosellCompleted, CosellContributionsProposed};
use super::rules::{CosellAction, CosellSide, CosellStatus, check_shares};
use super::service::{person, ready, save};
use super::store::{self, Case, ContributionRow};
use super::types::{CosellContributionsSay, CosellProposal, CosellRequest, CosellSettled, CosellShare};
use super::{CosellContributionId, CosellRequestId, clock};
use crate::error;
use crate::leads::store::text;
use kernel::problem::FieldError;
use kernel::{Problem, Tx};

/// 422 unless the shares are the whole, of people who take part or did, on their sides, and of helps that were asked for.
fn check(case: &Case, shares: &[CosellShare]) -> Result<(), Problem> {
    let helps = case.row.helps()?;
    let mut errors = Vec::new();
    for (at, share) in shares.iter().enumerate() {
        let known = |one: &store::ParticipantRow| Some(one.person()) == share.person_id && one.side == share.side.wire();
        if share.person_id.is_some() && !case.people.iter().any(known) {
            errors.push(FieldError::new(
                format!("/contributions/{at}/person_id"),
                "no_such_participant",
                "Nobody of this side took part with this id.",
            ));
        }
        if share.help.as_ref().is_some_and(|help| !helps.contains(help)) {
            errors.push(FieldError::new(format!("/contributions/{at}/help"), "unknown_help", "Name a help that the request asks for."));
        }
    }
    if errors.is_empty() { check_shares(shares) } else { Err(Problem::invalid_all(errors)) }
}

fn said(tx: &Tx, contributions: Vec<CosellShare>) -> CosellProposal {
    let who = tx.actor();
    CosellProposal { side: CosellSide::of(who), person_id: person(who), contributions, proposed_at: tx.now() }
}

/// Say who contributed what, for one's side. The work is over by that; the other side is asked.
pub async fn propose(tx: &mut Tx, id: CosellRequestId, body: CosellContributionsSay) -> Result<CosellRequest, Problem> {
    let mut case = ready(tx, id, CosellAction::ProposeContributions).await?;
    check(&case, &body.contributions)?;
    case.row.proposal = Some(text(&said(tx, body.contributions)));
    clock::close(tx, &mut case).await?;
    save(tx, &mut case).await?;
    tx.emit(CosellContributionsProposed::of(case.whole()?, body.reason));
    case.show(tx, tx.actor()).await
}

/// Agree to what the other side said.
pub async fn confirm(tx: &mut Tx, id: CosellRequestId, note: Option<String>) -> Result<CosellRequest, Problem> {
    let mut case = ready(tx, id, CosellAction::ConfirmContributions).await?;
    let proposal = case.row.proposal()?.filter(|proposal| proposal.side != CosellSide::of(tx.actor()));
    let proposal = proposal.ok_or_else(|| Problem::new(error::COSELL_NOTHING_TO_CONFIRM))?;
    finish(tx, &mut case, Some(proposal), CosellSettled::Confirmed, note).await?;
    case.show(tx, tx.actor()).await
}

/// Settle it, for the vendor.
pub async fn settle(tx: &mut Tx, id: CosellRequestId, body: CosellContributionsSay) -> Result<CosellRequest, Problem> {
    let mut case = ready(tx, id, CosellAction::SettleContributions).await?;
    check(&case, &body.contributions)?;
    let said = said(tx, body.contributions);
    case.row.proposal = Some(text(&said));
    finish(tx, &mut case, Some(said), CosellSettled::ByVendor, body.reason).await?;
    case.show(tx, tx.actor()).await
}

/// Take what one side said as agreed, since nobody has objected; if nobody said anything, end it without a record. Only while it is closing.
pub async fn settle_unanswered(tx: &mut Tx, id: CosellRequestId) -> Result<Option<CosellSettled>, Problem> {
    let Some(row) = store::find_to_change(tx, tx.scope(), id).await? else { return Ok(None) };
    if row.status()? != CosellStatus::Closing {
        return Ok(None);
    }
    let mut case = store::case(tx, row).await?;
    let proposal = case.row.proposal()?;
    let settled = if proposal.is_some() { CosellSettled::Unanswered } else { CosellSettled::Unsaid };
    finish(tx, &mut case, proposal, settled, None).await?;
    Ok(Some(settled))
}

async fn finish(tx: &mut Tx, case: &mut Case, said: Option<CosellProposal>, settled: CosellSettled, note: Option<String>) -> Result<(), Problem> {
    let by = said.as_ref().and_then(|said| said.person_id);
    for share in said.into_iter().flat_map(|said| said.contributions) {
        let row = ContributionRow {
            vendor_id: case.row.vendor_id,
            id: CosellContributionId::fresh().0,
            request_id: case.row.id,
            deal_id: case.row.deal_id,
            partner_id: case.row.partner_id,
            side: share.side.wire().to_owned(),
            person_id: share.person_id.map(|person| person.0),
            help: share.help,
            what: share.what,
            basis_points: share.basis_points,
            settled: settled.wire().to_owned(),
            said_by_id: by.map(|person| person.0),
            created_at: tx.now(),
        };
        store::record(tx, &row).await?;
        case.contributions.push(row);
    }
    case.row.stand(CosellStatus::Completed);
    (case.row.settled, case.row.closed_at) = (Some(settled.wire().to_owned()), Some(tx.now()));
    (case.row.due_at, case.row.overdue) = (None, 0);
    save(tx, case).await?;
    tx.emit(CosellCompleted::of(case.whole()?, note));
    Ok(())
}
