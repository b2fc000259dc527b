//! Having events at hand: new ones from the log, due ones from their rows, and where to begin again.

use super::{Drive, FEW, MOST_OPEN, Read};
use crate::order::Order;
use crate::record::{self, Due};
use crate::send::Target;
use kernel::Problem;
use std::sync::Arc;
use tokio::time::Instant;

impl Drive {
    /// Have more to send at hand.
    pub(super) fn read_on(&mut self) {
        if self.closing.is_some() || self.paused.is_some() || self.rewind {
            return;
        }
        // Under strict order, what is blocked is asked of the database: only when everything is written down.
        let settled = !self.target.ordered || self.ready.is_empty() && self.results.is_empty() && self.recording.is_none();
        if self.more && self.reading.is_none() && self.ready.len() < FEW && self.open.len() < MOST_OPEN && settled {
            self.more = false;
            self.order.refresh(Vec::new());
            let (app, tail, target, lease, after) = (self.app.clone(), self.tail.clone(), self.target.clone(), self.lease, self.position);
            self.reading = Some(Box::pin(async move {
                let batch = tail.read(&target, after).await?;
                let subjects: Vec<_> = batch.messages.iter().map(|message| message.subject.as_str()).collect();
                let blocked = if target.ordered { record::unsettled(&app, lease, &subjects).await? } else { Vec::new() };
                Ok((batch, blocked))
            }));
        }
        if self.look_due && self.fetching.is_none() && self.due.is_empty() {
            self.look_due = false;
            let (app, lease, limit) = (self.app.clone(), self.lease, self.settings.in_flight);
            let busy: Vec<_> = self.busy.iter().copied().collect();
            self.fetching = Some(Box::pin(async move { record::due(&app, lease, &busy, limit).await }));
        }
    }

    pub(super) fn took(&mut self, read: Read) -> Result<(), Problem> {
        self.reading = None;
        let (batch, blocked) = match read {
            Ok(found) => found,
            Err(problem) => {
                self.more = true;
                return self.pause(problem);
            }
        };
        if self.rewind {
            return Ok(());
        }
        self.position = batch.reached;
        self.more |= batch.more;
        self.check |= batch.control;
        self.worked = if batch.messages.is_empty() { self.worked } else { Instant::now() };
        self.order.also(blocked);
        self.ready.extend(batch.messages);
        Ok(())
    }

    pub(super) fn fetched(&mut self, found: Result<(Vec<Due>, bool), Problem>) -> Result<(), Problem> {
        self.fetching = None;
        match found {
            Ok((found, more)) => {
                self.look_due |= more && !found.is_empty();
                // What was due is under way, and is looked at again when it is written; or it was settled otherwise.
                self.check |= found.is_empty() && self.busy.is_empty();
                self.due.extend(found);
                Ok(())
            }
            Err(problem) => {
                self.look_due = true;
                self.pause(problem)
            }
        }
    }

    /// The endpoint was changed: what was read but not sent is read again under its new settings.
    pub(super) fn retarget(&mut self, target: Target) {
        self.sent_before = self.sent_before.max(target.rewound_from);
        self.target = Arc::new(target);
        if let Some(first) = self.ready.front() {
            self.position = first.sequence - 1;
            self.ready.clear();
        }
        // A read that is under way was for the old settings.
        self.reading = None;
        self.more = true;
    }

    /// Go back to where a replay has set the cursor.
    pub(super) fn begin_again(&mut self) {
        self.sent_before = self.sent_before.max(self.position);
        self.position = self.lease.cursor;
        self.ready.clear();
        self.due.clear();
        self.open.clear();
        self.order = Order::default();
        self.reading = None;
        self.fetching = None;
        (self.more, self.look_due, self.rewind) = (true, true, false);
    }
}
