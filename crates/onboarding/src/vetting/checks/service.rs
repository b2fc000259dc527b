//! Use cases of checks: one transaction each.

use super::store::{self, CheckRow, Evidence};
use super::types::{PartnerVetting, VettingCheck, VettingKindStanding, VettingList, VettingRun, VettingStanding, VettingSubjectKind};
use crate::error;
use crate::vetting::events::{VettingCheckBlocked, VettingCheckCleared, VettingCheckConfirmed, VettingCheckPassed, VettingCheckReviewNeeded};
use crate::vetting::lists::cache::{self, Ready};
use crate::vetting::policy::{self, VettingPolicyVersion, VettingResult};
use crate::vetting::requests::service::{About, Asking, partner_facts};
use crate::vetting::requests::store as requests;
use crate::vetting::rules::{self, Finding, VettingCheckAction, VettingKind};
use crate::vetting::screen::{self, ScreenedAs, Wanted};
use crate::vetting::subjects::{self, SubjectRow};
use crate::vetting::{ScreeningListId, VettingCheckId, text};
use chrono::Duration;
use kernel::id::PartnerId;
use kernel::{Problem, Scope, Tx};
use partners::PartnerStatus;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why vetting suspends a partner. One that was suspended for anything else is not its to reinstate.
pub const REASON: &str = "Vetting: a check is blocked.";

/// Everything that a check needs besides its subject.
pub struct Ground {
    /// The lists.
    pub lists: Vec<Arc<Ready>>,
    /// The policy.
    pub policy: VettingPolicyVersion,
}

impl Ground {
    /// What holds in this write.
    pub async fn of(tx: &Tx) -> Result<Self, Problem> {
        let lists = cache::all(&tx.app().clone(), tx, tx.vendor()).await?;
        Ok(Self { lists, policy: policy::in_force(tx).await? })
    }

    fn versions(&self) -> Vec<VettingList> {
        self.lists.iter().map(|list| VettingList { list_id: ScreeningListId(list.list), list: list.name.clone(), version: list.version }).collect()
    }
}

/// Screen a subject against every list; nothing if there is none.
pub async fn screen_subject(tx: &mut Tx, ground: &Ground, subject: &SubjectRow) -> Result<Option<CheckRow>, Problem> {
    if ground.lists.is_empty() {
        return Ok(None);
    }
    let kind = if subject.kind == VettingSubjectKind::Partner.wire() || subject.is_company() { ScreenedAs::Organisation } else { ScreenedAs::Person };
    let wanted = Wanted { kind, name: &subject.name, birth: subject.birth.as_deref(), country: subject.country.as_deref() };
    let mut matches = screen::find(&ground.lists, &wanted, ground.policy.policy.review_at);
    matches.truncate(20);
    if !matches.is_empty() {
        let verdicts = store::verdicts(tx, subject.id, &subject.facts).await?;
        for one in &mut matches {
            let decided =
                verdicts.iter().find(|(list, entry, version, _)| (*list, entry, *version) == (one.list_id.0, &one.entry_id, one.entry_version));
            one.verdict = decided.map(|(.., verdict)| verdict.clone());
        }
    }
    record(tx, ground, subject, rules::of_matches(&ground.policy.policy, matches)).await.map(Some)
}

/// Record what was found: a new check that is the latest of its kind.
pub async fn record(tx: &mut Tx, ground: &Ground, subject: &SubjectRow, found: Finding) -> Result<CheckRow, Problem> {
    let before = store::latest(tx, Scope::vendor_wide(tx.vendor()), subject.id, found.kind, None).await?;
    let lists = if found.kind == VettingKind::Sanctions { ground.versions() } else { Vec::new() };
    let valid_until = tx.now() + Duration::days(ground.policy.policy.valid_days);
    let row = CheckRow { valid_until, ..fresh(tx, subject, found, ground.policy.version, &lists) };
    enter(tx, before, row).await
}

/// A check to begin with; nobody has said yet how long it is good for.
pub fn fresh(tx: &Tx, subject: &SubjectRow, found: Finding, policy_version: i64, lists: &[VettingList]) -> CheckRow {
    CheckRow {
        vendor_id: tx.vendor().0,
        id: VettingCheckId::fresh().0,
        kind: found.kind.wire().to_owned(),
        subject_kind: subject.kind.clone(),
        subject_id: subject.id,
        partner_id: subject.partner_id,
        subject_name: subject.name.clone(),
        facts: subject.facts.clone(),
        result: found.result.wire().to_owned(),
        latest: 1,
        policy_version,
        lists: text(&lists),
        evidence: text(&Evidence { matches: found.matches, other: found.evidence }),
        summary: found.summary,
        reviewer: None,
        reason: None,
        reviewed_at: None,
        valid_until: tx.now(),
        provider_id: None,
        answer: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}

/// Enter a check into the register, in place of the latest before.
pub async fn enter(tx: &mut Tx, before: Option<CheckRow>, row: CheckRow) -> Result<CheckRow, Problem> {
    if let Some(mut before) = before {
        before.latest = 0;
        store::update(tx, &mut before).await?;
    }
    store::insert(tx, &row).await?;
    let vetting_check = row.news();
    match row.result() {
        VettingResult::Clear => tx.emit(VettingCheckPassed { vetting_check }),
        VettingResult::Review => tx.emit(VettingCheckReviewNeeded { vetting_check }),
        VettingResult::Blocked => tx.emit(VettingCheckBlocked { vetting_check }),
    }
    Ok(row)
}

/// Bring a partner's suspension in line with its checks: suspended while one is blocked, let in again when none is, if vetting suspended it.
pub async fn settle(tx: &mut Tx, partner: PartnerId) -> Result<(), Problem> {
    let everybody = Scope::vendor_wide(tx.vendor());
    let blocked = store::about(tx, everybody, partner).await?.iter().any(|check| check.result() == VettingResult::Blocked);
    let Some(row) = partners::find(tx, everybody, partner).await? else { return Ok(()) };
    let suspended = row.status == PartnerStatus::Suspended;
    if blocked {
        if !suspended && row.status != PartnerStatus::Ended && store::hold(tx, partner).await? {
            partners::suspend(tx, partner, REASON.to_owned()).await?;
        }
        return Ok(());
    }
    let ours = store::release(tx, partner).await?;
    if ours && suspended && row.status_reason.as_deref() == Some(REASON) {
        partners::reinstate(tx, partner).await?;
    }
    Ok(())
}

/// Vet a partner at once, with its owners and its people.
pub async fn vet(tx: &mut Tx, id: PartnerId, run: VettingRun) -> Result<PartnerVetting, Problem> {
    let partner = partners::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    let ground = Ground::of(tx).await?;
    subjects::keep_partner(tx, id, &partner.name, partner.country.as_deref()).await?;
    let (facts, asking) = (partner_facts(&partner), Asking::of(tx).await?);
    for subject in subjects::of_partner(tx, id).await? {
        screen_subject(tx, &ground, &subject).await?;
        let policy = &ground.policy.policy;
        let about = json!({ "subject": { "kind": subject.kind, "country": subject.country }, "partner": facts });
        let is_partner = subject.kind == VettingSubjectKind::Partner.wire();
        if is_partner || subject.country.is_some() {
            record(tx, &ground, &subject, rules::of_country(policy, &about)).await?;
        }
        let given = run.email.as_deref().filter(|_| is_partner).and_then(subjects::mail_domain);
        if let Some(domain) = given.or_else(|| subject.mail_domain.clone()) {
            record(tx, &ground, &subject, rules::of_mail(policy, &domain)).await?;
        }
        if let Some(tax_id) = run.tax_id.as_deref().filter(|_| is_partner) {
            record(tx, &ground, &subject, rules::of_tax_id(policy, tax_id, partner.country.as_deref())).await?;
        }
        asking.subject(tx, &About::of(&subject, &facts), true).await?;
    }
    settle(tx, id).await?;
    standing(tx, tx.scope(), id, Some(tx.actor().grants)).await
}

/// How a partner's vetting stands; with the checks themselves for those who have `grants` to see them.
pub async fn standing(db: &impl sea_orm::ConnectionTrait, scope: Scope, id: PartnerId, grants: Option<u64>) -> Result<PartnerVetting, Problem> {
    let mut checks = store::about(db, scope, id).await?;
    let mut kinds: BTreeMap<VettingKind, VettingStanding> = BTreeMap::new();
    for check in &checks {
        let status = match check.result() {
            VettingResult::Clear => VettingStanding::Passed,
            VettingResult::Review => VettingStanding::Pending,
            VettingResult::Blocked => VettingStanding::Failed,
        };
        let kind = kinds.entry(VettingKind::stored(&check.kind)).or_insert(status);
        *kind = (*kind).max(status);
    }
    // What a provider is being asked is not known yet.
    for request in requests::open_about(db, scope, id).await? {
        let kind = kinds.entry(VettingKind::stored(&request.kind)).or_insert(VettingStanding::Pending);
        *kind = (*kind).max(VettingStanding::Pending);
    }
    let status = kinds.values().copied().max().unwrap_or(VettingStanding::Pending);
    checks.sort_by_key(|check| std::cmp::Reverse(check.result()));
    let checks = grants.map(|grants| checks.iter().take(100).map(|check| check.whole(grants)).collect::<Result<Vec<_>, _>>()).transpose()?;
    let kinds = kinds.into_iter().map(|(kind, status)| VettingKindStanding { kind, status }).collect();
    Ok(PartnerVetting { partner_id: id, status, kinds, checks })
}

/// A person decides about what is under review.
pub async fn decide(tx: &mut Tx, id: VettingCheckId, action: VettingCheckAction, reason: String) -> Result<VettingCheck, Problem> {
    let mut row = store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    let legal = rules::legal_actions(row.result(), row.latest == 1);
    if !legal.contains(&action) {
        return Err(Problem::new(error::VETTING_CHECK_ILLEGAL_MOVE).with("legal_actions", legal));
    }
    let (result, verdict) = match action {
        VettingCheckAction::Clear => (VettingResult::Clear, "cleared"),
        VettingCheckAction::Confirm => (VettingResult::Blocked, "confirmed"),
    };
    let mut evidence = row.evidence()?;
    for one in &mut evidence.matches {
        // Whoever confirms one of several resembling entries confirms the best; the others are looked at when it goes.
        store::remember(tx, &row, one, verdict).await?;
        one.verdict = Some(verdict.to_owned());
        if action == VettingCheckAction::Confirm {
            break;
        }
    }
    row.evidence = text(&evidence);
    row.result = result.wire().to_owned();
    (row.reviewer, row.reason, row.reviewed_at) = (Some(text(&tx.actor().reference())), Some(reason), Some(tx.now()));
    store::update(tx, &mut row).await?;
    let vetting_check = row.news();
    match action {
        VettingCheckAction::Clear => tx.emit(VettingCheckCleared { vetting_check }),
        VettingCheckAction::Confirm => tx.emit(VettingCheckConfirmed { vetting_check }),
    }
    settle(tx, PartnerId(row.partner_id)).await?;
    row.whole(tx.actor().grants)
}
