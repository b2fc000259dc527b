//! Use cases of grants: asked for, answered, ended; one transaction each.

use super::AccessGrantId;
use super::events::{
    AccessGrantFailed, AccessGrantGranted, AccessGrantPending, AccessGrantRequested, AccessGrantRevocationFailed, AccessGrantRevoked,
    AccessGrantRevoking,
};
use super::policy::{self, ProvisioningPolicyVersion};
use super::rules::legal_actions;
use super::store::{self, GrantRow, TOKENS};
use super::types::{AccessGrant, AccessGrantAction, AccessGrantStatus, ProvisioningAnswer, ProvisioningAnswerStatus};
use crate::error;
use chrono::Duration;
use kernel::id::PartnerId;
use kernel::{Problem, Tx};
use partners::PartnerStatus;

/// A grant to begin with.
pub fn fresh(tx: &Tx, partner: PartnerId, (kind, name): (&str, &str), live_key: String, policy_version: i64) -> GrantRow {
    GrantRow {
        vendor_id: tx.vendor().0,
        id: AccessGrantId::fresh().0,
        partner_id: partner.0,
        kind: kind.to_owned(),
        name: name.to_owned(),
        person_id: None,
        status: AccessGrantStatus::Requested.wire().to_owned(),
        live_key: Some(live_key),
        round: 1,
        attempts: 0,
        due_at: None,
        answer_by: None,
        last_error: None,
        last_status: None,
        url: None,
        reference: None,
        policy_version,
        requested_at: tx.now(),
        granted_at: None,
        revoked_at: None,
        revision: 1,
        updated_at: tx.now(),
    }
}

/// Ask for an environment; `None` if the partner has it, or is about to.
pub async fn environment(
    tx: &mut Tx,
    partner: PartnerId,
    name: &str,
    policy: &ProvisioningPolicyVersion,
    version: i64,
) -> Result<Option<GrantRow>, Problem> {
    let key = format!("{}:environment:{name}", partner.0.simple());
    let mut row = fresh(tx, partner, ("environment", name), key, version);
    row.due_at = Some(tx.now());
    row.answer_by = Some(tx.now() + Duration::minutes(policy.policy.answer_minutes));
    if !store::insert(tx, &row).await? {
        return Ok(None);
    }
    tx.emit(AccessGrantRequested { access_grant: row.whole() });
    Ok(Some(row))
}

/// Ask for an environment by hand.
pub async fn request(tx: &mut Tx, partner: PartnerId, name: &str) -> Result<AccessGrant, Problem> {
    let found = partners::find(tx, tx.scope(), partner).await?.ok_or_else(Problem::not_found)?;
    if found.status == PartnerStatus::Ended {
        return Err(Problem::new(error::ACCESS_GRANT_PARTNER_ENDED));
    }
    let policy = with_provisioner(tx).await?;
    let row = environment(tx, partner, name, &policy, 0).await?.ok_or_else(|| Problem::new(error::ACCESS_GRANT_LIVE))?;
    Ok(row.seen_by(tx.actor()))
}

async fn with_provisioner(tx: &Tx) -> Result<ProvisioningPolicyVersion, Problem> {
    let policy = policy::latest(tx, tx.scope()).await?;
    if policy.policy.url.is_some() { Ok(policy) } else { Err(Problem::new(error::NO_PROVISIONER)) }
}

async fn held(tx: &Tx, id: AccessGrantId, action: AccessGrantAction) -> Result<GrantRow, Problem> {
    let row = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    let legal = legal_actions(row.status(), row.is_environment());
    if legal.contains(&action) { Ok(row) } else { Err(Problem::new(error::ACCESS_GRANT_ILLEGAL_MOVE).with("legal_actions", legal)) }
}

/// Ask once more for what failed.
pub async fn retry(tx: &mut Tx, id: AccessGrantId) -> Result<AccessGrant, Problem> {
    let before = held(tx, id, AccessGrantAction::Retry).await?;
    let policy = with_provisioner(tx).await?;
    let partner = partners::find(tx, tx.scope(), before.partner()).await?.ok_or_else(Problem::not_found)?;
    if partner.status == PartnerStatus::Ended {
        return Err(Problem::new(error::ACCESS_GRANT_PARTNER_ENDED));
    }
    // What failed gave up its name: perhaps somebody has asked for it anew.
    let name = before.name.clone();
    let taken = store::live(tx, before.partner()).await?.iter().any(|other| other.is_environment() && other.name == name);
    if taken {
        return Err(Problem::new(error::ACCESS_GRANT_LIVE));
    }
    let mut row = before;
    row.live_key = Some(format!("{}:environment:{name}", row.partner_id.simple()));
    row.stand(AccessGrantStatus::Requested);
    (row.round, row.attempts, row.last_error, row.last_status) = (row.round + 1, 0, None, None);
    (row.due_at, row.answer_by) = (Some(tx.now()), Some(tx.now() + Duration::minutes(policy.policy.answer_minutes)));
    store::update(tx, &mut row).await?;
    tx.emit(AccessGrantRequested { access_grant: row.whole() });
    Ok(row.seen_by(tx.actor()))
}

/// Take an environment away by hand.
pub async fn revoke(tx: &mut Tx, id: AccessGrantId) -> Result<AccessGrant, Problem> {
    let mut row = held(tx, id, AccessGrantAction::Revoke).await?;
    take_away(tx, &mut row).await?;
    Ok(row.seen_by(tx.actor()))
}

/// Take away what a grant gave, or may give yet. What the provisioner never heard of is gone at once; so is a person's, who goes with the partner.
pub async fn take_away(tx: &mut Tx, row: &mut GrantRow) -> Result<(), Problem> {
    TOKENS.void(tx, row.id).await?;
    let unheard = row.status() == AccessGrantStatus::Requested && row.attempts == 0;
    if unheard || !row.is_environment() {
        return gone(tx, row).await;
    }
    let minutes = policy::latest(tx, kernel::Scope::vendor_wide(tx.vendor())).await?.policy.answer_minutes;
    row.stand(AccessGrantStatus::Revoking);
    (row.round, row.attempts, row.last_error, row.last_status) = (row.round + 1, 0, None, None);
    (row.due_at, row.answer_by) = (Some(tx.now()), Some(tx.now() + Duration::minutes(minutes)));
    store::update(tx, row).await?;
    tx.emit(AccessGrantRevoking { access_grant: row.whole() });
    Ok(())
}

/// It is gone.
pub async fn gone(tx: &mut Tx, row: &mut GrantRow) -> Result<(), Problem> {
    row.stand(AccessGrantStatus::Revoked);
    row.revoked_at = Some(tx.now());
    store::update(tx, row).await?;
    tx.emit(AccessGrantRevoked { access_grant: row.whole() });
    Ok(())
}

/// The provisioner has answered for good.
pub async fn answered(tx: &mut Tx, row: &mut GrantRow, answer: ProvisioningAnswer) -> Result<(), Problem> {
    if answer.status == ProvisioningAnswerStatus::Failed {
        return failed(tx, row, answer.reason.unwrap_or_else(|| "The provisioner says that it cannot be had.".into())).await;
    }
    TOKENS.void(tx, row.id).await?;
    (row.url, row.reference, row.granted_at, row.last_error) = (answer.url, answer.reference, Some(tx.now()), None);
    row.stand(AccessGrantStatus::Granted);
    store::update(tx, row).await?;
    tx.emit(AccessGrantGranted { access_grant: row.whole() });
    Ok(())
}

/// The provisioner works on it.
pub async fn pending(tx: &mut Tx, row: &mut GrantRow) -> Result<(), Problem> {
    row.stand(AccessGrantStatus::Pending);
    // Nothing is to be done until then.
    row.due_at = row.answer_by;
    row.last_error = None;
    store::update(tx, row).await?;
    tx.emit(AccessGrantPending { access_grant: row.whole() });
    Ok(())
}

/// It is given up: it was refused, or its time has passed.
pub async fn failed(tx: &mut Tx, row: &mut GrantRow, why: String) -> Result<(), Problem> {
    TOKENS.void(tx, row.id).await?;
    let revokes = row.status() == AccessGrantStatus::Revoking;
    row.last_error = Some(why);
    row.stand(if revokes { AccessGrantStatus::RevocationFailed } else { AccessGrantStatus::Failed });
    store::update(tx, row).await?;
    let access_grant = row.whole();
    if revokes {
        tx.emit(AccessGrantRevocationFailed { access_grant })
    } else {
        tx.emit(AccessGrantFailed { access_grant })
    }
    Ok(())
}
