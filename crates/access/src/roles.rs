//! The role that a person has, by name, and what follows from it.

use crate::permission::Role;
use kernel::id::VendorId;
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// Longer names are refused.
const LONGEST: usize = 40;

/// The name of a person's role, e.g. `channel_manager` or `sales`. More roles may come.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[schema(value_type = String, pattern = "^[a-z][a-z0-9_]{0,39}$", example = "sales")]
pub struct RoleName(String);

/// What follows from a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleFacts {
    /// Whether it is a role of a partner's people rather than of the vendor's own.
    pub is_partners: bool,
    /// What it allows: bits of the permission table.
    pub grants: u64,
}

impl RoleName {
    /// Read a name; `None` if it could not be one.
    pub fn read(text: &str) -> Option<Self> {
        let lead = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let rest = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        (lead && rest && text.len() <= LONGEST).then(|| Self(text.to_owned()))
    }

    /// The name as it was stored.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        Self(role.wire().to_owned())
    }
}

impl<'de> Deserialize<'de> for RoleName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::read(&text).ok_or_else(|| serde::de::Error::custom("a role is named in lower-case letters, digits and underscores"))
    }
}

/// What follows from the role of this name; `None` if the vendor has no such role.
pub async fn facts(_db: &impl ConnectionTrait, _vendor: VendorId, name: &RoleName) -> Result<Option<RoleFacts>, DbErr> {
    let built_in = name.0.parse::<Role>().ok();
    Ok(built_in.map(|role| RoleFacts { is_partners: role.is_partners(), grants: role.grants() }))
}

/// The names of all roles of one side, for messages.
pub async fn names(_db: &impl ConnectionTrait, _vendor: VendorId, partners: bool) -> Result<Vec<String>, DbErr> {
    Ok(Role::ALL.iter().filter(|role| role.is_partners() == partners).map(|role| role.wire().to_owned()).collect())
}
