//! The CRM as it is mirrored here: accounts and opportunities, one by one and by import.

mod accounts;
mod files;
mod imports;
mod opportunities;
mod resuming;

use crate::prelude::*;

/// The types of the vendor's events about this kind of resource, in order.
async fn told(vendor: &Vendor, resource: &str) -> Vec<String> {
    let (mut types, mut after) = (Vec::new(), json!(0));
    loop {
        let page = vendor.get(format!("/v1/events?type={resource}.*&limit=200&after={after}")).await.expect(200);
        if page.rows().is_empty() {
            return types;
        }
        types.extend(page.rows().iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()));
        after = page["next_after"].clone();
    }
}

/// Create an import of this file, without running it.
async fn starts(vendor: &Vendor, mut options: Value, file: impl Into<String>) -> Reply {
    options["content"] = Value::String(file.into());
    vendor.post("/v1/imports", options).await.expect(202)
}

/// Import this file to its end and answer with the import as it then is.
async fn imports(vendor: &Vendor, options: Value, file: impl Into<String>) -> Reply {
    let import = starts(vendor, options, file).await;
    vendor.world().settle().await;
    vendor.get(format!("/v1/imports/{}", import.id())).await.expect(200)
}

/// What became of the rows: created, updated, unchanged, refused.
fn counts(import: &Reply) -> [i64; 4] {
    ["created", "updated", "unchanged", "refused"].map(|member| import["progress"][member].as_i64().expect("a count"))
}

/// The codes of an import's refused rows, with their lines.
async fn refusals(vendor: &Vendor, import: &Reply) -> Vec<(i64, String)> {
    let rows = vendor.all(&format!("/v1/imports/{}/errors", import.id())).await;
    rows.iter().map(|row| (row["line"].as_i64().expect("a line"), row["errors"][0]["code"].as_str().unwrap_or_default().to_owned())).collect()
}
