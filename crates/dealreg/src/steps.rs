//! What automations can do with deals.

use crate::DealId;
use crate::service::moves;
use kernel::steps::{Occasion, Step};
use kernel::{Problem, Tx};
use serde_json::{Value, json};

/// The steps of this crate.
pub fn steps() -> Vec<Step> {
    vec![Step {
        name: "deal.extend",
        subjects: &["deal"],
        summary: "Prolong the deal's protection, as far and as often as the rules of engagement allow.",
        parameters: || {
            json!({"type": "object", "additionalProperties": false,
                "properties": {"note": {"type": "string", "minLength": 1, "maxLength": 2000, "description": "Kept beside the step in the deal's timeline."}}})
        },
        take: |tx, occasion, with| Box::pin(extend(tx, occasion, with)),
    }]
}

async fn extend(tx: &mut Tx, occasion: &Occasion, with: &Value) -> Result<Value, Problem> {
    let id: DealId = occasion.event.subject.id.parse().map_err(|_| Problem::not_found())?;
    let deal = moves::extend(tx, id, with["note"].as_str().map(str::to_owned)).await?;
    Ok(json!({"deal_id": deal.id, "protected_until": deal.protected_until}))
}
