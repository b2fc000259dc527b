//! Asks the provisioner for what is due: at least once under the same `webhook-id`, again after a while, and not for ever.
//!
//! An attempt is claimed in a write that pushes its due time ahead, made outside of any, and settled in another: an instance that dies in between leaves
//! it to be claimed again. What came in meanwhile by a callback, or was revoked, is left as it is.

use super::call::{self, Heard};
use super::rules::{self, Said};
use super::store::{self, GrantRow};
use super::types::AccessGrantStatus;
use super::{AccessGrantId, grants, policy};
use chrono::{DateTime, Duration, Utc};
use futures::future::join_all;
use kernel::id::VendorId;
use kernel::workers::{Run, WokenBy, Worker};
use kernel::{Actor, App, Problem, Scope, Tx};
use serde_json::{Value, json};
use std::sync::Arc;

/// Whoever has claimed an attempt makes it within this time, or another instance takes it up.
const LEASE: Duration = Duration::minutes(2);
/// Grants looked at in one round.
const BATCH: u64 = 20;
/// People of a partner whom a request names at most.
const PEOPLE: u64 = 50;

/// Asks what is due. Whatever asks for access is told by an event, which wakes it.
pub fn worker() -> Worker {
    let run: Run = Arc::new(|app| Box::pin(async move { ask_due(&app).await }));
    Worker { name: "provisioning", woken_by: WokenBy::Log, poll: std::time::Duration::from_secs(5), run }
}

/// An attempt that is to be made.
struct Claimed {
    id: AccessGrantId,
    round: i64,
    attempts: i64,
    lease: DateTime<Utc>,
    revokes: bool,
    url: String,
    message: String,
    body: Vec<u8>,
}

/// What is due is asked at the same time: a provisioner that hangs delays nobody else's.
async fn ask_due(app: &App) -> Result<usize, Problem> {
    let due = store::due(app, app.clock().now(), BATCH).await?;
    let asked = join_all(due.iter().map(|(vendor, id)| ask(app, *vendor, *id))).await;
    asked.into_iter().collect::<Result<Vec<()>, _>>().map(|asked| asked.len())
}

async fn ask(app: &App, vendor: VendorId, id: AccessGrantId) -> Result<(), Problem> {
    let actor = Actor::system("provisioning", vendor);
    if let Some(claimed) = app.write(&actor, async |tx| claim(tx, id).await).await? {
        let heard = call::post(app, vendor, &claimed.url, &claimed.message, claimed.body.clone()).await?;
        app.write(&actor, async |tx| settle(tx, &claimed, heard.clone()).await).await?;
    }
    Ok(())
}

/// Take an attempt; `None` if there is none to be made any more.
async fn claim(tx: &mut Tx, id: AccessGrantId) -> Result<Option<Claimed>, Problem> {
    let Some(mut row) = store::find_to_change(tx, id).await?.filter(|row| row.due_at.is_some_and(|due| due <= tx.now())) else {
        return Ok(None);
    };
    if row.answer_by.is_some_and(|until| until <= tx.now()) {
        let why =
            row.last_error.clone().map_or_else(|| "It was not answered in time.".to_owned(), |last| format!("It was not answered in time. {last}"));
        grants::failed(tx, &mut row, why).await?;
        return Ok(None);
    }
    let policy = policy::latest(tx, tx.scope()).await?;
    let Some(url) = policy.policy.url else {
        grants::failed(tx, &mut row, "The vendor has no provisioner any more.".into()).await?;
        return Ok(None);
    };
    let lease = tx.now() + LEASE;
    (row.due_at, row.attempts) = (Some(lease), row.attempts + 1);
    store::begin_attempt(tx, &row).await?;
    let revokes = row.status() == AccessGrantStatus::Revoking;
    let body = if revokes { revocation(tx, &row).await? } else { request(tx, &row).await? };
    let message = format!("{}_{}", row.id(), row.round);
    let body = serde_json::to_vec(&body).map_err(Problem::internal)?;
    Ok(Some(Claimed { id, round: row.round, attempts: row.attempts, lease, revokes, url, message, body }))
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
    let callback = json!({ "url": url, "token": store::add_token(tx, row).await? });
    Ok(json!({ "type": "access.requested", "grant_id": row.id(), "environment": row.name, "partner": partner(tx, row).await?, "people": people,
        "callback": callback, "answer_by": row.answer_by }))
}

async fn revocation(tx: &Tx, row: &GrantRow) -> Result<Value, Problem> {
    Ok(json!({ "type": "access.revoked", "grant_id": row.id(), "environment": row.name, "reference": row.reference,
        "partner": partner(tx, row).await? }))
}

/// Keep what came of an attempt, unless something else came first.
async fn settle(tx: &mut Tx, claimed: &Claimed, heard: Heard) -> Result<(), Problem> {
    let Some(mut row) = store::find_to_change(tx, claimed.id).await? else { return Ok(()) };
    if row.round != claimed.round || row.due_at != Some(claimed.lease) {
        return Ok(());
    }
    row.last_status = heard.status.map(i64::from);
    let said = match (heard.status, heard.trouble) {
        (Some(status), None) => rules::read(status, &heard.body, claimed.revokes, claimed.attempts, heard.retry_after),
        (_, Some(trouble)) if trouble.for_good => Said::Refused(trouble.sentence),
        (_, trouble) => Said::Again(trouble.map_or_else(String::new, |trouble| trouble.sentence), rules::pause(claimed.attempts)),
    };
    match said {
        Said::Answer(_) if claimed.revokes => grants::gone(tx, &mut row).await,
        Said::Answer(answer) => grants::answered(tx, &mut row, answer).await,
        Said::Pending => grants::pending(tx, &mut row).await,
        Said::Refused(why) => grants::failed(tx, &mut row, why).await,
        Said::Again(why, pause) => {
            row.last_error = Some(why);
            // The last look is at the end of its time.
            let next = tx.now() + pause;
            row.due_at = Some(row.answer_by.map_or(next, |until| next.min(until)));
            Ok(store::end_attempt(tx, &row).await?)
        }
    }
}
