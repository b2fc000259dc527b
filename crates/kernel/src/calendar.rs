//! Business time: a clock that runs only while somebody is at work.
//!
//! A [`Calendar`] says in which time zone, on which weekdays and hours work is done, and on which days it is not. Pure arithmetic, with the
//! zone's own rules: an opening hour that a change of the clocks skips begins when the clocks go on, and one that they repeat is met once.

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use std::collections::BTreeSet;

/// The most spans in one day.
pub const MOST_SPANS: usize = 8;
/// The fewest minutes that a week is open: a clock that stood nearly always would be no deadline.
pub const FEWEST_MINUTES: u32 = 60;
/// Days that are looked ahead; a deadline beyond them falls on their end.
const HORIZON: u64 = 3_660;
/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// Part of a day, in minutes from midnight by the clock on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// When work begins.
    pub from: u16,
    /// When it ends; 1440 is midnight.
    pub until: u16,
}

/// Why hours are no calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// No time zone has this name.
    Zone,
    /// A span of this day ends before it begins, or beyond midnight.
    Span(usize),
    /// Spans of this day overlap, are out of order, or are too many.
    Order(usize),
    /// There is less than an hour in the whole week.
    Closed,
}

/// When work is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    zone: Tz,
    /// Monday first; in order, without overlaps.
    week: [Vec<Span>; 7],
    holidays: BTreeSet<NaiveDate>,
}

impl Default for Calendar {
    /// Day and night, all year.
    fn default() -> Self {
        Self { zone: Tz::UTC, week: std::array::from_fn(|_| vec![Span { from: 0, until: DAY }]), holidays: BTreeSet::new() }
    }
}

impl Calendar {
    /// The calendar of these hours, Monday first, in a zone of the IANA database; never open on `holidays`.
    pub fn new(zone: &str, week: [Vec<Span>; 7], holidays: impl IntoIterator<Item = NaiveDate>) -> Result<Self, Flaw> {
        let zone = zone.parse().map_err(|_| Flaw::Zone)?;
        for (day, spans) in week.iter().enumerate() {
            if spans.iter().any(|span| span.from >= span.until || span.until > DAY) {
                return Err(Flaw::Span(day));
            }
            if spans.len() > MOST_SPANS || spans.windows(2).any(|pair| pair[0].until > pair[1].from) {
                return Err(Flaw::Order(day));
            }
        }
        let open: u32 = week.iter().flatten().map(|span| u32::from(span.until - span.from)).sum();
        if open < FEWEST_MINUTES {
            return Err(Flaw::Closed);
        }
        Ok(Self { zone, week, holidays: holidays.into_iter().collect() })
    }

    /// The first moment at which `time` of work has passed since `from`; the horizon of ten years if there is not so much work before it.
    pub fn after(&self, from: DateTime<Utc>, time: Duration) -> DateTime<Utc> {
        let mut left = time;
        if left <= Duration::zero() {
            return from;
        }
        for (opens, closes) in self.open(from) {
            let opens = opens.max(from);
            if left <= closes - opens {
                return opens + left;
            }
            left -= closes - opens;
        }
        from.checked_add_signed(Duration::days(HORIZON as i64)).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// How much work there is between two moments; none if the second is not the later. Beyond the horizon of ten years nothing counts.
    pub fn between(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Duration {
        let open = self.open(from).take_while(|(opens, _)| *opens < until);
        open.fold(Duration::zero(), |sum, (opens, closes)| sum + (closes.min(until) - opens.max(from)).max(Duration::zero()))
    }

    /// The first moment after `from` at which the clock on the wall shows so many minutes after midnight, whether or not work is done then.
    pub fn next_time(&self, minutes: u16, from: DateTime<Utc>) -> DateTime<Utc> {
        let today = from.with_timezone(&self.zone).date_naive();
        let days = (0..).map_while(|ahead| today.checked_add_days(Days::new(ahead)));
        let mut moments = days.map(|day| self.moment(day, minutes % DAY));
        moments.find(|moment| *moment > from).unwrap_or(from)
    }

    /// The stretches of work that end after `from`, in order, up to the horizon.
    fn open(&self, from: DateTime<Utc>) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
        let first = from.with_timezone(&self.zone).date_naive();
        // A zone may skip or repeat midnight: the day before may still be open.
        let first = first.pred_opt().unwrap_or(first);
        let days = (0..HORIZON + 2).map_while(move |ahead| first.checked_add_days(Days::new(ahead)));
        let days = days.filter(|day| !self.holidays.contains(day));
        let spans = days.flat_map(|day| self.week[day.weekday().num_days_from_monday() as usize].iter().map(move |span| (day, *span)));
        let stretches = spans.map(|(day, span)| (self.moment(day, span.from), self.moment(day, span.until)));
        stretches.filter(move |(opens, closes)| opens < closes && *closes > from)
    }

    /// When it is so many minutes after midnight by the clock on the wall: the first time if the clocks go back over it, and the moment
    /// at which they go on if they skip it. So later minutes never come before earlier ones.
    fn moment(&self, day: NaiveDate, minutes: u16) -> DateTime<Utc> {
        let day = if minutes == DAY { day.succ_opt().unwrap_or(day) } else { day };
        let wall = day.and_time(NaiveTime::MIN) + Duration::minutes(i64::from(minutes % DAY));
        // The longest that was ever skipped is a day (Samoa, 2011).
        let mut tries = (0..=26 * 60).map(|skipped| wall + Duration::minutes(skipped));
        let found = tries.find_map(|wall| self.zone.from_local_datetime(&wall).earliest());
        found.map_or_else(|| wall.and_utc(), |moment| moment.with_timezone(&Utc))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn office(zone: &str, spans: &[(u16, u16)], holidays: &[&str]) -> Calendar {
        let spans: Vec<_> = spans.iter().map(|(from, until)| Span { from: from * 60, until: until * 60 }).collect();
        let week = std::array::from_fn(|day| if day < 5 { spans.clone() } else { Vec::new() });
        Calendar::new(zone, week, holidays.iter().map(|day| day.parse().unwrap())).unwrap()
    }

    #[test]
    fn a_weekend_and_a_holiday_do_not_count() {
        let munich = office("Europe/Berlin", &[(9, 17)], &["2026-11-23"]);
        // Friday 16:00 in Munich; one hour is left of it, and Monday is a holiday.
        let from = at("2026-11-20T15:00:00Z");
        assert_eq!(munich.after(from, Duration::hours(1)), at("2026-11-20T16:00:00Z"), "not when work begins again, but when it was done");
        assert_eq!(munich.after(from, Duration::hours(2)), at("2026-11-24T09:00:00Z"));
        assert_eq!(munich.between(from, at("2026-11-24T09:00:00Z")), Duration::hours(2));
        assert_eq!(munich.between(at("2026-11-21T00:00:00Z"), at("2026-11-23T23:00:00Z")), Duration::zero());
    }

    #[test]
    fn the_next_night_is_told_by_the_clock_on_the_wall() {
        let munich = office("Europe/Berlin", &[(9, 17)], &[]);
        assert_eq!(munich.next_time(120, at("2026-11-20T00:30:00Z")), at("2026-11-20T01:00:00Z"));
        assert_eq!(munich.next_time(120, at("2026-11-20T01:00:00Z")), at("2026-11-21T01:00:00Z"), "not the same moment again");
        // On 2026-03-29 the clocks skip from 2:00 to 3:00.
        assert_eq!(munich.next_time(120, at("2026-03-28T12:00:00Z")), at("2026-03-29T01:00:00Z"));
        assert_eq!(munich.next_time(120, at("2026-03-29T12:00:00Z")), at("2026-03-30T00:00:00Z"));
    }

    #[test]
    fn a_lunch_break_does_not_count() {
        let munich = office("Europe/Berlin", &[(9, 12), (13, 17)], &[]);
        assert_eq!(munich.after(at("2026-11-20T10:30:00Z"), Duration::hours(1)), at("2026-11-20T12:30:00Z"));
    }

    #[test]
    fn an_hour_that_is_skipped_or_repeated_is_told_by_real_time() {
        let nights = |zone: &str, from, until| {
            let week = std::array::from_fn(|_| vec![Span { from, until }]);
            Calendar::new(zone, week, []).unwrap()
        };
        // Clocks go from 2 to 3 on 2026-03-29: of 1:00 to 4:00 two hours are left, and 2:30 to 3:00 is no time at all.
        let berlin = nights("Europe/Berlin", 60, 240);
        assert_eq!(berlin.between(at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z")), Duration::hours(2));
        assert_eq!(nights("Europe/Berlin", 150, 180 + 60).between(at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z")), Duration::hours(1));
        // They go back from 3 to 2 on 2026-10-25: four hours.
        assert_eq!(berlin.between(at("2026-10-24T12:00:00Z"), at("2026-10-25T12:00:00Z")), Duration::hours(4));
        // The day that Samoa never had.
        let apia = Calendar { zone: "Pacific/Apia".parse().unwrap(), ..Calendar::default() };
        assert_eq!(apia.between(at("2011-12-28T00:00:00Z"), at("2012-01-02T00:00:00Z")), Duration::days(5));
    }

    #[test]
    fn what_is_no_calendar_is_refused() {
        let week = |spans: &[(u16, u16)]| {
            let spans: Vec<_> = spans.iter().map(|(from, until)| Span { from: *from, until: *until }).collect();
            std::array::from_fn(|day| if day == 2 { spans.clone() } else { Vec::new() })
        };
        let flaw = |zone: &str, spans: &[(u16, u16)]| Calendar::new(zone, week(spans), []).unwrap_err();
        assert_eq!(flaw("Mars/Olympus", &[(0, 600)]), Flaw::Zone);
        assert_eq!(flaw("UTC", &[]), Flaw::Closed);
        assert_eq!(flaw("UTC", &[(0, 59)]), Flaw::Closed);
        assert_eq!(flaw("UTC", &[(600, 600)]), Flaw::Span(2));
        assert_eq!(flaw("UTC", &[(600, 1441)]), Flaw::Span(2));
        assert_eq!(flaw("UTC", &[(600, 700), (690, 800)]), Flaw::Order(2));
        assert_eq!(flaw("UTC", &[(700, 800), (600, 650)]), Flaw::Order(2));
        assert!(Calendar::new("UTC", week(&[(0, 60)]), []).is_ok());
    }

    #[test]
    fn what_never_comes_falls_on_the_horizon() {
        let seldom = office("UTC", &[(9, 10)], &[]);
        let from = at("2026-11-20T12:00:00Z");
        assert_eq!(seldom.after(from, Duration::hours(1_000_000)), from + Duration::days(3_660));
    }

    fn calendars() -> impl Strategy<Value = Calendar> {
        let zones = prop_oneof![
            Just("Europe/Berlin"),
            Just("America/New_York"),
            Just("America/Havana"),
            Just("Australia/Lord_Howe"),
            Just("Pacific/Apia"),
            Just("Asia/Kathmandu"),
            Just("UTC")
        ];
        let cuts = proptest::collection::btree_set(0..=DAY, 2..=6_usize);
        let day = cuts.prop_map(|cuts| {
            let cuts: Vec<_> = cuts.into_iter().collect();
            cuts.chunks_exact(2).map(|pair| Span { from: pair[0], until: pair[1] }).collect::<Vec<_>>()
        });
        let holidays = proptest::collection::vec(0..800_u64, 0..40);
        (zones, proptest::array::uniform7(day), holidays).prop_filter_map("an hour a week", |(zone, week, holidays)| {
            let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
            Calendar::new(zone, week, holidays.into_iter().map(|ahead| first + Days::new(ahead))).ok()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn between_takes_back_what_after_gave(calendar in calendars(), from in 0..500 * 86_400_i64, seconds in 0..200 * 3_600_i64) {
            let from = at("2026-01-01T00:00:00Z") + Duration::seconds(from);
            let time = Duration::seconds(seconds);
            let then = calendar.after(from, time);
            prop_assume!(then < from + Duration::days(HORIZON as i64));
            prop_assert_eq!(calendar.between(from, then), time);
        }

        #[test]
        fn later_and_longer_never_end_earlier(calendar in calendars(), from in 0..500 * 86_400_i64, more in 0..100_000_i64, seconds in 0..100 * 3_600_i64) {
            let start = at("2026-01-01T00:00:00Z") + Duration::seconds(from);
            let (time, more) = (Duration::seconds(seconds), Duration::seconds(more));
            prop_assert!(calendar.after(start + more, time) >= calendar.after(start, time));
            prop_assert!(calendar.after(start, time + more) >= calendar.after(start, time));
            prop_assert!(calendar.after(start, time) >= start + time);
        }

        #[test]
        fn parts_make_the_whole(calendar in calendars(), from in 0..500 * 86_400_i64, first in 0..400_000_i64, second in 0..400_000_i64) {
            let a = at("2026-01-01T00:00:00Z") + Duration::seconds(from);
            let (b, c) = (a + Duration::seconds(first), a + Duration::seconds(first + second));
            prop_assert_eq!(calendar.between(a, b) + calendar.between(b, c), calendar.between(a, c));
            prop_assert!(calendar.between(a, c) <= c - a);
            prop_assert_eq!(calendar.between(c, a), Duration::zero());
        }
    }
}
