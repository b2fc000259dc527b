//! Use cases: make and revoke a key; one transaction each.

use super::events::{ApiKeyCreatedEvent, ApiKeyRevokedEvent};
use super::http::{ApiKey, ApiKeyCreate, ApiKeyCreated};
use super::secret::fresh_secret;
use super::store::{self, api_key};
use crate::people::{self, PersonStatus};
use crate::permission::{Permission, Role};
use crate::roles;
use crate::{authenticate, error, partner_status};
use kernel::id::{ApiKeyId, PartnerId, PersonId};
use kernel::{Problem, Scope, Tx};

/// Make a key for the vendor of this write.
pub async fn create(tx: &mut Tx, new: ApiKeyCreate) -> Result<ApiKeyCreated, Problem> {
    check(tx, &new).await?;
    let (secret, partner) = (fresh_secret(), partner_of(tx, &new));
    let row = api_key::Model {
        vendor_id: tx.vendor().0,
        id: ApiKeyId::fresh().0,
        name: new.name,
        hash: authenticate::hash(&secret).to_vec(),
        hint: format!("{}…", &secret[..8]),
        role: new.role.wire().to_owned(),
        scopes: serde_json::to_string(&new.scopes).unwrap_or_default(),
        expires_at: new.expires_at,
        revoked_at: None,
        last_used_at: None,
        revision: 1,
        created_at: tx.now(),
        partner_id: partner.map(|partner| partner.0),
        owner_id: new.owner_id.map(|owner| owner.0),
        default_role: new.default_role.map(|role| role.to_string()),
    };
    store::insert(tx, row.clone()).await?;
    let api_key = ApiKey::from(row);
    tx.emit(ApiKeyCreatedEvent { api_key: api_key.clone() });
    Ok(ApiKeyCreated { api_key, secret })
}

/// The partner that the new key is bound to: a partner's own caller makes keys of its own partner only.
fn partner_of(tx: &Tx, new: &ApiKeyCreate) -> Option<PartnerId> {
    new.partner_id.or(tx.scope().partner())
}

async fn check(tx: &Tx, new: &ApiKeyCreate) -> Result<(), Problem> {
    let partner = partner_of(tx, new);
    if let Some(partner) = partner
        && (!tx.scope().reaches(tx, partner).await? || partner_status(tx, tx.vendor(), partner).await?.is_none())
    {
        return Err(Problem::invalid("/partner_id", "not_found", "There is no such partner."));
    }
    if new.role.is_partners() != partner.is_some() {
        let detail = "A vendor's key has one of the vendor's roles, and a key with a partner_id one of a partner's.";
        return Err(Problem::invalid("/role", "role", detail));
    }
    if let Some(at) = new.scopes.iter().position(|scope| scope.parse::<Permission>().is_err()) {
        let known: Vec<_> = Permission::ALL.iter().map(|permission| permission.wire()).collect();
        return Err(Problem::invalid(format!("/scopes/{at}"), "scope", format!("A scope is one of {}.", known.join(", "))));
    }
    if new.expires_at.is_some_and(|at| at <= tx.now()) {
        return Err(Problem::invalid("/expires_at", "past", "A key expires in the future."));
    }
    let (grants, operator) = (authenticate::narrowed(new.role, &new.scopes), tx.actor().caller == kernel::actor::Caller::Operator);
    if !operator && grants & !tx.actor().grants != 0 {
        return Err(Problem::new(error::SCOPE_TOO_WIDE));
    }
    check_default_role(tx, new, grants).await?;
    check_owner(tx, new).await
}

/// 422 unless the default role is one of the key's side and allows no more than the key.
async fn check_default_role(tx: &Tx, new: &ApiKeyCreate, grants: u64) -> Result<(), Problem> {
    let Some(role) = &new.default_role else { return Ok(()) };
    match roles::facts(tx, tx.vendor(), role).await? {
        Some(facts) if facts.is_partners == partner_of(tx, new).is_some() && facts.grants & !grants == 0 => Ok(()),
        _ => Err(Problem::invalid("/default_role", "role", "A role of the key's side that allows no more than the key.")),
    }
}

/// 422 unless the owner is an active person of the key's side.
async fn check_owner(tx: &Tx, new: &ApiKeyCreate) -> Result<(), Problem> {
    let Some(owner) = new.owner_id else { return Ok(()) };
    let found = people::find_to_refer(tx, owner).await?;
    if found.is_some_and(|person| person.status == PersonStatus::Active && person.partner() == partner_of(tx, new)) {
        return Ok(());
    }
    Err(Problem::invalid("/owner_id", "not_found", "There is no such active person on the key's side."))
}

/// Revoke a key within the caller's reach; 409 if it is the vendor's last admin key.
pub(super) async fn revoke(tx: &mut Tx, id: ApiKeyId) -> Result<ApiKey, Problem> {
    revoke_within(tx, tx.scope(), id).await
}

/// Revoke a key of the vendor by a decision that was made elsewhere: an access review's.
pub(crate) async fn revoke_decided(tx: &mut Tx, id: ApiKeyId) -> Result<ApiKey, Problem> {
    revoke_within(tx, Scope::vendor_wide(tx.vendor()), id).await
}

async fn revoke_within(tx: &mut Tx, scope: Scope, id: ApiKeyId) -> Result<ApiKey, Problem> {
    store::one_at_a_time(tx).await?;
    let key = store::find_visible(tx, scope, id).await?.ok_or_else(Problem::not_found)?;
    if key.revoked_at.is_some() {
        return Ok(key.into());
    }
    if key.role() == Role::Admin && !store::another_admin(tx, &key).await? {
        return Err(Problem::new(error::LAST_ADMIN_KEY));
    }
    let api_key = ApiKey::from(store::revoke(tx, key).await?);
    tx.emit(ApiKeyRevokedEvent { api_key: api_key.clone() });
    Ok(api_key)
}

/// Revoke every key of a person who leaves: even the last admin key, since whoever left must not be in.
pub(crate) async fn revoke_of(tx: &mut Tx, owner: PersonId) -> Result<(), Problem> {
    for key in store::working_of(tx, owner).await? {
        let api_key = ApiKey::from(store::revoke(tx, key).await?);
        tx.emit(ApiKeyRevokedEvent { api_key });
    }
    Ok(())
}

/// Revoke every key that is bound to a partner that leaves.
pub async fn revoke_of_partner(tx: &mut Tx, partner: PartnerId) -> Result<(), Problem> {
    for key in store::working_of_partner(tx, partner).await? {
        let api_key = ApiKey::from(store::revoke(tx, key).await?);
        tx.emit(ApiKeyRevokedEvent { api_key });
    }
    Ok(())
}
