//! Sends what waits for chats: at least once, again after a while, and not for ever.

use super::http::{NotificationChannel, NotificationChannelKind};
use super::payload;
use super::store::{self, channel};
use crate::events::NotificationChannelDisabledEvent;
use crate::ports::Rows;
use crate::reader::Reader;
use crate::templates::Phrasebook;
use crate::{NotificationChannelId, Settings, view};
use chrono::{DateTime, Duration, Utc};
use kernel::id::VendorId;
use kernel::workers::{Run, WokenBy, Worker};
use kernel::{Actor, App, Problem, guard, outbound};
use reqwest::Client;
use reqwest::header::RETRY_AFTER;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use uuid::Uuid;

/// Whoever has claimed a message sends it within this time, or another instance takes it up.
const LEASE: Duration = Duration::minutes(2);
/// A chat has this long for an answer.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(15);
/// The first pause after a failure, in seconds; it doubles up to [`LONGEST_PAUSE`].
const PAUSE: i64 = 30;
/// The longest pause, in seconds.
const LONGEST_PAUSE: i64 = 4 * 3_600;
/// A message that failed so often is given up: after about a day.
const ATTEMPTS: i64 = 14;
/// Messages looked at in one round.
const BATCH: u64 = 20;

/// Sends what is due. A step that posts a message is recorded by an event, which wakes it.
pub(crate) fn worker() -> Worker {
    let run: Run = Arc::new(|app| Box::pin(async move { send_due(&app).await }));
    Worker { name: "notifications.chat", woken_by: WokenBy::Log, poll: std::time::Duration::from_secs(5), run }
}

struct Claimed {
    vendor: VendorId,
    id: Uuid,
    channel: Uuid,
    sequence: i64,
    template: String,
    link: (String, String),
    attempts: i64,
    lease: DateTime<Utc>,
}

/// What came of an attempt.
enum Outcome {
    Sent,
    /// Nothing is to be sent: the channel is disabled, or what it was about is not there any more.
    Void,
    /// Try again, not before this has passed.
    Again(String, Duration),
    /// The chat does not take this message.
    Refused(String),
    /// The webhook is gone or forbidden.
    Gone(String),
}

async fn send_due(app: &App) -> Result<usize, Problem> {
    let now = app.clock().now();
    let sql = format!("SELECT vendor_id, id FROM chat_messages WHERE due_at <= $1 ORDER BY due_at LIMIT {BATCH}");
    let rows = {
        let db = app.db().read_across_vendors().await?;
        db.query_all_raw(Statement::from_sql_and_values(app.db().backend(), &sql, [now.into()])).await?
    };
    let mut done = 0;
    for row in rows {
        let (vendor, id) = (VendorId(row.try_get("", "vendor_id")?), row.try_get("", "id")?);
        if let Some(claimed) = claim(app, vendor, id, now).await? {
            let outcome = deliver(app, &claimed).await?;
            settle(app, &claimed, outcome).await?;
            done += 1;
        }
    }
    Ok(done)
}

/// Take a message for [`LEASE`]; `None` if another instance was faster.
async fn claim(app: &App, vendor: VendorId, id: Uuid, now: DateTime<Utc>) -> Result<Option<Claimed>, Problem> {
    let lease = now + LEASE;
    let row: Option<QueryResult> = app
        .write(&Actor::system("notifications.chat", vendor), async |tx| {
            let sql = "UPDATE chat_messages SET due_at = $4, attempts = attempts + 1 WHERE vendor_id = $1 AND id = $2 AND due_at <= $3 \
                RETURNING channel_id, sequence, template, link_type, link_id, attempts";
            let values = [vendor.0.into(), id.into(), now.into(), lease.into()];
            tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await
        })
        .await?;
    let read = |row: QueryResult| {
        Ok::<_, DbErr>(Claimed {
            vendor,
            id,
            channel: row.try_get("", "channel_id")?,
            sequence: row.try_get("", "sequence")?,
            template: row.try_get("", "template")?,
            link: (row.try_get("", "link_type")?, row.try_get("", "link_id")?),
            attempts: row.try_get("", "attempts")?,
            lease,
        })
    };
    Ok(row.map(read).transpose()?)
}

async fn deliver(app: &App, claimed: &Claimed) -> Result<Outcome, Problem> {
    let Some((channel, body)) = written(app, claimed).await? else { return Ok(Outcome::Void) };
    let Some(url) = store::open(app, &channel) else {
        return Ok(Outcome::Gone("The stored URL does not open.".into()));
    };
    // What was allowed when it was set may not be now.
    let url = match guard::read_url(&url, app.service::<Settings>().allow_private) {
        Ok(url) => url,
        Err(sentence) => return Ok(Outcome::Gone(sentence.to_owned())),
    };
    let pause = Duration::seconds((PAUSE << claimed.attempts.clamp(1, 20).saturating_sub(1)).min(LONGEST_PAUSE));
    let response = match client(app).post(url).json(&body).send().await {
        Ok(response) => response,
        Err(cause) => return Ok(Outcome::Again(outbound::explain(cause), pause)),
    };
    let (status, asked) =
        (response.status().as_u16(), response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse::<i64>().ok()));
    // What the chat says besides is not kept: it may repeat what was sent.
    let said = format!("It answered with status {status}.");
    Ok(match status {
        200..=299 => Outcome::Sent,
        408 | 425 | 429 | 500..=599 => Outcome::Again(said, pause.max(Duration::seconds(asked.unwrap_or_default().clamp(0, 86_400)))),
        401 | 403 | 404 | 410 => Outcome::Gone(said),
        300..=399 => Outcome::Gone("It redirects, which is not followed.".into()),
        _ => Outcome::Refused(said),
    })
}

/// The channel and the message in its words; `None` if there is nothing to be sent.
async fn written(app: &App, claimed: &Claimed) -> Result<Option<(channel::Model, Value)>, Problem> {
    let vendor = claimed.vendor;
    let db = app.db().read_of(vendor).await?;
    let channel = store::find(&db, vendor, claimed.channel).await?.filter(|row| row.status == "active");
    let Some(channel) = channel else { return Ok(None) };
    let kind = NotificationChannelKind::stored(&channel.kind);
    let name = access::vendors::find(&db, vendor).await?.map(|vendor| vendor.name).unwrap_or_default();
    if claimed.sequence == 0 {
        let body = payload::message(kind, "A test message", &format!("Notifications of {name} arrive here."));
        return Ok(Some((channel, body)));
    }
    let reader = Reader::room(vendor);
    let events = view::events(app, &db, vendor, &[claimed.sequence]).await?;
    let Some(event) = view::seen(app, Rows::Reading(&db), reader, events).await?.pop() else { return Ok(None) };
    let phrases = Phrasebook::of(app, &db, vendor, &BTreeSet::from([claimed.template.as_str()])).await?;
    let languages = partners::languages::of_partner(&db, vendor, None, [channel.language.clone()]).await?;
    let context = view::context(&view::of_event(&event, reader)?, &channel.name, (&languages, "UTC"), &name, (&claimed.link.0, &claimed.link.1));
    let made = phrases.say(&claimed.template, &languages, &context).rendered;
    Ok(Some((channel, payload::message(kind, &made.subject, &made.text))))
}

async fn settle(app: &App, claimed: &Claimed, outcome: Outcome) -> Result<(), Problem> {
    let given_up = claimed.attempts >= ATTEMPTS;
    app.write(&Actor::system("notifications.chat", claimed.vendor), async |tx| {
        let due = match &outcome {
            Outcome::Again(_, pause) if !given_up => Some(tx.now() + *pause),
            _ => None,
        };
        let sql = "UPDATE chat_messages SET due_at = $4 WHERE vendor_id = $1 AND id = $2 AND due_at = $3";
        store::run(tx, sql, vec![tx.vendor().0.into(), claimed.id.into(), claimed.lease.into(), due.into()]).await?;
        let Some(row) = store::find_to_change(tx, NotificationChannelId(claimed.channel)).await? else { return Ok::<_, Problem>(()) };
        let (now, before) = (tx.now(), row.clone());
        let row = match outcome {
            Outcome::Void => return Ok(()),
            Outcome::Sent => channel::Model { last_sent_at: Some(now), last_error: None, failing_since: None, ..row },
            Outcome::Again(said, _) => channel::Model { last_error: Some(said), failing_since: row.failing_since.or(Some(now)), ..row },
            Outcome::Refused(said) => channel::Model { last_error: Some(said), ..row },
            Outcome::Gone(said) if row.status == "active" => {
                store::drop_waiting(tx, row.id).await?;
                let failing_since = row.failing_since.or(Some(now));
                channel::Model {
                    status: "disabled".into(),
                    last_error: Some(said),
                    failing_since,
                    revision: row.revision + 1,
                    updated_at: now,
                    ..row
                }
            }
            Outcome::Gone(_) => return Ok(()),
        };
        store::update(tx, row.clone()).await?;
        if row.status != before.status {
            tx.emit(NotificationChannelDisabledEvent { notification_channel: NotificationChannel::from(row) });
        }
        Ok(())
    })
    .await
}

#[derive(Default)]
struct Caller(OnceLock<Client>);

/// The client of all chats.
fn client(app: &App) -> Client {
    let made =
        || outbound::client(concat!("prm-notifications/", env!("CARGO_PKG_VERSION")), PATIENCE, app.service::<Settings>().allow_private).build();
    app.service::<Caller>().0.get_or_init(|| made().expect("an HTTP client needs nothing but memory")).clone()
}
