//! Use cases: make, change and delete a role; one transaction each.

use super::http::{AccessRole, AccessRoleCreate, AccessRolePatch, RoleCreatedEvent, RoleDeletedEvent, RoleSide, RoleUpdatedEvent};
use super::store::{self, role};
use super::{RoleName, built_in};
use crate::error;
use crate::permission::{self, Permission};
use kernel::text::tidy;
use kernel::{Problem, Tx};

/// Make a role.
pub async fn create(tx: &mut Tx, new: AccessRoleCreate) -> Result<AccessRole, Problem> {
    if built_in(&new.name).is_some() {
        return Err(Problem::new(error::ROLE_TAKEN));
    }
    let row = role::Model {
        vendor_id: tx.vendor().0,
        name: new.name.to_string(),
        title: tidy(&new.title),
        description: new.description.as_deref().map(tidy),
        side: new.side,
        permissions: checked(tx, new.side, &new.permissions)?,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    if !store::insert(tx, row.clone()).await? {
        return Err(Problem::new(error::ROLE_TAKEN));
    }
    let role = AccessRole::custom(row, u64::MAX);
    tx.emit(RoleCreatedEvent { role: role.clone() });
    Ok(role)
}

/// Change a role, for all who have it; nothing is written if all stays as it is.
pub async fn update(tx: &mut Tx, name: RoleName, patch: AccessRolePatch) -> Result<AccessRole, Problem> {
    let before = at_hand(tx, &name).await?;
    tx.actor().require_match(before.revision)?;
    within(tx, before.grants())?;
    let mut row = before.clone();
    row.title = patch.title.as_deref().map_or(row.title, tidy);
    row.description = patch.description.map_or(row.description, |text| text.as_deref().map(tidy));
    if let Some(permissions) = &patch.permissions {
        row.permissions = checked(tx, row.side, permissions)?;
    }
    if row != before {
        (row.revision, row.updated_at) = (before.revision + 1, tx.now());
        store::update(tx, row.clone()).await?;
        tx.emit(RoleUpdatedEvent { role: AccessRole::custom(row.clone(), u64::MAX) });
    }
    Ok(AccessRole::custom(row, u64::MAX))
}

/// Delete a role that nobody has.
pub async fn delete(tx: &mut Tx, name: RoleName) -> Result<(), Problem> {
    let row = at_hand(tx, &name).await?;
    within(tx, row.grants())?;
    let holders = store::holders(tx, name.as_str()).await?;
    if holders > 0 {
        return Err(Problem::new(error::ROLE_IN_USE).with("people", holders).detail(format!("{holders} people have this role.")));
    }
    store::delete(tx, &row).await?;
    tx.emit(RoleDeletedEvent { role: AccessRole::custom(row, 0) });
    Ok(())
}

async fn at_hand(tx: &Tx, name: &RoleName) -> Result<role::Model, Problem> {
    if built_in(name).is_some() {
        return Err(Problem::new(error::ROLE_BUILT_IN));
    }
    store::find_to_change(tx, name.as_str()).await?.ok_or_else(Problem::not_found)
}

/// The permissions in the order of the table, each once, as they are stored.
fn checked(tx: &Tx, side: RoleSide, names: &[String]) -> Result<String, Problem> {
    let mut bits = 0;
    for (at, name) in names.iter().enumerate() {
        let refused = |code: &'static str, detail: String| Problem::invalid(format!("/permissions/{at}"), code, detail);
        let permission = name.parse::<Permission>().map_err(|()| refused("permission", "GET /v1/permissions lists what there is.".into()))?;
        if side == RoleSide::Partner && permission::for_partners() & permission.bit() == 0 {
            return Err(refused("side", format!("No role of a partner holds {name}.")));
        }
        bits |= permission.bit();
    }
    within(tx, bits)?;
    serde_json::to_string(&permission::names(bits)).map_err(Problem::internal)
}

/// 403 if these permissions are more than the caller's own.
fn within(tx: &Tx, bits: u64) -> Result<(), Problem> {
    let beyond = bits & !tx.actor().grants;
    if beyond == 0 {
        return Ok(());
    }
    let detail = format!("You may not do this yourself: {}.", permission::names(beyond).join(", "));
    Err(Problem::new(error::ROLE_TOO_HIGH).detail(detail))
}
