//! Rows of an import of leads: flat fields become a lead like any other.

use super::capture::{Captured, Origin, capture, identified};
use super::store;
use super::types::LeadCapture;
use crm::TakenLead;
use kernel::problem::FieldError;
use kernel::{Problem, Scope, Tx};
use serde_json::{Map, Value, json};

/// Take these rows in their order. One whose external id is there already is left alone, so an import that is repeated, or goes on after a
/// crash, doubles nothing.
pub async fn take(tx: &mut Tx, rows: Vec<(String, Map<String, Value>)>, check: bool) -> Result<Vec<TakenLead>, Problem> {
    let mut taken = Vec::with_capacity(rows.len());
    for (external_id, fields) in rows {
        taken.push(match read(&external_id, fields) {
            Err(errors) => TakenLead::Refused(errors),
            Ok(new) => one(tx, &external_id, new, check).await?,
        });
    }
    Ok(taken)
}

async fn one(tx: &mut Tx, external_id: &str, new: LeadCapture, check: bool) -> Result<TakenLead, Problem> {
    if check {
        let there = store::by_external_id(tx, Scope::vendor_wide(tx.vendor()), external_id).await?;
        return Ok(if there.is_some() { TakenLead::Unchanged } else { TakenLead::Created });
    }
    Ok(match capture(tx, new, Origin::Import, Vec::new()).await? {
        Captured::New(_) => TakenLead::Created,
        Captured::There(_) => TakenLead::Unchanged,
    })
}

/// Where the fields of an import stand in a lead.
const PLACES: &[(&str, &[&str])] = &[
    ("company", &["company", "name"]),
    ("country", &["company", "country"]),
    ("domain", &["company", "domain"]),
    ("tax_id", &["company", "tax_id"]),
    ("address", &["company", "address"]),
    ("contact_name", &["contact", "name"]),
    ("contact_email", &["contact", "email"]),
    ("contact_phone", &["contact", "phone"]),
];

/// A row as a lead, or all that is wrong with it; pointers name the import's fields.
fn read(external_id: &str, fields: Map<String, Value>) -> Result<LeadCapture, Vec<FieldError>> {
    let mut lead = json!({ "external_id": external_id });
    for (name, value) in fields {
        // An empty cell says nothing.
        if value.is_null() || value == "" {
            continue;
        }
        match PLACES.iter().find(|(field, _)| *field == name) {
            Some((_, [group, member])) => lead[*group][*member] = value,
            _ if name == "interests" => lead["interests"] = listed(value),
            _ => lead[name.as_str()] = value,
        }
    }
    let new: LeadCapture = kernel::body::from_value(lead).map_err(|problem| named(problem.errors))?;
    identified(&new.company).map_err(|problem| named(problem.errors))?;
    Ok(new)
}

/// A cell names several, divided by semicolons.
fn listed(value: Value) -> Value {
    match value {
        Value::String(text) => text.split(';').map(str::trim).filter(|one| !one.is_empty()).collect(),
        other => other,
    }
}

/// The errors of a lead, by the names that the import has for its fields.
fn named(errors: Vec<FieldError>) -> Vec<FieldError> {
    let field = |pointer: &str| {
        let place = PLACES.iter().find(|(_, place)| pointer == format!("/{}", place.join("/")));
        place.map_or_else(|| pointer.to_owned(), |(field, _)| format!("/{field}"))
    };
    errors.into_iter().map(|error| FieldError { pointer: field(&error.pointer), ..error }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_row_becomes_a_lead_and_what_is_wrong_is_named_by_its_column() {
        let row = json!({ "company": "Fabrikam", "country": "DE", "contact_name": "Ada", "contact_email": "ada@fabrikam.example", "interests": "robots; arms", "region": "" });
        let lead = read("L-1", fields(row)).unwrap();
        assert_eq!((lead.interests, lead.region), (vec!["robots".to_owned(), "arms".to_owned()], None));
        assert_eq!(lead.contact.and_then(|contact| contact.email).as_deref(), Some("ada@fabrikam.example"));
        let wrong = read("L-2", fields(json!({ "company": "Fabrikam", "country": "Germany" }))).unwrap_err();
        assert_eq!(wrong[0].pointer, "/country");
    }
}
