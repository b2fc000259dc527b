//! Groups, and the roles that they give.

use super::*;

async fn role(acme: &Vendor, person: &str) -> String {
    acme.get(format!("/v1/people/{person}")).await.expect(200).text("role")
}

spec! {
    async fn a_group_is_kept_with_its_members(world) {
        let acme = world.vendor("Acme").await;
        let jo = adds(&acme, "jo@contoso.example").await.id();
        let group = groups(&acme, "Buyers", &[&jo]).await;
        assert_eq!(group["members"][0]["$ref"], format!("https://prm.test/scim/v2/Users/{jo}"));
        let user = acme.get(format!("/scim/v2/Users/{jo}")).await.expect(200);
        assert_eq!(user["groups"][0], json!({"value": group.id(), "$ref": group["meta"]["location"], "display": "Buyers", "type": "direct"}));
        refused(acme.post("/scim/v2/Groups", json!({"displayName": "BUYERS"})).await, 409, Some("uniqueness"));
        assert_eq!(found(&acme, "Groups", r#"displayName eq "buyers""#).await, [group.id()]);
        assert_eq!(found(&acme, "Groups", &format!("members[value eq \"{jo}\"]")).await, [group.id()]);
        let without = acme.get("/scim/v2/Groups?excludedAttributes=members").await.expect(200);
        assert!(without["Resources"][0]["members"].is_null() && without["Resources"][0]["displayName"] == "Buyers");
        for members in [json!([{"value": "nobody"}]), json!([{"value": kernel::id::write("per", kernel::id::fresh())}]), json!([{"value": group.id()}])] {
            refused(acme.post("/scim/v2/Groups", json!({"displayName": "Other", "members": members})).await, 400, Some("invalidValue"));
        }
        acme.delete(format!("/scim/v2/Groups/{}", group.id())).await.expect(204);
        refused(acme.get(format!("/scim/v2/Groups/{}", group.id())).await, 404, None);
        let kinds: Vec<_> = acme.all("/v1/events").await.iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect();
        assert_eq!(kinds.iter().filter(|kind| kind.starts_with("directory_group")).collect::<Vec<_>>(), ["directory_group.created", "directory_group.deleted"]);
    }

    async fn a_group_that_is_mapped_to_a_role_gives_it_and_takes_it_back(world) {
        let acme = world.vendor("Acme").await;
        let (jo, sam) = (adds(&acme, "jo@contoso.example").await.id(), adds(&acme, "sam@contoso.example").await.id());
        let group = groups(&acme, "Channel Team", &[&jo]).await.id();
        assert_eq!(role(&acme, &jo).await, "marketing");
        acme.put(format!("/v1/directory-groups/{group}/role"), json!({"role": "channel_manager"})).await.expect(200);
        assert_eq!(role(&acme, &jo).await, "channel_manager");
        let path = format!("/scim/v2/Groups/{group}");
        acme.patch(&path, patch(json!([{"op": "add", "path": "members", "value": [{"value": sam}]}]))).await.expect(204);
        assert_eq!(role(&acme, &sam).await, "channel_manager");
        // By its name alone; of two, the role with more permissions holds.
        let finance = groups(&acme, "finance", &[&sam]).await.id();
        assert_eq!(role(&acme, &sam).await, "channel_manager");
        acme.patch(&path, patch(json!([{"op": "remove", "path": format!("members[value eq \"{sam}\"]")}]))).await.expect(204);
        assert_eq!(role(&acme, &sam).await, "finance");
        acme.delete(format!("/scim/v2/Groups/{finance}")).await.expect(204);
        assert_eq!(role(&acme, &sam).await, "marketing");
        acme.put(format!("/v1/directory-groups/{group}/role"), json!({})).await.expect(200);
        assert_eq!(role(&acme, &jo).await, "marketing");
        acme.put(format!("/v1/directory-groups/{group}/role"), json!({"role": "sales"})).await.invalid_at("/role");
    }

    async fn no_directory_gives_more_than_its_key_may(world) {
        let acme = world.vendor("Acme").await;
        let marketing = access::Role::Marketing.permissions().iter().map(|permission| permission.wire());
        let scopes: Vec<_> = std::iter::once("scim:manage").chain(marketing).collect();
        let key = acme.makes_key("admin", &scopes).await;
        let jo = adds(&key, "jo@contoso.example").await.id();
        let admins = groups(&acme, "admin", &[]).await.id();
        let join = patch(json!([{"op": "add", "path": "members", "value": [{"value": jo}]}]));
        refused(key.patch(format!("/scim/v2/Groups/{admins}"), join).await, 403, None);
        let roles = json!({"userName": "sam@contoso.example", "roles": [{"value": "admin"}]});
        refused(key.post("/scim/v2/Users", roles).await, 403, None);
        assert_eq!(role(&acme, &jo).await, "marketing");
        // It neither becomes an admin by an admin's address nor lets one in again; but whoever leaves, leaves.
        let boss = acme.post("/v1/people", json!({"name": "Boss", "email": "boss@contoso.example", "role": "admin"})).await.expect(201).id();
        let path = format!("/scim/v2/Users/{boss}");
        refused(key.patch(&path, patch(json!([{"op": "replace", "path": "userName", "value": "jo2@contoso.example"}]))).await, 403, None);
        key.patch(&path, patch(json!([{"op": "replace", "value": {"active": false}}]))).await.expect(200);
        refused(key.patch(&path, patch(json!([{"op": "replace", "value": {"active": true}}]))).await, 403, None);
    }

    async fn a_keys_default_role_is_that_of_the_people_it_adds(world) {
        let acme = world.vendor("Acme").await;
        let made = acme.post("/v1/api-keys", json!({"name": "Directory", "role": "admin", "default_role": "finance"})).await.expect(201);
        let jo = adds(&acme.bearing(&made.text("secret")), "jo@contoso.example").await.id();
        assert_eq!(role(&acme, &jo).await, "finance");
        acme.post("/v1/api-keys", json!({"name": "x", "role": "finance", "default_role": "admin"})).await.invalid_at("/default_role");
        acme.post("/v1/api-keys", json!({"name": "x", "role": "admin", "default_role": "sales"})).await.invalid_at("/default_role");
    }
}
