//! How long it takes to screen everybody anew: a list of about 9,000 entries against 10,000 companies and people.
//!
//! `cargo bench -p screening`; with the path of a folder that holds `sdn.csv`, `alt.csv` and `add.csv` in `PRM_SANCTIONS`, on that list.

use screening::{Compiled, Subject, SubjectKind, published};
use std::path::Path;
use std::time::Instant;

fn main() {
    let folder = std::env::var("PRM_SANCTIONS").unwrap_or_else(|_| format!("{}/tests/data", env!("CARGO_MANIFEST_DIR")));
    let read = |file: &str| std::fs::read(Path::new(&folder).join(file)).expect("a file of the list");
    let mut entries = published::ofac(&read("sdn.csv"), &read("alt.csv"), &read("add.csv")).expect("a list");
    let own = entries.len();
    // A short list is repeated under other ids until it has the size that is asked about.
    for copy in 0.. {
        if entries.len() >= 9_000 {
            break;
        }
        let mut entry = entries[copy % own].clone();
        entry.id = format!("{}-{copy}", entry.id);
        entries.push(entry);
    }
    entries.truncate(9_000.max(own));
    let subjects = subjects(&entries, 10_000);
    let began = Instant::now();
    let list = Compiled::new(entries);
    println!("compiled  {} entries in {:?}", list.entries().len(), began.elapsed());
    let began = Instant::now();
    let hits: usize = subjects.iter().map(|subject| list.hits(subject, screening::REVIEW).len()).sum();
    println!("screened  {} subjects in {:?}, {hits} hits", subjects.len(), began.elapsed());
    let changed: Vec<_> = list.entries().iter().take(50).cloned().collect();
    let began = Instant::now();
    let part = Compiled::part(changed, list.weights());
    let hits: usize = subjects.iter().map(|subject| part.hits(subject, screening::REVIEW).len()).sum();
    println!("a change of 50 entries for all of them in {:?}, {hits} hits", began.elapsed());
}

/// Names made of the list's own words, which is the worst for an index: half of them companies, half people.
fn subjects(entries: &[screening::Entry], count: usize) -> Vec<Subject> {
    let words: Vec<&str> =
        entries.iter().flat_map(|entry| entry.names.iter()).flat_map(|name| name.text.split([' ', ','])).filter(|word| word.len() > 2).collect();
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    (0..count)
        .map(|at| {
            let name: Vec<&str> = (0..2 + at % 3).map(|_| words[next(words.len())]).collect();
            Subject::named(if at % 2 == 0 { SubjectKind::Organisation } else { SubjectKind::Person }, &name.join(" "))
        })
        .collect()
}
