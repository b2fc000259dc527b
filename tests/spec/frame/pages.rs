//! Lists: pages that lose nothing and repeat nothing.

use crate::prelude::*;

spec! {
    async fn a_walk_sees_every_row_once_while_rows_are_added(world) {
        let acme = world.vendor("Acme").await;
        for _ in 0..6 {
            acme.makes_key("finance", &[]).await;
        }
        let before: Vec<_> = acme.all("/v1/api-keys").await.iter().map(|key| key["id"].clone()).collect();
        let first = acme.get("/v1/api-keys?limit=3").await.expect(200);
        acme.makes_key("finance", &[]).await;
        let second = acme.get(format!("/v1/api-keys?limit=3&cursor={}", first.text("next_cursor"))).await.expect(200);
        acme.makes_key("finance", &[]).await;
        let third = acme.get(format!("/v1/api-keys?limit=3&cursor={}", second.text("next_cursor"))).await.expect(200);
        let walked: Vec<_> = [&first, &second, &third].into_iter().flat_map(Reply::rows).map(|key| key["id"].clone()).collect();
        assert_eq!(walked, before);
    }

    async fn a_parameter_that_is_sent_twice_is_refused_by_name(world) {
        let acme = world.vendor("Acme").await;
        acme.get("/v1/api-keys?limit=1&limit=2").await.invalid_at("limit");
    }

    async fn the_last_page_has_no_cursor(world) {
        let acme = world.vendor("Acme").await;
        acme.makes_key("finance", &[]).await;
        assert!(acme.get("/v1/api-keys?limit=2").await.expect(200)["next_cursor"].is_null());
        assert!(acme.get("/v1/api-keys?limit=1").await.expect(200)["next_cursor"].is_string());
    }

    async fn a_cursor_of_another_list_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let cursor = kernel::page::cursor("partners:name", &"a");
        acme.get(format!("/v1/api-keys?cursor={cursor}")).await.refused(400, "cursor.invalid");
    }
}
