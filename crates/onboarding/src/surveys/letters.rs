//! Where letters to whoever is asked go, and the link that they carry.

use super::types::SurveyInvitationStatus;
use super::{SurveyId, SurveyInvitationId, invitations, store};
use crate::Addressee;
use kernel::id::PersonId;
use kernel::{Problem, Tx};

/// Whom to write to about the invitation of this id; nobody, if there is none, it cannot be answered any more, or they are shut out.
pub async fn addressee(tx: &mut Tx, id: &str) -> Result<Option<Addressee>, Problem> {
    let Ok(id) = id.parse::<SurveyInvitationId>() else { return Ok(None) };
    let found = store::invited(tx, tx.scope(), id).await?.filter(|row| row.status(tx.now()) == SurveyInvitationStatus::Sent);
    let Some(row) = found else { return Ok(None) };
    let person = access::people::find(tx, tx.vendor(), PersonId(row.person_id)).await?.filter(|person| person.standing().is_some());
    let survey = store::find(tx, tx.scope(), SurveyId(row.survey_id)).await?.filter(|survey| survey.is_open());
    let (Some(person), Some(survey)) = (person, survey) else { return Ok(None) };
    let link = Some(invitations::link(tx, &row, &survey).await?);
    let languages = crate::reading::of_person(tx, &person).await?;
    Ok(Some(Addressee { email: person.email, name: person.name, languages, link }))
}
