//! The closing table: what happened, counted in this run.

use super::crm::Imported;
use super::receiver::Receiver;
use super::register::{Registered, answered};
use super::words::{heading, line, number, percentile, time};
use crate::serve::Failure;
use kernel::App;
use kernel::id::VendorId;
use kernel::log;
use std::time::Duration;

/// Print it. Fails if the log is not whole.
pub(super) async fn print(
    app: &App,
    vendor: VendorId,
    imported: &Imported,
    all: &[Registered],
    events: usize,
    receiver: &Receiver,
) -> Result<(), Failure> {
    heading(8, "What happened");
    row("deals registered", &number(all.len()), &spread(&all.iter().map(|one| one.took).collect::<Vec<_>>(), "per answer, 8 at a time"));
    for (status, said) in [("approved", "approved"), ("in_review", "in review"), ("rejected", "rejected")] {
        row(&format!("  {said} at once"), &number(answered(all, status)), &reasons(all, status));
    }
    let refused: usize = imported.refused.values().sum();
    let after = format!("{} refused by the mended mapping, {} doubled by a second import", number(imported.missing), number(imported.doubled));
    row("import rows here", &number(imported.rows), &after);
    let why: Vec<_> = imported.refused.iter().map(|(why, count)| format!("{why} {}", number(*count))).collect();
    row("  refused in the trials", &number(refused), &why.join(", "));
    {
        let told = receiver.told();
        row("webhooks delivered", &number(told.seen.len()), &format!("of {} events; {}", number(events), spread(&told.delays, "change to receipt")));
        row(
            "  signatures verified",
            &number(told.verified),
            &format!("duplicates recognised {}, forgeries refused {}", told.duplicates, told.forged),
        );
    }
    let verdict = log::verify(&app.db().read_of(vendor).await?, vendor).await?;
    if let Some(fault) = verdict.fault {
        return Err(format!("The log is not whole: {fault}.").into());
    }
    row("events in the log", &number(verdict.events), "numbered without a gap, hash chain intact");
    line("");
    Ok(())
}

fn row(what: &str, count: &str, more: &str) {
    line(format!("   {what:<24}{count:>7}   {more}"));
}

/// `p50 1.2 ms, p99 3.4 ms per answer`.
fn spread(measured: &[Duration], of: &str) -> String {
    let build = if cfg!(debug_assertions) { " (debug build)" } else { "" };
    format!("p50 {}, p99 {} {of}{build}", time(percentile(measured, 50)), time(percentile(measured, 99)))
}

/// The reasons that were given, most frequent first.
fn reasons(all: &[Registered], status: &str) -> String {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for one in all.iter().filter(|one| one.status() == status) {
        *counts.entry(super::call::text(&one.deal, "/decision/reasons/0/code")).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), *code));
    counts.iter().map(|(code, count)| format!("{code} {count}")).collect::<Vec<_>>().join(", ")
}
