//! Writing what became of events, and learning what was changed meanwhile.

use super::{Drive, FULL, GATHER, MOST_OPEN, RENEW, Record};
use crate::record::{self, Done, Lease, Outcome, Saved};
use crate::rules;
use crate::send::Target;
use crate::store;
use kernel::{App, Problem};
use std::collections::HashSet;
use tokio::time::Instant;

impl Drive {
    pub(super) fn should_record(&self) -> bool {
        if self.recording.is_some() || self.paused.is_some() || self.target.ordered && self.reading.is_some() {
            return false;
        }
        let hurry = self.results.len() >= FULL || self.first_result.elapsed() >= GATHER;
        let awaited = self.idle.is_zero() || self.closing.is_some() || self.rewind || self.target.ordered && self.ready.is_empty();
        let last = self.flying.is_empty() && awaited;
        !self.results.is_empty() && (hurry || last) || self.check || self.renewed.elapsed() >= RENEW || self.has_slow()
    }

    /// Write what is known.
    pub(super) fn record(&mut self) {
        self.check = false;
        self.note_slow();
        let rest = self.results.split_off(self.results.len().min(FULL + MOST_OPEN));
        let done = std::mem::replace(&mut self.results, rest);
        let cursor = if self.rewind { self.lease.cursor } else { self.settled_to(&done) };
        let (app, target, lease) = (self.app.clone(), self.target.clone(), self.lease);
        self.recording = Some(Box::pin(async move {
            let saved = record_and_reload(&app, &target, lease, cursor, &done).await;
            (done, cursor, saved)
        }));
    }

    /// What has been under way for long gets its row, and those behind it theirs.
    pub(super) fn note_slow(&mut self) {
        let after = self.settings.slow_after;
        let mut slow = Vec::new();
        for open in self.open.values_mut().filter(|open| !open.slow && open.began.is_some_and(|began| began.elapsed() >= after)) {
            open.slow = true;
            slow.push(open.message.clone());
        }
        for message in slow {
            let delivery = rules::delivery_id(self.target.id, message.id);
            self.busy.insert(delivery);
            if self.target.ordered {
                self.order.block(&message.subject).into_iter().for_each(|next| self.hold(next));
            }
            self.result(Done { message, delivery, failures: 0, stored: false, retry: false, outcome: Outcome::Slow });
        }
    }

    pub(super) fn has_slow(&self) -> bool {
        self.next_slow().is_some_and(|at| at <= Instant::now())
    }

    pub(super) fn next_slow(&self) -> Option<Instant> {
        let began = self.open.values().filter(|open| !open.slow).filter_map(|open| open.began).min();
        began.map(|began| began + self.settings.slow_after)
    }

    /// Everything up to here has its row once `done` is written.
    pub(super) fn settled_to(&self, done: &[Done]) -> i64 {
        let written: HashSet<i64> = done.iter().filter(|done| !done.retry).map(|done| done.message.sequence).collect();
        let open = self.open.keys().find(|sequence| !written.contains(sequence));
        let unsent = self.ready.front().map(|message| message.sequence);
        open.copied().into_iter().chain(unsent).min().map_or(self.position, |first| first - 1)
    }

    pub(super) fn recorded(&mut self, (done, cursor, saved): Record) -> Result<(), Problem> {
        self.recording = None;
        let (saved, target) = match saved {
            Ok(Some(saved)) => saved,
            Ok(None) => {
                self.lost = true;
                return Ok(());
            }
            Err(problem) => {
                self.results.splice(0..0, done);
                return self.pause(problem);
            }
        };
        for done in &done {
            if !done.retry {
                self.open.remove(&done.message.sequence);
            }
            if let Outcome::Attempted(_) = done.outcome {
                self.busy.remove(&done.delivery);
                self.count += 1;
            }
        }
        self.renewed = Instant::now();
        self.rewind |= saved.cursor != cursor;
        self.lease.cursor = saved.cursor;
        self.next_due = saved.wake_at;
        if !saved.active {
            self.close();
        }
        if let Some(target) = target {
            self.retarget(target);
        }
        Ok(())
    }
}

async fn record_and_reload(app: &App, target: &Target, lease: Lease, cursor: i64, done: &[Done]) -> Result<Option<(Saved, Option<Target>)>, Problem> {
    let Some(saved) = record::record(app, target, lease, cursor, done).await? else { return Ok(None) };
    if !saved.active || saved.revision == target.revision {
        return Ok(Some((saved, None)));
    }
    let row = store::endpoint(&app.db().read_of(lease.vendor).await?, lease.vendor, lease.endpoint).await?;
    let target = row.map(|row| Target::of(app, &row)).transpose()?;
    Ok(Some((saved, target)))
}
