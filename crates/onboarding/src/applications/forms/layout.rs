//! How a form is shown: sections, fields, and texts in several languages.

use kernel::locale::{Languages, Texts};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use validator::Validate;

/// What every application tells of a company, with a fixed meaning. What stands here is never part of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationCoreField {
    /// The company's name.
    Name,
    /// Where it sits.
    Country,
    /// Its web site.
    Website,
    /// Its domain.
    Domain,
    /// Its tax number.
    TaxId,
    /// Its address.
    Address,
    /// What kind of partner it wants to be.
    PartnerType,
    /// The sales regions that it works in.
    Regions,
    /// The languages that it speaks.
    Languages,
    /// The contact's telephone number.
    Phone,
    /// The contact's position.
    JobTitle,
}

impl ApplicationCoreField {
    /// Every one, with where it stands in an application.
    pub const ALL: &[(ApplicationCoreField, &str)] = &[
        (Self::Name, "company.name"),
        (Self::Country, "company.country"),
        (Self::Website, "company.website"),
        (Self::Domain, "company.domain"),
        (Self::TaxId, "company.tax_id"),
        (Self::Address, "company.address"),
        (Self::PartnerType, "company.partner_type"),
        (Self::Regions, "company.regions"),
        (Self::Languages, "company.languages"),
        (Self::Phone, "contact.phone"),
        (Self::JobTitle, "contact.job_title"),
    ];

    /// Where it stands in an application: `company.name`.
    pub fn path(self) -> &'static str {
        Self::ALL.iter().find(|(field, _)| *field == self).map_or("company.name", |(_, path)| path)
    }
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": {"en": "Your team", "de": "Ihr Team"}, "fields": [{"field": "answers.employees", "label": {"en": "Employees"}}]}))]
pub struct ApplicationFormSection {
    /// Its heading, by language.
    pub title: BTreeMap<String, String>,
    /// What is in it, in order.
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub fields: Vec<ApplicationFormField>,
}

/// A question of a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"field": "answers.employees", "label": {"en": "Employees", "de": "Mitarbeitende"}, "widget": "number"}))]
pub struct ApplicationFormField {
    /// `answers.` and a property of the schema, or one of `company.name`, `company.country`, `company.website`, `company.domain`, `company.tax_id`,
    /// `company.address`, `company.partner_type`, `company.regions`, `company.languages`, `contact.name`, `contact.phone`, `contact.job_title`.
    #[validate(length(min = 1, max = 120))]
    #[schema(min_length = 1, max_length = 120)]
    pub field: String,
    /// The question, by language.
    pub label: BTreeMap<String, String>,
    /// More about it, by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub help: BTreeMap<String, String>,
    /// What the values of an enumeration are called, by value and language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, BTreeMap<String, String>>,
    /// How it may be shown: a hint in the words of the vendor's page.
    #[validate(length(min = 1, max = 50))]
    #[schema(min_length = 1, max_length = 50)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub widget: Option<String>,
}

/// A part of a form in one language.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"title": "Your team", "fields": [{"field": "answers.employees", "label": "Employees", "options": {}}]}))]
pub struct ApplicationFormSectionShown {
    /// Its heading.
    pub title: String,
    /// What is in it, in order.
    pub fields: Vec<ApplicationFormFieldShown>,
}

/// A question of a form in one language.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"field": "answers.employees", "label": "Employees", "options": {}, "widget": "number"}))]
pub struct ApplicationFormFieldShown {
    /// Where the answer stands in the application.
    pub field: String,
    /// The question.
    pub label: String,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What the values of an enumeration are called.
    pub options: BTreeMap<String, String>,
    /// How it may be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub widget: Option<String>,
}

/// The language of `there` that is nearest to the one that is wanted, or to the usual one.
pub fn nearest(there: &[String], wanted: Option<&str>, usual: &str) -> String {
    let wanted: Languages = wanted.into_iter().chain([usual]).collect();
    wanted.nearest(there.iter().map(String::as_str)).unwrap_or(usual).to_owned()
}

/// A text in this language, else in the usual one.
fn say(texts: &Texts, language: &str, usual: &str) -> String {
    [language, usual].into_iter().collect::<Languages>().shown(texts).0.to_owned()
}

impl ApplicationFormSection {
    /// The section in this language.
    pub fn shown(&self, language: &str, usual: &str) -> ApplicationFormSectionShown {
        let field = |field: &ApplicationFormField| ApplicationFormFieldShown {
            field: field.field.clone(),
            label: say(&field.label, language, usual),
            help: (!field.help.is_empty()).then(|| say(&field.help, language, usual)),
            options: field.options.iter().map(|(value, texts)| (value.clone(), say(texts, language, usual))).collect(),
            widget: field.widget.clone(),
        };
        ApplicationFormSectionShown { title: say(&self.title, language, usual), fields: self.fields.iter().map(field).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_language_is_shown_and_a_missing_text_falls_back() {
        let there = ["en".to_owned(), "pt-BR".to_owned()];
        for (wanted, is) in [(Some("pt-BR"), "pt-BR"), (Some("pt"), "pt-BR"), (Some("en-GB"), "en"), (Some("de"), "en"), (None, "en")] {
            assert_eq!(nearest(&there, wanted, "en"), is);
        }
        let texts = Texts::from([("en".into(), "Hello".into())]);
        assert_eq!((say(&texts, "pt-BR", "en").as_str(), say(&Texts::new(), "en", "en").as_str()), ("Hello", ""));
    }
}
