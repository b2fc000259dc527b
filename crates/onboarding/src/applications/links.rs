//! The links of letters to an applicant: secrets of 256 bits, kept as hashes. Whoever holds one reads letters to the address.

use super::ApplicationId;
use super::store::{self, ApplicationRow};
use access::forms::hash;
use chrono::Duration;
use kernel::id::VendorId;
use kernel::text::hex;
use kernel::{App, Problem, Scope, Tx};
use sea_orm::{ConnectionTrait, DbErr, Statement};

/// How long a link works.
const LIFETIME: Duration = Duration::days(30);
/// Links of one application that work at once: the newest.
const MOST: usize = 10;
/// A letter with a link is not asked for again within this: nobody's mailbox is filled by a form.
pub const PAUSE: Duration = Duration::minutes(5);

fn sql(tx: &Tx, sql: &str, values: Vec<sea_orm::Value>) -> Statement {
    Statement::from_sql_and_values(tx.get_database_backend(), sql, values)
}

/// A new link to an application on the form's page.
pub async fn make(tx: &Tx, id: ApplicationId, page: &str) -> Result<String, DbErr> {
    // Whose it is stands in it: nobody has to look through all vendors'.
    let secret = format!("{}.{}", tx.vendor(), hex(&kernel::seal::random::<32>()));
    let find = "SELECT hash FROM application_links WHERE vendor_id = $1 AND application_id = $2 ORDER BY created_at DESC, hash";
    let rows = tx.query_all_raw(sql(tx, find, vec![tx.vendor().0.into(), id.0.into()])).await?;
    for row in rows.iter().skip(MOST - 1) {
        let old: String = row.try_get("", "hash")?;
        let delete = "DELETE FROM application_links WHERE vendor_id = $1 AND hash = $2";
        tx.execute_raw(sql(tx, delete, vec![tx.vendor().0.into(), old.into()])).await?;
    }
    let insert = "INSERT INTO application_links (vendor_id, hash, application_id, expires_at, created_at) VALUES ($1, $2, $3, $4, $5)";
    let values = vec![tx.vendor().0.into(), hash(&secret).into(), id.0.into(), (tx.now() + LIFETIME).into(), tx.now().into()];
    tx.execute_raw(sql(tx, insert, values)).await?;
    // What follows the # stays in the browser: no server's log and no Referer holds it.
    Ok(format!("{page}#application={secret}"))
}

/// The application of this secret, if it still works.
pub async fn find(app: &App, secret: &str) -> Result<Option<ApplicationRow>, Problem> {
    let Some(vendor) = secret.split('.').next().and_then(|part| part.parse::<VendorId>().ok()) else { return Ok(None) };
    let db = app.db().read_of(vendor).await?;
    let sql = "SELECT application_id FROM application_links WHERE vendor_id = $1 AND hash = $2 AND expires_at > $3";
    let values = [vendor.0.into(), hash(secret).into(), app.clock().now().into()];
    let row = db.query_one_raw(Statement::from_sql_and_values(app.db().backend(), sql, values)).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(store::find(&db, Scope::vendor_wide(vendor), ApplicationId(row.try_get("", "application_id")?)).await?)
}

/// Make every link of an application void.
pub async fn forget(tx: &Tx, id: ApplicationId) -> Result<(), DbErr> {
    let delete = "DELETE FROM application_links WHERE vendor_id = $1 AND application_id = $2";
    tx.execute_raw(sql(tx, delete, vec![tx.vendor().0.into(), id.0.into()])).await.map(drop)
}
