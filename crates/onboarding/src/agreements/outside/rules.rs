//! What a service said of a request, what an event of it is worth, and how long to wait: pure.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};

/// A request that cannot be made or ended for so long is given up. DocuSign finds an envelope by its transaction for seven days: this is well within.
pub const PATIENCE: Duration = Duration::hours(72);
/// What is out is looked at this often, should no event come.
pub const INTERVAL: Duration = Duration::hours(1);
/// What was asked to end and has not yet is looked at again after this.
pub const SOON: Duration = Duration::minutes(1);
/// How far a service's clock may be off before one of its events is taken for an old one.
pub const SLACK: Duration = Duration::minutes(5);

/// An event that was taken is known again for so long; an older one is not taken. DocuSign tries for 15 days, Dropbox Sign for less.
pub const KEPT: Duration = Duration::days(30);

/// How a request stands, by its service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// With its signers.
    Open,
    /// Everybody has signed.
    Completed,
    /// A signer does not sign, for this reason.
    Declined(Option<String>),
    /// Taken back there, for this reason.
    Voided(Option<String>),
    /// Its time there has run out.
    Expired,
    /// There is no such request, or none any more.
    Gone,
}

/// How a signer stands, by the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// Their place in the agreement.
    pub place: usize,
    /// Whether they signed.
    pub signed: bool,
    /// Whether they declined.
    pub declined: bool,
    /// When they did.
    pub at: Option<DateTime<Utc>>,
    /// The name under which they are known there.
    pub name: Option<String>,
    /// What the service calls their signature.
    pub reference: Option<String>,
}

/// What a service says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// How it stands.
    pub state: State,
    /// Its signers.
    pub signers: Vec<Signer>,
    /// When it was completed.
    pub completed_at: Option<DateTime<Utc>>,
    /// What the service says is wrong with it, in a sentence of ours.
    pub trouble: Option<&'static str>,
}

impl Seen {
    /// There is none.
    pub fn gone() -> Self {
        Self { state: State::Gone, signers: Vec::new(), completed_at: None, trouble: None }
    }
}

/// Whether one of `signatures` is what one of `keys` makes of `body`, as DocuSign Connect signs: base64 of HMAC-SHA256. In constant time.
pub fn is_signed_by_connect(keys: &[String], signatures: &[&str], body: &[u8]) -> bool {
    let tags: Vec<_> = signatures.iter().filter_map(|signature| STANDARD.decode(signature.trim()).ok()).collect();
    let verifies = |key: &String| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        tags.iter().any(|tag| hmac::verify(&key, body, tag).is_ok())
    };
    keys.iter().any(verifies)
}

/// Whether an event of Dropbox Sign is one: its hash is the hex of HMAC-SHA256 over its time and type, by the API key. In constant time.
pub fn is_hashed_by(api_key: &str, time: &str, kind: &str, hash: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, api_key.as_bytes());
    unhex(hash).is_some_and(|tag| hmac::verify(&key, format!("{time}{kind}").as_bytes(), &tag).is_ok())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().map(|digit| (digit as char).to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let whole = digits.len().is_multiple_of(2);
    whole.then(|| digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// The first `most` characters of a text.
pub fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// How long to wait after so many failures in a row.
pub fn pause(attempts: i64, asked: Option<i64>) -> Duration {
    crate::asking::rules::pause(attempts).max(Duration::seconds(asked.unwrap_or_default().clamp(0, 86_400)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_connect_is_signed_by_any_of_the_keys_over_the_whole_body() {
        let keys = ["old".to_owned(), "new".to_owned()];
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"new");
        let signature = STANDARD.encode(hmac::sign(&key, b"body"));
        assert!(is_signed_by_connect(&keys, &["AAAA", &signature], b"body"));
        assert!(!is_signed_by_connect(&keys, &[&signature], b"bodY") && !is_signed_by_connect(&keys[..1], &[&signature], b"body"));
        assert!(!is_signed_by_connect(&keys, &[], b"body") && !is_signed_by_connect(&[], &[&signature], b"body"));
        assert!(!is_signed_by_connect(&keys, &["", "=", &signature[..20]], b"body"));
    }

    #[test]
    fn an_event_of_dropbox_sign_carries_the_hash_of_its_time_and_type() {
        let hash = kernel::text::hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"a-key"), b"1348177752signature_request_sent").as_ref());
        assert!(is_hashed_by("a-key", "1348177752", "signature_request_sent", &hash));
        assert!(is_hashed_by("a-key", "1348177752", "signature_request_sent", &hash.to_uppercase()));
        assert!(!is_hashed_by("a-key", "1348177753", "signature_request_sent", &hash));
        for wrong in ["", "0", "zz", &hash[..62], "é"] {
            assert!(!is_hashed_by("a-key", "1348177752", "signature_request_sent", wrong), "{wrong}");
        }
    }

    #[test]
    fn pauses_grow_and_are_no_shorter_than_what_is_asked_for() {
        assert!(pause(1, None) < pause(2, None) && pause(60, None) <= Duration::hours(1));
        assert_eq!((pause(1, Some(600)), pause(1, Some(-5))), (Duration::minutes(10), pause(1, None)));
    }
}
