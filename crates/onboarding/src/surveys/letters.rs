//! Where letters to whoever is asked go, and the link that they carry.

use super::types::SurveyInvitationStatus;
use super::{SurveyId, SurveyInvitationId, invitations, store};
use crate::Addressee;
use crate::paths::texts::FALLBACK;
use kernel::id::{PartnerId, PersonId};
use kernel::{Problem, Scope, Tx};

/// Whom to write to about the invitation of this id; nobody, if there is none, it cannot be answered any more, or they are shut out.
pub async fn addressee(tx: &mut Tx, id: &str) -> Result<Option<Addressee>, Problem> {
    let Ok(id) = id.parse::<SurveyInvitationId>() else { return Ok(None) };
    let found = store::invited(tx, tx.scope(), id).await?.filter(|row| row.status(tx.now()) == SurveyInvitationStatus::Sent);
    let Some(row) = found else { return Ok(None) };
    let person = access::people::find(tx, tx.vendor(), PersonId(row.person_id)).await?.filter(|person| person.standing().is_some());
    let survey = store::find(tx, tx.scope(), SurveyId(row.survey_id)).await?.filter(|survey| survey.is_open());
    let (Some(person), Some(survey)) = (person, survey) else { return Ok(None) };
    let link = Some(invitations::link(tx, &row, &survey).await?);
    let language = language(tx, PartnerId(row.partner_id), person.id).await?;
    Ok(Some(Addressee { email: person.email, name: person.name, language, link }))
}

/// The language to write to a person of a partner in: theirs as a contact, or the partner's first.
async fn language(tx: &Tx, id: PartnerId, person: uuid::Uuid) -> Result<String, Problem> {
    let everybody = Scope::vendor_wide(tx.vendor());
    let contacts = partners::contacts::of_partner(tx, everybody, id).await?;
    let theirs = contacts.into_iter().find(|contact| contact.person_id == Some(person)).and_then(|contact| contact.language);
    let partner = partners::find(tx, everybody, id).await?.and_then(|partner| partner.languages().into_iter().next());
    Ok(theirs.or(partner).unwrap_or_else(|| FALLBACK.to_owned()))
}
