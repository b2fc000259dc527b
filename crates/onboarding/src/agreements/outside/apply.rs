//! What a service says of a request becomes what an agreement is. The agreement is held: what its service and its vendor do happens one after the other.

use super::super::events::{AgreementDeclined, AgreementExpired, AgreementSignatureFailed, AgreementSignedBy, AgreementVoided};
use super::super::rules::{AgreementSignerStatus, AgreementStatus};
use super::super::service::Whole;
use super::super::types::{AgreementEvidence, AgreementIdentity};
use super::super::{signing, store as agreements};
use super::rules::{INTERVAL, SOON, Seen, Signer, State};
use super::store;
use super::types::SignatureRequestStatus;
use chrono::{DateTime, Utc};
use kernel::text::hex;
use kernel::{Problem, Tx};
use sha2::{Digest as _, Sha256};

/// Take over what was seen.
pub async fn seen(tx: &mut Tx, whole: &mut Whole, seen: Seen, file: Option<Vec<u8>>) -> Result<(), Problem> {
    if whole.row.status()?.is_live() {
        newly_signed(tx, whole, &seen).await?;
    }
    match (seen.state, file) {
        (State::Open, _) | (State::Completed, None) => waits(tx, whole, seen.trouble).await,
        (State::Completed, Some(file)) => completed(tx, whole, file).await,
        (State::Declined(reason), _) => declined(tx, whole, &seen.signers, reason).await,
        (State::Voided(reason), _) => ended(tx, whole, AgreementStatus::Voided, reason).await,
        (State::Expired, _) => ended(tx, whole, AgreementStatus::Expired, None).await,
        (State::Gone, _) => ended(tx, whole, AgreementStatus::Voided, None).await,
    }
}

/// Keep who has signed since it was last looked at. The last of them is told once it is known that the whole is complete.
async fn newly_signed(tx: &mut Tx, whole: &mut Whole, seen: &Seen) -> Result<(), Problem> {
    let is_complete = seen.state == State::Completed;
    let mut fresh = Vec::new();
    for (at, signer) in whole.signers.iter().enumerate() {
        let told = seen.signers.iter().find(|one| one.place == at);
        if signer.status()? != AgreementSignerStatus::Signed && (is_complete || told.is_some_and(|one| one.signed)) {
            fresh.push((at, told.cloned()));
        }
    }
    let last = if is_complete { fresh.last().map(|(at, _)| *at) } else { None };
    for (at, told) in fresh {
        sign(tx, whole, at, told, seen.completed_at).await?;
        if last != Some(at) {
            whole.row.status = AgreementStatus::PartlySigned.wire().to_owned();
            agreements::update(tx, &mut whole.row).await?;
            let signer_id = whole.signers[at].id();
            tx.emit(AgreementSignedBy { agreement: whole.told()?, signer_id });
        }
    }
    Ok(())
}

async fn sign(tx: &mut Tx, whole: &mut Whole, at: usize, told: Option<Signer>, completed_at: Option<DateTime<Utc>>) -> Result<(), Problem> {
    let (kind, sha256) = (whole.request.as_ref().and_then(|row| row.kind.parse().ok()), whole.row.sha256.clone());
    let signer = &mut whole.signers[at];
    let (when, name, reference) = told.map_or((None, None, None), |told| (told.at, told.name, told.reference));
    let evidence = AgreementEvidence {
        identity: AgreementIdentity::Service,
        methods: Vec::new(),
        typed_name: name.unwrap_or_else(|| signer.name.clone()),
        consent: String::new(),
        document_sha256: sha256,
        address: None,
        user_agent: None,
        service: kind,
        reference,
    };
    signer.evidence = Some(serde_json::to_string(&evidence).map_err(Problem::internal)?);
    signer.status = AgreementSignerStatus::Signed.wire().to_owned();
    signer.acted_at = Some(when.or(completed_at).unwrap_or_else(|| tx.now()).min(tx.now()));
    Ok(agreements::update_signer(tx, signer).await?)
}

/// Not over yet: ask again, soon if it is to end.
async fn waits(tx: &mut Tx, whole: &mut Whole, trouble: Option<&str>) -> Result<(), Problem> {
    let Some(row) = &mut whole.request else { return Ok(()) };
    let ends = row.status()? == SignatureRequestStatus::TakingBack;
    row.error = trouble.map(str::to_owned);
    if !ends {
        row.attempts = 0;
    }
    row.ask_after(tx.now(), if ends { SOON } else { INTERVAL });
    Ok(store::update_request(tx, row).await?)
}

/// Nothing is asked of the service any more.
async fn close(tx: &Tx, whole: &mut Whole, status: SignatureRequestStatus, error: Option<&str>) -> Result<(), Problem> {
    let Some(row) = &mut whole.request else { return Ok(()) };
    row.stand(status);
    row.error = error.map(str::to_owned);
    (row.due_at, row.lease_until, row.hinted, row.attempts) = (None, None, 0, 0);
    // The agreement says how and why it ended.
    (row.ending, row.reason) = (None, None);
    Ok(store::update_request(tx, row).await?)
}

async fn completed(tx: &mut Tx, whole: &mut Whole, file: Vec<u8>) -> Result<(), Problem> {
    if !whole.row.status()?.is_live() {
        // It ended here first, with an erasure: the service has it, and the vendor can read it there.
        return close(tx, whole, SignatureRequestStatus::Failed, Some("It was signed there before it could be taken back.")).await;
    }
    close(tx, whole, SignatureRequestStatus::Done, None).await?;
    whole.row.completed_sha256 = Some(hex(&Sha256::digest(&file)));
    agreements::keep_file(tx, whole.row.id(), agreements::COMPLETED, file).await?;
    let last = whole.signers.iter().max_by_key(|signer| (signer.acted_at, signer.position)).map(|signer| signer.id());
    signing::complete(tx, whole, last).await
}

async fn declined(tx: &mut Tx, whole: &mut Whole, told: &[Signer], reason: Option<String>) -> Result<(), Problem> {
    close(tx, whole, SignatureRequestStatus::Done, None).await?;
    if !whole.row.status()?.is_live() {
        return Ok(());
    }
    let theirs = told.iter().find(|one| one.declined && one.place < whole.signers.len());
    let first = || whole.signers.iter().position(|signer| signer.status != AgreementSignerStatus::Signed.wire());
    let at = theirs.map(|one| one.place).or_else(first).unwrap_or_default();
    let when = theirs.and_then(|one| one.at).unwrap_or_else(|| tx.now()).min(tx.now());
    let signer = &mut whole.signers[at];
    (signer.status, signer.acted_at) = (AgreementSignerStatus::Declined.wire().to_owned(), Some(when));
    agreements::update_signer(tx, signer).await?;
    let signer_id = signer.id();
    whole.end(tx, AgreementStatus::Declined, reason).await?;
    tx.emit(AgreementDeclined { agreement: whole.told()?, signer_id });
    Ok(())
}

/// It ended there without all signatures: as we wanted, or as the service says.
async fn ended(tx: &mut Tx, whole: &mut Whole, status: AgreementStatus, reason: Option<String>) -> Result<(), Problem> {
    let ours = whole.request.as_ref().and_then(|row| Some((row.ending.as_deref()?.parse::<AgreementStatus>().ok()?, row.reason.clone())));
    close(tx, whole, SignatureRequestStatus::Done, None).await?;
    if !whole.row.status()?.is_live() {
        return Ok(());
    }
    let late = whole.row.expires_at.is_some_and(|until| until <= tx.now());
    let (status, reason) = match ours {
        Some(ours) => ours,
        None if late => (AgreementStatus::Expired, None),
        None => (status, reason.or_else(|| (status == AgreementStatus::Voided).then(|| "It was taken back at the signature service.".to_owned()))),
    };
    whole.end(tx, status, reason).await?;
    tell(tx, whole, status)
}

fn tell(tx: &mut Tx, whole: &Whole, status: AgreementStatus) -> Result<(), Problem> {
    let agreement = whole.told()?;
    match status {
        AgreementStatus::Expired => tx.emit(AgreementExpired { agreement }),
        _ => tx.emit(AgreementVoided { agreement }),
    }
    Ok(())
}

/// Nothing comes of a request, or of ending it. What was to end, ends here all the same.
pub async fn give_up(tx: &mut Tx, whole: &mut Whole, status: SignatureRequestStatus) -> Result<(), Problem> {
    let Some(row) = &whole.request else { return Ok(()) };
    let (ending, reason) = (row.ending.as_deref().and_then(|ending| ending.parse::<AgreementStatus>().ok()), row.reason.clone());
    let error = row.error.clone().unwrap_or_else(|| "The service could not be asked.".to_owned());
    let live = whole.row.status()?.is_live();
    // In this order: what ends while nothing was given up is asked to end there.
    if let Some(ending) = ending.filter(|_| live) {
        whole.end(tx, ending, reason).await?;
    }
    close(tx, whole, status, Some(&error)).await?;
    match ending {
        _ if !live => Ok(()),
        Some(ending) => tell(tx, whole, ending),
        None => {
            agreements::update(tx, &mut whole.row).await?;
            tx.emit(AgreementSignatureFailed { agreement: whole.told()? });
            Ok(())
        }
    }
}
