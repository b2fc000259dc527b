//! What happens in one domain because something happened in another: all of it, here.

use crm::OpportunityStatus;
use dealreg::DealId;
use dealreg::events::DealApproved;
use dealreg::service::follow::{Sale, follow};
use dealreg::types::SaleOutcome;
use kernel::log::Envelope;
use kernel::readers::{React, Reader};
use kernel::{Problem, Scope, Tx};
use sea_orm::ConnectionTrait;
use serde::Deserialize;

/// The readers of the log that join domains.
pub(crate) fn readers() -> Vec<Reader> {
    vec![
        // What concerns a partner is found in its timeline.
        crate::events::timeline::reader(),
        // A deal follows the opportunity that the vendor's CRM keeps for it.
        Reader {
            name: "deals_follow_opportunities",
            types: &["opportunity.created", "opportunity.updated"],
            relevant: Some(|_, event| Box::pin(async move { Ok(sale_of_event(event).is_some()) })),
            react: React::Each(|tx, event| Box::pin(follow_opportunity(tx, event))),
        },
        // One that the CRM linked before the deal was approved is taken up then.
        Reader {
            name: "approved_deals_take_up_opportunities",
            types: &[DealApproved::KIND],
            relevant: Some(|app, event| Box::pin(async move { Ok(sale_of_deal(&app.db().read_of(event.vendor_id).await?, event).await?.is_some()) })),
            react: React::Each(|tx, event| Box::pin(take_up_opportunity(tx, event))),
        },
    ]
}

/// What is needed of an opportunity's event.
#[derive(Deserialize)]
struct Told {
    opportunity: ToldSale,
}

#[derive(Deserialize)]
struct ToldSale {
    id: crm::OpportunityId,
    external_id: String,
    deal_id: Option<DealId>,
    status: OpportunityStatus,
    stage: Option<String>,
    amount: Option<kernel::Money>,
    closes_on: Option<chrono::NaiveDate>,
}

/// The opportunity of an event, if it belongs to a deal.
fn sale_of_event(event: &Envelope) -> Option<Sale> {
    let Told { opportunity: told } = serde_json::from_str(event.data.get()).ok()?;
    Some(Sale {
        deal: told.deal_id?,
        opportunity: told.id.0,
        external_id: told.external_id,
        stage: told.stage,
        ended: ended(told.status),
        amount: told.amount,
        closes_on: told.closes_on,
    })
}

/// The latest opportunity that was linked to the deal of an event, if there is one.
async fn sale_of_deal(db: &impl ConnectionTrait, event: &Envelope) -> Result<Option<Sale>, Problem> {
    let Ok(deal) = event.subject.id.parse::<DealId>() else { return Ok(None) };
    let linked = crm::opportunities_of_deals(db, Scope::vendor_wide(event.vendor_id), &[deal.0]).await?;
    Ok(linked.into_iter().next().map(|row| {
        let told = crm::Opportunity::from(row);
        Sale {
            deal,
            opportunity: told.id.0,
            external_id: told.external_id,
            stage: told.stage,
            ended: ended(told.status),
            amount: told.amount,
            closes_on: told.closes_on,
        }
    }))
}

fn ended(status: OpportunityStatus) -> Option<SaleOutcome> {
    match status {
        OpportunityStatus::Open => None,
        OpportunityStatus::Won => Some(SaleOutcome::Won),
        OpportunityStatus::Lost => Some(SaleOutcome::Lost),
    }
}

async fn follow_opportunity(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    match sale_of_event(event) {
        Some(sale) => follow(tx, sale).await,
        None => Ok(()),
    }
}

async fn take_up_opportunity(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    match sale_of_deal(tx, event).await? {
        Some(sale) => follow(tx, sale).await,
        None => Ok(()),
    }
}
