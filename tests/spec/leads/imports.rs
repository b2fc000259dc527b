//! Imports of leads.

use super::*;

const ROWS: usize = 600;

spec! {
    async fn an_import_brings_leads_that_are_handed_out_and_doubles_nothing(world) {
        let (acme, _) = partners(world, &["Northwind", "Southridge"]).await;
        let file = "external_id,company,country,contact_name,contact_email,interests,amount\n\
            L-1,Alpha,DE,Ada Byron,ada@alpha.example,robots; arms,1000\nL-2,Bravo,Germany,,,,\nL-3,Charlie,DE,,,,\n";
        let import = json!({ "resource": "leads", "format": "csv", "currency": "EUR", "content": file });
        for round in 0..2 {
            let id = acme.post("/v1/imports", import.clone()).await.expect(202).id();
            world.settle().await;
            let done = acme.get(format!("/v1/imports/{id}")).await.expect(200);
            let progress = &done["progress"];
            let counts = [&progress["created"], &progress["unchanged"], &progress["refused"]].map(|count| count.as_i64().unwrap_or_default());
            assert_eq!((&done["status"], counts), (&json!("succeeded"), if round == 0 { [2, 0, 1] } else { [0, 2, 1] }), "{done}");
            let refused = acme.get(format!("/v1/imports/{id}/errors")).await.expect(200);
            assert_eq!((&refused["data"][0]["line"], &refused["data"][0]["errors"][0]["pointer"]), (&json!(3), &json!("/country")), "{refused}");
        }
        let leads = acme.all("/v1/leads").await;
        assert_eq!(leads.iter().map(|lead| lead["status"].as_str()).collect::<Vec<_>>(), [Some("offered"), Some("offered")]);
        assert_eq!((&leads[1]["interests"], &leads[1]["contact"]["name"]), (&json!(["robots", "arms"]), &json!("Ada Byron")));
        let checked = with(import, json!({ "validate_only": true, "content": "external_id,company,country\nL-9,Delta,DE\n" }));
        acme.post("/v1/imports", checked).await.expect(202);
        world.settle().await;
        assert_eq!(acme.all("/v1/leads").await.len(), 2);
    }

    async fn a_killed_import_goes_on_where_it_stood(world) {
        let acme = world.vendor("Acme").await;
        publishes(&acme, json!({ "on_duplicate": "distribute" })).await;
        let file = (0..ROWS).fold("external_id,company,country\n".to_owned(), |file, n| file + &format!("L-{n},Company {n} of many,DE\n"));
        let id = acme.post("/v1/imports", json!({ "resource": "leads", "format": "csv", "content": file })).await.expect(202).id();
        crm::imports::step(world.app(), 1).await.unwrap();
        assert_eq!(acme.get(format!("/v1/imports/{id}")).await.expect(200)["progress"]["created"], 500);
        world.another_instance().await.settle().await;
        let done = acme.get(format!("/v1/imports/{id}")).await.expect(200);
        assert_eq!((&done["status"], &done["progress"]["created"]), (&json!("succeeded"), &json!(ROWS)), "{done}");
        assert_eq!(world.number("SELECT COUNT(*) FROM leads").await, ROWS as i64);
        assert_eq!(world.number("SELECT COUNT(*) FROM leads WHERE status = 'unplaced'").await, ROWS as i64, "there is no partner");
    }
}
