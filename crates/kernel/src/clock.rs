//! The one clock. Production reads the machine's; tests and sandbox vendors move their own.

use chrono::{DateTime, Duration, SubsecRound, Utc};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// A source of UTC time in whole microseconds (what both databases keep).
#[derive(Clone)]
pub struct Clock(Arc<Source>);

enum Source {
    Machine,
    Manual { now: Mutex<DateTime<Utc>>, moved: Notify },
}

impl Clock {
    /// The machine's clock.
    pub fn machine() -> Self {
        Self(Arc::new(Source::Machine))
    }

    /// A clock that stands at `start` until it is moved.
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Arc::new(Source::Manual { now: Mutex::new(start.trunc_subsecs(6)), moved: Notify::new() }))
    }

    /// Now, cut to microseconds.
    pub fn now(&self) -> DateTime<Utc> {
        match &*self.0 {
            // The only place that reads the machine's time; clippy.toml refuses it elsewhere.
            #[allow(clippy::disallowed_methods)]
            Source::Machine => Utc::now().trunc_subsecs(6),
            Source::Manual { now, .. } => *now.lock().expect("clock"),
        }
    }

    /// Move a manual clock forward; the machine's clock does not move.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual { now, moved } = &*self.0 {
            *now.lock().expect("clock") += by;
            moved.notify_waiters();
        }
    }

    /// Wait until this clock shows `at`.
    pub async fn wait_until(&self, at: DateTime<Utc>) {
        match &*self.0 {
            Source::Machine => {
                let left = (at - self.now()).to_std().unwrap_or_default();
                tokio::time::sleep(left).await;
            }
            Source::Manual { moved, .. } => loop {
                let woken = moved.notified();
                if self.now() >= at {
                    return;
                }
                woken.await;
            },
        }
    }
}
