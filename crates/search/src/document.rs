//! From an event to what is searched of its subject. Pure.

use crate::kind::{Shelf, VENDOR};
use crate::words::{self, SEPARATE};
use kernel::id::PartnerId;
use kernel::personal::is_marker;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Words of one document that are kept; the rest of a longer text is not found.
const MOST_WORDS: usize = 64;

/// The statuses of a lead that a partner has accepted: its people see it whole from then on.
const ACCEPTED: [&str; 5] = ["accepted", "working", "converted", "won", "lost"];

/// What is told of a hit, as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// Its id on the wire.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<String>,
    /// Its id in the vendor's CRM or other system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// What else it is found by, and is told beside its title: names of fields and their texts.
    pub fields: Vec<(String, String)>,
}

/// What is searched of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Where it stands.
    pub shelf: Shelf,
    /// Its id.
    pub id: Uuid,
    /// The partner whose it is, or [`VENDOR`].
    pub owner: Uuid,
    /// What is told of it.
    pub body: Body,
    /// The revision that this was true of.
    pub revision: i64,
}

/// The fields that are about a person who is no person here.
pub const CONTACT: &str = "contact";
/// An e-mail address.
pub const EMAIL: &str = "email";

impl Document {
    /// Its words: of the title, of the rest, and what it is found by exactly.
    pub fn words(&self) -> String {
        let list = |texts: &mut dyn Iterator<Item = &str>| {
            let mut seen = BTreeSet::new();
            let words: Vec<String> = texts.flat_map(words::words).filter(|word| seen.insert(word.clone())).take(MOST_WORDS).collect();
            words.join(" ")
        };
        let Body { id, title, external_id, fields, .. } = &self.body;
        let rest = || fields.iter().map(|(_, text)| text.as_str()).chain(external_id.as_deref());
        let keys: BTreeSet<String> = [id.as_str(), title.as_str()].into_iter().chain(rest()).filter_map(words::key).collect();
        let keys: Vec<String> = keys.into_iter().collect();
        [list(&mut [title.as_str()].into_iter()), list(&mut rest()), keys.join(" ")].join(&SEPARATE.to_string())
    }
}

/// What an event says of its subject, on each shelf where that stands; `None` on a shelf where it no longer does.
pub fn of(kind: &str, id: Uuid, revision: i64, data: &Value) -> Vec<(Shelf, Option<Document>)> {
    let thing = &data[kind];
    let named = match kind {
        "deal" => &thing["customer"],
        "lead" | "referral" => &thing["company"],
        _ => thing,
    };
    // Not every event carries its subject whole.
    if !named["name"].is_string() {
        return Vec::new();
    }
    let one = |shelf, members| vec![(shelf, document(shelf, id, revision, thing, named, members))];
    match kind {
        "deal" => one(Shelf::Deal, COMPANY),
        "account" => one(Shelf::Account, &["domain", "tax_id", "country", "industry"]),
        "partner" => one(Shelf::Partner, &["type", "tier", "region", "country"]),
        "opportunity" => one(Shelf::Opportunity, &["stage", "account_external_id"]),
        "referral" => one(Shelf::Referral, COMPANY),
        "person" => one(Shelf::Person, &[EMAIL, "role"]),
        "lead" => {
            let whole = document(Shelf::Lead, id, revision, thing, named, COMPANY);
            let accepted = thing["status"].as_str().is_some_and(|status| ACCEPTED.contains(&status));
            let seen = whole.clone().filter(|whole| accepted && whole.owner != VENDOR);
            let seen = seen.map(|seen| Document { shelf: Shelf::PartnersLead, body: Body { external_id: None, ..seen.body }, ..seen });
            vec![(Shelf::Lead, whole), (Shelf::PartnersLead, seen)]
        }
        _ => Vec::new(),
    }
}

/// What companies are known by.
const COMPANY: &[&str] = &["domain", "tax_id", "country"];

/// The document of `thing`, with what `named` says of itself; `None` if its name was erased.
fn document(shelf: Shelf, id: Uuid, revision: i64, thing: &Value, named: &Value, members: &[&str]) -> Option<Document> {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty() && !is_marker(text)).map(str::to_owned);
    let title = text(&named["name"])?;
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, value: &Value| fields.extend(text(value).map(|text| (name.to_owned(), text)));
    members.iter().for_each(|member| add(member, &named[*member]));
    // A deal's customer names its contact itself, a lead and a referral do beside their company.
    for contact in [&named["contact"], &thing["contact"]].into_iter().filter(|contact| contact.is_object()) {
        add(CONTACT, &contact["name"]);
        add(EMAIL, &contact["email"]);
    }
    let partner = if shelf == Shelf::Partner { &thing["id"] } else { &thing["partner_id"] };
    let partner_id = text(partner);
    let owner = partner_id.as_deref().and_then(|partner| partner.parse::<PartnerId>().ok()).map_or(VENDOR, |partner| partner.0);
    let body = Body {
        id: kernel::id::write(shelf.kind().prefix(), id),
        title,
        status: text(&thing["status"]),
        partner_id: partner_id.filter(|_| shelf != Shelf::Partner),
        external_id: text(&thing["external_id"]),
        fields,
    };
    Some(Document { shelf, id, owner, body, revision })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_partner_finds_a_lead_once_it_has_accepted_it() {
        let partner = PartnerId::fresh();
        let lead = |status: &str| {
            let data = json!({ "lead": { "status": status, "partner_id": partner, "external_id": "L-1", "company": { "name": "Fabrikam", "country": "DE" },
                "contact": { "name": "Anna Schmidt", "email": "anna@fabrikam.example" } } });
            of("lead", Uuid::from_u128(1), 1, &data)
        };
        let [(_, Some(whole)), (Shelf::PartnersLead, None)]: [(Shelf, Option<Document>); 2] = lead("offered").try_into().unwrap() else {
            panic!("offered")
        };
        assert_eq!(whole.words().lines().collect::<Vec<_>>()[..2], ["fabrikam", "de anna schmidt fabrikam example l 1"]);
        let [(_, Some(_)), (_, Some(seen))]: [(Shelf, Option<Document>); 2] = lead("accepted").try_into().unwrap() else { panic!("accepted") };
        assert!(!seen.words().contains("=l1") && seen.words().contains("=annafabrikamexample"));
    }

    #[test]
    fn what_was_erased_is_not_found() {
        let data = json!({ "person": { "name": "[erased]", "email": "per_1@erased.invalid" } });
        assert_eq!(of("person", Uuid::nil(), 2, &data), [(Shelf::Person, None)]);
        let data = json!({ "deal": { "customer": { "name": "Fabrikam", "contact": { "name": "[erased]", "email": "erased@erased.invalid" } } } });
        assert!(!of("deal", Uuid::nil(), 2, &data)[0].1.as_ref().unwrap().words().contains("erased"));
    }
}
