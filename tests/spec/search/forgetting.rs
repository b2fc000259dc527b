//! What is searched about people goes with them.

use super::*;

spec! {
    async fn an_erased_contact_is_found_no_more_at_once(world) {
        let (acme, northwind, _) = rivals(world).await;
        let contact = json!({ "name": "Anna Schmidt", "email": "anna.schmidt@fabrikam.example" });
        northwind.registers(resale_to(json!({ "name": "Fabrikam", "country": "DE", "contact": contact }))).await;
        let company = json!({ "name": "Fabrikam West", "country": "DE" });
        acme.post("/v1/leads", json!({ "company": company, "contact": contact })).await.expect(201);
        northwind.post("/v1/referrals", json!({ "company": { "name": "Fabrikam East", "country": "DE" }, "contact": contact })).await.expect(201);
        world.settle().await;
        assert_eq!(acme.finds("anna schmidt").await.len(), 3);
        let told = acme.post("/v1/privacy/exports", json!({ "email": "anna.schmidt@fabrikam.example" })).await.expect(200);
        assert!(told.body.to_string().contains("search_documents"), "{told}");
        acme.post("/v1/privacy/erasures", json!({ "email": "anna.schmidt@fabrikam.example" })).await.expect(202);
        world.settle().await;
        for typed in ["anna", "schmidt", "smchidt", "anna.schmidt@fabrikam.example"] {
            let found = acme.searches(typed).await;
            assert!(!found.body.to_string().to_lowercase().contains("schmidt"), "{typed}: {found}");
        }
        assert_eq!(acme.finds("fabrikam").await.len(), 3, "the deal, the lead and the referral stay");
        for table in ["search_documents", "search_postings", "search_terms"] {
            let column = if table == "search_documents" { "body || words" } else { "word" };
            assert_eq!(world.number(&format!("SELECT count(*) FROM {table} WHERE {column} LIKE '%schmidt%'")).await, 0, "{table}");
        }
    }

    async fn an_erased_person_is_found_no_more(world) {
        let acme = world.vendor("Acme").await;
        let person = acme.post("/v1/people", json!({ "name": "Zoe Zimmer", "email": "zoe@acme.example", "role": "finance" })).await.expect(201).id();
        acme.post("/v1/people", json!({ "name": "Zoe Other", "email": "other@acme.example", "role": "finance" })).await.expect(201);
        world.settle().await;
        assert_eq!(acme.finds("zoe").await.len(), 2);
        acme.post(format!("/v1/people/{person}/erase"), json!(null)).await.expect(202);
        world.settle().await;
        assert_eq!(acme.finds("zoe").await, ["Zoe Other"]);
        assert!(acme.finds("zimmer").await.is_empty() && acme.finds(&person).await.is_empty() && acme.finds("erased").await.is_empty());
    }
}
