//! What a comparison says: a score, and the reasons for it.

use serde::Serialize;

/// A field of a [`crate::Profile`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The company's name without its legal form.
    Name,
    /// The legal form.
    LegalForm,
    /// The registrable domain of its web site or mail.
    Domain,
    /// Its tax or registration number.
    TaxId,
    /// Its country.
    Country,
    /// Its postal address.
    Address,
    /// Its telephone number.
    Phone,
}

/// How two values of a field go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// The same after normalisation.
    Exact,
    /// Alike, not the same.
    Similar,
    /// Different.
    Different,
}

/// How two companies stand to one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Taken for one and the same, or nearly so: see the score.
    Same,
    /// One looks like a part of the other: its name and a place, a line of business or a generic word more.
    Subsidiary,
    /// Two branches of one house: same name, different place, line of business, series or legal form.
    Sibling,
    /// Nothing to do with one another.
    Unrelated,
}

/// What one field says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// The field that was compared.
    pub field: Field,
    /// The first company's value, normalised.
    pub ours: String,
    /// The second company's value, normalised.
    pub theirs: String,
    /// How the two go together.
    pub agreement: Agreement,
    /// For the name, its similarity (0 to 1); for other fields what they add to the log-odds of being the same.
    pub weight: f32,
    /// Why, in a sentence.
    pub note: String,
}

/// The outcome of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Match {
    /// How sure it is that the two are one company, 0 to 1. See [`crate::SAME`] and [`crate::REVIEW`].
    pub score: f32,
    /// How they are related.
    pub relation: Relation,
    /// What each field given by both said, the name first.
    pub evidence: Vec<Evidence>,
}

impl Match {
    /// The same outcome seen from the other company.
    pub fn swapped(mut self) -> Match {
        for evidence in &mut self.evidence {
            std::mem::swap(&mut evidence.ours, &mut evidence.theirs);
        }
        self
    }
}
