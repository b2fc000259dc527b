//! Where letters to signers without an account go, and the link that they carry.

use super::store;
use super::{AgreementId, AgreementSignerId, links};
use crate::Addressee;
use kernel::personal::is_marker;
use kernel::{Problem, Tx};

/// Whom to write to as the signer of this id; nobody, if there is none, they have an account, or they were erased.
pub async fn addressee(tx: &mut Tx, id: &str) -> Result<Option<Addressee>, Problem> {
    let Ok(id) = id.parse::<AgreementSignerId>() else { return Ok(None) };
    let Some(signer) = store::signer(tx, tx.vendor(), id).await? else { return Ok(None) };
    if is_marker(&signer.email) || signer.person_id.is_some() {
        return Ok(None);
    }
    let Some(row) = store::find(tx, tx.scope(), AgreementId(signer.agreement_id)).await? else { return Ok(None) };
    let link = if row.status()?.is_live() { Some(links::make(tx, &row, &signer).await?) } else { None };
    let languages = partners::languages::of_partner(tx, tx.vendor(), Some(row.partner()), [row.language]).await?;
    Ok(Some(Addressee { email: signer.email, name: signer.name, languages, link }))
}
