//! The dates of a contract. Pure.

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime, Utc};

/// The dates that a contract follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Its last day; none if it runs until it is terminated.
    pub ends_on: Option<NaiveDate>,
    /// Days of notice before that.
    pub notice_days: i64,
    /// Days before the notice at which it is told that it ends.
    pub remind_days: i64,
    /// Months by which it renews itself; none if it does not.
    pub renews_by: Option<i64>,
    /// Whether it was told of this last day that it comes.
    pub reminded: bool,
}

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Nothing yet.
    Nothing,
    /// To tell that it ends.
    Remind,
    /// To go on until this last day.
    Renew(NaiveDate),
    /// To have expired.
    Expire,
}

fn before(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_sub_days(Days::new(days.max(0) as u64)).unwrap_or(NaiveDate::MIN)
}

impl Terms {
    /// The last day on which notice may be given.
    pub fn notice_by(&self) -> Option<NaiveDate> {
        self.ends_on.map(|last| before(last, self.notice_days))
    }

    /// The day from which it is told that it ends.
    pub fn remind_on(&self) -> Option<NaiveDate> {
        self.notice_by().map(|notice| before(notice, self.remind_days))
    }

    /// What is due on this day.
    pub fn due(&self, today: NaiveDate) -> Due {
        let (Some(last), Some(remind)) = (self.ends_on, self.remind_on()) else { return Due::Nothing };
        match self.renews_by {
            Some(months) if today > last => renewed(last, months, today).map_or(Due::Expire, Due::Renew),
            None if today > last => Due::Expire,
            _ if today >= remind && !self.reminded => Due::Remind,
            _ => Due::Nothing,
        }
    }

    /// When to look again.
    pub fn next(&self) -> Option<DateTime<Utc>> {
        let day = if self.reminded { self.ends_on?.succ_opt()? } else { self.remind_on()? };
        Some(day.and_time(NaiveTime::MIN).and_utc())
    }
}

/// The first last day after `today` in steps of so many months. Counted from the day that was agreed, so that a 31st does not become a 28th for good.
fn renewed(last: NaiveDate, months: i64, today: NaiveDate) -> Option<NaiveDate> {
    let step = u32::try_from(months).ok().filter(|months| *months > 0)?;
    (1..=1_200u32).map_while(|times| last.checked_add_months(Months::new(step.checked_mul(times)?))).find(|day| *day >= today)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn terms(renews_by: Option<i64>, reminded: bool) -> Terms {
        Terms { ends_on: Some(day("2027-01-31")), notice_days: 30, remind_days: 14, renews_by, reminded }
    }

    #[test]
    fn it_is_told_before_notice_must_be_given_and_only_once() {
        let running = terms(None, false);
        assert_eq!((running.notice_by(), running.remind_on()), (Some(day("2027-01-01")), Some(day("2026-12-18"))));
        assert_eq!((running.due(day("2026-12-17")), running.due(day("2026-12-18"))), (Due::Nothing, Due::Remind));
        assert_eq!(terms(None, true).due(day("2027-01-31")), Due::Nothing);
        assert_eq!(running.next().unwrap().to_rfc3339(), "2026-12-18T00:00:00+00:00");
        assert_eq!(terms(None, true).next().unwrap().to_rfc3339(), "2027-02-01T00:00:00+00:00");
    }

    #[test]
    fn after_its_last_day_it_renews_or_has_expired() {
        assert_eq!(terms(None, true).due(day("2027-02-01")), Due::Expire);
        assert_eq!(terms(Some(1), true).due(day("2027-02-01")), Due::Renew(day("2027-02-28")));
        assert_eq!(terms(Some(12), true).due(day("2029-06-01")), Due::Renew(day("2030-01-31")), "however late");
        assert_eq!(Terms { ends_on: None, ..terms(Some(12), false) }.due(day("2099-01-01")), Due::Nothing);
    }
}
