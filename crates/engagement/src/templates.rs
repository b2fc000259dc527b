//! Templates: the domains' own words, and a vendor's in their place.

mod http;
pub(crate) mod store;

pub(crate) use http::a_language;
pub(crate) use http::router;
pub use http::{NotificationTemplate, NotificationTemplatePreview};

use crate::Standard;
use crate::render::{self, Rendered, Trouble, Words};
use kernel::App;
use kernel::id::VendorId;
use kernel::steps::Template;
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// The language of the standard texts.
pub(crate) const ENGLISH: &str = "en";
/// The template of a mail that gathers several notifications.
pub(crate) const DIGEST: &str = "notifications.digest";
/// Stands in where a template is gone or cannot be rendered at all.
const NOTICE: Template = Template {
    name: "notifications.notice",
    summary: "Stands in for a template that is not there any more.",
    subject: "News from {{ vendor.name }}",
    text: "Hello {{ person.name }},\n\nthere is news about a {{ link.type | words }}. Open it in the portal to see what happened.\n",
};

/// The templates that belong to no domain.
pub(crate) fn own() -> Vec<Template> {
    let digest = Template {
        name: DIGEST,
        summary: "Several notifications in one mail: a digest, or what waited for the end of quiet hours.",
        subject: "{{ count }} notifications from {{ vendor.name }}",
        text: "Hello {{ person.name }},\n{% for one in notifications %}\n- {{ one.title }}\n{{ one.text }}\n{% endfor %}{% if more %}\nAnd {{ more }} more.\n{% endif %}",
    };
    vec![NOTICE, digest]
}

/// The standard template of this name.
pub(crate) fn standard(app: &App, name: &str) -> Option<Template> {
    app.find_service::<Standard>()?.0.iter().find(|template| template.name == name).copied()
}

/// Every standard template, by name.
pub(crate) fn all(app: &App) -> Vec<Template> {
    let mut all = app.find_service::<Standard>().map(|standard| standard.0.clone()).unwrap_or_default();
    all.sort_by_key(|template| template.name);
    all
}

/// Whether `text` names a language: `de`, `pt-BR`.
pub(crate) fn is_language(text: &str) -> bool {
    let (language, region) = text.split_once('-').map_or((text, None), |(language, region)| (language, Some(region)));
    let lower = (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
    lower && region.is_none_or(|region| region.len() == 2 && region.bytes().all(|byte| byte.is_ascii_uppercase()))
}

/// In which languages to look for words, the best first.
fn order(language: &str) -> Vec<String> {
    let base = language.split('-').next().unwrap_or(language);
    let mut order = vec![language.to_owned()];
    for further in [base, ENGLISH] {
        if !order.iter().any(|one| one == further) {
            order.push(further.to_owned());
        }
    }
    order
}

impl Words {
    fn standard(template: &Template) -> Self {
        Self { subject: template.subject.to_owned(), text: template.text.to_owned(), html: None }
    }
}

/// What was made of a template.
pub(crate) struct Made {
    pub rendered: Rendered,
    /// What was wrong with the vendor's own words, if the standard ones had to stand in.
    pub trouble: Option<Trouble>,
}

/// A vendor's words for some templates, found once for many texts.
pub(crate) struct Phrasebook {
    own: HashMap<(String, String), Words>,
    standard: HashMap<String, Template>,
}

impl Phrasebook {
    /// The words for these templates.
    pub(crate) async fn of(app: &App, db: &impl ConnectionTrait, vendor: VendorId, names: &BTreeSet<&str>) -> Result<Self, DbErr> {
        let rows = store::of_names(db, vendor, names).await?;
        let own = rows.into_iter().map(|row| ((row.name, row.language), Words { subject: row.subject, text: row.content, html: row.html })).collect();
        let standard = names.iter().filter_map(|name| Some(((*name).to_owned(), standard(app, name)?))).collect();
        Ok(Self { own, standard })
    }

    /// The text of template `name` in the best language at hand. It cannot fail: standard words stand in for broken ones.
    pub(crate) fn say(&self, name: &str, language: &str, context: &Value) -> Made {
        let own = order(language).into_iter().find_map(|language| self.own.get(&(name.to_owned(), language)));
        let trouble = match own.map(|words| render::render(words, context)) {
            Some(Ok(rendered)) => return Made { rendered, trouble: None },
            Some(Err(trouble)) => Some(trouble),
            None => None,
        };
        let standard = self.standard.get(name).and_then(|template| render::render(&Words::standard(template), context).ok());
        let notice = || render::render(&Words::standard(&NOTICE), context).ok();
        let empty = || Rendered { subject: "News".into(), text: String::new(), html: None };
        Made { rendered: standard.or_else(notice).unwrap_or_else(empty), trouble }
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_nearest_language_is_taken() {
        assert_eq!(order("pt-BR"), ["pt-BR", "pt", "en"]);
        assert_eq!(order("en"), ["en"]);
        for (text, is) in
            [("de", true), ("pt-BR", true), ("fil", true), ("DE", false), ("de-at", false), ("", false), ("de-", false), ("xxxx", false)]
        {
            assert_eq!(is_language(text), is, "{text}");
        }
    }

    #[test]
    fn the_templates_of_this_crate_can_be_rendered() {
        for template in own() {
            render::render(&Words::standard(&template), &render::sample("Contoso")).unwrap();
        }
    }
}
