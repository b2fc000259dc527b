//! Whether a filter holds of a resource, given as JSON in the names' own case.

use super::{Filter, Name, Operator};
use crate::schema::{Attribute, Kind, Type, key};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::cmp::Ordering;

/// Whether the filter holds of this resource. An attribute that the kind does not have has no value.
pub fn holds(kind: &Kind, resource: &Value, filter: &Filter) -> bool {
    match filter {
        Filter::And(left, right) => holds(kind, resource, left) && holds(kind, resource, right),
        Filter::Or(left, right) => holds(kind, resource, left) || holds(kind, resource, right),
        Filter::Not(inner) => !holds(kind, resource, inner),
        Filter::Present(name) => values(kind, resource, name).is_some_and(|(_, values)| values.into_iter().any(is_present)),
        Filter::Compare(name, operator, wanted) => match values(kind, resource, name) {
            Some((attribute, values)) => any_compares(attribute, &values, *operator, wanted),
            None => any_compares_nothing(*operator, wanted),
        },
        Filter::Some(name, inner) => {
            let Some(found) = kind.find(name.uri.as_deref(), &name.attribute) else { return false };
            let list = within(resource, found.extension).map(|holder| &holder[&found.attribute.name]);
            list.is_some_and(|list| each(list).into_iter().any(|value| holds_of_value(found.attribute, value, inner)))
        }
    }
}

/// Whether the filter of a pair of brackets holds of one value of this attribute.
pub fn holds_of_value(attribute: &Attribute, value: &Value, filter: &Filter) -> bool {
    let of = |name: &Name| part_of(attribute, value, &name.attribute);
    match filter {
        Filter::And(left, right) => holds_of_value(attribute, value, left) && holds_of_value(attribute, value, right),
        Filter::Or(left, right) => holds_of_value(attribute, value, left) || holds_of_value(attribute, value, right),
        Filter::Not(inner) => !holds_of_value(attribute, value, inner),
        Filter::Present(name) => of(name).is_some_and(|(_, values)| values.into_iter().any(is_present)),
        Filter::Compare(name, operator, wanted) => match of(name) {
            Some((part, values)) => any_compares(part, &values, *operator, wanted),
            None => any_compares_nothing(*operator, wanted),
        },
        Filter::Some(..) => false,
    }
}

fn within<'a>(resource: &'a Value, extension: Option<&str>) -> Option<&'a Value> {
    match extension {
        None => Some(resource),
        Some(uri) => resource.get(uri),
    }
}

fn each(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

/// The attribute, or part of one, that a name means, with its values.
fn values<'a>(kind: &'a Kind, resource: &'a Value, name: &Name) -> Option<(&'a Attribute, Vec<&'a Value>)> {
    let found = kind.find(name.uri.as_deref(), &name.attribute)?;
    let all = within(resource, found.extension).map(|holder| each(&holder[&found.attribute.name])).unwrap_or_default();
    // `emails co "x"` means the values of the e-mail addresses.
    let part = name.part.as_deref().or((found.attribute.kind == Type::Complex).then_some("value"));
    match part {
        None => Some((found.attribute, all)),
        Some(part) => match found.attribute.part(part) {
            Some(part) => Some((part, all.into_iter().filter_map(|value| value.get(&part.name)).collect())),
            None if name.part.is_none() => Some((found.attribute, all)),
            None => None,
        },
    }
}

fn part_of<'a>(attribute: &'a Attribute, value: &'a Value, part: &str) -> Option<(&'a Attribute, Vec<&'a Value>)> {
    if attribute.kind != Type::Complex {
        return part.eq_ignore_ascii_case("value").then(|| (attribute, vec![value]));
    }
    let part = attribute.part(part)?;
    Some((part, value.get(&part.name).into_iter().collect()))
}

fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    }
}

/// Nothing equals null only.
fn any_compares_nothing(operator: Operator, wanted: &Value) -> bool {
    match operator {
        Operator::Eq => wanted.is_null(),
        Operator::Ne => !wanted.is_null(),
        _ => false,
    }
}

fn any_compares(attribute: &Attribute, values: &[&Value], operator: Operator, wanted: &Value) -> bool {
    if values.is_empty() || wanted.is_null() {
        return match operator {
            Operator::Eq => values.is_empty() == wanted.is_null(),
            Operator::Ne => values.is_empty() != wanted.is_null(),
            _ => false,
        };
    }
    match operator {
        Operator::Ne => !values.iter().any(|value| compares(attribute, value, Operator::Eq, wanted)),
        _ => values.iter().any(|value| compares(attribute, value, operator, wanted)),
    }
}

fn compares(attribute: &Attribute, value: &Value, operator: Operator, wanted: &Value) -> bool {
    let by = |ordering: Option<Ordering>| match (operator, ordering) {
        (_, None) => false,
        (Operator::Eq, Some(ordering)) => ordering.is_eq(),
        (Operator::Gt, Some(ordering)) => ordering.is_gt(),
        (Operator::Ge, Some(ordering)) => ordering.is_ge(),
        (Operator::Lt, Some(ordering)) => ordering.is_lt(),
        (Operator::Le, Some(ordering)) => ordering.is_le(),
        _ => false,
    };
    match (attribute.kind, value, wanted) {
        (Type::Boolean, Value::Bool(value), wanted) => operator == Operator::Eq && super::super::value::boolean(wanted) == Some(*value),
        (Type::DateTime, Value::String(value), Value::String(wanted)) => {
            let time = |text: &str| DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc));
            by(time(value).zip(time(wanted)).map(|(value, wanted)| value.cmp(&wanted)))
        }
        (_, Value::Number(value), Value::Number(wanted)) => {
            by(value.as_f64().zip(wanted.as_f64()).and_then(|(value, wanted)| value.partial_cmp(&wanted)))
        }
        (_, Value::String(value), Value::String(wanted)) => {
            let plain = |text: &str| if attribute.case_exact { text.to_owned() } else { key(text) };
            let (value, wanted) = (plain(value), plain(wanted));
            match operator {
                Operator::Co => value.contains(&wanted),
                Operator::Sw => value.starts_with(&wanted),
                Operator::Ew => value.ends_with(&wanted),
                _ => by(Some(value.cmp(&wanted))),
            }
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::parse;
    use crate::schema::USERS;
    use serde_json::json;

    #[test]
    fn a_filter_holds_or_not() {
        let jo = json!({
            "userName": "Jo@Example.com", "active": true, "name": {"familyName": "O'Malley"}, "title": "",
            "emails": [{"value": "jo@example.com", "type": "work", "primary": true}, {"value": "jo@home.org", "type": "home"}],
            "meta": {"lastModified": "2026-11-20T12:00:00.000000Z"},
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Sales", "manager": {"value": "per_1"}},
        });
        for (text, expected) in [
            (r#"userName eq "JO@example.com""#, true),
            (r#"userName ne "jo@example.com""#, false),
            (r#"name.familyName co "o'mal""#, true),
            (r#"emails co "home.org""#, true),
            (r#"emails[type eq "work" and value co "home.org"]"#, false),
            (r#"emails[type eq "home"].value eq "jo@home.org""#, true),
            (r#"emails[primary eq "True"]"#, true),
            (r#"emails.type eq "other""#, false),
            ("title pr", false),
            ("nickName pr", false),
            ("nickName eq null", true),
            (r#"nickName ne "x""#, true),
            (r#"noSuchThing eq "x""#, false),
            ("active eq true", true),
            (r#"active eq "False""#, false),
            (r#"meta.lastModified ge "2026-11-20T13:00:00+01:00""#, true),
            (r#"meta.lastModified lt "2026-11-20T12:00:00Z""#, false),
            (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department sw "sa""#, true),
            (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "per_1""#, true),
            (r#"not (userName sw "jo") or (active eq true and emails.value ew ".ORG")"#, true),
        ] {
            assert_eq!(holds(&USERS, &jo, &parse(text).unwrap()), expected, "{text}");
        }
    }
}
