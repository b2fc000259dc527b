//! What this crate asks of others.

use futures::future::BoxFuture;
use kernel::db::Reading;
use kernel::id::{PersonId, VendorId};
use kernel::{Problem, Tx};

/// Which language somebody has set for themselves, if they did.
pub trait Reads: Send + Sync {
    /// Asked outside of a write.
    fn outside<'a>(&'a self, db: &'a Reading, vendor: VendorId, person: PersonId) -> BoxFuture<'a, Result<Option<String>, Problem>>;
    /// Asked within one.
    fn within<'a>(&'a self, tx: &'a Tx, person: PersonId) -> BoxFuture<'a, Result<Option<String>, Problem>>;
}

/// The answer. The server provides it.
pub struct OwnLanguage(pub Box<dyn Reads>);
