//! Splits a file into records, one at a time, from any place where a record begins.
//!
//! The `csv` crate is not used for reading: an import resumes at an exact byte, and where a quote is wrong it refuses the
//! row and goes on at the next line, rather than take the rest of the file for one cell. (A test holds it against that crate.)

use super::types::{ImportFormat, ImportOptions};
use kernel::problem::FieldError;
use serde_json::{Map, Value};

/// The longest row, in bytes. Whoever calls [`next`] offers more bytes than this, or all that are left.
pub const MAX_ROW: usize = 64 << 10;
/// The most columns of a row.
pub const MAX_COLUMNS: usize = 1_000;

/// A record that could be split.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// An empty line.
    Blank,
    /// The cells of a CSV row.
    Cells(Vec<String>),
    /// The members of a JSON object.
    Members(Map<String, Value>),
}

/// What stands at the beginning of some bytes.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// A record, or why there is none, and the bytes up to the next one.
    Record(Result<Record, FieldError>, usize),
    /// A record that is longer than these bytes and cannot be taken: go on after the next line break.
    Endless(FieldError),
    /// More bytes are needed to tell.
    More,
    /// Nothing is left.
    End,
}

/// Read the record at the beginning of `bytes`; `last` says that the file ends with them.
pub fn next(bytes: &[u8], last: bool, format: ImportFormat, options: &ImportOptions) -> Next {
    if bytes.is_empty() {
        return if last { Next::End } else { Next::More };
    }
    match format {
        ImportFormat::Csv => csv_record(bytes, last, options.delimiter.byte()),
        ImportFormat::Ndjson => json_record(bytes, last),
    }
}

/// Where the line that begins at `bytes` ends, its line break included: LF, CRLF or CR; `None` if these bytes do not tell.
pub fn line_end(bytes: &[u8], last: bool) -> Option<usize> {
    let at = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
    match (bytes[at], bytes.get(at + 1)) {
        (b'\r', Some(b'\n')) => Some(at + 2),
        (b'\r', None) if !last => None,
        _ => Some(at + 1),
    }
}

/// How many lines end within `bytes`.
pub fn lines(bytes: &[u8]) -> i64 {
    let ends = |(at, byte): (usize, &u8)| *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    bytes.iter().enumerate().filter(|place| ends(*place)).count() as i64
}

fn refuse(code: &str, detail: impl Into<String>) -> FieldError {
    FieldError::new("", code, detail)
}

fn too_long() -> FieldError {
    refuse("row_too_long", format!("A row has at most {MAX_ROW} bytes."))
}

/// Give this line up and go on with the next one.
fn give_up(bytes: &[u8], last: bool, error: FieldError) -> Next {
    match line_end(bytes, last) {
        Some(end) => Next::Record(Err(error), end),
        None if last => Next::Record(Err(error), bytes.len()),
        None => Next::Endless(error),
    }
}

fn json_record(bytes: &[u8], last: bool) -> Next {
    let end = match line_end(bytes, last) {
        Some(end) => end,
        None if bytes.len() > MAX_ROW => return give_up(bytes, last, too_long()),
        None if last => bytes.len(),
        None => return Next::More,
    };
    if end > MAX_ROW {
        return Next::Record(Err(too_long()), end);
    }
    let line = bytes[..end].trim_ascii();
    if line.is_empty() {
        return Next::Record(Ok(Record::Blank), end);
    }
    let record = match std::str::from_utf8(line).map(serde_json::from_str) {
        Err(_) => Err(not_utf8()),
        Ok(Ok(members)) => Ok(Record::Members(members)),
        Ok(Err(cause)) => Err(refuse("json", format!("Not a JSON object: {cause}."))),
    };
    Next::Record(record, end)
}

fn not_utf8() -> FieldError {
    refuse("encoding", "Not UTF-8; save the file as UTF-8.")
}

/// What came after a cell.
enum After {
    Delimiter,
    Record,
}

/// A cell could not be read to its end.
enum Stop {
    Unterminated,
    TooLong,
    More,
}

struct Csv<'a> {
    bytes: &'a [u8],
    last: bool,
    delimiter: u8,
    at: usize,
    misplaced: bool,
}

fn csv_record(bytes: &[u8], last: bool, delimiter: u8) -> Next {
    let mut csv = Csv { bytes, last, delimiter, at: 0, misplaced: false };
    let mut cells = Vec::new();
    loop {
        let mut cell = Vec::new();
        match csv.cell(&mut cell) {
            Ok(after) => {
                cells.push(cell);
                if matches!(after, After::Record) {
                    break;
                }
            }
            Err(Stop::More) => return Next::More,
            Err(Stop::TooLong) => return give_up(bytes, last, too_long()),
            Err(Stop::Unterminated) => {
                return give_up(bytes, last, refuse("quote_unterminated", "A quotation mark opens here and is never closed."));
            }
        }
    }
    Next::Record(checked(cells, csv.misplaced), csv.at)
}

fn checked(cells: Vec<Vec<u8>>, misplaced: bool) -> Result<Record, FieldError> {
    if cells.len() == 1 && cells[0].is_empty() {
        return Ok(Record::Blank);
    }
    if misplaced {
        return Err(refuse("quote_misplaced", "Text follows a closing quotation mark; write a quotation mark within a cell twice."));
    }
    if cells.len() > MAX_COLUMNS {
        return Err(refuse("too_many_columns", format!("A row has at most {MAX_COLUMNS} columns.")));
    }
    let cells: Result<Vec<_>, _> = cells.into_iter().map(String::from_utf8).collect();
    cells.map(Record::Cells).map_err(|_| not_utf8())
}

impl Csv<'_> {
    fn cell(&mut self, cell: &mut Vec<u8>) -> Result<After, Stop> {
        if self.bytes.get(self.at) == Some(&b'"') {
            self.at += 1;
            self.quoted(cell)?;
            let begun = self.at;
            let after = self.plain(cell)?;
            // Whatever the cell says, its end is found: only this row is spoilt.
            self.misplaced |= self.bytes.get(begun).is_some_and(|byte| *byte != self.delimiter && !matches!(byte, b'\r' | b'\n'));
            return Ok(after);
        }
        self.plain(cell)
    }

    /// Up to and over the closing quotation mark.
    fn quoted(&mut self, cell: &mut Vec<u8>) -> Result<(), Stop> {
        loop {
            let rest = &self.bytes[self.at..];
            let Some(run) = rest.iter().position(|byte| *byte == b'"') else {
                return Err(if self.last || self.bytes.len() > MAX_ROW { Stop::Unterminated } else { Stop::More });
            };
            cell.extend_from_slice(&rest[..run]);
            self.at += run + 1;
            if self.at > MAX_ROW {
                return Err(Stop::Unterminated);
            }
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    cell.push(b'"');
                    self.at += 1;
                }
                None if !self.last => return Err(Stop::More),
                _ => return Ok(()),
            }
        }
    }

    /// Up to and over the next delimiter or line break.
    fn plain(&mut self, cell: &mut Vec<u8>) -> Result<After, Stop> {
        let rest = &self.bytes[self.at..];
        let stop = |byte: &u8| *byte == self.delimiter || matches!(byte, b'\n' | b'\r');
        let run = rest.iter().position(stop);
        let end = self.at + run.unwrap_or(rest.len());
        if end > MAX_ROW {
            return Err(Stop::TooLong);
        }
        let next = self.bytes.get(end + 1);
        let over = match self.bytes.get(end) {
            None if !self.last => return Err(Stop::More),
            None => 0,
            Some(b'\r') if next.is_none() && !self.last => return Err(Stop::More),
            Some(b'\r') if next == Some(&b'\n') => 2,
            Some(_) => 1,
        };
        let after = if self.bytes.get(end) == Some(&self.delimiter) { After::Delimiter } else { After::Record };
        cell.extend_from_slice(&rest[..end - self.at]);
        self.at = end + over;
        Ok(after)
    }
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
