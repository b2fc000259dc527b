//! What a file may look like, and what is said when it does not.

use super::{counts, imports, refusals};
use crate::prelude::*;

fn csv() -> Value {
    json!({"resource": "accounts", "format": "csv"})
}

/// Describe an import that awaits its content; answers with the path of the content.
async fn awaits(vendor: &Vendor, options: Value) -> String {
    let import = vendor.post("/v1/imports", options).await.expect(201);
    assert_eq!((&import["status"], &import["available_actions"]), (&json!("awaiting_content"), &json!(["upload_content", "cancel"])));
    format!("{}/content", import.header("location").expect("a location"))
}

spec! {
    async fn a_file_is_sent_after_its_description(world) {
        let acme = world.vendor("Acme").await;
        let path = awaits(&acme, csv()).await;
        acme.call(Method::PUT, &path).raw("application/json", "{}").await.refused(415, "body.media_type");
        let queued = acme.call(Method::PUT, &path).raw("text/csv; charset=utf-8", "external_id,name\nA-1,One\n").await.expect(202);
        assert_eq!((&queued["status"], queued.header("location")), (&json!("queued"), Some(path.trim_end_matches("/content"))));
        acme.call(Method::PUT, &path).raw("text/csv", "external_id,name\n").await.refused(409, "import.state");
        world.settle().await;
        acme.get("/v1/accounts/A-1").await.expect(200);
        assert_eq!(world.number("SELECT COUNT(*) FROM import_chunks").await, 0);
        acme.call(Method::PUT, "/v1/imports/imp_01jd3k7x2mfq8t9v5w6y0zabcd/content").raw("text/csv", "x").await.expect(404);
    }

    async fn a_wrong_header_is_refused_at_once_and_can_be_mended(world) {
        let acme = world.vendor("Acme").await;
        let mut options = csv();
        options["mapping"] = json!({"external_id": "Id", "name": "Account Name"});
        let path = awaits(&acme, options.clone()).await;
        let refused = acme.call(Method::PUT, &path).raw("text/csv", "Id,Name\n1,One\n").await.invalid_at("/mapping/name");
        assert_eq!(refused["errors"][0]["code"], "missing_column");
        acme.call(Method::PUT, &path).raw("text/csv", &b"\xff\xfeI\0d\0"[..]).await.invalid_at("/content");
        acme.call(Method::PUT, &path).raw("text/csv", "").await.invalid_at("/content");
        acme.call(Method::PUT, &path).raw("text/csv", "\"Id,Account Name\n1,One\n").await.invalid_at("/content");
        acme.call(Method::PUT, &path).raw("text/csv", "Id,Account Name\n1,One\n").await.expect(202);
        options["content"] = "Id\n1\n".into();
        acme.post("/v1/imports", options).await.invalid_at("/mapping/name");
        assert_eq!(acme.get("/v1/imports").await.expect(200).rows().len(), 1, "nothing is half done");
    }

    async fn options_that_make_no_sense_are_refused(world) {
        let acme = world.vendor("Acme").await;
        for (member, value, pointer) in [
            ("mapping", json!({"external_id": "a", "nmae": "b"}), "/mapping/nmae"),
            ("mapping", json!({"name": "b"}), "/mapping/external_id"),
            ("constants", json!({"external_id": "b"}), "/constants/external_id"),
            ("values", json!({"colour": {}}), "/values/colour"),
            ("on_unknown", json!({"name": "explode"}), "/on_unknown/name"),
            ("currency", json!("ZZZ"), "/currency"),
            ("resource", json!("contacts"), "/resource"),
        ] {
            let mut options = csv();
            options[member] = value;
            acme.post("/v1/imports", options).await.invalid_at(pointer);
        }
    }

    async fn a_bad_row_spoils_only_itself(world) {
        let acme = world.vendor("Acme").await;
        let path = awaits(&acme, csv()).await;
        let mut file = b"\xef\xbb\xbfexternal_id,name\r\n1,One\r\n2\r\n3,\"Th\"ree\r\n4,M\xfcller\r\n5,Nu\0l\r\n,Six\r\n\r\n7,\"Sev\r\nen\"\r\n".to_vec();
        file.extend(format!("8,{}\r\n", "x".repeat(70_000)).into_bytes());
        file.extend(b"9,Nine\r\n10,\"never closed\r\n11,Eleven");
        let import = acme.call(Method::PUT, &path).raw("text/csv", file).await.expect(202);
        world.settle().await;
        let import = acme.get(format!("/v1/imports/{}", import.id())).await.expect(200);
        assert_eq!(counts(&import), [4, 0, 0, 7]);
        let expected = [(3, "columns"), (4, "quote_misplaced"), (5, "encoding"), (6, "control_character"), (7, "required"), (11, "row_too_long"),
            (13, "quote_unterminated")];
        assert_eq!(refusals(&acme, &import).await, expected.map(|(line, code)| (line, code.to_owned())));
        assert_eq!(acme.get("/v1/accounts/7").await.expect(200)["name"], "Sev\r\nen");
        assert_eq!(acme.get("/v1/accounts/11").await.expect(200)["name"], "Eleven");
        acme.get(format!("/v1/imports/{}/errors.csv", import.id())).await.expect(200);
    }

    async fn a_row_as_long_as_several_chunks_is_passed_over(world) {
        let acme = world.vendor("Acme").await;
        let path = awaits(&acme, csv()).await;
        let file = format!("external_id,name\n1,One\n2,{}\n3,Three\n", "x".repeat(1_500_000));
        let import = acme.call(Method::PUT, &path).raw("text/csv", file).await.expect(202);
        world.settle().await;
        let import = acme.get(format!("/v1/imports/{}", import.id())).await.expect(200);
        assert_eq!((counts(&import), refusals(&acme, &import).await), ([2, 0, 0, 1], vec![(3, "row_too_long".to_owned())]));
        assert_eq!(import["progress"]["bytes_done"], import["progress"]["bytes_total"]);
    }

    async fn semicolons_and_lone_carriage_returns_are_read(world) {
        let acme = world.vendor("Acme").await;
        let mut options = csv();
        options["delimiter"] = "semicolon".into();
        assert_eq!(counts(&imports(&acme, options, "external_id;name\r1;One, Ltd\r2;Two\r").await), [2, 0, 0, 0]);
        assert_eq!(acme.get("/v1/accounts/1").await.expect(200)["name"], "One, Ltd");
    }
}
