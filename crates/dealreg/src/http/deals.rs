//! Registering, checking, reading, listing and changing deals.

use crate::DealId;
use crate::review::types::DealReviewFilter;
use crate::rules::Status;
use crate::service::ground::Ground;
use crate::service::{moves, register};
use crate::sight::Sight;
use crate::store::deals::{self, Filter, Order};
use crate::types::{Deal, DealCheck, DealPatch, DealRegister, DealStep, DealType};
use access::{Can, Field, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::actor::{ActorRef, Caller};
use kernel::id::{PartnerId, PersonId};
use kernel::idempotency::Answer;
use kernel::log::{self, Envelope};
use kernel::{Actor, App, At, Page, PageQuery, Params, Problem, Valid};
use serde::Deserialize;
use std::collections::HashSet;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(register_deal, list_deals))
        .routes(routes!(check_deal))
        .routes(routes!(get_deal, update_deal))
        .routes(routes!(get_deal_timeline))
}

/// Register a deal.
///
/// The rules of engagement in force decide at once: the answer's `status` is `approved`, `in_review` or `rejected`
/// (or `draft`, if that was asked for), and `decision` says why.
#[utoipa::path(post, path = "/deals", operation_id = "register_deal", tag = "deals", request_body = DealRegister,
    security(("bearer" = ["deals:register"])),
    responses((status = 201, description = "The deal with its decision.", body = Deal)))]
async fn register_deal(State(app): State<App>, who: Can<may::RegisterDeals>, Valid(body): Valid<DealRegister>) -> Result<Response, Problem> {
    // What stands in the way is said in the write: a repeated request first gets its first answer again.
    let ground = Ground::lay(&app, &who, &body, None).await;
    app.reply(&who, StatusCode::CREATED, async |tx| register::register(tx, body, ground?).await).await
}

/// Ask what registering a deal would be answered with, without registering it.
#[utoipa::path(post, path = "/deals/check", operation_id = "check_deal", tag = "deals", request_body = DealRegister,
    security(("bearer" = ["deals:register"])),
    responses((status = 200, description = "The answer that a registration would get now.", body = DealCheck)))]
async fn check_deal(State(app): State<App>, who: Can<may::RegisterDeals>, Valid(body): Valid<DealRegister>) -> Result<Json<DealCheck>, Problem> {
    let ground = Ground::lay(&app, &who, &body, None).await?;
    app.rehearse(&who, async |tx| register::check(tx, body, ground).await).await.map(Json)
}

/// Read a deal.
#[utoipa::path(get, path = "/deals/{id}", operation_id = "get_deal", tag = "deals", params(("id" = DealId, Path, description = "The deal.")),
    security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "The deal.", body = Deal)))]
async fn get_deal(State(app): State<App>, who: Can<may::ReadDeals>, At(id): At<DealId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = deals::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.show(&db, &who).await?).into_response(false))
}

/// Change a deal's own figures.
///
/// Customer and type can be changed in a draft, while a question is open and after a rejection; amount, lines, dates
/// and custom fields also in review and after approval.
#[utoipa::path(patch, path = "/deals/{id}", operation_id = "update_deal", tag = "deals", params(("id" = DealId, Path, description = "The deal.")),
    request_body = DealPatch, security(("bearer" = ["deals:register"])),
    responses((status = 200, description = "The deal as it now is.", body = Deal)))]
async fn update_deal(
    State(app): State<App>,
    who: Can<may::RegisterDeals>,
    At(id): At<DealId>,
    Valid(body): Valid<DealPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::patch(tx, id, body).await).await
}

/// The orders of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
pub enum DealSort {
    /// Newest first.
    #[serde(rename = "-created_at")]
    Newest,
    /// Oldest first.
    #[serde(rename = "created_at")]
    Oldest,
    /// Longest unchanged first: with `updated_since`, what changed meanwhile.
    #[serde(rename = "updated_at")]
    Updated,
}

/// Who has a deal for review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DealAssignee {
    /// The person who calls.
    Me,
    /// Nobody.
    Nobody,
    /// This person.
    Person(PersonId),
}

impl<'de> Deserialize<'de> for DealAssignee {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match String::deserialize(from)?.as_str() {
            "me" => Ok(Self::Me),
            "none" => Ok(Self::Nobody),
            id => id.parse().map(Self::Person).map_err(serde::de::Error::custom),
        }
    }
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DealQuery {
    /// Only deals in this status.
    pub status: Option<Status>,
    /// Only deals of this partner.
    pub partner_id: Option<PartnerId>,
    /// Only deals of this type.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    pub kind: Option<DealType>,
    /// Only deals that this person has or had for review: an id, `me` or `none`. Nothing for whoever is not shown who has a deal.
    #[param(value_type = Option<String>, pattern = "^(me|none|per_[0-9a-hjkmnp-tv-z]{26})$", example = "me")]
    pub assignee: Option<DealAssignee>,
    /// Only deals in review that came through or wait in this queue, or did; likewise.
    pub queue: Option<String>,
    /// Only deals whose review is so far: `overdue`, `in_time`, or `paused` while the partner is asked.
    #[param(inline)]
    pub review: Option<DealReviewFilter>,
    /// Only deals that changed at this time or later.
    pub updated_since: Option<DateTime<Utc>>,
    /// The order; newest first if absent.
    #[param(inline)]
    pub sort: Option<DealSort>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List deals.
#[utoipa::path(get, path = "/deals", operation_id = "list_deals", tag = "deals", params(DealQuery),
    security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "A page of deals.", body = Page<Deal>)))]
async fn list_deals(State(app): State<App>, who: Can<may::ReadDeals>, Params(query): Params<DealQuery>) -> Result<Json<Page<Deal>>, Problem> {
    let (list, order) = match query.sort {
        None | Some(DealSort::Newest) => ("deals:newest", Order::Newest),
        Some(DealSort::Oldest) => ("deals:oldest", Order::Oldest),
        Some(DealSort::Updated) => ("deals:updated", Order::Updated),
    };
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, after) = (page.limit()?, page.after::<(DateTime<Utc>, Uuid)>(list)?);
    let me = if let Caller::Person(me) = who.caller { Some(me) } else { None };
    let nobody = query.assignee == Some(DealAssignee::Me) && me.is_none();
    let asks = query.assignee.is_some() || query.queue.is_some();
    if nobody || asks && !Field::Routes.shown_to(&who) {
        return Ok(Json(Page { data: Vec::new(), next_cursor: None }));
    }
    let assignee = query.assignee.map(|assignee| match assignee {
        DealAssignee::Me => me,
        DealAssignee::Nobody => None,
        DealAssignee::Person(person) => Some(person),
    });
    let (status, partner, kind) = (query.status, query.partner_id, query.kind);
    let review = query.review.map(|review| (review, app.clock().now()));
    let filter = Filter { status, partner, kind, assignee, queue: query.queue, updated_since: query.updated_since, review };
    let db = app.db().read_of(who.scope.vendor()).await?;
    let rows = deals::list(&db, who.scope, &filter, order, after, limit + 1).await?;
    let page = Page::of(list, rows, limit, |row| (row.updated_at, row.id));
    let next_cursor = page.next_cursor;
    let whole: Vec<Deal> = page.data.into_iter().map(|row| row.whole(who.grants)).collect::<Result<_, _>>()?;
    let sight = Sight::of(&db, &who, whole.iter().filter_map(|deal| deal.decision.as_ref())).await?;
    let data = whole.into_iter().map(|deal| sight.deal(deal)).collect();
    Ok(Json(Page { data, next_cursor }))
}

/// Read a deal's history, oldest step first.
#[utoipa::path(get, path = "/deals/{id}/timeline", operation_id = "get_deal_timeline", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."), PageQuery),
    security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "A page of steps.", body = Page<DealStep>)))]
async fn get_deal_timeline(
    State(app): State<App>,
    who: Can<may::ReadDeals>,
    At(id): At<DealId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<DealStep>>, Problem> {
    const LIST: &str = "deal:timeline";
    let (limit, after) = (page.limit()?, page.after::<i64>(LIST)?.unwrap_or(0));
    let deal = deals::find(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let all = Field::Approvals.shown_to(&who);
    let types = if all { vec!["deal.*".into()] } else { crate::events::told_to_partners().to_vec() };
    let filter = log::Filter { types, subject: Some(id.to_string()) };
    let events = log::read(&app, &app.db().read_of(who.scope.vendor()).await?, who.scope.vendor(), after, &filter, limit + 1).await?;
    let page = Page::of(LIST, events, limit, |event| event.sequence);
    let next_cursor = page.next_cursor;
    let shown = shown_people(&app, &who, deal.partner(), &page.data).await?;
    let data = page.data.iter().map(|event| step(event, shown.as_ref())).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor }))
}

/// What happened to a deal of these types, oldest first; no more than a thousand steps.
pub(crate) async fn history(app: &App, db: &kernel::db::Reading, vendor: Uuid, id: DealId, types: &[&str]) -> Result<Vec<Envelope>, Problem> {
    let filter = log::Filter { types: types.iter().map(ToString::to_string).collect(), subject: Some(id.to_string()) };
    Ok(log::read(app, db, kernel::id::VendorId(vendor), 0, &filter, 1_000).await?)
}

/// These events of a deal as somebody sees them.
pub(crate) async fn step_shown_to(app: &App, who: &Actor, partner: PartnerId, events: &[Envelope]) -> Result<Vec<DealStep>, Problem> {
    let shown = shown_people(app, who, partner, events).await?;
    events.iter().map(|event| step(event, shown.as_ref())).collect()
}

/// What a step needs of its event.
#[derive(Deserialize)]
struct Told {
    deal: ToldDeal,
    note: Option<String>,
}

#[derive(Deserialize)]
struct ToldDeal {
    status: Status,
}

/// Who of the actors may be named to somebody who is not shown who acted for the vendor: the partner's own people. `None` is everybody.
async fn shown_people(app: &App, who: &Actor, partner: PartnerId, events: &[Envelope]) -> Result<Option<HashSet<String>>, Problem> {
    if Field::VendorsActors.shown_to(who) {
        return Ok(None);
    }
    let mut people: HashSet<_> = events.iter().filter(|event| event.actor.kind == "person").map(|event| event.actor.id.clone()).collect();
    for id in people.clone() {
        let person = match id.parse() {
            Ok(person) => access::people::find(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor(), person).await?,
            Err(_) => None,
        };
        if person.and_then(|person| person.partner()) != Some(partner) {
            people.remove(&id);
        }
    }
    Ok(Some(people))
}

/// A partner is told that its vendor acted, not who there.
fn step(event: &Envelope, shown: Option<&HashSet<String>>) -> Result<DealStep, Problem> {
    let told: Told = serde_json::from_str(event.data.get()).map_err(Problem::internal)?;
    let hide = shown.is_some_and(|people| !people.contains(&event.actor.id));
    let actor = if hide { ActorRef { kind: "vendor".into(), id: "vendor".into() } } else { event.actor.clone() };
    Ok(DealStep {
        sequence: event.sequence,
        kind: event.kind.clone(),
        occurred_at: event.occurred_at,
        actor,
        revision: event.subject.revision,
        status: told.deal.status,
        note: told.note,
    })
}
