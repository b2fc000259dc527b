//! Asks the provisioner for what is due. What came in meanwhile by a callback, or was revoked, is left as it is.

use super::rules;
use super::store::{self, GrantRow, REQUESTS, TOKENS};
use super::types::AccessGrantStatus;
use super::{AccessGrantId, grants, keys, policy};
use crate::asking::line::LEASE;
use crate::asking::rules::{Said, too_late};
use crate::asking::{Attempt, Heard, Line};
use kernel::workers::{Run, WokenBy, Worker};
use kernel::{Problem, Scope, Tx};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// People of a partner whom a request names at most.
const PEOPLE: u64 = 50;

/// Asks what is due. Whatever asks for access is told by an event, which wakes it.
pub fn worker() -> Worker {
    const LINE: Line = Line {
        actor: "provisioning",
        requests: REQUESTS,
        claim: |tx, id| Box::pin(claim(tx, id)),
        settle: |tx, attempt, heard| Box::pin(settle(tx, attempt, heard)),
    };
    let run: Run = Arc::new(|app| Box::pin(async move { LINE.run(&app).await }));
    Worker { name: "provisioning", woken_by: WokenBy::Log, poll: std::time::Duration::from_secs(5), run }
}

/// Take an attempt; `None` if there is none to be made any more.
async fn claim(tx: &mut Tx, id: Uuid) -> Result<Option<Attempt>, Problem> {
    let Some(mut row) = store::find_to_change(tx, AccessGrantId(id)).await?.filter(|row| row.due_at.is_some_and(|due| due <= tx.now())) else {
        return Ok(None);
    };
    if row.answer_by.is_some_and(|until| until <= tx.now()) {
        let why = too_late(row.last_error.as_deref());
        grants::failed(tx, &mut row, why).await?;
        return Ok(None);
    }
    let policy = policy::latest(tx, tx.scope()).await?;
    let Some(url) = policy.policy.url else {
        grants::failed(tx, &mut row, "The vendor has no provisioner any more.".into()).await?;
        return Ok(None);
    };
    let (lease, attempts) = (tx.now() + LEASE, row.attempts + 1);
    REQUESTS.begin(tx, id, lease, attempts).await?;
    let body = if row.status() == AccessGrantStatus::Revoking { revocation(tx, &row).await? } else { request(tx, &row).await? };
    let message = format!("{}_{}", row.id(), row.round);
    let body = serde_json::to_vec(&body).map_err(Problem::internal)?;
    let keys = keys::of(tx.app(), tx, tx.vendor()).await?;
    Ok(Some(Attempt { id, round: row.round, attempts, lease, url, message, body, keys }))
}

async fn partner(tx: &Tx, row: &GrantRow) -> Result<Value, Problem> {
    let found = partners::find(tx, Scope::vendor_wide(tx.vendor()), row.partner()).await?;
    let found = found.ok_or_else(|| Problem::internal("a grant has no partner"))?;
    Ok(json!({ "id": row.partner(), "name": found.name, "type": found.kind, "tier": found.tier, "region": found.region, "country": found.country,
        "languages": found.languages() }))
}

async fn request(tx: &Tx, row: &GrantRow) -> Result<Value, Problem> {
    let ids = access::people::of_partner(tx, tx.vendor(), row.partner(), uuid::Uuid::nil(), PEOPLE).await?;
    let people = access::people::find_many(tx, tx.vendor(), &ids).await?;
    let people: Vec<_> = people.iter().filter(|person| person.standing().is_some()).collect();
    let people: Vec<_> =
        people.iter().map(|person| json!({ "id": person.id(), "name": person.name, "email": person.email, "role": person.role })).collect();
    let url = format!("{}/v1/public/provisioning-callbacks", tx.app().public_url());
    let callback = json!({ "url": url, "token": TOKENS.add(tx, row.id, row.id()).await? });
    Ok(json!({ "type": "access.requested", "grant_id": row.id(), "environment": row.name, "partner": partner(tx, row).await?, "people": people,
        "callback": callback, "answer_by": row.answer_by }))
}

async fn revocation(tx: &Tx, row: &GrantRow) -> Result<Value, Problem> {
    Ok(json!({ "type": "access.revoked", "grant_id": row.id(), "environment": row.name, "reference": row.reference,
        "partner": partner(tx, row).await? }))
}

/// Keep what came of an attempt, unless something else came first.
async fn settle(tx: &mut Tx, attempt: &Attempt, heard: &Heard) -> Result<(), Problem> {
    let Some(mut row) = store::find_to_change(tx, AccessGrantId(attempt.id)).await? else { return Ok(()) };
    if row.round != attempt.round || row.due_at != Some(attempt.lease) {
        return Ok(());
    }
    row.last_status = heard.status.map(i64::from);
    let revokes = row.status() == AccessGrantStatus::Revoking;
    match rules::read(heard, revokes, attempt.attempts) {
        Said::Answer(_) if revokes => grants::gone(tx, &mut row).await,
        Said::Answer(answer) => grants::answered(tx, &mut row, answer).await,
        Said::Pending => grants::pending(tx, &mut row).await,
        Said::Refused(why) => grants::failed(tx, &mut row, why).await,
        Said::Again(why, pause) => {
            // The last look is at the end of its time.
            let next = tx.now() + pause;
            let next = row.answer_by.map_or(next, |until| next.min(until));
            Ok(REQUESTS.put_off(tx, attempt.id, next, why, heard.status).await?)
        }
    }
}
