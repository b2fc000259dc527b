//! The reader that keeps documents true to the log.

use crate::document::{self, Document};
use crate::index;
use crate::kind::{SearchType, Shelf, VENDOR};
use kernel::log::Envelope;
use kernel::readers::Reader;
use kernel::{Problem, Tx};
use serde_json::Value;
use uuid::Uuid;

/// Names the cursor. The number is the shape of what is kept: another one begins anew with the first event of every log, and replaces what there
/// is document by document, while what there is goes on being found.
pub const READER: &str = "search.documents.1";

/// The events that carry something as it then was and is searched: a specification holds the list against the published events.
pub const TYPES: &[&str] = &[
    "account.created",
    "account.merged",
    "account.unmerged",
    "account.updated",
    "deal.approval_given",
    "deal.approved",
    "deal.assigned",
    "deal.conflict_found",
    "deal.drafted",
    "deal.escalated",
    "deal.expired",
    "deal.expiring",
    "deal.extended",
    "deal.extension_declined",
    "deal.extension_granted",
    "deal.extension_requested",
    "deal.handed_over",
    "deal.handover_due",
    "deal.in_review",
    "deal.information_requested",
    "deal.lost",
    "deal.offer_lapsed",
    "deal.offered",
    "deal.progressed",
    "deal.queued",
    "deal.rejected",
    "deal.released",
    "deal.review_ended",
    "deal.review_overdue",
    "deal.review_warning",
    "deal.stage_changed",
    "deal.stalled",
    "deal.unwatched",
    "deal.updated",
    "deal.watched",
    "deal.withdrawn",
    "deal.won",
    "lead.accepted",
    "lead.advanced",
    "lead.captured",
    "lead.converted",
    "lead.declined",
    "lead.disqualified",
    "lead.lapsed",
    "lead.lost",
    "lead.offer_expiring",
    "lead.offered",
    "lead.qualified",
    "lead.recalled",
    "lead.reopened",
    "lead.resumed",
    "lead.unplaced",
    "lead.updated",
    "lead.won",
    "opportunity.created",
    "opportunity.updated",
    "partner.created",
    "partner.offboarded",
    "partner.offboarding_done",
    "partner.offboarding_scheduled",
    "partner.offboarding_undone",
    "partner.reinstated",
    "partner.status_changed",
    "partner.suspended",
    "partner.updated",
    "person.access_revoked",
    "person.created",
    "person.deactivated",
    "person.erased",
    "person.invited",
    "person.joined",
    "person.reach_changed",
    "person.reactivated",
    "person.updated",
    "referral.accepted",
    "referral.advanced",
    "referral.expired",
    "referral.lost",
    "referral.rejected",
    "referral.submitted",
    "referral.undone",
    "referral.updated",
    "referral.withdrawn",
    "referral.won",
];

/// Follows whatever is searched.
pub fn reader() -> Reader {
    Reader { name: READER, types: TYPES, relevant: None, react: |tx, event| Box::pin(follow(tx, event)) }
}

async fn follow(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    let kind = SearchType::ALL.into_iter().find(|kind| kind.wire() == event.subject.kind);
    let Some((kind, id)) = kind.and_then(|kind| Some((kind, kernel::id::read(kind.prefix(), &event.subject.id).ok()?))) else {
        return Err(Problem::internal(format!("{} {} is about nothing that is searched", event.kind, event.sequence)));
    };
    let data: Value = serde_json::from_str(event.data.get()).map_err(Problem::internal)?;
    for (shelf, document) in document::of(kind.wire(), id, event.subject.revision, &data) {
        match document {
            Some(document) => index::put(tx, &placed(tx, document, &data).await?).await?,
            None => index::remove(tx, shelf, id).await?,
        }
    }
    follow_merge(tx, &data).await
}

/// Of two accounts that were merged the one that went is not found any more; once that was undone it is again.
async fn follow_merge(tx: &mut Tx, data: &Value) -> Result<(), Problem> {
    let id = |account: &Value| account["id"].as_str().and_then(|id| kernel::id::read(SearchType::Account.prefix(), id).ok());
    if let Some(merged) = id(&data["merged"]) {
        index::remove(tx, Shelf::Account, merged).await?;
    }
    let restored = &data["restored"];
    let Some(id) = id(restored) else { return Ok(()) };
    let revision = restored["revision"].as_i64().unwrap_or_default();
    for (_, document) in document::of(SearchType::Account.wire(), id, revision, &serde_json::json!({ "account": restored })) {
        if let Some(document) = document {
            index::put(tx, &document).await?;
        }
    }
    Ok(())
}

/// An opportunity belongs to the partner of its deal.
async fn placed(tx: &Tx, document: Document, data: &Value) -> Result<Document, Problem> {
    if document.shelf != Shelf::Opportunity {
        return Ok(document);
    }
    let deal: Option<Uuid> = data["opportunity"]["deal_id"].as_str().and_then(|deal| kernel::id::read("deal", deal).ok());
    let owner = match deal {
        Some(deal) => index::kept(tx, tx.vendor().0, Shelf::Deal, deal).await?.map_or(VENDOR, |deal| deal.owner),
        None => VENDOR,
    };
    Ok(Document { owner, ..document })
}
