//! Deals for one customer that are there twice, and deals that nobody of the vendor looks after.

use super::{CANDIDATES, Candidate, FLOOR, Judged, PAGE, Page, duplicates, keys};
use crate::DealId;
use crate::hygiene::HygieneSettings;
use crate::hygiene::rules::Found;
use crate::hygiene::types::{Details, HygieneKind, HygieneSubject};
use crate::lookalikes;
use crate::store::claims;
use crate::store::deals::{self, DealRow};
use access::people::{self, PersonStatus};
use kernel::id::{PartnerId, PersonId};
use kernel::{App, Problem, Scope};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

fn subject(row: &DealRow) -> HygieneSubject {
    HygieneSubject { kind: "deal".to_owned(), id: DealId(row.id).to_string(), external_id: None, name: row.customer_name.clone() }
}

fn candidate(row: &DealRow) -> Result<Candidate, Problem> {
    let customer = row.customer()?;
    Ok(Candidate::of(row.id, Some(row.partner_id), subject(row), &customer.profile()))
}

/// Compare each live deal of a page with those whose customers' names are alike, or that hold or wait for one of its keys.
pub(super) async fn look(app: &App, scope: Scope, settings: &HygieneSettings, after: Uuid) -> Result<Page, Problem> {
    lookalikes::catch_up(app, scope.vendor()).await?;
    let rows = deals::live_page(&app.db().read_of(scope.vendor()).await?, scope, after, PAGE).await?;
    let these = rows.iter().map(candidate).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<_> = these.iter().map(|this| this.company.name()).collect();
    let alike = lookalikes::deals_like(app, scope.vendor(), &names, CANDIDATES, FLOOR).await?;
    let db = app.db().read_of(scope.vendor()).await?;
    let judged = Judged::of(&db, scope.vendor()).await?;
    let (mut known, mut others) = (Vec::with_capacity(these.len()), Vec::with_capacity(these.len()));
    for (this, alike) in these.iter().zip(alike) {
        let about = judged.about(&db, this).await?;
        let mut ids = alike;
        ids.extend(claims::holders(&db, scope, &keys(this, &about)).await?.into_iter().map(|holder| holder.deal).take(CANDIDATES + 1));
        known.push(about);
        others.push(ids);
    }
    let wanted: HashSet<_> = others.iter().flatten().copied().collect();
    let live = |row: &DealRow| row.status().is_ok_and(|status| status.is_live());
    let mut met = HashMap::new();
    for row in deals::by_ids(&db, scope, &wanted.into_iter().collect::<Vec<_>>()).await?.iter().filter(|row| live(row)) {
        met.insert(row.id, candidate(row)?);
    }
    let mut found = Vec::new();
    for (at, this) in these.iter().enumerate() {
        let others: Vec<_> = others[at].iter().filter_map(|id| met.get(id)).collect();
        found.extend(duplicates(HygieneKind::DuplicateDeals, this, &others, &known[at], settings.likeness()));
    }
    Ok(Page::of(&rows.iter().map(|row| row.id).collect::<Vec<_>>(), found))
}

/// Look for live deals of which no active person of the vendor is the assignee, the channel manager, or the manager of the partner.
pub(super) async fn without_owner(app: &App, scope: Scope, after: Uuid) -> Result<Page, Problem> {
    let db = app.db().read_of(scope.vendor()).await?;
    let rows = deals::live_page(&db, scope, after, PAGE).await?;
    let partners: HashSet<_> = rows.iter().map(|row| PartnerId(row.partner_id)).collect();
    let partners = partners::find_many(&db, scope, &partners.into_iter().collect::<Vec<_>>()).await?;
    let managers: HashMap<_, _> = partners.iter().filter_map(|partner| Some((partner.id, partner.manager_id?))).collect();
    let owners = |row: &DealRow| row.assignee_id.into_iter().chain(row.channel_manager_id).chain(managers.get(&row.partner_id).copied());
    let named: HashSet<_> = rows.iter().flat_map(owners).map(PersonId).collect();
    let people = people::find_many(&db, scope.vendor(), &named.into_iter().collect::<Vec<_>>()).await?;
    let reachable = people.iter().filter(|person| person.status == PersonStatus::Active && person.partner_id.is_none());
    let reachable: HashSet<_> = reachable.map(|person| person.id).collect();
    let alone = rows.iter().filter(|row| !owners(row).any(|owner| reachable.contains(&owner)));
    let found = alone.map(|row| {
        let was = owners(row).map(|owner| owner.to_string()).collect::<Vec<_>>();
        let detail = if was.is_empty() {
            "Nobody is assigned, and the partner has no channel manager.".to_owned()
        } else {
            "Whoever was assigned, or managed the partner, is not active any more.".to_owned()
        };
        let details = Details { subjects: vec![subject(row)], code: "no_owner".to_owned(), detail, ..Details::default() };
        let facts = format!("{} {}", row.status, was.join(" "));
        Found::about(HygieneKind::DealWithoutOwner, row.id, Some(row.partner_id), &facts, details)
    });
    let found = found.collect();
    Ok(Page::of(&rows.iter().map(|row| row.id).collect::<Vec<_>>(), found))
}
