//! Some answers in words: who asked for what, what it was told and why, and what the vendor sees behind it.

use super::call::text;
use super::plan::Scenario;
use super::program::{PARTNERS, Program};
use super::register::Registered;
use super::words::{detail, number, say};
use crate::serve::Failure;
use serde_json::Value;

/// Which answers are shown, and why they are worth it.
const SHOWN: &[(Scenario, &str)] = &[
    (Scenario::New, "A customer that nobody knows"),
    (Scenario::Known, "A customer of the CRM's, spelt otherwise"),
    (Scenario::Subsidiary, "A subsidiary, named with its parent"),
    (Scenario::Rival, "A customer that another partner was first to register"),
    (Scenario::Again, "A customer that the partner itself has registered"),
    (Scenario::Large, "A large deal"),
];

/// Show one answer of each kind, and a pair.
pub(super) async fn show(program: &Program, all: &[Registered]) -> Result<(), Failure> {
    for (scenario, title) in SHOWN {
        let differs = |one: &&Registered| one.planned.known_as.as_ref().is_none_or(|known| *known != one.planned.name);
        if let Some(one) = all.iter().filter(|one| one.planned.scenario == *scenario).find(differs) {
            say(format!("{title}:"));
            tell(program, one).await?;
        }
    }
    let at_once: Vec<_> = all.iter().filter(|one| one.planned.scenario == Scenario::AtOnce).collect();
    if let Some([one, two]) = at_once.chunks(2).next_back() {
        say("Two partners, one customer, the same instant:");
        tell(program, one).await?;
        tell(program, two).await?;
    }
    Ok(())
}

async fn tell(program: &Program, one: &Registered) -> Result<(), Failure> {
    let customer = &one.planned.body["customer"];
    detail(format!(
        "{} registers \"{}\" ({}), {}: {} - {}",
        PARTNERS[one.planned.partner].0,
        one.planned.name,
        text(customer, "/country"),
        money(&one.deal["amount"]),
        one.status().replace('_', " "),
        text(&one.deal, "/decision/reasons/0/sentence")
    ));
    match one.deal["protected_until"].as_str() {
        Some(until) => detail(format!("protected until {}", &until[..10])),
        None => conflict(program, one).await?,
    }
    Ok(())
}

/// What each side is told of the worst conflict.
async fn conflict(program: &Program, one: &Registered) -> Result<(), Failure> {
    let (told, whole) = (&one.deal["decision"]["conflicts"][0], program.desk.get(&format!("/v1/deals/{}", one.id())).await?);
    let known = &whole["decision"]["conflicts"][0];
    if told.is_null() || known.is_null() {
        return Ok(());
    }
    let sure = if told["same"] == true { "the same customer" } else { "perhaps the same customer" };
    detail(format!("the partner sees: {}, {sure}; no name", text(told, "/kind").replace('_', " ")));
    detail(format!("the vendor sees: {}, score {:.2}; {}", place(program, known), known["score"].as_f64().unwrap_or_default(), evidence(known)));
    Ok(())
}

/// With what it collides, as the vendor may know.
fn place(program: &Program, conflict: &Value) -> String {
    let name = text(conflict, "/name");
    let account = conflict["account_external_id"].as_str().map(|account| format!("CRM account {account}"));
    let sale = conflict["opportunity_external_id"].as_str().map(|sale| format!("its open opportunity {sale}"));
    let rival = conflict["partner_id"].as_str().map(|id| format!("\"{name}\", registered by {}", program.partner_name(id)));
    [account, sale, rival].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `name exact: the same name; country exact: the same country`.
fn evidence(conflict: &Value) -> String {
    let one = |found: &Value| {
        let (ours, theirs) = (text(found, "/ours"), text(found, "/theirs"));
        let values = if ours == theirs { format!("\"{ours}\"") } else { format!("\"{ours}\" / \"{theirs}\"") };
        format!("{} {values}: {}", text(found, "/field").replace('_', " "), text(found, "/note"))
    };
    conflict["evidence"].as_array().into_iter().flatten().map(one).collect::<Vec<_>>().join("; ")
}

/// `26,768 USD`.
pub(super) fn money(money: &Value) -> String {
    format!("{} {}", number(money["amount"].as_i64().unwrap_or_default() / 100), text(money, "/currency"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn evidence_names_each_field_once() {
        let conflict = json!({"evidence": [
            {"field": "name", "ours": "acme", "theirs": "acme", "note": "the same name"},
            {"field": "tax_id", "ours": "1", "theirs": "2", "note": "different tax numbers"}]});
        assert_eq!(evidence(&conflict), "name \"acme\": the same name; tax id \"1\" / \"2\": different tax numbers");
        assert_eq!(money(&json!({"amount": 2_676_800, "currency": "USD"})), "26,768 USD");
    }
}
