//! Setting providers up: who may, what they may lend, whose domains.

use super::*;

const PATH: &str = "/v1/identity-providers";

fn body(more: Value) -> Value {
    let mut body = json!({ "name": "Staff", "issuer": "https://login.contoso.example", "client_id": "prm" });
    body.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
    body
}

spec! {
    async fn a_secret_goes_in_and_never_comes_out(world) {
        let acme = world.vendor("Acme").await;
        let made = acme.post(PATH, body(json!({ "client_secret": "a-canary-of-a-secret" }))).await.expect(201);
        assert_eq!(made["has_client_secret"], true);
        acme.patch(format!("{PATH}/{}", made.id()), json!({ "client_secret": "another-canary-of-a-secret" })).if_match(1).await.expect(200);
        let told = acme.get("/v1/events").await.expect(200);
        assert_eq!(told.rows().iter().filter(|event| event["type"].as_str().is_some_and(|kind| kind.starts_with("identity_provider."))).count(), 2);
        assert!(!told.body.to_string().contains("canary") && !made.body.to_string().contains("canary"));
        let public = acme.patch(format!("{PATH}/{}", made.id()), json!({ "client_secret": null })).if_match(2).await.expect(200);
        assert_eq!(public["has_client_secret"], false);
        // Nothing changed, nothing is said.
        assert_eq!(acme.patch(format!("{PATH}/{}", made.id()), json!({ "name": "Staff" })).if_match(3).await.expect(200)["revision"], 3);
    }

    async fn a_domain_has_one_provider_and_what_is_everybodys_has_none(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let first = acme.post(PATH, body(json!({ "email_domains": ["Contoso.example", "contoso.example"] }))).await.expect(201);
        assert_eq!(first["email_domains"], json!(["contoso.example"]));
        acme.post(PATH, body(json!({ "email_domains": ["contoso.example"] }))).await.refused(409, "identity_provider.domain_taken");
        rival.post(PATH, body(json!({ "email_domains": ["contoso.example"] }))).await.expect(201);
        let second = acme.post(PATH, body(json!({}))).await.expect(201);
        let taken = acme.patch(format!("{PATH}/{}", second.id()), json!({ "email_domains": ["fabrikam.example", "contoso.example"] })).if_match(1).await;
        taken.refused(409, "identity_provider.domain_taken");
        acme.delete(format!("{PATH}/{}", first.id())).await.expect(204);
        acme.patch(format!("{PATH}/{}", second.id()), json!({ "email_domains": ["contoso.example"] })).if_match(1).await.expect(200);
        for odd in ["gmail.com", "GMAIL.com.", "mailinator.com", "localhost", "127.0.0.1", "a b.example", "@contoso.example", ""] {
            acme.post(PATH, body(json!({ "email_domains": ["fabrikam.example", odd] }))).await.invalid_at("/email_domains/1");
        }
        acme.post(PATH, body(json!({ "provisioning": "just_in_time", "default_role": "finance" }))).await.invalid_at("/email_domains");
    }

    async fn a_provider_gives_roles_of_its_own_side_that_exist(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        acme.post(PATH, body(json!({ "default_role": "sales" }))).await.invalid_at("/default_role");
        acme.post(PATH, body(json!({ "default_role": "no_such_role" }))).await.invalid_at("/default_role");
        let theirs = json!({ "partner_id": northwind.id, "role_claim": "groups", "role_mappings": [{ "value": "a", "role": "sales" }, { "value": "b", "role": "admin" }] });
        acme.post(PATH, body(theirs)).await.invalid_at("/role_mappings/1/role");
        acme.post(PATH, body(json!({ "role_mappings": [{ "value": "a", "role": "finance" }] }))).await.invalid_at("/role_claim");
        acme.post(PATH, body(json!({ "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd" }))).await.invalid_at("/partner_id");
    }

    async fn nobody_lends_more_than_they_have(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let clerk = acme.makes_key("admin", &["access:manage", "vendor:read"]).await;
        clerk.post(PATH, body(json!({ "default_role": "admin" }))).await.refused(403, "person.role_too_high");
        clerk.post(PATH, body(json!({ "role_claim": "g", "role_mappings": [{ "value": "a", "role": "finance" }] }))).await.refused(403, "person.role_too_high");
        // An issuer of one's own and a domain would do as well: whoever may do more does not come in by it.
        let portal = portal(&acme).await;
        let body = json!({ "name": "Trojan", "issuer": liar.issuer, "client_id": "prm", "email_domains": ["contoso.example"] });
        let trojan = clerk.post(PATH, body).await.expect(201);
        acme.post("/v1/people", json!({ "name": "The boss", "email": "jo@contoso.example", "role": "admin" })).await.expect(201);
        let path = begins(&portal, &[("idp", &trojan.id())]);
        let under_way = UnderWay::begin(world, &path).await;
        liar.gives(&liar.key.signs(&under_way.claims(world, &liar)));
        assert_eq!(refusal(&under_way.comes_back("").await).1, "sign_in.shut_out");
        // An admin who looks it over and changes it answers for it; from then on it is above the clerk.
        acme.patch(format!("{PATH}/{}", trojan.id()), json!({ "name": "Looked over" })).if_match(1).await.expect(200);
        clerk.patch(format!("{PATH}/{}", trojan.id()), json!({ "client_id": "mine" })).if_match(2).await.refused(403, "sso.lends_more");
        clerk.delete(format!("{PATH}/{}", trojan.id())).await.refused(403, "sso.lends_more");
        let under_way = UnderWay::begin(world, &path).await;
        liar.gives(&liar.key.signs(&under_way.claims(world, &liar)));
        redeems(world, &portal, &under_way.comes_back("").await).await;
    }

    async fn identities_are_linked_by_hand_and_not_above_ones_own_rights(world) {
        let acme = world.vendor("Acme").await;
        let (boss, clerk) = (acme.adds_colleague("admin").await, acme.makes_key("admin", &["access:manage"]).await);
        let link = |person: String| json!({ "person_id": person, "issuer": "https://login.contoso.example", "subject": "jo-1" });
        clerk.post("/v1/identities", link(boss.id())).await.refused(403, "person.role_too_high");
        let made = acme.post("/v1/identities", link(boss.id())).await.expect(201);
        let other = acme.adds_colleague("finance").await;
        acme.post("/v1/identities", link(other.id())).await.refused(409, "identity.taken");
        clerk.delete(format!("/v1/identities/{}", made.id())).await.refused(403, "person.role_too_high");
        let session = acme.sees_sign_in(&boss.id(), &["fed"]).await;
        acme.delete(format!("/v1/identities/{}", made.id())).await.expect(204);
        session.get("/v1/people").await.refused(401, "auth.required");
        acme.post("/v1/identities", link("per_01jd3k7x2mfq8t9v5w6y0zabcd".into())).await.invalid_at("/person_id");
    }

    async fn a_front_end_learns_what_to_offer_and_not_who_is_there(world) {
        let acme = world.vendor("Acme").await;
        let portal = portal(&acme).await;
        let northwind = acme.adds_partner("Northwind").await;
        let vendors = acme.post(PATH, body(json!({ "email_domains": ["contoso.example"] }))).await.expect(201);
        let theirs = acme.post(PATH, body(json!({ "partner_id": northwind.id, "name": "Northwind", "email_domains": ["northwind.example"] }))).await.expect(201);
        let ask = |email: &str| {
            let body = json!({ "client_id": portal, "email": email });
            async move { world.anonymous().post("/v1/sign-in-options", body).await.expect(200) }
        };
        acme.post("/v1/people", json!({ "name": "Jo", "email": "jo@contoso.example", "role": "finance" })).await.expect(201);
        assert_eq!(ask("jo@contoso.example").await.body, ask("nobody@Contoso.example").await.body);
        assert_eq!(ask("jo@contoso.example").await.body, json!({ "identity_providers": [{ "id": vendors.id(), "name": "Staff" }], "password": false }));
        assert_eq!(ask("sam@northwind.example").await["identity_providers"], json!([{ "id": theirs.id(), "name": "Northwind" }]));
        assert_eq!(ask("sam@elsewhere.example").await.body, json!({ "identity_providers": [], "password": true }));
        // One without domains is offered to everybody else.
        let open = acme.post(PATH, body(json!({ "name": "Everybody" }))).await.expect(201);
        assert_eq!(ask("sam@elsewhere.example").await.body, json!({ "identity_providers": [{ "id": open.id(), "name": "Everybody" }], "password": true }));
        acme.patch(format!("{PATH}/{}", open.id()), json!({ "status": "disabled" })).if_match(1).await.expect(200);
        assert_eq!(ask("sam@elsewhere.example").await["identity_providers"], json!([]));
        world.anonymous().post("/v1/sign-in-options", json!({ "client_id": "x", "email": "jo@contoso.example" })).await.refused(422, "portal.unknown");
    }

    async fn whoever_comes_in_by_a_provider_goes_with_it(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let portal = portal(&acme).await;
        let northwind = acme.adds_partner("Northwind").await;
        let theirs = json!({ "partner_id": northwind.id, "default_role": "sales", "mfa_methods": ["hwk"] });
        let made = provider(&acme, &liar.issuer, theirs).await;
        let path = begins(&portal, &[("idp", &made.id())]);
        let signs_in = || async {
            let under_way = UnderWay::begin(world, &path).await;
            let mut claims = under_way.claims(world, &liar);
            claims["amr"] = json!(["pwd", "hwk"]);
            liar.gives(&liar.key.signs(&claims));
            under_way.comes_back("").await
        };
        let token = redeems(world, &portal, &signs_in().await).await;
        let session = acme.get(format!("/v1/sessions/{}", token.text("session_id"))).await.expect(200);
        assert_eq!(session["methods"], json!(["fed", "pwd", "hwk", "mfa"]));
        let jo = acme.bearing(&token.text("access_token"));
        jo.get("/v1/partners").await.expect(200);
        acme.patch(format!("{PATH}/{}", made.id()), json!({ "status": "disabled" })).if_match(1).await.expect(200);
        jo.get("/v1/partners").await.refused(401, "auth.required");
        assert_eq!(refusal(&location(&world.anonymous().get(&path).await.expect(302))).0, "invalid_request");
        acme.patch(format!("{PATH}/{}", made.id()), json!({ "status": "active" })).if_match(2).await.expect(200);
        redeems(world, &portal, &signs_in().await).await;
        acme.post(format!("/v1/partners/{}/suspend", northwind.id), json!({ "reason": "For a while." })).await.expect(200);
        assert_eq!(refusal(&signs_in().await).1, "sign_in.shut_out");
    }

    async fn whoever_has_no_role_or_is_not_known_is_told_so(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let portal = portal(&acme).await;
        let made = provider(&acme, &liar.issuer, json!({ "default_role": null, "role_claim": "groups", "role_mappings": [{ "value": "channel", "role": "channel_manager" }] })).await;
        let path = begins(&portal, &[("idp", &made.id())]);
        let comes_as = |email: &'static str, groups: Value| {
            let (path, liar) = (&path, &liar);
            async move {
                let under_way = UnderWay::begin(world, path).await;
                let mut claims = under_way.claims(world, liar);
                (claims["email"], claims["groups"]) = (json!(email), groups);
                liar.gives(&liar.key.signs(&claims));
                under_way.comes_back("").await
            }
        };
        assert_eq!(refusal(&comes_as("jo@contoso.example", json!(["other"])).await).1, "sign_in.no_role");
        assert_eq!(refusal(&comes_as("jo@elsewhere.example", json!(["channel"])).await).1, "sign_in.unverified_email");
        assert_eq!(refusal(&comes_as("not an address", json!(["channel"])).await).1, "sign_in.unknown_person");
        acme.patch(format!("{PATH}/{}", made.id()), json!({ "provisioning": "known_only" })).if_match(1).await.expect(200);
        assert_eq!(refusal(&comes_as("jo@contoso.example", json!(["channel"])).await).1, "sign_in.unknown_person");
        assert_eq!(acme.all("/v1/people").await.len(), 0);
    }

    async fn a_role_follows_the_claims_at_every_sign_in_unless_the_vendor_keeps_it(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let portal = portal(&acme).await;
        let groups = json!([{ "value": "channel", "role": "channel_manager" }, { "value": "money", "role": "finance" }]);
        let made = provider(&acme, &liar.issuer, json!({ "default_role": null, "role_claim": "groups", "role_mappings": groups })).await;
        assert_eq!(made["sync_role"], true);
        let path = begins(&portal, &[("idp", &made.id())]);
        let comes_as = |group: &'static str| {
            let (path, liar) = (&path, &liar);
            async move {
                let under_way = UnderWay::begin(world, path).await;
                let mut claims = under_way.claims(world, liar);
                claims["groups"] = json!([group]);
                liar.gives(&liar.key.signs(&claims));
                under_way.comes_back("").await
            }
        };
        let role = || async { acme.get("/v1/people").await.expect(200).rows()[0]["role"].clone() };
        redeems(world, &portal, &comes_as("channel").await).await;
        assert_eq!(role().await, "channel_manager");
        redeems(world, &portal, &comes_as("money").await).await;
        assert_eq!(role().await, "finance");
        // Whoever was taken out of every group has no role here either.
        assert_eq!(refusal(&comes_as("nothing").await).1, "sign_in.no_role");
        acme.patch(format!("{PATH}/{}", made.id()), json!({ "sync_role": false })).if_match(1).await.expect(200);
        redeems(world, &portal, &comes_as("nothing").await).await;
        assert_eq!(role().await, "finance");
    }
}
