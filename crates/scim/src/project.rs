//! `attributes` and `excludedAttributes`: which parts of a resource are returned (RFC 7644 §3.9).

use crate::filter::{self, Name};
use crate::schema::Kind;
use kernel::Problem;
use serde_json::{Map, Value};

/// What of a resource is wanted.
#[derive(Debug, Clone, Default)]
pub struct Projection {
    only: Vec<Name>,
    without: Vec<Name>,
}

/// Returned whatever is asked for.
const ALWAYS: [&str; 2] = ["id", "schemas"];

impl Projection {
    /// Read both lists; `attributes` wins.
    pub fn read(only: &[String], without: &[String]) -> Result<Self, Problem> {
        let names = |list: &[String]| -> Result<Vec<Name>, Problem> {
            let texts = list.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|text| !text.is_empty());
            texts.take(200).map(|text| filter::parse_path(text).map(|path| path.name)).collect()
        };
        let only = names(only)?;
        let without = if only.is_empty() { names(without)? } else { Vec::new() };
        Ok(Self { only, without })
    }

    /// Whether this attribute of the core will be returned, so that it need be looked up.
    pub fn wants(&self, attribute: &str) -> bool {
        let is_it = |name: &Name| name.attribute.eq_ignore_ascii_case(attribute);
        if self.only.is_empty() { !self.without.iter().any(|name| is_it(name) && name.part.is_none()) } else { self.only.iter().any(is_it) }
    }

    /// The wanted part of a resource.
    pub fn of(&self, kind: &Kind, resource: Value) -> Value {
        let Value::Object(mut whole) = resource else { return resource };
        if self.only.is_empty() {
            self.without.iter().for_each(|name| remove(kind, &mut whole, name));
            return Value::Object(whole);
        }
        let mut kept = Map::new();
        for name in ALWAYS {
            kept.extend(whole.get(name).map(|value| (name.to_owned(), value.clone())));
        }
        self.only.iter().for_each(|name| keep(kind, &whole, &mut kept, name));
        Value::Object(kept)
    }
}

fn remove(kind: &Kind, whole: &mut Map<String, Value>, name: &Name) {
    if name.attribute.is_empty() {
        if let Some(schema) = name.uri.as_deref().and_then(|uri| kind.extension(uri)) {
            whole.remove(&schema.id);
        }
        return;
    }
    let Some(found) = kind.find(name.uri.as_deref(), &name.attribute) else { return };
    let holder = match found.extension {
        None => Some(whole),
        Some(uri) => whole.get_mut(uri).and_then(Value::as_object_mut),
    };
    let Some(holder) = holder.filter(|_| !ALWAYS.contains(&found.attribute.name.as_str())) else { return };
    match name.part.as_deref().and_then(|part| found.attribute.part(part)) {
        None if name.part.is_none() => drop(holder.remove(&found.attribute.name)),
        None => {}
        Some(part) => match holder.get_mut(&found.attribute.name) {
            Some(Value::Object(members)) => drop(members.remove(&part.name)),
            Some(Value::Array(items)) => items.iter_mut().filter_map(Value::as_object_mut).for_each(|item| drop(item.remove(&part.name))),
            _ => {}
        },
    }
}

fn keep(kind: &Kind, whole: &Map<String, Value>, kept: &mut Map<String, Value>, name: &Name) {
    if name.attribute.is_empty() {
        if let Some(schema) = name.uri.as_deref().and_then(|uri| kind.extension(uri)) {
            kept.extend(whole.get(&schema.id).map(|value| (schema.id.clone(), value.clone())));
        }
        return;
    }
    let Some(found) = kind.find(name.uri.as_deref(), &name.attribute) else { return };
    let (attribute, from) = (&found.attribute.name, found.extension.map_or(Some(whole), |uri| whole.get(uri).and_then(Value::as_object)));
    let Some(value) = from.and_then(|from| from.get(attribute)) else { return };
    let into = match found.extension {
        None => kept,
        Some(uri) => match kept.entry(uri.to_owned()).or_insert_with(|| Value::Object(Map::new())) {
            Value::Object(members) => members,
            _ => return,
        },
    };
    match name.part.as_deref().map(|part| found.attribute.part(part)) {
        None => drop(into.insert(attribute.clone(), value.clone())),
        Some(None) => {}
        Some(Some(part)) => merge_part(into, attribute, &part.name, value),
    }
}

/// Several parts of one attribute may be asked for one by one.
fn merge_part(into: &mut Map<String, Value>, attribute: &str, part: &str, value: &Value) {
    let pick = |value: &Value, old: Option<&Value>| {
        let mut members = old.and_then(Value::as_object).cloned().unwrap_or_default();
        members.extend(value.get(part).map(|value| (part.to_owned(), value.clone())));
        Value::Object(members)
    };
    let old = into.get(attribute).cloned();
    let new = match value {
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| pick(item, old.as_ref().and_then(|old| old.get(at)))).collect(),
        one => pick(one, old.as_ref()),
    };
    into.insert(attribute.to_owned(), new);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{ENTERPRISE, USERS};
    use serde_json::json;

    fn of(only: &str, without: &str) -> Value {
        let whole = json!({"schemas": ["x"], "id": "1", "userName": "jo", "name": {"givenName": "Jo", "familyName": "Al"},
            "emails": [{"value": "a", "type": "work"}], ENTERPRISE: {"department": "d", "division": "v"}});
        Projection::read(&[only.to_owned()], &[without.to_owned()]).unwrap().of(&USERS, whole)
    }

    #[test]
    fn only_what_is_asked_for_is_returned() {
        assert_eq!(of("USERNAME", ""), json!({"schemas": ["x"], "id": "1", "userName": "jo"}));
        assert_eq!(
            of("name.givenName,emails.type,emails.value", "userName"),
            json!({"schemas": ["x"], "id": "1", "name": {"givenName": "Jo"}, "emails": [{"value": "a", "type": "work"}]})
        );
        assert_eq!(of(&format!("{ENTERPRISE}:department"), ""), json!({"schemas": ["x"], "id": "1", ENTERPRISE: {"department": "d"}}));
        assert_eq!(of("nonsense", ""), json!({"schemas": ["x"], "id": "1"}));
    }

    #[test]
    fn what_is_excluded_is_not_returned_but_the_id_is() {
        let left = of("", &format!("id,name.familyName,emails,{ENTERPRISE}"));
        assert_eq!(left, json!({"schemas": ["x"], "id": "1", "userName": "jo", "name": {"givenName": "Jo"}}));
    }
}
