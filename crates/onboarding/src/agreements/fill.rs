//! The text of a template with its variables filled: Jinja less whatever makes a small text large, and nothing that is not known.
//!
//! There are `{{ … }}`, `if` and `for` and a few filters. Nothing is bound to names, joined or multiplied; a run has a limit of instructions and of
//! what it writes. What is printed is escaped, so that no partner's name is a heading. A variable that there is not is refused when the template is
//! drafted, by its line; one that stands for nothing when an agreement is made, since an agreement with a hole in it is none.

use super::variables;
use minijinja::value::{Serde, Value as Term};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use phrases::{Bounded, FILTERS};
use serde_json::Value;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Instructions that a text may take.
const FUEL: u64 = 50_000;
/// Characters between `{{` and `}}`.
const LONGEST_TAG: usize = 300;
/// Blocks within blocks.
const DEPTH: usize = 20;
/// What `{% … %}` may begin with.
const STATEMENTS: &[&str] = &["if", "elif", "else", "endif", "for", "endfor"];
/// Words that name no variable.
const WORDS: &[&str] =
    &["if", "elif", "else", "endif", "for", "endfor", "in", "and", "or", "not", "is", "true", "false", "none", "True", "False", "None"];
/// What may follow `is`.
const TESTS: &[&str] = &["defined", "undefined", "none"];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = Environment::empty();
    env.set_fuel(Some(FUEL));
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_auto_escape_callback(|_| AutoEscape::None);
    env.set_formatter(|out, _, value| {
        if value.is_undefined() || value.is_none() || value.as_str().is_some_and(|text| text.trim().is_empty()) {
            return Err(Error::new(ErrorKind::UndefinedError, "what stands here is not known"));
        }
        out.write_str(&::paper::marks::plain(&value.to_string())).map_err(Error::from)
    });
    phrases::furnish(&mut env);
    env
});

/// Whether a text can be filled and printed; the place and what is wrong, in a sentence, if not.
pub fn check(source: &str, roles: &[&str]) -> Result<(), String> {
    bounded(source)?;
    known(source, roles)?;
    let filled = match fill(source, &variables::sample(roles)) {
        Ok(filled) => filled,
        // What is known of a partner is not known here.
        Err(Trouble::Unknown(_)) => return Ok(()),
        Err(Trouble::Bad(sentence)) => return Err(sentence),
    };
    ::paper::marks::read(&filled)
        .map(drop)
        .map_err(|refused| format!("Line {}: there is no place for {} in an agreement.", refused.line, refused.what))
}

/// Why a text could not be filled, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Something is not known.
    Unknown(String),
    /// The text is at fault.
    Bad(String),
}

/// Fill a text that was checked.
pub fn fill(source: &str, context: &Value) -> Result<String, Trouble> {
    let template = ENVIRONMENT.template_from_named_str("text", source).map_err(|cause| trouble(source, &cause))?;
    let mut written = Bounded::default();
    template.render_captured_to(Term::from(Serde(context)), &mut written).map_err(|cause| trouble(source, &cause))?;
    written.text().ok_or_else(|| Trouble::Bad("It does not come to text.".into()))
}

fn trouble(source: &str, cause: &Error) -> Trouble {
    let place = cause.line().map(|line| format!("Line {line}: ")).unwrap_or_default();
    let says = || {
        let line = cause.line().and_then(|line| source.lines().nth(line.saturating_sub(1))).unwrap_or_default();
        line.trim().chars().take(120).collect::<String>()
    };
    match cause.kind() {
        ErrorKind::UndefinedError => Trouble::Unknown(format!("{place}something is not known that this needs: {}", says())),
        ErrorKind::OutOfFuel => Trouble::Bad(format!("{place}it takes too long.")),
        ErrorKind::WriteFailure => Trouble::Bad(format!("{place}it comes to more than 256 KiB.")),
        _ => {
            let mut detail = cause.detail().map_or_else(|| cause.kind().to_string(), str::to_owned);
            detail.retain(|c| !c.is_control());
            Trouble::Bad(format!("{place}{}.", detail.chars().take(300).collect::<String>().trim_end_matches('.')))
        }
    }
}

/// Something between braces.
struct Piece<'a> {
    line: usize,
    is_block: bool,
    inside: &'a str,
}

/// Whatever stands between braces, in order. What could be read in two ways is refused.
fn pieces(source: &str) -> Result<Vec<Piece<'_>>, String> {
    let (mut found, mut rest, mut line) = (Vec::new(), source, 1_usize);
    while let Some(at) = rest.find('{') {
        line += rest[..at].matches('\n').count();
        rest = &rest[at..];
        let (open, close, is_block) = match rest.as_bytes().get(1) {
            Some(b'{') => ("{{", "}}", false),
            Some(b'%') => ("{%", "%}", true),
            Some(b'#') => return Err(format!("Line {line}: there are no comments.")),
            _ => {
                rest = &rest[1..];
                continue;
            }
        };
        let after = &rest[open.len()..];
        let end = after.find(close).ok_or_else(|| format!("Line {line}: there is no `{close}` to this."))?;
        let inside = &after[..end];
        let quotes = inside.matches('"').count() % 2 == 0 && inside.matches('\'').count() % 2 == 0;
        let plain = |c: char| c.is_alphanumeric() || " \t_.,|()'\"=!<>-".contains(c);
        if let Some(sign) = inside.chars().find(|c| !plain(*c)) {
            return Err(format!("Line {line}: {sign:?} has no place between braces."));
        }
        if !quotes || inside.chars().count() > LONGEST_TAG {
            return Err(format!("Line {line}: this is too long, or a quotation mark has no other."));
        }
        found.push(Piece { line, is_block, inside: inside.trim_matches('-').trim() });
        rest = &after[end + close.len()..];
    }
    Ok(found)
}

/// Refuse what could make a small text large before the parser sees it.
fn bounded(source: &str) -> Result<(), String> {
    let mut depth = 0_usize;
    for piece in pieces(source)?.iter().filter(|piece| piece.is_block) {
        let word = piece.inside.split_whitespace().next().unwrap_or_default();
        if !STATEMENTS.contains(&word) {
            return Err(format!("Line {}: there is no `{}`.", piece.line, word.chars().take(40).collect::<String>()));
        }
        match word {
            "if" | "for" => depth += 1,
            "endif" | "endfor" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            return Err(format!("Line {}: it is nested too deeply.", piece.line));
        }
    }
    Ok(())
}

/// Refuse variables, filters and tests that there are not.
fn known(source: &str, roles: &[&str]) -> Result<(), String> {
    let pieces = pieces(source)?;
    let mut bound: HashSet<&str> = HashSet::from(["loop"]);
    for piece in &pieces {
        let mut words = piece.inside.split_whitespace();
        if words.next() == Some("for") {
            bound.extend(piece.inside.trim_start_matches("for").split(" in ").next().unwrap_or_default().split(',').map(str::trim));
        }
    }
    for piece in &pieces {
        for (name, before) in names(piece.inside) {
            let root = name.split('.').next().unwrap_or_default();
            let fits = match before {
                '|' => FILTERS.contains(&name),
                '?' => TESTS.contains(&name),
                '=' => true,
                _ => bound.contains(root) || variables::is_known(name, roles),
            };
            if !fits {
                let what = if before == '|' { "filter" } else { "variable" };
                return Err(format!("Line {}: there is no {what} `{}`.", piece.line, name.chars().take(80).collect::<String>()));
            }
        }
    }
    Ok(())
}

/// The names in an expression, each with what stands before it: `|` of a filter, `?` of a test, else a blank.
fn names(inside: &str) -> Vec<(&str, char)> {
    let (mut found, mut quoted, mut start, mut before) = (Vec::new(), None, None, ' ');
    let mut ends = |from: usize, to: usize, before: &mut char| {
        let name = &inside[from..to];
        let is_number = name.starts_with(|c: char| c.is_ascii_digit());
        let word = WORDS.contains(&name);
        if !word && !is_number {
            found.push((name, *before));
        }
        // `is not none` is a test as well.
        *before = if name == "is" || name == "not" && *before == '?' { '?' } else { ' ' };
    };
    for (at, c) in inside.char_indices().chain([(inside.len(), ' ')]) {
        let in_name = quoted.is_none() && (c.is_alphanumeric() || c == '_' || c == '.');
        match (start, in_name) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                ends(from, at, &mut before);
                start = None;
            }
            _ => {}
        }
        match quoted {
            Some(quote) if c == quote => quoted = None,
            None if c == '"' || c == '\'' => quoted = Some(c),
            None if c == '|' => before = '|',
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod unit {
    use super::*;
    use serde_json::json;

    #[test]
    fn known_variables_are_filled_and_are_no_marks() {
        let context =
            json!({ "vendor": { "name": "Acme" }, "partner": { "name": "# **Evil** <b>" }, "contacts": [{ "name": "Jo" }, { "name": "Sam" }] });
        let source =
            "{{ vendor.name | upper }} and {{ partner.name }}{% for one in contacts %} {{ one.name }}{% if not loop.last %},{% endif %}{% endfor %}";
        assert_eq!(check(source, &[]), Ok(()));
        assert_eq!(fill(source, &context).as_deref(), Ok("ACME and \\# \\*\\*Evil\\*\\* \\<b\\> Jo, Sam"));
    }

    #[test]
    fn dates_and_money_are_written_in_the_language_of_the_agreement() {
        let facts = json!({ "since": "2026-07-01", "limit": { "amount": 1_250_000, "currency": "EUR" }, "name": "x" });
        let filled = |locale: &str, source: &str| fill(source, &json!({ "locale": locale, "partner": { "custom_fields": facts } }));
        let source = "{{ partner.custom_fields.since | date }} {{ partner.custom_fields.limit | money }}";
        assert_eq!(check(source, &[]), Ok(()));
        assert_eq!(filled("de", source).as_deref(), Ok("1\\. Juli 2026 12\\.500,00 €"));
        assert_eq!(filled("ar", source).as_deref(), Ok("1 يوليو 2026 \u{200f}12,500.00 €"));
        for hole in
            ["{{ partner.custom_fields.name | date }}", "{{ partner.custom_fields.since | money }}", "{{ partner.custom_fields.none | date }}"]
        {
            assert!(matches!(filled("de", hole), Err(Trouble::Unknown(_))), "{hole}");
        }
    }

    #[test]
    fn what_there_is_not_is_refused_by_its_line() {
        for (source, found) in [
            ("a\n{{ partner.nmae }}", "Line 2: there is no variable `partner.nmae`."),
            ("{{ signers.other.name }}", "Line 1: there is no variable `signers.other.name`."),
            ("{% if password %}x{% endif %}", "Line 1: there is no variable `password`."),
            ("{{ vendor.name | safe }}", "Line 1: there is no filter `safe`."),
            ("a\n\n{% set x = 1 %}", "Line 3: there is no `set`."),
            ("{{ 'x' * 100000000 }}", "Line 1: '*' has no place between braces."),
            ("{{ vendor.name ~ vendor.name }}", "Line 1: '~' has no place between braces."),
            ("{{ vendor.name", "Line 1: there is no `}}` to this."),
            ("{# x #}", "Line 1: there are no comments."),
            ("{{ range(10) }}", "Line 1: there is no variable `range`."),
            ("<b>{{ vendor.name }}</b>", "Line 1: there is no place for HTML in an agreement."),
        ] {
            assert_eq!(check(source, &["partner"]), Err(found.to_owned()), "{source}");
        }
    }

    #[test]
    fn an_endless_text_ends() {
        let nested = "{% for a in contacts %}{% for b in contacts %}{% for c in contacts %}x{% endfor %}{% endfor %}{% endfor %}";
        assert_eq!(check(nested, &[]), Err("Line 1: it takes too long.".into()));
        let long = format!("{{% for a in contacts %}}{}{{% endfor %}}", "x".repeat(10_000));
        assert!(check(&long, &[]).unwrap_err().contains("256 KiB"));
        assert!(check(&"{% if vendor.name %}".repeat(200), &[]).unwrap_err().contains("too deeply"));
        assert!(check(&format!("{{{{ {} }}}}", "(".repeat(5_000)), &[]).is_err());
    }

    #[test]
    fn what_is_not_known_leaves_no_hole() {
        let context = json!({ "partner": { "region": null, "custom_fields": {} } });
        for source in ["a\n{{ partner.region }}", "a\n{{ partner.custom_fields.address }}"] {
            assert_eq!(check(source, &[]), Ok(()), "{source}");
            assert!(matches!(fill(source, &context), Err(Trouble::Unknown(told)) if told.starts_with("Line 2")), "{source}");
        }
        let told = "{% if partner.custom_fields.address is defined %}{{ partner.custom_fields.address }}{% else %}-{% endif %}";
        assert_eq!((check(told, &[]), fill(told, &context)), (Ok(()), Ok("-".into())));
    }
}
