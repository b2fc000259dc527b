//! Every operation works as its example says, takes an `Idempotency-Key`, and changes only what the caller has seen.

use super::*;

/// The media type and example of a body that is not JSON.
fn raw_example(operation: &Operation) -> (String, String) {
    let content = operation.json["requestBody"]["content"].as_object().unwrap_or_else(|| panic!("{}: a PUT has a body", operation.id));
    let (media, body) = content.iter().next().expect("a media type");
    (media.clone(), body["example"].as_str().unwrap_or_else(|| panic!("{}: its body has no example", operation.id)).to_owned())
}

spec! {
    async fn every_example_is_acceptable_and_its_repeat_gets_the_same_bytes(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        for operation in operations(world).iter().filter(|operation| matches!(operation.method, Method::POST | Method::PATCH)) {
            if fixtures::begins_elsewhere(operation) {
                continue;
            }
            let operator = world.operator();
            let person = fixtures::caller(&acme, operation).await;
            let client = if needs(operation) == Needs::Operator { &operator } else { &person };
            let (path, body) = fixtures::ready(&acme, operation).await;
            if needs(operation) == Needs::Nothing {
                // Without a caller there is nobody to give the first answer to again.
                let reply = call(client, operation, &path, body).await;
                if !(200..300).contains(&reply.status) {
                    found.push(format!("{}: its example is refused\n{reply}", operation.id));
                }
                continue;
            }
            let key = format!("ratchet-{}", operation.id);
            let bytes = body.as_ref().map(Value::to_string).unwrap_or_default();
            let send = |bytes: String| {
                let mut call = client.call(operation.method.clone(), &path).idempotency_key(&key);
                if operation.method == Method::PATCH {
                    call = call.if_match(1);
                }
                if bytes.is_empty() { call } else { call.raw("application/json", bytes) }
            };
            let first = send(bytes.clone()).await;
            if !(200..300).contains(&first.status) {
                found.push(format!("{}: its example is refused. If it needs something to be there first, add a line to `ready` in tests/spec/ratchets/fixtures.rs.\n{first}", operation.id));
                continue;
            }
            let again = send(bytes.clone()).await;
            let same = again.status == first.status && again.bytes == first.bytes && again.header("etag") == first.header("etag");
            if fixtures::changes_nothing(operation) {
                assert!(same, "{first}\n{again}");
                continue;
            }
            if !same || again.header("idempotent-replayed") != Some("true") {
                found.push(format!("{} repeated:\n{first}\n{again}", operation.id));
            }
            // The same body to a reader, but not the same bytes.
            let other = send(if bytes.is_empty() { "{}".into() } else { format!("{bytes} ") }).await;
            if other.status != 422 || other["code"] != "idempotency.key_reused" {
                found.push(format!("{} with another body under the same key:\n{other}", operation.id));
            }
        }
        assert_none(found);
    }

    async fn every_put_is_acceptable_and_changes_nothing_the_second_time(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        for operation in operations(world).iter().filter(|operation| operation.method == Method::PUT) {
            let (path, body) = fixtures::ready(&acme, operation).await;
            let (media, bytes) = match body {
                Some(body) => ("application/json".to_owned(), body.to_string()),
                None => raw_example(operation),
            };
            let client = fixtures::caller(&acme, operation).await;
            let put = || client.call(Method::PUT, &path).raw(&media, bytes.clone());
            let (first, again) = (put().await, put().await);
            // Content is sent once; whoever sends it again is told that it is there.
            let settled = if media == "application/json" { again.status == 200 && first.body == again.body } else { again.status == 409 };
            if !(200..300).contains(&first.status) || !settled {
                found.push(format!("{}:\n{first}\n{again}", operation.id));
            }
        }
        assert_none(found);
    }

    async fn every_patch_wants_the_revision_that_it_changes(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        for operation in operations(world).iter().filter(|operation| operation.method == Method::PATCH) {
            let (path, body) = fixtures::ready(&acme, operation).await;
            let client = fixtures::caller(&acme, operation).await;
            let patch = || client.patch(&path, body.clone().expect("a patch has a body"));
            for (what, call, status, code) in [
                ("no", patch(), 428, "revision.required"),
                ("a stale", patch().if_match(999), 412, "revision.stale"),
                ("a garbled", patch().if_match("\"x\""), 412, "revision.stale"),
            ] {
                let reply = call.await;
                if reply.status != status || reply["code"] != code {
                    found.push(format!("{} with {what} If-Match:\n{reply}", operation.id));
                }
            }
            let read = client.get(&path).await.expect(200);
            let changed = patch().if_match(read.etag()).await;
            if changed.status != 200 || changed.header("etag") == read.header("etag") || client.get(&path).await.body != changed.body {
                found.push(format!("{} with the right If-Match:\n{changed}", operation.id));
            }
        }
        assert_none(found);
    }

    async fn every_get_of_what_is_there_is_answered(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        for operation in operations(world).iter().filter(|operation| operation.method == Method::GET) {
            if operation.json["responses"]["200"]["content"]["text/event-stream"].is_object() {
                continue;
            }
            if fixtures::begins_elsewhere(operation) {
                continue;
            }
            let (path, _) = fixtures::ready(&acme, operation).await;
            let reply = fixtures::caller(&acme, operation).await.get(&path).await;
            let redirects = operation.json["responses"]["200"].is_null() && reply.status == 302 && reply.header("location").is_some();
            if reply.status != 200 && !redirects {
                found.push(format!("{}:\n{reply}", operation.id));
            }
            if reply.body["revision"].is_number() && reply.header("etag") != Some(format!("\"{}\"", reply.body["revision"]).as_str()) {
                found.push(format!("{}: ETag is the revision\n{reply}", operation.id));
            }
        }
        assert_none(found);
    }

    async fn every_delete_is_answered_and_then_there_is_nothing(world) {
        let acme = world.vendor("Acme").await;
        for operation in operations(world).iter().filter(|operation| operation.method == Method::DELETE) {
            let (path, _) = fixtures::ready(&acme, operation).await;
            let client = fixtures::caller(&acme, operation).await;
            client.delete(&path).await.expect(204);
            client.delete(&path).await.refused(404, "not_found");
            client.get(&path).await.refused(404, "not_found");
        }
    }
}
