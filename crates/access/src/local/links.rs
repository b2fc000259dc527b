//! Links that a person gets by mail: a secret of 256 bits, kept as its hash, one per person and purpose, works once.

use crate::authenticate;
use crate::portals::portal;
use chrono::Duration;
use kernel::id::{PersonId, VendorId};
use kernel::{App, Problem, Tx};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use uuid::Uuid;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To come in for the first time.
    Invitation,
    /// To set a new password.
    PasswordReset,
}

impl Purpose {
    fn wire(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password_reset",
        }
    }

    /// How long it works.
    pub fn lifetime(self) -> Duration {
        match self {
            Self::Invitation => Duration::days(7),
            Self::PasswordReset => Duration::hours(1),
        }
    }
}

/// A link that still works.
#[derive(Debug, Clone)]
pub struct Link {
    /// Of which vendor.
    pub vendor: VendorId,
    /// Whose it is.
    pub person: PersonId,
    /// Through which portal the person comes.
    pub portal: Uuid,
    hash: Vec<u8>,
}

/// Unguessable text.
pub fn secret(prefix: &str) -> String {
    format!("{prefix}{}", kernel::text::hex(&kernel::seal::random::<32>()))
}

/// A new link in place of the last one of its kind: the address to open, which only ever lies at the portal's own.
pub async fn make(tx: &Tx, person: PersonId, purpose: Purpose, portal: &portal::Model, page: Option<&str>) -> Result<String, Problem> {
    let page = page_of(portal, page)?;
    let secret = secret("prml_");
    let sql = "INSERT INTO sign_in_links (vendor_id, person_id, purpose, portal_id, hash, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
        ON CONFLICT (vendor_id, person_id, purpose) DO UPDATE SET portal_id = $4, hash = $5, expires_at = $6, created_at = $7";
    let values = [
        tx.vendor().0.into(),
        person.0.into(),
        purpose.wire().into(),
        portal.id.into(),
        authenticate::hash(&secret).to_vec().into(),
        (tx.now() + purpose.lifetime()).into(),
        tx.now().into(),
    ];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    // What follows the # stays in the browser: no server's log and no Referer holds it.
    Ok(format!("{page}#{}={secret}", purpose.wire()))
}

/// The page that a link opens: one of the portal's addresses, the first unless another is named.
pub fn page_of(portal: &portal::Model, wanted: Option<&str>) -> Result<String, Problem> {
    let pages = portal.redirect_uris();
    let page = match wanted {
        None => pages.into_iter().next(),
        Some(wanted) => pages.into_iter().find(|page| page == wanted),
    };
    page.ok_or_else(|| Problem::invalid("/redirect_uri", "not_registered", "This is none of the portal's redirect_uris."))
}

/// The link of this secret, if it still works.
pub async fn find(app: &App, purpose: Purpose, secret: &str) -> Result<Option<Link>, Problem> {
    let hash = authenticate::hash(secret).to_vec();
    let sql = "SELECT vendor_id, person_id, portal_id FROM sign_in_links WHERE hash = $1 AND purpose = $2 AND expires_at > $3";
    let values = [hash.clone().into(), purpose.wire().into(), app.clock().now().into()];
    let db = app.db().read_across_vendors().await?;
    let row = db.query_one_raw(Statement::from_sql_and_values(app.db().backend(), sql, values)).await?;
    let read = |row: sea_orm::QueryResult| {
        let (vendor, person) = (VendorId(row.try_get("", "vendor_id")?), PersonId(row.try_get("", "person_id")?));
        Ok::<_, DbErr>(Link { vendor, person, portal: row.try_get("", "portal_id")?, hash })
    };
    Ok(row.map(read).transpose()?)
}

/// Use a link up; `false` if it was used or replaced meanwhile.
pub async fn spend(tx: &Tx, link: &Link) -> Result<bool, DbErr> {
    let sql = "DELETE FROM sign_in_links WHERE vendor_id = $1 AND person_id = $2 AND hash = $3 AND expires_at > $4";
    let values = [link.vendor.0.into(), link.person.0.into(), link.hash.clone().into(), tx.now().into()];
    Ok(tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected() == 1)
}

/// Make every link of a person void.
pub async fn forget(tx: &Tx, person: PersonId) -> Result<(), DbErr> {
    let sql = "DELETE FROM sign_in_links WHERE vendor_id = $1 AND person_id = $2";
    let values = [tx.vendor().0.into(), person.0.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

/// Whether a link of this kind was made less than `ago` before now.
pub async fn made_since(tx: &Tx, person: PersonId, purpose: Purpose, ago: Duration) -> Result<bool, DbErr> {
    let sql = "SELECT 1 AS one FROM sign_in_links WHERE vendor_id = $1 AND person_id = $2 AND purpose = $3 AND created_at > $4";
    let values = [tx.vendor().0.into(), person.0.into(), purpose.wire().into(), (tx.now() - ago).into()];
    Ok(tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.is_some())
}
