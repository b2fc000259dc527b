//! A lead follows the deal that it became.

use super::events::{LeadLost, LeadResumed, LeadWon};
use super::rules::LeadStatus;
use super::store::{self, LeadRow};
use crate::DealId;
use kernel::log::Envelope;
use kernel::{App, Problem, Scope, Tx};
use sea_orm::ConnectionTrait;

/// Whether the deal of an event was a lead.
pub async fn concerns(app: &App, event: &Envelope) -> Result<bool, Problem> {
    Ok(lead_of(&app.db().read_of(event.vendor_id).await?, event).await?.is_some())
}

/// Won and lost with it; back to work when it came to nothing else.
pub async fn follow(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    let Some(mut row) = lead_of(tx, event).await? else { return Ok(()) };
    let status = match event.kind.as_str() {
        "deal.won" => LeadStatus::Won,
        "deal.lost" => LeadStatus::Lost,
        _ if row.status()? == LeadStatus::Working => return Ok(()),
        _ => LeadStatus::Working,
    };
    row.stand(status);
    store::update(tx, &mut row).await?;
    if status == LeadStatus::Won {
        store::offer_led_to(tx, &row, true).await?;
    }
    let (lead, partner_id, note) = (row.whole(u64::MAX)?, None, None);
    match status {
        LeadStatus::Won => tx.emit(LeadWon { lead, partner_id, note }),
        LeadStatus::Lost => tx.emit(LeadLost { lead, partner_id, note }),
        _ => tx.emit(LeadResumed { lead, partner_id, note }),
    }
    Ok(())
}

async fn lead_of(db: &impl ConnectionTrait, event: &Envelope) -> Result<Option<LeadRow>, Problem> {
    let Ok(deal) = event.subject.id.parse::<DealId>() else { return Ok(None) };
    let row = store::by_deal(db, Scope::vendor_wide(event.vendor_id), deal).await?;
    row.map_or(Ok(None), |row| Ok(matches!(row.status()?, LeadStatus::Converted | LeadStatus::Working).then_some(row)))
}
