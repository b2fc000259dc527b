//! Accounts that look like one company.

use super::{CANDIDATES, Candidate, FLOOR, Judged, PAGE, Page, duplicates, keys};
use crate::hygiene::HygieneSettings;
use crate::hygiene::types::{HygieneKind, HygieneSubject};
use crate::lookalikes;
use crm::{AccountId, AccountRow};
use kernel::{App, Problem, Scope};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Accounts whose keys are looked up together: few enough that a key which hundreds share crowds out no other.
const AT_ONCE: usize = 20;

fn candidate(row: &AccountRow) -> Candidate {
    let subject = HygieneSubject {
        kind: "account".to_owned(),
        id: AccountId(row.id).to_string(),
        external_id: Some(row.external_id.clone()),
        name: row.name.clone(),
    };
    Candidate::of(row.id, None, subject, &row.profile())
}

/// Compare each account of a page with those whose names are alike, or that share an exact key.
pub(super) async fn look(app: &App, scope: Scope, settings: &HygieneSettings, after: Uuid) -> Result<Page, Problem> {
    lookalikes::catch_up(app, scope.vendor()).await?;
    let rows = crm::accounts_page(&app.db().read_of(scope.vendor()).await?, scope, after, PAGE).await?;
    let these: Vec<_> = rows.iter().map(candidate).collect();
    let names: Vec<_> = these.iter().map(|this| this.company.name()).collect();
    let alike = lookalikes::accounts_like(app, scope.vendor(), &names, CANDIDATES, FLOOR).await?;
    let db = app.db().read_of(scope.vendor()).await?;
    let judged = Judged::of(&db, scope.vendor()).await?;
    let mut known = Vec::with_capacity(these.len());
    for this in &these {
        known.push(judged.about(&db, this).await?);
    }
    let keyed: Vec<_> = these.iter().zip(&known).map(|(this, known)| keys(this, known)).collect();
    let (mut met, mut by_key) = (HashMap::new(), HashMap::<String, Vec<Uuid>>::new());
    for keyed in keyed.chunks(AT_ONCE) {
        let mut wanted: Vec<_> = keyed.iter().flatten().cloned().collect();
        wanted.sort();
        wanted.dedup();
        for hit in crm::accounts_by_keys(&db, scope, &wanted).await? {
            let ids = by_key.entry(hit.key).or_default();
            if !ids.contains(&hit.account.id) {
                ids.push(hit.account.id);
            }
            met.entry(hit.account.id).or_insert_with(|| candidate(&hit.account));
        }
    }
    let missing: HashSet<_> = alike.iter().flatten().filter(|id| !met.contains_key(*id)).copied().collect();
    for row in crm::accounts_by_ids(&db, scope, &missing.into_iter().collect::<Vec<_>>()).await? {
        met.insert(row.id, candidate(&row));
    }
    let mut found = Vec::new();
    for (at, this) in these.iter().enumerate() {
        let sharing = keyed[at].iter().filter_map(|key| by_key.get(key)).flat_map(|ids| ids.iter().take(CANDIDATES + 1));
        let others: Vec<_> = alike[at].iter().chain(sharing).filter_map(|id| met.get(id)).collect();
        found.extend(duplicates(HygieneKind::DuplicateAccounts, this, &others, &known[at], settings.likeness()));
    }
    Ok(Page::of(&rows.iter().map(|row| row.id).collect::<Vec<_>>(), found))
}
