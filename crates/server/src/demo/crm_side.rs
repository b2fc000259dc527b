//! What the vendor's CRM does with an approved deal: an opportunity of its own, whose stage the deal then follows.

use super::call::{Caller, text};
use crate::serve::Failure;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Mutex;

/// The stage that a new opportunity begins in.
pub(super) const FIRST_STAGE: &str = "Prospecting";

/// The CRM: its opportunities by deal, and its key.
pub(super) struct Crm {
    caller: Caller,
    opportunities: Mutex<HashMap<String, Value>>,
}

impl Crm {
    pub(super) fn new(caller: Caller) -> Self {
        Self { caller, opportunities: Mutex::default() }
    }

    /// An approved deal becomes an opportunity. The same deal always gets the same id, so doing it again changes nothing.
    pub(super) async fn open(&self, deal: &Value) -> Result<(), Failure> {
        let id = text(deal, "/id");
        let opportunity = json!({
            "name": text(deal, "/customer/name"), "status": "open", "stage": FIRST_STAGE, "deal_id": id, "product": deal["lines"][0]["product"],
            "amount": deal["amount"], "closes_on": deal["expected_close"]});
        self.put(id, opportunity).await
    }

    /// A seller moves the opportunity of a deal on.
    pub(super) async fn advance(&self, deal: &str, stage: &str, status: &str) -> Result<(), Failure> {
        let known = self.opportunities.lock().expect("opportunities").get(deal).cloned();
        let mut opportunity = known.ok_or_else(|| format!("The CRM has no opportunity for {deal}."))?;
        opportunity["stage"] = stage.into();
        opportunity["status"] = status.into();
        self.put(deal, opportunity).await
    }

    /// How many opportunities came from deals.
    pub(super) fn count(&self) -> usize {
        self.opportunities.lock().expect("opportunities").len()
    }

    async fn put(&self, deal: &str, opportunity: Value) -> Result<(), Failure> {
        self.caller.put(&format!("/v1/opportunities/crm-{deal}"), &opportunity).await?;
        self.opportunities.lock().expect("opportunities").insert(deal.to_owned(), opportunity);
        Ok(())
    }
}
