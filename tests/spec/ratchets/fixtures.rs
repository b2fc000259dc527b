//! The one table to extend when a new resource or action appears: how to make a living thing, and a request that works.

use super::{example, fill};
use crate::prelude::*;
use spec::deals::{large, resale, with};
use spec::document::Operation;
use spec::local::outbox;

/// An id of this kind that nothing has; `kind` is the schema's name in the document.
pub fn nobody(kind: &str) -> String {
    let prefix = match kind {
        "AuthenticatorId" => "atn",
        "PortalId" => "ptl",
        "ViewId" => "view",
        "GroupId" => "grp",
        "SessionId" => "ses",
        "AccessReviewId" => "arv",
        "AccessReviewItemId" => "ari",
        "RemarkId" => "rmk",
        "IdentityProviderId" => "idp",
        "IdentityId" => "idt",
        "TrustedIssuerId" => "tis",
        "PartnerContactId" => "pct",
        "PartnerContractId" => "pcn",
        "PartnerDocumentId" => "pdo",
        "PartnerNoteId" => "pnt",
        "DealId" => "deal",
        "RulesId" => "roe",
        "LeadId" => "lead",
        "LeadRulesId" => "lru",
        "LeadFormId" => "lfm",
        "ApplicationId" => "app",
        "ApplicationFormId" => "apf",
        "ApplicationFormVersionId" => "afv",
        "AdmissionRulesId" => "adr",
        "NamedAccountId" => "nac",
        "ReferralId" => "rfl",
        "CommercialTermsId" => "cmt",
        "PricingRequestId" => "spr",
        "IncumbencyId" => "inc",
        "AccountMergeId" => "amg",
        "HygieneAuditId" => "hya",
        "HygieneFindingId" => "hyf",
        "CosellRequestId" => "csr",
        "CosellTaskId" => "cst",
        "ImportId" => "imp",
        "WebhookEndpointId" => "whe",
        "WebhookDeliveryId" => "whd",
        "ErasureId" => "era",
        "AbsenceId" => "abs",
        "QueueId" => "que",
        "DisputeId" => "dsp",
        "MatchVerdictId" => "mvd",
        "AutomationRunId" => "run",
        "NotificationId" => "ntf",
        "NotificationChannelId" => "nch",
        "OnboardingPathId" => "pth",
        "OnboardingTaskId" => "otk",
        "ScreeningListId" => "scl",
        "ScreeningRunId" => "scr",
        "VettingCheckId" => "vck",
        _ => panic!("tests/spec/ratchets/fixtures.rs: add a line to `nobody` for ids of the kind {kind}"),
    };
    kernel::id::write(prefix, kernel::id::fresh())
}

/// The path to a new, living thing of this vendor, for a path of the document.
pub async fn living(acme: &Vendor, path: &str) -> String {
    let number = spec::unique();
    if path.starts_with("/v1/access-reviews/") {
        let (review, item) = review(acme).await;
        return fill(path, |name| if name == "item" { item.clone() } else { review.clone() });
    }
    if path.contains("{remark}") {
        let about = path.split("/{remark}").next().unwrap_or_default().replace("{id}", &deal(acme, "approved").await);
        let made = acme.post(&about, json!({ "text": format!("Remark {number}") })).await.expect(201);
        return format!("{about}/{}", made.id());
    }
    if let Some(id) = super::onboarding::living(acme, path).await {
        return fill_with_value(path, &id);
    }
    if let Some(living) = part_of_partner(acme, path).await {
        return living;
    }
    let root = path.split("/{").next().unwrap_or_default();
    let id = match root {
        "/v1/api-keys" => acme.post("/v1/api-keys", json!({ "name": "A key", "role": "finance" })).await.expect(201)["api_key"]["id"].clone(),
        "/v1/portals" => json!(portal(acme).await),
        // Nobody listens there.
        "/v1/identity-providers" => {
            let body = json!({ "name": "A provider", "issuer": "http://127.0.0.1:9", "client_id": "prm" });
            acme.post("/v1/identity-providers", body).await.expect(201)["id"].clone()
        }
        "/v1/identities" => {
            let person = acme.adds_colleague("finance").await.id();
            let body = json!({ "person_id": person, "issuer": "https://login.contoso.example", "subject": format!("{number}") });
            acme.post("/v1/identities", body).await.expect(201)["id"].clone()
        }
        "/v1/trusted-issuers" => {
            let (issuer, audience) = ("https://id.contoso.example", format!("audience {number}"));
            let body = json!({ "name": "An issuer", "issuer": issuer, "audience": audience, "algorithms": ["ES256"], "person_by": "email" });
            acme.post("/v1/trusted-issuers", body).await.expect(201)["id"].clone()
        }
        "/v1/me/views" => me(acme).await.post("/v1/me/views", json!({ "list": "deals", "name": "A view" })).await.expect(201)["id"].clone(),
        "/v1/me/authenticators" => me(acme).await.post("/v1/me/authenticators/totp", json!(null)).await.expect(201)["authenticator"]["id"].clone(),
        "/v1/sessions" => json!(acme.adds_partner("Northwind").await.person("sales").await.signs_in(&["pwd"]).await.session),
        "/v1/directory-groups" => {
            let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": format!("Group {number}") });
            acme.post("/scim/v2/Groups", body).await.expect(201)["id"].clone()
        }
        "/v1/roles" => {
            let body = json!({ "name": format!("role_{number}"), "title": "A role", "side": "vendor", "permissions": ["deals:read"] });
            acme.post("/v1/roles", body).await.expect(201)["name"].clone()
        }
        "/v1/business-calendars" => {
            let hours = json!({ "monday": [{ "from": "09:00", "until": "17:00" }] });
            let body = json!({ "name": format!("calendar_{number}"), "title": "A calendar", "time_zone": "Europe/Berlin", "hours": hours });
            acme.post("/v1/business-calendars", body).await.expect(201)["name"].clone()
        }
        "/v1/people" => {
            let colleague = acme.adds_colleague("finance").await["id"].clone();
            if path.ends_with("/reach") {
                acme.put(format!("/v1/people/{}/reach", colleague.as_str().unwrap_or_default()), json!({})).await.expect(200);
            }
            colleague
        }
        "/v1/partners" => json!(acme.adds_partner(&format!("Partner {number}")).await.id),
        "/v1/custom-fields" => {
            acme.put("/v1/custom-fields/partner", json!({ "schema": { "type": "object", "title": format!("{number}") } })).await.expect(200);
            json!("partner")
        }
        "/v1/accounts" => {
            acme.put(format!("/v1/accounts/A-{number}"), json!({ "name": format!("Account {number}") })).await.expect(201)["external_id"].clone()
        }
        "/v1/account-merges" => json!(merge(acme).await),
        "/v1/hygiene/audits" => {
            let audit = acme.post("/v1/hygiene/audits", json!(null)).await.expect(202)["id"].clone();
            // Else the next one asked for would be the same.
            acme.world().settle().await;
            audit
        }
        "/v1/hygiene/findings" => json!(finding(acme).await),
        "/v1/opportunities" => {
            let body = json!({ "name": format!("Opportunity {number}"), "status": "open" });
            acme.put(format!("/v1/opportunities/O-{number}"), body).await.expect(201)["external_id"].clone()
        }
        "/v1/imports" => acme.post("/v1/imports", json!({ "resource": "accounts", "format": "ndjson" })).await.expect(201)["id"].clone(),
        "/v1/deals" if path.ends_with("/watch") => json!(watched(acme).await),
        "/v1/deals" => json!(deal(acme, "approved").await),
        "/v1/leads" => json!(lead(acme, "offered").await),
        "/v1/lead-rules" => {
            let rules = acme.get("/v1/lead-rules/in-force").await.expect(200)["rules"].clone();
            acme.post("/v1/lead-rules", rules).await.expect(201)["id"].clone()
        }
        "/v1/lead-forms" => acme.post("/v1/lead-forms", json!({ "name": "A form" })).await.expect(201)["lead_form"]["id"].clone(),
        "/v1/application-forms" => json!(application_form(acme).await.0),
        "/v1/application-form-versions" => json!(form_version(acme, &application_form(acme).await.0).await),
        "/v1/admission-rules" => {
            let rules = acme.get("/v1/admission-rules/in-force").await.expect(200)["rules"].clone();
            acme.post("/v1/admission-rules", rules).await.expect(201)["id"].clone()
        }
        "/v1/applications" => json!(application(acme, "in_review").await.0),
        "/v1/named-accounts" => {
            let partner = acme.adds_partner("Northwind").await.id;
            let body = json!({ "partner_id": partner, "account_external_id": format!("A-{number}") });
            acme.post("/v1/named-accounts", body).await.expect(201)["id"].clone()
        }
        "/v1/referrals" => json!(referral(acme, "submitted").await),
        "/v1/commercial-terms" => acme.post("/v1/commercial-terms", commercial_terms()).await.expect(201)["id"].clone(),
        "/v1/products" => {
            acme.put(format!("/v1/products/P-{number}"), json!({ "name": format!("Product {number}") })).await.expect(201)["external_id"].clone()
        }
        "/v1/pricing-requests" => json!(pricing_request(acme, "open").await),
        "/v1/incumbencies" => json!(incumbency(acme).await),
        "/v1/cosell-requests" => json!(cosell(acme, "accepted").await),
        "/v1/cosell-tasks" => json!(cosell_task(acme).await),
        "/v1/disputes" => json!(dispute(acme, "statements").await),
        "/v1/match-verdicts" => acme.post("/v1/match-verdicts", two_companies(acme).await).await.expect(201)["id"].clone(),
        "/v1/rules-of-engagement" => json!(acme.drafts(acme.rules().await).await.id()),
        "/v1/automations" => automation(acme).await,
        "/v1/automation-runs" => {
            let name = automation(acme).await;
            let name = name.as_str().expect("a name");
            acme.world().settle().await;
            let deal = deal(acme, "approved").await;
            acme.world().settle().await;
            acme.get(format!("/v1/automation-runs?automation={name}&subject={deal}")).await.expect(200)["data"][0]["id"].clone()
        }
        "/v1/webhook-endpoints" => json!(endpoint(acme).await),
        "/v1/notifications" => json!(notification(acme).await),
        "/v1/notification-templates" => {
            let words = json!({ "subject": "x", "text": format!("{number}") });
            acme.put("/v1/notification-templates/notifications.notice/de", words).await;
            return fill(path, |name| if name == "language" { "de".into() } else { "notifications.notice".into() });
        }
        // Nobody listens there.
        "/v1/notification-channels" => {
            let body = json!({ "name": "A room", "kind": "slack", "url": "http://127.0.0.1:9/hook", "templates": ["*"] });
            acme.post("/v1/notification-channels", body).await.expect(201)["id"].clone()
        }
        "/v1/webhook-deliveries" => json!(delivery(acme).await),
        "/v1/log-entries" | "/v1/log-checkpoints" => {
            // More than any new vendor's log holds.
            for _ in 0..3 {
                acme.makes_key("finance", &[]).await;
            }
            acme.world().settle().await;
            json!(acme.get("/v1/log-checkpoints?limit=1").await.expect(200)["data"][0]["size"].to_string())
        }
        "/v1/privacy/erasures" => {
            let contact = json!({ "email": format!("nobody-{number}@nowhere.example") });
            acme.post("/v1/privacy/erasures", contact).await.expect(202)["id"].clone()
        }
        "/v1/absences" => {
            let colleague = acme.adds_colleague("channel_manager").await.id();
            let body = json!({ "begins_at": "2026-12-21T00:00:00Z", "ends_at": "2027-01-04T00:00:00Z" });
            acme.post(format!("/v1/people/{colleague}/absences"), body).await.expect(201)["id"].clone()
        }
        "/v1/screening-lists" => json!(screening_list(acme).await),
        "/v1/screening-runs" => {
            let list = screening_list(acme).await;
            acme.post(format!("/v1/screening-lists/{list}/publish"), golden_phoenix()).await.expect(200);
            acme.world().settle().await;
            acme.get(format!("/v1/screening-runs?list_id={list}")).await.expect(200)["data"][0]["id"].clone()
        }
        "/v1/vetting-checks" => json!(check_under_review(acme).await),
        "/v1/queues" => acme.post("/v1/queues", json!({ "name": format!("queue {number}") })).await.expect(201)["id"].clone(),
        "/problems" => json!("not_found"),
        _ => panic!("tests/spec/ratchets/fixtures.rs: add a line to `living` that makes what {path} is about"),
    };
    fill_with_value(path, &id)
}

fn fill_with_value(path: &str, id: &Value) -> String {
    let id = id.as_str().expect("an id");
    fill(path, |_| id.to_owned())
}

/// The path to something new that is kept of a partner; `None` if the path is about none of these.
async fn part_of_partner(acme: &Vendor, path: &str) -> Option<String> {
    let number = spec::unique();
    let kept = path.strip_prefix("/v1/partners/{id}/")?;
    let (list, part) = kept.split_once("/{")?;
    let part = part.split('}').next()?;
    let body = match list {
        "contacts" => json!({ "name": format!("Contact {number}"), "functions": ["sales"] }),
        "contracts" => json!({ "title": format!("Contract {number}"), "starts_on": "2026-01-01" }),
        "documents" => json!({ "title": format!("Document {number}"), "kind": "other", "visibility": "partner",
            "file": { "file_name": "a.txt", "media_type": "text/plain", "content": "UmVzZWxsZXI=" } }),
        "notes" => json!({ "text": format!("Note {number}") }),
        _ => return None,
    };
    let partner = acme.adds_partner(&format!("Partner {number}")).await.id;
    let made = acme.post(format!("/v1/partners/{partner}/{list}"), body).await.expect(201).id();
    Some(fill(path, |name| if name == part { made.clone() } else { partner.clone() }))
}

/// Whether a thing of this path is named by its caller or by us rather than by an id that only its vendor has.
pub fn is_named_freely(path: &str) -> bool {
    let roots = [
        "/v1/roles/",
        "/v1/automations/",
        "/v1/accounts/",
        "/v1/opportunities/",
        "/v1/products/",
        "/v1/custom-fields/",
        "/v1/log-entries/",
        "/v1/log-checkpoints/",
        "/v1/business-calendars/",
        "/v1/notification-templates/",
        "/problems/",
    ];
    roots.iter().any(|root| path.starts_with(root))
}

/// Whether a thing of this path belongs to the vendor itself, so that its people see it whatever partners they reach.
pub fn is_the_vendors_own(path: &str) -> bool {
    let roots = [
        "/v1/roles/",
        "/v1/accounts/",
        "/v1/opportunities/",
        "/v1/custom-fields/",
        "/v1/products/",
        "/v1/commercial-terms/",
        "/v1/imports/",
        "/v1/rules-of-engagement/",
        "/v1/onboarding-paths/",
        "/v1/absences/",
        "/v1/queues/",
        "/v1/business-calendars/",
        "/v1/account-merges/",
        "/v1/hygiene/audits/",
        "/v1/screening-lists/",
        "/v1/screening-runs/",
    ];
    roots.iter().any(|root| path.starts_with(root))
}

/// Who calls this operation: a person in a session for what is about oneself, else the vendor's key.
pub async fn caller(acme: &Vendor, operation: &Operation) -> Client {
    let own = ["/v1/me/", "/v1/notifications", "/v1/notification-preferences"];
    // A key has no hands of its own.
    let by_hand = own.iter().any(|root| operation.path.starts_with(root)) || operation.id == "take_deal";
    if by_hand { me(acme).await } else { acme.client().clone() }
}

/// One person of this vendor, in one strong session.
async fn me(acme: &Vendor) -> Client {
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
async fn coming_in(acme: &Vendor, operation: &Operation) -> Option<Value> {
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

/// Operations that ask with `POST` and change nothing, so that a repeat has nothing to spare.
pub fn changes_nothing(operation: &Operation) -> bool {
    let asks = [
        "check_deal",
        "simulate_rules",
        "export_contact",
        "verify_certificate",
        "preview_notification_template",
        "preview_account_merge",
        "screen_name",
        "preview_partner_offboarding",
    ];
    asks.contains(&operation.id.as_str()) || operation.id.starts_with("dry_run_")
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

/// An open access review, and an item of it about a colleague; two, so that one decision does not close it.
async fn review(acme: &Vendor) -> (String, String) {
    let (one, _) = (acme.adds_colleague("finance").await, acme.adds_colleague("finance").await);
    let body =
        json!({ "name": "A review", "scope": { "side": "vendor" }, "reviewers": { "by": "channel_managers" }, "deadline": "2099-01-01T00:00:00Z" });
    let review = acme.post("/v1/access-reviews", body).await.expect(201).id();
    acme.world().settle().await;
    let items = acme.all(&format!("/v1/access-reviews/{review}/items?limit=200")).await;
    let item = items.iter().find(|item| item["person_id"] == one.id()).and_then(|item| item["id"].as_str()).expect("an item").to_owned();
    (review, item)
}

/// A screening list of which nothing is published.
async fn screening_list(acme: &Vendor) -> String {
    let body = json!({ "name": format!("List {}", spec::unique()), "format": "ofac" });
    acme.post("/v1/screening-lists", body).await.expect(201).id()
}

/// A version of it that names one company.
fn golden_phoenix() -> Value {
    json!({ "files": { "sdn": "1,\"GOLDEN PHOENIX SHIPPING COMPANY\",-0- ,\"SDGT\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n" } })
}

/// A check of a partner of its own that waits for a person.
async fn check_under_review(acme: &Vendor) -> String {
    let list = screening_list(acme).await;
    acme.post(format!("/v1/screening-lists/{list}/publish"), golden_phoenix()).await.expect(200);
    let partner = acme.adds_partner("Goldan Phoenix Shipping").await.id;
    let vetted = acme.post(format!("/v1/partners/{partner}/vetting"), json!(null)).await.expect(200);
    let checks = vetted["checks"].as_array().into_iter().flatten();
    let waiting = checks.filter(|check| check["result"] == "review").find_map(|check| check["id"].as_str());
    waiting.unwrap_or_else(|| panic!("a check under review\n{vetted}")).to_owned()
}

/// An automation that plans to prolong deals; its name.
async fn automation(acme: &Vendor) -> Value {
    let steps = json!([{ "step": "deal.extend", "after": { "days": 3 } }]);
    let body = json!({ "name": format!("automation-{}", spec::unique()), "summary": "Prolongs.", "on": ["deal.approved"], "steps": steps });
    acme.post("/v1/automations", body).await.expect(201)["name"].clone()
}

/// Terms by which a subscription makes its partner an incumbent.
fn commercial_terms() -> Value {
    let rule = json!({ "id": "all", "when": "true", "days_before": 90, "days_after": 30, "rivals": "refuse" });
    json!({ "title": "Terms", "earnings": [], "incumbency": [rule] })
}

/// An approved deal of a partner of its own with one line of this model.
async fn sold(acme: &Vendor, model: &str) -> String {
    let partner = acme.adds_partner("Northwind").await;
    let price = json!({ "amount": 100_000, "currency": "EUR" });
    let line = json!({ "product": "GTX Pro", "quantity": 1, "model": model, "unit_price": price, "committed": price, "term_months": 12 });
    let new = with(resale(&format!("Customer {}", letters(spec::unique()))), json!({ "lines": [line] }));
    acme.registers(partner.gets(new)).await.id()
}

/// A request for a special price in this state.
async fn pricing_request(acme: &Vendor, state: &str) -> String {
    let deal = sold(acme, "resale").await;
    let body = json!({ "lines": [{ "line": 0, "basis_points": 1000 }], "reason": "A cheaper offer." });
    let id = acme.post(format!("/v1/deals/{deal}/pricing-requests"), body).await.expect(201).id();
    let moves = async |action: &str, body: Value| _ = acme.post(format!("/v1/pricing-requests/{id}/{action}"), body).await.expect(200);
    match state {
        "countered" => moves("counter", json!({ "lines": [{ "line": 0, "basis_points": 500 }], "reason": "Half." })).await,
        "approved" => moves("approve", json!(null)).await,
        _ => {}
    }
    id
}

/// An incumbency of a partner of its own.
async fn incumbency(acme: &Vendor) -> String {
    let draft = acme.post("/v1/commercial-terms", commercial_terms()).await.expect(201).id();
    acme.post(format!("/v1/commercial-terms/{draft}/publish"), json!(null)).await.expect(200);
    let deal = sold(acme, "subscription").await;
    let partner = acme.deal(&deal).await["partner_id"].clone();
    acme.moves(&deal, "close", json!({ "outcome": "won" })).await.expect(200);
    let rows = acme.get(format!("/v1/incumbencies?partner_id={}", partner.as_str().unwrap_or_default())).await.expect(200);
    rows["data"][0]["id"].as_str().unwrap_or_else(|| panic!("an incumbency\n{rows}")).to_owned()
}

/// The path of an operation with this id in it.
fn fill_with(operation: &Operation, id: String) -> String {
    fill(&operation.path, move |_| id.clone())
}

/// A new partner in this state.
async fn partner(acme: &Vendor, status: &str) -> String {
    acme.adds_partner_like(json!({ "name": format!("Partner {}", spec::unique()), "type": "reseller", "status": status })).await.id
}

/// A new application form, of which nothing is published: its id and its token.
async fn application_form(acme: &Vendor) -> (String, String) {
    let body = json!({ "name": "A form", "page": "https://www.acme.example/apply", "per_minute": 6000 });
    let made = acme.post("/v1/application-forms", body).await.expect(201);
    (made["application_form"]["id"].as_str().expect("an id").to_owned(), made.text("token"))
}

/// A new version of this form.
async fn form_version(acme: &Vendor, form: &str) -> String {
    let schema = json!({ "type": "object", "properties": { "employees": { "type": "integer" } } });
    let content = json!({ "languages": ["en", "de"], "default_language": "en", "schema": schema, "layout": [], "required": [] });
    acme.post("/v1/application-form-versions", json!({ "form_id": form, "content": content })).await.expect(201).id()
}

/// The token of a form that is asked.
async fn asked_form(acme: &Vendor) -> String {
    let (form, token) = application_form(acme).await;
    let version = form_version(acme, &form).await;
    acme.post(format!("/v1/application-form-versions/{version}/publish"), json!(null)).await.expect(200);
    token
}

/// An application in this state, and the secret of its applicant.
async fn application(acme: &Vendor, state: &str) -> (String, String) {
    let (token, number) = (asked_form(acme).await, letters(spec::unique()));
    let (nobody, email) = (acme.world().anonymous(), format!("sam@{number}.example"));
    nobody.post("/v1/public/applications", json!({ "token": token, "email": email })).await.expect(202);
    let id = acme.get("/v1/applications?limit=1").await.expect(200)["data"][0]["id"].as_str().expect("an id").to_owned();
    let sent = acme.post(format!("/v1/applications/{id}/send-link"), json!(null)).await.expect(200);
    let secret = match sent["link"].as_str() {
        Some(link) => secret_in(link),
        None => {
            acme.world().settle().await;
            secret_in(&outbox(acme, &email).await.text)
        }
    };
    if state != "draft" {
        let company = json!({ "name": format!("Applicant {number}"), "country": "DE", "partner_type": "reseller" });
        let body = json!({ "secret": secret, "company": company, "contact": { "name": "Sam Okafor" } });
        nobody.post("/v1/public/applications/submit", body).await.expect(200);
    }
    (id, secret)
}

/// A new lead of a partner of its own, in this state.
async fn lead(acme: &Vendor, state: &str) -> String {
    let number = spec::unique();
    let company = json!({ "name": format!("Lead company {number}"), "country": "DE" });
    let amount = json!({ "amount": 100_000, "currency": "EUR" });
    let lead = acme.post("/v1/leads", json!({ "company": company, "amount": amount, "hold": true })).await.expect(201).id();
    let moves = async |action: &str, body: Value| _ = acme.post(format!("/v1/leads/{lead}/{action}"), body).await.expect(200);
    if state == "disqualified" {
        moves("disqualify", json!({ "reason": "A student." })).await;
    }
    if matches!(state, "offered" | "accepted") {
        let partner = acme.adds_partner(&format!("Lead partner {number}")).await.id;
        moves("assign", json!({ "partner_id": partner })).await;
    }
    if state == "accepted" {
        moves("accept", json!(null)).await;
    }
    lead
}

/// A new referral by a partner of its own, in this state.
async fn referral(acme: &Vendor, state: &str) -> String {
    let number = spec::unique();
    let partner = acme.adds_partner(&format!("Referring {number}")).await;
    let body =
        json!({ "company": { "name": format!("Referred company {number}"), "country": "DE" }, "amount": { "amount": 100_000, "currency": "EUR" } });
    let id = acme.post("/v1/referrals", partner.gets(body)).await.expect(201).id();
    let moves = async |action: &str, body: Value| _ = acme.post(format!("/v1/referrals/{id}/{action}"), body).await.expect(200);
    if state != "submitted" {
        moves("accept", json!(null)).await;
    }
    if state == "won" {
        moves("close", json!({ "outcome": "won" })).await;
    }
    id
}

async fn portal(acme: &Vendor) -> String {
    let body = json!({ "name": "A portal", "redirect_uris": ["https://portal.example/signed-in"] });
    acme.post("/v1/portals", body).await.expect(201).id()
}

/// Operations that browsers are sent to with what another server made: a request of them cannot be written down here.
pub fn begins_elsewhere(operation: &Operation) -> bool {
    matches!(operation.id.as_str(), "sso_callback" | "backchannel_logout")
}

/// Two accounts that were merged.
async fn merge(acme: &Vendor) -> String {
    let number = spec::unique();
    for account in [format!("M-{number}"), format!("S-{number}")] {
        acme.put(format!("/v1/accounts/{account}"), json!({ "name": format!("Account {account}") })).await.expect(201);
    }
    acme.post(format!("/v1/accounts/M-{number}/merge"), json!({ "into": format!("S-{number}") })).await.expect(201).id()
}

/// What an audit came upon: a deal of a partner that nobody manages.
async fn finding(acme: &Vendor) -> String {
    let deal = deal(acme, "approved").await;
    acme.post("/v1/hygiene/audits", json!(null)).await.expect(202);
    acme.world().settle().await;
    let found = acme.get(format!("/v1/hygiene/findings?kind=deal_without_owner&subject_id={deal}")).await.expect(200);
    found["data"][0]["id"].as_str().unwrap_or_else(|| panic!("a finding\n{found}")).to_owned()
}

/// A request for help with a deal of its own, in this state.
async fn cosell(acme: &Vendor, state: &str) -> String {
    let deal = deal(acme, "approved").await;
    let request = acme.post(format!("/v1/deals/{deal}/request-cosell"), json!({ "helps": ["demo", "pricing"] })).await.expect(201).id();
    if state != "requested" {
        acme.post(format!("/v1/cosell-requests/{request}/accept"), json!(null)).await.expect(200);
    }
    if state == "proposed" {
        let partner = acme.get(format!("/v1/cosell-requests/{request}")).await.expect(200)["partner_id"].clone();
        let seller =
            json!({ "name": "Somebody", "email": format!("sales-{}@partner.example", spec::unique()), "role": "sales", "partner_id": partner });
        let seller = acme.post("/v1/people", seller).await.expect(201).id();
        let token = acme.post("/v1/tokens", json!({ "person_id": seller })).await.expect(201).text("access_token");
        let said = json!({ "contributions": [{ "side": "partner", "basis_points": 10_000 }] });
        acme.bearing(&token).post(format!("/v1/cosell-requests/{request}/propose-contributions"), said).await.expect(200);
    }
    request
}

/// A next step of a request of its own.
async fn cosell_task(acme: &Vendor) -> String {
    let request = cosell(acme, "accepted").await;
    acme.post(format!("/v1/cosell-requests/{request}/tasks"), json!({ "title": "Show it" })).await.expect(201).id()
}

/// A deal that the vendor's own sales stand against, and who registered it.
async fn disputable(acme: &Vendor) -> (String, Person) {
    let name = format!("Customer {}", letters(spec::unique()));
    acme.is_in_talks_with(&name).await;
    let seller = acme.adds_partner("Northwind").await.person("sales").await;
    (seller.registers(resale(&name)).await.id(), seller)
}

/// A dispute with the vendor's own sales in this state.
async fn dispute(acme: &Vendor, state: &str) -> String {
    let (deal, seller) = disputable(acme).await;
    let body = json!({ "deal_id": deal, "reason": "Both sell to it.", "against_direct_sales": true });
    let id = acme.post("/v1/disputes", body).await.expect(201).id();
    let path = |action: &str| format!("/v1/disputes/{id}/{action}");
    if state == "offered" {
        seller.post(path("propose-settlement"), json!({ "outcome": "stands" })).await.expect(200);
    }
    if matches!(state, "heard" | "under_review" | "decided") {
        for side in [&*seller, acme.client()] {
            side.post(path("statements"), json!({ "text": "It is ours." })).await.expect(201);
        }
    }
    if matches!(state, "under_review" | "decided") {
        acme.post(path("begin-review"), json!(null)).await.expect(200);
    }
    if state == "decided" {
        acme.post(path("decide"), json!({ "outcome": "stands", "public_reason": "It was there first." })).await.expect(200);
    }
    id
}

/// The path of this operation for a dispute in this state.
async fn disputed(acme: &Vendor, operation: &Operation, state: &str) -> String {
    let id = dispute(acme, state).await;
    fill(&operation.path, |_| id.clone())
}

/// A verdict on two companies of two deals.
async fn two_companies(acme: &Vendor) -> Value {
    let (one, other) = (deal(acme, "approved").await, deal(acme, "approved").await);
    json!({ "verdict": "different", "one": { "deal_id": one }, "other": { "deal_id": other }, "reason": "Two companies." })
}

/// A deal in this state.
async fn deal(acme: &Vendor, state: &str) -> String {
    let partner = acme.adds_partner("Northwind").await;
    let new = resale(&format!("Customer {}", letters(spec::unique())));
    let new = match state {
        "approved" => new,
        "draft" => with(new, json!({ "draft": true })),
        _ => large(new),
    };
    let rules = acme.rules().await;
    if rules["rules"].as_array().is_some_and(|rules| rules.iter().all(|rule| rule["id"] != "large")) {
        acme.reviews_large_deals().await;
    }
    let id = acme.registers(partner.gets(new)).await.id();
    if state == "information_requested" {
        acme.moves(&id, "request-information", json!({ "question": "Who is the economic buyer?" })).await.expect(200);
    }
    let now = acme.deal(&id).await;
    assert_eq!(now["status"], state, "{now}");
    id
}

/// A refused deal that waits for its customer to be free.
async fn watched(acme: &Vendor) -> String {
    let held = deal(acme, "approved").await;
    let customer = acme.deal(&held).await["customer"].clone();
    let rival = acme.adds_partner("Southridge").await;
    let refused = acme.registers(rival.gets(spec::deals::resale_to(customer))).await;
    assert_eq!(refused["status"], "rejected", "{refused}");
    acme.post(format!("/v1/deals/{}/watch", refused.id()), json!(null)).await.expect(201);
    refused.id()
}

/// Customers whose names differ in a digit look alike; these do not.
fn letters(number: u64) -> String {
    let syllables = ["bo", "ka", "ri", "tu", "ne", "sol", "fim", "gor", "wex", "pya"];
    number.to_string().bytes().map(|digit| syllables[usize::from(digit - b'0')]).collect::<String>().repeat(2)
}

/// The id of something that the one person of this vendor was told.
async fn notification(acme: &Vendor) -> String {
    let me = me(acme).await;
    let id = me.get("/v1/me").await.expect(200)["person"]["id"].clone();
    acme.tells("person.created", json!({ "to": [{ "people": [id] }], "template": "notifications.notice" })).await;
    me.get("/v1/notifications?limit=1").await.expect(200)["data"][0]["id"].as_str().expect("an id").to_owned()
}

async fn endpoint(acme: &Vendor) -> String {
    // Nobody listens there.
    let body = json!({ "url": "http://127.0.0.1:9/hook", "event_types": ["webhook.test"] });
    let made = acme.post("/v1/webhook-endpoints", body).await.expect(201);
    [&made["id"], &made["endpoint"]["id"], &made["webhook_endpoint"]["id"]].into_iter().find_map(Value::as_str).expect("an id").to_owned()
}

async fn delivery(acme: &Vendor) -> String {
    let endpoint = endpoint(acme).await;
    acme.post(format!("/v1/webhook-endpoints/{endpoint}/test"), json!(null)).await;
    acme.world().settle().await;
    let deliveries = acme.get(format!("/v1/webhook-endpoints/{endpoint}/deliveries")).await.expect(200);
    deliveries["data"][0]["id"].as_str().unwrap_or_else(|| panic!("a delivery\n{deliveries}")).to_owned()
}
