//! Texts in several languages.

use super::{Languages, is_language};
use std::collections::BTreeMap;
use validator::ValidationError;

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

/// The text for whoever wants this language, with its language; see [`Languages::shown`].
pub fn shown<'a>(texts: &'a Texts, wanted: Option<&str>) -> (&'a str, &'a str) {
    wanted.into_iter().collect::<Languages>().shown(texts)
}

#[cfg(test)]
mod unit {
    use super::*;

    fn texts(tags: &[&str]) -> Texts {
        tags.iter().map(|tag| ((*tag).to_owned(), format!("in {tag}"))).collect()
    }

    #[test]
    fn a_text_is_shown_with_its_language() {
        let held = texts(&["de", "en", "pt-BR"]);
        assert_eq!((shown(&held, Some("pt")), shown(&held, None)), (("in pt-BR", "pt-BR"), ("in en", "en")));
        assert_eq!((shown(&texts(&["ja"]), Some("fr")), shown(&texts(&[]), None)), (("in ja", "ja"), ("", "en")));
    }

    #[test]
    fn texts_are_bounded() {
        assert!(each_fits(&texts(&["en", "de"])).is_ok());
        assert!(each_fits(&texts(&[])).is_err() && each_fits(&texts(&["english"])).is_err());
        assert!(each_fits(&Texts::from([("en".to_owned(), " ".to_owned())])).is_err());
        assert!(each_fits(&Texts::from([("en".to_owned(), "x".repeat(2_001))])).is_err());
    }
}
