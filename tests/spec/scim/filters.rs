//! Filters, pages and projections.

use super::*;

spec! {
    async fn filters_find_what_they_say(world) {
        let acme = world.vendor("Acme").await;
        let jo = json!({"userName": "jo", "externalId": "A1", "title": "Buyer", "name": {"familyName": "O'Malley"},
            "emails": [{"value": "jo@contoso.example", "type": "work"}, {"value": "jo@home.example", "type": "home"}]});
        let jo = acme.post("/scim/v2/Users", jo).await.expect(201).id();
        let sam = json!({"userName": "sam@contoso.example", "externalId": "a1", "active": false});
        let sam = acme.post("/scim/v2/Users", sam).await.expect(201).id();
        let plain = acme.post("/v1/people", json!({"name": "Plain", "email": "plain@contoso.example", "role": "finance"})).await.expect(201).id();
        let all = [jo.clone(), sam.clone(), plain.clone()];
        for (filter, expected) in [
            (r#"userName eq "JO""#.to_owned(), vec![&jo]),
            (r#"userName eq "plain@contoso.example""#.to_owned(), vec![&plain]),
            (r#"userName sw "s" or userName ew "PLAIN@contoso.example""#.to_owned(), vec![&sam, &plain]),
            (r#"externalId eq "A1""#.to_owned(), vec![&jo]),
            ("externalId pr".to_owned(), vec![&jo, &sam]),
            ("not (externalId pr)".to_owned(), vec![&plain]),
            (r#"externalId ne "A1""#.to_owned(), vec![&sam, &plain]),
            (r#"emails[type eq "work"].value eq "jo@contoso.example""#.to_owned(), vec![&jo]),
            (r#"emails[type eq "work" and value eq "jo@home.example"]"#.to_owned(), vec![]),
            (r#"emails.value eq "PLAIN@contoso.example""#.to_owned(), vec![&plain]),
            (r#"emails co "home""#.to_owned(), vec![&jo]),
            (r#"name.familyName eq "o'malley""#.to_owned(), vec![&jo]),
            ("active eq false".to_owned(), vec![&sam]),
            (r#"active eq "True" and title pr"#.to_owned(), vec![&jo]),
            (r#"displayName co "lain""#.to_owned(), vec![&plain]),
            (format!("id eq \"{plain}\""), vec![&plain]),
            (r#"id eq "nothing""#.to_owned(), vec![]),
            (r#"meta.lastModified ge "2026-11-20T12:00:00Z""#.to_owned(), all.iter().collect()),
            (r#"meta.created gt "2026-11-20T12:00:00Z""#.to_owned(), vec![]),
            (r#"userName co "%" or userName co "_""#.to_owned(), vec![]),
            (r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "jo""#.to_owned(), vec![&jo]),
        ] {
            assert_eq!(found(&acme, "Users", &filter).await.iter().collect::<Vec<_>>(), expected, "{filter}");
        }
        let searched = acme.post("/scim/v2/.search", json!({"filter": "externalId pr", "attributes": ["userName"], "count": 1})).await.expect(200);
        assert_eq!((searched["totalResults"].clone(), searched["Resources"].as_array().map(Vec::len)), (json!(2), Some(1)));
        assert_eq!(searched["Resources"][0].as_object().map(|one| one.len()), Some(3), "{searched}");
    }

    async fn hostile_filters_are_refused_at_once(world) {
        let acme = world.vendor("Acme").await;
        adds(&acme, "jo@contoso.example").await;
        let deep = format!("{}active pr{}", "(".repeat(500), ")".repeat(500));
        let wide = vec!["title eq \"x\""; 200].join(" or ");
        for filter in [
            deep.as_str(), &wide, &"x".repeat(5_000), "userName eq", "userName eq \"x", "userName xx \"x\"", "'; DROP TABLE people; --",
            "userName eq \"\\u0000\"", "userName eq \"x\" OR 1=1", "emails[type eq \"work\"", "\u{1F4A9} pr",
        ] {
            // Encoded, the longest of them make an address that is too long to be looked at.
            let address = format!("/scim/v2/Users?filter={}", url_encoded(filter));
            let (status, kind) = if address.len() > 8_192 { (414, None) } else { (400, Some("invalidFilter")) };
            refused(acme.get(address).await, status, kind);
            refused(acme.post("/scim/v2/Users/.search", json!({"filter": filter})).await, 400, Some("invalidFilter"));
        }
        refused(acme.get("/scim/v2/Users?startIndex=x").await, 400, Some("invalidValue"));
        assert!(found(&acme, "Users", r#"userName eq "' OR ''='""#).await.is_empty());
    }

    async fn pages_are_numbered_from_one_and_stable(world) {
        let acme = world.vendor("Acme").await;
        let mut ids = Vec::new();
        for number in 0..7 {
            ids.push(adds(&acme, &format!("user{number}@contoso.example")).await.id());
        }
        let page = async |query: &str| acme.get(format!("/scim/v2/Users?attributes=id&{query}")).await.expect(200);
        let mut walked = Vec::new();
        for start in [1, 4, 7] {
            let page = page(&format!("startIndex={start}&count=3")).await;
            assert_eq!((page["totalResults"].clone(), page["startIndex"].clone()), (json!(ids.len()), json!(start)));
            walked.extend(page["Resources"].as_array().expect("a page").iter().map(|one| one["id"].as_str().expect("an id").to_owned()));
            // Whoever is added meanwhile comes last.
            if start == 4 {
                ids.push(adds(&acme, "late@contoso.example").await.id());
            }
            if start == 1 {
                assert_eq!(page["itemsPerPage"], 3);
            }
        }
        assert_eq!(walked, ids);
        let none = page("count=0").await;
        assert_eq!((none["totalResults"].clone(), none["Resources"].clone()), (json!(8), json!([])));
        assert_eq!(page("startIndex=0&count=-3").await["Resources"], json!([]));
        assert_eq!(page("startIndex=900").await["Resources"], json!([]));
    }

    /// Ten thousand people: a lookup and a page read few rows, and what no index answers is refused rather than read.
    async fn a_large_directory_is_looked_up_by_index(world) {
        let acme = world.vendor("Acme").await;
        adds(&acme, "jo@contoso.example").await;
        let id = match world.on {
            On::Postgres => "gen_random_uuid()",
            On::Sqlite => "randomblob(16)",
        };
        let one = format!(
            "INSERT INTO people (vendor_id, id, partner_id, email, name, search_name, role, status, revision, created_at, updated_at) \
             SELECT p.vendor_id, {id}, NULL, 'user' || n.n || '@contoso.example', 'User', 'user', p.role, p.status, 1, p.created_at, p.updated_at FROM people p, \
             (WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 10000) SELECT n FROM counted) n"
        );
        assert_eq!(world.sql(&one).await, 10_000);
        world.sql("ANALYZE").await;
        assert_eq!(found(&acme, "Users", r#"userName eq "user777@contoso.example""#).await.len(), 1);
        assert_eq!(found(&acme, "Users", r#"emails[type eq "work"].value eq "user9999@contoso.example""#).await.len(), 1);
        let page = acme.get("/scim/v2/Users?startIndex=9900&count=200").await.expect(200);
        assert_eq!((page["totalResults"].clone(), page["itemsPerPage"].clone()), (json!(10_001), json!(102)));
        refused(acme.get(format!("/scim/v2/Users?filter={}", url_encoded("title pr"))).await, 400, Some("tooMany"));
    }
}
