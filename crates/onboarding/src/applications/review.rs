//! What the vendor's people do with applications; one write each.

use super::applicant::Ground;
use super::approve::{self, Terms};
use super::events::{ApplicationAssigned, ApplicationLinkRequested};
use super::forms::store as forms;
use super::rulebook::AdmissionOutcome;
use super::rules::{ApplicationAction, require};
use super::store::{self, ApplicationRow};
use super::types::{Application, ApplicationApprove, ApplicationAssign, ApplicationDecision, ApplicationLink, ApplicationReason};
use super::{ApplicationFormId, ApplicationId, links, moves};
use access::people::{self, person};
use kernel::actor::Caller;
use kernel::id::PersonId;
use kernel::{Problem, Tx, mail};
use serde_json::Map;

/// An active person of the vendor itself.
pub async fn reviewer(tx: &Tx, id: PersonId) -> Result<Option<person::Model>, Problem> {
    let found = people::find(tx, tx.vendor(), id).await?;
    Ok(found.filter(|person| person.standing().is_some_and(|standing| standing.partner.is_none())))
}

/// The application, held, if this may be done with it now.
async fn held(tx: &Tx, id: ApplicationId, action: ApplicationAction) -> Result<ApplicationRow, Problem> {
    let row = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    require(row.status()?, action)?;
    Ok(row)
}

fn decided(tx: &Tx, outcome: AdmissionOutcome, sentence: Option<String>, internal_reason: Option<String>) -> Option<String> {
    let person_id = match &tx.actor().caller {
        Caller::Person(id) => Some(*id),
        _ => None,
    };
    let (rules_version, rule, facts, decided_at) = (None, None, Map::new(), tx.now());
    Some(store::text(&ApplicationDecision { outcome, rules_version, rule, facts, sentence, internal_reason, person_id, decided_at }))
}

/// Make the applicant a partner.
pub async fn approve(tx: &mut Tx, id: ApplicationId, how: ApplicationApprove) -> Result<Application, Problem> {
    let mut row = held(tx, id, ApplicationAction::Approve).await?;
    let Ground { form, version } = Ground::of(tx, tx.scope(), &row).await?;
    row.decision = decided(tx, AdmissionOutcome::Approve, how.reason.clone(), None);
    let terms = Terms { reason: how.reason, despite_duplicates: how.despite_duplicates, without_person: how.without_person };
    approve::approve(tx, &mut row, &form, &version, terms).await?;
    row.seen_by(tx.actor())
}

/// Turn it down.
pub async fn refuse(tx: &mut Tx, id: ApplicationId, why: ApplicationReason) -> Result<Application, Problem> {
    let mut row = held(tx, id, ApplicationAction::Refuse).await?;
    row.decision = decided(tx, AdmissionOutcome::Refuse, Some(why.reason.clone()), why.internal_reason);
    moves::refuse(tx, &mut row, why.reason).await?;
    row.seen_by(tx.actor())
}

/// Ask the applicant.
pub async fn ask(tx: &mut Tx, id: ApplicationId, what: ApplicationReason) -> Result<Application, Problem> {
    let mut row = held(tx, id, ApplicationAction::RequestInformation).await?;
    row.decision = decided(tx, AdmissionOutcome::Ask, Some(what.reason.clone()), what.internal_reason);
    moves::ask(tx, &mut row, what.reason).await?;
    row.seen_by(tx.actor())
}

/// Say whose it is.
pub async fn assign(tx: &mut Tx, id: ApplicationId, to: ApplicationAssign) -> Result<Application, Problem> {
    let mut row = held(tx, id, ApplicationAction::Assign).await?;
    if reviewer(tx, to.assignee_id).await?.is_none() {
        return Err(Problem::invalid("/assignee_id", "no_such_person", "Name an active person of the vendor."));
    }
    row.assignee_id = Some(to.assignee_id.0);
    store::update(tx, &mut row).await?;
    tx.emit(ApplicationAssigned { application: row.told()? });
    row.seen_by(tx.actor())
}

/// Send the applicant a new link, or hand it over where no mail is sent.
pub async fn send_link(tx: &mut Tx, id: ApplicationId) -> Result<ApplicationLink, Problem> {
    let mut row = held(tx, id, ApplicationAction::SendLink).await?;
    let sent = mail::is_configured(tx.app());
    row.link_asked_at = Some(tx.now());
    store::update(tx, &mut row).await?;
    tx.emit(ApplicationLinkRequested { application: row.told()? });
    if sent {
        return Ok(ApplicationLink { sent, link: None });
    }
    let form = forms::find(tx, tx.scope(), ApplicationFormId(row.form_id)).await?;
    let page = form.ok_or_else(|| Problem::internal("an application has no form"))?.page;
    Ok(ApplicationLink { sent, link: Some(links::make(tx, id, &page).await?) })
}
