//! What a leaving partner has here: its people's access, and the records of it.

use crate::ports::{Handed, Handing, Leaving, LeavingPort};
use futures::future::BoxFuture;
use kernel::id::PartnerId;
use kernel::{Problem, Tx};
use sea_orm::{ConnectionTrait, Statement, Value};
use std::sync::Arc;
use uuid::Uuid;

/// People at once.
const BATCH: i64 = 25;

/// Sessions and keys: they work no more since the partner ended, and are closed for the record.
pub struct Access;

impl Leaving for Access {
    fn part(&self) -> &'static str {
        "access"
    }

    fn count<'a>(&'a self, tx: &'a Tx, partner: PartnerId) -> BoxFuture<'a, Result<i64, Problem>> {
        Box::pin(async move {
            number(tx, "SELECT COUNT(*) AS n FROM people WHERE vendor_id = $1 AND partner_id = $2 AND status = 'active'", partner).await
        })
    }

    fn step<'a>(&'a self, tx: &'a mut Tx, handing: &'a Handing, after: Uuid) -> BoxFuture<'a, Result<Handed, Problem>> {
        Box::pin(async move {
            let people = access::people::of_partner(tx, tx.vendor(), handing.partner, after, BATCH as u64).await?;
            let mut handed =
                Handed { next: (people.len() as i64 == BATCH).then(|| people.last().map(|person| person.0)).flatten(), ..Handed::default() };
            for person in people {
                access::people::shut_out(tx, person, "partner_offboarded").await?;
                handed.done += 1;
            }
            if handed.next.is_none() {
                access::keys::revoke_of_partner(tx, handing.partner).await?;
            }
            Ok(handed)
        })
    }
}

/// Contracts and documents: kept as long as the law needs.
pub struct Records;

impl Leaving for Records {
    fn part(&self) -> &'static str {
        "records"
    }

    fn count<'a>(&'a self, tx: &'a Tx, partner: PartnerId) -> BoxFuture<'a, Result<i64, Problem>> {
        Box::pin(async move {
            let mut sum = 0;
            for table in RECORDS {
                sum += number(tx, &format!("SELECT COUNT(*) AS n FROM {table} WHERE vendor_id = $1 AND partner_id = $2"), partner).await?;
            }
            Ok(sum)
        })
    }

    fn step<'a>(&'a self, tx: &'a mut Tx, handing: &'a Handing, _: Uuid) -> BoxFuture<'a, Result<Handed, Problem>> {
        Box::pin(async move {
            let mut done = 0;
            for table in RECORDS {
                let sql = format!(
                    "UPDATE {table} SET retain_until = $3 WHERE vendor_id = $1 AND partner_id = $2 AND (retain_until IS NULL OR retain_until < $3)"
                );
                let values: [Value; 3] = [tx.vendor().0.into(), handing.partner.0.into(), handing.retain_until.into()];
                done += tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), &sql, values)).await?.rows_affected() as i64;
            }
            Ok(Handed { done, ..Handed::default() })
        })
    }
}

/// Tables of records that are kept.
const RECORDS: [&str; 2] = ["partner_contracts", "partner_documents"];

async fn number(tx: &Tx, sql: &str, partner: PartnerId) -> Result<i64, Problem> {
    let row = tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [tx.vendor().0.into(), partner.0.into()])).await?;
    Ok(row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or(0))
}

/// Every part, in the order in which they are handed over.
pub struct Parts(Option<Arc<LeavingPort>>);

impl Parts {
    /// Those of this write's application.
    pub fn of(tx: &Tx) -> Self {
        Self(tx.app().find_service())
    }

    /// All of them: access first, records last.
    pub fn all(&self) -> Vec<&dyn Leaving> {
        let mut all: Vec<&dyn Leaving> = vec![&Access];
        for part in self.0.iter().flat_map(|port| &port.0) {
            all.push(part.as_ref());
        }
        all.push(&Records);
        all
    }
}
