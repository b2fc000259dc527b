//! A review's items as a CSV file, written page by page while it is sent.

use super::AccessReviewId;
use super::store::{self, Filter};
use super::types::AccessReviewItem;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use futures::StreamExt as _;
use kernel::actor::ActorRef;
use kernel::{Actor, App, Problem};

/// Rows read from the database at once.
const PAGE: u64 = 500;

const HEAD: [&str; 18] = [
    "item_id",
    "person_id",
    "api_key_id",
    "partner_id",
    "name",
    "email",
    "role",
    "reach",
    "scopes",
    "added_by",
    "added_at",
    "last_used_at",
    "open_sessions",
    "dormant",
    "decision",
    "decided_by",
    "decided_at",
    "reason",
];

/// The whole file, of the items that `who` sees.
pub(super) fn file(app: App, who: Actor, review: AccessReviewId) -> Response {
    let head = write([HEAD.map(str::to_owned).to_vec()]);
    let pages = futures::stream::try_unfold(Some(None), move |after| {
        let (app, who) = (app.clone(), who.clone());
        async move {
            let Some(after) = after else { return Ok(None) };
            let db = app.db().read_of(who.scope.vendor()).await?;
            let rows = store::items(&db, &who, review, &Filter::default(), after, PAGE).await?;
            let next = rows.last().filter(|_| rows.len() as u64 == PAGE).map(|row| Some(row.id));
            let page = write(rows.into_iter().map(|row| cells(row.show(false))));
            Ok::<_, Problem>(Some((page, next)))
        }
    });
    let whole = futures::stream::once(async move { Ok(head) }).chain(pages);
    let body = Body::from_stream(whole.map(|page| page.map_err(|problem| std::io::Error::other(problem.kind.code))));
    let mut response = body.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"access-review.csv\""));
    response
}

fn cells(item: AccessReviewItem) -> Vec<String> {
    let id = |id: Option<String>| id.unwrap_or_default();
    let time = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default();
    let actor = |actor: Option<ActorRef>| actor.map(|actor| format!("{} {}", actor.kind, actor.id)).unwrap_or_default();
    let word = |value: &dyn Fn() -> serde_json::Value| value().as_str().unwrap_or_default().to_owned();
    vec![
        item.id.to_string(),
        id(item.person_id.map(|id| id.to_string())),
        id(item.api_key_id.map(|id| id.to_string())),
        id(item.partner_id.map(|id| id.to_string())),
        item.name,
        item.email.unwrap_or_default(),
        item.role.to_string(),
        item.reach.map(|reach| serde_json::to_string(&reach).unwrap_or_default()).unwrap_or_default(),
        item.scopes.join(" "),
        actor(item.added_by),
        time(item.added_at),
        time(item.last_used_at),
        item.open_sessions.to_string(),
        item.dormant.to_string(),
        word(&|| serde_json::to_value(item.decision).unwrap_or_default()),
        actor(item.decided_by),
        time(item.decided_at),
        item.reason.unwrap_or_default(),
    ]
}

fn write(rows: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    for row in rows {
        // Writing to memory does not fail.
        let _ = writer.write_record(row.into_iter().map(kernel::text::for_spreadsheet));
    }
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_file_is_a_formula() {
        let text = String::from_utf8(write([vec!["=1+1".into(), "+49".into(), "@SUM".into(), "-2".into(), "Jo".into(), "\tx".into()]])).unwrap();
        assert_eq!(text, "'=1+1,+49,'@SUM,-2,Jo,'\tx\n");
    }
}
