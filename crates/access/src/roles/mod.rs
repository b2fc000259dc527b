//! Roles: the built-in ones, which stand in one table for every vendor, and those that a vendor makes of the same permissions.
//!
//! A role is of one **side**: the vendor's people have the vendor's roles, a partner's people a partner's, and a partner's role holds
//! only what people of partners may do at all. Nobody makes, changes or gives a role that may do more than they may themselves.
//! A person has its role by name, so a change of a role is a change for all who have it, at once: `role.*` events empty the caches.

mod http;
mod service;
mod store;

pub use http::{AccessRole, RoleSide};
pub(crate) use http::{event_kinds, router};
pub(crate) use store::hold;

use crate::permission::Role;
use chrono::{DateTime, Duration, Utc};
use kernel::cache::Followed;
use kernel::id::VendorId;
use kernel::{App, Problem};
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// How long a custom role is kept where the notice of a change was lost: as long as a credential.
const KEPT: Duration = Duration::seconds(1);

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
pub async fn facts(db: &impl ConnectionTrait, vendor: VendorId, name: &RoleName) -> Result<Option<RoleFacts>, DbErr> {
    match built_in(name) {
        Some(role) => Ok(Some(role)),
        None => Ok(store::find(db, vendor, name.as_str()).await?.map(|role| role.facts())),
    }
}

fn built_in(name: &RoleName) -> Option<RoleFacts> {
    name.0.parse::<Role>().ok().map(|role| RoleFacts { is_partners: role.is_partners(), grants: role.grants() })
}

/// Custom roles that were looked up, with the time until which that counts.
struct Known(Followed<(VendorId, RoleName), (Option<RoleFacts>, DateTime<Utc>)>);

impl Default for Known {
    fn default() -> Self {
        Self(Followed::new(1_000))
    }
}

/// Like [`facts`], without a query for what was looked up within the last second: for authentication.
pub(crate) async fn known(app: &App, vendor: VendorId, name: &RoleName) -> Result<Option<RoleFacts>, Problem> {
    if let Some(role) = built_in(name) {
        return Ok(Some(role));
    }
    let now = app.clock().now();
    let load = async {
        let db = app.db().read_of(vendor).await?;
        Ok::<_, Problem>((facts(&db, vendor, name).await?, now + KEPT))
    };
    let known = app.service::<Known>();
    known.0.get_if_or_load((vendor, name.clone()), |(_, until)| now < *until, load).await.map(|(role, _)| role)
}

/// Forget roles when the log says that one was changed. Once, at start.
pub(crate) fn follow(app: &App) {
    let known = app.service::<Known>();
    app.watch(move |_, kind, _| {
        if kind == "*" || kind.starts_with("role.") {
            known.0.forget_all();
        }
    });
}

/// What people call the role of this name.
pub(crate) async fn title(db: &impl ConnectionTrait, vendor: VendorId, name: &RoleName) -> Result<String, DbErr> {
    match name.0.parse::<Role>() {
        Ok(role) => Ok(role.title().to_owned()),
        Err(()) => Ok(store::find(db, vendor, name.as_str()).await?.map_or_else(|| name.0.clone(), |role| role.title)),
    }
}

/// The names of all roles of one side, for messages.
pub async fn names(db: &impl ConnectionTrait, vendor: VendorId, partners: bool) -> Result<Vec<String>, DbErr> {
    let mut names: Vec<_> = Role::ALL.iter().filter(|role| role.is_partners() == partners).map(|role| role.wire().to_owned()).collect();
    let own = store::all(db, vendor).await?;
    names.extend(own.into_iter().filter(|role| role.facts().is_partners == partners).map(|role| role.name));
    Ok(names)
}
