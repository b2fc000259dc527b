//! Contacts at partners: who is there for what, who is asked first, and what becomes of them when they come in or are erased.

use crate::prelude::*;

fn contacts(partner: &Partner) -> String {
    format!("/v1/partners/{}/contacts", partner.id)
}

spec! {
    async fn of_each_function_one_contact_is_asked_first(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let first = acme.post(contacts(&northwind), json!({ "name": "Jo Winter", "email": "Jo@Northwind.example", "primary_for": ["sales", "finance"] })).await.expect(201);
        assert_eq!((&first["email"], &first["functions"], &first["primary_for"]), (&json!("jo@northwind.example"), &json!(["sales", "finance"]), &json!(["finance", "sales"])));
        let second = acme.post(contacts(&northwind), json!({ "name": "Al Sommer", "functions": ["technical"], "primary_for": ["sales"] })).await.expect(201);
        assert_eq!(second["functions"], json!(["sales", "technical"]));
        let primary = |id: String| { let acme = acme.clone(); let list = contacts(&northwind); async move { acme.get(format!("{list}/{id}")).await.expect(200)["primary_for"].clone() } };
        assert_eq!((primary(first.id()).await, primary(second.id()).await), (json!(["finance"]), json!(["sales"])));
        assert_eq!(acme.all(&format!("{}?function=technical", contacts(&northwind))).await.len(), 1);
        let path = format!("{}/{}", contacts(&northwind), second.id());
        let changed = acme.patch(&path, json!({ "functions": ["technical"] })).if_match(1).await.expect(200);
        assert_eq!((&changed["functions"], &changed["primary_for"]), (&json!(["technical"]), &json!([])), "who leaves a function is not asked first");
        acme.delete(&path).await.expect(204);
        acme.get(&path).await.refused(404, "not_found");
    }

    async fn a_partners_own_administrator_keeps_its_contacts_and_no_others(world) {
        let acme = world.vendor("Acme").await;
        let (northwind, fabrikam) = (acme.adds_partner("Northwind").await, acme.adds_partner("Fabrikam").await);
        let (admin, engineer) = (northwind.person("partner_admin").await, northwind.person("engineer").await);
        let made = admin.post(contacts(&northwind), json!({ "name": "Jo Winter" })).await.expect(201).id();
        admin.post(contacts(&fabrikam), json!({ "name": "Jo Winter" })).await.refused(404, "not_found");
        engineer.get(contacts(&northwind)).await.refused(403, "auth.forbidden");
        let other = fabrikam.person("partner_admin").await;
        other.get(format!("{}/{made}", contacts(&northwind))).await.refused(404, "not_found");
        other.get(format!("{}/{made}", contacts(&fabrikam))).await.refused(404, "not_found");
    }

    async fn a_contact_is_linked_to_the_person_who_comes_in(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let made = acme.post(contacts(&northwind), json!({ "name": "Jo Winter", "email": "jo@northwind.example" })).await.expect(201);
        assert_eq!(made.body.get("person_id"), None);
        let person = json!({ "name": "Jo Winter", "email": "jo@northwind.example", "role": "sales", "partner_id": northwind.id });
        let person = acme.post("/v1/people", person).await.expect(201).id();
        world.settle().await;
        let path = format!("{}/{}", contacts(&northwind), made.id());
        assert_eq!(acme.get(&path).await.expect(200)["person_id"], json!(person));
        let moved = acme.patch(&path, json!({ "email": "jo@elsewhere.example" })).if_match(2).await.expect(200);
        assert_eq!(moved.body.get("person_id"), None);
    }

    async fn an_erased_contact_is_found_nowhere(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let made = acme.post(contacts(&northwind), json!({ "name": "Zyxcanary Winter", "email": "zyxcanary@northwind.example", "phone": "+49 30 77", "job_title": "Zyxcanary" })).await.expect(201);
        acme.post(format!("/v1/partners/{}/deactivate", northwind.id), json!({ "reason": "zyxcanary@northwind.example has left them." })).await.expect(200);
        let export = acme.post("/v1/privacy/exports", json!({ "email": "zyxcanary@northwind.example" })).await.expect(200);
        assert!(export.bytes.windows(9).any(|part| part == b"+49 30 77"), "{export}");
        acme.post("/v1/privacy/erasures", json!({ "email": "zyxcanary@northwind.example" })).await.expect(202);
        world.settle().await;
        let gone = acme.get(format!("{}/{}", contacts(&northwind), made.id())).await.expect(200);
        assert_eq!((&gone["name"], gone.body.get("email"), gone.body.get("phone")), (&json!("[erased]"), None, None));
        let events = acme.all("/v1/events?type=partner_contact.*").await;
        assert!(!json!(events).to_string().contains("zyxcanary"), "{events:?}");
        assert_eq!(acme.get(format!("/v1/partners/{}", northwind.id)).await.expect(200)["status_reason"], "[erased]");
    }
}
