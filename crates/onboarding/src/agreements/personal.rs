//! What is kept of people in agreements: who is to sign, and how they did.
//!
//! What everybody signed stays as it was signed, in its file: the vendor needs it for its claims (GDPR, article 17 (3) (e)). What is kept beside it goes,
//! and what was not signed yet is taken back.

use super::events::AgreementUpdated;
use super::rules::AgreementStatus;
use super::service::Whole;
use super::store::{self, SignerRow};
use super::types::AgreementEvidence;
use super::{AgreementId, links};
use kernel::personal::{ERASED, ERASED_EMAIL, Holder, Known};
use kernel::{App, Problem, Scope, Tx};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

/// Agreements that somebody is to sign, or has signed.
pub fn holder() -> Holder {
    Holder { name: "agreement_signers", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn theirs(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<SignerRow>, Problem> {
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let rows = store::signers_after(db, known.vendor, known.person, known.email.as_deref(), after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        found.extend(rows);
    }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let rows = theirs(&app.db().read_of(known.vendor).await?, known).await?;
    let one = |row: SignerRow| {
        Ok(json!({ "id": row.id(), "agreement_id": AgreementId(row.agreement_id), "role": row.role, "name": row.name, "email": row.email,
            "status": row.status, "acted_at": row.acted_at, "evidence": row.evidence()? }))
    };
    rows.into_iter().map(one).collect()
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    for mut signer in theirs(tx, known).await? {
        let Some(row) = store::find(tx, Scope::vendor_wide(known.vendor), AgreementId(signer.agreement_id)).await? else { continue };
        if let Some(evidence) = signer.evidence()? {
            let bare = AgreementEvidence { typed_name: ERASED.to_owned(), address: None, user_agent: None, ..evidence };
            signer.evidence = Some(serde_json::to_string(&bare).map_err(Problem::internal)?);
        }
        (signer.name, signer.email) = (ERASED.to_owned(), ERASED_EMAIL.to_owned());
        links::LINKS.forget(tx, signer.id).await?;
        store::update_signer(tx, &signer).await?;
        let mut whole = Whole::of(tx, row).await?;
        let status = whole.row.status()?;
        if known.is_in(&whole.row.text) {
            whole.row.text = ERASED.to_owned();
        }
        if !status.is_complete() {
            store::forget_files(tx, whole.row.id()).await?;
        }
        if status.is_live() || status == AgreementStatus::Draft {
            whole.end(tx, AgreementStatus::Voided, Some("A signer was erased.".to_owned())).await?;
        } else {
            if signer.status == "declined" && whole.row.reason.is_some() {
                whole.row.reason = Some(ERASED.to_owned());
            }
            store::update(tx, &mut whole.row).await?;
        }
        tx.emit(AgreementUpdated { agreement: whole.told()? });
    }
    Ok(())
}
