//! What co-sell requests keep about people: what they wrote, and that they took part.
//!
//! Who took part, did a step or contributed stays, under an id that then names nobody: others' records stand on it. What somebody wrote goes with
//! them, and so does whatever gives them away.

use super::events::{CosellTaskUpdated, CosellUpdated};
use super::store::{self, Case, ContributionRow};
use super::task_store::{self, TaskRow};
use super::{CosellRequestId, CosellTaskId};
use crate::leads::store::text;
use kernel::personal::{ERASED, Holder, Known};
use kernel::{App, Problem, Tx};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

/// Requests and tasks that somebody wrote, takes part in, or is named in.
pub fn holder() -> Holder {
    Holder { name: "cosell", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

fn is_theirs(known: &Known, author: Option<Uuid>) -> bool {
    author.is_some() && author == known.person.map(|person| person.0)
}

/// The text, or the mark in its place.
fn cleaned(known: &Known, theirs: bool, words: &Option<String>) -> Option<String> {
    words.as_ref().map(|words| if theirs || known.is_in(words) { ERASED.to_owned() } else { words.clone() })
}

/// The same for what is kept as JSON.
fn clean(known: &Known, kept: &mut String) {
    if let Some(value) = serde_json::from_str(kept).ok().and_then(|value| known.cleaned(&value)) {
        *kept = value.to_string();
    }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let db = app.db().read_of(known.vendor).await?;
    let mut found = Vec::new();
    let mut after = Uuid::nil();
    loop {
        let cases = store::cases(&db, store::after(&db, known.vendor, after, 200).await?).await?;
        let Some(last) = cases.last() else { break };
        after = last.row.id;
        for case in &cases {
            let written = is_theirs(known, case.row.asked_by_id) || case.clone().erase(known).is_some();
            let takes_part = case.people.iter().any(|one| is_theirs(known, Some(one.person_id)));
            let contributed = case.contributions.iter().any(|one| is_theirs(known, one.person_id) || is_theirs(known, one.said_by_id));
            if written || takes_part || contributed {
                let request = case.whole()?;
                let own: Vec<_> = request.contributions.iter().filter(|one| one.person_id == known.person && known.person.is_some()).collect();
                found.push(
                    json!({ "id": request.id, "deal_id": request.deal_id, "takes_part": takes_part, "asked": is_theirs(known, case.row.asked_by_id),
                    "needs": request.needs, "brings": request.brings, "contributions": own }),
                );
            }
        }
    }
    for row in tasks(&db, known).await? {
        found.push(json!({ "id": CosellTaskId(row.id), "cosell_request_id": CosellRequestId(row.request_id), "title": row.title, "note": row.note,
            "owner_id": row.owner_id.map(kernel::id::PersonId) }));
    }
    Ok(found)
}

/// Tasks that somebody wrote, is to do, or is named in.
async fn tasks(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<TaskRow>, Problem> {
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let rows = task_store::after(db, known.vendor, after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        let named = |row: &TaskRow| known.is_in(&row.title) || row.note.as_ref().is_some_and(|note| known.is_in(note));
        found.extend(rows.into_iter().filter(|row| is_theirs(known, row.written_by_id) || is_theirs(known, row.owner_id) || named(row)));
    }
}

impl Case {
    /// Without what somebody wrote or is named in; `None` if that changes nothing. Contributions are not looked at.
    fn erase(mut self, known: &Known) -> Option<Self> {
        let before = (self.row.clone(), self.people.clone());
        let asked = is_theirs(known, self.row.asked_by_id);
        let row = &mut self.row;
        (row.needs, row.brings) = (cleaned(known, asked, &row.needs), cleaned(known, asked, &row.brings));
        row.reason = cleaned(known, false, &row.reason);
        row.customer_name = cleaned(known, false, &Some(row.customer_name.clone())).unwrap_or_default();
        for kept in [&mut row.answer, &mut row.proposal].into_iter().flatten() {
            clean(known, kept);
        }
        for one in &mut self.people {
            one.left_reason = cleaned(known, false, &one.left_reason);
            clean(known, &mut one.brought_in);
        }
        ((&self.row, &self.people) != (&before.0, &before.1)).then_some(self)
    }
}

/// What a proposal says in words, if its author is erased.
fn without_words(case: &mut Case, known: &Known) -> Result<bool, Problem> {
    let Some(mut proposal) = case.row.proposal()? else { return Ok(false) };
    if proposal.person_id.is_none() || proposal.person_id != known.person {
        return Ok(false);
    }
    for share in &mut proposal.contributions {
        share.what = share.what.as_ref().map(|_| ERASED.to_owned());
    }
    case.row.proposal = Some(text(&proposal));
    Ok(true)
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    let mut after = Uuid::nil();
    loop {
        let cases = store::cases(tx, store::after(tx, known.vendor, after, 200).await?).await?;
        let Some(last) = cases.last() else { break };
        after = last.row.id;
        for case in cases {
            erase_one(tx, known, case).await?;
        }
    }
    for mut row in tasks(tx, known).await? {
        let theirs = is_theirs(known, row.written_by_id);
        let title = cleaned(known, theirs, &Some(row.title.clone())).unwrap_or_default();
        let note = cleaned(known, theirs, &row.note);
        if (&title, &note) == (&row.title, &row.note) {
            continue;
        }
        (row.title, row.note) = (title, note);
        task_store::update(tx, &mut row).await?;
        if let Some(request) = store::find(tx, tx.scope(), CosellRequestId(row.request_id)).await? {
            tx.emit(CosellTaskUpdated::of(&row, &request)?);
        }
    }
    Ok(())
}

async fn erase_one(tx: &mut Tx, known: &Known, case: Case) -> Result<(), Problem> {
    let words = |row: &ContributionRow| cleaned(known, is_theirs(known, row.said_by_id), &row.what).filter(|what| Some(what) != row.what.as_ref());
    let mut changed = false;
    let mut case = match case.clone().erase(known) {
        Some(cleaned) => {
            changed = true;
            cleaned
        }
        None => case,
    };
    changed |= without_words(&mut case, known)?;
    for at in 0..case.contributions.len() {
        if let Some(what) = words(&case.contributions[at]) {
            store::erase_words(tx, &case.contributions[at], &what).await?;
            case.contributions[at].what = Some(what);
            changed = true;
        }
    }
    if changed {
        for one in &case.people {
            store::put_participant(tx, one).await?;
        }
        store::update(tx, &mut case.row).await?;
        tx.emit(CosellUpdated::of(case.whole()?, None));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_goes_and_what_others_wrote_stays() {
        let known = Known { vendor: kernel::id::VendorId(Uuid::nil()), person: None, email: None, name: Some("Ada Byron".into()), by_name: false };
        assert_eq!(cleaned(&known, true, &Some("anything".into())), Some(ERASED.into()));
        assert_eq!(cleaned(&known, false, &Some("ask Ada Byron".into())), Some(ERASED.into()));
        assert_eq!(cleaned(&known, false, &Some("ask them".into())), Some("ask them".into()));
        assert_eq!(cleaned(&known, true, &None), None);
    }
}
