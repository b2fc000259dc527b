//! Questions that this domain asks of others; `server/adapters.rs` answers.

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
