//! Use cases of surveys: made, closed, sent, answered; one transaction each.

use super::asked::{SurveyAnswer, SurveyReceipt};
use super::events::{SurveyClosed, SurveyCreated, SurveyInvitationAnswered, SurveyInvitationLow, SurveyInvitationSent, SurveyLinkRequested};
use super::store::{self, InvitationRow, SurveyRow};
use super::types::{Survey, SurveyContent, SurveyInvitationStatus, SurveyLink, SurveyQuestionKind, SurveySend, SurveySent};
use super::{SurveyId, SurveyInvitationId, rules};
use crate::error;
use crate::letter_links::LetterLinks;
use crate::vetting::text;
use access::people::{self, person};
use chrono::Duration;
use kernel::id::PartnerId;
use kernel::{Problem, Scope, Tx, mail};
use uuid::Uuid;

/// People of one partner who are asked at most.
const PEOPLE: u64 = 200;

/// Make the next version of a survey.
pub async fn create(tx: &mut Tx, content: SurveyContent) -> Result<Survey, Problem> {
    let faults = rules::faults(&content);
    if !faults.is_empty() {
        return Err(Problem::invalid_all(faults));
    }
    let version = store::latest(tx, &content.name, false).await?.map_or(1, |row| row.version + 1);
    let row = SurveyRow {
        vendor_id: tx.vendor().0,
        id: SurveyId::fresh().0,
        name: content.name.clone(),
        version,
        status: "open".into(),
        body: text(&content),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    if !store::insert(tx, &row).await? {
        return Err(Problem::new(kernel::problem::kinds::CONFLICT).detail("Another version was made at the same moment; send it again."));
    }
    let survey = row.seen_by(tx.actor())?;
    tx.emit(SurveyCreated { survey: survey.clone() });
    Ok(survey)
}

/// The survey, held, if it is asked.
async fn open(tx: &Tx, id: SurveyId) -> Result<SurveyRow, Problem> {
    let row = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    if row.is_open() { Ok(row) } else { Err(Problem::new(error::SURVEY_CLOSED)) }
}

/// Ask no more.
pub async fn close(tx: &mut Tx, id: SurveyId) -> Result<Survey, Problem> {
    let mut row = open(tx, id).await?;
    row.status = "closed".into();
    store::update(tx, &mut row).await?;
    let survey = row.seen_by(tx.actor())?;
    tx.emit(SurveyClosed { survey: survey.clone() });
    Ok(survey)
}

/// Ask the people of some partners by hand.
pub async fn send(tx: &mut Tx, id: SurveyId, body: SurveySend) -> Result<SurveySent, Problem> {
    let survey = open(tx, id).await?;
    let mut partners = body.partner_ids.clone();
    partners.sort_unstable_by_key(|partner| partner.0);
    partners.dedup();
    let found = partners::find_many(tx, tx.scope(), &partners).await?;
    if let Some(at) = body.partner_ids.iter().position(|wanted| found.iter().all(|row| row.id() != *wanted)) {
        return Err(Problem::invalid(format!("/partner_ids/{at}"), "not_found", "There is no such partner."));
    }
    let roles: Vec<_> = body.roles.iter().map(ToString::to_string).collect();
    let mut sent = SurveySent { sent: 0, passed_over: 0 };
    for partner in partners {
        let people = of_partner(tx, partner, &roles).await?;
        ask(tx, &survey, people, body.wave.as_deref().unwrap_or_default(), &mut sent).await?;
    }
    Ok(sent)
}

/// The active people of a partner in these roles; none of one that is shut out.
pub async fn of_partner(tx: &Tx, partner: PartnerId, roles: &[String]) -> Result<Vec<person::Model>, Problem> {
    let standing = access::partner_status(tx, tx.vendor(), partner).await?;
    if standing.is_none_or(|status| matches!(status.as_str(), "suspended" | "ended")) {
        return Ok(Vec::new());
    }
    let ids = people::of_partner(tx, tx.vendor(), partner, Uuid::nil(), PEOPLE).await?;
    let mut found = people::find_many(tx, tx.vendor(), &ids).await?;
    found.retain(|person| person.standing().is_some() && (roles.is_empty() || roles.contains(&person.role)));
    found.sort_by_key(|person| person.id);
    Ok(found)
}

/// Ask these people about something; each once.
pub async fn ask(tx: &mut Tx, survey: &SurveyRow, people: Vec<person::Model>, about: &str, sent: &mut SurveySent) -> Result<(), Problem> {
    let content = survey.content()?;
    for person in people {
        let Some(partner) = person.partner() else { continue };
        let row = InvitationRow {
            vendor_id: tx.vendor().0,
            id: SurveyInvitationId::fresh().0,
            survey_id: survey.id,
            survey: survey.name.clone(),
            partner_id: partner.0,
            person_id: person.id,
            about: about.to_owned(),
            answers: None,
            psat: None,
            nps: None,
            sent_at: tx.now(),
            expires_at: tx.now() + Duration::days(content.expires_days),
            answered_at: None,
            revision: 1,
        };
        if store::invite(tx, &row).await? {
            sent.sent += 1;
            tx.emit(SurveyInvitationSent { survey_invitation: row.shown(tx.now(), u64::MAX, false)? });
        } else {
            sent.passed_over += 1;
        }
    }
    Ok(())
}

/// Send a new link, or hand it over where no mail is sent.
pub async fn send_link(tx: &mut Tx, id: SurveyInvitationId) -> Result<SurveyLink, Problem> {
    let row = store::invited_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    if row.status(tx.now()) != SurveyInvitationStatus::Sent {
        return Err(Problem::new(error::SURVEY_ANSWERED));
    }
    tx.emit(SurveyLinkRequested { survey_invitation: row.shown(tx.now(), u64::MAX, false)? });
    if mail::is_configured(tx.app()) {
        return Ok(SurveyLink { sent: true, link: None });
    }
    let survey = store::find(tx, tx.scope(), SurveyId(row.survey_id)).await?.ok_or_else(|| Problem::internal("an invitation has no survey"))?;
    Ok(SurveyLink { sent: false, link: Some(link(tx, &row, &survey).await?) })
}

/// The links of letters to whoever is asked.
pub const LINKS: LetterLinks = LetterLinks::new("survey_links", "invitation_id", error::SURVEY_LINK);

/// A new link to answer by.
pub async fn link(tx: &Tx, row: &InvitationRow, survey: &SurveyRow) -> Result<String, Problem> {
    Ok(format!("{}#survey={}", survey.content()?.page, LINKS.make(tx, row.id, row.expires_at).await?))
}

/// Answer, once.
pub async fn answer(tx: &mut Tx, id: SurveyInvitationId, body: SurveyAnswer) -> Result<SurveyReceipt, Problem> {
    let gone = || Problem::new(error::SURVEY_LINK);
    let mut row = store::invited_to_change(tx, id).await?.ok_or_else(gone)?;
    let survey = store::find(tx, tx.scope(), SurveyId(row.survey_id)).await?.ok_or_else(gone)?;
    match row.status(tx.now()) {
        SurveyInvitationStatus::Answered => return Err(Problem::new(error::SURVEY_ANSWERED)),
        SurveyInvitationStatus::Sent if survey.is_open() => {}
        SurveyInvitationStatus::Sent | SurveyInvitationStatus::Expired => return Err(gone()),
    }
    let content = survey.content()?;
    let answers = rules::read(&content, &body.answers).map_err(Problem::invalid_all)?;
    let partner = partners::find(tx, Scope::vendor_wide(tx.vendor()), PartnerId(row.partner_id)).await?;
    let partner = partner.ok_or_else(|| Problem::internal("an invitation has no partner"))?;
    for answer in &answers {
        store::count(tx, &row, answer, &partner).await?;
    }
    (row.answers, row.answered_at) = (Some(text(&body.answers)), Some(tx.now()));
    row.psat = rules::lowest(&answers, SurveyQuestionKind::Psat);
    row.nps = rules::lowest(&answers, SurveyQuestionKind::Nps);
    store::keep(tx, &mut row).await?;
    let survey_invitation = row.shown(tx.now(), u64::MAX, false)?;
    tx.emit(SurveyInvitationAnswered { survey_invitation: survey_invitation.clone() });
    if rules::is_low(&content, row.psat, row.nps) {
        tx.emit(SurveyInvitationLow { survey_invitation });
    }
    Ok(SurveyReceipt { received: true })
}
