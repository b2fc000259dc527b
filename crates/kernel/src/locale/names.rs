//! What countries and languages are called. People and companies are called what they call themselves: a name is kept as one text, in its own order.

use super::Locale;
use icu_experimental::displaynames::multi::{LocaleDisplayNamesFormatter, RegionDisplayNames};

impl Locale {
    /// A country by its code (ISO 3166-1 alpha-2): `Germany`; the code where CLDR has no name for it. Nothing for what is no country's code.
    pub fn country(&self, code: &str) -> Option<String> {
        let region = crate::country::is_country(code).then(|| code.parse().ok())??;
        let names = RegionDisplayNames::try_new((&self.0).into(), Default::default()).ok();
        Some(names.as_ref().and_then(|names| names.of(region)).unwrap_or(code).to_owned())
    }

    /// A language by its tag (BCP 47): `German`, `Brazilian Portuguese`; parts of the tag where CLDR has no name for them. Nothing for what is no tag.
    pub fn language(&self, tag: &str) -> Option<String> {
        let names = LocaleDisplayNamesFormatter::try_new((&self.0).into(), Default::default()).ok()?;
        Some(names.of(&tag.parse().ok()?).into_owned())
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn each_language_has_its_own_names() {
        for (tag, is) in [
            ("en", ["Germany", "United States", "German", "Brazilian Portuguese"]),
            ("de", ["Deutschland", "Vereinigte Staaten", "Deutsch", "Portugiesisch (Brasilien)"]),
            ("ar", ["ألمانيا", "الولايات المتحدة", "الألمانية", "البرتغالية البرازيلية"]),
            ("ja", ["ドイツ", "アメリカ合衆国", "ドイツ語", "ポルトガル語 (ブラジル)"]),
            ("xx", ["Germany", "United States", "German", "Brazilian Portuguese"]),
        ] {
            let locale = Locale::of(tag);
            let names = [locale.country("DE"), locale.country("US"), locale.language("de"), locale.language("pt-BR")];
            assert_eq!(names, is.map(|name| Some(name.to_owned())), "{tag}");
        }
    }

    #[test]
    fn what_is_no_code_has_no_name() {
        let english = Locale::of("en");
        assert_eq!([english.country("de"), english.country("XX"), english.country(""), english.language("not a tag")], [None, None, None, None]);
    }
}
