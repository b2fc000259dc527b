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
    ReadCrm = "crm:read", "Read mirrored accounts, opportunities and products.";
    WriteCrm = "crm:write", "Write mirrored accounts, opportunities and products, one by one or by import, and the usage that was measured.";
    ReadDeals = "deals:read", "Read deal registrations.";
    RegisterDeals = "deals:register", "Register deals and move one's own along.";
    DecideDeals = "deals:decide", "Approve, reject, question and close deals for the vendor.";
    ReadRules = "rules:read", "Read the rules of engagement.";
    ManageRules = "rules:manage", "Draft, simulate and publish rules of engagement.";
    ManageWebhooks = "webhooks:manage", "Manage webhook endpoints and their deliveries.";
    ManageAccess = "access:manage", "Manage how people sign in: portals, identity providers, roles and policies.";
    ExportPeople = "people:export", "Export all that is held about a person.";
    ErasePeople = "people:erase", "Erase a person, or a contact who is no person here, for good.";
    ManageScim = "scim:manage", "Provision people and groups by SCIM, within the caller's reach.";
    ReviewAccess = "access:review", "Decide in access reviews what one was asked to decide.";
    SeeRivals = "deals:see_rivals", "See whom a deal collides with: the rival and its customer, not only that there is a conflict.";
    ReadLeads = "leads:read", "Read leads: all of the vendor's, or those offered to one's own partner.";
    WorkLeads = "leads:work", "Accept, decline, work, convert and close the leads of one's partner.";
    ManageLeads = "leads:manage", "Capture and distribute leads, and manage their forms, named accounts and rules.";
    ReadReferrals = "referrals:read", "Read referrals and their rewards.";
    MakeReferrals = "referrals:make", "Hand in prospects, and take them back.";
    DecideReferrals = "referrals:decide", "Accept, reject, move and close referrals for the vendor.";
    ManageNotifications = "notifications:manage", "Manage what notifications say, and the chats that are told.";
    SeeInternal = "vendor:see_internal", "See what is the vendor's own: internal reasons, routes, drafts of rules, and who acted for it.";
    ReadQueues = "queues:read", "Read queues, and what waits in them for oneself.";
    ManageQueues = "queues:manage", "Make queues and say who works in them.";
    OpenDisputes = "disputes:open", "Open a dispute about who holds a customer, and take one's side in it.";
    DecideDisputes = "disputes:decide", "Lead and decide disputes in which one takes no side.";
    ReadAutomations = "automations:read", "Read automations, what they can do and what they did.";
    ManageAutomations = "automations:manage", "Add, change, try and cancel automations.";
    WorkOnboarding = "onboarding:work", "Do the tasks of an onboarding that one's side owes.";
    ManageOnboarding = "onboarding:manage", "Draft, publish and retire the paths of onboardings.";
    ReadTerms = "terms:read", "Read the vendor's commercial terms: what partners earn, and which prices need whose approval.";
    ManageTerms = "terms:manage", "Draft and publish commercial terms.";
    ApprovePricing = "pricing:approve", "Approve, decline, counter and revoke special prices for the vendor.";
    WorkCosell = "cosell:work", "Ask for help with deals, answer for one's side, and work on next steps together.";
    ReadHygiene = "hygiene:read", "Read what audits of hygiene found: duplicates, what is stale, and what has nobody.";
    ManageHygiene = "hygiene:manage", "Begin audits of hygiene, dismiss what they found, and set what they look for.";
    ReadApplications = "applications:read", "Read applications to the program and their funnel.";
    DecideApplications = "applications:decide", "Approve, refuse, question and assign applications.";
    ManageApplications = "applications:manage", "Manage application forms and the rules of admission.";
    ReadVetting = "vetting:read", "Read screening lists, the register of checks and its evidence, and screen a name.";
    DecideVetting = "vetting:decide", "Vet partners, name their owners, and decide about matches.";
    ManageVetting = "vetting:manage", "Publish screening lists and the vetting policy.";
    ReadSurveys = "surveys:read", "Read surveys, whom they ask, what was answered, and their results.";
    ManageSurveys = "surveys:manage", "Make, send and close surveys.";
    SubmitEsg = "esg:submit", "Hand in facts about a partner's sustainability for the vendor to verify.";
}

/// What a person of the vendor whose reach is narrowed may do at most: what can be limited to some partners. Everything else
/// is about the whole vendor, or (like keys and webhooks) would reach around the limit; a new permission is so until it is listed here.
const LIMITABLE: &[Permission] = {
    use Permission::*;
    &[
        ReadVendor,
        MintTokens,
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
        ReviewAccess,
        SeeRivals,
        ReadLeads,
        WorkLeads,
        ReadReferrals,
        MakeReferrals,
        DecideReferrals,
        SeeInternal,
        ReadQueues,
        WorkOnboarding,
        ReadTerms,
        ApprovePricing,
        WorkCosell,
        ReadHygiene,
        ReadVetting,
        DecideVetting,
        SubmitEsg,
    ]
};

/// What may be done within a narrowed reach, as bits.
pub fn limitable() -> u64 {
    bits(LIMITABLE)
}

/// What people of partners may do at all: whatever one of the built-in roles of a partner allows.
pub fn for_partners() -> u64 {
    Role::ALL.iter().filter(|role| role.is_partners()).fold(0, |bits, role| bits | role.grants())
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
                ReviewAccess,
                SeeRivals,
                ReadLeads,
                WorkLeads,
                ManageLeads,
                ReadReferrals,
                MakeReferrals,
                DecideReferrals,
                SeeInternal,
                ManageScim,
                ReadQueues,
                OpenDisputes,
                DecideDisputes,
                ReadAutomations,
                WorkOnboarding,
                ReadTerms,
                ApprovePricing,
                WorkCosell,
                ReadHygiene,
                ReadApplications,
                DecideApplications,
                ManageApplications,
                ReadVetting,
                DecideVetting,
                ReadSurveys,
                ManageSurveys,
                SubmitEsg,
            ],
            Self::Finance => &[
                ReadVendor,
                ReadPeople,
                ReadPartners,
                ReadCrm,
                ReadDeals,
                ReadRules,
                SeeRivals,
                ReadLeads,
                ReadReferrals,
                SeeInternal,
                ReadTerms,
                ApprovePricing,
                WorkCosell,
            ],
            Self::Marketing => &[
                ReadVendor,
                ReadPeople,
                ReadPartners,
                ReadRules,
                ReadLeads,
                ManageLeads,
                SeeInternal,
                ReadApplications,
                ManageApplications,
                ReadSurveys,
                ManageSurveys,
            ],
            Self::Integration => &[
                ReadVendor,
                MintTokens,
                ReadPeople,
                ReadEvents,
                ReadPartners,
                ReadCrm,
                WriteCrm,
                ReadDeals,
                ReadRules,
                ManageWebhooks,
                SeeRivals,
                ReadLeads,
                ManageLeads,
                ReadReferrals,
                SeeInternal,
                ReadHygiene,
                ReadApplications,
            ],
            Self::PartnerAdmin => &[
                ReadPeople,
                ManagePeople,
                ReadPartners,
                ReadDeals,
                RegisterDeals,
                ReadRules,
                ReviewAccess,
                ReadLeads,
                WorkLeads,
                ReadReferrals,
                MakeReferrals,
                ManageScim,
                OpenDisputes,
                WorkOnboarding,
                WorkCosell,
                SubmitEsg,
            ],
            Self::Sales => &[
                ReadPeople,
                ReadPartners,
                ReadDeals,
                RegisterDeals,
                ReadRules,
                ReadLeads,
                WorkLeads,
                ReadReferrals,
                MakeReferrals,
                OpenDisputes,
                WorkOnboarding,
                WorkCosell,
            ],
            Self::Engineer => &[ReadPartners, ReadDeals, ReadRules, WorkOnboarding, WorkCosell],
            Self::Executive => &[ReadPeople, ReadPartners, ReadDeals, ReadRules, ReadLeads, ReadReferrals],
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Admin => "Administrator",
            Self::ChannelManager => "Channel manager",
            Self::Finance => "Finance",
            Self::Marketing => "Marketing",
            Self::Integration => "Integration",
            Self::PartnerAdmin => "Partner administrator",
            Self::Sales => "Sales",
            Self::Engineer => "Engineer",
            Self::Executive => "Executive",
        }
    }

    /// What it is for, in a sentence.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Admin => "Runs the program for the vendor: everything.",
            Self::ChannelManager => "Looks after partners.",
            Self::Finance => "Pays and is paid.",
            Self::Marketing => "Runs campaigns and content.",
            Self::Integration => "A system: the CRM, the portal's back end.",
            Self::PartnerAdmin => "Runs the partner's side.",
            Self::Sales => "Sells for the partner.",
            Self::Engineer => "Builds and supports for the partner.",
            Self::Executive => "Watches the figures for the partner.",
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

/// Something in an answer that is not for everybody who may read the rest: the other half of the table.
///
/// Handlers ask [`Field::shown_to`] and nothing else, so that who sees what is read off here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// Of a deal's conflicts: the other customer's name, deal, partner, CRM records and evidence; of its reasons: the facts about them.
    Rivals,
    /// Of a deal: where it was sent for review and who has it, and the CRM's opportunity.
    Routes,
    /// Of a partner: why it is suspended.
    InternalReasons,
    /// Of a history: which of the vendor's people and keys acted.
    VendorsActors,
    /// Rules of engagement that are not published.
    DraftRules,
    /// Of a lead: its score, what it doubles and where it came from; of a referral: what it collides with.
    LeadInternals,
    /// Of a deal: who approves it in which step, which marks its review has passed, and what happens at the end.
    Approvals,
    /// Of a co-sell request: why rules brought in whom, and which answered.
    CosellReasons,
}

impl Field {
    /// Every one.
    pub const ALL: &[Field] = &[
        Field::Rivals,
        Field::Routes,
        Field::InternalReasons,
        Field::VendorsActors,
        Field::DraftRules,
        Field::LeadInternals,
        Field::Approvals,
        Field::CosellReasons,
    ];

    /// The permission that shows it.
    pub fn needs(self) -> Permission {
        match self {
            Self::Rivals => Permission::SeeRivals,
            Self::Routes | Self::InternalReasons | Self::VendorsActors => Permission::SeeInternal,
            Self::DraftRules | Self::LeadInternals | Self::Approvals | Self::CosellReasons => Permission::SeeInternal,
        }
    }

    /// Whether `who` is shown it. Never a partner's person, whatever a role says.
    pub fn shown_to(self, who: &kernel::Actor) -> bool {
        who.scope.partner().is_none() && who.grants & self.needs().bit() != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_of_the_vendors_own_is_shown_by_what_partners_may_hold() {
        for field in Field::ALL {
            assert_eq!(for_partners() & field.needs().bit(), 0, "{field:?}");
        }
    }

    #[test]
    fn what_reaches_around_a_limit_is_not_left_to_a_narrowed_reach() {
        let left = limitable();
        for permission in
            [Permission::ManageKeys, Permission::ManageWebhooks, Permission::ManageAccess, Permission::WriteCrm, Permission::ManageRules]
        {
            assert_eq!(left & permission.bit(), 0, "{permission:?}");
        }
    }

    #[test]
    fn the_permissions_fit_their_bits() {
        assert!(Permission::ALL.len() <= 64);
    }
}
