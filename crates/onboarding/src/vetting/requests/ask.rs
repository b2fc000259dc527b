//! Asks the providers what is due. What came in meanwhile by a callback is left as it is.

use super::CheckRequestId;
use super::service;
use super::store::{self, REQUESTS, RequestRow, TOKENS};
use super::types::CheckAnswer;
use crate::applications::{ApplicationId, store as applications};
use crate::asking::line::LEASE;
use crate::asking::rules::{Said, read, too_late};
use crate::asking::{Attempt, Heard, Line};
use crate::vetting::PartnerOwnerId;
use crate::vetting::checks::types::VettingSubjectKind;
use crate::vetting::providers::CheckProviderId;
use crate::vetting::providers::store as providers;
use crate::vetting::providers::types::{CheckProviderField, CheckProviderStatus};
use crate::vetting::subjects;
use kernel::id::{PartnerId, PersonId};
use kernel::workers::{Run, WokenBy, Worker};
use kernel::{Problem, Scope, Tx};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// Asks what is due. Whatever asks for a check is told by an event, which wakes it.
pub fn worker() -> Worker {
    const LINE: Line = Line {
        actor: "check_providers",
        requests: REQUESTS,
        claim: |tx, id| Box::pin(claim(tx, id)),
        settle: |tx, attempt, heard| Box::pin(settle(tx, attempt, heard)),
    };
    let run: Run = Arc::new(|app| Box::pin(async move { LINE.run(&app).await }));
    Worker { name: "check_providers", woken_by: WokenBy::Log, poll: std::time::Duration::from_secs(5), run }
}

/// Take an attempt; `None` if there is none to be made any more.
async fn claim(tx: &mut Tx, id: Uuid) -> Result<Option<Attempt>, Problem> {
    let found = store::find_to_change(tx, CheckRequestId(id)).await?;
    let Some(mut row) = found.filter(|row| row.due_at.is_some_and(|due| due <= tx.now())) else { return Ok(None) };
    if row.answer_by.is_some_and(|until| until <= tx.now()) {
        let why = too_late(row.last_error.as_deref());
        service::unanswered(tx, &mut row, why).await?;
        return Ok(None);
    }
    let provider = providers::find(tx, tx.scope(), CheckProviderId(row.provider_id)).await?;
    let Some(provider) = provider.filter(|provider| provider.status() == CheckProviderStatus::Active) else {
        service::cancelled(tx, &mut row, "The provider is paused.").await?;
        return Ok(None);
    };
    let said = provider.said()?;
    let Some(subject) = told(tx, &row, &said.sends).await? else {
        service::cancelled(tx, &mut row, "The subject is gone.").await?;
        return Ok(None);
    };
    let (lease, attempts) = (tx.now() + LEASE, row.attempts + 1);
    REQUESTS.begin(tx, id, lease, attempts).await?;
    let url = format!("{}/v1/public/check-callbacks", tx.app().public_url());
    let callback = json!({ "url": url, "token": TOKENS.add(tx, id, row.id()).await? });
    let body = json!({ "type": "check.requested", "request_id": row.id(), "kind": said.kind, "subject": subject, "callback": callback,
        "answer_by": row.answer_by });
    let (message, body) = (format!("{}_{}", row.id(), row.round), serde_json::to_vec(&body).map_err(Problem::internal)?);
    let keys = Some(provider.keys(tx.app().sealer())?);
    Ok(Some(Attempt { id, round: row.round, attempts, lease, url: said.url, message, body, keys }))
}

/// Keep what came of an attempt, unless something else came first.
async fn settle(tx: &mut Tx, attempt: &Attempt, heard: &Heard) -> Result<(), Problem> {
    let Some(mut row) = store::find_to_change(tx, CheckRequestId(attempt.id)).await? else { return Ok(()) };
    if row.round != attempt.round || row.due_at != Some(attempt.lease) {
        return Ok(());
    }
    row.last_status = heard.status.map(i64::from);
    match read::<CheckAnswer>(heard, attempt.attempts) {
        Said::Answer(CheckAnswer::Found(found)) => service::answered(tx, &mut row, found).await,
        Said::Answer(CheckAnswer::Pending) | Said::Pending => service::pending(tx, &mut row).await,
        Said::Refused(why) => service::unanswered(tx, &mut row, why).await,
        Said::Again(why, pause) => {
            // The last look is at the end of its time.
            let next = tx.now() + pause;
            let next = row.answer_by.map_or(next, |until| next.min(until));
            Ok(REQUESTS.put_off(tx, attempt.id, next, why, heard.status).await?)
        }
    }
}

/// What a provider is told of a subject: its kind, id and name, and of the rest only these fields. `None` if it is gone.
async fn told(tx: &Tx, row: &RequestRow, fields: &[CheckProviderField]) -> Result<Option<Value>, Problem> {
    let whole = match (row.partner(), row.application_id) {
        (Some(partner), _) => of_partner(tx, row, partner, fields).await?,
        (None, Some(application)) => of_application(tx, row, ApplicationId(application)).await?,
        (None, None) => None,
    };
    let name = |field: &CheckProviderField| match field {
        CheckProviderField::Country => "country",
        CheckProviderField::BirthDate => "birth_date",
        CheckProviderField::TaxId => "tax_id",
        CheckProviderField::Website => "website",
        CheckProviderField::Owners => "owners",
    };
    let names: Vec<_> = ["kind", "id", "name"].into_iter().chain(fields.iter().map(name)).collect();
    Ok(whole.map(|whole| whole.into_iter().filter(|(member, value)| names.contains(&member.as_str()) && !value.is_null()).collect()))
}

async fn of_partner(tx: &Tx, row: &RequestRow, id: PartnerId, fields: &[CheckProviderField]) -> Result<Option<Map<String, Value>>, Problem> {
    let everybody = Scope::vendor_wide(tx.vendor());
    let Some(subject) = subjects::known(tx, row.subject_kind(), row.subject_id, id).await? else { return Ok(None) };
    let mut whole = json!({ "kind": row.subject_kind, "name": subject.name, "country": subject.country, "birth_date": subject.birth });
    whole["id"] = match row.subject_kind() {
        VettingSubjectKind::Partner => json!(id),
        VettingSubjectKind::Owner => json!(PartnerOwnerId(row.subject_id)),
        VettingSubjectKind::Person => json!(PersonId(row.subject_id)),
    };
    if row.subject_kind() == VettingSubjectKind::Partner
        && let Some(partner) = partners::find(tx, everybody, id).await?
    {
        (whole["tax_id"], whole["website"]) = (json!(partner.tax_id), json!(partner.website));
        if fields.contains(&CheckProviderField::Owners) {
            let owners = subjects::owners(tx, everybody, id).await?;
            whole["owners"] = owners.iter().map(|owner| json!({ "name": owner.name, "country": owner.country, "share": owner.share })).collect();
        }
    }
    Ok(whole.as_object().cloned())
}

/// Somebody in an application on which something may still come.
async fn of_application(tx: &Tx, row: &RequestRow, id: ApplicationId) -> Result<Option<Map<String, Value>>, Problem> {
    let Some(application) = applications::find(tx, tx.scope(), id).await? else { return Ok(None) };
    if !application.status()?.is_open() {
        return Ok(None);
    }
    let (company, contact) = (application.company()?, application.contact()?);
    let whole = match row.subject_kind() {
        VettingSubjectKind::Partner => {
            json!({ "kind": "partner", "id": id, "name": company.name, "country": company.country, "tax_id": company.tax_id,
            "website": company.website })
        }
        _ => json!({ "kind": "person", "id": id, "name": contact.name }),
    };
    Ok(whole.as_object().cloned())
}
