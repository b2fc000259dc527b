//! Filters (RFC 7644 §3.4.2.2): read into a tree, evaluated on a resource, or turned into SQL.

mod eval;
mod parse;
pub mod sql;

pub use eval::{holds, holds_of_value};
pub use parse::{parse, parse_path};

use serde_json::Value;

/// Longer filters and paths are refused unread.
pub const LONGEST: usize = 4_096;
/// Filters that nest deeper are refused.
pub const DEEPEST: usize = 16;
/// Filters with more comparisons are refused.
pub const WIDEST: usize = 64;

/// The name of an attribute as it stands in a filter or path: `urn:…:User:name.givenName`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The schema's URI, if it was written.
    pub uri: Option<String>,
    /// The attribute; empty if only a URI was written.
    pub attribute: String,
    /// The part of it.
    pub part: Option<String>,
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Begins with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
}

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// The attribute has a value.
    Present(Name),
    /// The attribute compares like this.
    Compare(Name, Operator, Value),
    /// One value of the attribute satisfies all that is in the brackets: `emails[type eq "work"]`.
    Some(Name, Box<Filter>),
    /// Both hold.
    And(Box<Filter>, Box<Filter>),
    /// One holds at least.
    Or(Box<Filter>, Box<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
}

/// Where a PATCH operation works: `members[value eq "…"].display`.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// The attribute, and the part of it if one was named.
    pub name: Name,
    /// Which of its values.
    pub filter: Option<Filter>,
}
