//! Documents: what is kept is what it says, and is never shown by a browser.

use crate::prelude::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

fn file(name: &str, media_type: &str, bytes: &[u8]) -> Value {
    json!({ "file_name": name, "media_type": media_type, "content": STANDARD.encode(bytes) })
}

fn document(visibility: &str, file: Value) -> Value {
    json!({ "title": "Agreement", "kind": "contract", "visibility": visibility, "file": file })
}

spec! {
    async fn a_document_comes_back_byte_for_byte_as_an_attachment(world) {
        let acme = world.vendor("Acme").await;
        let list = format!("/v1/partners/{}/documents", acme.adds_partner("Northwind").await.id);
        let pdf = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n";
        let made = acme.post(&list, document("vendor", file("Vertrag \u{201e}\u{d6}\u{201c}.pdf", "application/pdf", pdf))).await.expect(201);
        assert_eq!((&made["latest"]["bytes"], &made["latest"]["version"]), (&json!(pdf.len()), &json!(1)));
        let path = format!("{list}/{}", made.id());
        let sent = acme.get(format!("{path}/content")).await.expect(200);
        assert_eq!(sent.bytes.as_slice(), pdf);
        assert_eq!((sent.header("content-type"), sent.header("x-content-type-options")), (Some("application/octet-stream"), Some("nosniff")));
        assert!(sent.header("content-disposition").is_some_and(|said| said.starts_with("attachment; filename=\"Vertrag ")), "{sent}");
        let next = acme.post(format!("{path}/versions"), file("b.txt", "text/plain", b"The second.")).await.expect(201);
        assert_eq!((&next["latest"]["version"], &next["revision"]), (&json!(2), &json!(2)));
        assert_eq!(acme.get(format!("{path}/content")).await.expect(200).bytes.as_slice(), b"The second.");
        assert_eq!(acme.get(format!("{path}/content?version=1")).await.expect(200).bytes.as_slice(), pdf);
        acme.get(format!("{path}/content?version=3")).await.refused(404, "not_found");
        assert_eq!(acme.all(&format!("{path}/versions?limit=1")).await.len(), 2);
    }

    async fn what_is_not_what_it_says_is_refused_and_nothing_is_kept(world) {
        let acme = world.vendor("Acme").await;
        let list = format!("/v1/partners/{}/documents", acme.adds_partner("Northwind").await.id);
        let eicar = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat();
        for (code, media_type, bytes) in [
            ("not_allowed", "text/html", b"<p>".as_slice()),
            ("not_allowed", "image/svg+xml", b"<svg/>"),
            ("type_mismatch", "application/pdf", b"no pdf"),
            ("type_mismatch", "text/plain", b"MZ\0\0"),
            ("polyglot", "application/pdf", b"%PDF-1.7\n%%EOF\nPK\x05\x06 and more"),
            ("polyglot", "image/jpeg", b"\xff\xd8\xff\xe0<script>alert(1)</script>\xff\xd9"),
            ("active_content", "application/pdf", b"%PDF-1.7\n/JavaScript\n%%EOF"),
            ("malware", "text/plain", eicar.as_bytes()),
        ] {
            let refused = acme.post(&list, document("vendor", file("a", media_type, bytes))).await.invalid_at("/file/content");
            assert_eq!(refused["errors"][0]["code"], code, "{refused}");
        }
        let mut bad = file("a.txt", "text/plain", b"x");
        bad["content"] = json!("***");
        acme.post(&list, document("vendor", bad)).await.invalid_at("/file/content");
        for name in ["../a.txt", "a\"b.txt", ".htaccess"] {
            acme.post(&list, document("vendor", file(name, "text/plain", b"x"))).await.invalid_at("/file/file_name");
        }
        let large = file("a.txt", "text/plain", &vec![b'a'; (5 << 20) + 1]);
        let refused = acme.post(&list, document("vendor", large)).await;
        assert!(matches!(refused.status, 413 | 422), "{}", refused.status);
        acme.post(&list, document("vendor", file("a.txt", "text/plain", &vec![b'a'; 12 << 20]))).await.refused(413, "body.too_large");
        assert!(acme.all(&list).await.is_empty());
        acme.post(&list, document("vendor", file("a.txt", "text/plain", &vec![b'a'; 5 << 20]))).await.expect(201);
    }

    async fn a_partner_sees_what_is_shared_with_it(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let (list, seller) = (format!("/v1/partners/{}/documents", northwind.id), northwind.person("sales").await);
        let own = acme.post(&list, document("vendor", file("a.txt", "text/plain", b"ours"))).await.expect(201);
        let shared = acme.post(&list, document("partner", file("b.txt", "text/plain", b"yours"))).await.expect(201);
        let seen = seller.all(&list).await;
        assert_eq!((seen.len(), &seen[0]["id"], seen[0]["latest"].get("uploaded_by")), (1, &json!(shared.id()), None));
        for path in [format!("{list}/{}", own.id()), format!("{list}/{}/content", own.id()), format!("{list}/{}/versions", own.id())] {
            seller.get(path).await.refused(404, "not_found");
        }
        acme.patch(format!("{list}/{}", own.id()), json!({ "visibility": "partner" })).if_match(1).await.expect(200);
        assert_eq!(seller.get(format!("{list}/{}/content", own.id())).await.expect(200).bytes.as_slice(), b"ours");
        acme.adds_partner("Fabrikam").await.person("sales").await.get(format!("{list}/{}/content", shared.id())).await.refused(404, "not_found");
    }

    async fn what_must_be_kept_is_not_deleted_before_its_day(world) {
        let acme = world.vendor("Acme").await;
        let list = format!("/v1/partners/{}/documents", acme.adds_partner("Northwind").await.id);
        let kept = with(document("vendor", file("a.txt", "text/plain", b"x")), json!({ "retain_until": "2026-12-01T00:00:00Z" }));
        let path = format!("{list}/{}", acme.post(&list, kept).await.expect(201).id());
        acme.delete(&path).await.refused(409, "partner_document.retained");
        acme.patch(&path, json!({ "retain_until": "2026-11-25T00:00:00Z" })).if_match(1).await.invalid_at("/retain_until");
        world.pass(days(20)).await;
        acme.delete(&path).await.expect(204);
        acme.get(&path).await.refused(404, "not_found");
    }
}
