//! What follows the log: partners that enter onboarding are given what the policy says; of those that have ended all is revoked.

use super::events::ProvisioningUndecided;
use super::policy::{self, NAMES};
use super::{grants, people, store};
use kernel::id::PartnerId;
use kernel::log::Envelope;
use kernel::readers::{React, Reader};
use kernel::rules::Expression;
use kernel::{Problem, Tx};
use partners::{Partner, PartnerStatus, partner};
use serde_json::{Value, json};

/// The reader.
pub fn reader() -> Reader {
    Reader {
        name: "provisioning.partners",
        types: &["partner.*"],
        relevant: None,
        react: React::Each(|tx, event| Box::pin(partner_moved(tx, event))),
    }
}

async fn partner_moved(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    let data: Value = serde_json::from_str(event.data.get()).map_err(Problem::internal)?;
    let is_new = event.kind == "partner.created" || event.kind == "partner.status_changed";
    let moved = is_new || data["changed"].as_array().is_some_and(|changed| changed.iter().any(|field| field == "status"));
    let Some(id) = event.subject.id.parse::<PartnerId>().ok().filter(|_| moved) else { return Ok(()) };
    // What it is now counts: it may have gone on since.
    let Some(row) = partners::find(tx, tx.scope(), id).await? else { return Ok(()) };
    match row.status {
        PartnerStatus::Onboarding => give(tx, id, &row).await,
        PartnerStatus::Ended => {
            for mut grant in store::live(tx, id).await? {
                if grant.status() != super::types::AccessGrantStatus::Revoking {
                    grants::take_away(tx, &mut grant).await?;
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Give a partner all that the rules say which hold for it. A rule that cannot be told is for people.
async fn give(tx: &mut Tx, id: PartnerId, row: &partner::Model) -> Result<(), Problem> {
    let policy = policy::latest(tx, tx.scope()).await?;
    let facts = json!({ "partner": Partner::whole(row) });
    let (mut wanted, mut environments) = (Vec::new(), Vec::<&str>::new());
    for rule in &policy.policy.rules {
        match Expression::compile(&rule.when, NAMES).and_then(|when| when.holds_over(&facts)) {
            Ok(true) => {
                environments.extend(rule.environments.iter().map(String::as_str));
                wanted.extend(&rule.people);
            }
            Ok(false) => {}
            Err(cause) => tx.emit(ProvisioningUndecided { partner_id: id, rule: rule.id.clone(), reason: cause.detail }),
        }
    }
    people::invite(tx, id, &wanted, &policy).await?;
    for name in environments {
        grants::environment(tx, id, name, &policy, policy.version).await?;
    }
    Ok(())
}
