//! Mail that goes out: a row in the transaction of the change that it tells of, sent afterwards.
//!
//! A letter may carry a link with a secret, so it lies sealed, and is wiped once it was sent or given up.
//! It goes out at least once, always under the same `Message-ID`, by which a mailbox knows a repeat.

use crate::actor::Actor;
use crate::app::App;
use crate::id::{self, VendorId};
use crate::problem::Problem;
use crate::seal::Sealer;
use crate::seal::{KeyColumn, Sealed};
use crate::tx::Tx;
use crate::workers::{Run, WokenBy, Worker};
use chrono::{DateTime, Duration, Utc};
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// Whoever has claimed a letter sends it within this time, or another instance takes it up.
const LEASE: Duration = Duration::minutes(2);
/// The mail server is given this long.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
/// The first pause after a failure; it doubles up to [`LONGEST_PAUSE`].
const PAUSE: i64 = 60;
/// The longest pause.
const LONGEST_PAUSE: i64 = 4 * 3_600;
/// A letter that failed so often is given up: after more than a day.
const ATTEMPTS: i64 = 14;
/// Letters looked at in one round.
const BATCH: u64 = 20;
/// The row of a letter is forgotten after this.
const KEPT: Duration = Duration::days(30);

/// What is to be sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Letter {
    /// The address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text, plain.
    pub text: String,
    /// The same as HTML, for those who can show it.
    #[serde(default)]
    pub html: Option<String>,
}

/// Sends mail by SMTP; an installation without one sends none.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// Send through the server at `url` (`smtps://user:password@host`, or `smtp://host:587?tls=required`) as `from`.
    pub fn new(url: &str, from: &str) -> Result<Self, String> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|cause| cause.to_string())?;
        let from: Mailbox = from.parse().map_err(|_| "this is not an e-mail address".to_owned())?;
        Ok(Self { transport: transport.timeout(Some(PATIENCE)).build(), from })
    }

    fn message(&self, id: Uuid, now: DateTime<Utc>, letter: Letter) -> Result<Message, String> {
        let to = Mailbox::new(None, letter.to.parse().map_err(|_| "the recipient's address cannot be used")?);
        let domain = self.from.email.domain();
        let builder = Message::builder().from(self.from.clone()).to(to).subject(letter.subject).date(now.into());
        let builder = builder.message_id(Some(format!("<{}@{domain}>", id.simple())));
        let message = match letter.html {
            Some(html) => builder.multipart(MultiPart::alternative_plain_html(letter.text, html)),
            None => builder.header(ContentType::TEXT_PLAIN).body(letter.text),
        };
        message.map_err(|cause| cause.to_string())
    }
}

/// Whether this installation sends mail at all.
pub fn is_configured(app: &App) -> bool {
    app.find_service::<Mailer>().is_some()
}

/// Send `letter` when this write commits; an installation without a mail server sends nothing.
pub async fn send(tx: &Tx, letter: Letter) -> Result<(), Problem> {
    if !is_configured(tx.app()) {
        return Ok(());
    }
    let id = id::fresh();
    let plain = serde_json::to_vec(&letter).map_err(Problem::internal)?;
    let sealed = tx.app().sealer().seal(&purpose(id), &plain);
    let sql = "INSERT INTO mails (vendor_id, id, sealed, attempts, due_at, created_at) VALUES ($1, $2, $3, 0, $4, $4)";
    let values = [tx.vendor().0.into(), id.into(), sealed.into(), tx.now().into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// Where letters are sealed until they are sent.
pub const SEALED: Sealed = Sealed {
    table: "mails",
    key: &[KeyColumn::Uuid("vendor_id"), KeyColumn::Uuid("id")],
    column: "sealed",
    purpose: |row| Ok(purpose(row.try_get("", "id")?)),
    also: &[],
};

fn purpose(id: Uuid) -> String {
    format!("mail:{id}")
}

/// Open a letter that was not sent yet.
pub fn open(sealer: &Sealer, id: Uuid, sealed: &[u8]) -> Option<Letter> {
    serde_json::from_slice(&sealer.open(&purpose(id), sealed).ok()?).ok()
}

/// Sends what is due. Whoever writes a letter also writes an event, which wakes it.
pub fn worker() -> Worker {
    let run: Run = Arc::new(|app| Box::pin(async move { send_due(&app).await }));
    Worker { name: "mail", woken_by: WokenBy::Log, poll: std::time::Duration::from_secs(10), run }
}

struct Claimed {
    vendor: VendorId,
    id: Uuid,
    sealed: Vec<u8>,
    attempts: i64,
    lease: DateTime<Utc>,
}

async fn send_due(app: &App) -> Result<usize, Problem> {
    let Some(mailer) = app.find_service::<Mailer>() else { return Ok(0) };
    let now = app.clock().now();
    let sql = format!("SELECT vendor_id, id FROM mails WHERE due_at <= $1 ORDER BY due_at LIMIT {BATCH}");
    let rows = {
        let db = app.db().read_across_vendors().await?;
        db.query_all_raw(Statement::from_sql_and_values(app.db().backend(), &sql, [now.into()])).await?
    };
    let mut done = 0;
    for row in rows {
        let (vendor, id) = (VendorId(row.try_get("", "vendor_id")?), row.try_get("", "id")?);
        if let Some(claimed) = claim(app, vendor, id, now).await? {
            let outcome = deliver(app, &mailer, &claimed, now).await;
            settle(app, &claimed, outcome).await?;
            done += 1;
        }
    }
    Ok(done)
}

/// Take a letter for [`LEASE`]; `None` if another instance was faster.
async fn claim(app: &App, vendor: VendorId, id: Uuid, now: DateTime<Utc>) -> Result<Option<Claimed>, Problem> {
    let lease = now + LEASE;
    let row: Option<QueryResult> = app
        .write(&Actor::system("mail", vendor), async |tx| {
            let sql =
                "UPDATE mails SET due_at = $4, attempts = attempts + 1 WHERE vendor_id = $1 AND id = $2 AND due_at <= $3 RETURNING sealed, attempts";
            let values = [vendor.0.into(), id.into(), now.into(), lease.into()];
            tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await
        })
        .await?;
    let read =
        |row: QueryResult| Ok::<_, DbErr>(Claimed { vendor, id, sealed: row.try_get("", "sealed")?, attempts: row.try_get("", "attempts")?, lease });
    Ok(row.map(read).transpose()?)
}

async fn deliver(app: &App, mailer: &Mailer, claimed: &Claimed, now: DateTime<Utc>) -> Result<(), String> {
    let letter = open(app.sealer(), claimed.id, &claimed.sealed).ok_or("the stored letter does not open")?;
    let message = mailer.message(claimed.id, now, letter)?;
    match tokio::time::timeout(PATIENCE * 2, mailer.transport.send(message)).await {
        Ok(sent) => sent.map(|_| ()).map_err(|cause| cause.to_string()),
        Err(_) => Err("the mail server took too long".into()),
    }
}

async fn settle(app: &App, claimed: &Claimed, outcome: Result<(), String>) -> Result<(), Problem> {
    let pause = Duration::seconds((PAUSE << claimed.attempts.clamp(1, 20).saturating_sub(1)).min(LONGEST_PAUSE));
    // What the server said may hold the address: it is not logged.
    let again = match outcome {
        Ok(()) => None,
        Err(_) if claimed.attempts >= ATTEMPTS => {
            tracing::error!(mail = %claimed.id, "a letter could not be sent and is given up");
            None
        }
        Err(_) => {
            tracing::warn!(mail = %claimed.id, attempt = claimed.attempts, "a letter could not be sent; it is tried again");
            Some(app.clock().now() + pause)
        }
    };
    // A letter that is over has nothing left to seal and never falls due.
    let sent_at = again.is_none().then(|| app.clock().now());
    let kept = again.map(|_| claimed.sealed.clone());
    app.write(&Actor::system("mail", claimed.vendor), async |tx| {
        let sql = "UPDATE mails SET sealed = $4, due_at = $5, sent_at = $6 WHERE vendor_id = $1 AND id = $2 AND due_at = $3";
        let values = [claimed.vendor.0.into(), claimed.id.into(), claimed.lease.into(), kept.into(), again.into(), sent_at.into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
        let sql = "DELETE FROM mails WHERE vendor_id = $1 AND created_at < $2 AND sealed IS NULL";
        let values = [claimed.vendor.0.into(), (tx.now() - KEPT).into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
    })
    .await
}
