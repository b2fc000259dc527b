//! Strict order: of the events about one subject, one at a time.
//!
//! While an event is under way, later ones of its subject wait here. Once it has failed or taken long
//! they are held back in rows of their own, which are let go one by one as the one before is settled.

use crate::tail::Message;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

type Waiting = VecDeque<Arc<Message>>;

/// The subjects of one endpoint with something under way or held back.
#[derive(Default)]
pub(crate) struct Order {
    under_way: HashMap<String, Waiting>,
    blocked: HashSet<String>,
}

/// What to do with an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Send it.
    Send,
    /// Nothing: it is kept here until the one before it is back.
    Wait,
    /// Give it a row: something before it is not settled.
    Hold,
}

impl Order {
    /// An event comes up.
    pub(crate) fn enter(&mut self, message: &Arc<Message>) -> Turn {
        if self.blocked.contains(&message.subject) {
            return Turn::Hold;
        }
        match self.under_way.get_mut(&message.subject) {
            Some(waiting) => {
                waiting.push_back(message.clone());
                Turn::Wait
            }
            None => {
                self.under_way.insert(message.subject.clone(), Waiting::new());
                Turn::Send
            }
        }
    }

    /// An event of `subject` got through: the next that waits, to be sent.
    pub(crate) fn passed(&mut self, subject: &str) -> Option<Arc<Message>> {
        let next = self.under_way.get_mut(subject)?.pop_front();
        if next.is_none() {
            self.under_way.remove(subject);
        }
        next
    }

    /// An event of `subject` failed, takes long, or came from its row: those that wait, to be held back.
    pub(crate) fn block(&mut self, subject: &str) -> Waiting {
        self.blocked.insert(subject.to_owned());
        self.under_way.remove(subject).unwrap_or_default()
    }

    /// Only what the database says is blocked from here on. Right only while everything is written down.
    pub(crate) fn refresh(&mut self, blocked: Vec<String>) {
        self.blocked = HashSet::from_iter(blocked);
    }

    /// Besides, these are blocked.
    pub(crate) fn also(&mut self, blocked: Vec<String>) {
        self.blocked.extend(blocked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(sequence: i64, subject: &str) -> Arc<Message> {
        let text = || String::new();
        let (id, id_text, kind, body) = (uuid::Uuid::nil(), text(), text(), bytes::Bytes::new());
        Arc::new(Message { sequence, id, id_text, kind, subject: subject.to_owned(), body })
    }

    #[test]
    fn one_at_a_time_of_a_subject_and_any_number_of_others() {
        let mut order = Order::default();
        assert_eq!(order.enter(&event(1, "a")), Turn::Send);
        assert_eq!(order.enter(&event(2, "a")), Turn::Wait);
        assert_eq!(order.enter(&event(3, "b")), Turn::Send);
        assert_eq!(order.passed("a").map(|message| message.sequence), Some(2));
        assert!(order.passed("a").is_none());
        assert_eq!(order.enter(&event(4, "a")), Turn::Send);
    }

    #[test]
    fn a_failure_holds_back_what_waits_and_what_comes() {
        let mut order = Order::default();
        order.enter(&event(1, "a"));
        order.enter(&event(2, "a"));
        assert_eq!(order.block("a").iter().map(|message| message.sequence).collect::<Vec<_>>(), [2]);
        assert_eq!(order.enter(&event(3, "a")), Turn::Hold);
        order.refresh(Vec::new());
        assert_eq!(order.enter(&event(4, "a")), Turn::Send);
    }
}
