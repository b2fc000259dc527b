//! The sides of a rule's outermost `&&` or `||`, each an expression of its own: so that somebody can be told which one decided.

use super::Expression;
use super::lexer::{self, Token};

/// How the sides of an expression are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// By `&&`: one that does not hold decides.
    All,
    /// By `||`: one that holds decides.
    Any,
}

impl Expression {
    /// The sides of the outermost `||`, or else `&&`, in order; `None` for an expression that is neither. `variables` are those it was compiled with.
    pub fn operands(&self, variables: &[&str]) -> Option<(Join, Vec<Expression>)> {
        let source = self.source();
        let (mut depth, mut either, mut both) = (0_usize, Vec::new(), Vec::new());
        for (at, token) in lexer::tokens(source).ok()? {
            let Token::Symbol(symbol) = token else { continue };
            match symbol {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                // The weakest of all: what it chooses between are no sides.
                "?" if depth == 0 => return None,
                "||" if depth == 0 => either.push(at),
                "&&" if depth == 0 => both.push(at),
                _ => {}
            }
        }
        let (join, places) = if either.is_empty() { (Join::All, both) } else { (Join::Any, either) };
        if places.is_empty() {
            return None;
        }
        let starts = std::iter::once(0).chain(places.iter().map(|at| at + 2));
        let ends = places.iter().copied().chain([source.len()]);
        let sides = starts.zip(ends).map(|(start, end)| Expression::compile(source[start..end].trim(), variables));
        Some((join, sides.collect::<Result<_, _>>().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(source: &str) -> Option<(Join, Vec<String>)> {
        let (join, sides) = Expression::compile(source, &["a", "b", "c"]).unwrap().operands(&["a", "b", "c"])?;
        Some((join, sides.iter().map(|side| side.source().to_owned()).collect()))
    }

    #[test]
    fn the_outermost_sides_are_found_and_no_others() {
        assert_eq!(sides("a == 1 && (b == 2 || c == 3)"), Some((Join::All, vec!["a == 1".into(), "(b == 2 || c == 3)".into()])));
        assert_eq!(sides("a == 1 && b == 2 || c == 3"), Some((Join::Any, vec!["a == 1 && b == 2".into(), "c == 3".into()])));
        assert_eq!(
            sides("a == '&& ||' && b in ['||'] // a || b\n && c"),
            Some((Join::All, vec!["a == '&& ||'".into(), "b in ['||'] // a || b".into(), "c".into()]))
        );
        assert_eq!(sides("a.exists(x, x == 1 && x != 2)"), None);
        assert_eq!(sides("a ? b && c : c"), None);
        assert_eq!(sides("a == 1"), None);
    }
}
