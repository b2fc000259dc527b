//! How well and how fast: `cargo bench -p matching`.
//!
//! Prints precision and recall on the labelled pairs beside plain string similarity, then the speed and size of the
//! index on made-up names: 100,000 and 1,000,000, or as many as given (`cargo bench -p matching -- 250000`).

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use matching::{Index, Name, compare_names, normalise};

#[path = "support/names.rs"]
mod names;

const QUERIES: usize = 5_000;

fn main() {
    println!("precision and recall by name alone");
    table("given pairs", include_str!("../data/company_name_pairs.csv"));
    table("pairs of our own", include_str!("../data/holdout_pairs.csv"));
    single_costs();
    let sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![100_000, 1_000_000] } else { sizes };
    sizes.into_iter().for_each(index);
}

type Measure = fn(&str, &str) -> f32;

/// Precision and recall of three measures at several thresholds, and each one's best recall at precision 0.97.
fn table(title: &str, csv: &str) {
    let pairs = labelled(csv);
    let measures: [(&str, Measure); 3] = [("matching", ours), ("Levenshtein", levenshtein), ("Jaro-Winkler", jaro_winkler)];
    println!("\n{title} ({} pairs)", pairs.len());
    println!("{:>12} {:>6} {:>22} {:>22} {:>22}", "", "from", measures[0].0, measures[1].0, measures[2].0);
    let scores = measures.map(|(_, measure)| pairs.iter().map(|(a, b, same)| (measure(a, b), *same)).collect::<Vec<_>>());
    for threshold in [0.70, 0.77, 0.80, 0.85, 0.90, 0.95] {
        let cells = scores.each_ref().map(|scores| {
            let (precision, recall) = judge(scores, threshold);
            format!("P {precision:.3} R {recall:.3}")
        });
        println!("{:>12} {threshold:>6.2} {:>22} {:>22} {:>22}", "", cells[0], cells[1], cells[2]);
    }
    let best = scores.each_ref().map(|scores| format!("R {:.3}", best_recall(scores, 0.97)));
    println!("{:>19} {:>22} {:>22} {:>22}", "best at P >= 0.97", best[0], best[1], best[2]);
}

fn labelled(csv: &str) -> Vec<(String, String, bool)> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headers = reader.headers().expect("a header").clone();
    let column = |name: &str| headers.iter().position(|header| header == name).expect("the column");
    let (a, b, same) = (column("name1"), column("name2"), column("is_match"));
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| (row[a].to_owned(), row[b].to_owned(), &row[same] == "true")).collect()
}

fn judge(scores: &[(f32, bool)], threshold: f32) -> (f32, f32) {
    let taken: Vec<bool> = scores.iter().filter(|(score, _)| *score >= threshold).map(|(_, same)| *same).collect();
    let right = taken.iter().filter(|same| **same).count() as f32;
    let all = scores.iter().filter(|(_, same)| *same).count() as f32;
    (if taken.is_empty() { 1.0 } else { right / taken.len() as f32 }, right / all)
}

fn best_recall(scores: &[(f32, bool)], precision: f32) -> f32 {
    let judged = scores.iter().map(|(score, _)| judge(scores, *score));
    judged.filter(|(found, _)| *found >= precision).map(|(_, recall)| recall).fold(0.0, f32::max)
}

fn ours(a: &str, b: &str) -> f32 {
    compare_names(&normalise(a), &normalise(b)).score
}

fn levenshtein(a: &str, b: &str) -> f32 {
    strsim::normalized_levenshtein(&a.to_lowercase(), &b.to_lowercase()) as f32
}

fn jaro_winkler(a: &str, b: &str) -> f32 {
    strsim::jaro_winkler(&a.to_lowercase(), &b.to_lowercase()) as f32
}

fn single_costs() {
    let names: Vec<String> = (0..20_000).map(names::name).collect();
    let start = Instant::now();
    let normal: Vec<Name> = names.iter().map(|name| normalise(name)).collect();
    println!("\nnormalise {:.1} µs", micros(start.elapsed()) / names.len() as f64);
    let start = Instant::now();
    for pair in normal.windows(2) {
        black_box(compare_names(&pair[0], &pair[1]));
    }
    println!("compare {:.1} µs (unlike names)", micros(start.elapsed()) / names.len() as f64);
}

fn index(size: usize) {
    println!("\nindex of {size} names");
    let before = resident();
    let start = Instant::now();
    let mut index = Index::new();
    for number in 0..size {
        index.insert((number as u128).to_be_bytes(), &normalise(&names::name(number)));
    }
    let built = start.elapsed();
    let grown = resident().saturating_sub(before);
    println!("  build {:.2} s, {:.0} names/s (with making and normalising them)", built.as_secs_f64(), size as f64 / built.as_secs_f64());
    println!("  {:.0} bytes a name counted, {:.0} resident", index.bytes() as f64 / size as f64, grown as f64 / size as f64);
    let stride = (size / QUERIES).max(1);
    let mut times: HashMap<&str, Vec<Duration>> = HashMap::new();
    let (mut first, mut tenth, mut asked) = (0, 0, 0);
    for number in (0..size).step_by(stride) {
        let query = normalise(&names::corrupted(number));
        let start = Instant::now();
        let found = index.search(&query, 10, 0.5);
        times.entry("corrupted").or_default().push(start.elapsed());
        let wanted = normalise(&names::name(number)).core();
        let is_it = |id: &[u8; 16]| normalise(&names::name(u128::from_be_bytes(*id) as usize)).core() == wanted;
        first += usize::from(found.first().is_some_and(|found| is_it(&found.id)));
        tenth += usize::from(found.iter().any(|found| is_it(&found.id)));
        asked += 1;
        let other = normalise(&names::name(size + number));
        let start = Instant::now();
        black_box(index.search(&other, 10, 0.77));
        times.entry("new name").or_default().push(start.elapsed());
    }
    println!("  recall@1 {:.3}, recall@10 {:.3} of {asked} corrupted names", first as f64 / asked as f64, tenth as f64 / asked as f64);
    for (kind, times) in &mut times {
        times.sort_unstable();
        let at = |share: f64| micros(times[((times.len() - 1) as f64 * share) as usize]) / 1000.0;
        println!("  {kind}: p50 {:.3} ms, p99 {:.3} ms, worst {:.3} ms", at(0.5), at(0.99), at(1.0));
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Resident memory of this process in bytes; 0 where the system does not say.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<usize>().ok()).unwrap_or(0) * 1024
}
