//! Secrets at rest: AES-256-GCM under the key from configuration, which can be changed while the service runs.
//!
//! A sealed value begins with the name of its key, so that several keys may be in use: one seals, the others only open
//! what they sealed before. [`crate::reseal`] brings old values under the new key.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sea_orm::{DbErr, QueryResult};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Seals and opens secrets; the keys themselves never leave it.
#[derive(Clone)]
pub struct Sealer(Arc<Keys>);

struct Keys {
    current: Key,
    others: Vec<Key>,
}

struct Key {
    head: Head,
    key: LessSafeKey,
}

/// What a sealed value begins with: the format's version and the name of its key.
pub type Head = [u8; 8];

/// Version 1 of the format; before it there was only the nonce.
const VERSION: [u8; 3] = *b"ps1";

/// A sealed secret that does not open: another key, or it was changed.
#[derive(Debug, thiserror::Error)]
#[error("a stored secret opens neither with PRM_SECRET_KEY nor with PRM_SECRET_KEY_PREVIOUS; start with the key that it was written with")]
pub struct Unopened;

/// A column of sealed values. Whatever seals into the database registers its column, or its values are lost with the key.
#[derive(Debug, Clone, Copy)]
pub struct Sealed {
    /// The table.
    pub table: &'static str,
    /// The columns of its primary key; the first is `vendor_id` where rows belong to a vendor.
    pub key: &'static [KeyColumn],
    /// The column that holds the sealed bytes; it may be null.
    pub column: &'static str,
    /// What the value of this row is sealed for: the row holds the columns of `key` and those of `also`.
    pub purpose: fn(&QueryResult) -> Result<String, DbErr>,
    /// Further columns that `purpose` reads.
    pub also: &'static [&'static str],
}

/// A column of a primary key, by its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyColumn {
    /// `{uuid}`.
    Uuid(&'static str),
    /// `text`.
    Text(&'static str),
    /// `{bytes}`.
    Bytes(&'static str),
}

impl Key {
    fn new(key: &[u8; 32]) -> Self {
        // Five bytes of a hash name a key well enough among a handful, and tell nothing about it.
        let name = Sha256::new().chain_update("prm: the name of a sealing key\0").chain_update(key).finalize();
        let mut head = [0; 8];
        head[..3].copy_from_slice(&VERSION);
        head[3..].copy_from_slice(&name[..5]);
        let key = UnboundKey::new(&AES_256_GCM, key).expect("32 bytes are an AES-256 key");
        Self { head, key: LessSafeKey::new(key) }
    }

    fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or(Unopened)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unopened)?;
        let mut body = body.to_vec();
        self.key.open_in_place(nonce, Aad::from(aad), &mut body).map(|plain| plain.to_vec()).map_err(|_| Unopened)
    }
}

impl Sealer {
    /// Use this 256-bit key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self::with_others(key, &[])
    }

    /// Seal with `key`; open also what one of `others` sealed.
    pub fn with_others(key: &[u8; 32], others: &[[u8; 32]]) -> Self {
        Self(Arc::new(Keys { current: Key::new(key), others: others.iter().map(Key::new).collect() }))
    }

    /// What values begin with that the current key sealed.
    pub fn head(&self) -> Head {
        self.0.current.head
    }

    /// Seal `secret` for `purpose` (what and whose it is); it opens only for the same purpose.
    /// Where the result is kept in a column, register it: see [`Sealed`].
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> Vec<u8> {
        let Key { head, key } = &self.0.current;
        let nonce: [u8; NONCE_LEN] = random();
        let mut sealed = secret.to_vec();
        let aad = bound(head, purpose);
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut sealed).expect("secrets are short");
        [&head[..], &nonce, &sealed].concat()
    }

    /// Open what was sealed for `purpose`, by whichever of the keys.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        let named = self.keys().find(|key| sealed.starts_with(&key.head));
        if let Some(key) = named
            && let Ok(plain) = key.open(&bound(&key.head, purpose), &sealed[key.head.len()..])
        {
            return Ok(plain);
        }
        // Written before values named their key.
        self.keys().find_map(|key| key.open(purpose.as_bytes(), sealed).ok()).ok_or(Unopened)
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.0.current).chain(&self.0.others)
    }
}

/// A value is bound to its head as well, or one could be passed off as of another version.
fn bound(head: &Head, purpose: &str) -> Vec<u8> {
    [&head[..], purpose.as_bytes()].concat()
}

/// Unguessable bytes from the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_with_its_key_and_purpose() {
        let sealer = Sealer::new(&[7; 32]);
        let sealed = sealer.seal("webhook:1", b"whsec");
        assert_eq!(sealer.open("webhook:1", &sealed).unwrap(), b"whsec");
        assert!(sealer.open("webhook:2", &sealed).is_err());
        assert!(Sealer::new(&[8; 32]).open("webhook:1", &sealed).is_err());
        for length in 0..sealed.len() {
            assert!(sealer.open("webhook:1", &sealed[..length]).is_err(), "cut to {length}");
        }
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(sealer.open("webhook:1", &changed).is_err(), "changed at {at}");
        }
    }

    #[test]
    fn a_new_key_seals_and_the_older_ones_still_open() {
        let (old, new) = (Sealer::new(&[7; 32]), Sealer::with_others(&[8; 32], &[[9; 32], [7; 32]]));
        assert_eq!(new.open("a", &old.seal("a", b"one")).unwrap(), b"one");
        let sealed = new.seal("a", b"two");
        assert!(sealed.starts_with(&new.head()) && new.head() != old.head());
        assert!(old.open("a", &sealed).is_err());
        assert_eq!(Sealer::with_others(&[7; 32], &[[8; 32]]).open("a", &sealed).unwrap(), b"two");
    }

    #[test]
    fn what_was_sealed_before_values_named_their_key_still_opens() {
        let key = Key::new(&[7; 32]);
        let nonce: [u8; NONCE_LEN] = random();
        let mut body = b"whsec".to_vec();
        key.key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(b"webhook:1"), &mut body).unwrap();
        let sealed = [&nonce[..], &body].concat();
        for sealer in [Sealer::new(&[7; 32]), Sealer::with_others(&[8; 32], &[[7; 32]])] {
            assert_eq!(sealer.open("webhook:1", &sealed).unwrap(), b"whsec");
            assert!(sealer.open("webhook:2", &sealed).is_err());
        }
        assert!(Sealer::new(&[8; 32]).open("webhook:1", &sealed).is_err());
    }
}
