//! Questions that this domain asks of others; `server/adapters.rs` answers.

use crate::accounts::AccountRow;
use crate::upsert::{Mode, Outcome};
use futures::future::BoxFuture;
use kernel::problem::{FieldError, kinds};
use kernel::{Problem, Tx};
use serde_json::{Map, Value};
use std::collections::HashSet;
use uuid::Uuid;

/// What the CRM mirror needs to know of deal registrations.
pub trait Deals: Send + Sync {
    /// Which of these deals exist in the caller's scope.
    fn existing<'a>(&'a self, tx: &'a Tx, ids: &'a [Uuid]) -> BoxFuture<'a, Result<HashSet<Uuid>, Problem>>;
}

/// The adapter, as [`kernel::App::provide`] keeps it.
pub struct DealsPort(pub Box<dyn Deals>);

/// Which of these deals exist; none if nobody answers for deals.
pub(crate) async fn existing_deals(tx: &Tx, ids: &[Uuid]) -> Result<HashSet<Uuid>, Problem> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    match tx.app().find_service::<DealsPort>() {
        Some(port) => port.0.existing(tx, ids).await,
        None => Ok(HashSet::new()),
    }
}

/// Another domain's things of one kind that belong to accounts, and follow them when they are merged.
pub trait AccountFollower: Send + Sync {
    /// What they are called in merges: `deal`.
    fn kind(&self) -> &'static str;

    /// Those of an account, each with words for people; at most `limit`.
    fn of<'a>(&'a self, tx: &'a Tx, account: &'a AccountRow, limit: u64) -> BoxFuture<'a, Result<Vec<(Uuid, String)>, Problem>>;

    /// What has to be settled before `merged` can go into `survivor`: a stable code and a sentence for each.
    fn obstacles<'a>(
        &'a self,
        _tx: &'a Tx,
        _merged: &'a AccountRow,
        _survivor: &'a AccountRow,
    ) -> BoxFuture<'a, Result<Vec<MergeObstacle>, Problem>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Move those of `ids` that are at `from` now to `to`, with their events; says which those were. For merging, and for undoing it.
    fn shift<'a>(&'a self, tx: &'a mut Tx, ids: &'a [Uuid], from: &'a AccountRow, to: &'a AccountRow) -> BoxFuture<'a, Result<Vec<Uuid>, Problem>>;
}

/// Something that has to be settled before two accounts can be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeObstacle {
    /// Stable code.
    pub code: &'static str,
    /// What to settle, in a sentence.
    pub detail: String,
}

/// The adapters, as [`kernel::App::provide`] keeps them.
pub struct AccountFollowers(pub Vec<Box<dyn AccountFollower>>);

/// Who takes the rows of an import of leads.
pub trait Leads: Send + Sync {
    /// Take these rows, each its external id and flat fields, in their order; or only say what would become of them.
    fn take<'a>(&'a self, tx: &'a mut Tx, rows: Vec<(String, Map<String, Value>)>, check: bool) -> BoxFuture<'a, Result<Vec<TakenLead>, Problem>>;
}

/// What became of a row of an import of leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenLead {
    /// It is new.
    Created,
    /// One with its external id was there.
    Unchanged,
    /// It cannot be taken.
    Refused(Vec<FieldError>),
}

/// The adapter, as [`kernel::App::provide`] keeps it.
pub struct LeadsPort(pub Box<dyn Leads>);

/// Hand rows to whoever takes leads.
pub(crate) async fn take_leads(tx: &mut Tx, rows: Vec<(String, Map<String, Value>)>, mode: Mode) -> Result<Vec<Outcome<()>>, Problem> {
    let Some(port) = tx.app().find_service::<LeadsPort>() else {
        return Err(Problem::new(kinds::INTERNAL).detail("Nobody takes leads here."));
    };
    let taken = port.0.take(tx, rows, mode == Mode::Check).await?;
    let outcome = |taken| match taken {
        TakenLead::Created => Outcome::Created(()),
        TakenLead::Unchanged => Outcome::Unchanged(()),
        TakenLead::Refused(errors) => Outcome::Refused(errors),
    };
    Ok(taken.into_iter().map(outcome).collect())
}
