//! What people are told: the inbox, mail, chats, and what each wants of it.

mod channels;
mod inbox;
mod languages;
mod mail;
mod personal;
mod preferences;
mod sight;
mod templates;

use crate::prelude::*;

/// The template that every specification here writes in its own words.
const NOTICE: &str = "notifications.notice";

/// The parameters of a step that tells the people of a deal's partner.
fn to_partner() -> Value {
    json!({ "to": [{ "partner": "/deal/partner_id" }], "template": NOTICE })
}

/// The titles in somebody's inbox, newest first.
async fn titles(person: &Client) -> Vec<String> {
    let rows = person.all("/v1/notifications").await;
    rows.iter().map(|row| row["title"].as_str().unwrap_or_default().to_owned()).collect()
}
