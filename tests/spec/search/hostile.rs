//! Whatever is typed: an answer, soon, or a reason.

use super::*;

spec! {
    async fn nothing_that_is_typed_does_harm(world) {
        let acme = with_accounts(world, &["Fabrikam A", "Or"]).await;
        for typed in [
            "", " ", "%", "%%%", "_", "*", "\"", "\"a\" OR *", "fabrikam\" AND \"x", "NEAR(a b)", "-a", "a:b", "title:fabrikam", "'; DROP TABLE deals --",
            "\\", "^", "~", "=", "^fabrikam", "~abri", "=fabrikama OR", "🙂", "\u{202e}", "ﷺ", "a a a a a a a a a a a a a a",
        ] {
            acme.searches(typed).await;
        }
        assert!(acme.finds("%%%").await.is_empty() && acme.finds("*").await.is_empty() && acme.finds("🙃🙃🙃").await.is_empty());
        assert_eq!(acme.finds("\"fabrikam\" *").await, ["Fabrikam A"], "signs mean nothing");
        assert_eq!(acme.get("/v1/search").await.expect(200).rows().len(), 0);
    }

    async fn what_is_too_much_is_refused_or_passed_over(world) {
        let acme = with_accounts(world, &["Fabrikam"]).await;
        acme.get(format!("/v1/search?q={}", "a".repeat(10_000))).await.refused(414, "request.uri_too_long");
        acme.get(format!("/v1/search?q={}", "a".repeat(8_000))).await.invalid_at("q");
        acme.get(format!("/v1/search?q={}", "a".repeat(201))).await.invalid_at("q");
        assert!(acme.finds(&"a".repeat(200)).await.is_empty());
        let many = (0..100).map(|number| format!("{}", number % 10)).collect::<Vec<_>>().join(" ");
        acme.searches(&many).await;
        assert_eq!(acme.finds("fabrikam b c d e f g h i j k l").await, ["Fabrikam"], "the first eight words count");
        for types in ["", "deals", "deal,", "deal,,lead", "DEAL", "*"] {
            acme.get(format!("/v1/search?q=a&types={types}")).await.invalid_at("types");
        }
        acme.get("/v1/search?q=a&types=deal,deal").await.expect(200);
        acme.get("/v1/search?q=a&q=b").await.expect(422);
    }

    async fn a_cursor_of_another_list_is_refused(world) {
        let acme = with_accounts(world, &["Fabrikam One", "Fabrikam Two"]).await;
        let theirs = acme.get("/v1/accounts?limit=1").await.expect(200).text("next_cursor");
        acme.get(format!("/v1/search?q=fabrikam&cursor={theirs}")).await.refused(400, "cursor.invalid");
        let own = acme.get("/v1/search?q=fabrikam&limit=1").await.expect(200).text("next_cursor");
        assert_eq!(acme.get(format!("/v1/search?q=fabrikam&cursor={own}")).await.expect(200).rows().len(), 1);
    }

    async fn a_search_is_no_list_that_a_view_is_kept_of(world) {
        let acme = world.vendor("Acme").await;
        let portal = acme.opens_portal().await;
        let person = acme.adds_colleague("admin").await.id();
        let me = acme.sees_sign_in_at(&portal, &person, &["pwd"]).await;
        me.post("/v1/me/views", json!({ "list": "search", "name": "Mine" })).await.expect(422);
    }
}
