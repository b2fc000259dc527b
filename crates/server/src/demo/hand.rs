//! What people decide by hand: an approval, a question and its answer, an extension.

use super::call::text;
use super::crm_side::{Crm, FIRST_STAGE};
use super::plan::Scenario;
use super::program::Program;
use super::receiver::Receiver;
use super::register::Registered;
use super::words::{detail, say};
use crate::serve::Failure;
use serde_json::json;

/// Opportunities that the CRM's sellers move on.
const MOVED: usize = 12;

/// One of each.
pub(super) async fn decide(program: &Program, receiver: &Receiver, all: &[Registered]) -> Result<(), Failure> {
    let mut large = all.iter().filter(|one| one.planned.scenario == Scenario::Large && one.status() == "in_review");
    let approved = large.next().ok_or("No large deal is in review.")?;
    let deal =
        program.desk.post(&format!("/v1/deals/{}/approve", approved.id()), &json!({"reason": "Budget confirmed by the customer's CFO."})).await?;
    say(format!(
        "The channel desk approves \"{}\" by hand: {}.",
        approved.planned.name,
        text(&deal, "/decision/reasons/0/sentence").trim_end_matches('.')
    ));
    let id = approved.id().to_owned();
    receiver.until("an approval by hand reached the CRM and came back as a stage", move |told| told.is_at(&id, FIRST_STAGE)).await?;
    detail("the CRM heard of it, opened an opportunity, and the deal shows its stage");
    question(program, large.next().ok_or("No second large deal is in review.")?).await?;
    // The first ones may have been won meanwhile.
    let extended = all.iter().rfind(|one| one.planned.scenario == Scenario::New && one.status() == "approved").ok_or("No deal was approved.")?;
    let seller = program.seller(extended.planned.partner, extended.planned.number);
    let deal = seller.post(&format!("/v1/deals/{}/extend", extended.id()), &json!({"reason": "The customer's board meets next quarter."})).await?;
    let day = |deal: &serde_json::Value| text(deal, "/protected_until").chars().take(10).collect::<String>();
    say(format!("A partner extends \"{}\": protected until {} instead of {}.", extended.planned.name, day(&deal), day(&extended.deal)));
    Ok(())
}

/// The vendor asks, the partner answers, and the deal is decided anew.
async fn question(program: &Program, one: &Registered) -> Result<(), Failure> {
    let (path, seller) = (format!("/v1/deals/{}", one.id()), program.seller(one.planned.partner, one.planned.number));
    program.desk.post(&format!("{path}/request-information"), &json!({"question": "Who signs at the customer?"})).await?;
    let asked = seller.get(&path).await?;
    let answered = seller.post(&format!("{path}/resubmit"), &json!({"reason": "The COO; she has seen the quote."})).await?;
    say(format!(
        "The desk asks about \"{}\": \"{}\" The partner reads it and answers: \"The COO; she has seen the quote.\"",
        one.planned.name,
        text(&asked, "/question")
    ));
    let actions: Vec<_> = asked["available_actions"].as_array().into_iter().flatten().filter_map(|action| action.as_str()).collect();
    detail(format!("meanwhile the partner might have done: {}", actions.join(", ")));
    detail(format!("decided anew: {} - {}", text(&answered, "/status").replace('_', " "), text(&answered, "/decision/reasons/0/sentence")));
    Ok(())
}

/// The CRM's sellers move opportunities on, and win one; the deals follow.
pub(super) async fn advance(program: &Program, receiver: &Receiver, crm: &Crm, all: &[Registered]) -> Result<(), Failure> {
    let approved: Vec<_> = {
        let told = receiver.told();
        all.iter().filter(|one| told.is_at(one.id(), FIRST_STAGE)).take(MOVED).map(|one| one.id().to_owned()).collect()
    };
    let (won, moved) = approved.split_first().ok_or("No deal has a stage.")?;
    for deal in moved {
        crm.advance(deal, "Engaging", "open").await?;
    }
    crm.advance(won, "Won", "won").await?;
    receiver.until("the deals followed their opportunities", |told| moved.iter().all(|deal| told.is_at(deal, "Engaging"))).await?;
    receiver.until("a deal was won with its opportunity", |told| told.deals.get(won).is_some_and(|deal| deal.status == "won")).await?;
    let shown = program.admin.get(&format!("/v1/deals/{}", moved[0])).await?;
    say(format!("The CRM moves {} opportunities to Engaging and wins one; over the same webhooks comes back:", moved.len()));
    detail(format!("\"{}\" is {} at stage {}", text(&shown, "/customer/name"), text(&shown, "/status"), text(&shown, "/stage")));
    let shown = program.admin.get(&format!("/v1/deals/{won}")).await?;
    detail(format!("\"{}\" is {} at stage {}", text(&shown, "/customer/name"), text(&shown, "/status"), text(&shown, "/stage")));
    Ok(())
}
