//! Partners and people are found by fragments and filters, page by page.

use crate::prelude::*;

async fn names(client: &Client, path: &str) -> Vec<String> {
    client.all(path).await.iter().map(|row| row["name"].as_str().unwrap_or_default().to_owned()).collect()
}

spec! {
    async fn a_fragment_finds_names_without_case_and_accents(world) {
        let acme = world.vendor("Acme").await;
        for name in ["Café Société", "Straßenbau Müller", "100%_Cloud", "Ørsted"] {
            acme.adds_partner(name).await;
        }
        let wanted = [("SOCIETE", "Café Société"), ("STRASSE", "Straßenbau Müller"), ("m%C3%BCll", "Straßenbau Müller")];
        for (q, found) in wanted.into_iter().chain([("%25_c", "100%_Cloud"), ("orsted", "Ørsted")]) {
            assert_eq!(names(&acme, &format!("/v1/partners?q={q}")).await, [found], "{q}");
        }
        assert!(names(&acme, "/v1/partners?q=%25%25").await.is_empty(), "a percent sign is a percent sign");
        assert_eq!(names(&acme, "/v1/partners?q=").await.len(), 4);
    }

    async fn every_filter_narrows_the_list(world) {
        let acme = world.vendor("Acme").await;
        let manager = acme.adds_colleague("channel_manager").await.id();
        acme.adds_partner_like(json!({ "name": "One", "type": "isv", "tier": "gold", "region": "DACH", "country": "AT", "status": "prospect",
            "manager_id": manager, "specialisations": ["cloud", "a \"quoted\" one"] })).await;
        acme.adds_partner_like(json!({ "name": "Two", "type": "msp", "specialisations": ["cloud security", "x\"cloud"] })).await;
        let filters = ["type=isv", "tier=gold", "region=DACH", "country=AT", "status=prospect", &format!("manager_id={manager}"),
            "specialisation=cloud", "specialisation=a%20%22quoted%22%20one", "q=one&tier=gold"];
        for filter in filters {
            assert_eq!(names(&acme, &format!("/v1/partners?{filter}")).await, ["One"], "{filter}");
        }
        assert!(names(&acme, "/v1/partners?specialisation=quoted").await.is_empty());
        assert!(names(&acme, "/v1/partners?specialisation=Cloud").await.is_empty(), "letter for letter, on both databases");
        assert!(names(&acme, "/v1/partners?type=isv&status=active").await.is_empty());
    }

    async fn pages_hold_every_row_once_in_each_order(world) {
        let acme = world.vendor("Acme").await;
        for name in ["delta", "Alpha", "charlie", "Bravo", "alpha"] {
            world.clock.advance(seconds(1));
            acme.adds_partner(name).await;
        }
        assert_eq!(names(&acme, "/v1/partners?limit=2").await, ["alpha", "Bravo", "charlie", "Alpha", "delta"]);
        assert_eq!(names(&acme, "/v1/partners?limit=2&sort=name").await, ["Alpha", "alpha", "Bravo", "charlie", "delta"]);
        assert_eq!(names(&acme, "/v1/partners?limit=1&sort=updated_at").await, ["delta", "Alpha", "charlie", "Bravo", "alpha"]);
        assert_eq!(names(&acme, "/v1/partners?sort=updated_at&updated_since=2026-11-20T12:00:04Z").await, ["Bravo", "alpha"]);
    }

    async fn a_list_takes_no_parameter_that_it_does_not_know(world) {
        let acme = world.vendor("Acme").await;
        for list in ["partners", "people"] {
            for wrong in ["limit=0", "limit=201", "limit=x", "colour=red", "sort=size", "updated_since=yesterday"] {
                let place = wrong.split('=').next().expect("a name");
                acme.get(format!("/v1/{list}?{wrong}")).await.invalid_at(place);
            }
        }
        acme.get("/v1/partners?cursor=nonsense").await.refused(400, "cursor.invalid");
        for _ in 0..2 {
            acme.adds_partner("Northwind").await;
        }
        let cursor = acme.get("/v1/partners?limit=1").await.text("next_cursor");
        acme.get(format!("/v1/partners?sort=name&cursor={cursor}")).await.refused(400, "cursor.invalid");
        acme.get(format!("/v1/people?cursor={cursor}")).await.refused(400, "cursor.invalid");
    }

    async fn people_are_found_by_name_address_role_and_partner(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let add = async |name: &str, email: &str, role: &str, partner: Option<&str>| {
            world.clock.advance(seconds(1));
            let mut body = json!({ "name": name, "email": email, "role": role });
            partner.into_iter().for_each(|partner| body["partner_id"] = partner.into());
            acme.post("/v1/people", body).await.expect(201)
        };
        add("Zoë Ångström", "zoe@contoso.example", "finance", None).await;
        add("Bea Brandt", "bea@northwind.example", "sales", Some(&northwind.id)).await;
        add("Ali Aydın", "ali@northwind.example", "executive", Some(&northwind.id)).await;
        for filter in ["q=angstrom", "q=zoe%40", "role=finance", "email=ZOE%40contoso.example"] {
            assert_eq!(names(&acme, &format!("/v1/people?{filter}")).await, ["Zoë Ångström"], "{filter}");
        }
        assert_eq!(names(&acme, &format!("/v1/people?partner_id={}&sort=name&limit=1", northwind.id)).await, ["Ali Aydın", "Bea Brandt"]);
        assert_eq!(names(&acme, "/v1/people?limit=2").await, ["Ali Aydın", "Bea Brandt", "Zoë Ångström"]);
        assert_eq!(names(&acme, "/v1/people?limit=1&sort=updated_at").await, ["Zoë Ångström", "Bea Brandt", "Ali Aydın"]);
        assert!(names(&acme, "/v1/people?status=deactivated").await.is_empty());
    }
}
