//! What the rules of engagement say of people: who is a deal's channel manager, and that those whom rules name are there.

use super::queues::store;
use crate::engagement::{Compiled, Engagement};
use access::people;
use kernel::id::PersonId;
use kernel::problem::FieldError;
use kernel::rules::Facts;
use kernel::{Problem, Tx};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use validator::Validate;

/// Who is in charge: when the expression holds, this person is the deal's channel manager.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "public-sector", "when": "customer.domain != null && customer.domain.endsWith(\".gov\")", "to": "per_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct ChannelManagerRule {
    /// Names the rule; unique among these.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// A CEL expression, as in a rule.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// The person.
    pub to: PersonId,
}

/// The channel manager of a deal: whom the first rule that holds names, or the partner's own.
pub(crate) fn channel_manager(rules: &Compiled, facts: &Value) -> Option<PersonId> {
    let known = Facts::new(facts).ok();
    let holds = |expression: &kernel::rules::Expression| known.as_ref().is_some_and(|facts| expression.holds(facts) == Ok(true));
    let by_rule = rules.engagement.channel_managers.iter().zip(&rules.channel_managers).find(|(_, expression)| holds(expression));
    by_rule.map(|(rule, _)| rule.to).or_else(|| facts["partner"]["manager"].as_str()?.parse().ok())
}

/// 422 unless everybody and every queue that these rules name is there.
pub async fn check_published(tx: &Tx, engagement: &Engagement) -> Result<(), Problem> {
    let named = engagement.routing.iter().filter_map(|rule| rule.to.parse::<PersonId>().ok());
    let named: Vec<_> = named.chain(engagement.channel_managers.iter().map(|rule| rule.to)).collect();
    let found = people::find_many(tx, tx.vendor(), &named).await?;
    let there: Vec<_> = found.iter().filter_map(|row| row.standing()).filter(|person| person.partner.is_none()).map(|person| person.id).collect();
    let mut errors = Vec::new();
    let unknown_person = |pointer| FieldError::new(pointer, "unknown_person", "Name an active person of the vendor.");
    for (at, rule) in engagement.routing.iter().enumerate() {
        match rule.to.parse::<PersonId>() {
            Ok(person) if !there.contains(&person) => errors.push(unknown_person(format!("/routing/{at}/to"))),
            Ok(_) => {}
            Err(_) if store::by_name(tx, tx.vendor(), &rule.to).await?.is_none() => {
                errors.push(FieldError::new(format!("/routing/{at}/to"), "unknown_queue", "There is no queue of this name; make it first."));
            }
            Err(_) => {}
        }
    }
    for (at, rule) in engagement.channel_managers.iter().enumerate() {
        if !there.contains(&rule.to) {
            errors.push(unknown_person(format!("/channel_managers/{at}/to")));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_all(errors)) }
}
