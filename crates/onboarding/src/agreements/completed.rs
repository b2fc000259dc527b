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
    if row.seal.is_some() {
        return Ok(row);
    }
    let vendor = VendorId(row.vendor_id);
    let named = access::vendors::find(&db, vendor).await?.ok_or_else(Problem::not_found)?;
    let whole = Whole::of(&db, row).await?;
    drop(db);
    let until = whole.row.ended_at.unwrap_or(whole.row.updated_at) + PUBLISHED;
    let (inside, file, hash) = match whole.row.completed_sha256.clone() {
        // A signature service made the file, with its own certificate in it.
        Some(hash) => (None, None, hash),
        None => {
            let inside = statements::sign(app, statement::TYPE, &statement::claims(app, &whole, None)?, until).await?;
            let file = paper::completed(whole.row.clone(), whole.signers.clone(), named.name, inside.clone()).await?;
            let hash = hex(&Sha256::digest(&file));
            (Some(inside), Some(file), hash)
        }
    };
    let seal = statements::sign(app, statement::TYPE, &statement::claims(app, &whole, Some(hash.clone()))?, until).await?;
    let who = Actor::system("agreements", vendor);
    app.write(&who, async |tx| {
        let mut row = store::hold(tx, id).await?.ok_or_else(Problem::not_found)?;
        // Whoever was first has made it: there is one completed file.
        if row.seal.is_none() {
            (row.statement, row.seal, row.completed_sha256) = (inside, Some(seal), Some(hash));
            if let Some(file) = file {
                store::keep_file(tx, id, store::COMPLETED, file).await?;
            }
            store::seal(tx, &row).await?;
        }
        Ok::<_, Problem>(row)
    })
    .await
}
