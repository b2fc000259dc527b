//! Texts in several languages, and which of them somebody is shown.

use std::collections::BTreeMap;
use validator::ValidationError;

/// The language that is shown where there is none of the wanted ones.
pub const FALLBACK: &str = "en";
/// A text is kept in so many languages at most.
const LANGUAGES: usize = 40;
/// Characters of a text.
const LONGEST: usize = 2_000;

/// A text by language (BCP 47), e.g. `{"en": "Sign the agreement", "de": "Vertrag unterschreiben"}`.
pub type Texts = BTreeMap<String, String>;

/// For `#[validate(custom(function = …))]`: at least one language, each well formed, no text empty or too long.
pub fn each_fits(texts: &Texts) -> Result<(), ValidationError> {
    let fault = |message: &'static str| Err(ValidationError::new("texts").with_message(message.into()));
    match texts {
        _ if texts.is_empty() || texts.len() > LANGUAGES => fault("Give the text in 1 to 40 languages."),
        _ if !texts.keys().all(|language| is_language(language)) => fault("Name languages as BCP 47 does: `en`, `pt-BR`, `zh-Hant`."),
        _ if texts.values().any(|text| text.trim().is_empty() || text.chars().count() > LONGEST) => fault("Each text has 1 to 2000 characters."),
        _ => Ok(()),
    }
}

/// Whether this is a language tag of plain shape: a language of two or three letters, and further parts of at most eight.
pub fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    matches!(language.len(), 2 | 3) && language.bytes().all(|byte| byte.is_ascii_lowercase()) && tag.len() <= 35 && parts.all(part)
}

/// The text for somebody who wants `wanted` (a tag): that one, one of the same language, English, or whatever there is. With its language.
pub fn shown<'a>(texts: &'a Texts, wanted: Option<&str>) -> (&'a str, &'a str) {
    let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_owned();
    let exact = wanted.and_then(|wanted| texts.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(wanted)));
    let near = || {
        let wanted = language(&wanted?.to_ascii_lowercase());
        texts.get_key_value(&wanted).or_else(|| texts.iter().find(|(tag, _)| language(tag) == wanted))
    };
    let found = exact.or_else(near).or_else(|| texts.get_key_value(FALLBACK)).or_else(|| texts.iter().next());
    found.map_or(("", FALLBACK), |(tag, text)| (text, tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(tags: &[&str]) -> Texts {
        tags.iter().map(|tag| ((*tag).to_owned(), format!("in {tag}"))).collect()
    }

    #[test]
    fn the_nearest_language_is_shown() {
        let held = texts(&["de", "en", "pt-BR", "zh-Hant"]);
        let shown = |wanted| shown(&held, wanted).1;
        assert_eq!((shown(Some("de")), shown(Some("de-AT")), shown(Some("DE"))), ("de", "de", "de"));
        assert_eq!((shown(Some("pt")), shown(Some("pt-PT")), shown(Some("zh-hant"))), ("pt-BR", "pt-BR", "zh-Hant"));
        assert_eq!((shown(Some("fr")), shown(None)), ("en", "en"));
        assert_eq!(super::shown(&texts(&["ja"]), Some("fr")), ("in ja", "ja"));
    }

    #[test]
    fn languages_are_well_formed_and_texts_say_something() {
        assert!(each_fits(&texts(&["en", "pt-BR", "zh-Hant-TW"])).is_ok());
        for bad in ["", "e", "EN", "english", "en_GB", "en-", "en-toolongpart"] {
            assert!(each_fits(&texts(&[bad])).is_err(), "{bad}");
        }
        assert!(each_fits(&Texts::new()).is_err() && each_fits(&Texts::from([("en".into(), " ".into())])).is_err());
    }
}
