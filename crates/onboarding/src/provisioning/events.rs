//! What instant access publishes.

use super::policy::ProvisioningPolicyVersion;
use super::types::AccessGrant;
use kernel::id::PartnerId;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! grant_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The grant as it now is.
            pub access_grant: AccessGrant,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("access_grant", self.access_grant.id, self.access_grant.revision)
            }
        })+
        fn grant_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

grant_events! {
    AccessGrantRequested = "access_grant.requested" "Access was asked for.";
    AccessGrantPending = "access_grant.pending" "The provisioner works on it and answers later.";
    AccessGrantGranted = "access_grant.granted" "A partner has access to something.";
    AccessGrantFailed = "access_grant.failed" "Access was refused, or not answered in time.";
    AccessGrantRevoking = "access_grant.revoking" "Access is to be taken away.";
    AccessGrantRevoked = "access_grant.revoked" "Access was taken away.";
    AccessGrantRevocationFailed = "access_grant.revocation_failed" "Access could not be taken away: somebody has to.";
}

macro_rules! policy_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The policy as it now is.
            pub provisioning_policy: ProvisioningPolicyVersion,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("provisioning_policy", "provisioning_policy", self.provisioning_policy.version)
            }
        })+
        fn policy_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

policy_events! {
    ProvisioningPolicyPublished = "provisioning_policy.published" "A version of the provisioning policy was published.";
    ProvisioningSecretRotated = "provisioning_policy.secret_rotated" "Calls to the provisioner are signed with new keys.";
}

/// A partner entered onboarding, and whether a rule of the policy holds for it could not be told.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProvisioningUndecided {
    /// The partner.
    pub partner_id: PartnerId,
    /// The rule.
    pub rule: String,
    /// Why.
    pub reason: String,
}

impl Event for ProvisioningUndecided {
    const TYPE: &'static str = "provisioning.undecided";
    fn subject(&self) -> Subject {
        Subject::new("partner", self.partner_id, 1)
    }
}

/// Every event of instant access.
pub fn event_kinds() -> Vec<EventKind> {
    let undecided = EventKind::of::<ProvisioningUndecided>("Whether a rule of the provisioning policy holds for a partner could not be told.");
    [grant_event_kinds(), policy_event_kinds(), vec![undecided]].into_iter().flatten().collect()
}
