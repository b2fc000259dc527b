//! Create, change or leave alone a batch of opportunities, in one transaction and a handful of statements.

use super::store::{self, opportunity::Model};
use super::{DEAL, Opportunity, OpportunityPut};
use crate::accounts::store::surviving;
use crate::accounts::upsert::refused;
use crate::error;
use crate::events::{OpportunityCreated, OpportunityUpdated};
use crate::ports::existing_deals;
use crate::upsert::{Change, Mode, Outcome, Row, changed, check_external_id, resolve};
use kernel::problem::FieldError;
use kernel::{Problem, Tx, fields};
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// An opportunity of the batch: as it was stored, and as it will be.
#[derive(Default)]
struct Work {
    stored: Option<Model>,
    now: Option<Model>,
}

/// What the batch refers to and is really there.
struct References {
    /// Our id and the CRM's of accounts, by the CRM's id that was named: of those that were merged, the survivor's.
    accounts: HashMap<String, (Uuid, String)>,
    deals: HashSet<Uuid>,
}

/// Take the rows in order.
pub(crate) async fn apply(tx: &mut Tx, rows: Vec<Row<OpportunityPut>>, mode: Mode) -> Result<Vec<Outcome<Model>>, Problem> {
    let references = look_up(tx, &rows).await?;
    let mut batch = load(tx, &rows).await?;
    let mut outcomes = Vec::with_capacity(rows.len());
    for Row { external_id, change } in rows {
        let outcome = match check_external_id(&external_id) {
            Err(error) => Outcome::Refused(vec![error]),
            Ok(()) => decide(tx, &references, external_id.clone(), batch.entry(external_id).or_default(), change).await?,
        };
        outcomes.push(outcome);
    }
    if mode == Mode::Write {
        write(tx, batch).await?;
        outcomes.iter().for_each(|outcome| publish(tx, outcome));
    }
    Ok(outcomes.into_iter().map(Outcome::without_names).collect())
}

async fn load(tx: &Tx, rows: &[Row<OpportunityPut>]) -> Result<BTreeMap<String, Work>, Problem> {
    let mut ids: Vec<_> = rows.iter().map(|row| row.external_id.as_str()).filter(|id| check_external_id(id).is_ok()).collect();
    ids.sort_unstable();
    ids.dedup();
    let stored = store::hold(tx, &ids).await?;
    Ok(stored.into_iter().map(|row| (row.external_id.clone(), Work { now: Some(row.clone()), stored: Some(row) })).collect())
}

/// A row that this change names, by the field that names it.
fn named<'a>(change: &'a Change<OpportunityPut>, field: &str) -> Option<&'a str> {
    match change {
        Change::Replace(put) if field == "deal_id" => put.deal_id.as_deref(),
        Change::Replace(put) => put.account_external_id.as_deref(),
        Change::Merge(set) => set.get(field).and_then(serde_json::Value::as_str),
    }
}

async fn look_up(tx: &Tx, rows: &[Row<OpportunityPut>]) -> Result<References, Problem> {
    // Only text that may be an id is looked up: a database refuses NUL and the like outright.
    let mut accounts: Vec<_> =
        rows.iter().filter_map(|row| named(&row.change, "account_external_id")).filter(|id| check_external_id(id).is_ok()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let deals: HashSet<_> = rows.iter().filter_map(|row| named(&row.change, "deal_id")).filter_map(|id| kernel::id::read(DEAL, id).ok()).collect();
    let deals: Vec<_> = deals.into_iter().collect();
    let mut accounts = surviving(tx, &accounts).await?;
    let survivors: Vec<_> = accounts.values().cloned().collect();
    accounts.extend(survivors.into_iter().map(|(id, external_id)| (external_id.clone(), (id, external_id))));
    Ok(References { accounts, deals: existing_deals(tx, &deals).await? })
}

impl References {
    /// The row with the account that is there by now, if the one that it names was merged.
    fn surviving(&self, mut put: OpportunityPut) -> OpportunityPut {
        if let Some((_, external_id)) = put.account_external_id.as_ref().and_then(|id| self.accounts.get(id)) {
            put.account_external_id = Some(external_id.clone());
        }
        put
    }

    /// Our id of the account that the row names, or what is wrong with what it names. What was stored before is there.
    fn check(&self, before: Option<&Model>, after: &OpportunityPut) -> Result<Option<Uuid>, Vec<FieldError>> {
        let mut errors = Vec::new();
        let account = match &after.account_external_id {
            None => None,
            Some(id) => self.accounts.get(id).map(|(id, _)| *id).or_else(|| {
                let kept = before.filter(|row| row.account_external_id.as_ref() == Some(id)).and_then(|row| row.account_id);
                if kept.is_none() {
                    let detail = "There is no account with this external_id; PUT or import it first.";
                    errors.push(FieldError::new("/account_external_id", "unknown_account", detail));
                }
                kept
            }),
        };
        let deal = after.deal_id.as_deref().and_then(|id| kernel::id::read(DEAL, id).ok());
        if deal.is_some_and(|deal| !self.deals.contains(&deal) && before.and_then(|row| row.deal_id) != Some(deal)) {
            errors.push(FieldError::new("/deal_id", "unknown_deal", "There is no deal registration with this id."));
        }
        if errors.is_empty() { Ok(account) } else { Err(errors) }
    }
}

/// A row with the names of the fields that changed.
type Named = (Model, Vec<String>);

async fn decide(
    tx: &Tx,
    references: &References,
    external_id: String,
    work: &mut Work,
    change: Change<OpportunityPut>,
) -> Result<Outcome<Named>, Problem> {
    let before = work.now.as_ref().map(Model::put);
    let after = match resolve(before.as_ref(), change) {
        Ok(after) => references.surviving(after),
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    if before.as_ref() == Some(&after) {
        return Ok(Outcome::Unchanged((work.now.clone().expect("it has a before"), Vec::new())));
    }
    let account = match references.check(work.now.as_ref(), &after) {
        Ok(account) => account,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    if let Some(errors) = refused(fields::check(tx, "opportunity", &after.custom_fields).await)? {
        return Ok(Outcome::Refused(errors));
    }
    let (names, row) = match (work.now.take(), before) {
        (Some(row), Some(before)) => (changed(&before, &after), row.with(after, account, tx.now())),
        _ => (Vec::new(), Model::new(tx.vendor(), external_id, after, account, tx.now())),
    };
    work.now = Some(row.clone());
    Ok(if row.revision == 1 { Outcome::Created((row, names)) } else { Outcome::Updated((row, names)) })
}

fn publish(tx: &mut Tx, outcome: &Outcome<Named>) {
    match outcome {
        Outcome::Created((row, _)) => tx.emit(OpportunityCreated { opportunity: Opportunity::from(row.clone()) }),
        Outcome::Updated((row, changed)) => {
            tx.emit(OpportunityUpdated { opportunity: Opportunity::from(row.clone()), changed: changed.clone() });
        }
        Outcome::Unchanged(_) | Outcome::Refused(_) => {}
    }
}

async fn write(tx: &Tx, batch: BTreeMap<String, Work>) -> Result<(), Problem> {
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for Work { stored, now } in batch.into_values() {
        match (stored, now) {
            (None, Some(now)) => new.push(now),
            (Some(stored), Some(now)) if stored != now => changed.push(now),
            _ => {}
        }
    }
    if store::insert(tx, &new).await? < new.len() as u64 {
        return Err(Problem::new(error::RACE));
    }
    store::update(tx, &changed).await?;
    Ok(())
}
