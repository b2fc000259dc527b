//! What may be done, and by which role: the one table to read.

use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;

/// Declares the permissions: the enum, its names on the wire, and a marker type for each in [`may`].
macro_rules! permissions {
    ($($name:ident = $wire:literal, $doc:literal;)+) => {
        /// Something that a caller may be allowed to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Permission { $(#[doc = $doc] $name),+ }

        impl Permission {
            /// Every permission.
            pub const ALL: &[Permission] = &[$(Permission::$name),+];

            /// Its name as a scope, e.g. `deals:register`.
            pub fn wire(self) -> &'static str {
                match self { $(Self::$name => $wire),+ }
            }

            /// What it allows, in a sentence.
            pub fn describe(self) -> &'static str {
                match self { $(Self::$name => $doc),+ }
            }
        }

        /// One type per permission, for `Can<…>` in a handler's signature.
        pub mod may {
            $(#[doc = $doc] pub struct $name;
            impl super::Required for $name { const PERMISSION: super::Permission = super::Permission::$name; })+
        }
    };
}

/// A permission as a type: see [`may`].
pub trait Required: Send + Sync + 'static {
    /// The permission that it stands for.
    const PERMISSION: Permission;
}

permissions! {
    ReadVendor = "vendor:read", "Read the vendor's own settings.";
    ManageVendor = "vendor:manage", "Change the vendor's settings and custom fields.";
    ManageKeys = "keys:manage", "Create, list and revoke API keys.";
    MintTokens = "tokens:mint", "Mint an access token for a person of a partner.";
    ReadPeople = "people:read", "Read people: all of the vendor's, or the caller's own partner's.";
    ManagePeople = "people:manage", "Add and change people within the caller's reach.";
    ReadEvents = "events:read", "Read the event log and its stream.";
    ReadPartners = "partners:read", "Read partner organisations.";
    ManagePartners = "partners:manage", "Add, change and suspend partner organisations.";
    ReadCrm = "crm:read", "Read mirrored accounts and opportunities.";
    WriteCrm = "crm:write", "Write mirrored accounts and opportunities, one by one or by import.";
    ReadDeals = "deals:read", "Read deal registrations.";
    RegisterDeals = "deals:register", "Register deals and move one's own along.";
    DecideDeals = "deals:decide", "Approve, reject, question and close deals for the vendor.";
    ReadRules = "rules:read", "Read the rules of engagement.";
    ManageRules = "rules:manage", "Draft, simulate and publish rules of engagement.";
    ManageWebhooks = "webhooks:manage", "Manage webhook endpoints and their deliveries.";
    ManageAccess = "access:manage", "Manage how people sign in: portals, identity providers, roles and policies.";
}

impl Permission {
    /// Its bit in [`kernel::Actor::grants`].
    pub fn bit(self) -> u64 {
        1 << self as u8
    }
}

impl FromStr for Permission {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|permission| permission.wire() == text).ok_or(())
    }
}

/// A role. The first five are a vendor's, the others a partner's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the program for the vendor: everything.
    Admin,
    /// Looks after partners.
    ChannelManager,
    /// Pays and is paid.
    Finance,
    /// Runs campaigns and content.
    Marketing,
    /// A system: the CRM, the portal's back end.
    Integration,
    /// Runs the partner's side.
    PartnerAdmin,
    /// Sells for the partner.
    Sales,
    /// Builds and supports for the partner.
    Engineer,
    /// Watches the figures for the partner.
    Executive,
}

impl Role {
    /// Every role.
    pub const ALL: &[Role] = &[
        Role::Admin,
        Role::ChannelManager,
        Role::Finance,
        Role::Marketing,
        Role::Integration,
        Role::PartnerAdmin,
        Role::Sales,
        Role::Engineer,
        Role::Executive,
    ];

    /// Whether it is a role of a partner's people.
    pub fn is_partners(self) -> bool {
        matches!(self, Self::PartnerAdmin | Self::Sales | Self::Engineer | Self::Executive)
    }

    /// Its name on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::ChannelManager => "channel_manager",
            Self::Finance => "finance",
            Self::Marketing => "marketing",
            Self::Integration => "integration",
            Self::PartnerAdmin => "partner_admin",
            Self::Sales => "sales",
            Self::Engineer => "engineer",
            Self::Executive => "executive",
        }
    }

    /// What it may do. A partner's role reaches its own partner only, whatever it may do.
    pub fn permissions(self) -> &'static [Permission] {
        use Permission::*;
        match self {
            Self::Admin => Permission::ALL,
            Self::ChannelManager => &[
                ReadVendor,
                ReadPeople,
                ManagePeople,
                ReadEvents,
                ReadPartners,
                ManagePartners,
                ReadCrm,
                ReadDeals,
                RegisterDeals,
                DecideDeals,
                ReadRules,
            ],
            Self::Finance => &[ReadVendor, ReadPeople, ReadPartners, ReadCrm, ReadDeals, ReadRules],
            Self::Marketing => &[ReadVendor, ReadPeople, ReadPartners, ReadRules],
            Self::Integration => {
                &[ReadVendor, MintTokens, ReadPeople, ReadEvents, ReadPartners, ReadCrm, WriteCrm, ReadDeals, ReadRules, ManageWebhooks]
            }
            Self::PartnerAdmin => &[ReadPeople, ManagePeople, ReadPartners, ReadDeals, RegisterDeals, ReadRules],
            Self::Sales => &[ReadPeople, ReadPartners, ReadDeals, RegisterDeals, ReadRules],
            Self::Engineer => &[ReadPartners, ReadDeals, ReadRules],
            Self::Executive => &[ReadPeople, ReadPartners, ReadDeals, ReadRules],
        }
    }

    /// Its permissions as bits.
    pub fn grants(self) -> u64 {
        bits(self.permissions())
    }
}

impl FromStr for Role {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|role| role.wire() == text).ok_or(())
    }
}

/// Permissions as the bits of [`kernel::Actor::grants`].
pub fn bits(permissions: &[Permission]) -> u64 {
    permissions.iter().fold(0, |bits, permission| bits | permission.bit())
}

/// The names of the permissions in `bits`.
pub fn names(bits: u64) -> Vec<&'static str> {
    Permission::ALL.iter().filter(|permission| bits & permission.bit() != 0).map(|permission| permission.wire()).collect()
}
