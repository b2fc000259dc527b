//! What people do with a lead.

use super::LeadId;
use super::capture::{email_key, identified, rate};
use super::events::{
    LeadAccepted, LeadAdvanced, LeadConverted, LeadDeclined, LeadDisqualified, LeadLost, LeadQualified, LeadRecalled, LeadReopened, LeadUpdated,
};
use super::place::{self, Why};
use super::rules::{LeadAction, LeadStatus, require};
use super::store::{self, LeadRow};
use super::types::{Lead, LeadAdvance, LeadAssign, LeadConvert, LeadOfferOutcome, LeadPatch};
use super::versions::in_force_within;
use crate::error;
use crate::service::ground::Ground;
use crate::service::register;
use crate::types::DealRegister;
use kernel::{Problem, Scope, Tx};

/// The lead, if `action` is legal for it now.
async fn ready(tx: &Tx, id: LeadId, action: LeadAction) -> Result<LeadRow, Problem> {
    let row = store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    require(row.status()?, action)?;
    Ok(row)
}

/// As whoever acts may see it.
pub async fn shown(tx: &Tx, row: &LeadRow) -> Result<Lead, Problem> {
    let book = in_force_within(tx).await?;
    row.seen_by(tx.actor(), &book.rules.offer.preview)
}

/// Find it good enough.
pub async fn qualify(tx: &mut Tx, id: LeadId, note: Option<String>) -> Result<Lead, Problem> {
    let mut row = ready(tx, id, LeadAction::Qualify).await?;
    row.stand(LeadStatus::Qualified);
    store::update(tx, &mut row).await?;
    tx.emit(LeadQualified { lead: row.whole(u64::MAX)?, partner_id: None, note });
    shown(tx, &row).await
}

/// Offer it to the next partner.
pub async fn distribute(tx: &mut Tx, id: LeadId) -> Result<Lead, Problem> {
    let mut row = ready(tx, id, LeadAction::Distribute).await?;
    place::distribute(tx, &mut row).await?;
    shown(tx, &row).await
}

/// Offer it to a partner by hand, even to one that was asked before.
pub async fn assign(tx: &mut Tx, id: LeadId, body: LeadAssign) -> Result<Lead, Problem> {
    let mut row = ready(tx, id, LeadAction::Assign).await?;
    let partner = partners::find(tx, Scope::vendor_wide(tx.vendor()), body.partner_id).await?;
    match partner.map(|partner| partner.status) {
        None => return Err(Problem::invalid("/partner_id", "no_such_partner", "There is no such partner.")),
        Some(partners::PartnerStatus::Active) => {}
        Some(_) => return Err(Problem::invalid("/partner_id", "not_active", "Only an active partner is offered leads.")),
    }
    let book = in_force_within(tx).await?;
    let why = Why { by: "hand".into(), detail: body.reason, rules_version: book.version, ..Why::default() };
    place::offer(tx, &mut row, body.partner_id, &why, &book).await?;
    shown(tx, &row).await
}

/// Take it. Whoever comes after the end of the offer is too late, even if nobody has noticed yet.
pub async fn accept(tx: &mut Tx, id: LeadId, note: Option<String>) -> Result<Lead, Problem> {
    let mut row = ready(tx, id, LeadAction::Accept).await?;
    let partner = row.partner().ok_or_else(|| Problem::internal("an offered lead has no partner"))?;
    if row.offer_until.is_none_or(|until| until <= tx.now()) {
        return Err(Problem::new(error::LEAD_OFFER_OVER));
    }
    row.stand(LeadStatus::Accepted);
    (row.offer_until, row.accepted_at) = (None, Some(tx.now()));
    store::update(tx, &mut row).await?;
    store::end_offer(tx, row.id, partner, LeadOfferOutcome::Accepted, None).await?;
    tx.clear_timer(place::OFFER, &id.to_string()).await?;
    tx.emit(LeadAccepted { lead: row.whole(u64::MAX)?, partner_id: None, note });
    shown(tx, &row).await
}

/// Turn it down, or give it back: the next partner is asked. Whoever does so sees it no more, so the answer is what they last saw.
pub async fn decline(tx: &mut Tx, id: LeadId, reason: String) -> Result<Lead, Problem> {
    let mut row = ready(tx, id, LeadAction::Decline).await?;
    let partner = row.partner().ok_or_else(|| Problem::internal("an offered lead has no partner"))?;
    let outcome = if row.status()? == LeadStatus::Offered { LeadOfferOutcome::Declined } else { LeadOfferOutcome::Returned };
    let mut last = shown(tx, &row).await?;
    place::free(tx, &mut row).await?;
    store::end_offer(tx, row.id, partner, outcome, Some(&reason)).await?;
    tx.emit(LeadDeclined { lead: row.whole(u64::MAX)?, partner_id: Some(partner), note: Some(reason) });
    place::distribute(tx, &mut row).await?;
    if tx.actor().scope.partner().is_none() {
        return shown(tx, &row).await;
    }
    (last.status, last.revision, last.offer_until) = (LeadStatus::Qualified, row.revision, None);
    (last.partner_id, last.available_actions) = (None, Vec::new());
    Ok(last)
}

/// Say how far it has come.
pub async fn advance(tx: &mut Tx, id: LeadId, body: LeadAdvance) -> Result<Lead, Problem> {
    let mut row = ready(tx, id, LeadAction::Advance).await?;
    row.stand(LeadStatus::Working);
    row.stage = Some(body.stage);
    store::update(tx, &mut row).await?;
    tx.emit(LeadAdvanced { lead: row.whole(u64::MAX)?, partner_id: None, note: body.reason });
    shown(tx, &row).await
}

/// The deal that a lead would become.
pub fn deal_of(row: &LeadRow, body: &LeadConvert) -> Result<DealRegister, Problem> {
    let amount = body.amount.clone().map_or_else(|| row.money(), |amount| Ok(Some(amount)))?;
    Ok(DealRegister {
        partner_id: row.partner(),
        kind: body.kind,
        customer: row.company()?.customer(row.contact()?),
        amount: amount.ok_or_else(|| Problem::invalid("/amount", "required", "The lead says no amount: say what the deal is worth."))?,
        expected_close: body.expected_close,
        lines: body.lines.clone(),
        custom_fields: body.custom_fields.clone(),
        draft: false,
        renews: None,
        cosell: None,
    })
}

/// Register a deal from it, in the ordinary way: the rules of engagement decide, and the lead follows its deal.
pub async fn convert(tx: &mut Tx, id: LeadId, body: LeadConvert, ground: Ground) -> Result<Lead, Problem> {
    let mut row = ready(tx, id, LeadAction::Convert).await?;
    let new = deal_of(&row, &body)?;
    // The ground was laid for the partner that had it then.
    if Some(ground.partner) != row.partner() {
        return Err(Problem::new(kernel::problem::kinds::STALE));
    }
    let deal = register::register_from(tx, new, ground, Some(("lead", row.id))).await?;
    row.stand(LeadStatus::Converted);
    row.deal_id = Some(deal.id.0);
    store::update(tx, &mut row).await?;
    store::offer_led_to(tx, &row, false).await?;
    tx.emit(LeadConverted { lead: row.whole(u64::MAX)?, partner_id: None, note: None });
    shown(tx, &row).await
}

/// Give it up as lost.
pub async fn close(tx: &mut Tx, id: LeadId, reason: String) -> Result<Lead, Problem> {
    let mut row = ready(tx, id, LeadAction::Close).await?;
    row.stand(LeadStatus::Lost);
    row.reason = Some(reason.clone());
    store::update(tx, &mut row).await?;
    tx.emit(LeadLost { lead: row.whole(u64::MAX)?, partner_id: None, note: Some(reason) });
    shown(tx, &row).await
}

/// Take it back from the partner; it waits for the vendor.
pub async fn recall(tx: &mut Tx, id: LeadId, reason: String) -> Result<Lead, Problem> {
    let mut row = ready(tx, id, LeadAction::Recall).await?;
    let partner = row.partner();
    row.reason = Some(reason.clone());
    place::free(tx, &mut row).await?;
    if let Some(partner) = partner {
        store::end_offer(tx, row.id, partner, LeadOfferOutcome::Recalled, Some(&reason)).await?;
    }
    tx.emit(LeadRecalled { lead: row.whole(u64::MAX)?, partner_id: partner, note: Some(reason) });
    shown(tx, &row).await
}

/// Say that it is none.
pub async fn disqualify(tx: &mut Tx, id: LeadId, reason: String) -> Result<Lead, Problem> {
    let mut row = ready(tx, id, LeadAction::Disqualify).await?;
    if let (LeadStatus::Offered, Some(partner)) = (row.status()?, row.partner()) {
        store::end_offer(tx, row.id, partner, LeadOfferOutcome::Recalled, Some(&reason)).await?;
    }
    tx.clear_timer(place::OFFER, &id.to_string()).await?;
    row.stand(LeadStatus::Disqualified);
    (row.reason, row.offer_until) = (Some(reason.clone()), None);
    store::update(tx, &mut row).await?;
    tx.emit(LeadDisqualified { lead: row.whole(u64::MAX)?, partner_id: None, note: Some(reason) });
    shown(tx, &row).await
}

/// Look at it again.
pub async fn reopen(tx: &mut Tx, id: LeadId, note: Option<String>) -> Result<Lead, Problem> {
    let mut row = ready(tx, id, LeadAction::Reopen).await?;
    row.stand(LeadStatus::New);
    (row.partner_id, row.reason, row.accepted_at, row.stage, row.deal_id) = (None, None, None, None, None);
    store::update(tx, &mut row).await?;
    tx.emit(LeadReopened { lead: row.whole(u64::MAX)?, partner_id: None, note });
    shown(tx, &row).await
}

/// Change what is known of it, and score it anew.
pub async fn patch(tx: &mut Tx, id: LeadId, patch: LeadPatch) -> Result<Lead, Problem> {
    let mut row = store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(row.revision)?;
    if !row.status()?.is_live() || row.status()? == LeadStatus::Converted {
        return Err(Problem::new(error::LEAD_ILLEGAL_MOVE)
            .detail("A lead that has ended is not changed.")
            .with("legal_actions", Vec::<String>::new()));
    }
    let before = row.clone();
    let keys = match patch.company {
        Some(company) => {
            let (_, keys) = identified(&company)?;
            (row.company_name, row.company) = (company.name.clone(), store::text(&company));
            Some(keys)
        }
        None => None,
    };
    if let Some(contact) = patch.contact {
        row.email_key = contact.email.as_deref().map(|email| email_key(tx.vendor(), email));
        row.contact = Some(store::text(&contact));
    }
    row.region = patch.region.unwrap_or(row.region);
    row.segment = patch.segment.unwrap_or(row.segment);
    row.interests = patch.interests.map_or(row.interests, |interests| store::text(&interests));
    if let Some(amount) = patch.amount {
        (row.amount, row.currency) = store::columns(Some(&amount));
    }
    if row != before {
        let book = in_force_within(tx).await?;
        rate(&mut row, &book, tx.now())?;
        store::update(tx, &mut row).await?;
        if let Some(keys) = keys {
            store::put_keys(tx, row.id, &keys).await?;
        }
        tx.emit(LeadUpdated { lead: row.whole(u64::MAX)?, partner_id: None, note: None });
    }
    shown(tx, &row).await
}
