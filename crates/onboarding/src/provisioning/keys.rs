//! What a vendor's calls to its provisioner are signed with.

use kernel::id::VendorId;
use kernel::keyring::Keyring;
use kernel::seal::{KeyColumn, Sealed};
use kernel::{App, Problem, Tx};
use sea_orm::{ConnectionTrait, Statement};

/// Where keyrings are sealed.
pub const SEALED: Sealed = Sealed {
    table: "provisioning_keys",
    key: &[KeyColumn::Uuid("vendor_id")],
    column: "secrets",
    purpose: |row| Ok(purpose(VendorId(row.try_get("", "vendor_id")?))),
    also: &[],
};

fn purpose(vendor: VendorId) -> String {
    format!("provisioning:{}", vendor.0.simple())
}

/// The keys of a vendor; none until it has published a policy.
pub async fn of(app: &App, db: &impl ConnectionTrait, vendor: VendorId) -> Result<Option<Keyring>, Problem> {
    let sql = "SELECT secrets FROM provisioning_keys WHERE vendor_id = $1";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into()])).await?;
    let sealed: Option<Vec<u8>> = row.map(|row| row.try_get("", "secrets")).transpose()?;
    sealed.map(|sealed| Keyring::open(app.sealer(), &purpose(vendor), &sealed)).transpose()
}

/// The keys of the vendor, made now if there are none.
pub async fn made(tx: &Tx) -> Result<Keyring, Problem> {
    if let Some(keys) = of(tx.app(), tx, tx.vendor()).await? {
        return Ok(keys);
    }
    let keys = Keyring::fresh();
    let sql = "INSERT INTO provisioning_keys (vendor_id, secrets, updated_at) VALUES ($1, $2, $3) ON CONFLICT (vendor_id) DO NOTHING";
    let values = [tx.vendor().0.into(), keys.seal(tx.app().sealer(), &purpose(tx.vendor())).into(), tx.now().into()];
    let done = tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    if done.rows_affected() == 1 {
        return Ok(keys);
    }
    // Another write was faster: its keys count.
    of(tx.app(), tx, tx.vendor()).await?.ok_or_else(|| Problem::internal("a vendor's provisioning keys are not there"))
}

/// Keep changed keys.
pub async fn keep(tx: &Tx, keys: &Keyring) -> Result<(), Problem> {
    let sql = "UPDATE provisioning_keys SET secrets = $2, updated_at = $3 WHERE vendor_id = $1";
    let values = [tx.vendor().0.into(), keys.seal(tx.app().sealer(), &purpose(tx.vendor())).into(), tx.now().into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(())
}
