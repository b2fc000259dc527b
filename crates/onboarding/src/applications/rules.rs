//! Pure: where an application may stand, who may move it, and what the rules of admission make of it.

use super::rulebook::{AdmissionOutcome, Rulebook};
use access::Permission;
use kernel::problem::Problem;
use kernel::rules::Facts;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::str::FromStr;
use utoipa::ToSchema;

/// Declares an enum with its names on the wire.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $wire:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Every one.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// Its name on the wire.
            pub fn wire(self) -> &'static str {
                match self { $(Self::$variant => $wire),+ }
            }
        }

        impl FromStr for $name {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|one| one.wire() == text).ok_or(())
            }
        }
    };
}

named! {
    /// Where an application stands. More statuses may come.
    ApplicationStatus {
        /// The applicant fills it in.
        Draft = "draft",
        /// The vendor looks at it.
        InReview = "in_review",
        /// The applicant is to answer a question.
        InformationRequested = "information_requested",
        /// The applicant is a partner now.
        Approved = "approved",
        /// It was refused.
        Refused = "refused",
        /// The applicant took it back.
        Withdrawn = "withdrawn",
        /// The draft was never submitted.
        Expired = "expired",
        /// The question was never answered.
        Lapsed = "lapsed",
    }
}

named! {
    /// What the vendor may do with an application.
    ApplicationAction {
        /// Make the applicant a partner.
        Approve = "approve",
        /// Turn it down.
        Refuse = "refuse",
        /// Ask the applicant something.
        RequestInformation = "request_information",
        /// Say whose it is.
        Assign = "assign",
        /// Send the applicant a new link.
        SendLink = "send_link",
    }
}

named! {
    /// What the applicant may do.
    ApplicationOwnAction {
        /// Keep what was filled in so far.
        Save = "save",
        /// Hand it in.
        Submit = "submit",
        /// Take it back.
        Withdraw = "withdraw",
    }
}

impl ApplicationStatus {
    /// Whether something may still come of it.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Draft | Self::InReview | Self::InformationRequested)
    }

    /// Whether it was handed in and is not over.
    pub fn is_open(self) -> bool {
        self.is_live() && self != Self::Draft
    }

    /// What the vendor may do now.
    pub fn actions(self) -> &'static [ApplicationAction] {
        use ApplicationAction::{Approve, Assign, Refuse, RequestInformation, SendLink};
        match self {
            Self::Draft => &[SendLink],
            Self::InReview => &[Approve, Refuse, RequestInformation, Assign, SendLink],
            Self::InformationRequested => &[Approve, Refuse, Assign, SendLink],
            Self::Approved | Self::Refused | Self::Withdrawn | Self::Expired | Self::Lapsed => &[],
        }
    }

    /// What the applicant may do now.
    pub fn own_actions(self) -> &'static [ApplicationOwnAction] {
        use ApplicationOwnAction::{Save, Submit, Withdraw};
        match self {
            Self::Draft | Self::InformationRequested => &[Save, Submit, Withdraw],
            Self::InReview => &[Withdraw],
            _ => &[],
        }
    }
}

fn illegal(status: ApplicationStatus, legal: Vec<&'static str>) -> Problem {
    let detail = format!("An application that is {} does not allow this.", status.wire());
    Problem::new(crate::error::APPLICATION_ILLEGAL_MOVE).detail(detail).with("legal_actions", legal)
}

/// 409 with the legal moves unless the vendor may do this now.
pub fn require(status: ApplicationStatus, action: ApplicationAction) -> Result<(), Problem> {
    let legal = status.actions();
    if legal.contains(&action) { Ok(()) } else { Err(illegal(status, legal.iter().map(|action| action.wire()).collect())) }
}

/// 409 with the legal moves unless the applicant may do this now.
pub fn require_own(status: ApplicationStatus, action: ApplicationOwnAction) -> Result<(), Problem> {
    let legal = status.own_actions();
    if legal.contains(&action) { Ok(()) } else { Err(illegal(status, legal.iter().map(|action| action.wire()).collect())) }
}

/// What a caller with these grants may do now.
pub fn available(status: ApplicationStatus, grants: u64) -> Vec<ApplicationAction> {
    if grants & Permission::DecideApplications.bit() == 0 { Vec::new() } else { status.actions().to_vec() }
}

/// What the rules make of an application.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// What is to become of it.
    pub outcome: AdmissionOutcome,
    /// The rule that decided; none if no rule held.
    pub rule: Option<String>,
    /// Why, for the applicant.
    pub sentence: Option<String>,
    /// Why, for the vendor's people.
    pub internal_reason: Option<String>,
    /// What the rule looked at.
    pub seen: Map<String, Value>,
}

impl Decided {
    fn by_a_person(rule: Option<&str>, why: String) -> Self {
        let rule = rule.map(str::to_owned);
        Self { outcome: AdmissionOutcome::Review, rule, sentence: None, internal_reason: Some(why), seen: Map::new() }
    }
}

/// The first rule that holds decides; where one cannot be told, a person does. What was asked once is not asked again.
pub fn decide(book: &Rulebook, facts: &Value, answered: bool) -> Decided {
    let facts = match Facts::new(facts) {
        Ok(facts) => facts,
        Err(cause) => return Decided::by_a_person(None, cause.detail),
    };
    for (rule, expression) in book.rules.rules.iter().zip(&book.rules_compiled) {
        match expression.holds(&facts) {
            Ok(false) => {}
            Ok(true) => {
                let asked = answered && rule.then == AdmissionOutcome::Ask;
                let outcome = if asked { AdmissionOutcome::Review } else { rule.then };
                let internal_reason = rule.internal_reason.clone();
                let seen = facts.seen(expression.reads());
                return Decided { outcome, rule: Some(rule.id.clone()), sentence: Some(rule.sentence.clone()), internal_reason, seen };
            }
            Err(cause) => return Decided::by_a_person(Some(&rule.id), format!("The rule could not be evaluated: {}", cause.detail)),
        }
    }
    Decided::by_a_person(None, "No rule decides.".into())
}

#[cfg(test)]
mod tests {
    use super::super::rulebook::{AdmissionRule, AdmissionRules};
    use super::*;
    use serde_json::json;

    fn book(rules: &[(&str, AdmissionOutcome)]) -> Rulebook {
        let rule = |(at, (when, then)): (usize, &(&str, AdmissionOutcome))| AdmissionRule {
            id: format!("r{at}"),
            when: (*when).to_owned(),
            then: *then,
            sentence: "Because.".into(),
            internal_reason: None,
        };
        let rules = AdmissionRules { rules: rules.iter().enumerate().map(rule).collect(), ..AdmissionRules::default() };
        Rulebook::of(rules, 1).unwrap_or_else(|problem| panic!("{problem:?}"))
    }

    #[test]
    fn every_status_survives_the_database_and_an_end_allows_nothing() {
        for status in ApplicationStatus::ALL {
            assert_eq!(status.wire().parse(), Ok(*status));
            assert_eq!(status.is_live(), !status.own_actions().is_empty() || !status.actions().is_empty(), "{status:?}");
        }
    }

    #[test]
    fn the_first_rule_that_holds_decides_and_what_cannot_be_told_is_for_a_person() {
        let facts = json!({ "company": { "country": "DE" }, "answers": {}, "now": "2026-11-20T12:00:00Z" });
        let decided = |rules: &[(&str, AdmissionOutcome)]| decide(&book(rules), &facts, false);
        let both = [("company.country == 'FR'", AdmissionOutcome::Refuse), ("company.country == 'DE'", AdmissionOutcome::Approve)];
        let found = decided(&both);
        assert_eq!((found.outcome, found.rule.as_deref(), &found.seen["company.country"]), (AdmissionOutcome::Approve, Some("r1"), &json!("DE")));
        let found = decided(&[("answers.employees > 5", AdmissionOutcome::Refuse), ("true", AdmissionOutcome::Approve)]);
        assert_eq!((found.outcome, found.rule.as_deref()), (AdmissionOutcome::Review, Some("r0")));
        assert_eq!(decided(&[]).outcome, AdmissionOutcome::Review);
    }

    #[test]
    fn what_was_answered_is_not_asked_again() {
        let book = book(&[("true", AdmissionOutcome::Ask)]);
        assert_eq!(decide(&book, &json!({}), false).outcome, AdmissionOutcome::Ask);
        assert_eq!(decide(&book, &json!({}), true).outcome, AdmissionOutcome::Review);
    }
}
