//! Questions that this domain asks of others; `server/adapters.rs` answers.

use futures::future::BoxFuture;
use kernel::{Problem, Tx};
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
