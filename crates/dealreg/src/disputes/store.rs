//! The tables of disputes, and the only queries on them.

use super::rules::Stage;
use super::types::{Content, DisputeDecision, DisputeEvidenceKind, DisputeProposal};
use super::{DisputeEvidenceId, DisputeId};
use crate::DealId;
use crate::error;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId, VendorId};
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Statement, TryInsertResult};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The table of disputes.
pub mod dispute {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "disputes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub stage: String,
        pub pair: Option<String>,
        pub opened_by_kind: String,
        pub opened_by_id: String,
        pub opened_by_party: bool,
        pub reviewer_id: Option<Uuid>,
        pub nobody_neutral: bool,
        pub reviewed_before: String,
        pub statements_until: DateTime<Utc>,
        pub due_at: Option<DateTime<Utc>>,
        pub warned: bool,
        pub overdue: i64,
        pub appeal_until: Option<DateTime<Utc>>,
        pub appealed_by: Option<String>,
        pub proposal: Option<String>,
        pub decision: Option<String>,
        pub first_decision: Option<String>,
        pub rules_version: i64,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of their parties.
pub mod party {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "dispute_parties")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub dispute_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub label: String,
        pub partner_id: Option<Uuid>,
        pub deal_id: Option<Uuid>,
        pub claimant: bool,
        pub stated: bool,
        pub agreed: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of what was said and found in them.
pub mod evidence {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "dispute_evidence")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub dispute_id: Uuid,
        pub kind: String,
        pub party: Option<String>,
        pub sequence: Option<i64>,
        pub event_id: Option<Uuid>,
        pub occurred_at: DateTime<Utc>,
        pub content: String,
        pub author_kind: Option<String>,
        pub author_id: Option<String>,
        pub disclosed_to: String,
        pub created_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use dispute::Model as DisputeRow;
pub use evidence::Model as EvidenceRow;
pub use party::Model as PartyRow;

fn json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|cause| Problem::internal(format!("a stored dispute does not read: {cause}")))
}

/// Text of what a column holds as JSON.
pub fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a dispute is plain data")
}

impl DisputeRow {
    /// Its id.
    pub fn id(&self) -> DisputeId {
        DisputeId(self.id)
    }

    /// Where it stands.
    pub fn stage(&self) -> Result<Stage, Problem> {
        self.stage.parse().map_err(|()| Problem::internal(format!("a stored dispute has the stage {}", self.stage)))
    }

    /// Who leads it.
    pub fn reviewer(&self) -> Option<PersonId> {
        self.reviewer_id.map(PersonId)
    }

    /// The decision.
    pub fn decision(&self) -> Result<Option<DisputeDecision>, Problem> {
        self.decision.as_deref().map(json).transpose()
    }

    /// The decision before the appeal.
    pub fn first_decision(&self) -> Result<Option<DisputeDecision>, Problem> {
        self.first_decision.as_deref().map(json).transpose()
    }

    /// The end that a party has offered.
    pub fn proposal(&self) -> Result<Option<DisputeProposal>, Problem> {
        self.proposal.as_deref().map(json).transpose()
    }

    /// Who has led it before.
    pub fn reviewed_before(&self) -> Result<Vec<PersonId>, Problem> {
        json(&self.reviewed_before)
    }
}

impl PartyRow {
    /// The partner; none for the vendor's direct sales.
    pub fn partner(&self) -> Option<PartnerId> {
        self.partner_id.map(PartnerId)
    }

    /// The deal.
    pub fn deal(&self) -> Option<DealId> {
        self.deal_id.map(DealId)
    }
}

impl EvidenceRow {
    /// Its id.
    pub fn id(&self) -> DisputeEvidenceId {
        DisputeEvidenceId(self.id)
    }

    /// What it says.
    pub fn content(&self) -> Result<Content, Problem> {
        json(&self.content)
    }

    /// Where it is from.
    pub fn kind(&self) -> Result<DisputeEvidenceKind, Problem> {
        json(&format!("\"{}\"", self.kind))
    }

    /// To whom it was disclosed.
    pub fn disclosed_to(&self) -> Result<Vec<String>, Problem> {
        json(&self.disclosed_to)
    }
}

/// The disputes within a scope: a partner's own; of the vendor's people with a narrowed reach, those all of whose partners they reach.
fn visible(scope: Scope) -> sea_orm::Select<dispute::Entity> {
    let find = dispute::Entity::find().filter(dispute::Column::VendorId.eq(scope.vendor().0));
    let parties = |condition: Condition| {
        let own = Condition::all().add(party::Column::VendorId.eq(scope.vendor().0)).add(condition);
        Query::select().column(party::Column::DisputeId).from(party::Entity).cond_where(own).to_owned()
    };
    if scope.partner().is_some() {
        find.filter(dispute::Column::Id.in_subquery(parties(scope.limit(party::Column::PartnerId))))
    } else if scope.narrowed().is_some() {
        let out = Condition::all().add(party::Column::PartnerId.is_not_null()).add(scope.limit(party::Column::PartnerId).not());
        find.filter(dispute::Column::Id.not_in_subquery(parties(out)))
    } else {
        find
    }
}

/// A dispute within the caller's reach.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: DisputeId) -> Result<Option<DisputeRow>, DbErr> {
    visible(scope).filter(dispute::Column::Id.eq(id.0)).one(db).await
}

/// The dispute about these two sides, if there is one.
pub async fn find_by_pair(db: &impl ConnectionTrait, vendor: VendorId, pair: &str) -> Result<Option<DisputeRow>, DbErr> {
    let this = dispute::Column::VendorId.eq(vendor.0).and(dispute::Column::Pair.eq(pair));
    dispute::Entity::find().filter(this).one(db).await
}

/// Which disputes to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only in this stage.
    pub stage: Option<Stage>,
    /// Only led by this person.
    pub reviewer: Option<PersonId>,
    /// Only with this deal as a party's.
    pub deal: Option<DealId>,
    /// Only changed at this time or later.
    pub updated_since: Option<DateTime<Utc>>,
}

/// Up to `limit` disputes before `before`, newest first.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, filter: &Filter, before: Option<Uuid>, limit: u64) -> Result<Vec<DisputeRow>, DbErr> {
    let mut find = visible(scope);
    if let Some(stage) = filter.stage {
        find = find.filter(dispute::Column::Stage.eq(stage.wire()));
    }
    if let Some(reviewer) = filter.reviewer {
        find = find.filter(dispute::Column::ReviewerId.eq(reviewer.0));
    }
    if let Some(since) = filter.updated_since {
        find = find.filter(dispute::Column::UpdatedAt.gte(since));
    }
    if let Some(deal) = filter.deal {
        // A partner asks by its own deals: by a rival's it would learn whose they are.
        let of = Condition::all()
            .add(party::Column::VendorId.eq(scope.vendor().0))
            .add(party::Column::DealId.eq(deal.0))
            .add(scope.limit(party::Column::PartnerId));
        let with = Query::select().column(party::Column::DisputeId).from(party::Entity).cond_where(of).to_owned();
        find = find.filter(dispute::Column::Id.in_subquery(with));
    }
    if let Some(before) = before {
        find = find.filter(dispute::Column::Id.lt(before));
    }
    find.order_by_desc(dispute::Column::Id).limit(limit).all(db).await
}

/// The parties of these disputes, by dispute and label.
pub async fn parties(db: &impl ConnectionTrait, vendor: VendorId, disputes: &[Uuid]) -> Result<Vec<PartyRow>, DbErr> {
    if disputes.is_empty() {
        return Ok(Vec::new());
    }
    let these = party::Column::VendorId.eq(vendor.0).and(party::Column::DisputeId.is_in(disputes.iter().copied()));
    let find = party::Entity::find().filter(these).order_by_asc(party::Column::DisputeId);
    find.order_by_asc(party::Column::Label).all(db).await
}

/// Store a new dispute; `false` if there is one about the same two sides.
pub async fn insert(tx: &Tx, row: &DisputeRow) -> Result<bool, DbErr> {
    let insert = dispute::Entity::insert(row.clone().into_active_model());
    let insert = insert.on_conflict_do_nothing_on([dispute::Column::VendorId, dispute::Column::Pair]);
    Ok(matches!(insert.exec_without_returning(tx).await?, TryInsertResult::Inserted(1)))
}

/// Store a changed dispute under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut DisputeRow) -> Result<(), Problem> {
    let before = row.revision;
    row.revision += 1;
    row.updated_at = tx.now();
    let this = dispute::Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(dispute::Column::VendorId.eq(row.vendor_id))
        .filter(dispute::Column::Id.eq(row.id))
        .filter(dispute::Column::Revision.eq(before));
    let done = this.exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

/// Store a new party; 409 if there is one of this label, since two were added at once.
pub async fn insert_party(tx: &Tx, row: &PartyRow) -> Result<(), Problem> {
    let key = [party::Column::VendorId, party::Column::DisputeId, party::Column::Label];
    let insert = party::Entity::insert(row.clone().into_active_model()).on_conflict_do_nothing_on(key);
    match insert.exec_without_returning(tx).await? {
        TryInsertResult::Inserted(1) => Ok(()),
        _ => Err(Problem::new(error::DISPUTE_FULL).detail("Another party was added at the same moment; send it again.")),
    }
}

/// Store a changed party.
pub async fn update_party(tx: &Tx, row: &PartyRow) -> Result<(), DbErr> {
    let this = party::Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(party::Column::VendorId.eq(row.vendor_id))
        .filter(party::Column::DisputeId.eq(row.dispute_id))
        .filter(party::Column::Label.eq(&row.label));
    this.exec(tx).await.map(|_| ())
}

/// Store what was said or found.
pub async fn insert_evidence(tx: &Tx, row: EvidenceRow) -> Result<(), DbErr> {
    evidence::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// A piece of evidence of this dispute.
pub async fn find_evidence(db: &impl ConnectionTrait, dispute: &DisputeRow, id: DisputeEvidenceId) -> Result<Option<EvidenceRow>, DbErr> {
    let this = evidence::Column::VendorId.eq(dispute.vendor_id).and(evidence::Column::DisputeId.eq(dispute.id));
    evidence::Entity::find().filter(this).filter(evidence::Column::Id.eq(id.0)).one(db).await
}

/// Up to `limit` pieces after `after`, in the order in which they came in; those that `label` may see, or all.
pub async fn list_evidence(
    db: &impl ConnectionTrait,
    dispute: &DisputeRow,
    label: Option<&str>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<EvidenceRow>, DbErr> {
    use evidence::Column::{DisclosedTo, DisputeId, Id, Party, VendorId};
    let this = VendorId.eq(dispute.vendor_id).and(DisputeId.eq(dispute.id));
    let shown = label.map(|label| Condition::any().add(Party.eq(label)).add(DisclosedTo.contains(format!("\"{label}\""))));
    let after = after.map(|after| Id.gt(after));
    let find = evidence::Entity::find().filter(this).filter(Condition::all().add_option(shown).add_option(after));
    find.order_by_asc(Id).limit(limit).all(db).await
}

/// How many statements a party has made.
pub async fn statements_of(db: &impl ConnectionTrait, dispute: &DisputeRow, label: &str) -> Result<u64, DbErr> {
    let this = evidence::Column::VendorId.eq(dispute.vendor_id).and(evidence::Column::DisputeId.eq(dispute.id));
    let said = evidence::Column::Kind.eq(DisputeEvidenceKind::Statement.wire()).and(evidence::Column::Party.eq(label));
    evidence::Entity::find().filter(this).filter(said).count(db).await
}

/// Those who have said something for the vendor, or for its direct sales, in a dispute.
pub async fn speakers(db: &impl ConnectionTrait, dispute: &DisputeRow) -> Result<Vec<PersonId>, DbErr> {
    let this = evidence::Column::VendorId.eq(dispute.vendor_id).and(evidence::Column::DisputeId.eq(dispute.id));
    let said = evidence::Column::Kind.eq(DisputeEvidenceKind::Statement.wire()).and(evidence::Column::AuthorKind.eq("person"));
    let rows = evidence::Entity::find().filter(this).filter(said).limit(1_000).all(db).await?;
    Ok(rows.iter().filter_map(|row| row.author_id.as_deref()?.parse().ok()).collect())
}

/// Store to whom a piece of evidence was disclosed.
pub async fn disclose(tx: &Tx, row: &EvidenceRow) -> Result<(), DbErr> {
    let sql = "UPDATE dispute_evidence SET disclosed_to = $3 WHERE vendor_id = $1 AND id = $2";
    run(tx, sql, vec![row.vendor_id.into(), row.id.into(), row.disclosed_to.clone().into()]).await
}

/// Replace what a piece of evidence says, for an erasure.
pub async fn erase(tx: &Tx, row: &EvidenceRow, content: &Content) -> Result<(), DbErr> {
    let sql = "UPDATE dispute_evidence SET content = $3 WHERE vendor_id = $1 AND id = $2";
    run(tx, sql, vec![row.vendor_id.into(), row.id.into(), text(content).into()]).await
}

/// Up to `limit` pieces of evidence of the vendor after `after`, by id.
pub async fn all_evidence(db: &impl ConnectionTrait, vendor: VendorId, after: Uuid, limit: u64) -> Result<Vec<EvidenceRow>, DbErr> {
    let find = evidence::Entity::find().filter(evidence::Column::VendorId.eq(vendor.0)).filter(evidence::Column::Id.gt(after));
    find.order_by_asc(evidence::Column::Id).limit(limit).all(db).await
}

/// Up to `limit` decided disputes of the vendor after `after`, by id.
pub async fn decided(db: &impl ConnectionTrait, vendor: VendorId, after: Uuid, limit: u64) -> Result<Vec<DisputeRow>, DbErr> {
    let find = dispute::Entity::find().filter(dispute::Column::VendorId.eq(vendor.0)).filter(dispute::Column::Decision.is_not_null());
    find.filter(dispute::Column::Id.gt(after)).order_by_asc(dispute::Column::Id).limit(limit).all(db).await
}

/// How many open disputes each reviewer leads.
pub async fn load(db: &impl ConnectionTrait, vendor: VendorId) -> Result<Vec<(PersonId, i64)>, DbErr> {
    let sql = "SELECT reviewer_id, COUNT(*) AS open FROM disputes WHERE vendor_id = $1 AND reviewer_id IS NOT NULL \
        AND stage IN ('statements', 'under_review', 'appealed') GROUP BY reviewer_id";
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into()])).await?;
    rows.into_iter().map(|row| Ok((PersonId(row.try_get::<Uuid>("", "reviewer_id")?), row.try_get("", "open")?))).collect()
}

/// Whether a deal is a party's in an open dispute.
pub async fn is_disputed(db: &impl ConnectionTrait, vendor: VendorId, deal: DealId) -> Result<bool, DbErr> {
    let sql = "SELECT 1 AS one FROM dispute_parties p JOIN disputes d ON d.vendor_id = p.vendor_id AND d.id = p.dispute_id \
        WHERE p.vendor_id = $1 AND p.deal_id = $2 AND d.stage IN ('statements', 'under_review', 'appealed') LIMIT 1";
    let values = [vendor.0.into(), deal.0.into()];
    Ok(db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?.is_some())
}

async fn run(tx: &Tx, sql: &str, values: Vec<Value>) -> Result<(), DbErr> {
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

/// When a deal's protection began to stand still.
#[derive(Debug, Clone, PartialEq)]
pub struct Freeze {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Until when it would have been protected.
    pub until_before: DateTime<Utc>,
    /// Until when it was protected instead.
    pub frozen_until: DateTime<Utc>,
}

/// Note that a deal's protection stands still; `false` if it does already.
pub async fn insert_freeze(tx: &Tx, deal: DealId, freeze: &Freeze) -> Result<bool, DbErr> {
    let sql = "INSERT INTO deal_freezes (vendor_id, deal_id, since, until_before, frozen_until) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let values = [tx.vendor().0.into(), deal.0.into(), freeze.since.into(), freeze.until_before.into(), freeze.frozen_until.into()];
    let done = tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(done.rows_affected() == 1)
}

/// Take a deal's freeze, if it has one.
pub async fn take_freeze(tx: &Tx, deal: DealId) -> Result<Option<Freeze>, DbErr> {
    let sql = "DELETE FROM deal_freezes WHERE vendor_id = $1 AND deal_id = $2 RETURNING since, until_before, frozen_until";
    let values = [tx.vendor().0.into(), deal.0.into()];
    let row = tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    let read = |row: sea_orm::QueryResult| {
        Ok(Freeze {
            since: row.try_get("", "since")?,
            until_before: row.try_get("", "until_before")?,
            frozen_until: row.try_get("", "frozen_until")?,
        })
    };
    row.map(read).transpose()
}
