//! Dropbox Sign API v3, as its published document describes it.
//!
//! A request carries the agreement's id as `metadata`, which the service gives back with it; it is found again by going through the account's newest
//! requests (`/signature_request/list`), as far back as it can have been made. The API has no key of its own for a request that is made twice.

use super::super::AgreementId;
use super::call::{self, Trouble};
use super::form::Form;
use super::opened::Secrets;
use super::rules::{Seen, Signer, State, cut};
use super::types::SignatureDropboxSignKnown;
use super::worker::Wanted;
use chrono::{DateTime, Utc};
use kernel::App;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// The name of the metadata that tells which agreement it is.
const FIELD: &str = "prm_agreement";
/// Requests on a page of the list.
const PAGE: usize = 100;
/// Pages that are gone through at most.
const PAGES: usize = 50;

/// An account there.
pub struct Dropbox {
    /// Where its API is, without a slash at the end.
    pub base: String,
    /// How requests are made.
    pub known: SignatureDropboxSignKnown,
    /// What is sealed.
    pub secrets: Secrets,
}

fn code(body: &Value) -> Option<&str> {
    body["error"]["error_name"].as_str()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(|text| cut(text, 500))
}

fn time(value: &Value) -> Option<DateTime<Utc>> {
    value.as_i64().and_then(|seconds| DateTime::from_timestamp(seconds, 0))
}

impl Dropbox {
    fn request(&self, app: &App, method: Method, parts: &[&str], query: &[(&str, &str)]) -> Result<RequestBuilder, Trouble> {
        let mut path = vec!["signature_request"];
        path.extend_from_slice(parts);
        let mut url = call::address(app, &self.base, &path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(call::client(app).request(method, url).basic_auth(&self.secrets.api_key, Some("")))
    }

    /// The request of this agreement, if one was made since `since`. Where it cannot be told, none is made.
    pub async fn find(&self, app: &App, agreement: AgreementId, since: DateTime<Utc>) -> Result<Option<String>, Trouble> {
        let wanted = agreement.to_string();
        for page in 1..=PAGES {
            let query = [("page", page.to_string()), ("page_size", PAGE.to_string())];
            let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let request = self.request(app, Method::GET, &["list"], &query)?;
            let answer = call::json(&call::send(request, call::FILE, code).await?)?;
            let listed = answer["signature_requests"].as_array().ok_or_else(|| Trouble::passing("Its list could not be read."))?;
            let of_it = listed.iter().find(|one| one["metadata"][FIELD] == wanted.as_str());
            if let Some(id) = of_it.and_then(|one| text(&one["signature_request_id"])) {
                return Ok(Some(id));
            }
            let is_older = |one: &Value| time(&one["created_at"]).is_some_and(|made| made < since);
            let pages = answer["list_info"]["num_pages"].as_u64().unwrap_or(u64::MAX);
            if listed.is_empty() || pages <= page as u64 || listed.iter().all(is_older) {
                return Ok(None);
            }
        }
        Err(Trouble::passing("Its list is too long to tell whether the request was made."))
    }

    /// Make and send the request.
    pub async fn create(&self, app: &App, wanted: &Wanted) -> Result<String, Trouble> {
        let (media, body) = self.form(wanted).finish();
        let request = self.request(app, Method::POST, &["send"], &[])?.header("content-type", media).body(body);
        let made = call::json(&call::send(request, call::SMALL, code).await?)?;
        text(&made["signature_request"]["signature_request_id"]).ok_or_else(|| Trouble::passing("Its answer names no request."))
    }

    fn form(&self, wanted: &Wanted) -> Form {
        let title = cut(&wanted.title, 255);
        let mut form = Form::new()
            .text("title", &title)
            .text("subject", &title)
            .text("allow_decline", "true")
            .text(&format!("metadata[{FIELD}]"), &wanted.agreement.to_string())
            .text("test_mode", &self.known.test_mode.to_string());
        if let Some(app) = &self.known.client_id {
            form = form.text("client_id", app);
        }
        if let Some(until) = wanted.expires_at {
            form = form.text("expires_at", &until.timestamp().to_string());
        }
        for (at, (name, email)) in wanted.signers.iter().enumerate() {
            form = form
                .text(&format!("signers[{at}][name]"), name)
                .text(&format!("signers[{at}][email_address]"), email)
                .text(&format!("signers[{at}][order]"), &at.to_string());
        }
        form.pdf("files[0]", "agreement.pdf", &wanted.file)
    }

    /// How a request stands.
    pub async fn look(&self, app: &App, id: &str) -> Result<Seen, Trouble> {
        match call::send(self.request(app, Method::GET, &[id], &[])?, call::SMALL, code).await {
            Ok(body) => Ok(seen(&call::json(&body)?["signature_request"])),
            Err(trouble) if trouble.is_gone() => Ok(Seen::gone()),
            Err(trouble) => Err(trouble),
        }
    }

    /// The final file: the documents in one, with the audit trail at its end.
    pub async fn file(&self, app: &App, id: &str) -> Result<Vec<u8>, Trouble> {
        let request = self.request(app, Method::GET, &["files", id], &[("file_type", "pdf")])?.header("accept", "application/pdf");
        call::pdf(call::send(request.timeout(call::long(app)), call::FILE, code).await?)
    }

    /// Ask that a request be cancelled, which the service does a little later.
    pub async fn void(&self, app: &App, id: &str) -> Result<(), Trouble> {
        call::send(self.request(app, Method::POST, &["cancel", id], &[])?, call::SMALL, code).await.map(drop)
    }
}

/// Read a signature request.
fn seen(request: &Value) -> Seen {
    let all: Vec<_> = request["signatures"].as_array().into_iter().flatten().collect();
    let any = |status: &str| all.iter().any(|one| one["status_code"] == status);
    let is = |member: &str| request[member] == true;
    let state = match () {
        () if is("is_complete") => State::Completed,
        () if is("is_declined") || any("declined") => State::Declined(all.iter().find_map(|one| text(&one["decline_reason"]))),
        () if any("canceled") => State::Voided(None),
        () if any("expired") => State::Expired,
        () => State::Open,
    };
    let signers: Vec<_> = all.iter().enumerate().map(|(at, one)| signer(at, one)).collect();
    let completed_at = signers.iter().filter_map(|one| one.at).max();
    let trouble = is("has_error").then_some("Dropbox Sign reports an error of this request; see it there.");
    Seen { state, signers, completed_at, trouble }
}

fn signer(at: usize, one: &Value) -> Signer {
    let place = one["order"].as_u64().and_then(|order| usize::try_from(order).ok()).unwrap_or(at);
    let (signed, declined) = (one["status_code"] == "signed", one["status_code"] == "declined");
    Signer { place, signed, declined, at: time(&one["signed_at"]), name: text(&one["signer_name"]), reference: text(&one["signature_id"]) }
}

/// An event, as far as it is looked at.
pub struct Event {
    /// When it happened, as it was hashed.
    pub time: String,
    /// Its type, as it was hashed.
    pub kind: String,
    /// The hash.
    pub hash: String,
    /// The request that it is about. The hash does not cover it: it is no more than whom to ask about.
    pub request: Option<String>,
}

/// Read an event.
pub fn event(body: &Value) -> Option<Event> {
    let part = |name: &str| body["event"][name].as_str().map(str::to_owned);
    let request = text(&body["signature_request"]["signature_request_id"]);
    Some(Event { time: part("event_time")?, kind: part("event_type")?, hash: part("event_hash")?, request })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_request_is_read_as_it_stands() {
        let one = |status: &str, order: Value| json!({ "status_code": status, "order": order, "signed_at": 1_795_176_000, "decline_reason": null });
        let of = |members: Value| seen(&members);
        let open = of(json!({ "is_complete": false, "signatures": [one("signed", json!(1)), one("awaiting_signature", json!(0))] }));
        assert_eq!((open.state, open.signers[0].place, open.signers[0].signed, open.signers[1].signed), (State::Open, 1, true, false));
        assert_eq!(of(json!({ "is_complete": true, "signatures": [one("signed", Value::Null)] })).state, State::Completed);
        assert_eq!(
            of(json!({ "is_declined": true, "signatures": [{ "status_code": "declined", "decline_reason": "No." }] })).state,
            State::Declined(Some("No.".into()))
        );
        assert_eq!(of(json!({ "signatures": [one("expired", json!(0))] })).state, State::Expired);
        assert_eq!(of(json!({ "signatures": [one("canceled", json!(0))] })).state, State::Voided(None));
        assert!(of(json!({ "has_error": true })).trouble.is_some());
    }
}
