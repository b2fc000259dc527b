//! Patterns of `matches`: compiled with the rule, bounded in size, matched in linear time.

use super::limits;
use cel::common::types::Type;
use cel::common::value::{StaticVal, Val};
use regex::{Regex, RegexBuilder};
use std::any::Any;

/// A compiled pattern, as a value that an expression can hold but not write.
#[derive(Debug, Clone)]
pub(super) struct Pattern(Regex);

/// The type under which `matches` accepts patterns, and nothing else does.
pub(super) const PATTERN_TYPE: Type = Type::new_unspecified_type("prm.pattern");
static TYPE: Type = PATTERN_TYPE;

impl Pattern {
    /// Compile, or say what is wrong.
    pub fn compile(text: &str) -> Result<Self, String> {
        let built = RegexBuilder::new(text).size_limit(limits::PATTERN_SIZE).dfa_size_limit(1 << 20).nest_limit(16).build();
        built.map(Pattern).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "this pattern is too big: repeat less, and write [A-Za-z0-9_] for \\w, [0-9] for \\d".to_owned(),
            _ => "this is not a regular expression; check its brackets and repetitions".to_owned(),
        })
    }

    /// The name of the pattern `number` in the tree; `@` cannot be written in a rule.
    pub fn name(number: usize) -> String {
        format!("@{number}")
    }

    /// The number behind such a name.
    pub fn number(name: &str) -> Option<usize> {
        name.strip_prefix('@')?.parse().ok()
    }

    /// Whether `text` matches; `None` when it is too long to look at.
    pub fn matches(&self, text: &str) -> Option<bool> {
        (text.len() <= limits::MATCHED_BYTES).then(|| self.0.is_match(text))
    }
}

impl Val for Pattern {
    fn get_type(&self) -> &Type {
        &TYPE
    }

    fn cel_type() -> &'static Type {
        &TYPE
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Pattern {}
