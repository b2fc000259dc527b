//! What the machine lays before the reviewer when a party comes in: its registrations as the log has them, and how the customers compare.

use super::rules::MOST_EXHIBITS;
use super::store::{self, DisputeRow, EvidenceRow, PartyRow};
use super::types::{Content, DisputeEvidenceKind};
use super::{DisputeEvidenceId, DisputeId};
use crate::conflict::{ConflictKind, Thresholds, compare};
use crate::events;
use crate::store::deals;
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::log::{self, Envelope, Filter};
use kernel::{Problem, Scope, Tx};
use matching::Prepared;
use serde_json::{Map, Value, json};

/// A new piece of evidence.
pub fn piece(tx: &Tx, dispute: DisputeId, kind: DisputeEvidenceKind, party: Option<&str>, content: &Content) -> EvidenceRow {
    EvidenceRow {
        vendor_id: tx.vendor().0,
        id: DisputeEvidenceId::fresh().0,
        dispute_id: dispute.0,
        kind: kind.wire().to_owned(),
        party: party.map(str::to_owned),
        sequence: None,
        event_id: None,
        occurred_at: tx.now(),
        content: store::text(content),
        author_kind: None,
        author_id: None,
        disclosed_to: "[]".to_owned(),
        created_at: tx.now(),
    }
}

/// The same, said by somebody.
pub fn said(row: EvidenceRow, by: ActorRef) -> EvidenceRow {
    EvidenceRow { author_kind: Some(by.kind), author_id: Some(by.id), ..row }
}

/// Lay what the log holds about a party.
pub async fn lay(tx: &mut Tx, dispute: &DisputeRow, party: &PartyRow, accounts: &[uuid::Uuid]) -> Result<(), Problem> {
    match party.deal() {
        Some(deal) => exhibit(tx, dispute, party, &deal.to_string(), "deal.*").await,
        None => {
            let sales = crm::open_opportunities(tx, Scope::vendor_wide(tx.vendor()), accounts).await?;
            for sale in sales.iter().take(5) {
                exhibit(tx, dispute, party, &crm::OpportunityId(sale.id).to_string(), "opportunity.*").await?;
            }
            Ok(())
        }
    }
}

async fn exhibit(tx: &mut Tx, dispute: &DisputeRow, party: &PartyRow, subject: &str, types: &str) -> Result<(), Problem> {
    let filter = Filter { types: vec![types.to_owned()], subject: Some(subject.to_owned()) };
    let app = tx.app().clone();
    for event in log::read(&app, tx, tx.vendor(), 0, &filter, MOST_EXHIBITS).await? {
        let content = Content { title: title(&event.kind), facts: facts(&event)?, ..Content::default() };
        let row = piece(tx, dispute.id(), DisputeEvidenceKind::Exhibit, Some(&party.label), &content);
        let (sequence, event_id, occurred_at): (_, _, DateTime<Utc>) = (Some(event.sequence), Some(event.id.0), event.occurred_at);
        store::insert_evidence(tx, EvidenceRow { sequence, event_id, occurred_at, ..row }).await?;
    }
    Ok(())
}

fn title(kind: &str) -> String {
    let known = events::event_kinds().into_iter().find(|known| known.kind == kind);
    known.map_or_else(|| kind.to_owned(), |known| known.summary.to_owned())
}

/// Who registered what when, under which rules: nothing about people, so that an exhibit never has to change.
fn facts(event: &Envelope) -> Result<Map<String, Value>, Problem> {
    let data: Value = serde_json::from_str(event.data.get()).map_err(Problem::internal)?;
    let mut facts = Map::new();
    facts.insert("event".to_owned(), json!(event.kind));
    let mut take = |name: &str, value: &Value| {
        if !value.is_null() {
            facts.insert(name.to_owned(), value.clone());
        }
    };
    let deal = &data["deal"];
    take("deal_id", &deal["id"]);
    take("status", &deal["status"]);
    take("registered_at", &deal["created_at"]);
    take("protected_until", &deal["protected_until"]);
    take("rules_version", &deal["decision"]["rules_version"]);
    take("reason_code", &deal["decision"]["reasons"][0]["code"]);
    for member in ["name", "country", "domain", "tax_id"] {
        take(&format!("customer_{member}"), &deal["customer"][member]);
    }
    let sale = &data["opportunity"];
    for member in ["external_id", "status", "stage", "created_at"] {
        take(&format!("opportunity_{member}"), &sale[member]);
    }
    Ok(facts)
}

/// How the customers of two parties compare; for the vendor alone, since it is about both.
pub async fn compare_parties(tx: &mut Tx, dispute: &DisputeRow, one: &PartyRow, other: &PartyRow, at: Thresholds) -> Result<(), Problem> {
    let everybody = Scope::vendor_wide(tx.vendor());
    let (Some(ours), Some(theirs)) = (one.deal(), other.deal()) else { return Ok(()) };
    let (Some(ours), Some(theirs)) = (deals::find(tx, everybody, ours).await?, deals::find(tx, everybody, theirs).await?) else { return Ok(()) };
    let (ours, theirs) = (ours.customer()?, theirs.customer()?);
    let whatever = Thresholds { review: 0.0, ..at };
    let Some(found) = compare(&Prepared::of(&ours.profile()), &theirs.profile(), ConflictKind::PendingRegistration, whatever) else { return Ok(()) };
    let facts = json!({ "parties": [one.label, other.label], "score": found.score, "relation": found.relation, "same": found.same,
        "evidence": found.evidence });
    let title = "The customers of two parties, compared.".to_owned();
    let content = Content { title, facts: facts.as_object().cloned().unwrap_or_default(), ..Content::default() };
    let row = piece(tx, dispute.id(), DisputeEvidenceKind::Comparison, None, &content);
    Ok(store::insert_evidence(tx, row).await?)
}
