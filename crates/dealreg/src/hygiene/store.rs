//! The tables of settings, audits and findings, and the only queries on them.

use super::rules::{Found, Known};
use super::types::{
    Details, HygieneAudit, HygieneAuditOrigin, HygieneAuditStatus, HygieneDismissal, HygieneFinding, HygieneFindingStatus, HygieneKind, HygieneTally,
};
use super::{HygieneAuditId, HygieneFindingId};
use crate::sql::statement;
use access::Permission;
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::id::{PartnerId, VendorId};
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, DbBackend, ExprTrait as _, FromQueryResult as _, IntoActiveModel as _, QueryOrder, QuerySelect};
use std::collections::BTreeMap;

/// Rows of one multi-row insert.
const CHUNK: usize = 500;

/// The table of audits.
pub mod audit {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "hygiene_audits")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub origin: String,
        pub status: String,
        pub phase: String,
        pub after_id: Uuid,
        pub steps: i64,
        pub lease_until: Option<DateTime<Utc>>,
        pub settings: String,
        pub summary: String,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub completed_at: Option<DateTime<Utc>>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of findings.
pub mod finding {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "hygiene_findings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        pub one_id: Uuid,
        pub other_id: Uuid,
        pub partner_id: Option<Uuid>,
        pub other_partner_id: Option<Uuid>,
        pub across_partners: bool,
        pub status: String,
        pub details: String,
        pub facts_hash: String,
        pub seen_audit_id: Uuid,
        pub first_seen_at: DateTime<Utc>,
        pub last_seen_at: DateTime<Utc>,
        pub opened_at: DateTime<Utc>,
        pub resolved_at: Option<DateTime<Utc>>,
        pub dismissed_at: Option<DateTime<Utc>>,
        pub dismissed_until: Option<DateTime<Utc>>,
        pub dismissed_by_kind: Option<String>,
        pub dismissed_by_id: Option<String>,
        pub dismiss_reason: Option<String>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use audit::Model as AuditRow;
pub use finding::Model as FindingRow;

/// Text of a stored JSON column; what we wrote ourselves reads back.
fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|cause| Problem::internal(format!("stored hygiene does not read: {cause}")))
}

/// JSON to store.
pub fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("it is plain data")
}

impl AuditRow {
    /// What it has done, kind by kind.
    pub fn tallies(&self) -> Result<Vec<HygieneTally>, Problem> {
        read(&self.summary)
    }

    /// What it looks for.
    pub fn settings(&self) -> Result<super::HygieneSettings, Problem> {
        read(&self.settings)
    }

    /// As it is shown.
    pub fn show(&self) -> Result<HygieneAudit, Problem> {
        let kinds = self.tallies()?;
        Ok(HygieneAudit {
            id: HygieneAuditId(self.id),
            origin: if self.origin == "nightly" { HygieneAuditOrigin::Nightly } else { HygieneAuditOrigin::Requested },
            status: match self.status.as_str() {
                "running" => HygieneAuditStatus::Running,
                "failed" => HygieneAuditStatus::Failed,
                _ => HygieneAuditStatus::Completed,
            },
            steps: self.steps,
            opened: kinds.iter().map(|tally| tally.opened).sum(),
            resolved: kinds.iter().map(|tally| tally.resolved).sum(),
            kinds,
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            completed_at: self.completed_at,
        })
    }
}

impl FindingRow {
    /// A new one.
    pub fn new(tx: &Tx, found: &Found, audit: Uuid) -> Self {
        let now = tx.now();
        Self {
            vendor_id: tx.vendor().0,
            id: HygieneFindingId::fresh().0,
            kind: found.kind.wire().to_owned(),
            one_id: found.one,
            other_id: found.other,
            partner_id: found.partner,
            other_partner_id: found.other_partner,
            across_partners: found.across_partners(),
            status: HygieneFindingStatus::Open.wire().to_owned(),
            details: text(&found.details),
            facts_hash: found.facts.clone(),
            seen_audit_id: audit,
            first_seen_at: now,
            last_seen_at: now,
            opened_at: now,
            resolved_at: None,
            dismissed_at: None,
            dismissed_until: None,
            dismissed_by_kind: None,
            dismissed_by_id: None,
            dismiss_reason: None,
            revision: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Write down what an audit saw of it now. How it stands does not change by that; what a dismissal rests on does not either.
    pub fn see(&mut self, found: &Found, audit: Uuid, now: DateTime<Utc>) {
        (self.partner_id, self.other_partner_id, self.across_partners) = (found.partner, found.other_partner, found.across_partners());
        (self.details, self.seen_audit_id, self.last_seen_at) = (text(&found.details), audit, now);
        if self.status() != HygieneFindingStatus::Dismissed {
            self.facts_hash.clone_from(&found.facts);
        }
    }

    /// Let it stand so from now on, under its next revision.
    pub fn stand(&mut self, status: HygieneFindingStatus, now: DateTime<Utc>) {
        self.status = status.wire().to_owned();
        (self.revision, self.updated_at) = (self.revision + 1, now);
        self.resolved_at = (status == HygieneFindingStatus::Resolved).then_some(now);
        if status == HygieneFindingStatus::Open {
            self.opened_at = now;
            (self.dismissed_at, self.dismissed_until, self.dismiss_reason) = (None, None, None);
            (self.dismissed_by_kind, self.dismissed_by_id) = (None, None);
        }
    }

    /// How it stands.
    pub fn status(&self) -> HygieneFindingStatus {
        HygieneFindingStatus::read(&self.status)
    }

    /// What is known of it when an audit comes upon it.
    pub fn known(&self) -> Known {
        Known { status: self.status(), facts: self.facts_hash.clone(), dismissed_until: self.dismissed_until }
    }

    /// As it is shown to a caller with these grants.
    pub fn show(&self, grants: u64) -> Result<HygieneFinding, Problem> {
        let (details, status) = (read::<Details>(&self.details)?, self.status());
        let by = self.dismissed_by_kind.clone().zip(self.dismissed_by_id.clone()).map(|(kind, id)| ActorRef { kind, id });
        let dismissal = self.dismissed_at.zip(by);
        let dismissal = dismissal.map(|(at, by)| HygieneDismissal { reason: self.dismiss_reason.clone(), by, at, until: self.dismissed_until });
        let action = match status {
            HygieneFindingStatus::Open => Some("dismiss"),
            HygieneFindingStatus::Dismissed => Some("reopen"),
            HygieneFindingStatus::Resolved => None,
        };
        let action = action.filter(|_| grants & Permission::ManageHygiene.bit() != 0);
        Ok(HygieneFinding {
            id: HygieneFindingId(self.id),
            kind: HygieneKind::read(&self.kind).ok_or_else(|| Problem::internal(format!("a finding of the kind {}", self.kind)))?,
            status,
            code: details.code,
            detail: details.detail,
            subjects: details.subjects,
            score: details.score,
            verdict: details.verdict,
            evidence: details.evidence,
            partner_id: self.partner_id.map(PartnerId),
            other_partner_id: self.other_partner_id.map(PartnerId),
            across_partners: self.across_partners,
            first_seen_at: self.first_seen_at,
            last_seen_at: self.last_seen_at,
            opened_at: self.opened_at,
            resolved_at: self.resolved_at,
            dismissal,
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            available_actions: action.into_iter().map(str::to_owned).collect(),
        })
    }
}

/// The stored settings: body, revision and when they were set.
pub async fn settings(db: &impl ConnectionTrait, scope: Scope) -> Result<Option<(String, i64, DateTime<Utc>)>, DbErr> {
    let sql = "SELECT body, revision, updated_at FROM hygiene_settings WHERE vendor_id = $1";
    let row = db.query_one_raw(statement(db, sql, [scope.vendor().0.into()])).await?;
    row.map(|row| Ok((row.try_get("", "body")?, row.try_get("", "revision")?, row.try_get("", "updated_at")?))).transpose()
}

/// Store the settings.
pub async fn set_settings(tx: &Tx, body: &str, revision: i64) -> Result<(), DbErr> {
    let sql = "INSERT INTO hygiene_settings (vendor_id, body, revision, updated_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (vendor_id) DO UPDATE SET body = excluded.body, revision = excluded.revision, updated_at = excluded.updated_at";
    tx.execute_raw(statement(tx, sql, [tx.vendor().0.into(), body.into(), revision.into(), tx.now().into()])).await.map(|_| ())
}

fn audits(scope: Scope) -> sea_orm::Select<audit::Entity> {
    audit::Entity::find().filter(audit::Column::VendorId.eq(scope.vendor().0))
}

/// An audit.
pub async fn audit(db: &impl ConnectionTrait, scope: Scope, id: HygieneAuditId) -> Result<Option<AuditRow>, DbErr> {
    audits(scope).filter(audit::Column::Id.eq(id.0)).one(db).await
}

/// The audit that is being carried out, if one is.
pub async fn running(db: &impl ConnectionTrait, scope: Scope) -> Result<Option<AuditRow>, DbErr> {
    audits(scope).filter(audit::Column::Status.eq("running")).one(db).await
}

/// Up to `limit` audits before `before`, newest first.
pub async fn audit_list(db: &impl ConnectionTrait, scope: Scope, before: Option<Uuid>, limit: u64) -> Result<Vec<AuditRow>, DbErr> {
    let find = audits(scope).filter(Condition::all().add_option(before.map(|before| audit::Column::Id.lt(before))));
    find.order_by_desc(audit::Column::Id).limit(limit).all(db).await
}

/// Begin an audit; `false` if one is being carried out.
pub async fn insert_audit(tx: &Tx, row: &AuditRow) -> Result<bool, DbErr> {
    let skip = sea_orm::sea_query::OnConflict::new().do_nothing().to_owned();
    let insert = audit::Entity::insert(row.clone().into_active_model()).on_conflict(skip);
    Ok(insert.exec_without_returning(tx).await? == 1)
}

const WAITING: &str = "status = 'running' AND (lease_until IS NULL OR lease_until <= $1)";

/// Whether any audit waits for a worker, whosever it is.
pub async fn any_waiting(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = format!("SELECT 1 AS found FROM hygiene_audits WHERE {WAITING} LIMIT 1");
    Ok(db.query_one_raw(statement(db, sql, [now.into()])).await?.is_some())
}

/// Take the audit that has waited longest, until `lease`.
pub async fn claim(tx: &Tx, lease: DateTime<Utc>) -> Result<Option<AuditRow>, DbErr> {
    let skip = if tx.get_database_backend() == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
    let sql = format!(
        "UPDATE hygiene_audits SET lease_until = $2 WHERE (vendor_id, id) IN \
         (SELECT vendor_id, id FROM hygiene_audits WHERE {WAITING} ORDER BY updated_at LIMIT 1 {skip}) \
         RETURNING vendor_id, id, origin, status, phase, after_id, steps, lease_until, settings, summary, revision, created_at, updated_at, completed_at"
    );
    let row = tx.query_one_raw(statement(tx, sql, [tx.now().into(), lease.into()])).await?;
    row.map(|row| AuditRow::from_query_result(&row, "")).transpose()
}

/// Write an audit on from where this worker knows it to be; `false` if it is elsewhere or over by now.
pub async fn advance(tx: &Tx, from: &AuditRow, to: &AuditRow) -> Result<bool, DbErr> {
    use audit::Column::{Id, Status, Steps, VendorId};
    let here = VendorId.eq(from.vendor_id).and(Id.eq(from.id)).and(Status.eq("running")).and(Steps.eq(from.steps));
    let done = audit::Entity::update_many().set(to.clone().into_active_model().reset_all()).filter(here).exec(tx).await?;
    Ok(done.rows_affected == 1)
}

/// The findings within a scope; of rivals only if they may be seen. A partner's people see none.
fn visible(scope: Scope, rivals: bool) -> sea_orm::Select<finding::Entity> {
    use finding::Column::{AcrossPartners, OtherPartnerId, PartnerId, VendorId};
    let both = Condition::all().add(scope.limit_or_vendors(PartnerId)).add(scope.limit_or_vendors(OtherPartnerId));
    let plain = (!rivals).then(|| AcrossPartners.eq(false));
    finding::Entity::find().filter(VendorId.eq(scope.vendor().0)).filter(both.add_option(plain))
}

/// A finding within the caller's reach.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, rivals: bool, id: HygieneFindingId) -> Result<Option<FindingRow>, DbErr> {
    visible(scope, rivals).filter(finding::Column::Id.eq(id.0)).one(db).await
}

/// Like [`find`], held until the end of the write.
pub async fn hold(tx: &Tx, rivals: bool, id: HygieneFindingId) -> Result<Option<FindingRow>, DbErr> {
    visible(tx.scope(), rivals).filter(finding::Column::Id.eq(id.0)).lock_exclusive().one(tx).await
}

/// Which findings to list.
#[derive(Debug, Default)]
pub struct Filter {
    /// Only of this kind.
    pub kind: Option<HygieneKind>,
    /// Only those that stand so.
    pub status: Option<HygieneFindingStatus>,
    /// Only those about this partner.
    pub partner: Option<PartnerId>,
    /// Only those about the thing of this id.
    pub subject: Option<Uuid>,
}

/// Up to `limit` findings before `before`, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    (scope, rivals): (Scope, bool),
    filter: &Filter,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<FindingRow>, DbErr> {
    use finding::Column::{Id, Kind, OneId, OtherId, OtherPartnerId, PartnerId, Status};
    let either = |partner: kernel::id::PartnerId| Condition::any().add(PartnerId.eq(partner.0)).add(OtherPartnerId.eq(partner.0));
    let about = |subject: Uuid| Condition::any().add(OneId.eq(subject)).add(OtherId.eq(subject));
    let wanted = Condition::all()
        .add_option(filter.kind.map(|kind| Kind.eq(kind.wire())))
        .add_option(filter.status.map(|status| Status.eq(status.wire())))
        .add_option(filter.partner.map(either))
        .add_option(filter.subject.map(about))
        .add_option(before.map(|before| Id.lt(before)));
    visible(scope, rivals).filter(wanted).order_by_desc(Id).limit(limit).all(db).await
}

fn of_vendor(vendor: VendorId) -> sea_orm::Select<finding::Entity> {
    finding::Entity::find().filter(finding::Column::VendorId.eq(vendor.0))
}

/// Findings of a kind whose first thing is one of these, held until the end of the write.
pub async fn hold_about(tx: &Tx, kind: HygieneKind, ones: &[Uuid]) -> Result<Vec<FindingRow>, DbErr> {
    use finding::Column::{Id, Kind, OneId};
    let about = of_vendor(tx.vendor()).filter(Kind.eq(kind.wire())).filter(OneId.is_in(ones.iter().copied()));
    about.order_by_asc(Id).lock_exclusive().all(tx).await
}

/// Findings of a kind about this thing that are not resolved, held until the end of the write; at most `limit`.
pub async fn hold_standing(tx: &Tx, kind: HygieneKind, subject: Uuid, limit: u64) -> Result<Vec<FindingRow>, DbErr> {
    use finding::Column::{Id, Kind, OneId, OtherId, Status};
    let about = Condition::any().add(OneId.eq(subject)).add(OtherId.eq(subject));
    let standing = of_vendor(tx.vendor()).filter(Kind.eq(kind.wire())).filter(Status.ne(HygieneFindingStatus::Resolved.wire())).filter(about);
    standing.order_by_asc(Id).limit(limit).lock_exclusive().all(tx).await
}

/// Findings of these kinds that are not resolved and that an audit did not come upon, by id: up to `limit` after `after`, held.
pub async fn hold_unseen(tx: &Tx, kinds: &[HygieneKind], audit: Uuid, after: Uuid, limit: u64) -> Result<Vec<FindingRow>, DbErr> {
    use finding::Column::{Id, Kind, SeenAuditId, Status};
    let standing = [HygieneFindingStatus::Open.wire(), HygieneFindingStatus::Dismissed.wire()];
    let unseen = of_vendor(tx.vendor()).filter(Status.is_in(standing)).filter(Kind.is_in(kinds.iter().map(|kind| kind.wire())));
    let unseen = unseen.filter(SeenAuditId.ne(audit)).filter(Id.gt(after));
    unseen.order_by_asc(Id).limit(limit).lock_exclusive().all(tx).await
}

/// How many findings are open, by kind.
pub async fn open_by_kind(tx: &Tx) -> Result<BTreeMap<String, i64>, DbErr> {
    let sql = "SELECT kind, COUNT(*) AS open FROM hygiene_findings WHERE vendor_id = $1 AND status = 'open' GROUP BY kind";
    let rows = tx.query_all_raw(statement(tx, sql, [tx.vendor().0.into()])).await?;
    rows.iter().map(|row| Ok((row.try_get("", "kind")?, row.try_get("", "open")?))).collect()
}

/// Findings that somebody dismissed with a reason, by id: up to `limit` after `after`.
pub async fn with_reasons(db: &impl ConnectionTrait, vendor: VendorId, after: Uuid, limit: u64) -> Result<Vec<FindingRow>, DbErr> {
    let with = of_vendor(vendor).filter(finding::Column::DismissReason.is_not_null()).filter(finding::Column::Id.gt(after));
    with.order_by_asc(finding::Column::Id).limit(limit).all(db).await
}

/// Store new findings.
pub async fn insert(tx: &Tx, rows: &[FindingRow]) -> Result<(), DbErr> {
    for chunk in rows.chunks(CHUNK) {
        finding::Entity::insert_many(chunk.iter().cloned().map(finding::ActiveModel::from)).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Write a finding, which the write holds, over what is stored.
pub async fn update(tx: &Tx, row: &FindingRow) -> Result<(), DbErr> {
    let this = finding::Column::VendorId.eq(row.vendor_id).and(finding::Column::Id.eq(row.id));
    finding::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await.map(|_| ())
}
