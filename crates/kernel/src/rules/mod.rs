//! Rules: `when` an expression holds, `then` an outcome. The expression is vendors' own text, so nothing here
//! trusts it: it is read by a parser that bounds its depth, charged for the work it could do at worst before it
//! is accepted, and evaluated over [`Facts`] of bounded size. No clock, no I/O, no loop inside a loop.
//!
//! # What a vendor may write
//!
//! A part of [CEL](https://cel.dev), the Common Expression Language, that is true or false:
//!
//! ```text
//! deal.amount.amount > 5000000 && partner.tier in ["gold", "platinum"]
//! customer.country in partner.territories
//! conflicts.exists(c, c.kind == "open_opportunity" && c.score >= 0.9)
//! has(customer.tax_id) && customer.tax_id.matches(r"^DE[0-9]{9}$")
//! timestamp(deal.expected_close) - timestamp(now) < duration("2160h") ? partner.tier == "gold" : size(conflicts) == 0
//! ```
//!
//! | | |
//! |---|---|
//! | values | `12`, `1.5`, `"text"`, `r"raw\d"`, `true`, `null`, lists of literals, paths such as `deal.amount.amount` or `conflicts[0].kind` |
//! | operators | `&&` `\|\|` `!`, `==` `!=` `<` `<=` `>` `>=` `in`, `+` `-` `*` `/` `%`, `a ? b : c` |
//! | texts | `contains`, `startsWith`, `endsWith`, `matches` (literal pattern), `size` |
//! | lists | `size`, `in`, `exists`, `all`, `exists_one`, `filter`, `map`: not inside one another |
//! | conversions | `int`, `double`, `string`, `timestamp`, `duration` (literal), `min`, `max` |
//! | times | `getFullYear`, `getMonth` (from 0), `getDate`, `getDayOfWeek` (Sunday is 0), `getHours`, `getMinutes`, `getSeconds`, at the offset the time is written with |
//!
//! # What to expect
//!
//! - Whole numbers in facts are 64-bit integers, others are doubles. Comparing the two, or with `5u`, compares
//!   their values: `1 == 1.0` and `5 < 5.5` (as doubles, exact up to 2^53). Arithmetic does not mix them: write `double(deal.amount.amount) * 0.5`.
//!   Overflow and division by zero of whole numbers are errors, never a wrong number.
//! - A fact that may be absent is asked for with `has(customer.tax_id)`, or given as `null` by the caller, which
//!   equals only `null`. Reading an absent field, or comparing `null < 5`, is an error.
//! - `a && b` is false when either is false, and `a || b` true when either is true, even if the other is an error.
//! - Any other error is `rule.failed`: the rule is *not decided*, and its caller must treat that as "a person
//!   decides", never as false.
//! - `now` is a fact if the caller gives it; there is no clock here.

mod error;
mod fact;
mod facts;
mod functions;
#[cfg(test)]
mod hostile;
mod lexer;
mod library;
pub mod limits;
mod narrow;
mod operand;
mod operands;
mod parser;
mod pattern;
mod piece;
#[cfg(test)]
mod tests;
mod value;

pub use error::RuleError;
pub use facts::Facts;
pub use operands::Join;

use cel::common::ast::IdedExpr;
use cel::common::types::CelBool;
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use cel::{ExecutionError, Value};
use error::brief;
use parser::Parser;
use pattern::Pattern;
use std::sync::Arc;

/// One compiled expression; cheap to clone.
#[derive(Debug, Clone)]
pub struct Expression(Arc<Inside>);

#[derive(Debug)]
struct Inside {
    source: String,
    tree: IdedExpr,
    patterns: Vec<Pattern>,
    reads: Vec<String>,
    steps: u64,
}

impl Expression {
    /// Compile `source`, which may use `variables` at top level, e.g. `["deal", "partner", "conflicts"]`.
    /// What is refused says where and why.
    pub fn compile(source: &str, variables: &[&str]) -> Result<Expression, RuleError> {
        let compiled = Inside::read(source, variables).map_err(|(at, error)| error.located(source, at))?;
        Ok(Expression(Arc::new(compiled)))
    }

    /// Whether it holds for these facts. An error means *not decided*: see the module's notes.
    pub fn holds(&self, facts: &Facts) -> Result<bool, RuleError> {
        let scope = Scope { facts, patterns: &self.0.patterns };
        let mut context = library::context();
        context.set_variable_resolver(&scope);
        let result = Value::resolve_val(&self.0.tree, &context).map_err(|error| failed(&error))?;
        match result.downcast_ref::<CelBool>() {
            Some(value) => Ok(*value.inner()),
            None => {
                let detail = format!("the rule gave a {} instead of true or false", result.get_type().name());
                Err(RuleError::new(RuleError::NOT_BOOLEAN, detail))
            }
        }
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The paths in the facts that it reads, e.g. `deal.amount.amount`, so that a decision can record what it saw.
    pub fn reads(&self) -> &[String] {
        &self.0.reads
    }

    /// The most work that one evaluation can take, in steps of at most 100 ns; never above [`limits::STEPS`].
    pub fn steps(&self) -> u64 {
        self.0.steps
    }
}

impl Inside {
    fn read(source: &str, variables: &[&str]) -> Result<Inside, error::At> {
        let mut parser = Parser::new(lexer::tokens(source)?, variables);
        let piece = parser.condition()?;
        let Parser { reads, patterns, .. } = parser;
        Ok(Inside { source: source.to_owned(), tree: piece.expr, patterns, reads: shortest(reads), steps: piece.steps })
    }
}

/// Sorted, without a path that a shorter one covers.
fn shortest(mut paths: Vec<String>) -> Vec<String> {
    paths.sort_by(|left, right| left.split('.').cmp(right.split('.')));
    paths.dedup_by(|next, kept| next.strip_prefix(kept.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')));
    paths
}

/// What the names in a tree stand for.
struct Scope<'f> {
    facts: &'f Facts,
    patterns: &'f [Pattern],
}

impl VariableResolver for Scope<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        match Pattern::number(variable) {
            Some(number) => self.patterns.get(number).map(|pattern| CowVal::Borrowed(pattern)),
            None => self.facts.get(variable).map(|fact| CowVal::Borrowed(fact.val())),
        }
    }
}

/// What went wrong, without the values: they may be large, or a rival's.
fn failed(error: &ExecutionError) -> RuleError {
    let detail = match error {
        ExecutionError::NoSuchKey(key) => format!("there is no `{}` in the facts; ask has(…) first", brief(key)),
        ExecutionError::UndeclaredReference(name) => format!("there is no `{}` in the facts", brief(name)),
        ExecutionError::NoSuchOverload(call) => {
            let types = call.argument_types().join(" and ");
            format!("`{}` cannot be applied to {types}", call.function().trim_matches(['_', '@']))
        }
        ExecutionError::UnsupportedBinaryOperator(name, ..) => {
            format!("`{name}` cannot be applied to these two; mixed numbers need int(…) or double(…)")
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "division by zero".to_owned(),
        ExecutionError::Overflow(..) => "the number is too large".to_owned(),
        ExecutionError::IndexOutOfBounds(_) => "the list has no element at this index".to_owned(),
        ExecutionError::UnexpectedType { got, want } => format!("expected {want}, found {got}"),
        ExecutionError::FunctionError { function, message } => format!("{function}: {}", brief(message)),
        _ => "the rule could not be evaluated on these facts".to_owned(),
    };
    RuleError::new(RuleError::FAILED, detail)
}
