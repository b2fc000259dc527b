//! Two companies compared field by field.

use crate::contact;
use crate::domain;
use crate::evidence::{Agreement, Evidence, Field, Match, Relation};
use crate::name::{Name, normalise};
use crate::score::{SAME, compare_names};
use crate::tax::{self, TaxAgreement, TaxId};

/// What is known of a company. All but the name may be missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Profile<'a> {
    /// Its name, as written.
    pub name: &'a str,
    /// Its web site, domain, or a mail address there.
    pub domain: Option<&'a str>,
    /// Its tax or registration number.
    pub tax_id: Option<&'a str>,
    /// Its country, ISO 3166-1 alpha-2.
    pub country: Option<&'a str>,
    /// Its address, in any order and layout.
    pub address: Option<&'a str>,
    /// Its telephone number.
    pub phone: Option<&'a str>,
}

impl<'a> Profile<'a> {
    /// A company of which only the name is known.
    pub fn named(name: &'a str) -> Self {
        Profile { name, ..Profile::default() }
    }
}

/// A profile normalised once, to be compared often.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    pub(crate) shown: String,
    pub(crate) name: Name,
    pub(crate) domain: Option<String>,
    pub(crate) tax_id: Option<TaxId>,
    pub(crate) country: Option<String>,
    address: Vec<String>,
    phone: Option<String>,
}

/// Characters of a name repeated in evidence.
const SHOWN: usize = 200;

impl Prepared {
    /// Normalises a profile. A domain of a free or disposable mail provider is left out.
    pub fn of(profile: &Profile<'_>) -> Prepared {
        let country = profile.country.map(|code| code.trim().to_ascii_uppercase());
        let country = country.filter(|code| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()));
        Prepared {
            shown: profile.name.trim().chars().take(SHOWN).collect(),
            name: normalise(profile.name),
            domain: profile.domain.and_then(domain::identifying_domain),
            tax_id: profile.tax_id.and_then(|id| tax::read(id, country.as_deref())),
            country,
            address: profile.address.map(contact::address).unwrap_or_default(),
            phone: profile.phone.and_then(contact::phone),
        }
    }

    /// The normalised name, to search an [`crate::Index`] with.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The registrable domain, when there is one that identifies a company.
    pub fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }
}

/// What fields add to the log-odds that two companies are one. Set by hand: a shared tax number decides alone, a
/// shared domain sends even different names to review, a different country makes an equal name a matter of review.
mod weight {
    pub const TAX_SAME: f32 = 7.0;
    pub const TAX_CONTAINS: f32 = 5.3;
    pub const TAX_DIFFERENT: f32 = -4.0;
    pub const TAX_OTHER_KIND: f32 = -0.5;
    pub const DOMAIN_SAME: f32 = 5.3;
    pub const DOMAIN_SAME_LABEL: f32 = 1.5;
    pub const DOMAIN_DIFFERENT: f32 = -0.8;
    pub const COUNTRY_SAME: f32 = 0.2;
    pub const COUNTRY_DIFFERENT: f32 = -3.9;
    pub const ADDRESS_SAME: f32 = 1.5;
    pub const ADDRESS_SIMILAR: f32 = 0.7;
    pub const ADDRESS_DIFFERENT: f32 = -0.3;
    pub const PHONE_SAME: f32 = 2.2;
    pub const PHONE_DIFFERENT: f32 = -0.1;
}

/// A name alone is never surer, nor less sure, than this when it is weighed with other fields.
const NAME_BOUNDS: (f32, f32) = (0.02, 0.995);

/// Compares two companies. Symmetric but for `ours` and `theirs` in the evidence; by name alone the score is that of
/// [`compare_names`]. A pair that differs only in country is a [`Relation::Sibling`].
pub fn compare(ours: &Prepared, theirs: &Prepared) -> Match {
    let names = compare_names(&ours.name, &theirs.name);
    let mut evidence = vec![name_evidence(ours, theirs, &names)];
    evidence.extend(form_evidence(ours, theirs, names.forms_agree));
    let others = [tax, web, country, address, phone];
    let found: Vec<Evidence> = others.iter().filter_map(|field| field(ours, theirs)).collect();
    let score = if found.is_empty() || all_agree(&names, &found) {
        names.score
    } else {
        let bounded = names.score.clamp(NAME_BOUNDS.0, NAME_BOUNDS.1);
        let odds = (bounded / (1.0 - bounded)).ln() + found.iter().map(|e| e.weight).sum::<f32>();
        1.0 / (1.0 + (-odds).exp())
    };
    let relation = relation(names.relation, score, &found);
    evidence.extend(found);
    Match { score, relation, evidence }
}

fn all_agree(names: &crate::score::NameMatch, found: &[Evidence]) -> bool {
    names.score >= 1.0 && found.iter().all(|e| e.agreement == Agreement::Exact)
}

/// The fields together may raise related names to the same company, or lower equal ones to siblings.
fn relation(by_name: Relation, score: f32, found: &[Evidence]) -> Relation {
    let differs = |field| found.iter().any(|e| e.field == field && e.agreement == Agreement::Different);
    let same_house = found.iter().any(|e| e.field == Field::Domain && e.agreement == Agreement::Exact);
    match by_name {
        _ if score >= SAME => Relation::Same,
        Relation::Same if differs(Field::Country) || differs(Field::TaxId) => Relation::Sibling,
        Relation::Unrelated if same_house => Relation::Sibling,
        other => other,
    }
}

fn name_evidence(ours: &Prepared, theirs: &Prepared, names: &crate::score::NameMatch) -> Evidence {
    let agreement = match names.score {
        score if score >= 0.985 => Agreement::Exact,
        score if score >= 0.6 => Agreement::Similar,
        _ => Agreement::Different,
    };
    let note = match (agreement, names.note) {
        (Agreement::Exact, "") => "the same name",
        (_, "") => "how much of the names' significant words agree",
        (_, held) => held,
    };
    Evidence { field: Field::Name, ours: ours.shown.clone(), theirs: theirs.shown.clone(), agreement, weight: names.score, note: note.to_owned() }
}

fn form_evidence(ours: &Prepared, theirs: &Prepared, agree: Option<bool>) -> Option<Evidence> {
    let agree = agree?;
    let (agreement, note) = match agree {
        true => (Agreement::Exact, "the legal forms go together"),
        false => (Agreement::Different, "the legal forms differ; the name's score is held down"),
    };
    Some(evidence(Field::LegalForm, (ours.name.forms().describe(), theirs.name.forms().describe()), agreement, 0.0, note))
}

fn evidence(field: Field, values: (String, String), agreement: Agreement, weight: f32, note: &str) -> Evidence {
    Evidence { field, ours: values.0, theirs: values.1, agreement, weight, note: note.to_owned() }
}

fn tax(ours: &Prepared, theirs: &Prepared) -> Option<Evidence> {
    let (a, b) = (ours.tax_id.as_ref()?, theirs.tax_id.as_ref()?);
    let (agreement, weight, note) = match tax::compare(a, b)? {
        TaxAgreement::Same => (Agreement::Exact, weight::TAX_SAME, "the same tax number"),
        TaxAgreement::Contains => (Agreement::Similar, weight::TAX_CONTAINS, "one tax number holds the other"),
        TaxAgreement::Different => (Agreement::Different, weight::TAX_DIFFERENT, "different tax numbers of one country"),
        TaxAgreement::OtherKind => (Agreement::Different, weight::TAX_OTHER_KIND, "tax numbers of different kinds"),
    };
    let shown = |id: &TaxId| format!("{}{}", id.country.as_deref().unwrap_or(""), id.digits);
    Some(evidence(Field::TaxId, (shown(a), shown(b)), agreement, weight, note))
}

fn web(ours: &Prepared, theirs: &Prepared) -> Option<Evidence> {
    let (a, b) = (ours.domain.as_ref()?, theirs.domain.as_ref()?);
    let label = |domain: &str| domain.split('.').next().unwrap_or("").to_owned();
    let (agreement, weight, note) = if a == b {
        (Agreement::Exact, weight::DOMAIN_SAME, "the same registrable domain")
    } else if label(a) == label(b) && label(a).len() > 3 {
        (Agreement::Similar, weight::DOMAIN_SAME_LABEL, "the same label under another suffix")
    } else {
        (Agreement::Different, weight::DOMAIN_DIFFERENT, "different domains; companies often have several")
    };
    Some(evidence(Field::Domain, (a.clone(), b.clone()), agreement, weight, note))
}

fn country(ours: &Prepared, theirs: &Prepared) -> Option<Evidence> {
    let (a, b) = (ours.country.as_ref()?, theirs.country.as_ref()?);
    let (agreement, weight, note) = if a == b {
        (Agreement::Exact, weight::COUNTRY_SAME, "the same country")
    } else {
        (Agreement::Different, weight::COUNTRY_DIFFERENT, "different countries: perhaps two branches of one house")
    };
    Some(evidence(Field::Country, (a.clone(), b.clone()), agreement, weight, note))
}

fn address(ours: &Prepared, theirs: &Prepared) -> Option<Evidence> {
    if ours.address.is_empty() || theirs.address.is_empty() {
        return None;
    }
    let alike = contact::address_similarity(&ours.address, &theirs.address);
    let (agreement, weight, note) = match alike {
        alike if alike >= 0.85 => (Agreement::Exact, weight::ADDRESS_SAME, "the same address"),
        alike if alike >= 0.6 => (Agreement::Similar, weight::ADDRESS_SIMILAR, "similar addresses"),
        _ => (Agreement::Different, weight::ADDRESS_DIFFERENT, "different addresses; companies often have several"),
    };
    Some(evidence(Field::Address, (ours.address.join(" "), theirs.address.join(" ")), agreement, weight, note))
}

fn phone(ours: &Prepared, theirs: &Prepared) -> Option<Evidence> {
    let (a, b) = (ours.phone.as_ref()?, theirs.phone.as_ref()?);
    let (agreement, weight, note) = if a == b {
        (Agreement::Exact, weight::PHONE_SAME, "the same telephone number")
    } else {
        (Agreement::Different, weight::PHONE_DIFFERENT, "different telephone numbers; companies have many")
    };
    Some(evidence(Field::Phone, (a.clone(), b.clone()), agreement, weight, note))
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
