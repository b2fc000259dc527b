//! What the text of an agreement may speak of: which names there are, and what stands for them.

use super::draft::Invited;
use chrono::NaiveDate;
use kernel::locale::{FALLBACK, Locale};
use kernel::{Problem, Scope};
use partners::contacts;
use phrases::LOCALE;
use sea_orm::ConnectionTrait;
use serde_json::{Map, Value, json};

/// What is told of a partner.
const PARTNER: &[&str] = &["name", "type", "tier", "region", "country", "website", "tax_id", "languages", "specialisations"];
/// What is told of an agreement.
const AGREEMENT: &[&str] = &["number", "title", "kind", "date"];
/// What is told of a signer.
const SIGNER: &[&str] = &["name", "email", "title"];
/// Contacts that a text may go through.
const MOST_CONTACTS: usize = 100;

/// Whether there is a variable of this name, for these roles.
pub fn is_known(path: &str, roles: &[&str]) -> bool {
    let parts: Vec<_> = path.split('.').collect();
    match parts.as_slice() {
        ["vendor", "name"] | ["contacts"] => true,
        ["partner", "custom_fields", _, ..] => true,
        ["partner", field] => PARTNER.contains(field),
        ["agreement", field] => AGREEMENT.contains(field),
        ["signers", role, field] => roles.contains(role) && SIGNER.contains(field),
        _ => false,
    }
}

/// What stands for them, where nothing is known yet: to try a text with.
pub fn sample(roles: &[&str]) -> Value {
    let contact = json!({ "name": "Sam Okafor", "email": "sam@northwind.example", "job_title": "Director", "functions": ["legal"] });
    let signer = json!({ "name": "Sam Okafor", "email": "sam@northwind.example", "title": "For the partner" });
    let signers: Map<String, Value> = roles.iter().map(|role| ((*role).to_owned(), signer.clone())).collect();
    json!({ LOCALE: FALLBACK, "vendor": { "name": "Acme" }, "contacts": vec![contact; MOST_CONTACTS], "signers": signers,
        "partner": { "name": "Northwind", "type": "reseller", "tier": "gold", "region": "EMEA", "country": "DE", "website": "https://northwind.example",
            "tax_id": "DE123456789", "languages": ["de"], "specialisations": ["cloud"], "custom_fields": {} },
        "agreement": { "number": "agr_01jd3k7x2mfq8t9v5w6y0zabcd", "title": "Agreement", "kind": "reseller", "date": "November 20, 2026" } })
}

/// What is told of the agreement itself.
pub struct Told<'a> {
    /// Its id.
    pub number: String,
    /// Its title.
    pub title: &'a str,
    /// Its kind.
    pub kind: &'a str,
    /// The day on which it is made.
    pub date: NaiveDate,
    /// How its language writes dates and money.
    pub locale: &'a Locale,
}

/// What stands for them in an agreement with this partner.
pub async fn of(
    db: &impl ConnectionTrait,
    scope: Scope,
    partner: &partners::partner::Model,
    signers: &[Invited],
    told: &Told<'_>,
) -> Result<Value, Problem> {
    let vendor = access::vendors::find(db, scope.vendor()).await?.ok_or_else(Problem::not_found)?;
    let contacts = contacts::of_partner(db, scope, partner.id()).await?;
    let contacts: Vec<_> = contacts
        .into_iter()
        .take(MOST_CONTACTS)
        .map(|row| json!({ "name": row.name, "email": row.email, "job_title": row.job_title, "functions": row.functions() }))
        .collect();
    let signers: Map<String, Value> =
        signers.iter().map(|one| (one.role.clone(), json!({ "name": one.name, "email": one.email, "title": one.title }))).collect();
    Ok(json!({
        LOCALE: told.locale.tag(), "vendor": { "name": vendor.name }, "contacts": contacts, "signers": signers,
        "partner": { "name": partner.name, "type": partner.kind, "tier": partner.tier, "region": partner.region, "country": partner.country,
            "website": partner.website, "tax_id": partner.tax_id, "languages": partner.languages(), "specialisations": partner.specialisations(),
            "custom_fields": partner.custom_fields() },
        "agreement": { "number": told.number, "title": told.title, "kind": told.kind, "date": told.locale.date(told.date) },
    }))
}
