//! Create, change or leave alone a batch of accounts, in one transaction and a handful of statements.

use super::store::{self, account::Model};
use super::{Account, AccountPut};
use crate::error;
use crate::events::{AccountCreated, AccountUpdated};
use crate::upsert::{Change, Mode, Outcome, Row, changed, check_external_id, difference, resolve};
use kernel::problem::FieldError;
use kernel::{Problem, Tx, fields};
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// An account of the batch: as it was stored, and as it will be.
#[derive(Default)]
struct Work {
    stored: Option<Model>,
    now: Option<Model>,
}

/// Take the rows in order; a row may name an account that an earlier one has just made.
pub(crate) async fn apply(tx: &mut Tx, rows: Vec<Row<AccountPut>>, mode: Mode) -> Result<Vec<Outcome<Model>>, Problem> {
    let mut batch = load(tx, &rows).await?;
    let redirects = redirects(tx, &rows).await?;
    let mut outcomes = Vec::with_capacity(rows.len());
    for Row { external_id, change } in rows {
        let outcome = match check_external_id(&external_id) {
            Err(error) => Outcome::Refused(vec![error]),
            Ok(()) => match batch.survivor(&external_id) {
                Some(survivor) => pass_on(tx, &redirects, &mut batch, (external_id, survivor), change).await?,
                None => {
                    let work = batch.0.entry(external_id.clone()).or_default();
                    decide(tx, &redirects, external_id, work, change).await?
                }
            },
        };
        outcomes.push(outcome);
    }
    if mode == Mode::Write {
        write(tx, batch).await?;
        outcomes.iter().for_each(|outcome| publish(tx, outcome));
    }
    Ok(outcomes.into_iter().map(Outcome::without_names).collect())
}

/// The accounts of a batch by the CRM's ids, and those into which some were merged.
struct Batch(BTreeMap<String, Work>);

impl Batch {
    /// The id of the account into which this one was merged.
    fn survivor(&self, external_id: &str) -> Option<String> {
        let survivor = self.0.get(external_id)?.now.as_ref()?.merged_into?;
        let is_it = |work: &Work| work.now.as_ref().is_some_and(|row| row.id == survivor);
        self.0.iter().find(|(_, work)| is_it(work)).map(|(id, _)| id.clone())
    }
}

/// The accounts that the CRM knows by these ids, and those into which they were merged, held until the end of the write.
pub(crate) async fn hold(tx: &Tx, external_ids: &[&str]) -> Result<Vec<Model>, Problem> {
    let mut held = store::hold(tx, external_ids).await?;
    loop {
        // What was merged while it was waited for points elsewhere than it did.
        let known: HashSet<_> = held.iter().map(|row| row.id).collect();
        let missing: Vec<_> = held.iter().filter_map(|row| row.merged_into).filter(|id| !known.contains(id)).collect();
        if missing.is_empty() {
            return Ok(held);
        }
        held.extend(store::hold_ids(tx, &missing).await?);
    }
}

/// The parents that rows name and that were merged: the survivor's id by theirs.
async fn redirects(tx: &Tx, rows: &[Row<AccountPut>]) -> Result<HashMap<String, String>, Problem> {
    fn parent(row: &Row<AccountPut>) -> Option<&str> {
        match &row.change {
            Change::Replace(put) => put.parent_external_id.as_deref(),
            Change::Merge(set) => set.get("parent_external_id").and_then(serde_json::Value::as_str),
        }
    }
    let mut parents: Vec<_> = rows.iter().filter_map(parent).filter(|id| check_external_id(id).is_ok()).collect();
    parents.sort_unstable();
    parents.dedup();
    Ok(store::redirects(tx, &parents).await?)
}

/// A row of an account that was merged: what it changes is changed in the survivor, and the row itself is kept for an undoing.
async fn pass_on(
    tx: &Tx,
    redirects: &HashMap<String, String>,
    batch: &mut Batch,
    (external_id, survivor): (String, String),
    change: Change<AccountPut>,
) -> Result<Outcome<Named>, Problem> {
    let Some(merged) = batch.0.get(&external_id).and_then(|work| work.now.clone()) else {
        return Err(Problem::internal("a merged account is not in its batch"));
    };
    let before = merged.put();
    let after = match resolve(Some(&before), change) {
        Ok(after) => after,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let set = difference(&before, &after);
    let work = batch.0.entry(survivor.clone()).or_default();
    let outcome = decide(tx, redirects, survivor, work, Change::Merge(set)).await?;
    if !matches!(outcome, Outcome::Refused(_)) && before != after {
        batch.0.entry(external_id).or_default().now = Some(merged.with(after, tx.now()));
    }
    Ok(outcome)
}

async fn load(tx: &Tx, rows: &[Row<AccountPut>]) -> Result<Batch, Problem> {
    let mut ids: Vec<_> = rows.iter().map(|row| row.external_id.as_str()).filter(|id| check_external_id(id).is_ok()).collect();
    ids.sort_unstable();
    ids.dedup();
    let stored = hold(tx, &ids).await?;
    Ok(Batch(stored.into_iter().map(|row| (row.external_id.clone(), Work { now: Some(row.clone()), stored: Some(row) })).collect()))
}

/// A row with the names of the fields that changed.
type Named = (Model, Vec<String>);

async fn decide(
    tx: &Tx,
    redirects: &HashMap<String, String>,
    external_id: String,
    work: &mut Work,
    change: Change<AccountPut>,
) -> Result<Outcome<Named>, Problem> {
    let before = work.now.as_ref().map(Model::put);
    let after = match resolve(before.as_ref(), change) {
        Ok(after) => after.with_surviving_parent(&external_id, redirects),
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    if before.as_ref() == Some(&after) {
        return Ok(Outcome::Unchanged((work.now.clone().expect("it has a before"), Vec::new())));
    }
    if let Some(errors) = refused(fields::check(tx, "account", &after.custom_fields).await)? {
        return Ok(Outcome::Refused(errors));
    }
    let (names, row) = match (work.now.take(), before) {
        (Some(row), Some(before)) => (changed(&before, &after), row.with(after, tx.now())),
        _ => (Vec::new(), Model::new(tx.vendor(), external_id, after, tx.now())),
    };
    work.now = Some(row.clone());
    Ok(if row.revision == 1 { Outcome::Created((row, names)) } else { Outcome::Updated((row, names)) })
}

/// The errors of a 422 are the row's; any other problem is the batch's.
pub(crate) fn refused(checked: Result<(), Problem>) -> Result<Option<Vec<FieldError>>, Problem> {
    match checked {
        Ok(()) => Ok(None),
        Err(problem) if problem.kind.status == 422 => Ok(Some(problem.errors)),
        Err(problem) => Err(problem),
    }
}

fn publish(tx: &mut Tx, outcome: &Outcome<Named>) {
    match outcome {
        Outcome::Created((row, _)) => tx.emit(AccountCreated { account: Account::from(row.clone()) }),
        Outcome::Updated((row, changed)) => tx.emit(AccountUpdated { account: Account::from(row.clone()), changed: changed.clone() }),
        Outcome::Unchanged(_) | Outcome::Refused(_) => {}
    }
}

async fn write(tx: &Tx, Batch(batch): Batch) -> Result<(), Problem> {
    let (mut new, mut changed, mut stale, mut keys) = (Vec::new(), Vec::new(), Vec::new(), HashMap::new());
    for Work { stored, now } in batch.into_values() {
        match (stored, now) {
            (None, Some(now)) => {
                keys.insert(now.id, now.put().keys());
                new.push(now);
            }
            // An account that was merged is found by its survivor's keys.
            (Some(stored), Some(now)) if now.merged_into.is_some() && stored != now => {
                changed.push(now);
            }
            (Some(stored), Some(now)) if stored != now => {
                let (had, has) = (stored.put().keys(), now.put().keys());
                if had != has {
                    stale.push(now.id);
                    keys.insert(now.id, has);
                }
                changed.push(now);
            }
            _ => {}
        }
    }
    if store::insert(tx, &new).await? < new.len() as u64 {
        return Err(Problem::new(error::RACE));
    }
    store::update(tx, &changed).await?;
    let keys: Vec<(String, Uuid)> = keys.into_iter().flat_map(|(id, keys)| keys.into_iter().map(move |key| (key, id))).collect();
    store::replace_keys(tx, &stale, keys).await?;
    Ok(())
}
