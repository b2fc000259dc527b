//! The few pieces of SQL text that several stores share.

use sea_orm::{ConnectionTrait, Statement, Value};

/// `$first, $first+1, …`: placeholders for `count` values.
pub(crate) fn placeholders(first: usize, count: usize) -> String {
    (first..first + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}

/// A statement for whichever database this is.
pub(crate) fn statement(db: &impl ConnectionTrait, sql: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}
