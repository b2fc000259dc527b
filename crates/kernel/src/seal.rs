//! Secrets at rest: AES-256-GCM under the key from configuration.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::sync::Arc;

/// Seals and opens secrets; the key itself never leaves it.
#[derive(Clone)]
pub struct Sealer(Arc<LessSafeKey>);

/// A sealed secret that does not open: another key, or it was changed.
#[derive(Debug, thiserror::Error)]
#[error("a stored secret does not open with PRM_SECRET_KEY; start with the key that it was written with")]
pub struct Unopened;

impl Sealer {
    /// Use this 256-bit key.
    pub fn new(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("32 bytes are an AES-256 key");
        Self(Arc::new(LessSafeKey::new(key)))
    }

    /// Seal `secret` for `purpose` (what and whose it is); it opens only for the same purpose.
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random();
        let mut sealed = secret.to_vec();
        let aad = Aad::from(purpose.as_bytes());
        self.0.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed).expect("secrets are short");
        [&nonce[..], &sealed].concat()
    }

    /// Open what was sealed for `purpose`.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or(Unopened)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unopened)?;
        let mut body = body.to_vec();
        let plain = self.0.open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut body).map_err(|_| Unopened)?;
        Ok(plain.to_vec())
    }
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
        assert!(sealer.open("webhook:1", &sealed[..5]).is_err());
    }
}
