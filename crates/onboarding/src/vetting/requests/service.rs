//! Use cases of requests to check providers: asked, answered, given up; one transaction each.

use super::events::{CheckRequestAnswered, CheckRequestCancelled, CheckRequestPending, CheckRequestRequested, CheckRequestUnanswered};
use super::rules;
use super::store::{self, RequestRow, TOKENS, live_key};
use super::types::{CheckFound, CheckRequest, CheckRequestAction, CheckRequestStatus};
use super::{CheckRequestId, clock};
use crate::applications::{ApplicationId, moves};
use crate::error;
use crate::vetting::checks::store::{self as checks, CheckRow};
use crate::vetting::checks::{service as register, types::VettingSubjectKind};
use crate::vetting::providers::service::NAMES;
use crate::vetting::providers::store::{self as providers, ProviderRow};
use crate::vetting::providers::types::CheckProviderCreate;
use crate::vetting::rules::Finding;
use crate::vetting::subjects::{self, SubjectRow};
use crate::vetting::{json, policy, text};
use chrono::Duration;
use kernel::id::PartnerId;
use kernel::rules::Expression;
use kernel::{Problem, Scope, Tx};
use partners::partner;
use serde_json::{Value, json};
use uuid::Uuid;

/// Somebody about whom providers may be asked.
pub struct About {
    /// What they are.
    pub kind: VettingSubjectKind,
    /// Their id; of an application, its own.
    pub subject: Uuid,
    /// The partner that they are, or belong to.
    pub partner: Option<PartnerId>,
    /// The application that they stand in.
    pub application: Option<ApplicationId>,
    /// A fingerprint of what is known of them.
    pub facts: String,
    /// What providers' rules look at.
    pub seen: Value,
}

/// What rules look at of a partner.
pub fn partner_facts(row: &partner::Model) -> Value {
    json!({ "type": row.kind, "tier": row.tier, "region": row.region, "country": row.country, "custom_fields": row.custom_fields() })
}

impl About {
    /// A subject of this partner.
    pub fn of(subject: &SubjectRow, partner: &Value) -> Self {
        Self {
            kind: VettingSubjectKind::stored(&subject.kind),
            subject: subject.id,
            partner: Some(PartnerId(subject.partner_id)),
            application: None,
            facts: subject.facts.clone(),
            seen: json!({ "subject": { "kind": subject.kind, "country": subject.country }, "partner": partner }),
        }
    }
}

/// The providers that are asked in this write.
pub struct Asking(Vec<(ProviderRow, CheckProviderCreate)>);

impl Asking {
    /// Those that are active.
    pub async fn of(tx: &Tx) -> Result<Self, Problem> {
        let rows = providers::active(tx).await?;
        Ok(Self(rows.into_iter().map(|row| row.said().map(|said| (row, said))).collect::<Result<_, _>>()?))
    }

    /// Whether there is nobody to ask.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ask every provider whose rule holds for a subject of a partner. Unless `again`, not one whose answer about the same facts is still good.
    pub async fn subject(&self, tx: &mut Tx, about: &About, again: bool) -> Result<(), Problem> {
        for (provider, said) in self.0.iter().filter(|(_, said)| concerns(said, about)) {
            let everybody = Scope::vendor_wide(tx.vendor());
            let known = checks::latest(tx, everybody, about.subject, said.kind.in_register(), Some(provider.id)).await?;
            let is_good = known.is_some_and(|check| check.facts == about.facts && check.valid_until > tx.now());
            if again || !is_good {
                request(tx, provider, said, about).await?;
            }
        }
        Ok(())
    }

    /// Ask every provider whose rule holds for somebody in an application, unless it was asked about the same facts.
    pub async fn applicant(&self, tx: &mut Tx, about: &About, before: &[RequestRow]) -> Result<(), Problem> {
        for (provider, said) in self.0.iter().filter(|(_, said)| concerns(said, about)) {
            let kind = about.kind.wire();
            let same = |row: &&RequestRow| row.provider_id == provider.id && row.subject_kind == kind && row.facts == about.facts;
            if !before.iter().filter(same).any(|row| row.status() != CheckRequestStatus::Cancelled) {
                request(tx, provider, said, about).await?;
            }
        }
        Ok(())
    }
}

/// Whether a provider's rule holds. Where that cannot be told, one check more does no harm.
fn concerns(said: &CheckProviderCreate, about: &About) -> bool {
    !matches!(Expression::compile(&said.when, NAMES).and_then(|when| when.holds_over(&about.seen)), Ok(false))
}

/// Ask a provider about somebody, unless it is being asked.
async fn request(tx: &mut Tx, provider: &ProviderRow, said: &CheckProviderCreate, about: &About) -> Result<(), Problem> {
    let mut row = RequestRow {
        vendor_id: tx.vendor().0,
        id: CheckRequestId::fresh().0,
        provider_id: provider.id,
        kind: said.kind.in_register().wire().to_owned(),
        subject_kind: about.kind.wire().to_owned(),
        subject_id: about.subject,
        partner_id: about.partner.map(|partner| partner.0),
        application_id: about.application.map(|application| application.0),
        facts: about.facts.clone(),
        status: String::new(),
        live_key: Some(live_key(provider.id, about.kind.wire(), about.subject)),
        answer: None,
        check_id: None,
        round: 0,
        attempts: 0,
        due_at: None,
        answer_by: None,
        last_error: None,
        last_status: None,
        requested_at: tx.now(),
        answered_at: None,
        revision: 1,
        updated_at: tx.now(),
    };
    begin(tx, &mut row, said);
    if store::insert(tx, &row).await? {
        tx.emit(CheckRequestRequested { check_request: row.shown(u64::MAX)? });
    }
    Ok(())
}

/// The provider's time begins.
fn begin(tx: &Tx, row: &mut RequestRow, said: &CheckProviderCreate) {
    row.stand(CheckRequestStatus::Requested);
    (row.round, row.attempts, row.last_error, row.last_status) = (row.round + 1, 0, None, None);
    (row.due_at, row.answer_by) = (Some(tx.now()), Some(tx.now() + Duration::minutes(said.answer_minutes)));
}

/// Ask once more.
pub async fn retry(tx: &mut Tx, id: CheckRequestId) -> Result<CheckRequest, Problem> {
    let mut row = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    let legal = rules::legal_actions(row.status());
    if !legal.contains(&CheckRequestAction::Retry) {
        return Err(Problem::new(error::CHECK_REQUEST_ILLEGAL_MOVE).with("legal_actions", legal));
    }
    let key = live_key(row.provider_id, &row.subject_kind, row.subject_id);
    if store::is_live(tx, &key).await? {
        return Err(Problem::new(error::CHECK_REQUEST_LIVE));
    }
    let said = said(tx, &row).await?;
    begin(tx, &mut row, &said);
    (row.live_key, row.answer, row.answered_at) = (Some(key), None, None);
    store::update(tx, &mut row).await?;
    tx.emit(CheckRequestRequested { check_request: row.shown(u64::MAX)? });
    row.shown(tx.actor().grants)
}

/// What is said of the provider of a request.
pub async fn said(tx: &Tx, row: &RequestRow) -> Result<CheckProviderCreate, Problem> {
    let found = providers::find(tx, Scope::vendor_wide(tx.vendor()), crate::vetting::providers::CheckProviderId(row.provider_id)).await?;
    found.ok_or_else(|| Problem::internal("a request has no provider"))?.said()
}

/// The provider works on it.
pub async fn pending(tx: &mut Tx, row: &mut RequestRow) -> Result<(), Problem> {
    row.stand(CheckRequestStatus::Pending);
    // Nothing is to be done until then.
    (row.due_at, row.last_error) = (row.answer_by, None);
    store::update(tx, row).await?;
    tx.emit(CheckRequestPending { check_request: row.shown(u64::MAX)? });
    Ok(())
}

/// The provider has answered for good.
pub async fn answered(tx: &mut Tx, row: &mut RequestRow, found: CheckFound) -> Result<(), Problem> {
    row.last_error = None;
    conclude(tx, row, CheckRequestStatus::Answered, found).await
}

/// It is given up: it was refused, or its time has passed.
pub async fn unanswered(tx: &mut Tx, row: &mut RequestRow, why: String) -> Result<(), Problem> {
    let found = rules::instead(&said(tx, row).await?, &why);
    row.last_error = Some(why);
    conclude(tx, row, CheckRequestStatus::Unanswered, found).await
}

/// Nobody needs the answer any more.
pub async fn cancelled(tx: &mut Tx, row: &mut RequestRow, why: &str) -> Result<(), Problem> {
    TOKENS.void(tx, row.id).await?;
    row.last_error = Some(why.to_owned());
    row.stand(CheckRequestStatus::Cancelled);
    store::update(tx, row).await?;
    tx.emit(CheckRequestCancelled { check_request: row.shown(u64::MAX)? });
    match (row.partner_id, row.application_id) {
        (None, Some(application)) => moves::checked(tx, ApplicationId(application)).await,
        _ => Ok(()),
    }
}

async fn conclude(tx: &mut Tx, row: &mut RequestRow, status: CheckRequestStatus, found: CheckFound) -> Result<(), Problem> {
    TOKENS.void(tx, row.id).await?;
    let subject = match row.partner() {
        Some(partner) => match subjects::known(tx, row.subject_kind(), row.subject_id, partner).await? {
            Some(subject) => Some(subject),
            None => return cancelled(tx, row, "The subject is gone.").await,
        },
        None => None,
    };
    row.answered_at = Some(tx.now());
    row.answer = Some(text(&found));
    if let Some(subject) = &subject {
        enter(tx, row, subject, &found).await?;
    }
    row.stand(status);
    store::update(tx, row).await?;
    let check_request = row.shown(u64::MAX)?;
    match status {
        CheckRequestStatus::Answered => tx.emit(CheckRequestAnswered { check_request }),
        _ => tx.emit(CheckRequestUnanswered { check_request }),
    }
    match (subject, row.application_id) {
        (Some(subject), _) => follow_up(tx, row, &subject).await,
        (None, Some(application)) => moves::checked(tx, ApplicationId(application)).await,
        (None, None) => Ok(()),
    }
}

/// What follows for the partner; and of whom something else is known by now, it is asked again.
async fn follow_up(tx: &mut Tx, row: &RequestRow, subject: &SubjectRow) -> Result<(), Problem> {
    let partner = PartnerId(subject.partner_id);
    if subject.facts != row.facts
        && let Some(found) = partners::find(tx, Scope::vendor_wide(tx.vendor()), partner).await?
    {
        Asking::of(tx).await?.subject(tx, &About::of(subject, &partner_facts(&found)), false).await?;
    }
    register::settle(tx, partner).await
}

/// Put an answer into the register of checks. Of the request, only what it came to is kept from then on.
pub async fn enter(tx: &mut Tx, row: &mut RequestRow, subject: &SubjectRow, found: &CheckFound) -> Result<(), Problem> {
    let (said, everybody) = (said(tx, row).await?, Scope::vendor_wide(tx.vendor()));
    let kind = said.kind.in_register();
    let before = checks::latest(tx, everybody, subject.id, kind, Some(row.provider_id)).await?;
    let evidence = found.evidence.clone().map_or(Value::Null, Value::Object);
    let result = rules::result(&said, found.result);
    let finding = Finding { kind, result, summary: rules::summary(&said, found), matches: Vec::new(), evidence };
    let valid_until = rules::valid_until(&said, found, tx.now());
    let brief = CheckFound { summary: None, evidence: None, ..found.clone() };
    let mut check = CheckRow {
        facts: row.facts.clone(),
        provider_id: Some(row.provider_id),
        answer: Some(text(&brief)),
        valid_until,
        ..register::fresh(tx, subject, finding, policy::in_force(tx).await?.version, &[])
    };
    if let Some(before) = &before {
        keep_decision(&mut check, before, &brief)?;
    }
    row.answer = check.answer.clone();
    let check = register::enter(tx, before, check).await?;
    row.check_id = Some(check.id);
    clock::schedule(tx, &check).await
}

/// What a person decided about the same answer about the same facts stays.
fn keep_decision(check: &mut CheckRow, before: &CheckRow, found: &CheckFound) -> Result<(), Problem> {
    let earlier: Option<CheckFound> = before.answer.as_deref().map(json).transpose()?;
    let same = earlier.is_some_and(|earlier| rules::is_the_same((&before.facts, &earlier), (&check.facts, found)));
    if same && before.reviewer.is_some() {
        check.result = before.result.clone();
        (check.reviewer, check.reason, check.reviewed_at) = (before.reviewer.clone(), before.reason.clone(), before.reviewed_at);
    }
    Ok(())
}
