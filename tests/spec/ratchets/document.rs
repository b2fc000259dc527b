//! What the document promises of itself.

use super::*;
use std::collections::BTreeSet;

spec! {
    async fn every_operation_has_a_name_of_its_own_and_says_what_it_does(world) {
        let mut seen = BTreeSet::new();
        for operation in operations(world) {
            assert!(!operation.id.is_empty() && seen.insert(&operation.id), "{} {}: operationId {:?}", operation.method, operation.path, operation.id);
            for member in ["summary", "description", "tags"] {
                assert!(!operation.json[member].is_null(), "{} has no {member}", operation.id);
            }
        }
    }

    async fn a_method_that_a_path_does_not_have_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        let paths: BTreeSet<_> = operations(world).iter().map(|operation| &operation.path).collect();
        for path in paths {
            let has = |method: &Method| operations(world).iter().any(|operation| operation.method == *method && operation.path == *path);
            for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE].into_iter().filter(|method| !has(method)) {
                let somewhere = operations(world).iter().find(|operation| operation.path == *path).expect("an operation");
                let target = path_to_nowhere(somewhere);
                // `/deals/check` is also what `/deals/{id}` takes: then its methods are there.
                if world.main.document.operation(&method, &target).is_some() {
                    continue;
                }
                let reply = acme.call(method.clone(), &target).await;
                if reply.status != 405 || reply.header("allow").is_none() {
                    found.push(format!("{reply}"));
                }
            }
        }
        assert_none(found);
    }

    async fn every_kind_of_problem_is_explained(world) {
        for kind in server::problem_kinds() {
            let explained = world.anonymous().get(format!("/problems/{}", kind.code)).await.expect(200);
            assert_eq!((&explained["code"], &explained["status"]), (&json!(kind.code), &json!(kind.status)));
        }
    }

    async fn every_kind_of_problem_has_one_code(world) {
        let mut seen = BTreeSet::new();
        for kind in server::problem_kinds() {
            assert!(seen.insert(kind.code), "{} is declared twice", kind.code);
        }
        assert_eq!(world.anonymous().get("/problems").await.expect(200).body["data"].as_array().map(Vec::len), Some(seen.len()));
    }

    async fn every_event_in_the_log_is_one_that_the_document_describes(world) {
        let described: BTreeSet<_> = world.main.document.json["webhooks"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        for kind in server::event_kinds() {
            assert!(described.contains(kind.kind), "{} is not under webhooks", kind.kind);
        }
    }
}
