//! What holds for every operation, driven by the published document: nothing here names an operation but
//! [`fixtures`], and an operation that cannot be reached fails.

mod answers;
mod bodies;
mod credentials;
mod document;
mod fixtures;
mod headers;
mod injection;
mod lists;
mod matrix;
mod onboarding;
mod ready;
mod repeats;
mod things;

use crate::prelude::*;
use spec::document::Operation;

/// Every operation that follows the conventions of this API. SCIM has its own, and its own matrix in `spec/scim/matrix.rs`.
fn operations(world: &World) -> &'static [Operation] {
    static ALL: std::sync::OnceLock<Vec<Operation>> = std::sync::OnceLock::new();
    let document = world.main.document;
    ALL.get_or_init(|| document.operations.iter().filter(|operation| !operation.speaks_scim()).cloned().collect())
}

/// What an operation asks of its caller.
#[derive(Debug, PartialEq, Eq)]
enum Needs<'a> {
    Nothing,
    Operator,
    AnyCredential,
    Permission(&'a str),
}

fn needs(operation: &Operation) -> Needs<'_> {
    let schemes =
        operation.json["security"].as_array().into_iter().flatten().find_map(|scheme| scheme.as_object().filter(|scheme| !scheme.is_empty()));
    let Some((name, scopes)) = schemes.and_then(|scheme| scheme.iter().next()) else { return Needs::Nothing };
    let scopes: Vec<_> = scopes.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match (name.as_str(), scopes.as_slice()) {
        ("operator", []) => Needs::Operator,
        ("bearer", []) => Needs::AnyCredential,
        ("bearer", [one]) => Needs::Permission(one),
        other => panic!("{}: its security is not understood: {other:?}", operation.id),
    }
}

/// A path of this operation to things that do not exist.
fn path_to_nowhere(operation: &Operation) -> String {
    fill(&operation.path, |name| nobody(operation, name))
}

/// An id of the right kind that nothing has.
fn nobody(operation: &Operation, name: &str) -> String {
    let parameters = operation.json["parameters"].as_array().into_iter().flatten();
    let parameter = parameters.filter(|parameter| parameter["in"] == "path").find(|parameter| parameter["name"] == name);
    let reference = parameter.and_then(|parameter| parameter["schema"]["$ref"].as_str()).unwrap_or_default();
    let prefix = match reference.rsplit('/').next().unwrap_or_default() {
        "ApiKeyId" => "key",
        "PersonId" => "per",
        "PartnerId" => "ptn",
        "CustomFieldsResource" => return "account".into(),
        "RoleName" | "CalendarName" => return "nothing_like_this".into(),
        other => match other.strip_suffix("Id") {
            Some(_) => return fixtures::nobody(other),
            None => return "nothing-like-this".into(),
        },
    };
    kernel::id::write(prefix, kernel::id::fresh())
}

/// A path with its names replaced.
fn fill(path: &str, value: impl Fn(&str) -> String) -> String {
    let segments = path.split('/').map(|segment| match segment.strip_prefix('{') {
        Some(rest) => {
            let (name, after) = rest.split_once('}').expect("a closed brace");
            format!("{}{after}", value(name))
        }
        None => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The example of an operation's JSON body, if it takes one.
fn example(world: &World, operation: &Operation) -> Option<Value> {
    let document = world.main.document;
    let media = &document.resolve(&operation.json["requestBody"])["content"]["application/json"];
    if media.is_null() {
        return None;
    }
    let schema = body_schema(world, operation).unwrap_or(&Value::Null);
    let given = [&media["example"], &schema["example"], &schema["examples"][0]];
    let found = given.into_iter().find(|example| !example.is_null());
    Some(found.unwrap_or_else(|| panic!("{}: its body has no example", operation.id)).clone())
}

/// The schema of an operation's JSON body, if it takes one; of one that may be left out, when it is sent.
fn body_schema<'a>(world: &World, operation: &'a Operation) -> Option<&'a Value> {
    let document = world.main.document;
    let media = &document.resolve(&operation.json["requestBody"])["content"]["application/json"];
    if media.is_null() {
        return None;
    }
    let schema = document.resolve(&media["schema"]);
    let sent = schema["oneOf"].as_array().and_then(|choices| choices.iter().find(|choice| choice["type"] != "null"));
    Some(document.resolve(sent.unwrap_or(schema)))
}

/// A call of this operation with this path and body.
fn call(client: &Client, operation: &Operation, path: impl AsRef<str>, body: Option<Value>) -> Call {
    let call = client.call(operation.method.clone(), path);
    let call = if operation.method == Method::PATCH { call.if_match(1) } else { call };
    match body {
        Some(body) => call.json(body),
        None => call,
    }
}

/// The reply; of a stream, which does not end, that it began is enough.
async fn unless_stream(operation: &Operation, call: Call) -> Option<Reply> {
    if !operation.json["responses"]["200"]["content"]["text/event-stream"].is_object() {
        return Some(call.await);
    }
    _ = call.stream().await;
    None
}

/// Fail with everything that was found, not with the first.
#[track_caller]
fn assert_none(found: Vec<String>) {
    assert!(found.is_empty(), "{} found:\n\n{}", found.len(), found.join("\n\n"));
}

/// A reply's body without what differs from request to request.
fn plain(reply: &Reply) -> Value {
    let mut body = reply.body.clone();
    if let Some(members) = body.as_object_mut() {
        members.remove("request_id");
    }
    body
}
