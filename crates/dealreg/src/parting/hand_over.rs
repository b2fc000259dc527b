//! A deal changes its partner.

use super::events::DealHandedOver;
use crate::rules::{Status, require_one};
use crate::store::deals::{self, DealRow};
use crate::types::Deal;
use crate::{DealId, disputes, error};
use kernel::id::PartnerId;
use kernel::{Problem, Scope, Tx};
use sea_orm::{ConnectionTrait, Statement};

/// What is open, and so may be handed over.
pub(super) const OPEN: &[Status] = &[Status::Draft, Status::InReview, Status::InformationRequested, Status::Approved];

/// Hand a deal over to another active partner.
pub async fn hand_over(tx: &mut Tx, id: DealId, to: PartnerId, note: Option<String>) -> Result<Deal, Problem> {
    let row = deals::find_to_change(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    require_one(row.status()?, OPEN, "be handed over")?;
    let row = give(tx, row, to, note).await?;
    row.show(tx, tx.actor()).await
}

/// Give an open deal, found for it, to another partner.
pub(super) async fn give(tx: &mut Tx, mut row: DealRow, to: PartnerId, note: Option<String>) -> Result<DealRow, Problem> {
    let from = row.partner();
    let found = partners::find(tx, tx.scope(), to).await?.filter(|partner| partner.status == partners::PartnerStatus::Active);
    let Some(partner) = found.filter(|_| to != from) else {
        return Err(Problem::invalid("/partner_id", "not_active", "Name another partner, one that is active."));
    };
    if disputes::store::is_disputed(tx, tx.vendor(), row.id()).await? {
        return Err(Problem::new(error::DISPUTED));
    }
    for table in ["deal_claims", "deal_keys", "deal_watches"] {
        let sql = format!("UPDATE {table} SET partner_id = $3 WHERE vendor_id = $1 AND deal_id = $2");
        let values = [tx.vendor().0.into(), row.id.into(), to.0.into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), &sql, values)).await?;
    }
    (row.partner_id, row.channel_manager_id) = (to.0, partner.manager_id);
    deals::update(tx, &mut row).await?;
    let deal = row.clone().whole(u64::MAX)?;
    tx.emit(DealHandedOver { deal, previous_partner_id: from, note });
    Ok(row)
}

/// Open deals of a partner by id: up to `limit` after `after`.
pub(super) async fn open_of(tx: &Tx, partner: PartnerId, after: uuid::Uuid, limit: u64) -> Result<Vec<DealRow>, Problem> {
    Ok(deals::in_status_of(tx, Scope::vendor_wide(tx.vendor()), partner, OPEN, after, limit).await?)
}
