//! What a check comes to. Pure.

use super::policy::{VettingPolicy, VettingResult};
use super::screen::SanctionMatch;
use kernel::rules::{Expression, Facts};
use matching::TaxIdCheck;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VettingKind {
    /// Whether a list names it.
    Sanctions,
    /// Whether its mail address is its own.
    EmailDomain,
    /// Whether its country is one to do business with.
    Country,
    /// Whether its tax number is one that its country gives out.
    TaxId,
    /// Whether it pays its bills, as a provider says.
    Credit,
    /// Whether anything bad is published about it, as a provider says.
    AdverseMedia,
    /// Who owns it in the end, as a provider says.
    BeneficialOwners,
    /// Whether its tax number is in use and its own, as a provider says.
    Tax,
    /// Whatever else a provider says.
    Custom,
}

impl VettingKind {
    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Sanctions => "sanctions",
            Self::EmailDomain => "email_domain",
            Self::Country => "country",
            Self::TaxId => "tax_id",
            Self::Credit => "credit",
            Self::AdverseMedia => "adverse_media",
            Self::BeneficialOwners => "beneficial_owners",
            Self::Tax => "tax",
            Self::Custom => "custom",
        }
    }

    pub(crate) fn stored(text: &str) -> Self {
        match text {
            "email_domain" => Self::EmailDomain,
            "country" => Self::Country,
            "tax_id" => Self::TaxId,
            "credit" => Self::Credit,
            "adverse_media" => Self::AdverseMedia,
            "beneficial_owners" => Self::BeneficialOwners,
            "tax" => Self::Tax,
            "custom" => Self::Custom,
            _ => Self::Sanctions,
        }
    }
}

/// What was found out, before it is recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What was checked.
    pub kind: VettingKind,
    /// What it came to.
    pub result: VettingResult,
    /// Why, in a sentence.
    pub summary: String,
    /// Matches, of sanctions.
    pub matches: Vec<SanctionMatch>,
    /// What else there is to see.
    pub evidence: Value,
}

/// What matches come to. What a person decided outranks the score.
pub fn of_matches(policy: &VettingPolicy, matches: Vec<SanctionMatch>) -> Finding {
    let judged = |one: &SanctionMatch| match one.verdict.as_deref() {
        Some("cleared") => VettingResult::Clear,
        Some(_) => VettingResult::Blocked,
        None if one.score >= policy.block_at => VettingResult::Blocked,
        None if one.score >= policy.review_at => VettingResult::Review,
        None => VettingResult::Clear,
    };
    let result = matches.iter().map(judged).max().unwrap_or(VettingResult::Clear);
    let summary = match (result, matches.len()) {
        (_, 0) => "No list names anything like it.".to_owned(),
        (VettingResult::Clear, count) => format!("{count} resembling entries were looked at and are somebody else."),
        (VettingResult::Review, count) => format!("{count} entries resemble it; a person has to look."),
        (VettingResult::Blocked, _) => {
            format!("It is named by {}.", matches.iter().find(|one| judged(one) == result).map_or("a list", |one| &one.list))
        }
    };
    Finding { kind: VettingKind::Sanctions, result, summary, matches, evidence: Value::Null }
}

/// What the domain of a mail address comes to.
pub fn of_mail(policy: &VettingPolicy, domain: &str) -> Finding {
    let (result, summary) = if matching::is_disposable(domain) {
        (policy.disposable_mail, "The mail address is one that is thrown away.")
    } else if matching::is_free_mail(domain) {
        (policy.free_mail, "The mail address is at a free mail service.")
    } else {
        (VettingResult::Clear, "The mail address is at a domain of its own.")
    };
    Finding { kind: VettingKind::EmailDomain, result, summary: summary.to_owned(), matches: Vec::new(), evidence: json!({ "domain": domain }) }
}

/// What a tax number comes to.
pub fn of_tax_id(policy: &VettingPolicy, tax_id: &str, country: Option<&str>) -> Finding {
    let told = matching::check_tax_id(tax_id, country);
    let (result, summary) = match told {
        TaxIdCheck::Right => (VettingResult::Clear, "The tax number is well formed and its check digits are right."),
        TaxIdCheck::WellFormed => (VettingResult::Clear, "The tax number has the form that its country uses."),
        TaxIdCheck::Unknown => (VettingResult::Clear, "No form of tax numbers is known for this country."),
        TaxIdCheck::WrongForm => (policy.wrong_tax_id, "Its country gives out no tax numbers of this form."),
        TaxIdCheck::WrongDigits => (policy.wrong_tax_id, "The check digits of the tax number are wrong."),
    };
    Finding { kind: VettingKind::TaxId, result, summary: summary.to_owned(), matches: Vec::new(), evidence: json!({ "country": country }) }
}

/// What the rules about countries come to: the worst of those that hold. One that cannot be decided is for a person.
pub fn of_country(policy: &VettingPolicy, facts: &Value) -> Finding {
    let (mut result, mut summary, mut held) = (VettingResult::Clear, "No rule about countries holds.".to_owned(), Vec::new());
    for rule in &policy.countries {
        let decided = Expression::compile(&rule.when, &["subject", "partner"]).and_then(|when| when.holds(&Facts::new(facts)?));
        let came_to = match decided {
            Ok(false) => continue,
            Ok(true) => rule.result,
            Err(_) => VettingResult::Review,
        };
        held.push(rule.id.clone());
        if came_to > result {
            (result, summary) = (came_to, rule.sentence.clone());
        }
    }
    Finding { kind: VettingKind::Country, result, summary, matches: Vec::new(), evidence: json!({ "rules": held, "facts": facts }) }
}

/// What may be done with a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VettingCheckAction {
    /// Say that it is somebody else.
    Clear,
    /// Say that it is them.
    Confirm,
}

/// The actions that a check's result allows. Only the latest check of its kind is decided about.
pub fn legal_actions(result: VettingResult, latest: bool) -> &'static [VettingCheckAction] {
    match (latest, result) {
        (true, VettingResult::Review) => &[VettingCheckAction::Clear, VettingCheckAction::Confirm],
        (true, VettingResult::Blocked) => &[VettingCheckAction::Clear],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vetting::policy::VettingCountryRule;

    fn one(score: i64, verdict: Option<&str>) -> SanctionMatch {
        let text = |text: &str| text.to_owned();
        SanctionMatch {
            list_id: crate::vetting::ScreeningListId::fresh(),
            list: text("L"),
            list_version: 1,
            entry_id: text("1"),
            entry_version: 1,
            entry_kind: text("entity"),
            name: text("ACME"),
            quality: text("primary"),
            score,
            name_score: score,
            words: Vec::new(),
            only_subject: Vec::new(),
            only_listed: Vec::new(),
            facts: Vec::new(),
            programmes: Vec::new(),
            verdict: verdict.map(str::to_owned),
        }
    }

    #[test]
    fn a_verdict_outranks_the_score() {
        let policy = VettingPolicy::default();
        let result = |matches: Vec<SanctionMatch>| of_matches(&policy, matches).result;
        assert_eq!(result(vec![]), VettingResult::Clear);
        assert_eq!(result(vec![one(85, None)]), VettingResult::Review);
        assert_eq!(result(vec![one(99, None)]), VettingResult::Blocked);
        assert_eq!(result(vec![one(99, Some("cleared"))]), VettingResult::Clear);
        assert_eq!(result(vec![one(81, Some("confirmed"))]), VettingResult::Blocked);
        assert_eq!(result(vec![one(99, Some("cleared")), one(82, None)]), VettingResult::Review);
    }

    #[test]
    fn the_worst_rule_about_countries_counts() {
        let rule = |id: &str, when: &str, result| VettingCountryRule { id: id.into(), when: when.into(), result, sentence: id.into() };
        let policy = VettingPolicy {
            countries: vec![
                rule("look", "subject.country == \"TR\"", VettingResult::Review),
                rule("no", "subject.country in [\"KP\", \"TR\"]", VettingResult::Blocked),
            ],
            ..VettingPolicy::default()
        };
        let of = |country: &str| of_country(&policy, &json!({ "subject": { "country": country }, "partner": {} }));
        assert_eq!((of("TR").result, of("TR").summary), (VettingResult::Blocked, "no".to_owned()));
        assert_eq!(of("DE").result, VettingResult::Clear);
        let undecided = of_country(&policy, &json!({ "subject": {}, "partner": {} }));
        assert_eq!(undecided.result, VettingResult::Review, "what cannot be decided is for a person");
    }

    #[test]
    fn addresses_that_belong_to_nobody_are_told() {
        let policy = VettingPolicy::default();
        assert_eq!(of_mail(&policy, "gmail.com").result, VettingResult::Review);
        assert_eq!(of_mail(&policy, "0-mail.com").result, VettingResult::Blocked);
        assert_eq!(of_mail(&policy, "northwind.example").result, VettingResult::Clear);
    }
}
