//! Who is told: a person, with what follows from their role and reach for what they may see.

use access::people::person;
use access::{Field, roles};
use kernel::Problem;
use kernel::actor::{Scope, Within};
use kernel::id::VendorId;
use sea_orm::ConnectionTrait;
use std::collections::HashMap;

/// What somebody may see of events. Many people share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reader {
    /// Whose rows.
    pub scope: Scope,
    /// Whether they may know whom a deal collides with.
    pub rivals: bool,
    /// Whether they may know what is the vendor's own.
    pub internal: bool,
}

impl Reader {
    /// The vendor itself, as in a room of its own chat: everything but rivals' names, for nobody knows who reads there.
    pub fn room(vendor: VendorId) -> Self {
        Self { scope: Scope::vendor_wide(vendor), rivals: false, internal: true }
    }

    /// Somebody who sees all of a vendor's events.
    pub fn everything(vendor: VendorId) -> Self {
        Self { scope: Scope::vendor_wide(vendor), rivals: true, internal: true }
    }
}

/// Tells what people may see, looking up each custom role once.
pub(crate) struct Readers {
    vendor: VendorId,
    grants: HashMap<String, u64>,
}

impl Readers {
    pub(crate) fn of(vendor: VendorId) -> Self {
        Self { vendor, grants: HashMap::new() }
    }

    pub(crate) async fn read(&mut self, db: &impl ConnectionTrait, person: &person::Model) -> Result<Reader, Problem> {
        let narrowed = person.standing().is_some_and(|standing| standing.narrowed);
        let within = match person.partner() {
            Some(partner) => Within::Partner(partner),
            None if narrowed => Within::Reach(person.id()),
            None => Within::Everything,
        };
        let (vendors, grants) = (person.partner_id.is_none(), self.grants(db, person).await?);
        let sees = |field: Field| vendors && grants & field.needs().bit() != 0;
        Ok(Reader { scope: Scope::new(self.vendor, within), rivals: sees(Field::Rivals), internal: sees(Field::Routes) })
    }

    async fn grants(&mut self, db: &impl ConnectionTrait, person: &person::Model) -> Result<u64, Problem> {
        if let Some(known) = self.grants.get(&person.role) {
            return Ok(*known);
        }
        let grants = roles::facts(db, self.vendor, &person.role()).await?.map_or(0, |facts| facts.grants);
        self.grants.insert(person.role.clone(), grants);
        Ok(grants)
    }
}
