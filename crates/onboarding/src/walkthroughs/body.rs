//! What a walkthrough says, as a vendor writes it.

use crate::paths::written;
use kernel::Problem;
use kernel::locale::{self, Texts};
use kernel::problem::FieldError;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use utoipa::ToSchema;
use validator::Validate;

/// What `when` may use.
pub const FACTS: &[&str] = &["person", "partner"];

/// Something that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "register", "element": "#register-deal", "title": {"en": "Register a deal", "de": "Ein Geschäft melden"},
    "text": {"en": "Whoever registers first is protected."}, "media_url": "https://cdn.example/register.mp4"}))]
pub struct WalkthroughStep {
    /// Names it in this walkthrough for good: progress is carried to a later version by it.
    #[validate(length(min = 1, max = 60), custom(function = written::key))]
    #[schema(min_length = 1, max_length = 60, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub key: String,
    /// What it points at, as the front end knows it; the screen as a whole if absent.
    #[validate(length(min = 1, max = 200), custom(function = kernel::text::not_blank))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub element: Option<String>,
    /// Its title, by language.
    #[validate(custom(function = locale::each_fits))]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub title: Texts,
    /// What it says, by language.
    #[validate(custom(function = locale::each_fits))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::HashMap<String, String>>)]
    pub text: Option<Texts>,
    /// A picture or film: an http or https URL.
    #[validate(length(min = 8, max = 2000), custom(function = written::web))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 8, max_length = 2000, format = "uri")]
    pub media_url: Option<String>,
}

/// A walkthrough, as a vendor writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "first-deal", "screen": "deals", "title": {"en": "Your first deal", "de": "Das erste Geschäft"},
    "when": "person.role == \"sales\" && partner.type == \"reseller\"", "rank": 10, "again": false, "steps": [
    {"key": "register", "element": "#register-deal", "title": {"en": "Register a deal", "de": "Ein Geschäft melden"}},
    {"key": "watch", "title": {"en": "Watch it being decided", "de": "Die Entscheidung verfolgen"}}]}))]
pub struct WalkthroughDraft {
    /// Names the walkthrough for good; a draft of the same name is its next version.
    #[validate(length(min = 1, max = 60), custom(function = written::key))]
    #[schema(min_length = 1, max_length = 60, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub name: String,
    /// The screen that it is for, as the front end names it.
    #[validate(length(min = 1, max = 200), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub screen: String,
    /// What stands above it, by language.
    #[validate(custom(function = locale::each_fits))]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub title: Texts,
    /// For whom it is: CEL over `person` (`side`: `vendor` or `partner`, `role`) and `partner` (`type`, `tier`, `region`, `country`,
    /// `specialisations`, `custom_fields`, `name`; each null for the vendor's own people).
    #[serde(default = "always")]
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// Of several on a screen, the one with the lowest rank comes first, then by name.
    #[serde(default)]
    #[validate(range(min = 0, max = 1000))]
    #[schema(minimum = 0, maximum = 1000)]
    pub rank: i64,
    /// Whether it is shown again to those who completed or dismissed an earlier version.
    #[serde(default)]
    pub again: bool,
    /// Its steps, in order.
    #[validate(length(min = 1, max = 50), nested)]
    #[schema(min_items = 1, max_items = 50)]
    pub steps: Vec<WalkthroughStep>,
}

fn always() -> String {
    "true".into()
}

impl WalkthroughDraft {
    /// The place of a step.
    pub fn step(&self, key: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.key == key)
    }

    /// 422 with everything that is wrong: keys that are not unique, a condition that does not compile.
    pub fn check(&self) -> Result<(), Problem> {
        let mut faults: Vec<_> = written::expression(&self.when, FACTS, "/when").into_iter().collect();
        let mut keys = HashSet::new();
        for (at, step) in self.steps.iter().enumerate().filter(|(_, step)| !keys.insert(&step.key)) {
            faults.push(FieldError::new(format!("/steps/{at}/key"), "taken", format!("Another step has the key `{}`.", step.key)));
        }
        if faults.is_empty() { Ok(()) } else { Err(Problem::invalid_all(faults)) }
    }
}
