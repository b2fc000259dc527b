//! A request of each operation that works, and who sends it: the table to extend when an operation needs more than its example.

use super::fixtures::living;
use super::things::*;
use super::{example, fill};
use crate::prelude::*;
use spec::deals::with;
use spec::document::Operation;
use spec::local::outbox;

/// Who calls this operation: a person in a session for what is about oneself, else the vendor's key.
pub async fn caller(acme: &Vendor, operation: &Operation) -> Client {
    let own = ["/v1/me/", "/v1/notifications", "/v1/notification-preferences"];
    // A key has no hands of its own.
    let by_hand = own.iter().any(|root| operation.path.starts_with(root))
        || matches!(operation.id.as_str(), "take_deal" | "sign_agreement" | "decline_agreement" | "get_my_walkthroughs" | "progress_walkthrough");
    if by_hand { me(acme).await } else { acme.client().clone() }
}

/// One person of this vendor, in one strong session.
pub async fn me(acme: &Vendor) -> Client {
    static SIGNED_IN: std::sync::Mutex<std::collections::BTreeMap<String, Client>> = std::sync::Mutex::new(std::collections::BTreeMap::new());
    if let Some(client) = SIGNED_IN.lock().expect("sessions").get(&acme.id) {
        return client.clone();
    }
    let (portal, person) = (acme.opens_portal().await, acme.adds_colleague("admin").await);
    let client = acme.sees_sign_in_at(&portal, &person.id(), &["pwd", "otp", "mfa"]).await;
    SIGNED_IN.lock().expect("sessions").insert(acme.id.clone(), client.clone());
    client
}

/// A body for the operations by which people come in; `None` if it is none of these.
pub async fn coming_in(acme: &Vendor, operation: &Operation) -> Option<Value> {
    let world = acme.world();
    let invited = async || {
        let person = acme.adds_colleague("finance").await;
        acme.invites(&person.id(), &acme.opens_portal().await).await
    };
    let challenge = async |jo: &Local| world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200)["challenge"].clone();
    let with_mail = || world.app().provide(kernel::mail::Mailer::new("smtp://127.0.0.1:9", "prm@prm.test").expect("a mailer"));
    Some(match operation.id.as_str() {
        "invite_person" | "ask_for_passkey" => json!({ "client_id": acme.opens_portal().await }),
        "accept_invitation" => json!({ "secret": invited().await, "password": PASSWORD }),
        "ask_for_invited_passkey" => json!({ "secret": invited().await }),
        "sign_in" => acme.has_local("finance").await.sign_in(PASSWORD),
        "sign_in_with_totp" => {
            let (jo, app, _) = acme.has_local("finance").await.adds_app(world.now()).await;
            json!({ "attempt": challenge(&jo).await["attempt"], "code": app.code(world.now() + seconds(30)) })
        }
        "sign_in_with_recovery_code" => {
            let (jo, _, codes) = acme.has_local("finance").await.adds_app(world.now()).await;
            json!({ "attempt": challenge(&jo).await["attempt"], "code": codes[0] })
        }
        "sign_in_with_passkey" => {
            let key = Key::default();
            let jo = acme.has_local("finance").await.adds_passkey(&key).await;
            let challenge = challenge(&jo).await;
            json!({ "attempt": challenge["attempt"], "credential": key.shows(PORTAL, &challenge["passkey_options"]).await })
        }
        "reset_password" => {
            with_mail();
            json!({ "client_id": acme.opens_portal().await, "email": "somebody@vendor.example" })
        }
        "complete_password_reset" => {
            let jo = acme.has_local("finance").await;
            with_mail();
            world.anonymous().post("/v1/password-resets", json!({ "client_id": jo.portal, "email": jo.email })).await.expect(202);
            world.settle().await;
            json!({ "secret": secret_in(&outbox(acme, &jo.email).await.text), "password": "quiet harbour lantern" })
        }
        "create_passkey_authenticator" => {
            let options = me(acme).await.post("/v1/me/authenticators/passkey-options", json!(null)).await.expect(200);
            json!({ "attempt": options["attempt"], "credential": Key::default().makes(PORTAL, &options["options"]).await })
        }
        "step_up" => {
            let me = me(acme).await;
            let made = me.post("/v1/me/authenticators/totp", json!(null)).await.expect(201);
            let app = App::of(&made.text("otpauth_uri"));
            let path = format!("/v1/me/authenticators/{}/confirm", made["authenticator"]["id"].as_str().expect("an id"));
            me.post(path, json!({ "code": app.code(world.now()) })).await.expect(200);
            json!({ "totp_code": app.code(world.now() + seconds(30)) })
        }
        _ => return None,
    })
}

/// A request of this operation that works: its path and body. Most need no line here.
pub async fn ready(acme: &Vendor, operation: &Operation) -> (String, Option<Value>) {
    let world = acme.world();
    if operation.id == "confirm_authenticator" {
        let made = me(acme).await.post("/v1/me/authenticators/totp", json!(null)).await.expect(201);
        let id = made["authenticator"]["id"].as_str().expect("an id").to_owned();
        return (fill(&operation.path, |_| id.clone()), Some(json!({ "code": App::of(&made.text("otpauth_uri")).code(world.now()) })));
    }
    let body = coming_in(acme, operation).await.or_else(|| example(world, operation));
    if let Some(ready) = super::onboarding::ready(acme, operation, body.clone()).await {
        return ready;
    }
    let deal_in = async |state: &str| {
        fill(&operation.path, {
            let id = deal(acme, state).await;
            move |_| id.clone()
        })
    };
    match operation.id.as_str() {
        "update_lead" | "qualify_lead" | "distribute_lead" => (fill_with(operation, lead(acme, "new").await), body),
        "assign_lead" => {
            let partner = acme.adds_partner("Northwind").await;
            (fill_with(operation, lead(acme, "new").await), Some(json!({ "partner_id": partner.id })))
        }
        "advance_lead" | "convert_lead" | "close_lead" => (fill_with(operation, lead(acme, "accepted").await), body),
        "reopen_lead" => (fill_with(operation, lead(acme, "disqualified").await), body),
        "submit_lead" => {
            let token = acme.post("/v1/lead-forms", json!({ "name": "A form" })).await.expect(201)["token"].clone();
            (operation.path.clone(), body.map(|body| with(body, json!({ "token": token }))))
        }
        "start_application" | "read_application_form" => {
            let token = asked_form(acme).await;
            (operation.path.clone(), body.map(|body| with(body, json!({ "token": token }))))
        }
        "open_application" | "save_application" | "submit_application" | "withdraw_application" => {
            let secret = application(acme, "draft").await.1;
            (operation.path.clone(), body.map(|body| with(body, json!({ "secret": secret }))))
        }
        "draft_application_form_version" => {
            let form = application_form(acme).await.0;
            (operation.path.clone(), body.map(|body| with(body, json!({ "form_id": form }))))
        }
        "assign_application" => {
            let reviewer = acme.adds_colleague("channel_manager").await.id();
            (living(acme, &operation.path).await, body.map(|body| with(body, json!({ "assignee_id": reviewer }))))
        }
        "create_named_account" => {
            let partner = acme.adds_partner("Northwind").await;
            (operation.path.clone(), body.map(|body| partner.gets(body)))
        }
        "submit_referral" => {
            let partner = acme.adds_partner("Northwind").await;
            (operation.path.clone(), body.map(|body| partner.gets(body)))
        }
        "create_screening_list" => (operation.path.clone(), body.map(|body| with(body, json!({ "name": format!("List {}", spec::unique()) })))),
        "accept_referral" => (fill_with(operation, referral(acme, "submitted").await), Some(json!({ "reason": "Thank you." }))),
        "advance_referral" | "close_referral" => (fill_with(operation, referral(acme, "accepted").await), body),
        "undo_referral" => (fill_with(operation, referral(acme, "won").await), body),
        "request_special_price" | "record_deal_usage" => {
            let model = if operation.id == "record_deal_usage" { "consumption" } else { "resale" };
            (fill_with(operation, sold(acme, model).await), body)
        }
        "accept_pricing_request" => (fill_with(operation, pricing_request(acme, "countered").await), body),
        "revoke_pricing_request" => (fill_with(operation, pricing_request(acme, "approved").await), body),
        "move_incumbency" => {
            let partner = acme.adds_partner("Northwind").await.id;
            (living(acme, &operation.path).await, body.map(|body| with(body, json!({ "partner_id": partner }))))
        }
        "grant_deal_extension" | "decline_deal_extension" => {
            let path = living(acme, &operation.path).await;
            let asked = path.replace("grant-extension", "request-extension").replace("decline-extension", "request-extension");
            acme.post(asked, json!({ "reason": "Their budget is decided in January." })).await.expect(201);
            (path, body)
        }
        "record_deal_activity" => (living(acme, &operation.path).await, body),
        "approve_deal" | "reject_deal" | "request_deal_information" => (deal_in("in_review").await, body),
        "resubmit_deal" => (deal_in("information_requested").await, body),
        "submit_deal" => (deal_in("draft").await, body),
        "take_deal" => (deal_in("in_review").await, body),
        "assign_deal" => {
            let colleague = acme.adds_colleague("channel_manager").await.id();
            (deal_in("in_review").await, body.map(|body| with(body, json!({ "to": colleague }))))
        }
        "release_deal" | "escalate_deal" => {
            let (path, one, _) = (deal_in("in_review").await, acme.adds_colleague("admin").await.id(), acme.adds_colleague("admin").await);
            let assign = path.rsplit_once('/').map(|(deal, _)| format!("{deal}/assign")).expect("an action");
            acme.post(assign, json!({ "to": one, "reason": "To begin with." })).await.expect(200);
            (path, body)
        }
        "create_queue" => (operation.path.clone(), body.map(|body| with(body, json!({ "name": format!("queue {}", spec::unique()) })))),
        "register_deal" | "check_deal" => {
            let partner = acme.adds_partner("Northwind").await;
            (operation.path.clone(), body.map(|body| partner.gets(body)))
        }
        "preview_account_merge" | "merge_account" => {
            let into = living(acme, "/v1/accounts/{external_id}").await;
            let into = into.rsplit('/').next().unwrap_or_default().to_owned();
            (living(acme, &operation.path).await, body.map(|body| with(body, json!({ "into": into }))))
        }
        "reopen_hygiene_finding" => {
            let path = living(acme, &operation.path).await;
            acme.post(path.replace("/reopen", "/dismiss"), json!({ "reason": "On purpose." })).await.expect(200);
            (path, body)
        }
        "open_dispute" => (operation.path.clone(), Some(json!({ "deal_id": disputable(acme).await.0, "reason": "It was ours before." }))),
        "make_match_verdict" => (operation.path.clone(), Some(two_companies(acme).await)),
        "begin_dispute_review" => (disputed(acme, operation, "heard").await, body),
        "decide_dispute" => (disputed(acme, operation, "under_review").await, body),
        "accept_dispute_settlement" => (disputed(acme, operation, "offered").await, body),
        "appeal_dispute" => (disputed(acme, operation, "decided").await, body),
        "add_dispute_party" => (disputed(acme, operation, "statements").await, Some(json!({ "deal_id": deal(acme, "approved").await }))),
        "assign_dispute" => {
            let reviewer = acme.adds_colleague("channel_manager").await.id();
            (disputed(acme, operation, "statements").await, body.map(|body| with(body, json!({ "reviewer_id": reviewer }))))
        }
        "disclose_dispute_evidence" => {
            let dispute = dispute(acme, "statements").await;
            let evidence = acme.all(&format!("/v1/disputes/{dispute}/evidence")).await[0]["id"].clone();
            (fill(&operation.path, |_| dispute.clone()), body.map(|body| with(body, json!({ "evidence_id": evidence }))))
        }
        "accept_cosell_request" | "decline_cosell_request" | "update_cosell_request" => (fill_with(operation, cosell(acme, "requested").await), body),
        "confirm_cosell_contributions" => (fill_with(operation, cosell(acme, "proposed").await), body),
        "add_cosell_participant" | "remove_cosell_participant" => {
            let request = cosell(acme, "accepted").await;
            let colleague = acme.adds_colleague("channel_manager").await.id();
            let adds = json!({ "person_id": colleague, "helps": ["demo"], "reason": "Knows their plant." });
            if operation.id == "remove_cosell_participant" {
                acme.post(format!("/v1/cosell-requests/{request}/add-participant"), adds).await.expect(200);
            }
            (fill_with(operation, request), body.map(|body| with(body, json!({ "person_id": colleague }))))
        }
        "reopen_partner_review_action" => {
            let action = partner_review_action(acme).await;
            acme.post(format!("/v1/partner-review-actions/{action}/complete"), json!(null)).await.expect(200);
            (fill_with(operation, action), body)
        }
        "reopen_cosell_task" => {
            let task = cosell_task(acme).await;
            acme.post(format!("/v1/cosell-tasks/{task}/complete"), json!(null)).await.expect(200);
            (fill_with(operation, task), body)
        }
        "create_token" => {
            let seller = acme.adds_partner("Northwind").await.person("sales").await;
            (operation.path.clone(), Some(json!({ "person_email": seller.email, "expires_in": 900 })))
        }
        "decide_access_review" => {
            let (review, item) = review(acme).await;
            (fill(&operation.path, |_| review.clone()), Some(json!({ "decisions": [{ "item_id": item, "decision": "keep" }] })))
        }
        "create_identity" => {
            let person = acme.adds_colleague("finance").await.id();
            (operation.path.clone(), body.map(|body| with(body, json!({ "person_id": person }))))
        }
        "find_sign_in_options" => {
            let portal = portal(acme).await;
            (operation.path.clone(), body.map(|body| with(body, json!({ "client_id": portal }))))
        }
        "authorize" => {
            let query = format!("client_id={}&redirect_uri=https://portal.example/signed-in&response_type=code", portal(acme).await);
            (format!("{}?{query}", operation.path), None)
        }
        "undo_partner_offboarding" | "get_partner_offboarding" => {
            let path = living(acme, &operation.path).await;
            let leaves = json!({ "reason": "It was agreed.", "effective_at": world.now() + days(30) });
            acme.post(format!("{}/offboard", path.rsplit_once('/').expect("an action").0), leaves).await.expect(200);
            (path, body)
        }
        "hand_over_deal" => {
            let partner = acme.adds_partner("Southridge").await.id;
            (deal_in("approved").await, Some(json!({ "partner_id": partner, "reason": "They look after this region." })))
        }
        "apply_partner" | "end_partner" => (fill_with(operation, partner(acme, "prospect").await), body),
        "refuse_partner" => (fill_with(operation, partner(acme, "applicant").await), body),
        "onboard_partner" => (fill_with(operation, partner(acme, "prospect").await), body),
        "activate_partner" => (fill_with(operation, partner(acme, "onboarding").await), body),
        "reinstate_partner" => {
            let path = living(acme, &operation.path).await;
            acme.post(path.replace("/reinstate", "/suspend"), json!({ "reason": "For a while." })).await.expect(200);
            (path, body)
        }
        "enable_webhook_endpoint" => {
            let path = living(acme, &operation.path).await;
            acme.post(path.replace("/enable", "/disable"), json!(null)).await.expect(200);
            (path, body)
        }
        _ if operation.path.contains('{') => (living(acme, &operation.path).await, body),
        _ => (operation.path.clone(), body),
    }
}

/// The path of an operation with this id in it.
pub fn fill_with(operation: &Operation, id: String) -> String {
    fill(&operation.path, move |_| id.clone())
}
