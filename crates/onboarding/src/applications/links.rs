//! The links of letters to an applicant.

use super::ApplicationId;
use crate::error::APPLICATION_LINK;
use crate::letter_links::LetterLinks;
use chrono::Duration;
use kernel::Tx;
use sea_orm::DbErr;

/// Where they are kept.
pub const LINKS: LetterLinks = LetterLinks::new("application_links", "application_id", APPLICATION_LINK);
/// How long a link works.
const LIFETIME: Duration = Duration::days(30);
/// A letter with a link is not asked for again within this: nobody's mailbox is filled by a form.
pub const PAUSE: Duration = Duration::minutes(5);

/// A new link to an application on the form's page.
pub async fn make(tx: &Tx, id: ApplicationId, page: &str) -> Result<String, DbErr> {
    Ok(format!("{page}#application={}", LINKS.make(tx, id.0, tx.now() + LIFETIME).await?))
}
