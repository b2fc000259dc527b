//! The published document, and the check that every reply in every specification is what it says.
//!
//! Objects are taken as closed: a member that a reply carries and the document does not name is a lie by omission.

use crate::client::Reply;
use axum::http::Method;
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock};

/// The published document.
pub struct Document {
    /// As JSON.
    pub json: Value,
    /// Its operations in order.
    pub operations: Vec<Operation>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// One operation of the document.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its `operationId`.
    pub id: String,
    /// Its method.
    pub method: Method,
    /// Its path with `{names}`.
    pub path: String,
    /// All that the document says of it.
    pub json: Value,
}

impl Operation {
    /// Whether it speaks SCIM rather than the conventions of this API.
    pub fn speaks_scim(&self) -> bool {
        self.json["tags"].as_array().is_some_and(|tags| tags.iter().any(|tag| tag == "scim"))
    }
}

impl Document {
    /// The document of this build, read once a process.
    pub fn of(openapi: impl FnOnce() -> Value) -> &'static Self {
        static DOCUMENT: OnceLock<Document> = OnceLock::new();
        DOCUMENT.get_or_init(|| Self::read(openapi()))
    }

    fn read(json: Value) -> Self {
        let mut operations = Vec::new();
        for (path, item) in json["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
                if !operation["responses"].is_object() {
                    continue;
                }
                let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
                operations.push(Operation { id, method, path: path.clone(), json: operation.clone() });
            }
        }
        Self { json, operations, validators: Mutex::default() }
    }

    /// What a `$ref` (or the thing itself) stands for.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str().and_then(|reference| self.json.pointer(reference.strip_prefix('#')?)) {
            Some(found) => self.resolve(found),
            None => value,
        }
    }

    /// The operation that a request for `path` reaches.
    pub fn operation(&self, method: &Method, path: &str) -> Option<&Operation> {
        let path = path.split('?').next().unwrap_or_default();
        let fitting = self.operations.iter().filter(|operation| operation.method == *method && fits(&operation.path, path));
        // A path without names wins, as in the router.
        fitting.min_by_key(|operation| operation.path.matches('{').count())
    }

    /// Whether this reply is one that the document announces; otherwise what is wrong with it.
    pub fn check(&self, method: &Method, path: &str, reply: &Reply) -> Result<(), String> {
        let scim = path.starts_with("/scim/");
        if reply.status >= 400 && !scim {
            known_problem(reply)?;
        }
        let Some(operation) = self.operation(method, path) else {
            return match reply.status {
                // No such route, no such method: nothing to announce, but problem documents all the same.
                400.. if scim => self.matches("ScimError", &json!({"$ref": "#/components/schemas/ScimError"}), &reply.body),
                400.. => self.matches("Problem", &json!({"$ref": "#/components/schemas/Problem"}), &reply.body),
                _ => Ok(()),
            };
        };
        let (id, status) = (&operation.id, reply.status.to_string());
        let announced = self.resolve(&operation.json["responses"][&status]);
        if announced.is_null() {
            return Err(format!("{id} answers {status}, which it does not list"));
        }
        self.check_headers(announced, reply)?;
        let Some(content) = announced["content"].as_object().filter(|content| !content.is_empty()) else {
            return if reply.bytes.is_empty() { Ok(()) } else { Err(format!("{id} {status} has a body where none is announced")) };
        };
        let sent = reply.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
        let Some(media) = content.get(sent) else {
            return Err(format!("{id} {status} is `{sent}`, announced are {:?}", content.keys().collect::<Vec<_>>()));
        };
        if !sent.ends_with("json") || media["schema"].is_null() {
            return Ok(());
        }
        self.matches(&format!("{id} {status} {sent}"), &media["schema"], &reply.body)
    }

    /// Headers that are announced as required are there.
    fn check_headers(&self, announced: &Value, reply: &Reply) -> Result<(), String> {
        for (name, header) in announced["headers"].as_object().into_iter().flatten() {
            if self.resolve(header)["required"] == true && reply.header(name).is_none() {
                return Err(format!("the header {name} is announced and missing"));
            }
        }
        Ok(())
    }

    /// Whether `value` is what `schema` describes; `name` names the schema for the next time.
    pub fn fits(&self, name: &str, schema: &Value, value: &Value) -> Result<(), String> {
        self.matches(name, schema, value)
    }

    fn matches(&self, name: &str, schema: &Value, value: &Value) -> Result<(), String> {
        let validator = self.validator(name, schema);
        let errors: Vec<_> = validator.iter_errors(value).take(5).map(|error| format!("at `{}`: {error}", error.instance_path())).collect();
        if errors.is_empty() { Ok(()) } else { Err(format!("{name}: {}", errors.join("; "))) }
    }

    fn validator(&self, name: &str, schema: &Value) -> Arc<Validator> {
        if let Some(known) = self.validators.lock().expect("validators").get(name) {
            return known.clone();
        }
        let schema = self.closed(schema);
        let compiled = jsonschema::options().should_validate_formats(true).build(&schema);
        let compiled = Arc::new(compiled.unwrap_or_else(|cause| panic!("the schema of {name} does not compile: {cause}\n{schema:#}")));
        self.validators.lock().expect("validators").insert(name.to_owned(), compiled.clone());
        compiled
    }

    /// `schema` with every schema that it refers to, all objects closed.
    fn closed(&self, schema: &Value) -> Value {
        let mut wanted = BTreeSet::new();
        let mut root = close(schema.clone(), false, &mut wanted);
        let (mut schemas, mut todo) = (Map::new(), wanted);
        while let Some(name) = todo.pop_first() {
            let (plain, open) = match name.strip_suffix("~open") {
                Some(plain) => (plain, true),
                None => (name.as_str(), false),
            };
            let mut more = BTreeSet::new();
            schemas.insert(name.clone(), close(self.json["components"]["schemas"][plain].clone(), open, &mut more));
            todo.extend(more.into_iter().filter(|name| !schemas.contains_key(name)));
        }
        root["components"] = json!({ "schemas": schemas });
        root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        root
    }
}

/// Whether an error is a problem document of a kind that the catalogue lists, with its own status.
fn known_problem(reply: &Reply) -> Result<(), String> {
    let code = reply.body["code"].as_str().unwrap_or_default();
    match server::problem_kinds().iter().find(|kind| kind.code == code) {
        Some(kind) if kind.status == reply.status && reply.body["status"] == reply.status && reply.body["title"] == kind.title => Ok(()),
        Some(kind) => Err(format!("{code} is catalogued with {} \"{}\"", kind.status, kind.title)),
        None => Err(format!("`{code}` is not in the catalogue of problems")),
    }
}

/// Close every object schema in `schema`; one that stands in an `allOf` stays open and its whole is closed instead.
fn close(mut schema: Value, open: bool, wanted: &mut BTreeSet<String>) -> Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/components/schemas/")) {
        let name = if open { format!("{name}~open") } else { name.to_owned() };
        schema["$ref"] = format!("#/components/schemas/{name}").replace('~', "~0").into();
        wanted.insert(name);
    }
    let Some(members) = schema.as_object_mut() else { return schema };
    let joined = members.contains_key("allOf");
    for (name, member) in members.iter_mut() {
        match name.as_str() {
            "properties" | "patternProperties" | "$defs" => {
                member.as_object_mut().into_iter().flatten().for_each(|(_, inner)| *inner = close(inner.take(), false, wanted));
            }
            "items" | "additionalProperties" | "not" | "propertyNames" => *member = close(member.take(), false, wanted),
            "allOf" => each(member, true, wanted),
            // A choice beside an allOf, or in one, is part of the same whole.
            "oneOf" | "anyOf" => each(member, open || joined, wanted),
            _ => {}
        }
    }
    let shaped = members.contains_key("properties") && !members.contains_key("additionalProperties");
    if !open && (shaped || joined) {
        members.insert("unevaluatedProperties".into(), false.into());
    }
    schema
}

fn each(list: &mut Value, open: bool, wanted: &mut BTreeSet<String>) {
    list.as_array_mut().into_iter().flatten().for_each(|inner| *inner = close(inner.take(), open, wanted));
}

fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut sent) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), sent.next()) {
            (None, None) => return true,
            (Some(name), Some(value)) if name == value || name.starts_with('{') => {}
            _ => return false,
        }
    }
}
