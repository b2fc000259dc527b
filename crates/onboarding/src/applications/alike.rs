//! Who was here before: partners and open applicants that share an exact key with a company, or whose names are alike.
//!
//! The names lie in memory, one index for each vendor in use: read from the tables once, then from the log before each search. What the safety of an
//! approval rests on, exact keys, is asked inside the transaction ([`exact`]) and not here.

use super::ApplicationId;
use super::rules::ApplicationStatus;
use super::store;
use super::types::{ApplicationCompany, ApplicationDuplicate, ApplicationEvidence};
use kernel::id::{PartnerId, VendorId};
use kernel::log::{self, Envelope, Filter};
use kernel::text::fold;
use kernel::{App, Problem, Scope, Tx};
use matching::{Index, Name, Prepared, Profile, Relation, normalise};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// Names kept for one vendor.
const MOST_NAMES: usize = 1_000_000;
/// Vendors kept at once.
const MOST_VENDORS: usize = 64;
/// Rows and events read at once.
const BATCH: u64 = 1_000;
/// What is found of each kind.
const FOUND: usize = 10;

/// The indexes, by vendor.
#[derive(Default)]
struct Indexes(Mutex<HashMap<VendorId, Arc<tokio::sync::Mutex<Option<Names>>>>>);

struct Names {
    partners: Index,
    applications: Index,
    cursor: i64,
}

/// Drop an index when events may have been missed. Once, at start.
pub fn follow(app: &App) {
    let indexes = app.service::<Indexes>();
    app.watch(move |vendor, kind, _| {
        if kind == "*" {
            let mut kept = indexes.0.lock().expect("indexes");
            if vendor.0.is_nil() { kept.clear() } else { _ = kept.remove(&vendor) }
        }
    });
}

/// The exact keys of a company that one partner holds.
pub fn keys(company: &ApplicationCompany) -> Vec<String> {
    let keys = Prepared::of(&company.profile()).exact_keys();
    keys.iter().filter(|key| key.is_decisive()).map(|key| key.as_str().to_owned()).collect()
}

/// Partners and open applications whose names resemble the company's. Before the write: it may take a while, and nothing's safety rests on it.
pub async fn resembling(app: &App, vendor: VendorId, company: &ApplicationCompany, but: ApplicationId) -> Result<Vec<ApplicationDuplicate>, Problem> {
    let prepared = Prepared::of(&company.profile());
    let (partners, applications) = search(app, vendor, prepared.name()).await?;
    let (db, everybody) = (app.db().read_of(vendor).await?, Scope::vendor_wide(vendor));
    let mut found = Vec::new();
    for partner in partners::find_many(&db, everybody, &partners).await? {
        let profile = Profile { country: partner.country.as_deref(), ..Profile::named(&partner.name) };
        found.extend(compared(&prepared, &profile, "partner", partner.id().to_string()));
    }
    for row in store::by_ids(&db, everybody, &applications).await? {
        if row.status()?.is_open() && row.id() != but {
            found.extend(compared(&prepared, &row.company()?.profile(), "application", row.id().to_string()));
        }
    }
    Ok(found)
}

/// Partners and open applications that share an exact key with a company, or partners of the very name in the country.
pub async fn exact(tx: &Tx, company: &ApplicationCompany, but: ApplicationId) -> Result<Vec<ApplicationDuplicate>, Problem> {
    let keys = keys(company);
    let by_key = |kind: &str, id: String, name: String| ApplicationDuplicate {
        kind: kind.to_owned(),
        id,
        name,
        same: true,
        by: "key".into(),
        score: None,
        evidence: Vec::new(),
    };
    let mut found = Vec::new();
    for partner in partners_of(tx, company, &keys).await? {
        found.push(by_key("partner", partner.id().to_string(), partner.name.clone()));
    }
    for row in store::by_keys(tx, &keys).await? {
        if row.status()?.is_open() && row.id() != but {
            found.push(by_key("application", row.id().to_string(), row.company_name.clone().unwrap_or_default()));
        }
    }
    Ok(found)
}

/// The partners that this company is already, as far as exact keys tell.
pub async fn partners_of(tx: &Tx, company: &ApplicationCompany, keys: &[String]) -> Result<Vec<partners::partner::Model>, Problem> {
    let everybody = Scope::vendor_wide(tx.vendor());
    let mut found = partners::find_many(tx, everybody, &store::partners_by_keys(tx, keys).await?).await?;
    let name = company.name.as_deref().map(fold).unwrap_or_default();
    for partner in partners::named(tx, everybody, &name).await? {
        let elsewhere = partner.country.is_some() && company.country.is_some() && partner.country != company.country;
        if !elsewhere && found.iter().all(|known| known.id != partner.id) {
            found.push(partner);
        }
    }
    Ok(found)
}

/// What shares a key, and then what else resembles; nothing twice.
pub fn joined(mut exact: Vec<ApplicationDuplicate>, resembling: Vec<ApplicationDuplicate>) -> Vec<ApplicationDuplicate> {
    for one in resembling {
        match exact.iter_mut().find(|known| known.id == one.id) {
            // A shared key decides; the comparison says why.
            Some(known) => (known.score, known.evidence) = (one.score, one.evidence),
            None => exact.push(one),
        }
    }
    exact.truncate(50);
    exact
}

fn compared(ours: &Prepared, theirs: &Profile<'_>, kind: &str, id: String) -> Option<ApplicationDuplicate> {
    let found = matching::compare(ours, &Prepared::of(theirs));
    if found.score < matching::REVIEW && found.relation != Relation::Subsidiary {
        return None;
    }
    let evidence = found.evidence.iter().map(|one| ApplicationEvidence {
        field: wire(&one.field),
        ours: one.ours.clone(),
        theirs: one.theirs.clone(),
        agreement: wire(&one.agreement),
        note: one.note.clone(),
    });
    Some(ApplicationDuplicate {
        kind: kind.to_owned(),
        id,
        name: theirs.name.to_owned(),
        same: found.score >= matching::SAME && found.relation == Relation::Same,
        by: "resemblance".into(),
        score: Some(found.score),
        evidence: evidence.collect(),
    })
}

/// A fieldless enum's name on the wire.
fn wire(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

async fn search(app: &App, vendor: VendorId, name: &Name) -> Result<(Vec<PartnerId>, Vec<Uuid>), Problem> {
    let cell = {
        let indexes = app.service::<Indexes>();
        let mut kept = indexes.0.lock().expect("indexes");
        if kept.len() >= MOST_VENDORS && !kept.contains_key(&vendor) {
            let any = kept.keys().next().copied();
            any.and_then(|any| kept.remove(&any));
        }
        kept.entry(vendor).or_default().clone()
    };
    let mut cell = cell.lock().await;
    let names = match cell.take() {
        Some(names) => names,
        None => Names::build(app, vendor).await?,
    };
    let names = cell.insert(names.caught_up(app, vendor).await?);
    let ids = |index: &Index| index.search(name, FOUND, 0.6).into_iter().map(|found| Uuid::from_bytes(found.id)).collect::<Vec<_>>();
    Ok((ids(&names.partners).into_iter().map(PartnerId).collect(), ids(&names.applications)))
}

fn insert(index: &mut Index, id: Uuid, name: &str) {
    if index.len() < MOST_NAMES {
        index.insert(*id.as_bytes(), &normalise(name));
    }
}

impl Names {
    async fn build(app: &App, vendor: VendorId) -> Result<Self, Problem> {
        let (db, everybody) = (&app.db().read_of(vendor).await?, Scope::vendor_wide(vendor));
        // The head first: what is written while the tables are read is read again from the log.
        let mut names = Self { partners: Index::new(), applications: Index::new(), cursor: log::head(db, vendor).await? };
        let mut after = Uuid::nil();
        loop {
            let rows = partners::names(db, everybody, after, BATCH).await?;
            rows.iter().for_each(|(id, name)| insert(&mut names.partners, *id, name));
            let Some((last, _)) = rows.last() else { break };
            after = *last;
        }
        let mut after = Uuid::nil();
        loop {
            let rows = store::names(db, everybody, after, BATCH).await?;
            rows.iter().for_each(|(id, name)| insert(&mut names.applications, *id, name.as_deref().unwrap_or_default()));
            let Some((last, _)) = rows.last() else { break };
            after = *last;
        }
        Ok(names)
    }

    async fn caught_up(mut self, app: &App, vendor: VendorId) -> Result<Self, Problem> {
        let filter = Filter { types: vec!["partner.*".into(), "application.*".into()], subject: None };
        loop {
            let db = app.db().read_of(vendor).await?;
            let head = log::head(&db, vendor).await?;
            if head == self.cursor {
                return Ok(self);
            }
            let events = log::read(app, &db, vendor, self.cursor, &filter, BATCH).await?;
            self.cursor = if events.len() as u64 == BATCH { events.last().map_or(head, |event| event.sequence) } else { head };
            events.iter().for_each(|event| self.apply(event));
        }
    }

    fn apply(&mut self, event: &Envelope) {
        let Ok(told) = serde_json::from_str::<Told>(event.data.get()) else { return };
        if let Some(partner) = told.partner {
            insert(&mut self.partners, partner.id.0, &partner.name);
        }
        match told.application {
            Some(ToldApplication { id, status, company: ToldCompany { name: Some(name) } }) if status.is_open() => {
                insert(&mut self.applications, id.0, &name);
            }
            Some(application) => _ = self.applications.remove(*application.id.0.as_bytes()),
            None => {}
        }
    }
}

/// What an event says of a name.
#[derive(Deserialize)]
struct Told {
    partner: Option<ToldPartner>,
    application: Option<ToldApplication>,
}

#[derive(Deserialize)]
struct ToldPartner {
    id: PartnerId,
    name: String,
}

#[derive(Deserialize)]
struct ToldApplication {
    id: ApplicationId,
    status: ApplicationStatus,
    company: ToldCompany,
}

#[derive(Deserialize)]
struct ToldCompany {
    name: Option<String>,
}
