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

/// `LIKE` pattern that finds `text` anywhere; to be used with `ESCAPE '\'`.
pub(crate) fn contains(text: &str) -> String {
    let escaped: String = text.chars().flat_map(|c| if matches!(c, '%' | '_' | '\\') { vec!['\\', c] } else { vec![c] }).collect();
    format!("%{escaped}%")
}

/// An id of the vendor's own as one segment of a path.
pub(crate) fn path_segment(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
