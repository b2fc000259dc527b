//! What vendors set for how they are called: the web pages that may, and a limit of their own.
//!
//! Few and asked for with every request, so all of them are kept in memory, and read again when one changed.

use chrono::{DateTime, Duration, Utc};
use kernel::cache::Followed;
use kernel::id::VendorId;
use kernel::{App, Problem};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The bound on how late a change is heard of when the notification of it was lost.
const KEPT: Duration = Duration::seconds(30);

/// What all vendors set.
#[derive(Debug, Default)]
pub struct OfVendors {
    origins: HashMap<VendorId, HashSet<String>>,
    any: HashSet<String>,
    rates: HashMap<VendorId, u32>,
}

impl OfVendors {
    /// Whether a page of this origin may read answers to this vendor's callers.
    pub fn lists(&self, vendor: VendorId, origin: &str) -> bool {
        self.origins.get(&vendor).is_some_and(|origins| origins.contains(origin))
    }

    /// Whether any vendor lists this origin.
    pub fn any_lists(&self, origin: &str) -> bool {
        self.any.contains(origin)
    }

    /// The vendor's own limit in requests a minute, if the operator gave it one; 0 is no limit.
    pub fn rate(&self, vendor: VendorId) -> Option<u32> {
        self.rates.get(&vendor).copied()
    }
}

struct Kept(Followed<(), (Arc<OfVendors>, DateTime<Utc>)>);

impl Default for Kept {
    fn default() -> Self {
        Self(Followed::new(1))
    }
}

/// Read again what vendors set when one was changed. Once, at start.
pub(crate) fn follow(app: &App) {
    let kept = app.service::<Kept>();
    app.watch(move |_, kind, _| {
        if kind == "vendor.updated" || kind == "*" {
            kept.0.forget_all();
        }
    });
}

/// What all vendors set.
pub async fn of_vendors(app: &App) -> Result<Arc<OfVendors>, Problem> {
    let now = app.clock().now();
    let load = async { read(app).await.map(|found| (Arc::new(found), now + KEPT)) };
    app.service::<Kept>().0.get_if_or_load((), |(_, until)| now < *until, load).await.map(|(found, _)| found).map_err(Problem::from)
}

async fn read(app: &App) -> Result<OfVendors, DbErr> {
    let db = app.db().read_across_vendors().await?;
    let sql = "SELECT id, allowed_origins, rate_limit FROM vendors WHERE allowed_origins <> '[]' OR rate_limit IS NOT NULL";
    let mut found = OfVendors::default();
    for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await? {
        let vendor = VendorId(row.try_get("", "id")?);
        let origins: HashSet<String> = serde_json::from_str(&row.try_get::<String>("", "allowed_origins")?).unwrap_or_default();
        found.any.extend(origins.iter().cloned());
        found.origins.insert(vendor, origins);
        if let Some(rate) = row.try_get::<Option<i64>>("", "rate_limit")? {
            found.rates.insert(vendor, u32::try_from(rate).unwrap_or(u32::MAX));
        }
    }
    Ok(found)
}
