//! Listing who has access: some hundreds a write, then the timer fires again.

use super::events::AccessReviewOpenedEvent;
use super::store::{self, item, review};
use super::types::{AccessDecision, AccessReviewStatus, AccessReviewersBy, Facts};
use super::{AccessReviewId, AccessReviewItemId, LIST, service};
use crate::keys::{self, api_key};
use crate::people::{self, person};
use crate::roles::RoleSide;
use crate::sessions;
use chrono::{DateTime, Duration, Utc};
use kernel::actor::ActorRef;
use kernel::id::ApiKeyId;
use kernel::{Problem, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{Condition, ExprTrait as _, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// People, or keys, looked at in one write.
const BATCH: u64 = 500;

/// List the next of those who have access; open the review when all are.
pub(super) async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<AccessReviewId>() else { return Ok(()) };
    let Some(mut review) = store::find_to_change(tx, id).await? else { return Ok(()) };
    if review.status != AccessReviewStatus::Preparing {
        return Ok(());
    }
    let more = list_people(tx, &mut review).await? || list_keys(tx, &mut review).await?;
    if more {
        store::keep_place(tx, &review).await?;
        tx.set_timer(LIST, subject, tx.now()).await?;
        return Ok(());
    }
    review.status = AccessReviewStatus::Open;
    review.opened_at = Some(tx.now());
    store::update(tx, &mut review).await?;
    tx.emit(AccessReviewOpenedEvent { access_review: review.show(true, None) });
    if store::pending(tx, id, 1).await?.is_empty() {
        service::closed(tx, &mut review).await?;
    }
    Ok(())
}

/// List the next people; whether there may be more.
async fn list_people(tx: &Tx, review: &mut review::Model) -> Result<bool, Problem> {
    use person::Column::{CreatedAt, Id, PartnerId, Role, Status, VendorId};
    let scope = review.scope();
    if !scope.people {
        return Ok(false);
    }
    let wanted = Condition::all()
        .add_option(review.listed_people.map(|id| Id.gt(id)))
        .add_option(scope.side.map(|side| if side == RoleSide::Vendor { PartnerId.is_null() } else { PartnerId.is_not_null() }))
        .add_option((!scope.roles.is_empty()).then(|| Role.is_in(scope.roles.iter().map(|role| role.as_str()))))
        .add_option((!scope.partner_ids.is_empty()).then(|| PartnerId.is_in(scope.partner_ids.iter().map(|partner| partner.0))));
    let active = VendorId.eq(review.vendor_id).and(Status.eq(people::PersonStatus::Active)).and(CreatedAt.lte(review.created_at));
    let rows = person::Entity::find().filter(active).filter(wanted).order_by_asc(Id).limit(BATCH).all(tx).await?;
    let Some(last) = rows.last() else { return Ok(false) };
    review.listed_people = Some(last.id);
    let more = rows.len() as u64 == BATCH;
    let managers = managers(tx, review, rows.iter().filter_map(|row| row.partner_id)).await?;
    let added = added_by(tx, rows.iter().map(|row| row.id().to_string()), "person.created").await?;
    let open = open_sessions(tx, rows.iter().map(|row| row.id)).await?;
    let (since, now) = (dormant_since(review), tx.now());
    let items = rows.into_iter().filter_map(|row| {
        let dormant = row.last_seen_at.unwrap_or(row.created_at) < since;
        (dormant || !scope.dormant_only).then(|| {
            let facts = Facts {
                added_by: added.get(&row.id().to_string()).cloned(),
                added_at: Some(row.created_at),
                last_used_at: row.last_seen_at,
                open_sessions: open.get(&row.id).copied().unwrap_or(0),
                reach: row.reach(),
                ..Facts::default()
            };
            item::Model {
                person_id: Some(row.id),
                partner_id: row.partner_id,
                reviewer_id: row.partner_id.and_then(|partner| managers.get(&partner).copied()),
                email: Some(row.email),
                dormant,
                ..blank(review, row.name, row.role, &facts, now)
            }
        })
    });
    let items = items.collect();
    store::insert_items(tx, items).await?;
    Ok(more)
}

/// List the next keys; whether there may be more.
async fn list_keys(tx: &Tx, review: &mut review::Model) -> Result<bool, Problem> {
    use api_key::Column::{CreatedAt, ExpiresAt, Id, RevokedAt, Role, VendorId};
    let scope = review.scope();
    if !scope.api_keys {
        return Ok(false);
    }
    let wanted = Condition::all()
        .add_option(review.listed_keys.map(|id| Id.gt(id)))
        .add_option((!scope.roles.is_empty()).then(|| Role.is_in(scope.roles.iter().map(|role| role.as_str()))));
    let works = VendorId.eq(review.vendor_id).and(RevokedAt.is_null()).and(ExpiresAt.is_null().or(ExpiresAt.gt(tx.now())));
    let find = api_key::Entity::find().filter(works.and(CreatedAt.lte(review.created_at))).filter(wanted);
    let rows: Vec<keys::api_key::Model> = find.order_by_asc(Id).limit(BATCH).all(tx).await?;
    let Some(last) = rows.last() else { return Ok(false) };
    review.listed_keys = Some(last.id);
    let more = rows.len() as u64 == BATCH;
    let managers = managers(tx, review, rows.iter().filter_map(|row| row.partner_id)).await?;
    let added = added_by(tx, rows.iter().map(|row| row.id().to_string()), "api_key.created").await?;
    let (since, now) = (dormant_since(review), tx.now());
    let items = rows.into_iter().filter_map(|row| {
        let dormant = row.last_used_at.unwrap_or(row.created_at) < since;
        (dormant || !scope.dormant_only).then(|| {
            let facts = Facts {
                added_by: added.get(&ApiKeyId(row.id).to_string()).cloned(),
                added_at: Some(row.created_at),
                last_used_at: row.last_used_at,
                scopes: crate::permission::names(row.grants()).into_iter().map(str::to_owned).collect(),
                ..Facts::default()
            };
            item::Model {
                api_key_id: Some(row.id),
                partner_id: row.partner_id,
                reviewer_id: row.partner_id.and_then(|partner| managers.get(&partner).copied()),
                dormant,
                ..blank(review, row.name, row.role, &facts, now)
            }
        })
    });
    let items = items.collect();
    store::insert_items(tx, items).await?;
    Ok(more)
}

fn dormant_since(review: &review::Model) -> DateTime<Utc> {
    review.created_at - Duration::days(review.dormant_after_days)
}

/// An undecided item about nobody yet.
fn blank(review: &review::Model, name: String, role: String, facts: &Facts, now: DateTime<Utc>) -> item::Model {
    item::Model {
        vendor_id: review.vendor_id,
        id: AccessReviewItemId::fresh().0,
        review_id: review.id,
        person_id: None,
        api_key_id: None,
        partner_id: None,
        reviewer_id: None,
        name,
        email: None,
        role,
        dormant: false,
        facts: serde_json::to_string(facts).expect("plain data is JSON"),
        decision: AccessDecision::Pending,
        reason: None,
        decided_by: None,
        decided_at: None,
        revision: 1,
        created_at: now,
    }
}

/// The channel managers of these partners, where they are to review; one who was shut out decides nothing.
async fn managers(tx: &Tx, review: &review::Model, partners: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, Uuid>, DbErr> {
    let partners: Vec<_> = partners.collect();
    if review.reviewers != AccessReviewersBy::ChannelManagers || partners.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Query::select()
        .expr_as(Expr::col(("p", "id")), "id")
        .expr_as(Expr::col(("m", "id")), "manager_id")
        .from_as("partners", "p")
        .from_as("people", "m")
        .and_where(Expr::col(("p", "vendor_id")).eq(tx.vendor().0))
        .and_where(Expr::col(("m", "vendor_id")).eq(tx.vendor().0))
        .and_where(Expr::col(("m", "id")).equals(("p", "manager_id")))
        .and_where(Expr::col(("m", "status")).eq("active"))
        .and_where(Expr::col(("p", "id")).is_in(partners))
        .to_owned();
    pairs(tx, &query, "id", "manager_id").await
}

async fn open_sessions(tx: &Tx, people: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, i64>, DbErr> {
    let query = Query::select()
        .column("person_id")
        .expr_as(Expr::col("id").count(), "count")
        .from("sessions")
        .and_where(Expr::col("vendor_id").eq(tx.vendor().0))
        .and_where(Expr::col("person_id").is_in(people))
        .and_where(Expr::col("ended_at").is_null())
        .and_where(Expr::col("expires_at").gt(tx.now()))
        .and_where(Expr::col("refreshed_at").gt(tx.now() - sessions::IDLE))
        .group_by_col("person_id")
        .to_owned();
    pairs(tx, &query, "person_id", "count").await
}

async fn pairs<T: sea_orm::TryGetable>(tx: &Tx, query: &SelectStatement, key: &str, value: &str) -> Result<HashMap<Uuid, T>, DbErr> {
    let rows = tx.query_all(query).await?;
    rows.into_iter().map(|row| Ok((row.try_get("", key)?, row.try_get("", value)?))).collect()
}

/// Who added these, by the log: a caller, or the worker that let them in.
async fn added_by(tx: &Tx, subjects: impl Iterator<Item = String>, kind: &str) -> Result<HashMap<String, ActorRef>, DbErr> {
    use kernel::log::event::{Column, Entity};
    let find = Entity::find().filter(Column::VendorId.eq(tx.vendor().0)).filter(Column::SubjectId.is_in(subjects)).filter(Column::Kind.eq(kind));
    let columns = find.select_only().column(Column::SubjectId).column(Column::ActorKind).column(Column::ActorId);
    let rows: Vec<(String, String, String)> = columns.into_tuple().all(tx).await?;
    Ok(rows.into_iter().map(|(subject, kind, id)| (subject, ActorRef { kind, id })).collect())
}
