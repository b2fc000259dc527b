//! What a vendor demands of people beyond their role: a second factor, for some roles always, for some operations recently.
//!
//! Whoever lacks it is not refused but asked (RFC 9470): [`Actor::withheld`] holds what they might do after a step-up. Keys are exempt:
//! they belong to systems. A token that a portal's back end minted says nothing of how the person came in, so it never satisfies.

mod http;

pub use http::{AccessPolicy, AccessPolicyPatch, StepUpRule};
pub(crate) use http::{event_kinds, router};

use crate::permission::Permission;
use crate::roles::RoleName;
use chrono::{DateTime, Utc};
use kernel::actor::Authentication;
use kernel::cache::Followed;
use kernel::id::VendorId;
use kernel::problem::kinds;
use kernel::{Actor, App, Problem};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use std::sync::Arc;

/// How RFC 8176 calls more than one factor; also the `acr` of such a token.
pub const MFA: &str = "mfa";

/// What a vendor demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Roles that do nothing without a second factor.
    pub roles: Vec<RoleName>,
    /// Permissions that need one, and how recent a proof.
    pub permissions: Vec<(Permission, Option<i64>)>,
    /// Counts the changes, from 1.
    pub revision: i64,
    /// When it was last changed.
    pub updated_at: Option<DateTime<Utc>>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { roles: Vec::new(), permissions: Vec::new(), revision: 1, updated_at: None }
    }
}

impl Policy {
    /// What a person of this role, who proved who they are like this, may not do before proving more.
    pub fn withheld(&self, role: &RoleName, proof: Option<&Authentication>, now: DateTime<Utc>) -> u64 {
        let proof = proof.filter(|proof| proof.methods.iter().any(|method| method == MFA));
        if self.demands_of(role) && proof.is_none() {
            return u64::MAX;
        }
        let recent = |most: Option<i64>| proof.is_some_and(|proof| most.is_none_or(|most| (now - proof.at).num_seconds() <= most));
        self.permissions.iter().filter(|(_, most)| !recent(*most)).fold(0, |bits, (permission, _)| bits | permission.bit())
    }

    /// Whether people of this role do nothing without a second factor.
    pub fn demands_of(&self, role: &RoleName) -> bool {
        self.roles.contains(role)
    }
}

struct Policies(Followed<VendorId, Arc<Policy>>);

impl Default for Policies {
    fn default() -> Self {
        Self(Followed::new(10_000))
    }
}

/// Forget what has changed. Once, at start.
pub(crate) fn follow(app: &App) {
    let policies = app.service::<Policies>();
    app.watch(move |vendor, kind, _| match kind {
        "*" => policies.0.forget_all(),
        kind if kind.starts_with("access_policy.") => policies.0.forget(&vendor),
        _ => {}
    });
}

/// What this vendor demands now.
pub async fn of(app: &App, vendor: VendorId) -> Result<Arc<Policy>, Problem> {
    let load = async { load(&app.db().read_of(vendor).await?, vendor).await.map(Arc::new) };
    Ok(app.service::<Policies>().0.get_or_load(vendor, load).await?)
}

/// What this vendor demands, from the database.
pub(crate) async fn load(db: &impl ConnectionTrait, vendor: VendorId) -> Result<Policy, DbErr> {
    let sql = "SELECT roles, permissions, revision, updated_at FROM access_policies WHERE vendor_id = $1";
    let Some(row) = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into()])).await? else {
        return Ok(Policy::default());
    };
    let roles: Vec<RoleName> = serde_json::from_str(&row.try_get::<String>("", "roles")?).unwrap_or_default();
    let permissions: Vec<(String, Option<i64>)> = serde_json::from_str(&row.try_get::<String>("", "permissions")?).unwrap_or_default();
    let permissions = permissions.into_iter().filter_map(|(name, most)| Some((name.parse().ok()?, most))).collect();
    Ok(Policy { roles, permissions, revision: row.try_get("", "revision")?, updated_at: row.try_get("", "updated_at")? })
}

/// 401 that tells how to go on, for a permission that is withheld.
pub(crate) async fn step_up(app: &App, vendor: VendorId, permission: Permission) -> Result<Problem, Problem> {
    let policy = of(app, vendor).await?;
    let most = policy.permissions.iter().find(|(named, _)| *named == permission).and_then(|(_, most)| *most);
    Ok(step_up_within(most))
}

/// 401 that asks for a second factor, proven within so many seconds.
pub(crate) fn step_up_within(most: Option<i64>) -> Problem {
    let when = most.map_or_else(String::new, |most| format!(", not longer than {most} seconds ago"));
    let detail = format!(
        "The person must have proven a second factor{when}: POST /v1/me/step-up with one, or send them to their identity provider again. \
         Whoever has none yet adds one under /v1/me/authenticators."
    );
    let problem = Problem::new(kinds::STEP_UP_REQUIRED).with("acr_values", MFA).detail(detail);
    match most {
        Some(most) => problem.with("max_age", most),
        None => problem,
    }
}

/// 401 unless the caller proved who they are within so many seconds, and by a second factor if they have one.
pub(crate) fn require_recent(who: &Actor, most: i64, has_second_factor: bool, now: DateTime<Utc>) -> Result<(), Problem> {
    let proof = who.authentication.as_deref().filter(|proof| (now - proof.at).num_seconds() <= most);
    if proof.is_some_and(|proof| !has_second_factor || proof.methods.iter().any(|method| method == MFA)) {
        return Ok(());
    }
    let detail = format!("Prove again who you are, which must not be longer than {most} seconds ago: POST /v1/me/step-up.");
    let problem = Problem::new(kinds::STEP_UP_REQUIRED).with("max_age", most).detail(detail);
    Err(if has_second_factor { problem.with("acr_values", MFA) } else { problem })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permission::Role;

    fn proof(methods: &[&str], seconds: i64) -> (Authentication, DateTime<Utc>) {
        let at = DateTime::UNIX_EPOCH;
        let methods = methods.iter().map(ToString::to_string).collect();
        (Authentication { session: None, methods, at }, at + chrono::Duration::seconds(seconds))
    }

    #[test]
    fn a_role_that_needs_a_second_factor_does_nothing_without() {
        let policy = Policy { roles: vec![Role::Finance.into()], ..Policy::default() };
        let (weak, now) = proof(&["pwd"], 0);
        let (strong, _) = proof(&["pwd", "otp", "mfa"], 0);
        assert_eq!(policy.withheld(&Role::Finance.into(), Some(&weak), now), u64::MAX);
        assert_eq!(policy.withheld(&Role::Finance.into(), None, now), u64::MAX);
        assert_eq!(policy.withheld(&Role::Finance.into(), Some(&strong), now), 0);
        assert_eq!(policy.withheld(&Role::Admin.into(), None, now), 0);
    }

    #[test]
    fn a_permission_may_need_a_recent_one() {
        let policy = Policy { permissions: vec![(Permission::DecideDeals, Some(300)), (Permission::ManageAccess, None)], ..Policy::default() };
        let role = Role::Admin.into();
        let (strong, now) = proof(&["mfa"], 300);
        assert_eq!(policy.withheld(&role, Some(&strong), now), 0);
        let later = now + chrono::Duration::seconds(1);
        assert_eq!(policy.withheld(&role, Some(&strong), later), Permission::DecideDeals.bit());
        let (weak, now) = proof(&["pwd"], 0);
        assert_eq!(policy.withheld(&role, Some(&weak), now), Permission::DecideDeals.bit() | Permission::ManageAccess.bit());
    }
}
