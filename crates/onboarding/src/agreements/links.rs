//! The links of letters to signers without an account.

use super::AgreementTemplateId;
use super::store::{self, AgreementRow, SignerRow};
use crate::error::AGREEMENT_LINK;
use crate::letter_links::LetterLinks;
use chrono::Duration;
use kernel::{Problem, Tx};

/// Where they are kept.
pub const LINKS: LetterLinks = LetterLinks::new("agreement_links", "signer_id", AGREEMENT_LINK);
/// How long a link is good for at least: what was signed can be read by it for a while.
const AFTER: Duration = Duration::days(90);

/// A new link of a signer on the template's page.
pub async fn make(tx: &Tx, row: &AgreementRow, signer: &SignerRow) -> Result<String, Problem> {
    let template = store::template(tx, tx.vendor(), AgreementTemplateId(row.template_id)).await?;
    let page = template.ok_or_else(|| Problem::internal("an agreement has no template"))?.body()?.page;
    let until = row.expires_at.unwrap_or_else(|| tx.now()) + AFTER;
    Ok(format!("{page}#agreement={}", LINKS.make(tx, signer.id, until).await?))
}
