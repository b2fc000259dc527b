//! What is held about people: sealed in the log, exported, and erased for good.

mod canary;
mod erasing;
mod exports;

use crate::prelude::*;

/// A deal with this contact at the customer.
fn deal_with(contact: Value) -> Value {
    resale_to(json!({ "name": format!("Customer {}", unique()), "country": "DE", "contact": contact }))
}

/// The vendor's whole log, as an integrator reads it.
async fn log_of(vendor: &Vendor) -> Vec<Value> {
    let (mut events, mut after) = (Vec::new(), 0);
    loop {
        let page = vendor.get(format!("/v1/events?after={after}&limit=200")).await.expect(200);
        events.extend(page.rows().iter().cloned());
        after = page["next_after"].as_i64().expect("a place in the log");
        if page["head"] == after {
            return events;
        }
    }
}

/// The events of these types.
async fn told(vendor: &Vendor, kinds: &[&str]) -> Vec<Value> {
    log_of(vendor).await.into_iter().filter(|event| kinds.contains(&event["type"].as_str().unwrap_or_default())).collect()
}

async fn assert_whole(world: &World, vendor: &Vendor) {
    let of = vendor.id.parse().expect("a vendor's id");
    let db = world.app().db().read_of(of).await.expect("a reading");
    assert_eq!(kernel::log::verify(&db, of).await.expect("the log can be read").fault, None);
}
