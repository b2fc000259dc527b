//! What a provider's answer comes to: pure.

use super::types::{CheckAnswer, CheckAnswerResult, CheckFound, CheckRequestAction, CheckRequestStatus};
use crate::asking::rules::Answer;
use crate::vetting::policy::VettingResult;
use crate::vetting::providers::types::{CheckProviderCreate, CheckProviderUnanswered};
use chrono::{DateTime, Duration, Utc};

/// The longest that an answer is good for.
const MOST_DAYS: i64 = 3650;

impl Answer for CheckAnswer {
    fn is_pending(&self) -> bool {
        *self == Self::Pending
    }
}

/// What an answer comes to in the register.
pub fn result(provider: &CheckProviderCreate, found: CheckAnswerResult) -> VettingResult {
    match found {
        CheckAnswerResult::Clear => VettingResult::Clear,
        CheckAnswerResult::Fail if provider.blocks => VettingResult::Blocked,
        CheckAnswerResult::Review | CheckAnswerResult::Fail => VettingResult::Review,
    }
}

/// What takes the place of an answer that did not come.
pub fn instead(provider: &CheckProviderCreate, why: &str) -> CheckFound {
    let result = match provider.unanswered {
        CheckProviderUnanswered::Review => CheckAnswerResult::Review,
        CheckProviderUnanswered::Pass => CheckAnswerResult::Clear,
        CheckProviderUnanswered::Fail => CheckAnswerResult::Fail,
    };
    let summary = format!("{} did not answer. {why}", provider.name).chars().take(500).collect();
    CheckFound { result, score: None, reference: None, summary: Some(summary), evidence: None, valid_until: None }
}

/// Why, in a sentence.
pub fn summary(provider: &CheckProviderCreate, found: &CheckFound) -> String {
    found.summary.clone().unwrap_or_else(|| match found.result {
        CheckAnswerResult::Clear => format!("{} found nothing that speaks against it.", provider.name),
        CheckAnswerResult::Review => format!("{} wants a person to look.", provider.name),
        CheckAnswerResult::Fail => format!("{} found something that speaks against it.", provider.name),
    })
}

/// Until when an answer counts: as it says, if that is in the future, and not for ever.
pub fn valid_until(provider: &CheckProviderCreate, found: &CheckFound, now: DateTime<Utc>) -> DateTime<Utc> {
    let usual = now + Duration::days(provider.valid_days);
    found.valid_until.filter(|until| *until > now).map_or(usual, |until| until.min(now + Duration::days(MOST_DAYS)))
}

/// Whether an answer says what one before said, about the same facts: then a person's decision about that one stays.
pub fn is_the_same(before: (&str, &CheckFound), now: (&str, &CheckFound)) -> bool {
    let said = |found: &CheckFound| (found.result, found.score, found.reference.clone());
    before.0 == now.0 && said(before.1) == said(now.1)
}

/// What may be done with a request that stands there.
pub fn legal_actions(status: CheckRequestStatus) -> &'static [CheckRequestAction] {
    if status == CheckRequestStatus::Unanswered { &[CheckRequestAction::Retry] } else { &[] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn provider(members: serde_json::Value) -> CheckProviderCreate {
        let mut usual = json!({ "name": "Creditwatch", "url": "https://checks.example.com", "kind": "credit", "when": "true" });
        usual.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        serde_json::from_value(usual).unwrap()
    }

    fn found(members: serde_json::Value) -> CheckFound {
        serde_json::from_value(members).unwrap()
    }

    #[test]
    fn a_failure_waits_for_a_person_unless_the_provider_blocks() {
        let (careful, strict) = (provider(json!({})), provider(json!({ "blocks": true })));
        assert_eq!(result(&careful, CheckAnswerResult::Fail), VettingResult::Review);
        assert_eq!(result(&strict, CheckAnswerResult::Fail), VettingResult::Blocked);
        assert_eq!(result(&strict, CheckAnswerResult::Clear), VettingResult::Clear);
    }

    #[test]
    fn silence_is_for_a_person_unless_the_provider_says_otherwise() {
        let silent = |unanswered: &str| instead(&provider(json!({ "unanswered": unanswered })), "").result;
        assert_eq!(instead(&provider(json!({})), "").result, CheckAnswerResult::Review);
        assert_eq!((silent("pass"), silent("fail")), (CheckAnswerResult::Clear, CheckAnswerResult::Fail));
        assert!(instead(&provider(json!({})), &"x".repeat(2_000)).summary.unwrap().len() <= 500);
    }

    #[test]
    fn an_answer_is_good_for_a_time_that_ends() {
        let (now, provider) = (DateTime::UNIX_EPOCH, provider(json!({ "valid_days": 30 })));
        let until = |members| valid_until(&provider, &found(members), now);
        assert_eq!(until(json!({ "result": "clear" })), now + Duration::days(30));
        assert_eq!(until(json!({ "result": "clear", "valid_until": "1970-01-03T00:00:00Z" })), now + Duration::days(2));
        assert_eq!(until(json!({ "result": "clear", "valid_until": "1969-01-03T00:00:00Z" })), now + Duration::days(30));
        assert_eq!(until(json!({ "result": "clear", "valid_until": "2999-01-03T00:00:00Z" })), now + Duration::days(MOST_DAYS));
    }

    #[test]
    fn the_same_answer_about_the_same_facts_is_the_same() {
        let (one, other) =
            (found(json!({ "result": "fail", "reference": "1" })), found(json!({ "result": "fail", "reference": "1", "summary": "Again." })));
        assert!(is_the_same(("f", &one), ("f", &other)) && !is_the_same(("f", &one), ("g", &other)));
        assert!(!is_the_same(("f", &one), ("f", &found(json!({ "result": "review", "reference": "1" })))));
    }

    #[test]
    fn an_answer_at_once_may_promise_another() {
        let read = |body: &str| serde_json::from_str::<CheckAnswer>(body).map(|answer| answer.is_pending());
        assert!(read(r#"{"status":"pending"}"#).unwrap() && !read(r#"{"status":"answered","result":"clear","odd":1}"#).unwrap());
        assert!(read(r#"{"status":"answered"}"#).is_err() && read(r#"{"result":"what"}"#).is_err() && read("[]").is_err());
    }
}
