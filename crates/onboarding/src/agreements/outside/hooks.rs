//! What signature services send: verified, taken once, and then no more than a hint to ask them.
//!
//! So what comes late changes nothing, and what is lost is found by the clock. That an event was taken is kept in the write of its hint: one whose answer
//! was an error is taken when it comes again.

use super::rules::{self, SLACK};
use super::types::SignatureServiceKind;
use super::{SignatureServiceId, docusign, dropbox, service, store};
use crate::error;
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use kernel::actor::RequestInfo;
use kernel::body::body_bytes;
use kernel::id::VendorId;
use kernel::problem::{ProblemDocument, kinds};
use kernel::text::hex;
use kernel::{App, At, Problem, Tx};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
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

/// What was verified: what to ask about, when it was said, and by what it is known again.
struct Said {
    external: Option<String>,
    at: DateTime<Utc>,
    digest: String,
}

fn stranger() -> Problem {
    Problem::new(error::SIGNATURE_EVENT)
}

/// Take an event of a signature service, at the `events_url` of the service.
///
/// DocuSign Connect sends JSON with `X-DocuSign-Signature-1` and more; Dropbox Sign sends a form whose field `json` carries an `event_hash`. What does not
/// verify is a 404 and changes nothing; nor does what was taken before, or is older than 30 days, a 409. The rest is a hint: the service is asked how
/// things stand, and that counts.
#[utoipa::path(post, path = "/public/signature-services/{address}/events", operation_id = "take_signature_event", tag = "agreements",
    params(("address" = String, Path, description = "What stands in the `events_url` of the service.")),
    request_body(content = String, content_type = "application/octet-stream", description = "The event, as the service sends it.", example = "{\"event\": \"envelope-completed\"}"),
    security(()),
    responses(
        (status = 200, description = "It was taken.", body = String, content_type = "text/plain", example = "Hello API Event Received"),
        (status = 404, description = "It is of no service that is known here.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It was taken before, or is too old.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "It is too long.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn take_signature_event(
    State(app): State<App>,
    At(address): At<String>,
    info: Option<Extension<Arc<RequestInfo>>>,
    request: Request,
) -> Result<Response, Problem> {
    let info = info.map(|Extension(info)| info).unwrap_or_default();
    let (headers, body) = (request.headers().clone(), body_bytes(request, &app).await?);
    if body.len() > LONGEST {
        return Err(Problem::new(kinds::TOO_LARGE));
    }
    let (vendor, id) = access::forms::named::<SignatureServiceId>(&address).ok_or_else(stranger)?;
    let Some(said) = verified(&app, (vendor, id), &headers, &body).await? else {
        let counted = info.client.and_then(|address| access::limits::count_failure(&app, address));
        return Err(counted.unwrap_or_else(stranger));
    };
    if let Some(problem) = access::limits::count_form(&app, id.0, PER_MINUTE, info.client) {
        return Err(problem);
    }
    if let Some(external) = said.external.clone() {
        let who = access::forms::sender("signature_service", vendor, info);
        app.write(&who, async |tx| take(tx, id, &external, &said).await).await?;
    }
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], TAKEN).into_response())
}

/// What an event says, if it is one of this service.
async fn verified(app: &App, (vendor, id): (VendorId, SignatureServiceId), headers: &HeaderMap, body: &[u8]) -> Result<Option<Said>, Problem> {
    let found = service::secrets(app, &app.db().read_of(vendor).await?, vendor, id).await?;
    let Some((row, secrets)) = found else { return Ok(None) };
    Ok(match row.kind()? {
        SignatureServiceKind::Docusign => of_docusign(app, &secrets.hmac_keys, headers, body),
        SignatureServiceKind::DropboxSign => of_dropbox(app, &secrets.api_key, headers, body).await,
    })
}

/// Take an event once. What is about nothing of ours is no longer thought of.
async fn take(tx: &mut Tx, id: SignatureServiceId, external: &str, said: &Said) -> Result<(), Problem> {
    if !store::is_known(tx, tx.vendor(), id, external).await? {
        return Ok(());
    }
    if !store::take(tx, id, &said.digest, said.at).await? {
        return Err(Problem::new(error::SIGNATURE_EVENT_AGAIN));
    }
    Ok(store::hint(tx, id, external, said.at + SLACK).await?)
}

fn digest(parts: &[&[u8]]) -> String {
    let hashed = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part));
    hex(&hashed.finalize())
}

fn of_docusign(app: &App, keys: &[String], headers: &HeaderMap, body: &[u8]) -> Option<Said> {
    let names = (1..=20).map(|number| format!("x-docusign-signature-{number}"));
    let signatures: Vec<_> = names.filter_map(|name| headers.get(name)?.to_str().ok()).collect();
    if !rules::is_signed_by_connect(keys, &signatures, body) {
        return None;
    }
    let read = serde_json::from_slice::<Value>(body).ok().and_then(|body| docusign::event(&body));
    let (external, at) = read.unzip();
    Some(Said { external, at: at.flatten().unwrap_or_else(|| app.clock().now()), digest: digest(&[body]) })
}

async fn of_dropbox(app: &App, key: &str, headers: &HeaderMap, body: &[u8]) -> Option<Said> {
    let json = form_field(headers, body, "json").await?;
    let event = dropbox::event(&serde_json::from_str(&json).ok()?)?;
    if !rules::is_hashed_by(key, &event.time, &event.kind, &event.hash) {
        return None;
    }
    let at = event.time.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    // The hash covers time and type alone, which two requests may share.
    let digest = digest(&[event.hash.to_ascii_lowercase().as_bytes(), event.request.as_deref().unwrap_or_default().as_bytes()]);
    Some(Said { external: event.request, at: at.unwrap_or_else(|| app.clock().now()), digest })
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
