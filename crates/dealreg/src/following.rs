//! What is here of an account follows it when it is merged into another: its deals, and the partner that it is named for.
//!
//! What deals claim and wait for hangs on the companies' own keys and moves nowhere. So two partners that are both protected, one on each side, would
//! both hold what is one company from then on: that has to be settled first, as has what people judged of the two.

use crate::leads::named;
use crate::rules::Status;
use crate::service::ground;
use crate::store::claims;
use crate::store::deals::{self, DealRow, deal};
use crate::verdicts::{Identity, Known, MatchVerdictKind};
use crate::{DealId, sql};
use crm::{AccountFollower, AccountRow, MergeObstacle};
use futures::future::BoxFuture;
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, Value};
use std::collections::HashSet;

/// Ids in one statement.
const CHUNK: usize = 1_000;
/// Protected deals that are looked at on each side.
const MOST_PROTECTED: u64 = 200;
/// Obstacles that are told.
const MOST_TOLD: usize = 20;

/// Everything here that follows accounts.
pub fn followers() -> Vec<Box<dyn AccountFollower>> {
    vec![Box::new(Deals), Box::new(NamedAccounts), Box::new(Verdicts)]
}

struct Deals;

impl AccountFollower for Deals {
    fn kind(&self) -> &'static str {
        "deal"
    }

    fn of<'a>(&'a self, tx: &'a Tx, account: &'a AccountRow, limit: u64) -> BoxFuture<'a, Result<Vec<(Uuid, String)>, Problem>> {
        Box::pin(async move {
            let of = deals::scoped(Scope::vendor_wide(tx.vendor())).select_only().column(deal::Column::Id);
            let of = of.filter(deal::Column::AccountId.eq(account.id)).order_by_asc(deal::Column::Id).limit(limit);
            let ids = of.into_tuple::<Uuid>().all(tx).await?;
            Ok(ids.into_iter().map(|id| (id, DealId(id).to_string())).collect())
        })
    }

    fn obstacles<'a>(&'a self, tx: &'a Tx, merged: &'a AccountRow, survivor: &'a AccountRow) -> BoxFuture<'a, Result<Vec<MergeObstacle>, Problem>> {
        Box::pin(async move {
            let (theirs, ours) = (protected(tx, merged).await?, protected(tx, survivor).await?);
            Ok(collisions(&theirs, &ours).into_iter().take(MOST_TOLD).map(protected_twice).collect())
        })
    }

    /// Under the next revision, so that nobody who read the deal before writes it back; nothing that is shown of it changes.
    fn shift<'a>(&'a self, tx: &'a mut Tx, ids: &'a [Uuid], from: &'a AccountRow, to: &'a AccountRow) -> BoxFuture<'a, Result<Vec<Uuid>, Problem>> {
        Box::pin(async move {
            let mut moved = Vec::with_capacity(ids.len());
            for ids in ids.chunks(CHUNK) {
                let sql = format!(
                    "UPDATE deals SET account_id = $3, revision = revision + 1 WHERE vendor_id = $1 AND account_id = $2 AND id IN ({}) RETURNING id",
                    sql::placeholders(4, ids.len())
                );
                let fixed = [tx.vendor().0.into(), from.id.into(), to.id.into()];
                let rows = tx.query_all_raw(sql::statement(tx, sql, fixed.into_iter().chain(ids.iter().map(|id| Value::from(*id))))).await?;
                for row in rows {
                    moved.push(row.try_get::<Uuid>("", "id")?);
                }
            }
            Ok(moved)
        })
    }
}

/// The deals that are protected and are an account's: by their reference, or since they hold its keys.
async fn protected(tx: &Tx, account: &AccountRow) -> Result<Vec<DealRow>, Problem> {
    use deal::Column::{AccountId, Id, ProtectedUntil};
    let everybody = Scope::vendor_wide(tx.vendor());
    let keys = ground::claimed(&matching::exact_keys(&account.profile()));
    let holders = claims::holders(tx, everybody, &keys).await?.into_iter().filter(|holder| holder.protected).map(|holder| holder.deal);
    let either = sea_orm::Condition::any().add(AccountId.eq(account.id)).add(Id.is_in(holders));
    let approved = deals::scoped(everybody).filter(deal::Column::Status.eq(Status::Approved.wire())).filter(ProtectedUntil.gt(tx.now()));
    Ok(approved.filter(either).order_by_asc(Id).limit(MOST_PROTECTED).all(tx).await?)
}

/// Pairs of deals, one of each side, that two partners are protected by and that no dispute has let share.
fn collisions<'a>(theirs: &'a [DealRow], ours: &'a [DealRow]) -> Vec<(&'a DealRow, &'a DealRow)> {
    let both: HashSet<_> = theirs.iter().map(|deal| deal.id).filter(|id| ours.iter().any(|deal| deal.id == *id)).collect();
    let pairs = theirs.iter().flat_map(|one| ours.iter().map(move |other| (one, other)));
    let shared = |one: &DealRow, other: &DealRow| one.share_dispute_id.is_some() && one.share_dispute_id == other.share_dispute_id;
    pairs
        .filter(|(one, other)| one.partner_id != other.partner_id && !shared(one, other) && !both.contains(&one.id) && !both.contains(&other.id))
        .collect()
}

fn protected_twice((one, other): (&DealRow, &DealRow)) -> MergeObstacle {
    let detail = format!(
        "{} and {} are protected for different partners; let a dispute decide who holds the customer, or close one of them.",
        one.id(),
        other.id()
    );
    MergeObstacle { code: "protected_for_different_partners", detail }
}

struct NamedAccounts;

impl AccountFollower for NamedAccounts {
    fn kind(&self) -> &'static str {
        "named_account"
    }

    fn of<'a>(&'a self, tx: &'a Tx, account: &'a AccountRow, _limit: u64) -> BoxFuture<'a, Result<Vec<(Uuid, String)>, Problem>> {
        Box::pin(async move {
            let found = named::of_account(tx, tx.vendor(), &account.external_id).await?;
            Ok(found.into_iter().map(|(id, _)| (id, crate::leads::NamedAccountId(id).to_string())).collect())
        })
    }

    fn obstacles<'a>(&'a self, tx: &'a Tx, merged: &'a AccountRow, survivor: &'a AccountRow) -> BoxFuture<'a, Result<Vec<MergeObstacle>, Problem>> {
        Box::pin(async move {
            let theirs = named::of_account(tx, tx.vendor(), &merged.external_id).await?;
            let ours = named::of_account(tx, tx.vendor(), &survivor.external_id).await?;
            let differ = theirs.zip(ours).filter(|((_, theirs), (_, ours))| theirs != ours);
            let told = differ.map(|((one, _), (other, _))| {
                let (one, other) = (crate::leads::NamedAccountId(one), crate::leads::NamedAccountId(other));
                let detail = format!("{one} and {other} name the two for different partners; delete one of them.");
                MergeObstacle { code: "named_for_different_partners", detail }
            });
            Ok(told.into_iter().collect())
        })
    }

    fn shift<'a>(&'a self, tx: &'a mut Tx, ids: &'a [Uuid], from: &'a AccountRow, to: &'a AccountRow) -> BoxFuture<'a, Result<Vec<Uuid>, Problem>> {
        Box::pin(async move {
            let mut moved = Vec::new();
            for id in ids {
                if named::move_to(tx, *id, &from.external_id, &to.external_id).await? {
                    moved.push(*id);
                }
            }
            Ok(moved)
        })
    }
}

/// Verdicts are about companies, not about the records that they were made from, and move nowhere; one that the two differ stands in the way.
struct Verdicts;

impl AccountFollower for Verdicts {
    fn kind(&self) -> &'static str {
        "match_verdict"
    }

    fn of<'a>(&'a self, _tx: &'a Tx, _account: &'a AccountRow, _limit: u64) -> BoxFuture<'a, Result<Vec<(Uuid, String)>, Problem>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn obstacles<'a>(&'a self, tx: &'a Tx, merged: &'a AccountRow, survivor: &'a AccountRow) -> BoxFuture<'a, Result<Vec<MergeObstacle>, Problem>> {
        Box::pin(async move {
            let known = Known::of(tx, tx.vendor(), Identity::of(&merged.profile())).await?;
            let differ = known.on(&Identity::of(&survivor.profile())).filter(|rule| rule.verdict == MatchVerdictKind::Different);
            let told =
                differ.map(|rule| MergeObstacle { code: "judged_different", detail: format!("{} says that the two differ; revoke it.", rule.id) });
            Ok(told.into_iter().collect())
        })
    }

    fn shift<'a>(&'a self, _tx: &'a mut Tx, _ids: &'a [Uuid], _: &'a AccountRow, _: &'a AccountRow) -> BoxFuture<'a, Result<Vec<Uuid>, Problem>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}
