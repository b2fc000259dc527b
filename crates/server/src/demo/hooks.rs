//! The webhook endpoint: added, followed until all is delivered, and put to the test.

use super::call::{Caller, text};
use super::receiver::{Receiver, Told};
use super::words::{detail, number, say};
use crate::serve::Failure;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Deliveries that are sent once more.
const RESENT: usize = 3;
/// A delivery that was answered is on record within this time.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tell the vendor's log where to send what happens to deals. Returns the endpoint's id.
pub(super) async fn subscribe(admin: &Caller, receiver: &Receiver) -> Result<String, Failure> {
    let new = json!({"url": receiver.url(), "event_types": ["deal.*"], "description": "The demo's CRM"});
    let made = admin.post("/v1/webhook-endpoints", &new).await?;
    receiver.trust(text(&made, "/secret"))?;
    say(format!("Webhook endpoint for deal.* at {}, a CRM within this process (the demo allows private addresses).", receiver.url()));
    say("It verifies every delivery with the public library of Standard Webhooks and keeps each webhook-id once.");
    Ok(text(&made, "/webhook_endpoint/id").to_owned())
}

/// Wait until the receiver knows every event about a deal that is in the log, and every approved deal has its stage.
/// Returns how many such events there are.
pub(super) async fn settle(admin: &Caller, receiver: &Receiver) -> Result<usize, Failure> {
    let (mut ids, mut after) = (Vec::new(), 0);
    loop {
        let before = ids.len();
        after = read_on(admin, after, &mut ids).await?;
        let staged = |told: &Told| told.deals.values().filter(|deal| deal.status == "approved").all(|deal| deal.stage.is_some());
        receiver
            .until("every event reached the CRM, and every approved deal its stage", |told| {
                ids.iter().all(|id| told.seen.contains(id)) && staged(told)
            })
            .await?;
        // Only when nothing new came meanwhile is this all.
        if before == ids.len() {
            return Ok(ids.len());
        }
    }
}

/// The ids of the events about deals after `after`; returns up to where the log was read.
async fn read_on(admin: &Caller, mut after: i64, ids: &mut Vec<String>) -> Result<i64, Failure> {
    loop {
        let page = admin.get(&format!("/v1/events?type=deal.*&limit=200&after={after}")).await?;
        ids.extend(page["data"].as_array().into_iter().flatten().map(|event| text(event, "/id").to_owned()));
        after = page["next_after"].as_i64().unwrap_or_default();
        if page["head"].as_i64().is_none_or(|head| after >= head) {
            return Ok(after);
        }
    }
}

/// Send some events again, and a forgery: neither may change anything.
pub(super) async fn put_to_the_test(admin: &Caller, endpoint: &str, receiver: &Receiver) -> Result<(), Failure> {
    let before = receiver.told().duplicates;
    let known = receiver.told().seen.len();
    for delivery in &latest(admin, endpoint).await? {
        admin.post(&format!("/v1/webhook-deliveries/{}/resend", text(delivery, "/id")), &json!({})).await?;
    }
    receiver.until("the deliveries that were sent again arrived", |told| told.duplicates >= before + RESENT).await?;
    if receiver.told().seen.len() != known {
        return Err("A delivery that was sent again came with another webhook-id.".into());
    }
    say(format!("{RESENT} deliveries are sent again: they arrive with the webhook-id that they had, and the CRM takes them for what they are."));
    forge(receiver).await
}

/// The latest deliveries that are on record as received.
async fn latest(admin: &Caller, endpoint: &str) -> Result<Vec<Value>, Failure> {
    let begun = Instant::now();
    loop {
        let mut page = admin.get(&format!("/v1/webhook-endpoints/{endpoint}/deliveries?status=succeeded&limit={RESENT}")).await?;
        match page["data"].take() {
            Value::Array(found) if found.len() == RESENT => return Ok(found),
            _ if begun.elapsed() > PATIENCE => return Err("The deliveries are not on record.".into()),
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Somebody else posts what looks like an approval.
async fn forge(receiver: &Receiver) -> Result<(), Failure> {
    let known = receiver.told().seen.len();
    let forged = json!({"type": "deal.approved", "data": {"deal": {"id": "deal_00000000000000000000000000"}}});
    let client = reqwest::Client::builder().no_proxy().build()?;
    let signature = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let request =
        client.post(receiver.url()).header("webhook-id", "evt_forged").header("webhook-timestamp", "0").header("webhook-signature", signature);
    let answer = request.json(&forged).send().await?.status();
    if answer != 401 || receiver.told().seen.len() != known {
        return Err(format!("A forged delivery was answered with {answer}.").into());
    }
    say("A forged delivery is answered with 401 and changes nothing.");
    Ok(())
}

/// What the CRM has done so far.
pub(super) fn sum_up(receiver: &Receiver, events: usize, opportunities: usize) {
    let told = receiver.told();
    say(format!("{} events about deals are in the log; the CRM has received and verified {}.", number(events), number(told.seen.len())));
    let staged = told.deals.values().filter(|deal| deal.stage.is_some()).count();
    detail(format!(
        "it answered each approval with PUT /v1/opportunities/…: {} opportunities, {} deals show their stage",
        number(opportunities),
        number(staged)
    ));
}
