//! Back to the portal: the only places where a browser is sent to an address that came with a request.

use super::authorize::Wanted;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{App, Problem};
use url::Url;

/// Where the answer of a sign-in goes: an address that was found among the portal's own.
#[derive(Debug, Clone)]
pub(super) struct Back {
    redirect_uri: String,
    state: Option<String>,
}

impl Back {
    /// Only for what was compared with the portal's addresses.
    pub(super) fn trusted(wanted: &Wanted) -> Self {
        Self { redirect_uri: wanted.redirect_uri.clone(), state: wanted.state.clone() }
    }

    /// RFC 6749 §4.1.2, and RFC 9207's `iss`.
    pub(super) fn with_code(&self, app: &App, code: &str) -> Result<Response, Problem> {
        self.with(app, &[("code", code)])
    }

    /// RFC 6749 §4.1.2.1; `error_code` is ours and more precise.
    pub(super) fn with_error(&self, app: &App, error: &str, problem: &Problem) -> Result<Response, Problem> {
        let detail = problem.detail.as_deref().unwrap_or(problem.kind.title);
        // §4.1.2.1 allows these characters only.
        let plain: String = detail.chars().map(|c| if matches!(c, ' '..='~') && c != '"' && c != '\\' { c } else { '\'' }).take(500).collect();
        self.with(app, &[("error", error), ("error_description", &plain), ("error_code", problem.kind.code)])
    }

    fn with(&self, app: &App, parameters: &[(&str, &str)]) -> Result<Response, Problem> {
        let mut url = Url::parse(&self.redirect_uri).map_err(Problem::internal)?;
        url.query_pairs_mut().extend_pairs(parameters);
        if let Some(state) = &self.state {
            url.query_pairs_mut().append_pair("state", state);
        }
        url.query_pairs_mut().append_pair("iss", app.public_url());
        found(url.as_str())
    }
}

/// 302, which nobody keeps and which tells the next site nothing of this one.
pub(super) fn found(url: &str) -> Result<Response, Problem> {
    let mut response = StatusCode::FOUND.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, HeaderValue::from_str(url).map_err(Problem::internal)?);
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}
