//! Views: what a person wants to see of a list, kept under a name: filters, columns, order.
//!
//! A view belongs to one person and to nobody else. Its filters are parameters of a list of this API, so that they work as they were kept:
//! which those are, the server says ([`Lists`]), from the published document. Columns are the front end's own words.

mod http;
mod store;

pub(crate) use http::{event_kinds, router};

use kernel::id::PersonId;
use kernel::personal::{Holder, Known};
use kernel::{App, Problem, Tx};
use std::collections::{BTreeMap, BTreeSet};

kernel::define_id!(
    /// A kept view of a list.
    ViewId, "view");

/// The lists of this API by name (`deals` for `GET /v1/deals`), with the names of their filters. The server provides it.
#[derive(Debug, Default)]
pub struct Lists(pub BTreeMap<String, BTreeSet<String>>);

/// The most views that a person keeps.
const MOST: u64 = 100;

/// What is kept of a person's views, and how it goes.
pub(crate) fn holders() -> Vec<Holder> {
    vec![Holder { name: "views", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }]
}

async fn export(app: &App, known: &Known) -> Result<Vec<serde_json::Value>, Problem> {
    let Some(id) = known.person else { return Ok(Vec::new()) };
    let rows = store::all(&app.db().read_of(known.vendor).await?, known.vendor, id).await?;
    rows.into_iter().map(|row| serde_json::to_value(http::View::try_from(row)?).map_err(Problem::internal)).collect()
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    let nobody = PersonId(uuid::Uuid::nil());
    store::forget(tx, known.person.unwrap_or(nobody)).await
}
