//! Use cases of channels.

use super::http::{NotificationChannel, NotificationChannelCreate, NotificationChannelPatch};
use super::store::{self, Message, channel};
use crate::events::{NotificationChannelCreatedEvent, NotificationChannelDeletedEvent, NotificationChannelUpdatedEvent};
use crate::templates::{ENGLISH, standard};
use crate::{NotificationChannelId, Settings, error};
use kernel::guard;
use kernel::problem::FieldError;
use kernel::steps::Occasion;
use kernel::{App, Problem, Tx};

/// Channels of one vendor.
const MOST: u64 = 50;

/// Tell the channels that want this template; answers how many were not told before.
pub(crate) async fn post(tx: &Tx, occasion: &Occasion, template: &str, link: &(String, String)) -> Result<u64, Problem> {
    let mut told = 0;
    for row in store::page(tx, tx.vendor(), None, MOST).await? {
        if row.status == "active" && row.takes(template) {
            let message = Message {
                channel: row.id,
                sequence: occasion.event.sequence,
                automation: occasion.automation.clone(),
                template: template.to_owned(),
                link: link.clone(),
                moment: occasion.due_at,
            };
            told += u64::from(store::send(tx, &message).await?);
        }
    }
    Ok(told)
}

pub(super) async fn create(tx: &mut Tx, body: NotificationChannelCreate) -> Result<NotificationChannel, Problem> {
    check(tx.app(), &body.templates)?;
    let host = host(tx.app(), &body.url)?;
    if store::page(tx, tx.vendor(), None, MOST).await?.len() as u64 >= MOST {
        return Err(Problem::new(error::TOO_MANY_CHANNELS));
    }
    let (id, now) = (NotificationChannelId::fresh(), tx.now());
    let row = channel::Model {
        vendor_id: tx.vendor().0,
        id: id.0,
        name: body.name,
        kind: body.kind.wire().to_owned(),
        url: store::seal(tx.app(), id.0, &body.url),
        host,
        templates: serde_json::to_string(&body.templates).map_err(Problem::internal)?,
        language: body.language.unwrap_or_else(|| ENGLISH.to_owned()),
        status: "active".to_owned(),
        last_error: None,
        failing_since: None,
        last_sent_at: None,
        revision: 1,
        created_at: now,
        updated_at: now,
    };
    store::insert(tx, row.clone()).await?;
    let shown = NotificationChannel::from(row);
    tx.emit(NotificationChannelCreatedEvent { notification_channel: shown.clone() });
    Ok(shown)
}

pub(super) async fn update(tx: &mut Tx, id: NotificationChannelId, patch: NotificationChannelPatch) -> Result<NotificationChannel, Problem> {
    let before = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(before.revision)?;
    let mut row = before.clone();
    if let Some(name) = patch.name {
        row.name = name;
    }
    if let Some(templates) = patch.templates {
        check(tx.app(), &templates)?;
        row.templates = serde_json::to_string(&templates).map_err(Problem::internal)?;
    }
    if let Some(language) = patch.language {
        row.language = language;
    }
    if let Some(url) = patch.url {
        row.host = host(tx.app(), &url)?;
        if store::open(tx.app(), &row).as_deref() != Some(url.as_str()) {
            row.url = store::seal(tx.app(), id.0, &url);
            (row.last_error, row.failing_since) = (None, None);
        }
    }
    changed(tx, before, row).await
}

pub(super) async fn set_status(tx: &mut Tx, id: NotificationChannelId, status: &str) -> Result<NotificationChannel, Problem> {
    let before = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    let mut row = before.clone();
    if before.status != status {
        row.status = status.to_owned();
        (row.last_error, row.failing_since) = (None, None);
        store::drop_waiting(tx, row.id).await?;
    }
    changed(tx, before, row).await
}

async fn changed(tx: &mut Tx, before: channel::Model, row: channel::Model) -> Result<NotificationChannel, Problem> {
    if row == before {
        return Ok(row.into());
    }
    let row = channel::Model { revision: before.revision + 1, updated_at: tx.now(), ..row };
    store::update(tx, row.clone()).await?;
    let shown = NotificationChannel::from(row);
    tx.emit(NotificationChannelUpdatedEvent { notification_channel: shown.clone() });
    Ok(shown)
}

pub(super) async fn delete(tx: &mut Tx, id: NotificationChannelId) -> Result<(), Problem> {
    store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    store::delete(tx, id.0).await?;
    tx.emit(NotificationChannelDeletedEvent { id });
    Ok(())
}

/// Send a test message.
pub(super) async fn test(tx: &mut Tx, id: NotificationChannelId) -> Result<NotificationChannel, Problem> {
    let row = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    if row.status != "active" {
        return Err(Problem::new(error::CHANNEL_DISABLED));
    }
    // Each test is one of its own.
    let automation = kernel::id::write("test", kernel::id::fresh());
    let message = Message { channel: row.id, sequence: 0, automation, template: String::new(), link: Default::default(), moment: tx.now() };
    store::send(tx, &message).await?;
    Ok(row.into())
}

/// The host of a URL that may be called.
fn host(app: &App, url: &str) -> Result<String, Problem> {
    let read = guard::read_url(url, app.service::<Settings>().allow_private);
    let url = read.map_err(|sentence| Problem::invalid("/url", "invalid_url", sentence))?;
    Ok(url.host_str().unwrap_or_default().to_owned())
}

/// Each is a template that there is, or a pattern.
fn check(app: &App, templates: &[String]) -> Result<(), Problem> {
    let known = |wanted: &str| match wanted.strip_suffix('*') {
        Some(start) => start.is_empty() || start.ends_with('.') && !start.contains('*'),
        None => standard(app, wanted).is_some(),
    };
    let wrong = templates.iter().enumerate().filter(|(_, wanted)| !known(wanted));
    let errors: Vec<_> =
        wrong.map(|(at, _)| FieldError::new(format!("/templates/{at}"), "not_found", "Name a template, `deal.*`, or `*`.")).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_all(errors)) }
}
