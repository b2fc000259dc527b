//! Who else is after the same customer: comparing a registration with what is known, field by field.

use crate::DealId;
use kernel::id::PartnerId;
use matching::{Prepared, Relation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most conflicts that a decision lists.
pub const MOST: usize = 50;

/// What kind of thing a registration collides with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DealConflictKind)]
pub enum ConflictKind {
    /// Another partner's approved deal, under protection.
    ProtectedRegistration,
    /// Another partner's right to renew what it sold to this customer.
    Incumbent,
    /// The same partner's own live deal.
    OwnRegistration,
    /// Another partner's deal that is not decided yet.
    PendingRegistration,
    /// An open opportunity of the vendor's own.
    OpenOpportunity,
    /// An account in the vendor's CRM, without an open opportunity.
    ExistingAccount,
}

/// What one field said of two companies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DealFieldEvidence)]
pub struct FieldEvidence {
    /// `name`, `legal_form`, `domain`, `tax_id`, `country`, `address` or `phone`.
    pub field: String,
    /// The registration's value, normalised.
    pub ours: String,
    /// The other's value, normalised.
    pub theirs: String,
    /// `exact`, `similar` or `different`.
    pub agreement: String,
    /// What it adds: for the name its similarity from 0 to 1, for others log-odds.
    pub weight: f32,
    /// Why, in a sentence.
    pub note: String,
}

/// Something that a registration collides with. A partner sees `kind` and `same` only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DealConflict, example = json!({"kind": "open_opportunity", "same": true, "score": 0.98, "relation": "same", "name": "Fabrikam", "account_external_id": "A-17",
    "opportunity_external_id": "O-99", "evidence": [{"field": "name", "ours": "fabrikam", "theirs": "fabrikam", "agreement": "exact", "weight": 1.0,
    "note": "The names are the same."}]}))]
pub struct Conflict {
    /// What kind.
    pub kind: ConflictKind,
    /// Whether it is taken for the same customer, rather than one that a person should compare.
    pub same: bool,
    /// How sure the matching is, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// `same`, `subsidiary`, `sibling` or `unrelated`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    /// The other customer's name as it stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The other deal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal_id: Option<DealId>,
    /// The partner of the other deal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// The CRM's id of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_external_id: Option<String>,
    /// The CRM's id of the opportunity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opportunity_external_id: Option<String>,
    /// What a person has judged of the two, above the score: `same`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// That verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub match_verdict_id: Option<crate::verdicts::MatchVerdictId>,
    /// The evidence, field by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<FieldEvidence>,
}

impl Conflict {
    /// As a partner sees it: never the rival's name, nor the vendor's customer.
    pub fn hidden(self) -> Self {
        Self::bare(self.kind, self.same)
    }

    /// A conflict of which only the kind is told.
    pub fn bare(kind: ConflictKind, same: bool) -> Self {
        Self {
            kind,
            same,
            score: None,
            relation: None,
            name: None,
            deal_id: None,
            partner_id: None,
            account_external_id: None,
            opportunity_external_id: None,
            verdict: None,
            match_verdict_id: None,
            evidence: Vec::new(),
        }
    }

    /// A conflict that the matching would not have found, but a person has.
    pub fn judged(kind: ConflictKind, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::bare(kind, true) }
    }
}

/// From which score on two customers are one, or to be compared by a person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// From here on they are the same.
    pub same: f32,
    /// From here on a person should look.
    pub review: f32,
}

/// Compare the customer of a registration with a known company; `None` if they are not alike.
pub fn compare(ours: &Prepared, theirs: &matching::Profile<'_>, kind: ConflictKind, at: Thresholds) -> Option<Conflict> {
    let found = matching::compare(ours, &Prepared::of(theirs));
    let related = matches!(found.relation, Relation::Subsidiary);
    if found.score < at.review && !related {
        return None;
    }
    let same = found.score >= at.same && matches!(found.relation, Relation::Same);
    Some(Conflict {
        score: Some(found.score),
        relation: Some(wire(&found.relation)),
        name: Some(theirs.name.to_owned()),
        evidence: found.evidence.iter().map(evidence).collect(),
        ..Conflict::bare(kind, same)
    })
}

/// What one field said, as it is kept.
pub(crate) fn evidence(found: &matching::Evidence) -> FieldEvidence {
    FieldEvidence {
        field: wire(&found.field),
        ours: found.ours.clone(),
        theirs: found.theirs.clone(),
        agreement: wire(&found.agreement),
        weight: found.weight,
        note: found.note.clone(),
    }
}

/// A fieldless enum's name on the wire.
fn wire(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Worst first, and no more than [`MOST`].
pub fn ranked(mut conflicts: Vec<Conflict>) -> Vec<Conflict> {
    conflicts.sort_by(|a, b| {
        let score = |conflict: &Conflict| conflict.score.unwrap_or(0.0);
        b.same.cmp(&a.same).then(a.kind.cmp(&b.kind)).then(score(b).total_cmp(&score(a)))
    });
    conflicts.truncate(MOST);
    conflicts
}

#[cfg(test)]
mod tests {
    use super::*;
    use matching::{Profile, normalise};
    use proptest::prelude::*;

    /// Names of companies, alike in pairs.
    fn names() -> Vec<&'static str> {
        let table = include_str!("../../matching/data/company_name_pairs.csv");
        let lines = table.lines().skip(1).filter(|line| !line.contains('"'));
        lines.flat_map(|line| line.split(',').skip(2).take(2)).filter(|name| !normalise(name).is_empty()).collect()
    }

    fn profile<'a>(name: &'a str, extra: (usize, usize, usize)) -> Profile<'a> {
        Profile {
            name,
            domain: [None, Some("wombat.example"), Some("shop.wombat.example"), Some("gmail.com")][extra.0],
            tax_id: [None, Some("DE811569869"), Some("811569869"), Some("FR40303265045")][extra.1],
            country: [Some("DE"), Some("FR"), Some("DE"), Some("AT")][extra.2],
            ..Profile::default()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_one_side_of_a_comparison_sees_the_other_does(
            pair in any::<prop::sample::Index>(),
            beside in any::<bool>(),
            one in (0..4_usize, 0..4_usize, 0..4_usize),
            other in (0..4_usize, 0..4_usize, 0..4_usize),
        ) {
            let names = names();
            let at = pair.index(names.len() - 1);
            // Those that are alike stand beside one another.
            let (mine, theirs) = (names[at], names[if beside { at ^ 1 } else { (at * 7 + 13) % names.len() }.min(names.len() - 1)]);
            let (mine, theirs) = (profile(mine, one), profile(theirs, other));
            let thresholds = Thresholds { same: matching::SAME, review: matching::REVIEW };
            let kind = ConflictKind::ProtectedRegistration;
            let there = compare(&Prepared::of(&mine), &theirs, kind, thresholds).map(|found| (found.same, found.relation));
            let back = compare(&Prepared::of(&theirs), &mine, kind, thresholds).map(|found| (found.same, found.relation));
            prop_assert_eq!(there, back);
        }
    }
}
