//! The operations on queues.

use super::types::{Queue, QueueCreate, QueueLoad, QueueMember, QueuePatch};
use super::{QueueId, service, store};
use crate::assignment::store as work;
use access::{Can, absences, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::PersonId;
use kernel::idempotency::Answer;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(in crate::assignment) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_queue, list_queues))
        .routes(routes!(get_queue, update_queue, delete_queue))
        .routes(routes!(get_queue_load))
}

/// Make a queue: who works in it, and how work is dealt out among them.
///
/// Routing rules name it in `to`. What waits under this name already, by rules from before there was the queue, waits in it from now on.
#[utoipa::path(post, path = "/queues", operation_id = "create_queue", tag = "queues", request_body = QueueCreate,
    security(("bearer" = ["queues:manage"])),
    responses((status = 201, description = "The queue.", body = Queue)))]
async fn create_queue(State(app): State<App>, who: Can<may::ManageQueues>, Valid(body): Valid<QueueCreate>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, body).await).await
}

/// List queues, by name.
#[utoipa::path(get, path = "/queues", operation_id = "list_queues", tag = "queues", params(PageQuery),
    security(("bearer" = ["queues:read"])),
    responses((status = 200, description = "A page of queues.", body = Page<Queue>)))]
async fn list_queues(State(app): State<App>, who: Can<may::ReadQueues>, Params(page): Params<PageQuery>) -> Result<Json<Page<Queue>>, Problem> {
    const LIST: &str = "queues";
    let (limit, after) = (page.limit()?, page.after::<String>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    let rows = store::list(&db, who.scope, after, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.name.clone());
    let ids: Vec<_> = page.data.iter().map(|row| row.id).collect();
    let members = store::members_of(&db, who.scope.vendor(), &ids).await?;
    let of = |queue| members.iter().filter(|member| member.queue_id == queue).map(|member| PersonId(member.person_id)).collect();
    Ok(Json(page.try_map(|row| Queue::of(row.clone(), of(row.id)))?))
}

/// Read a queue.
#[utoipa::path(get, path = "/queues/{id}", operation_id = "get_queue", tag = "queues",
    params(("id" = QueueId, Path, description = "The queue.")), security(("bearer" = ["queues:read"])),
    responses((status = 200, description = "The queue.", body = Queue)))]
async fn get_queue(State(app): State<App>, who: Can<may::ReadQueues>, At(id): At<QueueId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let members = store::members(&db, who.scope.vendor(), row.id).await?;
    let queue = Queue::of(row, members.into_iter().map(|member| PersonId(member.person_id)).collect())?;
    Ok(Answer::of(StatusCode::OK, &queue).into_response(false))
}

/// Read who has how much in a queue, and how much was dealt to whom.
#[utoipa::path(get, path = "/queues/{id}/load", operation_id = "get_queue_load", tag = "queues",
    params(("id" = QueueId, Path, description = "The queue.")), security(("bearer" = ["queues:read"])),
    responses((status = 200, description = "Who has how much.", body = QueueLoad)))]
async fn get_queue_load(State(app): State<App>, who: Can<may::ReadQueues>, At(id): At<QueueId>) -> Result<Json<QueueLoad>, Problem> {
    let (vendor, now) = (who.scope.vendor(), app.clock().now());
    let db = app.db().read_of(vendor).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let rows = store::members(&db, vendor, row.id).await?;
    let ids: Vec<_> = rows.iter().map(|member| PersonId(member.person_id)).collect();
    let (loads, away) = (work::loads(&db, vendor, &ids).await?, absences::current(&db, vendor, &ids, now).await?);
    let member = |row: store::MemberRow| {
        let person_id = PersonId(row.person_id);
        QueueMember { person_id, open: loads.get(&person_id).copied().unwrap_or_default(), dealt: row.dealt, away: away.contains_key(&person_id) }
    };
    let (waiting, _) = work::count_waiting(&db, who.scope, row.id, 1_000).await?;
    Ok(Json(QueueLoad { members: rows.into_iter().map(member).collect(), waiting }))
}

/// Change a queue. What waits in it is dealt out anew at once, if it can be.
#[utoipa::path(patch, path = "/queues/{id}", operation_id = "update_queue", tag = "queues",
    params(("id" = QueueId, Path, description = "The queue.")), request_body = QueuePatch, security(("bearer" = ["queues:manage"])),
    responses((status = 200, description = "The queue as it now is.", body = Queue)))]
async fn update_queue(
    State(app): State<App>,
    who: Can<may::ManageQueues>,
    At(id): At<QueueId>,
    Valid(body): Valid<QueuePatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, id, body).await).await
}

/// Take out a queue that nothing waits in, and that neither rules in force nor other queues name.
#[utoipa::path(delete, path = "/queues/{id}", operation_id = "delete_queue", tag = "queues",
    params(("id" = QueueId, Path, description = "The queue.")), security(("bearer" = ["queues:manage"])),
    responses((status = 204, description = "It is gone.")))]
async fn delete_queue(State(app): State<App>, who: Can<may::ManageQueues>, At(id): At<QueueId>) -> Result<StatusCode, Problem> {
    app.write(&who, async |tx| service::delete(tx, id).await).await?;
    Ok(StatusCode::NO_CONTENT)
}
