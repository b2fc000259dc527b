//! What is known of a partner besides its name: how it is checked, and the form in which it is kept. Pure.

use validator::ValidationError;

fn refuse(code: &'static str, detail: &'static str) -> ValidationError {
    ValidationError::new(code).with_message(detail.into())
}

/// Each is a BCP 47 tag of the usual shape: language, perhaps script, region and variants.
pub fn languages(tags: &[String]) -> Result<(), ValidationError> {
    if tags.iter().all(|tag| is_tag(tag)) { Ok(()) } else { Err(refuse("language", "Send BCP 47 tags, like de, pt-BR or zh-Hant-TW.")) }
}

fn is_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let letters = |part: &str| part.chars().all(|c| c.is_ascii_alphabetic());
    let well = tag.len() <= 35 && matches!(language.len(), 2 | 3) && letters(language);
    well && parts.all(|part| (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// Tags in the usual case: `pt-BR`, `zh-Hant-TW`.
pub fn tags(tags: &[String]) -> Vec<String> {
    tags.iter().map(|tag| tag.split('-').enumerate().map(|(at, part)| cased(at, part)).collect::<Vec<_>>().join("-")).collect()
}

fn cased(at: usize, part: &str) -> String {
    match part.len() {
        _ if at == 0 => part.to_ascii_lowercase(),
        2 => part.to_ascii_uppercase(),
        4 if part.chars().all(|c| c.is_ascii_alphabetic()) => part[..1].to_ascii_uppercase() + &part[1..].to_ascii_lowercase(),
        _ => part.to_ascii_lowercase(),
    }
}

/// An address of the web with a host.
pub fn website(address: &str) -> Result<(), ValidationError> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let well = host.is_some_and(|host| is_host(host.split(':').next().unwrap_or_default())) && !address.contains(char::is_whitespace);
    if well { Ok(()) } else { Err(refuse("website", "Send an address like https://northwind.example.")) }
}

/// Letters and digits, perhaps with separators.
pub fn tax_id(number: &str) -> Result<(), ValidationError> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '/' | '&');
    let well = number.chars().all(fits) && number.chars().filter(|c| c.is_alphanumeric()).count() >= 2;
    if well { Ok(()) } else { Err(refuse("tax_id", "Letters, digits, blanks, dots, hyphens and slashes.")) }
}

/// A tax number as it is kept and compared: in capitals, without separators.
pub fn tax_number(number: &str) -> String {
    number.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// Each is the domain of an e-mail address.
pub fn email_domains(domains: &[String]) -> Result<(), ValidationError> {
    if domains.iter().all(|domain| is_host(domain)) { Ok(()) } else { Err(refuse("domain", "Send domains like northwind.example.")) }
}

/// Domains as they are kept.
pub fn domains(domains: &[String]) -> Vec<String> {
    domains.iter().map(|domain| domain.to_ascii_lowercase()).collect()
}

/// A host name of at least two labels.
fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.contains('.') && host.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_known_by_their_shape_and_kept_in_one_case() {
        assert!(languages(&["de".into(), "PT-br".into(), "zh-hant-tw".into()]).is_ok());
        for bad in ["", "d", "deutsch", "de-", "de_DE", "de-x", "ü"] {
            assert!(languages(&[bad.into()]).is_err(), "{bad}");
        }
        assert_eq!(tags(&["PT-br".into(), "zh-hant-tw".into()]), ["pt-BR", "zh-Hant-TW"]);
    }

    #[test]
    fn addresses_numbers_and_domains_are_checked() {
        for good in ["https://northwind.example", "http://a-b.example:8080/x?y#z"] {
            assert!(website(good).is_ok(), "{good}");
        }
        for bad in ["northwind.example", "https://", "https://localhost", "javascript:alert(1)", "https://a b.example", "ftp://a.example"] {
            assert!(website(bad).is_err(), "{bad}");
        }
        assert!(tax_id("DE 123.456-789").is_ok() && tax_id("<b>").is_err() && tax_id("- -").is_err());
        assert_eq!(tax_number("de 123.456-789"), "DE123456789");
        assert!(email_domains(&["northwind.example".into()]).is_ok() && email_domains(&["@northwind.example".into()]).is_err());
        assert!(email_domains(&["-a.example".into()]).is_err() && email_domains(&["localhost".into()]).is_err());
    }
}
