//! What normalisation makes of names.

use super::*;

fn core(name: &str) -> String {
    normalise(name).core()
}

#[test]
fn initials_are_joined() {
    assert_eq!(core("A.B.C. Company"), core("ABC Co."));
    assert_eq!(core("L.X.C Aviation"), core("LXC Aviation"));
    assert_eq!(core("J. P. Morgan"), "jp morgan");
}

#[test]
fn and_and_the_are_dropped_in_every_language() {
    assert_eq!(core("The Smith & Jones Company"), core("Smith and Jones Co"));
    assert_eq!(core("Müller und Söhne"), core("Muller & Sohne"));
}

#[test]
fn numbers_are_brought_to_digits() {
    assert_eq!(core("1st Harbour Bank"), core("First Harbour Bank"));
    assert_eq!(core("Brigade Forty 4"), core("Brigade 44"));
    assert_ne!(core("Harbour Fund VII L.P."), core("Harbour Fund VIII L.P."));
    assert_eq!(core("Harbour Fund III"), core("Harbour Fund 3"));
}

#[test]
fn countries_are_one_in_every_language_and_stay_significant() {
    assert_eq!(core("Acme Deutschland GmbH"), core("Acme (Germany) GmbH"));
    assert_ne!(core("Acme"), core("Acme de Mexico"));
    assert_eq!(core("U.S. Department of Rails"), core("United States Department of Rails"));
}

#[test]
fn abbreviations_and_spellings_are_one() {
    assert_eq!(core("Acme Int'l Mfg"), core("ACME INTERNATIONAL MANUFACTURING"));
    assert_eq!(core("World Cheese Organisation"), core("World Cheese Organization"));
}

#[test]
fn a_trading_name_is_another_reading() {
    let name = normalise("Northwind Holdings LLC d/b/a Blue Canyon");
    assert_eq!(name.readings[2].text, "blue canyon");
    assert_eq!(normalise("Nordic A/S").readings.len(), 1);
}

#[test]
fn what_is_stored_reads_back_the_same() {
    for text in ["Acme (Spain) II S.L.", "Foo Trading as Barista", "3M", "Deutsche Bank AG"] {
        let name = normalise(text);
        let back = Name::restore(&name.stored(), name.forms());
        assert_eq!(back.core(), name.core());
        assert_eq!(back.readings[0].tokens, name.readings[0].tokens);
    }
}

#[test]
fn nothing_in_gives_nothing_out() {
    assert!(normalise("").is_empty());
    assert!(normalise(" ... ").is_empty());
}
