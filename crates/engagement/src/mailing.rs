//! Mail that waits: for the hour of a digest, or for the end of quiet hours.

use crate::inbox::store::{self, notification};
use crate::ports::Rows;
use crate::recipients;
use crate::render::{Rendered, line};
use crate::templates::DIGEST;
use crate::view::{self, Told};
use access::people::{self, person};
use kernel::id::PersonId;
use kernel::mail::{self, Letter};
use kernel::{Problem, Tx};
use serde_json::json;

/// Fires for a person when the next of their mail is due.
pub(crate) const TIMER: &str = "notifications.mail";
/// Notifications that one mail lists.
const LISTED: usize = 100;

/// Send what was made of a template.
pub(crate) async fn send(tx: &Tx, to: &str, made: Rendered) -> Result<(), Problem> {
    mail::send(tx, Letter { to: to.to_owned(), subject: made.subject, text: made.text, html: made.html }).await
}

/// Wake for the next mail to somebody, if any waits.
pub(crate) async fn set_timer(tx: &mut Tx, person: PersonId) -> Result<(), Problem> {
    if let Some(due) = store::next_due(tx, person).await? {
        tx.set_timer(TIMER, &person.to_string(), due).await?;
    }
    Ok(())
}

/// Send what is due to somebody: one mail, however much it is.
pub(crate) async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<PersonId>() else { return Ok(()) };
    let now = tx.now();
    let person = people::find(tx, tx.vendor(), id).await?;
    let person = match person {
        Some(person) if recipients::may_be_told(tx, &person).await? => person,
        _ => {
            store::put_off(tx, id, now + chrono::Duration::days(366), None).await?;
            return Ok(());
        }
    };
    // What is wanted now, not what was wanted then.
    let preferences = crate::preferences::of(tx, tx.vendor(), id).await?;
    if let Some(until) = preferences.quiet_until(now) {
        store::put_off(tx, id, now, Some(until)).await?;
        return set_timer(tx, id).await;
    }
    let mut due = store::waiting(tx, id, now).await?;
    store::put_off(tx, id, now, None).await?;
    due.retain(|row| row.read_at.is_none() && row.archived_at.is_none() && preferences.way(&row.template).mail);
    if !due.is_empty() {
        let app = tx.app().clone();
        let told = view::told(&app, Rows::Tx(tx), &person, &due).await?;
        if let Some(made) = letter(&person, &due, told) {
            send(tx, &person.email, made).await?;
        }
    }
    set_timer(tx, id).await
}

/// One mail of them all; none if nothing may be seen any more.
fn letter(person: &person::Model, due: &[notification::Model], mut told: Told) -> Option<Rendered> {
    let seen: Vec<_> = due.iter().filter(|row| told.made.contains_key(&row.id)).collect();
    if let [only] = seen.as_slice() {
        return told.made.remove(&only.id).map(|(_, made)| made.rendered);
    }
    let listed = seen.iter().take(LISTED).filter_map(|row| {
        let (_, made) = told.made.get(&row.id)?;
        Some(json!({ "title": made.rendered.subject, "text": made.rendered.text, "template": row.template, "link": { "type": row.link_type, "id": row.link_id } }))
    });
    let listed: Vec<_> = listed.collect();
    let context = json!({ "count": seen.len(), "more": seen.len() - listed.len(), "notifications": listed, "vendor": { "name": line(&told.vendor) },
        "person": { "name": line(&person.name), "language": told.languages.first(), "time_zone": told.time_zone } });
    (!seen.is_empty()).then(|| told.phrases.say(DIGEST, &told.languages, &context).rendered)
}
