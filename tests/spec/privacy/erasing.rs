//! Erasing: what goes, what stays, and what is told.

use super::*;

spec! {
    async fn whoever_is_erased_leaves_no_working_key(world) {
        let acme = world.vendor("Acme").await;
        let kim = acme.adds_colleague("finance").await.id();
        let key = json!({ "name": "Kim's script", "role": "finance", "owner_id": kim });
        let key = acme.bearing(&acme.post("/v1/api-keys", key).await.expect(201).text("secret"));
        key.get("/v1/vendor").await.expect(200);
        acme.post(format!("/v1/people/{kim}/erase"), json!(null)).await.expect(202);
        key.get("/v1/vendor").await.refused(401, "auth.required");
    }

    async fn a_person_is_erased_and_the_log_stays_whole(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let sam = northwind.person("sales").await;
        let deal = sam.registers(resale("Fabrikam")).await.id();
        world.settle().await;
        let before = acme.get("/v1/log-checkpoints?limit=1").await.expect(200)["data"][0].clone();
        let created = told(&acme, &["person.created"]).await;
        assert_eq!((&created[0]["data"]["person"]["name"], &created[0]["data"]["person"]["email"]), (&json!("Somebody"), &json!(sam.email)));
        let entry = acme.get(format!("/v1/log-entries/{}", created[0]["sequence"])).await.expect(200);

        let erasure = acme.post(format!("/v1/people/{}/erase", sam.id), json!(null)).idempotency_key("once").await.expect(202);
        assert_eq!((&erasure["person_id"], &erasure["status"]), (&json!(sam.id), &json!("running")));
        // At once.
        sam.get("/v1/deals").await.refused(401, "auth.required");
        let person = acme.get(format!("/v1/people/{}", sam.id)).await.expect(200);
        assert_eq!((person.text("name"), person.text("email")), ("[erased]".into(), format!("{}@erased.invalid", sam.id)));
        assert_eq!((person.text("status"), &person["revision"]), ("deactivated".into(), &json!(2)));
        let created = told(&acme, &["person.created"]).await;
        assert_eq!(created[0]["data"]["person"]["name"], "[erased]");
        assert_eq!(created[0]["data"]["person"]["email"], "erased@erased.invalid");
        let kinds: Vec<_> = log_of(&acme).await.iter().rev().take(3).map(|event| event["type"].clone()).collect();
        assert_eq!(kinds, ["erasure.created", "person.erased", "person.deactivated"]);

        world.settle().await;
        let done = acme.get(format!("/v1/privacy/erasures/{}", erasure.id())).await.expect(200);
        assert_eq!((done.text("status"), done["finished_at"].is_string()), ("finished".into(), true));
        assert_eq!(acme.get("/v1/privacy/erasures").await.expect(200).rows().len(), 1);
        // What was done stays, and so does every hash.
        assert_eq!(acme.deal(&deal).await.text("status"), "approved");
        assert_eq!(acme.get(format!("/v1/log-entries/{}", created[0]["sequence"])).await.expect(200).body, entry.body);
        assert_eq!(acme.get(format!("/v1/log-checkpoints/{}", before["size"])).await.expect(200).body, before);
        assert_whole(world, &acme).await;
        // Once is enough, and there is no way back.
        assert_eq!(acme.post(format!("/v1/people/{}/erase", sam.id), json!(null)).idempotency_key("once").await.expect(202).body, erasure.body);
        acme.post(format!("/v1/people/{}/erase", sam.id), json!(null)).await.refused(409, "person.erased");
        acme.patch(format!("/v1/people/{}", sam.id), json!({ "status": "active" })).if_match(person.etag()).await.refused(409, "person.erased");
        // The address is free for whoever it belongs to.
        let body = json!({ "name": "Sam", "email": sam.email, "role": "sales", "partner_id": northwind.id });
        acme.post("/v1/people", body).await.expect(201);
        let named: Vec<_> = told(&acme, &["person.created"]).await.iter().map(|event| event["data"]["person"]["name"].clone()).collect();
        assert_eq!(named, ["[erased]", "Sam"]);
    }

    async fn the_last_admin_is_not_erased(world) {
        let acme = world.vendor("Acme").await;
        let (first, second) = (acme.adds_colleague("admin").await.id(), acme.adds_colleague("admin").await.id());
        acme.post(format!("/v1/people/{first}/erase"), json!(null)).await.expect(202);
        acme.post(format!("/v1/people/{second}/erase"), json!(null)).await.refused(409, "person.last_admin");
        assert_eq!(acme.get(format!("/v1/people/{second}")).await.expect(200)["status"], "active");
    }

    async fn a_contact_is_erased_by_address_and_others_stay(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let contact = json!({ "name": "Ada Byron", "email": "Ada@fabrikam.example", "phone": "+49 30 1" });
        let hers = acme.registers(northwind.gets(deal_with(contact))).await.id();
        let other = acme.registers(northwind.gets(deal_with(json!({ "name": "Ada Byron", "email": "other@fabrikam.example" })))).await.id();
        acme.put("/v1/opportunities/O-1", json!({ "name": "Robots", "status": "open", "owner": "ada@fabrikam.example" })).await.expect(201);
        acme.post("/v1/privacy/erasures", json!({ "email": "ADA@fabrikam.example" })).await.expect(202);
        assert_eq!(acme.deal(&hers).await["customer"]["contact"], json!({ "name": "[erased]" }));
        assert_eq!(acme.deal(&other).await["customer"]["contact"]["name"], "Ada Byron");
        assert_eq!(acme.get("/v1/opportunities/O-1").await.expect(200)["owner"], "[erased]");
        let told = told(&acme, &["deal.approved", "deal.updated", "opportunity.created", "opportunity.updated"]).await;
        let told: Vec<_> = told.iter().map(|event| (event["type"].as_str().unwrap_or_default(), event["subject"]["id"] == hers.as_str(),
            event["data"]["deal"]["customer"]["contact"].clone(), event["data"]["opportunity"]["owner"].clone())).collect();
        let gone = json!({ "name": "[erased]", "email": "erased@erased.invalid", "phone": "[erased]" });
        let kept = json!({ "name": "Ada Byron", "email": "other@fabrikam.example" });
        assert_eq!(told, [
            ("deal.approved", true, gone, json!(null)),
            ("deal.approved", false, kept, json!(null)),
            ("opportunity.created", false, json!(null), json!("[erased]")),
            ("opportunity.updated", false, json!(null), json!("[erased]")),
            ("deal.updated", true, json!({ "name": "[erased]" }), json!(null)),
        ]);
        world.settle().await;
        assert_whole(world, &acme).await;
        // A deal whose contact is gone goes on.
        acme.moves(&hers, "close", json!({ "outcome": "won" })).await.expect(200);
    }

    async fn writers_wait_while_the_files_are_cleaned_and_nothing_is_lost(world [connections = 8]) {
        let acme = world.vendor("Acme").await;
        let writing = tokio::spawn({
            let acme = acme.clone();
            async move {
                for _ in 0..20 {
                    join_all((0..3).map(|_| acme.makes_key("finance", &[]))).await;
                }
            }
        });
        let mut erased = 0;
        while !writing.is_finished() || erased < 3 {
            acme.post("/v1/privacy/erasures", json!({ "email": format!("nobody-{erased}@x.example") })).await.expect(202);
            world.settle().await;
            erased += 1;
        }
        writing.await.expect("the writers");
        world.settle().await;
        assert_eq!(world.number("SELECT COUNT(*) FROM erasures WHERE finished_at IS NULL").await, 0);
        // The vendor and its key, sixty more, and two for each erasure.
        assert_eq!(log_of(&acme).await.len(), 62 + 2 * erased);
        assert_whole(world, &acme).await;
    }

    async fn what_changes_with_an_erasure_is_not_sealed_with_a_new_key(world) {
        let acme = world.vendor("Acme").await;
        let sam = acme.adds_partner("Northwind").await.person("sales").await;
        sam.signs_in(&["pwd"]).await;
        assert_eq!(world.number("SELECT COUNT(*) FROM personal_keys").await, 1);
        acme.post(format!("/v1/people/{}/erase", sam.id), json!(null)).await.expect(202);
        assert_eq!(world.number("SELECT COUNT(*) FROM personal_keys").await, 0);
        let devices: Vec<_> = told(&acme, &["session.started", "session.ended"]).await.iter().map(|event| event["data"]["session"]["device"].clone()).collect();
        assert_eq!(devices, [json!("[erased]"), json!(null)]);
    }

    async fn whoever_is_a_person_is_erased_as_one(world) {
        let acme = world.vendor("Acme").await;
        let sam = acme.adds_partner("Northwind").await.person("sales").await;
        acme.post("/v1/privacy/erasures", json!({ "email": sam.email.to_uppercase() })).await.refused(409, "privacy.is_a_person");
    }

    async fn no_vendor_erases_anothers_contact(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let mut deals = Vec::new();
        for vendor in [&acme, &rival] {
            let northwind = vendor.adds_partner("Northwind").await;
            deals.push(vendor.registers(northwind.gets(deal_with(json!({ "name": "Ada", "email": "ada@x.example" })))).await.id());
        }
        acme.post("/v1/privacy/erasures", json!({ "email": "ada@x.example" })).await.expect(202);
        assert_eq!(acme.deal(&deals[0]).await["customer"]["contact"]["name"], "[erased]");
        assert_eq!(rival.deal(&deals[1]).await["customer"]["contact"]["name"], "Ada");
        assert_eq!(told(&rival, &["deal.approved"]).await[0]["data"]["deal"]["customer"]["contact"]["name"], "Ada");
        let person = rival.adds_colleague("finance").await.id();
        acme.post(format!("/v1/people/{person}/erase"), json!(null)).await.refused(404, "not_found");
    }

    async fn another_instance_forgets_the_key_too(world) {
        let acme = world.vendor("Acme").await;
        let sam = acme.adds_partner("Northwind").await.person("sales").await;
        let other = world.another_instance().await;
        let (_one, _two) = (world.main.run(), other.run());
        let there = other.bearing(&acme.key);
        let name = async || {
            let events = there.get("/v1/events?type=person.created").await.expect(200);
            events["data"][0]["data"]["person"]["email"].as_str().unwrap_or_default().to_owned()
        };
        assert_eq!(name().await, sam.email);
        acme.post(format!("/v1/people/{}/erase", sam.id), json!(null)).await.expect(202);
        // On SQLite there is one process: its readers are told by nobody. The bound is a minute.
        if world.on == On::Sqlite {
            world.clock.advance(seconds(61));
        }
        let mut looks = 0;
        while name().await == sam.email {
            looks += 1;
            assert!(looks < 1_000, "the other instance hears of the erasure");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }
}
