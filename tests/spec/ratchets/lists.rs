//! Lists: bounds, cursors, filters and orders of every one.

use super::*;

fn parameters(operation: &Operation) -> impl Iterator<Item = &Value> {
    operation.json["parameters"].as_array().into_iter().flatten().filter(|parameter| parameter["in"] == "query")
}

fn takes(operation: &Operation, name: &str) -> bool {
    parameters(operation).any(|parameter| parameter["name"] == name)
}

/// Every `GET` that takes a `limit`.
fn lists(world: &World) -> Vec<&'static Operation> {
    let lists: Vec<_> = operations(world).iter().filter(|operation| operation.method == Method::GET && takes(operation, "limit")).collect();
    assert!(lists.len() >= 9, "the document has lists");
    lists
}

/// The path of a list that holds three rows at least, if rows of it can be made from outside.
async fn filled(acme: &Vendor, operation: &Operation) -> String {
    if operation.path.contains('{') {
        return fixtures::living(acme, &operation.path).await;
    }
    let one = format!("{}/{{id}}", operation.path);
    if operations(acme.world())
        .iter()
        .any(|other| other.path.starts_with(&one) || other.path.starts_with(&format!("{}/{{external_id}}", operation.path)))
    {
        for _ in 0..3 {
            fixtures::living(acme, &one).await;
        }
    }
    operation.path.clone()
}

/// All rows, page by page, with so many to a page.
async fn walk(client: &Client, path: &str, limit: usize) -> Result<Vec<Value>, String> {
    let (mut rows, mut cursor) = (Vec::new(), None::<String>);
    let joint = if path.contains('?') { '&' } else { '?' };
    for _ in 0..200 {
        let next = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let page = client.get(format!("{path}{joint}limit={limit}{next}")).await;
        if page.status != 200 || page.rows().len() > limit {
            return Err(format!("{page}"));
        }
        rows.extend(page.rows().iter().cloned());
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return Ok(rows);
        }
    }
    Err(format!("{path} does not end"))
}

spec! {
    async fn every_list_refuses_what_it_cannot_mean(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        for operation in lists(world) {
            let path = filled(&acme, operation).await;
            for limit in ["0", "201", "-1", "x", "", "1.5", "99999999999999999999"] {
                let reply = acme.get(format!("{path}?limit={limit}")).await;
                if reply.status != 422 || reply["errors"][0]["pointer"] != "limit" {
                    found.push(format!("{} limit={limit}:\n{reply}", operation.id));
                }
            }
            if takes(operation, "cursor") {
                for cursor in ["garbage", "", "e30", "WyJ4IiwxXQ", "%FF", "WyJhcGlfa2V5cyIsMV0"] {
                    let reply = acme.get(format!("{path}?cursor={cursor}")).await;
                    if reply.status != 400 || reply["code"] != "cursor.invalid" {
                        found.push(format!("{} cursor={cursor}:\n{reply}", operation.id));
                    }
                }
            }
        }
        assert_none(found);
    }

    async fn every_parameter_is_known_and_read_strictly(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        for operation in operations(world).iter().filter(|operation| parameters(operation).next().is_some()) {
            for parameter in parameters(operation).filter(|parameter| plain_schema(world, &parameter["schema"])["type"] == "string") {
                let name = parameter["name"].as_str().expect("a name");
                let reply = acme.get(format!("{}?{name}=a%00b", path_to_nowhere(operation))).await;
                if reply.status != 422 || reply["errors"][0]["pointer"] != name {
                    found.push(format!("{} with a NUL in {name}:\n{reply}", operation.id));
                }
            }
            let path = if operation.path.contains('{') { fixtures::living(&acme, &operation.path).await } else { operation.path.clone() };
            let reply = acme.get(format!("{path}?no_such_parameter=1")).await;
            // Where browsers are sent on, RFC 6749 §3.1 has unknown parameters ignored.
            let ignored = !operation.json["responses"]["302"].is_null();
            if !ignored && (reply.status != 422 || reply["errors"][0]["pointer"] != "no_such_parameter") {
                found.push(format!("{} with an unknown parameter:\n{reply}", operation.id));
            }
            for parameter in parameters(operation) {
                let (name, schema) = (parameter["name"].as_str().expect("a name"), plain_schema(world, &parameter["schema"]));
                let wrong = match (schema["format"].as_str(), schema["type"].as_str()) {
                    (Some("date-time"), _) => "2026-02-30T00:00:00Z",
                    (Some("date"), _) => "2026-02-30",
                    (_, Some("integer")) => "x",
                    (_, Some("boolean")) => "maybe",
                    _ if schema["enum"].is_array() || schema["pattern"].is_string() => "no-such-value",
                    _ => continue,
                };
                let reply = acme.get(format!("{path}?{name}={wrong}")).await;
                if reply.status != 422 || reply["errors"][0]["pointer"] != name {
                    found.push(format!("{} {name}={wrong}:\n{reply}", operation.id));
                }
            }
        }
        assert_none(found);
    }

    async fn every_list_is_walked_in_every_order_and_never_loses_or_repeats_a_row(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        for operation in lists(world).into_iter().filter(|operation| takes(operation, "cursor")) {
            let path = filled(&acme, operation).await;
            let sort = parameters(operation).find(|parameter| parameter["name"] == "sort").map(|sort| plain_schema(world, &sort["schema"]));
            let orders = sort.map(|sort| sort["enum"].as_array().cloned().unwrap_or_default()).unwrap_or_default();
            let orders = orders.iter().filter_map(Value::as_str).map(|order| format!("{path}?sort={order}"));
            for path in orders.chain([path.clone()]) {
                match (walk(&acme, &path, 1).await, walk(&acme, &path, 200).await) {
                    (Ok(by_one), Ok(at_once)) if by_one == at_once => {}
                    (by_one, at_once) => found.push(format!("{} {path}:\nby one: {by_one:#?}\nat once: {at_once:#?}", operation.id)),
                }
            }
        }
        assert_none(found);
    }

    async fn every_value_that_a_filter_names_is_taken(world) {
        let acme = world.vendor("Acme").await;
        for operation in lists(world) {
            let path = if operation.path.contains('{') { fixtures::living(&acme, &operation.path).await } else { operation.path.clone() };
            for parameter in parameters(operation) {
                let (name, schema) = (parameter["name"].as_str().expect("a name"), plain_schema(world, &parameter["schema"]));
                for value in schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    acme.get(format!("{path}?{name}={value}")).await.expect(200);
                }
            }
        }
    }
}

/// A parameter's schema without its `null`.
fn plain_schema(world: &World, schema: &Value) -> Value {
    let document = world.main.document;
    let schema = document.resolve(schema);
    let sent = schema["oneOf"].as_array().and_then(|choices| choices.iter().find(|choice| choice["type"] != "null"));
    let mut schema = document.resolve(sent.unwrap_or(schema)).clone();
    if let Some(kind) = schema["type"].as_array().and_then(|kinds| kinds.iter().find(|kind| *kind != "null")).cloned() {
        schema["type"] = kind;
    }
    schema
}
