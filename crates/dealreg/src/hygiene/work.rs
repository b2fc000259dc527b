//! Carries audits out, step by step.
//!
//! A step looks at a page of rows and compares them without a transaction; then one write puts down what it found together with the audit's new place.
//! The place moves only from where this worker found it, so two workers that both believe they hold an audit cannot both count a page, and one that
//! dies leaves the audit where its last step ended.

use super::events::{HygieneAuditCompleted, HygieneAuditFailed, HygieneFindingOpened};
use super::rules::{Found, Seen, seen};
use super::store::{self, AuditRow, FindingRow};
use super::types::{HygieneFindingStatus, HygieneKind};
use super::{HygieneSettings, findings, look};
use chrono::Duration;
use futures::FutureExt as _;
use kernel::id::VendorId;
use kernel::problem::kinds;
use kernel::workers::{WokenBy, Worker};
use kernel::{Actor, App, Problem, Tx};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Steps that one run of the worker carries out before it looks who else waits.
const RUN: usize = 20;
/// An audit is another instance's to take when its lease has run out; every step renews it.
const LEASE: Duration = Duration::seconds(60);
/// Findings that are resolved in one step.
const RESOLVED_AT_ONCE: u64 = 200;

const NAME: &str = "hygiene";

/// How far an audit has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It looks for things of this kind.
    Look(HygieneKind),
    /// It resolves what it did not come upon.
    Resolve,
}

impl Phase {
    /// Its name in the database.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Look(kind) => kind.wire(),
            Self::Resolve => "resolve",
        }
    }

    /// Where an audit with these settings begins.
    pub fn first(settings: &HygieneSettings) -> Self {
        Self::among(HygieneKind::ALL.iter(), settings)
    }

    fn read(text: &str) -> Self {
        HygieneKind::read(text).map_or(Self::Resolve, Self::Look)
    }

    fn next(self, settings: &HygieneSettings) -> Self {
        Self::among(HygieneKind::ALL.iter().skip_while(|kind| Self::Look(**kind) != self).skip(1), settings)
    }

    fn among<'a>(mut kinds: impl Iterator<Item = &'a HygieneKind>, settings: &HygieneSettings) -> Self {
        kinds.find(|kind| settings.kinds.contains(kind)).map_or(Self::Resolve, |kind| Self::Look(*kind))
    }
}

/// The worker that carries audits out.
pub fn worker() -> Worker {
    let run = Arc::new(|app: App| async move { step(&app).await }.boxed());
    Worker { name: NAME, woken_by: WokenBy::Log, poll: std::time::Duration::from_secs(5), run }
}

/// Take the audit that has waited longest and carry out some steps of it; returns how many that were.
async fn step(app: &App) -> Result<usize, Problem> {
    // Look with a reader first, so that an idle instance never takes the write lock.
    if !store::any_waiting(&app.db().read_across_vendors().await?, app.clock().now()).await? {
        return Ok(0);
    }
    let claimed = app.write_across_vendors(NAME, async |tx| store::claim(tx, tx.now() + LEASE).await).await?;
    let Some(row) = claimed else { return Ok(0) };
    let actor = Actor::system(NAME, VendorId(row.vendor_id));
    let mut audit = row;
    for done in 1..=RUN {
        match carry_on(app, &actor, &audit, done < RUN).await {
            Ok(Some(next)) => audit = next,
            // It is over, or somebody else's.
            Ok(None) => return Ok(done),
            Err(problem) if problem.kind == kinds::UNAVAILABLE => return Err(problem),
            Err(problem) => {
                app.write(&actor, async |tx| fail(tx, &audit, &problem).await).await?;
                return Ok(done);
            }
        }
    }
    Ok(RUN)
}

/// Carry out one step; the audit as it then is, if it goes on.
async fn carry_on(app: &App, actor: &Actor, audit: &AuditRow, keep: bool) -> Result<Option<AuditRow>, Problem> {
    let settings = audit.settings()?;
    let phase = Phase::read(&audit.phase);
    match phase {
        Phase::Look(kind) => {
            let page = look::at(app, actor.scope, kind, &settings, audit.after_id).await?;
            let next = if page.next.is_some() { phase } else { phase.next(&settings) };
            app.write(actor, async |tx| put_down(tx, audit, kind, page, next, keep).await).await
        }
        Phase::Resolve => app.write(actor, async |tx| resolve(tx, audit, &settings, keep).await).await,
    }
}

/// The audit one step further.
fn further(tx: &Tx, audit: &AuditRow, phase: Phase, after: Uuid, keep: bool) -> AuditRow {
    AuditRow {
        phase: phase.wire().to_owned(),
        after_id: after,
        steps: audit.steps + 1,
        lease_until: keep.then(|| tx.now() + LEASE),
        updated_at: tx.now(),
        ..audit.clone()
    }
}

/// Put down what a page held.
async fn put_down(tx: &mut Tx, audit: &AuditRow, kind: HygieneKind, page: look::Page, next: Phase, keep: bool) -> Result<Option<AuditRow>, Problem> {
    let mut to = further(tx, audit, next, page.next.unwrap_or(Uuid::nil()), keep);
    let mut tallies = audit.tallies()?;
    // The place first: whoever comes second finds nothing to do, before it has touched a finding.
    if !store::advance(tx, audit, &to).await? {
        return Ok(None);
    }
    let opened = record(tx, audit.id, kind, page.found).await?;
    for tally in tallies.iter_mut().filter(|tally| tally.kind == kind) {
        tally.examined += page.examined;
        tally.opened += opened;
    }
    to.summary = store::text(&tallies);
    store::advance(tx, &to, &to).await?;
    Ok(Some(to))
}

/// Open what is new or again so, and see the rest again; says how many were opened.
async fn record(tx: &mut Tx, audit: Uuid, kind: HygieneKind, found: Vec<Found>) -> Result<i64, Problem> {
    let ones: Vec<_> = found.iter().map(|found| found.one).collect();
    let held = if ones.is_empty() { Vec::new() } else { store::hold_about(tx, kind, &ones).await? };
    let mut known: HashMap<_, FindingRow> = held.into_iter().map(|row| ((row.one_id, row.other_id), row)).collect();
    let (mut new, mut opened) = (Vec::new(), Vec::new());
    for found in found {
        let row = known.remove(&(found.one, found.other));
        let what = seen(row.as_ref().map(FindingRow::known).as_ref(), &found.facts, tx.now());
        let Some(mut row) = row else {
            new.push(FindingRow::new(tx, &found, audit));
            continue;
        };
        if what == Seen::Reopened {
            row.stand(HygieneFindingStatus::Open, tx.now());
        }
        row.see(&found, audit, tx.now());
        store::update(tx, &row).await?;
        if what == Seen::Reopened {
            opened.push(row);
        }
    }
    store::insert(tx, &new).await?;
    opened.extend(new);
    for row in &opened {
        tx.emit(HygieneFindingOpened::of(row.show(u64::MAX)?));
    }
    Ok(opened.len() as i64)
}

/// Resolve what the audit did not come upon; when there is nothing left of it, the audit is over.
async fn resolve(tx: &mut Tx, audit: &AuditRow, settings: &HygieneSettings, keep: bool) -> Result<Option<AuditRow>, Problem> {
    let rows = store::hold_unseen(tx, &settings.kinds, audit.id, audit.after_id, RESOLVED_AT_ONCE).await?;
    let (last, over) = (rows.last().map_or(audit.after_id, |row| row.id), (rows.len() as u64) < RESOLVED_AT_ONCE);
    let mut to = further(tx, audit, Phase::Resolve, last, keep);
    let mut tallies = audit.tallies()?;
    if !store::advance(tx, audit, &to).await? {
        return Ok(None);
    }
    let from = to.clone();
    for row in rows {
        tallies.iter_mut().filter(|tally| tally.kind.wire() == row.kind).for_each(|tally| tally.resolved += 1);
        findings::resolve(tx, row).await?;
    }
    if over {
        let open = store::open_by_kind(tx).await?;
        tallies.iter_mut().for_each(|tally| tally.open = Some(open.get(tally.kind.wire()).copied().unwrap_or(0)));
        (to.status, to.completed_at) = ("completed".to_owned(), Some(tx.now()));
        (to.revision, to.lease_until) = (to.revision + 1, None);
    }
    to.summary = store::text(&tallies);
    store::advance(tx, &from, &to).await?;
    if over {
        tx.emit(HygieneAuditCompleted { audit: to.show()? });
        return Ok(None);
    }
    Ok(Some(to))
}

/// The audit cannot go on. What it found before is kept.
async fn fail(tx: &mut Tx, audit: &AuditRow, problem: &Problem) -> Result<(), Problem> {
    tracing::warn!(audit = %super::HygieneAuditId(audit.id), ?problem, "an audit could not go on");
    let mut to = AuditRow { status: "failed".to_owned(), lease_until: None, completed_at: Some(tx.now()), updated_at: tx.now(), ..audit.clone() };
    (to.revision, to.steps) = (to.revision + 1, to.steps + 1);
    if store::advance(tx, audit, &to).await? {
        tx.emit(HygieneAuditFailed { audit: to.show()? });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audit_goes_through_what_the_settings_name_and_then_resolves() {
        let all = HygieneSettings::default();
        let mut phase = Phase::first(&all);
        let mut met = Vec::new();
        while phase != Phase::Resolve {
            assert_eq!(Phase::read(phase.wire()), phase);
            met.push(phase.wire());
            phase = phase.next(&all);
        }
        assert_eq!(met, HygieneKind::ALL.iter().map(|kind| kind.wire()).collect::<Vec<_>>());
        let few = HygieneSettings { kinds: vec![HygieneKind::PartnerWithoutActivity, HygieneKind::DuplicateDeals], ..all.clone() };
        assert_eq!(Phase::first(&few), Phase::Look(HygieneKind::DuplicateDeals));
        assert_eq!(Phase::first(&few).next(&few), Phase::Look(HygieneKind::PartnerWithoutActivity));
        assert_eq!(Phase::first(&HygieneSettings { kinds: Vec::new(), ..all }), Phase::Resolve);
    }
}
