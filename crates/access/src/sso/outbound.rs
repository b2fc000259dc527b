//! Calls to identity providers: guarded against addresses of the operator's own network, bounded in time and size, never redirected.

use super::Settings;
use kernel::{App, guard, outbound};
use openidconnect::{HttpRequest, HttpResponse};
use reqwest::Client;
use std::sync::OnceLock;
use std::time::Duration;

/// A provider has this long for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an answer; larger ones are refused.
const LARGEST: usize = 512 * 1024;

/// Why there is no answer to work with, in a sentence.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(super) struct Trouble(pub(super) String);

impl Trouble {
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

#[derive(Default)]
struct Caller(OnceLock<Client>);

/// The client of all providers.
fn client(app: &App) -> Client {
    app.service::<Caller>().0.get_or_init(|| made(Settings::of(app).allow_private).expect("an HTTP client needs nothing but memory")).clone()
}

fn made(allow_private: bool) -> reqwest::Result<Client> {
    outbound::client(concat!("prm-sso/", env!("CARGO_PKG_VERSION")), TIMEOUT, allow_private).build()
}

/// Read a URL that may be called.
pub(super) fn allowed(app: &App, url: &str) -> Result<url::Url, Trouble> {
    guard::read_url(url, Settings::of(app).allow_private).map_err(Trouble::new)
}

/// GET a JSON document; `bearer` is sent if given.
pub(super) async fn get_json(app: &App, url: &str, bearer: Option<&str>) -> Result<serde_json::Value, Trouble> {
    let mut request = client(app).get(allowed(app, url)?).header("accept", "application/json");
    if let Some(token) = bearer {
        request = request.bearer_auth(token);
    }
    let response = whole(request.send().await.map_err(explain)?).await?;
    if response.status() != 200 {
        return Err(Trouble(format!("It answered with status {}.", response.status().as_u16())));
    }
    serde_json::from_slice(response.body()).map_err(|_| Trouble::new("It did not answer with JSON."))
}

/// Carry out a request of the OpenID Connect library.
pub(super) async fn send(app: &App, request: HttpRequest) -> Result<HttpResponse, Trouble> {
    allowed(app, &request.uri().to_string())?;
    let request = reqwest::Request::try_from(request).map_err(explain)?;
    whole(client(app).execute(request).await.map_err(explain)?).await
}

async fn whole(mut response: reqwest::Response) -> Result<HttpResponse, Trouble> {
    let mut answer = axum::http::Response::builder().status(response.status());
    for (name, value) in response.headers() {
        answer = answer.header(name, value);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(explain)? {
        if body.len() + chunk.len() > LARGEST {
            return Err(Trouble::new("Its answer is too large."));
        }
        body.extend_from_slice(&chunk);
    }
    answer.body(body).map_err(|_| Trouble::new("Its answer could not be read."))
}

fn explain(error: reqwest::Error) -> Trouble {
    Trouble(outbound::explain(error))
}
