//! Background work: input-free, idempotent, woken by a hint and by the clock.

use crate::app::App;
use crate::problem::Problem;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

/// How long a hint of the log waits for others.
const GATHER: Duration = Duration::from_millis(20);

/// Does what there is to do now and says how much that was.
pub type Run = Arc<dyn Fn(App) -> BoxFuture<'static, Result<usize, Problem>> + Send + Sync>;

/// What wakes a worker, besides its recovery poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WokenBy {
    /// Any log that grows.
    Log,
    /// A timer that was set, or comes due.
    Timers,
    /// Only the poll.
    Nothing,
}

/// A piece of background work.
#[derive(Clone)]
pub struct Worker {
    /// For logs.
    pub name: &'static str,
    /// The hint that wakes it.
    pub woken_by: WokenBy,
    /// The poll that finds what a lost hint left behind.
    pub poll: Duration,
    /// The work.
    pub run: Run,
}

impl Worker {
    /// Work until `stop` becomes true; a piece of work that was begun is finished first.
    pub async fn keep_running(self, app: App, mut stop: watch::Receiver<bool>) {
        let mut log = app.hub().listen();
        loop {
            match AssertUnwindSafe((self.run)(app.clone())).catch_unwind().await {
                Ok(Ok(0)) => {}
                Ok(Ok(_)) if !*stop.borrow() => {
                    // Under load there is always one event more: look at many.
                    if self.woken_by == WokenBy::Log {
                        tokio::time::sleep(GATHER).await;
                    }
                    continue;
                }
                Ok(Ok(_)) => {}
                Ok(Err(problem)) => tracing::warn!(worker = self.name, ?problem, "a worker failed; it tries again"),
                Err(_) => tracing::error!(worker = self.name, "a worker panicked; it tries again"),
            }
            if *stop.borrow() {
                return;
            }
            tokio::select! {
                biased;
                _ = stop.changed() => {}
                () = hint(&app, self.woken_by, &mut log) => {}
                () = tokio::time::sleep(self.poll) => {}
            }
        }
    }
}

async fn hint(app: &App, by: WokenBy, log: &mut tokio::sync::broadcast::Receiver<crate::hub::Wake>) {
    match by {
        WokenBy::Nothing => std::future::pending().await,
        WokenBy::Log => match log.recv().await {
            // What comes within this time is looked at together: a look costs as much for one event as for many.
            Ok(_) | Err(RecvError::Lagged(_)) => {
                tokio::time::sleep(GATHER).await;
                while log.try_recv().is_ok() {}
            }
            Err(RecvError::Closed) => std::future::pending().await,
        },
        WokenBy::Timers => {
            let due = crate::timers::next_due(app).await.ok().flatten();
            tokio::select! {
                () = app.hub().timer_changed() => {}
                () = async { match due { Some(at) => app.clock().wait_until(at).await, None => std::future::pending().await } } => {}
            }
        }
    }
}

/// Run every worker in turn until none finds anything to do: how tests wait for consequences.
pub async fn settle(app: &App, workers: &[Worker]) -> Result<(), Problem> {
    loop {
        let mut done = 0;
        for worker in workers {
            done += (worker.run)(app.clone()).await?;
        }
        if done == 0 {
            return Ok(());
        }
    }
}
