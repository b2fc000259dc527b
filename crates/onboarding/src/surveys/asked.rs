//! What goes over the wire between whoever is asked and a survey.

use super::types::{SurveyChoice, SurveyQuestion, SurveyQuestionKind};
use kernel::app::Resource;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

use kernel::locale::shown;

/// The secret of a link.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"secret": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.svi_01jd3k7x2mfq8t9v5w6y0zabcd.00112233", "language": "de"}))]
pub struct SurveyRead {
    /// What followed `#survey=` in the link.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub secret: String,
    /// The language to read it in; the nearest that there is.
    #[validate(length(min = 2, max = 35))]
    #[schema(min_length = 2, max_length = 35)]
    #[serde(default)]
    pub language: Option<String>,
}

/// Something to choose, in one language.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"key": "price", "text": "The price"}))]
pub struct SurveyAskedChoice {
    /// Names it.
    pub key: String,
    /// Its text.
    pub text: String,
}

/// A question, in one language.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"key": "satisfaction", "kind": "psat", "text": "How satisfied are you?", "required": true, "choices": []}))]
pub struct SurveyAskedQuestion {
    /// Names it.
    pub key: String,
    /// What is answered.
    pub kind: SurveyQuestionKind,
    /// Its text.
    pub text: String,
    /// Whether it has to be answered.
    pub required: bool,
    /// What may be chosen.
    pub choices: Vec<SurveyAskedChoice>,
}

impl SurveyAskedQuestion {
    /// A question in the nearest language.
    pub fn of(question: &SurveyQuestion, language: Option<&str>) -> Self {
        let choice = |choice: &SurveyChoice| SurveyAskedChoice { key: choice.key.clone(), text: shown(&choice.text, language).0.to_owned() };
        Self {
            key: question.key.clone(),
            kind: question.kind,
            text: shown(&question.text, language).0.to_owned(),
            required: question.required,
            choices: question.choices.iter().map(choice).collect(),
        }
    }
}

/// A survey as whoever is asked sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"vendor": "Acme", "title": "How was your start?", "language": "en", "answered": false, "questions": [{"key": "satisfaction",
    "kind": "psat", "text": "How satisfied are you?", "required": true, "choices": []}]}))]
pub struct SurveyAsked {
    /// Who asks.
    pub vendor: String,
    /// Its title.
    pub title: String,
    /// The language of its title.
    pub language: String,
    /// Whether it was answered already.
    pub answered: bool,
    /// What is asked.
    pub questions: Vec<SurveyAskedQuestion>,
}

/// Answers to a survey.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"secret": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.svi_01jd3k7x2mfq8t9v5w6y0zabcd.00112233", "answers": {"satisfaction": 5}}))]
pub struct SurveyAnswer {
    /// What followed `#survey=` in the link.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub secret: String,
    /// The answers by question: a whole number, the key of a choice, or a text.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub answers: Map<String, Value>,
}

/// That the answers were taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"received": true}))]
pub struct SurveyReceipt {
    /// Always true.
    pub received: bool,
}

impl Resource for SurveyReceipt {}
