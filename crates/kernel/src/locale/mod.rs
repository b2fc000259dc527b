//! What people read in: which of several languages somebody is shown ([`Languages`], [`Texts`]), and how dates, money, lists and the
//! names of countries and languages are written there ([`Locale`]). Pure; the words and shapes of languages are those of CLDR.
//!
//! There is one order everywhere: the person's own language, the partner's, the vendor's, English, and then whatever there is.

mod names;
mod texts;
mod written;

pub use texts::{Texts, each_fits, shown};
pub use written::Locale;

use icu_locale::{LanguageIdentifier, LocaleExpander};

/// The language of our own words, and of whoever told us none.
pub const FALLBACK: &str = "en";

/// Whether this is a language tag of plain shape: a language of two or three letters, and further parts of at most eight.
pub fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    matches!(language.len(), 2 | 3) && language.bytes().all(|byte| byte.is_ascii_lowercase()) && tag.len() <= 35 && parts.all(part)
}

/// For `#[validate(custom(function = …))]`: a language tag.
pub fn a_language(tag: &str) -> Result<(), validator::ValidationError> {
    if is_language(tag) {
        return Ok(());
    }
    Err(validator::ValidationError::new("language").with_message("Name a language as BCP 47 does: `de`, `pt-BR`, `zh-Hant`.".into()))
}

/// The languages that somebody is shown things in, the best first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Languages(Vec<String>);

impl<T: Into<String>> FromIterator<T> for Languages {
    fn from_iter<I: IntoIterator<Item = T>>(tags: I) -> Self {
        let mut distinct = Vec::new();
        for tag in tags.into_iter().map(Into::into).filter(|tag| !tag.is_empty()) {
            if !distinct.iter().any(|earlier: &String| earlier.eq_ignore_ascii_case(&tag)) {
                distinct.push(tag);
            }
        }
        Self(distinct)
    }
}

impl Languages {
    /// The best; English if there is none.
    pub fn first(&self) -> &str {
        self.0.first().map_or(FALLBACK, String::as_str)
    }

    /// These, and one that was asked for before them.
    pub fn after(self, asked: Option<String>) -> Self {
        asked.into_iter().chain(self.0).collect()
    }

    /// These, and others where there is nothing in them.
    pub fn before(self, others: &Self) -> Self {
        self.0.into_iter().chain(others.0.iter().cloned()).collect()
    }

    /// The best of those that there are: for each wanted one the nearest of the same language, then English, then whatever there is.
    pub fn nearest<'a>(&self, there: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        let there: Vec<_> = there.into_iter().collect();
        let wanted = self.0.iter().map(String::as_str).chain([FALLBACK]);
        wanted.filter_map(|wanted| near(wanted, &there)).next().or_else(|| there.first().copied())
    }

    /// Whether there is something in the best of these: 2 in this very one, 1 in the same language, 0 if not.
    pub fn fits<'a>(&self, there: impl IntoIterator<Item = &'a str>) -> u8 {
        let there: Vec<_> = there.into_iter().collect();
        near(self.first(), &there).map_or(0, |tag| if tag.eq_ignore_ascii_case(self.first()) { 2 } else { 1 })
    }

    /// The text that somebody is shown, with its language.
    pub fn shown<'a>(&self, texts: &'a Texts) -> (&'a str, &'a str) {
        let found = self.nearest(texts.keys().map(String::as_str)).and_then(|tag| texts.get_key_value(tag));
        found.map_or(("", FALLBACK), |(tag, text)| (text, tag))
    }

    /// How dates and money are written within a text of this language: as in the country of whoever reads it, if it is their language.
    pub fn locale(&self, of: &str) -> Locale {
        let (wanted, _) = parts(of);
        Locale::of(self.0.iter().find(|tag| parts(tag).0 == wanted).map_or(of, String::as_str))
    }
}

/// Of these languages the nearest that is `wanted` in another country or script at most.
fn near<'a>(wanted: &str, there: &[&'a str]) -> Option<&'a str> {
    let ours = parts(wanted);
    let distance = |tag: &str| {
        let theirs = parts(tag);
        (theirs.0 == ours.0).then(|| match tag {
            _ if tag.eq_ignore_ascii_case(wanted) => (0, tag.len()),
            _ if theirs.1 == ours.1 => (1, tag.len()),
            _ => (2, tag.len()),
        })
    };
    // The shortest of equals: `pt` before `pt-AO`.
    there.iter().filter_map(|tag| Some((distance(tag)?, *tag))).min_by_key(|(distance, _)| *distance).map(|(_, tag)| tag)
}

/// The language of a tag, and the script that it is written in: `zh-TW` is in that of `zh-Hant`. A language that nobody knows has none.
fn parts(tag: &str) -> (String, Option<String>) {
    match tag.parse::<LanguageIdentifier>() {
        Ok(mut id) => {
            LocaleExpander::new_common().maximize(&mut id);
            (id.language.to_string(), id.script.map(|script| script.to_string()))
        }
        Err(_) => (tag.split('-').next().unwrap_or_default().to_ascii_lowercase(), None),
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    fn nearest<'a>(wanted: &[&str], there: &[&'a str]) -> Option<&'a str> {
        wanted.iter().copied().collect::<Languages>().nearest(there.iter().copied())
    }

    #[test]
    fn the_nearest_language_is_taken() {
        let there = ["de", "en", "pt-BR", "zh-Hans", "zh-Hant"];
        for (wanted, found) in [
            ("de", "de"),
            ("DE-at", "de"),
            ("pt", "pt-BR"),
            ("pt-PT", "pt-BR"),
            ("zh-hant", "zh-Hant"),
            ("zh-TW", "zh-Hant"),
            ("zh-HK", "zh-Hant"),
            ("zh", "zh-Hans"),
            ("fr", "en"),
            ("not a tag", "en"),
        ] {
            assert_eq!(nearest(&[wanted], &there), Some(found), "{wanted}");
        }
        assert_eq!((nearest(&["de-CH"], &["de-AT", "de"]), nearest(&["sr-Latn"], &["sr", "en"])), (Some("de"), Some("sr")));
    }

    #[test]
    fn persons_come_before_partners_and_vendors_and_then_english_and_then_what_there_is() {
        assert_eq!(nearest(&["fr", "de", "ja"], &["ja", "de-DE", "en"]), Some("de-DE"));
        assert_eq!(nearest(&["fr", "ja"], &["en", "ja"]), Some("ja"));
        assert_eq!((nearest(&[], &["de", "en-GB"]), nearest(&["fr"], &["ja"]), nearest(&["fr"], &[])), (Some("en-GB"), Some("ja"), None));
        assert_eq!(["de-AT", "", "DE-at", "fr"].into_iter().collect::<Languages>().0, ["de-AT", "fr"]);
    }

    #[test]
    fn a_text_is_written_as_in_its_readers_country_if_it_is_in_their_language() {
        let reader: Languages = ["fr", "de-CH"].into_iter().collect();
        assert_eq!((reader.locale("de"), reader.locale("en")), (Locale::of("de-CH"), Locale::of("en")));
    }

    #[test]
    fn a_tag_has_the_shape_of_one() {
        assert!(["en", "fil", "pt-BR", "zh-Hant-TW", "de-CH-1996"].into_iter().all(is_language));
        assert!(!["", "e", "english", "DE", "de-", "de_AT", "de-ÄÖ", "de-123456789"].into_iter().any(is_language));
    }
}
