//! What follows an account here when it is merged: its opportunities, its subsidiaries, and the accounts that were merged into it before.

use crate::accounts::store::{self as accounts, account::Column};
use crate::accounts::{Account, AccountRow};
use crate::events::{AccountUpdated, OpportunityUpdated};
use crate::opportunities::store as opportunities;
use crate::ports::{AccountFollower, AccountFollowers};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use kernel::{Problem, Tx};
use uuid::Uuid;

/// Ids in one statement.
const CHUNK: usize = 1_000;

/// Everything that follows accounts, of this domain and of others.
pub(crate) fn all(tx: &Tx) -> Vec<Follower> {
    let others = tx.app().find_service::<AccountFollowers>();
    let count = others.as_ref().map_or(0, |others| others.0.len());
    let others = (0..count).filter_map(|at| others.clone().map(|others| Follower::Other(others, at)));
    [Follower::Own(&Opportunities), Follower::Own(&Subsidiaries), Follower::Own(&Redirects)].into_iter().chain(others).collect()
}

/// One of them.
pub(crate) enum Follower {
    Own(&'static dyn AccountFollower),
    Other(std::sync::Arc<AccountFollowers>, usize),
}

impl std::ops::Deref for Follower {
    type Target = dyn AccountFollower;
    fn deref(&self) -> &Self::Target {
        match self {
            Self::Own(own) => *own,
            Self::Other(others, at) => &*others.0[*at],
        }
    }
}

type Listed<'a> = BoxFuture<'a, Result<Vec<(Uuid, String)>, Problem>>;
type Shifted<'a> = BoxFuture<'a, Result<Vec<Uuid>, Problem>>;

struct Opportunities;

impl AccountFollower for Opportunities {
    fn kind(&self) -> &'static str {
        "opportunity"
    }

    fn of<'a>(&'a self, tx: &'a Tx, account: &'a AccountRow, limit: u64) -> Listed<'a> {
        async move {
            let rows = opportunities::of_account(tx, account.id, limit).await?;
            Ok(rows.into_iter().map(|row| (row.id, row.external_id)).collect())
        }
        .boxed()
    }

    fn shift<'a>(&'a self, tx: &'a mut Tx, ids: &'a [Uuid], from: &'a AccountRow, to: &'a AccountRow) -> Shifted<'a> {
        async move {
            let mut moved = Vec::with_capacity(ids.len());
            for ids in ids.chunks(CHUNK) {
                let mut rows = opportunities::hold_of_account(tx, ids, from.id).await?;
                for row in &mut rows {
                    (row.account_id, row.account_external_id) = (Some(to.id), Some(to.external_id.clone()));
                    (row.revision, row.updated_at) = (row.revision + 1, tx.now());
                }
                opportunities::update(tx, &rows).await?;
                moved.extend(rows.iter().map(|row| row.id));
                for row in rows {
                    tx.emit(OpportunityUpdated { opportunity: row.into(), changed: vec!["account_external_id".to_owned()] });
                }
            }
            Ok(moved)
        }
        .boxed()
    }
}

/// Accounts whose parent it is.
struct Subsidiaries;

impl AccountFollower for Subsidiaries {
    fn kind(&self) -> &'static str {
        "subsidiary"
    }

    fn of<'a>(&'a self, tx: &'a Tx, account: &'a AccountRow, limit: u64) -> Listed<'a> {
        async move {
            let rows = accounts::that_name(tx, Column::ParentExternalId, account.external_id.as_str(), limit).await?;
            Ok(rows.into_iter().map(|row| (row.id, row.external_id)).collect())
        }
        .boxed()
    }

    fn shift<'a>(&'a self, tx: &'a mut Tx, ids: &'a [Uuid], from: &'a AccountRow, to: &'a AccountRow) -> Shifted<'a> {
        async move {
            let mut moved = Vec::with_capacity(ids.len());
            for ids in ids.chunks(CHUNK) {
                let mut rows = accounts::hold_ids(tx, ids).await?;
                // Nothing becomes a subsidiary of itself; the two themselves are for the merge to write.
                rows.retain(|row| row.parent_external_id.as_ref() == Some(&from.external_id) && row.id != to.id && row.id != from.id);
                for row in &mut rows {
                    row.parent_external_id = Some(to.external_id.clone());
                    (row.revision, row.updated_at) = (row.revision + 1, tx.now());
                }
                accounts::update(tx, &rows).await?;
                moved.extend(rows.iter().map(|row| row.id));
                for row in rows.into_iter().filter(|row| row.merged_into.is_none()) {
                    tx.emit(AccountUpdated { account: Account::from(row), changed: vec!["parent_external_id".to_owned()] });
                }
            }
            Ok(moved)
        }
        .boxed()
    }
}

/// Accounts that were merged into it. What they are does not change, nor what anybody sees but where they lead.
struct Redirects;

impl AccountFollower for Redirects {
    fn kind(&self) -> &'static str {
        "redirect"
    }

    fn of<'a>(&'a self, tx: &'a Tx, account: &'a AccountRow, limit: u64) -> Listed<'a> {
        async move {
            let rows = accounts::that_name(tx, Column::MergedInto, account.id, limit).await?;
            Ok(rows.into_iter().map(|row| (row.id, row.external_id)).collect())
        }
        .boxed()
    }

    fn shift<'a>(&'a self, tx: &'a mut Tx, ids: &'a [Uuid], from: &'a AccountRow, to: &'a AccountRow) -> Shifted<'a> {
        async move {
            let mut moved = Vec::with_capacity(ids.len());
            for ids in ids.chunks(CHUNK) {
                let mut rows = accounts::hold_ids(tx, ids).await?;
                rows.retain(|row| row.merged_into == Some(from.id) && row.id != to.id);
                rows.iter_mut().for_each(|row| row.merged_into = Some(to.id));
                accounts::update(tx, &rows).await?;
                moved.extend(rows.iter().map(|row| row.id));
            }
            Ok(moved)
        }
        .boxed()
    }
}
