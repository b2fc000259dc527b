//! Adding and removing what one signs in with.

use super::events::{AuthenticatorAddedEvent, AuthenticatorRemovedEvent, AuthenticatorUpdatedEvent, RecoveryCodesReplacedEvent};
use super::factors::refused;
use super::http::Authenticator;
use super::store::{self, authenticator};
use super::{AuthenticatorId, Me, RECENT, recovery, service, totp};
use crate::{error, people, policy};
use kernel::problem::kinds;
use kernel::{Problem, Tx};

/// More are refused.
const MOST: usize = 20;

/// A recent proof by the strongest that the person has.
pub async fn require_recent(tx: &Tx, me: Me) -> Result<Vec<authenticator::Model>, Problem> {
    let known = store::confirmed(tx, me.vendor, me.person).await?;
    policy::require_recent(tx.actor(), RECENT, !known.is_empty(), tx.now())?;
    Ok(known)
}

/// A recent proof, and room for one more.
pub async fn require_room(tx: &Tx, me: Me) -> Result<Vec<authenticator::Model>, Problem> {
    let known = require_recent(tx, me).await?;
    if store::count(tx, me.vendor, me.person).await? >= MOST {
        return Err(Problem::new(error::TOO_MANY_AUTHENTICATORS));
    }
    Ok(known)
}

/// Begin to add an app that makes codes: its row, secret and address.
pub async fn begin_totp(tx: &mut Tx, me: Me, name: Option<String>) -> Result<(authenticator::Model, String, String), Problem> {
    store::forget_unconfirmed(tx, me.person).await?;
    require_room(tx, me).await?;
    let (id, secret) = (AuthenticatorId::fresh().0, totp::fresh_secret());
    let row = authenticator::Model {
        vendor_id: me.vendor.0,
        id,
        person_id: me.person.0,
        kind: store::TOTP.to_owned(),
        name: name.unwrap_or_else(|| "Authenticator app".to_owned()),
        secret: tx.app().sealer().seal(&authenticator::Model::purpose(id), &secret),
        credential_hash: None,
        rp_id: None,
        last_step: 0,
        confirmed_at: None,
        last_used_at: None,
        revision: 1,
        created_at: tx.now(),
    };
    store::insert(tx, row.clone()).await?;
    let person = people::find(tx, me.vendor, me.person).await?.ok_or_else(Problem::not_found)?;
    let uri = totp::uri(&secret, &service::vendor_name(tx).await?, &person.email);
    Ok((row, totp::base32(&secret), uri))
}

/// Confirm it by its first code; whoever had no second factor before gets recovery codes too.
pub async fn confirm_totp(tx: &mut Tx, me: Me, id: AuthenticatorId, code: &str) -> Result<(authenticator::Model, Option<Vec<String>>), Problem> {
    let row = store::find(tx, me.vendor, me.person, id).await?.ok_or_else(Problem::not_found)?;
    if row.confirmed_at.is_some() || row.kind != store::TOTP {
        return Err(Problem::new(error::NOT_WAITING));
    }
    let known = require_recent(tx, me).await?;
    let secret = tx.app().sealer().open(&authenticator::Model::purpose(row.id), &row.secret).map_err(Problem::internal)?;
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let step = totp::step_of(&secret, &code, tx.now()).ok_or_else(refused)?;
    if !store::take_step(tx, &row, step).await? {
        return Err(refused());
    }
    let now = Some(tx.now());
    let row = authenticator::Model { confirmed_at: now, last_step: step, last_used_at: now, revision: row.revision + 1, ..row };
    if !store::update(tx, row.clone(), row.revision - 1).await? {
        return Err(Problem::new(error::NOT_WAITING));
    }
    tx.emit(AuthenticatorAddedEvent { person_id: me.person, authenticator: Authenticator::from(row.clone()) });
    let codes = first_codes(tx, me, known.is_empty()).await?;
    tell(tx, me, "An authenticator app was added to your sign-in.").await?;
    Ok((row, codes))
}

/// Whoever gets their first second factor gets recovery codes with it.
pub async fn first_codes(tx: &mut Tx, me: Me, is_first: bool) -> Result<Option<Vec<String>>, Problem> {
    if is_first { replace_codes(tx, me).await.map(Some) } else { Ok(None) }
}

/// New recovery codes in place of the old ones.
pub async fn replace_codes(tx: &mut Tx, me: Me) -> Result<Vec<String>, Problem> {
    let codes = recovery::replace(tx, me.person).await?;
    tx.emit(RecoveryCodesReplacedEvent { person_id: me.person });
    Ok(codes)
}

/// Write to the person about it.
pub async fn tell(tx: &Tx, me: Me, what: &str) -> Result<(), Problem> {
    let person = people::find(tx, me.vendor, me.person).await?.ok_or_else(Problem::not_found)?;
    service::tell(tx, &person, what).await
}

/// Name an authenticator anew.
pub async fn rename(tx: &mut Tx, me: Me, id: AuthenticatorId, name: Option<String>) -> Result<authenticator::Model, Problem> {
    let before = store::find(tx, me.vendor, me.person, id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(before.revision)?;
    let Some(name) = name.filter(|name| *name != before.name) else { return Ok(before) };
    let row = authenticator::Model { name, revision: before.revision + 1, ..before.clone() };
    if !store::update(tx, row.clone(), before.revision).await? {
        return Err(Problem::new(kinds::STALE));
    }
    tx.emit(AuthenticatorUpdatedEvent { person_id: me.person, authenticator: Authenticator::from(row.clone()) });
    Ok(row)
}

/// Remove an authenticator, unless the person could not sign in without.
pub async fn remove(tx: &mut Tx, me: Me, id: AuthenticatorId) -> Result<(), Problem> {
    let row = store::find(tx, me.vendor, me.person, id).await?.ok_or_else(Problem::not_found)?;
    if row.confirmed_at.is_none() {
        store::delete(tx, &row).await?;
        return Ok(());
    }
    let known = require_recent(tx, me).await?;
    let left: Vec<_> = known.iter().filter(|other| other.id != row.id).collect();
    let password = store::password(tx, me.vendor, me.person).await?;
    // Whoever comes through an identity provider needs none of these.
    let by_provider = tx.actor().authentication.as_ref().is_some_and(|proof| proof.methods.iter().any(|method| method == "fed"));
    let by_passkey = left.iter().any(|other| other.kind == store::PASSKEY);
    let by_password = password.is_some_and(|password| password.stands_alone || !left.is_empty());
    if !by_provider && !by_passkey && !by_password {
        return Err(Problem::new(error::LAST_FACTOR));
    }
    if left.is_empty() {
        recovery::forget(tx, me.person).await?;
    }
    if store::delete(tx, &row).await? {
        tx.emit(AuthenticatorRemovedEvent { person_id: me.person, authenticator: Authenticator::from(row) });
        tell(tx, me, "An authenticator was removed from your sign-in.").await?;
    }
    Ok(())
}
