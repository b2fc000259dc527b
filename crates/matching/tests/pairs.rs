//! Precision and recall on labelled pairs of names, by name alone.

use matching::{Profile, REVIEW, SAME};

struct Pair {
    a: String,
    b: String,
    same: bool,
}

fn pairs(table: &str) -> Vec<Pair> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(table.as_bytes());
    let headers = reader.headers().expect("a header").clone();
    let column = |name: &str| headers.iter().position(|header| header == name).expect("the column");
    let (a, b, same) = (column("name1"), column("name2"), column("is_match"));
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| Pair { a: row[a].to_owned(), b: row[b].to_owned(), same: &row[same] == "true" }).collect()
}

fn score(pair: &Pair) -> f32 {
    let prepared = |name| matching::Prepared::of(&Profile::named(name));
    matching::compare(&prepared(&pair.a), &prepared(&pair.b)).score
}

/// Precision and recall when all from `threshold` on are taken for the same.
fn judged(pairs: &[Pair], threshold: f32) -> (f32, f32) {
    let taken: Vec<&Pair> = pairs.iter().filter(|pair| score(pair) >= threshold).collect();
    let right = taken.iter().filter(|pair| pair.same).count() as f32;
    let all = pairs.iter().filter(|pair| pair.same).count() as f32;
    for pair in pairs.iter().filter(|pair| (score(pair) >= threshold) != pair.same) {
        println!("{:.3} {:5} {} | {}", score(pair), pair.same, pair.a, pair.b);
    }
    println!("at {threshold}: precision {:.3}, recall {:.3}", right / taken.len() as f32, right / all);
    (right / taken.len() as f32, right / all)
}

#[test]
fn the_given_pairs_are_told_apart() {
    let pairs = pairs(include_str!("../data/company_name_pairs.csv"));
    let (precision, recall) = judged(&pairs, REVIEW);
    assert!(precision >= 0.97 && recall >= 0.90, "precision {precision}, recall {recall}");
    let (precision, recall) = judged(&pairs, SAME);
    assert!(precision >= 0.97 && recall >= 0.75, "precision {precision}, recall {recall}");
}

#[test]
fn the_pairs_of_our_own_are_told_apart() {
    let pairs = pairs(include_str!("../data/holdout_pairs.csv"));
    let (precision, recall) = judged(&pairs, REVIEW);
    assert!(precision >= 0.93 && recall >= 0.95, "precision {precision}, recall {recall}");
    let (precision, recall) = judged(&pairs, SAME);
    assert!(precision >= 0.98 && recall >= 0.94, "precision {precision}, recall {recall}");
}
