//! What vendors may call and how operators combine: everything else is refused by name.

use super::error::{At, RuleError, brief, refuse};
use super::lexer::Token;
use super::library;
use super::limits;
use super::pattern::Pattern;
use super::piece::{Kind, LOOPS, Piece};
use cel::common::ast::{Expr, LiteralValue, operators};

/// Functions of the form `size(x)`.
const GLOBALS: [&str; 9] = ["has", "size", "int", "double", "string", "timestamp", "duration", "min", "max"];

/// Functions of the form `x.contains(y)`.
const METHODS: [&str; 5] = ["size", "contains", "startsWith", "endsWith", "matches"];

/// Parts of a timestamp, or of a duration, as `x.getHours()`.
const PARTS: [&str; 7] = ["getFullYear", "getMonth", "getDate", "getDayOfWeek", "getHours", "getMinutes", "getSeconds"];

/// `left symbol right`, true or false.
pub(super) fn compare(symbol: &str, left: Piece, right: Piece, at: usize) -> Result<Piece, At> {
    let name = operators::find_operator(symbol).unwrap_or(operators::EQUALS);
    let shorter = left.bytes.min(right.bytes) / 1024;
    let (pair, extra) = match (symbol, left.kind, right.kind) {
        ("in", _, Kind::List(count)) => (vec![left, right], 2 + count / 4),
        ("in", _, Kind::Any) => (vec![left, right], 60),
        ("in", ..) => return refuse(right.at, RuleError::SYNTAX, "`in` looks into a list; write one after it"),
        // `cel` asks the left side whether it equals the right one, and only our lists know literal ones.
        ("==" | "!=", Kind::List(count), Kind::Any) => (vec![right, left], count),
        ("==" | "!=", _, Kind::List(count)) => (vec![left, right], count),
        ("==" | "!=", ..) => (vec![left, right], shorter),
        (_, Kind::List(_), _) | (_, _, Kind::List(_)) => {
            return refuse(at, RuleError::SYNTAX, "lists have no order; compare their size()");
        }
        _ => (vec![left, right], 4 + shorter),
    };
    Piece::call(name, pair, Kind::Bool, 0, extra, at)
}

/// `left symbol right`, a value.
pub(super) fn calculate(symbol: &str, left: Piece, right: Piece, at: usize) -> Result<Piece, At> {
    let name = operators::find_operator(symbol).unwrap_or(operators::ADD);
    for side in [&left, &right] {
        if matches!(side.kind, Kind::Bool | Kind::List(_)) {
            return refuse(side.at, RuleError::SYNTAX, format!("`{symbol}` takes numbers, texts, times or durations"));
        }
    }
    let (kind, bytes) = match (left.kind, right.kind) {
        (Kind::Number, _) | (_, Kind::Number) => (Kind::Number, 0),
        (Kind::Text, _) | (_, Kind::Text) => (Kind::Text, left.bytes + right.bytes),
        _ => (Kind::Other, left.bytes + right.bytes),
    };
    // A failing operator copies both texts into its error, so every operator is charged for them.
    Piece::call(name, vec![left, right], kind, bytes, 4 + bytes / 128, at)
}

/// A number as written, with its sign.
pub(super) fn number(token: &Token<'_>, negative: bool, at: usize) -> Result<Piece, At> {
    let value = match token {
        Token::Int(digits) => {
            let signed = format!("{}{digits}", if negative { "-" } else { "" });
            signed.parse::<i64>().ok().map(|value| LiteralValue::Int(value.into()))
        }
        Token::Uint(value) => Some(LiteralValue::UInt((*value).into())),
        Token::Double(value) => Some(LiteralValue::Double(if negative { -value } else { *value }.into())),
        _ => None,
    };
    match value {
        Some(value) => Ok(Piece::literal(value, at)),
        None => refuse(at, RuleError::SYNTAX, "this number is too large; whole numbers have 64 bits"),
    }
}

/// The text of a literal, if it is one.
pub(super) fn literal_text(piece: &Piece) -> Option<&str> {
    match &piece.expr.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

/// `[a, b, c]`, of literals only: copying facts into lists would cost what no cap bounds.
pub(super) fn list(items: Vec<Piece>, at: usize) -> Result<Piece, At> {
    match items.iter().find(|item| !matches!(item.expr.expr, Expr::Literal(_))) {
        Some(item) => refuse(item.at, RuleError::SYNTAX, "a list holds literals only; compare facts with == and ||"),
        None => Ok(Piece::list(items, at)),
    }
}

/// `name(args)`.
pub(super) fn global(name: &str, args: Vec<Piece>, at: usize) -> Result<Piece, At> {
    let bytes = args.iter().map(|arg| arg.bytes).max().unwrap_or(0);
    let numbers = args.iter().all(|arg| arg.kind == Kind::Number);
    let call = |args, kind, bytes, extra| Piece::call(name, args, kind, bytes, extra, at);
    match (name, args.len()) {
        ("size", 1) => call(args, Kind::Number, 0, 4 + bytes / 256),
        ("int" | "double", 1) => call(args, Kind::Number, 0, 4 + bytes / 64),
        ("string", 1) => call(args, Kind::Text, bytes.max(64), 4 + bytes / 512),
        ("min" | "max", 2) => call(args, if numbers { Kind::Number } else { Kind::Any }, bytes, 4),
        ("duration", 1) if literal_text(&args[0]).is_none() => {
            refuse(args[0].at, RuleError::SYNTAX, "duration takes a literal, as in duration(\"720h\")")
        }
        ("duration" | "timestamp", 1) => moment(name, args, at),
        _ if GLOBALS.contains(&name) => {
            let count = if matches!(name, "min" | "max") { "two arguments" } else { "one argument" };
            refuse(at, RuleError::SYNTAX, format!("{name} takes {count}"))
        }
        _ if METHODS.contains(&name) || LOOPS.contains(&name) => {
            refuse(at, RuleError::UNKNOWN_NAME, format!("write it after the value, as in value.{name}(…)"))
        }
        _ => unknown(name, at),
    }
}

/// A time or a span; a literal one is read now, so that a bad one never reaches a decision.
fn moment(name: &str, args: Vec<Piece>, at: usize) -> Result<Piece, At> {
    let literal = literal_text(&args[0]).is_some();
    let piece = Piece::call(name, args, Kind::Other, 0, 8, at)?;
    if literal && !library::works(&piece.expr) {
        let example = if name == "duration" { "duration(\"720h\")" } else { "timestamp(\"2026-01-31T00:00:00Z\")" };
        return refuse(at, RuleError::SYNTAX, format!("this cannot be read; write it like {example}"));
    }
    Ok(piece)
}

/// `target.name(args)`.
pub(super) fn method(name: &str, target: Piece, args: Vec<Piece>, at: usize, patterns: &mut Vec<Pattern>) -> Result<Piece, At> {
    let bytes = target.bytes;
    match (name, args.len()) {
        ("size", 0) => target.method(name, args, Kind::Number, 4 + bytes / 256, at),
        ("contains", 1) => target.method(name, args, Kind::Bool, 4 + bytes / 64, at),
        ("startsWith" | "endsWith", 1) => target.method(name, args, Kind::Bool, 4 + bytes / 1024, at),
        ("matches", 1) => matches(target, &args[0], at, patterns),
        _ if PARTS.contains(&name) && args.is_empty() => target.method(name, args, Kind::Number, 4, at),
        _ if METHODS.contains(&name) || PARTS.contains(&name) => {
            let count = if name == "size" || PARTS.contains(&name) { "no argument" } else { "one argument" };
            refuse(at, RuleError::SYNTAX, format!("{name} takes {count}"))
        }
        _ => unknown(name, at),
    }
}

/// `target.matches("pattern")`: the pattern is compiled here, once, and the tree holds its number.
fn matches(target: Piece, pattern: &Piece, at: usize, patterns: &mut Vec<Pattern>) -> Result<Piece, At> {
    let Some(text) = literal_text(pattern) else {
        return refuse(pattern.at, RuleError::BAD_PATTERN, "matches takes a literal pattern, as in r\"^[A-Z]{2}$\"");
    };
    if text.len() > limits::PATTERN_BYTES {
        let detail = format!("a pattern has at most {} bytes; use contains or startsWith", limits::PATTERN_BYTES);
        return refuse(pattern.at, RuleError::BAD_PATTERN, detail);
    }
    let compiled = Pattern::compile(text).map_err(|detail| (pattern.at, RuleError::new(RuleError::BAD_PATTERN, detail)))?;
    let name = Pattern::name(patterns.len());
    patterns.push(compiled);
    let pattern = Piece::variable(&name, pattern.at, 0, None);
    target.method("matches", vec![pattern], Kind::Bool, 100, at)
}

fn unknown<T>(name: &str, at: usize) -> Result<T, At> {
    let known = [&GLOBALS[..], &METHODS[1..], &LOOPS, &PARTS].concat().join(", ");
    refuse(at, RuleError::UNKNOWN_NAME, format!("there is no function `{}`; a rule can use: {known}", brief(name)))
}
