//! Where letters to an applicant go, and the link that they carry.

use super::forms::store as forms;
use super::store;
use super::{ApplicationFormId, ApplicationId, links};
use kernel::personal::is_marker;
use kernel::{Problem, Tx};

/// An applicant, as a letter needs them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// The address.
    pub email: String,
    /// Their name; the address, where none was told.
    pub name: String,
    /// The language that they read.
    pub language: String,
    /// A link of their own to the application, while anything may come of it.
    pub link: Option<String>,
}

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
    Ok(Some(Addressee { email: contact.email, name, language: row.language, link }))
}
