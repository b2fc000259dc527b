//! What is wrong with a rule, for the person who wrote it.

/// Why an expression, its facts or its evaluation was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct RuleError {
    /// Stable code, e.g. `rule.syntax`.
    pub code: &'static str,
    /// A sentence that says what to do.
    pub detail: String,
    /// Line of the source, from 1; absent when no one place is to blame.
    pub line: Option<u32>,
    /// Column of the source in characters, from 1.
    pub column: Option<u32>,
}

impl RuleError {
    /// The text is not an expression.
    pub const SYNTAX: &'static str = "rule.syntax";
    /// The text is longer than a rule may be.
    pub const TOO_LONG: &'static str = "rule.too_long";
    /// Brackets, calls or operators sit too deep inside one another.
    pub const TOO_DEEP: &'static str = "rule.too_deep";
    /// The expression could take too long to evaluate.
    pub const TOO_COMPLEX: &'static str = "rule.too_complex";
    /// A name that the facts do not have, or a function that rules do not have.
    pub const UNKNOWN_NAME: &'static str = "rule.unknown_name";
    /// A pattern of `matches` is not a literal, not a pattern, or too big.
    pub const BAD_PATTERN: &'static str = "rule.bad_pattern";
    /// The result, or an operand of `&&`, `||` or `!`, is not true or false.
    pub const NOT_BOOLEAN: &'static str = "rule.not_boolean";
    /// The facts are larger than rules may look at.
    pub const FACTS: &'static str = "rule.facts_too_large";
    /// Evaluation met a missing field, a wrong type, an overflow or a division by zero.
    pub const FAILED: &'static str = "rule.failed";

    /// An error that no one place of the source is to blame for.
    pub(super) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), line: None, column: None }
    }

    /// Point at the byte `at` of `source`.
    pub(super) fn located(mut self, source: &str, at: usize) -> Self {
        let before = source.get(..at).unwrap_or(source);
        let line = before.rsplit('\n').next().unwrap_or_default();
        self.line = u32::try_from(before.matches('\n').count() + 1).ok();
        self.column = u32::try_from(line.chars().count() + 1).ok();
        self
    }
}

/// An error and the byte of the source it is about.
pub(super) type At = (usize, RuleError);

/// Shorthand for an error at a byte of the source.
pub(super) fn refuse<T>(at: usize, code: &'static str, detail: impl Into<String>) -> Result<T, At> {
    Err((at, RuleError::new(code, detail)))
}

/// The beginning of somebody's text, to quote in a sentence.
pub(super) fn brief(text: &str) -> String {
    text.chars().take(80).collect()
}
