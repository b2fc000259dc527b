//! Exact keys: what two companies must share for protection to hold between them without any scoring.
//!
//! Keys are kept in the database. **Changing how any of them is made needs a migration** that makes all of them
//! again; the test `the_keys_of_known_profiles_never_change` is there to stop it happening by accident.

use sha2::{Digest, Sha256};

use crate::compare::{Prepared, Profile};

/// What a key is made of, and so how much its being shared says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    /// The registrable domain: shared means the same house.
    Domain,
    /// The name without legal form: shared means that the two must be compared. Given whether or not the country is
    /// known, so that a registration with a country and one without meet.
    Name,
    /// The name within a country: shared means the same company unless something else tells them apart.
    NameInCountry,
    /// The tax number without country: shared means that the two must be compared.
    Tax,
    /// The tax number of a country: shared means the same company.
    TaxInCountry,
}

/// One exact key, short (at most 64 bytes) and stable: `domain:acme.com`, `name:*:acmerobotics`, `tax:DE:123456789`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    text: String,
    kind: KeyKind,
}

impl Key {
    /// The key as stored.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it is made of.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Whether sharing it means the same company, rather than that the two must be compared.
    pub fn is_decisive(&self) -> bool {
        matches!(self.kind, KeyKind::Domain | KeyKind::NameInCountry | KeyKind::TaxInCountry)
    }

    fn new(kind: KeyKind, scope: Option<&str>, value: &str) -> Key {
        let prefix = match kind {
            KeyKind::Domain => "domain".to_owned(),
            KeyKind::Name | KeyKind::NameInCountry => format!("name:{}", scope.unwrap_or("*")),
            KeyKind::Tax | KeyKind::TaxInCountry => format!("tax:{}", scope.unwrap_or("*")),
        };
        Key { text: format!("{prefix}:{}", short(value)), kind }
    }
}

/// Longest value kept as it is.
const LONGEST: usize = 48;

/// A long value becomes the first half of its SHA-256, marked by `#`, which no value begins with.
fn short(value: &str) -> String {
    if value.len() <= LONGEST {
        return value.to_owned();
    }
    let digest = Sha256::digest(value.as_bytes());
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("#{hex}")
}

/// The exact keys of a company, sorted and unrepeated.
///
/// Two companies share one when they have the same registrable domain (free and disposable mail apart), the same tax
/// number, or the same name but for legal form, case, accents, punctuation, spacing and common abbreviations.
/// A name of another trading name is not keyed; those are found by comparing.
pub fn exact_keys(profile: &Profile<'_>) -> Vec<Key> {
    keys_of(&Prepared::of(profile))
}

impl Prepared {
    /// The exact keys of this company: see [`exact_keys`].
    pub fn exact_keys(&self) -> Vec<Key> {
        keys_of(self)
    }
}

fn keys_of(company: &Prepared) -> Vec<Key> {
    let mut keys = Vec::with_capacity(5);
    if let Some(domain) = &company.domain {
        keys.push(Key::new(KeyKind::Domain, None, domain));
    }
    if let Some(core) = company.name.readings.first() {
        let letters = core.letters();
        keys.push(Key::new(KeyKind::Name, None, &letters));
        if let Some(country) = &company.country {
            keys.push(Key::new(KeyKind::NameInCountry, Some(country), &letters));
        }
    }
    if let Some(tax) = &company.tax_id {
        keys.push(Key::new(KeyKind::Tax, None, &tax.digits));
        if let Some(country) = &tax.country {
            keys.push(Key::new(KeyKind::TaxInCountry, Some(country), &tax.digits));
        }
    }
    keys.sort();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(profile: &Profile<'_>) -> Vec<String> {
        exact_keys(profile).iter().map(|key| key.as_str().to_owned()).collect()
    }

    #[test]
    fn the_keys_of_known_profiles_never_change() {
        let profile = Profile {
            name: "Müller & Söhne Robotics GmbH & Co. KG",
            domain: Some("https://www.mueller-soehne.de/start"),
            tax_id: Some("DE 123456789"),
            country: Some("de"),
            ..Profile::default()
        };
        assert_eq!(
            keys(&profile),
            ["domain:mueller-soehne.de", "name:*:mullersonrobotics", "name:DE:mullersonrobotics", "tax:*:123456789", "tax:DE:123456789"]
        );
    }

    #[test]
    fn spellings_of_one_name_share_a_key() {
        let spellings = ["Good Will Co.", "Goodwill Company", "GOODWILL", "The Good-Will Inc."];
        assert!(spellings.iter().all(|name| keys(&Profile::named(name)) == ["name:*:goodwill"]));
    }

    #[test]
    fn a_country_more_or_less_still_meets() {
        let with = exact_keys(&Profile { country: Some("FR"), ..Profile::named("Goodwill") });
        let without = exact_keys(&Profile::named("Goodwill"));
        assert!(without.iter().all(|key| with.contains(key)));
    }

    #[test]
    fn free_mail_makes_no_key() {
        assert_eq!(keys(&Profile { domain: Some("x@gmail.com"), ..Profile::named("Acme") }), ["name:*:acme"]);
    }

    #[test]
    fn long_names_make_short_keys() {
        let long = "wombat ".repeat(40);
        let keys = keys(&Profile { country: Some("US"), ..Profile::named(&long) });
        assert!(keys.iter().all(|key| key.len() <= 64 && key.contains('#')), "{keys:?}");
    }

    #[test]
    fn no_name_makes_no_name_key() {
        assert!(keys(&Profile::named("...")).is_empty());
    }
}
