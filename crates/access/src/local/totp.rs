//! Time-based codes (RFC 6238): HMAC-SHA-1, six digits, thirty seconds, as every authenticator app has them.

use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};

/// Seconds that a code holds.
const PERIOD: i64 = 30;
/// How far a clock may be off, in codes (RFC 6238 §5.2).
const SKEW: i64 = 1;
const DIGITS: u32 = 6;
/// RFC 4648 §6.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A fresh secret, as long as RFC 4226 §4 recommends.
pub fn fresh_secret() -> [u8; 20] {
    kernel::seal::random()
}

/// The step whose code this is, if it is one of now or of the neighbours.
pub fn step_of(secret: &[u8], code: &str, now: DateTime<Utc>) -> Option<i64> {
    let now = now.timestamp().div_euclid(PERIOD);
    // Each is compared, and each in constant time.
    let mut found = None;
    for step in now - SKEW..=now + SKEW {
        let expected = format!("{:0width$}", number(secret, step, DIGITS), width = DIGITS as usize);
        if aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), code.as_bytes()).is_ok() {
            found = Some(step);
        }
    }
    found
}

/// RFC 4226 §5.3, with the count of steps as the counter.
fn number(secret: &[u8], step: i64, digits: u32) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[tag.len() - 1] & 0xf);
    let cut = u32::from_be_bytes([tag[offset], tag[offset + 1], tag[offset + 2], tag[offset + 3]]) & 0x7fff_ffff;
    cut % 10_u32.pow(digits)
}

/// A secret as people type it.
pub fn base32(secret: &[u8]) -> String {
    let (mut text, mut held, mut bits) = (String::new(), 0_u32, 0);
    for byte in secret {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(BASE32[(held >> bits & 31) as usize]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(BASE32[(held << (5 - bits) & 31) as usize]));
    }
    text
}

/// The address that an authenticator app reads from a QR code.
pub fn uri(secret: &[u8], issuer: &str, account: &str) -> String {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    // A colon parts issuer and account.
    let issuer = encode(&issuer.replace(':', " "));
    let account = encode(&account.replace(':', " "));
    format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={PERIOD}", base32(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B.
    #[test]
    fn the_vectors_of_the_rfc() {
        let secret = b"12345678901234567890";
        for (at, code) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            assert_eq!(number(secret, at / PERIOD, 8), code, "{at}");
        }
    }

    #[test]
    fn a_code_holds_for_its_step_and_the_neighbours() {
        let secret = b"12345678901234567890";
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let code = "287082";
        assert_eq!(step_of(secret, code, at(59)), Some(1));
        assert_eq!(step_of(secret, code, at(0)), Some(1));
        assert_eq!(step_of(secret, code, at(89)), Some(1));
        assert_eq!(step_of(secret, code, at(90)), None);
        assert_eq!(step_of(secret, "28708", at(59)), None);
        assert_eq!(step_of(secret, "", at(59)), None);
    }

    /// RFC 4648 §10, without padding.
    #[test]
    fn secrets_are_written_in_base32() {
        for (bytes, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn the_address_names_vendor_and_person() {
        let uri = uri(b"foobar", "Contoso: & Söhne", "jo+x@contoso.example");
        assert!(
            uri.starts_with("otpauth://totp/Contoso%20%20%26%20S%C3%B6hne:jo%2Bx%40contoso.example?secret=MZXW6YTBOI&issuer=Contoso%20"),
            "{uri}"
        );
    }
}
