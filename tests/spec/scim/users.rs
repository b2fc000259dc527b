//! People as a directory adds, changes and deletes them.

use super::*;

spec! {
    async fn a_user_is_a_person_of_the_program(world) {
        let acme = world.vendor("Acme").await;
        let made = acme.post("/scim/v2/Users", json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
            "userName": "Jo.Alvarez@Contoso.example", "externalId": "00u1", "name": {"givenName": "Jo", "familyName": "Alvarez"},
            "emails": [{"value": "jo@contoso.example", "type": "work", "primary": true}], "title": "Buyer", "password": "t1meMa$heen",
            "nonsense": {"kept": false}, "id": "mine", "meta": {"version": "x"},
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Sales", "manager": {"value": "m1"}}
        })).await.expect(201);
        assert_eq!((made.header("content-type"), made.etag().as_str()), (Some("application/scim+json"), "W/\"1\""));
        assert_eq!(made.header("location"), made["meta"]["location"].as_str());
        assert_eq!((made["active"].clone(), made["userName"].clone(), made["title"].clone()), (json!(true), json!("Jo.Alvarez@Contoso.example"), json!("Buyer")));
        assert!(made["password"].is_null() && made["nonsense"].is_null() && made["meta"]["version"] == "W/\"1\"", "{made}");
        let person = acme.get(format!("/v1/people/{}", made.id())).await.expect(200);
        assert_eq!((person.text("email"), person.text("name"), person.text("role")), ("jo@contoso.example".into(), "Jo Alvarez".into(), "marketing".into()));
        let read = acme.get(format!("/scim/v2/Users/{}", made.id())).await.expect(200);
        assert_eq!(read.body, made.body);
        assert_eq!(acme.get(format!("/scim/v2/Users/{}", made.id())).header("if-none-match", "W/\"1\"").await.expect(304).bytes.len(), 0);
    }

    async fn whoever_is_there_already_is_found_by_address_and_taken_over(world) {
        let acme = world.vendor("Acme").await;
        let jo = acme.post("/v1/people", json!({"name": "Jo", "email": "jo@contoso.example", "role": "finance"})).await.expect(201).id();
        assert_eq!(found(&acme, "Users", r#"userName eq "JO@contoso.example""#).await, std::slice::from_ref(&jo));
        refused(acme.post("/scim/v2/Users", user("jo@contoso.example")).await, 409, Some("uniqueness"));
        let body = patch(json!([{"op": "add", "path": "externalId", "value": "00u1"}]));
        let taken = acme.patch(format!("/scim/v2/Users/{jo}"), body).await.expect(200);
        assert_eq!((taken.text("externalId"), taken["meta"]["version"].clone()), ("00u1".into(), json!("W/\"2\"")));
        assert_eq!(acme.get(format!("/v1/people/{jo}")).await["role"], "finance");
    }

    async fn a_user_name_is_one_in_any_case_and_composition(world) {
        let acme = world.vendor("Acme").await;
        let jose = json!({"userName": "JOSÉ", "emails": [{"value": "a@contoso.example"}]});
        let id = acme.post("/scim/v2/Users", jose).await.expect(201).id();
        let same = json!({"userName": "jose\u{301}", "emails": [{"value": "b@contoso.example"}]});
        refused(acme.post("/scim/v2/Users", same).await, 409, Some("uniqueness"));
        let same_address = json!({"userName": "other", "emails": [{"value": "A@Contoso.example"}]});
        refused(acme.post("/scim/v2/Users", same_address).await, 409, Some("uniqueness"));
        assert_eq!(found(&acme, "Users", "userName eq \"Jose\u{301}\"").await, std::slice::from_ref(&id));
        let other = json!({"userName": "other", "emails": [{"value": "other@contoso.example"}]});
        let other = acme.post("/scim/v2/Users", other).await.expect(201).id();
        let rename = patch(json!([{"op": "replace", "path": "userName", "value": "josé"}]));
        refused(acme.patch(format!("/scim/v2/Users/{other}"), rename).await, 409, Some("uniqueness"));
    }

    async fn a_deleted_user_is_gone_over_scim_and_stays_readable(world) {
        let acme = world.vendor("Acme").await;
        let jo = adds(&acme, "jo@contoso.example").await.id();
        acme.delete(format!("/scim/v2/Users/{jo}")).await.expect(204);
        refused(acme.get(format!("/scim/v2/Users/{jo}")).await, 404, None);
        refused(acme.delete(format!("/scim/v2/Users/{jo}")).await, 404, None);
        assert!(found(&acme, "Users", r#"userName eq "jo@contoso.example""#).await.is_empty());
        assert_eq!(acme.get(format!("/v1/people/{jo}")).await.expect(200)["status"], "deactivated");
        // Hired again: the same person, whom the log knows.
        let again = adds(&acme, "Jo@contoso.example").await;
        assert_eq!((again.id(), again["active"].clone()), (jo.clone(), json!(true)));
        assert_eq!(acme.get(format!("/v1/people/{jo}")).await["status"], "active");
    }

    async fn nothing_is_written_when_nothing_changes(world) {
        let acme = world.vendor("Acme").await;
        let jo = adds(&acme, "jo@contoso.example").await;
        let path = format!("/scim/v2/Users/{}", jo.id());
        let before = acme.all("/v1/events").await.len();
        acme.put(&path, user("jo@contoso.example")).await.expect(200);
        let same = acme.patch(&path, patch(json!([{"op": "replace", "path": "active", "value": true}, {"op": "remove", "path": "title"}]))).await.expect(200);
        assert_eq!((same.etag(), acme.all("/v1/events").await.len()), (jo.etag(), before));
        acme.patch(&path, patch(json!([{"op": "add", "path": "title", "value": "Buyer"}]))).await.expect(200);
        acme.patch(&path, patch(json!([{"op": "replace", "value": {"active": false}}]))).await.expect(200);
        let kinds: Vec<_> = acme.all("/v1/events").await.iter().skip(before).map(|event| event["type"].clone()).collect();
        assert_eq!(kinds, ["person.updated", "person.deactivated"]);
    }

    async fn a_version_that_was_not_seen_is_not_overwritten(world) {
        let acme = world.vendor("Acme").await;
        let jo = adds(&acme, "jo@contoso.example").await;
        let path = format!("/scim/v2/Users/{}", jo.id());
        let title = |title: &str| patch(json!([{"op": "replace", "path": "title", "value": title}]));
        acme.patch(&path, title("One")).if_match("\"1\"").await.expect(200);
        refused(acme.patch(&path, title("Two")).header("if-match", "W/\"1\"").await, 412, None);
        refused(acme.delete(&path).header("if-match", "W/\"1\"").await, 412, None);
        acme.put(&path, user("jo@contoso.example")).header("if-match", "W/\"2\"").await.expect(200);
        acme.patch(&path, title("Three")).header("if-match", "*").await.expect(200);
    }

    /// One writer of a name wins, and the other is told.
    async fn two_directories_of_one_vendor_race_for_a_name(world [connections = 12]) {
        let acme = world.vendor("Acme").await;
        let other = world.another_instance().await;
        let calls = (0..8).map(|number| {
            let client = if number % 2 == 0 { acme.client().clone() } else { acme.client().at(&other) };
            async move {
                let body = json!({"userName": "jo", "emails": [{"value": format!("jo{number}@contoso.example")}]});
                client.post("/scim/v2/Users", body).await
            }
        });
        let replies = join_all(calls).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
        assert!(replies.iter().all(|reply| matches!(reply.status, 201 | 409)), "{replies:?}");
    }

    async fn a_put_replaces_and_never_brings_a_leaver_back_by_omission(world) {
        let acme = world.vendor("Acme").await;
        let mut sent = user("jo@contoso.example");
        sent["title"] = json!("Buyer");
        sent["active"] = json!("False");
        let made = acme.post("/scim/v2/Users", sent).await.expect(201);
        assert_eq!(made["active"], false);
        let path = format!("/scim/v2/Users/{}", made.id());
        let put = acme.put(&path, user("jo@contoso.example")).await.expect(200);
        assert_eq!((put["title"].clone(), put["active"].clone()), (Value::Null, json!(false)));
    }

    async fn what_a_directory_may_not_send_is_refused(world) {
        let acme = world.vendor("Acme").await;
        for (body, keyword) in [
            (json!({}), "invalidValue"),
            (json!({"userName": "no-address"}), "invalidValue"),
            (json!({"userName": "a@b.example", "active": "perhaps"}), "invalidValue"),
            (json!({"userName": "a@b.example", "name": "Jo"}), "invalidValue"),
            (json!({"userName": "a\u{0}@b.example"}), "invalidValue"),
            (json!({"userName": "a@b.example", "title": "x".repeat(2_000)}), "invalidValue"),
            (json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "userName": "a@b.example"}), "invalidValue"),
            (json!([1]), "invalidSyntax"),
        ] {
            refused(acme.post("/scim/v2/Users", body).await, 400, Some(keyword));
        }
        refused(acme.call(Method::POST, "/scim/v2/Users").raw("application/scim+json", "{").await, 400, Some("invalidSyntax"));
        refused(acme.call(Method::POST, "/scim/v2/Users").raw("text/plain", "{}").await, 415, None);
        refused(acme.call(Method::POST, "/scim/v2/Users").raw("application/scim+json", vec![b' '; 2 << 20]).await, 413, None);
        refused(acme.delete("/scim/v2/Users").await, 405, None);
        refused(acme.get("/scim/v2/Nothing").await, 404, None);
        refused(acme.get("/scim/v2/Me").await, 501, None);
        refused(acme.post("/scim/v2/Bulk", json!({})).await, 501, None);
    }
}
