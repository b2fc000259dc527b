//! In which languages somebody is shown things: what they set themselves, theirs as a contact, their partner's, the vendor's, English.

use crate::{contacts, find};
use access::people::person;
use access::vendors;
use kernel::id::{PartnerId, VendorId};
use kernel::locale::Languages;
use kernel::{Problem, Scope};
use sea_orm::ConnectionTrait;
use std::collections::HashMap;
use uuid::Uuid;

/// Those of whoever `wanted` these and is of this partner, or of the vendor itself.
pub async fn of_partner(
    db: &impl ConnectionTrait,
    vendor: VendorId,
    partner: Option<PartnerId>,
    wanted: impl IntoIterator<Item = String>,
) -> Result<Languages, Problem> {
    let theirs = match partner {
        Some(partner) => find(db, Scope::vendor_wide(vendor), partner).await?.map(|partner| partner.languages()).unwrap_or_default(),
        None => Vec::new(),
    };
    let usual = vendors::find(db, vendor).await?.and_then(|vendor| vendor.language);
    Ok(wanted.into_iter().chain(theirs).chain(usual).collect())
}

/// Those of a person, who set `own` themselves.
pub async fn of_person(db: &impl ConnectionTrait, person: &person::Model, own: Option<String>) -> Result<Languages, Problem> {
    Book::of(VendorId(person.vendor_id)).of_person(db, person, own).await
}

/// What is known of the partners of many people, asked once for each partner.
pub struct Book {
    vendor: VendorId,
    partners: HashMap<Option<PartnerId>, Page>,
}

struct Page {
    usual: Languages,
    contacts: HashMap<Uuid, String>,
}

impl Book {
    /// An empty one.
    pub fn of(vendor: VendorId) -> Self {
        Self { vendor, partners: HashMap::new() }
    }

    /// The languages of a person, who set `own` themselves.
    pub async fn of_person(&mut self, db: &impl ConnectionTrait, person: &person::Model, own: Option<String>) -> Result<Languages, Problem> {
        let partner = person.partner();
        if !self.partners.contains_key(&partner) {
            let contacts = match partner {
                Some(partner) => contacts::of_partner(db, Scope::vendor_wide(self.vendor), partner).await?,
                None => Vec::new(),
            };
            let contacts = contacts.into_iter().filter_map(|contact| contact.person_id.zip(contact.language)).collect();
            self.partners.insert(partner, Page { usual: of_partner(db, self.vendor, partner, None).await?, contacts });
        }
        let Some(page) = self.partners.get(&partner) else { return Ok(Languages::default()) };
        let theirs: Languages = own.into_iter().chain(page.contacts.get(&person.id).cloned()).collect();
        Ok(theirs.before(&page.usual))
    }
}
