//! Recovery codes: ten, each of 120 bits, so that a plain hash hides them; shown once, each works once.

use crate::authenticate;
use kernel::id::PersonId;
use kernel::{Problem, Tx};
use sea_orm::{ConnectionTrait, DbErr, Statement};

const CODES: usize = 10;
const GROUPS: usize = 4;
const GROUP: usize = 6;
/// Crockford's digits: no letter is taken for a number.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn fresh() -> String {
    let random: [u8; GROUPS * GROUP] = kernel::seal::random();
    let digits: Vec<char> = random.iter().map(|byte| char::from(DIGITS[usize::from(byte & 31)])).collect();
    digits.chunks(GROUP).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// A code as it was typed: case, spaces and dashes do not matter, and look-alikes are read as meant.
fn hash(code: &str) -> Vec<u8> {
    let read = |c: char| match c.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        c => c,
    };
    let plain: String = code.chars().filter(|c| c.is_alphanumeric()).map(read).collect();
    authenticate::hash(&plain).to_vec()
}

/// New codes in place of the old ones.
pub async fn replace(tx: &Tx, person: PersonId) -> Result<Vec<String>, Problem> {
    forget(tx, person).await?;
    let codes: Vec<String> = (0..CODES).map(|_| fresh()).collect();
    let sql = "INSERT INTO recovery_codes (vendor_id, person_id, hash, created_at) VALUES ($1, $2, $3, $4)";
    for code in &codes {
        let values = [tx.vendor().0.into(), person.0.into(), hash(code).into(), tx.now().into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    }
    Ok(codes)
}

/// Use a code up; `false` if it is not one of the person's, or was used.
pub async fn spend(tx: &Tx, person: PersonId, code: &str) -> Result<bool, DbErr> {
    let sql = "DELETE FROM recovery_codes WHERE vendor_id = $1 AND person_id = $2 AND hash = $3";
    let values = [tx.vendor().0.into(), person.0.into(), hash(code).into()];
    Ok(tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected() == 1)
}

/// Take all of them away.
pub async fn forget(tx: &Tx, person: PersonId) -> Result<(), DbErr> {
    let sql = "DELETE FROM recovery_codes WHERE vendor_id = $1 AND person_id = $2";
    let values = [tx.vendor().0.into(), person.0.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

/// How many are left.
pub async fn left(db: &impl ConnectionTrait, vendor: kernel::id::VendorId, person: PersonId) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) AS n FROM recovery_codes WHERE vendor_id = $1 AND person_id = $2";
    let values = [vendor.0.into(), person.0.into()];
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    row.map_or(Ok(0), |row| row.try_get("", "n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_was_meant() {
        let code = fresh();
        assert_eq!(code.len(), GROUPS * GROUP + GROUPS - 1);
        assert_eq!(hash(&code), hash(&code.to_uppercase().replace('-', " ")));
        assert_eq!(hash("o1i-l"), hash("0111"));
        assert_ne!(hash(&code), hash(&fresh()));
    }
}
