//! The secret of a key.

use super::PREFIX;
use kernel::text::hex;
use sha2::{Digest, Sha256};

/// A secret: random, with a checksum that tells a mistyped key from an unknown one without a query.
pub(super) fn fresh_secret() -> String {
    let body = hex(&kernel::seal::random::<24>());
    format!("{PREFIX}{body}{}", checksum(&body))
}

/// Whether a key's checksum fits.
pub fn checksum_holds(secret: &str) -> bool {
    let Some(rest) = secret.strip_prefix(PREFIX) else { return false };
    rest.len() == 56 && rest.is_ascii() && checksum(&rest[..48]) == rest[48..]
}

fn checksum(body: &str) -> String {
    hex(&Sha256::digest(body.as_bytes())[..4])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_key_is_told_apart_without_a_query() {
        let secret = fresh_secret();
        assert!(checksum_holds(&secret));
        let wrong = secret.replacen(&secret[4..5], if &secret[4..5] == "0" { "1" } else { "0" }, 1);
        assert!(!checksum_holds(&wrong));
        assert!(!checksum_holds("prm_") && !checksum_holds("prm_ééééééééééééééééééééééééééééé"));
    }
}
