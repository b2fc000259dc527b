//! Making an agreement: the template that fits, its text filled from the hub, and its file. All of it before the write, which only keeps it.

use super::body::AgreementTemplateDraft;
use super::fill::{self, Trouble};
use super::rules::{AgreementSide, AgreementSignerStatus, AgreementStatus};
use super::store::{self, AgreementRow, SignerRow, TemplateRow};
use super::types::{AgreementCreate, AgreementInvite};
use super::{AgreementId, AgreementSignerId, paper, variables, versions};
use crate::error;
use access::people::{self, PersonStatus};
use kernel::locale::{Languages, shown};
use kernel::problem::FieldError;
use kernel::text::{canonical_email, hex, tidy};
use kernel::{Actor, App, Problem, Scope};
use partners::partner::Model as PartnerRow;
use sea_orm::ConnectionTrait;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Somebody who is to sign, as found.
#[derive(Debug, Clone)]
pub struct Invited {
    /// Their role.
    pub role: String,
    /// What stands beside their name.
    pub title: String,
    /// For whom they sign.
    pub side: AgreementSide,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their account.
    pub person_id: Option<Uuid>,
}

/// An agreement that is ready to be kept.
pub struct Made {
    /// The agreement.
    pub row: AgreementRow,
    /// Who signs.
    pub signers: Vec<SignerRow>,
    /// The file.
    pub file: Vec<u8>,
}

/// Make what was asked for.
pub async fn make(app: &App, who: &Actor, new: &AgreementCreate) -> Result<Made, Problem> {
    let (scope, now) = (who.scope, app.clock().now());
    let db = app.db().read_of(scope.vendor()).await?;
    let nobody = || Problem::invalid("/partner_id", "not_found", "There is no such partner.");
    let partner = partners::find(&db, scope, new.partner_id).await?.ok_or_else(nobody)?;
    let languages = partners::languages::of_partner(&db, scope.vendor(), Some(partner.id()), new.language.clone()).await?;
    let template = template(&db, scope, new, &partner, &languages).await?;
    let body = template.body()?;
    let (source, language) = languages.shown(&body.body);
    let title = shown(&body.title, Some(language)).0.to_owned();
    let locale = languages.locale(language);
    let invited = invited(&db, scope, &partner, &body, &new.signers, language).await?;
    let id = AgreementId::fresh();
    let told = variables::Told { number: id.to_string(), title: &title, kind: &template.kind, date: now.date_naive(), locale: &locale };
    let context = variables::of(&db, scope, &partner, &invited, &told).await?;
    drop(db);
    let text = fill::fill(source, &context).map_err(|trouble| match trouble {
        Trouble::Unknown(sentence) | Trouble::Bad(sentence) => Problem::new(error::AGREEMENT_INCOMPLETE).detail(sentence),
    })?;
    let row = AgreementRow {
        vendor_id: scope.vendor().0,
        id: id.0,
        partner_id: partner.id,
        template_id: template.id,
        template_name: template.name.clone(),
        template_version: template.version,
        kind: template.kind.clone(),
        title,
        language: language.to_owned(),
        status: AgreementStatus::Draft.wire().to_owned(),
        consent: body.consent(language),
        text,
        sha256: String::new(),
        reason: None,
        sent_at: None,
        expires_at: None,
        ended_at: None,
        contract_id: None,
        statement: None,
        seal: None,
        completed_sha256: None,
        revision: 1,
        created_at: now,
        updated_at: now,
    };
    let signers: Vec<_> = invited.into_iter().enumerate().map(|(at, one)| signer(&row, at, one)).collect();
    let file = paper::document(row.clone(), signers.clone()).await?;
    let row = AgreementRow { sha256: hex(&Sha256::digest(&file)), ..row };
    Ok(Made { row, signers, file })
}

/// The version that is named, or that fits best.
async fn template(
    db: &impl ConnectionTrait,
    scope: Scope,
    new: &AgreementCreate,
    partner: &PartnerRow,
    languages: &Languages,
) -> Result<TemplateRow, Problem> {
    match (new.template_id, new.kind.as_deref()) {
        (Some(id), _) => {
            let found = store::template(db, scope.vendor(), id).await?.filter(|row| row.status == "published");
            let fits = found.filter(|row| new.kind.as_ref().is_none_or(|kind| *kind == row.kind));
            fits.ok_or_else(|| Problem::invalid("/template_id", "no_such_template", "There is no such published version of a template."))
        }
        (None, Some(kind)) => {
            let found = versions::choose(db, scope, kind, partner, languages).await?;
            found.ok_or_else(|| Problem::new(error::NO_AGREEMENT_TEMPLATE))
        }
        (None, None) => Err(Problem::invalid("/kind", "required", "Name a kind, or a version of a template.")),
    }
}

/// Who signs, in the template's order; 422 for roles without anybody, and for people of others.
async fn invited(
    db: &impl ConnectionTrait,
    scope: Scope,
    partner: &PartnerRow,
    body: &AgreementTemplateDraft,
    sent: &[AgreementInvite],
    language: &str,
) -> Result<Vec<Invited>, Problem> {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for (at, one) in sent.iter().enumerate() {
        if !body.signers.iter().any(|signer| signer.role == one.role) {
            errors.push(FieldError::new(format!("/signers/{at}/role"), "no_such_role", "The template has no such role."));
        }
        let again = |other: &AgreementInvite| other.role == one.role || canonical_email(&other.email) == canonical_email(&one.email);
        if sent[..at].iter().any(again) {
            errors.push(FieldError::new(format!("/signers/{at}"), "repeated", "Name one person for each role, each person once."));
        }
    }
    for signer in &body.signers {
        let Some((at, one)) = sent.iter().enumerate().find(|(_, one)| one.role == signer.role) else {
            errors.push(FieldError::new("/signers", "required", format!("Name who signs as {}.", signer.role)));
            continue;
        };
        let email = canonical_email(&one.email);
        let person = people::find_by_email(db, scope.vendor(), &email).await?.filter(|person| person.status == PersonStatus::Active);
        let theirs = |person: &people::person::Model| match signer.side {
            AgreementSide::Partner => person.partner_id == Some(partner.id),
            AgreementSide::Vendor => person.partner_id.is_none(),
        };
        if person.as_ref().is_some_and(|person| !theirs(person)) {
            errors.push(FieldError::new(format!("/signers/{at}/email"), "of_others", "Whoever has this address belongs to somebody else."));
        }
        found.push(Invited {
            role: signer.role.clone(),
            title: shown(&signer.title, Some(language)).0.to_owned(),
            side: signer.side,
            name: tidy(&one.name),
            email,
            person_id: person.map(|person| person.id),
        });
    }
    if errors.is_empty() { Ok(found) } else { Err(Problem::invalid_all(errors)) }
}

fn signer(row: &AgreementRow, at: usize, one: Invited) -> SignerRow {
    SignerRow {
        vendor_id: row.vendor_id,
        id: AgreementSignerId::fresh().0,
        agreement_id: row.id,
        position: at as i64,
        role: one.role,
        title: one.title,
        side: one.side.wire().to_owned(),
        name: one.name,
        email: one.email,
        person_id: one.person_id,
        status: AgreementSignerStatus::Waiting.wire().to_owned(),
        evidence: None,
        acted_at: None,
    }
}
