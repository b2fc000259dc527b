//! Works imports off, batch by batch.
//!
//! A batch is one transaction: its rows, their events, its refused rows and the import's new place in the file. The place
//! moves only from where this worker found it, so two workers that both believe they hold an import cannot both apply a
//! batch, and one that dies leaves the import exactly where its last batch ended.

use super::MAX_REFUSED;
use super::plan::{Fields, Plan};
use super::records::{self, Next, Record};
use super::store::{self, import::Model, refused};
use super::types::{Import, ImportResource, ImportStatus};
use super::window::Window;
use crate::error;
use crate::events::{ImportCompleted, ImportFailed};
use crate::upsert::{Change, Mode, Outcome, Row};
use crate::{accounts, opportunities, ports};
use chrono::{DateTime, Duration, Utc};
use futures::FutureExt;
use kernel::id::VendorId;
use kernel::problem::{FieldError, kinds};
use kernel::workers::{WokenBy, Worker};
use kernel::{Actor, App, Problem, Tx};
use std::sync::Arc;

/// Records of one batch, blank lines included.
const BATCH: usize = 500;
/// Batches that one run of the worker carries out before it looks who else waits.
const RUN: usize = 20;
/// An import is another instance's to take when its lease has run out; every batch renews it.
const LEASE: Duration = Duration::seconds(60);
/// Bytes of a refused row that are kept.
const MAX_KEPT: usize = 8 << 10;

const NAME: &str = "import";

/// The worker that carries imports out.
pub fn worker() -> Worker {
    let run = Arc::new(|app: App| async move { step(&app, RUN).await }.boxed());
    Worker { name: NAME, woken_by: WokenBy::Log, poll: std::time::Duration::from_secs(5), run }
}

/// Take the import that has waited longest and carry out at most `batches` batches of it; returns how many that were.
pub async fn step(app: &App, batches: usize) -> Result<usize, Problem> {
    // Look with a reader first, so that an idle instance never takes the write lock.
    let now = app.clock().now();
    if !store::any_waiting(&app.db().read_across_vendors().await?, now).await? {
        return Ok(0);
    }
    let claimed = app.write_across_vendors(NAME, async |tx| store::claim(tx, tx.now() + LEASE).await).await?;
    let Some(row) = claimed else { return Ok(0) };
    let mut run = Run { actor: Actor::system(NAME, VendorId(row.vendor_id)), window: Window::of(&row), app, row };
    match run.carry_out(batches).await {
        Ok(done) => Ok(done),
        Err(problem) => run.stumble(problem).await,
    }
}

/// What became of the rows of a batch.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) unchanged: i64,
    pub(crate) refused: i64,
}

/// Some records, read and not yet applied.
struct Batch {
    rows: Vec<Read>,
    bytes_done: i64,
    line: i64,
    is_last: bool,
}

/// A record as it was read.
struct Read {
    line: i64,
    cells: Vec<String>,
    fields: Result<Fields, Vec<FieldError>>,
}

/// An import in this worker's hands.
struct Run<'a> {
    app: &'a App,
    actor: Actor,
    row: Model,
    window: Window,
}

impl Run<'_> {
    async fn carry_out(&mut self, batches: usize) -> Result<usize, Problem> {
        let plan = Plan::new(self.row.resource(), &self.row.options(), self.row.header().as_deref());
        let plan = plan.map_err(|errors| Problem::internal(format!("a stored import does not read: {errors:?}")))?;
        for done in 1..=batches {
            let batch = self.read(&plan).await?;
            let is_last = batch.is_last;
            let free = is_last || done == batches;
            let row = &self.row;
            let moved = self
                .app
                .write(&self.actor, async |tx| {
                    let lease = if free { None } else { Some(tx.now() + LEASE) };
                    apply(tx, row, batch, lease).await
                })
                .await?;
            match moved {
                Some(row) if !is_last => self.row = row,
                // It is over, or somebody else's.
                _ => return Ok(done),
            }
        }
        Ok(batches)
    }

    async fn read(&mut self, plan: &Plan) -> Result<Batch, Problem> {
        let (format, options) = (self.row.format(), self.row.options());
        let mut batch = Batch { rows: Vec::with_capacity(BATCH), bytes_done: self.row.bytes_done, line: self.row.line, is_last: false };
        for _ in 0..BATCH {
            self.window.fill(self.app, &self.row).await?;
            let bytes = self.window.rest();
            let (length, lines) = match records::next(bytes, self.window.is_last(), format, &options) {
                Next::Record(record, length) => {
                    let lines = records::lines(&bytes[..length]);
                    batch.rows.extend(read(plan, record, &bytes[..length], batch.line));
                    self.window.skip(length);
                    (length, lines)
                }
                Next::Endless(error) => {
                    batch.rows.extend(read(plan, Err(error), bytes, batch.line));
                    (self.window.skip_line(self.app, &self.row).await?, 1)
                }
                Next::More => return Err(Problem::internal("an import's window is too small for its rows")),
                Next::End => {
                    batch.is_last = true;
                    break;
                }
            };
            batch.bytes_done += length as i64;
            batch.line += lines;
        }
        batch.is_last |= batch.bytes_done >= self.row.bytes_total;
        Ok(batch)
    }

    /// A batch did not go through: the import fails if it never will, and is anybody's to try again otherwise.
    async fn stumble(&self, problem: Problem) -> Result<usize, Problem> {
        let again = problem.kind == kinds::UNAVAILABLE || problem.kind == error::RACE;
        let row = &self.row;
        self.app
            .write(&self.actor, async |tx| if again { store::release(tx, row).await.map_err(Problem::from) } else { fail(tx, row, &problem).await })
            .await?;
        if again { Err(problem) } else { Ok(1) }
    }
}

fn read(plan: &Plan, record: Result<Record, FieldError>, raw: &[u8], line: i64) -> Option<Read> {
    let fields = match &record {
        Ok(Record::Blank) => return None,
        Ok(record) => plan.read(record),
        Err(error) => Err(vec![error.clone()]),
    };
    let cells = match record {
        Ok(Record::Cells(cells)) if raw.len() <= MAX_KEPT => cells,
        _ => vec![String::from_utf8_lossy(&raw[..raw.len().min(MAX_KEPT)]).trim_end().to_owned()],
    };
    Some(Read { line, cells, fields })
}

/// Apply a batch if the import still stands where it was read; returns the import as it then is.
async fn apply(tx: &mut Tx, from: &Model, batch: Batch, lease: Option<DateTime<Utc>>) -> Result<Option<Model>, Problem> {
    if !store::advance(tx, from, batch.bytes_done, batch.line, lease).await? {
        return Ok(None);
    }
    let (counts, refused) = upsert(tx, from, batch.rows).await?;
    store::keep_refused(tx, refused).await?;
    let row = store::count(tx, from, &counts).await?;
    if !batch.is_last {
        return Ok(Some(row));
    }
    let row = Model { status: ImportStatus::Succeeded.wire().to_owned(), ..row };
    store::save(tx, &row).await?;
    store::drop_content(tx, row.id).await?;
    tx.emit(ImportCompleted { import: Import::from(&row) });
    Ok(Some(row))
}

async fn upsert(tx: &mut Tx, of: &Model, read: Vec<Read>) -> Result<(Counts, Vec<refused::Model>), Problem> {
    let mode = if of.validate_only { Mode::Check } else { Mode::Write };
    let mut tally = Tally { of, counts: Counts::default(), refused: Vec::new() };
    let (mut places, mut rows) = (Vec::with_capacity(read.len()), Vec::with_capacity(read.len()));
    for Read { line, cells, fields } in read {
        match fields {
            Ok(fields) => {
                places.push((line, cells));
                rows.push(fields);
            }
            Err(errors) => tally.refuse((line, cells), errors),
        }
    }
    match of.resource() {
        ImportResource::Accounts => tally.take(accounts::upsert::apply(tx, merges(rows), mode).await?, places),
        ImportResource::Opportunities => tally.take(opportunities::upsert::apply(tx, merges(rows), mode).await?, places),
        ImportResource::Leads => tally.take(ports::take_leads(tx, rows, mode).await?, places),
    }
    Ok((tally.counts, tally.refused))
}

fn merges<P>(rows: Vec<Fields>) -> Vec<Row<P>> {
    rows.into_iter().map(|(external_id, set)| Row { external_id, change: Change::Merge(set) }).collect()
}

/// Where a row stands in the file, and how it was written there.
type Place = (i64, Vec<String>);

/// Counts what became of rows and keeps the refused ones, up to a limit.
struct Tally<'a> {
    of: &'a Model,
    counts: Counts,
    refused: Vec<refused::Model>,
}

impl Tally<'_> {
    fn take<M>(&mut self, outcomes: Vec<Outcome<M>>, places: Vec<Place>) {
        for (outcome, place) in outcomes.into_iter().zip(places) {
            match outcome {
                Outcome::Created(_) => self.counts.created += 1,
                Outcome::Updated(_) => self.counts.updated += 1,
                Outcome::Unchanged(_) => self.counts.unchanged += 1,
                Outcome::Refused(errors) => self.refuse(place, errors),
            }
        }
    }

    fn refuse(&mut self, (line, cells): Place, errors: Vec<FieldError>) {
        self.counts.refused += 1;
        if self.of.rows_refused + self.counts.refused > MAX_REFUSED {
            return;
        }
        self.refused.push(refused::Model {
            vendor_id: self.of.vendor_id,
            import_id: self.of.id,
            line,
            errors: serde_json::to_string(&errors).unwrap_or_default(),
            cells: serde_json::to_string(&cells).unwrap_or_default(),
        });
    }
}

/// The import cannot go on. What it did before stays done.
async fn fail(tx: &mut Tx, row: &Model, problem: &Problem) -> Result<(), Problem> {
    let Some(row) = store::hold(tx, row.id).await?.filter(|now| now.status() == ImportStatus::Running && now.bytes_done == row.bytes_done) else {
        return Ok(());
    };
    let row = Model {
        status: ImportStatus::Failed.wire().to_owned(),
        failure_code: Some(problem.kind.code.to_owned()),
        failure_detail: Some(problem.detail.clone().unwrap_or_else(|| problem.kind.title.to_owned())),
        lease_until: None,
        revision: row.revision + 1,
        updated_at: tx.now(),
        ..row
    };
    store::save(tx, &row).await?;
    store::drop_content(tx, row.id).await?;
    tx.emit(ImportFailed { import: Import::from(&row) });
    Ok(())
}
