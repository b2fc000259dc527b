//! Duplicates and hygiene: audits and what they find; accounts that are merged, and parted again.

mod audits;
mod dismissing;
mod duplicates;
mod merging;
mod obstacles;
mod redirects;
mod undoing;

use crate::prelude::*;

/// Two accounts of one company: `A` with two opportunities and a subsidiary, `B` with one opportunity.
async fn twins(acme: &Vendor) {
    let put = async |path: String, body: Value| _ = acme.put(path, body).await.expect(201);
    put("/v1/accounts/A".into(), json!({ "name": "Fabrikam Inc", "country": "DE", "phone": "1", "domain": "fabrikam.example" })).await;
    put("/v1/accounts/B".into(), json!({ "name": "Fabrikam", "country": "DE", "phone": "2" })).await;
    put("/v1/accounts/S".into(), json!({ "name": "Subsidiary of it", "parent_external_id": "A" })).await;
    for (id, account) in [("O1", "A"), ("O2", "A"), ("O3", "B")] {
        put(format!("/v1/opportunities/{id}"), json!({ "name": id, "status": "open", "account_external_id": account })).await;
    }
}

/// Merge one account into another.
fn merges(acme: &Vendor, account: &str, into: &str) -> Call {
    acme.post(format!("/v1/accounts/{account}/merge"), json!({ "into": into }))
}

/// Undo a merge.
fn undoes(acme: &Vendor, merge: &Reply) -> Call {
    acme.post(format!("/v1/account-merges/{}/undo", merge.id()), json!(null))
}

/// Whose an opportunity is.
async fn account_of(acme: &Vendor, opportunity: &str) -> String {
    acme.get(format!("/v1/opportunities/{opportunity}")).await.expect(200).text("account_external_id")
}

/// The types of what happened since, oldest first; without what the service tells of its own work.
async fn happened(acme: &Vendor, kinds: &str) -> Vec<String> {
    let events = acme.all(&format!("/v1/events?type={kinds}")).await;
    events.iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Carry out an audit; it as it then is.
async fn audited(acme: &Vendor) -> Reply {
    let audit = acme.post("/v1/hygiene/audits", json!(null)).await.expect(202);
    assert_eq!(audit["status"], "running");
    acme.world().settle().await;
    let audit = acme.get(format!("/v1/hygiene/audits/{}", audit.id())).await.expect(200);
    assert_eq!(audit["status"], "completed", "{audit}");
    audit
}

/// What audits found of a kind, as it stands.
async fn found(acme: &Client, kind: &str, status: &str) -> Vec<Value> {
    acme.all(&format!("/v1/hygiene/findings?kind={kind}&status={status}")).await
}

/// The CRM's ids of what a finding is about.
fn about(finding: &Value) -> Vec<String> {
    let subjects = finding["subjects"].as_array().expect("subjects");
    let mut ids: Vec<_> = subjects.iter().map(|subject| subject["external_id"].as_str().unwrap_or_default().to_owned()).collect();
    ids.sort();
    ids
}
