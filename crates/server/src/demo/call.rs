//! A caller of the public API: what any client does, in a few lines.

use crate::serve::Failure;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Somebody with a credential.
#[derive(Clone)]
pub(super) struct Caller {
    http: Client,
    base: String,
    credential: String,
}

/// What came back.
pub(super) struct Answer {
    /// The body; null if there was none.
    pub(super) body: Value,
    /// From sending to the last byte.
    pub(super) took: Duration,
    /// Whether the server had carried this out before and repeats its answer.
    pub(super) replayed: bool,
}

impl Caller {
    /// A caller of the service at `base`, with a key or a token.
    pub(super) fn new(base: String, credential: &str) -> Result<Self, Failure> {
        // A proxy of the machine's would not find this machine's own loopback.
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(60)).build()?;
        Ok(Self { http, base, credential: credential.to_owned() })
    }

    /// The same place, as somebody else.
    pub(super) fn with(&self, credential: &str) -> Self {
        Self { credential: credential.to_owned(), ..self.clone() }
    }

    /// `GET path`.
    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        Ok(self.send(Method::GET, path, |request| request).await?.body)
    }

    /// `POST path`.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        Ok(self.send(Method::POST, path, |request| request.json(body)).await?.body)
    }

    /// `POST path` with an `Idempotency-Key`: however often it is sent, it is carried out once.
    pub(super) async fn post_once(&self, path: &str, body: &Value, key: &str) -> Result<Answer, Failure> {
        self.send(Method::POST, path, |request| request.json(body).header("idempotency-key", key)).await
    }

    /// `PUT path`.
    pub(super) async fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        Ok(self.send(Method::PUT, path, |request| request.json(body)).await?.body)
    }

    /// `PUT path` with a CSV file.
    pub(super) async fn put_csv(&self, path: &str, file: &'static str) -> Result<Value, Failure> {
        Ok(self.send(Method::PUT, path, |request| request.header("content-type", "text/csv").body(file)).await?.body)
    }

    /// Every row of a list, page by page.
    pub(super) async fn all(&self, path: &str) -> Result<Vec<Value>, Failure> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let mut page = self.get(&format!("{path}{joint}limit=200{cursor}")).await?;
            if let Value::Array(more) = page["data"].take() {
                rows.extend(more);
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(rows),
            }
        }
    }

    async fn send(&self, method: Method, path: &str, fill: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Result<Answer, Failure> {
        let request = self.http.request(method.clone(), format!("{}{path}", self.base)).bearer_auth(&self.credential);
        let begun = Instant::now();
        let response = fill(request).send().await.map_err(|cause| format!("{method} {path} was not answered: {cause}."))?;
        let (status, replayed) = (response.status(), response.headers().contains_key("idempotent-replayed"));
        let bytes = response.bytes().await.map_err(|cause| format!("{method} {path} was not answered to its end: {cause}."))?;
        let took = begun.elapsed();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        if status.is_success() { Ok(Answer { body, took, replayed }) } else { Err(refusal(&method, path, status.as_u16(), &body).into()) }
    }
}

/// A problem document as a sentence.
fn refusal(method: &Method, path: &str, status: u16, problem: &Value) -> String {
    let said = |member: &str| problem[member].as_str().unwrap_or_default().to_owned();
    let places = problem["errors"].as_array().into_iter().flatten();
    let places = places.map(|error| format!("{}: {}", text(error, "/pointer"), text(error, "/detail")));
    let parts: Vec<_> = [said("title"), said("detail")].into_iter().chain(places).filter(|part| !part.is_empty()).collect();
    format!("{method} {path} was answered {status} {}: {}", said("code"), parts.join(" "))
}

/// The text at a JSON pointer; `?` where there is none.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_refusal_reads_like_a_sentence() {
        let problem =
            json!({"code": "body.invalid", "title": "Not acceptable.", "errors": [{"pointer": "/name", "code": "length", "detail": "Too long."}]});
        assert_eq!(
            refusal(&Method::POST, "/v1/partners", 422, &problem),
            "POST /v1/partners was answered 422 body.invalid: Not acceptable. /name: Too long."
        );
    }
}
