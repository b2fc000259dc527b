//! Guesses are counted, for those who exist and those who do not alike, durably and before the guess is looked at.
//!
//! After [`FREE`] failures in a row each further one costs a pause that doubles up to [`LONGEST_PAUSE`]; after [`MOST`] this way in is
//! closed (NIST SP 800-63B-4 §3.2.2) until its owner comes in by another: a reset by mail, a passkey, a recovery code. So nobody is locked
//! out for ever by a stranger, and a stranger has a hundred guesses at most.

use super::events::SignInLockedEvent;
use crate::{authenticate, error};
use chrono::{DateTime, Duration, Utc};
use kernel::id::{PersonId, VendorId};
use kernel::{Actor, App, Problem, Tx};
use sea_orm::{ConnectionTrait, DbErr, Statement};

const FREE: i64 = 5;
const MOST: i64 = 100;
const PAUSE: i64 = 30;
const LONGEST_PAUSE: i64 = 3_600;
/// A closed way: nobody waits that long.
const CLOSED: Duration = Duration::days(36_500);

/// What is guessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guess {
    /// The password that belongs to an address, whether or not it is anybody's.
    Password(String),
    /// A person's code of the moment.
    Totp(PersonId),
    /// A person's recovery code.
    RecoveryCode(PersonId),
}

impl Guess {
    /// Names the counter; an address is hashed, since it may be nobody's business that it was tried.
    fn subject(&self) -> String {
        match self {
            Self::Password(email) => {
                format!("password:{}", kernel::text::hex(&authenticate::hash(email)[..16]))
            }
            Self::Totp(person) => format!("totp:{person}"),
            Self::RecoveryCode(person) => format!("recovery_code:{person}"),
        }
    }
}

/// How long after the `failures`-th failure in a row nothing is looked at.
fn pause(failures: i64) -> Duration {
    match failures {
        ..FREE => Duration::zero(),
        FREE..MOST => Duration::seconds((PAUSE << (failures - FREE).min(10)).min(LONGEST_PAUSE)),
        _ => CLOSED,
    }
}

/// Count a guess as failed before it is looked at, so that many at once are counted too; 429 while it must wait.
/// Answers how many have failed in a row if this one does.
pub async fn count(app: &App, vendor: VendorId, guess: &Guess) -> Result<i64, Problem> {
    let subject = guess.subject();
    let actor = Actor::system("sign_in", vendor);
    app.write(&actor, async |tx| {
        let backend = tx.get_database_backend();
        // The upsert holds the row: on Postgres, others who guess at the same time wait here.
        let sql = "INSERT INTO guesses (vendor_id, subject, failures, locked_until, last_at) VALUES ($1, $2, 1, $3, $3) \
            ON CONFLICT (vendor_id, subject) DO UPDATE SET failures = guesses.failures + 1, last_at = $3 RETURNING failures, locked_until";
        let values = [vendor.0.into(), subject.clone().into(), tx.now().into()];
        let row = tx.query_one_raw(Statement::from_sql_and_values(backend, sql, values)).await?.ok_or_else(|| Problem::internal("no row"))?;
        let (failures, until): (i64, DateTime<Utc>) = (row.try_get("", "failures")?, row.try_get("", "locked_until")?);
        if until > tx.now() {
            return Err(too_many(until - tx.now()));
        }
        let sql = "UPDATE guesses SET locked_until = $3 WHERE vendor_id = $1 AND subject = $2";
        let values = [vendor.0.into(), subject.into(), (tx.now() + pause(failures)).into()];
        tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        Ok(failures)
    })
    .await
}

/// After a guess that was wrong: tell the log once, when guesses begin to cost time.
pub async fn failed(app: &App, vendor: VendorId, person: PersonId, failures: i64) -> Result<(), Problem> {
    if failures != FREE && failures != MOST {
        return Ok(());
    }
    let actor = Actor::system("sign_in", vendor);
    app.write(&actor, async |tx| {
        tx.emit(SignInLockedEvent { person_id: person, failures });
        Ok::<_, Problem>(())
    })
    .await
}

/// The guess was right: count from the beginning.
pub async fn forgive(tx: &Tx, guess: &Guess) -> Result<(), DbErr> {
    let sql = "DELETE FROM guesses WHERE vendor_id = $1 AND subject = $2";
    let values = [tx.vendor().0.into(), guess.subject().into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

/// Forget what nobody has tried for so long; returns how many rows.
pub async fn sweep(tx: &Tx) -> Result<u64, DbErr> {
    let sql = "DELETE FROM guesses WHERE last_at < $1 AND failures < $2";
    let values = [(tx.now() - Duration::days(30)).into(), FREE.into()];
    Ok(tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected())
}

fn too_many(left: Duration) -> Problem {
    let seconds = left.num_seconds().clamp(1, LONGEST_PAUSE);
    Problem::new(error::TOO_MANY_GUESSES).with("retry_after", seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_the_hundredth_failure_closes_the_way() {
        let seconds = |failures| pause(failures).num_seconds();
        assert_eq!([1, 4, 5, 6, 7, 11, 12, 99].map(seconds), [0, 0, 30, 60, 120, 1_920, 3_600, 3_600]);
        assert_eq!(pause(100), CLOSED);
    }

    #[test]
    fn an_address_is_not_kept() {
        assert!(!Guess::Password("jo@contoso.example".into()).subject().contains("jo"));
    }
}
