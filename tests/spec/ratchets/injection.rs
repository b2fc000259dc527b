//! Mass assignment: what only the service says of a thing, nobody can say in its place.

use super::*;
use std::collections::BTreeSet;

/// What the service alone decides, wherever it appears; beside it, all that answers carry and bodies do not.
const NEVER_SENT: [&str; 9] =
    ["id", "vendor_id", "revision", "created_at", "updated_at", "created_by", "available_actions", "__proto__", "constructor"];

/// The properties of a schema and of all that it is composed of.
fn properties(world: &World, schema: &Value, found: &mut BTreeSet<String>) {
    let schema = world.main.document.resolve(schema);
    found.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
    for part in ["allOf", "oneOf", "anyOf"].iter().filter_map(|of| schema[of].as_array()).flatten() {
        properties(world, part, found);
    }
}

/// What an operation's answer carries: its own members, and those of the one thing that it wraps.
fn answered(world: &World, operation: &Operation) -> BTreeSet<String> {
    let document = world.main.document;
    let mut found = BTreeSet::new();
    for (status, response) in operation.json["responses"].as_object().into_iter().flatten().filter(|(status, _)| status.starts_with('2')) {
        let schema = &document.resolve(response)["content"]["application/json"]["schema"];
        assert!(status == "204" || !document.resolve(response).is_null(), "{}: {status}", operation.id);
        properties(world, schema, &mut found);
        for (_, inner) in document.resolve(schema)["properties"].as_object().into_iter().flatten() {
            properties(world, inner, &mut found);
        }
    }
    found
}

spec! {
    async fn every_read_only_field_injected_into_every_write_is_refused_by_name(world) {
        let acme = world.vendor("Acme").await;
        let (mut found, mut injected) = (Vec::new(), 0);
        for operation in operations(world).iter().filter(|operation| operation.method != Method::GET) {
            let (Some(schema), Some(example)) = (body_schema(world, operation), example(world, operation)) else { continue };
            if !example.is_object() {
                continue;
            }
            let mut sent = BTreeSet::new();
            properties(world, schema, &mut sent);
            let mut foreign = answered(world, operation);
            foreign.extend(NEVER_SENT.map(str::to_owned));
            let operator = world.operator();
            let client = if needs(operation) == Needs::Operator { &operator } else { acme.client() };
            for name in foreign.difference(&sent) {
                for value in [json!("admin"), json!(1), json!(null), json!({ "id": "x" })] {
                    let mut body = example.clone();
                    body[name] = value;
                    let reply = call(client, operation, path_to_nowhere(operation), Some(body)).await;
                    let named = reply["errors"].as_array().into_iter().flatten().any(|error| error["pointer"] == format!("/{name}") && error["code"] == "unknown_field");
                    if reply.status != 422 || !named {
                        found.push(format!("{} with {name}:\n{reply}", operation.id));
                    }
                    injected += 1;
                }
            }
        }
        assert!(injected > 1_000, "only {injected} were tried");
        assert_none(found);
    }
}
