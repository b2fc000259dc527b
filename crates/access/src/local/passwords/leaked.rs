//! Passwords that others have lost already: the first that an attacker tries.

use sha2::{Digest as _, Sha256};

/// Sorted, five bytes of SHA-256 each: made by `data/make_leaked_passwords.py`, which names its sources.
const KNOWN: &[u8] = include_bytes!("../../../data/leaked_passwords.bin");
const WIDTH: usize = 5;

/// Whether this password is on the list, in whatever case.
pub fn is_leaked(password: &str) -> bool {
    let hash = Sha256::digest(password.to_lowercase().as_bytes());
    let (entries, _) = KNOWN.as_chunks::<WIDTH>();
    entries.binary_search_by(|entry| entry.as_slice().cmp(&hash[..WIDTH])).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_knows_the_common_ones_and_lets_others_pass() {
        for password in ["password", "Password1", "12345678", "QWERTYUIOP", "iloveyou", "1q2w3e4r5t6y"] {
            assert!(is_leaked(password), "{password}");
        }
        for password in ["vermilion otter bicycle", "kq7Zr-29xwm", "päivänkakkara niityllä"] {
            assert!(!is_leaked(password), "{password}");
        }
        assert!(KNOWN.len() / WIDTH > 20_000);
    }
}
