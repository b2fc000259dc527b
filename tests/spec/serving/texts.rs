//! Text means nothing to the service: no language that it passes through takes it for its own.

use crate::prelude::*;

/// What means something in SQL, LIKE patterns, HTML, templates, shells, paths, formats and log lines.
const TEXTS: [&str; 18] = [
    "' OR '1'='1",
    "'; DROP TABLE partners; --",
    "\\'; SELECT 1",
    "100%",
    "a_c",
    "a\\c",
    "<script>alert(1)</script>",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %>",
    "$(id) `id` | id & id",
    "../../etc/passwd",
    "%s%s%s%n {} {0}",
    "=HYPERLINK(\"http://example.com\")",
    "a\r\nset-cookie: a=b",
    "{\"$ne\": null}",
    "Ünïcödé 日本 \u{1f600}",
    "e\u{301}",
    "\u{202e}drawkcab",
    "\u{feff}mark",
];

spec! {
    async fn whatever_is_written_is_read_again_and_found_by_itself_only(world) {
        let acme = world.vendor("Acme").await;
        acme.adds_partner("abc").await;
        for text in TEXTS {
            let made = acme.post("/v1/partners", json!({ "name": text, "type": "reseller" })).await;
            // A line break is none in a name; whatever is taken is kept as it was, composed.
            if made.status == 422 {
                assert!(text.contains(['\r', '\n']), "{made}");
                continue;
            }
            let made = made.expect(201);
            let kept = made.text("name");
            let read = acme.get(format!("/v1/partners/{}", made.id())).await.expect(200);
            assert_eq!(read["name"], json!(kept));
            let encoded: String = url::form_urlencoded::byte_serialize(kept.as_bytes()).collect();
            let found = acme.get(format!("/v1/partners?q={encoded}")).await.expect(200);
            let names: Vec<_> = found.rows().iter().map(|row| row["name"].clone()).collect();
            assert!(names.contains(&json!(kept)) && !names.contains(&json!("abc")), "{text}: {names:?}");
        }
        let all = acme.all("/v1/partners?limit=200").await;
        assert!(all.len() >= TEXTS.len(), "{}", all.len());
    }

    async fn a_file_for_a_spreadsheet_holds_no_formula_and_comes_back_as_it_was(world) {
        let acme = world.vendor("Acme").await;
        let file = "external_id,name,country\n=1+1,=HYPERLINK(\"http://example.com\"),Nowhere\n@A-2,+SUM(A1),Nowhere\n-3,Three,Nowhere\n";
        let options = json!({ "resource": "accounts", "format": "csv", "content": file });
        let import = acme.post("/v1/imports", options.clone()).await.expect(202);
        world.settle().await;
        let answer = acme.get(format!("/v1/imports/{}/errors.csv", import.id())).await.expect(200);
        assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"errors.csv\""));
        let text = String::from_utf8(answer.bytes.clone()).expect("text");
        for line in text.lines().skip(1) {
            for cell in line.split(',') {
                let formula = cell.trim_start_matches('"').starts_with(['=', '+', '@', '\t', '\r']);
                assert!(!formula, "{line}");
            }
        }
        let mended = text.replace("Nowhere", "DE");
        let import = acme.post("/v1/imports", json!({
            "resource": "accounts", "format": "csv", "content": mended,
            "mapping": { "external_id": "external_id", "name": "name", "country": "country" },
        })).await.expect(202);
        world.settle().await;
        let import = acme.get(format!("/v1/imports/{}", import.id())).await.expect(200);
        assert_eq!((&import["progress"]["created"], &import["progress"]["refused"]), (&json!(3), &json!(0)), "{import}");
        let accounts = acme.all("/v1/accounts?limit=200").await;
        for name in ["=HYPERLINK(\"http://example.com\")", "+SUM(A1)"] {
            assert!(accounts.iter().any(|account| account["name"] == name), "{name} in {accounts:?}");
        }
    }
}
