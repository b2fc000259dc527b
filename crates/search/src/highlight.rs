//! What of a text was found. Pure.

use crate::query::Query;
use crate::score;
use crate::words;
use serde::Serialize;
use utoipa::ToSchema;

/// A part of a text.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SearchPart {
    /// The part, as it is written there. Plain text: escape it as any other.
    pub text: String,
    /// Whether it was found.
    pub found: bool,
}

/// `text` in parts, if any of it fits the query.
pub fn of(query: &Query, text: &str) -> Option<Vec<SearchPart>> {
    let whole = words::key(text);
    if whole.is_some() && whole == query.key {
        return Some(vec![SearchPart { text: text.to_owned(), found: true }]);
    }
    let mut parts: Vec<SearchPart> = Vec::new();
    for piece in pieces(text) {
        for (text, found) in marked(query, piece) {
            match parts.last_mut() {
                Some(last) if last.found == found => last.text.push_str(text),
                _ => parts.push(SearchPart { text: text.to_owned(), found }),
            }
        }
    }
    parts.iter().any(|part| part.found).then_some(parts)
}

/// Words, and what stands between them.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let is_word = rest.chars().next()?.is_alphanumeric();
        let end = rest.find(|c: char| c.is_alphanumeric() != is_word).unwrap_or(rest.len());
        let (piece, more) = rest.split_at(end);
        rest = more;
        Some(piece)
    })
}

/// The piece, with what of it was found: the typed letters where they are to be seen in it, else all of it.
fn marked<'a>(query: &Query, piece: &'a str) -> Vec<(&'a str, bool)> {
    let Some(word) = words::words(piece).into_iter().next() else { return vec![(piece, false)] };
    let fitting = query.words.iter().filter_map(|typed| score::fit(typed, &word).map(|fit| (fit, typed))).max();
    let Some((_, typed)) = fitting else { return vec![(piece, false)] };
    match word.find(typed.as_str()) {
        Some(at) if piece.is_ascii() && piece.len() == word.len() => {
            let (before, rest) = piece.split_at(at);
            let (held, after) = rest.split_at(typed.len());
            [(before, false), (held, true), (after, false)].into_iter().filter(|(text, _)| !text.is_empty()).collect()
        }
        _ => vec![(piece, true)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(typed: &str, text: &str) -> Option<String> {
        let parts = of(&Query::of(typed).unwrap(), text)?;
        Some(parts.iter().map(|part| if part.found { format!("[{}]", part.text) } else { part.text.clone() }).collect())
    }

    #[test]
    fn what_was_typed_is_marked() {
        assert_eq!(marks("fab", "Fabrikam & Co").as_deref(), Some("[Fab]rikam & Co"));
        assert_eq!(marks("fabirkam", "Fabrikam & Co").as_deref(), Some("[Fabrikam] & Co"));
        assert_eq!(marks("muller", "Müller, Söhne").as_deref(), Some("[Müller], Söhne"));
        assert_eq!(marks("xyz", "Fabrikam"), None);
        assert_eq!(marks("de123", "DE 123").as_deref(), Some("[DE 123]"));
    }
}
