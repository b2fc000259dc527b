//! Lists as they are published: read whole or not at all.
//!
//! A file that was cut off, or of which a line cannot be understood, is refused with the lines that are wrong; nothing of it is used.

mod countries;
mod ofac;
mod un;

pub use countries::country;
pub use ofac::ofac;
pub use un::un;

use crate::entry::{Birth, Entry, EntryName, Quality};
use serde::Serialize;

/// Entries that a list has at most.
pub const MOST_ENTRIES: usize = 200_000;
/// Names that an entry has at most; those beyond are refused.
const MOST_NAMES: usize = 300;
/// Characters of a name that are kept.
const LONGEST_NAME: usize = 400;
/// Characters of remarks that are kept.
const LONGEST_REMARKS: usize = 2_000;
/// Faults that are told.
const MOST_FAULTS: usize = 50;

/// Something that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Which file: `sdn`, `alt`, `add` or `xml`.
    pub file: &'static str,
    /// The line, counted from 1.
    pub line: u64,
    /// A stable code.
    pub code: &'static str,
    /// A sentence.
    pub detail: String,
}

impl Fault {
    fn new(file: &'static str, line: u64, code: &'static str, detail: impl Into<String>) -> Self {
        Self { file, line, code, detail: detail.into() }
    }
}

/// Add a name, unless the entry has it already.
fn add_name(entry: &mut Entry, text: &str, quality: Quality) -> bool {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_NAME).collect();
    if !text.chars().any(char::is_alphanumeric) || entry.names.iter().any(|name| name.text == text) {
        return true;
    }
    entry.names.push(EntryName { text, quality });
    entry.names.len() <= MOST_NAMES
}

/// Add a country by its published name; one that is not known is left out.
fn add_country(entry: &mut Entry, name: &str) {
    if let Some(code) = country(name)
        && !entry.countries.iter().any(|known| known == code)
    {
        entry.countries.push(code.to_owned());
    }
}

fn add_birth(entry: &mut Entry, birth: Option<Birth>) {
    if let Some(birth) = birth
        && !entry.births.contains(&birth)
    {
        entry.births.push(birth);
    }
}

fn year(text: &str) -> Option<i32> {
    (text.len() == 4).then(|| text.parse().ok()).flatten().filter(|year| (1800..=2200).contains(year))
}
