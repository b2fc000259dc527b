//! Templates into texts: a vendor's words over an event, with limits on what they may cost.
//!
//! The language is that of Jinja, less whatever makes a small text large: there are `{{ … }}`, `if` and `for`, and some filters. Nothing is
//! bound to names, joined or multiplied, nothing is included, and what is printed into HTML is escaped, always.

use kernel::locale::Locale;
use minijinja::value::{Serde, Value as Term};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, escape_formatter, filters, tests};
use phrases::{Bounded, LOCALE};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Instructions that one part may take.
const FUEL: u64 = 20_000;
/// Characters of a subject.
const SUBJECT: usize = 200;
/// Nested brackets and blocks.
const DEPTH: usize = 40;
/// What `{% … %}` may hold.
const STATEMENTS: &[&str] = &["if", "elif", "else", "endif", "for", "endfor"];
/// What may follow a `|`, beside what all templates have.
const FILTERS: &[&str] = &["capitalize", "d", "count", "round", "abs", "words"];

/// The words of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
}

/// A template in the words that were made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
}

/// Why a template cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// `subject`, `text` or `html`.
    pub part: &'static str,
    /// The line, from 1, if it is known.
    pub line: Option<usize>,
    /// What is wrong, in a sentence.
    pub detail: String,
}

impl Trouble {
    /// In one sentence.
    pub fn sentence(&self) -> String {
        match self.line {
            Some(line) => format!("Line {line}: {}", self.detail),
            None => self.detail.clone(),
        }
    }
}

/// Whether these words are a template that may be used; where and why not, if not.
pub fn check(subject: &str, text: &str, html: Option<&str>) -> Result<(), Trouble> {
    for (part, source) in [("subject", Some(subject)), ("text", Some(text)), ("html", html)] {
        let Some(source) = source else { continue };
        bounded(part, source)?;
        let template = ENVIRONMENT.template_from_named_str(part, source).map_err(|cause| trouble(part, &cause))?;
        // Functions and tests are looked up as they are called.
        let tried = template.render_captured_to(Term::from(Serde(sample("A vendor"))), &mut Bounded::default());
        if let Err(cause) = tried
            && matches!(cause.kind(), ErrorKind::UnknownFunction | ErrorKind::UnknownTest | ErrorKind::OutOfFuel)
        {
            return Err(trouble(part, &cause));
        }
    }
    Ok(())
}

/// Render `words` over `context`; dates and money are written as in `locale`, by the clocks of the context's `person.time_zone`.
pub(crate) fn render(words: &Words, context: &Value, locale: &Locale) -> Result<Rendered, Trouble> {
    let mut context = context.clone();
    context[LOCALE] = locale.tag().into();
    let context = &context;
    let subject = line(&part("subject", &words.subject, context)?);
    let text = plain(&part("text", &words.text, context)?);
    let html = words.html.as_deref().map(|html| part("html", html, context)).transpose()?;
    Ok(Rendered { subject, text, html })
}

/// One line without control characters, cut where it is too long: what people are named writes no further header.
pub(crate) fn line(text: &str) -> String {
    let words: Vec<_> = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(SUBJECT).collect()
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

fn part(part: &'static str, source: &str, context: &Value) -> Result<String, Trouble> {
    bounded(part, source)?;
    let failed = |cause: Error| trouble(part, &cause);
    let template = ENVIRONMENT.template_from_named_str(part, source).map_err(failed)?;
    let mut written = Bounded::default();
    template.render_captured_to(Term::from(Serde(context)), &mut written).map_err(failed)?;
    written.text().ok_or_else(|| Trouble { part, line: None, detail: "It does not render to text.".into() })
}

fn trouble(part: &'static str, cause: &Error) -> Trouble {
    let mut detail = cause.detail().map_or_else(|| cause.kind().to_string(), str::to_owned);
    match cause.kind() {
        ErrorKind::OutOfFuel => detail = "it takes too long".into(),
        ErrorKind::WriteFailure => detail = "it renders to more than 256 KiB".into(),
        _ => {}
    }
    detail.retain(|c| !c.is_control());
    Trouble { part, line: cause.line(), detail: format!("{}.", detail.chars().take(300).collect::<String>().trim_end_matches('.')) }
}

/// Refuse what could make a small template large before the parser sees it.
fn bounded(part: &'static str, source: &str) -> Result<(), Trouble> {
    let (mut rest, mut line, mut blocks) = (source, 1, 0_usize);
    let refuse = |line: usize, detail: String| Err(Trouble { part, line: Some(line), detail });
    while let Some(at) = rest.find('{') {
        line += newlines(&rest[..at]);
        rest = &rest[at..];
        let (inside, skip, is_block) = if let Some(after) = rest.strip_prefix("{#") {
            let end = after.find("#}").map_or(after.len(), |end| end + 2);
            line += newlines(&after[..end]);
            rest = &after[end..];
            continue;
        } else if let Some(after) = rest.strip_prefix("{{") {
            (after, "}}", false)
        } else if let Some(after) = rest.strip_prefix("{%") {
            (after, "%}", true)
        } else {
            rest = &rest[1..];
            continue;
        };
        let Some(end) = end_of(inside, skip) else { return refuse(line, format!("There is no `{skip}` to this.")) };
        let tag = &inside[..end];
        if is_block {
            let word = tag.trim_start_matches('-').trim_start().split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
            if !STATEMENTS.contains(&word) {
                return refuse(line, format!("`{}` is not for templates here; there are if and for.", word.chars().take(40).collect::<String>()));
            }
            blocks += usize::from(matches!(word, "if" | "for"));
            blocks -= usize::from(word.starts_with("end")).min(blocks);
        }
        if let Some(filter) = unknown_filter(tag) {
            return refuse(line, format!("There is no filter `{filter}`; there are {}.", all_filters().collect::<Vec<_>>().join(", ")));
        }
        let (deepest, operator) = expression(tag);
        if let Some(operator) = operator {
            return refuse(line, format!("`{operator}` is not for templates here; write things side by side."));
        }
        if deepest > DEPTH || blocks > DEPTH {
            return refuse(line, "This is nested too deeply.".into());
        }
        line += newlines(tag);
        rest = &inside[end + 2..];
    }
    Ok(())
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// Each character of an expression that is not in a string, with its place.
fn bare(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let (mut within, mut escaped) = (None::<char>, false);
    text.char_indices().filter(move |(_, c)| match within {
        Some(_) if escaped => {
            escaped = false;
            false
        }
        Some(quote) => {
            escaped = *c == '\\';
            if *c == quote {
                within = None;
            }
            false
        }
        None if matches!(c, '"' | '\'') => {
            within = Some(*c);
            false
        }
        None => true,
    })
}

/// Where the tag ends that `text` begins in.
fn end_of(text: &str, end: &str) -> Option<usize> {
    bare(text).map(|(at, _)| at).find(|at| text[*at..].starts_with(end))
}

/// The first filter that there is not.
fn unknown_filter(text: &str) -> Option<String> {
    let filters = bare(text).filter(|(_, c)| *c == '|').map(|(at, _)| text[at + 1..].trim_start());
    let names = filters.map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default());
    names.into_iter().find(|name| !all_filters().any(|known| known == *name)).map(|name| name.chars().take(40).collect())
}

fn all_filters() -> impl Iterator<Item = &'static str> {
    FILTERS.iter().chain(phrases::FILTERS).copied()
}

/// How deep its brackets are, and an operator that is not allowed.
fn expression(text: &str) -> (usize, Option<char>) {
    let (mut depth, mut deepest) = (0_usize, 0);
    for (_, c) in bare(text) {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '~' | '*' | '+' => return (deepest, Some(c)),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    // `not not not …` nests without a bracket.
    (deepest.max(text.matches("not ").count()), None)
}

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

fn environment() -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_fuel(Some(FUEL));
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_auto_escape_callback(|part| if part == "html" { AutoEscape::Html } else { AutoEscape::None });
    // What is not there prints nothing, however that is written.
    env.set_formatter(|out, state, value| if value.is_none() { Ok(()) } else { escape_formatter(out, state, value) });
    phrases::furnish(&mut env);
    env.add_filter("capitalize", filters::capitalize);
    env.add_filter("d", filters::default);
    env.add_filter("count", filters::length);
    env.add_filter("round", filters::round);
    env.add_filter("abs", filters::abs);
    env.add_filter("words", words);
    env.add_test("eq", tests::is_eq);
    env.add_test("ne", tests::is_ne);
    env.add_test("string", tests::is_string);
    env.add_test("number", tests::is_number);
    env.add_test("in", tests::is_in);
    env
}

/// `in_review` as `in review`.
fn words(value: Term) -> String {
    value.as_str().unwrap_or_default().replace('_', " ")
}

/// An event that no program ever saw, to preview with.
pub(crate) fn sample(vendor: &str) -> Value {
    json!({
        "event": { "id": "evt_01jd3k7x2mfq8t9v5w6y0zabcd", "type": "deal.approved", "occurred_at": "2026-11-20T12:00:00Z",
            "subject": { "type": "deal", "id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "revision": 2 },
            "data": { "deal": { "id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "status": "approved", "customer": { "name": "Fabrikam", "country": "DE" },
                "amount": { "amount": 1_250_000, "currency": "EUR" }, "expected_close": "2027-03-31", "protected_until": "2027-02-18T12:00:00Z" } } },
        "person": { "name": "Sam Okafor", "language": "en", "time_zone": "UTC" }, "vendor": { "name": vendor },
        "link": { "type": "deal", "id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd" },
        "notifications": [{ "title": "A deal was approved", "text": "Fabrikam is yours.", "link": { "type": "deal", "id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd" } }],
        "count": 1, "more": 0
    })
}

#[cfg(test)]
mod unit {
    use super::*;

    fn text(source: &str, context: Value) -> Result<String, String> {
        part("text", source, &context).map_err(|trouble| trouble.sentence())
    }

    #[test]
    fn words_are_filled_in_and_what_is_not_there_prints_nothing() {
        let context = json!({ "event": { "data": { "deal": { "amount": { "amount": 123_456_789, "currency": "EUR" }, "yen": { "amount": 1234, "currency": "JPY" },
            "until": "2026-07-01T22:30:00Z", "on": "2026-07-01", "status": "in_review", "tags": ["a", "b"], "nothing": null } } } });
        for (source, is) in [
            ("{{ event.data.deal.amount | money }}", "€1,234,567.89"),
            ("{{ event.data.deal.yen | money }}", "¥1,234"),
            ("{{ event.data.deal.until | date }} {{ event.data.deal.on | date }}", "July 1, 2026 July 1, 2026"),
            ("{{ event.data.deal.until | datetime('Europe/Berlin') }}", "July 2, 2026 at 12:30\u{202f}AM GMT+2"),
            ("{{ event.data.deal.status | words }}: {{ event.data.deal.tags | join(', ') }}", "in review: a, b"),
            ("[{{ event.data.no.such.thing }}{{ event.data.deal.nothing }}]", "[]"),
            ("{% for tag in event.data.deal.tags %}{% if not loop.first %}/{% endif %}{{ tag }}{% endfor %}", "a/b"),
            ("{{ event.data.deal.nothing | default('-', true) }} {{ '}} ~ {%' }} ~ * + { } # %", "- }} ~ {% ~ * + { } # %"),
            ("{# a ~ comment #}x", "x"),
        ] {
            assert_eq!(text(source, context.clone()).as_deref(), Ok(is), "{source}");
        }
    }

    #[test]
    fn dates_and_money_are_written_as_their_reader_writes_them() {
        let context = json!({ "until": "2026-07-01T22:30:00Z", "amount": { "amount": 1_250_000, "currency": "EUR" }, "person": { "time_zone": "Europe/Berlin" } });
        let words = |text: &str| Words { subject: text.into(), text: text.into(), html: None };
        let said = |tag: &str, text: &str| render(&words(text), &context, &Locale::of(tag)).unwrap().text;
        assert_eq!(said("de", "{{ until | date }}, {{ amount | money }}"), "2. Juli 2026, 12.500,00\u{a0}€");
        assert_eq!(said("en-GB", "{{ until | datetime }}"), "2 July 2026 at 00:30 GMT+2");
        assert_eq!(said("ar", "{{ until | date }} {{ amount | money }}"), "2 يوليو 2026 \u{200f}12,500.00\u{a0}€");
        assert_eq!(said("de", "[{{ nothing | date }}{{ nothing | money }}]"), "[]");
    }

    #[test]
    fn nothing_makes_a_small_template_large_or_slow() {
        let digits: Vec<_> = (0..200).collect();
        let context = json!({ "list": digits });
        let nested = "{% for a in list %}{% for b in list %}{% for c in list %}x{% endfor %}{% endfor %}{% endfor %}";
        let long = format!("{{% for a in list %}}{}{{% endfor %}}", "x".repeat(10_000));
        let deep = format!("{{{{ {}1{} }}}}", "(".repeat(5_000), ")".repeat(5_000));
        let nots = format!("{{{{ {}1 }}}}", "not ".repeat(5_000));
        let ifs = format!("{}{}", "{% if 1 %}".repeat(500), "{% endif %}".repeat(500));
        for (source, why) in [
            (nested, "too long"),
            (&long, "256 KiB"),
            (&deep, "too deeply"),
            (&nots, "too deeply"),
            (&ifs, "too deeply"),
            ("a\n{{ 'x' * 100000000 }}", "Line 2: `*`"),
            ("{{ a ~ a }}", "`~`"),
            ("{{ [1] + [2] }}", "`+`"),
            ("{% set x = 1 %}", "`set`"),
            ("{% include 'text' %}", "`include`"),
            ("{% macro a() %}{% endmacro %}", "`macro`"),
            ("{%- filter upper %}{% endfilter %}", "`filter`"),
            ("{{ range(10) }}", "range"),
            ("{{ x | safe }}", "safe"),
            ("{{ x", "no `}}`"),
            ("{{ x.y. }}", "Line 1"),
        ] {
            let found = text(source, context.clone()).expect_err(source);
            assert!(found.contains(why), "{found}");
        }
    }

    #[test]
    fn every_filter_that_is_named_is_there() {
        for filter in all_filters() {
            let found = text(&format!("{{{{ x | {filter} }}}}"), json!({ "x": ["a"] }));
            assert!(found.as_ref().err().is_none_or(|trouble| !trouble.contains("unknown")), "{filter}: {found:?}");
        }
        assert!(check("{{ x | shout }}", "x", None).unwrap_err().sentence().contains("shout"));
        assert!(check("x", "{{ range(3) }}", None).is_err());
    }

    #[test]
    fn html_is_escaped_and_a_subject_is_one_line() {
        let words = Words { subject: "{{ a }}".into(), text: "{{ a }}".into(), html: Some("<b>{{ a }}</b>".into()) };
        let made = render(&words, &json!({ "a": "<script>\r\nBcc: x@y.example\u{7}" }), &Locale::of("en")).unwrap();
        assert_eq!(made.subject, "<script> Bcc: x@y.example");
        assert_eq!(made.text, "<script>\nBcc: x@y.example");
        assert!(made.html.unwrap().starts_with("<b>&lt;script&gt;"));
    }
}
