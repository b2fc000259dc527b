//! Countries by the names under which lists publish them.

use rustc_hash::FxHashMap;
use std::sync::LazyLock;

static NAMES: LazyLock<FxHashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lines = include_str!("../../data/countries.tsv").lines();
    lines.filter_map(|line| line.split_once('\t')).flat_map(|(code, names)| names.split(';').map(move |name| (name, code))).collect()
});

/// The ISO 3166-1 code of a country, by a name or a code of it.
pub fn country(name: &str) -> Option<&'static str> {
    let name = name.trim().trim_end_matches('.').to_lowercase().replace('’', "'");
    NAMES.get(name.as_str()).copied().or_else(|| NAMES.values().find(|code| code.eq_ignore_ascii_case(&name)).copied())
}

#[cfg(test)]
mod tests {
    use super::country;

    #[test]
    fn countries_are_known_by_the_names_that_lists_use() {
        for (name, code) in
            [("Korea, North", "KP"), ("Iran", "IR"), ("Burma", "MM"), ("Congo, Democratic Republic of the", "CD"), ("ru", "RU"), ("Russia", "RU")]
        {
            assert_eq!(country(name), Some(code), "{name}");
        }
        assert_eq!(country("Atlantis"), None);
    }
}
