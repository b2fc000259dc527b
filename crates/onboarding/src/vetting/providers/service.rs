//! Use cases of check providers: one transaction each.

use super::CheckProviderId;
use super::events::{CheckProviderCreated, CheckProviderPaused, CheckProviderResumed, CheckProviderSecretRotated, CheckProviderUpdated};
use super::store::{self, ProviderRow};
use super::types::{CheckProvider, CheckProviderAction, CheckProviderCreate, CheckProviderPatch, CheckProviderSecret, CheckProviderStatus};
use crate::asking::Settings;
use crate::error;
use crate::vetting::text;
use chrono::Duration;
use kernel::keyring::Keyring;
use kernel::problem::FieldError;
use kernel::rules::Expression;
use kernel::text::tidy;
use kernel::{Problem, Tx, guard};

/// The names that expressions may use.
pub const NAMES: &[&str] = &["subject", "partner"];
/// The most providers of a vendor.
pub const MOST: u64 = 50;
/// What signed before a rotation signs along for so long.
const OVERLAP: Duration = Duration::hours(24);

/// 422 naming everything that is wrong.
fn check(tx: &Tx, said: &CheckProviderCreate) -> Result<(), Problem> {
    let mut errors = Vec::new();
    if let Err(sentence) = guard::read_url(&said.url, tx.app().service::<Settings>().allow_private) {
        errors.push(FieldError::new("/url", "url", sentence));
    }
    if let Err(cause) = Expression::compile(&said.when, NAMES) {
        errors.push(FieldError::new("/when", cause.code, cause.to_string()));
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_all(errors)) }
}

fn tidied(mut said: CheckProviderCreate) -> CheckProviderCreate {
    said.name = tidy(&said.name);
    said.sends.sort();
    said.sends.dedup();
    said
}

/// As an event tells it.
fn told(tx: &Tx, row: &ProviderRow) -> Result<CheckProvider, Problem> {
    row.shown(tx.app().sealer(), u64::MAX)
}

fn shown(tx: &Tx, row: &ProviderRow) -> Result<CheckProvider, Problem> {
    row.shown(tx.app().sealer(), tx.actor().grants)
}

/// Add one.
pub async fn create(tx: &mut Tx, said: CheckProviderCreate) -> Result<CheckProvider, Problem> {
    check(tx, &said)?;
    if store::count(tx).await? >= MOST {
        return Err(Problem::new(error::CHECK_PROVIDERS_TOO_MANY));
    }
    let (said, id) = (tidied(said), CheckProviderId::fresh());
    let row = ProviderRow {
        vendor_id: tx.vendor().0,
        id: id.0,
        name: said.name.clone(),
        body: text(&said),
        status: CheckProviderStatus::Active.wire().to_owned(),
        secrets: Keyring::fresh().seal(tx.app().sealer(), &store::purpose(tx.vendor(), id)),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    if !store::insert(tx, &row).await? {
        return Err(Problem::new(error::CHECK_PROVIDER_TAKEN));
    }
    tx.emit(CheckProviderCreated { check_provider: told(tx, &row)? });
    shown(tx, &row)
}

/// Change one. What was asked already is answered by what it was told.
pub async fn update(tx: &mut Tx, id: CheckProviderId, patch: CheckProviderPatch) -> Result<CheckProvider, Problem> {
    let mut row = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(row.revision)?;
    let before = row.said()?;
    let said = tidied(patch.onto(before.clone()));
    if said != before {
        check(tx, &said)?;
        (row.name, row.body) = (said.name.clone(), text(&said));
        if store::is_taken(tx, &row).await? {
            return Err(Problem::new(error::CHECK_PROVIDER_TAKEN));
        }
        store::update(tx, &mut row).await?;
        tx.emit(CheckProviderUpdated { check_provider: told(tx, &row)? });
    }
    shown(tx, &row)
}

async fn held(tx: &Tx, id: CheckProviderId, action: CheckProviderAction) -> Result<ProviderRow, Problem> {
    let row = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    let legal = row.status().legal_actions();
    if legal.contains(&action) { Ok(row) } else { Err(Problem::new(error::CHECK_PROVIDER_ILLEGAL_MOVE).with("legal_actions", legal)) }
}

/// Ask it nothing any more. What it was asked already it may answer.
pub async fn pause(tx: &mut Tx, id: CheckProviderId) -> Result<CheckProvider, Problem> {
    let mut row = held(tx, id, CheckProviderAction::Pause).await?;
    row.status = CheckProviderStatus::Paused.wire().to_owned();
    store::update(tx, &mut row).await?;
    tx.emit(CheckProviderPaused { check_provider: told(tx, &row)? });
    shown(tx, &row)
}

/// Ask it again.
pub async fn resume(tx: &mut Tx, id: CheckProviderId) -> Result<CheckProvider, Problem> {
    let mut row = held(tx, id, CheckProviderAction::Resume).await?;
    row.status = CheckProviderStatus::Active.wire().to_owned();
    store::update(tx, &mut row).await?;
    tx.emit(CheckProviderResumed { check_provider: told(tx, &row)? });
    shown(tx, &row)
}

/// Sign calls to it with new keys.
pub async fn rotate(tx: &mut Tx, id: CheckProviderId) -> Result<CheckProviderSecret, Problem> {
    let mut row = held(tx, id, CheckProviderAction::RotateSecret).await?;
    let mut keys = row.keys(tx.app().sealer())?;
    keys.rotate(tx.now(), OVERLAP);
    row.secrets = keys.seal(tx.app().sealer(), &store::purpose(tx.vendor(), id));
    store::update(tx, &mut row).await?;
    tx.emit(CheckProviderSecretRotated { check_provider: told(tx, &row)? });
    Ok(CheckProviderSecret { secret: keys.secret(), public_key: keys.public_key() })
}
