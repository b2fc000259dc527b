//! PATCH as directories write it, after the public documentation of Okta and of Microsoft Entra (as it was, and with `aadOptscim062020`).

use super::*;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

spec! {
    async fn okta_replaces_by_a_value_object_without_a_path(world) {
        let acme = world.vendor("Acme").await;
        let jo = adds(&acme, "jo@contoso.example").await.id();
        let path = format!("/scim/v2/Users/{jo}");
        let off = acme.patch(&path, patch(json!([{"op": "replace", "value": {"active": false}}]))).await.expect(200);
        assert_eq!(off["active"], false);
        let on = acme.patch(&path, patch(json!([{"op": "replace", "value": {"active": true, "id": jo, "name": {"givenName": "Jo"}}}]))).await.expect(200);
        assert_eq!((on["active"].clone(), on["name"]["givenName"].clone()), (json!(true), json!("Jo")));
    }

    async fn okta_moves_members_of_a_group(world) {
        let acme = world.vendor("Acme").await;
        let (jo, sam) = (adds(&acme, "jo@contoso.example").await.id(), adds(&acme, "sam@contoso.example").await.id());
        let group = groups(&acme, "Buyers", &[&jo]).await.id();
        let path = format!("/scim/v2/Groups/{group}");
        let rename = json!([{"op": "replace", "value": {"id": group, "displayName": "Purchasing"}}]);
        acme.patch(&path, patch(rename)).await.expect(204);
        let swap = json!([
            {"op": "remove", "path": format!("members[value eq \"{jo}\"]")},
            {"op": "add", "path": "members", "value": [{"value": sam, "display": "sam@contoso.example"}]},
        ]);
        assert_eq!(acme.patch(&path, patch(swap)).await.expect(204).etag(), "W/\"3\"");
        let now = acme.get(&path).await.expect(200);
        assert_eq!((now["displayName"].clone(), now["members"][0]["value"].clone(), now["members"].as_array().map(Vec::len)), (json!("Purchasing"), json!(sam), Some(1)));
        acme.patch(&path, patch(json!([{"op": "replace", "path": "members", "value": [{"value": jo}, {"value": sam}]}]))).await.expect(204);
        assert_eq!(acme.get(&path).await["members"].as_array().map(Vec::len), Some(2));
    }

    async fn entra_as_it_was_writes_texts_for_booleans_and_operations_in_capitals(world) {
        let acme = world.vendor("Acme").await;
        let jo = adds(&acme, "jo@contoso.example").await.id();
        let path = format!("/scim/v2/Users/{jo}");
        let operations = json!([
            {"op": "Replace", "path": "active", "value": "False"},
            {"op": "Add", "path": "emails[type eq \"work\"].value", "value": "work@contoso.example"},
            {"op": "Replace", "path": "name.familyName", "value": "Alvarez"},
            {"op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Sales"},
            {"op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "26118915-6090-4610-87e4-49d8ca9f808d"},
            {"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+49 1"},
            {"op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Berlin"},
        ]);
        let now = acme.patch(&path, patch(operations)).await.expect(200);
        assert_eq!((now["active"].clone(), now["name"]["familyName"].clone()), (json!(false), json!("Alvarez")));
        assert_eq!(now["emails"], json!([{"value": "work@contoso.example", "type": "work"}]));
        assert_eq!(now[ENTERPRISE], json!({"department": "Sales", "manager": {"value": "26118915-6090-4610-87e4-49d8ca9f808d"}}));
        assert_eq!(now["phoneNumbers"], json!([{"value": "+49 1", "type": "mobile"}]));
        assert_eq!(now["addresses"], json!([{"locality": "Berlin", "type": "work"}]));
        assert_eq!(acme.get(format!("/v1/people/{jo}")).await["email"], "work@contoso.example");
    }

    async fn entra_writes_paths_as_the_names_of_a_value_object(world) {
        let acme = world.vendor("Acme").await;
        let path = format!("/scim/v2/Users/{}", adds(&acme, "jo@contoso.example").await.id());
        let operations = json!([{"op": "replace", "value": {
            "displayName": "Jo A", "name.givenName": "Jo", "name.familyName": "Alvarez", "emails[type eq \"work\"].value": "jo.a@contoso.example",
            (format!("{ENTERPRISE}:employeeNumber")): "7", "unheardOf.thing": 1, "nonsense[": true, "active": "True"}}]);
        let now = acme.patch(&path, patch(operations)).await.expect(200);
        assert_eq!(now["name"], json!({"givenName": "Jo", "familyName": "Alvarez"}));
        assert_eq!((now["displayName"].clone(), now["emails"][0]["value"].clone()), (json!("Jo A"), json!("jo.a@contoso.example")));
        assert_eq!((now[ENTERPRISE]["employeeNumber"].clone(), now["active"].clone()), (json!("7"), json!(true)));
        let whole = patch(json!([{"op": "add", "value": {ENTERPRISE: {"department": "Sales"}}}]));
        assert_eq!(acme.patch(&path, whole).await.expect(200)[ENTERPRISE], json!({"department": "Sales", "employeeNumber": "7"}));
    }

    async fn entra_as_it_was_removes_members_by_a_list_of_values(world) {
        let acme = world.vendor("Acme").await;
        let (jo, sam) = (adds(&acme, "jo@contoso.example").await.id(), adds(&acme, "sam@contoso.example").await.id());
        let path = format!("/scim/v2/Groups/{}", groups(&acme, "Buyers", &[&jo, &sam]).await.id());
        acme.patch(&path, patch(json!([{"op": "Remove", "path": "members", "value": [{"value": jo}]}]))).await.expect(204);
        let now = acme.get(&path).await.expect(200);
        assert_eq!((now["members"][0]["value"].clone(), now["members"].as_array().map(Vec::len)), (json!(sam), Some(1)));
        acme.patch(&path, patch(json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": jo}]}]))).await.expect(204);
        acme.patch(&path, patch(json!([{"op": "Remove", "path": "members"}]))).await.expect(204);
        assert!(acme.get(&path).await["members"].is_null());
    }

    async fn entra_gives_roles_by_the_primary_one(world) {
        let acme = world.vendor("Acme").await;
        let jo = adds(&acme, "jo@contoso.example").await.id();
        let path = format!("/scim/v2/Users/{jo}");
        acme.patch(&path, patch(json!([{"op": "Add", "path": "roles[primary eq \"True\"].value", "value": "finance"}]))).await.expect(200);
        assert_eq!(acme.get(format!("/v1/people/{jo}")).await["role"], "finance");
        let wrapped = json!([{"op": "Replace", "path": "roles", "value": [{"value": "{\"id\":\"1\",\"value\":\"channel_manager\",\"displayName\":\"CM\"}"}]}]);
        acme.patch(&path, patch(wrapped)).await.expect(200);
        assert_eq!(acme.get(format!("/v1/people/{jo}")).await["role"], "channel_manager");
        acme.patch(&path, patch(json!([{"op": "Remove", "path": "roles"}]))).await.expect(200);
        assert_eq!(acme.get(format!("/v1/people/{jo}")).await["role"], "marketing");
    }

    async fn a_patch_that_cannot_be_carried_out_changes_nothing(world) {
        let acme = world.vendor("Acme").await;
        let jo = adds(&acme, "jo@contoso.example").await;
        let path = format!("/scim/v2/Users/{}", jo.id());
        for (operation, keyword) in [
            (json!({"op": "replace", "path": "id", "value": "x"}), "mutability"),
            (json!({"op": "add", "path": "groups", "value": [{"value": "x"}]}), "mutability"),
            (json!({"op": "remove", "path": "userName"}), "mutability"),
            (json!({"op": "remove", "path": "active"}), "mutability"),
            (json!({"op": "replace", "path": "emails[", "value": "x"}), "invalidPath"),
            (json!({"op": "replace", "path": "unheardOf", "value": "x"}), "invalidPath"),
            (json!({"op": "replace", "path": "title[value eq 1]", "value": "x"}), "invalidPath"),
            (json!({"op": "replace", "path": "emails[type ne \"work\"].value", "value": "x"}), "noTarget"),
            (json!({"op": "remove"}), "noTarget"),
            (json!({"op": "replace", "path": "active", "value": "never"}), "invalidValue"),
            (json!({"op": "replace", "value": "x"}), "invalidValue"),
            (json!({"op": "copy", "path": "title", "value": "x"}), "invalidSyntax"),
            (json!("remove"), "invalidSyntax"),
        ] {
            let body = patch(json!([{"op": "replace", "path": "title", "value": "Changed"}, operation]));
            refused(acme.patch(&path, body).await, 400, Some(keyword));
        }
        refused(acme.patch(&path, patch(json!([]))).await, 400, Some("invalidSyntax"));
        assert_eq!(acme.get(&path).await.body, jo.body);
    }
}
