//! What is known of a company by people's verdicts, when it is compared with others.

use super::MatchVerdictId;
use super::store;
use super::types::MatchVerdictKind;
use crate::DealId;
use crate::conflict::Conflict;
use crate::store::{claims, deals};
use crate::types::DealCustomer;
use kernel::id::VendorId;
use kernel::{Problem, Scope, Tx};
use matching::{KeyKind, Prepared, Profile};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashSet};

/// What a company is known by, normalised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Tax number, domain, and name with country and legal form.
    pub keys: BTreeSet<String>,
    /// Those of them that registries tell: tax number and domain.
    pub exact: BTreeSet<String>,
    /// The exact keys by which deals and accounts are found.
    pub found_by: BTreeSet<String>,
}

impl Identity {
    /// Of this company.
    pub fn of(profile: &Profile<'_>) -> Self {
        let prepared = Prepared::of(profile);
        let found = prepared.exact_keys();
        let has_country = found.iter().any(|key| key.kind() == KeyKind::TaxInCountry);
        let tells = |kind| matches!(kind, KeyKind::Domain | KeyKind::TaxInCountry) || kind == KeyKind::Tax && !has_country;
        let exact: BTreeSet<_> = found.iter().filter(|key| tells(key.kind())).map(|key| key.as_str().to_owned()).collect();
        let mut keys = exact.clone();
        let name = prepared.name();
        if !name.is_empty() {
            let country = profile.country.unwrap_or("*").to_ascii_uppercase();
            keys.insert(format!("called:{country}:{}:{}", name.core(), name.forms().describe()));
        }
        Self { keys, exact, found_by: found.iter().map(|key| key.as_str().to_owned()).collect() }
    }

    /// Whether a registry's word for both is the same.
    pub fn shares_exact(&self, other: &Self) -> bool {
        !self.exact.is_disjoint(&other.exact)
    }
}

/// A verdict that may apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Which.
    pub id: MatchVerdictId,
    /// What it says.
    pub verdict: MatchVerdictKind,
    /// Whether it outranks an equal tax number or domain.
    pub overrides_exact: bool,
    /// The identity of the one.
    pub one: BTreeSet<String>,
    /// The identity of the other.
    pub other: BTreeSet<String>,
    /// The keys by which deals of the one are found.
    pub one_found_by: BTreeSet<String>,
    /// The keys by which deals of the other are found.
    pub other_found_by: BTreeSet<String>,
}

impl Rule {
    /// Whether it is about these two, in whichever order.
    pub fn is_about(&self, ours: &Identity, theirs: &Identity) -> bool {
        let (one, other) = (|of: &Identity| !of.keys.is_disjoint(&self.one), |of: &Identity| !of.keys.is_disjoint(&self.other));
        match self.verdict {
            MatchVerdictKind::Same => one(ours) && other(theirs) || other(ours) && one(theirs),
            // What is known by both sides' keys is neither for sure.
            MatchVerdictKind::Different => {
                one(ours) && !other(ours) && other(theirs) && !one(theirs) || other(ours) && !one(ours) && one(theirs) && !other(theirs)
            }
        }
    }
}

/// What people have judged of one company and others.
#[derive(Debug, Clone, Default)]
pub struct Known {
    ours: Identity,
    /// Latest first.
    rules: Vec<Rule>,
}

impl Known {
    /// Of this company.
    pub async fn of(db: &impl ConnectionTrait, vendor: VendorId, ours: Identity) -> Result<Self, Problem> {
        let rules = store::rules_of(db, vendor, &ours.keys).await?;
        Ok(Self { ours, rules })
    }

    /// The verdict on this company and that one.
    pub fn on(&self, theirs: &Identity) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.is_about(&self.ours, theirs))
    }

    /// What a comparison found, as the verdict on the two has it; `judged` makes the conflict that only a person has found.
    pub fn applied(&self, found: Option<Conflict>, theirs: &Identity, judged: impl FnOnce() -> Conflict) -> Option<Conflict> {
        match self.on(theirs) {
            Some(rule) if rule.verdict == MatchVerdictKind::Same => Some(Conflict {
                same: true,
                verdict: Some(rule.verdict.wire().to_owned()),
                match_verdict_id: Some(rule.id),
                ..found.unwrap_or_else(judged)
            }),
            Some(rule) if rule.overrides_exact || !self.ours.shares_exact(theirs) => None,
            _ => found,
        }
    }

    /// The exact keys of the companies that were judged to be the same.
    pub fn keys_of_the_same(&self) -> BTreeSet<String> {
        let same = self.rules.iter().filter(|rule| rule.verdict == MatchVerdictKind::Same);
        same.flat_map(|rule| {
            let one = (!self.ours.keys.is_disjoint(&rule.one)).then_some(&rule.other_found_by);
            let other = (!self.ours.keys.is_disjoint(&rule.other)).then_some(&rule.one_found_by);
            one.into_iter().chain(other).flatten().cloned()
        })
        .collect()
    }

    /// As rules of engagement see it.
    pub fn facts(&self) -> Value {
        self.rules.iter().map(|rule| json!({ "id": rule.id, "verdict": rule.verdict })).collect()
    }
}

/// Those of `keys` that deals of companies hold which a person has judged to be others: they are not in the way.
pub async fn excused(tx: &Tx, deal: DealId, customer: &DealCustomer, keys: &[String]) -> Result<HashSet<String>, Problem> {
    let known = Known::of(tx, tx.vendor(), Identity::of(&customer.profile())).await?;
    if known.rules.is_empty() {
        return Ok(HashSet::new());
    }
    let held = claims::held_by_others(tx, deal, keys).await?;
    let holders: Vec<_> = held.iter().map(|(_, deal)| *deal).collect();
    let mut excused = HashSet::new();
    for rival in deals::by_ids(tx, Scope::vendor_wide(tx.vendor()), &holders).await? {
        let theirs = Identity::of(&rival.customer()?.profile());
        let Some(rule) = known.on(&theirs).filter(|rule| rule.verdict == MatchVerdictKind::Different) else { continue };
        if rule.overrides_exact || !known.ours.shares_exact(&theirs) {
            excused.extend(held.iter().filter(|(_, deal)| *deal == rival.id).map(|(key, _)| key.clone()));
        }
    }
    Ok(excused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conflict::ConflictKind;

    fn company(name: &str, domain: Option<&str>) -> Identity {
        Identity::of(&Profile { name, domain, country: Some("DE"), ..Profile::default() })
    }

    fn rule(verdict: MatchVerdictKind, one: &Identity, other: &Identity) -> Rule {
        let (mine, theirs) = match verdict {
            MatchVerdictKind::Same => (one.keys.clone(), other.keys.clone()),
            MatchVerdictKind::Different => (&one.keys - &other.keys, &other.keys - &one.keys),
        };
        Rule {
            id: MatchVerdictId::fresh(),
            verdict,
            overrides_exact: false,
            one: mine,
            other: theirs,
            one_found_by: one.found_by.clone(),
            other_found_by: other.found_by.clone(),
        }
    }

    fn found() -> Option<Conflict> {
        Some(Conflict::bare(ConflictKind::ProtectedRegistration, false))
    }

    #[test]
    fn a_verdict_holds_in_both_directions() {
        let (ag, gmbh) = (company("Nordlicht AG", None), company("Nordlicht GmbH", None));
        for verdict in [MatchVerdictKind::Same, MatchVerdictKind::Different] {
            let rules = vec![rule(verdict, &ag, &gmbh)];
            for (ours, theirs) in [(&ag, &gmbh), (&gmbh, &ag)] {
                let known = Known { ours: ours.clone(), rules: rules.clone() };
                let applied = known.applied(found(), theirs, || unreachable!());
                assert_eq!(applied.map(|conflict| conflict.same), (verdict == MatchVerdictKind::Same).then_some(true));
            }
            let third = company("Nordlicht", None);
            assert!(Known { ours: third, rules }.on(&ag).is_none(), "somebody else of that name is neither");
        }
    }

    #[test]
    fn that_two_differ_does_not_outrank_a_shared_domain_unless_it_says_so() {
        let (one, other) = (company("Wingtip", Some("wingtip.de")), company("Aldermoor", Some("wingtip.de")));
        let mut rules = vec![rule(MatchVerdictKind::Different, &one, &other)];
        assert!(Known { ours: one.clone(), rules: rules.clone() }.applied(found(), &other, || unreachable!()).is_some());
        rules[0].overrides_exact = true;
        assert!(Known { ours: one, rules }.applied(found(), &other, || unreachable!()).is_none());
    }

    #[test]
    fn the_same_is_found_by_the_others_keys() {
        let (one, other) = (company("Wingtip", None), company("Aldermoor", None));
        let known = Known { ours: other.clone(), rules: vec![rule(MatchVerdictKind::Same, &one, &other)] };
        assert!(known.keys_of_the_same().contains("name:DE:wingtip"));
        let judged = known.applied(None, &one, || Conflict::judged(ConflictKind::PendingRegistration, "Wingtip"));
        assert!(judged.is_some_and(|conflict| conflict.same && conflict.verdict.as_deref() == Some("same")));
    }
}
