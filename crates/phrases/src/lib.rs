//! What vendors' templates have in common, be they mails or agreements: the filters that write things as their reader does, and how much may be
//! written. Pure.
//!
//! A context says under [`LOCALE`] how its text writes dates, money and names, and under `person.time_zone` by which clocks; English and UTC if not.
//! What a filter cannot write is `none`: whoever prints decides whether that is a hole.

mod bounded;

pub use bounded::{Bounded, LARGEST};

use chrono_tz::Tz;
use kernel::Money;
use kernel::locale::Locale;
use minijinja::value::Value as Term;
use minijinja::{Environment, Error, ErrorKind, State, filters, tests};

/// Where a context says how dates, money and names are written: a language tag.
pub const LOCALE: &str = "locale";
/// The filters that [`furnish`] brings.
pub const FILTERS: &[&str] = &[
    "upper", "lower", "title", "trim", "default", "length", "first", "last", "join", "date", "datetime", "money", "number", "list", "country",
    "language",
];
/// Characters that a list may come to.
const JOINED: usize = 10_000;

/// Give an empty environment the filters of [`FILTERS`], and the tests `defined`, `undefined` and `none`.
pub fn furnish(env: &mut Environment<'static>) {
    env.add_filter("upper", filters::upper);
    env.add_filter("lower", filters::lower);
    env.add_filter("title", filters::title);
    env.add_filter("trim", filters::trim);
    env.add_filter("default", filters::default);
    env.add_filter("length", filters::length);
    env.add_filter("first", filters::first);
    env.add_filter("last", filters::last);
    env.add_filter("join", join);
    env.add_filter("date", |state: &State, value: Term, zone: Option<String>| moment(state, &value, zone, Locale::date_in));
    env.add_filter("datetime", |state: &State, value: Term, zone: Option<String>| moment(state, &value, zone, Locale::date_time_in));
    env.add_filter("money", money);
    env.add_filter("number", |state: &State, value: Term| value.as_i64().map(|number| locale(state).number(number)));
    env.add_filter("list", list);
    env.add_filter("country", |state: &State, value: Term| locale(state).country(value.as_str()?));
    env.add_filter("language", |state: &State, value: Term| locale(state).language(value.as_str()?));
    env.add_test("defined", tests::is_defined);
    env.add_test("undefined", tests::is_undefined);
    env.add_test("none", tests::is_none);
}

/// How the text at hand writes things.
fn locale(state: &State) -> Locale {
    Locale::of(state.lookup(LOCALE).as_ref().and_then(Term::as_str).unwrap_or_default())
}

/// `{"amount": 1250000, "currency": "EUR"}` as `€12,500.00`.
fn money(state: &State, value: Term) -> Option<String> {
    let money: Money = serde_json::from_value(serde_json::to_value(&value).ok()?).ok()?;
    Some(locale(state).money(&money))
}

/// A time or a day, in the time zone that is named, else that of whoever reads it.
fn moment(state: &State, value: &Term, zone: Option<String>, written: fn(&Locale, &str, Tz) -> Option<String>) -> Option<String> {
    let own = || state.lookup("person")?.get_attr("time_zone").ok()?.as_str().map(str::to_owned);
    let zone = zone.or_else(own).and_then(|zone| zone.parse().ok()).unwrap_or(Tz::UTC);
    written(&locale(state), value.as_str()?, zone)
}

/// The parts of a list with something in between.
fn join(value: Term, between: Option<String>) -> Result<String, Error> {
    Ok(parts(&value)?.join(between.as_deref().unwrap_or(", ")))
}

/// The parts of a list as a sentence names them: `A, B and C`.
fn list(state: &State, value: Term) -> Result<String, Error> {
    Ok(locale(state).list(&parts(&value)?))
}

fn parts(value: &Term) -> Result<Vec<String>, Error> {
    let mut length = 0;
    let bounded = |one: Term| {
        let text = one.to_string();
        length += text.len();
        (length <= JOINED).then_some(text).ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "the list is too long to be written in a row"))
    };
    value.try_iter()?.map(bounded).collect()
}

#[cfg(test)]
mod unit {
    use super::*;
    use minijinja::value::Serde;
    use serde_json::json;

    fn said(tag: &str, source: &str) -> String {
        let mut env = Environment::empty();
        furnish(&mut env);
        let facts = json!({ "on": "2026-07-01", "at": "2026-07-01T22:30:00Z", "sum": { "amount": 1_250_000, "currency": "EUR" }, "staff": 12_500,
            "sits": "CH", "speaks": ["de", "pt-BR"], "tags": ["a", "b", "c"], "long": vec!["x".repeat(100); 101] });
        let context = json!({ "locale": tag, "person": { "time_zone": "Europe/Berlin" }, "of": facts });
        let shown = env.template_from_str(source).and_then(|template| template.render(Term::from(Serde(&context))));
        shown.unwrap_or_else(|cause| cause.to_string())
    }

    #[test]
    fn things_are_written_as_their_reader_writes_them() {
        for (source, english, german) in [
            ("{{ of.on | date }}", "1 July 2026", "1. Juli 2026"),
            ("{{ of.at | datetime }}", "2 July 2026 at 00:30 GMT+2", "2. Juli 2026 um 00:30 GMT+2"),
            ("{{ of.at | date('UTC') }}", "1 July 2026", "1. Juli 2026"),
            ("{{ of.sum | money }}", "€12,500.00", "12.500,00\u{a0}€"),
            ("{{ of.staff | number }}", "12,500", "12.500"),
            ("{{ of.sits | country }}", "Switzerland", "Schweiz"),
            ("{{ of.speaks | first | language }}", "German", "Deutsch"),
            ("{{ of.tags | list }}", "a, b and c", "a, b und c"),
            ("{{ of.tags | join }} {{ of.tags | join('/') }}", "a, b, c a/b/c", "a, b, c a/b/c"),
        ] {
            assert_eq!((said("en-GB", source).as_str(), said("de", source).as_str()), (english, german), "{source}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_none_and_a_list_is_bounded() {
        for filter in ["date", "datetime", "money", "number", "country", "language"] {
            assert_eq!(said("de", &format!("{{% if (of.tags | {filter}) is none %}}nothing{{% endif %}}")), "nothing", "{filter}");
        }
        assert!(said("de", "{{ of.long | list }}").contains("too long") && said("de", "{{ of.long | join }}").contains("too long"));
    }

    #[test]
    fn every_filter_that_is_named_is_there() {
        for filter in FILTERS {
            assert!(!said("en", &format!("{{{{ of.tags | {filter} }}}}")).contains("unknown"), "{filter}");
        }
    }
}
