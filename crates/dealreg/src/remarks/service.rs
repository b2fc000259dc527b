//! Use cases: make, correct and take back a remark; one transaction each.

use super::events::{DealCommentDeleted, DealCommentEdited, DealCommented, DealNoteDeleted, DealNoteEdited, DealNoted};
use super::http::{DealComment, DealInternalNote, Sayer};
use super::store::{self, RemarkRow};
use super::{CORRECTABLE, MOST};
use crate::store::deals::{self, DealRow};
use crate::{DealId, RemarkId, error};
use access::Permission;
use kernel::{Actor, Problem, Tx};

/// What was done with a remark.
enum Done {
    Made,
    Corrected,
    TakenBack,
}

/// What is said about a deal is there for whoever reads deals at all: 404 for anybody else, as for what is not there.
pub(super) fn reads_deals(who: &Actor) -> Result<(), Problem> {
    if who.grants & Permission::ReadDeals.bit() != 0 { Ok(()) } else { Err(Problem::not_found()) }
}

/// The deal, within reach; no other write changes it, so that there are never more remarks than there may be.
async fn deal(tx: &Tx, id: DealId) -> Result<DealRow, Problem> {
    reads_deals(tx.actor())?;
    deals::find_to_change(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)
}

/// Say something about a deal.
pub async fn say(tx: &mut Tx, about: DealId, internal: bool, text: &str) -> Result<RemarkRow, Problem> {
    let deal = deal(tx, about).await?;
    if store::count(tx, about, internal).await? >= MOST {
        return Err(Problem::new(error::TOO_MANY_REMARKS));
    }
    let author = tx.actor().reference();
    let row = RemarkRow {
        vendor_id: tx.vendor().0,
        id: RemarkId::fresh().0,
        deal_id: about.0,
        partner_id: deal.partner_id,
        internal: i32::from(internal),
        author_kind: author.kind,
        author_id: author.id,
        by_partner: i32::from(tx.scope().partner().is_some()),
        text: Some(kernel::text::tidy(text)),
        revision: 1,
        created_at: tx.now(),
        edited_at: None,
        deleted_at: None,
    };
    store::insert(tx, row.clone()).await?;
    tell(tx, &row, deal, Done::Made)?;
    Ok(row)
}

/// The remark, if it is the caller's own and still stands.
async fn own(tx: &Tx, about: DealId, internal: bool, id: RemarkId) -> Result<RemarkRow, Problem> {
    let row = store::find_to_change(tx, about, internal, id).await?.ok_or_else(Problem::not_found)?;
    if row.author() != tx.actor().reference() {
        return Err(Problem::new(error::NOT_YOUR_REMARK));
    }
    Ok(row)
}

/// Correct one's own remark, soon after it was made.
pub async fn correct(tx: &mut Tx, about: DealId, internal: bool, id: RemarkId, text: Option<String>) -> Result<RemarkRow, Problem> {
    let deal = deal(tx, about).await?;
    let mut row = own(tx, about, internal, id).await?;
    tx.actor().require_match(row.revision)?;
    if tx.now() > row.created_at + CORRECTABLE {
        return Err(Problem::new(error::REMARK_STANDS));
    }
    let text = text.map(|text| kernel::text::tidy(&text)).or(row.text.clone());
    if text != row.text {
        (row.text, row.edited_at, row.revision) = (text, Some(tx.now()), row.revision + 1);
        store::update(tx, row.clone()).await?;
        tell(tx, &row, deal, Done::Corrected)?;
    }
    Ok(row)
}

/// Take back one's own remark: it stays in the list as a mark, and is found nowhere else.
pub async fn take_back(tx: &mut Tx, about: DealId, internal: bool, id: RemarkId) -> Result<(), Problem> {
    let deal = deal(tx, about).await?;
    let mut row = own(tx, about, internal, id).await?;
    (row.text, row.deleted_at, row.revision) = (None, Some(tx.now()), row.revision + 1);
    store::update(tx, row.clone()).await?;
    tell(tx, &row, deal, Done::TakenBack)
}

/// Replace what somebody said by the marker, at their erasure.
pub(super) async fn erase(tx: &mut Tx, mut row: RemarkRow) -> Result<(), Problem> {
    row.text = Some(kernel::personal::ERASED.to_owned());
    row.revision += 1;
    store::update(tx, row.clone()).await?;
    let Some(deal) = deals::find(tx, tx.scope(), DealId(row.deal_id)).await? else { return Ok(()) };
    tell(tx, &row, deal, Done::Corrected)
}

fn tell(tx: &mut Tx, row: &RemarkRow, deal: DealRow, done: Done) -> Result<(), Problem> {
    let all = Sayer::everybody();
    if row.internal == 0 {
        let (comment, deal) = (DealComment::of(row.clone(), &all), deal.whole(u64::MAX)?);
        match done {
            Done::Made => tx.emit(DealCommented { comment, deal }),
            Done::Corrected => tx.emit(DealCommentEdited { comment, deal }),
            Done::TakenBack => tx.emit(DealCommentDeleted { comment, deal }),
        }
    } else {
        let internal_note = DealInternalNote::of(row.clone(), &all);
        match done {
            Done::Made => tx.emit(DealNoted { internal_note }),
            Done::Corrected => tx.emit(DealNoteEdited { internal_note }),
            Done::TakenBack => tx.emit(DealNoteDeleted { internal_note }),
        }
    }
    Ok(())
}
