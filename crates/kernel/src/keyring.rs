//! Keys that sign what is sent out, as Standard Webhooks has it: `v1` (HMAC-SHA256) and `v1a` (Ed25519), with overlap while secrets rotate.

use crate::problem::Problem;
use crate::seal::{Sealer, random};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// Live secrets at most, however often one is rotated: each adds to every request's headers.
const MOST: usize = 4;

/// A symmetric secret and the seed of an Ed25519 key, which rotate together.
#[derive(Clone, Serialize, Deserialize)]
struct Pair {
    hmac: [u8; 32],
    seed: [u8; 32],
    /// It signs until then; the current one has no end.
    until: Option<DateTime<Utc>>,
}

impl Pair {
    fn fresh() -> Self {
        Self { hmac: random(), seed: random(), until: None }
    }

    fn signer(&self) -> Signer {
        let ed25519 = Ed25519KeyPair::from_seed_unchecked(&self.seed).expect("a seed is 32 bytes");
        Signer { hmac: hmac::Key::new(hmac::HMAC_SHA256, &self.hmac), ed25519, until: self.until }
    }
}

/// A receiver's secrets, the current one first.
#[derive(Clone, Serialize, Deserialize)]
pub struct Keyring(Vec<Pair>);

impl Keyring {
    /// A keyring with one fresh secret.
    pub fn fresh() -> Self {
        Self(vec![Pair::fresh()])
    }

    /// Put a fresh secret in front; the one before signs too until `now + overlap`.
    pub fn rotate(&mut self, now: DateTime<Utc>, overlap: Duration) {
        for pair in &mut self.0 {
            pair.until = Some(pair.until.unwrap_or(now + overlap).min(now + overlap));
        }
        self.0.retain(|pair| pair.until.is_some_and(|until| until > now));
        self.0.insert(0, Pair::fresh());
        self.0.truncate(MOST);
    }

    /// The current symmetric secret, as receivers' libraries take it.
    pub fn secret(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.0[0].hmac))
    }

    /// The current public key, as receivers' libraries take it.
    pub fn public_key(&self) -> String {
        format!("whpk_{}", STANDARD.encode(self.0[0].signer().ed25519.public_key()))
    }

    /// Encrypt it for the database.
    pub fn seal(&self, sealer: &Sealer, purpose: &str) -> Vec<u8> {
        sealer.seal(purpose, &serde_json::to_vec(self).expect("a keyring is plain data"))
    }

    /// Decrypt what [`Keyring::seal`] made.
    pub fn open(sealer: &Sealer, purpose: &str, sealed: &[u8]) -> Result<Self, Problem> {
        let plain = sealer.open(purpose, sealed).map_err(Problem::internal)?;
        serde_json::from_slice(&plain).map_err(Problem::internal)
    }

    /// What signs with every live secret.
    pub fn signers(&self) -> Signers {
        Signers(self.0.iter().map(Pair::signer).collect())
    }
}

struct Signer {
    hmac: hmac::Key,
    ed25519: Ed25519KeyPair,
    until: Option<DateTime<Utc>>,
}

/// The live secrets, ready for use.
pub struct Signers(Vec<Signer>);

impl Signers {
    /// The value of `webhook-signature` for a message sent at `now`.
    pub fn sign(&self, id: &str, now: DateTime<Utc>, body: &[u8]) -> String {
        let head = format!("{id}.{}.", now.timestamp());
        let content = [head.as_bytes(), body].concat();
        let mut signatures = String::new();
        for signer in self.0.iter().filter(|signer| signer.until.is_none_or(|until| now < until)) {
            let v1 = STANDARD.encode(hmac::sign(&signer.hmac, &content));
            let v1a = STANDARD.encode(signer.ed25519.sign(&content));
            let space = if signatures.is_empty() { "" } else { " " };
            let _ = write!(signatures, "{space}v1,{v1} v1a,{v1a}");
        }
        signatures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

    const BODY: &[u8] = br#"{"type":"deal.approved"}"#;

    fn now() -> DateTime<Utc> {
        crate::clock::Clock::machine().now()
    }

    fn verifies(secret: &str, signature: &str, at: DateTime<Utc>) -> bool {
        let mut headers = reqwest::header::HeaderMap::new();
        let mut set = |name: &'static str, value: &str| headers.insert(name, value.parse().unwrap());
        set("webhook-id", "evt_1");
        set("webhook-timestamp", &at.timestamp().to_string());
        set("webhook-signature", signature);
        standardwebhooks::Webhook::new(secret).unwrap().verify(BODY, &headers).is_ok()
    }

    #[test]
    fn the_public_library_verifies_v1() {
        let (keyring, at) = (Keyring::fresh(), now());
        let signature = keyring.signers().sign("evt_1", at, BODY);
        assert!(verifies(&keyring.secret(), &signature, at));
        assert!(!verifies(&Keyring::fresh().secret(), &signature, at));
    }

    #[test]
    fn the_public_key_verifies_v1a() {
        let (keyring, at) = (Keyring::fresh(), now());
        let signature = keyring.signers().sign("evt_1", at, BODY);
        let v1a = STANDARD.decode(signature.split(' ').find_map(|part| part.strip_prefix("v1a,")).unwrap()).unwrap();
        let key = STANDARD.decode(keyring.public_key().strip_prefix("whpk_").unwrap()).unwrap();
        let content = [format!("evt_1.{}.", at.timestamp()).as_bytes(), BODY].concat();
        assert!(UnparsedPublicKey::new(&ED25519, key).verify(&content, &v1a).is_ok());
    }

    #[test]
    fn an_old_secret_signs_until_the_overlap_ends() {
        let (mut keyring, at) = (Keyring::fresh(), now());
        let old = keyring.secret();
        keyring.rotate(at, Duration::hours(1));
        let during = keyring.signers().sign("evt_1", at, BODY);
        assert!(verifies(&old, &during, at) && verifies(&keyring.secret(), &during, at));
        let after = keyring.signers().sign("evt_1", at + Duration::hours(1), BODY);
        assert!(!verifies(&old, &after, at) && after.matches("v1,").count() == 1);
        keyring.rotate(at + Duration::hours(2), Duration::zero());
        assert_eq!(keyring.0.len(), 1);
    }

    #[test]
    fn a_keyring_opens_only_for_its_purpose() {
        let (sealer, keyring) = (Sealer::new(&[1; 32]), Keyring::fresh());
        let sealed = keyring.seal(&sealer, "one");
        assert_eq!(Keyring::open(&sealer, "one", &sealed).unwrap().secret(), keyring.secret());
        assert!(Keyring::open(&sealer, "two", &sealed).is_err());
    }
}
