//! The tables of referrals, of the keys that they hold and of rewards, and the only queries on them.

use super::rules::{ReferralStatus, available};
use super::types::{Referral, ReferralReward, ReferralRewardKind};
use super::{ReferralId, ReferralRewardId};
use crate::leads::store::{json, money};
use crate::leads::types::{LeadCompany, LeadDuplicate};
use crate::types::DealContact;
use access::Field;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId};
use kernel::{Actor, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Statement};

/// The table of referrals.
pub mod referral {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "referrals")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub partner_id: Uuid,
        pub status: String,
        pub company_name: String,
        pub company: String,
        pub contact: Option<String>,
        pub email_key: Option<String>,
        pub note: Option<String>,
        pub product: Option<String>,
        pub amount: Option<i64>,
        pub currency: Option<String>,
        pub conflicts: String,
        pub assignee_id: Option<Uuid>,
        pub stage: Option<String>,
        pub reason: Option<String>,
        pub opportunity_external_id: Option<String>,
        pub expires_at: DateTime<Utc>,
        pub closed_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of rewards.
pub mod reward {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "referral_rewards")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub referral_id: Uuid,
        pub partner_id: Uuid,
        pub kind: String,
        pub reverses_id: Option<Uuid>,
        pub amount: i64,
        pub currency: String,
        pub rules_version: i64,
        pub rule: String,
        pub facts: String,
        pub created_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use referral::Model as ReferralRow;
pub use reward::Model as RewardRow;

impl ReferralRow {
    /// Its id.
    pub fn id(&self) -> ReferralId {
        ReferralId(self.id)
    }

    /// Where it stands.
    pub fn status(&self) -> Result<ReferralStatus, Problem> {
        self.status.parse().map_err(|()| Problem::internal(format!("a stored referral has the status {}", self.status)))
    }

    /// Move it.
    pub fn stand(&mut self, status: ReferralStatus) {
        self.status = status.wire().to_owned();
    }

    /// Whom to talk to.
    pub fn contact(&self) -> Result<Option<DealContact>, Problem> {
        self.contact.as_deref().map(json).transpose()
    }

    /// All of it.
    pub fn whole(&self, grants: u64) -> Result<Referral, Problem> {
        let status = self.status()?;
        Ok(Referral {
            id: self.id(),
            partner_id: PartnerId(self.partner_id),
            status,
            company: json::<LeadCompany>(&self.company)?,
            contact: self.contact()?,
            product: self.product.clone(),
            amount: money(self.amount, self.currency.as_deref())?,
            note: self.note.clone(),
            conflicts: Some(json::<Vec<LeadDuplicate>>(&self.conflicts)?),
            assignee_id: self.assignee_id.map(PersonId),
            stage: self.stage.clone(),
            reason: self.reason.clone(),
            opportunity_external_id: self.opportunity_external_id.clone(),
            expires_at: self.expires_at,
            closed_at: self.closed_at,
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            available_actions: available(status, grants),
        })
    }

    /// As `who` may see it.
    pub fn seen_by(&self, who: &Actor) -> Result<Referral, Problem> {
        let mut referral = self.whole(who.grants)?;
        if !Field::LeadInternals.shown_to(who) {
            (referral.conflicts, referral.opportunity_external_id) = (None, None);
        }
        Ok(referral)
    }
}

impl RewardRow {
    /// As it is shown.
    pub fn shown(&self) -> Result<ReferralReward, Problem> {
        let amount = money(Some(self.amount), Some(&self.currency))?.ok_or_else(|| Problem::internal("a reward has no amount"))?;
        Ok(ReferralReward {
            id: ReferralRewardId(self.id),
            referral_id: ReferralId(self.referral_id),
            partner_id: PartnerId(self.partner_id),
            kind: if self.kind == "due" { ReferralRewardKind::Due } else { ReferralRewardKind::Reversal },
            reverses_id: self.reverses_id.map(ReferralRewardId),
            amount,
            rules_version: self.rules_version,
            rule: self.rule.clone(),
            facts: json(&self.facts)?,
            created_at: self.created_at,
        })
    }
}

fn scoped(scope: Scope) -> sea_orm::Select<referral::Entity> {
    let find = referral::Entity::find().filter(referral::Column::VendorId.eq(scope.vendor().0));
    find.filter(scope.limit(referral::Column::PartnerId))
}

/// A referral within the caller's reach.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: ReferralId) -> Result<Option<ReferralRow>, DbErr> {
    scoped(scope).filter(referral::Column::Id.eq(id.0)).one(db).await
}

/// The live referral that follows this opportunity of the CRM; the oldest.
pub async fn by_opportunity(db: &impl ConnectionTrait, scope: Scope, external_id: &str) -> Result<Option<ReferralRow>, DbErr> {
    let following = scoped(scope).filter(referral::Column::OpportunityExternalId.eq(external_id));
    following.filter(referral::Column::Status.is_in(["accepted", "won"])).order_by_asc(referral::Column::Id).one(db).await
}

/// Referrals that hold one of these keys, or have the address; the oldest first, at most ten.
pub async fn alike(db: &impl ConnectionTrait, scope: Scope, keys: &[String], email_key: Option<&str>) -> Result<Vec<ReferralRow>, DbErr> {
    let mut any = sea_orm::Condition::any();
    if let Some(email) = email_key {
        any = any.add(referral::Column::EmailKey.eq(email));
    }
    if !keys.is_empty() {
        let of = sea_orm::sea_query::Query::select()
            .column("referral_id")
            .from("referral_keys")
            .and_where(sea_orm::sea_query::Expr::col("vendor_id").eq(scope.vendor().0))
            .and_where(sea_orm::sea_query::Expr::col("key").is_in(keys.iter().cloned()))
            .to_owned();
        any = any.add(referral::Column::Id.in_subquery(of));
    }
    if any.is_empty() {
        return Ok(Vec::new());
    }
    scoped(scope).filter(any).order_by_asc(referral::Column::Id).limit(10).all(db).await
}

/// Store a new referral.
pub async fn insert(tx: &Tx, row: &ReferralRow) -> Result<(), DbErr> {
    referral::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Hold these keys; returns how many could be had: whoever has one, keeps it.
pub async fn hold(tx: &Tx, id: ReferralId, keys: &[String]) -> Result<u64, DbErr> {
    if keys.is_empty() {
        return Ok(0);
    }
    // Sorted, so that two writers that want the same keys wait for one another in one order.
    let mut keys = keys.to_vec();
    keys.sort();
    let rows: Vec<_> = (0..keys.len()).map(|at| format!("($1, ${}, $2)", at + 3)).collect();
    let sql = format!("INSERT INTO referral_keys (vendor_id, key, referral_id) VALUES {} ON CONFLICT DO NOTHING", rows.join(", "));
    let values = [tx.vendor().0.into(), id.0.into()].into_iter().chain(keys.into_iter().map(Into::into));
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|done| done.rows_affected())
}

/// Let go of the keys of a referral.
pub async fn release(tx: &Tx, id: ReferralId) -> Result<(), DbErr> {
    let sql = "DELETE FROM referral_keys WHERE vendor_id = $1 AND referral_id = $2";
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [tx.vendor().0.into(), id.0.into()])).await.map(|_| ())
}

/// Store a changed referral under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut ReferralRow) -> Result<(), Problem> {
    use referral::Column::{Id, Revision, VendorId};
    let before = row.revision;
    row.revision += 1;
    row.updated_at = tx.now();
    let this = VendorId.eq(row.vendor_id).and(Id.eq(row.id)).and(Revision.eq(before));
    let done = referral::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

/// Which referrals to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only in this status.
    pub status: Option<ReferralStatus>,
    /// Only of this partner.
    pub partner: Option<PartnerId>,
}

/// Up to `limit` referrals before `before`, newest first.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, filter: &Filter, before: Option<Uuid>, limit: u64) -> Result<Vec<ReferralRow>, DbErr> {
    let wanted = sea_orm::Condition::all()
        .add_option(filter.status.map(|status| referral::Column::Status.eq(status.wire())))
        .add_option(filter.partner.map(|partner| referral::Column::PartnerId.eq(partner.0)))
        .add_option(before.map(|before| referral::Column::Id.lt(before)));
    scoped(scope).filter(wanted).order_by_desc(referral::Column::Id).limit(limit).all(db).await
}

/// Referrals by id: up to `limit` after `after`.
pub async fn after(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<ReferralRow>, DbErr> {
    scoped(scope).filter(referral::Column::Id.gt(after)).order_by_asc(referral::Column::Id).limit(limit).all(db).await
}

/// Record a reward.
pub async fn record(tx: &Tx, row: &RewardRow) -> Result<(), DbErr> {
    reward::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

fn rewards_of(scope: Scope) -> sea_orm::Select<reward::Entity> {
    reward::Entity::find().filter(reward::Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(reward::Column::PartnerId))
}

/// The reward of a referral that is due and was not undone.
pub async fn standing(tx: &Tx, referral: ReferralId) -> Result<Option<RewardRow>, DbErr> {
    let rows = rewards_of(tx.scope()).filter(reward::Column::ReferralId.eq(referral.0)).order_by_asc(reward::Column::Id).all(tx).await?;
    let undone: Vec<_> = rows.iter().filter_map(|row| row.reverses_id).collect();
    Ok(rows.into_iter().find(|row| row.kind == "due" && !undone.contains(&row.id)))
}

/// Up to `limit` rewards before `before`, newest first.
pub async fn rewards(
    db: &impl ConnectionTrait,
    scope: Scope,
    (referral, partner): (Option<ReferralId>, Option<PartnerId>),
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<RewardRow>, DbErr> {
    let wanted = sea_orm::Condition::all()
        .add_option(referral.map(|id| reward::Column::ReferralId.eq(id.0)))
        .add_option(partner.map(|id| reward::Column::PartnerId.eq(id.0)))
        .add_option(before.map(|before| reward::Column::Id.lt(before)));
    rewards_of(scope).filter(wanted).order_by_desc(reward::Column::Id).limit(limit).all(db).await
}

/// How many rows of a partner are in one of these statuses.
pub async fn count_of(tx: &Tx, scope: Scope, partner: PartnerId, statuses: &[ReferralStatus]) -> Result<u64, DbErr> {
    let of = scoped(scope).filter(referral::Column::PartnerId.eq(partner.0));
    of.filter(referral::Column::Status.is_in(statuses.iter().map(|status| status.wire()))).count(tx).await
}

/// Rows of a partner in one of these statuses, by id: up to `limit` after `after`.
pub async fn in_status_of(
    tx: &Tx,
    scope: Scope,
    partner: PartnerId,
    statuses: &[ReferralStatus],
    after: Uuid,
    limit: u64,
) -> Result<Vec<ReferralRow>, DbErr> {
    let of = scoped(scope).filter(referral::Column::PartnerId.eq(partner.0)).filter(referral::Column::Id.gt(after));
    let wanted = of.filter(referral::Column::Status.is_in(statuses.iter().map(|status| status.wire())));
    wanted.order_by_asc(referral::Column::Id).limit(limit).all(tx).await
}

/// What is due to a partner and was not undone, by currency: how many rewards, and what they come to.
pub async fn due_to(tx: &Tx, vendor: kernel::id::VendorId, partner: PartnerId) -> Result<Vec<(i64, kernel::Money)>, Problem> {
    let sql = "SELECT currency, CAST(SUM(CASE WHEN kind = 'due' THEN amount ELSE -amount END) AS bigint) AS amount, \
        CAST(SUM(CASE WHEN kind = 'due' THEN 1 ELSE -1 END) AS bigint) AS number \
        FROM referral_rewards WHERE vendor_id = $1 AND partner_id = $2 GROUP BY currency ORDER BY currency";
    let values = [vendor.0.into(), partner.0.into()];
    let rows = tx.query_all_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    let mut due = Vec::new();
    for row in rows {
        let (count, amount): (i64, i64) = (row.try_get("", "number")?, row.try_get("", "amount")?);
        let currency: String = row.try_get("", "currency")?;
        if let Some(amount) = money(Some(amount), Some(&currency))?.filter(|_| count > 0) {
            due.push((count, amount));
        }
    }
    Ok(due)
}
