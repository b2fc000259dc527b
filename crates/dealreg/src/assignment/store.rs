//! Open work: who has how much, and what waits where. Every statement here is answered by an index that holds open work only, or one person's.

use crate::rules::Status;
use crate::store::deals::{self, DealRow, deal};
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId, VendorId};
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{Condition, ExprTrait as _, QueryOrder, QuerySelect, Statement};
use std::collections::{HashMap, HashSet};

/// A place in a list that is ordered by how long something has waited.
pub type Since = (DateTime<Utc>, Uuid);

/// How many deals in review each of these people has.
pub async fn loads(db: &impl ConnectionTrait, vendor: VendorId, people: &[PersonId]) -> Result<HashMap<PersonId, i64>, DbErr> {
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, i64)> = deal::Entity::find()
        .select_only()
        .column(deal::Column::AssigneeId)
        .column_as(deal::Column::Id.count(), "load")
        .filter(deal::Column::VendorId.eq(vendor.0))
        .filter(deal::Column::AssigneeId.is_in(people.iter().map(|person| person.0)))
        .filter(in_review())
        .group_by(deal::Column::AssigneeId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(person, load)| (PersonId(person), load)).collect())
}

fn in_review() -> Expr {
    deal::Column::Status.eq(Status::InReview.wire())
}

fn open() -> Expr {
    deal::Column::Status.is_in([Status::InReview.wire(), Status::InformationRequested.wire()])
}

/// What the partial index of waiting work holds; the constants are written out, or no planner would take it.
fn waiting() -> Condition {
    let literal = sea_orm::sea_query::Expr::cust("status = 'in_review' AND assignee_id IS NULL");
    Condition::all().add(literal)
}

fn beyond(after: Option<Since>) -> Condition {
    use deal::Column::{Id, ReviewSince};
    Condition::all().add_option(after.map(|(at, id)| Condition::any().add(ReviewSince.gt(at)).add(ReviewSince.eq(at).and(Id.gt(id)))))
}

/// Up to `limit` deals in review that `person` has, those that have waited longest first.
pub async fn of_person(db: &impl ConnectionTrait, scope: Scope, person: PersonId, after: Option<Since>, limit: u64) -> Result<Vec<DealRow>, DbErr> {
    let find = deals::scoped(scope).filter(deal::Column::AssigneeId.eq(person.0)).filter(in_review()).filter(beyond(after));
    find.order_by_asc(deal::Column::ReviewSince).order_by_asc(deal::Column::Id).limit(limit).all(db).await
}

/// The same, those that are due first first; those without a time last, the longest waiting first.
pub async fn of_person_by_due(
    db: &impl ConnectionTrait,
    scope: Scope,
    person: PersonId,
    after: Option<(Option<DateTime<Utc>>, Since)>,
    limit: u64,
) -> Result<Vec<DealRow>, DbErr> {
    use deal::Column::{AssigneeId, Id, ReviewDueAt, ReviewSince};
    let past = after.map(|(due, since)| match due {
        Some(due) => {
            let same = Condition::all().add(ReviewDueAt.eq(due)).add(beyond(Some(since)));
            Condition::any().add(ReviewDueAt.gt(due)).add(same).add(ReviewDueAt.is_null())
        }
        None => Condition::all().add(ReviewDueAt.is_null()).add(beyond(Some(since))),
    });
    let find = deals::scoped(scope).filter(AssigneeId.eq(person.0)).filter(in_review()).filter(Condition::all().add_option(past));
    let find = find.order_by_asc(ReviewDueAt.is_null()).order_by_asc(ReviewDueAt).order_by_asc(ReviewSince);
    find.order_by_asc(Id).limit(limit).all(db).await
}

/// Up to `limit` deals that wait in any of these pools (`None` is the open one), those that have waited longest first: the
/// first few of each pool, put together.
pub async fn in_pools(
    db: &impl ConnectionTrait,
    scope: Scope,
    pools: &[Option<Uuid>],
    after: Option<Since>,
    limit: u64,
) -> Result<Vec<DealRow>, DbErr> {
    use deal::Column::{Id, PoolId, ReviewSince, VendorId};
    let mut each = pools.iter().map(|pool| {
        let this = pool.map_or_else(|| PoolId.is_null(), |pool| PoolId.eq(pool));
        let first = sea_orm::sea_query::Query::select()
            .columns([Id, ReviewSince])
            .from(deal::Entity)
            .and_where(VendorId.eq(scope.vendor().0))
            .and_where(this)
            .cond_where(waiting())
            .cond_where(scope.limit(deal::Column::PartnerId))
            .cond_where(beyond(after))
            .order_by(ReviewSince, sea_orm::Order::Asc)
            .order_by(Id, sea_orm::Order::Asc)
            .limit(limit)
            .to_owned();
        // SQLite lets a part of a union have a limit only as a table of its own.
        sea_orm::sea_query::Query::select().column(Id).from_subquery(first, "pool").to_owned()
    });
    let Some(mut all) = each.next() else { return Ok(Vec::new()) };
    for one in each {
        all.union(sea_orm::sea_query::UnionType::All, one);
    }
    let find = deal::Entity::find().filter(VendorId.eq(scope.vendor().0)).filter(Id.in_subquery(all));
    find.order_by_asc(ReviewSince).order_by_asc(Id).limit(limit).all(db).await
}

/// How many deals wait in a pool within `scope`, and since when the first does; counted to `most` and no further.
pub async fn count_waiting(db: &impl ConnectionTrait, scope: Scope, pool: Uuid, most: u64) -> Result<(u64, Option<DateTime<Utc>>), DbErr> {
    use deal::Column::{Id, PoolId, ReviewSince};
    let find = deals::scoped(scope).filter(PoolId.eq(pool)).filter(waiting()).select_only().column(ReviewSince);
    let rows: Vec<Option<DateTime<Utc>>> = find.order_by_asc(ReviewSince).order_by_asc(Id).limit(most).into_tuple().all(db).await?;
    Ok((rows.len() as u64, rows.into_iter().next().flatten()))
}

/// The first pool after `after` in which something waits: a step along the index, however much waits there.
async fn next_pool(db: &impl ConnectionTrait, vendor: VendorId, after: Uuid) -> Result<Option<Uuid>, DbErr> {
    use deal::Column::PoolId;
    let find = deals::scoped(Scope::vendor_wide(vendor)).filter(PoolId.gt(after)).filter(waiting());
    let next: Option<Option<Uuid>> = find.select_only().column(PoolId).order_by_asc(PoolId).limit(1).into_tuple().one(db).await?;
    Ok(next.flatten())
}

/// Whether anything waits that a queue would deal out, or that waits for somebody.
pub async fn anything_waits(db: &impl ConnectionTrait, vendor: VendorId) -> Result<bool, DbErr> {
    Ok(next_pool(db, vendor, Uuid::nil()).await?.is_some())
}

/// What was tried already, and could not be placed.
#[derive(Debug, Default)]
pub struct Passed {
    partners: HashSet<Uuid>,
    deals: HashSet<Uuid>,
}

impl Passed {
    /// Whether this is one that cannot be placed either.
    pub fn has(&self, row: &DealRow) -> bool {
        self.deals.contains(&row.id) || self.partners.contains(&row.partner_id)
    }

    /// Pass over this deal, and unless somebody gave it back, over its partner's others.
    pub fn add(&mut self, row: &DealRow) -> Result<(), Problem> {
        match row.assignment()?.is_some_and(|why| !why.gave_back.is_empty()) {
            true => self.deals.insert(row.id),
            false => self.partners.insert(row.partner_id),
        };
        Ok(())
    }
}

/// Up to `limit` deals that wait in a pool, those that have waited longest first, but for what was passed over: to be placed. On Postgres nobody
/// else changes them until this write ends.
pub async fn waiting_to_change(tx: &Tx, pool: Uuid, passed: &Passed, limit: u64) -> Result<Vec<DealRow>, DbErr> {
    use deal::Column::{Id, PartnerId, PoolId, ReviewSince};
    let mut find = deals::scoped(Scope::vendor_wide(tx.vendor())).filter(PoolId.eq(pool)).filter(waiting());
    if !passed.partners.is_empty() {
        find = find.filter(PartnerId.is_not_in(passed.partners.iter().copied()));
    }
    if !passed.deals.is_empty() {
        find = find.filter(Id.is_not_in(passed.deals.iter().copied()));
    }
    find.order_by_asc(ReviewSince).order_by_asc(Id).limit(limit).lock(LockType::NoKeyUpdate).all(tx).await
}

/// The ids of the open deals that a person has, in order.
pub async fn held(tx: &Tx, person: PersonId) -> Result<Vec<Uuid>, DbErr> {
    let find = deals::scoped(Scope::vendor_wide(tx.vendor())).filter(deal::Column::AssigneeId.eq(person.0)).filter(open());
    let mut ids: Vec<Uuid> = find.select_only().column(deal::Column::Id).into_tuple().all(tx).await?;
    ids.sort();
    Ok(ids)
}

/// Those of these deals that are open and that a person still has, to be placed anew: on Postgres nobody else changes them until this write ends.
pub async fn held_to_change(tx: &Tx, person: PersonId, ids: &[Uuid]) -> Result<Vec<DealRow>, DbErr> {
    let find = deals::scoped(Scope::vendor_wide(tx.vendor())).filter(deal::Column::Id.is_in(ids.iter().copied()));
    let find = find.filter(deal::Column::AssigneeId.eq(person.0)).filter(open());
    find.order_by_asc(deal::Column::Id).lock(LockType::NoKeyUpdate).all(tx).await
}

/// Everybody who has an open deal, of one partner's if one is named.
pub async fn holders(tx: &Tx, partner: Option<PartnerId>) -> Result<Vec<PersonId>, DbErr> {
    let find = deals::scoped(Scope::vendor_wide(tx.vendor())).filter(open()).filter(deal::Column::AssigneeId.is_not_null());
    let find = find.filter(Condition::all().add_option(partner.map(|partner| deal::Column::PartnerId.eq(partner.0))));
    let rows: Vec<Uuid> = find.select_only().column(deal::Column::AssigneeId).distinct().into_tuple().all(tx).await?;
    Ok(rows.into_iter().map(PersonId).collect())
}

/// Every pool in which something waits.
pub async fn pools(tx: &Tx) -> Result<Vec<Uuid>, DbErr> {
    let mut pools = Vec::new();
    let mut after = Uuid::nil();
    while let Some(pool) = next_pool(tx, tx.vendor(), after).await? {
        pools.push(pool);
        after = pool;
    }
    Ok(pools)
}

/// Whether an open deal is in this queue, or came through it.
pub async fn uses_queue(tx: &Tx, name: &str) -> Result<bool, DbErr> {
    let find = deals::scoped(Scope::vendor_wide(tx.vendor())).filter(deal::Column::Queue.eq(name)).filter(open());
    let found: Option<Uuid> = find.select_only().column(deal::Column::Id).limit(1).into_tuple().one(tx).await?;
    Ok(found.is_some())
}

/// Let what waits under a queue's name, from before there was one, wait in it; returns how many did.
pub async fn adopt(tx: &Tx, queue: Uuid, name: &str) -> Result<u64, DbErr> {
    let sql =
        "UPDATE deals SET pool_id = $3 WHERE vendor_id = $1 AND queue = $2 AND pool_id IS NULL AND assignee_id IS NULL AND status = 'in_review'";
    let values = [tx.vendor().0.into(), name.into(), queue.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|done| done.rows_affected())
}
