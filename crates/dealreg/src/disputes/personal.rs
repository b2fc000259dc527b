//! What disputes keep about people: their words.
//!
//! A statement is its party's, and a decision stands on it: it stays when its author is erased, under their id, which then names nobody. One
//! that gives an erased person away (by address or full name) is replaced, whoever said it; so are reasons and notes. Exhibits hold nothing about people.

use super::store::{self, EvidenceRow};
use super::types::{DisputeDecision, DisputeEvidenceKind};
use super::{DisputeEvidenceId, DisputeId};
use kernel::personal::{ERASED, Holder, Known};
use kernel::{App, Problem, Tx};
use serde_json::{Value, json};
use uuid::Uuid;

/// Statements that somebody made or is named in.
pub fn holder() -> Holder {
    Holder { name: "disputes", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

fn is_said(row: &EvidenceRow) -> bool {
    [DisputeEvidenceKind::Statement, DisputeEvidenceKind::Question].iter().any(|kind| kind.wire() == row.kind)
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let db = app.db().read_of(known.vendor).await?;
    let person = known.person.map(|person| person.to_string());
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let rows = store::all_evidence(&db, known.vendor, after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        for row in rows.iter().filter(|row| is_said(row)) {
            let content = serde_json::to_value(row.content()?).map_err(Problem::internal)?;
            if person.is_some() && row.author_id == person || known.cleaned(&content).is_some() {
                let (id, dispute) = (DisputeEvidenceId(row.id), DisputeId(row.dispute_id));
                found.push(json!({ "id": id, "dispute_id": dispute, "said": content, "author_id": row.author_id, "at": row.occurred_at }));
            }
        }
    }
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    let mut after = Uuid::nil();
    loop {
        let rows = store::all_evidence(tx, known.vendor, after, 500).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows.iter().filter(|row| is_said(row)) {
            let mut content = row.content()?;
            let before = content.clone();
            content.text = content.text.map(|text| if known.is_in(&text) { ERASED.to_owned() } else { text });
            content.links.retain(|link| !known.is_in(&link.title) && !known.is_in(&link.url));
            if content != before {
                store::erase(tx, row, &content).await?;
            }
        }
    }
    after = Uuid::nil();
    loop {
        let rows = store::decided(tx, known.vendor, after, 500).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        for mut row in rows {
            let before = row.clone();
            row.decision = row.decision()?.map(|decision| store::text(&cleaned(known, decision)));
            row.first_decision = row.first_decision()?.map(|decision| store::text(&cleaned(known, decision)));
            if row != before {
                store::update(tx, &mut row).await?;
            }
        }
    }
}

fn cleaned(known: &Known, mut decision: DisputeDecision) -> DisputeDecision {
    if known.is_in(&decision.public_reason) {
        decision.public_reason = ERASED.to_owned();
    }
    decision.internal_note = decision.internal_note.map(|note| if known.is_in(&note) { ERASED.to_owned() } else { note });
    decision
}
