//! Nobody without a credential, and nobody without the permission that the document names.

use super::*;
use access::{Permission, Role};

spec! {
    async fn without_a_working_credential_every_operation_refuses_alike(world) {
        let acme = world.vendor("Acme").await;
        let plainly = plain(&world.anonymous().get("/v1/vendor").await.expect(401));
        let mut found = Vec::new();
        for operation in operations(world).iter().filter(|operation| needs(operation) != Needs::Nothing) {
            let (path, body) = (path_to_nowhere(operation), example(world, operation));
            let garbage = acme.bearing("garbage");
            let mut callers = vec![("without", world.anonymous()), ("with garbage", garbage)];
            match needs(operation) {
                Needs::Operator => callers.push(("with a vendor's key", acme.client().clone())),
                _ => callers.push(("with the operator's key", world.operator())),
            }
            for (how, client) in callers {
                // What is wrong with the body is nobody's business either.
                for call in [call(&client, operation, &path, body.clone()), call(&client, operation, &path, None).raw("application/json", "{")] {
                    let reply = call.await;
                    if reply.status != 401 || plain(&reply) != plainly || reply.header("www-authenticate").is_none() {
                        found.push(format!("{} {how} a credential:\n{reply}", operation.id));
                    }
                }
            }
        }
        assert_none(found);
    }

    async fn what_needs_no_credential_takes_any(world) {
        for operation in operations(world).iter().filter(|operation| needs(operation) == Needs::Nothing) {
            for client in [world.anonymous(), world.bearing("garbage")] {
                let reply = call(&client, operation, path_to_nowhere(operation), None).await;
                assert!(reply.status != 401 && reply.status != 403, "{reply}");
            }
        }
    }

    async fn a_key_needs_exactly_the_permission_that_the_document_names(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        for permission in Permission::ALL {
            let others: Vec<_> = Permission::ALL.iter().filter(|other| *other != permission).map(|other| other.wire()).collect();
            let (only, but) = (acme.makes_key("admin", &[permission.wire()]).await, acme.makes_key("admin", &others).await);
            for operation in operations(world).iter().filter(|operation| needs(operation) == Needs::Permission(permission.wire())) {
                let (path, body) = (path_to_nowhere(operation), example(world, operation));
                let reply = call(&but, operation, &path, body.clone()).await;
                if reply.status != 403 || reply["code"] != "auth.forbidden" {
                    found.push(format!("{} with everything but {}:\n{reply}", operation.id, permission.wire()));
                }
                if let Some(reply) = unless_stream(operation, call(&only, operation, &path, body)).await
                    && (reply.status == 401 || reply["code"] == "auth.forbidden" || reply.status >= 500)
                {
                    found.push(format!("{} with nothing but {}:\n{reply}", operation.id, permission.wire()));
                }
            }
        }
        let known = |operation: &&Operation| match needs(operation) {
            Needs::Permission(named) => named.parse::<Permission>().is_err(),
            _ => false,
        };
        found.extend(operations(world).iter().filter(known).map(|operation| format!("{}: no such permission", operation.id)));
        assert_none(found);
    }

    async fn every_role_may_do_what_its_line_in_the_table_says(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let mut found = Vec::new();
        for role in Role::ALL {
            let client = match role.is_partners() {
                true => acme.bearing(northwind.person(role.wire()).await.credential.as_deref().expect("a token")),
                false => acme.makes_key(role.wire(), &[]).await,
            };
            for operation in operations(world) {
                let Needs::Permission(needed) = needs(operation) else { continue };
                let may = role.permissions().iter().any(|permission| permission.wire() == needed);
                let call = call(&client, operation, path_to_nowhere(operation), example(world, operation));
                let Some(reply) = (if may { unless_stream(operation, call).await } else { Some(call.await) }) else { continue };
                let refused = reply["code"] == "auth.forbidden";
                if refused == may || reply.status == 401 || reply.status >= 500 {
                    found.push(format!("{} as {}, who may{} {needed}:\n{reply}", operation.id, role.wire(), if may { "" } else { " not" }));
                }
            }
        }
        assert_none(found);
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
