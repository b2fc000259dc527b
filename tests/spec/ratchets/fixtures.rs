//! The table to extend when a new resource appears: ids that nothing has, and paths to living things.

use super::fill;
use super::ready::me;
use super::things::*;
use crate::prelude::*;
use spec::document::Operation;

pub use super::ready::{caller, ready};

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
        "AgreementTemplateId" => "agt",
        "AgreementId" => "agr",
        "SignatureServiceId" => "sgs",
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
        "IdealProfileId" => "ipp",
        "SurveyId" => "svy",
        "SurveyInvitationId" => "svi",
        "AccessGrantId" => "agr",
        "OnboardingPathId" => "pth",
        "WalkthroughId" => "wlk",
        "OnboardingTaskId" => "otk",
        "ScreeningListId" => "scl",
        "ScreeningRunId" => "scr",
        "VettingCheckId" => "vck",
        "CheckProviderId" => "chp",
        "CheckRequestId" => "chq",
        "PartnerEsgFactId" => "esg",
        "PartnerReviewId" => "prv",
        "PartnerReviewActionId" => "pra",
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
        "/v1/esg-facts" => json!(esg_fact(acme).await),
        "/v1/partner-reviews" => json!(partner_review(acme).await),
        "/v1/partner-review-actions" => json!(partner_review_action(acme).await),
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
        "/v1/walkthroughs/",
        "/v1/agreement-templates/",
        "/v1/signature-services/",
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

/// Operations that ask with `POST` and change nothing, so that a repeat has nothing to spare.
pub fn changes_nothing(operation: &Operation) -> bool {
    let asks = [
        "check_deal",
        "simulate_rules",
        "export_contact",
        "verify_certificate",
        "verify_agreement",
        "preview_notification_template",
        "preview_account_merge",
        "screen_name",
        "preview_partner_offboarding",
    ];
    asks.contains(&operation.id.as_str()) || operation.id.starts_with("dry_run_")
}

/// Operations that browsers or other servers call with what another server made: a request of them cannot be written down here.
pub fn begins_elsewhere(operation: &Operation) -> bool {
    matches!(operation.id.as_str(), "sso_callback" | "backchannel_logout" | "take_signature_event")
}
