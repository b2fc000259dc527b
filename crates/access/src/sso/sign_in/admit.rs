//! Who is it, and may they come in? From proven claims to a person.

use crate::people::{self, PersonCreate, Standing, person};
use crate::sso::identities;
use crate::sso::providers::{Provisioning, Settings, identity_provider};
use crate::sso::{claims, under};
use crate::{RoleName, authenticate, error, partner_status, roles};
use kernel::problem::Kind;
use kernel::{Problem, Tx};
use serde_json::Value;

/// What a provider proved about a person.
pub(super) struct Proof {
    pub(super) subject: String,
    pub(super) claims: Value,
    pub(super) methods: Vec<String>,
    email: Option<String>,
    /// Whether the address is verified and of a domain that the provider owns: whoever it belongs to may be taken from it.
    trusted_email: bool,
}

impl Proof {
    /// Read verified claims; `None` if they are about nobody.
    pub(super) fn of(claims: Value, settings: &Settings) -> Option<Self> {
        let subject = claims::text(&claims, "sub").filter(|sub| (1..=255).contains(&sub.len()) && !sub.chars().any(char::is_control))?.to_owned();
        let email = claims::email(&claims);
        let owned = email.as_deref().and_then(claims::domain_of).is_some_and(|domain| settings.email_domains.contains(&domain));
        let trusted_email = owned && claims::says_yes(&claims, &settings.email_verified_claim);
        let methods = claims::methods(&claims, &settings.mfa_methods, &settings.mfa_contexts);
        Some(Self { subject, claims, methods, email, trusted_email })
    }
}

fn refuse(kind: Kind) -> Problem {
    Problem::new(kind)
}

/// The person whom the proof is about: known by this identity, linked to it now, or added.
pub(super) async fn admit(tx: &mut Tx, provider: &identity_provider::Model, proof: &Proof) -> Result<Standing, Problem> {
    let settings = provider.settings()?;
    if let Some(id) = identities::find_person(tx, tx.vendor(), &provider.issuer, &proof.subject).await? {
        let known = people::find(tx, tx.vendor(), id).await?.ok_or_else(|| refuse(error::SIGN_IN_SHUT_OUT))?;
        return again(tx, provider, &settings, proof, known).await;
    }
    let email = proof.email.as_deref().ok_or_else(|| refuse(error::SIGN_IN_NOBODY))?;
    let (known, standing) = match people::find_by_email(tx, tx.vendor(), email).await? {
        // An address alone proves nothing: the provider must own it, and say that this person does.
        Some(_) if !proof.trusted_email => return Err(refuse(error::SIGN_IN_UNVERIFIED)),
        Some(known) => (known.id(), again(tx, provider, &settings, proof, known).await?),
        None if settings.provisioning == Provisioning::KnownOnly => return Err(refuse(error::SIGN_IN_NOBODY)),
        None if !proof.trusted_email => return Err(refuse(error::SIGN_IN_UNVERIFIED)),
        None => {
            let added = add(tx, provider, &settings, proof, email).await?;
            (added.id(), standing(tx, provider, &added).await?)
        }
    };
    identities::link(tx, known, &provider.issuer, &proof.subject).await?;
    Ok(standing)
}

/// What the person may do, if the provider may let them in at all.
async fn standing(tx: &Tx, provider: &identity_provider::Model, person: &person::Model) -> Result<Standing, Problem> {
    let shut_out = || refuse(error::SIGN_IN_SHUT_OUT);
    let standing = person.standing().ok_or_else(shut_out)?;
    // A partner's provider speaks for that partner's people only.
    if provider.partner().is_some() && provider.partner() != standing.partner {
        return Err(shut_out());
    }
    if let Some(partner) = standing.partner {
        partner_status(tx, tx.vendor(), partner).await?.filter(|status| authenticate::works(status)).ok_or_else(shut_out)?;
    }
    let role = roles::facts(tx, tx.vendor(), &standing.role).await?.ok_or_else(shut_out)?;
    // Whoever set the provider up did not lend it more than they had.
    if role.grants & !under(provider.ceiling.as_deref()) != 0 {
        return Err(shut_out());
    }
    Ok(standing)
}

/// Somebody who is known: with the role that the claims give them today, where it follows them.
async fn again(
    tx: &mut Tx,
    provider: &identity_provider::Model,
    settings: &Settings,
    proof: &Proof,
    known: person::Model,
) -> Result<Standing, Problem> {
    let before = standing(tx, provider, &known).await?;
    if !settings.sync_role || settings.role_claim.is_none() {
        return Ok(before);
    }
    let change = people::Change { role: Some(role(settings, proof)?), ..people::Change::default() };
    let id = people::change(tx, known, change).await.map_err(no_such_role)?.id;
    let now = people::find(tx, tx.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    standing(tx, provider, &now).await
}

/// The role that the claims give.
fn role(settings: &Settings, proof: &Proof) -> Result<RoleName, Problem> {
    let mapped = claims::role(&proof.claims, settings.role_claim.as_deref(), &settings.role_mappings);
    mapped.or(settings.default_role.as_ref()).cloned().ok_or_else(|| refuse(error::SIGN_IN_NO_ROLE))
}

/// A role that was mapped and is no more refuses like one that was never mapped.
fn no_such_role(problem: Problem) -> Problem {
    if problem.kind.status == 422 { refuse(error::SIGN_IN_NO_ROLE) } else { problem }
}

async fn add(tx: &mut Tx, provider: &identity_provider::Model, settings: &Settings, proof: &Proof, email: &str) -> Result<person::Model, Problem> {
    let role = role(settings, proof)?;
    if let Some(partner) = provider.partner() {
        let status = partner_status(tx, tx.vendor(), partner).await?;
        status.filter(|status| authenticate::works(status)).ok_or_else(|| refuse(error::SIGN_IN_SHUT_OUT))?;
    }
    let new = PersonCreate { partner_id: provider.partner(), email: email.to_owned(), name: claims::name(&proof.claims, email), role };
    let added = people::create(tx, new).await.map_err(no_such_role)?;
    people::find(tx, tx.vendor(), added.id).await?.ok_or_else(Problem::not_found)
}
