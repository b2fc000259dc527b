//! Lists to screen by, and how they are published.

use crate::prelude::*;

/// A row of `sdn.csv`.
pub fn entry(id: u32, name: &str, kind: &str, remarks: &str) -> String {
    let kind = if kind.is_empty() { "-0- ".to_owned() } else { format!("\"{kind}\"") };
    let remarks = if remarks.is_empty() { "-0- ".to_owned() } else { format!("\"{remarks}\"") };
    format!("{id},\"{name}\",{kind},\"SDGT\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,{remarks}\n")
}

/// The list that most specifications use.
pub fn usual() -> String {
    [
        entry(36, "AEROCARIBBEAN AIRLINES", "", ""),
        entry(1001, "ZORVANOV, Dimitri Pavlovich", "individual", "DOB 17 Feb 1974; nationality Russia; a.k.a. 'ZORRO'."),
        entry(1002, "GOLDEN PHOENIX SHIPPING COMPANY", "", ""),
        entry(1003, "OCEAN STAR", "vessel", ""),
    ]
    .concat()
}

/// A list, of which nothing is published.
pub async fn list(acme: &Vendor, format: &str) -> String {
    let body = json!({ "name": format!("List {}", spec::unique()), "format": format });
    acme.post("/v1/screening-lists", body).await.expect(201).id()
}

/// Publish the entries of `sdn` as the next version, and let everybody be screened.
pub async fn publish(acme: &Vendor, list: &str, sdn: &str) -> Reply {
    let body = json!({ "files": { "sdn": sdn }, "accept_removals": true });
    let made = acme.post(format!("/v1/screening-lists/{list}/publish"), body).await.expect(200);
    acme.world().settle().await;
    made
}

/// The latest checks of a partner, its owners and its people that came to `result`.
pub async fn checks(acme: &Vendor, partner: &Partner, result: &str) -> Vec<Value> {
    acme.all(&format!("/v1/vetting-checks?partner_id={}&result={result}&latest=true", partner.id)).await
}

/// Where a partner stands.
pub async fn status(acme: &Vendor, partner: &Partner) -> String {
    acme.get(format!("/v1/partners/{}", partner.id)).await.expect(200).text("status")
}
