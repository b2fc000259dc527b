//! The part of a file that a worker holds in memory: from the next record on, a chunk or two.

use super::records::{MAX_ROW, line_end};
use super::store::{self, CHUNK, import::Model};
use kernel::id::VendorId;
use kernel::{App, Problem};

/// A view of the content that moves forward.
pub(crate) struct Window {
    bytes: Vec<u8>,
    /// Where in `bytes` the next record begins.
    at: usize,
    /// The chunk that comes after `bytes`, and how far into it the next record begins.
    next: i64,
    enter: usize,
    chunks: i64,
}

impl Window {
    /// The window of an import at the place that it has reached; nothing is read yet.
    pub(crate) fn of(row: &Model) -> Self {
        let chunk = CHUNK as i64;
        let (next, enter) = (row.bytes_done / chunk, (row.bytes_done % chunk) as usize);
        Self { bytes: Vec::new(), at: 0, next, enter, chunks: (row.bytes_total + chunk - 1) / chunk }
    }

    /// What comes next: more than the longest row, or all that is left.
    pub(crate) async fn fill(&mut self, app: &App, row: &Model) -> Result<(), Problem> {
        while !self.is_last() && self.bytes.len() - self.at <= MAX_ROW + 2 {
            self.bytes.drain(..self.at);
            self.at = 0;
            let chunk = store::content(&app.db().read_of(VendorId(row.vendor_id)).await?, row, self.next).await?;
            let chunk = chunk.ok_or_else(|| Problem::internal("a piece of an import's content is missing"))?;
            self.bytes.extend_from_slice(chunk.get(self.enter..).unwrap_or_default());
            self.enter = 0;
            self.next += 1;
        }
        Ok(())
    }

    /// The bytes from the next record on.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Whether the file ends with them.
    pub(crate) fn is_last(&self) -> bool {
        self.next >= self.chunks
    }

    /// Pass over these bytes.
    pub(crate) fn skip(&mut self, length: usize) {
        self.at = (self.at + length).min(self.bytes.len());
    }

    /// Pass over everything up to the next line, however far that is; returns how many bytes it was.
    pub(crate) async fn skip_line(&mut self, app: &App, row: &Model) -> Result<usize, Problem> {
        let mut passed = 0;
        loop {
            self.fill(app, row).await?;
            let end = line_end(self.rest(), self.is_last());
            // A carriage return at the very end may be half a line break: it stays.
            let length = end.unwrap_or(self.rest().len() - usize::from(!self.is_last()));
            self.skip(length);
            passed += length;
            if end.is_some() || self.is_last() && self.rest().is_empty() {
                return Ok(passed);
            }
        }
    }
}
