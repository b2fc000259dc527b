//! What a survey may ask, what answers fit, and what they come to: pure.

use super::types::{SurveyContent, SurveyQuestion, SurveyQuestionKind};
use kernel::problem::FieldError;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Characters of a text that is answered.
const LONGEST: usize = 4_000;

/// What is wrong with a survey beyond its fields.
pub fn faults(content: &SurveyContent) -> Vec<FieldError> {
    let (mut found, mut keys) = (Vec::new(), HashSet::new());
    for (at, question) in content.questions.iter().enumerate() {
        if !keys.insert(&question.key) {
            found.push(FieldError::new(format!("/questions/{at}/key"), "duplicate", "Give each question a key of its own."));
        }
        let mut choices = HashSet::new();
        for (place, choice) in question.choices.iter().enumerate() {
            if !choices.insert(&choice.key) {
                found.push(FieldError::new(format!("/questions/{at}/choices/{place}/key"), "duplicate", "Give each choice a key of its own."));
            }
        }
        let is_choice = question.kind == SurveyQuestionKind::Choice;
        if is_choice != (question.choices.len() >= 2) || !is_choice && !question.choices.is_empty() {
            found.push(FieldError::new(
                format!("/questions/{at}/choices"),
                "choices",
                "A choice has two choices at least, and nothing else has any.",
            ));
        }
    }
    found
}

/// What was answered to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// A figure.
    Number(i64),
    /// The key of a choice.
    Choice(String),
    /// A text.
    Text(String),
}

/// Read answers; everything that does not fit is named by its pointer.
pub fn read(content: &SurveyContent, answers: &Map<String, Value>) -> Result<Vec<(String, SurveyQuestionKind, Answered)>, Vec<FieldError>> {
    let (mut read, mut faults) = (Vec::new(), Vec::new());
    for key in answers.keys().filter(|key| !content.questions.iter().any(|question| question.key == **key)).take(20) {
        let key: String = key.chars().take(100).collect::<String>().replace('~', "~0").replace('/', "~1");
        faults.push(FieldError::new(format!("/answers/{key}"), "unknown_field", "The survey asks no such question."));
    }
    for question in &content.questions {
        let pointer = format!("/answers/{}", question.key);
        match answers.get(&question.key).filter(|value| !value.is_null()) {
            None if question.required => faults.push(FieldError::new(pointer, "required", "This must be answered.")),
            None => {}
            Some(value) => match one(question, value) {
                Ok(answered) => read.push((question.key.clone(), question.kind, answered)),
                Err(sentence) => faults.push(FieldError::new(pointer, "invalid_value", sentence)),
            },
        }
    }
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

fn one(question: &SurveyQuestion, value: &Value) -> Result<Answered, &'static str> {
    let within = |least: i64, most: i64| value.as_i64().filter(|number| (least..=most).contains(number)).map(Answered::Number);
    match question.kind {
        SurveyQuestionKind::Psat => within(1, 5).ok_or("Answer with a whole number from 1 to 5."),
        SurveyQuestionKind::Nps => within(0, 10).ok_or("Answer with a whole number from 0 to 10."),
        SurveyQuestionKind::Choice => {
            let chosen = value.as_str().filter(|key| question.choices.iter().any(|choice| choice.key == *key));
            chosen.map(|key| Answered::Choice(key.to_owned())).ok_or("Answer with the key of a choice.")
        }
        SurveyQuestionKind::Text => {
            let text = value.as_str().filter(|text| text.chars().count() <= LONGEST && !text.contains('\0'));
            text.map(|text| Answered::Text(text.to_owned())).ok_or("Answer with a text of at most 4,000 characters.")
        }
    }
}

/// The lowest figure of a kind.
pub fn lowest(answers: &[(String, SurveyQuestionKind, Answered)], kind: SurveyQuestionKind) -> Option<i64> {
    let figure = |answered: &Answered| if let Answered::Number(number) = answered { Some(*number) } else { None };
    answers.iter().filter(|(_, of, _)| *of == kind).filter_map(|(.., answered)| figure(answered)).min()
}

/// Whether this is low for the survey.
pub fn is_low(content: &SurveyContent, psat: Option<i64>, nps: Option<i64>) -> bool {
    psat.is_some_and(|psat| psat <= content.low_psat) || nps.is_some_and(|nps| nps <= content.low_nps)
}

/// The net promoter score: per cent of promoters (9, 10) less per cent of detractors (0 to 6), rounded towards zero.
pub fn nps(responses: i64, promoters: i64, detractors: i64) -> Option<i64> {
    (responses > 0).then(|| (promoters - detractors) * 100 / responses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn content() -> SurveyContent {
        let text = json!({ "en": "A text" });
        serde_json::from_value(
            json!({ "name": "s", "title": text, "page": "https://a.example/", "expires_days": 30, "low_psat": 2, "low_nps": 6, "questions": [
            { "key": "sat", "kind": "psat", "text": text, "required": true }, { "key": "rec", "kind": "nps", "text": text },
            { "key": "why", "kind": "choice", "text": text, "choices": [{ "key": "a", "text": text }, { "key": "b", "text": text }] },
            { "key": "more", "kind": "text", "text": text }] }),
        )
        .unwrap()
    }

    fn pointers(answers: Value) -> Vec<String> {
        let found = read(&content(), answers.as_object().unwrap()).unwrap_err();
        found.into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn answers_that_fit_are_read_and_others_are_named() {
        let all = read(&content(), json!({ "sat": 1, "rec": 10, "why": "b", "more": "Because." }).as_object().unwrap()).unwrap();
        assert_eq!((all.len(), lowest(&all, SurveyQuestionKind::Psat), lowest(&all, SurveyQuestionKind::Nps)), (4, Some(1), Some(10)));
        assert_eq!(pointers(json!({})), ["/answers/sat"]);
        assert_eq!(
            pointers(json!({ "sat": 6, "rec": -1, "why": "c", "more": 3, "x/y": 1 })),
            ["/answers/x~1y", "/answers/sat", "/answers/rec", "/answers/why", "/answers/more"]
        );
        assert_eq!(pointers(json!({ "sat": 1.5 })), ["/answers/sat"]);
        assert_eq!(pointers(json!({ "sat": "5" })), ["/answers/sat"]);
    }

    #[test]
    fn what_is_low_is_what_the_survey_says() {
        let content = content();
        assert!(is_low(&content, Some(2), None) && is_low(&content, Some(5), Some(6)));
        assert!(!is_low(&content, Some(3), Some(7)) && !is_low(&content, None, None));
    }

    #[test]
    fn a_net_promoter_score_is_promoters_less_detractors() {
        assert_eq!((nps(10, 7, 1), nps(10, 0, 10), nps(3, 1, 2), nps(0, 0, 0)), (Some(60), Some(-100), Some(-33), None));
    }

    #[test]
    fn a_survey_is_whole() {
        assert!(faults(&content()).is_empty());
        let mut wrong = content();
        wrong.questions[1].key = "sat".into();
        wrong.questions[2].choices.truncate(1);
        wrong.questions[3].choices = content().questions[2].choices.clone();
        assert_eq!(
            faults(&wrong).into_iter().map(|fault| fault.pointer).collect::<Vec<_>>(),
            ["/questions/1/key", "/questions/2/choices", "/questions/3/choices"]
        );
    }
}
