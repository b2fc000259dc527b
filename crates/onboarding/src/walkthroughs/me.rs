//! The person who calls, as walkthroughs see them.

use super::published;
use crate::error;
use access::people::{self, person};
use kernel::actor::Caller;
use kernel::id::{PersonId, VendorId};
use kernel::{Actor, Problem, Scope, Tx};
use partners::Partner;
use sea_orm::ConnectionTrait;
use serde_json::Value;

/// Somebody, and what conditions may ask of them.
pub struct Me {
    /// Who they are.
    pub person: person::Model,
    /// What conditions see.
    pub facts: Value,
}

/// The person who calls; 403 for a key.
pub fn person_of(who: &Actor) -> Result<PersonId, Problem> {
    match who.caller {
        Caller::Person(person) => Ok(person),
        _ => Err(Problem::new(error::WALKTHROUGH_NOT_A_PERSON)),
    }
}

impl Me {
    /// A person of this vendor.
    pub async fn of(db: &impl ConnectionTrait, vendor: VendorId, id: PersonId) -> Result<Self, Problem> {
        let person = people::find(db, vendor, id).await?.ok_or_else(Problem::not_found)?;
        let partner = match person.partner() {
            Some(partner) => partners::find(db, Scope::vendor_wide(vendor), partner).await?.map(|row| Partner::whole(&row)),
            None => None,
        };
        let facts = published::facts(&person, partner.as_ref());
        Ok(Self { person, facts })
    }

    /// The same inside a write.
    pub async fn within(tx: &Tx, id: PersonId) -> Result<Self, Problem> {
        Self::of(tx, tx.vendor(), id).await
    }

    /// The type of their partner.
    pub fn partner_type(&self) -> Option<String> {
        self.facts["partner"]["type"].as_str().map(str::to_owned)
    }
}
