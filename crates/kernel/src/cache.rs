//! Caches that follow the log: what was looked up before a change is not kept after it.

use quick_cache::sync::Cache;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};

/// A bounded cache whose owner forgets entries when the log says that they may have changed.
pub struct Followed<K, V> {
    kept: Cache<K, V>,
    /// Counts the times that something was forgotten: a look-up that began before does not end in the cache.
    forgotten: AtomicU64,
}

impl<K: Eq + Hash + Clone, V: Clone> Followed<K, V> {
    /// Keep about this many entries.
    pub fn new(entries: usize) -> Self {
        Self { kept: Cache::new(entries), forgotten: AtomicU64::new(0) }
    }

    /// The entry, or what `load` finds.
    pub async fn get_or_load<E>(&self, key: K, load: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        self.get_if_or_load(key, |_| true, load).await
    }

    /// The entry if it is still `good`, or what `load` finds.
    pub async fn get_if_or_load<E>(&self, key: K, good: impl Fn(&V) -> bool, load: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        if let Some(value) = self.kept.get(&key).filter(good) {
            return Ok(value);
        }
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        let value = load.await?;
        if self.forgotten.load(Ordering::SeqCst) == forgotten {
            self.kept.insert(key, value.clone());
        }
        Ok(value)
    }

    /// The entry, if it is kept.
    pub fn get(&self, key: &K) -> Option<V> {
        self.kept.get(key)
    }

    /// How often something was forgotten: to be asked before a look-up that ends in [`Followed::insert_if`].
    pub fn generation(&self) -> u64 {
        self.forgotten.load(Ordering::SeqCst)
    }

    /// Keep what was looked up, unless something was forgotten since `generation`.
    pub fn insert_if(&self, generation: u64, key: K, value: V) {
        if self.generation() == generation {
            self.kept.insert(key, value);
        }
    }

    /// Forget one entry.
    pub fn forget(&self, key: &K) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.kept.remove(key);
    }

    /// Forget everything.
    pub fn forget_all(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.kept.clear();
    }
}
