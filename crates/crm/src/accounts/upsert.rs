//! Create, change or leave alone a batch of accounts, in one transaction and a handful of statements.

use super::store::{self, account::Model};
use super::{Account, AccountPut};
use crate::error;
use crate::events::{AccountCreated, AccountUpdated};
use crate::upsert::{Change, Mode, Outcome, Row, changed, check_external_id, resolve};
use kernel::problem::FieldError;
use kernel::{Problem, Tx, fields};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// An account of the batch: as it was stored, and as it will be.
struct Work {
    stored: Option<Model>,
    now: Option<Model>,
}

/// Take the rows in order; a row may name an account that an earlier one has just made.
pub(crate) async fn apply(tx: &mut Tx, rows: Vec<Row<AccountPut>>, mode: Mode) -> Result<Vec<Outcome<Model>>, Problem> {
    let mut batch = load(tx, &rows).await?;
    let mut outcomes = Vec::with_capacity(rows.len());
    for Row { external_id, change } in rows {
        let outcome = match check_external_id(&external_id) {
            Err(error) => Outcome::Refused(vec![error]),
            Ok(()) => {
                let work = batch.entry(external_id.clone()).or_insert(Work { stored: None, now: None });
                decide(tx, external_id, work, change).await?
            }
        };
        outcomes.push(outcome);
    }
    if mode == Mode::Write {
        write(tx, batch).await?;
        outcomes.iter().for_each(|outcome| publish(tx, outcome));
    }
    Ok(outcomes.into_iter().map(Outcome::without_names).collect())
}

async fn load(tx: &Tx, rows: &[Row<AccountPut>]) -> Result<BTreeMap<String, Work>, Problem> {
    let mut ids: Vec<_> = rows.iter().map(|row| row.external_id.as_str()).filter(|id| check_external_id(id).is_ok()).collect();
    ids.sort_unstable();
    ids.dedup();
    let stored = store::hold(tx, &ids).await?;
    Ok(stored.into_iter().map(|row| (row.external_id.clone(), Work { now: Some(row.clone()), stored: Some(row) })).collect())
}

/// A row with the names of the fields that changed.
type Named = (Model, Vec<String>);

async fn decide(tx: &Tx, external_id: String, work: &mut Work, change: Change<AccountPut>) -> Result<Outcome<Named>, Problem> {
    let before = work.now.as_ref().map(Model::put);
    let after = match resolve(before.as_ref(), change) {
        Ok(after) => after,
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

async fn write(tx: &Tx, batch: BTreeMap<String, Work>) -> Result<(), Problem> {
    let (mut new, mut changed, mut stale, mut keys) = (Vec::new(), Vec::new(), Vec::new(), HashMap::new());
    for Work { stored, now } in batch.into_values() {
        match (stored, now) {
            (None, Some(now)) => {
                keys.insert(now.id, now.put().keys());
                new.push(now);
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
