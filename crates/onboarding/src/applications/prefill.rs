//! What is filled in for an applicant whose address is confirmed: nothing that is known is asked again.
//!
//! From an earlier application of the same address; from what the vendor imported for the address's domain, if that is one company's; from the domain
//! itself. A domain at which anybody may have an address says nothing. What the applicant has written stays.

use super::store::{self, ApplicationRow};
use super::types::ApplicationCompany;
use kernel::{Problem, Scope, Tx};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Fill in what is missing of a draft.
pub async fn fill(tx: &Tx, row: &mut ApplicationRow, questions: &[String]) -> Result<(), Problem> {
    let mut draft = Draft { company: object(&row.company()?), answers: row.answers()?, prefilled: row.prefilled()? };
    let mut contact = row.contact()?;
    let key = row.email_key.clone().unwrap_or_default();
    for earlier in store::of_address(tx, Scope::vendor_wide(tx.vendor()), &key).await? {
        if earlier.id == row.id || earlier.confirmed_at.is_none() {
            continue;
        }
        draft.fill("company", object(&earlier.company()?), "earlier_application");
        let known = earlier.answers()?.into_iter().filter(|(name, _)| questions.contains(name)).collect();
        draft.fill("answers", known, "earlier_application");
        let known = earlier.contact()?;
        contact.name = contact.name.or(known.name);
        contact.phone = contact.phone.or(known.phone);
        contact.job_title = contact.job_title.or(known.job_title);
        break;
    }
    if let Some(domain) = companys_domain(&contact.email) {
        draft.fill("company", object(&imported(tx, &domain).await?), "import");
        draft.fill("company", object(&ApplicationCompany { domain: Some(domain), ..ApplicationCompany::default() }), "email_domain");
    }
    row.set_company(serde_json::from_value(Value::Object(draft.company)).map_err(Problem::internal)?);
    row.contact = store::text(&contact);
    row.answers = store::text(&draft.answers);
    row.prefilled = store::text(&draft.prefilled);
    Ok(())
}

/// The domain of an address, if it is one company's.
pub fn companys_domain(email: &str) -> Option<String> {
    let domain = matching::registrable_domain(email)?;
    (!matching::is_free_mail(&domain) && !matching::is_disposable(&domain)).then_some(domain)
}

/// What the vendor imported for this domain, if it is one company.
async fn imported(tx: &Tx, domain: &str) -> Result<ApplicationCompany, Problem> {
    let keys = matching::exact_keys(&matching::Profile { domain: Some(domain), ..matching::Profile::named("") });
    let keys: Vec<_> = keys.iter().map(|key| key.as_str().to_owned()).collect();
    let hits = crm::accounts_by_keys(tx, Scope::vendor_wide(tx.vendor()), &keys).await?;
    let [only] = hits.as_slice() else { return Ok(ApplicationCompany::default()) };
    let account = &only.account;
    Ok(ApplicationCompany {
        name: Some(account.name.clone()),
        country: account.country.clone().filter(|code| kernel::country::is_country(code)),
        domain: Some(domain.to_owned()),
        tax_id: account.tax_id.clone().filter(|id| id.len() <= 50),
        address: account.address.clone().filter(|address| address.chars().count() <= 500),
        ..ApplicationCompany::default()
    })
}

fn object(company: &ApplicationCompany) -> Map<String, Value> {
    match serde_json::to_value(company) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

struct Draft {
    company: Map<String, Value>,
    answers: Map<String, Value>,
    prefilled: BTreeMap<String, String>,
}

impl Draft {
    fn fill(&mut self, part: &str, known: Map<String, Value>, from: &str) {
        let here = if part == "company" { &mut self.company } else { &mut self.answers };
        for (name, value) in known {
            if !here.contains_key(&name) {
                self.prefilled.insert(format!("{part}.{name}"), from.to_owned());
                here.insert(name, value);
            }
        }
    }
}

/// Of what was filled in, only what the applicant has left as it was.
pub fn left(prefilled: BTreeMap<String, String>, before: &Value, after: &Value) -> BTreeMap<String, String> {
    let same = |path: &String| {
        let pointer = format!("/{}", path.replacen('.', "/", 1));
        after.pointer(&pointer).is_some() && before.pointer(&pointer) == after.pointer(&pointer)
    };
    prefilled.into_iter().filter(|(path, _)| same(path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_domain_that_is_nobodys_says_nothing() {
        assert_eq!(companys_domain("sam@mail.northwind.example").as_deref(), Some("northwind.example"));
        assert_eq!((companys_domain("sam@gmail.com"), companys_domain("sam@mailinator.com"), companys_domain("sam@localhost")), (None, None, None));
    }

    #[test]
    fn what_was_written_stays_and_what_was_changed_is_the_applicants() {
        let object = |value: Value| value.as_object().cloned().unwrap_or_default();
        let mut draft = Draft { company: object(json!({ "name": "A" })), answers: Map::new(), prefilled: BTreeMap::new() };
        draft.fill("company", object(json!({ "name": "B", "country": "DE", "domain": "a.example" })), "import");
        assert_eq!((&draft.company["name"], draft.prefilled.len()), (&json!("A"), 2));
        let (before, after) =
            (json!({ "company": { "country": "DE", "domain": "a.example" } }), json!({ "company": { "country": "FR", "domain": "a.example" } }));
        assert_eq!(left(draft.prefilled, &before, &after).into_keys().collect::<Vec<_>>(), ["company.domain"]);
    }
}
