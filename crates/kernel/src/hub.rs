//! Hints inside one process: "this vendor's log grew", "a timer was set". Losing one costs only time.

use crate::id::VendorId;
use std::sync::Arc;
use tokio::sync::{Notify, broadcast};

/// A vendor's log now reaches `sequence`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wake {
    /// Whose log.
    pub vendor: VendorId,
    /// The first event of this write.
    pub first: i64,
    /// The last, and so the log's head.
    pub sequence: i64,
    /// Whether this instance wrote it (and has to tell the others).
    pub local: bool,
}

/// Where hints are given and waited for.
#[derive(Clone)]
pub struct Hub {
    log: broadcast::Sender<Wake>,
    timers: Arc<Notify>,
}

impl Default for Hub {
    fn default() -> Self {
        Self { log: broadcast::Sender::new(4096), timers: Arc::default() }
    }
}

impl Hub {
    /// Tell every listener that a log grew.
    pub fn wake(&self, wake: Wake) {
        // Nobody listening is fine: the recovery poll reads the log all the same.
        let _ = self.log.send(wake);
    }

    /// Hear of logs that grow from now on; a listener that lags should look at every log.
    pub fn listen(&self) -> broadcast::Receiver<Wake> {
        self.log.subscribe()
    }

    /// Tell the timer worker to look at its next due time again.
    pub fn timer_set(&self) {
        self.timers.notify_one();
    }

    /// Wait for [`Hub::timer_set`].
    pub async fn timer_changed(&self) {
        self.timers.notified().await;
    }
}
