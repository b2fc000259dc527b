//! `GET /v1/events`.

use super::query::EventQuery;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use kernel::log::{self, Envelope};
use kernel::{App, Problem};
use serde::Serialize;
use utoipa::ToSchema;

/// A piece of the log.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"data": [{
    "id": "evt_01jd3k7x2mfq8t9v5w6y0zabcd", "type": "partner.created", "version": 1, "sequence": 7,
    "occurred_at": "2026-11-20T12:00:00.000000Z", "vendor_id": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd",
    "actor": {"type": "api_key", "id": "key_01jd3k7x2mfq8t9v5w6y0zabcd"},
    "subject": {"type": "partner", "id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "revision": 1}, "data": {}}], "next_after": 7, "head": 7}))]
pub struct EventPage {
    /// The events, in the order of their sequence.
    pub data: Vec<Envelope>,
    /// Send it as `after` to read on. Always there: what is new later lies behind it.
    pub next_after: i64,
    /// The sequence of the log's last event. Once `next_after` has reached it, all there is was read.
    pub head: i64,
}

/// Read the event log in order.
///
/// Keep `next_after` and send it as `after`: the log has no gaps, so nothing is missed and nothing comes twice. It moves
/// past events that the filters leave out, and past those of partners that the caller does not reach.
#[utoipa::path(get, path = "/events", operation_id = "list_events", tag = "events",
    params(
        ("after" = Option<i64>, Query, description = "Only events with a greater sequence; 0, the beginning, if absent.", minimum = 0),
        ("type" = Option<Vec<String>>, Query, description = "Only these types: exact (`deal.approved`), one resource's (`deal.*`) or all (`*`). Repeat it or separate with commas."),
        ("subject" = Option<String>, Query, description = "Only events about the resource with this id.", max_length = 100),
        ("limit" = Option<u64>, Query, description = "Events on the page, 1 to 200; 25 if absent.", minimum = 1, maximum = 200)),
    security(("bearer" = ["events:read"])),
    responses((status = 200, description = "The events after `after`.", body = EventPage)))]
pub(super) async fn list_events(State(app): State<App>, who: Can<may::ReadEvents>, query: EventQuery) -> Result<Json<EventPage>, Problem> {
    let (vendor, after, limit) = (who.scope.vendor(), query.after.unwrap_or(0), query.limit()?);
    // The head first: whatever is appended in between is read next time, or already this time.
    let head = log::head(&app.db().read_of(vendor).await?, vendor).await?;
    let data = log::read(&app, &app.db().read_of(vendor).await?, vendor, after, &query.filter, limit).await?;
    let last = data.last().map_or(after, |event| event.sequence);
    let next_after = if data.len() as u64 == limit { last } else { last.max(head) };
    let data = super::reach::shown(&app.db().read_of(vendor).await?, who.scope, data).await?;
    Ok(Json(EventPage { data, next_after, head: head.max(last.min(next_after)) }))
}
