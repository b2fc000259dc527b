//! Whether a version of a form can be asked, and whether answers fit it.

use super::layout::ApplicationCoreField;
use super::types::ApplicationFormContent;
use kernel::locale::{Texts, is_language};
use kernel::problem::{FieldError, Problem};
use serde_json::{Map, Value};

/// The deepest schema, in levels of objects and lists.
const DEEPEST: usize = 16;
/// The most questions of a schema.
const MOST: usize = 200;
/// The longest text of a layout, in characters.
const LONGEST: usize = 2_000;
/// The longest layout, in bytes of JSON.
const LAYOUT: usize = 65_536;
/// The longest answers, in bytes of JSON.
pub const ANSWERS: usize = 65_536;

/// What a schema may not ask: it is told of every company already.
const TOLD: &[&str] = &[
    "name",
    "company",
    "company_name",
    "country",
    "website",
    "domain",
    "tax_id",
    "vat_id",
    "address",
    "type",
    "partner_type",
    "region",
    "regions",
    "language",
    "languages",
    "contact",
    "contact_name",
    "email",
    "phone",
];

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// 422 naming everything that is wrong with a version.
pub fn compile(content: &ApplicationFormContent) -> Result<(), Problem> {
    let mut errors = Vec::new();
    let schema = Value::Object(content.schema.clone());
    if depth(&schema) > DEEPEST {
        errors.push(FieldError::new("/schema", "schema", format!("A schema has at most {DEEPEST} levels.")));
    } else if let Err(error) = kernel::fields::compile(&schema) {
        errors.push(error);
    }
    let none = Map::new();
    let asked = schema["properties"].as_object().unwrap_or(&none);
    if asked.len() > MOST {
        errors.push(FieldError::new("/schema/properties", "too_many", format!("A form asks at most {MOST} questions.")));
    }
    for name in asked.keys() {
        if TOLD.contains(&name.to_lowercase().as_str()) {
            let detail = "Every application tells this already; ask for it with `required` and the layout.";
            errors.push(FieldError::new(format!("/schema/properties/{name}"), "core_field", detail));
        }
    }
    languages(content, &mut errors);
    layout(content, asked, &mut errors);
    for (name, field) in &content.partner_fields {
        if !asked.contains_key(name) {
            errors.push(FieldError::new(format!("/partner_fields/{name}"), "no_such_question", "The schema asks no such question."));
        }
        if field.is_empty() || field.len() > 100 {
            errors.push(FieldError::new(format!("/partner_fields/{name}"), "length", "Name a custom field of partners, of 1 to 100 bytes."));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_all(errors)) }
}

fn languages(content: &ApplicationFormContent, errors: &mut Vec<FieldError>) {
    for (at, language) in content.languages.iter().enumerate() {
        if !is_language(language) || content.languages[..at].contains(language) {
            errors.push(FieldError::new(format!("/languages/{at}"), "language", "Name each language once, like `de` or `pt-BR`."));
        }
    }
    if !content.languages.contains(&content.default_language) {
        errors.push(FieldError::new("/default_language", "language", "The default language is one of `languages`."));
    }
}

fn layout(content: &ApplicationFormContent, asked: &Map<String, Value>, errors: &mut Vec<FieldError>) {
    let written = serde_json::to_string(&content.layout).map_or(usize::MAX, |text| text.len());
    if written > LAYOUT {
        errors.push(FieldError::new("/layout", "too_long", format!("A layout has at most {LAYOUT} bytes.")));
        return;
    }
    let mut shown: Vec<&str> = Vec::new();
    for (at, section) in content.layout.iter().enumerate() {
        texts(content, &section.title, &format!("/layout/{at}/title"), true, errors);
        for (number, field) in section.fields.iter().enumerate() {
            let here = format!("/layout/{at}/fields/{number}");
            let core = field.field == "contact.name" || ApplicationCoreField::ALL.iter().any(|(_, path)| *path == field.field);
            let own = field.field.strip_prefix("answers.").is_some_and(|name| asked.contains_key(name));
            if !core && !own {
                errors.push(FieldError::new(format!("{here}/field"), "no_such_field", "There is no such field in an application by this form."));
            }
            if shown.contains(&field.field.as_str()) {
                errors.push(FieldError::new(format!("{here}/field"), "repeated", "Nothing is asked twice."));
            }
            shown.push(&field.field);
            texts(content, &field.label, &format!("{here}/label"), true, errors);
            texts(content, &field.help, &format!("{here}/help"), false, errors);
            for (value, names) in &field.options {
                texts(content, names, &format!("{here}/options/{value}"), true, errors);
            }
        }
    }
}

fn texts(content: &ApplicationFormContent, texts: &Texts, here: &str, needed: bool, errors: &mut Vec<FieldError>) {
    if needed && !texts.contains_key(&content.default_language) {
        errors.push(FieldError::new(here, "language", format!("Write it in {} at least.", content.default_language)));
    }
    for (language, text) in texts {
        if !content.languages.contains(language) {
            errors.push(FieldError::new(format!("{here}/{language}"), "language", "This is none of the form's languages."));
        } else if text.chars().count() > LONGEST {
            errors.push(FieldError::new(format!("{here}/{language}"), "too_long", format!("At most {LONGEST} characters.")));
        }
    }
}

/// Everything that is wrong with answers by this schema, with pointers under `/answers`.
pub fn answers_fit(content: &ApplicationFormContent, answers: &Map<String, Value>) -> Result<Vec<FieldError>, Problem> {
    let schema = kernel::fields::compile(&Value::Object(content.schema.clone())).map_err(|error| Problem::internal(error.detail))?;
    let value = Value::Object(answers.clone());
    let wrong = schema.iter_errors(&value).take(50);
    Ok(wrong.map(|error| FieldError::new(format!("/answers{}", error.instance_path()), "answer", format!("{error}."))).collect())
}

/// 422 if answers are longer than may be kept.
pub fn bounded(answers: &Map<String, Value>) -> Result<(), Problem> {
    let written = serde_json::to_string(answers).map_or(usize::MAX, |text| text.len());
    if written <= ANSWERS { Ok(()) } else { Err(Problem::invalid("/answers", "too_long", format!("At most {ANSWERS} bytes."))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn content(schema: Value) -> ApplicationFormContent {
        let mut content = json!({ "languages": ["en"], "default_language": "en", "schema": {}, "layout": [], "required": [] });
        content["schema"] = schema;
        serde_json::from_value(content).unwrap_or_else(|cause| panic!("{cause}"))
    }

    #[test]
    fn a_schema_that_asks_twice_refers_or_explodes_is_refused() {
        let mut deep = json!({ "type": "string" });
        for _ in 0..20 {
            deep = json!({ "type": "object", "properties": { "a": deep } });
        }
        let many: Map<String, Value> = (0..300).map(|number| (format!("q{number}"), json!({}))).collect();
        for schema in [
            json!({ "type": "object", "properties": { "country": {} } }),
            json!({ "type": "object", "$ref": "https://example.com/schema.json" }),
            json!({ "type": "object", "properties": { "a": { "pattern": "((\\w{99}){99}){99}" } } }),
            json!({ "type": "array" }),
            json!({ "type": "object", "properties": many }),
            deep,
        ] {
            assert!(compile(&content(schema.clone())).is_err(), "{schema}");
        }
        assert!(compile(&content(json!({ "type": "object", "properties": { "employees": { "type": "integer" } } }))).is_ok());
    }

    #[test]
    fn what_is_wrong_with_answers_has_a_pointer() {
        let content = content(json!({ "type": "object", "properties": { "employees": { "type": "integer" } }, "required": ["employees"] }));
        let found = answers_fit(&content, json!({ "employees": "many" }).as_object().unwrap_or(&Map::new())).unwrap_or_default();
        assert_eq!(found[0].pointer, "/answers/employees");
    }
}
