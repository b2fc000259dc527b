//! What reads of people and of groups have in common.

use crate::error::TOO_MANY;
use crate::filter::sql::{Clause, Ground, Narrowed};
use crate::filter::{Filter, holds};
use crate::schema::Kind;
use kernel::{Problem, Scope};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use serde_json::Value;

/// The most rows that a filter which SQL cannot answer is evaluated on.
pub const MOST: usize = 5_000;

/// Run a clause that is a whole query.
pub async fn rows(db: &impl ConnectionTrait, clause: Clause) -> Result<Vec<QueryResult>, DbErr> {
    let (sql, values) = clause.render();
    db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await
}

/// Run a clause that is a whole statement.
pub async fn execute(db: &impl ConnectionTrait, clause: Clause) -> Result<u64, DbErr> {
    let (sql, values) = clause.render();
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await.map(|done| done.rows_affected())
}

/// A kind of resource that can be listed.
pub trait Listed: Sized {
    /// Which kind.
    fn kind() -> &'static Kind;
    /// The columns to select.
    const COLUMNS: &'static str;
    /// `FROM` and `WHERE` of all that `scope` reaches.
    fn all(scope: Scope) -> Clause;
    /// The column by which the list is ordered.
    const ORDER: &'static str;
    /// Read a row.
    fn read(row: &QueryResult) -> Result<Self, DbErr>;
    /// These rows as resources; `wants` says which of the costly attributes are needed.
    fn shown(
        db: &impl ConnectionTrait,
        scope: Scope,
        base: &str,
        rows: Vec<Self>,
        wants: &(dyn Fn(&str) -> bool + Sync),
    ) -> impl Future<Output = Result<Vec<Value>, DbErr>> + Send;
}

/// The resources from `offset` on that satisfy the filter, whole, with the number of all that do.
pub async fn page<T: Listed + Send>(
    db: &impl ConnectionTrait,
    scope: Scope,
    base: &str,
    wanted: &crate::request::Wanted,
) -> Result<(u64, Vec<Value>), Problem> {
    let ground = Ground { kind: T::kind(), vendor: scope.vendor(), backend: db.get_database_backend() };
    let narrowed = wanted.filter.as_ref().map_or(Narrowed { clause: None, exact: true }, |filter| ground.narrow(filter));
    let found = match narrowed.clause {
        Some(clause) => T::all(scope).then(" AND (").join(clause).then(")"),
        None => T::all(scope),
    };
    match &wanted.filter {
        Some(filter) if !narrowed.exact => {
            let query = selected::<T>(found, &format!(" LIMIT {}", MOST + 1));
            let candidates = rows(db, query).await?.iter().map(T::read).collect::<Result<Vec<_>, _>>()?;
            if candidates.len() > MOST {
                return Err(Problem::new(TOO_MANY));
            }
            let wants = |attribute: &str| wanted.projection.wants(attribute) || mentions(filter, attribute);
            let whole = T::shown(db, scope, base, candidates, &wants).await?;
            let fitting: Vec<_> = whole.into_iter().filter(|resource| holds(T::kind(), resource, filter)).collect();
            let (skip, take) = (usize::try_from(wanted.offset).unwrap_or(usize::MAX), usize::try_from(wanted.count).unwrap_or(0));
            Ok((fitting.len() as u64, fitting.into_iter().skip(skip).take(take).collect()))
        }
        _ => {
            let counted = rows(db, Clause::text("SELECT CAST(count(*) AS bigint) AS total ").join(found.clone())).await?;
            let total: i64 = counted.first().map_or(Ok(0), |row| row.try_get("", "total"))?;
            if wanted.count == 0 || wanted.offset >= u64::try_from(total).unwrap_or(0) {
                return Ok((total.unsigned_abs(), Vec::new()));
            }
            let query = selected::<T>(found, &format!(" LIMIT {} OFFSET {}", wanted.count, wanted.offset));
            let page = rows(db, query).await?.iter().map(T::read).collect::<Result<Vec<_>, _>>()?;
            let wants = |attribute: &str| wanted.projection.wants(attribute);
            Ok((total.unsigned_abs(), T::shown(db, scope, base, page, &wants).await?))
        }
    }
}

fn selected<T: Listed>(found: Clause, bounds: &str) -> Clause {
    // Oldest first: whoever is added while somebody pages comes at the end.
    Clause::text(format!("SELECT {} ", T::COLUMNS)).join(found).then(format!(" ORDER BY {}{bounds}", T::ORDER))
}

fn mentions(filter: &Filter, attribute: &str) -> bool {
    match filter {
        Filter::And(left, right) | Filter::Or(left, right) => mentions(left, attribute) || mentions(right, attribute),
        Filter::Not(inner) => mentions(inner, attribute),
        Filter::Present(name) | Filter::Compare(name, ..) | Filter::Some(name, _) => name.attribute.eq_ignore_ascii_case(attribute),
    }
}
