//! The table that the README shows.

use crate::load::Measured;
use spec::database::On;
use std::fmt;
use std::time::Duration;

#[derive(Default)]
pub struct Table {
    rows: Vec<[String; 8]>,
    notes: Vec<String>,
}

/// One line of it; what is empty was not measured.
pub struct Row<'a> {
    pub operation: &'a str,
    pub on: On,
    pub limit: Option<f64>,
    pub rate: Option<f64>,
    pub times: Option<&'a Measured>,
    pub aim: &'a str,
}

impl Table {
    pub fn row(&mut self, row: Row<'_>) {
        let rate = |rate: Option<f64>| rate.map(|rate| format!("{}/s", thousands(rate))).unwrap_or_default();
        let ratio = row.limit.zip(row.rate).map(|(limit, ours)| format!("{:.2}", ours / limit)).unwrap_or_default();
        let within = |share| row.times.map(|times| milliseconds(times.within(share))).unwrap_or_default();
        self.cells([row.operation, name(row.on), &rate(row.limit), &rate(row.rate), &ratio, &within(0.5), &within(0.99), row.aim]);
    }

    /// A line whose figure is not a rate.
    pub fn figure(&mut self, operation: &str, on: On, figure: &str, aim: &str) {
        self.cells([operation, name(on), "", figure, "", "", "", aim]);
    }

    fn cells(&mut self, cells: [&str; 8]) {
        eprintln!("    {}", cells.join(" | "));
        self.rows.push(cells.map(str::to_owned));
    }

    pub fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        eprintln!("    {note}");
        self.notes.push(note);
    }

    /// What an operation took of the processors, and whether it was refused.
    pub fn remark(&mut self, operation: &str, on: On, measured: &Measured) {
        self.note(format!("{operation}, {}: {}.", name(on), measured.cpu.each(measured.count())));
        if measured.refused > 0 {
            self.note(format!("{operation}, {}: {} of {} were refused, e.g. {}", name(on), measured.refused, measured.count(), measured.example));
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| operation | database | limit | ours | ratio | p50 | p99 | aim |\n|---|---|---|---|---|---|---|---|")?;
        self.rows.iter().try_for_each(|row| writeln!(f, "| {} |", row.join(" | ")))?;
        writeln!(f)?;
        writeln!(f, "- {}.", crate::proc::machine_in_words())?;
        self.notes.iter().try_for_each(|note| writeln!(f, "- {note}"))
    }
}

pub fn name(on: On) -> &'static str {
    match on {
        On::Sqlite => "SQLite",
        On::Postgres => "Postgres",
    }
}

pub fn milliseconds(time: Duration) -> String {
    let time = time.as_secs_f64() * 1e3;
    if time < 10.0 { format!("{time:.2} ms") } else { format!("{time:.1} ms") }
}

/// `12,345`
pub fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    groups.join(",")
}
