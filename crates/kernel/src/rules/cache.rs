//! Rule sets compiled once: a bounded cache by owner and version.

use quick_cache::sync::Cache;
use std::sync::Arc;

/// Compiled rule sets; a published version never changes, so nothing is ever stale.
pub struct Compiled<T>(Cache<(u128, i64), Arc<T>>);

impl<T> Compiled<T> {
    /// How many sets [`Compiled::default`] keeps.
    pub const SETS: usize = 1_024;

    /// Keep about `sets` sets; one not asked for lately makes room for a new one.
    pub fn new(sets: usize) -> Self {
        Compiled(Cache::new(sets))
    }

    /// The set of `owner` at `version`, from the cache or from `compile`. Callers that ask for the same set at
    /// once wait for one compilation; a failure is handed to its caller and not kept.
    pub fn get_or_compile<E>(&self, owner: u128, version: i64, compile: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        self.0.get_or_insert_with(&(owner, version), || compile().map(Arc::new))
    }
}

impl<T> Default for Compiled<T> {
    fn default() -> Self {
        Self::new(Self::SETS)
    }
}
