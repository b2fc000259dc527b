//! What of an answer is for whom: rivals, internal reasons, and who acts for the vendor are the vendor's own.

use crate::prelude::*;

/// Everything that a partner's person may read, written out.
async fn all_that_is_read(reader: &Client, world: &World, own: &[(&str, String)]) -> Vec<(String, String)> {
    let mut read = Vec::new();
    for operation in world.main.document.operations.iter().filter(|operation| operation.method == Method::GET) {
        if operation.json["responses"]["200"]["content"]["text/event-stream"].is_object() {
            continue;
        }
        let paths: Vec<_> = match operation.path.contains('{') {
            false => vec![operation.path.clone()],
            true => own
                .iter()
                .filter(|(root, _)| operation.path.starts_with(root))
                .map(|(root, id)| {
                    let rest = &operation.path[root.len()..];
                    format!("{root}{id}{}", rest.split_once('}').map_or("", |(_, rest)| rest))
                })
                .collect(),
        };
        for path in paths {
            let reply = reader.get(&path).await;
            assert!(reply.status < 500, "{reply}");
            read.push((path, String::from_utf8_lossy(&reply.bytes).into_owned()));
        }
    }
    read
}

spec! {
    async fn nothing_that_a_partner_reads_names_a_rival_or_what_is_internal(world) {
        let acme = world.vendor("Acme").await;
        let manager = json!({ "name": "Canary Manager", "email": "canary.manager@acme.example", "role": "channel_manager" });
        let manager = acme.post("/v1/people", manager).await.expect(201).id();
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "manager_id": manager })).await;
        let rival = acme.adds_partner("Canary Rivals").await;
        let (boss, other) = (northwind.person("partner_admin").await, rival.person("sales").await);
        // The rival's customer, account, opportunity, and a draft that nobody shall read.
        acme.put("/v1/accounts/CANARY-A", json!({ "name": "Fabrikam Robotics", "country": "DE" })).await.expect(201);
        acme.put("/v1/opportunities/CANARY-O", json!({ "name": "Canary sale", "status": "open", "account_external_id": "CANARY-A" })).await.expect(201);
        let theirs = other.registers(resale("Fabrikam Robotics")).await.id();
        world.settle().await;
        let deal = boss.registers(resale("Fabrikam Robotics")).await;
        let mut rules = acme.rules().await;
        rules["rules"].as_array_mut().expect("rules").insert(0, json!({ "id": "canary", "when": "true", "outcome": "review", "code": "canary", "sentence": "Canary." }));
        let draft = acme.drafts(rules).await.id();
        acme.post(format!("/v1/partners/{}/suspend", rival.id), json!({ "reason": "Canary." })).await.expect(200);
        acme.post(format!("/v1/partners/{}/suspend", northwind.id), json!({ "reason": "Canary." })).await.expect(200);
        acme.post(format!("/v1/partners/{}/reinstate", northwind.id), json!(null)).await.expect(200);
        let review = json!({ "name": "Review", "reviewers": { "by": "partner_admins" }, "deadline": "2099-01-01T00:00:00Z" });
        let review = acme.post("/v1/access-reviews", review).await.expect(201).id();
        world.settle().await;

        let boss = boss.signs_in(&["pwd"]).await;
        let own = [
            ("/v1/deals/{id}", deal.id()),
            ("/v1/deals/{id}", theirs.clone()),
            ("/v1/partners/{id}", northwind.id.clone()),
            ("/v1/partners/{id}", rival.id.clone()),
            ("/v1/people/{id}", manager.clone()),
            ("/v1/people/{id}", other.id.clone()),
            ("/v1/sessions/{id}", boss.session.clone()),
            ("/v1/rules-of-engagement/{id}", draft),
            ("/v1/access-reviews/{id}", review),
            ("/v1/roles/{name}", "sales".into()),
            ("/v1/accounts/{external_id}", "CANARY-A".into()),
            ("/v1/opportunities/{external_id}", "CANARY-O".into()),
        ];
        let own: Vec<_> = own.into_iter().map(|(path, id)| (path.split_once('{').map_or(path, |(root, _)| root), id)).collect();
        let mut read = all_that_is_read(&boss, world, &own).await;
        assert!(read.len() > 20, "{}", read.len());
        for (path, body) in [("/v1/deals/check", resale("Fabrikam Robotics")), ("/v1/deals", resale("Fabrikam Robotics GmbH"))] {
            read.push((path.into(), String::from_utf8_lossy(&boss.post(path, body).await.bytes).into_owned()));
        }
        for (path, text) in read {
            let found = ["canary", &rival.id, &theirs, &other.id, &other.email].into_iter().find(|planted| text.to_lowercase().contains(&planted.to_lowercase()));
            // What was asked for may be echoed in `instance`, and nothing else.
            let echoed = text.contains("\"code\":\"not_found\"") || text.contains("\"code\":\"auth.forbidden\"");
            assert!(found.is_none() || echoed, "{found:?} in {path}:\n{text}");
        }
    }

    async fn a_role_without_the_permission_is_shown_no_rival_either(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        northwind.registers(resale("Fabrikam Robotics")).await;
        let deal = southridge.registers(resale("Fabrikam Robotics")).await.id();
        assert_eq!(acme.deal(&deal).await["decision"]["conflicts"][0]["partner_id"], northwind.partner.id);
        acme.post("/v1/roles", json!({ "name": "clerk", "title": "Clerk", "side": "vendor", "permissions": ["deals:read"] })).await.expect(201);
        let clerk = acme.adds_colleague("clerk").await.id();
        let clerk = acme.sees_sign_in(&clerk, &["pwd"]).await;
        assert_eq!(clerk.deal(&deal).await["decision"]["conflicts"], json!([{ "kind": "protected_registration", "same": true }]));
        let steps = clerk.get(format!("/v1/deals/{deal}/timeline")).await.expect(200);
        assert_eq!(steps.rows()[0]["actor"]["id"], southridge.id);
    }
}
