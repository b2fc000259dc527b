//! Every JSON body is read strictly: what is wrong is a problem that points at the place.

use super::*;

/// A place in a body, and what may stand there.
struct Place {
    pointer: String,
    schema: Value,
}

/// Every property that the document describes, at any depth that the example reaches.
fn places(world: &World, schema: &Value, example: &Value, pointer: &str, found: &mut Vec<Place>) {
    let document = world.main.document;
    let schema = sent(world, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let pointer = format!("{pointer}/{name}");
        found.push(Place { pointer: pointer.clone(), schema: document.resolve(property).clone() });
        if let Some(inner) = example.get(name) {
            places(world, property, inner, &pointer, found);
        }
    }
    if let (Some(items), Some(first)) = (schema.get("items"), example.get(0)) {
        places(world, items, first, &format!("{pointer}/0"), found);
    }
}

/// A schema without its `null`.
fn sent<'a>(world: &World, schema: &'a Value) -> &'a Value {
    let document = world.main.document;
    let schema = document.resolve(schema);
    let choice = schema["oneOf"].as_array().and_then(|choices| choices.iter().find(|choice| choice["type"] != "null"));
    document.resolve(choice.unwrap_or(schema))
}

/// `body` with `value` at `pointer`.
fn set(body: &Value, pointer: &str, value: Value) -> Value {
    let mut body = body.clone();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    body.pointer_mut(parent).unwrap_or_else(|| panic!("{parent} is in the example"))[name] = value;
    body
}

fn kinds(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Values that this schema does not take: wrong types, over the bounds, unheard of, unprintable.
fn unacceptable(schema: &Value, plain: &Value) -> Vec<Value> {
    let (own, inner) = (kinds(schema), kinds(plain));
    let is = |kind: &str| own.contains(&kind) || inner.contains(&kind);
    if own.is_empty() && inner.is_empty() && !plain["enum"].is_array() {
        return Vec::new();
    }
    let number = is("integer") || is("number");
    let mut values = Vec::new();
    values.extend((!number).then_some(json!(3)));
    values.extend((!is("string") && !plain["enum"].is_array()).then(|| json!("x")));
    values.extend((!is("boolean")).then_some(json!(true)));
    values.extend((!is("array")).then(|| json!([[]])));
    values.extend((!is("object")).then(|| json!({ "a": { "b": 1 } })));
    if is("string") || plain["enum"].is_array() {
        values.push(json!("a\u{1}b"));
        values.extend(plain["maxLength"].as_u64().map(|most| json!("x".repeat(most as usize + 1))));
        values.extend(plain["minLength"].as_u64().filter(|least| *least > 0).map(|_| json!("")));
        values.extend((plain["enum"].is_array() || plain["pattern"].is_string() && plain["maxLength"].is_null()).then(|| json!("no such value")));
        values.extend((plain["format"] == "date-time").then(|| json!("2026-02-30T00:00:00Z")));
        values.extend((plain["format"] == "date").then(|| json!("2026-02-30")));
    }
    if number {
        values.push(json!(1.5));
        values.push(json!(9_223_372_036_854_775_808_u64));
        values.extend(plain["maximum"].as_i64().and_then(|most| most.checked_add(1)).map(Value::from));
        values.extend(plain["minimum"].as_i64().map(|least| json!(least - 1)));
    }
    values.extend(plain["maxItems"].as_u64().map(|most| json!(vec![Value::Null; most as usize + 1])));
    values
}

/// Whether text of this schema is bounded in one way or another.
fn is_bounded(plain: &Value) -> bool {
    !kinds(plain).contains(&"string") || ["maxLength", "enum", "const", "pattern", "format"].iter().any(|bound| !plain[*bound].is_null())
}

/// What is wrong with a refusal that should point at `pointer` or into it.
fn misses(reply: &Reply, pointer: &str) -> bool {
    let errors = reply["errors"].as_array().cloned().unwrap_or_default();
    let hits = |error: &Value| error["pointer"].as_str().is_some_and(|at| at == pointer || at.starts_with(&format!("{pointer}/")));
    reply.status != 422 || !errors.iter().any(hits)
}

/// Every operation that takes JSON, with its schema and example.
fn with_body(world: &World) -> Vec<(&'static Operation, Value, Value)> {
    let all = operations(world).iter();
    let bodies: Vec<_> = all.filter_map(|operation| Some((operation, body_schema(world, operation)?.clone(), example(world, operation)?))).collect();
    assert!(bodies.len() >= 10, "the document has bodies");
    bodies
}

/// Whether it also reads what OAuth libraries send.
fn takes_forms(operation: &Operation) -> bool {
    operation.path.starts_with("/v1/tokens")
}

fn caller(world: &World, acme: &Vendor, operation: &Operation) -> Client {
    if needs(operation) == Needs::Operator { world.operator() } else { acme.client().clone() }
}

spec! {
    async fn what_is_not_json_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        for (operation, ..) in with_body(world) {
            let client = caller(world, &acme, operation);
            let call = || call(&client, operation, path_to_nowhere(operation), None);
            for (call, status, code) in [
                (call().raw("application/json", "{"), 400, "request.malformed"),
                (call().raw("application/json", b"\xff{}".to_vec()), 400, "request.malformed"),
                (call().raw("text/plain", "{}"), 415, "body.media_type"),
                (call().raw("application/x-www-form-urlencoded", "a=b"), 415, "body.media_type"),
            ] {
                if code == "body.media_type" && takes_forms(operation) {
                    continue;
                }
                let reply = call.await;
                if reply.status != status || reply["code"] != code {
                    found.push(format!("{}:\n{reply}", operation.id));
                }
            }
        }
        assert_none(found);
    }

    async fn what_is_json_of_another_type_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        for (operation, ..) in with_body(world) {
            let client = caller(world, &acme, operation);
            for body in ["[]", "3", "\"x\"", "true", "[{}]"] {
                let reply = call(&client, operation, path_to_nowhere(operation), None).raw("application/json", body).await;
                if reply.status != 422 || reply["errors"][0]["pointer"] != "" {
                    found.push(format!("{} {body}:\n{reply}", operation.id));
                }
            }
        }
        assert_none(found);
    }

    async fn what_a_property_does_not_take_is_refused_by_its_pointer(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        for (operation, schema, example) in with_body(world) {
            let client = caller(world, &acme, operation);
            let mut all = Vec::new();
            places(world, &schema, &example, "", &mut all);
            for Place { pointer, schema } in all {
                let plain = sent(world, &schema).clone();
                if !is_bounded(&plain) {
                    found.push(format!("{} {pointer}: text without a bound", operation.id));
                }
                for value in unacceptable(&schema, &plain) {
                    let body = set(&example, &pointer, value.clone());
                    let reply = call(&client, operation, path_to_nowhere(operation), Some(body)).await;
                    if misses(&reply, &pointer) {
                        found.push(format!("{} {pointer} = {}:\n{reply}", operation.id, value.to_string().chars().take(100).collect::<String>()));
                    }
                }
            }
        }
        assert_none(found);
    }

    async fn what_is_unknown_or_missing_is_named(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        for (operation, schema, example) in with_body(world) {
            let client = caller(world, &acme, operation);
            let mut objects = vec![(String::new(), schema.clone())];
            let mut all = Vec::new();
            places(world, &schema, &example, "", &mut all);
            objects.extend(all.into_iter().map(|place| (place.pointer, sent(world, &place.schema).clone())));
            for (pointer, schema) in objects {
                if !schema["properties"].is_object() || !example.pointer(&pointer).is_some_and(Value::is_object) {
                    continue;
                }
                let unknown = set(&example, &format!("{pointer}/no_such_field"), json!(1));
                let reply = call(&client, operation, path_to_nowhere(operation), Some(unknown)).await;
                if misses(&reply, &format!("{pointer}/no_such_field")) {
                    found.push(format!("{} {pointer}/no_such_field:\n{reply}", operation.id));
                }
                for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    let mut body = example.clone();
                    let parent = body.pointer_mut(&pointer).and_then(Value::as_object_mut).expect("an object");
                    parent.remove(name);
                    let reply = call(&client, operation, path_to_nowhere(operation), Some(body)).await;
                    if misses(&reply, &format!("{pointer}/{name}")) {
                        found.push(format!("{} without {pointer}/{name}:\n{reply}", operation.id));
                    }
                }
            }
        }
        assert_none(found);
    }

    async fn every_example_is_what_the_document_itself_describes(world) {
        let mut found = Vec::new();
        for (operation, _, example) in with_body(world) {
            let media = &world.main.document.resolve(&operation.json["requestBody"])["content"]["application/json"]["schema"];
            if let Err(wrong) = world.main.document.fits(&format!("{} body", operation.id), media, &example) {
                found.push(wrong);
            }
        }
        assert_none(found);
    }
}
