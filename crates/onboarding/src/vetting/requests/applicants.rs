//! Providers and applicants, who are no partners yet: what is asked of them, what it comes to, and where it goes when one becomes a partner.

use super::rules;
use super::service::{self, About, Asking};
use super::store::{self, RequestRow, live_key};
use super::types::CheckRequestStatus;
use crate::applications::store::ApplicationRow;
use crate::applications::{ApplicationId, store as applications};
use crate::vetting::checks::types::VettingSubjectKind;
use crate::vetting::policy::VettingResult;
use crate::vetting::subjects::{self, facts};
use kernel::id::{PartnerId, PersonId};
use kernel::{Problem, Tx};
use serde_json::json;

/// What providers make of an applicant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing speaks against it, or nobody was to be asked.
    Clear,
    /// So many have not answered yet.
    Waits(usize),
    /// Why a person has to look.
    Hits(String),
}

/// The company and whoever applies.
fn whom(row: &ApplicationRow) -> Result<Vec<About>, Problem> {
    let (company, contact) = (row.company()?, row.contact()?);
    let partner =
        json!({ "type": company.partner_type, "tier": null, "region": company.regions.first(), "country": company.country, "custom_fields": {} });
    let about = |kind: VettingSubjectKind, name: &str, country: Option<&str>| About {
        kind,
        subject: row.id,
        partner: None,
        application: Some(row.id()),
        facts: facts(name, country, None, false),
        seen: json!({ "subject": { "kind": kind, "country": country }, "partner": partner }),
    };
    let company = about(VettingSubjectKind::Partner, company.name.as_deref().unwrap_or_default(), company.country.as_deref());
    let person = contact.name.as_deref().map(|name| about(VettingSubjectKind::Person, name, None));
    Ok([Some(company), person].into_iter().flatten().collect())
}

/// Ask whoever is to be asked about an applicant, and say what came of it so far. The application is held.
pub async fn outcome(tx: &mut Tx, row: &ApplicationRow) -> Result<Outcome, Problem> {
    let (asking, before) = (Asking::of(tx).await?, store::of_application(tx, row.id()).await?);
    if asking.is_empty() && before.is_empty() {
        return Ok(Outcome::Clear);
    }
    for about in whom(row)? {
        asking.applicant(tx, &about, &before).await?;
    }
    let all = store::of_application(tx, row.id()).await?;
    let open = all.iter().filter(|request| request.status().is_open()).count();
    if open > 0 {
        return Ok(Outcome::Waits(open));
    }
    for request in &all {
        if let Some(why) = hit(tx, request).await? {
            return Ok(Outcome::Hits(why));
        }
    }
    Ok(Outcome::Clear)
}

async fn hit(tx: &Tx, row: &RequestRow) -> Result<Option<String>, Problem> {
    let Some(found) = row.found()?.filter(|_| row.status() != CheckRequestStatus::Cancelled) else { return Ok(None) };
    let said = service::said(tx, row).await?;
    let speaks_against = rules::result(&said, found.result) != VettingResult::Clear;
    Ok(speaks_against.then(|| format!("{}: {}", said.name, rules::summary(&said, &found))))
}

/// The applicant became a partner: what was answered comes into its register, and what is still asked is asked about it.
pub async fn follow_approved(tx: &mut Tx, application: ApplicationId, partner: PartnerId, person: Option<PersonId>) -> Result<(), Problem> {
    let mut came = false;
    for mut row in store::of_application(tx, application).await? {
        let id = match row.subject_kind() {
            VettingSubjectKind::Partner => Some(partner.0),
            _ => person.map(|person| person.0),
        };
        let Some(id) = id.filter(|_| row.status() != CheckRequestStatus::Cancelled) else { continue };
        let Some(subject) = subjects::known(tx, row.subject_kind(), id, partner).await? else { continue };
        (row.subject_id, row.partner_id, row.facts) = (id, Some(partner.0), subject.facts.clone());
        if row.status().is_open() {
            row.live_key = Some(live_key(row.provider_id, &row.subject_kind, id));
        } else if let Some(found) = row.found()? {
            service::enter(tx, &mut row, &subject, &found).await?;
            came = true;
        }
        store::update(tx, &mut row).await?;
    }
    if came { crate::vetting::checks::service::settle(tx, partner).await } else { Ok(()) }
}

/// Whether an application waits for nothing but providers.
pub fn waits(row: &ApplicationRow) -> Result<bool, Problem> {
    use crate::applications::rulebook::AdmissionOutcome;
    use crate::applications::rules::ApplicationStatus;
    use crate::applications::types::ApplicationDecision;
    let decision: Option<ApplicationDecision> = row.decision.as_deref().map(applications::json).transpose()?;
    Ok(row.status()? == ApplicationStatus::InReview && decision.is_some_and(|decision| decision.outcome == AdmissionOutcome::Vet))
}
