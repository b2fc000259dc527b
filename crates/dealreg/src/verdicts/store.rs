//! The tables of verdicts, and the only queries on them.

use super::MatchVerdictId;
use super::known::{Identity, Rule};
use super::types::{MatchVerdict, MatchVerdictKind, MatchedCompany};
use crate::disputes::DisputeId;
use access::Permission;
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::id::VendorId;
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};
use std::collections::BTreeSet;

/// Verdicts that are considered for one company: the latest.
const MOST: u64 = 200;

/// The table of verdicts.
pub mod verdict {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "match_verdicts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub verdict: String,
        pub overrides_exact: bool,
        pub one: String,
        pub other: String,
        pub one_partner_id: Option<Uuid>,
        pub other_partner_id: Option<Uuid>,
        pub dispute_id: Option<Uuid>,
        pub reason: String,
        pub made_by_kind: String,
        pub made_by_id: String,
        pub revoked_at: Option<DateTime<Utc>>,
        pub revoked_by_kind: Option<String>,
        pub revoked_by_id: Option<String>,
        pub revoke_reason: Option<String>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of the keys that the companies are known by.
pub mod key {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "match_verdict_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub verdict_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub side: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use verdict::Model as VerdictRow;

impl VerdictRow {
    /// What it says.
    pub fn kind(&self) -> MatchVerdictKind {
        if self.verdict == MatchVerdictKind::Same.wire() { MatchVerdictKind::Same } else { MatchVerdictKind::Different }
    }

    /// As a caller with these grants sees it.
    pub fn show(&self, grants: u64) -> Result<MatchVerdict, Problem> {
        let company = |text: &str| serde_json::from_str::<MatchedCompany>(text).map_err(Problem::internal);
        let may = grants & Permission::DecideDeals.bit() != 0 && self.revoked_at.is_none();
        let revoked_by = self.revoked_by_kind.clone().zip(self.revoked_by_id.clone());
        Ok(MatchVerdict {
            id: MatchVerdictId(self.id),
            verdict: self.kind(),
            one: company(&self.one)?,
            other: company(&self.other)?,
            overrides_exact: self.overrides_exact,
            dispute_id: self.dispute_id.map(DisputeId),
            reason: Some(self.reason.clone()),
            made_by: ActorRef { kind: self.made_by_kind.clone(), id: self.made_by_id.clone() },
            revoked_at: self.revoked_at,
            revoked_by: revoked_by.map(|(kind, id)| ActorRef { kind, id }),
            revoke_reason: self.revoke_reason.clone(),
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            available_actions: if may { vec!["revoke".to_owned()] } else { Vec::new() },
        })
    }
}

/// The verdicts within a scope: both companies' partners are; a partner's people see none.
fn visible(scope: Scope) -> sea_orm::Select<verdict::Entity> {
    let find = verdict::Entity::find().filter(verdict::Column::VendorId.eq(scope.vendor().0));
    let both =
        Condition::all().add(scope.limit_or_vendors(verdict::Column::OnePartnerId)).add(scope.limit_or_vendors(verdict::Column::OtherPartnerId));
    find.filter(both)
}

/// A verdict within the caller's reach.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: MatchVerdictId) -> Result<Option<VerdictRow>, DbErr> {
    visible(scope).filter(verdict::Column::Id.eq(id.0)).one(db).await
}

/// Up to `limit` verdicts before `before`, newest first; those that count, or those that were revoked, or all.
pub async fn list(
    db: &impl ConnectionTrait,
    scope: Scope,
    revoked: Option<bool>,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<VerdictRow>, DbErr> {
    let mut find = visible(scope);
    find = match revoked {
        Some(true) => find.filter(verdict::Column::RevokedAt.is_not_null()),
        Some(false) => find.filter(verdict::Column::RevokedAt.is_null()),
        None => find,
    };
    if let Some(before) = before {
        find = find.filter(verdict::Column::Id.lt(before));
    }
    find.order_by_desc(verdict::Column::Id).limit(limit).all(db).await
}

/// Up to `limit` verdicts of the vendor after `after`, by id.
pub async fn all(db: &impl ConnectionTrait, vendor: VendorId, after: Uuid, limit: u64) -> Result<Vec<VerdictRow>, DbErr> {
    let find = verdict::Entity::find().filter(verdict::Column::VendorId.eq(vendor.0)).filter(verdict::Column::Id.gt(after));
    find.order_by_asc(verdict::Column::Id).limit(limit).all(db).await
}

/// Whether there is any verdict that counts.
pub async fn any(db: &impl ConnectionTrait, vendor: VendorId) -> Result<bool, DbErr> {
    let counting = verdict::Column::VendorId.eq(vendor.0).and(verdict::Column::RevokedAt.is_null());
    Ok(verdict::Entity::find().filter(counting).limit(1).one(db).await?.is_some())
}

/// Store a new verdict with the keys that it is found by.
pub async fn insert(tx: &Tx, row: &VerdictRow, one: &Identity, other: &Identity) -> Result<(), DbErr> {
    verdict::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await?;
    let (mine, theirs) = match row.kind() {
        MatchVerdictKind::Same => (one.keys.clone(), other.keys.clone()),
        MatchVerdictKind::Different => (&one.keys - &other.keys, &other.keys - &one.keys),
    };
    let sides = [("one", &mine), ("other", &theirs), ("one_found_by", &one.found_by), ("other_found_by", &other.found_by)];
    let keys = sides.into_iter().flat_map(|(side, keys)| keys.iter().map(move |key| (side, key)));
    let rows: Vec<_> = keys
        .map(|(side, text)| {
            let row = key::Model { vendor_id: row.vendor_id, key: text.clone(), verdict_id: row.id, side: side.to_owned() };
            row.into_active_model()
        })
        .collect();
    key::Entity::insert_many(rows).exec_without_returning(tx).await.map(|_| ())
}

/// Store a changed verdict under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut VerdictRow) -> Result<(), Problem> {
    let before = row.revision;
    row.revision += 1;
    row.updated_at = tx.now();
    let this = verdict::Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(verdict::Column::VendorId.eq(row.vendor_id))
        .filter(verdict::Column::Id.eq(row.id))
        .filter(verdict::Column::Revision.eq(before));
    let done = this.exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

/// The verdicts that count and are about a company with one of these keys, latest first.
pub async fn rules_of(db: &impl ConnectionTrait, vendor: VendorId, keys: &BTreeSet<String>) -> Result<Vec<Rule>, DbErr> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let of_vendor = key::Column::VendorId.eq(vendor.0);
    let known = of_vendor.clone().and(key::Column::Key.is_in(keys.iter().cloned())).and(key::Column::Side.is_in(["one", "other"]));
    let hits = key::Entity::find().filter(known).order_by_desc(key::Column::VerdictId).limit(MOST).all(db).await?;
    let ids: BTreeSet<_> = hits.iter().map(|hit| hit.verdict_id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let counting = verdict::Column::VendorId.eq(vendor.0).and(verdict::Column::Id.is_in(ids)).and(verdict::Column::RevokedAt.is_null());
    let rows = verdict::Entity::find().filter(counting).order_by_desc(verdict::Column::Id).all(db).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let theirs = of_vendor.and(key::Column::VerdictId.is_in(rows.iter().map(|row| row.id)));
    let keys = key::Entity::find().filter(theirs).all(db).await?;
    let rule = |row: &VerdictRow| {
        let side = |side: &str| keys.iter().filter(|key| key.verdict_id == row.id && key.side == side).map(|key| key.key.clone()).collect();
        Rule {
            id: MatchVerdictId(row.id),
            verdict: row.kind(),
            overrides_exact: row.overrides_exact,
            one: side("one"),
            other: side("other"),
            one_found_by: side("one_found_by"),
            other_found_by: side("other_found_by"),
        }
    };
    Ok(rows.iter().map(rule).collect())
}
