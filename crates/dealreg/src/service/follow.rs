//! A deal follows the opportunity that the vendor's CRM keeps for it.

use super::{moves, progress};
use crate::DealId;
use crate::events::DealStageChanged;
use crate::rules::Status;
use crate::store::deals;
use crate::types::SaleOutcome;
use chrono::NaiveDate;
use kernel::{Money, Problem, Tx};
use uuid::Uuid;

/// What the CRM says of the sale behind a deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// The deal.
    pub deal: DealId,
    /// The opportunity here.
    pub opportunity: Uuid,
    /// Its id in the CRM.
    pub external_id: String,
    /// Its stage, in the CRM's words.
    pub stage: Option<String>,
    /// How it ended, if it has.
    pub ended: Option<SaleOutcome>,
    /// What it is worth now.
    pub amount: Option<Money>,
    /// When it closes.
    pub closes_on: Option<NaiveDate>,
}

/// Take over stage, amount and end. A deal that is not approved is left alone: nothing was promised for it.
pub async fn follow(tx: &mut Tx, sale: Sale) -> Result<(), Problem> {
    let Some(mut row) = deals::find(tx, tx.scope(), sale.deal).await? else { return Ok(()) };
    if row.status()? != Status::Approved {
        return Ok(());
    }
    let before = row.clone();
    row.opportunity_id = Some(sale.opportunity);
    row.opportunity_external_id = Some(sale.external_id);
    row.stage = sale.stage;
    if let Some(amount) = sale.amount {
        (row.amount, row.currency) = (amount.amount, amount.currency.code().to_owned());
    }
    if let Some(date) = sale.closes_on {
        row.expected_close = date.to_string();
    }
    if let Some(outcome) = sale.ended {
        return moves::ended_by_sale(tx, &mut row, outcome, None).await;
    }
    if row != before {
        if row.stage != before.stage {
            progress::advance(tx, &row, tx.now(), "stage").await?;
        }
        deals::update(tx, &mut row).await?;
        let deal = row.clone().whole(u64::MAX)?;
        tx.emit(DealStageChanged { deal, note: None });
        crate::commercial::estimates::renew(tx, &row).await?;
    }
    Ok(())
}
