//! Where letters to an applicant go, and the link that they carry.

use super::forms::store as forms;
use super::store;
use super::{ApplicationFormId, ApplicationId, links};
use crate::Addressee;
use kernel::personal::is_marker;
use kernel::{Problem, Tx};

/// Whom to write to about the application of this id; nobody, if there is none or they were erased.
pub async fn addressee(tx: &mut Tx, id: &str) -> Result<Option<Addressee>, Problem> {
    let Ok(id) = id.parse::<ApplicationId>() else { return Ok(None) };
    let Some(row) = store::find(tx, tx.scope(), id).await? else { return Ok(None) };
    let contact = row.contact()?;
    if is_marker(&contact.email) {
        return Ok(None);
    }
    let link = match forms::find(tx, tx.scope(), ApplicationFormId(row.form_id)).await? {
        Some(form) if row.status()?.is_live() => Some(links::make(tx, id, &form.page).await?),
        _ => None,
    };
    let name = contact.name.unwrap_or_else(|| contact.email.clone());
    let languages = partners::languages::of_partner(tx, tx.vendor(), None, [row.language]).await?;
    Ok(Some(Addressee { email: contact.email, name, languages, link }))
}
