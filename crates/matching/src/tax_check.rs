//! Whether a tax number is one that its country gives out: its form, and its check digits where they are published.

use crate::tax::read;

/// What is told of a tax number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaxIdCheck {
    /// Its form and check digits are right.
    Right,
    /// Its form is right; its country publishes no check digits, or they are not known here.
    WellFormed,
    /// Its country gives out no such numbers.
    WrongForm,
    /// Its check digits are wrong.
    WrongDigits,
    /// Nothing is known of its country's numbers, or no country is.
    Unknown,
}

/// Check a tax number of a country (ISO 3166-1 alpha-2), or of the country that it names itself.
pub fn check_tax_id(text: &str, country: Option<&str>) -> TaxIdCheck {
    let Some(id) = read(text, country) else { return TaxIdCheck::WrongForm };
    let Some(country) = id.country else { return TaxIdCheck::Unknown };
    let number = id.digits.as_str();
    match country.as_str() {
        "DE" => digits(number, &[9], iso_7064).or_formed(number, &[10, 11, 13]),
        "AT" => digits(number.strip_prefix('U').unwrap_or(number), &[8], austrian),
        "FR" => french(number),
        "IT" => digits(number, &[11], luhn),
        "BE" => digits(number, &[10], |d| value(&d[..8]) % 97 == 97 - value(&d[8..])),
        "PL" => digits(number, &[10], |d| weighed(d, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == d[9]),
        "DK" => digits(number, &[8], |d| weighed(d, &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)),
        "FI" => digits(number, &[8], |d| (11 - weighed(d, &[7, 9, 10, 5, 8, 4, 2]) % 11) % 11 == d[7]),
        "SE" => digits(number.strip_suffix("01").filter(|rest| rest.len() == 10).unwrap_or(number), &[10], luhn),
        "NO" => digits(number.trim_end_matches("MVA"), &[9], |d| (11 - weighed(d, &[3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11 == d[8]),
        "CH" => digits(number.trim_start_matches('E').trim_end_matches(['M', 'W', 'S', 'T', 'V', 'A', 'I']), &[9], |d| {
            (11 - weighed(d, &[5, 4, 3, 2, 7, 6, 5, 4]) % 11) % 11 == d[8]
        }),
        "PT" => digits(number, &[9], |d| (11 - weighed(d, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10 == d[8]),
        "AU" => digits(number, &[11], australian),
        "BR" => digits(number, &[14], brazilian),
        "US" => digits(number, &[9], |d| d[0] * 10 + d[1] > 0).formed(),
        "NL" => shape(number, |s| s.len() == 12 && s.as_bytes()[9] == b'B' || s.len() == 9 && s.bytes().all(|b| b.is_ascii_digit())),
        "ES" => shape(number, |s| s.len() == 9 && s[1..8].bytes().all(|b| b.is_ascii_digit())),
        "GB" => shape(number, |s| matches!(s.len(), 8 | 9 | 12) && s.bytes().skip(2).all(|b| b.is_ascii_digit()) || s.len() == 5),
        "IN" => shape(number, |s| s.len() == 15 && s[..2].bytes().all(|b| b.is_ascii_digit()) && s.as_bytes()[13] == b'Z' || s.len() == 10),
        "IE" => shape(number, |s| matches!(s.len(), 8 | 9) && s.as_bytes()[0].is_ascii_digit()),
        _ => TaxIdCheck::Unknown,
    }
}

impl TaxIdCheck {
    fn formed(self) -> Self {
        if self == Self::Right { Self::WellFormed } else { self }
    }

    /// Another kind of number of the same country has another length, and no check digits that are known here.
    fn or_formed(self, number: &str, lengths: &[usize]) -> Self {
        let other = self == Self::WrongForm && lengths.contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        if other { Self::WellFormed } else { self }
    }
}

fn shape(number: &str, fits: impl Fn(&str) -> bool) -> TaxIdCheck {
    if fits(number) { TaxIdCheck::WellFormed } else { TaxIdCheck::WrongForm }
}

fn digits(number: &str, lengths: &[usize], right: impl Fn(&[u64]) -> bool) -> TaxIdCheck {
    if !lengths.contains(&number.len()) || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return TaxIdCheck::WrongForm;
    }
    let digits: Vec<u64> = number.bytes().map(|byte| u64::from(byte - b'0')).collect();
    if right(&digits) { TaxIdCheck::Right } else { TaxIdCheck::WrongDigits }
}

fn value(digits: &[u64]) -> u64 {
    digits.iter().fold(0, |value, digit| value * 10 + digit)
}

fn weighed(digits: &[u64], weights: &[u64]) -> u64 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// ISO 7064, modulus 11 and 10.
fn iso_7064(digits: &[u64]) -> bool {
    let (body, check) = digits.split_at(digits.len() - 1);
    let product = body.iter().fold(10, |product, digit| {
        let sum = (digit + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == check[0]
}

fn luhn(digits: &[u64]) -> bool {
    let doubled = |digit: u64| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    digits.iter().rev().enumerate().map(|(at, digit)| if at % 2 == 1 { doubled(*digit) } else { *digit }).sum::<u64>().is_multiple_of(10)
}

fn austrian(digits: &[u64]) -> bool {
    let doubled = |digit: u64| digit / 5 + digit * 2 % 10;
    let sum = digits[0] + doubled(digits[1]) + digits[2] + doubled(digits[3]) + digits[4] + doubled(digits[5]) + digits[6];
    (10 - (sum + 4) % 10) % 10 == digits[7]
}

/// A VAT number is two signs and the SIREN; a SIRET begins with the SIREN.
fn french(number: &str) -> TaxIdCheck {
    match number.len() {
        9 => digits(number, &[9], luhn),
        14 => digits(&number[..9], &[9], luhn),
        11 => digits(&number[2..], &[9], luhn),
        _ => TaxIdCheck::WrongForm,
    }
}

fn australian(digits: &[u64]) -> bool {
    let mut digits = digits.to_vec();
    digits[0] = digits[0].wrapping_sub(1);
    digits[0] < 10 && weighed(&digits, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]).is_multiple_of(89)
}

fn brazilian(digits: &[u64]) -> bool {
    let check = |weights: &[u64]| match weighed(digits, weights) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    check(&[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == digits[12] && check(&[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == digits[13]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_are_right_and_one_digit_off_is_wrong() {
        // From the tax authorities' and registers' own documentation, or of large companies, which print them.
        for (number, country) in [
            ("DE136695976", None),
            ("ATU13585627", None),
            ("FR83404833048", None),
            ("IT00743110157", None),
            ("BE0776091951", None),
            ("PL8567346215", None),
            ("DK13585628", None),
            ("FI20774740", None),
            ("SE556188840401", None),
            ("CHE-116.281.710", Some("CH")),
            ("PT501964843", None),
            ("51 824 753 556", Some("AU")),
            ("11.222.333/0001-81", Some("BR")),
            ("404833048", Some("FR")),
        ] {
            assert_eq!(check_tax_id(number, country), TaxIdCheck::Right, "{number}");
        }
        assert_eq!(check_tax_id("DE136695977", None), TaxIdCheck::WrongDigits);
        assert_eq!(check_tax_id("12-3456789", Some("US")), TaxIdCheck::WellFormed);
        assert_eq!(check_tax_id("12-34567", Some("US")), TaxIdCheck::WrongForm);
        assert_eq!(check_tax_id("n/a", Some("DE")), TaxIdCheck::WrongForm);
        assert_eq!(check_tax_id("123456", Some("ZZ")), TaxIdCheck::Unknown);
    }
}
