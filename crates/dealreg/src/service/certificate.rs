//! Making certificates, and saying what one is worth now.
//!
//! They are made when they are asked for: nothing is kept, so what a certificate is worth is read off the deal itself.

use super::engagement;
use crate::DealId;
use crate::certificate::{
    CertificateClaims, CertificateCustomer, CertificatePartner, CertificateRules, CertificateStatus, CertificateVendor, CertificateVerdict,
    ProtectionCertificate, Standing, TYPE, hash, judge,
};
use crate::error;
use crate::rules::Status;
use crate::store::deals::DealRow;
use crate::store::{claims, deals};
use access::statements;
use chrono::Duration;
use kernel::{Actor, App, Problem, Scope};
use sea_orm::ConnectionTrait;

/// A key that signed a certificate stays published for so long after its end: an expired one is still told from a forged one.
const KEPT_AFTER: Duration = Duration::days(90);

/// The certificate of an approved deal.
pub async fn issue(app: &App, who: &Actor, id: DealId) -> Result<ProtectionCertificate, Problem> {
    let vendor = who.scope.vendor();
    let db = app.db().read_of(vendor).await?;
    let row = deals::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let now = app.clock().now();
    let standing = standing(&db, &row).await?.filter(|standing| standing.until > now).ok_or_else(|| Problem::new(error::NOT_PROTECTED))?;
    let partner = partners::find(&db, Scope::vendor_wide(vendor), row.partner()).await?.ok_or_else(Problem::not_found)?;
    let named = access::vendors::find(&db, vendor).await?.ok_or_else(Problem::not_found)?;
    let version = row.rules_version.unwrap_or(0);
    let rules = engagement::version(app, &db, vendor, version).await?;
    drop(db);
    let customer = row.customer()?;
    let claims = CertificateClaims {
        iss: app.public_url().to_owned(),
        sub: id,
        iat: now.timestamp(),
        exp: standing.until.timestamp(),
        vendor: CertificateVendor { id: vendor, name: named.name },
        partner: CertificatePartner { id: row.partner(), name: partner.name },
        customer: CertificateCustomer { name: customer.name, country: customer.country, keys: standing.keys },
        rules: CertificateRules { version, sha256: hash(&rules.engagement).map_err(Problem::internal)? },
    };
    let certificate = statements::sign(app, TYPE, &claims, standing.until + KEPT_AFTER).await?;
    Ok(ProtectionCertificate { certificate, claims })
}

/// What a certificate is worth now. Whoever holds it may ask: nothing is told but whether what it says holds.
pub async fn verify(app: &App, certificate: &str) -> Result<CertificateVerdict, Problem> {
    let checked_at = app.clock().now();
    let Some(claims) = statements::read::<CertificateClaims>(app, TYPE, certificate).await? else {
        return Ok(CertificateVerdict { status: CertificateStatus::Invalid, claims: None, checked_at });
    };
    let vendor = claims.vendor.id;
    let db = app.db().read_of(vendor).await?;
    let standing = match deals::find(&db, Scope::vendor_wide(vendor), claims.sub).await? {
        Some(row) => standing(&db, &row).await?,
        None => None,
    };
    Ok(CertificateVerdict { status: judge(&claims, standing.as_ref(), checked_at), claims: Some(claims), checked_at })
}

async fn standing(db: &impl ConnectionTrait, row: &DealRow) -> Result<Option<Standing>, Problem> {
    let (Status::Approved, Some(until)) = (row.status()?, row.protected_until) else { return Ok(None) };
    let mut keys = claims::held(db, row.vendor_id, row.id()).await?;
    keys.sort();
    Ok(Some(Standing { until, partner: row.partner(), keys }))
}
