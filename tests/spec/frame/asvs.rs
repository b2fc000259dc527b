//! `tests/asvs.md` says of each requirement of OWASP ASVS 5.0, levels 1 and 2, what shows that it is met: here its word is checked.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What a row may say instead of naming a test; a sentence follows.
const REASONS: [&str; 4] = ["Does not apply: ", "Left to the operator: ", "Written down: ", "**Open**: "];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()))
}

/// The ids, as `V1.2.3`.
fn ids() -> Vec<String> {
    let text = read(&root().join("tests/asvs-ids.txt"));
    let sections = text.lines().filter(|line| !line.starts_with('#'));
    sections
        .flat_map(|line| {
            let mut words = line.split(' ');
            let section = words.next().unwrap_or_default().to_owned();
            words.map(move |number| format!("{section}.{number}")).collect::<Vec<_>>()
        })
        .collect()
}

struct Row {
    id: String,
    requirement: String,
    shown_by: String,
}

fn rows() -> Vec<Row> {
    let text = read(&root().join("tests/asvs.md"));
    let of = |line: &str| {
        let cells: Vec<_> = line.trim().trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
        let [id, requirement, shown_by] = cells.try_into().unwrap_or_else(|cells: Vec<String>| panic!("three cells, not {}: {line}", cells.len()));
        Row { id, requirement, shown_by }
    };
    text.lines().filter(|line| line.starts_with("| V")).map(of).collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The files in which a test of this path may be: a specification, a unit test (in a file of its own, or at the end of
/// the file that it tests), or a test of a whole crate.
fn places(path: &str) -> Vec<PathBuf> {
    let mut modules: Vec<_> = path.split("::").collect();
    modules.pop();
    let mut found = files_of(&modules);
    if modules.pop_if(|last| *last == "tests").is_some() {
        found.extend(files_of(&modules));
    }
    found
}

fn files_of(modules: &[&str]) -> Vec<PathBuf> {
    let [first, rest @ ..] = modules else { return Vec::new() };
    let (inside, root) = (rest.join("/"), root());
    let folders = [root.join("tests/spec").join(first), root.join("crates").join(first).join("src"), root.join("crates").join(first).join("tests")];
    let files = |folder: PathBuf| match inside.as_str() {
        "" => [folder.join("mod.rs"), folder.join("lib.rs")],
        inside => [folder.join(format!("{inside}.rs")), folder.join(inside).join("mod.rs")],
    };
    folders.into_iter().flat_map(files).filter(|file| file.exists()).collect()
}

/// Why what a row names shows nothing, if it does not.
fn fault(named: &str) -> Option<String> {
    if named.starts_with('.') {
        return (!root().join(named).exists()).then(|| "there is no such step".to_owned());
    }
    let name = named.rsplit("::").next().unwrap_or_default();
    let places = places(named);
    if places.is_empty() {
        return Some("there is no such file".to_owned());
    }
    let declared = format!("fn {name}(");
    (!places.iter().any(|file| read(file).contains(&declared))).then(|| format!("no test of this name in {}", places[0].display()))
}

#[test]
fn every_requirement_is_answered_once() {
    let (ids, rows) = (ids(), rows());
    assert_eq!(ids.len(), 253);
    let mut counted: BTreeMap<_, usize> = ids.iter().map(|id| (id.as_str(), 0)).collect();
    let mut found = Vec::new();
    for row in &rows {
        match counted.get_mut(row.id.as_str()) {
            Some(count) => *count += 1,
            None => found.push(format!("{} is no requirement of level 1 or 2", row.id)),
        }
        let words = row.requirement.split_whitespace().count();
        if !(1..=12).contains(&words) {
            found.push(format!("{}: {words} words", row.id));
        }
    }
    found.extend(counted.iter().filter(|(_, count)| **count != 1).map(|(id, count)| format!("{id} has {count} rows")));
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(rows.iter().map(|row| &row.id).eq(ids.iter()), "the rows stand in the order of the standard");
}

#[test]
fn every_row_names_a_test_or_a_reason() {
    let mut found = Vec::new();
    for row in rows() {
        let reason = REASONS.iter().find_map(|reason| row.shown_by.strip_prefix(reason));
        let is_sentence = |text: &str| text.len() > 15 && text.ends_with('.');
        let tests = quoted(&row.shown_by).filter(|named| named.contains("::") || named.starts_with(".ci/")).count();
        if !reason.map_or(tests > 0, is_sentence) {
            found.push(format!("{}: {}", row.id, row.shown_by));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_test_that_is_named_is_there() {
    let mut found = Vec::new();
    for row in rows() {
        for named in quoted(&row.shown_by).filter(|named| named.contains("::") || named.starts_with(".ci/")) {
            found.extend(fault(named).map(|fault| format!("{}: {named}: {fault}", row.id)));
        }
    }
    assert!(found.is_empty(), "{} found:\n{}", found.len(), found.join("\n"));
}
