//! Contacts of a new partner become people, and are invited.

use super::events::{AccessGrantFailed, AccessGrantGranted};
use super::policy::{ProvisioningPeople, ProvisioningPolicyVersion};
use super::types::AccessGrantStatus;
use super::{grants, store};
use access::local::InvitationCreate;
use access::people::{self, PersonCreate};
use kernel::id::{PartnerId, PersonId};
use kernel::{Problem, Scope, Tx};
use partners::contacts::{self, ContactRow};

/// Make people of the contacts that a rule names. Each counts once, by the first rule that names it; who is a person already stays as they are.
pub async fn invite(tx: &mut Tx, partner: PartnerId, wanted: &[&ProvisioningPeople], policy: &ProvisioningPolicyVersion) -> Result<(), Problem> {
    if wanted.is_empty() {
        return Ok(());
    }
    for contact in contacts::of_partner(tx, Scope::vendor_wide(tx.vendor()), partner).await? {
        let functions = contact.functions();
        let named = wanted.iter().find(|people| functions.contains(&people.function));
        let (Some(named), Some(email), None) = (named, contact.email.as_deref(), contact.person_id) else { continue };
        if people::find_by_email(tx, tx.vendor(), email).await?.is_none() {
            one(tx, partner, &contact, named, policy).await?;
        }
    }
    Ok(())
}

async fn one(
    tx: &mut Tx,
    partner: PartnerId,
    contact: &ContactRow,
    named: &ProvisioningPeople,
    policy: &ProvisioningPolicyVersion,
) -> Result<(), Problem> {
    let key = format!("{}:person:{}", partner.0.simple(), contact.id.simple());
    let mut row = grants::fresh(tx, partner, ("person", named.role.as_str()), key, policy.version);
    let made = tx.attempt(async |tx| person(tx, partner, contact, named, policy).await).await?;
    match made {
        Ok(person) => {
            (row.person_id, row.granted_at) = (Some(person.0), Some(tx.now()));
            row.stand(AccessGrantStatus::Granted);
        }
        Err(problem) if problem.kind.status >= 500 => return Err(problem),
        Err(problem) => {
            row.last_error = Some(format!("{} {}", problem.kind.title, problem.detail.unwrap_or_default()).trim_end().to_owned());
            row.stand(AccessGrantStatus::Failed);
        }
    }
    if store::insert(tx, &row).await? {
        let access_grant = row.whole();
        if row.status() == AccessGrantStatus::Granted {
            tx.emit(AccessGrantGranted { access_grant })
        } else {
            tx.emit(AccessGrantFailed { access_grant })
        }
    }
    Ok(())
}

async fn person(
    tx: &mut Tx,
    partner: PartnerId,
    contact: &ContactRow,
    named: &ProvisioningPeople,
    policy: &ProvisioningPolicyVersion,
) -> Result<PersonId, Problem> {
    let (email, name) = (contact.email.clone().unwrap_or_default(), contact.name.clone());
    let made = people::create(tx, PersonCreate { email, name, role: named.role.clone(), partner_id: Some(partner) }).await?;
    if let Some(client_id) = policy.policy.portal_id {
        access::local::invite(tx, made.id, InvitationCreate { client_id, redirect_uri: None }).await?;
    }
    Ok(made.id)
}
