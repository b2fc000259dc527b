//! PATCH (RFC 7644 §3.5.2), as the RFC has it and as Okta and Entra write it.
//!
//! Beyond the RFC: operations in any case (`Replace`), value objects without a path whose names are paths themselves
//! (`"name.givenName"`, `"urn:…:User:department"`), texts for booleans, members to remove listed in `value`, and a filter that selects nothing
//! but says by `eq` what there should be (`emails[type eq "work"].value`): then it is added.

use crate::error::{INVALID_PATH, INVALID_SYNTAX, MUTABILITY, NO_TARGET, invalid_path, invalid_value};
use crate::filter::{self, Filter, Name, Operator, Path};
use crate::schema::{Attribute, Kind, Type};
use crate::value;
use kernel::Problem;
use serde_json::{Map, Value};

/// The most operations of one request.
const MOST: usize = 1_000;

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Add a value, or values to those that are there.
    Add,
    /// Put a value in the place of what is there.
    Replace,
    /// Take away.
    Remove,
}

/// One operation.
#[derive(Debug, Clone)]
pub struct Operation {
    op: Op,
    path: Option<Path>,
    value: Option<Value>,
}

impl Operation {
    /// Whether it may touch this attribute of the core.
    pub fn touches(&self, attribute: &str) -> bool {
        match (&self.path, &self.value) {
            (Some(path), _) => path.name.attribute.eq_ignore_ascii_case(attribute),
            (None, Some(Value::Object(members))) => {
                members.keys().any(|name| filter::parse_path(name).is_ok_and(|path| path.name.attribute.eq_ignore_ascii_case(attribute)))
            }
            _ => false,
        }
    }
}

fn member<'a>(of: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    of.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Read the body of a PATCH.
pub fn read(body: &Map<String, Value>) -> Result<Vec<Operation>, Problem> {
    let syntax = |detail: &str| Problem::new(INVALID_SYNTAX).detail(detail);
    let all = member(body, "Operations").and_then(Value::as_array).filter(|all| !all.is_empty());
    let all = all.ok_or_else(|| syntax("A PATCH has a list of Operations."))?;
    if all.len() > MOST {
        return Err(syntax("A PATCH has at most 1,000 operations."));
    }
    all.iter().map(|one| one.as_object().ok_or_else(|| syntax("An operation is an object.")).and_then(operation)).collect()
}

fn operation(sent: &Map<String, Value>) -> Result<Operation, Problem> {
    let syntax = |detail: &str| Problem::new(INVALID_SYNTAX).detail(detail);
    let op = match member(sent, "op").and_then(Value::as_str).map(str::to_ascii_lowercase).as_deref() {
        Some("add") => Op::Add,
        Some("replace") => Op::Replace,
        Some("remove") => Op::Remove,
        _ => return Err(syntax("An operation's op is add, replace or remove.")),
    };
    let path = match member(sent, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.is_empty() => None,
        Some(Value::String(text)) => Some(read_path(text)?),
        Some(_) => return Err(invalid_path("A path is a text.")),
    };
    let value = member(sent, "value").cloned();
    match (op, &path, &value) {
        (Op::Remove, None, _) => Err(Problem::new(NO_TARGET).detail("A remove operation needs a path.")),
        (Op::Add | Op::Replace, None, Some(Value::Object(_))) | (_, Some(_), Some(_)) | (Op::Remove, ..) => Ok(Operation { op, path, value }),
        (_, None, _) => Err(invalid_value("Without a path, value is an object of attributes.")),
        // A replace without a value leaves nothing there.
        (Op::Replace, Some(_), None) => Ok(Operation { op, path, value: Some(Value::Null) }),
        (Op::Add, Some(_), None) => Err(invalid_value("An add operation needs a value.")),
    }
}

fn read_path(text: &str) -> Result<Path, Problem> {
    filter::parse_path(text).map_err(|problem| Problem { kind: INVALID_PATH, ..problem })
}

/// Carry out the operations on a resource in the form in which it is kept; what comes out is still to be checked as a whole.
pub fn apply(kind: &Kind, resource: &mut Map<String, Value>, operations: &[Operation]) -> Result<(), Problem> {
    for operation in operations {
        match (&operation.path, &operation.value) {
            (Some(path), value) => at_path(kind, resource, operation.op, path, value.as_ref())?,
            (None, Some(Value::Object(members))) => {
                for (name, value) in members {
                    without_path(kind, resource, operation.op, name, value)?;
                }
            }
            (None, _) => {}
        }
    }
    Ok(())
}

/// One member of a value object without a path: its name may be a path. What is unknown or read-only is passed over, as in a PUT.
fn without_path(kind: &Kind, resource: &mut Map<String, Value>, op: Op, name: &str, value: &Value) -> Result<(), Problem> {
    let Ok(path) = filter::parse_path(name) else { return Ok(()) };
    if path.name.attribute.is_empty() {
        return at_path(kind, resource, op, &path, Some(value));
    }
    match kind.find(path.name.uri.as_deref(), &path.name.attribute) {
        Some(found) if !found.attribute.is_read_only() => at_path(kind, resource, op, &path, Some(value)),
        _ => Ok(()),
    }
}

fn at_path(kind: &Kind, resource: &mut Map<String, Value>, op: Op, path: &Path, value: Option<&Value>) -> Result<(), Problem> {
    if path.name.attribute.is_empty() {
        return whole_extension(kind, resource, op, path, value);
    }
    let written = || written(&path.name);
    let found = kind.find(path.name.uri.as_deref(), &path.name.attribute);
    let found = found.ok_or_else(|| invalid_path(format!("There is no attribute {}.", written())))?;
    let part = match path.name.part.as_deref() {
        None => None,
        Some(part) => Some(found.attribute.part(part).ok_or_else(|| invalid_path(format!("There is no attribute {}.", written())))?),
    };
    if found.attribute.is_read_only() || part.is_some_and(Attribute::is_read_only) {
        return Err(Problem::new(MUTABILITY).detail(format!("{} is read-only.", written())));
    }
    if op == Op::Remove && found.attribute.required && part.is_none() && path.filter.is_none() {
        return Err(Problem::new(MUTABILITY).detail(format!("{} must be there.", written())));
    }
    let holder = match found.extension {
        None => &mut *resource,
        Some(uri) => match resource.entry(uri.to_owned()).or_insert_with(|| Value::Object(Map::new())) {
            Value::Object(members) => members,
            _ => return Err(invalid_path(format!("{uri} is not an object."))),
        },
    };
    let place = Place { attribute: found.attribute, part, filter: path.filter.as_ref() };
    place.change(holder, op, value)?;
    resource.retain(|name, value| kind.extension(name).is_none() || value.as_object().is_some_and(|members| !members.is_empty()));
    Ok(())
}

fn written(name: &Name) -> String {
    let part = name.part.iter().map(|part| format!(".{part}")).collect::<String>();
    name.uri.iter().map(|uri| format!("{uri}:")).collect::<String>() + &name.attribute + &part
}

/// A path that is the URI of a schema.
fn whole_extension(kind: &Kind, resource: &mut Map<String, Value>, op: Op, path: &Path, value: Option<&Value>) -> Result<(), Problem> {
    let uri = path.name.uri.as_deref().unwrap_or_default();
    let extension = kind.extension(uri);
    if op == Op::Replace || op == Op::Remove {
        match extension {
            Some(schema) => drop(resource.remove(&schema.id)),
            None if op == Op::Remove => return Err(invalid_path("A whole resource is removed by DELETE.")),
            None => {}
        }
    }
    let (Op::Add | Op::Replace, Some(Value::Object(members))) = (op, value) else { return Ok(()) };
    for (name, value) in members {
        let known = kind.find(Some(uri), name).filter(|found| !found.attribute.is_read_only());
        if known.is_some() {
            let path = Path { name: Name { uri: Some(uri.to_owned()), attribute: name.clone(), part: None }, filter: None };
            at_path(kind, resource, op, &path, Some(value))?;
        }
    }
    Ok(())
}

/// Where an operation works.
struct Place<'a> {
    attribute: &'a Attribute,
    part: Option<&'a Attribute>,
    filter: Option<&'a Filter>,
}

impl Place<'_> {
    fn change(&self, holder: &mut Map<String, Value>, op: Op, value: Option<&Value>) -> Result<(), Problem> {
        let name = &self.attribute.name;
        if !self.attribute.multi_valued {
            if self.filter.is_some() {
                return Err(invalid_path(format!("{name} has but one value.")));
            }
            return self.change_single(holder, op, value);
        }
        let mut values = match holder.remove(name) {
            Some(Value::Array(values)) => values,
            _ => Vec::new(),
        };
        self.change_list(&mut values, op, value)?;
        if !values.is_empty() {
            holder.insert(name.clone(), Value::Array(values));
        }
        Ok(())
    }

    fn change_single(&self, holder: &mut Map<String, Value>, op: Op, value: Option<&Value>) -> Result<(), Problem> {
        let name = &self.attribute.name;
        let (op, value) = (op, value.unwrap_or(&Value::Null));
        let Some(part) = self.part else {
            let new = if op == Op::Remove { None } else { value::attribute(self.attribute, value)? };
            match (new, holder.get_mut(name)) {
                (None, _) => drop(holder.remove(name)),
                // RFC 7644 §3.5.2.1 and .3: a set of parts changes those that are named, the others stay.
                (Some(Value::Object(new)), Some(Value::Object(old))) => old.extend(new),
                (Some(new), _) => drop(holder.insert(name.clone(), new)),
            }
            return Ok(());
        };
        let mut members = holder.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
        set_part(&mut members, part, op, value)?;
        if members.is_empty() {
            drop(holder.remove(name))
        } else {
            drop(holder.insert(name.clone(), Value::Object(members)))
        }
        Ok(())
    }

    fn change_list(&self, values: &mut Vec<Value>, op: Op, value: Option<&Value>) -> Result<(), Problem> {
        match (self.filter, self.part) {
            (None, None) => self.change_whole_list(values, op, value),
            (filter, part) => {
                let selected: Vec<usize> =
                    (0..values.len()).filter(|at| filter.is_none_or(|filter| filter::holds_of_value(self.attribute, &values[*at], filter))).collect();
                match (op, part) {
                    (Op::Remove, None) => {
                        let mut at = 0..;
                        values.retain(|_| !selected.contains(&at.next().unwrap_or_default()));
                        Ok(())
                    }
                    (Op::Remove, Some(part)) => {
                        for at in selected {
                            if let Some(members) = values[at].as_object_mut() {
                                members.remove(&part.name);
                            }
                        }
                        // A value that lost what makes it one is gone as a whole.
                        values.retain(|value| value.get("value").is_some() || self.attribute.part("value").is_none());
                        Ok(())
                    }
                    (_, part) => self.set_selected(values, &selected, part, value.unwrap_or(&Value::Null)),
                }
            }
        }
    }

    fn change_whole_list(&self, values: &mut Vec<Value>, op: Op, value: Option<&Value>) -> Result<(), Problem> {
        let listed = match value {
            None | Some(Value::Null) => Vec::new(),
            Some(value) => match value::attribute(self.attribute, value)? {
                Some(Value::Array(listed)) => listed,
                _ => Vec::new(),
            },
        };
        match op {
            Op::Replace => *values = listed,
            // Entra's way to remove members: the path names all of them, the value lists which.
            Op::Remove if matches!(value, None | Some(Value::Null)) => values.clear(),
            Op::Remove => values.retain(|old| !listed.iter().any(|new| same(old, new))),
            Op::Add => {
                for new in listed {
                    add_value(values, new);
                }
            }
        }
        Ok(())
    }

    fn set_selected(&self, values: &mut Vec<Value>, selected: &[usize], part: Option<&Attribute>, value: &Value) -> Result<(), Problem> {
        let mut changed = Vec::new();
        if selected.is_empty() {
            let mut members = self
                .filter
                .map_or_else(|| Some(Map::new()), |filter| implied(self.attribute, filter))
                .ok_or_else(|| Problem::new(NO_TARGET).detail(format!("No value of {} is like that.", self.attribute.name)))?;
            set_members(&mut members, self.attribute, part, value)?;
            // Without what makes it a value there is nothing to add: a directory that sends an empty one means none.
            if members.contains_key("value") || self.attribute.part("value").is_none() {
                values.push(Value::Object(members));
                changed.push(values.len() - 1);
            }
        }
        for at in selected {
            let Some(members) = values[*at].as_object_mut() else { continue };
            set_members(members, self.attribute, part, value)?;
            changed.push(*at);
        }
        if let Some(primary) = changed.iter().copied().find(|at| values[*at]["primary"] == true) {
            only_primary(values, primary);
        }
        values.retain(|value| value.get("value").is_some() || self.attribute.part("value").is_none());
        Ok(())
    }
}

fn set_members(members: &mut Map<String, Value>, attribute: &Attribute, part: Option<&Attribute>, value: &Value) -> Result<(), Problem> {
    match part {
        Some(part) => set_part(members, part, Op::Replace, value),
        None => match value {
            Value::Object(sent) => {
                for (name, value) in sent {
                    if let Some(part) = attribute.part(name).filter(|part| !part.is_read_only()) {
                        set_part(members, part, Op::Replace, value)?;
                    }
                }
                Ok(())
            }
            Value::Array(items) if items.len() == 1 => set_members(members, attribute, part, &items[0]),
            _ => Err(invalid_value(format!("A value of {} is an object.", attribute.name))),
        },
    }
}

fn set_part(members: &mut Map<String, Value>, part: &Attribute, op: Op, value: &Value) -> Result<(), Problem> {
    match value::attribute(part, value)?.filter(|_| op != Op::Remove) {
        Some(value) => drop(members.insert(part.name.clone(), value)),
        None => drop(members.remove(&part.name)),
    }
    Ok(())
}

fn only_primary(values: &mut [Value], primary: usize) {
    for (at, value) in values.iter_mut().enumerate() {
        if at != primary && value["primary"] == true {
            value["primary"] = Value::Bool(false);
        }
    }
}

fn add_value(values: &mut Vec<Value>, new: Value) {
    let at = match values.iter().position(|old| same(old, &new)) {
        Some(at) => {
            if let (Some(old), Value::Object(new)) = (values[at].as_object_mut(), new) {
                old.extend(new);
            }
            at
        }
        None => {
            values.push(new);
            values.len() - 1
        }
    };
    if values[at]["primary"] == true {
        only_primary(values, at);
    }
}

/// Whether two values of a list are one: the same value for the same purpose; of members, the same value.
fn same(old: &Value, new: &Value) -> bool {
    match (old.get("value"), new.get("value")) {
        (Some(one), Some(other)) => one == other && (new.get("type").is_none() || old.get("type").is_none() || old["type"] == new["type"]),
        _ => old == new,
    }
}

/// The members that a filter of nothing but `eq` and `and` says that a value has.
fn implied(attribute: &Attribute, filter: &Filter) -> Option<Map<String, Value>> {
    match filter {
        Filter::And(left, right) => {
            let mut members = implied(attribute, left)?;
            members.extend(implied(attribute, right)?);
            Some(members)
        }
        Filter::Compare(name, Operator::Eq, wanted) => {
            let part = attribute.part(&name.attribute)?;
            let wanted = if part.kind == Type::Boolean { Value::Bool(value::boolean(wanted)?) } else { wanted.clone() };
            Some(Map::from_iter([(part.name.clone(), wanted)]))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{ENTERPRISE, USERS};
    use serde_json::json;

    fn patched(before: Value, operations: Value) -> Result<Value, &'static str> {
        let body = json!({ "operations": operations });
        let mut resource = before.as_object().unwrap().clone();
        let done = read(body.as_object().unwrap()).and_then(|operations| apply(&USERS, &mut resource, &operations));
        done.map(|()| Value::Object(resource)).map_err(|problem| problem.kind.code)
    }

    #[test]
    fn values_are_added_once_and_at_most_one_is_primary() {
        let before = json!({"emails": [{"value": "a@x", "type": "work", "primary": true}]});
        let after = patched(
            before,
            json!([
                {"op": "add", "path": "emails", "value": [{"value": "b@x", "type": "home", "primary": true}]},
                {"op": "add", "path": "emails", "value": {"value": "b@x", "type": "home"}},
            ]),
        );
        let both = json!([{"value": "a@x", "type": "work", "primary": false}, {"value": "b@x", "type": "home", "primary": true}]);
        assert_eq!(after.unwrap()["emails"], both);
    }

    #[test]
    fn a_filter_selects_values_and_parts_of_them() {
        let before = json!({"emails": [{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "home", "display": "B"}]});
        let after = patched(
            before.clone(),
            json!([{"op": "replace", "path": "emails[type eq \"home\"].value", "value": "c@x"}, {"op": "remove", "path": "emails[type eq \"work\"]"}]),
        );
        assert_eq!(after.unwrap(), json!({"emails": [{"value": "c@x", "type": "home", "display": "B"}]}));
        let part = patched(before.clone(), json!([{"op": "remove", "path": "emails[type eq \"home\"].display"}]));
        assert_eq!(part.unwrap()["emails"][1], json!({"value": "b@x", "type": "home"}));
        // An empty value for what is not there adds nothing.
        let empty = patched(before.clone(), json!([{"op": "Add", "path": "emails[type eq \"other\"].value", "value": ""}]));
        assert_eq!(empty.unwrap(), before);
    }

    #[test]
    fn parts_that_are_not_named_stay() {
        let before = json!({"name": {"givenName": "Jo", "familyName": "A"}, ENTERPRISE: {"department": "d"}});
        let after = patched(
            before,
            json!([{"op": "replace", "path": "name", "value": {"familyName": "B"}}, {"op": "remove", "path": format!("{ENTERPRISE}:department")}]),
        );
        assert_eq!(after.unwrap(), json!({"name": {"givenName": "Jo", "familyName": "B"}}));
    }

    #[test]
    fn what_has_no_place_is_refused() {
        for (operation, code) in [
            (json!({"op": "replace", "path": "meta.created", "value": "x"}), "scim.mutability"),
            (json!({"op": "replace", "path": "name.nonsense", "value": "x"}), "scim.invalid_path"),
            (json!({"op": "add", "path": "emails[value co \"x\"].value", "value": "y"}), "scim.no_target"),
            (json!({"op": "add", "path": "title"}), "scim.invalid_value"),
            (json!({"op": "add", "path": 7, "value": "x"}), "scim.invalid_path"),
        ] {
            assert_eq!(patched(json!({}), json!([operation.clone()])), Err(code), "{operation}");
        }
        assert_eq!(patched(json!({}), json!(vec![json!({"op": "remove", "path": "title"}); 1_001])), Err("scim.invalid_syntax"));
    }
}
