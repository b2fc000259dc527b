//! The vendor's CRM on the other side of a webhook: verifies, keeps each event once, and acts on approvals.

use super::call::{Caller, text};
use super::crm_side::Crm;
use crate::serve::Failure;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use chrono::{DateTime, Utc};
use kernel::clock::Clock;
use serde_json::Value;
use standardwebhooks::Webhook;
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

/// What the demo waits for happens within this time, or not at all.
const PATIENCE: Duration = Duration::from_secs(30);

/// A receiver that listens on this machine.
#[derive(Clone)]
pub(super) struct Receiver(Arc<Inner>);

struct Inner {
    addr: SocketAddr,
    clock: Clock,
    webhook: OnceLock<Webhook>,
    told: Mutex<Told>,
    /// Raised with every receipt and everything that the CRM did.
    moved: watch::Sender<u64>,
    approvals: mpsc::UnboundedSender<Value>,
}

/// What the receiver knows.
#[derive(Default)]
pub(super) struct Told {
    /// Deliveries whose signature was right.
    pub(super) verified: usize,
    /// Deliveries whose signature was wrong or missing.
    pub(super) forged: usize,
    /// Deliveries of an event that was here already.
    pub(super) duplicates: usize,
    /// The `webhook-id` of every event that came.
    pub(super) seen: HashSet<String>,
    /// From the change to the receipt, event by event.
    pub(super) delays: Vec<Duration>,
    /// Deals as their latest event told them.
    pub(super) deals: HashMap<String, ToldDeal>,
    /// Why the CRM could not act, if it could not.
    pub(super) failed: Option<String>,
}

/// A deal as its latest event told it.
#[derive(Default, Clone)]
pub(super) struct ToldDeal {
    sequence: i64,
    /// `approved`, `won` …
    pub(super) status: String,
    /// Its stage in the CRM's words.
    pub(super) stage: Option<String>,
}

impl Told {
    /// Take an event; says whether it is news.
    fn take(&mut self, webhook_id: &str, event: &Value, now: DateTime<Utc>) -> bool {
        self.verified += 1;
        if !self.seen.insert(webhook_id.to_owned()) {
            self.duplicates += 1;
            return false;
        }
        if let Ok(at) = text(event, "/occurred_at").parse::<DateTime<Utc>>() {
            self.delays.push((now - at).to_std().unwrap_or_default());
        }
        let (sequence, deal) = (event["sequence"].as_i64().unwrap_or_default(), &event["data"]["deal"]);
        let known = self.deals.entry(text(deal, "/id").to_owned()).or_default();
        // Events may come out of order; what is older than what we know changes nothing.
        if sequence > known.sequence {
            let stage = deal["stage"].as_str().map(str::to_owned);
            *known = ToldDeal { sequence, status: text(deal, "/status").to_owned(), stage };
        }
        true
    }

    /// Whether a deal is at `stage`.
    pub(super) fn is_at(&self, deal: &str, stage: &str) -> bool {
        self.deals.get(deal).is_some_and(|deal| deal.stage.as_deref() == Some(stage))
    }
}

impl Receiver {
    /// Listen, and act on approvals in the name of `crm`.
    pub(super) async fn start(caller: Caller, clock: Clock) -> Result<(Self, Arc<Crm>), Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let (approvals, mut waiting) = mpsc::unbounded_channel::<Value>();
        let inner =
            Inner { addr: listener.local_addr()?, clock, webhook: OnceLock::new(), told: Mutex::default(), moved: watch::Sender::new(0), approvals };
        let (receiver, crm) = (Self(Arc::new(inner)), Arc::new(Crm::new(caller)));
        let router = Router::new().route("/hooks/prm", post(receive)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let (desk, told) = (crm.clone(), receiver.clone());
        // The receiver has answered 204 by then: what takes long is done afterwards.
        tokio::spawn(async move {
            while let Some(deal) = waiting.recv().await {
                if let Err(cause) = desk.open(&deal).await {
                    told.told().failed = Some(cause.to_string());
                }
                told.0.moved.send_modify(|count| *count += 1);
            }
        });
        Ok((receiver, crm))
    }

    /// Where webhooks are to be sent.
    pub(super) fn url(&self) -> String {
        format!("http://{}/hooks/prm", self.0.addr)
    }

    /// Verify with this secret from now on.
    pub(super) fn trust(&self, secret: &str) -> Result<(), Failure> {
        let _ = self.0.webhook.set(Webhook::new(secret)?);
        Ok(())
    }

    /// What it knows now.
    pub(super) fn told(&self) -> MutexGuard<'_, Told> {
        self.0.told.lock().expect("the receiver's memory")
    }

    /// Wait until something that `holds` asks for is so; `what` says what it was, if it never comes.
    pub(super) async fn until(&self, what: &str, holds: impl Fn(&Told) -> bool) -> Result<(), Failure> {
        let mut moved = self.0.moved.subscribe();
        let waiting = async {
            loop {
                moved.borrow_and_update();
                {
                    let told = self.told();
                    if let Some(cause) = &told.failed {
                        return Err(Failure::from(format!("The CRM could not answer an approval: {cause}")));
                    }
                    if holds(&told) {
                        return Ok(());
                    }
                }
                moved.changed().await?;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.map_err(|_| format!("After {} s, this has not happened: {what}.", PATIENCE.as_secs()))?
    }
}

/// One delivery: verify the bytes as they came, keep the event once, answer, act afterwards.
async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let now = receiver.0.clock.now();
    let verified = receiver.0.webhook.get().is_some_and(|webhook| webhook.verify(&body, &headers).is_ok());
    let event = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    let webhook_id = headers.get("webhook-id").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !verified {
        receiver.told().forged += 1;
        return StatusCode::UNAUTHORIZED;
    }
    let is_news = receiver.told().take(webhook_id, &event, now);
    if is_news && event["type"] == "deal.approved" {
        let _ = receiver.0.approvals.send(event["data"]["deal"].clone());
    }
    receiver.0.moved.send_modify(|count| *count += 1);
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(sequence: i64, stage: &str) -> Value {
        json!({"occurred_at": "2026-11-20T12:00:00Z", "sequence": sequence, "data": {"deal": {"id": "deal_1", "status": "approved", "stage": stage}}})
    }

    #[test]
    fn an_event_counts_once_and_an_older_one_changes_nothing() {
        let (mut told, now) = (Told::default(), "2026-11-20T12:00:00.005Z".parse().unwrap());
        assert!(told.take("evt_2", &event(2, "Engaging"), now));
        assert!(!told.take("evt_2", &event(2, "Engaging"), now));
        assert!(told.take("evt_1", &event(1, "Prospecting"), now));
        assert!(told.is_at("deal_1", "Engaging"));
        assert_eq!((told.verified, told.duplicates, told.delays), (3, 1, vec![Duration::from_millis(5); 2]));
    }
}
