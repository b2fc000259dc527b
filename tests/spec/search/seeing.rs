//! What each caller finds: what it may read, and not a word of anything else.

use super::*;

/// What is told of a search but how far the log was followed.
fn told(reply: &Reply) -> (Value, Value) {
    (reply["data"].clone(), reply["types"].clone())
}

spec! {
    async fn a_partners_people_find_their_own_and_nothing_of_a_rival(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        northwind.registers(resale("Fabrikam")).await;
        southridge.registers(resale("Fabulous Toys")).await;
        acme.put("/v1/accounts/A-1", json!({ "name": "Fabrikam", "country": "DE" })).await.expect(201);
        world.settle().await;
        assert_eq!(northwind.finds("fab").await, ["Fabrikam"]);
        assert_eq!(southridge.finds("fab").await, ["Fabulous Toys"]);
        assert_eq!(northwind.finds("northwind").await, ["Northwind"]);
        for typed in ["fabrikam", "southridge", "southrigde", "toys"] {
            let expected: &[&str] = if typed == "fabrikam" { &["Fabrikam"] } else { &[] };
            assert_eq!(northwind.finds(typed).await, expected, "{typed}");
        }
        assert!(acme.finds("fab").await.len() == 3);
    }

    /// However much a rival has: what is looked at is looked at on one's own shelves.
    async fn a_rivals_many_words_do_not_displace_ones_own(world) {
        let (_, northwind, southridge) = rivals(world).await;
        northwind.registers(resale("Fabzz Limited")).await;
        world.settle().await;
        let before = told(&northwind.searches("fab").await);
        for number in 0..70 {
            let name: String = format!("{number:02}").bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
            southridge.registers(resale(&format!("Fab{name}"))).await;
        }
        world.settle().await;
        assert_eq!(told(&northwind.searches("fab").await), before);
        assert_eq!(southridge.searches("fab").await["types"], json!([{ "type": "deal", "hits": 24 }]), "the likeliest words of many");
    }

    async fn a_type_without_its_permission_is_not_searched(world) {
        let (acme, northwind, _) = rivals(world).await;
        northwind.registers(resale("Fabrikam")).await;
        acme.put("/v1/accounts/A-1", json!({ "name": "Fabrikam", "country": "DE" })).await.expect(201);
        world.settle().await;
        let reader = acme.makes_key("admin", &["crm:read"]).await;
        let found = reader.searches("fabrikam").await;
        assert_eq!(found["types"], json!([{ "type": "account", "hits": 1 }]));
        assert!(reader.get("/v1/search?q=fabrikam&types=deal").await.expect(200).rows().is_empty());
        let none = acme.makes_key("admin", &["rules:read"]).await;
        assert!(none.searches("fabrikam").await.rows().is_empty());
    }

    async fn a_narrowed_reach_narrows_the_search(world) {
        let acme = world.vendor("Acme").await;
        let like = |name: &str, region: &str| json!({ "name": name, "type": "reseller", "region": region });
        let north = acme.adds_partner_like(like("Northwind", "north")).await;
        let south = acme.adds_partner_like(like("Southridge", "south")).await;
        acme.post("/v1/deals", north.gets(resale("Fabrikam North"))).await.expect(201);
        let theirs = acme.post("/v1/deals", south.gets(resale("Fabrikam South"))).await.expect(201).id();
        acme.put("/v1/opportunities/O-1", json!({ "name": "Fabrikam South robots", "status": "open", "deal_id": theirs })).await.expect(201);
        acme.put("/v1/accounts/A-1", json!({ "name": "Fabrikam", "country": "DE" })).await.expect(201);
        world.settle().await;
        let narrowed = acme.narrowed("channel_manager", json!({ "territories": [{ "region": "north" }] })).await;
        assert_eq!(narrowed.finds("fabrikam").await, ["Fabrikam", "Fabrikam North"]);
        assert!(narrowed.finds(&theirs).await.is_empty() && narrowed.finds("southridge").await.is_empty());
        south.is_changed(json!({ "region": "north" })).await;
        let all = narrowed.finds("fabrikam").await;
        assert_eq!(all.len(), 4, "the reach counts as it now is: {all:?}");
    }

    async fn another_vendor_finds_nothing(world) {
        let acme = with_accounts(world, &["Fabrikam"]).await;
        let other = world.vendor("Other").await;
        assert!(other.finds("fabrikam").await.is_empty() && acme.finds("fabrikam").await.len() == 1);
    }

    async fn a_lead_is_found_by_a_partner_once_it_has_accepted_it(world) {
        let acme = world.vendor("Acme").await;
        let seller = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "country": "DE" })).await.person("sales").await;
        let contact = json!({ "name": "Anna Schmidt", "email": "anna@fabrikam.example" });
        let body = json!({ "company": { "name": "Fabrikam", "country": "DE" }, "contact": contact, "external_id": "QZX-KWV" });
        let lead = acme.post("/v1/leads", body).await.expect(201).id();
        world.settle().await;
        let offered = acme.get(format!("/v1/leads/{lead}")).await.expect(200);
        assert_eq!(offered["status"], "offered", "{offered}");
        assert!(seller.finds("fabrikam").await.is_empty() && seller.finds("schmidt").await.is_empty() && seller.finds(&lead).await.is_empty());
        assert_eq!(acme.finds("schmidt").await, ["Fabrikam"]);
        seller.post(format!("/v1/leads/{lead}/accept"), json!(null)).await.expect(200);
        world.settle().await;
        assert_eq!(seller.finds("schmidt").await, ["Fabrikam"]);
        assert!(seller.finds("QZX-KWV").await.is_empty(), "the vendor's own id is not the partner's to know");
        assert_eq!(acme.searches("QZX-KWV").await.rows()[0]["external_id"], "QZX-KWV");
        acme.post(format!("/v1/leads/{lead}/recall"), json!({ "reason": "Ours." })).await.expect(200);
        world.settle().await;
        assert!(seller.finds("fabrikam").await.is_empty());
    }
}
