//! Approval: the partner, its exact keys, its first person and their invitation, in one write.

use super::alike;
use super::clock;
use super::events::ApplicationApproved;
use super::forms::store::{form, version};
use super::moves::reach;
use super::rules::ApplicationStatus;
use super::store::{self, ApplicationRow};
use super::types::ApplicationCompany;
use crate::error;
use crate::vetting::requests;
use access::local::InvitationCreate;
use access::people::{self, PersonCreate};
use access::portals::{PortalId, portal};
use access::{Role, RoleName};
use kernel::id::{PartnerId, PersonId};
use kernel::{Problem, Tx};
use partners::{PartnerCreate, PartnerStart};
use sea_orm::EntityTrait as _;
use serde_json::Map;

/// How it is approved.
pub struct Terms {
    /// A sentence for the applicant.
    pub reason: Option<String>,
    /// Whether a person has looked at it and says that it is another company.
    pub despite_duplicates: bool,
    /// Whether no person is made.
    pub without_person: bool,
}

/// Make the applicant a partner. Of two that are one company, at the same moment or not, the second is refused with 409.
pub async fn approve(tx: &mut Tx, row: &mut ApplicationRow, form: &form::Model, version: &version::Model, terms: Terms) -> Result<(), Problem> {
    let company = row.company()?;
    let keys = alike::keys(&company);
    let known = alike::partners_of(tx, &company, &keys).await?;
    if !known.is_empty() && !terms.despite_duplicates {
        return Err(duplicate(known.iter().map(|partner| partner.id())));
    }
    let partner = partners::create(tx, wanted(row, &company, form, version)?).await?;
    let taken = store::take_keys(tx, partner.id, &keys).await?;
    if taken < keys.len() && !terms.despite_duplicates {
        // Somebody was faster: the partner that was just made goes with this write.
        let holders = store::partners_by_keys(tx, &keys).await?;
        return Err(duplicate(holders.into_iter().filter(|holder| *holder != partner.id)));
    }
    row.partner_id = Some(partner.id.0);
    if !terms.without_person {
        row.person_id = Some(first_person(tx, row, form, partner.id).await?.0);
    }
    requests::follow_approved(tx, row.id(), partner.id, row.person_id.map(PersonId)).await?;
    let now = tx.now();
    reach(row, 3, now);
    reach(row, 4, now);
    row.reason = terms.reason;
    row.stand(ApplicationStatus::Approved);
    tx.clear_timer(clock::TIMER, &row.id().to_string()).await?;
    store::update(tx, row).await?;
    tx.emit(ApplicationApproved { application: row.told()? });
    Ok(())
}

fn duplicate(partners: impl Iterator<Item = PartnerId>) -> Problem {
    Problem::new(error::APPLICATION_DUPLICATE).with("partner_ids", partners.collect::<Vec<_>>())
}

/// The partner that it becomes.
fn wanted(row: &ApplicationRow, company: &ApplicationCompany, form: &form::Model, version: &version::Model) -> Result<PartnerCreate, Problem> {
    let types = form.partner_types()?;
    let kind = company.partner_type.or_else(|| types.first().copied());
    let answers = row.answers()?;
    let mut custom_fields = Map::new();
    for (answer, field) in version.content()?.partner_fields {
        if let Some(value) = answers.get(&answer) {
            custom_fields.insert(field, value.clone());
        }
    }
    Ok(PartnerCreate {
        name: company.name.clone().ok_or_else(|| Problem::invalid("/company/name", "required", "The application names no company."))?,
        kind: kind.ok_or_else(|| Problem::invalid("/company/partner_type", "required", "The application says no type."))?,
        tier: None,
        region: company.regions.first().cloned(),
        country: company.country.clone(),
        specialisations: Vec::new(),
        status: PartnerStart::Onboarding,
        parent_id: None,
        distributor_id: None,
        languages: company.languages.clone(),
        website: company.website.clone().filter(|site| site.starts_with("https://") || site.starts_with("http://")),
        tax_id: company.tax_id.clone().filter(|id| (2..=40).contains(&id.chars().count())),
        email_domains: Vec::new(),
        manager_id: None,
        custom_fields,
    })
}

/// The contact becomes the partner's administrator, and is invited where the form says through which portal.
async fn first_person(tx: &mut Tx, row: &ApplicationRow, form: &form::Model, partner: PartnerId) -> Result<PersonId, Problem> {
    let contact = row.contact()?;
    if people::find_by_email(tx, tx.vendor(), &contact.email).await?.is_some() {
        return Err(Problem::new(error::APPLICATION_CONTACT_TAKEN));
    }
    let name = contact.name.clone().unwrap_or_else(|| contact.email.clone());
    let role = RoleName::from(Role::PartnerAdmin);
    let person = people::create(tx, PersonCreate { email: contact.email, name, role, partner_id: Some(partner) }).await?;
    if let Some(id) = form.portal_id
        && portal::Entity::find_by_id((tx.vendor().0, id)).one(tx).await?.is_some()
    {
        access::local::invite(tx, person.id, InvitationCreate { client_id: PortalId(id), redirect_uri: None }).await?;
    }
    Ok(person.id)
}
