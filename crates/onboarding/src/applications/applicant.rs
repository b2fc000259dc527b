//! What an applicant does by their link: open, save, submit, withdraw; one write each.

use super::events::{ApplicationConfirmed, ApplicationSubmitted, ApplicationUpdated, ApplicationWithdrawn};
use super::forms::layout::{ApplicationCoreField, nearest};
use super::forms::store::{form, version};
use super::forms::{self, answers_fit};
use super::moves::{self, reach};
use super::own::{ApplicationOwn, ApplicationSave};
use super::rules::{ApplicationOwnAction, ApplicationStatus, require_own};
use super::start::contact;
use super::store::{self, ApplicationRow};
use super::types::{ApplicationCompany, ApplicationDuplicate};
use super::{ApplicationFormId, ApplicationFormVersionId, ApplicationId, alike, clock, prefill, versions};
use crate::{error, profile};
use chrono::{DateTime, Duration, Utc};
use kernel::problem::{FieldError, Problem};
use kernel::{Scope, Tx};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

/// What an application stands on.
pub struct Ground {
    /// Its form.
    pub form: form::Model,
    /// The version of the form that it answers.
    pub version: version::Model,
}

impl Ground {
    /// That of an application.
    pub async fn of(db: &impl ConnectionTrait, scope: Scope, row: &ApplicationRow) -> Result<Self, Problem> {
        let gone = || Problem::internal("an application has no form");
        let form = forms::store::find(db, scope, ApplicationFormId(row.form_id)).await?.ok_or_else(gone)?;
        let version = forms::store::version(db, scope, ApplicationFormVersionId(row.version_id)).await?.ok_or_else(gone)?;
        Ok(Self { form, version })
    }
}

/// The application, held for a change.
async fn held(tx: &Tx, id: ApplicationId) -> Result<ApplicationRow, Problem> {
    store::find_to_change(tx, id).await?.ok_or_else(|| Problem::new(error::APPLICATION_LINK))
}

/// Whoever holds the link has confirmed the address: now something may be filled in. A draft is asked what the form asks now.
async fn confirm(tx: &mut Tx, row: &mut ApplicationRow) -> Result<Ground, Problem> {
    let mut ground = Ground::of(tx, tx.scope(), row).await?;
    let latest = ground.form.version_id.filter(|latest| *latest != row.version_id && row.status == ApplicationStatus::Draft.wire());
    if let Some(latest) = latest {
        let version = forms::store::version(tx, tx.scope(), ApplicationFormVersionId(latest)).await?;
        ground.version = version.ok_or_else(|| Problem::internal("a form has no version"))?;
        row.version_id = latest;
    }
    if row.confirmed_at.is_none() {
        let now = tx.now();
        reach(row, 1, now);
        let content = ground.version.content()?;
        let questions: Vec<_> =
            content.schema.get("properties").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.clone()).collect();
        prefill::fill(tx, row, &questions).await?;
        let types = ground.form.partner_types()?;
        let mut company = row.company()?;
        // Where there is but one type, nobody is asked; what was prefilled may be no choice here.
        company.partner_type = match types.as_slice() {
            [only] => Some(*only),
            _ => company.partner_type.filter(|kind| types.is_empty() || types.contains(kind)),
        };
        row.set_company(company);
        store::update(tx, row).await?;
        tx.emit(ApplicationConfirmed { application: row.told()? });
    } else if latest.is_some() {
        store::update(tx, row).await?;
        tx.emit(ApplicationUpdated { application: row.told()? });
    }
    Ok(ground)
}

/// Open the link.
pub async fn open(tx: &mut Tx, id: ApplicationId, language: Option<String>) -> Result<ApplicationOwn, Problem> {
    let mut row = held(tx, id).await?;
    let ground = confirm(tx, &mut row).await?;
    if let Some(wanted) = language {
        let content = ground.version.content()?;
        let nearest = nearest(&content.languages, Some(&wanted), &row.language);
        if nearest != row.language {
            row.language = nearest;
            store::update(tx, &mut row).await?;
            tx.emit(ApplicationUpdated { application: row.told()? });
        }
    }
    shown(tx, &row, &ground).await
}

/// Keep what was filled in so far.
pub async fn save(tx: &mut Tx, id: ApplicationId, sent: ApplicationSave) -> Result<ApplicationOwn, Problem> {
    let mut row = held(tx, id).await?;
    require_own(row.status()?, ApplicationOwnAction::Save)?;
    let ground = confirm(tx, &mut row).await?;
    apply(&mut row, &ground.form, sent)?;
    if row.status()? == ApplicationStatus::Draft {
        let until = tx.now() + Duration::days(versions::in_force_within(tx).await?.rules.draft_days);
        clock::schedule(tx, &mut row, until).await?;
    }
    store::update(tx, &mut row).await?;
    tx.emit(ApplicationUpdated { application: row.told()? });
    shown(tx, &row, &ground).await
}

/// Take over what an applicant sent.
fn apply(row: &mut ApplicationRow, form: &form::Model, sent: ApplicationSave) -> Result<(), Problem> {
    let whole = |row: &ApplicationRow| Ok::<_, Problem>(json!({ "company": row.company()?, "answers": row.answers()? }));
    let before = whole(row)?;
    if let Some(mut company) = sent.company {
        let types = form.partner_types()?;
        if let [only] = types.as_slice() {
            company.partner_type.get_or_insert(*only);
        }
        if company.partner_type.is_some_and(|kind| !types.is_empty() && !types.contains(&kind)) {
            return Err(Problem::invalid("/company/partner_type", "not_offered", "The form does not take such partners."));
        }
        row.set_company(company);
    }
    if let Some(told) = sent.contact {
        row.contact = store::text(&contact(row.contact()?.email, told));
    }
    let mut answers = row.answers()?;
    kernel::fields::merge(&mut answers, sent.answers);
    forms::bounded(&answers)?;
    row.answers = store::text(&answers);
    row.prefilled = store::text(&prefill::left(row.prefilled()?, &before, &whole(row)?));
    Ok(())
}

/// The company as it will be submitted.
pub fn submitted_company(row: &ApplicationRow, sent: &ApplicationSave) -> Result<ApplicationCompany, Problem> {
    sent.company.clone().map_or_else(|| row.company(), Ok)
}

/// Hand it in, or hand in the answer to a question. Whoever sends it twice is answered how it stands.
pub async fn submit(tx: &mut Tx, id: ApplicationId, sent: ApplicationSave, resembling: Vec<ApplicationDuplicate>) -> Result<ApplicationOwn, Problem> {
    let mut row = held(tx, id).await?;
    let status = row.status()?;
    if row.submitted_at.is_some() && matches!(status, ApplicationStatus::InReview | ApplicationStatus::Approved | ApplicationStatus::Refused) {
        let ground = Ground::of(tx, tx.scope(), &row).await?;
        return shown(tx, &row, &ground).await;
    }
    require_own(status, ApplicationOwnAction::Submit)?;
    let ground = confirm(tx, &mut row).await?;
    if status == ApplicationStatus::Draft && !ground.form.is_open() {
        return Err(Problem::new(error::APPLICATION_FORM_CLOSED));
    }
    if let Some(after) = reapply_after(tx, &row).await? {
        return Err(Problem::new(error::APPLICATION_TOO_SOON).with("reapply_after", after));
    }
    apply(&mut row, &ground.form, sent)?;
    complete(&row, &ground)?;
    let now = tx.now();
    let answered = row.submitted_at.is_some();
    reach(&mut row, 2, now);
    let company = row.company()?;
    store::set_keys(tx, id, &alike::keys(&company)).await?;
    row.duplicates = store::text(&alike::joined(alike::exact(tx, &company, id).await?, resembling));
    tx.clear_timer(clock::TIMER, &id.to_string()).await?;
    row.profile_score = score(tx, &row, &ground).await?;
    row.stand(ApplicationStatus::InReview);
    store::update(tx, &mut row).await?;
    tx.emit(ApplicationSubmitted { application: row.told()? });
    moves::admit(tx, &mut row, &ground.form, &ground.version, answered).await?;
    shown(tx, &row, &ground).await
}

/// How well the company fits the ideal partner profile, by what it tells; nothing while no profile is in force.
async fn score(tx: &Tx, row: &ApplicationRow, ground: &Ground) -> Result<Option<String>, Problem> {
    let Some(profile) = profile::versions::in_force_within(tx).await? else { return Ok(None) };
    let facts = profile::facts::of_application(row, &ground.version.content()?.partner_fields, tx.now())?;
    Ok(Some(store::text(&profile.score(&facts, tx.now()))))
}

/// 422 naming everything that is missing or wrong.
fn complete(row: &ApplicationRow, ground: &Ground) -> Result<(), Problem> {
    let content = ground.version.content()?;
    let told = json!({ "company": row.company()?, "contact": row.contact()? });
    let always = [ApplicationCoreField::Name, ApplicationCoreField::Country, ApplicationCoreField::PartnerType];
    let wanted = always.iter().chain(&content.required).map(|field| field.path()).chain(["contact.name"]);
    let pointers: std::collections::BTreeSet<_> = wanted.map(|path| format!("/{}", path.replace('.', "/"))).collect();
    let missing = pointers.into_iter().filter(|pointer| told.pointer(pointer).is_none());
    let mut errors: Vec<_> = missing.map(|pointer| FieldError::new(pointer, "required", "This must be told.")).collect();
    errors.extend(answers_fit(&content, &row.answers()?)?);
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_all(errors)) }
}

/// Take it back.
pub async fn withdraw(tx: &mut Tx, id: ApplicationId, reason: Option<String>) -> Result<ApplicationOwn, Problem> {
    let mut row = held(tx, id).await?;
    let ground = Ground::of(tx, tx.scope(), &row).await?;
    if row.status()? == ApplicationStatus::Withdrawn {
        return shown(tx, &row, &ground).await;
    }
    require_own(row.status()?, ApplicationOwnAction::Withdraw)?;
    row.reason = reason;
    row.stand(ApplicationStatus::Withdrawn);
    tx.clear_timer(clock::TIMER, &id.to_string()).await?;
    store::update(tx, &mut row).await?;
    tx.emit(ApplicationWithdrawn { application: row.told()? });
    shown(tx, &row, &ground).await
}

/// From when on the person may submit, where they were refused not long ago.
async fn reapply_after(tx: &Tx, row: &ApplicationRow) -> Result<Option<DateTime<Utc>>, Problem> {
    let days = versions::in_force_within(tx).await?.rules.reapply_days;
    let earlier = store::of_address(tx, tx.scope(), row.email_key.as_deref().unwrap_or_default()).await?;
    let last = earlier.iter().filter(|other| other.id != row.id).filter_map(|other| other.refused_at).max();
    Ok(last.map(|refused| refused + Duration::days(days)).filter(|after| *after > tx.now()))
}

/// The application as its applicant sees it.
async fn shown(tx: &Tx, row: &ApplicationRow, ground: &Ground) -> Result<ApplicationOwn, Problem> {
    let vendor = access::vendors::find(tx, tx.vendor()).await?.map(|vendor| vendor.name).unwrap_or_default();
    let status = row.status()?;
    let draft = status == ApplicationStatus::Draft;
    Ok(ApplicationOwn {
        status,
        form: forms::store::asked(vendor, &ground.form, &ground.version, Some(&row.language))?,
        company: row.company()?,
        contact: row.contact()?,
        answers: row.answers()?,
        prefilled: row.prefilled()?,
        question: row.question.clone().filter(|_| status == ApplicationStatus::InformationRequested),
        reason: row.reason.clone(),
        reapply_after: if draft { reapply_after(tx, row).await? } else { None },
        expires_at: row.expires_at,
        revision: row.revision,
        available_actions: status.own_actions().to_vec(),
    })
}
