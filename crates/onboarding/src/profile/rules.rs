//! Scoring: pure.

use super::types::{IdealProfile, IdealProfileMove, IdealProfileMoves, ProfileResult, ProfileScore, ProfileScoreCriterion};
use chrono::{DateTime, Utc};
use kernel::problem::{FieldError, Problem};
use kernel::rules::Expression;
use serde_json::Value;
use std::collections::HashSet;

/// The names that expressions may use.
pub const NAMES: &[&str] = &["company", "fields", "esg", "now"];
/// Of those that would move, so many are named.
const NAMED: usize = 20;

/// A profile, compiled.
#[derive(Debug)]
pub struct Profile {
    /// As written.
    pub profile: IdealProfile,
    /// The version.
    pub version: i64,
    compiled: Vec<Expression>,
}

impl Profile {
    /// Compile; 422 naming the criterion, the line and the column where one does not.
    pub fn of(profile: IdealProfile, version: i64) -> Result<Self, Problem> {
        let (mut errors, mut compiled, mut ids) = (Vec::new(), Vec::new(), HashSet::new());
        for (at, criterion) in profile.criteria.iter().enumerate() {
            if !ids.insert(criterion.id.as_str()) {
                errors.push(FieldError::new(format!("/criteria/{at}/id"), "duplicate", "Give each criterion an id of its own."));
            }
            match Expression::compile(&criterion.when, NAMES) {
                Ok(expression) => compiled.push(expression),
                Err(cause) => {
                    let place = cause.line.zip(cause.column).map(|(line, column)| format!("Line {line}, column {column}: "));
                    let detail = format!("{}{}", place.unwrap_or_default(), cause.detail);
                    errors.push(FieldError::new(format!("/criteria/{at}/when"), cause.code, detail));
                }
            }
        }
        drop(ids);
        if errors.is_empty() { Ok(Self { profile, version, compiled }) } else { Err(Problem::invalid_all(errors)) }
    }

    /// How well a company of these facts fits. What cannot be told earns nothing and is said.
    pub fn score(&self, facts: &Value, now: DateTime<Utc>) -> ProfileScore {
        let criteria = self.profile.criteria.iter().zip(&self.compiled).map(|(criterion, expression)| {
            let (result, detail) = match expression.holds_over(facts) {
                Ok(true) => (ProfileResult::True, None),
                Ok(false) => (ProfileResult::False, None),
                Err(cause) => (ProfileResult::Unknown, Some(cause.detail)),
            };
            let points = if result == ProfileResult::True { criterion.weight } else { 0 };
            let (id, name, text) = (criterion.id.clone(), criterion.name.clone(), criterion.text.clone());
            ProfileScoreCriterion { id, name, text, result, weight: criterion.weight, points, detail }
        });
        let criteria: Vec<_> = criteria.collect();
        let total: i64 = criteria.iter().map(|one| one.weight).sum();
        let sure: i64 = criteria.iter().map(|one| one.points).sum();
        let open: i64 = criteria.iter().filter(|one| one.result == ProfileResult::Unknown).map(|one| one.weight).sum();
        ProfileScore { version: self.version, score: hundredths(sure, total), at_most: hundredths(sure + open, total), criteria, scored_at: now }
    }
}

/// Rounded to the nearest; what is not whole is never shown as 100.
fn hundredths(part: i64, whole: i64) -> i64 {
    match whole {
        0 => 0,
        _ if part == whole => 100,
        _ => ((part * 200 + whole) / (whole * 2)).min(99),
    }
}

/// How these would move; `before` is absent where no profile is in force.
pub fn moves(all: Vec<IdealProfileMove>) -> IdealProfileMoves {
    let scored = all.len() as i64;
    let by = |one: &IdealProfileMove| one.before.map_or(0, |before| one.after - before);
    let count = |wanted: fn(i64) -> bool| all.iter().filter(|one| wanted(by(one))).count() as i64;
    let (raised, lowered, unchanged) = (count(|by| by > 0), count(|by| by < 0), count(|by| by == 0));
    let average = |scores: Vec<i64>| (!scores.is_empty()).then(|| scores.iter().sum::<i64>() / scores.len() as i64);
    let average_before = average(all.iter().filter_map(|one| one.before).collect());
    let average_after = average(all.iter().map(|one| one.after).collect());
    let mut moved: Vec<_> = all.into_iter().filter(|one| one.before != Some(one.after)).collect();
    moved.sort_by(|left, right| by(right).abs().cmp(&by(left).abs()).then_with(|| left.id.cmp(&right.id)));
    moved.truncate(NAMED);
    IdealProfileMoves { scored, raised, lowered, unchanged, average_before, average_after, moved }
}

#[cfg(test)]
mod tests {
    use super::super::types::IdealProfileCriterion;
    use super::*;
    use serde_json::json;

    fn profile(criteria: &[(&str, i64)]) -> Profile {
        let criterion = |(at, (when, weight)): (usize, &(&str, i64))| IdealProfileCriterion {
            id: format!("c{at}"),
            name: "A criterion".into(),
            when: (*when).to_owned(),
            weight: *weight,
            text: "It matters.".into(),
        };
        let criteria = criteria.iter().enumerate().map(criterion).collect();
        Profile::of(IdealProfile { title: "A profile".into(), criteria }, 3).unwrap()
    }

    fn score(criteria: &[(&str, i64)], facts: Value) -> ProfileScore {
        profile(criteria).score(&facts, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn what_is_unknown_is_said_and_neither_met_nor_missed() {
        let facts = json!({ "company": { "country": "DE" }, "fields": {} });
        let scored = score(&[("company.country == 'DE'", 50), ("fields.employees > 10", 30), ("company.country == 'FR'", 20)], facts);
        assert_eq!((scored.score, scored.at_most, scored.version), (50, 80, 3));
        let results: Vec<_> = scored.criteria.iter().map(|one| (one.result, one.points, one.detail.is_some())).collect();
        assert_eq!(results, [(ProfileResult::True, 50, false), (ProfileResult::Unknown, 0, true), (ProfileResult::False, 0, false)]);
    }

    #[test]
    fn a_fact_that_is_missing_does_not_matter_where_another_decides() {
        let facts = json!({ "company": { "country": "DE" } });
        assert_eq!(score(&[("company.country == 'DE' || company.type == 'msp'", 1)], facts.clone()).score, 100);
        assert_eq!(score(&[("has(company.type) && company.type == 'msp'", 1)], facts).criteria[0].result, ProfileResult::False);
    }

    #[test]
    fn a_score_is_whole_only_when_all_is_met() {
        let facts = json!({ "company": {} });
        assert_eq!(score(&[("true", 999), ("false", 1)], facts.clone()).score, 99);
        assert_eq!(score(&[("true", 1), ("false", 2)], facts.clone()).score, 33);
        assert_eq!(score(&[("true", 2), ("false", 1)], facts.clone()).score, 67);
        assert_eq!(score(&[("true", 1000), ("true", 7)], facts).score, 100);
    }

    #[test]
    fn those_that_move_most_are_named_first() {
        let one = |id: &str, before: Option<i64>, after: i64| IdealProfileMove { id: id.into(), name: id.into(), before, after };
        let found = moves(vec![one("a", Some(10), 20), one("b", Some(50), 50), one("c", Some(90), 40)]);
        assert_eq!((found.scored, found.raised, found.lowered, found.unchanged), (3, 1, 1, 1));
        assert_eq!((found.average_before, found.average_after), (Some(50), Some(36)));
        assert_eq!(found.moved.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["c", "a"]);
        assert_eq!(moves(Vec::new()).average_after, None);
    }

    #[test]
    fn a_profile_that_does_not_compile_says_where() {
        let mut written = profile(&[("true", 1), ("true", 1)]).profile;
        (written.criteria[1].id, written.criteria[1].when) = ("c0".into(), "nobody.knows".into());
        let problem = Profile::of(written, 1).unwrap_err();
        let said = String::from_utf8(problem.body(None)).unwrap();
        assert!(said.contains("/criteria/1/id") && said.contains("/criteria/1/when"), "{said}");
    }
}
