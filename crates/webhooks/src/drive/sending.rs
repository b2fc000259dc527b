//! From events at hand to requests under way, and what comes back.

use super::{Drive, Flight, MOST_OPEN, Open};
use crate::order::Turn;
use crate::record::{Done, Outcome};
use crate::rules;
use crate::send::{self, Attempt};
use crate::tail::Message;
use std::sync::Arc;
use tokio::time::Instant;

impl Drive {
    /// Send what may be sent.
    pub(super) fn launch(&mut self) {
        if self.rewind && self.is_written() {
            self.begin_again();
        }
        if self.closing.is_some() || self.paused.is_some() || self.rewind {
            return;
        }
        while self.flying.len() < self.settings.in_flight && self.open.len() < MOST_OPEN {
            // Retries may take half, so that neither they nor what is new keeps the other waiting.
            let retry = self.ready.is_empty() || self.retries_flying < self.settings.in_flight.div_ceil(2);
            if let Some(due) = self.due.pop_front_if(|_| retry) {
                self.retries_flying += 1;
                self.busy.insert(due.delivery);
                self.fly(Flight { message: due.message, delivery: due.delivery, failures: due.failures, retry: true });
            } else if let Some(message) = self.ready.pop_front() {
                self.offer(message);
            } else {
                break;
            }
        }
    }

    /// A new event: it is sent, or waits for its turn.
    pub(super) fn offer(&mut self, message: Arc<Message>) {
        self.open.insert(message.sequence, Open { message: message.clone(), began: None, slow: false });
        match if self.target.ordered { self.order.enter(&message) } else { Turn::Send } {
            Turn::Send => self.fly_new(message),
            Turn::Wait => {}
            Turn::Hold => self.hold(message),
        }
    }

    pub(super) fn fly_new(&mut self, message: Arc<Message>) {
        if let Some(open) = self.open.get_mut(&message.sequence) {
            open.began = Some(Instant::now());
        }
        let delivery = rules::delivery_id(self.target.id, message.id);
        self.fly(Flight { message, delivery, failures: 0, retry: false });
    }

    pub(super) fn fly(&mut self, flight: Flight) {
        let (app, client, target) = (self.app.clone(), self.client.clone(), self.target.clone());
        self.flying.push(Box::pin(async move {
            let attempt = send::attempt(&app, &client, &target, &flight.message).await;
            (flight, attempt)
        }));
    }

    pub(super) fn hold(&mut self, message: Arc<Message>) {
        let delivery = rules::delivery_id(self.target.id, message.id);
        self.result(Done { message, delivery, failures: 0, stored: false, retry: false, outcome: Outcome::Held });
    }

    pub(super) fn result(&mut self, done: Done) {
        if self.results.is_empty() {
            self.first_result = Instant::now();
        }
        self.results.push(done);
    }

    /// An answer, or none, came back.
    pub(super) fn landed(&mut self, flight: Flight, attempt: Attempt) {
        self.worked = Instant::now();
        let Flight { message, delivery, failures, retry } = flight;
        let slow = !retry && self.open.get(&message.sequence).is_none_or(|open| open.slow);
        let (passed, subject) = (attempt.succeeded() && !retry && !slow, message.subject.clone());
        if let Some(open) = self.open.get_mut(&message.sequence).filter(|_| !retry) {
            open.began = None;
        }
        self.retries_flying -= usize::from(retry);
        let stored = retry || slow || message.sequence <= self.sent_before;
        self.result(Done { message, delivery, failures, stored, retry, outcome: Outcome::Attempted(attempt) });
        if self.target.ordered && passed {
            self.order.passed(&subject).into_iter().for_each(|next| self.fly_new(next));
        } else if self.target.ordered {
            self.order.block(&subject).into_iter().for_each(|next| self.hold(next));
        }
    }
}
