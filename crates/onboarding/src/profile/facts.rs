//! What is known of a company, in one shape for applicants and partners: what is not on record is absent.

use crate::applications::store::ApplicationRow;
use chrono::{DateTime, Utc};
use kernel::Problem;
use partners::esg::EsgSummary;
use partners::partner;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What the hub holds of a partner: itself, and what of its sustainability is verified and not over.
pub fn of_partner(row: &partner::Model, esg: Option<&EsgSummary>, now: DateTime<Utc>) -> Value {
    let regions: Vec<_> = row.region.iter().collect();
    let company = json!({
        "name": row.name, "type": row.kind, "country": row.country, "region": row.region, "regions": regions, "languages": row.languages(),
        "specialisations": row.specialisations(), "tier": row.tier, "status": row.status, "website": row.website,
        "domain": row.email_domains().first(),
    });
    // Of a partner it is known that there is nothing more.
    let esg = esg.cloned().unwrap_or_default();
    json!({ "company": known(company), "fields": known(Value::Object(row.custom_fields())), "esg": esg, "now": now })
}

/// What an applicant told; `partner_fields` says which answer becomes which custom field of a partner.
pub fn of_application(row: &ApplicationRow, partner_fields: &BTreeMap<String, String>, now: DateTime<Utc>) -> Result<Value, Problem> {
    let company = row.company()?;
    let told = json!({
        "name": company.name, "type": company.partner_type, "country": company.country, "region": company.regions.first(), "regions": company.regions,
        "languages": company.languages, "website": company.website, "domain": company.domain, "status": "applicant",
    });
    let mut fields = row.answers()?;
    let mapped: Vec<_> = partner_fields.iter().filter_map(|(answer, field)| Some((field.clone(), fields.get(answer)?.clone()))).collect();
    // What would be a partner's field is known by that name, so that one criterion serves both.
    fields.extend(mapped);
    Ok(json!({ "company": known(told), "fields": known(Value::Object(fields)), "now": now }))
}

/// Without what says nothing.
fn known(facts: Value) -> Map<String, Value> {
    let Value::Object(members) = facts else { return Map::new() };
    let says = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    };
    members.into_iter().filter(|(_, value)| says(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_is_absent() {
        let facts = known(json!({ "a": null, "b": [], "c": " ", "d": 0, "e": false, "f": ["x"] }));
        assert_eq!(facts.keys().collect::<Vec<_>>(), ["d", "e", "f"]);
    }
}
