//! The links of letters to signers without an account: secrets of 256 bits, kept as hashes. Whoever holds one reads letters to the address.

use super::store::{self, AgreementRow, SignerRow};
use super::{AgreementId, AgreementSignerId, AgreementTemplateId};
use access::forms::hash;
use chrono::Duration;
use kernel::id::VendorId;
use kernel::text::hex;
use kernel::{App, Problem, Scope, Tx};
use sea_orm::{ConnectionTrait, DbErr, Statement};

/// How long a link is good for at least: what was signed can be read by it for a while.
const AFTER: Duration = Duration::days(90);
/// Links of one signer that work at once: the newest.
const MOST: usize = 10;

fn sql(tx: &Tx, sql: &str, values: Vec<sea_orm::Value>) -> Statement {
    Statement::from_sql_and_values(tx.get_database_backend(), sql, values)
}

/// A new link of a signer on the template's page.
pub async fn make(tx: &Tx, row: &AgreementRow, signer: &SignerRow) -> Result<String, Problem> {
    let template = store::template(tx, tx.vendor(), AgreementTemplateId(row.template_id)).await?;
    let page = template.ok_or_else(|| Problem::internal("an agreement has no template"))?.body()?.page;
    // Whose it is stands in it: nobody has to look through all vendors'.
    let secret = format!("{}.{}", tx.vendor(), hex(&kernel::seal::random::<32>()));
    let (vendor, id) = (sea_orm::Value::from(tx.vendor().0), sea_orm::Value::from(signer.id));
    let find = "SELECT hash FROM agreement_links WHERE vendor_id = $1 AND signer_id = $2 ORDER BY created_at DESC, hash";
    for old in tx.query_all_raw(sql(tx, find, vec![vendor.clone(), id.clone()])).await?.iter().skip(MOST - 1) {
        let old: String = old.try_get("", "hash")?;
        tx.execute_raw(sql(tx, "DELETE FROM agreement_links WHERE vendor_id = $1 AND hash = $2", vec![vendor.clone(), old.into()])).await?;
    }
    let until = row.expires_at.unwrap_or_else(|| tx.now()) + AFTER;
    let insert = "INSERT INTO agreement_links (vendor_id, hash, signer_id, expires_at, created_at) VALUES ($1, $2, $3, $4, $5)";
    tx.execute_raw(sql(tx, insert, vec![vendor, hash(&secret).into(), id, until.into(), tx.now().into()])).await?;
    // What follows the # stays in the browser: no server's log and no Referer holds it.
    Ok(format!("{page}#agreement={secret}"))
}

/// The agreement and signer of this secret, if it still works.
pub async fn find(app: &App, secret: &str) -> Result<Option<(AgreementRow, SignerRow)>, Problem> {
    let Some(vendor) = secret.split('.').next().and_then(|part| part.parse::<VendorId>().ok()) else { return Ok(None) };
    let db = app.db().read_of(vendor).await?;
    let sql = "SELECT signer_id FROM agreement_links WHERE vendor_id = $1 AND hash = $2 AND expires_at > $3";
    let values = [vendor.0.into(), hash(secret).into(), app.clock().now().into()];
    let Some(row) = db.query_one_raw(Statement::from_sql_and_values(app.db().backend(), sql, values)).await? else { return Ok(None) };
    let Some(signer) = store::signer(&db, vendor, AgreementSignerId(row.try_get("", "signer_id")?)).await? else { return Ok(None) };
    let agreement = store::find(&db, Scope::vendor_wide(vendor), AgreementId(signer.agreement_id)).await?;
    Ok(agreement.map(|agreement| (agreement, signer)))
}

/// Make every link of a signer void.
pub async fn forget(tx: &Tx, id: AgreementSignerId) -> Result<(), DbErr> {
    let delete = "DELETE FROM agreement_links WHERE vendor_id = $1 AND signer_id = $2";
    tx.execute_raw(sql(tx, delete, vec![tx.vendor().0.into(), id.0.into()])).await.map(drop)
}
