//! What the evaluation is made on: lists, ordinary names, and other spellings by rule.

use screening::{Entry, EntryKind, SubjectKind, published::ofac};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The whole list if it lies beside the clone, else the sample.
pub fn published() -> Vec<Entry> {
    let whole = here("../../../shared/data/sanctions");
    let folder = if whole.is_dir() { whole } else { here("tests/data") };
    let read = |file: &str| std::fs::read(folder.join(file)).expect("a file of the list");
    ofac(&read("sdn.csv"), &read("alt.csv"), &read("add.csv")).expect("a list")
}

pub fn kind_of(entry: &Entry) -> SubjectKind {
    match entry.kind {
        EntryKind::Person => SubjectKind::Person,
        EntryKind::Entity => SubjectKind::Organisation,
        EntryKind::Vessel => SubjectKind::Vessel,
        EntryKind::Aircraft => SubjectKind::Aircraft,
    }
}

/// Names of companies that nobody sanctions: of the labelled pairs of `matching` and of the demo's CRM; one more a line from `PRM_ORDINARY`.
pub fn ordinary_companies() -> Vec<String> {
    let mut names = BTreeSet::new();
    for (file, columns) in
        [("../matching/data/company_name_pairs.csv", 2..4), ("../matching/data/holdout_pairs.csv", 0..2), ("../../examples/crm/accounts.csv", 0..1)]
    {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(here(file)).expect("a file");
        let header = reader.headers().expect("a header").clone();
        let named: Vec<usize> = (0..header.len()).filter(|at| matches!(&header[*at], "name1" | "name2" | "a" | "b" | "account")).collect();
        let columns = if named.is_empty() { columns.collect() } else { named };
        for row in reader.records().map(|row| row.expect("a row")) {
            names.extend(columns.iter().filter_map(|at| row.get(*at)).filter(|name| !name.is_empty()).map(str::to_owned));
        }
    }
    if let Ok(more) = std::env::var("PRM_ORDINARY") {
        names.extend(std::fs::read_to_string(more).expect("a file of names").lines().map(str::to_owned));
    }
    // The labelled pairs hold some that the list does name.
    let named = |name: &String| ["qa'ida", "qaeda", "ndrang", "andrang", "liberation army"].iter().any(|part| name.to_lowercase().contains(part));
    names.into_iter().filter(|name| !named(name)).collect()
}

/// Of how many one is asked for: all of them with `PRM_SCREENING_EVERY=1`.
pub fn every() -> usize {
    std::env::var("PRM_SCREENING_EVERY").ok().and_then(|every| every.parse().ok()).unwrap_or(12)
}

/// A name as somebody else would write it; `None` if this way does not change it.
pub fn variants(kind: &str, name: &str, person: bool) -> Option<String> {
    let words: Vec<&str> = name.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let longest = words.iter().enumerate().max_by_key(|(_, word)| word.len()).map(|(at, _)| at)?;
    let other = match kind {
        "order" if person => words.iter().rev().copied().collect::<Vec<_>>().join(" "),
        "particles" if person => words.join(" ").replace("AL-", "al ").replace("Al-", "el ").replace(" bin ", " ibn "),
        "doubled" => changed(&words, longest, doubled),
        "dropped" => changed(&words, longest, dropped),
        "swapped" => changed(&words, longest, swapped),
        "transliterated" if person => transliterated(name),
        "form" if !person => format!("{} Limited", name.trim_end_matches(", S.A.").trim_end_matches(" LTD.")),
        "initials" if person && words.len() >= 3 => initial(&words),
        "joined" if words.len() >= 3 && words[words.len() - 2..].iter().all(|word| word.len() >= 3 && word.chars().all(char::is_alphabetic)) => {
            joined(&words)
        }
        _ => return None,
    };
    (other != name).then_some(other)
}

fn changed(words: &[&str], at: usize, change: impl Fn(&str) -> String) -> String {
    words.iter().enumerate().map(|(other, word)| if other == at { change(word) } else { (*word).to_owned() }).collect::<Vec<_>>().join(" ")
}

fn letters(word: &str) -> Option<Vec<char>> {
    let letters: Vec<char> = word.chars().collect();
    (letters.len() >= 6 && letters.iter().all(|letter| letter.is_alphabetic())).then_some(letters)
}

fn doubled(word: &str) -> String {
    let Some(mut letters) = letters(word) else { return word.to_owned() };
    letters.insert(letters.len() / 2, letters[letters.len() / 2]);
    letters.into_iter().collect()
}

fn dropped(word: &str) -> String {
    let Some(mut letters) = letters(word) else { return word.to_owned() };
    letters.remove(letters.len() / 2);
    letters.into_iter().collect()
}

fn swapped(word: &str) -> String {
    let Some(mut letters) = letters(word) else { return word.to_owned() };
    let at = letters.len() / 2;
    letters.swap(at, at - 1);
    letters.into_iter().collect()
}

/// As another office would write it: a handful of exchanges that are common between transliterations.
fn transliterated(name: &str) -> String {
    let exchanges = [
        ("KH", "H"),
        ("OU", "U"),
        ("EE", "I"),
        ("SH", "CH"),
        ("Y", "I"),
        ("Q", "K"),
        ("MUHAMMAD", "MOHAMED"),
        ("HUSSEIN", "HUSAYN"),
        ("W", "V"),
        ("J", "DJ"),
        ("Z", "S"),
    ];
    let upper = name.to_uppercase();
    let found = exchanges.iter().find(|(from, _)| upper.contains(from));
    found.map_or(upper.clone(), |(from, to)| upper.replacen(from, to, 1))
}

fn initial(words: &[&str]) -> String {
    let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    if let Some(last) = words.last_mut().filter(|word| word.len() > 2 && word.is_ascii()) {
        last.truncate(1);
        last.push('.');
    }
    words.join(" ")
}

fn joined(words: &[&str]) -> String {
    let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let last = words.pop().unwrap_or_default();
    if let Some(before) = words.last_mut() {
        before.push_str(&last);
    }
    words.join(" ")
}
