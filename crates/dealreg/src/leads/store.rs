//! The tables of leads, their exact keys and their offers, and the only queries on them.

use super::LeadId;
use super::rulebook::LeadPreview;
use super::rules::{LeadStatus, available};
use super::types::{Lead, LeadCompany, LeadDuplicate, LeadOfferOutcome, LeadScore, LeadSource};
use crate::DealId;
use crate::types::DealContact;
use access::Field;
use chrono::{DateTime, Utc};
use kernel::id::PartnerId;
use kernel::{Actor, Money, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Statement};
use serde::de::DeserializeOwned;
use std::collections::HashSet;

/// The table of leads.
pub mod lead {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "leads")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub status: String,
        pub partner_id: Option<Uuid>,
        pub company_name: String,
        pub company: String,
        pub contact: Option<String>,
        pub email_key: Option<String>,
        pub message: Option<String>,
        pub region: Option<String>,
        pub segment: Option<String>,
        pub interests: String,
        pub amount: Option<i64>,
        pub currency: Option<String>,
        pub campaign: Option<String>,
        pub source: String,
        pub source_id: Option<Uuid>,
        pub external_id: Option<String>,
        pub scoring: String,
        pub score: i64,
        pub duplicates: String,
        pub offers: i64,
        pub offer_until: Option<DateTime<Utc>>,
        pub accepted_at: Option<DateTime<Utc>>,
        pub stage: Option<String>,
        pub reason: Option<String>,
        pub deal_id: Option<Uuid>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of offers.
pub mod offer {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "lead_offers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub lead_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub partner_id: Uuid,
        pub number: i64,
        pub outcome: String,
        pub reason: Option<String>,
        pub why: String,
        pub offered_at: DateTime<Utc>,
        pub until: DateTime<Utc>,
        pub answered_at: Option<DateTime<Utc>>,
        pub seconds: Option<i64>,
        pub converted: i64,
        pub won: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use lead::Model as LeadRow;
pub use offer::Model as OfferRow;

/// Stored JSON; what we wrote ourselves reads back.
pub fn json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|cause| Problem::internal(format!("a stored lead does not read: {cause}")))
}

/// JSON to store.
pub fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("a lead is plain data")
}

/// An amount as two columns.
pub fn columns(amount: Option<&Money>) -> (Option<i64>, Option<String>) {
    (amount.map(|money| money.amount), amount.map(|money| money.currency.code().to_owned()))
}

/// An amount from two columns.
pub fn money(amount: Option<i64>, currency: Option<&str>) -> Result<Option<Money>, Problem> {
    match (amount, currency) {
        (Some(amount), Some(currency)) => Ok(Some(Money { amount, currency: currency.parse().map_err(Problem::internal)? })),
        _ => Ok(None),
    }
}

impl LeadRow {
    /// Its id.
    pub fn id(&self) -> LeadId {
        LeadId(self.id)
    }

    /// Where it stands.
    pub fn status(&self) -> Result<LeadStatus, Problem> {
        self.status.parse().map_err(|()| Problem::internal(format!("a stored lead has the status {}", self.status)))
    }

    /// Move it.
    pub fn stand(&mut self, status: LeadStatus) {
        self.status = status.wire().to_owned();
    }

    /// Its partner.
    pub fn partner(&self) -> Option<PartnerId> {
        self.partner_id.map(PartnerId)
    }

    /// Its company.
    pub fn company(&self) -> Result<LeadCompany, Problem> {
        json(&self.company)
    }

    /// Whom to talk to.
    pub fn contact(&self) -> Result<Option<DealContact>, Problem> {
        self.contact.as_deref().map(json).transpose()
    }

    /// What they are interested in.
    pub fn interests(&self) -> Result<Vec<String>, Problem> {
        json(&self.interests)
    }

    /// What it may be worth.
    pub fn money(&self) -> Result<Option<Money>, Problem> {
        money(self.amount, self.currency.as_deref())
    }

    /// All of it.
    pub fn whole(&self, grants: u64) -> Result<Lead, Problem> {
        let (status, company) = (self.status()?, self.company()?);
        let source = LeadSource { kind: self.source.clone(), form_id: self.source_id.map(super::LeadFormId) };
        Ok(Lead {
            id: self.id(),
            status,
            partner_id: self.partner(),
            country: company.country.clone(),
            company: Some(company),
            contact: self.contact()?,
            message: self.message.clone(),
            region: self.region.clone(),
            segment: self.segment.clone(),
            interests: self.interests()?,
            amount: self.money()?,
            campaign: self.campaign.clone(),
            source: Some(source),
            external_id: self.external_id.clone(),
            score: Some(json::<LeadScore>(&self.scoring)?),
            duplicates: Some(json::<Vec<LeadDuplicate>>(&self.duplicates)?),
            offers: Some(self.offers),
            offer_until: self.offer_until,
            accepted_at: self.accepted_at,
            stage: self.stage.clone(),
            reason: self.reason.clone(),
            deal_id: self.deal_id.map(DealId),
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            available_actions: available(status, grants),
        })
    }

    /// As `who` may see it; `preview` is what a partner sees before it has accepted.
    pub fn seen_by(&self, who: &Actor, preview: &[LeadPreview]) -> Result<Lead, Problem> {
        let mut lead = self.whole(who.grants)?;
        if !Field::LeadInternals.shown_to(who) {
            (lead.source, lead.external_id, lead.score, lead.duplicates, lead.offers) = (None, None, None, None, None);
        }
        // A partner's people are told little before they have said yes.
        if who.scope.partner().is_some() && !lead.status.is_accepted() {
            (lead.contact, lead.reason) = (None, None);
            lead.company = lead.company.filter(|_| preview.contains(&LeadPreview::Company));
            lead.message = lead.message.filter(|_| preview.contains(&LeadPreview::Message));
            lead.amount = lead.amount.filter(|_| preview.contains(&LeadPreview::Amount));
            lead.campaign = lead.campaign.filter(|_| preview.contains(&LeadPreview::Campaign));
        }
        Ok(lead)
    }
}

fn scoped(scope: Scope) -> sea_orm::Select<lead::Entity> {
    lead::Entity::find().filter(lead::Column::VendorId.eq(scope.vendor().0)).filter(scope.limit_or_vendors(lead::Column::PartnerId))
}

/// A lead within the caller's reach: a partner's people see those that it is asked about or has taken.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: LeadId) -> Result<Option<LeadRow>, DbErr> {
    scoped(scope).filter(lead::Column::Id.eq(id.0)).one(db).await
}

/// The lead with this id of the vendor's own.
pub async fn by_external_id(db: &impl ConnectionTrait, scope: Scope, external_id: &str) -> Result<Option<LeadRow>, DbErr> {
    scoped(scope).filter(lead::Column::ExternalId.eq(external_id)).one(db).await
}

/// The lead that became this deal.
pub async fn by_deal(db: &impl ConnectionTrait, scope: Scope, deal: DealId) -> Result<Option<LeadRow>, DbErr> {
    scoped(scope).filter(lead::Column::DealId.eq(deal.0)).one(db).await
}

/// Store a new lead with its exact keys; `false` if one with its external id is there.
pub async fn insert(tx: &Tx, row: &LeadRow, keys: &[String]) -> Result<bool, DbErr> {
    let on = sea_orm::sea_query::OnConflict::new().do_nothing().to_owned();
    let done = lead::Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await?;
    if done == 0 {
        return Ok(false);
    }
    put_keys(tx, row.id, keys).await?;
    Ok(true)
}

/// Replace a lead's exact keys.
pub async fn put_keys(tx: &Tx, id: Uuid, keys: &[String]) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let gone =
        Statement::from_sql_and_values(backend, "DELETE FROM lead_keys WHERE vendor_id = $1 AND lead_id = $2", [tx.vendor().0.into(), id.into()]);
    tx.execute_raw(gone).await?;
    if keys.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = (0..keys.len()).map(|at| format!("($1, ${}, $2)", at + 3)).collect();
    let sql = format!("INSERT INTO lead_keys (vendor_id, key, lead_id) VALUES {} ON CONFLICT DO NOTHING", rows.join(", "));
    let values = [tx.vendor().0.into(), id.into()].into_iter().chain(keys.iter().map(|key| key.as_str().into()));
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.map(|_| ())
}

/// Leads that share an exact key, or the address; the oldest first, at most ten.
pub async fn alike(db: &impl ConnectionTrait, scope: Scope, keys: &[String], email_key: Option<&str>) -> Result<Vec<LeadRow>, DbErr> {
    let mut any = sea_orm::Condition::any();
    if let Some(email) = email_key {
        any = any.add(lead::Column::EmailKey.eq(email));
    }
    if !keys.is_empty() {
        let of = sea_orm::sea_query::Query::select()
            .column("lead_id")
            .from("lead_keys")
            .and_where(sea_orm::sea_query::Expr::col("vendor_id").eq(scope.vendor().0))
            .and_where(sea_orm::sea_query::Expr::col("key").is_in(keys.iter().cloned()))
            .to_owned();
        any = any.add(lead::Column::Id.in_subquery(of));
    }
    if any.is_empty() {
        return Ok(Vec::new());
    }
    scoped(scope).filter(any).order_by_asc(lead::Column::Id).limit(10).all(db).await
}

/// Store a changed lead under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut LeadRow) -> Result<(), Problem> {
    let before = row.revision;
    row.revision += 1;
    row.updated_at = tx.now();
    let this = lead::Column::VendorId.eq(row.vendor_id).and(lead::Column::Id.eq(row.id)).and(lead::Column::Revision.eq(before));
    let done = lead::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

/// Which leads to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only in this status.
    pub status: Option<LeadStatus>,
    /// Only of this partner.
    pub partner: Option<PartnerId>,
    /// Only with this external id.
    pub external_id: Option<String>,
    /// Only changed at this time or later.
    pub updated_since: Option<DateTime<Utc>>,
}

/// Up to `limit` leads before `before`, newest first.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, filter: &Filter, before: Option<Uuid>, limit: u64) -> Result<Vec<LeadRow>, DbErr> {
    let wanted = sea_orm::Condition::all()
        .add_option(filter.status.map(|status| lead::Column::Status.eq(status.wire())))
        .add_option(filter.partner.map(|partner| lead::Column::PartnerId.eq(partner.0)))
        .add_option(filter.external_id.as_ref().map(|id| lead::Column::ExternalId.eq(id)))
        .add_option(filter.updated_since.map(|since| lead::Column::UpdatedAt.gte(since)))
        .add_option(before.map(|before| lead::Column::Id.lt(before)));
    scoped(scope).filter(wanted).order_by_desc(lead::Column::Id).limit(limit).all(db).await
}

/// Leads with something personal, by id: up to `limit` after `after`.
pub async fn with_people(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<LeadRow>, DbErr> {
    let any = lead::Column::Contact.is_not_null().or(lead::Column::Message.is_not_null()).or(lead::Column::Reason.is_not_null());
    scoped(scope).filter(any).filter(lead::Column::Id.gt(after)).order_by_asc(lead::Column::Id).limit(limit).all(db).await
}

/// Leads with these ids.
pub async fn by_ids(db: &impl ConnectionTrait, scope: Scope, ids: &[Uuid]) -> Result<Vec<LeadRow>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    scoped(scope).filter(lead::Column::Id.is_in(ids.iter().copied())).order_by_asc(lead::Column::Id).all(db).await
}

/// Live leads by id, for the name index: id and company's name, up to `limit` after `after`.
pub async fn names(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<(Uuid, String)>, DbErr> {
    let live: Vec<_> = LeadStatus::ALL.iter().filter(|status| status.is_live()).map(|status| status.wire()).collect();
    let find = scoped(scope).select_only().column(lead::Column::Id).column(lead::Column::CompanyName);
    let find = find.filter(lead::Column::Status.is_in(live)).filter(lead::Column::Id.gt(after));
    find.order_by_asc(lead::Column::Id).limit(limit).into_tuple().all(db).await
}

/// Make an offer; one that was made to the same partner before, by hand, is made anew.
pub async fn put_offer(tx: &Tx, row: OfferRow) -> Result<(), Problem> {
    let Some(before) = offer(tx, row.lead_id, PartnerId(row.partner_id)).await? else {
        offer::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
        return Ok(());
    };
    save_offer(tx, &before, row).await
}

/// Say how the offer of a lead to a partner ended.
pub async fn end_offer(tx: &Tx, lead: Uuid, partner: PartnerId, outcome: LeadOfferOutcome, reason: Option<&str>) -> Result<(), Problem> {
    let Some(before) = offer(tx, lead, partner).await? else { return Ok(()) };
    let mut row = before.clone();
    row.outcome = wire(outcome);
    row.reason = reason.map(str::to_owned).or(row.reason);
    // Only the first answer tells how long it took.
    if row.answered_at.is_none() {
        row.answered_at = Some(tx.now());
        row.seconds = Some((tx.now() - row.offered_at).num_seconds());
    }
    save_offer(tx, &before, row).await
}

/// Say what came of a lead with the partner that has it: it became a deal, and perhaps that was won.
pub async fn offer_led_to(tx: &Tx, lead: &LeadRow, won: bool) -> Result<(), Problem> {
    let Some(partner) = lead.partner() else { return Ok(()) };
    let Some(before) = offer(tx, lead.id, partner).await? else { return Ok(()) };
    let row = OfferRow { converted: 1, won: i64::from(won), ..before.clone() };
    save_offer(tx, &before, row).await
}

async fn offer(tx: &Tx, lead: Uuid, partner: PartnerId) -> Result<Option<OfferRow>, DbErr> {
    offer::Entity::find_by_id((tx.vendor().0, lead, partner.0)).one(tx).await
}

/// Store a changed offer, and with it its partner's record.
async fn save_offer(tx: &Tx, before: &OfferRow, row: OfferRow) -> Result<(), Problem> {
    super::records::moved(tx, before, &row).await?;
    offer::Entity::update(row.into_active_model().reset_all()).exec(tx).await?;
    Ok(())
}

/// An outcome's name in the database.
pub fn wire(outcome: LeadOfferOutcome) -> String {
    serde_json::to_value(outcome).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A lead's offers, the first first.
pub async fn offers(db: &impl ConnectionTrait, scope: Scope, lead: LeadId) -> Result<Vec<OfferRow>, DbErr> {
    let of = offer::Entity::find().filter(offer::Column::VendorId.eq(scope.vendor().0)).filter(offer::Column::LeadId.eq(lead.0));
    of.order_by_asc(offer::Column::Number).order_by_asc(offer::Column::PartnerId).limit(1_000).all(db).await
}

/// Offers made from `from` until `to`, up to `limit` after (`lead`, `partner`).
pub async fn offers_between(
    db: &impl ConnectionTrait,
    scope: Scope,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    after: (Uuid, Uuid),
    limit: u64,
) -> Result<Vec<OfferRow>, DbErr> {
    use offer::Column::{LeadId, OfferedAt, PartnerId, VendorId};
    let beyond = LeadId.gt(after.0).or(LeadId.eq(after.0).and(PartnerId.gt(after.1)));
    let find = offer::Entity::find().filter(VendorId.eq(scope.vendor().0)).filter(scope.limit(PartnerId));
    let find = find.filter(OfferedAt.gte(from)).filter(OfferedAt.lt(to)).filter(beyond);
    find.order_by_asc(LeadId).order_by_asc(PartnerId).limit(limit).all(db).await
}

/// Let only one write at a time hand out this vendor's leads: turns are taken in order.
pub async fn take_turns(tx: &Tx) -> Result<(), DbErr> {
    if tx.get_database_backend() != sea_orm::DbBackend::Postgres {
        return Ok(()); // SQLite has one writer anyway.
    }
    let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [format!("leads:{}", tx.vendor()).into()])).await.map(|_| ())
}

/// Store what partners are owed.
pub async fn put_credits(tx: &Tx, credits: &[(Uuid, i64)]) -> Result<(), DbErr> {
    if credits.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = (0..credits.len()).map(|at| format!("($1, ${}, ${})", 2 * at + 2, 2 * at + 3)).collect();
    let sql = format!(
        "INSERT INTO lead_shares (vendor_id, partner_id, credit) VALUES {} ON CONFLICT (vendor_id, partner_id) DO UPDATE SET credit = excluded.credit",
        rows.join(", ")
    );
    let values = std::iter::once(tx.vendor().0.into()).chain(credits.iter().flat_map(|(partner, credit)| [(*partner).into(), (*credit).into()]));
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

/// Those of these partners of whose leads any changed since then.
pub async fn partners_moving_since(db: &impl ConnectionTrait, scope: Scope, partners: &[Uuid], since: DateTime<Utc>) -> Result<HashSet<Uuid>, DbErr> {
    use lead::Column::{PartnerId, UpdatedAt, VendorId};
    let moved = lead::Entity::find().select_only().column(PartnerId).distinct().filter(VendorId.eq(scope.vendor().0)).filter(UpdatedAt.gte(since));
    let partners = moved.filter(PartnerId.is_in(partners.iter().copied())).into_tuple::<Option<Uuid>>().all(db).await?;
    Ok(partners.into_iter().flatten().collect())
}

/// How many rows of a partner are in one of these statuses.
pub async fn count_of(tx: &Tx, scope: Scope, partner: PartnerId, statuses: &[LeadStatus]) -> Result<u64, DbErr> {
    let of = scoped(scope).filter(lead::Column::PartnerId.eq(partner.0));
    of.filter(lead::Column::Status.is_in(statuses.iter().map(|status| status.wire()))).count(tx).await
}

/// Rows of a partner in one of these statuses, by id: up to `limit` after `after`.
pub async fn in_status_of(
    tx: &Tx,
    scope: Scope,
    partner: PartnerId,
    statuses: &[LeadStatus],
    after: Uuid,
    limit: u64,
) -> Result<Vec<LeadRow>, DbErr> {
    let of = scoped(scope).filter(lead::Column::PartnerId.eq(partner.0)).filter(lead::Column::Id.gt(after));
    let wanted = of.filter(lead::Column::Status.is_in(statuses.iter().map(|status| status.wire())));
    wanted.order_by_asc(lead::Column::Id).limit(limit).all(tx).await
}
