//! The index finds what it holds, and nothing else.

use super::*;
use crate::name::normalise;

fn id(number: u128) -> [u8; 16] {
    number.to_be_bytes()
}

fn index_of(names: &[&str]) -> Index {
    let mut index = Index::new();
    for (at, name) in names.iter().enumerate() {
        index.insert(id(at as u128), &normalise(name));
    }
    index
}

fn best(index: &Index, name: &str) -> Option<u128> {
    index.search(&normalise(name), 5, 0.5).first().map(|found| u128::from_be_bytes(found.id))
}

#[test]
fn a_name_is_found_under_other_spellings() {
    let index = index_of(&["Nordlicht Systems AG", "Brightwater Trading Ltd", "Vandermeulen Optics BV", "Zeta Kilo Quux"]);
    assert_eq!(best(&index, "NORDLICHT SYSTEM"), Some(0));
    assert_eq!(best(&index, "Brihgtwater Trading Limited"), Some(1));
    assert_eq!(best(&index, "Van der Meulen Optics"), Some(2));
    assert_eq!(best(&index, "ZKQ"), Some(3));
    assert_eq!(best(&index, "Something Else"), None);
}

#[test]
fn a_removed_name_is_not_found() {
    let mut index = index_of(&["Nordlicht", "Brightwater"]);
    assert!(index.remove(id(0)));
    assert!(!index.remove(id(0)));
    assert_eq!(best(&index, "Nordlicht"), None);
    assert_eq!(index.len(), 1);
}

#[test]
fn an_id_inserted_again_has_its_new_name_only() {
    let mut index = index_of(&["Nordlicht"]);
    index.insert(id(0), &normalise("Brightwater"));
    assert_eq!(best(&index, "Nordlicht"), None);
    assert_eq!(best(&index, "Brightwater"), Some(0));
    assert_eq!(index.len(), 1);
}

#[test]
fn room_is_given_back_after_many_removals() {
    let mut index = Index::new();
    for number in 0..4000u128 {
        index.insert(id(number), &normalise(&format!("Company {}", number * 7919)));
    }
    let full = index.bytes();
    for number in 0..3000u128 {
        index.remove(id(number));
    }
    assert_eq!(index.len(), 1000);
    assert!(index.bytes() < full);
    assert_eq!(best(&index, &format!("Company {}", 3500 * 7919)), Some(3500));
}

#[test]
fn names_of_no_letters_are_kept_but_never_found() {
    let index = index_of(&["...", "Nordlicht"]);
    assert_eq!(index.len(), 2);
    assert!(index.search(&normalise(""), 5, 0.0).is_empty());
}

#[test]
fn a_misspelt_name_is_found_beside_itself_in_the_smallest_index() {
    let index = index_of(&["Brightwater Systems", "Brihgtwater Systems"]);
    assert_eq!(index.search(&normalise("Brihgtwater Systems"), 5, 0.6).len(), 2);
}
