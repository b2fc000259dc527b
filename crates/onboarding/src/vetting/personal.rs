//! What is kept about people in vetting: owners and people of partners, and the checks of them. What authorities publish of others is not ours to erase.

use super::checks::store::{self as checks, CheckRow};
use super::checks::types::VettingSubjectKind;
use super::requests::store::{self as requests, RequestRow};
use super::subjects::{self, SubjectRow};
use super::text;
use kernel::personal::{ERASED, Holder, Known};
use kernel::{App, Problem, Scope, Tx};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

/// Owners and people who are screened, and what was found.
pub fn holder() -> Holder {
    Holder { name: "vetting", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let db = app.db().read_of(known.vendor).await?;
    let owners = subjects_about(&db, known).await?.into_iter();
    let mut found: Vec<Value> =
        owners.map(|row| json!({ "kind": row.kind, "name": row.name, "birth_date": row.birth, "country": row.country })).collect();
    for check in checks_about(&db, known).await? {
        found.push(serde_json::to_value(check.whole(0)?).map_err(Problem::internal)?);
    }
    for row in answers_about(&db, known).await? {
        found.push(serde_json::to_value(row.found()?).map_err(Problem::internal)?);
    }
    Ok(found)
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    for row in subjects_about(tx, known).await? {
        subjects::erase(tx, row).await?;
    }
    for mut row in answers_about(tx, known).await? {
        let kept: Value = super::json(row.answer.as_deref().unwrap_or("null"))?;
        row.answer = Some(known.cleaned(&kept).unwrap_or(kept).to_string());
        requests::update(tx, &mut row).await?;
    }
    for mut check in checks_about(tx, known).await? {
        let mut evidence = check.evidence()?;
        if check.subject_kind != VettingSubjectKind::Partner.wire() {
            check.subject_name = ERASED.to_owned();
            evidence.other = Value::Null;
            for one in &mut evidence.matches {
                one.words.clear();
                one.only_subject.clear();
                one.facts.clear();
            }
        }
        if known.is_in(&check.summary) {
            check.summary = ERASED.to_owned();
        }
        evidence.other = known.cleaned(&evidence.other).unwrap_or(evidence.other);
        check.reason = check.reason.map(|reason| if known.is_in(&reason) { ERASED.to_owned() } else { reason });
        check.evidence = text(&evidence);
        checks::update(tx, &mut check).await?;
    }
    Ok(())
}

/// Answers of providers that are kept with their requests, about or naming somebody.
async fn answers_about(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<RequestRow>, Problem> {
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let rows = requests::answered_after(db, Scope::vendor_wide(known.vendor), after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        found.extend(rows.into_iter().filter(|row| row.answer.as_ref().is_some_and(|answer| known.is_in(answer))));
    }
}

fn is_them(known: &Known, kind: &str, id: Uuid, name: &str) -> bool {
    let person = known.person.is_some_and(|person| person.0 == id);
    person || kind != VettingSubjectKind::Partner.wire() && (known.is(None, name) || known.is_in(name))
}

async fn subjects_about(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<SubjectRow>, Problem> {
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let rows = subjects::read_after(db, Scope::vendor_wide(known.vendor), after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        found.extend(rows.into_iter().filter(|row| is_them(known, &row.kind, row.id, &row.name)));
    }
}

async fn checks_about(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<CheckRow>, Problem> {
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let rows = checks::after(db, Scope::vendor_wide(known.vendor), after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        // What a provider wrote may name them whoever was checked.
        let by_provider = |row: &CheckRow| row.provider_id.is_some() && (known.is_in(&row.summary) || known.is_in(&row.evidence));
        let words = |row: &CheckRow| row.reason.as_ref().is_some_and(|reason| known.is_in(reason)) || by_provider(row);
        found.extend(rows.into_iter().filter(|row| words(row) || is_them(known, &row.subject_kind, row.subject_id, &row.subject_name)));
    }
}
