//! Who takes part: the vendor's keys, its channel managers, its partners and their sellers.

use super::call::{Caller, text};
use super::words::{detail, say};
use crate::serve::Failure;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The CRM's sales teams: region and manager of each seller.
const TEAMS: &str = include_str!("../../../../examples/crm/sales_teams.csv");
/// From here on a person decides, in US dollars.
pub(super) const LARGE: i64 = 250_000;
/// Sellers of each partner.
pub(super) const SELLERS: usize = 2;

/// The partners, made up: name, type, tier, country, and their sellers.
pub(super) const PARTNERS: &[(&str, &str, &str, &str, [&str; SELLERS])] = &[
    ("Bluewater Systems Inc.", "reseller", "gold", "US", ["Dana Whitfield", "Marcus Oyelaran"]),
    ("Tamarack Cloud Services LLC", "msp", "gold", "US", ["Priya Raman", "Joel Lindgren"]),
    ("Orchard Point Consulting LLC", "system_integrator", "silver", "US", ["Helen Achterberg", "Sam Okafor"]),
    ("Meridian Bay Networks Inc.", "reseller", "silver", "US", ["Rosa Delgado", "Tom Birch"]),
    ("Kessler & Roth Systemhaus GmbH", "reseller", "platinum", "DE", ["Jana Kessler", "Uwe Roth"]),
    ("Pontevivo Digitale S.r.l.", "system_integrator", "silver", "IT", ["Chiara Bassi", "Luca Ferrante"]),
    ("Harbour Lane Technology Ltd", "distributor", "gold", "GB", ["Imogen Clarke", "Owen Rhys"]),
    ("Fjordlys Partner AS", "referral", "registered", "NO", ["Ingrid Solheim", "Erik Dahl"]),
];

/// Everybody with a credential.
pub(super) struct Program {
    /// The vendor's administrator.
    pub(super) admin: Caller,
    /// The vendor's channel desk: decides deals.
    pub(super) desk: Caller,
    /// The partners' ids, in the order of [`PARTNERS`].
    partners: Vec<String>,
    /// The partners' sellers: [`SELLERS`] for each partner, in order.
    sellers: Vec<Caller>,
}

/// A key with a role of the vendor's.
pub(super) async fn key(admin: &Caller, name: &str, role: &str) -> Result<Caller, Failure> {
    let made = admin.post("/v1/api-keys", &json!({"name": name, "role": role})).await?;
    Ok(admin.with(text(&made, "/secret")))
}

impl Program {
    /// Add managers, partners and sellers, and give every seller a token as the vendor's portal would.
    pub(super) async fn build(admin: &Caller) -> Result<Self, Failure> {
        let (portal, desk) = (key(admin, "Portal back end", "integration").await?, key(admin, "Channel desk", "channel_manager").await?);
        let managers = managers(admin).await?;
        let (mut partners, mut sellers) = (Vec::new(), Vec::new());
        for (at, (name, kind, tier, country, people)) in PARTNERS.iter().enumerate() {
            let (region, manager) = &managers[at % managers.len()];
            let new = json!({"name": name, "type": kind, "tier": tier, "country": country, "region": region, "manager_id": manager});
            let partner = text(&admin.post("/v1/partners", &new).await?, "/id").to_owned();
            for person in people {
                let new = json!({"partner_id": partner, "name": person, "email": email(person, name), "role": "sales"});
                let person = admin.post("/v1/people", &new).await?;
                let token = portal.post("/v1/tokens", &json!({"person_id": person["id"], "expires_in": 3600})).await?;
                sellers.push(admin.with(text(&token, "/access_token")));
            }
            partners.push(partner);
        }
        say(format!(
            "{} partners with {} sellers, in the regions of sales_teams.csv, each in the charge of one of its {} managers.",
            partners.len(),
            sellers.len(),
            managers.len()
        ));
        say("Each seller has a token that the portal's back end minted with its own key: POST /v1/tokens.");
        Ok(Self { admin: admin.clone(), desk, partners, sellers })
    }

    /// A seller of a partner.
    pub(super) fn seller(&self, partner: usize, seller: usize) -> &Caller {
        &self.sellers[partner * SELLERS + seller % SELLERS]
    }

    /// The name of the partner with this id.
    pub(super) fn partner_name(&self, id: &str) -> &'static str {
        self.partners.iter().position(|partner| partner == id).map_or("?", |at| PARTNERS[at].0)
    }
}

/// The managers of sales_teams.csv become the vendor's channel managers: region and id of each.
async fn managers(admin: &Caller) -> Result<Vec<(String, Value)>, Failure> {
    let mut teams = BTreeMap::new();
    for row in csv::Reader::from_reader(TEAMS.as_bytes()).records() {
        let row = row?;
        teams.insert(row[1].to_owned(), row[2].to_owned());
    }
    let mut managers = Vec::new();
    for (name, region) in teams {
        let new = json!({"name": name, "email": email(&name, "vendor"), "role": "channel_manager"});
        managers.push((region, admin.post("/v1/people", &new).await?["id"].clone()));
    }
    Ok(managers)
}

/// `jana.kessler@kessler.example`.
fn email(person: &str, house: &str) -> String {
    let house = house.split_whitespace().next().unwrap_or_default();
    format!("{}@{}.example", person.replace(' ', "."), house).to_lowercase()
}

/// The standard rules of engagement, and one of the vendor's own: drafted and published.
pub(super) async fn publish_rules(admin: &Caller) -> Result<(), Failure> {
    let mut engagement = admin.get("/v1/rules-of-engagement/in-force").await?["engagement"].take();
    let when = format!("deal.amount.currency == \"USD\" && deal.amount.amount > {}", LARGE * 100);
    let large =
        json!({"id": "large", "when": when, "outcome": "review", "code": "large_deal", "sentence": "Deals of this size are looked at by a person."});
    if let Some(rules) = engagement["rules"].as_array_mut() {
        rules.push(large);
    }
    engagement["title"] = "Rules of engagement of the demo".into();
    let draft = admin.post("/v1/rules-of-engagement", &engagement).await?;
    let published = admin.post(&format!("/v1/rules-of-engagement/{}/publish", text(&draft, "/id")), &json!({})).await?;
    let rules = published["engagement"]["rules"].as_array().map_or(0, Vec::len);
    say(format!(
        "Rules of engagement, version {}: {rules} rules, read by partners and enforced by the machine. The last one is:",
        published["version"]
    ));
    detail(format!("large: when {when}, then review"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_made_of_names() {
        assert_eq!(email("Jana Kessler", "Kessler & Roth Systemhaus GmbH"), "jana.kessler@kessler.example");
    }
}
