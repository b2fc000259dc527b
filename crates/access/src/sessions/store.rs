//! The table of sessions, and the only queries on it.

use super::IDLE;
use chrono::{DateTime, Utc};
use kernel::id::{PersonId, SessionId, VendorId};
use kernel::{Page, PageQuery, Problem, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, Condition, ExprTrait as _, QueryOrder, QuerySelect};

/// The table of sessions.
pub mod session {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sessions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub person_id: Uuid,
        pub portal_id: Option<Uuid>,
        pub provider: Option<String>,
        pub methods: String,
        pub device: Option<String>,
        pub refresh_hash: Vec<u8>,
        pub previous_hash: Option<Vec<u8>>,
        pub refreshed_at: DateTime<Utc>,
        pub authenticated_at: DateTime<Utc>,
        pub expires_at: DateTime<Utc>,
        pub ended_at: Option<DateTime<Utc>>,
        pub end_reason: Option<String>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl session::Model {
    /// How the person proved who they are.
    pub fn methods(&self) -> Vec<String> {
        self.methods.split(' ').filter(|method| !method.is_empty()).map(str::to_owned).collect()
    }

    /// Until when it lasts if nobody uses it.
    pub fn lasts_until(&self) -> DateTime<Utc> {
        Ord::min(self.expires_at, self.refreshed_at + IDLE)
    }

    /// Whether it has neither been ended nor run out.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.ended_at.is_none() && now < self.lasts_until()
    }
}

/// Write a new session down.
pub(super) async fn insert(tx: &Tx, row: session::Model) -> Result<(), DbErr> {
    session::Entity::insert(session::ActiveModel::from(row)).exec_without_returning(tx).await.map(|_| ())
}

/// A session of the vendor.
pub(super) async fn find(db: &impl ConnectionTrait, vendor: VendorId, id: SessionId) -> Result<Option<session::Model>, DbErr> {
    session::Entity::find_by_id((vendor.0, id.0)).one(db).await
}

/// The session whose present or last refresh token has this hash, of whichever vendor: it yields the scope.
pub(super) async fn find_by_secret(db: &impl ConnectionTrait, hash: &[u8]) -> Result<Option<session::Model>, DbErr> {
    let secret = session::Column::RefreshHash.eq(hash.to_vec()).or(session::Column::PreviousHash.eq(hash.to_vec()));
    session::Entity::find().filter(secret).one(db).await
}

fn this(row: &session::Model) -> Condition {
    Condition::all().add(session::Column::VendorId.eq(row.vendor_id)).add(session::Column::Id.eq(row.id)).add(session::Column::EndedAt.is_null())
}

/// Exchange the refresh token `sent` for the one with the hash `next`; `false` if the session changed meanwhile.
pub(super) async fn rotate(tx: &Tx, row: &session::Model, sent: &[u8], next: &[u8]) -> Result<bool, DbErr> {
    let change = session::ActiveModel {
        refresh_hash: Set(next.to_vec()),
        previous_hash: Set(Some(sent.to_vec())),
        refreshed_at: Set(tx.now()),
        ..Default::default()
    };
    let unchanged = this(row).add(session::Column::RefreshHash.eq(row.refresh_hash.clone()));
    Ok(session::Entity::update_many().set(change).filter(unchanged).exec(tx).await?.rows_affected == 1)
}

/// End a session; `None` if it had ended already.
pub(super) async fn end(tx: &Tx, row: session::Model, reason: &str) -> Result<Option<session::Model>, DbErr> {
    let ended = session::Model { ended_at: Some(tx.now()), end_reason: Some(reason.to_owned()), revision: row.revision + 1, ..row };
    let change = session::ActiveModel {
        ended_at: Set(ended.ended_at),
        end_reason: Set(ended.end_reason.clone()),
        revision: Set(ended.revision),
        ..Default::default()
    };
    let done = session::Entity::update_many().set(change).filter(this(&ended)).exec(tx).await?;
    Ok((done.rows_affected == 1).then_some(ended))
}

/// Write down what was proven in an open session; `false` if it was ended meanwhile.
pub(super) async fn raise(tx: &Tx, row: &session::Model) -> Result<bool, DbErr> {
    let change = session::ActiveModel {
        methods: Set(row.methods.clone()),
        authenticated_at: Set(row.authenticated_at),
        revision: Set(row.revision),
        ..Default::default()
    };
    Ok(session::Entity::update_many().set(change).filter(this(row)).exec(tx).await?.rows_affected == 1)
}

/// End every open session of a person, each with its event.
pub async fn end_all(tx: &mut Tx, person: PersonId, reason: &str) -> Result<(), Problem> {
    end_others(tx, person, None, reason).await
}

/// End every open session of a person but this one, each with its event.
pub async fn end_others(tx: &mut Tx, person: PersonId, but: Option<SessionId>, reason: &str) -> Result<(), Problem> {
    let theirs = session::Column::VendorId.eq(tx.vendor().0).and(session::Column::PersonId.eq(person.0)).and(session::Column::EndedAt.is_null());
    for row in session::Entity::find().filter(theirs).order_by_asc(session::Column::Id).all(tx).await? {
        if but.is_some_and(|but| but.0 == row.id) {
            continue;
        }
        if let Some(row) = end(tx, row, reason).await? {
            tx.emit(super::SessionEndedEvent { session: row.into() });
        }
    }
    Ok(())
}

/// Forget what the devices of a person call themselves.
pub async fn forget_devices(tx: &Tx, person: PersonId) -> Result<(), DbErr> {
    let theirs = session::Column::VendorId.eq(tx.vendor().0).and(session::Column::PersonId.eq(person.0));
    let change = session::ActiveModel { device: Set(None), ..Default::default() };
    session::Entity::update_many().set(change).filter(theirs).exec(tx).await.map(|_| ())
}

/// All sessions of a person, oldest first.
pub(super) async fn of_person(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId) -> Result<Vec<session::Model>, DbErr> {
    let theirs = session::Column::VendorId.eq(vendor.0).and(session::Column::PersonId.eq(person.0));
    session::Entity::find().filter(theirs).order_by_asc(session::Column::Id).all(db).await
}

/// End every open session that began through this identity provider, each with its event.
pub async fn end_all_of_provider(tx: &mut Tx, provider: &str, reason: &str) -> Result<(), Problem> {
    let theirs = session::Column::VendorId.eq(tx.vendor().0).and(session::Column::Provider.eq(provider)).and(session::Column::EndedAt.is_null());
    for row in session::Entity::find().filter(theirs).order_by_asc(session::Column::Id).all(tx).await? {
        if let Some(row) = end(tx, row, reason).await? {
            tx.emit(super::SessionEndedEvent { session: row.into() });
        }
    }
    Ok(())
}

/// One page of sessions, newest first: a person's, or all of the vendor's.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    vendor: VendorId,
    people: Condition,
    open_at: Option<DateTime<Utc>>,
    page: PageQuery,
) -> Result<Page<session::Model>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<Uuid>("sessions")?);
    let open = |now: DateTime<Utc>| {
        Condition::all()
            .add(session::Column::EndedAt.is_null())
            .add(session::Column::ExpiresAt.gt(now))
            .add(session::Column::RefreshedAt.gt(now - IDLE))
    };
    let find = session::Entity::find()
        .filter(session::Column::VendorId.eq(vendor.0))
        .filter(people)
        .filter(Condition::all().add_option(open_at.map(open)).add_option(after.map(|id| session::Column::Id.lt(id))));
    let rows = find.order_by_desc(session::Column::Id).limit(limit + 1).all(db).await?;
    Ok(Page::of("sessions", rows, limit, |row| row.id))
}
