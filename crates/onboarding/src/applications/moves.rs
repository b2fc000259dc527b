//! How an application moves once it was handed in: decided by the rules, and carried out.

use super::ApplicationId;
use super::applicant::Ground;
use super::approve::{self, Terms};
use super::events::{ApplicationInformationRequested, ApplicationRefused, ApplicationReviewed, ApplicationUpdated};
use super::forms::store::{form, version};
use super::rulebook::{AdmissionOutcome, Rulebook};
use super::rules::{ApplicationStatus, Decided, decide};
use super::store::{self, ApplicationRow};
use super::types::ApplicationDecision;
use super::{clock, review, versions};
use crate::profile::types::ProfileScore;
use crate::vetting::requests::{self, Outcome};
use crate::vetting::screen::{self, ScreenedAs, Wanted};
use chrono::{DateTime, Duration, Utc};
use kernel::rules::Facts;
use kernel::{Problem, Scope, Tx};
use serde_json::{Map, Value, json};

/// The steps of the funnel, in order.
pub const STEPS: [&str; 6] = ["started", "confirmed", "submitted", "decided", "approved", "logged_in"];

/// The application has come to a step of the funnel: remembered once, with the time that it took.
pub fn reach(row: &mut ApplicationRow, step: usize, now: DateTime<Utc>) {
    let since = |from: Option<DateTime<Utc>>| from.map(|from| (now - from).num_seconds().max(0));
    let (times, seconds) = match step {
        1 => (&mut row.confirmed_at, (&mut row.seconds_to_confirm, since(Some(row.created_at)))),
        2 => (&mut row.submitted_at, (&mut row.seconds_to_submit, since(row.confirmed_at))),
        3 => (&mut row.first_decided_at, (&mut row.seconds_to_decide, since(row.submitted_at))),
        4 => (&mut row.approved_at, (&mut row.seconds_to_approve, since(row.first_decided_at))),
        5 => (&mut row.first_login_at, (&mut row.seconds_to_log_in, since(row.approved_at))),
        _ => return,
    };
    if times.is_none() {
        *times = Some(now);
        *seconds.0 = seconds.1;
    }
    row.step = row.step.max(step as i64);
}

/// What the rules of admission look at.
async fn facts(tx: &Tx, row: &ApplicationRow, form: &form::Model, version: &version::Model) -> Result<Value, Problem> {
    let contact = row.contact()?;
    let mut company: Map<String, Value> = store::json(&row.company)?;
    for name in ["name", "country", "website", "domain", "tax_id", "address", "partner_type"] {
        company.entry(name).or_insert(Value::Null);
    }
    for name in ["regions", "languages"] {
        company.entry(name).or_insert_with(|| json!([]));
    }
    let domain = matching::registrable_domain(&contact.email);
    let kind = match &domain {
        Some(domain) if matching::is_disposable(domain) => "disposable",
        Some(domain) if !matching::is_free_mail(domain) => "company",
        _ => "free",
    };
    let told = company["domain"].as_str().and_then(matching::registrable_domain);
    let earlier = store::of_address(tx, Scope::vendor_wide(tx.vendor()), row.email_key.as_deref().unwrap_or_default()).await?;
    let refused = earlier.iter().filter(|other| other.refused_at.is_some()).count();
    let before = earlier.iter().filter(|other| other.id != row.id && other.submitted_at.is_some()).count();
    let alike: Vec<Value> = store::json(&row.duplicates)?;
    let alike: Vec<_> = alike.iter().map(|one| json!({ "kind": one["kind"], "same": one["same"], "by": one["by"], "score": one["score"] })).collect();
    let score: Option<ProfileScore> = row.profile_score.as_deref().map(store::json).transpose()?;
    Ok(json!({
        "score": score.as_ref().map(|score| score.score), "score_at_most": score.as_ref().map(|score| score.at_most),
        "company": company, "answers": row.answers()?, "contact": { "job_title": contact.job_title, "phone": contact.phone },
        "form": { "name": form.name, "version": version.version }, "language": row.language, "duplicates": alike,
        "email": { "domain": domain, "kind": kind, "is_companys": domain.is_some() && domain == told },
        "earlier": { "applications": before, "refusals": refused }, "now": tx.now(),
    }))
}

/// Let the rules of admission decide, and do what they say.
pub async fn admit(tx: &mut Tx, row: &mut ApplicationRow, form: &form::Model, version: &version::Model, answered: bool) -> Result<(), Problem> {
    let book = versions::in_force_within(tx).await?;
    let facts = facts(tx, row, form, version).await?;
    let decided = decide(&book, &facts, answered);
    row.assignee_id = match row.assignee_id {
        Some(known) => Some(known),
        None => reviewer(tx, &book, &facts).await?,
    };
    row.decision = Some(store::text(&written(tx, &book, &decided)));
    match decided.outcome {
        AdmissionOutcome::Approve => approve_or_review(tx, row, form, version, decided.sentence).await,
        AdmissionOutcome::Refuse => refuse(tx, row, decided.sentence.unwrap_or_default()).await,
        AdmissionOutcome::Ask => ask(tx, row, decided.sentence.unwrap_or_default()).await,
        AdmissionOutcome::Vet => vet(tx, row, form, version).await,
        AdmissionOutcome::Review => to_review(tx, row).await,
    }
}

fn written(tx: &Tx, book: &Rulebook, decided: &Decided) -> ApplicationDecision {
    ApplicationDecision {
        outcome: decided.outcome,
        rules_version: Some(book.version),
        rule: decided.rule.clone(),
        facts: decided.seen.clone(),
        sentence: decided.sentence.clone(),
        internal_reason: decided.internal_reason.clone(),
        person_id: None,
        decided_at: tx.now(),
    }
}

/// Who reviews it by the rules; nobody if none holds, or whoever is named is gone.
async fn reviewer(tx: &Tx, book: &Rulebook, facts: &Value) -> Result<Option<uuid::Uuid>, Problem> {
    let Ok(facts) = Facts::new(facts) else { return Ok(None) };
    for (rule, expression) in book.rules.reviewers.iter().zip(&book.reviewers_compiled) {
        if matches!(expression.holds(&facts), Ok(true)) {
            return Ok(review::reviewer(tx, rule.assignee_id).await?.map(|person| person.id));
        }
    }
    Ok(None)
}

/// Approve by rule; what stands against it is for a person to see.
async fn approve_or_review(
    tx: &mut Tx,
    row: &mut ApplicationRow,
    form: &form::Model,
    version: &version::Model,
    reason: Option<String>,
) -> Result<(), Problem> {
    let (before, terms) = (row.clone(), Terms { reason, despite_duplicates: false, without_person: false });
    let tried = tx.attempt(async |tx| {
        let mut row = before;
        approve::approve(tx, &mut row, form, version, terms).await.map(|()| row)
    });
    match tried.await? {
        Ok(approved) => {
            *row = approved;
            Ok(())
        }
        Err(problem) if problem.kind.status >= 500 => Err(problem),
        Err(problem) => {
            let why = format!("A rule approves, but: {} {}", problem.kind.title, problem.detail.unwrap_or_default());
            for_a_person(row, why.trim_end().to_owned())?;
            to_review(tx, row).await
        }
    }
}

/// The decision that was written down is left to a person after all.
fn for_a_person(row: &mut ApplicationRow, why: String) -> Result<(), Problem> {
    if let Some(decision) = row.decision.as_deref() {
        let mut decision: ApplicationDecision = store::json(decision)?;
        (decision.outcome, decision.internal_reason) = (AdmissionOutcome::Review, Some(why));
        row.decision = Some(store::text(&decision));
    }
    Ok(())
}

/// A person of the vendor is to look at it.
pub async fn to_review(tx: &mut Tx, row: &mut ApplicationRow) -> Result<(), Problem> {
    row.stand(ApplicationStatus::InReview);
    store::update(tx, row).await?;
    tx.emit(ApplicationReviewed { application: row.told()? });
    Ok(())
}

/// Turn it down.
pub async fn refuse(tx: &mut Tx, row: &mut ApplicationRow, reason: String) -> Result<(), Problem> {
    let now = tx.now();
    reach(row, 3, now);
    (row.reason, row.refused_at) = (Some(reason), Some(now));
    row.stand(ApplicationStatus::Refused);
    tx.clear_timer(clock::TIMER, &row.id().to_string()).await?;
    store::update(tx, row).await?;
    tx.emit(ApplicationRefused { application: row.told()? });
    Ok(())
}

/// Ask the applicant, who is to answer in the rules' time.
pub async fn ask(tx: &mut Tx, row: &mut ApplicationRow, question: String) -> Result<(), Problem> {
    let now = tx.now();
    reach(row, 3, now);
    row.question = Some(question);
    row.stand(ApplicationStatus::InformationRequested);
    let days = versions::in_force_within(tx).await?.rules.answer_days;
    clock::schedule(tx, row, now + Duration::days(days)).await?;
    store::update(tx, row).await?;
    tx.emit(ApplicationInformationRequested { application: row.told()? });
    Ok(())
}

/// Look for the company and for whoever applies in every list, at once: of whom nothing is found is approved, anybody else is for a person.
async fn vet(tx: &mut Tx, row: &mut ApplicationRow, form: &form::Model, version: &version::Model) -> Result<(), Problem> {
    let (company, contact) = (row.company()?, row.contact()?);
    let wanted = |kind, name, country| Wanted { kind, name, birth: None, country };
    let company = wanted(ScreenedAs::Organisation, company.name.as_deref().unwrap_or_default(), company.country.as_deref());
    let person = contact.name.as_deref().map(|name| wanted(ScreenedAs::Person, name, None));
    let why = match screen::screen(tx, &[Some(company), person].into_iter().flatten().collect::<Vec<_>>()).await? {
        None => "A rule wants it vetted, and no screening list is published.".to_owned(),
        Some(found) => match found.first() {
            None => return ask_providers(tx, row, form, version).await,
            Some(first) => {
                format!("Screening found {} of {} that may be meant, first {} ({} of 100).", found.len(), first.list, first.name, first.score)
            }
        },
    };
    for_a_person(row, why)?;
    to_review(tx, row).await
}

/// Then whoever outside is to be asked is: while answers are missing the application waits, all clear it is approved, else it is for a person.
async fn ask_providers(tx: &mut Tx, row: &mut ApplicationRow, form: &form::Model, version: &version::Model) -> Result<(), Problem> {
    let count = match requests::outcome(tx, row).await? {
        Outcome::Clear => return approve_or_review(tx, row, form, version, None).await,
        Outcome::Hits(why) => {
            for_a_person(row, why)?;
            return to_review(tx, row).await;
        }
        Outcome::Waits(count) => count,
    };
    if let Some(decision) = row.decision.as_deref() {
        let decision: ApplicationDecision = store::json(decision)?;
        let internal_reason = Some(format!("Waits for the answers of check providers: {count}."));
        row.decision = Some(store::text(&ApplicationDecision { internal_reason, ..decision }));
    }
    row.stand(ApplicationStatus::InReview);
    store::update(tx, row).await?;
    tx.emit(ApplicationUpdated { application: row.told()? });
    Ok(())
}

/// A provider has answered about an applicant: unless a person has decided meanwhile, go on.
pub async fn checked(tx: &mut Tx, id: ApplicationId) -> Result<(), Problem> {
    let Some(mut row) = store::find_to_change(tx, id).await? else { return Ok(()) };
    if !requests::waits(&row)? {
        return Ok(());
    }
    let Ground { form, version } = Ground::of(tx, Scope::vendor_wide(tx.vendor()), &row).await?;
    ask_providers(tx, &mut row, &form, &version).await
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_funnel_ends_with_the_first_login() {
        assert_eq!((super::STEPS[0], super::STEPS[5]), ("started", "logged_in"));
    }
}
