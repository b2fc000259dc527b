//! The completed file: the signed document with the certificate of signatures, and our statements of both. Made when it is first asked for, and kept.

use super::service::Whole;
use super::store::{self, AgreementRow};
use super::{AgreementId, paper, statement};
use crate::error;
use access::statements;
use chrono::Duration;
use kernel::id::VendorId;
use kernel::text::hex;
use kernel::{Actor, App, Problem, Scope};
use sha2::{Digest as _, Sha256};

/// The key of a statement stays published for so long.
const PUBLISHED: Duration = Duration::days(3_653);

/// A completed agreement whose file and statements are there.
pub async fn of(app: &App, scope: Scope, id: AgreementId) -> Result<AgreementRow, Problem> {
    let db = app.db().read_of(scope.vendor()).await?;
    let row = store::find(&db, scope, id).await?.ok_or_else(Problem::not_found)?;
    if !row.status()?.is_complete() {
        return Err(Problem::new(error::AGREEMENT_NOT_SIGNED));
    }
    if row.completed_sha256.is_some() {
        return Ok(row);
    }
    let vendor = VendorId(row.vendor_id);
    let named = access::vendors::find(&db, vendor).await?.ok_or_else(Problem::not_found)?;
    let signers = store::signers(&db, vendor, [row.id]).await?;
    drop(db);
    let whole = Whole { row, signers };
    let until = whole.row.ended_at.unwrap_or(whole.row.updated_at) + PUBLISHED;
    let inside = statements::sign(app, statement::TYPE, &statement::claims(app, &whole, None)?, until).await?;
    let file = paper::completed(whole.row.clone(), whole.signers.clone(), named.name, inside.clone()).await?;
    let hash = hex(&Sha256::digest(&file));
    let seal = statements::sign(app, statement::TYPE, &statement::claims(app, &whole, Some(hash.clone()))?, until).await?;
    let who = Actor::system("agreements", vendor);
    app.write(&who, async |tx| {
        let mut row = store::hold(tx, id).await?.ok_or_else(Problem::not_found)?;
        // Whoever was first has made it: there is one completed file.
        if row.completed_sha256.is_none() {
            (row.statement, row.seal, row.completed_sha256) = (Some(inside), Some(seal), Some(hash));
            store::keep_file(tx, id, store::COMPLETED, file).await?;
            store::seal(tx, &row).await?;
        }
        Ok::<_, Problem>(row)
    })
    .await
}
