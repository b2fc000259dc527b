//! An agreement on paper, as it is shown and signed, and with the certificate of signatures. Set apart from the threads that serve.

use super::store::{AgreementRow, SignerRow};
use super::types::AgreementIdentity;
use crate::error;
use ::paper::{Block, Kind, Paper, Trouble, marks};
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use kernel::Problem;
use kernel::locale::Locale;

/// The document that is signed.
pub async fn document(row: AgreementRow, signers: Vec<SignerRow>) -> Result<Vec<u8>, Problem> {
    set(move || Ok(Paper { blocks: text(&row, &signers)?, ..frame(&row) })).await
}

/// The document with the certificate of its signatures, and our own statement of them.
pub async fn completed(row: AgreementRow, signers: Vec<SignerRow>, vendor: String, statement: String) -> Result<Vec<u8>, Problem> {
    set(move || {
        let mut blocks = text(&row, &signers)?;
        blocks.extend(certificate(&row, &signers, &vendor, &statement)?);
        Ok(Paper { blocks, ..frame(&row) })
    })
    .await
}

async fn set(paper: impl FnOnce() -> Result<Paper, Problem> + Send + 'static) -> Result<Vec<u8>, Problem> {
    let made = tokio::task::spawn_blocking(move || {
        ::paper::pdf(&paper()?).map_err(|trouble| match trouble {
            Trouble::Unwritten(cause) => Problem::internal(cause),
            trouble => Problem::new(error::AGREEMENT_UNPRINTABLE).detail(trouble.to_string()),
        })
    });
    made.await.map_err(Problem::internal)?
}

fn frame(row: &AgreementRow) -> Paper {
    Paper { title: row.title.clone(), language: row.language.clone(), foot: row.id().to_string(), blocks: Vec::new() }
}

/// The text, and who is to sign it.
fn text(row: &AgreementRow, signers: &[SignerRow]) -> Result<Vec<Block>, Problem> {
    let refused = |refused: marks::Refused| {
        Problem::new(error::AGREEMENT_UNPRINTABLE).detail(format!("Line {}: there is no place for {} in an agreement.", refused.line, refused.what))
    };
    let mut blocks = marks::read(&row.text).map_err(refused)?;
    for signer in signers {
        blocks.push(Block::new(Kind::Heading(3), &*signer.title));
        blocks.push(Block::new(Kind::Paragraph, format!("{}\n{}", signer.name, signer.email)));
    }
    Ok(blocks)
}

/// A moment in the agreement's language, and to the second for whoever checks it.
fn moment(locale: &Locale, time: Option<DateTime<Utc>>) -> String {
    let both = |time: DateTime<Utc>| format!("{} ({})", locale.date_time(time, Tz::UTC), time.to_rfc3339_opts(SecondsFormat::Secs, true));
    time.map(both).unwrap_or_default()
}

/// The page that says who signed, when and how.
fn certificate(row: &AgreementRow, signers: &[SignerRow], vendor: &str, statement: &str) -> Result<Vec<Block>, Problem> {
    let line = |text: String| Block::new(Kind::Small, text);
    let locale = Locale::of(&row.language);
    let moment = |time| moment(&locale, time);
    let mut blocks = vec![
        Block::new(Kind::NewPage, ""),
        Block::new(Kind::Heading(1), "Certificate of signatures"),
        line(format!("Agreement: {}, version {} of {}, by {vendor}", row.id(), row.template_version, row.template_name)),
        line(format!("SHA-256 of the document that was signed: {}", row.sha256)),
        line(format!("Sent: {}. Completed: {}", moment(row.sent_at), moment(row.ended_at))),
        line(format!("Each signer consented: {}", row.consent)),
    ];
    for signer in signers {
        let Some(evidence) = signer.evidence()? else { continue };
        let how = match evidence.identity {
            AgreementIdentity::Account if evidence.methods.is_empty() => "the account of this address".to_owned(),
            AgreementIdentity::Account => format!("the account of this address, signed in by {}", evidence.methods.join(", ")),
            AgreementIdentity::Service => "the signature service that had it signed".to_owned(),
            AgreementIdentity::Link => "a secret link in a letter to this address".to_owned(),
        };
        let from = evidence.address.unwrap_or_else(|| "an unknown address".into());
        let with = evidence.user_agent.unwrap_or_else(|| "an unnamed program".into());
        blocks.push(Block::new(Kind::Heading(3), format!("{}: {}", signer.title, signer.name)));
        blocks.push(line(format!("Signed as \u{201c}{}\u{201d} at {}", evidence.typed_name, moment(signer.acted_at))));
        blocks.push(line(format!("Known by {how}: {}", signer.email)));
        blocks.push(line(format!("From {from}, with {with}")));
    }
    blocks.push(Block::new(Kind::Heading(3), "Statement"));
    blocks.push(line("A JWS (EdDSA) of the service that kept these signatures; its keys are published under /.well-known/jwks.json.".to_owned()));
    blocks.push(line(statement.to_owned()));
    Ok(blocks)
}
