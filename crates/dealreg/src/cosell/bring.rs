//! Who is brought in for which help, and what rules answer at once.

use super::rules::CosellSide;
use super::store;
use super::types::{CosellAnswer, CosellAsk, CosellBroughtIn, CosellBroughtInBy};
use crate::assignment::fit::{self, Work};
use crate::assignment::place::{Placement, place};
use crate::assignment::types::AssignedBy;
use crate::decide;
use crate::engagement::{Compiled, RuleOutcome};
use crate::service::ground;
use crate::store::deals::DealRow;
use access::Permission;
use chrono::{DateTime, Utc};
use kernel::id::PersonId;
use kernel::rules::{Expression, Facts};
use kernel::{Problem, Scope, Tx};
use serde_json::{Value, json};

/// Somebody who is brought in.
#[derive(Debug, Clone)]
pub struct Brought {
    /// Who.
    pub person: PersonId,
    /// For which helps.
    pub helps: Vec<String>,
    /// Why.
    pub why: CosellBroughtIn,
}

/// What a request is about, for rules.
pub async fn facts(tx: &Tx, deal: &DealRow, ask: &CosellAsk, side: CosellSide) -> Result<Value, Problem> {
    let partner = partners::find(tx, Scope::vendor_wide(tx.vendor()), deal.partner()).await?.ok_or_else(Problem::not_found)?;
    let mut facts = decide::facts(&deal.registration()?, &ground::facts_of(partner), &[], tx.now());
    facts["request"] = json!({ "helps": ask.helps, "urgency": ask.urgency, "customer_contact": ask.customer_contact, "side": side });
    Ok(facts)
}

fn holds(expression: &Expression, facts: &Facts) -> bool {
    // What cannot be told does not hold: a person answers, and the channel manager is brought in.
    expression.holds(facts) == Ok(true)
}

/// What the rules answer at once; `None` leaves it to a person.
pub fn answer(rules: &Compiled, facts: &Value, now: DateTime<Utc>) -> Option<CosellAnswer> {
    let known = Facts::new(facts).ok()?;
    let terms = &rules.engagement.cosell;
    let (rule, _) = terms.rules.iter().zip(&rules.cosell.rules).find(|(_, expression)| holds(expression, &known))?;
    (rule.outcome != RuleOutcome::Review).then(|| CosellAnswer {
        outcome: rule.outcome,
        code: rule.code.clone(),
        sentence: rule.sentence.clone(),
        rule: Some(rule.id.clone()),
        answered_at: now,
    })
}

/// Where the first rule that holds for this help sends, and which that is.
fn sent<'a>(rules: &'a Compiled, facts: &Value, help: &str) -> Option<(&'a str, &'a str)> {
    let mut facts = facts.clone();
    facts["help"] = json!(help);
    let known = Facts::new(&facts).ok()?;
    let (rule, _) = rules.engagement.cosell.bring_in.iter().zip(&rules.cosell.bring_in).find(|(_, expression)| holds(expression, &known))?;
    Some((&rule.to, &rule.id))
}

/// The work that taking part is, for anybody but these.
pub fn work(tx: &Tx, deal: &DealRow, not: Vec<PersonId>) -> Work {
    Work { vendor: tx.vendor(), partner: Some(deal.partner()), needs: Permission::WorkCosell, not, now: tx.now() }
}

/// Somebody of the vendor for each of these helps: whom rules name or who stands in, else the channel manager, else whoever has least to do.
/// Nobody for a help only if nobody can at all.
pub async fn bring(tx: &Tx, rules: &Compiled, deal: &DealRow, facts: &Value, helps: &[String], not: &[PersonId]) -> Result<Vec<Brought>, Problem> {
    let work = work(tx, deal, not.to_vec());
    let mut brought: Vec<Brought> = Vec::new();
    for help in helps {
        let rule = sent(rules, facts, help);
        let placed = by_rule(tx, &work, deal, rule).await?;
        let Some((person, why)) = (match placed {
            Some(placed) => Some(placed),
            None => anybody(tx, &work).await?.map(|person| (person, CosellBroughtIn::by(CosellBroughtInBy::Fallback))),
        }) else {
            continue;
        };
        match brought.iter_mut().find(|one| one.person == person) {
            Some(one) => one.helps.push(help.clone()),
            None => brought.push(Brought { person, helps: vec![help.clone()], why }),
        }
    }
    Ok(brought)
}

async fn by_rule(tx: &Tx, work: &Work, deal: &DealRow, rule: Option<(&str, &str)>) -> Result<Option<(PersonId, CosellBroughtIn)>, Problem> {
    let manager = manager_of(tx, deal).await?;
    let mut placed = place(tx, work, rule.map(|(to, _)| to), manager).await?;
    if placed.assignee.is_none() && rule.is_some() {
        // What would wait in a queue does not wait here.
        placed = place(tx, work, None, manager).await?;
    }
    let Placement { assignee, why, .. } = placed;
    let by = match why.by {
        AssignedBy::ChannelManager => CosellBroughtInBy::ChannelManager,
        AssignedBy::RoundRobin | AssignedBy::LeastLoaded => CosellBroughtInBy::Queue,
        AssignedBy::Cover => CosellBroughtInBy::Cover,
        _ => CosellBroughtInBy::Rule,
    };
    let rule = rule.map(|(_, id)| id.to_owned());
    Ok(assignee.map(|person| (person, CosellBroughtIn { rule, cover_for: why.cover_for, ..CosellBroughtIn::by(by) })))
}

/// The deal's channel manager, or the partner's.
pub async fn manager_of(tx: &Tx, deal: &DealRow) -> Result<Option<PersonId>, Problem> {
    if let Some(manager) = deal.channel_manager_id {
        return Ok(Some(PersonId(manager)));
    }
    let partner = partners::find(tx, Scope::vendor_wide(tx.vendor()), deal.partner()).await?;
    Ok(partner.and_then(|partner| partner.manager_id).map(PersonId))
}

/// Whoever could take part, is there, and has least to do.
pub async fn anybody(tx: &Tx, work: &Work) -> Result<Option<PersonId>, Problem> {
    let able = access::people::who_may(tx, work.vendor, work.needs).await?;
    let mut able: Vec<_> = able.iter().map(access::people::person::Model::id).filter(|person| !work.not.contains(person)).collect();
    let load = store::load(tx, work.vendor, None).await?;
    able.sort_by_key(|person| (load.get(person).copied().unwrap_or(0), *person));
    for some in able.chunks(50) {
        let standings = fit::standings(tx, work, some).await?;
        let there = |person: &&PersonId| standings.get(person).is_some_and(|standing| standing.fit && standing.away.is_none());
        if let Some(person) = some.iter().find(there) {
            return Ok(Some(*person));
        }
    }
    Ok(None)
}
