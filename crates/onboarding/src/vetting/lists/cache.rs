//! Lists made ready to be asked: compiled once for each version, and only so many kept.

use super::store::{self, ListRow};
use crate::vetting::json;
use kernel::cache::Followed;
use kernel::id::VendorId;
use kernel::{Problem, Scope};
use screening::Compiled;
use sea_orm::ConnectionTrait;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Lists that are kept: one of 9,000 entries takes some twenty megabytes.
const KEPT: usize = 12;

/// A version of a list that can be asked.
pub struct Ready {
    /// The list.
    pub list: Uuid,
    /// Its name.
    pub name: String,
    /// The version.
    pub version: i64,
    /// Its entries.
    pub compiled: Compiled,
    /// The version of each entry.
    pub versions: HashMap<String, i64>,
}

struct Kept(Followed<(VendorId, Uuid, i64), Arc<Ready>>);

impl Default for Kept {
    fn default() -> Self {
        Self(Followed::new(KEPT))
    }
}

/// The version of a list that is in force.
pub async fn ready(app: &kernel::App, db: &impl ConnectionTrait, vendor: VendorId, row: &ListRow) -> Result<Arc<Ready>, Problem> {
    let load = async {
        let rows = store::live(db, Scope::vendor_wide(vendor), row.id).await?;
        let versions = rows.iter().map(|row| (row.entry_id.clone(), row.version)).collect();
        let entries = rows.iter().map(|row| json(&row.body)).collect::<Result<Vec<_>, Problem>>()?;
        let compiled = Compiled::new(entries);
        Ok::<_, Problem>(Arc::new(Ready { list: row.id, name: row.name.clone(), version: row.version, compiled, versions }))
    };
    // A version never changes, so nothing is ever forgotten but for room.
    app.service::<Kept>().0.get_or_load((vendor, row.id, row.version), load).await
}

/// Every list of the vendor that has a version.
pub async fn all(app: &kernel::App, db: &impl ConnectionTrait, vendor: VendorId) -> Result<Vec<Arc<Ready>>, Problem> {
    let mut all = Vec::new();
    for row in store::published(db, Scope::vendor_wide(vendor)).await? {
        all.push(ready(app, db, vendor, &row).await?);
    }
    Ok(all)
}
