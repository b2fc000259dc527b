//! What signature services send: verified, and then no more than a hint to ask them.
//!
//! So a replay asks once more, what comes late or twice changes nothing, and what is lost is found by the clock.

use super::rules::{self, SLACK};
use super::types::SignatureServiceKind;
use super::{SignatureServiceId, docusign, dropbox, service, store};
use crate::error;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use kernel::actor::RequestInfo;
use kernel::body::body_bytes;
use kernel::problem::{ProblemDocument, kinds};
use kernel::{App, Problem};
use serde_json::Value;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Events that one service may send in a minute.
const PER_MINUTE: u32 = 600;
/// Bytes of an event.
const LONGEST: usize = 512 * 1024;
/// What Dropbox Sign wants to read (`EventCallbackRequest`); DocuSign looks at the status alone.
const TAKEN: &str = "Hello API Event Received";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(take_signature_event))
}

/// What was verified: whom to ask about, and when it was said.
struct Said {
    external: Option<String>,
    at: DateTime<Utc>,
}

fn stranger() -> Problem {
    Problem::new(error::SIGNATURE_EVENT)
}

/// Take an event of a signature service, at the `events_url` of the service.
///
/// DocuSign Connect sends JSON with `X-DocuSign-Signature-1` and more; Dropbox Sign sends a form whose field `json` carries an `event_hash`. What does not
/// verify is a 404 and changes nothing. What does is a hint: the service is asked how things stand, and that counts.
#[utoipa::path(post, path = "/public/signature-services/{address}/events", operation_id = "take_signature_event", tag = "agreements",
    params(("address" = String, Path, description = "What stands in the `events_url` of the service.")),
    request_body(content = String, content_type = "*/*", description = "The event, as the service sends it.", example = "{\"event\": \"envelope-completed\"}"),
    security(()),
    responses(
        (status = 200, description = "It was taken.", body = String, content_type = "text/plain", example = "Hello API Event Received"),
        (status = 404, description = "It is of no service that is known here.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "It is too long.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn take_signature_event(
    State(app): State<App>,
    Path(address): Path<String>,
    info: Option<Extension<Arc<RequestInfo>>>,
    request: Request,
) -> Result<Response, Problem> {
    let info = info.map(|Extension(info)| info).unwrap_or_default();
    let (headers, body) = (request.headers().clone(), body_bytes(request, &app).await?);
    if body.len() > LONGEST {
        return Err(Problem::new(kinds::TOO_LARGE));
    }
    let (vendor, id) = access::forms::named::<SignatureServiceId>(&address).ok_or_else(stranger)?;
    let found = service::secrets(&app, &app.db().read_of(vendor).await?, vendor, id).await?;
    let said = match &found {
        Some((row, secrets)) => match row.kind()? {
            SignatureServiceKind::Docusign => of_docusign(&app, &secrets.hmac_keys, &headers, &body),
            SignatureServiceKind::DropboxSign => of_dropbox(&app, &secrets.api_key, &headers, &body).await,
        },
        None => None,
    };
    let Some(said) = said else {
        let counted = info.client.and_then(|address| access::limits::count_failure(&app, address));
        return Err(counted.unwrap_or_else(stranger));
    };
    if let Some(problem) = access::limits::count_form(&app, id.0, PER_MINUTE, info.client) {
        return Err(problem);
    }
    if let Some(external) = said.external {
        let who = access::forms::sender("signature_service", vendor, info);
        app.write(&who, async |tx| store::hint(tx, id, &external, said.at + SLACK).await).await?;
    }
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], TAKEN).into_response())
}

fn of_docusign(app: &App, keys: &[String], headers: &HeaderMap, body: &[u8]) -> Option<Said> {
    let names = (1..=20).map(|number| format!("x-docusign-signature-{number}"));
    let signatures: Vec<_> = names.filter_map(|name| headers.get(name)?.to_str().ok()).collect();
    if !rules::is_signed_by_connect(keys, &signatures, body) {
        return None;
    }
    let read = serde_json::from_slice::<Value>(body).ok().and_then(|body| docusign::event(&body));
    let now = app.clock().now();
    Some(read.map_or(Said { external: None, at: now }, |(id, at)| Said { external: Some(id), at: at.unwrap_or(now) }))
}

async fn of_dropbox(app: &App, key: &str, headers: &HeaderMap, body: &[u8]) -> Option<Said> {
    let json = form_field(headers, body, "json").await?;
    let event = dropbox::event(&serde_json::from_str(&json).ok()?)?;
    if !rules::is_hashed_by(key, &event.time, &event.kind, &event.hash) {
        return None;
    }
    let at = event.time.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    Some(Said { external: event.request, at: at.unwrap_or_else(|| app.clock().now()) })
}

/// A field of a form with parts.
async fn form_field(headers: &HeaderMap, body: &[u8], name: &str) -> Option<String> {
    let boundary = multer::parse_boundary(headers.get(header::CONTENT_TYPE)?.to_str().ok()?).ok()?;
    let whole = body.to_vec();
    let stream = futures::stream::once(async move { Ok::<_, std::convert::Infallible>(whole) });
    let mut form = multer::Multipart::new(stream, boundary);
    while let Some(field) = form.next_field().await.ok()? {
        if field.name() == Some(name) {
            return field.text().await.ok();
        }
    }
    None
}
