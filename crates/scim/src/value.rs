//! What a directory sends, brought into the form in which it is kept: names in their own case, types as the schema says, unknown
//! and read-only attributes left out (RFC 7644 §3.3, §3.5.1).

use crate::error::invalid_value;
use crate::schema::{Attribute, Kind, Schema, Type};
use kernel::Problem;
use serde_json::{Map, Value};

/// The longest text that is kept, in characters.
const LONGEST_TEXT: usize = 1_024;
/// The longest value of a binary attribute.
const LONGEST_BINARY: usize = 16_384;
/// The most values of a person's attribute.
const MOST_VALUES: usize = 100;
/// The most members of a group in one request.
const MOST_MEMBERS: usize = 20_000;

/// What stands for true or false: booleans, and what Entra writes for them.
pub fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A resource as it is kept; without what is unknown, read-only or empty.
pub fn resource(kind: &Kind, sent: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let mut kept = Map::new();
    for (name, value) in sent {
        if let Some(schema) = kind.extension(name) {
            if let Value::Object(members) = value {
                insert(&mut kept, &schema.id, Value::Object(extension(schema, members)?));
            }
        } else if let Some(found) = kind.find(None, name).filter(|found| !found.attribute.is_read_only())
            && let Some(value) = attribute(found.attribute, value)?
        {
            kept.insert(found.attribute.name.clone(), value);
        }
    }
    Ok(kept)
}

fn extension(schema: &Schema, sent: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    parts(&schema.attributes, sent)
}

fn parts(known: &[Attribute], sent: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let mut kept = Map::new();
    for (name, value) in sent {
        let known = known.iter().find(|known| known.name.eq_ignore_ascii_case(name)).filter(|known| !known.is_read_only());
        if let Some(known) = known
            && let Some(value) = attribute(known, value)?
        {
            kept.insert(known.name.clone(), value);
        }
    }
    Ok(kept)
}

fn insert(into: &mut Map<String, Value>, name: &str, value: Value) {
    if value.as_object().is_none_or(|members| !members.is_empty()) {
        into.insert(name.to_owned(), value);
    }
}

/// The value of an attribute as it is kept; none if it is empty, which is the same as absent (RFC 7643 §2.5).
pub fn attribute(known: &Attribute, value: &Value) -> Result<Option<Value>, Problem> {
    if !known.multi_valued {
        return single(known, value);
    }
    let items = match value {
        Value::Null => return Ok(None),
        Value::Array(items) => items.as_slice(),
        // One value stands for a list of one.
        one => std::slice::from_ref(one),
    };
    let most = if known.name == "members" { MOST_MEMBERS } else { MOST_VALUES };
    if items.len() > most {
        return Err(invalid_value(format!("{} takes at most {most} values.", known.name)));
    }
    let mut kept: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        kept.extend(single(known, item)?);
    }
    one_primary(&mut kept);
    Ok((!kept.is_empty()).then_some(Value::Array(kept)))
}

/// At most one value is primary: of several, the last that said so (RFC 7643 §2.4).
pub fn one_primary(values: &mut [Value]) {
    let last = values.iter().rposition(|value| value["primary"] == true);
    for (at, value) in values.iter_mut().enumerate() {
        if value["primary"] == true && Some(at) != last {
            value["primary"] = Value::Bool(false);
        }
    }
}

fn single(known: &Attribute, value: &Value) -> Result<Option<Value>, Problem> {
    let wrong = |what: &str| Err(invalid_value(format!("{} takes {what}.", known.name)));
    let text = |longest: usize| match value {
        Value::String(text) if text.chars().count() > longest => wrong(&format!("at most {longest} characters")),
        Value::String(text) if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) => wrong("no control characters"),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) => Ok(Some(Value::String(text.clone()))),
        Value::Number(number) => Ok(Some(Value::String(number.to_string()))),
        _ => wrong("a text"),
    };
    match (known.kind, value) {
        (_, Value::Null) => Ok(None),
        // Okta and Entra wrap a single value in a list now and then.
        (_, Value::Array(items)) if items.len() <= 1 => items.first().map_or(Ok(None), |item| single(known, item)),
        (Type::Boolean, value) => match boolean(value) {
            Some(value) => Ok(Some(Value::Bool(value))),
            None => wrong("true or false"),
        },
        (Type::Integer | Type::Decimal, Value::Number(_)) => Ok(Some(value.clone())),
        (Type::Integer | Type::Decimal, _) => wrong("a number"),
        (Type::Complex, Value::Object(members)) => {
            let kept = parts(&known.sub_attributes, members)?;
            let missing = known.sub_attributes.iter().find(|part| part.required && !kept.contains_key(&part.name));
            match missing {
                _ if kept.is_empty() => Ok(None),
                Some(part) => wrong(&format!("values with a {}", part.name)),
                None => Ok(Some(Value::Object(kept))),
            }
        }
        // Entra sends a manager as an id, and roles and members as plain texts.
        (Type::Complex, Value::String(text)) if known.part("value").is_some() => {
            if text.is_empty() {
                return Ok(None);
            }
            single(known, &serde_json::json!({ "value": text }))
        }
        (Type::Complex, _) => wrong("an object"),
        (Type::Binary, _) => text(LONGEST_BINARY),
        _ => text(LONGEST_TEXT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{ENTERPRISE, USERS};
    use serde_json::json;

    #[test]
    fn what_is_sent_is_brought_into_form() {
        let sent = json!({
            "schemas": ["x"], "id": "mine", "USERNAME": "jo", "active": "False", "nonsense": 1, "title": "", "nickName": null,
            "name": {"GivenName": "Jo", "junk": true}, "groups": [{"value": "x"}], "password": "secret",
            "emails": [{"value": "a@b.c", "primary": "True"}, {"value": "d@e.f", "primary": true}], "phoneNumbers": [],
            "URN:ietf:params:scim:schemas:extension:enterprise:2.0:USER": {"Department": "Sales", "manager": "per_1", "employeeNumber": 7},
        });
        assert_eq!(
            Value::Object(resource(&USERS, sent.as_object().unwrap()).unwrap()),
            json!({
                "userName": "jo", "active": false, "name": {"givenName": "Jo"},
                "emails": [{"value": "a@b.c", "primary": false}, {"value": "d@e.f", "primary": true}],
                ENTERPRISE: {"department": "Sales", "manager": {"value": "per_1"}, "employeeNumber": "7"},
            })
        );
    }

    #[test]
    fn what_no_schema_takes_is_refused() {
        for sent in [
            json!({"active": "maybe"}),
            json!({"userName": {"a": 1}}),
            json!({"userName": "x".repeat(1_025)}),
            json!({"userName": "a\u{1}b"}),
            json!({"name": "Jo"}),
            json!({"emails": [{"type": "work"}]}),
            json!({"emails": vec![json!({"value": "x"}); 101]}),
        ] {
            assert!(resource(&USERS, sent.as_object().unwrap()).is_err(), "{sent}");
        }
    }
}
