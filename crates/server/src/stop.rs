//! The graceful stop: said once, heard by whatever would otherwise run on.

use tokio::sync::watch;

/// Says that this instance is about to stop. Shared as a service of the [`kernel::App`].
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// Say it.
    pub fn now(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was said.
    pub fn said(&self) -> bool {
        *self.0.borrow()
    }

    /// Hear it.
    pub fn listen(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}
