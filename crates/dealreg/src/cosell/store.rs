//! The tables of co-sell requests, of who takes part, and of who contributed what; and the only queries on them.

use super::rules::{CosellSide, CosellStatus, available, by_side};
use super::types::{CosellAnswer, CosellBroughtIn, CosellContribution, CosellParticipant, CosellProposal, CosellRequest};
use super::{CosellContributionId, CosellRequestId};
use crate::DealId;
use crate::leads::store::json;
use access::Field;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId, VendorId};
use kernel::{Actor, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{LockType, Query};
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Statement};
use std::collections::HashMap;
use std::str::FromStr;

/// The table of requests.
pub mod request {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "cosell_requests")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub deal_id: Uuid,
        pub partner_id: Uuid,
        pub customer_name: String,
        pub status: String,
        pub helps: String,
        pub urgency: String,
        pub needs: Option<String>,
        pub brings: Option<String>,
        pub customer_contact: String,
        pub asked_by_side: String,
        pub asked_by_id: Option<Uuid>,
        pub answer: Option<String>,
        pub rules_version: i64,
        pub due_at: Option<DateTime<Utc>>,
        pub overdue: i64,
        pub outcome: Option<String>,
        pub reason: Option<String>,
        pub proposal: Option<String>,
        pub settled: Option<String>,
        pub closed_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of participants.
pub mod participant {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "cosell_participants")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub request_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub person_id: Uuid,
        pub side: String,
        pub helps: String,
        pub brought_in: String,
        pub joined_at: DateTime<Utc>,
        pub left_at: Option<DateTime<Utc>>,
        pub left_reason: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of contributions.
pub mod contribution {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "cosell_contributions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub request_id: Uuid,
        pub deal_id: Uuid,
        pub partner_id: Uuid,
        pub side: String,
        pub person_id: Option<Uuid>,
        pub help: Option<String>,
        pub what: Option<String>,
        pub basis_points: i64,
        pub settled: String,
        pub said_by_id: Option<Uuid>,
        pub created_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use contribution::Model as ContributionRow;
pub use participant::Model as ParticipantRow;
pub use request::Model as RequestRow;

/// A stored word; what we wrote ourselves reads back.
pub fn word<T: FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::internal(format!("a stored co-sell request says {text}")))
}

impl RequestRow {
    /// Its id.
    pub fn id(&self) -> CosellRequestId {
        CosellRequestId(self.id)
    }

    /// Whose it is.
    pub fn partner(&self) -> PartnerId {
        PartnerId(self.partner_id)
    }

    /// Where it stands.
    pub fn status(&self) -> Result<CosellStatus, Problem> {
        word(&self.status)
    }

    /// Move it.
    pub fn stand(&mut self, status: CosellStatus) {
        self.status = status.wire().to_owned();
    }

    /// The helps that are asked for.
    pub fn helps(&self) -> Result<Vec<String>, Problem> {
        json(&self.helps)
    }

    /// The proposal that stands.
    pub fn proposal(&self) -> Result<Option<CosellProposal>, Problem> {
        self.proposal.as_deref().map(json).transpose()
    }
}

impl ParticipantRow {
    /// Who.
    pub fn person(&self) -> PersonId {
        PersonId(self.person_id)
    }

    /// Whether they still take part.
    pub fn is_active(&self) -> bool {
        self.left_at.is_none()
    }

    /// On which side.
    pub fn side(&self) -> Result<CosellSide, Problem> {
        word(&self.side)
    }

    /// For which helps.
    pub fn helps(&self) -> Result<Vec<String>, Problem> {
        json(&self.helps)
    }

    fn shown(&self) -> Result<CosellParticipant, Problem> {
        Ok(CosellParticipant {
            person_id: self.person(),
            name: None,
            side: self.side()?,
            helps: self.helps()?,
            active: self.is_active(),
            joined_at: self.joined_at,
            left_at: self.left_at,
            brought_in: Some(json::<CosellBroughtIn>(&self.brought_in)?),
            left_reason: self.left_reason.clone(),
        })
    }
}

impl ContributionRow {
    /// As it is shown.
    pub fn shown(&self) -> Result<CosellContribution, Problem> {
        Ok(CosellContribution {
            id: CosellContributionId(self.id),
            cosell_request_id: CosellRequestId(self.request_id),
            deal_id: DealId(self.deal_id),
            side: word(&self.side)?,
            person_id: self.person_id.map(PersonId),
            help: self.help.clone(),
            what: self.what.clone(),
            basis_points: self.basis_points,
            settled: word(&self.settled)?,
            created_at: self.created_at,
        })
    }
}

/// A request with those who take part and what was settled.
#[derive(Debug, Clone)]
pub struct Case {
    /// The request.
    pub row: RequestRow,
    /// Who takes part, or did; those who came first first.
    pub people: Vec<ParticipantRow>,
    /// Who contributed what.
    pub contributions: Vec<ContributionRow>,
}

impl Case {
    /// Those who take part on this side now.
    pub fn active(&self, side: CosellSide) -> impl Iterator<Item = &ParticipantRow> {
        self.people.iter().filter(move |one| one.is_active() && one.side == side.wire())
    }

    /// All of it.
    pub fn whole(&self) -> Result<CosellRequest, Problem> {
        let row = &self.row;
        let status = row.status()?;
        let contributions = self.contributions.iter().map(ContributionRow::shown).collect::<Result<Vec<_>, _>>()?;
        let shares = (!contributions.is_empty()).then(|| by_side(contributions.iter().map(|one| (one.side, one.basis_points))));
        Ok(CosellRequest {
            id: row.id(),
            deal_id: DealId(row.deal_id),
            partner_id: row.partner(),
            customer_name: row.customer_name.clone(),
            status,
            helps: row.helps()?,
            urgency: word(&row.urgency)?,
            needs: row.needs.clone(),
            brings: row.brings.clone(),
            customer_contact: word(&row.customer_contact)?,
            asked_by_side: word(&row.asked_by_side)?,
            asked_by_id: row.asked_by_id.map(PersonId),
            answer: row.answer.as_deref().map(json::<CosellAnswer>).transpose()?,
            due_at: row.due_at,
            overdue: row.overdue > 0,
            participants: self.people.iter().map(ParticipantRow::shown).collect::<Result<_, _>>()?,
            outcome: row.outcome.as_deref().map(word).transpose()?,
            reason: row.reason.clone(),
            proposal: row.proposal()?,
            contributions,
            shares,
            settled: row.settled.as_deref().map(word).transpose()?,
            rules_version: row.rules_version,
            closed_at: row.closed_at,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: Vec::new(),
        })
    }

    /// As `who` may see it, with these people's names.
    pub fn seen_by(&self, who: &Actor, names: &HashMap<PersonId, String>) -> Result<CosellRequest, Problem> {
        let mut request = self.whole()?;
        let proposed_by = request.proposal.as_ref().map(|proposal| proposal.side);
        request.available_actions = available(request.status, CosellSide::of(who), who.grants, proposed_by);
        for one in &mut request.participants {
            one.name = names.get(&one.person_id).cloned();
        }
        if !Field::CosellReasons.shown_to(who) {
            for one in &mut request.participants {
                one.brought_in = None;
            }
            if let Some(answer) = &mut request.answer {
                answer.rule = None;
            }
        }
        Ok(request)
    }

    /// As `who` may see it.
    pub async fn show(&self, db: &impl ConnectionTrait, who: &Actor) -> Result<CosellRequest, Problem> {
        self.seen_by(who, &names(db, self.row.vendor_id, std::slice::from_ref(self)).await?)
    }
}

/// The names of those who take part in these requests.
pub async fn names(db: &impl ConnectionTrait, vendor: Uuid, cases: &[Case]) -> Result<HashMap<PersonId, String>, Problem> {
    let mut ids: Vec<_> = cases.iter().flat_map(|case| &case.people).map(ParticipantRow::person).collect();
    ids.sort();
    ids.dedup();
    let mut found = HashMap::with_capacity(ids.len());
    for some in ids.chunks(500) {
        let people = access::people::find_many(db, VendorId(vendor), some).await?;
        found.extend(people.into_iter().map(|person| (person.id(), person.name)));
    }
    Ok(found)
}

fn scoped(scope: Scope) -> sea_orm::Select<request::Entity> {
    let find = request::Entity::find().filter(request::Column::VendorId.eq(scope.vendor().0));
    find.filter(scope.limit(request::Column::PartnerId))
}

fn open() -> Condition {
    // Written out, or no planner would take the partial index.
    Condition::all().add(sea_orm::sea_query::Expr::cust("status IN ('requested', 'accepted', 'working', 'closing')"))
}

/// A request within the caller's reach.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: CosellRequestId) -> Result<Option<RequestRow>, DbErr> {
    scoped(scope).filter(request::Column::Id.eq(id.0)).one(db).await
}

/// Like [`find`], for a change: on Postgres no other write changes the request until this one ends.
pub async fn find_to_change(tx: &Tx, scope: Scope, id: CosellRequestId) -> Result<Option<RequestRow>, DbErr> {
    scoped(scope).filter(request::Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// The open request of a deal.
pub async fn open_of(tx: &Tx, deal: DealId) -> Result<Option<RequestRow>, DbErr> {
    let find = scoped(Scope::vendor_wide(tx.vendor())).filter(request::Column::DealId.eq(deal.0)).filter(open());
    find.lock(LockType::NoKeyUpdate).one(tx).await
}

/// These requests with all that belongs to them, in their order.
pub async fn cases(db: &impl ConnectionTrait, rows: Vec<RequestRow>) -> Result<Vec<Case>, DbErr> {
    let Some(vendor) = rows.first().map(|row| row.vendor_id) else { return Ok(Vec::new()) };
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let of_these = participant::Column::VendorId.eq(vendor).and(participant::Column::RequestId.is_in(ids.iter().copied()));
    let find = participant::Entity::find().filter(of_these).order_by_asc(participant::Column::JoinedAt);
    let people = find.order_by_asc(participant::Column::PersonId).all(db).await?;
    let of_these = contribution::Column::VendorId.eq(vendor).and(contribution::Column::RequestId.is_in(ids));
    let contributions = contribution::Entity::find().filter(of_these).order_by_asc(contribution::Column::Id).all(db).await?;
    let case = |row: RequestRow| Case {
        people: people.iter().filter(|one| one.request_id == row.id).cloned().collect(),
        contributions: contributions.iter().filter(|one| one.request_id == row.id).cloned().collect(),
        row,
    };
    Ok(rows.into_iter().map(case).collect())
}

/// A request with all that belongs to it.
pub async fn case(db: &impl ConnectionTrait, row: RequestRow) -> Result<Case, Problem> {
    cases(db, vec![row]).await?.pop().ok_or_else(Problem::not_found)
}

/// Store a new request; `false` if its deal has an open one.
pub async fn insert(tx: &Tx, row: &RequestRow) -> Result<bool, DbErr> {
    let on = sea_orm::sea_query::OnConflict::new().do_nothing().to_owned();
    Ok(request::Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await? == 1)
}

/// Store a changed request under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut RequestRow) -> Result<(), Problem> {
    use request::Column::{Id, Revision, VendorId};
    let before = row.revision;
    row.revision += 1;
    row.updated_at = tx.now();
    let this = VendorId.eq(row.vendor_id).and(Id.eq(row.id)).and(Revision.eq(before));
    let done = request::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

/// Store that somebody takes part, or no longer does.
pub async fn put_participant(tx: &Tx, row: &ParticipantRow) -> Result<(), DbErr> {
    use participant::Column::{BroughtIn, Helps, JoinedAt, LeftAt, LeftReason, PersonId, RequestId, Side, VendorId};
    let on = sea_orm::sea_query::OnConflict::columns([VendorId, RequestId, PersonId])
        .update_columns([Side, Helps, BroughtIn, JoinedAt, LeftAt, LeftReason])
        .to_owned();
    participant::Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await.map(|_| ())
}

/// Record who contributed what.
pub async fn record(tx: &Tx, row: &ContributionRow) -> Result<(), DbErr> {
    contribution::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Replace what a record says in words, for an erasure.
pub async fn erase_words(tx: &Tx, row: &ContributionRow, what: &str) -> Result<(), DbErr> {
    let sql = "UPDATE cosell_contributions SET what = $3 WHERE vendor_id = $1 AND id = $2";
    let values = [row.vendor_id.into(), row.id.into(), what.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

/// Which requests to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only in this status.
    pub status: Option<CosellStatus>,
    /// Only those that are open, or only those that are not.
    pub open: Option<bool>,
    /// Only of this partner.
    pub partner: Option<PartnerId>,
    /// Only with this deal.
    pub deal: Option<DealId>,
    /// Only those in which this person takes part.
    pub participant: Option<PersonId>,
    /// Only changed at this time or later.
    pub updated_since: Option<DateTime<Utc>>,
}

/// Up to `limit` requests before `before`, newest first.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, filter: &Filter, before: Option<Uuid>, limit: u64) -> Result<Vec<RequestRow>, DbErr> {
    use request::Column::{DealId, Id, PartnerId, Status, UpdatedAt};
    let takes_part = filter.participant.map(|person| {
        let of = participant::Column::VendorId.eq(scope.vendor().0).and(participant::Column::PersonId.eq(person.0));
        let of = of.and(participant::Column::LeftAt.is_null());
        Id.in_subquery(Query::select().column(participant::Column::RequestId).from(participant::Entity).and_where(of).to_owned())
    });
    let wanted = Condition::all()
        .add_option(filter.status.map(|status| Status.eq(status.wire())))
        .add_option(filter.open.map(|wanted| if wanted { open() } else { open().not() }))
        .add_option(filter.partner.map(|partner| PartnerId.eq(partner.0)))
        .add_option(filter.deal.map(|deal| DealId.eq(deal.0)))
        .add_option(filter.updated_since.map(|since| UpdatedAt.gte(since)))
        .add_option(takes_part)
        .add_option(before.map(|before| Id.lt(before)));
    scoped(scope).filter(wanted).order_by_desc(Id).limit(limit).all(db).await
}

/// Where each of these requests stands.
pub async fn statuses(db: &impl ConnectionTrait, scope: Scope, ids: impl IntoIterator<Item = Uuid>) -> Result<HashMap<Uuid, CosellStatus>, Problem> {
    let rows = scoped(scope).filter(request::Column::Id.is_in(ids)).all(db).await?;
    rows.into_iter().map(|row| Ok((row.id, row.status()?))).collect()
}

/// The first requests that wait for an answer in which this person takes part, those that have waited longest first.
pub async fn waiting_for(db: &impl ConnectionTrait, scope: Scope, person: PersonId, limit: u64) -> Result<Vec<RequestRow>, DbErr> {
    let of = participant::Column::VendorId.eq(scope.vendor().0).and(participant::Column::PersonId.eq(person.0));
    let of = of.and(participant::Column::LeftAt.is_null());
    let theirs = Query::select().column(participant::Column::RequestId).from(participant::Entity).and_where(of).to_owned();
    let find = scoped(scope).filter(request::Column::Status.eq(CosellStatus::Requested.wire())).filter(request::Column::Id.in_subquery(theirs));
    find.order_by_asc(request::Column::Id).limit(limit).all(db).await
}

/// The open requests in which somebody takes part, by id.
pub async fn open_with(tx: &Tx, person: PersonId) -> Result<Vec<Uuid>, DbErr> {
    let sql = "SELECT r.id AS id FROM cosell_participants p JOIN cosell_requests r ON r.vendor_id = p.vendor_id AND r.id = p.request_id \
        WHERE p.vendor_id = $1 AND p.person_id = $2 AND p.left_at IS NULL AND r.status IN ('requested', 'accepted', 'working', 'closing') ORDER BY r.id";
    let rows = tx.query_all_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [tx.vendor().0.into(), person.0.into()])).await?;
    rows.into_iter().map(|row| row.try_get("", "id")).collect()
}

/// Whether somebody takes part in an open request.
pub async fn takes_part(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId) -> Result<bool, DbErr> {
    let sql = "SELECT 1 AS one FROM cosell_participants p JOIN cosell_requests r ON r.vendor_id = p.vendor_id AND r.id = p.request_id \
        WHERE p.vendor_id = $1 AND p.person_id = $2 AND p.left_at IS NULL AND r.status IN ('requested', 'accepted', 'working', 'closing') LIMIT 1";
    let values = [vendor.0.into(), person.0.into()];
    Ok(db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?.is_some())
}

/// Everybody who takes part in an open request, in how many, by id; of one partner's if one is named.
pub async fn load(db: &impl ConnectionTrait, vendor: VendorId, partner: Option<PartnerId>) -> Result<HashMap<PersonId, i64>, DbErr> {
    let of_partner = if partner.is_some() { "AND r.partner_id = $2" } else { "" };
    let sql = format!(
        "SELECT p.person_id AS person_id, COUNT(*) AS open FROM cosell_participants p JOIN cosell_requests r \
        ON r.vendor_id = p.vendor_id AND r.id = p.request_id WHERE p.vendor_id = $1 AND p.left_at IS NULL \
        AND r.status IN ('requested', 'accepted', 'working', 'closing') {of_partner} GROUP BY p.person_id"
    );
    let values = [vendor.0.into()].into_iter().chain(partner.map(|partner| partner.0.into()));
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    rows.into_iter().map(|row| Ok((PersonId(row.try_get::<Uuid>("", "person_id")?), row.try_get("", "open")?))).collect()
}

/// Up to `limit` contributions to a deal after `after`, by id.
pub async fn contributions_of(
    db: &impl ConnectionTrait,
    scope: Scope,
    deal: DealId,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<ContributionRow>, DbErr> {
    use contribution::Column::{DealId as Of, Id, PartnerId, VendorId};
    let find = contribution::Entity::find().filter(VendorId.eq(scope.vendor().0)).filter(scope.limit(PartnerId)).filter(Of.eq(deal.0));
    let find = find.filter(Condition::all().add_option(after.map(|after| Id.gt(after))));
    find.order_by_asc(Id).limit(limit).all(db).await
}

/// Requests of the vendor by id: up to `limit` after `after`.
pub async fn after(db: &impl ConnectionTrait, vendor: VendorId, after: Uuid, limit: u64) -> Result<Vec<RequestRow>, DbErr> {
    let find = scoped(Scope::vendor_wide(vendor)).filter(request::Column::Id.gt(after));
    find.order_by_asc(request::Column::Id).limit(limit).all(db).await
}
