//! The tables of checks, verdicts and holds, and the only queries on them.

use super::types::{VettingCheck, VettingCheckNews, VettingSubjectKind};
use crate::vetting::policy::VettingResult;
use crate::vetting::providers::CheckProviderId;
use crate::vetting::requests::types::CheckFound;
use crate::vetting::rules::{VettingKind, legal_actions};
use crate::vetting::screen::SanctionMatch;
use crate::vetting::{PartnerOwnerId, VettingCheckId, json};
use access::Permission;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId};
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Statement};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The table of checks.
pub mod check {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "vetting_checks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        pub subject_kind: String,
        pub subject_id: Uuid,
        pub partner_id: Uuid,
        pub subject_name: String,
        pub facts: String,
        pub result: String,
        pub latest: i64,
        pub policy_version: i64,
        pub lists: String,
        pub evidence: String,
        pub summary: String,
        pub reviewer: Option<String>,
        pub reason: Option<String>,
        pub reviewed_at: Option<DateTime<Utc>>,
        pub valid_until: DateTime<Utc>,
        pub provider_id: Option<Uuid>,
        pub answer: Option<String>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use check::Model as CheckRow;

/// What is kept of what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Entries that resemble the subject.
    pub matches: Vec<SanctionMatch>,
    /// What else.
    pub other: Value,
}

impl CheckRow {
    /// What it came to.
    pub fn result(&self) -> VettingResult {
        VettingResult::stored(&self.result)
    }

    /// What was found.
    pub fn evidence(&self) -> Result<Evidence, Problem> {
        json(&self.evidence)
    }

    fn subject(&self) -> (VettingSubjectKind, String) {
        let kind = VettingSubjectKind::stored(&self.subject_kind);
        let id = match kind {
            VettingSubjectKind::Partner => PartnerId(self.subject_id).to_string(),
            VettingSubjectKind::Owner => PartnerOwnerId(self.subject_id).to_string(),
            VettingSubjectKind::Person => PersonId(self.subject_id).to_string(),
        };
        (kind, id)
    }

    /// All of it, as a caller with these grants sees it.
    pub fn whole(&self, grants: u64) -> Result<VettingCheck, Problem> {
        let (subject_kind, subject_id) = self.subject();
        let evidence = self.evidence()?;
        let answer: Option<CheckFound> = self.answer.as_deref().map(json).transpose()?;
        let may = grants & Permission::DecideVetting.bit() != 0;
        let legal = legal_actions(self.result(), self.latest == 1);
        Ok(VettingCheck {
            id: VettingCheckId(self.id),
            kind: VettingKind::stored(&self.kind),
            subject_kind,
            subject_id,
            partner_id: PartnerId(self.partner_id),
            subject_name: self.subject_name.clone(),
            result: self.result(),
            latest: self.latest == 1,
            summary: self.summary.clone(),
            policy_version: self.policy_version,
            lists: json(&self.lists)?,
            matches: evidence.matches,
            evidence: evidence.other,
            reviewer: self.reviewer.as_deref().map(json).transpose()?,
            reason: self.reason.clone(),
            reviewed_at: self.reviewed_at,
            valid_until: self.valid_until,
            provider_id: self.provider_id.map(CheckProviderId),
            score: answer.as_ref().and_then(|answer| answer.score),
            reference: answer.and_then(|answer| answer.reference),
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            available_actions: if may { legal.to_vec() } else { Vec::new() },
        })
    }

    /// What events tell of it.
    pub fn news(&self) -> VettingCheckNews {
        let (subject_kind, subject_id) = self.subject();
        VettingCheckNews {
            id: VettingCheckId(self.id),
            kind: VettingKind::stored(&self.kind),
            subject_kind,
            subject_id,
            partner_id: PartnerId(self.partner_id),
            result: self.result(),
            revision: self.revision,
        }
    }
}

fn scoped(scope: Scope) -> sea_orm::Select<check::Entity> {
    let find = check::Entity::find().filter(check::Column::VendorId.eq(scope.vendor().0));
    find.filter(scope.limit(check::Column::PartnerId))
}

/// A check within the caller's reach.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: VettingCheckId) -> Result<Option<CheckRow>, DbErr> {
    scoped(scope).filter(check::Column::Id.eq(id.0)).one(db).await
}

/// The latest check of a kind for a subject: by this provider, or by ourselves.
pub async fn latest(
    db: &impl ConnectionTrait,
    scope: Scope,
    subject: Uuid,
    kind: VettingKind,
    provider: Option<Uuid>,
) -> Result<Option<CheckRow>, DbErr> {
    let by = provider.map_or_else(|| check::Column::ProviderId.is_null(), |provider| check::Column::ProviderId.eq(provider));
    let of = scoped(scope).filter(check::Column::SubjectId.eq(subject)).filter(check::Column::Kind.eq(kind.wire())).filter(by);
    of.filter(check::Column::Latest.eq(1)).one(db).await
}

/// The latest checks of these subjects of a kind.
pub async fn latest_of(db: &impl ConnectionTrait, scope: Scope, subjects: &[Uuid], kind: VettingKind) -> Result<Vec<CheckRow>, DbErr> {
    let of = scoped(scope).filter(check::Column::SubjectId.is_in(subjects.iter().copied())).filter(check::Column::Kind.eq(kind.wire()));
    of.filter(check::Column::Latest.eq(1)).all(db).await
}

/// The latest checks about a partner, its owners and its people.
pub async fn about(db: &impl ConnectionTrait, scope: Scope, partner: PartnerId) -> Result<Vec<CheckRow>, DbErr> {
    let of = scoped(scope).filter(check::Column::PartnerId.eq(partner.0)).filter(check::Column::Latest.eq(1));
    of.order_by_asc(check::Column::Id).limit(5_000).all(db).await
}

/// Which checks to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this partner, its owners and its people.
    pub partner: Option<PartnerId>,
    /// Of this kind.
    pub kind: Option<VettingKind>,
    /// That came to this.
    pub result: Option<VettingResult>,
    /// Only the latest of its kind and subject, or only others.
    pub latest: Option<bool>,
}

/// Up to `limit` checks before `before`, newest first.
pub async fn page(db: &impl ConnectionTrait, scope: Scope, filter: &Filter, before: Option<Uuid>, limit: u64) -> Result<Vec<CheckRow>, DbErr> {
    let wanted = sea_orm::Condition::all()
        .add_option(filter.partner.map(|partner| check::Column::PartnerId.eq(partner.0)))
        .add_option(filter.kind.map(|kind| check::Column::Kind.eq(kind.wire())))
        .add_option(filter.result.map(|result| check::Column::Result.eq(result.wire())))
        .add_option(filter.latest.map(|latest| check::Column::Latest.eq(i64::from(latest))))
        .add_option(before.map(|before| check::Column::Id.lt(before)));
    scoped(scope).filter(wanted).order_by_desc(check::Column::Id).limit(limit).all(db).await
}

/// Checks by id: up to `limit` after `after`.
pub async fn after(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<CheckRow>, DbErr> {
    scoped(scope).filter(check::Column::Id.gt(after)).order_by_asc(check::Column::Id).limit(limit).all(db).await
}

/// Record a check.
pub async fn insert(tx: &Tx, row: &CheckRow) -> Result<(), DbErr> {
    check::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Store a changed record under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut CheckRow) -> Result<(), Problem> {
    use check::Column::{Id, Revision, VendorId};
    let before = row.revision;
    row.revision += 1;
    row.updated_at = tx.now();
    let this = VendorId.eq(row.vendor_id).and(Id.eq(row.id)).and(Revision.eq(before));
    let done = check::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

async fn run(tx: &Tx, sql: &str, values: Vec<sea_orm::Value>) -> Result<u64, DbErr> {
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|done| done.rows_affected())
}

/// Remember what a person decided about a match; a later decision about the same replaces it.
pub async fn remember(tx: &Tx, row: &CheckRow, one: &SanctionMatch, verdict: &str) -> Result<(), DbErr> {
    let sql = "INSERT INTO vetting_verdicts (vendor_id, subject_id, facts, list_id, entry_id, entry_version, verdict, check_id, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
        ON CONFLICT (vendor_id, subject_id, facts, list_id, entry_id, entry_version) DO UPDATE SET verdict = excluded.verdict, check_id = excluded.check_id";
    let values = vec![
        tx.vendor().0.into(),
        row.subject_id.into(),
        row.facts.clone().into(),
        one.list_id.0.into(),
        one.entry_id.clone().into(),
        one.entry_version.into(),
        verdict.into(),
        row.id.into(),
        tx.now().into(),
    ];
    run(tx, sql, values).await.map(|_| ())
}

/// What people decided about a subject with these facts: list, entry, version of the entry, verdict.
pub async fn verdicts(tx: &Tx, subject: Uuid, facts: &str) -> Result<Vec<(Uuid, String, i64, String)>, DbErr> {
    let sql = "SELECT list_id, entry_id, entry_version, verdict FROM vetting_verdicts WHERE vendor_id = $1 AND subject_id = $2 AND facts = $3";
    let values = [tx.vendor().0.into(), subject.into(), facts.into()];
    let rows = tx.query_all_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    rows.into_iter()
        .map(|row| Ok((row.try_get("", "list_id")?, row.try_get("", "entry_id")?, row.try_get("", "entry_version")?, row.try_get("", "verdict")?)))
        .collect()
}

/// Note that vetting suspended a partner; `false` if it is noted already.
pub async fn hold(tx: &Tx, partner: PartnerId) -> Result<bool, DbErr> {
    let sql = "INSERT INTO vetting_holds (vendor_id, partner_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    run(tx, sql, vec![tx.vendor().0.into(), partner.0.into(), tx.now().into()]).await.map(|rows| rows == 1)
}

/// Forget it; `true` if it was noted.
pub async fn release(tx: &Tx, partner: PartnerId) -> Result<bool, DbErr> {
    let sql = "DELETE FROM vetting_holds WHERE vendor_id = $1 AND partner_id = $2";
    run(tx, sql, vec![tx.vendor().0.into(), partner.0.into()]).await.map(|rows| rows == 1)
}
