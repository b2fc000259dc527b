//! What a list names, and who is looked for in it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of thing an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A human being.
    Person,
    /// A company, a bank, a group.
    Entity,
    /// A ship.
    Vessel,
    /// An aircraft.
    Aircraft,
}

/// How good a name is, as the list says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// The name under which it is listed.
    Primary,
    /// Another name by which it is well known.
    Strong,
    /// A nickname or the like, shared by many.
    Weak,
}

/// A name of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryName {
    /// As published.
    pub text: String,
    /// How good it is.
    pub quality: Quality,
}

/// When somebody was born, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Birth {
    /// The first year that it may be.
    pub from: i32,
    /// The last.
    pub to: i32,
    /// The month, 1 to 12.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<u8>,
    /// The day of the month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<u8>,
}

impl Birth {
    /// A day.
    pub fn on(year: i32, month: u8, day: u8) -> Self {
        Self { from: year, to: year, month: Some(month), day: Some(day) }
    }

    /// A year, or some years.
    pub fn within(from: i32, to: i32) -> Self {
        Self { from, to, month: None, day: None }
    }
}

impl fmt::Display for Birth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.month, self.day) {
            (Some(month), Some(day)) if self.from == self.to => write!(f, "{}-{month:02}-{day:02}", self.from),
            _ if self.from == self.to => write!(f, "{}", self.from),
            _ => write!(f, "{} to {}", self.from, self.to),
        }
    }
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id, as published.
    pub id: String,
    /// What it is.
    pub kind: EntryKind,
    /// Its names, the primary one first.
    pub names: Vec<EntryName>,
    /// The programmes under which it is listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programmes: Vec<String>,
    /// Dates of birth.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub births: Vec<Birth>,
    /// Countries of nationality, citizenship, flag and address (ISO 3166-1 alpha-2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    /// What else is published of it, cut short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
}

/// Who is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A human being.
    Person,
    /// A company: looked for among entities, and among persons whose very name it bears.
    Organisation,
    /// A ship.
    Vessel,
    /// An aircraft.
    Aircraft,
    /// It is not known what: looked for everywhere.
    Any,
}

/// Who is looked for, by what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What kind.
    pub kind: SubjectKind,
    /// The name.
    pub name: String,
    /// When they were born.
    pub birth: Option<Birth>,
    /// Countries that they are of (ISO 3166-1 alpha-2).
    pub countries: Vec<String>,
}

impl Subject {
    /// A subject of whom nothing but a name is known.
    pub fn named(kind: SubjectKind, name: &str) -> Self {
        Self { kind, name: name.to_owned(), birth: None, countries: Vec::new() }
    }
}
