//! The table of people, and the only queries on it.

use super::http::{PersonQuery, PersonSort};
use super::{Standing, canonical_email};
use crate::roles::RoleName;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId, VendorId};
use kernel::text::fold;
use kernel::{Page, PageQuery, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, Func, LockType};
use sea_orm::{Condition, DbBackend, ExprTrait, QueryOrder, QuerySelect, Select, TryInsertResult};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use utoipa::ToSchema;

/// Whether a person may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum PersonStatus {
    /// May come in.
    Active,
    /// Is shut out.
    Deactivated,
}

/// The table of people.
pub mod person {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "people")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub partner_id: Option<Uuid>,
        pub email: String,
        pub name: String,
        pub search_name: String,
        pub role: String,
        pub status: PersonStatus,
        pub tokens_valid_from: Option<DateTime<Utc>>,
        pub reach: Option<String>,
        pub last_seen_at: Option<DateTime<Utc>>,
        pub invited_at: Option<DateTime<Utc>>,
        pub email_verified_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl person::Model {
    /// Its id.
    pub fn id(&self) -> PersonId {
        PersonId(self.id)
    }

    /// The partner that it belongs to; none if it belongs to the vendor itself.
    pub fn partner(&self) -> Option<PartnerId> {
        self.partner_id.map(PartnerId)
    }

    /// Its role.
    pub fn role(&self) -> RoleName {
        RoleName::stored(self.role.clone())
    }

    /// Whether its name and address were erased.
    pub fn is_erased(&self) -> bool {
        self.email == kernel::personal::erased_address(self.id())
    }

    /// What its permissions follow from; `None` if it is deactivated.
    pub fn standing(&self) -> Option<Standing> {
        let standing =
            Standing { id: self.id(), vendor: VendorId(self.vendor_id), partner: self.partner(), role: self.role(), narrowed: self.reach.is_some() };
        (self.status == PersonStatus::Active).then_some(standing)
    }
}

/// The text that `q` is looked for in: name and address.
pub fn search_name(name: &str, email: &str) -> String {
    format!("{} {}", fold(name), fold(email))
}

fn visible(scope: Scope) -> Select<person::Entity> {
    let all = person::Entity::find().filter(person::Column::VendorId.eq(scope.vendor().0));
    all.filter(scope.limit_or_vendors(person::Column::PartnerId))
}

/// Those of these partners of whose people somebody was seen since then, as was written down.
pub async fn partners_seen_since(
    db: &impl ConnectionTrait,
    vendor: VendorId,
    partners: &[Uuid],
    since: DateTime<Utc>,
) -> Result<HashSet<Uuid>, DbErr> {
    use person::Column::{LastSeenAt, PartnerId, VendorId as Of};
    let seen = person::Entity::find().select_only().column(PartnerId).distinct().filter(Of.eq(vendor.0)).filter(LastSeenAt.gte(since));
    let partners = seen.filter(PartnerId.is_in(partners.iter().copied())).into_tuple::<Option<Uuid>>().all(db).await?;
    Ok(partners.into_iter().flatten().collect())
}

/// A person of the vendor or of one of its partners.
pub async fn find(db: &impl ConnectionTrait, vendor: VendorId, id: PersonId) -> Result<Option<person::Model>, DbErr> {
    person::Entity::find_by_id((vendor.0, id.0)).one(db).await
}

/// Those of `ids` who are people of the vendor or of its partners, in no particular order; for a few hundred at most.
pub async fn find_many(db: &impl ConnectionTrait, vendor: VendorId, ids: &[PersonId]) -> Result<Vec<person::Model>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = person::Column::Id.is_in(ids.iter().map(|id| id.0));
    person::Entity::find().filter(person::Column::VendorId.eq(vendor.0)).filter(wanted).all(db).await
}

/// Active people of the vendor itself in this role, those added first first, up to `limit`.
pub async fn in_role(db: &impl ConnectionTrait, vendor: VendorId, role: &str, limit: u64) -> Result<Vec<person::Model>, DbErr> {
    let own = person::Column::VendorId.eq(vendor.0).and(person::Column::PartnerId.is_null());
    let active = person::Column::Role.eq(role).and(person::Column::Status.eq(PersonStatus::Active));
    person::Entity::find().filter(own).filter(active).order_by_asc(person::Column::Id).limit(limit).all(db).await
}

/// Active people of a partner by id: up to `limit` after `after`.
pub async fn of_partner(db: &impl ConnectionTrait, vendor: VendorId, partner: PartnerId, after: Uuid, limit: u64) -> Result<Vec<PersonId>, DbErr> {
    let theirs = person::Column::VendorId.eq(vendor.0).and(person::Column::PartnerId.eq(partner.0)).and(person::Column::Id.gt(after));
    let active = person::Entity::find().filter(theirs).filter(person::Column::Status.eq(PersonStatus::Active));
    let found = active.order_by_asc(person::Column::Id).limit(limit).all(db).await?;
    Ok(found.into_iter().map(|person| person.id()).collect())
}

/// The person with this e-mail address, in whatever case it is written.
pub async fn find_by_email(db: &impl ConnectionTrait, vendor: VendorId, email: &str) -> Result<Option<person::Model>, DbErr> {
    let address = person::Column::Email.eq(canonical_email(email));
    person::Entity::find().filter(person::Column::VendorId.eq(vendor.0)).filter(address).one(db).await
}

/// A person that `scope` may see.
pub async fn find_visible(db: &impl ConnectionTrait, scope: Scope, id: PersonId) -> Result<Option<person::Model>, DbErr> {
    visible(scope).filter(person::Column::Id.eq(id.0)).one(db).await
}

/// Like [`find_visible`], for a change: on Postgres no other write changes the row until this one ends,
/// while others may still refer to it.
pub async fn find_to_change(tx: &Tx, id: PersonId) -> Result<Option<person::Model>, DbErr> {
    visible(tx.scope()).filter(person::Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// A person that something of this write is to refer to: on Postgres nobody changes the row until this write ends.
pub async fn find_to_refer(tx: &Tx, id: PersonId) -> Result<Option<person::Model>, DbErr> {
    visible(tx.scope()).filter(person::Column::Id.eq(id.0)).lock(LockType::Share).one(tx).await
}

/// Like [`find_to_change`], of all the vendor's, whoever asks.
pub async fn find_in_vendor_to_change(tx: &Tx, id: PersonId) -> Result<Option<person::Model>, DbErr> {
    visible(Scope::vendor_wide(tx.vendor())).filter(person::Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// Add a person; `false` if the vendor has one with this address already.
pub async fn insert(tx: &Tx, row: person::Model) -> Result<bool, DbErr> {
    let insert = person::Entity::insert(person::ActiveModel::from(row)).on_conflict_do_nothing_on([person::Column::VendorId, person::Column::Email]);
    // The number of rows counts: what was passed over is `Inserted(0)`.
    Ok(matches!(insert.exec_without_returning(tx).await?, TryInsertResult::Inserted(1)))
}

/// Write the whole row of a person that [`find_to_change`] found.
pub async fn update(tx: &Tx, row: person::Model) -> Result<(), DbErr> {
    let this = person::Column::VendorId.eq(row.vendor_id).and(person::Column::Id.eq(row.id));
    person::Entity::update_many().set(person::ActiveModel::from(row).reset_all()).filter(this).exec(tx).await.map(|_| ())
}

/// Whether another active person of the vendor has this role.
pub async fn another_has(tx: &Tx, row: &person::Model) -> Result<bool, DbErr> {
    let others = person::Column::VendorId.eq(row.vendor_id).and(person::Column::Id.ne(row.id));
    let like_it = person::Column::Role.eq(&row.role).and(person::Column::Status.eq(PersonStatus::Active));
    Ok(person::Entity::find().filter(others.and(like_it)).limit(1).one(tx).await?.is_some())
}

/// One page of the people that `scope` may see.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, query: PersonQuery, now: DateTime<Utc>) -> Result<Page<person::Model>, Problem> {
    use person::Column::{Id, SearchName, UpdatedAt};
    let dormancy = Condition::all().add_option(query.dormant.map(|dormant| unseen(now - super::seen::dormant_after(), dormant)));
    let find = visible(scope).filter(wanted(&query, db.get_database_backend())).filter(dormancy);
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let limit = page.limit()?;
    match query.sort.unwrap_or_default() {
        PersonSort::Newest => {
            let list = "people:-created_at";
            let after = page.after::<Uuid>(list)?.map(|id| Id.lt(id));
            let rows = find.filter(Condition::all().add_option(after)).order_by_desc(Id).limit(limit + 1).all(db).await?;
            Ok(Page::of(list, rows, limit, |row| row.id))
        }
        PersonSort::Name => {
            let list = "people:name";
            let after = page.after::<(String, Uuid)>(list)?.map(|(name, id)| beyond(SearchName, name, id));
            let rows = find.filter(Condition::all().add_option(after)).order_by_asc(SearchName).order_by_asc(Id).limit(limit + 1).all(db).await?;
            Ok(Page::of(list, rows, limit, |row| (row.search_name.clone(), row.id)))
        }
        PersonSort::Updated => {
            let list = "people:updated_at";
            let after = page.after::<(DateTime<Utc>, Uuid)>(list)?.map(|(at, id)| beyond(UpdatedAt, at, id));
            let rows = find.filter(Condition::all().add_option(after)).order_by_asc(UpdatedAt).order_by_asc(Id).limit(limit + 1).all(db).await?;
            Ok(Page::of(list, rows, limit, |row| (row.updated_at, row.id)))
        }
    }
}

/// `(column, id) > (value, id)`, which an index on both answers directly.
fn beyond(column: person::Column, value: impl Into<sea_orm::Value>, id: Uuid) -> Expr {
    let row = Expr::tuple([Expr::col(column), Expr::col(person::Column::Id)]);
    row.gt(Expr::tuple([Expr::val(value), Expr::val(id)]))
}

fn wanted(query: &PersonQuery, backend: DbBackend) -> Condition {
    use person::Column::{Email, PartnerId, Role, Status, UpdatedAt};
    Condition::all()
        .add_option(query.q.as_deref().map(fold).filter(|q| !q.is_empty()).map(|q| mentions(backend, q)))
        .add_option(query.partner_id.map(|partner| PartnerId.eq(partner.0)))
        .add_option(query.role.as_ref().map(|role| Role.eq(role.as_str())))
        .add_option(query.status.map(|status| Status.eq(status)))
        .add_option(query.email.as_deref().map(|email| Email.eq(canonical_email(email))))
        .add_option(query.updated_since.map(|since| UpdatedAt.gte(since)))
}

/// Whether a person was last seen, or if never then added, before `since`; or the other way round.
fn unseen(since: DateTime<Utc>, dormant: bool) -> Expr {
    use person::Column::{CreatedAt, LastSeenAt};
    let last: Expr = Func::coalesce([Expr::col(LastSeenAt), Expr::col(CreatedAt)]).into();
    if dormant { last.lt(since) } else { last.gte(since) }
}

/// Whether name or address contain `part`, letter for letter.
fn mentions(backend: DbBackend, part: String) -> Expr {
    let place = if backend == DbBackend::Postgres { "strpos" } else { "instr" };
    Expr::expr(Func::cust(place).arg(Expr::col(person::Column::SearchName)).arg(part)).gt(0)
}

/// The vendor's own active people whose role allows `permission`, whom no narrowed reach keeps from using it; by id.
pub async fn who_may(db: &impl ConnectionTrait, vendor: VendorId, permission: crate::Permission) -> Result<Vec<person::Model>, DbErr> {
    let own = person::Column::VendorId.eq(vendor.0).and(person::Column::PartnerId.is_null());
    let active = own.and(person::Column::Status.eq(PersonStatus::Active));
    let all = person::Entity::find().filter(active).order_by_asc(person::Column::Id).all(db).await?;
    let limitable = crate::permission::limitable() & permission.bit() != 0;
    let mut roles = std::collections::HashMap::new();
    let mut able = Vec::new();
    for person in all {
        if !roles.contains_key(&person.role) {
            let facts = crate::roles::facts(db, vendor, &person.role()).await?;
            roles.insert(person.role.clone(), facts.is_some_and(|facts| facts.grants & permission.bit() != 0));
        }
        if roles[&person.role] && (limitable || person.reach.is_none()) {
            able.push(person);
        }
    }
    Ok(able)
}
