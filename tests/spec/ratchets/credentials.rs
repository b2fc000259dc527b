//! What a role may do, and what anybody may.

use super::*;
use access::Role;

spec! {
    async fn what_needs_no_credential_takes_any(world) {
        for operation in operations(world).iter().filter(|operation| needs(operation) == Needs::Nothing) {
            for client in [world.anonymous(), world.bearing("garbage")] {
                let reply = call(&client, operation, path_to_nowhere(operation), None).await;
                assert!(reply.status != 401 && reply.status != 403, "{reply}");
            }
        }
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
