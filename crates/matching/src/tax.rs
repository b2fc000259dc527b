//! Tax and registration numbers.

/// A tax number in one form, with the country it belongs to when known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TaxId {
    pub country: Option<String>,
    pub digits: String,
}

/// Countries whose VAT numbers carry their code, as written there; Greece writes `EL`, Northern Ireland `XI`.
const VAT_PREFIXES: [&str; 36] = [
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL",
    "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK", "TR", "UA", "XI", "AU",
];

/// A tax number without punctuation and country prefix, upper case, and its country (ISO 3166-1): the one it carries,
/// or else the one given. `None` when fewer than four letters and digits are left.
pub fn normalise_tax_id(text: &str, country: Option<&str>) -> Option<(Option<String>, String)> {
    read(text, country).map(|id| (id.country, id.digits))
}

pub(crate) fn read(text: &str, country: Option<&str>) -> Option<TaxId> {
    let letters = text.chars().filter(char::is_ascii_alphanumeric).take(40);
    let mut digits: String = letters.map(|c| c.to_ascii_uppercase()).collect();
    let country = country.map(|code| code.trim().to_ascii_uppercase()).filter(|code| code.len() == 2);
    let prefix = digits.get(..2).filter(|prefix| is_prefix(prefix, &digits, country.as_deref())).map(str::to_owned);
    let country = match prefix {
        Some(prefix) => {
            digits.drain(..2);
            Some(in_iso(&prefix).to_owned())
        }
        None => country,
    };
    let telling = digits.len() >= 4 && digits.bytes().any(|b| b.is_ascii_digit()) && digits.bytes().any(|b| b != b'0');
    telling.then_some(TaxId { country, digits })
}

fn is_prefix(prefix: &str, whole: &str, country: Option<&str>) -> bool {
    let rest = &whole[2..];
    let mostly_digits = rest.bytes().filter(u8::is_ascii_digit).count() * 10 >= rest.len() * 6 && rest.len() >= 6;
    let own = country.is_some_and(|country| in_iso(prefix) == country);
    mostly_digits && (own || (VAT_PREFIXES.contains(&prefix) && country.is_none()))
}

fn in_iso(prefix: &str) -> &str {
    match prefix {
        "EL" => "GR",
        "XI" | "UK" => "GB",
        other => other,
    }
}

/// How two tax numbers go together; `None` when they cannot be held against one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaxAgreement {
    Same,
    /// One holds the other, as a French SIRET and VAT number hold the SIREN.
    Contains,
    Different,
    /// Of one country, but not the same kind of number.
    OtherKind,
}

pub(crate) fn compare(a: &TaxId, b: &TaxId) -> Option<TaxAgreement> {
    if let (Some(ours), Some(theirs)) = (&a.country, &b.country)
        && ours != theirs
    {
        return None;
    }
    let (short, long) = if a.digits.len() <= b.digits.len() { (&a.digits, &b.digits) } else { (&b.digits, &a.digits) };
    let stated = a.country.is_some() && b.country.is_some();
    match () {
        () if short == long => Some(TaxAgreement::Same),
        () if short.len() >= 8 && long.contains(short.as_str()) => Some(TaxAgreement::Contains),
        () if !stated => None,
        () if short.len() == long.len() => Some(TaxAgreement::Different),
        () => Some(TaxAgreement::OtherKind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str, country: Option<&str>) -> TaxId {
        read(text, country).unwrap()
    }

    #[test]
    fn punctuation_and_country_prefix_do_not_matter() {
        assert_eq!(id("DE 123.456.789", None), id("123456789", Some("de")));
        assert_eq!(id("EL123456789", None).country.as_deref(), Some("GR"));
        assert_eq!(id("12-3456789", Some("US")).digits, "123456789");
    }

    #[test]
    fn a_prefix_of_another_country_is_part_of_the_number() {
        assert_eq!(id("SE123456789", Some("US")).digits, "SE123456789");
    }

    #[test]
    fn numbers_of_different_countries_say_nothing() {
        assert_eq!(compare(&id("DE123456789", None), &id("FR987654321", None)), None);
        assert_eq!(compare(&id("1234567", Some("DE")), &id("7654321", Some("DE"))), Some(TaxAgreement::Different));
        assert_eq!(compare(&id("732829320", Some("FR")), &id("FR44732829320", None)), Some(TaxAgreement::Contains));
    }

    #[test]
    fn placeholders_are_no_number() {
        assert!(read("n/a", None).is_none());
        assert!(read("000000000", None).is_none());
    }
}
