//! Lists that authorities publish, and everybody held against what changes in them.

use super::vetting_support::{checks, entry, list, publish, status, usual};
use crate::prelude::*;

spec! {
    async fn a_list_is_published_whole_and_each_version_is_compared_with_the_one_before(world) {
        let acme = world.vendor("Acme").await;
        let list = list(&acme, "ofac").await;
        let first = publish(&acme, &list, &usual()).await;
        assert_eq!((&first["version"], &first["entries"], &first["added"]), (&json!(1), &json!(4), &json!(4)));
        let changed = usual().replace("a.k.a. 'ZORRO'", "a.k.a. 'EL ZORRO'").replace(&entry(1003, "OCEAN STAR", "vessel", ""), "") + &entry(1004, "NEW ONE", "", "");
        let second = publish(&acme, &list, &changed).await;
        assert_eq!((&second["added"], &second["changed"], &second["removed"], &second["entries"]), (&json!(1), &json!(1), &json!(1), &json!(4)));
        let versions = acme.all(&format!("/v1/screening-lists/{list}/versions")).await;
        assert_eq!(versions.iter().map(|one| one["version"].as_i64().unwrap_or_default()).collect::<Vec<_>>(), [2, 1]);
        let same = publish(&acme, &list, &changed).await;
        assert_eq!((&same["added"], &same["changed"], &same["removed"]), (&json!(0), &json!(0), &json!(0)));
        let stale = json!({ "files": { "sdn": usual() } });
        acme.post(format!("/v1/screening-lists/{list}/publish"), stale).if_match(1).await.refused(412, "revision.stale");
        acme.post("/v1/screening-lists", json!({ "name": acme.get(format!("/v1/screening-lists/{list}")).await["name"], "format": "un" })).await.refused(409, "screening_list.name_taken");
    }

    async fn a_file_that_was_cut_off_is_refused_with_its_line_and_nothing_of_it_is_kept(world) {
        let acme = world.vendor("Acme").await;
        let list = list(&acme, "ofac").await;
        let path = format!("/v1/screening-lists/{list}/publish");
        let whole = usual();
        let cut = acme.post(&path, json!({ "files": { "sdn": &whole[..whole.len() - 20] } })).await.refused(422, "screening_list.files");
        assert_eq!((&cut["errors"][0]["pointer"], &cut["errors"][0]["code"]), (&json!("/files/sdn"), &json!("truncated")));
        let orphan = acme.post(&path, json!({ "files": { "sdn": whole, "alt": "36,1,\"aka\",\"AERO\",-0- \n77,2,\"aka\",\"X Y\",-0- \n" } })).await.refused(422, "screening_list.files");
        assert!(orphan["errors"][0]["detail"].as_str().is_some_and(|detail| detail.starts_with("Line 2:")), "{orphan}");
        acme.post(&path, json!({ "files": { "xml": "<CONSOLIDATED_LIST/>" } })).await.invalid_at("/files/xml");
        acme.post(&path, json!({ "files": {} })).await.invalid_at("/files/sdn");
        assert_eq!(acme.get(format!("/v1/screening-lists/{list}")).await["version"], 0);
        publish(&acme, &list, &usual()).await;
        let shrunk = json!({ "files": { "sdn": entry(36, "AEROCARIBBEAN AIRLINES", "", "") } });
        acme.post(&path, shrunk).await.refused(409, "screening_list.shrinks");
        assert_eq!(acme.get(format!("/v1/screening-lists/{list}")).await["version"], 1);
    }

    async fn the_list_of_the_united_nations_is_read_and_one_that_swells_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let list = list(&acme, "un").await;
        let path = format!("/v1/screening-lists/{list}/publish");
        let laughs = "<?xml version=\"1.0\"?>\n<!DOCTYPE l [<!ENTITY a \"haha\"><!ENTITY b \"&a;&a;&a;\">]>\n<CONSOLIDATED_LIST>&b;</CONSOLIDATED_LIST>";
        let refused = acme.post(&path, json!({ "files": { "xml": laughs } })).await.refused(422, "screening_list.files");
        assert_eq!(refused["errors"][0]["code"], "doctype");
        let xml = "<CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL><DATAID>7</DATAID><FIRST_NAME>ZAHIR</FIRST_NAME><SECOND_NAME>QORVASH</SECOND_NAME>\
            <NAME_ORIGINAL_SCRIPT>Захир Корваш</NAME_ORIGINAL_SCRIPT></INDIVIDUAL></INDIVIDUALS><ENTITIES/></CONSOLIDATED_LIST>";
        acme.post(&path, json!({ "files": { "xml": xml } })).await.expect(200);
        let found = acme.post("/v1/screenings", json!({ "name": "Qorvash Zaheer", "kind": "person" })).await.expect(200);
        assert_eq!(found["matches"][0]["entry_id"], "7", "{found}");
        assert_eq!(found["matches"][0]["words"].as_array().map(Vec::len), Some(2), "it says why: {found}");
        let other = acme.post("/v1/screenings", json!({ "name": "Qorvash Zaheer", "kind": "vessel" })).await.expect(200);
        assert_eq!(other["matches"], json!([]), "a ship is no person");
    }

    async fn a_partner_that_a_list_names_is_suspended_and_let_in_again_when_the_entry_goes(world) {
        let acme = world.vendor("Acme").await;
        let (named, other, by_hand) = (acme.adds_partner("Aero-Caribbean Airlines Ltd").await, acme.adds_partner("Northwind Systems").await, acme.adds_partner("Aerocaribbean Airlines Inc").await);
        let seller = named.person("sales").await;
        acme.post(format!("/v1/partners/{}/suspend", by_hand.id), json!({ "reason": "By hand." })).await.expect(200);
        let list = list(&acme, "ofac").await;
        publish(&acme, &list, &usual()).await;
        assert_eq!((status(&acme, &named).await.as_str(), status(&acme, &other).await.as_str()), ("suspended", "active"));
        assert_eq!(seller.get("/v1/partners").await.status, 401, "its people are shut out");
        let blocked = checks(&acme, &named, "blocked").await;
        assert_eq!((blocked.len(), &blocked[0]["matches"][0]["entry_id"], &blocked[0]["lists"][0]["version"]), (1, &json!("36"), &json!(1)));
        assert_eq!(checks(&acme, &other, "clear").await.len(), 1, "everybody is in the register");
        publish(&acme, &list, &usual().replace(&entry(36, "AEROCARIBBEAN AIRLINES", "", ""), "")).await;
        assert_eq!((status(&acme, &named).await.as_str(), status(&acme, &by_hand).await.as_str()), ("active", "suspended"));
        assert_eq!(checks(&acme, &named, "blocked").await.len(), 0);
    }

    async fn a_new_version_touches_only_those_whom_it_may_concern(world) {
        let acme = world.vendor("Acme").await;
        for name in ["Northwind Systems", "Contoso Nord", "Fabrikam Werke", "Golden Phoenix Shiping"] {
            acme.adds_partner(name).await;
        }
        world.settle().await;
        let list = list(&acme, "ofac").await;
        publish(&acme, &list, &usual()).await;
        publish(&acme, &list, &(usual() + &entry(2000, "CONTOSO NORD", "", ""))).await;
        let runs = acme.all(&format!("/v1/screening-runs?list_id={list}")).await;
        let told: Vec<_> = runs.iter().map(|run| (run["status"].as_str().unwrap_or_default(), run["screened"].as_i64(), run["new_checks"].as_i64())).collect();
        assert_eq!(told, [("completed", Some(4), Some(1)), ("completed", Some(4), Some(4))]);
        let register = acme.all("/v1/vetting-checks?limit=200").await;
        assert_eq!(register.len(), 5, "what did not change was not checked again");
        assert_eq!(acme.get(format!("/v1/screening-runs/{}", runs[0]["id"].as_str().unwrap_or_default())).await.expect(200)["version"], 2);
    }

    async fn whoever_comes_or_changes_is_screened_by_themselves(world) {
        let acme = world.vendor("Acme").await;
        let list = list(&acme, "ofac").await;
        publish(&acme, &list, &usual()).await;
        let partner = acme.adds_partner("Northwind Systems").await;
        world.settle().await;
        assert_eq!((checks(&acme, &partner, "clear").await.len(), status(&acme, &partner).await.as_str()), (1, "active"));
        partner.is_changed(json!({ "name": "Aerocaribbean Airlines" })).await;
        world.settle().await;
        assert_eq!(status(&acme, &partner).await, "suspended");
        partner.is_changed(json!({ "name": "Northwind Systems" })).await;
        world.settle().await;
        assert_eq!(status(&acme, &partner).await, "active", "it is what it is called");
    }
}
