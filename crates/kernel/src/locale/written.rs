//! How dates, times, money, numbers and lists are written in a language and country.
//!
//! Everything is by the Gregorian calendar, whatever a country keeps besides: these are dates of contracts and deadlines. Where CLDR has nothing
//! for a language its parent speaks, English at last; nothing here can fail for that.

use crate::Money;
use chrono::{DateTime, Datelike as _, NaiveDate, Offset as _, Timelike as _, Utc};
use chrono_tz::Tz;
use fixed_decimal::Decimal;
use icu_calendar::{Date, Gregorian};
use icu_datetime::FixedCalendarDateTimeFormatter;
use icu_datetime::fieldsets::{YMD, zone::LocalizedOffsetShort};
use icu_decimal::DecimalFormatter;
use icu_experimental::dimension::currency::{CurrencyType, formatter::CurrencyFormatter};
use icu_list::{ListFormatter, options::ListFormatterOptions};
use icu_time::zone::UtcOffset;
use icu_time::{Time, ZonedDateTime};

/// A language and country in which something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale(pub(super) icu_locale::Locale);

impl Locale {
    /// That of a language tag; English for what is none, or names a language that nobody knows.
    pub fn of(tag: &str) -> Self {
        let known = super::parts(tag).1.and_then(|_| tag.parse().ok());
        Self(known.unwrap_or(icu_locale::locale!("en")))
    }

    /// Its tag.
    pub fn tag(&self) -> String {
        self.0.to_string()
    }

    /// A day: `20 November 2026`.
    pub fn date(&self, day: NaiveDate) -> String {
        let formatter = FixedCalendarDateTimeFormatter::<Gregorian, _>::try_new((&self.0).into(), YMD::long());
        let written = formatter.ok().zip(gregorian(day)).map(|(formatter, day)| formatter.format(&day).to_string());
        written.unwrap_or_else(|| day.to_string())
    }

    /// A moment as clocks show it in `zone`: `20 November 2026 at 13:00 GMT+1`.
    pub fn date_time(&self, moment: DateTime<Utc>, zone: Tz) -> String {
        let there = moment.with_timezone(&zone);
        let fields = YMD::long().with_time_hm().with_zone(LocalizedOffsetShort);
        let formatter = FixedCalendarDateTimeFormatter::<Gregorian, _>::try_new((&self.0).into(), fields).ok();
        let written = formatter.and_then(|formatter| {
            let (hour, minute) = (there.hour().try_into().ok()?, there.minute().try_into().ok()?);
            let zone = UtcOffset::try_from_seconds(there.offset().fix().local_minus_utc()).ok()?;
            let there = ZonedDateTime { date: gregorian(there.date_naive())?, time: Time::try_new(hour, minute, 0, 0).ok()?, zone };
            Some(formatter.format(&there).to_string())
        });
        written.unwrap_or_else(|| there.to_rfc3339())
    }

    /// A text that holds a moment (RFC 3339) or a day, as [`Locale::date`] writes it, by the clocks of `zone`; nothing for another text.
    pub fn date_in(&self, text: &str, zone: Tz) -> Option<String> {
        let day = moment(text).map(|moment| moment.with_timezone(&zone).date_naive()).or_else(|| text.parse().ok());
        day.map(|day| self.date(day))
    }

    /// The same as [`Locale::date_time`] writes it, days without a time.
    pub fn date_time_in(&self, text: &str, zone: Tz) -> Option<String> {
        moment(text).map(|moment| self.date_time(moment, zone)).or_else(|| self.date_in(text, zone))
    }

    /// An amount with its currency: `€12,500.00`. All digits of the minor unit are there, in order that it can be read as a sum owed.
    pub fn money(&self, money: &Money) -> String {
        let amount = decimal(money.amount, money.currency.digits());
        let currency = CurrencyType::try_from_str(money.currency.code()).ok();
        let formatter = currency.and_then(|currency| CurrencyFormatter::try_new_symbol((&self.0).into(), currency, Default::default()).ok());
        let written = formatter.map(|formatter| formatter.format_fixed_decimal(&amount).to_string());
        written.unwrap_or_else(|| format!("{amount} {}", money.currency.code()))
    }

    /// A whole number in groups: `12,500`.
    pub fn number(&self, number: i64) -> String {
        let formatter = DecimalFormatter::try_new((&self.0).into(), Default::default());
        formatter.map_or_else(|_| number.to_string(), |formatter| formatter.format(&number.into()).to_string())
    }

    /// Things one after the other: `A, B, and C`.
    pub fn list(&self, things: &[impl AsRef<str>]) -> String {
        let things = things.iter().map(AsRef::as_ref);
        match ListFormatter::try_new_and((&self.0).into(), ListFormatterOptions::default()) {
            Ok(formatter) => formatter.format(things).to_string(),
            Err(_) => things.collect::<Vec<_>>().join(", "),
        }
    }
}

fn gregorian(day: NaiveDate) -> Option<Date<Gregorian>> {
    Date::try_new_gregorian(day.year(), day.month().try_into().ok()?, day.day().try_into().ok()?).ok()
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.to_utc())
}

fn decimal(minor: i64, digits: u32) -> Decimal {
    let mut amount = Decimal::from(minor);
    amount.multiply_pow10(-i16::try_from(digits).unwrap_or_default());
    amount
}

#[cfg(test)]
mod unit {
    use super::*;
    use serde_json::json;

    fn money(amount: i64, currency: &str) -> Money {
        serde_json::from_value(json!({ "amount": amount, "currency": currency })).unwrap()
    }

    #[test]
    fn each_language_writes_its_own_way() {
        let (day, moment) = (NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(), "2026-11-20T21:05:00Z".parse().unwrap());
        for (tag, is) in [
            ("de", ["20. November 2026", "20. November 2026 um 22:05 GMT+1", "1.234.567,89\u{a0}€", "1.234.567", "A, B und C"]),
            ("de-CH", ["20. November 2026", "20. November 2026 um 22:05 GMT+1", "€\u{a0}1'234'567.89", "1'234'567", "A, B und C"]),
            (
                "fr",
                ["20 novembre 2026", "20 novembre 2026 à 22:05 UTC+1", "1\u{202f}234\u{202f}567,89\u{a0}€", "1\u{202f}234\u{202f}567", "A, B et C"],
            ),
            ("en-GB", ["20 November 2026", "20 November 2026 at 22:05 GMT+1", "€1,234,567.89", "1,234,567", "A, B and C"]),
            ("en-US", ["November 20, 2026", "November 20, 2026 at 10:05\u{202f}PM GMT+1", "€1,234,567.89", "1,234,567", "A, B, and C"]),
            ("ja", ["2026年11月20日", "2026年11月20日 22:05 GMT+1", "€1,234,567.89", "1,234,567", "A、B、C"]),
            ("ar", ["20 نوفمبر 2026", "20 نوفمبر 2026 في 10:05 م غرينتش\u{200e}+1", "\u{200f}1,234,567.89\u{a0}€", "1,234,567", "A وB وC"]),
            (
                "he",
                [
                    "20 בנובמבר 2026",
                    "20 בנובמבר 2026 בשעה 22:05 GMT\u{200e}+1\u{200e}",
                    "\u{200f}1,234,567.89\u{a0}\u{200f}€",
                    "1,234,567",
                    "A, B ו\u{2011}C",
                ],
            ),
            ("hi", ["20 नवंबर, 2026", "20 नवंबर, 2026 को 10:05 pm GMT+1 बजे", "€12,34,567.89", "12,34,567", "A, B और C"]),
            ("pt-BR", ["20 de novembro de 2026", "20 de novembro de 2026 às 22:05 +1 GMT", "€\u{a0}1.234.567,89", "1.234.567", "A, B e C"]),
            ("zh-Hant", ["2026年11月20日", "2026年11月20日 晚上10:05 GMT+1", "€1,234,567.89", "1,234,567", "A、B和C"]),
        ] {
            let locale = Locale::of(tag);
            let written = [
                locale.date(day),
                locale.date_time(moment, Tz::Europe__Berlin),
                locale.money(&money(123_456_789, "EUR")),
                locale.number(1_234_567),
                locale.list(&["A", "B", "C"]),
            ];
            assert_eq!(written, is, "{tag}");
        }
    }

    #[test]
    fn a_currency_has_as_many_digits_as_it_has() {
        let of = |tag: &str, amount, currency: &str| Locale::of(tag).money(&money(amount, currency));
        assert_eq!((of("ja", 1_234, "JPY"), of("en", 1_200, "USD")), ("￥1,234".to_owned(), "$12.00".to_owned()));
        assert!(of("de", 1_500, "KWD").starts_with("1,500"));
    }

    #[test]
    fn what_is_no_language_is_written_as_english_and_what_is_no_date_is_not_written() {
        let day = "2026-11-20";
        for tag in ["xx", "", "not a tag", "de_AT_"] {
            assert_eq!(Locale::of(tag).date_in(day, Tz::UTC).as_deref(), Some("November 20, 2026"), "{tag}");
        }
        let english = Locale::of("en-GB");
        assert_eq!(english.date_in("2026-11-20T23:30:00Z", Tz::Europe__Berlin).as_deref(), Some("21 November 2026"));
        assert_eq!(english.date_time_in(day, Tz::Europe__Berlin).as_deref(), Some("20 November 2026"));
        assert_eq!((english.date_in("soon", Tz::UTC), english.date_time_in("+262142-12-31T23:59:59Z", Tz::UTC)), (None, None));
    }
}
