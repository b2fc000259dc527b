//! The clock of a review: pure. It counts business time while it runs, and tells which marks it has passed.

use super::policy::{AtEnd, ReviewPolicy};
use super::types::{Mark, Passed};
use chrono::{DateTime, Duration, Utc};
use kernel::calendar::Calendar;
use serde::{Deserialize, Serialize};

/// A clock with what was promised when it began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The calendar by which it runs; the default one if absent.
    pub calendar: Option<String>,
    /// Hours after which the review is overdue.
    pub due_hours: i64,
    /// Hours after which somebody is warned.
    pub warn_hours: Vec<i64>,
    /// Hours after which it ends.
    pub end_hours: i64,
    /// What happens then.
    pub at_end: AtEnd,
    /// Since when it runs; none while it stands.
    pub running_since: Option<DateTime<Utc>>,
    /// Business time that had passed when it began to run, in microseconds.
    pub spent: i64,
    /// The marks that it has passed.
    pub passed: Vec<Passed>,
}

impl Clock {
    /// A clock that has not begun; none if the policy asks for none.
    pub fn of(policy: &ReviewPolicy) -> Option<Self> {
        let due_hours = policy.due_hours?;
        let mut warn_hours = policy.warn_hours.clone();
        warn_hours.sort_unstable();
        warn_hours.dedup();
        Some(Self {
            calendar: policy.calendar.clone(),
            due_hours,
            warn_hours,
            end_hours: policy.end_hours.unwrap_or(due_hours),
            at_end: policy.at_end,
            running_since: None,
            spent: 0,
            passed: Vec::new(),
        })
    }

    /// With the time of one that stands. That its end was passed is forgotten: what was to follow may have met a deal that waited.
    pub fn going_on_from(mut self, earlier: Clock) -> Self {
        self.spent = earlier.spent;
        self.passed = earlier.passed.into_iter().filter(|passed| passed.mark != Mark::Ended).collect();
        self
    }

    /// Run from `now` on.
    pub fn run(&mut self, now: DateTime<Utc>) {
        self.running_since = Some(now);
    }

    /// Stand still from `now` on.
    pub fn stand(&mut self, now: DateTime<Utc>, calendar: &Calendar) {
        self.spent = self.spent(now, calendar).num_microseconds().unwrap_or(i64::MAX);
        self.running_since = None;
    }

    /// Business time that has passed at `now`.
    pub fn spent(&self, now: DateTime<Utc>, calendar: &Calendar) -> Duration {
        let running = self.running_since.map_or(Duration::zero(), |since| calendar.between(since, now));
        Duration::microseconds(self.spent) + running
    }

    /// When it is due, if it runs.
    pub fn due_at(&self, calendar: &Calendar) -> Option<DateTime<Utc>> {
        let left = Duration::hours(self.due_hours) - Duration::microseconds(self.spent);
        self.running_since.map(|since| calendar.after(since, left))
    }

    /// Business minutes that are left until it is due, while it stands.
    pub fn remaining_minutes(&self) -> Option<i64> {
        let left = Duration::hours(self.due_hours) - Duration::microseconds(self.spent);
        self.running_since.is_none().then(|| left.num_minutes().max(0))
    }

    /// Its marks in order.
    fn marks(&self) -> Vec<(Mark, i64)> {
        let warnings = self.warn_hours.iter().map(|hours| (Mark::Warning, *hours));
        let end = (self.at_end != AtEnd::Nothing).then_some((Mark::Ended, self.end_hours));
        warnings.chain([(Mark::Overdue, self.due_hours)]).chain(end).collect()
    }

    /// The next mark that it has not passed.
    fn next(&self) -> Option<(Mark, i64)> {
        let passed = |mark: &(Mark, i64)| self.passed.iter().any(|passed| (passed.mark, passed.hours) == *mark);
        self.marks().into_iter().find(|mark| !passed(mark))
    }

    /// When it comes to the next mark, if it runs and there is one.
    pub fn next_at(&self, now: DateTime<Utc>, calendar: &Calendar) -> Option<DateTime<Utc>> {
        let (_, hours) = self.next()?;
        self.running_since?;
        Some(calendar.after(now, Duration::hours(hours) - self.spent(now, calendar)))
    }

    /// Pass the next mark, if it runs and has come to one.
    pub fn pass(&mut self, now: DateTime<Utc>, calendar: &Calendar) -> Option<Passed> {
        let (mark, hours) = self.next()?;
        self.running_since?;
        let passed = (Duration::hours(hours) <= self.spent(now, calendar)).then_some(Passed { mark, hours, passed_at: now })?;
        self.passed.push(passed.clone());
        Some(passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn policy() -> ReviewPolicy {
        serde_json::from_value(serde_json::json!({"due_hours": 16, "warn_hours": [12, 8], "end_hours": 24, "at_end": "reject"})).unwrap()
    }

    fn start() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn marks_are_passed_in_order_and_once() {
        let (always, mut clock) = (Calendar::default(), Clock::of(&policy()).unwrap());
        clock.run(start());
        assert_eq!(clock.next_at(start(), &always), Some(start() + Duration::hours(8)));
        let late = start() + Duration::hours(100);
        let passed: Vec<_> = std::iter::from_fn(|| clock.pass(late, &always)).map(|passed| (passed.mark, passed.hours)).collect();
        assert_eq!(passed, [(Mark::Warning, 8), (Mark::Warning, 12), (Mark::Overdue, 16), (Mark::Ended, 24)]);
        assert_eq!((clock.pass(late, &always), clock.next_at(late, &always)), (None, None));
    }

    #[test]
    fn a_clock_that_stands_passes_nothing() {
        let (always, mut clock) = (Calendar::default(), Clock::of(&policy()).unwrap());
        clock.run(start());
        clock.stand(start() + Duration::hours(10), &always);
        assert_eq!((clock.pass(start() + Duration::hours(500), &always), clock.due_at(&always), clock.remaining_minutes()), (None, None, Some(360)));
    }

    proptest! {
        #[test]
        fn however_often_it_stands_what_counts_is_the_time_that_it_ran(stretches in proptest::collection::vec((0..300_i64, 0..300_i64), 0..20)) {
            let (always, mut clock) = (Calendar::default(), Clock::of(&policy()).unwrap());
            let (mut now, mut ran) = (start(), Duration::zero());
            for (runs, stands) in stretches {
                clock.run(now);
                now += Duration::minutes(runs);
                ran += Duration::minutes(runs);
                clock.stand(now, &always);
                now += Duration::minutes(stands);
            }
            prop_assert_eq!(clock.spent(now, &always), ran);
            clock.run(now);
            let due = clock.due_at(&always).unwrap();
            prop_assert_eq!(due, now + (Duration::hours(16) - ran).max(Duration::zero()));
        }
    }
}
