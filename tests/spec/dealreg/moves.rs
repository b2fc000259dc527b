//! Which moves are legal, from each status and for each role.

use crate::prelude::*;

const ACTIONS: [&str; 8] = ["submit", "approve", "reject", "request-information", "resubmit", "withdraw", "extend", "close"];

/// The legal moves from each status: the manual.
const LEGAL: [(&str, &[&str]); 9] = [
    ("draft", &["submit", "withdraw"]),
    ("in_review", &["approve", "reject", "request-information", "withdraw", "assign", "take", "escalate"]),
    ("information_requested", &["resubmit", "reject", "withdraw", "assign"]),
    ("approved", &["extend", "close", "withdraw"]),
    ("rejected", &["resubmit", "approve"]),
    ("won", &[]),
    ("lost", &[]),
    ("expired", &[]),
    ("withdrawn", &[]),
];

fn body(action: &str) -> Value {
    match action {
        "reject" => json!({ "reason": "They buy direct." }),
        "request-information" => json!({ "question": "Who decides there?" }),
        "close" => json!({ "outcome": "won" }),
        _ => json!(null),
    }
}

/// The status in which a legal move leaves the deal.
fn leads_to(from: &str, action: &str) -> &'static str {
    match action {
        "approve" | "extend" => "approved",
        "reject" => "rejected",
        "request-information" => "information_requested",
        "withdraw" => "withdrawn",
        "close" => "won",
        // Decided anew: what made it large has not changed.
        "resubmit" => "in_review",
        "submit" => "approved",
        _ => unreachable!("{action} from {from}"),
    }
}

/// A deal in this status, of a customer of its own.
async fn deal_in(status: &str, acme: &Vendor, seller: &Person) -> String {
    let seller = seller.anew().await;
    const NAMES: [&str; 9] = ["Fabrikam", "Tailspin", "Wingtip", "Proseware", "Litware", "Adatum", "Trey", "Relecloud", "Nodwick"];
    let count = acme.all("/v1/deals?limit=200").await.len();
    let name = format!(
        "{} {}",
        NAMES[count % 9],
        ["Metallbau", "Feinkost", "Orgelbau", "Kartografie", "Brauerei", "Glaswerk", "Reederei", "Druckerei"][count / 9 % 8]
    );
    let made = match status {
        "draft" => seller.registers(with(resale(&name), json!({ "draft": true }))).await,
        "approved" | "won" | "lost" | "expired" | "withdrawn" => seller.registers(resale(&name)).await.expect(201),
        _ => seller.registers(large(resale(&name))).await,
    };
    let id = made.id();
    match status {
        "information_requested" => _ = acme.moves(&id, "request-information", body("request-information")).await.expect(200),
        "rejected" => _ = acme.moves(&id, "reject", body("reject")).await.expect(200),
        "won" | "lost" => _ = acme.moves(&id, "close", json!({ "outcome": status })).await.expect(200),
        "withdrawn" => _ = seller.moves(&id, "withdraw", json!(null)).await.expect(200),
        "expired" => acme.world().pass(days(90)).await,
        _ => {}
    }
    assert_eq!(acme.deal(&id).await["status"], status);
    id
}

spec! {
    async fn an_illegal_move_is_refused_with_the_legal_ones(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.reviews_large_deals().await;
        for (status, legal) in LEGAL {
            let id = deal_in(status, &acme, &seller).await;
            let before = acme.deal(&id).await;
            for action in ACTIONS.iter().filter(|action| !legal.contains(action)) {
                let refused = acme.moves(&id, action, body(action)).await.refused(409, "deal.illegal_move");
                assert_eq!(refused["legal_actions"], json!(legal), "{action} while {status}");
            }
            assert_eq!(acme.deal(&id).await.body, before.body, "{status}");
        }
    }

    async fn a_legal_move_leads_on_and_is_told(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.reviews_large_deals().await;
        for (status, legal) in LEGAL {
            // Who has it is another matter: tests/spec/dealreg/assignment.rs.
            for action in legal.iter().filter(|action| ACTIONS.contains(action)) {
                let id = deal_in(status, &acme, &seller).await;
                let before = acme.deal(&id).await;
                let after = acme.moves(&id, action, body(action)).await.expect(200);
                assert_eq!(after["status"], leads_to(status, action), "{action} from {status}\n{after}");
                assert_eq!(after["revision"].as_i64(), before["revision"].as_i64().map(|revision| revision + 1));
                let told = acme.all(&format!("/v1/events?subject={id}&limit=200")).await;
                let last = told.last().expect("an event");
                assert_eq!((&last["data"]["deal"]["status"], &last["subject"]["revision"]), (&after["status"], &after["revision"]), "{action}");
            }
        }
    }

    async fn each_role_is_shown_the_moves_that_it_may_make(world) {
        let (acme, seller, rival) = rivals(world).await;
        acme.reviews_large_deals().await;
        let manager = acme.makes_key("channel_manager", &[]).await;
        let finance = acme.makes_key("finance", &[]).await;
        let engineer = seller.partner.person("engineer").await;
        for (status, legal) in LEGAL {
            let id = deal_in(status, &acme, &seller).await;
            let (seller, rival, engineer) = (seller.anew().await, rival.anew().await, engineer.anew().await);
            let shown = async |reader: &Client| reader.deal(&id).await["available_actions"].clone();
            assert_eq!((shown(&acme).await, shown(&manager).await), (json!(legal), json!(legal)), "{status}");
            let own: Vec<_> = legal.iter().filter(|action| ["submit", "resubmit", "withdraw", "extend"].contains(action)).collect();
            assert_eq!(shown(&seller).await, json!(own), "{status}");
            assert_eq!((shown(&finance).await, shown(&engineer).await), (json!([]), json!([])), "{status}");
            for action in ACTIONS {
                let decides = ["approve", "reject", "request-information", "close"].contains(&action);
                if decides {
                    seller.moves(&id, action, body(action)).await.refused(403, "auth.forbidden");
                }
                engineer.moves(&id, action, body(action)).await.refused(403, "auth.forbidden");
                finance.moves(&id, action, body(action)).await.refused(403, "auth.forbidden");
                if !decides {
                    rival.moves(&id, action, body(action)).await.refused(404, "not_found");
                }
            }
        }
    }

    async fn a_move_made_on_an_old_view_is_refused(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.reviews_large_deals().await;
        for (status, action) in [("draft", "submit"), ("in_review", "approve"), ("approved", "extend"), ("rejected", "resubmit"), ("approved", "close")] {
            let id = deal_in(status, &acme, &seller).await;
            let etag = acme.deal(&id).await.etag();
            acme.moves(&id, action, body(action)).if_match(99).await.refused(412, "revision.stale");
            acme.moves(&id, action, body(action)).if_match(etag).await.expect(200);
        }
    }

    async fn a_deal_whose_customer_was_put_right_is_found_by_its_new_name_at_once(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        acme.reviews_large_deals().await;
        let asked = northwind.registers(large(resale("Fabrikam"))).await.id();
        acme.moves(&asked, "request-information", json!({ "question": "Which company is it?" })).await.expect(200);
        let other = json!({ "customer": { "name": "Contoso", "country": "DE" } });
        northwind.patch(format!("/v1/deals/{asked}"), other).if_match(acme.deal(&asked).await.etag()).await.expect(200);
        assert_eq!(codes(&southridge.registers(resale("Contoso")).await), ["pending_elsewhere"]);
        assert_eq!(southridge.registers(resale("Fabrikam")).await["status"], "approved");
    }
}
