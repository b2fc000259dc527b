//! How far a person of the vendor reaches.

use crate::prelude::*;
use std::collections::BTreeSet;

async fn like(acme: &Vendor, name: &str, region: &str, country: &str) -> Partner {
    acme.adds_partner_like(json!({ "name": name, "type": "reseller", "region": region, "country": country })).await
}

/// The members `name` of the rows of a list.
async fn listed(client: &Client, path: &str, name: &str) -> BTreeSet<String> {
    client.all(path).await.iter().filter_map(|row| row[name].as_str().map(str::to_owned)).collect()
}

fn ids<const N: usize>(ids: [&str; N]) -> BTreeSet<String> {
    ids.into_iter().map(str::to_owned).collect()
}

spec! {
    async fn what_belongs_to_a_partner_out_of_reach_does_not_exist(world) {
        let acme = world.vendor("Acme").await;
        let (near, far) = (like(&acme, "Nordwind", "DACH", "DE").await, like(&acme, "Vent du Sud", "South", "FR").await);
        let (seller, rival) = (near.person("sales").await, far.person("sales").await);
        let (mine, theirs) = (seller.registers(resale("Fabrikam")).await.id(), rival.registers(resale("Wingtip Toys")).await.id());
        let session = rival.signs_in(&["pwd"]).await.session;
        acme.put("/v1/opportunities/O-1", json!({ "name": "Theirs", "status": "open", "deal_id": theirs })).await.expect(201);
        acme.put("/v1/opportunities/O-2", json!({ "name": "Mine", "status": "open", "deal_id": mine })).await.expect(201);
        acme.put("/v1/opportunities/O-3", json!({ "name": "Nobody's", "status": "open" })).await.expect(201);
        world.settle().await;

        let manager = acme.narrowed("channel_manager", json!({ "territories": [{ "region": "DACH" }] })).await;
        assert_eq!(listed(&manager, "/v1/partners", "id").await, ids([&near.id]));
        assert_eq!(listed(&manager, "/v1/deals", "id").await, ids([&mine]));
        assert_eq!(listed(&manager, "/v1/people", "partner_id").await, ids([&near.id]));
        assert_eq!(listed(&manager, "/v1/opportunities", "external_id").await, ids(["O-2", "O-3"]));
        for path in [
            format!("/v1/partners/{}", far.id),
            format!("/v1/people/{}", rival.id),
            format!("/v1/deals/{theirs}"),
            format!("/v1/deals/{theirs}/timeline"),
            format!("/v1/sessions/{session}"),
            "/v1/opportunities/O-1".to_owned(),
        ] {
            manager.get(&path).await.refused(404, "not_found");
        }
        manager.get("/v1/opportunities/O-2").await.expect(200);
        manager.get(format!("/v1/deals/{mine}/timeline")).await.expect(200);
        assert!(manager.get(format!("/v1/deals?partner_id={}", far.id)).await.expect(200).rows().is_empty());
        assert!(manager.get(format!("/v1/sessions?person_id={}", rival.id)).await.expect(200).rows().is_empty());
        manager.moves(&theirs, "withdraw", json!(null)).await.refused(404, "not_found");
        manager.post(format!("/v1/sessions/{session}/revoke"), json!(null)).await.refused(404, "not_found");
        manager.post(format!("/v1/partners/{}/suspend", far.id), json!({ "reason": "No." })).await.refused(404, "not_found");
        manager.patch(format!("/v1/people/{}", rival.id), json!({ "name": "X" })).if_match(1).await.refused(404, "not_found");
    }

    async fn nothing_is_made_or_moved_out_of_reach(world) {
        let acme = world.vendor("Acme").await;
        let (near, far) = (like(&acme, "Nordwind", "DACH", "DE").await, like(&acme, "Vent du Sud", "South", "FR").await);
        let manager = acme.narrowed("channel_manager", json!({ "territories": [{ "region": "DACH" }] })).await;
        manager.post("/v1/partners", json!({ "name": "Bora", "type": "reseller", "region": "South" })).await.refused(403, "reach.too_wide");
        manager.post("/v1/partners", json!({ "name": "Bora", "type": "reseller" })).await.refused(403, "reach.too_wide");
        let own = manager.post("/v1/partners", json!({ "name": "Föhn", "type": "reseller", "region": "DACH" })).await.expect(201);
        manager.get(format!("/v1/partners/{}", own.id())).await.expect(200);
        let path = format!("/v1/partners/{}", near.id);
        manager.patch(&path, json!({ "region": "South" })).if_match(1).await.refused(403, "reach.too_wide");
        manager.patch(&path, json!({ "parent_id": far.id })).if_match(1).await.invalid_at("/parent_id");
        manager.patch(&path, json!({ "tier": "gold" })).if_match(1).await.expect(200);
        let body = json!({ "name": "Jo", "email": "jo@sud.example", "role": "sales", "partner_id": far.id });
        manager.post("/v1/people", body).await.invalid_at("/partner_id");
        manager.post("/v1/deals", far.gets(resale("Fabrikam"))).await.invalid_at("/partner_id");
        manager.post("/v1/deals/check", far.gets(resale("Fabrikam"))).await.invalid_at("/partner_id");
        manager.post("/v1/deals", near.gets(resale("Fabrikam"))).await.expect(201);
    }

    async fn a_partner_that_moves_is_within_or_out_of_reach_at_once(world) {
        let acme = world.vendor("Acme").await;
        let partner = like(&acme, "Nordwind", "DACH", "DE").await;
        let manager = acme.narrowed("channel_manager", json!({ "territories": [{ "region": "DACH", "country": "DE" }] })).await;
        let path = format!("/v1/partners/{}", partner.id);
        manager.get(&path).await.expect(200);
        partner.is_changed(json!({ "country": "AT" })).await;
        manager.get(&path).await.refused(404, "not_found");
        partner.is_changed(json!({ "country": "DE" })).await;
        manager.get(&path).await.expect(200);
    }

    async fn a_change_of_reach_counts_at_once(world) {
        let acme = world.vendor("Acme").await;
        let (near, far) = (like(&acme, "Nordwind", "DACH", "DE").await, like(&acme, "Vent du Sud", "South", "FR").await);
        let person = acme.adds_colleague("channel_manager").await.id();
        let manager = acme.sees_sign_in(&person, &["pwd"]).await;
        assert_eq!(listed(&manager, "/v1/partners", "id").await, ids([&near.id, &far.id]));
        let path = format!("/v1/people/{person}/reach");
        let narrowed = acme.put(&path, json!({ "partner_ids": [far.id] })).await.expect(200);
        assert_eq!(narrowed["reach"], json!({ "territories": [], "partner_ids": [far.id] }));
        assert_eq!(listed(&manager, "/v1/partners", "id").await, ids([&far.id]));
        acme.put(&path, json!({})).await.expect(200);
        assert!(listed(&manager, "/v1/partners", "id").await.is_empty(), "neither partners nor territories: nobody");
        assert_eq!(acme.get(&path).await.expect(200).body, json!({ "territories": [], "partner_ids": [] }));
        acme.delete(&path).await.expect(204);
        acme.get(&path).await.refused(404, "not_found");
        acme.delete(&path).await.refused(404, "not_found");
        assert_eq!(listed(&manager, "/v1/partners", "id").await, ids([&near.id, &far.id]));
        let told = acme.get(format!("/v1/events?type=person.reach_changed&subject={person}")).await.expect(200);
        assert_eq!(told.rows().len(), 3);
    }

    async fn what_reaches_around_a_limit_is_not_left_to_a_narrowed_person(world) {
        let acme = world.vendor("Acme").await;
        let admin = acme.narrowed("admin", json!({ "territories": [{ "country": "DE" }] })).await;
        admin.post("/v1/api-keys", json!({ "name": "A key", "role": "admin" })).await.refused(403, "auth.forbidden");
        admin.post("/v1/webhook-endpoints", json!({ "url": "https://example.com/hook", "event_types": ["*"] })).await.refused(403, "auth.forbidden");
        admin.post("/v1/roles", json!({ "name": "x", "title": "X", "side": "vendor", "permissions": ["deals:read"] })).await.refused(403, "auth.forbidden");
        admin.put("/v1/opportunities/O-1", json!({ "name": "X", "status": "open" })).await.refused(403, "auth.forbidden");
        let far = like(&acme, "Vent du Sud", "South", "FR").await.person("sales").await;
        admin.post("/v1/tokens", json!({ "person_id": far.id })).await.refused(422, "token.no_such_person");
        admin.post("/v1/tokens", json!({ "person_email": far.email })).await.refused(422, "token.no_such_person");
    }

    async fn nobody_widens_a_reach_beyond_their_own_nor_their_own(world) {
        let acme = world.vendor("Acme").await;
        let (near, far) = (like(&acme, "Nordwind", "DACH", "DE").await, like(&acme, "Vent du Sud", "South", "FR").await);
        let me = acme.adds_colleague("channel_manager").await.id();
        let dach = json!({ "territories": [{ "region": "DACH" }] });
        acme.put(format!("/v1/people/{me}/reach"), dach.clone()).await.expect(200);
        let manager = acme.sees_sign_in(&me, &["pwd"]).await;
        manager.delete(format!("/v1/people/{me}/reach")).await.refused(403, "reach.own");
        manager.put(format!("/v1/people/{me}/reach"), json!({})).await.refused(403, "reach.own");

        // Whom a narrowed manager adds reaches no further than the manager.
        let body = json!({ "name": "Kim", "email": "kim@acme.example", "role": "channel_manager" });
        let kim = manager.post("/v1/people", body).await.expect(201);
        assert_eq!(kim["reach"], json!({ "territories": [{ "region": "DACH" }], "partner_ids": [] }));
        let kims = acme.sees_sign_in(&kim.id(), &["pwd"]).await;
        assert_eq!(listed(&kims, "/v1/partners", "id").await, ids([&near.id]));
        let path = format!("/v1/people/{}/reach", kim.id());
        manager.delete(&path).await.refused(403, "reach.too_wide");
        manager.put(&path, json!({ "territories": [{ "country": "DE" }] })).await.refused(403, "reach.too_wide");
        manager.put(&path, json!({ "partner_ids": [far.id] })).await.invalid_at("/partner_ids/0");
        manager.put(&path, json!({ "territories": [{ "region": "DACH", "country": "DE" }], "partner_ids": [near.id] })).await.expect(200);

        // Nor is anybody changed who reaches further.
        let wide = acme.adds_colleague("channel_manager").await.id();
        manager.put(format!("/v1/people/{wide}/reach"), dach).await.refused(403, "reach.too_wide");
        manager.patch(format!("/v1/people/{wide}"), json!({ "status": "deactivated" })).if_match(1).await.refused(403, "reach.too_wide");
        manager.post(format!("/v1/people/{wide}/revoke-access"), json!(null)).await.refused(403, "reach.too_wide");
        let admin = acme.adds_colleague("admin").await.id();
        acme.put(format!("/v1/people/{admin}/reach"), json!({ "partner_ids": [near.id] })).await.expect(200);
        let plain = acme.makes_key("channel_manager", &[]).await;
        plain.delete(format!("/v1/people/{admin}/reach")).await.refused(403, "person.role_too_high");
    }

    async fn only_the_vendors_own_people_have_a_reach(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let (seller, admin) = (northwind.person("sales").await, northwind.person("partner_admin").await);
        acme.put(format!("/v1/people/{}/reach", seller.id), json!({})).await.invalid_at("/");
        admin.put(format!("/v1/people/{}/reach", seller.id), json!({})).await.invalid_at("/");
        let kim = acme.adds_colleague("finance").await.id();
        admin.put(format!("/v1/people/{kim}/reach"), json!({})).await.refused(404, "not_found");
        acme.put(format!("/v1/people/{kim}/reach"), json!({ "territories": [{}] })).await.expect(422);
        acme.put(format!("/v1/people/{kim}/reach"), json!({ "territories": [{ "country": "XX" }] })).await.invalid_at("/territories/0/country");
        let theirs = world.vendor("Contoso").await.adds_partner("Northwind").await.id;
        acme.put(format!("/v1/people/{kim}/reach"), json!({ "partner_ids": [theirs] })).await.invalid_at("/partner_ids/0");
    }

    async fn the_log_tells_a_narrowed_reader_nothing_of_partners_out_of_reach(world) {
        let acme = world.vendor("Acme").await;
        let (near, far) = (like(&acme, "Nordwind", "DACH", "DE").await, like(&acme, "Canary du Sud", "South", "FR").await);
        let (seller, rival) = (near.person("sales").await, far.person("sales").await);
        let theirs = rival.registers(resale("Fabrikam Robotics")).await.id();
        let mine = seller.registers(resale("Fabrikam Robotics")).await;
        assert_eq!(mine["status"], "rejected");
        rival.signs_in(&["pwd"]).await;
        acme.put("/v1/opportunities/O-1", json!({ "name": "Canary", "status": "open", "deal_id": theirs })).await.expect(201);
        world.settle().await;

        let manager = acme.narrowed("channel_manager", json!({ "territories": [{ "region": "DACH" }] })).await;
        let (mut after, mut seen, mut text) = (0, Vec::new(), String::new());
        loop {
            let page = manager.get(format!("/v1/events?after={after}&limit=3")).await.expect(200);
            text.push_str(&String::from_utf8_lossy(&page.bytes));
            seen.extend(page.rows().iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()));
            after = page["next_after"].as_i64().expect("a number");
            if after >= page["head"].as_i64().expect("a number") {
                break;
            }
        }
        for hidden in [&far.id, &rival.id, &theirs, "Canary"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
        assert!(seen.contains(&"deal.rejected".to_owned()) && seen.contains(&"partner.created".to_owned()) && seen.contains(&"vendor.created".to_owned()));
        // The conflict is told, and of what kind; not with whom.
        let shown = manager.deal(&mine.id()).await;
        assert_eq!(shown["decision"]["conflicts"], json!([{ "kind": "protected_registration", "same": true }]));
        assert_eq!(manager.get("/v1/deals").await.expect(200).rows()[0]["decision"]["conflicts"], shown["decision"]["conflicts"]);
        acme.put(format!("/v1/people/{}/reach", person_of(&manager).await), json!({ "partner_ids": [near.id, far.id] })).await.expect(200);
        assert_eq!(manager.deal(&mine.id()).await["decision"]["conflicts"][0]["partner_id"], far.id);
    }

    /// Whatever the reach and whatever the partners: lists, reads and what is expected agree.
    async fn lists_and_reads_agree_for_any_reach(world) {
        let acme = world.vendor("Acme").await;
        let (regions, countries) = (["DACH", "South", "North"], ["DE", "FR", "SE"]);
        let mut random = Random(0x5eed);
        let mut partners = Vec::new();
        for number in 0..10 {
            let mut body = json!({ "name": format!("Partner {number}"), "type": "reseller" });
            let (region, country) = (random.pick(&regions), random.pick(&countries));
            if random.below(5) > 0 { body["region"] = json!(region) }
            if random.below(5) > 0 { body["country"] = json!(country) }
            let partner = acme.adds_partner_like(body.clone()).await;
            let person = partner.person("sales").await;
            let deal = person.registers(resale(&format!("{} works", ["Bokari", "Tunesol", "Fimgor", "Wexpya", "Kolundar", "Marisept", "Oquilla", "Zenthory", "Dravik", "Hulbecca"][number]))).await.id();
            partners.push((partner, body, person.id.clone(), deal));
        }
        let kim = acme.adds_colleague("channel_manager").await.id();
        let manager = acme.sees_sign_in(&kim, &["pwd"]).await;
        for _ in 0..6 {
            let mut territories = Vec::new();
            for _ in 0..random.below(3) {
                let (region, country) = (random.pick(&regions), random.pick(&countries));
                territories.push(match random.below(3) {
                    0 => json!({ "region": region }),
                    1 => json!({ "country": country }),
                    _ => json!({ "region": region, "country": country }),
                });
            }
            let named: Vec<_> = partners.iter().filter(|_| random.below(6) == 0).map(|(partner, ..)| partner.id.clone()).collect();
            acme.put(format!("/v1/people/{kim}/reach"), json!({ "territories": territories, "partner_ids": named })).await.expect(200);
            let lies_in = |body: &Value, territory: &Value| ["region", "country"].iter().all(|part| territory[part].is_null() || territory[part] == body[part]);
            let reached: Vec<_> = partners
                .iter()
                .filter(|(partner, body, ..)| named.contains(&partner.id) || territories.iter().any(|territory| lies_in(body, territory)))
                .collect();
            let expected = |of: fn(&(Partner, Value, String, String)) -> &str| reached.iter().map(|row| of(row).to_owned()).collect::<BTreeSet<_>>();
            assert_eq!(listed(&manager, "/v1/partners?limit=3", "id").await, expected(|row| &row.0.id), "{territories:?} {named:?}");
            assert_eq!(listed(&manager, "/v1/deals?limit=3", "id").await, expected(|row| &row.3));
            assert_eq!(listed(&manager, "/v1/people?limit=3&role=sales", "id").await, expected(|row| &row.2));
            for (partner, _, person, deal) in &partners {
                let status = if reached.iter().any(|(other, ..)| other.id == partner.id) { 200 } else { 404 };
                manager.get(format!("/v1/partners/{}", partner.id)).await.expect(status);
                manager.get(format!("/v1/people/{person}")).await.expect(status);
                manager.get(format!("/v1/deals/{deal}")).await.expect(status);
            }
        }
    }
}

/// The id of the person who calls.
async fn person_of(client: &Client) -> String {
    client.get("/v1/me").await.expect(200)["person"]["id"].as_str().expect("a person").to_owned()
}

/// Numbers that are the same in every run (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}
