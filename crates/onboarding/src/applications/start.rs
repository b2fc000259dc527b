//! How an application begins: an address, and a letter to it.

use super::events::{ApplicationLinkRequested, ApplicationStarted};
use super::forms;
use super::forms::layout::nearest;
use super::forms::store::{form, version};
use super::own::{ApplicationReceipt, ApplicationStart};
use super::rules::ApplicationStatus;
use super::store::{self, ApplicationRow, email_key};
use super::types::{ApplicationContact, ApplicationContactChange};
use super::{ApplicationId, clock, links, versions};
use chrono::Duration;
use kernel::text::canonical_email;
use kernel::{Problem, Tx};

/// Start, or have another link sent to who has started already. What a stranger sends changes nothing that is there.
pub async fn start(tx: &mut Tx, form: &form::Model, version: &version::Model, sent: ApplicationStart) -> Result<ApplicationReceipt, Problem> {
    let received = ApplicationReceipt { received: true };
    forms::bounded(&sent.answers)?;
    let (email, content) = (canonical_email(&sent.email), version.content()?);
    let key = email_key(tx.vendor(), &email);
    let live_key = format!("{}:{key}", form.id.simple());
    if let Some(row) = store::live(tx, &live_key).await? {
        send_link(tx, row).await?;
        return Ok(received);
    }
    let language = nearest(&content.languages, sent.language.as_deref(), &content.default_language);
    let mut row = fresh(tx, form, version, language, (live_key, key));
    row.set_company(sent.company.unwrap_or_default());
    row.contact = store::text(&contact(email, sent.contact.unwrap_or_default()));
    row.answers = store::text(&sent.answers);
    let days = versions::in_force_within(tx).await?.rules.draft_days;
    row.expires_at = Some(tx.now() + Duration::days(days));
    // Another write of the same address was faster: its letter is under way.
    if store::insert(tx, &row).await? {
        let until = tx.now() + Duration::days(days);
        clock::schedule(tx, &mut row, until).await?;
        tx.emit(ApplicationStarted { application: row.told()? });
    }
    Ok(received)
}

/// Who applies, with the address of the letters.
pub fn contact(email: String, told: ApplicationContactChange) -> ApplicationContact {
    ApplicationContact { email, name: told.name, phone: told.phone, job_title: told.job_title }
}

fn fresh(tx: &Tx, form: &form::Model, version: &version::Model, language: String, (live_key, key): (String, String)) -> ApplicationRow {
    ApplicationRow {
        vendor_id: tx.vendor().0,
        id: ApplicationId::fresh().0,
        form_id: form.id,
        version_id: version.id,
        status: ApplicationStatus::Draft.wire().to_owned(),
        language,
        live_key: Some(live_key),
        email_key: Some(key),
        company_name: None,
        partner_type: None,
        region: None,
        country: None,
        company: String::new(),
        contact: String::new(),
        answers: "{}".into(),
        prefilled: "{}".into(),
        duplicates: "[]".into(),
        decision: None,
        profile_score: None,
        question: None,
        reason: None,
        assignee_id: None,
        partner_id: None,
        person_id: None,
        step: 0,
        month: tx.now().format("%Y-%m").to_string(),
        confirmed_at: None,
        submitted_at: None,
        first_decided_at: None,
        approved_at: None,
        refused_at: None,
        first_login_at: None,
        signed_at: None,
        first_deal_at: None,
        seconds_to_confirm: None,
        seconds_to_submit: None,
        seconds_to_decide: None,
        seconds_to_approve: None,
        seconds_to_log_in: None,
        seconds_to_sign: None,
        seconds_to_deal: None,
        link_asked_at: Some(tx.now()),
        expires_at: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}

/// Have another link sent, unless one was a moment ago.
pub async fn send_link(tx: &mut Tx, mut row: ApplicationRow) -> Result<(), Problem> {
    if row.link_asked_at.is_some_and(|asked| asked > tx.now() - links::PAUSE) {
        return Ok(());
    }
    row.link_asked_at = Some(tx.now());
    store::update(tx, &mut row).await?;
    tx.emit(ApplicationLinkRequested { application: row.told()? });
    Ok(())
}
