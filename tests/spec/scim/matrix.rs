//! SCIM's own matrix: every operation that speaks SCIM × no credential, a missing permission, another vendor, another partner.

use super::*;
use spec::document::Operation;

fn operations(world: &World) -> impl Iterator<Item = &'static Operation> {
    let all = world.main.document.operations.iter().filter(|operation| operation.speaks_scim());
    all.filter(|operation| operation.json["security"] != json!([{}]))
}

fn body(world: &World, operation: &Operation) -> Value {
    let media = &operation.json["requestBody"]["content"]["application/scim+json"];
    let document = world.main.document;
    document.resolve(&media["schema"])["example"].clone()
}

fn call(world: &World, client: &Client, operation: &Operation, id: &str) -> Call {
    client.call(operation.method.clone(), operation.path.replace("{id}", id)).json(body(world, operation))
}

/// What is said to whoever names a thing, without the request's id.
fn told(reply: &Reply) -> (u16, String) {
    (reply.status, reply["detail"].as_str().unwrap_or_default().split(" (request").next().unwrap_or_default().to_owned())
}

/// One user and one group of a directory, by the path that they are under.
async fn things(directory: &Client) -> [(&'static str, String); 2] {
    let number = spec::unique();
    let jo = adds(directory, &format!("jo{number}@contoso.example")).await.id();
    [("/scim/v2/Users/", jo.clone()), ("/scim/v2/Groups/", groups(directory, &format!("Group {number}"), &[&jo]).await.id())]
}

spec! {
    async fn without_a_credential_or_the_permission_nothing_is_answered(world) {
        let acme = world.vendor("Acme").await;
        let others: Vec<_> = access::Permission::ALL.iter().map(|one| one.wire()).filter(|one| *one != "scim:manage").collect();
        let but = acme.makes_key("admin", &others).await;
        let mut count = 0;
        for operation in operations(world) {
            let id = if operation.path.contains("/Users/") { "per_01jd3k7x2mfq8t9v5w6y0zabcd" } else { "grp_01jd3k7x2mfq8t9v5w6y0zabcd" };
            for client in [world.anonymous(), acme.bearing("garbage"), world.operator()] {
                refused(call(world, &client, operation, id).await, 401, None);
            }
            refused(call(world, &but, operation, id).await, 403, None);
            count += 1;
        }
        assert!(count >= 15, "the document has SCIM operations");
    }

    async fn what_is_anothers_is_answered_like_what_is_nobodys(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let (north, south) = (acme.adds_partner("North").await, acme.adds_partner("South").await);
        let (north, south) = (bound_key(&acme, &north.id).await, bound_key(&acme, &south.id).await);
        let directories = [acme.client().clone(), rival.client().clone(), north, south];
        for (own, directory) in directories.iter().enumerate() {
            for (_, others) in directories.iter().enumerate().filter(|(other, _)| *other != own) {
                let things = things(others).await;
                for operation in operations(world).filter(|operation| operation.path.contains("{id}")) {
                    let (root, theirs) = things.iter().find(|(root, _)| operation.path.starts_with(root)).expect("a thing");
                    let nobody = kernel::id::write(if *root == "/scim/v2/Users/" { "per" } else { "grp" }, kernel::id::fresh());
                    let (foreign, missing) = (call(world, directory, operation, theirs).await, call(world, directory, operation, &nobody).await);
                    assert_eq!(foreign.status, 404, "{foreign}");
                    assert_eq!(told(&foreign), told(&missing));
                    refused(call(world, directory, operation, "%00'%22").await, 404, None);
                }
                for list in ["Users", "Groups"] {
                    let seen = directory.get(format!("/scim/v2/{list}?count=200")).await.expect(200);
                    let ids: Vec<_> = seen["Resources"].as_array().into_iter().flatten().filter_map(|one| one["id"].as_str()).collect();
                    assert!(!things.iter().any(|(_, thing)| ids.contains(&thing.as_str())), "{seen}");
                }
            }
        }
    }

    async fn a_partners_directory_provisions_its_own_people_only(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let directory = bound_key(&acme, &northwind.id).await;
        let jo = adds(&directory, "jo@northwind.example").await.id();
        let person = acme.get(format!("/v1/people/{jo}")).await.expect(200);
        assert_eq!((person.text("partner_id"), person.text("role")), (northwind.id.clone(), "sales".into()));
        // A member of another directory is not one that this one knows.
        let own = adds(&acme, "own@contoso.example").await.id();
        refused(directory.post("/scim/v2/Groups", json!({"displayName": "G", "members": [{"value": own}]})).await, 400, Some("invalidValue"));
        // The key reaches its partner only, everywhere; and not while that is suspended.
        let south = acme.adds_partner("South").await;
        directory.get(format!("/v1/partners/{}", south.id)).await.refused(404, "not_found");
        acme.post("/v1/api-keys", json!({"name": "x", "role": "admin", "partner_id": northwind.id})).await.invalid_at("/role");
        acme.post("/v1/api-keys", json!({"name": "x", "role": "sales"})).await.invalid_at("/role");
        acme.post(format!("/v1/partners/{}/suspend", northwind.id), json!({"reason": "Unpaid."})).await.expect(200);
        refused(directory.get("/scim/v2/Users").await, 401, None);
    }

    async fn what_scim_supports_is_said_to_anybody(world) {
        let config = world.anonymous().get("/scim/v2/ServiceProviderConfig").await.expect(200);
        assert_eq!((config["patch"]["supported"].clone(), config["bulk"]["supported"].clone()), (json!(true), json!(false)));
        for list in ["Schemas", "ResourceTypes"] {
            let all = world.anonymous().get(format!("/scim/v2/{list}")).await.expect(200);
            for one in all["Resources"].as_array().expect("resources") {
                let path = one["meta"]["location"].as_str().expect("a location").trim_start_matches("https://prm.test").to_owned();
                assert_eq!(world.anonymous().get(path).await.expect(200).body, *one);
            }
        }
    }
}
