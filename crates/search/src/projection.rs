//! The reader that keeps documents true to the log.

use crate::document::{self, Document};
use crate::index::Open;
use crate::kind::{SearchType, Shelf, VENDOR};
use kernel::log::Envelope;
use kernel::readers::{React, Reader};
use kernel::{Problem, Tx};
use serde_json::{Value, json};
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
    Reader { name: READER, types: TYPES, relevant: None, react: React::Together(|tx, events| Box::pin(follow(tx, events))) }
}

/// What an event asks of the documents.
enum Step {
    /// A document is this now; an opportunity's belongs to the partner of this deal.
    Put(Document, Option<Uuid>),
    /// There is none on this shelf.
    Remove(Shelf, Uuid),
}

async fn follow(tx: &mut Tx, events: &[Envelope]) -> Result<(), Problem> {
    let mut steps = Vec::new();
    for event in events {
        steps.extend(told(event)?);
    }
    let named = |step: &Step| match step {
        Step::Put(document, deal) => [Some((document.shelf, document.id)), deal.map(|deal| (Shelf::Deal, deal))],
        Step::Remove(shelf, id) => [Some((*shelf, *id)), None],
    };
    let mut open = Open::read(tx, &steps.iter().flat_map(named).flatten().collect()).await?;
    for step in steps {
        match step {
            Step::Put(document, deal) => {
                let owner = deal.map_or(document.owner, |deal| open.owner(Shelf::Deal, deal).unwrap_or(VENDOR));
                open.put(&Document { owner, ..document })?;
            }
            Step::Remove(shelf, id) => open.remove(shelf, id),
        }
    }
    open.save(tx).await
}

fn told(event: &Envelope) -> Result<Vec<Step>, Problem> {
    let kind = SearchType::ALL.into_iter().find(|kind| kind.wire() == event.subject.kind);
    let Some((kind, id)) = kind.and_then(|kind| Some((kind, kernel::id::read(kind.prefix(), &event.subject.id).ok()?))) else {
        return Err(Problem::internal(format!("{} {} is about nothing that is searched", event.kind, event.sequence)));
    };
    let data: Value = serde_json::from_str(event.data.get()).map_err(Problem::internal)?;
    let deal = data["opportunity"]["deal_id"].as_str().and_then(|deal| kernel::id::read("deal", deal).ok());
    let step = |(shelf, document): (Shelf, Option<Document>)| match document {
        Some(document) => Step::Put(document, deal.filter(|_| shelf == Shelf::Opportunity)),
        None => Step::Remove(shelf, id),
    };
    let mut steps: Vec<_> = document::of(kind.wire(), id, event.subject.revision, &data).into_iter().map(step).collect();
    steps.extend(merged(&data));
    Ok(steps)
}

/// Of two accounts that were merged the one that went is not found any more; once that was undone it is again.
fn merged(data: &Value) -> Vec<Step> {
    let id = |account: &Value| account["id"].as_str().and_then(|id| kernel::id::read(SearchType::Account.prefix(), id).ok());
    let mut steps: Vec<_> = id(&data["merged"]).map(|gone| Step::Remove(Shelf::Account, gone)).into_iter().collect();
    let restored = &data["restored"];
    if let Some(id) = id(restored) {
        let revision = restored["revision"].as_i64().unwrap_or_default();
        let again = document::of(SearchType::Account.wire(), id, revision, &json!({ "account": restored }));
        steps.extend(again.into_iter().filter_map(|(_, document)| Some(Step::Put(document?, None))));
    }
    steps
}
