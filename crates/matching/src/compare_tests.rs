//! How the fields weigh against one another.

use super::*;
use crate::score::REVIEW;

fn full(name: &'static str) -> Profile<'static> {
    Profile {
        name,
        domain: Some("https://www.nordlicht.example.com"),
        tax_id: Some("DE123456789"),
        country: Some("de"),
        address: Some("Hafenstr. 1, 20457 Hamburg"),
        phone: Some("+49 40 1234567"),
    }
}

fn score(a: &Profile<'_>, b: &Profile<'_>) -> Match {
    compare(&Prepared::of(a), &Prepared::of(b))
}

#[test]
fn a_company_is_itself() {
    let found = score(&full("Nordlicht AG"), &full("Nordlicht AG"));
    assert_eq!((found.score, found.relation), (1.0, Relation::Same));
    assert!(found.evidence.iter().all(|e| e.agreement == Agreement::Exact));
}

#[test]
fn a_shared_tax_number_decides_though_the_names_differ() {
    let ours = Profile { tax_id: Some("DE 123 456 789"), ..Profile::named("Nordlicht AG") };
    let theirs = Profile { tax_id: Some("123456789"), country: Some("DE"), ..Profile::named("Brightwater Trading") };
    assert!(score(&ours, &theirs).score >= SAME);
}

#[test]
fn a_shared_domain_sends_different_names_to_review() {
    let ours = Profile { domain: Some("mail@nordlicht.com"), ..Profile::named("Nordlicht AG") };
    let theirs = Profile { domain: Some("www.nordlicht.com"), ..Profile::named("Brightwater") };
    let found = score(&ours, &theirs);
    assert!((REVIEW..1.0).contains(&found.score), "{}", found.score);
}

#[test]
fn a_shared_free_mail_domain_says_nothing() {
    let ours = Profile { domain: Some("a@gmail.com"), ..Profile::named("Nordlicht") };
    let theirs = Profile { domain: Some("b@gmail.com"), ..Profile::named("Brightwater") };
    let found = score(&ours, &theirs);
    assert!(found.score < 0.5);
    assert!(found.evidence.iter().all(|e| e.field != Field::Domain));
}

#[test]
fn different_tax_numbers_of_one_country_take_an_equal_name_to_review() {
    let ours = Profile { tax_id: Some("DE123456789"), ..Profile::named("Nordlicht") };
    let theirs = Profile { tax_id: Some("DE987654321"), ..Profile::named("Nordlicht") };
    let found = score(&ours, &theirs);
    assert!((0.7..SAME).contains(&found.score), "{}", found.score);
    assert_eq!(found.relation, Relation::Sibling);
}

#[test]
fn a_different_domain_alone_is_weak() {
    let ours = Profile { domain: Some("nordlicht.com"), ..Profile::named("Nordlicht") };
    let theirs = Profile { domain: Some("nl-group.com"), ..Profile::named("Nordlicht") };
    assert!(score(&ours, &theirs).score >= SAME);
}

#[test]
fn one_name_in_two_countries_is_two_branches_to_review() {
    let ours = Profile { country: Some("DE"), ..Profile::named("Nordlicht") };
    let theirs = Profile { country: Some("US"), ..Profile::named("Nordlicht") };
    let found = score(&ours, &theirs);
    assert!((REVIEW..SAME).contains(&found.score), "{}", found.score);
    assert_eq!(found.relation, Relation::Sibling);
}

#[test]
fn one_country_and_address_do_not_make_two_names_one() {
    let ours = Profile { country: Some("DE"), address: full("").address, ..Profile::named("Nordlicht") };
    let theirs = Profile { country: Some("DE"), address: full("").address, ..Profile::named("Brightwater") };
    assert!(score(&ours, &theirs).score < REVIEW);
}

#[test]
fn evidence_names_each_field_that_both_gave() {
    let found = score(&full("Nordlicht AG"), &Profile { phone: None, ..full("Nordlicht GmbH") });
    let fields: Vec<Field> = found.evidence.iter().map(|e| e.field).collect();
    assert_eq!(fields, [Field::Name, Field::LegalForm, Field::TaxId, Field::Domain, Field::Country, Field::Address]);
}
