//! What belongs to another vendor, or another partner, does not exist.

use super::*;

fn with_path(world: &World) -> impl Iterator<Item = &'static Operation> {
    operations(world).iter().filter(|operation| operation.path.contains('{') && needs(operation) != Needs::Nothing)
}

spec! {
    async fn another_vendors_things_are_answered_like_things_that_do_not_exist(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let mut found = Vec::new();
        for operation in with_path(world) {
            let body = example(world, operation);
            let theirs = fixtures::living(&rival, &operation.path).await;
            if fixtures::is_named_freely(&operation.path) && operation.method == Method::PUT {
                // One's own thing of the same name: the other's stays as it is.
                let before = rival.get(&theirs).await.expect(200);
                let reply = call(&acme, operation, &theirs, body).await;
                let after = rival.get(&theirs).await.expect(200);
                if reply.status >= 400 || before.body != after.body {
                    found.push(format!("{} changes another vendor's:\n{reply}\n{after}", operation.id));
                }
                continue;
            }
            let own = if fixtures::is_named_freely(&operation.path) { world.vendor("Empty").await } else { acme.clone() };
            let (foreign, nowhere) = (
                call(&own, operation, &theirs, body.clone()).await,
                call(&own, operation, path_to_nowhere(operation), body.clone()).await,
            );
            let garbage = call(&own, operation, fill(&operation.path, |_| "%00'%22%F0%9F%92%A9".into()), body.clone()).await;
            let other_kind = call(&own, operation, fill(&operation.path, |_| own.id.clone()), body).await;
            for (what, reply) in [("another vendor's", &foreign), ("nobody's", &nowhere), ("garbage", &garbage), ("another kind's", &other_kind)] {
                if reply.status != 404 || plain(reply) != plain(&nowhere) {
                    found.push(format!("{} with {what} id:\n{reply}", operation.id));
                }
            }
        }
        assert_none(found);
    }

    /// Whatever a partner's person may do at all, it may not do to what is another partner's.
    async fn another_partners_things_are_answered_like_things_that_do_not_exist(world) {
        let acme = world.vendor("Acme").await;
        let person = acme.adds_partner("Outsider").await.person("partner_admin").await;
        let may: Vec<_> = access::Role::PartnerAdmin.permissions().iter().map(|permission| permission.wire()).collect();
        let mut found = Vec::new();
        for operation in with_path(world) {
            if !matches!(needs(operation), Needs::Permission(needed) if may.contains(&needed)) {
                continue;
            }
            let (path, body) = fixtures::ready(&acme, operation).await;
            let (theirs, nowhere) = (
                call(&person, operation, &path, body.clone()).await,
                call(&person, operation, path_to_nowhere(operation), body).await,
            );
            if theirs.status != 404 || plain(&theirs) != plain(&nowhere) {
                found.push(format!("{}:\n{theirs}\n{nowhere}", operation.id));
            }
        }
        assert_none(found);
    }
}
