//! Text to tokens, in one loop. What this accepts, CEL's own lexer reads alike; the rest is refused here.

use super::error::{At, RuleError, refuse};
use super::limits;

/// One token of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'s> {
    Name(&'s str),
    /// Digits, kept as text because `-9223372036854775808` only fits with its sign.
    Int(&'s str),
    Uint(u64),
    Double(f64),
    Text(String),
    Symbol(&'static str),
    End,
}

/// A token and the byte it starts at.
pub(super) type Placed<'s> = (usize, Token<'s>);

/// Longest first, so that `<=` is not read as `<`.
const SYMBOLS: [&str; 22] = ["&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", ".", ",", "(", ")", "[", "]"];

/// Read all tokens; the last is `End`.
pub(super) fn tokens(source: &str) -> Result<Vec<Placed<'_>>, At> {
    if source.len() > limits::SOURCE_BYTES {
        let detail = format!("a rule holds at most {} bytes; split it into several rules", limits::SOURCE_BYTES);
        return refuse(0, RuleError::TOO_LONG, detail);
    }
    let mut found = Vec::new();
    let mut at = skip_blank(source, 0);
    while at < source.len() {
        if found.len() == limits::TOKENS {
            let detail = format!("a rule holds at most {} words and symbols; split it", limits::TOKENS);
            return refuse(at, RuleError::TOO_LONG, detail);
        }
        let (token, length) = next(source, at)?;
        found.push((at, token));
        at = skip_blank(source, at + length);
    }
    found.push((at, Token::End));
    Ok(found)
}

/// Step over blanks and `// comments`.
fn skip_blank(source: &str, mut at: usize) -> usize {
    loop {
        let rest = &source[at..];
        let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        at += rest.len() - trimmed.len();
        if !trimmed.starts_with("//") {
            return at;
        }
        at += trimmed.find('\n').unwrap_or(trimmed.len());
    }
}

/// The token at `at` and its length.
fn next(source: &str, at: usize) -> Result<(Token<'_>, usize), At> {
    let rest = &source[at..];
    let mut letters = rest.chars();
    let first = letters.next().unwrap_or(' ');
    let second = letters.next().unwrap_or(' ');
    match first {
        '"' | '\'' => text(rest, at, false),
        'r' | 'R' if matches!(second, '"' | '\'') => text(rest, at, true),
        'a'..='z' | 'A'..='Z' | '_' => Ok(name(rest)),
        '0'..='9' => number(rest, at),
        '.' if second.is_ascii_digit() => refuse(at, RuleError::SYNTAX, "write a digit before the point, as in 0.5"),
        '{' | '}' => refuse(at, RuleError::SYNTAX, "rules have no `{…}`; use lists and the facts' own fields"),
        _ => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            Some(symbol) => Ok((Token::Symbol(symbol), symbol.len())),
            _ => refuse(at, RuleError::SYNTAX, format!("{first:?} has no meaning here; remove it")),
        },
    }
}

fn name(rest: &str) -> (Token<'_>, usize) {
    let length = word(rest);
    let word = &rest[..length];
    (if word == "in" { Token::Symbol("in") } else { Token::Name(word) }, length)
}

fn word(rest: &str) -> usize {
    rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())
}

fn digits(rest: &str) -> usize {
    rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())
}

/// `12`, `12u`, `1.5`, `1e6`, `2.5e-3`.
fn number(rest: &str, at: usize) -> Result<(Token<'_>, usize), At> {
    let whole = digits(rest);
    let mut length = whole;
    if rest[length..].starts_with('.') && digits(&rest[length + 1..]) > 0 {
        length += 1 + digits(&rest[length + 1..]);
    }
    if rest[length..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[length + 1..].starts_with(['+', '-']));
        let power = digits(&rest[length + 1 + sign..]);
        length += if power > 0 { 1 + sign + power } else { 0 };
    }
    let unsigned = length == whole && rest[length..].starts_with(['u', 'U']);
    let token = match (&rest[..length], unsigned) {
        (digits, true) => digits.parse().ok().map(Token::Uint),
        (digits, false) if length == whole => Some(Token::Int(digits)),
        (digits, false) => digits.parse().ok().filter(|value: &f64| value.is_finite()).map(Token::Double),
    };
    length += usize::from(unsigned);
    if word(&rest[length..]) > 0 {
        return refuse(at, RuleError::SYNTAX, "this is not a number; write it like 12, 1.5 or 1e6");
    }
    match token {
        Some(token) => Ok((token, length)),
        None => refuse(at, RuleError::SYNTAX, "this number is too large"),
    }
}

/// `"…"`, `'…'` with escapes, `r"…"` without.
fn text(rest: &str, at: usize, raw: bool) -> Result<(Token<'_>, usize), At> {
    let open = usize::from(raw);
    let quote = rest[open..].chars().next().unwrap_or('"');
    if rest[open..].starts_with(if quote == '"' { "\"\"\"" } else { "'''" }) {
        return refuse(at, RuleError::SYNTAX, "rules have no triple quotes; use a single pair");
    }
    let mut value = String::new();
    let mut letters = rest[open + 1..].char_indices();
    while let Some((offset, letter)) = letters.next() {
        match letter {
            _ if letter == quote => return Ok((Token::Text(value), open + 1 + offset + 1)),
            '\\' if !raw => match escape(letters.as_str()) {
                Some((decoded, length)) => {
                    value.push(decoded);
                    letters.nth(length - 1);
                }
                None => {
                    let detail = "this escape is not known; write a backslash as \\\\ or use r\"…\"";
                    return refuse(at + open + 1 + offset, RuleError::SYNTAX, detail);
                }
            },
            '\n' | '\r' => break,
            _ if letter.is_control() && letter != '\t' => {
                let detail = "text holds no control characters; write an escape such as \\n";
                return refuse(at + open + 1 + offset, RuleError::SYNTAX, detail);
            }
            _ => value.push(letter),
        }
    }
    refuse(at, RuleError::SYNTAX, format!("this text is not closed; end it with {quote} on the same line"))
}

/// The character that follows a backslash means, and how many characters it took (all ASCII).
fn escape(rest: &str) -> Option<(char, usize)> {
    let simple = |c| Some((c, 1));
    match rest.chars().next()? {
        'a' => simple('\u{7}'),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\u{b}'),
        c @ ('\\' | '?' | '"' | '\'' | '`') => simple(c),
        'x' | 'X' => coded(rest, 1, 2, 16),
        'u' => coded(rest, 1, 4, 16),
        'U' => coded(rest, 1, 8, 16),
        '0'..='3' => coded(rest, 0, 3, 8),
        _ => None,
    }
}

fn coded(rest: &str, skip: usize, width: usize, radix: u32) -> Option<(char, usize)> {
    let code = rest.get(skip..skip + width).filter(|code| code.chars().all(|c| c.is_digit(radix)))?;
    Some((char::from_u32(u32::from_str_radix(code, radix).ok()?)?, skip + width))
}
