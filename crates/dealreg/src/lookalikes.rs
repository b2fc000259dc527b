//! The names of accounts and live deals in memory, to find customers that are alike.
//!
//! A reader of the log like any other, except that its cursor lives as long as the index: it is built
//! from the tables on first use, follows the log from there, and is bounded. What a claim's safety
//! rests on, exact keys, is not asked here but inside the transaction.

use crate::rules::Status;
use crate::store;
use kernel::id::VendorId;
use kernel::log::{self, Envelope, Filter};
use kernel::workers::{WokenBy, Worker};
use kernel::{App, Problem, Scope};
use matching::{Index, Name, normalise};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Names kept for one vendor; further ones are found by their exact keys only.
const MOST_NAMES: usize = 2_000_000;
/// Vendors kept at once; the one longest unused goes first.
const MOST_VENDORS: usize = 64;
/// Lookalikes of each kind that are compared. One finds another exactly if it is found by it, unless more than this resemble one of them.
const MOST_ALIKE: usize = 1_000;
/// Rows and events read at once.
const BATCH: u64 = 1_000;

/// The indexes, by vendor.
#[derive(Default)]
pub struct Lookalikes(Mutex<HashMap<VendorId, Kept>>);

struct Kept {
    names: Arc<OnceCell<Names>>,
    used: u64,
}

/// One vendor's names.
struct Names {
    inside: RwLock<Inside>,
    /// One catches up at a time.
    catching_up: tokio::sync::Mutex<()>,
}

struct Inside {
    accounts: Index,
    deals: Index,
    leads: Index,
    cursor: i64,
}

/// Ids of what resembles a name.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Alike {
    /// Accounts.
    pub accounts: Vec<Uuid>,
    /// Live deals.
    pub deals: Vec<Uuid>,
    /// Live leads.
    pub leads: Vec<Uuid>,
}

/// Drop an index when events may have been missed. Once, at start.
pub fn follow(app: &App) {
    let lookalikes = app.service::<Lookalikes>();
    app.watch(move |vendor, kind, _| {
        if kind == "*" {
            let mut kept = lookalikes.0.lock().expect("indexes");
            if vendor.0.is_nil() { kept.clear() } else { _ = kept.remove(&vendor) }
        }
    });
}

/// Keeps every index that is in use true to its log.
pub fn worker() -> Worker {
    let run: kernel::workers::Run = Arc::new(|app| Box::pin(async move { catch_up_all(&app).await }));
    Worker { name: "dealreg.names", woken_by: WokenBy::Log, poll: Duration::from_secs(5), run }
}

/// Accounts, live deals and live leads whose names resemble `name`, best first.
pub async fn search(app: &App, vendor: VendorId, name: &Name, min_score: f32) -> Result<Alike, Problem> {
    let names = names(app, vendor).await?;
    let names = names.get().ok_or_else(|| Problem::internal("an index that was built is gone"))?;
    let inside = names.inside.read().expect("names");
    let ids = |index: &Index| index.search(name, MOST_ALIKE, min_score).into_iter().map(|found| Uuid::from_bytes(found.id)).collect();
    Ok(Alike { accounts: ids(&inside.accounts), deals: ids(&inside.deals), leads: ids(&inside.leads) })
}

/// Ids of accounts whose names resemble each of `names`, best first, at most `limit` each.
pub async fn accounts_like(app: &App, vendor: VendorId, names: &[&Name], limit: usize, min_score: f32) -> Result<Vec<Vec<Uuid>>, Problem> {
    like(app, vendor, names, limit, min_score, |inside| &inside.accounts).await
}

/// Ids of live deals whose customers' names resemble each of `names`, best first, at most `limit` each.
pub async fn deals_like(app: &App, vendor: VendorId, names: &[&Name], limit: usize, min_score: f32) -> Result<Vec<Vec<Uuid>>, Problem> {
    like(app, vendor, names, limit, min_score, |inside| &inside.deals).await
}

async fn like(
    app: &App,
    vendor: VendorId,
    wanted: &[&Name],
    limit: usize,
    min_score: f32,
    which: fn(&Inside) -> &Index,
) -> Result<Vec<Vec<Uuid>>, Problem> {
    let names = names(app, vendor).await?;
    let names = names.get().ok_or_else(|| Problem::internal("an index that was built is gone"))?;
    let inside = names.inside.read().expect("names");
    let ids = |name: &&Name| which(&inside).search(name, limit, min_score).into_iter().map(|found| Uuid::from_bytes(found.id)).collect();
    Ok(wanted.iter().map(ids).collect())
}

/// Bring one vendor's index up to its log's head.
pub async fn catch_up(app: &App, vendor: VendorId) -> Result<usize, Problem> {
    let names = names(app, vendor).await?;
    match names.get() {
        Some(names) => names.catch_up(app, vendor).await,
        None => Ok(0),
    }
}

async fn catch_up_all(app: &App) -> Result<usize, Problem> {
    let built: Vec<_> = {
        let lookalikes = app.service::<Lookalikes>();
        let kept = lookalikes.0.lock().expect("indexes");
        kept.iter().filter(|(_, kept)| kept.names.initialized()).map(|(vendor, kept)| (*vendor, kept.names.clone())).collect()
    };
    let mut passed = 0;
    for (vendor, names) in built {
        if let Some(names) = names.get() {
            passed += names.catch_up(app, vendor).await?;
        }
    }
    Ok(passed)
}

/// The vendor's index, built on first use.
async fn names(app: &App, vendor: VendorId) -> Result<Arc<OnceCell<Names>>, Problem> {
    let cell = {
        let lookalikes = app.service::<Lookalikes>();
        let mut kept = lookalikes.0.lock().expect("indexes");
        let now = kept.values().map(|kept| kept.used).max().unwrap_or(0) + 1;
        if kept.len() >= MOST_VENDORS && !kept.contains_key(&vendor) {
            let oldest = kept.iter().min_by_key(|(_, kept)| kept.used).map(|(vendor, _)| *vendor);
            oldest.and_then(|oldest| kept.remove(&oldest));
        }
        let entry = kept.entry(vendor).or_insert_with(|| Kept { names: Arc::default(), used: now });
        entry.used = now;
        entry.names.clone()
    };
    cell.get_or_try_init(|| Names::build(app, vendor)).await?;
    Ok(cell)
}

impl Names {
    async fn build(app: &App, vendor: VendorId) -> Result<Self, Problem> {
        let db = &app.db().read_of(vendor).await?;
        // The head first: what is written while the tables are read is read again from the log.
        let cursor = log::head(db, vendor).await?;
        let (mut accounts, mut deals, mut leads) = (Index::new(), Index::new(), Index::new());
        let mut after = None;
        loop {
            let rows = crm::account_names(db, vendor, after, BATCH).await?;
            rows.iter().for_each(|(id, name)| insert(&mut accounts, *id, name));
            match rows.last() {
                Some((id, _)) if rows.len() as u64 == BATCH => after = Some(*id),
                _ => break,
            }
        }
        let mut after = Uuid::nil();
        loop {
            let rows = store::deals::names(db, Scope::vendor_wide(vendor), after, BATCH).await?;
            rows.iter().for_each(|(id, name)| insert(&mut deals, *id, name));
            match rows.last() {
                Some((id, _)) if rows.len() as u64 == BATCH => after = *id,
                _ => break,
            }
        }
        let mut after = Uuid::nil();
        loop {
            let rows = crate::leads::store::names(db, Scope::vendor_wide(vendor), after, BATCH).await?;
            rows.iter().for_each(|(id, name)| insert(&mut leads, *id, name));
            match rows.last() {
                Some((id, _)) if rows.len() as u64 == BATCH => after = *id,
                _ => break,
            }
        }
        Ok(Self { inside: RwLock::new(Inside { accounts, deals, leads, cursor }), catching_up: tokio::sync::Mutex::default() })
    }

    async fn catch_up(&self, app: &App, vendor: VendorId) -> Result<usize, Problem> {
        let _alone = self.catching_up.lock().await;
        let filter = Filter { types: vec!["account.*".into(), "deal.*".into(), "lead.*".into()], subject: None };
        let mut passed = 0;
        loop {
            let cursor = self.inside.read().expect("names").cursor;
            let db = app.db().read_of(vendor).await?;
            let head = log::head(&db, vendor).await?;
            if head == cursor {
                return Ok(passed);
            }
            let events = log::read(app, &db, vendor, cursor, &filter, BATCH).await?;
            let reached = if events.len() as u64 == BATCH { events.last().map_or(head, |event| event.sequence) } else { head };
            let mut inside = self.inside.write().expect("names");
            events.iter().for_each(|event| inside.apply(event));
            inside.cursor = reached;
            passed += (reached - cursor) as usize;
        }
    }
}

/// What an event about an account, a deal or a lead says of its name.
#[derive(Deserialize)]
struct Told {
    account: Option<ToldAccount>,
    /// An account that was merged into the other.
    merged: Option<ToldAccount>,
    /// An account that is there again.
    restored: Option<ToldAccount>,
    deal: Option<ToldDeal>,
    lead: Option<ToldLead>,
}

#[derive(Deserialize)]
struct ToldLead {
    id: crate::LeadId,
    status: crate::leads::rules::LeadStatus,
    company: Option<ToldCustomer>,
}

#[derive(Deserialize)]
struct ToldAccount {
    id: crm::AccountId,
    name: String,
}

#[derive(Deserialize)]
struct ToldDeal {
    id: crate::DealId,
    status: Status,
    customer: ToldCustomer,
}

#[derive(Deserialize)]
struct ToldCustomer {
    name: String,
}

impl Inside {
    fn apply(&mut self, event: &Envelope) {
        let Ok(told) = serde_json::from_str::<Told>(event.data.get()) else { return };
        for account in told.account.into_iter().chain(told.restored) {
            insert(&mut self.accounts, account.id.0, &account.name);
        }
        if let Some(merged) = told.merged {
            self.accounts.remove(*merged.id.0.as_bytes());
        }
        match told.deal {
            Some(deal) if deal.status.is_live() => insert(&mut self.deals, deal.id.0, &deal.customer.name),
            Some(deal) => _ = self.deals.remove(*deal.id.0.as_bytes()),
            None => {}
        }
        match told.lead {
            Some(ToldLead { id, status, company: Some(company) }) if status.is_live() => insert(&mut self.leads, id.0, &company.name),
            Some(lead) => _ = self.leads.remove(*lead.id.0.as_bytes()),
            None => {}
        }
    }
}

fn insert(index: &mut Index, id: Uuid, name: &str) {
    if index.len() < MOST_NAMES {
        index.insert(*id.as_bytes(), &normalise(name));
    }
}
