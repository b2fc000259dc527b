//! The list of Specially Designated Nationals of the OFAC, as three CSV files: SDN, ALT (other names) and ADD (addresses).
//!
//! A file without a header; `-0-` stands for nothing. Weak names, dates of birth and nationalities stand in the remarks of SDN.

use super::{Fault, LONGEST_REMARKS, MOST_ENTRIES, MOST_FAULTS, add_birth, add_country, add_name, year};
use crate::entry::{Birth, Entry, EntryKind, Quality};
use csv::{ByteRecord, ReaderBuilder};
use rustc_hash::FxHashMap;

/// Read the three files; all that is wrong with them if anything is. ALT and ADD may be empty.
pub fn ofac(sdn: &[u8], alt: &[u8], add: &[u8]) -> Result<Vec<Entry>, Vec<Fault>> {
    let mut files = Files::default();
    files.read("sdn", sdn, 12, Files::entry);
    if files.entries.is_empty() && files.faults.is_empty() {
        files.faults.push(Fault::new("sdn", 1, "empty", "The file names nobody."));
    }
    files.read("alt", alt, 5, Files::other_name);
    files.read("add", add, 6, Files::address);
    if files.faults.is_empty() { Ok(files.entries) } else { Err(files.faults) }
}

#[derive(Default)]
struct Files {
    entries: Vec<Entry>,
    by_id: FxHashMap<String, usize>,
    faults: Vec<Fault>,
}

impl Files {
    fn fault(&mut self, file: &'static str, line: u64, code: &'static str, detail: impl Into<String>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault::new(file, line, code, detail));
        }
    }

    fn read(&mut self, file: &'static str, bytes: &[u8], columns: usize, take: fn(&mut Self, u64, &[String])) {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        // The publisher ends its files with the end-of-file mark of old systems.
        let bytes = bytes.trim_ascii_end();
        let bytes = bytes.strip_suffix(b"\x1a").unwrap_or(bytes).trim_ascii_end();
        if bytes.is_empty() {
            return;
        }
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        let quotes = bytes.iter().filter(|byte| **byte == b'"').count();
        // Copies are about that lack the last letters of the last sign for nothing, and so lack nothing.
        let ends = [&b"\""[..], b"-0-", b",-0"].iter().any(|end| bytes.ends_with(end));
        if quotes % 2 != 0 || !ends {
            return self.fault(file, lines, "truncated", "The file ends in the middle of a row: it was cut off.");
        }
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let (mut record, mut cells) = (ByteRecord::new(), Vec::with_capacity(columns));
        loop {
            let line = reader.position().line();
            match reader.read_byte_record(&mut record) {
                Ok(false) => return,
                Ok(true) if record.len() != columns => {
                    self.fault(file, line, "columns", format!("The row has {} columns instead of {columns}.", record.len()));
                }
                Ok(true) => {
                    cells.clear();
                    cells.extend(record.iter().map(cell));
                    take(self, line, &cells);
                }
                Err(cause) => return self.fault(file, line, "csv", format!("The row cannot be read: {cause}.")),
            }
        }
    }

    fn entry(&mut self, line: u64, cells: &[String]) {
        let id = cells[0].trim();
        if id.is_empty() || id.len() > 20 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.fault("sdn", line, "id", "The row does not begin with the number of an entry.");
        }
        let kind = match cells[2].trim().to_ascii_lowercase().as_str() {
            "individual" => EntryKind::Person,
            "vessel" => EntryKind::Vessel,
            "aircraft" => EntryKind::Aircraft,
            "" | "entity" => EntryKind::Entity,
            _ => return self.fault("sdn", line, "type", "The third column is no type of entry."),
        };
        let mut entry = Entry {
            id: id.to_owned(),
            kind,
            names: Vec::new(),
            programmes: programmes(&cells[3]),
            births: Vec::new(),
            countries: Vec::new(),
            remarks: None,
        };
        add_name(&mut entry, &cells[1], Quality::Primary);
        if entry.names.is_empty() {
            return self.fault("sdn", line, "name", "The entry has no name.");
        }
        add_country(&mut entry, &cells[9]);
        remarks(&mut entry, &cells[11]);
        if self.entries.len() >= MOST_ENTRIES {
            return self.fault("sdn", line, "too_many", format!("A list has at most {MOST_ENTRIES} entries."));
        }
        if self.by_id.insert(entry.id.clone(), self.entries.len()).is_some() {
            return self.fault("sdn", line, "repeated", format!("Entry {id} comes twice."));
        }
        self.entries.push(entry);
    }

    /// The entry that a row of ALT or ADD belongs to. One that is not there means that SDN was cut off, or is of another day.
    fn of(&mut self, file: &'static str, line: u64, id: &str) -> Option<usize> {
        let found = self.by_id.get(id.trim()).copied();
        if found.is_none() {
            let shown: String = id.trim().chars().take(20).collect();
            self.fault(file, line, "no_such_entry", format!("The row belongs to entry {shown}, which the SDN file does not have."));
        }
        found
    }

    fn other_name(&mut self, line: u64, cells: &[String]) {
        let Some(at) = self.of("alt", line, &cells[0]) else { return };
        let weak = cells[4].to_ascii_lowercase().contains("weak");
        if !add_name(&mut self.entries[at], &cells[3], if weak { Quality::Weak } else { Quality::Strong }) {
            self.fault("alt", line, "too_many_names", "The entry has too many names.");
        }
    }

    fn address(&mut self, line: u64, cells: &[String]) {
        let Some(at) = self.of("add", line, &cells[0]) else { return };
        add_country(&mut self.entries[at], &cells[4]);
    }
}

/// A cell as text: UTF-8, or else Latin-1, in which older files are published. `-0-` is nothing.
fn cell(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|byte| char::from(*byte)).collect(), str::to_owned);
    if matches!(text.trim(), "-0-" | "-0") { String::new() } else { text }
}

fn programmes(text: &str) -> Vec<String> {
    text.split([']', '[', ';']).map(str::trim).filter(|one| !one.is_empty()).map(|one| one.chars().take(100).collect()).collect()
}

fn remarks(entry: &mut Entry, text: &str) {
    for name in weak_names(text) {
        add_name(entry, name, Quality::Weak);
    }
    for fact in text.split(';').map(|fact| fact.trim().trim_end_matches('.')) {
        let fact = fact.strip_prefix("alt. ").unwrap_or(fact);
        if let Some(when) = fact.strip_prefix("DOB ") {
            add_birth(entry, birth(when));
        } else if let Some(country) = fact.strip_prefix("nationality ").or_else(|| fact.strip_prefix("citizen ")) {
            add_country(entry, country);
        }
    }
    entry.remarks = Some(text.trim()).filter(|text| !text.is_empty()).map(|text| text.chars().take(LONGEST_REMARKS).collect());
}

/// What stands behind `a.k.a. '` up to `';`, `'.` or the end; a name may hold an apostrophe itself.
fn weak_names(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for part in text.split("k.a. '").skip(1) {
        let end = ["';", "'."].iter().filter_map(|end| part.find(end)).min().or_else(|| part.rfind('\''));
        found.extend(end.map(|end| &part[..end]));
    }
    found
}

/// `17 Feb 1974`, `Feb 1974`, `1974`, `circa 1974`, `1970 to 1974`, `circa 1970-1974`.
fn birth(text: &str) -> Option<Birth> {
    let circa = text.contains("circa");
    let words: Vec<&str> = text.split([' ', '-', ',']).filter(|word| !word.is_empty()).collect();
    let years: Vec<i32> = words.iter().filter_map(|word| year(word)).collect();
    let (from, to) = (*years.iter().min()?, *years.iter().max()?);
    let month = words.iter().find_map(|word| month(word));
    let day = words.iter().filter(|word| word.len() <= 2).find_map(|word| word.parse::<u8>().ok()).filter(|day| (1..=31).contains(day));
    Some(match (years.len(), day, month, circa) {
        (1, Some(day), Some(month), false) => Birth::on(from, month, day),
        (.., true) => Birth::within(from - 1, to + 1),
        _ => Birth::within(from, to),
    })
}

fn month(word: &str) -> Option<u8> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let word = word.to_ascii_lowercase();
    (word.len() >= 3).then(|| MONTHS.iter().position(|month| word.starts_with(month))).flatten().map(|at| at as u8 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDN: &str = "1,\"DOE, John\",\"individual\",\"SDGT\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB 17 Feb 1974; alt. DOB circa 1970; nationality Yemen; a.k.a. 'ABU AL-SAN'AI'; a.k.a. 'JD'.\"\r\n\
        2,\"ACME TRADING\",-0- ,\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n\x1a";

    #[test]
    fn the_three_files_become_entries() {
        let entries = ofac(SDN.as_bytes(), b"2,9,\"aka\",\"ACME COMERCIAL\",-0- \n", b"2,8,-0- ,\"Havana\",\"Cuba\",-0- ").unwrap();
        let names: Vec<_> = entries[0].names.iter().map(|name| (name.text.as_str(), name.quality)).collect();
        assert_eq!(names, [("DOE, John", Quality::Primary), ("ABU AL-SAN'AI", Quality::Weak), ("JD", Quality::Weak)]);
        assert_eq!(entries[0].births, [Birth::on(1974, 2, 17), Birth::within(1969, 1971)]);
        assert_eq!((entries[0].countries.as_slice(), entries[1].countries.as_slice()), (&["YE".to_owned()][..], &["CU".to_owned()][..]));
        assert_eq!((entries[1].names.len(), entries[1].names[1].quality), (2, Quality::Strong));
    }

    #[test]
    fn what_was_cut_off_is_refused_with_its_line() {
        let codes = |sdn: &str, alt: &str| -> Vec<_> {
            ofac(sdn.as_bytes(), alt.as_bytes(), b"").unwrap_err().into_iter().map(|fault| (fault.file, fault.line, fault.code)).collect()
        };
        let whole = SDN.trim_end_matches('\u{1a}').trim_end();
        assert_eq!(codes(&whole[..whole.len() - 2], ""), [("sdn", 2, "truncated")]);
        assert_eq!(codes(whole, "3,1,\"aka\",\"X Y\",-0- "), [("alt", 1, "no_such_entry")]);
        assert_eq!(codes("1,\"A\",-0-", ""), [("sdn", 1, "columns")]);
        assert_eq!(codes(&format!("{whole}\n{whole}"), "").len(), 2);
        assert_eq!(codes("", ""), [("sdn", 1, "empty")]);
    }
}
