//! Notes are the vendor's own; a timeline tells everybody what is for them.

use crate::prelude::*;

spec! {
    async fn a_note_is_for_the_vendors_own_people(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let list = format!("/v1/partners/{}/notes", northwind.id);
        let note = acme.post(&list, json!({ "text": "They may be for sale." })).await.expect(201);
        northwind.person("partner_admin").await.get(&list).await.refused(403, "auth.forbidden");
        let path = format!("{list}/{}", note.id());
        let changed = acme.patch(&path, json!({ "text": "They were sold." })).if_match(1).await.expect(200);
        assert_eq!((&changed["text"], &changed["revision"], &changed["author"]["type"]), (&json!("They were sold."), &json!(2), &json!("api_key")));
        acme.patch(&path, json!({ "text": "X" })).if_match(1).await.refused(412, "revision.stale");
        acme.post(&list, json!({ "text": " " })).await.invalid_at("/text");
        acme.delete(&path).await.expect(204);
        assert!(acme.all(&list).await.is_empty());
    }

    async fn a_timeline_tells_all_that_happened_between_the_two(world) {
        let acme = world.vendor("Acme").await;
        let (northwind, fabrikam) = (acme.adds_partner("Northwind").await, acme.adds_partner("Fabrikam").await);
        let seller = northwind.person("sales").await;
        seller.registers(resale("Contoso")).await;
        fabrikam.person("sales").await.registers(resale("Litware")).await;
        acme.post(format!("/v1/partners/{}/notes", northwind.id), json!({ "text": "Good people." })).await.expect(201);
        world.settle().await;
        let path = format!("/v1/partners/{}/timeline", northwind.id);
        let types = |rows: &[Value]| rows.iter().map(|row| row["type"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>();
        assert_eq!(types(&acme.all(&format!("{path}?limit=2")).await), ["partner_note.created", "deal.approved", "person.created", "partner.created"]);
        let seen = seller.all(&path).await;
        assert_eq!(types(&seen), ["deal.approved", "person.created", "partner.created"], "what is the vendor's own is not told");
        assert!(seen.iter().all(|row| row.get("actor").is_none()), "{seen:?}");
        fabrikam.person("sales").await.get(&path).await.refused(404, "not_found");
    }
}
