//! DocuSign eSignature REST API v2.1, as its published document describes it.
//!
//! An envelope is found again by its `transactionId`, which is the agreement's own id: DocuSign keeps it for seven days, for just this case
//! (`envelopeDefinition.transactionId`). Tokens are asked for by a JWT grant (RFC 7523), which the document does not describe.

use super::super::AgreementId;
use super::call::{self, Trouble};
use super::opened::Secrets;
use super::rules::{Seen, Signer, State, cut};
use super::types::SignatureDocusignKnown;
use super::worker::Wanted;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::cache::Followed;
use kernel::{App, Problem, guard};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

/// The name of the envelope's own field that tells which agreement it is.
const FIELD: &str = "prm_agreement";
/// The events that are worth a look.
const EVENTS: [&str; 6] =
    ["envelope-sent", "envelope-completed", "envelope-declined", "envelope-voided", "recipient-completed", "recipient-declined"];

/// An account there.
pub struct Docusign {
    /// Where its API is, without a slash at the end.
    pub base: String,
    /// The service.
    pub id: Uuid,
    /// Its revision: a token belongs to credentials.
    pub revision: i64,
    /// The account.
    pub known: SignatureDocusignKnown,
    /// What is sealed.
    pub secrets: Secrets,
}

#[derive(Clone)]
struct Token {
    text: String,
    until: DateTime<Utc>,
}

struct Tokens(Followed<(Uuid, i64), Token>);

impl Default for Tokens {
    fn default() -> Self {
        Self(Followed::new(1_000))
    }
}

/// 422 unless this is an RSA private key that signs.
pub fn check_key(pem: &str) -> Result<(), Problem> {
    let signs = EncodingKey::from_rsa_pem(pem.as_bytes()).and_then(|key| jsonwebtoken::encode(&Header::new(Algorithm::RS256), &json!({}), &key));
    signs.map(drop).map_err(|_| Problem::invalid("/docusign/private_key", "invalid_key", "Send an RSA private key as PEM."))
}

fn code(body: &Value) -> Option<&str> {
    body["errorCode"].as_str().or_else(|| body["error"].as_str())
}

fn time(value: &Value) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(value.as_str()?).ok().map(|time| time.to_utc())
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(|text| cut(text, 500))
}

impl Docusign {
    fn claims(&self, host: &str, now: DateTime<Utc>) -> Value {
        json!({ "iss": self.known.integration_key, "sub": self.known.user_id, "aud": host, "scope": "signature impersonation",
            "iat": now.timestamp(), "exp": (now + Duration::minutes(10)).timestamp() })
    }

    /// A token for some minutes more: the one that is kept, or a new one.
    async fn token(&self, app: &App) -> Result<String, Trouble> {
        let now = app.clock().now();
        let (tokens, key) = (app.service::<Tokens>(), (self.id, self.revision));
        let fresh = |token: &Token| now + Duration::minutes(5) < token.until;
        tokens.0.get_if_or_load(key, fresh, self.grant(app, now)).await.map(|token| token.text)
    }

    async fn grant(&self, app: &App, now: DateTime<Utc>) -> Result<Token, Trouble> {
        let url = call::address(app, &self.known.auth_url, &["oauth", "token"])?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let broken = |_| Trouble::passing("Its private key does not sign.");
        let key = EncodingKey::from_rsa_pem(self.secrets.private_key.as_bytes()).map_err(broken)?;
        let assertion = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &self.claims(&host, now), &key).map_err(broken)?;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
            .append_pair("assertion", &assertion)
            .finish();
        let request = call::client(app).post(url).header("content-type", "application/x-www-form-urlencoded").body(form);
        // Until the user has consented, or the key is entered there, it refuses: that can be put right.
        let body = call::send(request, call::SMALL, code).await.map_err(|trouble| Trouble { for_good: false, status: None, ..trouble })?;
        let answer = call::json(&body)?;
        let text = answer["access_token"].as_str().ok_or_else(|| Trouble::passing("Its answer holds no token."))?.to_owned();
        Ok(Token { text, until: now + Duration::seconds(answer["expires_in"].as_i64().unwrap_or(3600).clamp(0, 86_400)) })
    }

    async fn request(&self, app: &App, method: Method, parts: &[&str], query: &[(&str, &str)]) -> Result<RequestBuilder, Trouble> {
        let mut path = vec!["v2.1", "accounts", &self.known.account_id, "envelopes"];
        path.extend_from_slice(parts);
        let mut url = call::address(app, &self.base, &path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let token = self.token(app).await?;
        Ok(call::client(app).request(method, url).bearer_auth(token))
    }

    async fn send(&self, app: &App, request: RequestBuilder, most: usize) -> Result<Vec<u8>, Trouble> {
        let answer = call::send(request, most, code).await;
        if answer.as_ref().is_err_and(|trouble| trouble.status == Some(401)) {
            app.service::<Tokens>().0.forget(&(self.id, self.revision));
        }
        answer
    }

    /// The envelope of this agreement, if one was made in the last days: by its transaction, or by our own field of it.
    pub async fn find(&self, app: &App, agreement: AgreementId) -> Result<Option<String>, Trouble> {
        let transaction = agreement.0.to_string();
        let query = [("transaction_ids", transaction.as_str()), ("include", "custom_fields")];
        let request = self.request(app, Method::GET, &[], &query).await?;
        let found = call::json(&self.send(app, request, call::SMALL).await?)?;
        Ok(of_agreement(&found, &transaction, &agreement.to_string()))
    }

    /// Make and send the envelope.
    pub async fn create(&self, app: &App, wanted: &Wanted) -> Result<String, Trouble> {
        let request = self.request(app, Method::POST, &[], &[]).await?.json(&self.envelope(wanted));
        let made = call::json(&self.send(app, request, call::SMALL).await?)?;
        text(&made["envelopeId"]).ok_or_else(|| Trouble::passing("Its answer names no envelope."))
    }

    fn envelope(&self, wanted: &Wanted) -> Value {
        let title = cut(&wanted.title, 100);
        let signer = |(at, (name, email)): (usize, &(String, String))| {
            // Without tabs each signs where they want to, on the file as it is.
            let number = (at + 1).to_string();
            json!({ "recipientId": number, "routingOrder": number, "name": cut(name, 100), "email": email })
        };
        let signers: Vec<_> = wanted.signers.iter().enumerate().map(signer).collect();
        let mut envelope = json!({
            "transactionId": wanted.agreement.0.to_string(), "status": "sent", "emailSubject": title,
            "documents": [{ "documentId": "1", "name": title, "fileExtension": "pdf", "documentBase64": STANDARD.encode(&wanted.file) }],
            "recipients": { "signers": signers },
            "customFields": { "textCustomFields": [{ "name": FIELD, "value": wanted.agreement.to_string(), "required": "false", "show": "false" }] },
            "notification": self.notification(wanted),
        });
        if !self.secrets.hmac_keys.is_empty() {
            envelope["eventNotification"] = json!({ "url": wanted.events_url, "loggingEnabled": "true", "requireAcknowledgment": "true",
                "includeHMAC": "true", "deliveryMode": "SIM", "events": EVENTS, "eventData": { "format": "json", "version": "restv2.1" } });
        }
        envelope
    }

    fn notification(&self, wanted: &Wanted) -> Value {
        let every = wanted.remind_every_days.map(|days| days.to_string());
        let often = every.clone().unwrap_or_else(|| "0".into());
        json!({ "useAccountDefaults": "false",
            "reminders": { "reminderEnabled": every.is_some().to_string(), "reminderDelay": often, "reminderFrequency": often },
            "expirations": { "expireEnabled": "true", "expireAfter": wanted.expires_days.to_string(), "expireWarn": "0" } })
    }

    /// How an envelope stands.
    pub async fn look(&self, app: &App, id: &str) -> Result<Seen, Trouble> {
        let request = self.request(app, Method::GET, &[id], &[("include", "recipients")]).await?;
        match self.send(app, request, call::SMALL).await {
            Ok(body) => Ok(seen(&call::json(&body)?)),
            Err(trouble) if trouble.is_gone() || trouble.code.as_deref() == Some("ENVELOPE_DOES_NOT_EXIST") => Ok(Seen::gone()),
            Err(trouble) => Err(trouble),
        }
    }

    /// All documents of an envelope in one, with the certificate of completion.
    pub async fn file(&self, app: &App, id: &str) -> Result<Vec<u8>, Trouble> {
        let request = self.request(app, Method::GET, &[id, "documents", "combined"], &[("certificate", "true")]).await?;
        call::pdf(self.send(app, request.header("accept", "application/pdf").timeout(call::long(app)), call::FILE).await?)
    }

    /// Void an envelope.
    pub async fn void(&self, app: &App, id: &str, reason: &str) -> Result<(), Trouble> {
        let body = json!({ "status": "voided", "voidedReason": cut(reason, 200) });
        let request = self.request(app, Method::PUT, &[id], &[]).await?.json(&body);
        self.send(app, request, call::SMALL).await.map(drop)
    }
}

/// The id of the envelope in a list that is of this transaction, or whose field says that it is of this agreement.
fn of_agreement(found: &Value, transaction: &str, agreement: &str) -> Option<String> {
    let is_of = |one: &&Value| {
        let mut fields = one["customFields"]["textCustomFields"].as_array().into_iter().flatten();
        one["transactionId"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(transaction))
            || fields.any(|field| field["name"] == FIELD && field["value"] == agreement)
    };
    let lists = [&found["envelopes"], &found["envelopeTransactionStatuses"]];
    lists.into_iter().filter_map(Value::as_array).flatten().filter(is_of).find_map(|one| text(&one["envelopeId"]))
}

/// Read an envelope with its recipients.
fn seen(envelope: &Value) -> Seen {
    let signers: Vec<_> = envelope["recipients"]["signers"].as_array().into_iter().flatten().filter_map(signer).collect();
    let status = envelope["status"].as_str().unwrap_or_default().to_ascii_lowercase();
    let reason = || envelope["recipients"]["signers"].as_array().into_iter().flatten().find_map(|one| text(&one["declinedReason"]));
    let state = match status.as_str() {
        "completed" => State::Completed,
        "declined" => State::Declined(reason()),
        // An envelope whose time has run out is voided, in these words.
        "voided" if text(&envelope["voidedReason"]).is_some_and(|reason| reason.to_ascii_lowercase().contains("expired")) => State::Expired,
        "voided" => State::Voided(text(&envelope["voidedReason"])),
        "deleted" => State::Gone,
        _ => State::Open,
    };
    Seen { state, signers, completed_at: time(&envelope["completedDateTime"]), trouble: None }
}

fn signer(one: &Value) -> Option<Signer> {
    let place = one["recipientId"].as_str()?.parse::<usize>().ok()?.checked_sub(1)?;
    let status = one["status"].as_str().unwrap_or_default().to_ascii_lowercase();
    let (signed, declined) = (matches!(status.as_str(), "completed" | "signed"), status == "declined");
    let at = time(if declined { &one["declinedDateTime"] } else { &one["signedDateTime"] });
    Some(Signer { place, signed, declined, at, name: text(&one["name"]), reference: text(&one["recipientIdGuid"]) })
}

/// Which envelope an event is about, and when it was told. Older forms of events put the id beside the data.
pub fn event(body: &Value) -> Option<(String, Option<DateTime<Utc>>)> {
    let id = text(&body["data"]["envelopeId"]).or_else(|| text(&body["envelopeId"]))?;
    Some((id, time(&body["generatedDateTime"])))
}

/// Whether this can be called.
pub fn check_auth_url(text: &str, allow_private: bool) -> Result<(), Problem> {
    guard::read_url(text, allow_private).map(drop).map_err(|sentence| Problem::invalid("/docusign/auth_url", "invalid_url", sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_read_as_it_stands() {
        let envelope = json!({ "status": "declined", "recipients": { "signers": [
            { "recipientId": "1", "status": "completed", "signedDateTime": "2026-11-20T12:00:00.0000000Z", "name": "Sam" },
            { "recipientId": "2", "status": "declined", "declinedReason": "No.", "declinedDateTime": "2026-11-20T13:00:00.0000000Z" },
            { "recipientId": "x" }, { "recipientId": "0" }] } });
        let seen = seen(&envelope);
        assert_eq!(seen.state, State::Declined(Some("No.".into())));
        assert_eq!(seen.signers.iter().map(|one| (one.place, one.signed, one.declined)).collect::<Vec<_>>(), [(0, true, false), (1, false, true)]);
        assert!(seen.signers.iter().all(|one| one.at.is_some()));
    }

    #[test]
    fn an_envelope_is_found_by_its_transaction_or_by_our_field_and_no_other_is() {
        let by_field = json!({ "envelopeId": "e2", "customFields": { "textCustomFields": [{ "name": FIELD, "value": "agr_1" }] } });
        let found = |list: Value| of_agreement(&list, "0a1b", "agr_1");
        assert_eq!(found(json!({ "envelopes": [{ "envelopeId": "e1" }, by_field] })), Some("e2".into()));
        assert_eq!(found(json!({ "envelopeTransactionStatuses": [{ "envelopeId": "e3", "transactionId": "0A1B" }] })), Some("e3".into()));
        assert_eq!(found(json!({ "envelopes": [{ "envelopeId": "e1", "transactionId": "0a1c" }] })), None);
        assert_eq!(found(json!({ "resultSetSize": "0" })), None);
    }

    #[test]
    fn what_is_unheard_of_is_open_and_what_ran_out_has_expired() {
        let state = |status: &str, reason: &str| seen(&json!({ "status": status, "voidedReason": reason })).state;
        assert_eq!((state("authoritativecopy", ""), state("sent", "")), (State::Open, State::Open));
        assert_eq!(
            (state("voided", "Envelope has expired."), state("voided", "A mistake.")),
            (State::Expired, State::Voided(Some("A mistake.".into())))
        );
        assert_eq!(seen(&json!({})).state, State::Open);
    }
}
