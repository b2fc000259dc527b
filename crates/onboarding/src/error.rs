//! What may go wrong here.

use kernel::problem::Kind;

/// Every problem of this crate.
pub const ALL: &[Kind] = &[];
