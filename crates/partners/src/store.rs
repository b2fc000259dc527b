//! The table of partners, and the only queries on it.

use crate::http::{PartnerQuery, PartnerSort};
use crate::life::rules::PartnerStatus;
use crate::rules::{MAX_DEPTH, PartnerType};
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, VendorId};
use kernel::text::fold;
use kernel::{Page, PageQuery, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, Func, LockType};
use sea_orm::{Condition, DbBackend, ExprTrait, QueryOrder, QuerySelect, Select, Statement};
use serde_json::{Map, Value};

/// The table of partners.
pub mod partner {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "partners")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub search_name: String,
        pub kind: PartnerType,
        pub tier: Option<String>,
        pub region: Option<String>,
        pub country: Option<String>,
        pub specialisations: String,
        pub status: PartnerStatus,
        pub status_reason: Option<String>,
        pub suspended_from: Option<PartnerStatus>,
        pub parent_id: Option<Uuid>,
        pub distributor_id: Option<Uuid>,
        pub languages: String,
        pub website: Option<String>,
        pub tax_id: Option<String>,
        pub email_domains: String,
        pub manager_id: Option<Uuid>,
        pub custom_fields: String,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl partner::Model {
    /// Its id.
    pub fn id(&self) -> PartnerId {
        PartnerId(self.id)
    }

    /// The organisation that it is part of.
    pub fn parent_id(&self) -> Option<PartnerId> {
        self.parent_id.map(PartnerId)
    }

    /// What it is good at.
    pub fn specialisations(&self) -> Vec<String> {
        serde_json::from_str(&self.specialisations).unwrap_or_default()
    }

    /// The languages that it works in.
    pub fn languages(&self) -> Vec<String> {
        serde_json::from_str(&self.languages).unwrap_or_default()
    }

    /// The domains of its e-mail addresses.
    pub fn email_domains(&self) -> Vec<String> {
        serde_json::from_str(&self.email_domains).unwrap_or_default()
    }

    /// The vendor's own fields.
    pub fn custom_fields(&self) -> Map<String, Value> {
        serde_json::from_str(&self.custom_fields).unwrap_or_default()
    }
}

fn visible(scope: Scope) -> Select<partner::Entity> {
    let all = partner::Entity::find().filter(partner::Column::VendorId.eq(scope.vendor().0));
    all.filter(scope.limit(partner::Column::Id))
}

/// A partner that `scope` may see.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: PartnerId) -> Result<Option<partner::Model>, DbErr> {
    visible(scope).filter(partner::Column::Id.eq(id.0)).one(db).await
}

/// Up to `limit` active partners after `after`, by id.
pub async fn active_page(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<partner::Model>, DbErr> {
    let active = visible(scope).filter(partner::Column::Status.eq(PartnerStatus::Active)).filter(partner::Column::Id.gt(after));
    active.order_by_asc(partner::Column::Id).limit(limit).all(db).await
}

/// Up to `limit` partners after `after`, by id.
pub async fn page(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<partner::Model>, DbErr> {
    visible(scope).filter(partner::Column::Id.gt(after)).order_by_asc(partner::Column::Id).limit(limit).all(db).await
}

/// Those of `ids` that `scope` may see, in no particular order; for at most a page of them.
pub async fn find_many(db: &impl ConnectionTrait, scope: Scope, ids: &[PartnerId]) -> Result<Vec<partner::Model>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    visible(scope).filter(partner::Column::Id.is_in(ids.iter().map(|id| id.0))).all(db).await
}

/// Partners whose folded name is this one; a few, for what is compared further.
pub async fn named(db: &impl ConnectionTrait, scope: Scope, search_name: &str) -> Result<Vec<partner::Model>, DbErr> {
    visible(scope).filter(partner::Column::SearchName.eq(search_name)).order_by_asc(partner::Column::Id).limit(20).all(db).await
}

/// Ids and names of up to `limit` partners after `after`, for an index of names.
pub async fn names(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<(Uuid, String)>, DbErr> {
    let columns = [partner::Column::Id, partner::Column::Name];
    let all = visible(scope).filter(partner::Column::Id.gt(after)).order_by_asc(partner::Column::Id).limit(limit);
    all.select_only().columns(columns).into_tuple().all(db).await
}

/// Like [`find`], for a change: on Postgres no other write changes the row until this one ends,
/// while others may still refer to it.
pub async fn find_to_change(tx: &Tx, id: PartnerId) -> Result<Option<partner::Model>, DbErr> {
    visible(tx.scope()).filter(partner::Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// Add a partner.
pub async fn insert(tx: &Tx, row: partner::Model) -> Result<(), DbErr> {
    partner::Entity::insert(partner::ActiveModel::from(row)).exec_without_returning(tx).await.map(|_| ())
}

/// Write the whole row of a partner that [`find_to_change`] found.
pub async fn update(tx: &Tx, row: partner::Model) -> Result<(), DbErr> {
    let this = partner::Column::VendorId.eq(row.vendor_id).and(partner::Column::Id.eq(row.id));
    partner::Entity::update_many().set(partner::ActiveModel::from(row).reset_all()).filter(this).exec(tx).await.map(|_| ())
}

/// Like [`update`], as a new revision of now.
pub async fn save(tx: &Tx, row: partner::Model) -> Result<partner::Model, DbErr> {
    let row = partner::Model { revision: row.revision + 1, updated_at: tx.now(), ..row };
    update(tx, row.clone()).await?;
    Ok(row)
}

/// One page of the partners that `scope` may see.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, query: PartnerQuery) -> Result<Page<partner::Model>, Problem> {
    use partner::Column::{Id, SearchName, UpdatedAt};
    let find = visible(scope).filter(wanted(&query, db.get_database_backend()));
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let limit = page.limit()?;
    match query.sort.unwrap_or_default() {
        PartnerSort::Newest => {
            let list = "partners:-created_at";
            let after = page.after::<Uuid>(list)?.map(|id| Id.lt(id));
            let rows = find.filter(Condition::all().add_option(after)).order_by_desc(Id).limit(limit + 1).all(db).await?;
            Ok(Page::of(list, rows, limit, |row| row.id))
        }
        PartnerSort::Name => {
            let list = "partners:name";
            let after = page.after::<(String, Uuid)>(list)?.map(|(name, id)| beyond(SearchName, name, id));
            let rows = find.filter(Condition::all().add_option(after)).order_by_asc(SearchName).order_by_asc(Id).limit(limit + 1).all(db).await?;
            Ok(Page::of(list, rows, limit, |row| (row.search_name.clone(), row.id)))
        }
        PartnerSort::Updated => {
            let list = "partners:updated_at";
            let after = page.after::<(DateTime<Utc>, Uuid)>(list)?.map(|(at, id)| beyond(UpdatedAt, at, id));
            let rows = find.filter(Condition::all().add_option(after)).order_by_asc(UpdatedAt).order_by_asc(Id).limit(limit + 1).all(db).await?;
            Ok(Page::of(list, rows, limit, |row| (row.updated_at, row.id)))
        }
    }
}

/// `(column, id) > (value, id)`, which an index on both answers directly.
fn beyond(column: partner::Column, value: impl Into<sea_orm::Value>, id: Uuid) -> Expr {
    let row = Expr::tuple([Expr::col(column), Expr::col(partner::Column::Id)]);
    row.gt(Expr::tuple([Expr::val(value), Expr::val(id)]))
}

fn wanted(query: &PartnerQuery, backend: DbBackend) -> Condition {
    use partner::Column::{
        Country, DistributorId, EmailDomains, Kind, Languages, ManagerId, ParentId, Region, SearchName, Specialisations, Status, Tier, UpdatedAt,
    };
    Condition::all()
        .add_option(query.q.as_deref().map(fold).filter(|q| !q.is_empty()).map(|q| contains(backend, SearchName, q)))
        .add_option(query.kind.map(|kind| Kind.eq(kind)))
        .add_option(query.tier.as_ref().map(|tier| Tier.eq(tier)))
        .add_option(query.region.as_ref().map(|region| Region.eq(region)))
        .add_option(query.country.as_ref().map(|country| Country.eq(country)))
        .add_option(query.status.map(|status| Status.eq(status)))
        .add_option(query.manager_id.map(|manager| ManagerId.eq(manager.0)))
        .add_option(query.parent_id.map(|parent| ParentId.eq(parent.0)))
        .add_option(query.distributor_id.map(|distributor| DistributorId.eq(distributor.0)))
        .add_option(query.language.as_ref().map(|one| has(backend, Languages, one)))
        .add_option(query.email_domain.as_ref().map(|one| has(backend, EmailDomains, &one.to_lowercase())))
        .add_option(query.updated_since.map(|since| UpdatedAt.gte(since)))
        .add_option(query.specialisation.as_ref().map(|one| has(backend, Specialisations, one)))
}

/// Whether a list that is kept as JSON has this member: one begins after `[` or `,` and its inner quotes are escaped.
fn has(backend: DbBackend, column: partner::Column, one: &str) -> Expr {
    let member = Value::from(one).to_string();
    contains(backend, column, format!("[{member}")).or(contains(backend, column, format!(",{member}")))
}

/// Whether a column contains `part`, letter for letter.
fn contains(backend: DbBackend, column: partner::Column, part: String) -> Expr {
    let place = if backend == DbBackend::Postgres { "strpos" } else { "instr" };
    Expr::expr(Func::cust(place).arg(Expr::col(column)).arg(part)).gt(0)
}

/// `id` and the organisations above it, nearest first; one more than the longest chain at most.
pub async fn chain_above(tx: &Tx, id: PartnerId) -> Result<Vec<PartnerId>, DbErr> {
    let sql = "WITH RECURSIVE up (id, parent_id, level) AS ( \
        SELECT id, parent_id, 1 FROM partners WHERE vendor_id = $1 AND id = $2 UNION ALL \
        SELECT p.id, p.parent_id, up.level + 1 FROM partners p JOIN up ON p.id = up.parent_id WHERE p.vendor_id = $1 AND up.level <= $3) \
        SELECT id FROM up ORDER BY level";
    let values = [tx.vendor().0.into(), id.0.into(), MAX_DEPTH.into()];
    let rows = tx.query_all_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    rows.into_iter().map(|row| row.try_get("", "id").map(PartnerId)).collect()
}

/// Whether a partner is the distributor of another.
pub async fn supplies(tx: &Tx, id: PartnerId) -> Result<bool, DbErr> {
    let supplied = partner::Column::VendorId.eq(tx.vendor().0).and(partner::Column::DistributorId.eq(id.0));
    Ok(partner::Entity::find().filter(supplied).one(tx).await?.is_some())
}

/// How many levels of organisations lie under `id`.
pub async fn levels_below(tx: &Tx, id: PartnerId) -> Result<i64, DbErr> {
    let sql = "WITH RECURSIVE down (id, level) AS ( \
        SELECT id, CAST(0 AS bigint) FROM partners WHERE vendor_id = $1 AND id = $2 UNION ALL \
        SELECT p.id, down.level + 1 FROM partners p JOIN down ON p.parent_id = down.id WHERE p.vendor_id = $1 AND down.level <= $3) \
        SELECT MAX(level) AS levels FROM down";
    let values = [tx.vendor().0.into(), id.0.into(), MAX_DEPTH.into()];
    let row = tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    row.map_or(Ok(None), |row| row.try_get::<Option<i64>>("", "levels")).map(Option::unwrap_or_default)
}

/// Let only one write at a time change who is part of whom: two at once could close a circle.
pub async fn lock_groups(tx: &Tx, vendor: VendorId) -> Result<(), DbErr> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(()); // SQLite has one writer anyway.
    }
    let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    let values = [format!("partners:{vendor}").into()];
    tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

/// Partners that have this tax number, or one of these e-mail domains, whatever their status; up to ten, the oldest first.
pub async fn alike(db: &impl ConnectionTrait, vendor: VendorId, tax_id: Option<&str>, domains: &[String]) -> Result<Vec<partner::Model>, DbErr> {
    let backend = db.get_database_backend();
    let mut any = Condition::any().add_option(tax_id.map(|tax_id| partner::Column::TaxId.eq(tax_id)));
    for domain in domains.iter().take(20) {
        any = any.add(has(backend, partner::Column::EmailDomains, domain));
    }
    if any.is_empty() {
        return Ok(Vec::new());
    }
    visible(Scope::vendor_wide(vendor)).filter(any).order_by_asc(partner::Column::Id).limit(10).all(db).await
}
