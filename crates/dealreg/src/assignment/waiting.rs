//! What waits for oneself: what one has, the queues one works in, and what one may take.

use super::queues::{Dealing, QueueId, store as queues};
use super::store::{self, Since};
use crate::DealId;
use crate::cosell::{self, CosellRequest};
use crate::store::deals::DealRow;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use kernel::actor::Caller;
use kernel::id::{PartnerId, PersonId};
use kernel::{Actor, App, Money, Page, PageQuery, Params, Problem};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// What waits is counted so far and no further.
const COUNTED: u64 = 1_000;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_my_queues)).routes(routes!(list_available_work))
}

/// What kind of work it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkType {
    /// A deal in review.
    Deal,
}

/// A piece of work that waits for somebody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"type": "deal", "id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd",
    "name": "Fabrikam GmbH", "amount": {"amount": 4821000, "currency": "EUR"}, "queue": "desk-dach", "waiting_since": "2026-11-20T12:00:00Z",
    "assigned_at": "2026-11-20T12:00:00Z"}))]
pub struct WorkItem {
    /// What kind of work it is. More kinds may come.
    #[serde(rename = "type")]
    pub kind: WorkType,
    /// The deal.
    pub id: DealId,
    /// The partner that registered it.
    pub partner_id: PartnerId,
    /// The customer's name.
    pub name: String,
    /// What it is worth.
    pub amount: Money,
    /// The queue that it came through or waits in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub queue: Option<String>,
    /// Since when it has waited for a decision.
    pub waiting_since: DateTime<Utc>,
    /// When its review is due; absent if no clock runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub due_at: Option<DateTime<Utc>>,
    /// When it came to whoever has it; absent while nobody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub assigned_at: Option<DateTime<Utc>>,
}

impl WorkItem {
    fn of(row: DealRow) -> Result<Self, Problem> {
        Ok(Self {
            kind: WorkType::Deal,
            id: row.id(),
            partner_id: row.partner(),
            amount: row.amount()?,
            waiting_since: since(&row).0,
            due_at: row.review_due_at,
            assigned_at: row.assigned_at.filter(|_| row.assignee_id.is_some()),
            name: row.customer_name,
            queue: row.queue,
        })
    }
}

/// A queue that the caller works in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"id": "que_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "desk-dach", "dealing": "pull", "waiting": 3,
    "waiting_since": "2026-11-20T12:00:00Z"}))]
pub struct MyQueue {
    /// Its id.
    pub id: QueueId,
    /// Its name.
    pub name: String,
    /// How work is dealt out in it.
    pub dealing: Dealing,
    /// How much waits in it that nobody has, counted to 1000.
    pub waiting: u64,
    /// Since when what has waited longest in it has waited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub waiting_since: Option<DateTime<Utc>>,
}

/// What waits for the caller.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"data": [], "queues": [{"id": "que_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "desk-dach", "dealing": "pull", "waiting": 0}],
    "available": [], "cosell_requests": []}))]
pub struct MyQueues {
    /// What the caller has to decide, most urgent first: what has waited longest, or what is due first.
    pub data: Vec<WorkItem>,
    /// Send it as `cursor` for more of `data`; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
    /// The queues that the caller works in, by name.
    pub queues: Vec<MyQueue>,
    /// The first of what the caller may take, at most ten; `GET /v1/queues/me/available` has all.
    pub available: Vec<WorkItem>,
    /// The first co-sell requests that wait for an answer in which the caller takes part, at most ten;
    /// `GET /v1/cosell-requests?participant=me&status=requested` has all.
    pub cosell_requests: Vec<CosellRequest>,
}

/// The orders of one's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
pub enum MyWorkSort {
    /// What has waited longest first.
    #[default]
    #[serde(rename = "waiting_since")]
    WaitingSince,
    /// What is due first, so what is overdue before the rest; what no clock runs for comes last.
    #[serde(rename = "due_at")]
    DueAt,
}

/// Parameters of one's own work.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MyWorkQuery {
    /// In which order; `waiting_since` if absent.
    #[param(inline)]
    pub sort: Option<MyWorkSort>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Read what waits for oneself: what one has to decide, the queues one works in, and the first of what one may take.
///
/// A key has nothing and works in no queue, and may see what anybody may take.
#[utoipa::path(get, path = "/queues/me", operation_id = "get_my_queues", tag = "queues", params(MyWorkQuery),
    security(("bearer" = ["queues:read"])),
    responses((status = 200, description = "What waits.", body = MyQueues)))]
async fn get_my_queues(State(app): State<App>, who: Can<may::ReadQueues>, Params(query): Params<MyWorkQuery>) -> Result<Json<MyQueues>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let db = app.db().read_of(who.scope.vendor()).await?;
    let Page { data, next_cursor } = mine_to_decide(&db, &who, query.sort.unwrap_or_default(), &page).await?;
    let (mine, cosell_requests) = match myself(&who) {
        Some(me) => (queues::of_person(&db, who.scope.vendor(), me).await?, cosell::waiting(&db, &who, me, 10).await?),
        None => (Vec::new(), Vec::new()),
    };
    let available = store::in_pools(&db, who.scope, &pools(&who, &mine), None, 10).await?;
    let mut shown = Vec::with_capacity(mine.len());
    for queue in mine {
        let (waiting, waiting_since) = store::count_waiting(&db, who.scope, queue.id, COUNTED).await?;
        shown.push(MyQueue { id: QueueId(queue.id), dealing: queue.dealing()?, name: queue.name, waiting, waiting_since });
    }
    Ok(Json(MyQueues { data: items(data)?, next_cursor, queues: shown, available: items(available)?, cosell_requests }))
}

/// A page of what the caller has to decide.
async fn mine_to_decide(db: &impl ConnectionTrait, who: &Actor, sort: MyWorkSort, page: &PageQuery) -> Result<Page<DealRow>, Problem> {
    let limit = page.limit()?;
    match sort {
        MyWorkSort::WaitingSince => {
            const LIST: &str = "queues:me";
            let after = page.after::<Since>(LIST)?;
            let Some(me) = myself(who) else { return Ok(Page { data: Vec::new(), next_cursor: None }) };
            Ok(Page::of(LIST, store::of_person(db, who.scope, me, after, limit + 1).await?, limit, since))
        }
        MyWorkSort::DueAt => {
            const LIST: &str = "queues:me:due_at";
            let after = page.after::<(Option<DateTime<Utc>>, Since)>(LIST)?;
            let Some(me) = myself(who) else { return Ok(Page { data: Vec::new(), next_cursor: None }) };
            let rows = store::of_person_by_due(db, who.scope, me, after, limit + 1).await?;
            Ok(Page::of(LIST, rows, limit, |row| (row.review_due_at, since(row))))
        }
    }
}

/// List what one may take: what waits in the queues that one works in, and what waits for nobody in particular; longest first.
#[utoipa::path(get, path = "/queues/me/available", operation_id = "list_available_work", tag = "queues", params(PageQuery),
    security(("bearer" = ["queues:read"])),
    responses((status = 200, description = "A page of work.", body = Page<WorkItem>)))]
async fn list_available_work(
    State(app): State<App>,
    who: Can<may::ReadQueues>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<WorkItem>>, Problem> {
    const LIST: &str = "queues:me:available";
    let (limit, after) = (page.limit()?, page.after::<Since>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    let mine = match myself(&who) {
        Some(me) => queues::of_person(&db, who.scope.vendor(), me).await?,
        None => Vec::new(),
    };
    let rows = store::in_pools(&db, who.scope, &pools(&who, &mine), after, limit + 1).await?;
    let Page { data, next_cursor } = Page::of(LIST, rows, limit, since);
    Ok(Json(Page { data: items(data)?, next_cursor }))
}

fn myself(who: &Actor) -> Option<PersonId> {
    match who.caller {
        Caller::Person(me) => Some(me),
        _ => None,
    }
}

/// The pools from which the caller may take: those of their queues, what waits for them, and the open one.
fn pools(who: &Actor, mine: &[queues::QueueRow]) -> Vec<Option<Uuid>> {
    let own = mine.iter().map(|queue| queue.id).chain(myself(who).map(|me| me.0));
    own.map(Some).chain([None]).collect()
}

fn items(rows: Vec<DealRow>) -> Result<Vec<WorkItem>, Problem> {
    rows.into_iter().map(WorkItem::of).collect()
}

fn since(row: &DealRow) -> Since {
    (row.review_since.unwrap_or(row.created_at), row.id)
}
