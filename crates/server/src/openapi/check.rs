//! What is wrong with a document, found before a client's author finds it.

use super::Part;
use super::prose::TAGS;
use access::Permission;
use kernel::log::EventKind;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::OpenApi;

/// Two different schemas under one name: the one that came last would silently replace the other.
pub(super) fn collisions(parts: &[Part], events: &[EventKind]) -> Vec<String> {
    let of_parts =
        parts.iter().flat_map(|(name, part)| part.components.iter().flat_map(|all| &all.schemas).map(|(schema, body)| (*name, schema, body)));
    let of_events = events.iter().flat_map(|event| event.schemas.iter().map(|(schema, body)| (event.kind, schema, body)));
    let mut seen: BTreeMap<&str, (&str, Value)> = BTreeMap::new();
    let mut found = Vec::new();
    for (from, name, body) in of_parts.chain(of_events) {
        let body = serde_json::to_value(body).unwrap_or_default();
        match seen.get(name.as_str()) {
            Some((before, earlier)) if *earlier != body => found.push(format!("schema {name} of {from} is not the one of {before}")),
            Some(_) => {}
            None => drop(seen.insert(name, (from, body))),
        }
    }
    found
}

/// Everything else that can be wrong.
pub fn faults(document: &OpenApi) -> Vec<String> {
    let document = serde_json::to_value(document).expect("a document is plain data");
    let mut found = Vec::new();
    let (mut ids, mut referenced) = (BTreeSet::new(), BTreeSet::new());
    for section in ["paths", "webhooks"] {
        for (path, method, operation) in operations(&document, section) {
            let place = format!("{} {path}", method.to_uppercase());
            let id = operation["operationId"].as_str().unwrap_or_default();
            if id.is_empty() || !ids.insert(id.to_owned()) {
                found.push(format!("{place}: operationId `{id}` is missing or not unique"));
            }
            words(&document, &place, operation, &mut found);
            bodies(&document, &place, operation, &mut found);
            if section == "paths" && path.starts_with("/v1/") {
                permissions(&place, operation, &mut found);
            }
        }
        references(&document[section], &mut referenced);
    }
    follow_references(&document, &mut referenced, &mut found);
    let schemas = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    for (name, schema) in &schemas {
        fields(&document, name, schema, &mut found);
    }
    found
}

fn operations<'a>(document: &'a Value, section: &str) -> impl Iterator<Item = (&'a str, &'a str, &'a Value)> {
    let items = document[section].as_object().into_iter().flatten();
    items.flat_map(|(path, item)| item.as_object().into_iter().flatten().map(move |(method, operation)| (path.as_str(), method.as_str(), operation)))
}

fn words(document: &Value, place: &str, operation: &Value, found: &mut Vec<String>) {
    if operation["summary"].as_str().is_none_or(str::is_empty) {
        found.push(format!("{place}: no summary"));
    }
    let tags: Vec<&str> = operation["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if tags.len() != 1 || !TAGS.iter().any(|(tag, _)| *tag == tags[0]) {
        found.push(format!("{place}: has tags {tags:?}, wanted is one of openapi/prose.rs"));
    }
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let parameter = resolved(document, parameter);
        if parameter["description"].as_str().is_none_or(str::is_empty) {
            found.push(format!("{place}: parameter {} is not described", parameter["name"]));
        }
    }
}

fn bodies(document: &Value, place: &str, operation: &Value, found: &mut Vec<String>) {
    let responses = operation["responses"].as_object().into_iter().flatten();
    let all = responses.map(|(status, response)| (status.as_str(), resolved(document, response))).chain([("request", &operation["requestBody"])]);
    for (which, body) in all {
        for (media, content) in body["content"].as_object().into_iter().flatten() {
            let shows = |holder: &Value| holder.get("example").is_some() || holder.get("examples").is_some();
            if !shows(content) && !shows(resolved(document, &content["schema"])) {
                found.push(format!("{place}: the {which} body ({media}) has no example"));
            }
        }
    }
}

fn permissions(place: &str, operation: &Value, found: &mut Vec<String>) {
    let schemes: Map<String, Value> =
        operation["security"].as_array().into_iter().flatten().filter_map(Value::as_object).flat_map(Map::clone).collect();
    // `[{}]` says in so many words that anybody may call.
    let public = operation["security"] == serde_json::json!([{}]);
    if !schemes.contains_key("bearer") && !schemes.contains_key("operator") && !public {
        found.push(format!("{place}: says nothing of its security"));
    }
    for scope in schemes.values().filter_map(Value::as_array).flatten().filter_map(Value::as_str) {
        if scope.parse::<Permission>().is_err() {
            found.push(format!("{place}: `{scope}` is not a permission"));
        }
    }
}

/// Every property is described, there or where it refers to.
fn fields(document: &Value, place: &str, schema: &Value, found: &mut Vec<String>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let described = |schema: &Value| resolved(document, schema)["description"].as_str().is_some_and(|text| !text.is_empty());
        let by_part = ["oneOf", "allOf", "anyOf"].iter().any(|of| property[of].as_array().is_some_and(|parts| parts.iter().any(described)));
        if property["description"].is_null() && !described(property) && !by_part {
            found.push(format!("{place}.{name} is not described"));
        }
        fields(document, &format!("{place}.{name}"), property, found);
    }
    for part in ["oneOf", "allOf", "anyOf"].iter().filter_map(|of| schema[of].as_array()).flatten() {
        fields(document, place, part, found);
    }
    if schema["items"].is_object() {
        fields(document, place, &schema["items"], found);
    }
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => document.pointer(pointer).map_or(&Value::Null, |to| resolved(document, to)),
        None => value,
    }
}

pub(super) fn references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            into.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, into));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        _ => {}
    }
}

/// Whatever is referred to, directly or not; what is not there is a fault.
fn follow_references(document: &Value, referenced: &mut BTreeSet<String>, found: &mut Vec<String>) {
    let mut open: Vec<String> = referenced.iter().cloned().collect();
    while let Some(reference) = open.pop() {
        let Some(target) = document.pointer(reference.trim_start_matches('#')) else {
            found.push(format!("{reference} is referred to, but not there"));
            continue;
        };
        let mut further = BTreeSet::new();
        references(target, &mut further);
        open.extend(further.into_iter().filter(|one| referenced.insert(one.clone())));
    }
}
