//! Templates: the domains' own words, and a vendor's in their place.

mod http;
pub(crate) mod store;

pub(crate) use http::router;
pub use http::{NotificationTemplate, NotificationTemplatePreview};

use crate::Standard;
use crate::render::{self, Rendered, Trouble, Words};
use kernel::App;
use kernel::id::VendorId;
use kernel::locale::{FALLBACK, Languages};
use kernel::steps::Template;
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The language of the standard texts.
pub(crate) const ENGLISH: &str = FALLBACK;
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

impl Words {
    fn standard(template: &Template) -> Self {
        Self { subject: template.subject.to_owned(), text: template.text.to_owned(), html: None }
    }
}

/// What was made of a template.
pub(crate) struct Made {
    pub rendered: Rendered,
    /// The language of the words that were to be used.
    pub language: String,
    /// What was wrong with the vendor's own words, if the standard ones had to stand in.
    pub trouble: Option<Trouble>,
}

/// A vendor's words for some templates, found once for many texts.
pub(crate) struct Phrasebook {
    /// By name and language.
    own: BTreeMap<String, BTreeMap<String, Words>>,
    standard: HashMap<String, Template>,
}

impl Phrasebook {
    /// The words for these templates.
    pub(crate) async fn of(app: &App, db: &impl ConnectionTrait, vendor: VendorId, names: &BTreeSet<&str>) -> Result<Self, DbErr> {
        let rows = store::of_names(db, vendor, names).await?;
        let mut own: BTreeMap<String, BTreeMap<String, Words>> = BTreeMap::new();
        for row in rows {
            let words = Words { subject: row.subject, text: row.content, html: row.html };
            own.entry(row.name).or_default().insert(row.language, words);
        }
        let standard = names.iter().filter_map(|name| Some(((*name).to_owned(), standard(app, name)?))).collect();
        Ok(Self { own, standard })
    }

    /// The words of template `name` in the best language at hand, with it; the vendor's own, or `None` where the standard ones are better.
    pub(crate) fn best(&self, name: &str, languages: &Languages) -> (String, Option<&Words>) {
        let own = self.own.get(name);
        // There are always the standard words in English.
        let there = own.into_iter().flat_map(|own| own.keys().map(String::as_str)).chain([ENGLISH]);
        let language = languages.nearest(there).unwrap_or(ENGLISH);
        (language.to_owned(), own.and_then(|own| own.get(language)))
    }

    /// The text of template `name` in the best language at hand. It cannot fail: standard words stand in for broken ones.
    pub(crate) fn say(&self, name: &str, languages: &Languages, context: &Value) -> Made {
        let (language, own) = self.best(name, languages);
        let trouble = match own.map(|words| render::render(words, context, &languages.locale(&language))) {
            Some(Ok(rendered)) => return Made { rendered, language, trouble: None },
            Some(Err(trouble)) => Some(trouble),
            None => None,
        };
        let english = languages.locale(ENGLISH);
        let standard = self.standard.get(name).and_then(|template| render::render(&Words::standard(template), context, &english).ok());
        let notice = || render::render(&Words::standard(&NOTICE), context, &english).ok();
        let empty = || Rendered { subject: "News".into(), text: String::new(), html: None };
        Made { rendered: standard.or_else(notice).unwrap_or_else(empty), language, trouble }
    }
}

#[cfg(test)]
mod unit {
    use super::*;
    use kernel::locale::Locale;

    #[test]
    fn the_nearest_language_is_taken() {
        let words = |text: &str| Words { subject: text.into(), text: text.into(), html: None };
        let own = BTreeMap::from([("n".to_owned(), ["de", "pt-BR"].into_iter().map(|tag| (tag.to_owned(), words(tag))).collect())]);
        let book = Phrasebook { own, standard: HashMap::new() };
        let best = |wanted: &[&str]| book.best("n", &wanted.iter().copied().collect()).0;
        assert_eq!(
            (best(&["pt-PT"]), best(&["fr", "de-AT"]), best(&["fr"]), best(&["en-GB", "de"])),
            ("pt-BR".into(), "de".into(), "en".into(), "en".into())
        );
        assert_eq!(book.best("other", &["de"].into_iter().collect()), ("en".to_owned(), None));
    }

    #[test]
    fn the_templates_of_this_crate_can_be_rendered() {
        for template in own() {
            render::render(&Words::standard(&template), &render::sample("Contoso"), &Locale::of("en")).unwrap();
        }
    }
}
