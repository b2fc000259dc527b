//! What is searched, who may search it, and on which shelf it stands.

use access::Permission;
use kernel::actor::Within;
use kernel::{Actor, Scope};
use sea_orm::{ColumnTrait, Condition};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The owner of the shelves on which everybody's things stand.
pub const EVERYBODY: Uuid = Uuid::max();
/// The owner of what belongs to no partner.
pub const VENDOR: Uuid = Uuid::nil();

/// A type of thing that is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchType {
    /// A deal registration.
    Deal,
    /// An account of the vendor's CRM.
    Account,
    /// A partner.
    Partner,
    /// A lead.
    Lead,
    /// An opportunity of the vendor's CRM.
    Opportunity,
    /// A referral.
    Referral,
    /// A person of the vendor or of a partner.
    Person,
}

impl SearchType {
    /// Every one.
    pub const ALL: [Self; 7] = [Self::Deal, Self::Account, Self::Partner, Self::Lead, Self::Opportunity, Self::Referral, Self::Person];

    /// Its name on the wire; the kind of an event's subject, too.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Deal => "deal",
            Self::Account => "account",
            Self::Partner => "partner",
            Self::Lead => "lead",
            Self::Opportunity => "opportunity",
            Self::Referral => "referral",
            Self::Person => "person",
        }
    }

    /// How its ids begin.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Deal => "deal",
            Self::Account => "acc",
            Self::Partner => "ptn",
            Self::Lead => "lead",
            Self::Opportunity => "opp",
            Self::Referral => "rfl",
            Self::Person => "per",
        }
    }

    /// The permission to read it.
    fn needs(self) -> Permission {
        match self {
            Self::Deal => Permission::ReadDeals,
            Self::Account | Self::Opportunity => Permission::ReadCrm,
            Self::Partner => Permission::ReadPartners,
            Self::Lead => Permission::ReadLeads,
            Self::Referral => Permission::ReadReferrals,
            Self::Person => Permission::ReadPeople,
        }
    }

    /// The shelf that `who` finds it on; none without the permission.
    pub fn shelf_of(self, who: &Actor) -> Option<Shelf> {
        let may = who.grants & !who.withheld & self.needs().bit() != 0;
        may.then(|| match (self, who.scope.partner()) {
            (Self::Lead, Some(_)) => Shelf::PartnersLead,
            _ => Shelf::of(self),
        })
    }
}

/// What stands together: the things of one type, as one side sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shelf {
    /// Deals.
    Deal = 1,
    /// Accounts.
    Account = 2,
    /// Partners.
    Partner = 3,
    /// Leads, whole.
    Lead = 4,
    /// Leads that a partner has accepted, as its people see them.
    PartnersLead = 5,
    /// Opportunities.
    Opportunity = 6,
    /// Referrals.
    Referral = 7,
    /// People.
    Person = 8,
}

impl Shelf {
    /// Every one.
    pub const ALL: [Self; 8] =
        [Self::Deal, Self::Account, Self::Partner, Self::Lead, Self::PartnersLead, Self::Opportunity, Self::Referral, Self::Person];

    /// The vendor's view of a type.
    pub fn of(kind: SearchType) -> Self {
        match kind {
            SearchType::Deal => Self::Deal,
            SearchType::Account => Self::Account,
            SearchType::Partner => Self::Partner,
            SearchType::Lead => Self::Lead,
            SearchType::Opportunity => Self::Opportunity,
            SearchType::Referral => Self::Referral,
            SearchType::Person => Self::Person,
        }
    }

    /// What stands on it.
    pub fn kind(self) -> SearchType {
        match self {
            Self::Deal => SearchType::Deal,
            Self::Account => SearchType::Account,
            Self::Partner => SearchType::Partner,
            Self::Lead | Self::PartnersLead => SearchType::Lead,
            Self::Opportunity => SearchType::Opportunity,
            Self::Referral => SearchType::Referral,
            Self::Person => SearchType::Person,
        }
    }

    /// As it is stored.
    pub fn code(self) -> i16 {
        self as i16
    }

    /// The shelf of a stored code.
    pub fn read(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|shelf| shelf.code() == code)
    }

    /// The owners on whose shelves a thing of `owner` stands.
    pub fn owners(self, owner: Uuid) -> Vec<Uuid> {
        // No caller of the vendor looks for a partner's view.
        if self == Self::PartnersLead { vec![owner] } else { vec![EVERYBODY, owner] }
    }
}

/// The shelves within a scope: their owners are in `column`.
pub(crate) fn within(scope: Scope, column: impl ColumnTrait) -> Condition {
    match scope.within() {
        Within::Everything => Condition::all().add(column.eq(EVERYBODY)),
        Within::Partner(_) => scope.limit(column),
        Within::Reach(_) => Condition::any().add(scope.limit(column)).add(column.eq(VENDOR)),
    }
}
