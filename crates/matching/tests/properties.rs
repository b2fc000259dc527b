//! What holds for any text at all.

use std::time::{Duration, Instant};

use matching::{Index, Prepared, Profile, compare, compare_names, exact_keys, normalise};
use proptest::prelude::*;

/// Names made of what names are made of, so that words often agree.
fn company() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => "[A-Z][a-z]{2,8}",
        2 => prop::sample::select(vec!["Bank", "Systems", "Group", "Holding", "of", "&", "Germany", "North America", "II", "VII", "21st"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["A.B.C.", "L.P.", "GmbH", "S.A.", "Ltd", "ООО", "株式会社", "dba", "/", "Müller", "Газ", "%", "'s"]).prop_map(str::to_owned),
    ];
    prop::collection::vec(word, 1..7).prop_map(|words| words.join(" "))
}

/// Any text, and names.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), company()]
}

fn optional() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        any::<String>().prop_map(Some),
        prop::sample::select(vec!["acme.com", "x@acme.co.uk", "DE123456789", "123456789", "DE", "fr", "1 Main St", "+49 89 1234567"])
            .prop_map(|text| Some(text.to_owned())),
    ]
}

fn prepared(name: &str, rest: &[Option<String>; 5]) -> Prepared {
    let [domain, tax_id, country, address, phone] = rest.each_ref().map(Option::as_deref);
    Prepared::of(&Profile { name, domain, tax_id, country, address, phone })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn comparing_is_symmetric_and_in_range(
        a in text(), b in text(),
        ours in prop::array::uniform5(optional()), theirs in prop::array::uniform5(optional()),
    ) {
        let (a, b) = (prepared(&a, &ours), prepared(&b, &theirs));
        let found = compare(&a, &b);
        prop_assert!((0.0..=1.0).contains(&found.score));
        prop_assert_eq!(found, compare(&b, &a).swapped());
    }

    #[test]
    fn names_compare_the_same_both_ways(a in company(), b in company()) {
        prop_assert_eq!(compare_names(&normalise(&a), &normalise(&b)), compare_names(&normalise(&b), &normalise(&a)));
    }

    #[test]
    fn every_company_is_itself(name in text(), rest in prop::array::uniform5(optional())) {
        let company = prepared(&name, &rest);
        if !company.name().is_empty() {
            prop_assert_eq!(compare(&company, &company).score, 1.0);
        }
    }

    #[test]
    fn case_and_spaces_around_do_not_matter(name in company()) {
        let changed = format!("  {} ", name.to_uppercase());
        prop_assert_eq!(normalise(&name).core(), normalise(&changed).core());
    }

    #[test]
    fn keys_are_sorted_unrepeated_and_short(name in text(), rest in prop::array::uniform5(optional())) {
        let [domain, tax_id, country, address, phone] = rest.each_ref().map(Option::as_deref);
        let keys = exact_keys(&Profile { name: &name, domain, tax_id, country, address, phone });
        prop_assert!(keys.is_sorted_by(|a, b| a < b));
        prop_assert!(keys.iter().all(|key| key.as_str().len() <= 64));
    }

    #[test]
    fn what_is_inserted_is_found(names in prop::collection::vec(text(), 1..20)) {
        let mut index = Index::new();
        for (number, name) in names.iter().enumerate() {
            index.insert((number as u128).to_be_bytes(), &normalise(name));
        }
        for name in names.iter().map(|name| normalise(name)).filter(|name| !name.is_empty()) {
            let found = index.search(&name, 30, 0.9);
            prop_assert!(found.iter().any(|found| found.score == 1.0), "{:?}", name);
        }
    }
}

/// Names of a few words in many combinations, some of them misspelt: nearly all resemble many others.
fn crowded() -> impl Strategy<Value = Vec<String>> {
    let word = prop::sample::select(vec![
        "Nordlicht",
        "Nordlich",
        "Nordlciht",
        "Brightwater",
        "Brihgtwater",
        "Kelzorin",
        "Systems",
        "System",
        "Group",
        "Trading",
        "Polska",
        "Boston",
        "II",
        "AG",
        "ZKQ",
        "Zeta",
        "Kilo",
        "Quux",
    ]);
    prop::collection::vec(prop::collection::vec(word, 1..5).prop_map(|words| words.join(" ")), 40..140)
}

fn pairs(index: &Index, names: &[String], min_score: f32) -> std::collections::BTreeSet<(usize, usize)> {
    let found = |at: usize| {
        index.search(&normalise(&names[at]), usize::MAX, min_score).into_iter().map(move |other| (at, u128::from_be_bytes(other.id) as usize))
    };
    (0..names.len()).flat_map(found).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn among_many_alike_one_finds_another_exactly_if_it_is_found_by_it(names in crowded(), removed in 0..20_usize, min_score in 0.5..0.9_f32) {
        let mut index = Index::new();
        for (at, name) in names.iter().enumerate() {
            index.insert((at as u128).to_be_bytes(), &normalise(name));
        }
        (0..removed).for_each(|at| _ = index.remove((at as u128).to_be_bytes()));
        let found = pairs(&index, &names, min_score);
        for (one, other) in &found {
            prop_assert!(*one < removed || found.contains(&(*other, *one)), "{} finds {}, and not the other way", names[*one], names[*other]);
        }
        for (at, name) in names.iter().enumerate().skip(removed) {
            prop_assert!(found.contains(&(at, at)), "{name}");
        }
    }

    #[test]
    fn whatever_is_alike_enough_is_found(names in crowded()) {
        let mut index = Index::new();
        let normal: Vec<_> = names.iter().map(|name| normalise(name)).collect();
        normal.iter().enumerate().for_each(|(at, name)| index.insert((at as u128).to_be_bytes(), name));
        let found = pairs(&index, &names, matching::SAME);
        for (one, ours) in normal.iter().enumerate().take(40) {
            for (other, theirs) in normal.iter().enumerate() {
                let same = compare_names(ours, theirs).score >= matching::SAME;
                prop_assert_eq!(same, found.contains(&(one, other)), "{} and {}", names[one], names[other]);
            }
        }
    }
}

#[test]
fn ten_thousand_characters_are_no_trouble() {
    let texts = ["x".repeat(10_000), "ab ".repeat(4_000), "a.".repeat(5_000), "株式会社".repeat(2_500), "limited ".repeat(1_250), "/".repeat(10_000)];
    let start = Instant::now();
    for a in &texts {
        for b in &texts {
            let profile =
                |text| Profile { name: text, domain: Some(text), tax_id: Some(text), country: Some(text), address: Some(text), phone: Some(text) };
            compare(&Prepared::of(&profile(a)), &Prepared::of(&profile(b)));
        }
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}
