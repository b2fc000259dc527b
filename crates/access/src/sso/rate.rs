//! How often something may be done: so many times in so long.

use chrono::{DateTime, Duration, Utc};
use std::collections::VecDeque;

/// Times at which it was done.
#[derive(Default)]
pub(super) struct Rate(VecDeque<DateTime<Utc>>);

impl Rate {
    /// Whether it may be done now, `most` times `within` this long; if so, it counts.
    pub(super) fn take(&mut self, now: DateTime<Utc>, most: usize, within: Duration) -> bool {
        while self.0.front().is_some_and(|at| now - *at >= within) {
            self.0.pop_front();
        }
        let free = self.0.len() < most;
        if free {
            self.0.push_back(now);
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_times_in_so_long_and_then_again() {
        let (mut rate, now) = (Rate::default(), DateTime::UNIX_EPOCH);
        let minute = Duration::minutes(1);
        assert_eq!((0..4).map(|_| rate.take(now, 3, minute)).collect::<Vec<_>>(), [true, true, true, false]);
        assert!(!rate.take(now + Duration::seconds(59), 3, minute));
        assert!(rate.take(now + minute, 3, minute));
    }
}
