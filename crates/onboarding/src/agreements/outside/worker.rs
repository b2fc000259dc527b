//! Asks signature services for what is due: to make a request, how it stands, to end it.
//!
//! An attempt is leased in one write, made outside of any, and settled in another; an instance that dies in between leaves it to be taken up again when the
//! lease has run out, which is longer than any attempt takes. Before a request is made a second time it is looked for.

use super::super::service::{self, Whole};
use super::super::store as agreements;
use super::super::{AgreementId, AgreementTemplateId};
use super::call::Trouble;
use super::opened::{self, Opened};
use super::rules::{self, INTERVAL, PATIENCE, Seen, State};
use super::store::{self, REQUESTS, RequestRow, ServiceRow};
use super::types::{SignatureRequestStatus, events_url};
use super::{SignatureServiceId, apply};
use chrono::{DateTime, Duration, Utc};
use kernel::id::VendorId;
use kernel::workers::{Run, WokenBy, Worker};
use kernel::{Actor, App, Problem, Tx};
use std::sync::Arc;

/// Whoever has leased an attempt ends it within this time: a few calls, each with its own limit.
const LEASE: Duration = Duration::minutes(10);
/// An attempt is broken off after this: well within its lease, so no other is under way when one is made.
const BOUND: std::time::Duration = std::time::Duration::from_secs(8 * 60);
/// An entry of a service's list is no older than the first attempt, by clocks that may differ.
const BEFORE: Duration = Duration::hours(12);

/// Asks what is due. What is sent is told by an event, which wakes it.
pub fn worker() -> Worker {
    let run: Run = Arc::new(|app| Box::pin(async move { REQUESTS.run(&app, |vendor, id| Box::pin(ask(&app, vendor, AgreementId(id)))).await }));
    Worker { name: "signatures", woken_by: WokenBy::Log, poll: std::time::Duration::from_secs(5), run }
}

/// What a request is made of.
pub struct Wanted {
    /// The agreement.
    pub agreement: AgreementId,
    /// Its title.
    pub title: String,
    /// The file that is signed.
    pub file: Vec<u8>,
    /// Names and addresses of who signs, in order.
    pub signers: Vec<(String, String)>,
    /// Until when.
    pub expires_at: Option<DateTime<Utc>>,
    /// The same in days.
    pub expires_days: i64,
    /// After how many days who has not signed is reminded.
    pub remind_every_days: Option<i64>,
    /// Where events go.
    pub events_url: String,
}

/// What is to be done.
enum Task {
    Create { wanted: Box<Wanted>, look_first: bool },
    Look,
    End { reason: String },
}

/// An attempt that is to be made.
struct Leased {
    id: AgreementId,
    until: DateTime<Utc>,
    since: DateTime<Utc>,
    external: Option<String>,
    service: ServiceRow,
    task: Task,
}

/// What came of it.
#[derive(Clone)]
enum Heard {
    Made(String),
    Seen { external: Option<String>, seen: Seen, file: Option<Vec<u8>> },
    Trouble(Trouble),
}

async fn ask(app: &App, vendor: VendorId, id: AgreementId) -> Result<(), Problem> {
    let actor = Actor::system("signatures", vendor);
    if let Some(leased) = app.write(&actor, async |tx| lease(tx, id).await).await? {
        let heard = attempt(app, &leased).await?;
        app.write(&actor, async |tx| settle(tx, &leased, heard.clone()).await).await?;
    }
    Ok(())
}

/// Lease an attempt; `None` if there is none to be made any more.
async fn lease(tx: &mut Tx, id: AgreementId) -> Result<Option<Leased>, Problem> {
    let mut whole = service::hold(tx, id).await?;
    let Some(row) = whole.request.as_mut().filter(|row| is_due(row, tx.now())) else { return Ok(None) };
    let status = row.status()?;
    let looks_on = status == SignatureRequestStatus::Out;
    if !looks_on && row.since + PATIENCE <= tx.now() && row.attempts > 0 {
        apply::give_up(tx, &mut whole, SignatureRequestStatus::Failed).await?;
        return Ok(None);
    }
    let Some(service) = store::find(tx, tx.vendor(), SignatureServiceId(row.service_id)).await? else {
        apply::give_up(tx, &mut whole, SignatureRequestStatus::Failed).await?;
        return Ok(None);
    };
    let until = tx.now() + LEASE;
    let (since, external, attempts) = (row.since, row.external_id.clone(), row.attempts);
    let reason = row.reason.clone().unwrap_or_else(|| "It is not wanted any more.".to_owned());
    (row.lease_until, row.due_at, row.attempts) = (Some(until), Some(until), attempts + 1);
    store::update_request(tx, row).await?;
    let task = match status {
        SignatureRequestStatus::Sending => Task::Create { wanted: Box::new(wanted(tx, &whole, &service).await?), look_first: attempts > 0 },
        SignatureRequestStatus::TakingBack => Task::End { reason },
        _ => Task::Look,
    };
    Ok(Some(Leased { id, until, since, external, service, task }))
}

fn is_due(row: &RequestRow, now: DateTime<Utc>) -> bool {
    row.due_at.is_some_and(|due| due <= now) && row.lease_until.is_none_or(|until| until <= now)
}

async fn wanted(tx: &Tx, whole: &Whole, service: &ServiceRow) -> Result<Wanted, Problem> {
    let missing = |what: &str| Problem::internal(format!("an agreement has no {what}"));
    let template = agreements::template(tx, tx.vendor(), AgreementTemplateId(whole.row.template_id)).await?.ok_or_else(|| missing("template"))?;
    let body = template.body()?;
    let file = agreements::file(tx, tx.vendor(), whole.row.id(), agreements::DOCUMENT).await?.ok_or_else(|| missing("file"))?;
    Ok(Wanted {
        agreement: whole.row.id(),
        title: whole.row.title.clone(),
        file,
        signers: whole.signers.iter().map(|signer| (signer.name.clone(), signer.email.clone())).collect(),
        expires_at: whole.row.expires_at,
        expires_days: body.expires_days,
        remind_every_days: body.remind_every_days,
        events_url: events_url(tx.app(), service),
    })
}

/// Make an attempt. Only what is wrong with ourselves is a problem; what is wrong over there is heard.
async fn attempt(app: &App, leased: &Leased) -> Result<Heard, Problem> {
    let service = opened::open(app, &leased.service)?;
    let asked = async {
        match &leased.task {
            Task::Create { wanted, look_first } => create(app, &service, leased, wanted, *look_first).await,
            Task::Look => look(app, &service, leased.external.clone()).await,
            Task::End { reason } => end(app, &service, leased, reason).await,
        }
    };
    let in_time = tokio::time::timeout(BOUND, asked).await;
    Ok(in_time.unwrap_or_else(|_| Err(Trouble::passing("It took too long."))).unwrap_or_else(Heard::Trouble))
}

async fn find(app: &App, service: &Opened, leased: &Leased) -> Result<Option<String>, Trouble> {
    match service {
        Opened::Docusign(there) => there.find(app, leased.id).await,
        Opened::Dropbox(there) => there.find(app, leased.id, leased.since - BEFORE).await,
    }
}

async fn create(app: &App, service: &Opened, leased: &Leased, wanted: &Wanted, look_first: bool) -> Result<Heard, Trouble> {
    if look_first && let Some(made) = find(app, service, leased).await? {
        return Ok(Heard::Made(made));
    }
    let made = match service {
        Opened::Docusign(there) => there.create(app, wanted).await?,
        Opened::Dropbox(there) => there.create(app, wanted).await?,
    };
    Ok(Heard::Made(made))
}

async fn look(app: &App, service: &Opened, external: Option<String>) -> Result<Heard, Trouble> {
    let Some(id) = &external else { return Ok(Heard::Seen { external, seen: Seen::gone(), file: None }) };
    let seen = match service {
        Opened::Docusign(there) => there.look(app, id).await?,
        Opened::Dropbox(there) => there.look(app, id).await?,
    };
    let file = match (&seen.state, service) {
        (State::Completed, Opened::Docusign(there)) => Some(there.file(app, id).await?),
        (State::Completed, Opened::Dropbox(there)) => Some(there.file(app, id).await?),
        _ => None,
    };
    Ok(Heard::Seen { external, seen, file })
}

/// End a request, unless it has ended; then see what became of it.
async fn end(app: &App, service: &Opened, leased: &Leased, reason: &str) -> Result<Heard, Trouble> {
    let external = match leased.external.clone() {
        Some(external) => Some(external),
        None => find(app, service, leased).await?,
    };
    let heard = look(app, service, external.clone()).await?;
    let (Heard::Seen { seen: Seen { state: State::Open, .. }, .. }, Some(id)) = (&heard, &external) else { return Ok(heard) };
    match service {
        Opened::Docusign(there) => there.void(app, id, reason).await?,
        Opened::Dropbox(there) => there.void(app, id).await?,
    }
    look(app, service, external).await
}

/// Keep what came of an attempt, unless its lease has run out and another has been made.
async fn settle(tx: &mut Tx, leased: &Leased, heard: Heard) -> Result<(), Problem> {
    let mut whole = service::hold(tx, leased.id).await?;
    let Some(row) = whole.request.as_mut().filter(|row| row.lease_until == Some(leased.until)) else { return Ok(()) };
    row.lease_until = None;
    match heard {
        Heard::Made(external) => {
            (row.external_id, row.error, row.attempts) = (Some(external), None, 0);
            // It may have been taken back while it was made: then that is due.
            if row.status()? == SignatureRequestStatus::Sending {
                row.stand(SignatureRequestStatus::Out);
            }
            row.ask_after(tx.now(), INTERVAL);
            store::update_request(tx, row).await?;
            Ok(())
        }
        Heard::Seen { external, seen, file } => {
            row.external_id = external.or_else(|| row.external_id.take());
            row.checked_at = Some(tx.now());
            apply::seen(tx, &mut whole, seen, file).await
        }
        Heard::Trouble(trouble) => {
            row.error = Some(trouble.sentence);
            let sending = row.status()? == SignatureRequestStatus::Sending;
            if trouble.for_good && sending && matches!(leased.task, Task::Create { .. }) {
                return apply::give_up(tx, &mut whole, SignatureRequestStatus::Refused).await;
            }
            row.ask_after(tx.now(), rules::pause(row.attempts, trouble.retry_after));
            Ok(store::update_request(tx, row).await?)
        }
    }
}
