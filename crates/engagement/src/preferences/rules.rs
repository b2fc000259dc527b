//! When mail goes to somebody: pure, in their own time zone, whatever its clocks do.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// When mail is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NotificationFrequency)]
pub enum Frequency {
    /// At once.
    #[default]
    Immediately,
    /// Gathered, once a day.
    Daily,
    /// Gathered, once a week.
    Weekly,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NotificationWeekday)]
#[allow(missing_docs)]
pub enum Day {
    #[default]
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    fn weekday(self) -> Weekday {
        [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun][self as usize]
    }
}

/// How notifications of one template come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub template: String,
    pub inbox: bool,
    pub mail: bool,
    pub frequency: Frequency,
}

/// What somebody has set, or what holds until they do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Preferences {
    /// None until one was set: then that of their partner or vendor is.
    #[serde(default)]
    pub language: Option<String>,
    pub time_zone: String,
    /// From and to, `HH:MM`.
    pub quiet: Option<(String, String)>,
    pub digest_hour: u32,
    pub digest_day: Day,
    pub rules: Vec<Rule>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { language: None, time_zone: "UTC".to_owned(), quiet: None, digest_hour: 8, digest_day: Day::Monday, rules: Vec::new() }
    }
}

/// How one notification comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    pub inbox: bool,
    pub mail: bool,
    pub frequency: Frequency,
}

impl Preferences {
    /// How notifications of this template come: by the rule of its name, else by the rule `*`, else both ways at once.
    pub(crate) fn way(&self, template: &str) -> Way {
        let rule = |name: &str| self.rules.iter().find(|rule| rule.template == name);
        let rule = rule(template).or_else(|| rule("*"));
        rule.map_or(Way { inbox: true, mail: true, frequency: Frequency::Immediately }, |rule| Way {
            inbox: rule.inbox,
            mail: rule.mail,
            frequency: rule.frequency,
        })
    }

    fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// When a mail of this frequency goes that is wanted `now`; `None` if at once.
    pub(crate) fn due(&self, frequency: Frequency, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let gathered = match frequency {
            Frequency::Immediately => None,
            Frequency::Daily => Some(self.next_digest(None, now)),
            Frequency::Weekly => Some(self.next_digest(Some(self.digest_day.weekday()), now)),
        };
        self.quiet_until(gathered.unwrap_or(now)).or(gathered)
    }

    /// The end of the quiet hours that `at` lies in, if it does.
    pub(crate) fn quiet_until(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (from, to) = self.quiet.as_ref()?;
        let (from, to) = (clock(from)?, clock(to)?);
        let local = at.with_timezone(&self.zone()).naive_local();
        let time = local.time();
        let quiet = if from <= to { from <= time && time < to } else { from <= time || time < to };
        quiet.then(|| next(self.zone(), local.date(), to, at, |_| true))
    }

    fn next_digest(&self, day: Option<Weekday>, now: DateTime<Utc>) -> DateTime<Utc> {
        let today = now.with_timezone(&self.zone()).date_naive();
        let time = NaiveTime::from_hms_opt(self.digest_hour.min(23), 0, 0).unwrap_or_default();
        next(self.zone(), today, time, now, |date| day.is_none_or(|day| date.weekday() == day))
    }
}

/// `HH:MM`.
pub(crate) fn clock(text: &str) -> Option<NaiveTime> {
    let shaped = text.len() == 5 && text.as_bytes()[2] == b':';
    shaped.then(|| NaiveTime::parse_from_str(text, "%H:%M").ok()).flatten()
}

/// The first time after `after` when clocks show `time`, on a day from `date` on that `fits`.
fn next(zone: Tz, date: NaiveDate, time: NaiveTime, after: DateTime<Utc>, fits: impl Fn(NaiveDate) -> bool) -> DateTime<Utc> {
    let days = date.iter_days().take(9).filter(|date| fits(*date));
    let times = days.flat_map(|date| moments(zone, date.and_time(time)));
    // Nine days hold every weekday and more.
    times.into_iter().find(|moment| *moment > after).unwrap_or(after + Duration::days(1))
}

/// When clocks show `local`: twice where they are put back, and the next time that they show at all where they are put forward.
fn moments(zone: Tz, local: NaiveDateTime) -> Vec<DateTime<Utc>> {
    let at = |local: NaiveDateTime| {
        let found = zone.from_local_datetime(&local);
        let mut moments: Vec<_> = found.earliest().into_iter().chain(found.latest()).map(|moment| moment.with_timezone(&Utc)).collect();
        moments.dedup();
        moments
    };
    // A day is the most that clocks were ever put forward.
    (0..=96).map(|quarter| at(local + Duration::minutes(quarter * 15))).find(|moments| !moments.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod unit {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn berlin(from: &str, to: &str) -> Preferences {
        Preferences { time_zone: "Europe/Berlin".into(), quiet: Some((from.into(), to.into())), ..Preferences::default() }
    }

    #[test]
    fn quiet_hours_end_by_the_clock_on_the_wall() {
        let night = berlin("22:00", "07:00");
        for (now, until) in [
            ("2026-11-20T20:59:59Z", None),                         // 21:59
            ("2026-11-20T21:00:00Z", Some("2026-11-21T06:00:00Z")), // 22:00
            ("2026-11-21T05:59:59Z", Some("2026-11-21T06:00:00Z")),
            ("2026-11-21T06:00:00Z", None),
            // The night in which clocks are put forward is an hour shorter; the one in which they are put back, an hour longer.
            ("2027-03-27T22:00:00Z", Some("2027-03-28T05:00:00Z")),
            ("2026-10-24T21:00:00Z", Some("2026-10-25T06:00:00Z")),
        ] {
            assert_eq!(night.quiet_until(utc(now)), until.map(utc), "{now}");
        }
        // 02:30 is not there that night: the quiet ends when clocks show 03:00.
        assert_eq!(berlin("22:00", "02:30").quiet_until(utc("2027-03-28T00:45:00Z")), Some(utc("2027-03-28T01:00:00Z")));
        // And it is there twice in the other.
        assert_eq!(berlin("22:00", "02:30").quiet_until(utc("2026-10-25T00:10:00Z")), Some(utc("2026-10-25T00:30:00Z")));
        assert_eq!(berlin("22:00", "02:30").quiet_until(utc("2026-10-25T01:10:00Z")), Some(utc("2026-10-25T01:30:00Z")));
        assert_eq!(berlin("12:00", "13:00").quiet_until(utc("2026-11-20T11:30:00Z")), Some(utc("2026-11-20T12:00:00Z")));
        assert_eq!(berlin("12:00", "12:00").quiet_until(utc("2026-11-20T11:00:00Z")), None);
    }

    #[test]
    fn digests_come_at_their_hour_and_after_the_quiet() {
        let mut set = Preferences { time_zone: "America/New_York".into(), digest_hour: 9, digest_day: Day::Friday, ..Preferences::default() };
        let due = |set: &Preferences, frequency, now: &str| set.due(frequency, utc(now)).unwrap();
        assert_eq!(set.due(Frequency::Immediately, utc("2026-11-20T12:00:00Z")), None);
        assert_eq!(due(&set, Frequency::Daily, "2026-11-20T12:00:00Z"), utc("2026-11-20T14:00:00Z"));
        assert_eq!(due(&set, Frequency::Daily, "2026-11-20T14:00:00Z"), utc("2026-11-21T14:00:00Z"));
        assert_eq!(due(&set, Frequency::Weekly, "2026-11-20T12:00:00Z"), utc("2026-11-20T14:00:00Z"));
        assert_eq!(due(&set, Frequency::Weekly, "2026-11-20T14:00:01Z"), utc("2026-11-27T14:00:00Z"));
        // Summer.
        assert_eq!(due(&set, Frequency::Daily, "2026-07-01T12:00:00Z"), utc("2026-07-01T13:00:00Z"));
        set.quiet = Some(("18:00".into(), "10:30".into()));
        assert_eq!(due(&set, Frequency::Daily, "2026-11-20T12:00:00Z"), utc("2026-11-20T15:30:00Z"));
        assert_eq!(due(&set, Frequency::Immediately, "2026-11-20T12:00:00Z"), utc("2026-11-20T15:30:00Z"));
    }

    #[test]
    fn the_rule_of_the_name_comes_before_the_rule_for_all() {
        let rule = |template: &str, mail| Rule { template: template.into(), inbox: true, mail, frequency: Frequency::Daily };
        let set = Preferences { rules: vec![rule("*", false), rule("deal.approved", true)], ..Preferences::default() };
        assert!(set.way("deal.approved").mail && !set.way("deal.rejected").mail);
        assert!(Preferences::default().way("x").mail && Preferences::default().way("x").inbox);
    }

    #[test]
    fn a_clock_is_written_in_five_characters() {
        assert_eq!(clock("07:05"), NaiveTime::from_hms_opt(7, 5, 0));
        for text in ["7:05", "24:00", "07:60", "0705", "", "07:05:00", "ab:cd"] {
            assert_eq!(clock(text), None, "{text}");
        }
    }
}
