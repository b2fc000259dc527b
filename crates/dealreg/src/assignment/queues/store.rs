//! The tables of queues and their members, and the only queries on them.

use super::{Dealing, QueueId};
use chrono::{DateTime, Utc};
use kernel::id::{PersonId, VendorId};
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{Condition, DbBackend, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Select, Statement};

/// The table of queues.
pub mod queue {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "queues")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub description: Option<String>,
        pub dealing: String,
        pub member_limit: Option<i64>,
        pub cover: Option<String>,
        pub escalates_to: String,
        pub turns: i64,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of members.
pub mod member {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "queue_members")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub queue_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub person_id: Uuid,
        pub place: i64,
        pub turn: i64,
        pub dealt: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use member::Model as MemberRow;
pub use queue::Model as QueueRow;

impl QueueRow {
    /// How work is dealt out in it.
    pub fn dealing(&self) -> Result<Dealing, Problem> {
        serde_json::from_value(self.dealing.clone().into()).map_err(|_| Problem::internal(format!("a stored queue deals out by {}", self.dealing)))
    }

    /// To whom its deals are escalated.
    pub fn escalates_to(&self) -> Vec<PersonId> {
        let ids: Vec<String> = serde_json::from_str(&self.escalates_to).unwrap_or_default();
        ids.iter().filter_map(|id| id.parse().ok()).collect()
    }
}

/// Let only one write of a vendor at a time deal out work: the second sees whose turn it is after the first, and what everybody has by then.
/// Held until the write ends.
pub async fn lock(tx: &Tx) -> Result<(), DbErr> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(()); // SQLite has one writer anyway.
    }
    let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    let values = [format!("assignment:{}", tx.vendor()).into()];
    tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

fn of(vendor: VendorId) -> Select<queue::Entity> {
    queue::Entity::find().filter(queue::Column::VendorId.eq(vendor.0))
}

/// A queue by its name.
pub async fn by_name(db: &impl ConnectionTrait, vendor: VendorId, name: &str) -> Result<Option<QueueRow>, DbErr> {
    of(vendor).filter(queue::Column::Name.eq(name)).one(db).await
}

/// A queue by its id.
pub async fn by_id(db: &impl ConnectionTrait, vendor: VendorId, id: Uuid) -> Result<Option<QueueRow>, DbErr> {
    of(vendor).filter(queue::Column::Id.eq(id)).one(db).await
}

/// A queue that `scope` may see: queues are the vendor's own.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: QueueId) -> Result<Option<QueueRow>, DbErr> {
    if scope.partner().is_some() {
        return Ok(None);
    }
    by_id(db, scope.vendor(), id.0).await
}

/// The same for a change: on Postgres no other write changes the row until this one ends.
pub async fn find_to_change(tx: &Tx, id: QueueId) -> Result<Option<QueueRow>, DbErr> {
    if tx.scope().partner().is_some() {
        return Ok(None);
    }
    of(tx.vendor()).filter(queue::Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// Up to `limit` queues after `after`, by name.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, after: Option<String>, limit: u64) -> Result<Vec<QueueRow>, DbErr> {
    if scope.partner().is_some() {
        return Ok(Vec::new());
    }
    let beyond = Condition::all().add_option(after.map(|after| queue::Column::Name.gt(after)));
    of(scope.vendor()).filter(beyond).order_by_asc(queue::Column::Name).limit(limit).all(db).await
}

/// How many queues a vendor has.
pub async fn count(tx: &Tx) -> Result<u64, DbErr> {
    of(tx.vendor()).count(tx).await
}

/// The other queues that name this one or this person as their cover.
pub async fn covered_by(tx: &Tx, cover: &str) -> Result<Vec<QueueRow>, DbErr> {
    of(tx.vendor()).filter(queue::Column::Cover.eq(cover)).all(tx).await
}

/// The members of a queue, in its order.
pub async fn members(db: &impl ConnectionTrait, vendor: VendorId, queue: Uuid) -> Result<Vec<MemberRow>, DbErr> {
    let find = member::Entity::find().filter(member::Column::VendorId.eq(vendor.0)).filter(member::Column::QueueId.eq(queue));
    find.order_by_asc(member::Column::Place).all(db).await
}

/// The members of some queues, in their order.
pub async fn members_of(db: &impl ConnectionTrait, vendor: VendorId, queues: &[Uuid]) -> Result<Vec<MemberRow>, DbErr> {
    if queues.is_empty() {
        return Ok(Vec::new());
    }
    let find = member::Entity::find().filter(member::Column::VendorId.eq(vendor.0)).filter(member::Column::QueueId.is_in(queues.iter().copied()));
    find.order_by_asc(member::Column::QueueId).order_by_asc(member::Column::Place).all(db).await
}

/// The queues that name a person: as a member, as their cover, or to escalate to.
pub async fn naming(tx: &Tx, person: PersonId) -> Result<Vec<QueueRow>, DbErr> {
    let members = sea_orm::sea_query::Query::select()
        .column(member::Column::QueueId)
        .from(member::Entity)
        .and_where(member::Column::VendorId.eq(tx.vendor().0))
        .and_where(member::Column::PersonId.eq(person.0))
        .to_owned();
    let id = person.to_string();
    let named = Condition::any()
        .add(queue::Column::Id.in_subquery(members))
        .add(queue::Column::Cover.eq(id.as_str()))
        .add(queue::Column::EscalatesTo.contains(&id));
    of(tx.vendor()).filter(named).order_by_asc(queue::Column::Id).all(tx).await
}

/// The queues that a person works in, by name.
pub async fn of_person(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId) -> Result<Vec<QueueRow>, DbErr> {
    let theirs = sea_orm::sea_query::Query::select()
        .column(member::Column::QueueId)
        .from(member::Entity)
        .and_where(member::Column::VendorId.eq(vendor.0))
        .and_where(member::Column::PersonId.eq(person.0))
        .to_owned();
    of(vendor).filter(queue::Column::Id.in_subquery(theirs)).order_by_asc(queue::Column::Name).all(db).await
}

/// Store a new queue; 409 if the vendor has one of this name.
pub async fn insert(tx: &Tx, row: &QueueRow) -> Result<bool, DbErr> {
    let insert = queue::Entity::insert(row.clone().into_active_model()).on_conflict_do_nothing_on([queue::Column::VendorId, queue::Column::Name]);
    Ok(matches!(insert.exec_without_returning(tx).await?, sea_orm::TryInsertResult::Inserted(1)))
}

/// Write what people say of a queue; whose turn it is stays.
pub async fn update(tx: &Tx, row: &QueueRow) -> Result<(), DbErr> {
    let this = queue::Column::VendorId.eq(row.vendor_id).and(queue::Column::Id.eq(row.id));
    let mut change = row.clone().into_active_model().reset_all();
    change.turns = sea_orm::ActiveValue::NotSet;
    queue::Entity::update_many().set(change).filter(this).exec(tx).await.map(|_| ())
}

/// Take a queue out, with its members.
pub async fn delete(tx: &Tx, row: &QueueRow) -> Result<(), DbErr> {
    let members = member::Column::VendorId.eq(row.vendor_id).and(member::Column::QueueId.eq(row.id));
    member::Entity::delete_many().filter(members).exec(tx).await?;
    queue::Entity::delete_by_id((row.vendor_id, row.id)).exec(tx).await.map(|_| ())
}

/// Say who works in a queue; whoever stays keeps their turn.
pub async fn set_members(tx: &Tx, queue: &QueueRow, people: &[PersonId]) -> Result<(), DbErr> {
    let before = members(tx, tx.vendor(), queue.id).await?;
    let all = member::Column::VendorId.eq(queue.vendor_id).and(member::Column::QueueId.eq(queue.id));
    member::Entity::delete_many().filter(all).exec(tx).await?;
    let rows = people.iter().enumerate().map(|(place, person)| {
        let known = before.iter().find(|member| member.person_id == person.0);
        let (turn, dealt) = known.map_or((0, 0), |member| (member.turn, member.dealt));
        MemberRow { vendor_id: queue.vendor_id, queue_id: queue.id, person_id: person.0, place: place as i64, turn, dealt }.into_active_model()
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    member::Entity::insert_many(rows).exec_without_returning(tx).await.map(|_| ())
}

/// Note that a member has had their turn. Under [`lock`].
pub async fn advance(tx: &Tx, queue: &QueueRow, person: PersonId) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let (vendor, queue) = (queue.vendor_id, queue.id);
    let count = "UPDATE queues SET turns = turns + 1 WHERE vendor_id = $1 AND id = $2";
    tx.execute_raw(Statement::from_sql_and_values(backend, count, [vendor.into(), queue.into()])).await?;
    let turn = "UPDATE queue_members SET dealt = dealt + 1, turn = (SELECT turns FROM queues WHERE vendor_id = $1 AND id = $2) \
        WHERE vendor_id = $1 AND queue_id = $2 AND person_id = $3";
    tx.execute_raw(Statement::from_sql_and_values(backend, turn, [vendor.into(), queue.into(), person.0.into()])).await.map(|_| ())
}
